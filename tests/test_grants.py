"""Grants and a plan that a test writes: least amounts, ceilings, stages, several groups; talks about them; what is not told."""

from collections.abc import Callable
from datetime import date

import pytest

from assistant.answers import Answer, Turn
from assistant.assistant import Assistant
from assistant.questions import readings

TODAY = date(2026, 11, 22)
MEASURES = """测试市支持企业若干措施
测府发〔2025〕3号
一、支持引进人才。对企业新引进的博士、硕士,分别给予每人5万元、2万元的一次性安家补贴。
二、支持租房。对新引进的全日制博士研究生、硕士研究生、本科毕业生,分别给予每人每月1500元、1000元、600元租房补贴。
三、支持项目建设。对固定资产投资1亿元以上的项目,按投资额的10%给予最高500万元补助,按3∶2∶5的比例分三年拨付。
四、厂房租金。对租用标准厂房的企业,前两年给予全额租金补贴,第三年给予50%租金补贴。
五、设备更新。对更新设备的企业,按设备购置额的20%,给予最高300万元奖励。
六、采购奖励。对采购额增长的企业,按年度采购增量的1%给予奖励。
七、示范园区。对绩效好的园区,根据排名给予最高80万元奖励。对绩效特别好的园区,授予市级“满园春”示范园区称号。
八、鼓励国内企业建设换电站,由市经济信息委、市财政局负责,每座换电站补贴8万元。
九、对购置冷藏车的企业,每辆补贴3万元。
十、本措施自2025年3月1日起施行,有效期至2027年12月31日。
"""


@pytest.fixture(scope="module")
def assistant(over: Callable[[str], Assistant]) -> Assistant:
    """The assistant over the measures."""
    return over(MEASURES)


