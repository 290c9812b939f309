"""The command line: answers on stdout, all else on stderr, exit 0, 1 or 2, and the JSON of the contract."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.cli import main
from index.search import Index

CHINESE = "350千瓦的超高压充电桩补贴多少"
RUN = "import sys; from assistant.cli import main; sys.exit(main(sys.argv[1:]))"
HIT = {
    "rank",
    "score",
    "document_id",
    "title",
    "document_number",
    "section",
    "text",
    "source",
    "line_start",
    "line_end",
}
ANSWER = {
    "question",
    "resolved_question",
    "language",
    "status",
    "text",
    "citations",
    "facts",
    "notices",
    "generator",
    "timings_ms",
}
CITATION = {
    "number",
    "title",
    "document_number",
    "issuer",
    "issued_on",
    "valid_until",
    "in_force",
    "section",
    "quote",
    "source",
    "line_start",
    "line_end",
}
FACT = {"amount", "unit", "per", "condition", "cap", "citation"}
Cli = Callable[..., tuple[int, str, str]]


def bug(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


@pytest.fixture(scope="session")
def built(seed_index: Index) -> Path:
    """The folder that the index of the seeds was written to."""
    return next(
        folder for folder in (seed_index.folder, seed_index.folder.parent) if (folder / "manifest.json").is_file()
    )


@pytest.fixture
def cli(built: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command over the index of the seeds; exit status, stdout, stderr."""

    def run(*arguments: str, lines: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines), encoding="utf-8"))
        own = [] if "--index" in arguments or not arguments else ["--index", str(built)]
        try:
            status = main([*arguments, *own])
        except SystemExit as error:
            status = int(str(error.code))
        out = capsys.readouterr()
        return status, out.out, out.err

    return run


