"""What the documents do not say: refused with the reason, or answered with the caution that a thing is not named."""

from collections.abc import Callable
from datetime import date

import pytest

from assistant.assistant import Assistant
from index.search import Index

TODAY = date(2026, 11, 21)
GRANTS = """关于印发测试市产业奖励办法的通知
渝测发〔2024〕9号
测试市经济局
2024年3月5日
测试市产业奖励办法
一、医疗器械奖励
对新取得第二类医疗器械注册证并投产的企业,每张注册证给予最高20万元奖励。
二、绿色工厂
对新认定的绿色工厂,由区县给予资金奖励。
三、旅游奖励
对新评定的四星级旅游饭店,给予50万元一次性奖励。
对获得国家级企业技术中心认定的企业,给予100万元奖励。
设立5亿元数字经济引导基金。
四、充电设施
对新建直流充电桩,给予200元/千瓦的建设补贴,单站补贴最高不超过80万元。对获得国外发明专利权的,每件资助2万元。
对加氢站,按照年度累计加氢量,给予30元/千克的运营补贴。
五、场地
支持建设夜间市场,鼓励招用高校毕业生。
六、产业目标
到2025年,全市工业产值达到1300亿元;到2027年,全市工业产值达到1600亿元。
本办法自印发之日起施行,有效期至2027年12月31日。
来源:测试市经济局
"""


@pytest.fixture(scope="module")
def seeds_assistant(seed_index: Index) -> Assistant:
    """The assistant over the real documents."""
    return Assistant(seed_index)


@pytest.fixture(scope="module")
def assistant(over: Callable[[str], Assistant]) -> Assistant:
    """The assistant over a policy with an amount for one class, and a reward without an amount."""
    return over(GRANTS)


