"""Documents of other authorities: page attributes, articles, lists under a clause, tables in other shapes, caps on each thing."""

from collections.abc import Callable
from datetime import date

import pytest

from assistant.answers import Turn
from assistant.assistant import Assistant
from index.documents import cut
from index.passages import Passage, split
from index.tables import delimited_at, stacked_at

TODAY = date(2026, 11, 21)
MEASURES = """索引号:002990/202406
发布机构:测试市人民政府办公室
发文字号:测政办〔2024〕18号
成文日期:2024-06-07
测试市人民政府办公室关于印发测试市支持冷链和人才若干措施的通知
各县(市)、区人民政府:
现印发给你们,请认真贯彻执行。
第一章 冷链
第一条 新建机械冷库、气调库的,按库容分别每立方米补助120元、200元,补助金额不超过总投资的30%,且最高100万元。
第二条 购置新能源冷藏车的,每辆补助3.5万元。每个主体每年补助不超过10辆。
第三条 租赁工业机器人的,按年租金的30%给予补贴,每台每年最高2万元,单个企业年度最高60万元。
第四条 棚室保险每亩保费480元,由省级、市级、县级财政和农户按35%、15%、30%、20%比例承担。
第二章 人才
第五条 新引进的硕士研究生,每人每月补贴1300元。
第六条 承租人有下列情形之一的,应当退出人才公寓:
(一)解除劳动关系后超过90日未就业的;
(二)无正当理由连续空置6个月以上的。
第七条 收贮青贮的养殖场，每吨补贴60元，补贴量最高2万吨。
第八条 入驻标准厂房的企业，按每平方米每月12元给予租金补贴，补贴面积最高1万平方米，补贴期3年。
第九条 对开展临床试验的，完成Ⅰ期临床试验的，单个品种最高补助300万元；完成Ⅱ期临床试验的，单个品种最高补助600万元。
第十条 本措施自2024年7月1日起施行,有效期至2027年12月31日。
附件
人才住房标准表
人才类别
租金比例(占市场租金)
面积上限(平方米)
购房补贴(万元)
A类
免租
200
600
B类
20%
150
200
C类
30%
120
100
D类
40%
100
40
备注:购房补贴分5年发放。
附件2
申报时间表
事项\t受理时间\t受理部门
冷库补助\t每年3月1日—4月15日\t市农业局
租赁补贴\t每年6月\t市经信局
生活补贴\t每季度首月\t市人社局
联系方式:
市农业局冷链处 0755-82287065
市人社局人才处 0755-82287139
政策解读
问:外地企业设立的分公司能否享受政策?
答:不能。分公司不具有独立法人资格,需设立子公司后方可申报。
"""


@pytest.fixture(scope="module")
def assistant(over: Callable[[str], Assistant]) -> Assistant:
    """The assistant over measures of another city."""
    return over(MEASURES)


def _passages() -> list[Passage]:
    return [p for document in cut(MEASURES.split("\n"), "x.txt") for p in split(document)]


def test_attributes_above_a_title_are_no_part_of_it() -> None:
    (document,) = cut(MEASURES.split("\n"), "x.txt")
    assert document.title == "测试市人民政府办公室关于印发测试市支持冷链和人才若干措施的通知"
    assert document.document_number == "测政办〔2024〕18号" and document.issued_on == date(2024, 6, 7)
    assert document.issuers == ("测试市人民政府办公室",) and document.valid_until == date(2027, 12, 31)


@pytest.mark.parametrize(
    "row",
    [
        "人才类别: C类; 租金比例(占市场租金): 30%; 面积上限(平方米): 120平方米; 购房补贴(万元): 100万元",
        "事项: 租赁补贴; 受理时间: 每年6月; 受理部门: 市经信局",
    ],
)
def test_a_table_without_numbers_of_rows_becomes_rows(row: str) -> None:
    (found,) = [p for p in _passages() if p.text == row]
    assert found.kind == "row" and found.raw in MEASURES


def test_a_table_with_bars_becomes_rows() -> None:
    lines = ["镇 | 大棚(亩) | 冷库(个)", "|---|---|---|", "甲镇 | 600 | 4", "", "乙镇 | 1800 | 9", "注:另行下达。"]
    rows, after = delimited_at(lines, 0, len(lines))
    assert [dict(row.cells) for row in rows] == [
        {"镇": "甲镇", "大棚(亩)": "600", "冷库(个)": "4"},
        {"镇": "乙镇", "大棚(亩)": "1800", "冷库(个)": "9"},
    ]
    assert after == 5 and rows[1].first == 4


