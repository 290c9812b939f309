"""Language models by name: clear errors, retries, time limits; then real weights in this process and behind a server."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from replies import Play, Scripted, cut, endless, fails, hangs, raw, says, serving

from assistant.models import KEY, Message, Model, listen, model
from index.errors import PolicyError

HELLO: list[Message] = [{"role": "user", "content": "What is the capital of France? Answer in one sentence."}]
_SERVE = """
import sys, threading, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel = sys.argv[1], 8192, 1
params.hostnames, params.port, params.cpuparams.n_threads = ["127.0.0.1"], 0, 2
server = xllamacpp.Server(params)
print("LISTENS", server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    """The scripted server."""
    with serving() as server:
        yield server


def _reply(model: Model, seconds: float = 20, most: int = 50) -> str:
    return "".join(listen(model, HELLO, most, seconds))


@pytest.mark.parametrize("name", ["other", "quote:x", "transformers:", "openai:", "", "OPENAI:m@http://x"])
def test_an_unknown_name_is_refused_with_the_names_that_are_known(name: str) -> None:
    with pytest.raises(PolicyError, match="use quote, transformers:NAME_OR_FOLDER or openai:MODEL@URL"):
        model(name)


def test_quote_is_no_model_and_a_server_needs_an_address() -> None:
    assert model("quote") is None
    with pytest.raises(PolicyError, match="says no address"):
        model("openai:gpt")


def test_a_reply_comes_in_pieces_with_model_key_and_limit(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "sk-test")
    pieces = list(listen(server.plays(says("Paris is the capital.")), HELLO, 50, 20))
    assert "".join(pieces) == "Paris is the capital." and len(pieces) > 2
    asked = server.asked[0]
    assert (asked["model"], asked["messages"], asked["max_tokens"], asked["stream"]) == ("m", HELLO, 50, True)
    assert {k.lower(): v for k, v in server.headers[0].items()}["authorization"] == "Bearer sk-test"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_or_failing_server_is_asked_again(server: Scripted, status: int) -> None:
    assert _reply(server.plays(fails(status), says("at last"))) == "at last"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("play", "told"),
    [
        (fails(401), f"refuses the key (401); set {KEY}"),
        (fails(403), "refuses the key (403)"),
        (fails(404), "does not know this model or address (404); the URL usually ends in /v1"),
        (fails(400), "answered with the error 400"),
        (fails(429), "is too busy (429)"),
        (fails(500), "answered with the error 500"),
        (fails(500, body="<html>"), "answered with the error 500"),
        (raw("{not json"), "sent something that is no reply"),
        (raw("5"), ""),
        (raw('{"choices": [{"delta": {"content": 5}}]}'), "sent something that is no reply"),
        (raw('{"choices": [{}]}'), ""),
        (raw('{"choices": 5}'), ""),
        (raw('{"error": {"message": "out of memory"}}'), "sent something that is no reply"),
        (raw("[DONE]"), "broke off"),
        (raw('{"a": "whole body"}', kind="application/json"), "broke off"),
        (raw("<html>", kind="text/html"), ""),
        (raw(), "broke off"),
        (cut("half a"), ""),
    ],
)
def test_what_goes_wrong_is_said_in_one_line_without_address_and_key(server: Scripted, play: Play, told: str) -> None:
    with pytest.raises(PolicyError) as error:
        _reply(server.plays(play))
    said = str(error.value)
    assert said.startswith("the model server ") and told in said
    assert not any(secret in said for secret in ("sk-", "http:", "127.0.0.1", "\n"))


def test_a_server_that_is_not_there_is_said() -> None:
    found = model("openai:m@http://127.0.0.1:9/v1")
    assert found
    with pytest.raises(PolicyError, match="cannot be reached"):
        _reply(found)


@pytest.mark.parametrize("play", [endless("and "), endless("", 0.01), hangs(), hangs("Paris"), fails(429, "20")])
def test_a_model_costs_its_asker_a_set_time_at_most(server: Scripted, play: Play) -> None:
    found, started = server.plays(play), time.monotonic()
    with pytest.raises(PolicyError, match="had not ended after 1 seconds"):
        _reply(found, seconds=1)
    assert time.monotonic() - started < 20


def test_a_listener_that_leaves_ends_the_reply(server: Scripted) -> None:
    pieces = listen(server.plays(endless("and ")), HELLO, 50, 20)
    assert next(pieces) == "and "
    pieces.close()  # type: ignore[attr-defined]
    assert server.left.wait(10)


def test_an_error_of_the_program_is_raised_where_it_is_asked() -> None:
    class Broken:
        def write(self, *_: object) -> None:
            raise ZeroDivisionError("a mistake")

    with pytest.raises(ZeroDivisionError, match="a mistake"):
        _reply(Broken())


def test_no_model_no_torch_and_no_openai(root: Path) -> None:
    code = "import sys, assistant.settings, assistant.cli; from assistant.models import model; model('quote'); print(sorted({'torch', 'transformers', 'openai', 'httpx'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


@pytest.mark.parametrize(
    ("package", "name"), [("openai", "openai:m@http://127.0.0.1:9/v1"), ("torch", "transformers:any")]
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, package: str, name: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(PolicyError, match=f"needs the package {package}; run: "):
        model(name)


def test_a_folder_without_a_model_is_refused_in_one_line(tmp_path: Path) -> None:
    for name in (tmp_path, tmp_path / "none.gguf"):
        with pytest.raises(PolicyError) as error:
            model(f"transformers:{name}")
        assert "cannot be loaded" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.slow
def test_real_weights_in_this_process(weights: Path, tmp_path: Path) -> None:
    loaded = model(f"transformers:{weights}")
    assert loaded and "Paris" in _reply(loaded, 120, 20)
    assert len(list(listen(loaded, HELLO, 20, 120))) > 2
    with pytest.raises(PolicyError, match="had not ended"):
        _reply(loaded, 0.001)  # less than the first word takes
    with pytest.raises(PolicyError, match="no room"):
        "".join(listen(loaded, [{"role": "user", "content": "long " * 20_000}], 50, 60))
    shutil.copytree(weights, tmp_path / "base")
    (tmp_path / "base" / "chat_template.jinja").unlink()
    with pytest.raises(PolicyError, match="no chat template"):
        model(f"transformers:{tmp_path / 'base'}")


@pytest.mark.slow
def test_real_weights_of_a_gguf_file(gguf_model: Model) -> None:
    assert "Paris" in _reply(gguf_model, 120, 20)


@pytest.mark.slow
def test_real_weights_behind_a_real_server(gguf: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(gguf)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        address = next(line.split()[1] for line in process.stdout if line.startswith("LISTENS"))
        found = model(f"openai:smollm2@{address}/v1")
        assert found and "Paris" in _reply(found, 60, 20)
    finally:
        process.kill()
        process.wait()