@pytest.mark.parametrize(
    "question",
    ["重庆市公积金贷款最高额度是多少", "重庆市公积金贷款利率是多少", "How do I renew my driving licence in Chongqing?"],
)
def test_a_subject_that_no_document_treats_is_refused(seeds_assistant: Assistant, question: str) -> None:
    answer = seeds_assistant.answer(question, as_of=TODAY)
    assert answer.status == "not_covered"
    assert answer.confidence < 0.33


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("绿色工厂由区县奖励多少万元?", "没有写明金额"),
        ("How many yuan does a newly recognised green factory get?", "states no amount"),
        ("第三类医疗器械注册证每张奖励多少钱?", "其他类别"),
        ("五星级旅游饭店奖励多少万元?", "其他类别"),
        ("新建交流充电桩每千瓦补贴多少钱?", "其他类别"),
        ("获得国内发明专利权的每件资助多少钱?", "其他类别"),
        ("新建直流充电桩按每公斤补贴多少元?", "没有写明"),
        ("夜间市场一共要建多少个?", "没有写明"),
        ("夜间市场占地面积多少平方米?", "没有写明"),
        ("夜间市场的经营者要让出多少股份,股权比例是多少?", "没有写明"),
        ("夜间市场什么时候开业?", "没有写明"),
        ("When will the night markets open?", "do not state"),
        ("市级企业技术中心认定后奖励多少钱?", "其他类别"),
        ("数字经济引导基金单个项目投多少钱?", "没有写明"),
        ("When is the guidance fund for the digital economy paid out per mu, and how many yuan per mu?", "do not"),
        ("夜间市场违规经营罚多少?", "没有写明"),
        ("How many jobs does the night market bring?", "do not state"),
        ("Why did the city abolish the reward for green factories?", "do not state"),
        ("帮我写一首关于绿色工厂的诗", "没有写明"),
        ("What is the population target for 2025?", "do not answer"),
        ("挪威给新建直流充电桩每千瓦补贴多少?", "不涉及您问的地区"),
        ("What subsidy per kilowatt does Norway give for new DC chargers?", "do not cover that place"),
        ("四星级旅游饭店的800万元奖励找哪个部门领?", "没有您提到的这个数额"),
        ("Which bureau pays the bonus of 8 million yuan for a four-star hotel?", "figure that you mention"),
        ("绿色工厂的资金奖励分几期拨付?", "没有写明"),
        ("四星级旅游饭店多久评一次?", "没有写明"),
        ("How often are four-star hotels reviewed?", "do not state"),
        ("What is the exact yuan-per-visitor reward for night markets?", "no amount"),
        ("How much may each team get from the guidance fund for the digital economy?", "do not"),
        ("What subsidy does a night market get?", "no amount"),
        ("新建LNG加气站补贴多少钱?", "其他类别"),
        ("How many yuan per kilogram does a methanol filling station get?", "other classes"),
        ("给钟点工的补贴每月多少?", "没有找到"),
        ("What management fee does the guidance fund for the digital economy charge?", "do not state"),
        (
            "How do we claim the extra 3 million yuan that districts must pay a green factory?",
            "figure that you mention",
        ),
        ("When does the 30 percent local ownership rule for DC chargers take effect?", "figure that you mention"),
    ],
)
def test_the_reason_of_a_refusal_is_told(assistant: Assistant, question: str, reason: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "not_covered"
    assert reason in answer.text


def test_a_clause_without_an_amount_is_quoted_beside_the_refusal(assistant: Assistant) -> None:
    answer = assistant.answer("绿色工厂由区县奖励多少万元?", as_of=TODAY)
    assert answer.status == "not_covered" and "「对新认定的绿色工厂,由区县给予资金奖励。」[1]" in answer.text


@pytest.mark.parametrize(
    ("question", "figure"),
    [("第二类医疗器械注册证每张最高奖励多少钱?", "20万元"), ("四星级旅游饭店奖励多少万元?", "50万元")],
)
def test_the_class_that_is_treated_is_answered(assistant: Assistant, question: str, figure: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "answered"
    assert figure in answer.text


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("四星级旅游饭店的50万元奖励是一次性的吗?", "一次性奖励"),
        ("Is the reward of 500,000 yuan for a four-star hotel paid once?", "50万元一次性奖励"),
        ("We come from Norway. What subsidy per kilowatt do new DC chargers get?", "200 yuan per kW"),
        ("hotline: subsidy per kilowatt for new DC chargers", "200 yuan per kW"),
    ],
)
def test_what_the_policy_grants_may_be_taken_for_granted(assistant: Assistant, question: str, figure: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "answered" and figure in answer.text


@pytest.mark.parametrize(("year", "figure", "other"), [("2025", "200个", "1500个"), ("2027", "1500个", "200个")])
def test_a_target_is_told_for_the_year_that_is_asked_for(
    seeds_assistant: Assistant, year: str, figure: str, other: str
) -> None:
    answer = seeds_assistant.answer(f"重庆低空经济{year}年要建多少个通航起降点", as_of=TODAY)
    assert answer.status == "answered" and figure in answer.text and f"到{year}年" in answer.text
    assert f"起降点{other}" not in answer.text


def test_another_district_is_not_answered_from_a_district_s_policy(seeds_assistant: Assistant) -> None:
    own = seeds_assistant.answer("江北区智造强区规划里,2025年规上工业总产值目标是多少亿?", as_of=TODAY)
    other = seeds_assistant.answer("渝北区智造强区规划里,2025年规上工业总产值目标是多少亿?", as_of=TODAY)
    assert own.status == "answered" and "1300亿元" in own.text
    assert other.status == "not_covered"


def test_an_answer_says_which_thing_no_document_names(
    seeds_assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.assistant.CAUTIOUS", 1.1)  # however sure the fitted weights are of this one
    question = "我是外省户口,在重庆买一套普通商品房,2025年起还会被算进个人住房房产税的征收对象吗?"
    answer = seeds_assistant.answer(question, as_of=TODAY)
    assert (answer.status, answer.notices[0].kind) == ("answered", "partial")
    assert "“户口”" in answer.text.split("\n")[0] and "不再将市外人员购买普通住宅纳入征税范围" in answer.text


def test_what_is_granted_for_cars_is_not_granted_for_forklifts(seeds_assistant: Assistant) -> None:
    question = "公司2022年买了30台电动叉车,按汽车平稳增长政策每台能领多少运营奖励?"
    answer = seeds_assistant.answer(question, as_of=TODAY)
    assert answer.status == "not_covered" and "其他类别" in answer.text


def test_a_question_with_two_parts_gets_both(seeds_assistant: Assistant) -> None:
    answer = seeds_assistant.answer(
        "江北区到2025年工业增加值占国民经济的比重是多少?智能制造总投资累计要多少?", as_of=TODAY
    )
    assert "16%" in answer.text and "200亿元" in answer.text


def test_the_change_between_two_years_of_a_sentence_is_shown(seeds_assistant: Assistant) -> None:
    answer = seeds_assistant.answer("江北区工业增加值从2015年到2020年一共涨了多少亿元?", as_of=TODAY)
    assert "232.4亿元 − 150.5亿元 = 81.9亿元" in answer.text


def test_counts_of_two_sorts_are_not_multiplied_with_one_rate(seeds_assistant: Assistant) -> None:
    answer = seeds_assistant.answer(
        "今年我们拿了5张二类医疗器械注册证并已投产,4张没做临床试验、1张做过,注册证奖励合计是多少万?", as_of=TODAY
    )
    assert "500万元" not in answer.text.split("原文")[0]
    assert "300万元/张" not in answer.text


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("We built 3 stations of 2,400 kW each with DC chargers, how much is the subsidy?", "cap 2.4 million yuan"),
        ("We put up eight new 120 kW DC chargers. How much subsidy?", "120 kW × 8 charging piles × 200 yuan per kW"),
        ("我们加氢站一年加了80吨氢,运营补贴多少", "80吨 × 1000千克/吨 × 30元/千克 = 240万元"),
    ],
)
def test_things_counted_with_their_power_are_worked_out(assistant: Assistant, question: str, line: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "answered" and line in answer.text


def test_an_amount_of_another_policy_is_no_answer(seeds_assistant: Assistant) -> None:
    answer = seeds_assistant.answer("未来产业的标志性产品奖励标准是一个产品多少万元?", as_of=TODAY)
    assert answer.status == "not_covered" and "万元" not in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "我们公司在贵阳有3座换电站,每座1200千瓦。听说重庆按每千瓦补。想问贵阳市政府的建设补贴标准是多少?",
        "We know the Chongqing grant. How much does Chengdu pay per kW for a new DC charger?",
    ],
)
def test_the_city_that_a_sentence_asks_about_decides(seeds_assistant: Assistant, question: str) -> None:
    assert seeds_assistant.answer(question, as_of=TODAY).status == "not_covered"


@pytest.mark.parametrize(
    "question",
    [
        "Beijing paid in 40 million yuan for our national key R&D project. What reward can our research team receive from Chongqing?",
        "Does the 2021 science policy pay a reward when a company is listed on the Shanghai STAR board?",
    ],
)
def test_a_capital_that_stands_for_the_state_or_an_exchange_is_no_other_place(
    seeds_assistant: Assistant, question: str
) -> None:
    assert "do not cover that place" not in seeds_assistant.answer(question, as_of=TODAY).text
