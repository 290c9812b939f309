"""Checks: a smuggled figure, a changed quote and a mark without a citation are found."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Citation
from assistant.checks import broken_quotes, marks_out_of_range, unsupported
from index.documents import cut
from index.passages import split

_QUOTE = "对单桩功率不低于350千瓦的超高压充电桩,给予400元/千瓦的一次性建设补贴。"


@pytest.fixture(scope="module")
def cited(policy: str) -> list[Citation]:
    """One citation of the small policy's first grant."""
    (document,) = cut(policy.split("\n"), "a.txt")
    passage = next(p for p in split(document) if _QUOTE in p.raw)
    return [Citation(1, document, passage, _QUOTE, 9, 9, date(2025, 12, 31), None)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("给予400元/千瓦[1]。", []),
        ("给予500元/千瓦[1]。", ["500元/千瓦"]),
        ("给予四百元/千瓦,350kW起[1]。", []),
        ("400 yuan per kW; 1.4 million yuan [1]", ["1.4 million yuan"]),
        ("给予补贴6%[1]", ["6%"]),
        ("给予百分之六[1]", ["百分之六"]),
        ("期限至2025年12月31日(2025-12-31)[1]", []),
        ("期限至2026年12月31日[1]", ["2026"]),
        ("渝测发〔2024〕3号[1]", []),
        ("渝测发〔2024〕77号[1]", ["77"]),
        ("2024年3月5日印发[1]", []),
        ("没有数字[1]", []),
        ("", []),
    ],
)
def test_figures_and_dates_must_stand_in_what_is_cited(cited: list[Citation], text: str, found: list[str]) -> None:
    assert unsupported(text, cited) == found


@pytest.mark.parametrize(
    ("text", "question", "sums"),
    [("120千瓦得48000元", "120千瓦能拿多少", [48000]), ("120 kW gives 48,000 yuan", "what about 120 kW", [48000])],
)
def test_the_question_and_shown_sums_support_their_numbers(
    cited: list[Citation], text: str, question: str, sums: Sequence[int]
) -> None:
    assert unsupported(text, cited, question, map(Decimal, sums)) == []
    assert len(unsupported(text, cited, question)) == 1
    assert len(unsupported(text, cited, "", map(Decimal, sums))) == 1
    assert len(unsupported(text, [])) == 2


@pytest.mark.parametrize("text", ["给予补贴5%[1]。", "补贴比例为400%[1]。", "补贴400公里[1]。", "给予350元/千瓦[1]。"])
def test_a_known_number_with_another_unit_is_found(cited: list[Citation], text: str) -> None:
    assert unsupported(text, cited)


@given(
    st.decimals(min_value=0, max_value=10**13, places=2),
    st.sampled_from(["{}元", "{}%", "{} yuan", "约{}千瓦", "{}万元", "RMB {} million"]),
)
def test_a_random_number_that_is_not_in_the_evidence_is_always_reported(
    cited: list[Citation], value: Decimal, form: str
) -> None:
    factor = {"{}万元": 10**4, "RMB {} million": 10**6}.get(form, 1)
    borne = {"{}%": None, "约{}千瓦": Decimal(350)}.get(
        form, Decimal(400)
    )  # with its unit; a day or a year bears no amount
    assert bool(unsupported(f"给予400元/千瓦,另有{form.format(value)}[1]。", cited)) == (value * factor != borne)


@pytest.mark.parametrize(
    ("quote", "broken"),
    [
        (_QUOTE, []),
        (_QUOTE[:20], []),
        (_QUOTE.replace("400", "500"), [1]),
        (_QUOTE.replace("不低于", "低于"), [1]),
        (_QUOTE.replace(",", "\uff0c"), [1]),
        (_QUOTE + " ", [1]),
    ],
)
def test_a_changed_quote_is_found(cited: list[Citation], quote: str, broken: list[int]) -> None:
    assert broken_quotes([replace(cited[0], quote=quote)]) == broken


def test_an_empty_quote_is_found(cited: list[Citation]) -> None:
    assert broken_quotes([replace(cited[0], quote="")]) == [1]


@given(st.integers(0, 400))
def test_a_mark_without_a_citation_is_found(cited: list[Citation], number: int) -> None:
    assert marks_out_of_range(f"甲[1],乙[{number}]。", cited) == ([] if number == 1 else [number])
    assert marks_out_of_range(f"[{number}]", []) == [number]
