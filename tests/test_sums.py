"""Sums in the open: rate × quantity with its cap, shares, and what several tiers, grants or bases come to together."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Turn
from assistant.assistant import Assistant
from assistant.facts import facts
from assistant.quantities import quantities
from assistant.sums import Sum, difference, shares, work_out
from index.numbers import numbers

RATED = "对在市内新建的充电桩,给予400元/千瓦的补贴,单站补贴最高不超过80万元。"
POLICY = """关于印发测试市器械与能源奖励办法的通知
测试发〔2025〕7号
测试市经济局
2025年3月5日
测试市器械与能源奖励办法
一、器械奖励
对新取得注册证的医疗器械产品给予奖励。其中,通过开展临床试验获批的第三类医疗器械产品每张注册证最高奖励60万元,其他第三类医疗器械产品每张注册证最高奖励30万元。通过开展临床试验获批的第二类医疗器械产品每张注册证最高奖励20万元,其他第二类医疗器械产品每张注册证最高奖励5万元。对进入国家创新医疗器械特别审查程序、本市创新医疗器械审批程序的医疗器械产品,再分别给予最高40万元、10万元奖励。
二、加氢站
对建成运行的加氢站,按建设实际投资(不含土地成本)的20%给予一次性建设补贴,单站补贴最高不超过100万元。
三、企业贷款
对企业技术改造贷款,按照实际贷款利率的40%,最高不超过贷款金额的1%给予贴息,单个企业每年贴息上限为50万元。
四、研究中心
对获得认定的国家级研究中心,市级连续3年给予最高200万元/年的研发补助,新能源领域补助标准可提高至300万元/年。
五、独角兽企业
对独角兽、潜在独角兽企业首次融资,按照到位金额的1%,分别给予最高80万元、20万元奖补。
六、研发费用
对企业申报的研发费用,市级按研发费用存量不高于2%、增量不高于8%的比例给予补助。
七、发明专利
对获得国外发明专利权的,给予每件最高3万元的资助。
本办法自印发之日起施行,有效期至2029年12月31日。
来源:测试市经济局
"""


@pytest.fixture(scope="module")
def assistant(over: Callable[[str], Assistant]) -> Assistant:
    """The assistant over a policy with tiers, bases and ceilings of every kind."""
    return over(POLICY)


def test_what_the_first_question_counted_does_not_disturb_a_later_sum(assistant: Assistant) -> None:
    first = "前5座加氢站的建设补贴按实际投资的几成给?"
    history = (Turn("user", first), Turn("assistant", assistant.answer(first).text))
    answer = assistant.answer("那我这个站一共投了1500万,里面700万是土地钱,能补多少?", history)
    line = "(1500万元 − 700万元) × 20% = 160万元(1600000元);上限(单站)100万元,故为100万元"
    assert line in answer.text


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("两张做过临床试验的三类医疗器械注册证,另外一张没做临床的二类证,一共奖励多少钱?", ["2张 × 60万元/张 + 1张 × 5万元/张 = 125万元(1250000元)"]),
        ("我们拿了3张三类医疗器械注册证,其中2张做了临床试验,1张没做临床,奖励合计多少钱?", ["2张 × 60万元/张 + 1张 × 30万元/张 = 150万元(1500000元)"]),
        ("One Class III medical device registration certificate without clinical trials and two Class II ones after clinical trials: how much reward in total?",
         ["1 certificate × 300,000 yuan per certificate + 2 certificates × 200,000 yuan per certificate = 700,000 yuan"]),
        ("五张第二类医疗器械注册证,两张做了临床试验,三张没有,奖励合计多少钱?", ["2张 × 20万元/张 + 3张 × 5万元/张 = 55万元(550000元)"]),
        ("一个三类医疗器械做过临床试验获批,又进了国家创新医疗器械特别审查程序,两项奖励加起来最多多少钱?", ["60万元 + 40万元 = 100万元(1000000元)"]),
        ("我们建加氢站总共投了400万元,其中买地100万元,建设补贴能拿多少钱?", ["(400万元 − 100万元) × 20% = 60万元(600000元);上限(单站)100万元,未超过"]),
        ("技术改造贷款2000万元,银行利率5%,贴息一年多少钱?", ["5% × 40% = 2%;上限1%,故为1%", "2000万元 × 1% = 20万元(200000元);上限(单个企业每年)50万元,未超过"]),
        ("The loan for our technical transformation is 20 million yuan at an interest rate of 2%. How much interest subsidy do we get?",
         ["2% × 40% = 0.8%; cap 1%, not reached", "20 million yuan × 0.8% = 160,000 yuan; cap 500,000 yuan, not reached"]),
        ("国家级研究中心整个支持期一共能拿多少研发补助?", ["3年 × 200万元/年 = 600万元(6000000元)", "3年 × 300万元/年 = 900万元(9000000元)"]),
        ("潜在独角兽企业首次融资到位3000万元,奖补多少钱?", ["3000万元 × 1% = 30万元(300000元);上限20万元,故为20万元"]),
        ("独角兽企业首次融资到位3000万元,奖补多少钱?", ["3000万元 × 1% = 30万元(300000元);上限80万元,未超过"]),
        ("研发费用存量1000万元、增量200万元,市级补助多少钱?", ["1000万元 × 2% + 200万元 × 8% = 36万元(360000元)"]),
        (
            "研发费用一共1200万元,其中增量200万元,市级补助多少钱?",
            ["1200万元 − 200万元 = 1000万元", "200万元 × 8% + 1000万元 × 2% = 36万元(360000元)"],
        ),
        ("We hold foreign invention patents in the US, Japan and Germany, three in all. How much funding at most?", ["3 items × 30,000 yuan per item = 90,000 yuan"]),
        ("We hold four foreign invention patents. What is the most funding for all four together?", ["4 items × 30,000 yuan per item = 120,000 yuan"]),
        ("Our Class III device got its certificate after clinical trials and then entered the national special review procedure for innovative devices. What is the maximum total reward?",
         ["600,000 yuan + 400,000 yuan = 1 million yuan"]),
    ],
)  # fmt: skip
def test_what_the_asker_has_is_worked_out_in_the_open(assistant: Assistant, question: str, lines: list[str]) -> None:
    answer = assistant.answer(question, as_of=date(2026, 11, 22))
    shown = [line for line in answer.text.splitlines() if line.startswith(("计算:", "Calculation:"))]
    assert [line.partition(":")[2].strip().rstrip("。.") for line in shown] == lines


@pytest.mark.parametrize(
    ("question", "told", "other"),
    [
        ("没做过临床试验的第三类医疗器械注册证奖励多少钱?", "30万元/张", "60万元/张"),
        ("Ⅲ类医疗器械注册证,做了临床试验,奖励多少钱?", "60万元/张", "30万元/张"),
        ("How much reward for a Class II medical device registration certificate without clinical trials?", "50,000 yuan", "200,000 yuan"),
    ],
)  # fmt: skip
def test_of_two_tiers_the_one_is_told_whose_condition_is_met(
    assistant: Assistant, question: str, told: str, other: str
) -> None:
    first = assistant.answer(question, as_of=date(2026, 11, 22)).text.splitlines()[0]
    assert told in first and other not in first


@pytest.mark.parametrize(
    "question",
    [
        "两张三类医疗器械注册证,一张二类证,一共奖励多少钱?",  # with or without a trial is not said
        "我们建加氢站投了400万元,另外花了100万元,建设补贴能拿多少钱?",
        "技术改造贷款2000万元,贴息一年多少钱?",  # at what rate?
        "我们买了三项专利和2张注册证,国外发明专利资助多少钱?",
    ],
)
def test_what_is_in_doubt_is_not_worked_out(assistant: Assistant, question: str) -> None:
    assert "计算:" not in assistant.answer(question, as_of=date(2026, 11, 22)).text


def _sum(text: str, asked: str, language: str = "zh") -> Sum | None:
    (fact,) = facts(text)
    return work_out(fact, tuple(quantities(asked)), language, asked)


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


def test_a_range_is_multiplied_by_its_upper_end_only_for_the_most_of_counted_things() -> None:
    (fact,) = facts("按投资额的10%至20%给予补助。")
    assert work_out(fact, list(quantities("投资1000万元")), "zh", "投资1000万元") is None
    (fact,) = facts("对每个方向给予100万—300万元的资金支持。")
    assert work_out(fact, list(quantities("4个方向")), "zh", "4个方向给多少") is None
    most = work_out(fact, list(quantities("4个方向")), "zh", "4个方向最多给多少")
    assert most and most.line == "4个 × 300万元/个 = 1200万元(12000000元)"
