"""Feedback: verdicts on answers, kept one a line, and the draft cases made of them."""

import json
import stat
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant import feedback
from assistant.answers import Answer, Turn
from assistant.assistant import Assistant
from assistant.cli import main
from assistant.feedback import record
from eval.cases import read_cases
from eval.metrics import cited_right, right
from index.errors import PolicyError
from index.search import Index

DAY = date(2024, 6, 1)
QUESTION = "350千瓦的充电桩补贴多少"
Draft = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def assistant(seed_index: Index) -> Assistant:
    return Assistant(seed_index)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "feedback.jsonl"


@pytest.fixture
def draft(file: Path, capsys: pytest.CaptureFixture[str]) -> Draft:
    """The draft cases that the command prints."""

    def run() -> list[dict[str, Any]]:
        assert main(["eval", "--from-feedback", str(file)]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


# Keeping


def test_a_verdict_is_kept_with_all_that_is_needed_to_ask_again(assistant: Assistant, file: Path) -> None:
    first = assistant.answer(QUESTION, as_of=DAY)
    history = (Turn("user", QUESTION), Turn("assistant", first.text))
    answer = assistant.answer("它什么时候到期?", history, DAY)
    record(file, first, (), "up", as_of=DAY)
    record(file, answer, history, "down", " 日期不对\nnot right ")
    kept, other = rows(file)
    assert (kept["verdict"], kept["question"], kept["language"], kept["text"]) == ("up", QUESTION, "zh", first.text)
    assert (kept["as_of"], kept["reason"], kept["history"]) == ("2024-06-01", "", [])
    cited = first.citations[0]
    assert kept["citations"][0]["quote"] == cited.quote and kept["citations"][0]["source"] == cited.passage.source
    assert kept["citations"][0]["line_start"] == cited.line_start
    assert (other["verdict"], other["reason"], other["as_of"]) == (
        "down",
        "日期不对\nnot right",
        date.today().isoformat(),
    )
    assert other["resolved_question"] == answer.resolved_question != "它什么时候到期?"
    assert other["history"][0] == {"role": "user", "content": QUESTION}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_long_reasons_and_conversations_are_cut(assistant: Assistant, file: Path) -> None:
    answer = assistant.answer(QUESTION)
    record(file, answer, [Turn("user", str(number)) for number in range(100)], "down", "长" * 9999)
    kept = rows(file)[0]
    assert len(kept["reason"]) == 1000 and [turn["content"] for turn in kept["history"]] == [*map(str, range(80, 100))]


@pytest.mark.parametrize("reason", ["\ud800 half a character", '\0\u2028 "quoted" \\'])
def test_odd_reasons_stay_one_line(assistant: Assistant, file: Path, reason: str) -> None:
    record(file, assistant.answer(QUESTION), (), "down", reason)
    assert len(rows(file)) == 1 and file.read_bytes().count(b"\n") == 1


def test_what_is_no_verdict_and_what_cannot_be_written_is_said(
    assistant: Assistant, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = assistant.answer(QUESTION)
    with pytest.raises(PolicyError, match="a verdict is 'up' or 'down'"):
        record(file, answer, (), "sideways")
    with pytest.raises(PolicyError, match="cannot be written"):
        record(Path(__file__) / "feedback.jsonl", answer, (), "up")
    monkeypatch.setattr(feedback, "MAX_FILE", 10_000)
    with pytest.raises(PolicyError, match="is full"):
        for _ in range(100):
            record(file, answer, (), "up")
    assert 5_000 < file.stat().st_size <= 10_000 and rows(file)


def write_many(file: Path, name: str) -> None:
    for number in range(50):
        record(file, Answer(name, name, "zh", "answered", "长" * 20_000), (), "down", str(number))


def test_appends_of_several_processes_stay_apart(file: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(write_many, [file] * 4, "abcd"))
    kept = rows(file)
    for name in "abcd":
        assert [row["reason"] for row in kept if row["question"] == name] == [*map(str, range(50))]


# Drafts


def test_a_liked_answer_becomes_a_case_that_it_passes(
    assistant: Assistant, file: Path, draft: Draft, seeds: Path, tmp_path: Path
) -> None:
    asked = [QUESTION, "what subsidy applies to a 350kW charger", "第三类医疗器械注册证最高奖励多少？"]
    answers = [assistant.answer(question) for question in asked]
    for answer in answers:
        record(file, answer, (), "up")
    made = draft()
    assert [case["question"] for case in made] == asked and not any("draft" in case for case in made)
    assert made[0]["expired"] == "2022-12-31" and any("400" in form for group in made[0]["facts"] for form in group)
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    cases, _ = read_cases(tmp_path / "cases.jsonl", seeds)
    for case, answer in zip(cases, answers, strict=True):
        assert case.facts and right(case, answer) and cited_right(case, answer)


def test_a_liked_refusal_becomes_an_unanswerable_case(
    assistant: Assistant, file: Path, draft: Draft, seeds: Path, tmp_path: Path
) -> None:
    answer = assistant.answer("月球基地的补贴是多少?")
    assert answer.status == "not_covered"
    record(file, answer, (), "up")
    (tmp_path / "cases.jsonl").write_text(json.dumps(draft()[0]), encoding="utf-8")
    assert not read_cases(tmp_path / "cases.jsonl", seeds)[0][0].answerable


def test_a_disliked_answer_becomes_a_draft_that_loads_once_a_person_has_filled_it(
    assistant: Assistant, file: Path, draft: Draft, seeds: Path, tmp_path: Path
) -> None:
    answer = assistant.answer(QUESTION)
    record(file, answer, (), "down", "少算了一项")
    case = draft()[0]
    assert case["facts"] == case["evidence"] == [] and "少算了一项" in case["why"]
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(case), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"line 1 of cases\.jsonl .*it is a draft: write the evidence and the facts"):
        read_cases(cases, seeds)
    cited = answer.citations[0]
    proof = {"source": cited.passage.source, "line": cited.line_start, "quote": cited.quote}
    del case["draft"]
    cases.write_text(json.dumps(case | {"evidence": [proof], "facts": [["14万"]]}), encoding="utf-8")
    assert read_cases(cases, seeds)[0][0].answerable


def test_the_same_question_twice_is_one_case_with_the_last_verdict(
    assistant: Assistant, file: Path, draft: Draft
) -> None:
    answer = assistant.answer(QUESTION)
    for verdict in ("up", "down"):
        record(file, answer, (), verdict)
    record(file, replace(answer, question=f" {QUESTION} "), (), "down", "again")
    assert len(draft()) == 1 and "again" in draft()[0]["why"]


def test_a_follow_up_becomes_a_question_that_stands_alone(assistant: Assistant, file: Path, draft: Draft) -> None:
    history = (Turn("user", QUESTION), Turn("assistant", assistant.answer(QUESTION).text))
    answer = assistant.answer("它什么时候到期?", history)
    record(file, answer, history, "up")
    assert draft()[0]["question"] == answer.resolved_question


@pytest.mark.parametrize(
    ("text", "told"), [(None, "cannot be read"), ("{", "line 1 of"), ("[]", "line 1 of"), ('{"a": 1}', "line 1 of")]
)
def test_what_is_no_feedback_is_said_in_a_line(
    file: Path, capsys: pytest.CaptureFixture[str], text: str | None, told: str
) -> None:
    if text is not None:
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
    assert main(["eval", "--from-feedback", str(file)]) == 1
    err = capsys.readouterr().err.strip()
    assert told in err and "\n" not in err