def _talk(assistant: Assistant, *questions: str) -> Answer:
    """The answer to the last of several questions, asked one after the other."""
    history: list[Turn] = []
    for question in questions:
        answer = assistant.answer(question, tuple(history), TODAY)
        history += [Turn("user", question), Turn("assistant", answer.text)]
    return answer


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("我们固定资产投资3亿元,能补多少?", ["3亿元 × 10%", "故为500万元", "500万元 × 3/10 = 150万元"]),
        (
            "We are investing 400 million yuan in fixed assets, how much aid?",
            ["so 5 million yuan", "5/10 = 2.5 million"],
        ),
        ("更新设备花了2000万元,奖励多少?", ["2000万元 × 20%", "故为300万元"]),
        ("更新设备花了1000万元,奖励多少?", ["1000万元 × 20% = 200万元", "未超过"]),
        ("去年采购额10亿元,比前一年多采购了1.5亿,采购增量奖励多少?", ["1.5亿元 × 1% = 150万元"]),
        ("引进4名硕士,安家补贴一共多少?", ["4名 × 2万元/名 = 8万元"]),
        ("一次买冷藏车20多辆,补贴多少?", ["3万元/辆"]),
        ("我们引进了3名博士和5名硕士,能拿多少安家补贴?", ["3名 × 5万元/名 + 5名 × 2万元/名 = 25万元"]),
        ("引进博士3名、硕士5名,安家补贴一共多少?", ["3名 × 5万元/名 + 5名 × 2万元/名 = 25万元"]),
    ],
)
def test_the_sum_of_a_case(assistant: Assistant, question: str, lines: list[str]) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "answered" and not [line for line in lines if line not in answer.text], answer.text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("固定资产投资6000万的项目补多少?", "6000万元不满足“不低于1亿元”"),
        (
            "Our fixed-asset investment is 60 million yuan. How much aid?",
            "60 million yuan is not at least 100 million yuan",
        ),
    ],
)
def test_under_the_least_amount_nothing_is_worked_out(assistant: Assistant, question: str, said: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert said in answer.text and "×" not in answer.text


@pytest.mark.parametrize("question", ["租标准厂房第三年补多少?", "厂房一年租金30万,三年一共补多少?"])
def test_what_changes_from_year_to_year_is_quoted_and_not_worked_out(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert "前两年给予全额租金补贴,第三年给予50%租金补贴" in answer.text and "×" not in answer.text


@pytest.mark.parametrize(
    ("question", "amounts"),
    [
        ("我们引进了3名博士和5名硕士,能拿多少安家补贴?", ["5万元/名", "2万元/名"]),
        ("We hired 3 PhDs and 5 masters. What settling-in subsidy do we get?", ["50,000 yuan", "20,000 yuan"]),
    ],
)
def test_groups_counted_apart_are_all_told(assistant: Assistant, question: str, amounts: list[str]) -> None:
    lead = assistant.answer(question, as_of=TODAY).text.split("\n")[0]
    assert not [amount for amount in amounts if amount not in lead]


def test_of_a_group_that_is_not_named_nothing_is_worked_out(assistant: Assistant) -> None:
    answer = assistant.answer("引进5名博士后和3名硕士,安家补贴一共多少?", as_of=TODAY)
    assert "5万元" in answer.text and "×" not in answer.text


def test_every_amount_of_a_list_is_paid_by_person_and_month(assistant: Assistant) -> None:
    answer = assistant.answer("本科毕业生租房补贴多少?", as_of=TODAY)
    assert "600元/人·月" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "“满园春”示范园区奖励多少?",
        "满园春示范园区奖多少钱?",
        "换电站的业主是谁?",
        "Who owns the battery swap stations?",
        "换电站补贴的钱市和区各出多少?",
        "换电站补贴每年几月份到账?",
        "明天会下雨吗?",
        "Will it rain tomorrow?",
        "How much does the city fine companies that miss the target for swap stations?",
        "买冷藏车要交多少保证金?",
        "What share of pay goes into the housing provident fund?",
        "Why is the aid for fixed-asset investment capped at 49 percent?",
    ],
)
def test_what_the_measures_do_not_tell_is_refused(assistant: Assistant, question: str) -> None:
    assert assistant.answer(question, as_of=TODAY).status == "not_covered"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("为什么固定资产投资补助按投资额的49%给?", "没有您提到的这个数额"),
        (
            "Why is the aid for fixed-asset investment 49 percent of the investment?",
            "do not give the figure that you mention",
        ),
    ],
)
def test_beside_a_wrong_figure_stands_the_true_one(assistant: Assistant, question: str, said: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "not_covered" and said in answer.text and "按投资额的10%" in answer.text
    assert "按投资额的10%" in answer.citations[0].quote and ("10%;" in answer.text) == (question[0] == "W")


def test_after_a_short_question_read_as_a_follow_up_the_talk_goes_on(assistant: Assistant) -> None:
    first = "测试市支持企业的措施里,建换电站每座补贴多少?"
    assert "市经济信息委" in _talk(assistant, first, "那5座呢?", "这个归哪个部门管?").text
    assert "2027年12月31日" in _talk(assistant, first, "冷藏车?", "还有效吗?").text


def test_a_few_words_that_name_a_thing_take_up_the_question_before(assistant: Assistant) -> None:
    answer = _talk(assistant, "建换电站每座补贴多少?", "冷藏车?")
    assert answer.status == "answered" and "3万元" in answer.text


@pytest.mark.parametrize("correction", ["不对,我说的是2000万元", "不对，我说的是2000万元", "2000万元呢？"])
def test_a_correction_keeps_the_talk(assistant: Assistant, correction: str) -> None:
    answer = _talk(assistant, "更新设备花了1000万元,奖励多少?", correction)
    assert "2000万元 × 20%" in answer.text


PLAN = """测试市建设智造强区“十四五”规划
测府发〔2021〕8号
一、发展目标。到2025年,规上工业总产值达到1300亿元,研发经费投入强度达到3.5%。
二、重点项目。在鱼池工业园打造2000亩氢能产业园,总投资300亿元以上,推动项目尽快落地启动。
三、示范推广。建设50个智能工厂和200个数字化车间,开展绿色交通试点,在渝中区和两江新区先行先试。
四、招商引资。市经济信息委牵头招商统筹,对半散装件仓等海外仓建设费用给予补助。
五、公共充电。对新建直流充电桩,在中心城区给予150元/千瓦的建设补贴,在高速公路服务区给予300元/千瓦的建设补贴。
六、资金分担。补助资金由省、市、县按5:3:2的比例分担。
七、充电网络。布局新一代800伏以上大功率高压充电站。
八、本规划期限为2021年1月1日至2025年12月31日。
"""


@pytest.fixture(scope="module")
def planner(over: Callable[[str], Assistant]) -> Assistant:
    """The assistant over a plan whose name has quotation marks of its own."""
    return over(PLAN)


def test_a_follow_up_stays_in_a_document_whose_name_holds_quotation_marks(planner: Assistant) -> None:
    first = "测试市智造强区规划里,规上工业总产值2025年要到多少?"
    assert "2000亩" in _talk(planner, first, "那个氢能产业园占地多少、投多少钱?").text
    assert "800伏" in _talk(planner, first, "那新一代大功率高压充电站从多少伏起,布局怎么说的呢?").text
    assert "2025年12月31日" in _talk(planner, first, "还有效吗?").text
    told = planner.answer(first, as_of=TODAY).text
    assert (
        readings("还有效吗?", [Turn("user", first), Turn("assistant", told)])[0].steer
        == "测试市建设智造强区“十四五”规划"
    )


def test_what_an_asker_tells_of_himself_goes_on_with_his_question(planner: Assistant) -> None:
    answer = _talk(planner, "在高速公路服务区新建直流充电桩,每千瓦补多少?", "我们是在中心城区建直流充电桩的")
    assert answer.status == "answered" and "150元/千瓦" in answer.text


def test_the_newest_number_takes_the_place_of_the_older_one(assistant: Assistant) -> None:
    answer = _talk(assistant, "更新设备花了1000万元,奖励多少?", "那要是更新设备花2000万元,又能拿多少奖励呢?")
    assert "2000万元 × 20%" in answer.text and "1000万元 × 20%" not in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "氢能产业园哪年投产?",
        "建设补贴几个月能到账?",
        "What is the subsidy per square metre for building a semi-knocked-down parts warehouse abroad?",
        "When is the 50 million yuan for smart factories paid out?",
        "Do you refund the application fee for smart factories?",
        "What salaries do the smart factories pay?",
        "企业去港股上市奖多少?",
    ],
)
def test_what_the_plan_does_not_tell_is_refused(planner: Assistant, question: str) -> None:
    assert planner.answer(question, as_of=TODAY).status == "not_covered"


