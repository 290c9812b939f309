"""The eval room: metrics by hand, case files that are wrong, the baseline, and the real evaluation."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import eval.report
from assistant.answers import Answer, Citation, Notice
from assistant.assistant import Assistant
from eval.cases import CASES, Case, Proof, read_cases
from eval.metrics import (
    MISSED,
    citation_precision,
    cited_right,
    expired_said,
    holds,
    interval,
    mean,
    ndcg_at_10,
    plain_text,
    rank,
    ranks,
    recall_at,
    reciprocal_rank,
    right,
)
from eval.page import page
from eval.report import baseline_of, evaluate, plain, shown, worse_than
from eval.run import Result
from eval.scores import SCORES, Score, by_kind, by_language, failures, quantile, refusals, score
from index.documents import Document
from index.errors import PolicyError
from index.passages import Passage, Place
from index.search import Index

SOURCE = "a.txt"
LINE = "对单桩功率不低于350千瓦的超高压充电桩,给予400元/千瓦的一次性建设补贴。"
OTHER = "对新建加氢站,按设备投资额的30%给予补贴,最高不超过300万元。"
DOCUMENT = Document(
    "d",
    "办法",
    "办法",
    None,
    None,
    (),
    None,
    None,
    date(2022, 12, 31),
    None,
    "measures",
    None,
    SOURCE,
    1,
    20,
    2,
    LINE + OTHER,
)
CASE = Case(
    "c", "zh", "figure", "补贴多少?", (Proof(SOURCE, 9, "给予400元/千瓦"),), (("400元/千瓦", "400 yuan per kW"),)
)


def _passage(line: int, raw: str, end: int = 0, further: tuple[Place, ...] = ()) -> Passage:
    return Passage(f"p{line}", "d", ("办法",), "paragraph", raw, raw, SOURCE, line, end or line, further)


def _cite(passage: Passage, quote: str) -> Citation:
    return Citation(1, DOCUMENT, passage, quote, passage.line_start, passage.line_end, date(2022, 12, 31), False)


def _answer(
    text: str = "400元/千瓦 [1]", *citations: Citation, status: str = "answered", notices: tuple[Notice, ...] = ()
) -> Answer:
    return Answer("问", "问", "zh", status, text, citations, (), notices)


def _result(
    case: Case = CASE, found: int = 1, answer: Answer | None = None, turn: int = 0, sure: float = 0.9
) -> Result:
    return Result(case, found, replace(answer or _answer(), confidence=sure), 1.0, 2.0, turn)


# Metrics by hand


@pytest.mark.parametrize(
    ("found", "recalls", "reciprocal"),
    [
        (1, (1, 1, 1), Fraction(1)),
        (2, (0, 1, 1), Fraction(1, 2)),
        (5, (0, 1, 1), Fraction(1, 5)),
        (6, (0, 0, 1), Fraction(1, 6)),
        (10, (0, 0, 1), Fraction(1, 10)),
        (11, (0, 0, 0), Fraction(1, 11)),
        (MISSED, (0, 0, 0), Fraction(0)),
    ],
)
def test_recall_and_reciprocal_rank(found: int, recalls: tuple[int, int, int], reciprocal: Fraction) -> None:
    assert tuple(recall_at(k)(found) for k in (1, 5, 10)) == recalls
    assert reciprocal_rank(found) == pytest.approx(float(reciprocal))


def test_ndcg_at_the_ranks_whose_logarithm_is_whole() -> None:
    assert [ndcg_at_10(found) for found in (1, 3, 7)] == pytest.approx([float(Fraction(1, n)) for n in (1, 2, 3)])
    assert [ndcg_at_10(found) for found in (11, MISSED)] == [0, 0]


def test_mrr_of_three_questions_is_the_mean_of_their_fractions() -> None:
    results = [_result(found=found) for found in (1, 4, MISSED)]
    assert score("MRR", results).value == pytest.approx(float((Fraction(1) + Fraction(1, 4) + 0) / 3))
    assert score("Recall@5", results).value == pytest.approx(float(Fraction(2, 3)))


def test_no_passages_and_no_values() -> None:
    assert ranks(CASE, []) == [MISSED] and rank(CASE, []) == MISSED
    assert mean([]) == 0 and interval([]) == (0, 0) and quantile([], 0.5) == 0
    assert citation_precision(CASE, _answer()) is None and not cited_right(CASE, _answer())
    assert {name: value.n for name, value in by_language([])["total"].items()} == dict.fromkeys(SCORES, 0)
    assert by_kind([]) == {} and shown(score("MRR", [])) == "–"


def test_the_first_of_two_passages_at_the_same_place_counts() -> None:
    twice = [_passage(8, "一、补贴标准"), _passage(9, LINE), _passage(9, LINE)]
    assert ranks(CASE, twice) == [2]


def test_the_best_proof_counts_or_the_worst_when_all_are_needed() -> None:
    both = replace(CASE, evidence=(*CASE.evidence, Proof(SOURCE, 10, "最高不超过300万元")))
    passages = [_passage(10, OTHER), _passage(8, "一、补贴标准"), _passage(9, LINE)]
    assert ranks(both, passages) == [3, 1]
    assert rank(both, passages) == 1
    assert rank(replace(both, needs_all=True), passages) == 3
    assert rank(replace(both, needs_all=True), passages[:2]) == MISSED


def test_a_passage_holds_a_proof_by_place_and_by_words() -> None:
    proof = CASE.evidence[0]
    assert holds(_passage(9, LINE), proof)
    assert not holds(_passage(9, "另一半句"), proof), "the line is split and the words are in its other half"
    assert holds(_passage(8, "一行\n又一行", 10), proof), "a row of several lines needs no words"
    assert not holds(_passage(10, LINE), proof)
    assert holds(_passage(3, LINE, further=(Place("d", SOURCE, 9, 9),)), proof), "the same text printed twice"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("400元/千瓦", "给予 400 元 / 千瓦"),
        ("140000", "共140,000元"),
        ("140000", "共140,000元"),
        ("400元/千瓦", "４００元／千瓦"),
        ("400 yuan per kW", "400 Yuan per KW"),
        ("14万", "14\n万元"),
    ],
)
def test_facts_are_compared_without_spaces_commas_case_and_width(form: str, text: str) -> None:
    assert plain_text(form) in plain_text(text)
    assert right(replace(CASE, facts=((form,),)), _answer(text))


def test_an_answer_is_right_when_one_form_of_every_group_is_there() -> None:
    case = replace(CASE, facts=(("400元/千瓦", "400 yuan per kW"), ("14万", "140000")))
    assert right(case, _answer("400 yuan per kW, 140,000 in all"))
    assert not right(case, _answer("400元/千瓦"))
    assert not right(case, _answer("400元/千瓦, 14万", status="not_covered"))


def test_citations_are_right_at_the_place_with_common_words() -> None:
    good, bad = _cite(_passage(9, LINE), LINE), _cite(_passage(10, OTHER), OTHER)
    assert cited_right(CASE, _answer("x", bad, good)) and not cited_right(CASE, _answer("x", bad))
    assert citation_precision(CASE, _answer("x", bad, good, good)) == pytest.approx(float(Fraction(2, 3)))
    both = replace(CASE, evidence=(*CASE.evidence, Proof(SOURCE, 10, "最高不超过300万元")), needs_all=True)
    assert cited_right(both, _answer("x", bad, good)) and not cited_right(both, _answer("x", good))


def test_expired_needs_the_notice_and_its_day() -> None:
    case = replace(CASE, expired=date(2022, 12, 31))
    assert expired_said(case, _answer(notices=(Notice("expired", "2022-12-31"),)))
    assert not expired_said(case, _answer(notices=(Notice("expired", "2021-12-31"),)))
    assert not expired_said(case, _answer(notices=(Notice("partial", "2022-12-31"),)))
    assert not expired_said(CASE, _answer(notices=(Notice("expired", "2022-12-31"),)))


def test_the_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = [1.0] * 7 + [0.0] * 3
    low, high = interval(values)
    assert 0.3 <= low < 0.7 < high <= 1 and interval(values) == (low, high)
    assert interval([1.0, 1.0]) == (1, 1)


def test_quantiles_are_values_that_occur() -> None:
    assert [quantile([3, 1, 2, 4], share) for share in (0, 0.5, 0.75, 0.95, 1)] == [1, 2, 3, 4, 4]
    assert quantile([1.0, 2.0, 3.0], 0.5) == 2


def test_every_score_counts_its_own_questions() -> None:
    nothing = replace(CASE, evidence=(), facts=(), kind="unanswerable")
    no = _answer("没有", status="not_covered")
    cited = _answer("400元/千瓦", _cite(_passage(9, LINE), LINE))
    results = [
        _result(answer=cited),
        _result(answer=_answer("500元")),
        _result(answer=no),
        _result(nothing, MISSED, no),
        _result(nothing, MISSED),
        _result(turn=1),
        _result(turn=2, answer=no),
    ]
    of = by_language(results)
    third, half = float(Fraction(1, 3)), float(Fraction(1, 2))
    expected = {
        "Recall@1": (3, 1.0),
        "answers right": (3, third),
        "cited right": (3, third),
        "citation precision": (1, 1.0),
        "answered but wrong": (3, third),
        "refused wrongly": (3, third),
        "refused rightly": (2, half),
        "expired said": (0, 0.0),
        "dialogue turns right": (2, half),
    }
    assert {name: of["zh"][name].n for name in expected} == {name: n for name, (n, _) in expected.items()}
    assert [of["zh"][name].value for name in expected] == pytest.approx([value for _, value in expected.values()])
    assert of["total"] == of["zh"] and of["en"]["MRR"].n == 0
    assert by_kind(results)["figure", "zh"]["answers right"].n == 3
    assert [failures(r) for r in results] == [
        [],
        ["wrong answer", "proof not cited"],
        ["refused"],
        [],
        ["answered, though the documents do not say"],
        ["proof not cited"],
        ["refused"],
    ]


def test_refusals_grow_with_the_threshold() -> None:
    nothing = replace(CASE, evidence=(), facts=())
    curve = refusals([_result(sure=0.9), _result(sure=0.5), _result(nothing, sure=0.1)])
    assert curve[0] == (0, 0, 0) and curve[10] == (0.2, 0, 1) and curve[30] == (0.6, 0.5, 1) and curve[-1] == (1, 1, 1)
    assert curve == sorted(curve)


# Case files


def _row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "a",
        "lang": "zh",
        "kind": "figure",
        "question": "350千瓦的超高压充电桩补贴多少?",
        "evidence": [{"source": SOURCE, "line": 9, "quote": "给予400元/千瓦"}],
        "facts": [["400"]],
    } | changes


def _file(folder: Path, *rows: Mapping[str, Any] | str) -> Path:
    path = folder / "cases.jsonl"
    path.write_text(
        "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows),
        encoding="utf-8",
    )
    return path


def test_a_quote_is_found_at_the_nearest_line(policies: Path, tmp_path: Path) -> None:
    cases, dialogues = read_cases(
        _file(
            tmp_path,
            "",
            _row(evidence=[{"source": SOURCE, "line": 2, "quote": "给予400元/千瓦"}]),
            _row(id="b", evidence=[]),
        ),
        [policies],
    )
    assert [proof.line for proof in cases[0].evidence] == [9] and not cases[1].answerable and dialogues == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((_row(), '{"id": "b", '), "line 2 of cases.jsonl is no case"),
        (("[1]",), "line 1 of cases.jsonl is no case"),
        (({"id": "x", "lang": "zh"},), "line 1 of cases.jsonl is no case .it lacks 'question'"),
        ((_row(lang="fr"),), "line 1 .*lang is 'fr'"),
        ((_row(question=" "),), "line 1 .*question is empty"),
        ((_row(facts=["400"]),), "line 1 .*the fact '400'"),
        ((_row(facts=[[]]),), "line 1 .*the fact "),
        ((_row(expired="last year"),), "line 1 .* is no case"),
        ((_row(), _row()), "the case a stands twice .*line 2"),
        ((_row(), {"id": "d", "lang": "zh", "turns": [_row()]}), "the case a stands twice .*line 2"),
        (({"id": "d", "lang": "zh", "turns": ["?"]},), "line 1 of cases.jsonl is no case"),
        (
            (_row(evidence=[{"source": SOURCE, "line": 9, "quote": "给予500元/千瓦"}]),),
            "case a: the quote 「给予500元/千瓦」 does not stand in a.txt",
        ),
        ((_row(evidence=[{"source": SOURCE, "line": 9, "quote": ""}]),), "case a has an empty quote"),
        ((_row(evidence=[{"source": "b.txt", "line": 9, "quote": "给予"}]),), "case a cites b.txt, which is not among"),
    ],
)
def test_a_broken_case_file_is_refused_in_one_line(
    rows: Sequence[Mapping[str, Any] | str], message: str, policies: Path, tmp_path: Path
) -> None:
    with pytest.raises(PolicyError, match=message) as error:
        read_cases(_file(tmp_path, *rows), policies)
    assert "\n" not in str(error.value)


def test_a_case_file_that_is_missing_or_no_text(policies: Path, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("none", "binary"):
        with pytest.raises(PolicyError, match=f"the case file .*{name} cannot be read"):
            read_cases(tmp_path / name, policies)


def test_the_real_cases_load_and_are_enough(seeds: Path) -> None:
    cases, dialogues = read_cases(CASES, [seeds])
    answered = Counter(case.language for case in cases if case.answerable)
    assert answered["zh"] >= 110 and answered["en"] >= 90
    assert sum(not case.answerable for case in cases) >= 40 and len(dialogues) >= 15
    assert all(case.facts for case in cases if case.answerable) and all(
        len(dialogue.turns) > 1 for dialogue in dialogues
    )


# The baseline


def _scores(value: float, n: int = 50) -> dict[str, dict[str, Score]]:
    return {
        language: {name: Score(n, value, max(0, value - 0.1), min(1, value + 0.1)) for name in SCORES}
        for language in ("zh", "en", "total")
    }


def test_a_score_within_noise_is_not_worse() -> None:
    baseline = baseline_of(_scores(0.5))
    assert set(baseline) == {"zh", "en"}
    assert (
        worse_than(baseline, _scores(0.5))
        == worse_than(baseline, _scores(0.4))
        == worse_than(baseline, _scores(0.6))
        == []
    )


def test_each_score_beyond_noise_has_its_line() -> None:
    baseline = baseline_of(_scores(0.5))
    lines = worse_than(baseline, _scores(0.39))
    assert (
        len(lines) == 2 * (len(SCORES) - 2)
        and lines[0] == "zh Recall@1: 0.390 is under 0.400, the lower end of the baseline's interval (baseline 0.500)"
    )
    assert [line.split(":")[0] for line in worse_than(baseline, _scores(0.61))] == [
        "zh answered but wrong",
        "zh refused wrongly",
        "en answered but wrong",
        "en refused wrongly",
    ]
    assert len(worse_than(baseline, _scores(0, 0))) == 2 * len(SCORES) and "not measured" in worse_than(baseline, {})[0]


def test_the_baseline_is_rounded() -> None:
    assert baseline_of(_scores(1 / 3))["zh"]["MRR"] == {"n": 50, "value": 0.3333, "low": 0.2333, "high": 0.4333}


# The command


@pytest.fixture
def assistant(policies: Path, tmp_path: Path) -> Assistant:
    """An assistant that knows the small policy."""
    return Assistant(Index.build([policies], tmp_path / "index"))


def test_write_then_check_then_fall(
    assistant: Assistant,
    policies: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(eval.report, "BASELINE", tmp_path / "baseline.json")
    good, bad = _file(tmp_path, _row()), _row(facts=[["999元"]])
    assert evaluate(assistant, (policies,), good, tmp_path / "deep" / "report.html", False, True) == 0
    written = json.loads((tmp_path / "baseline.json").read_text(encoding="utf-8"))
    assert list(written) == ["en", "zh"] and written["zh"]["answers right"]["value"] == 1
    assert evaluate(assistant, (policies,), good, tmp_path / "report.html", True, False) == 0
    capsys.readouterr()
    assert evaluate(assistant, (policies,), _file(tmp_path, bad), tmp_path / "report.html", True, False) == 1
    out, err = capsys.readouterr()
    assert "zh answers right: 0.000 is under 1.000" in err and "answers right: " not in out and out.startswith("score ")


def test_no_baseline_no_case_and_no_place_for_the_report(
    assistant: Assistant, policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eval.report, "BASELINE", tmp_path / "baseline.json")
    with pytest.raises(PolicyError, match="--write-baseline"):
        evaluate(assistant, (policies,), _file(tmp_path, _row()), tmp_path / "report.html", True, False)
    with pytest.raises(PolicyError, match="holds no case"):
        evaluate(assistant, (policies,), _file(tmp_path, ""), tmp_path / "report.html", False, False)
    with pytest.raises(PolicyError, match="cannot be written"):
        evaluate(assistant, (policies,), _file(tmp_path, _row()), tmp_path, False, False)


def test_the_page_is_escaped_and_loads_nothing() -> None:
    nasty = "<script>alert(1)</script>&\"'"
    result = _result(
        replace(CASE, question=nasty, kind=nasty, id=nasty), MISSED, _answer(nasty, _cite(_passage(9, LINE), LINE))
    )
    tables: list[Sequence[Sequence[str]]] = [[("a", nasty)], [("b",), (nasty,)], [("c",)]]
    html = page(tables, by_kind([result]), [result])
    assert "<script" not in html and "&lt;script&gt;" in html and "not found" in html
    assert not any(word in html for word in ("http:", "https:", "src=", "@import", "url("))
    assert html.count("<svg") == html.count("</svg>") == 4


def test_a_table_stands_in_columns() -> None:
    assert plain([("a", "score"), ("long", "1")]) == "a     score\nlong  1"


def test_the_seeds_are_no_worse_than_the_baseline(
    seed_index: Index, seeds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = evaluate(Assistant(seed_index), (seeds,), None, tmp_path / "report.html", check=True, write_baseline=False)
    assert code == 0, capsys.readouterr().err
    assert (tmp_path / "report.html").stat().st_size > 10_000
