"""What a clause grants: amounts with condition, cap and scope, and pairs by 分别."""

from pathlib import Path

import pytest

from assistant.facts import Fact, applicable, facts
from assistant.quantities import quantities
from index.documents import read_lines
from index.numbers import plain

CAR_POLICY = "000_21e5573e206cac85.txt"


def bug(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


def _grants(found: list[Fact]) -> list[str]:
    return [plain(f.quantity.value) + f.quantity.unit + (f"/{f.quantity.per}" if f.quantity.per else "") for f in found]


def _line(seeds: Path, number: int) -> str:
    return read_lines(seeds / CAR_POLICY)[number - 1]


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
def test_a_range_is_told_with_both_ends(text: str, chinese: str, english: str) -> None:
    (fact,) = facts(text)
    assert (fact.reads("zh"), fact.reads("en")) == (chinese, english)


def test_a_rate_with_paired_ceilings_is_granted_once_for_each() -> None:
    unicorn, other = facts(
        "对独角兽、潜在独角兽企业在首次融资时,按照到位金额的0.5%,分别给予最高500万元、100万元资金奖补。"
    )
    assert [(f.quantity.written, f.cap and f.cap.quantity.written) for f in (unicorn, other)] == [
        ("0.5%", "500万元"),
        ("0.5%", "100万元"),
    ]
    assert unicorn.condition == "独角兽" and other.condition.startswith("潜在独角兽")


def test_a_grant_tells_its_base_its_years_and_what_it_leaves_out() -> None:
    (rate,) = facts("按建设实际投资(不含土地成本)的30%给予补贴,单站补贴最高不超过300万元。")
    assert (rate.without, rate.cap and rate.cap.quantity.written) == ("土地成本", "300万元")
    (interest,) = facts("按照实际贷款利率的50%,最高不超过贷款金额的2%给予贴息,单个企业每年贴息上限为1000万元。")
    assert interest.base.endswith("贷款利率的")
    assert [c and c.quantity.written for c in (interest.cap, interest.more)] == ["2%", "1000万元"]
    assert [f.years for f in facts("市级连续三年给予最高2000万元/年的补助,新能源领域标准可提高至3000万元/年。")] == [
        3,
        3,
    ]


def test_the_condition_of_a_grant_is_not_that_of_the_one_before() -> None:
    listed, insured = facts(
        "支持企业上市,建立储备库,给予3年期的培育,对成功上市的企业,市级给予最高800万元奖补。给予出租车保险补贴,对新增的出租车,按差额的20%给予补贴。"
    )
    assert listed.condition == "成功上市的企业" and insured.condition.startswith("出租车保险补贴")