@pytest.mark.parametrize(
    "lines",
    [
        ["总体要求", "工作目标", "重点任务", "保障措施", "组织领导", "资金支持", "人才支撑", "宣传引导"],
        ["甲|乙", "没有第二行"],
        ["2020", "2021", "2022", "2023", "2024", "2025", "2026", "2027"],
        [""],
    ],
)
def test_short_lines_that_are_no_table_are_none(lines: list[str]) -> None:
    assert stacked_at(lines, 0, len(lines)) == ([], 0) and delimited_at(lines, 0, len(lines)) == ([], 0)


def test_items_stand_with_the_clause_that_announces_them(assistant: Assistant) -> None:
    answer = assistant.answer("什么情形下要退出人才公寓?", as_of=TODAY)
    assert "90日" in answer.citations[0].quote and "6个月" in answer.citations[0].quote


def test_a_question_and_its_answer_stand_together_and_the_answer_is_quoted_whole(assistant: Assistant) -> None:
    answer = assistant.answer("外地企业的分公司能不能享受政策?", as_of=TODAY)
    assert answer.citations[0].quote == "答:不能。分公司不具有独立法人资格,需设立子公司后方可申报。"


def test_every_phone_line_is_a_passage_of_its_own() -> None:
    assert {"市农业局冷链处 0755-82287065", "市人社局人才处 0755-82287139"} <= {p.text for p in _passages()}


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("新建2000立方米的气调库补助多少?", "2000立方米 × 200元/立方米 = 40万元"),
        ("新建6000立方米的气调库补助多少?", "故为100万元"),
        ("买12辆新能源冷藏车补助多少?", "10辆 × 3.5万元/辆 = 35万元"),
        ("收贮2.6万吨青贮补贴多少?", "2万吨 × 60元/吨 = 120万元"),
        ("C类人才购房补贴多少?", "100万元"),
    ],
)
def test_what_is_granted_for_each_thing(assistant: Assistant, question: str, line: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "answered" and line in answer.text


def test_a_cap_on_each_thing_is_told_and_not_laid_on_the_sum(assistant: Assistant) -> None:
    answer = assistant.answer("我们租工业机器人一年租金80万元,补贴多少?", as_of=TODAY)
    assert "每台每年上限2万元" in answer.text and "计算" not in answer.text


def test_the_shares_of_who_pays_are_no_grants(assistant: Assistant) -> None:
    assert assistant.answer("棚室保险的保费怎么分担?", as_of=TODAY).facts == ()


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("G类人才购房补贴多少?", "其他类别"),
        ("完成四期临床试验补助多少万元?", "其他类别"),
        ("买冷藏车打几折?", "没有写明"),
    ],
)
def test_what_is_not_told_is_refused(assistant: Assistant, question: str, reason: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "not_covered" and reason in answer.text


@pytest.mark.parametrize(
    ("first", "then", "figure"),
    [
        ("B类人才购房补贴多少?", "那C类的呢?", "100万元"),
        ("购置新能源冷藏车每辆补助多少?", "一年最多几辆?", "10辆"),
        ("新建气调库每立方米补助多少?", "封顶呢?", "100万元"),
    ],
)
def test_a_short_question_is_read_as_a_follow_up_when_it_says_nothing_alone(
    assistant: Assistant, first: str, then: str, figure: str
) -> None:
    said = assistant.answer(first, as_of=TODAY)
    history = (Turn("user", first), Turn("assistant", said.text))
    answer = assistant.answer(then, history, TODAY)
    assert answer.status == "answered" and figure in answer.text


def test_an_unanswerable_question_of_its_own_is_not_answered_from_the_policy_before(assistant: Assistant) -> None:
    said = assistant.answer("购置新能源冷藏车每辆补助多少?", as_of=TODAY)
    history = (Turn("user", "购置新能源冷藏车每辆补助多少?"), Turn("assistant", said.text))
    assert assistant.answer("重庆市公积金贷款最高额度是多少", history, TODAY).status == "not_covered"


@pytest.mark.parametrize(
    ("issuer", "region"),
    [
        ("石家庄市人民政府", "石家庄市"),
        ("乌兰塔拉旗人民政府", "乌兰塔拉旗"),
        ("莘县人民政府办公室", "莘县"),
        ("国家市场监督管理总局", None),
    ],
)
def test_the_region_of_an_authority(issuer: str, region: str | None) -> None:
    lines = [
        f"{issuer}关于印发冷链办法的通知",
        "测发〔2024〕9号",
        "各有关单位:",
        "现印发给你们。",
        issuer,
        "2024年3月5日",
        "一、总则",
    ]
    assert cut([*lines, "支持冷链物流发展。"], "x.txt")[0].region == region
