"""Settings: flags over environment over file over defaults."""

import os
from pathlib import Path
from typing import Any

import pytest

from assistant.settings import Settings, open_assistant, read_settings
from index.errors import PolicyError
from index.search import Index

FILE, ENVIRONMENT, FLAGS = (
    'encoder = "file"\nport = 1\nhost = "file"',
    {"POLICY_ENCODER": "environment", "POLICY_PORT": "2"},
    {"encoder": "flag", "index": None, "documents": ()},
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A settings file."""
    (tmp_path / "settings.toml").write_text(FILE, encoding="utf-8")
    return tmp_path / "settings.toml"


def test_defaults(root: Path) -> None:
    assert read_settings({}, None, {}) == Settings()
    assert (Settings().documents, Settings().host, Settings().port, Settings().generator) == (
        (root / "seeds",),
        "127.0.0.1",
        7860,
        "quote",
    )


def test_flags_win_over_environment_over_file_over_defaults(config: Path) -> None:
    found = read_settings(FLAGS, config, ENVIRONMENT)
    assert (found.encoder, found.port, found.host, found.generator) == ("flag", 2, "file", "quote")
    assert (read_settings({}, config, ENVIRONMENT).encoder, read_settings({}, config, {}).encoder) == (
        "environment",
        "file",
    )
    assert found.documents == Settings().documents


@pytest.mark.parametrize(
    ("flags", "environment", "name", "value"),
    [
        ({"port": 0}, {}, "port", 0),
        ({"index": "a b"}, {}, "index", Path("a b")),
        ({}, {"POLICY_INDEX": "x"}, "index", Path("x")),
        ({}, {"POLICY_DOCUMENTS": os.pathsep.join("ab")}, "documents", (Path("a"), Path("b"))),
        ({"documents": (Path("c"),)}, {"POLICY_DOCUMENTS": "a"}, "documents", (Path("c"),)),
        ({}, {"POLICY_AUTH": "users.txt"}, "auth", Path("users.txt")),
        ({}, {"POLICY_RATE": "0"}, "rate", 0),
        ({}, {"POLICY_FEEDBACK": "x.jsonl"}, "feedback", Path("x.jsonl")),
        ({"terms": ["t.tsv"]}, {}, "terms", (Path("t.tsv"),)),
        ({}, {"POLICY_ENCODER": ""}, "encoder", "use"),
        ({}, {"POLICY_NOTHING": "1"}, "encoder", "use"),
    ],
)
def test_values_have_their_types(flags: dict[str, Any], environment: dict[str, str], name: str, value: object) -> None:
    assert getattr(read_settings(flags, None, environment), name) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('encodr = "use"', "'encodr'; it may name auth, documents, encoder"),
        ("encoder = ", "must be TOML"),
        ("\0", "must be TOML"),
        ('port = "many"', "'many' is no value for port"),
        ("documents = 5", "5 is no value for documents"),
        ("documents = [5]", "no value for documents"),
        pytest.param('encoder = ["a"]', "no value for encoder"),
        pytest.param("port = 70000", "no value for port"),
        pytest.param("port = 1.5", "no value for port"),
        pytest.param("rate = -1", "no value for rate"),
    ],
)
def test_a_wrong_file_is_refused_by_one_line_that_says_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        read_settings({}, path, {})
    assert told in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_and_a_wrong_variable_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.toml cannot be read"):
        read_settings({}, tmp_path / "none.toml", {})
    with pytest.raises(PolicyError, match="'many' is no value for port"):
        read_settings({}, None, {"POLICY_PORT": "many"})


def test_names_become_objects(seed_index: Index, seeds: Path) -> None:
    folder = next(f for f in (seed_index.folder, seed_index.folder.parent) if (f / "manifest.json").is_file())
    assistant = open_assistant(Settings(index=folder, documents=(seeds,)))
    assert assistant.generator == "quote" and assistant.index.passages == seed_index.passages
    with pytest.raises(PolicyError, match="no generator 'none'"):
        open_assistant(Settings(index=folder, generator="none"))
    with pytest.raises(PolicyError, match="run: policy-assistant index --encoder other"):
        open_assistant(Settings(index=folder, encoder="other"))
