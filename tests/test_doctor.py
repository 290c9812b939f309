"""doctor: what is installed, which choices work, and a trial of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from replies import Scripted, fails, says, serving

from assistant.cli import main
from index.search import Index

BASE = ["doctor", "--index"]


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    """The scripted server."""
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def built(seed_index: Index) -> str:
    """The folder of the index."""
    return str(next(f for f in (seed_index.folder, seed_index.folder.parent) if (f / "manifest.json").is_file()))


def test_the_defaults_work_and_every_package_is_named(built: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*BASE, built]) == 0
    out = capsys.readouterr().out
    assert all(part in out for part in ("numpy ", "openai ", "torch ", "encoder use: works", "generator quote: works", "answered: ", "reranker: none"))  # fmt: skip
    assert "DOES NOT WORK" not in out and "sk-" not in out


def test_a_generator_is_tried_with_one_question(
    built: str, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.plays(says("Nothing that is cited."))
    assert main([*BASE, built, "--generator", f"openai:m@{server.url}"]) == 0
    out = capsys.readouterr().out
    assert f"generator openai:m@{server.url}: works" in out and "answered in quotes" in out and len(server.asked) == 2


def test_what_does_not_work_is_said_and_is_a_failure(
    built: str, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.plays(fails(401))
    assert main([*BASE, built, "--generator", f"openai:m@{server.url}", "--reranker", "/no/such/model"]) == 1
    out = capsys.readouterr().out
    assert "reranker /no/such/model: DOES NOT WORK" in out and "refuses the key (401)" in out and "Traceback" not in out
    assert "generator quote: works" in out


def test_without_an_index_it_says_how_to_build_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*BASE, str(tmp_path / "none")]) == 0
    assert "policy-assistant index" in capsys.readouterr().out and not (tmp_path / "none").exists()
