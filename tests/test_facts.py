"""What a clause grants: amounts with condition, cap and scope, pairs by 分别, and sums shown in the open."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.facts import Fact, Sum, applicable, difference, facts, shares, work_out
from assistant.quantities import quantities
from index.documents import read_lines
from index.numbers import numbers, plain

CAR_POLICY = "000_21e5573e206cac85.txt"
RATED = "对在市内新建的充电桩,给予400元/千瓦的补贴,单站补贴最高不超过80万元。"


def bug(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


def _grants(found: list[Fact]) -> list[str]:
    return [plain(f.quantity.value) + f.quantity.unit + (f"/{f.quantity.per}" if f.quantity.per else "") for f in found]


def _line(seeds: Path, number: int) -> str:
    return read_lines(seeds / CAR_POLICY)[number - 1]


def _sum(text: str, asked: str, language: str = "zh") -> Sum | None:
    (fact,) = facts(text)
    return work_out(fact, tuple(quantities(asked)), language, asked)


@pytest.mark.parametrize(
    ("line", "grants", "caps"),
    [
        (757, ["10%"], ["3000000 单个企业年度"]),
        (761, ["2000元/辆", "3000元/辆"], ["3000000 单个企业年度"] * 2),
        (765, ["10000元/辆"], ["5000000 单个企业年度"]),
        (769, ["10000元/辆"], ["1000000 单个企业年度"]),
        (773, ["150元/千瓦", "200元/千瓦", "300元/千瓦", "400元/千瓦", "50元/千瓦"], [""] * 5),
        (777, ["400元/千瓦", "400元/千瓦", "300000元/站"], ["500000 单站", "800000 单站", "5000000 单个企业年度"]),
        (
            781,
            ["3000000元", "5000000元", "30%", "30元/千克"],
            ["10000000 单个企业年度"] * 2 + ["3000000 单站", "3000000 单站年度"],
        ),
        pytest.param(793, ["1000000元"], [""]),
        pytest.param(797, ["100元/辆"], [""]),
        pytest.param(785, ["20%"], ["1000 单车"]),
    ],
)
def test_the_grants_of_real_clauses_with_their_caps(seeds: Path, line: int, grants: list[str], caps: list[str]) -> None:
    found = facts(_line(seeds, line))
    assert _grants(found) == grants
    assert [f"{plain(f.cap.quantity.value)} {f.cap.scope}" if f.cap else "" for f in found] == caps


def test_the_nth_condition_goes_with_the_nth_amount(seeds: Path) -> None:
    first, second, third, fourth = facts(_line(seeds, 751))
    assert [
        (
            f.quantity.written,
            [(b.relation, plain(b.quantity.value), b.quantity.unit) for b in f.bounds if b.quantity.unit != "元"],
        )
        for f in (first, second, third, fourth)
    ] == [
        ("100万元", [("≥", "200", "公里"), ("≥", "10000", "辆")]),
        ("500万元", [("≥", "200", "公里"), ("≥", "50000", "辆")]),
        ("500万元", [(">", "10000", "辆"), ("≥", "500", "公里")]),
        ("500万元", [(">", "5000", "辆"), ("≥", "600", "公里")]),
    ]
    assert "1万辆" in first.condition and "5万辆" not in first.condition and "5万辆" in second.condition


def test_names_are_paired_as_numbers_are(seeds: Path) -> None:
    town, country, road, fast, small = facts(_line(seeds, 773))
    assert [f.condition for f in (town, country)] == ["中心城区", "中心城区以外地区新建直流充电桩"]
    assert "高速公路服务区" in road.condition and "350千瓦" in fast.condition and "小功率" in small.condition
    assert [(b.relation, b.quantity.value) for b in fast.bounds] == [("≥", 350)]


@pytest.mark.parametrize(
    ("text", "grants", "increment", "ceiling"),
    [
        ("按增量部分的5%给予奖励", ["5%"], True, False),
        ("对新建加氢站,按设备投资额的30%给予补贴,最高不超过300万元", ["30%"], False, False),
        ("对获得专利的,给予每件最高2万元的资助", ["20000元/件"], False, True),
        ("连续3年每年给予50万元补助", ["500000元/年"], False, False),
        ("对产值超过1亿元的企业,给予奖励", [], False, False),
        ("项目总投资50亿元,占地200亩", [], False, False),
        pytest.param("每件最高2万元的资助", ["20000元/件"], False, True),
        ("", [], False, False),
    ],
)
def test_kinds_of_grants(text: str, grants: list[str], increment: bool, ceiling: bool) -> None:
    found = facts(text)
    assert _grants(found) == grants
    assert all((f.increment, f.ceiling) == (increment, ceiling) for f in found)


@pytest.mark.parametrize(
    ("line", "asked", "grants"),
    [
        (773, "350千瓦", ["150元/千瓦", "200元/千瓦", "300元/千瓦", "400元/千瓦", "50元/千瓦"]),
        (773, "120千瓦", ["150元/千瓦", "200元/千瓦", "300元/千瓦", "50元/千瓦"]),
        (781, "年产销量60辆", ["5000000元", "30%", "30元/千克"]),
        (781, "年产销量40辆", ["3000000元", "30%", "30元/千克"]),
        (781, "年产销量10辆", ["30%", "30元/千克"]),
        pytest.param(753, "乘用车年出口1200辆", ["500000元"]),
        pytest.param(753, "商用车年出口600辆", ["500000元"]),
    ],
)
def test_the_askers_quantity_chooses_the_tier(seeds: Path, line: int, asked: str, grants: list[str]) -> None:
    assert _grants(applicable(facts(_line(seeds, line)), tuple(quantities(asked)))) == grants


@pytest.mark.parametrize(
    ("text", "asked", "language", "line"),
    [
        (RATED, "350千瓦", "zh", "350千瓦 × 400元/千瓦 = 14万元(140000元);上限(单站)80万元,未超过"),
        (RATED, "350 kW", "en", "350 kW × 400 yuan per kW = 140,000 yuan; cap 800,000 yuan, not reached"),
        (RATED, "3000千瓦", "zh", "3000千瓦 × 400元/千瓦 = 120万元(1200000元);上限(单站)80万元,故为80万元"),
        (
            RATED,
            "5000 kW, 2 stations",
            "en",
            "5,000 kW × 2 stations × 400 yuan per kW = 4 million yuan; cap 1.6 million yuan, so 1.6 million yuan",
        ),
        (
            "对公交车,给予1万元/辆奖励,单个企业年度奖励资金不超过500万元",
            "800辆",
            "zh",
            "800辆 × 1万元/辆 = 800万元(8000000元);上限(单个企业年度)500万元,故为500万元",
        ),
        (
            "按设备投资额的30%给予补贴,最高不超过300万元",
            "投资500万元",
            "zh",
            "500万元 × 30% = 150万元(1500000元);上限300万元,未超过",
        ),
        ("按增量部分的5%给予奖励", "从1亿元增加到1.8亿元", "zh", "(1.8亿元 − 1亿元) × 5% = 400万元(4000000元)"),
        ("按增量部分的5%给予奖励", "采购额增加8000万元", "zh", "8000万元 × 5% = 400万元(4000000元)"),
        ("按增量部分的5%给予奖励", "今年采购3亿元,比去年多出1亿元", "zh", "1亿元 × 5% = 500万元(5000000元)"),
        ("按增量部分的5%给予奖励", "purchases rose by 80 million yuan", "en", "80 million yuan × 5% = 4 million yuan"),
        ("按增量部分的5%给予奖励", "今年采购3亿元", "zh", None),
        (RATED, "3辆", "zh", None),
        ("按投资额的30%给予补贴", "350千瓦", "zh", None),
        ("一次性给予50万元奖励", "350千瓦", "zh", None),
    ],
)
def test_sums_are_shown_with_their_cap(text: str, asked: str, language: str, line: str | None) -> None:
    total = _sum(text, asked, language)
    assert (total.line if total else None) == line


@given(
    st.integers(1, 10**6),
    st.decimals(1, 10**5, places=2),
    st.one_of(st.none(), st.integers(1, 10**9)),
    st.sampled_from(["zh", "en"]),
)
def test_a_sum_shows_rate_quantity_product_and_cap_and_nothing_else(
    rate: int, amount: Decimal, cap: int | None, language: str
) -> None:
    total = _sum(
        f"对新建充电桩,给予{rate}元/千瓦的补贴" + (f",单站补贴最高不超过{cap}元。" if cap else "。"),
        f"{amount}千瓦",
        language,
    )
    assert total
    assert {n.value for n in numbers(total.line)} == {rate, amount, rate * amount} | ({Decimal(cap)} if cap else set())
    assert ("故为" in total.line or ", so " in total.line) == (cap is not None and rate * amount > cap)


@given(
    st.integers(1, 100),
    st.integers(1000, 10**9),
    st.one_of(st.none(), st.integers(1, 10**8)),
    st.sampled_from(["zh", "en"]),
)
def test_a_percentage_shows_base_rate_and_product(rate: int, base: int, cap: int | None, language: str) -> None:
    total = _sum(f"按投资额的{rate}%给予补贴" + (f",最高不超过{cap}元。" if cap else "。"), f"投资{base}元", language)
    assert total
    assert {n.value for n in numbers(total.line)} == {rate, base, Decimal(rate * base) / 100} | (
        {Decimal(cap)} if cap else set()
    )


def test_the_share_of_city_and_district() -> None:
    total = shares("由市与区县按6∶4的比例共担", tuple(quantities("100万元")), "zh")
    assert total and total.line == "市: 100万元 × 6/10 = 60万元; 区县: 100万元 × 4/10 = 40万元"
    assert shares("由市与区县按6∶4的比例共担", (), "zh") is None


def test_the_share_names_the_party_alone() -> None:
    total = shares("所需资金由市与区县按6∶4的比例共担", tuple(quantities("100万元")), "zh")
    assert total and total.line.startswith("市: ")


@pytest.mark.parametrize(
    ("row", "language", "line"),
    [
        ("产值; 2025年: 230亿元; 2027年: 300亿元", "zh", "300亿元 − 230亿元 = 70亿元"),
        ("产值; 2025年: 230亿元; 2027年: 300亿元", "en", "30 billion yuan − 23 billion yuan = 7 billion yuan"),
        ("产值; 2025年: 230亿元", "zh", None),
    ],
)
def test_the_change_between_two_years(row: str, language: str, line: str | None) -> None:
    total = difference(row, language)
    assert (total.line if total else None) == line


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        (
            "对企业给予每年100万—500万元标准的资金奖励。",
            "100万元至500万元/年",
            "1 million yuan to 5 million yuan per year",
        ),
        ("给予20—50万元一次性奖励。", "20万元至50万元", "200,000 yuan to 500,000 yuan"),
        ("按投资额的10%至20%给予补助。", "10%至20%", "10% to 20%"),
    ],
)
def test_a_range_is_told_with_both_ends_and_never_multiplied(text: str, chinese: str, english: str) -> None:
    (fact,) = facts(text)
    assert (fact.reads("zh"), fact.reads("en")) == (chinese, english)
    assert work_out(fact, list(quantities("投资1000万元")), "zh", "投资1000万元") is None