def test_how_much_support_counts_nothing(assistant: Assistant) -> None:
    assert "2万元" in assistant.answer("对新引进的硕士给多少支持?", as_of=TODAY).text


def test_a_month_in_the_question_is_no_number_of_things(planner: Assistant) -> None:
    answer = planner.answer("按2021年7月的规划,在高速服务区新装10台120千瓦直流充电桩,建设补贴合计多少?", as_of=TODAY)
    assert "120千瓦 × 10台 × 300元/千瓦 = 36万元" in answer.text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many smart factories does the plan want?", "smart factories: 50"),
        ("Where are the green transport pilots tried out first?", "Yuzhong District, Chongqing Liangjiang New Area"),
        ("Until when does the plan run?", "31 December 2025"),
    ],
)
def test_an_english_answer_says_of_what_its_figures_are(planner: Assistant, question: str, said: str) -> None:
    assert said in planner.answer(question, as_of=TODAY).text


def test_what_several_payers_share_is_worked_out(planner: Assistant) -> None:
    answer = planner.answer("补助资金一共170万元,省、市、县各承担多少?", as_of=TODAY)
    assert "市: 170万元 × 3/10 = 51万元" in answer.text and "县: 170万元 × 2/10 = 34万元" in answer.text


def test_what_is_far_from_any_policy_has_no_nearest_one(planner: Assistant) -> None:
    answer = planner.answer("How long do I boil the tripe at a charging station in Yuzhong District?", as_of=TODAY)
    assert answer.status == "not_covered" and not answer.citations


def test_a_refusal_near_a_policy_says_that_it_has_run_out(planner: Assistant) -> None:
    answer = planner.answer("氢能产业园哪年投产?", as_of=TODAY)
    assert answer.status == "not_covered" and [n.kind for n in answer.notices] == ["expired"]