def _process(root: Path, *arguments: str, lines: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=root,
        input=lines,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _jsonl(*rows: object) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def test_ask_in_plain_words(cli: Cli) -> None:
    status, out, err = cli("ask", CHINESE, "--as-of", "2026-11-21")
    assert (status, err) == (0, "")
    assert (
        "400元/千瓦" in out and "14万元" in out and "2022-12-31" in out and "[1] 000_21e5573e206cac85.txt:773\n" in out
    )
    assert "2022-12-31" not in cli("ask", CHINESE, "--as-of", "2022-08-01")[1]


@pytest.mark.parametrize(
    "question", [CHINESE, "what subsidy applies to a 350kW charger", "上海市2030年的个人所得税起征点是多少", "?"]
)
def test_ask_json_has_the_fields_of_the_contract(cli: Cli, question: str) -> None:
    status, out, err = cli("ask", question, "--json")
    (row,) = _rows(out)
    assert (
        (status, err) == (0, "") and set(row) >= ANSWER and row["generator"] == "quote" and row["question"] == question
    )
    assert row["status"] == ("answered" if "350" in question else "unclear" if question == "?" else "not_covered")
    assert row["citations"] if row["status"] == "answered" else not row["facts"]
    assert all(set(c) >= CITATION and isinstance(c["section"], list) for c in row["citations"])
    assert all(set(f) >= FACT for f in row["facts"]) and all(set(n) == {"kind", "text"} for n in row["notices"])
    if row["citations"]:
        assert {k: row["citations"][0][k] for k in ("number", "issued_on", "valid_until", "in_force", "line_start")} == {
            "number": 1, "issued_on": "2022-07-28", "valid_until": "2022-12-31", "in_force": False, "line_start": 773
        }  # fmt: skip
        assert set(row["timings_ms"]) >= {"search", "answer"}


def test_search_in_all_forms(cli: Cli) -> None:
    status, out, err = cli("search", "加氢站补贴", "-k", "2")
    assert (status, err) == (0, "") and "000_21e5573e206cac85.txt:781" in out and out.count(".txt:") == 2
    (row,) = _rows(cli("search", "加氢站补贴", "-k", "3", "--json")[1])
    assert row["query"] == "加氢站补贴" and [h["rank"] for h in row["hits"]] == [1, 2, 3]
    assert all(set(h) >= HIT for h in row["hits"]) and row["hits"][0]["line_start"] == 781
    status, out, err = cli(
        "search",
        "-k",
        "2",
        "--jsonl",
        lines=_jsonl({"query": "加氢站补贴"}, {"query": "hydrogen station subsidy", "k": 1}),
    )
    assert (status, err) == (0, "")
    assert [(r["query"], len(r["hits"])) for r in _rows(out)] == [("加氢站补贴", 2), ("hydrogen station subsidy", 1)]
    assert [_rows(out)[0]["hits"][0][k] for k in HIT] == [row["hits"][0][k] for k in HIT]


def test_ask_jsonl_answers_in_order_with_history_and_day(cli: Cli) -> None:
    history = [{"role": "user", "content": CHINESE}, {"role": "assistant", "content": "400元/千瓦"}, {"odd": 1}, 7]
    rows = (
        {"question": CHINESE, "as_of": "2022-08-01"},
        {"question": "那换电站呢?", "history": history},
        {"question": CHINESE},
    )
    status, out, err = cli("ask", "--jsonl", "--as-of", "2026-11-21", lines=_jsonl(*rows))
    one, two, three = _rows(out)
    assert (status, err) == (0, "")
    assert (one["notices"], one["citations"][0]["in_force"], three["notices"][0]["kind"]) == ([], True, "expired")
    assert (two["question"], two["citations"][0]["line_start"]) == ("那换电站呢?", 777)
    assert "换电站" in two["resolved_question"]


@pytest.mark.parametrize(
    ("command", "line", "told"),
    [
        ("ask", b"garbage", "line 2 is no JSON object"),
        ("ask", b"[1]", "line 2 is no JSON object"),
        ("ask", b"null", "line 2 is no JSON object"),
        ("ask", b"\xff\xfe", "line 2 is no JSON object"),
        ("ask", b"{}", 'the field "question" must hold a text'),
        ("ask", b'{"question": 5}', 'the field "question" must hold a text'),
        ("ask", b'{"question": "x", "history": 5}', 'the field "history" must be a list'),
        ("ask", b'{"question": "x", "as_of": "soon"}', 'the field "as_of" must be a date'),
        ("ask", b'{"question": "x", "as_of": 20220801}', 'the field "as_of" must be a date'),
        ("search", b'{"query": ""}', 'the field "query" must hold a text'),
        ("search", b'{"query": "' + b"x" * 5000 + b'"}', "5,000 characters; ask in at most 2,000"),
        pytest.param("search", b'{"query": "x", "k": 0}', '"k"'),
        pytest.param("ask", b'\n{"question": 5}', "line 3"),
    ],
)
def test_a_bad_line_is_answered_in_its_place_and_the_rest_goes_on(
    cli: Cli, command: str, line: bytes, told: str
) -> None:
    good = _jsonl({"query" if command == "search" else "question": CHINESE})
    status, out, _ = cli(command, "--jsonl", lines=good + line + b"\n" + good)
    first, second, third = _rows(out)
    assert status == 1 and told in second["error"]
    assert "error" not in first and "error" not in third


def test_a_question_of_ten_million_characters_is_unclear(cli: Cli) -> None:
    status, out, _ = cli("ask", "--jsonl", lines=_jsonl({"question": "补" * 10_000_000}))
    assert (status, _rows(out)[0]["status"], len(out) < 40_000) == (0, "unclear", True)


def test_a_byte_order_mark_is_no_error(cli: Cli) -> None:
    assert cli("ask", "--jsonl", lines=b"\xef\xbb\xbf" + _jsonl({"question": CHINESE}))[0] == 0


def test_no_lines_give_no_answers(cli: Cli) -> None:
    assert cli("ask", "--jsonl", lines=b"\n \n") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", ""], "say what to look for"),
        (["search"], "say what to look for"),
        (["ask", "补" * 3000], "3,000 characters; ask in at most 2,000"),
        (["search", "补贴", "-k", "0"], "-k must be at least 1"),
        (["search", "补贴", "-k", "-1"], "-k must be at least 1"),
        (["ask", "补贴", "--encoder", "other/model"], "run: policy-assistant index --encoder other/model"),
        (["ask", "补贴", "--generator", "other"], "there is no generator 'other'"),
        (["serve", "--generator", "other"], "there is no generator 'other'"),
        (["ask", "补贴", "--generator", "openai:m"], "says no address"),
        (["ask", "补贴", "--model-seconds", "0"], "is no value for model_seconds"),
        (["ask", "补贴", "--config", "/none.toml"], "/none.toml cannot be read"),
        (["index", "/no/such/folder"], "/no/such/folder"),
    ],
)
def test_what_the_user_can_mend_is_one_line_on_stderr(cli: Cli, arguments: list[str], told: str) -> None:
    status, out, err = cli(*arguments)
    assert (status, out) == (1, "")
    assert err.count("policy-assistant: ") == 1 and told in err.splitlines()[-1] and "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bogus"],
        ["search", "x", "-k", "many"],
        ["ask", "x", "--json", "--jsonl"],
        ["ask", "x", "--as-of", "2022-13-01"],
        ["ask", "x", "y"],
        ["serve", "--port", "many"],
        ["ask", "x", "--colour"],
    ],
)
def test_wrong_usage_is_exit_2(cli: Cli, arguments: list[str]) -> None:
    status, out, err = cli(*arguments)
    assert (status, out) == (2, "") and err.startswith("usage: ")


