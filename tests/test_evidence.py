"""Which sentence answers: the policy before the news, the definition of a quoted name, how often, from when."""

from collections.abc import Callable
from datetime import date

import pytest

from assistant.assistant import Assistant

TODAY = date(2026, 11, 21)
TEXT = """关于印发测试市智造办法的通知
渝测发〔2024〕9号
测试市经济局
2024年3月5日
测试市智造办法
一、零部件
聚焦“大小三电”加快零部件项目引育,壮大“大小三电”产业。
完善汽车零部件体系,做强“大小三电”(电控系统、驱动电机、动力电池,电制动、电转向、电空调)。
二、采购
对年度采购额在1亿元及以上的链主企业,按照其采购额增量的1%给予奖励,单个企业奖励总额不超过200万元。
三、考核
加强智造企业培育工作,形成智造企业培育情况报告。
市经济局每季度通报智造企业培育情况。
四、附则
以上措施自印发之日起施行。
来源:测试市经济局
3月8日,测试日报记者获悉,测试市将支持链主企业扩大采购。
记者了解到,对年度采购额在1亿元及以上的链主企业,最高奖励200万元。
"""


@pytest.fixture(scope="module")
def assistant(over: Callable[[str], Assistant]) -> Assistant:
    """The assistant over a policy and a news item that repeats it."""
    return over(TEXT)


@pytest.mark.parametrize("question", ["“大小三电”都包括哪几样?", "“大小三电”是什么意思?"])
def test_a_quoted_name_is_answered_by_its_definition(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert "电空调" in answer.citations[0].quote


@pytest.mark.parametrize(
    "question", ["链主企业年度采购额1亿元以上,最高奖励多少?", "What is the top reward for chain leader companies?"]
)
def test_a_policy_goes_before_the_news_that_repeats_it(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.citations[0].document.kind != "news" and "增量的1%" in answer.citations[0].quote


@pytest.mark.parametrize(
    "question",
    ["智造企业培育情况多久通报一次?", "How often is the cultivation of smart manufacturing enterprises reported?"],
)
def test_how_often_is_answered_by_the_sentence_that_says_it(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    assert answer.status == "answered" and "每季度" in answer.citations[0].quote


@pytest.mark.parametrize(
    "question",
    ["测试市智造办法从什么时候开始施行?", "智造办法是从哪天起执行的?"],
)
def test_from_when_a_policy_holds_is_told_with_the_day_of_issue(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question, as_of=TODAY)
    quotes = [c.quote for c in answer.citations]
    assert any("自印发之日起施行" in quote for quote in quotes) and any("2024年3月5日" in quote for quote in quotes)


def test_a_question_for_a_number_that_no_passage_bears_is_taken(assistant: Assistant) -> None:
    assert assistant.answer("文号是多少,引用的是哪份", as_of=TODAY).status in ("answered", "not_covered")