def test_help_is_an_answer(cli: Cli) -> None:
    status, out, err = cli("--help")
    assert (status, err) == (0, "") and all(name in out for name in ("index", "search", "ask", "serve", "eval"))


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_cannot_be_is_told(cli: Cli, port: str) -> None:
    status, out, err = cli("serve", "--port", port)
    assert (status, out) in ((1, ""), (2, "")) and "port" in err and "Traceback" not in err


def test_index_builds_once_and_says_so(cli: Cli, policies: Path, tmp_path: Path) -> None:
    there = ["index", str(policies), "--index", str(tmp_path / "index")]
    status, out, err = cli(*there)
    assert (status, out) == (0, "") and "1 documents" in err.splitlines()[-1]
    status, out, err = cli(*there)
    assert (status, out) == (0, "") and err == "nothing to do: the index is up to date\n"
    (policies / "b.txt").write_text("对新建加油站,给予补贴10元。\n", encoding="utf-8")
    assert "nothing to do" not in cli(*there)[2]
    assert "10元" in cli("search", "加油站补贴", "-k", "1", "--index", str(tmp_path / "index"))[1]


def test_without_an_index_it_is_built_first(
    cli: Cli, policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICY_DOCUMENTS", str(policies))
    status, out, err = cli("ask", CHINESE, "--json", "--index", str(tmp_path / "new"))
    assert status == 0 and _rows(out)[0]["citations"][0]["document_number"] == "渝测发〔2024〕3号"
    assert "1 documents, 5 passages" in err and (tmp_path / "new" / "manifest.json").is_file()


def test_a_folder_that_holds_other_things_is_not_emptied(cli: Cli, policies: Path, tmp_path: Path) -> None:
    own = tmp_path / "own" / "thesis.txt"
    own.parent.mkdir()
    own.write_text("mine", encoding="utf-8")
    cli("index", str(policies), "--index", str(own.parent))
    assert own.read_text(encoding="utf-8") == "mine"


def test_a_process_keeps_answers_and_all_else_apart_and_imports_no_torch(built: Path, root: Path) -> None:
    code = RUN.replace(
        "sys.exit(main(sys.argv[1:]))",
        "status = main(sys.argv[1:]); print('torch' in sys.modules, 'gradio' in sys.modules, file=sys.stderr); sys.exit(status)",
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "ask", "--jsonl", "--index", str(built)],
        cwd=root,
        input=_jsonl({"question": CHINESE}, {"question": "hydrogen station subsidy"}),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"False False\n")
    assert [row["citations"][0]["line_start"] for row in _rows(done.stdout.decode())] == [773, 781]


def test_exit_status_of_a_process(built: Path, root: Path) -> None:
    assert [
        _process(root, *a, "--index", str(built)).returncode
        for a in (["search", "补贴"], ["ask", ""], ["ask", "x", "--as-of", "x"])
    ] == [0, 1, 2]


@pytest.mark.parametrize(
    "arguments", [["ask", "--jsonl"], ["search", "补贴", "--json", "-k", "40"], ["search", "补贴"]]
)
def test_a_reader_that_leaves_early_is_no_error(built: Path, root: Path, arguments: list[str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments, "--index", str(built)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        try:
            process.stdin.write(_jsonl({"question": CHINESE}) * 50)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert (process.stderr.read(), process.wait(timeout=120)) == (b"", 0)
