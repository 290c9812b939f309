"""What is asked: language, kind, quantities, and follow-ups that become questions of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Turn
from assistant.questions import MAX_QUESTION, understand
from index.numbers import plain

CHARGER, CHARGER_EN = "350千瓦的超高压充电桩补贴多少", "what subsidy applies to a 350kW charger"
ANSWER = Turn("assistant", "400元/千瓦[1]。\n依据:《重庆市促进汽车产业平稳增长政策措施》,2022年7月28日印发")


def bug(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


def _after(*asked: str) -> tuple[Turn, ...]:
    return tuple(turn for question in asked for turn in (Turn("user", question), ANSWER))


@pytest.mark.parametrize(
    ("question", "language", "kind", "amounts", "years"),
    [
        (CHARGER, "zh", "amount", ["350千瓦"], ()),
        (CHARGER_EN, "en", "money", ["350千瓦"], ()),
        ("2025年2家企业奖励多少?", "zh", "amount", ["2家"], (2025,)),
        ("谁负责加氢站", "zh", "office", [], ()),
        ("who leads the plan?", "en", "office", [], ()),
        ("还有效吗", "zh", "validity", [], ()),
        ("until when is the plan valid?", "en", "validity", [], ()),
        ("联系电话是多少", "zh", "phone", [], ()),
        ("文号是什么", "zh", "document_number", [], ()),
        ("什么是链主企业", "zh", "definition", [], ()),
        ("有哪些条件", "zh", "list", [], ()),
        ("how many stations by 2027?", "en", "count", [], (2027,)),
        ("purchases up by 80 million yuan, 3 stations, what reward?", "en", "money", ["80000000元", "3站"], ()),
        ("3年内多少钱", "zh", "amount", [], ()),
    ],
)
def test_language_kind_quantities_and_years(
    question: str, language: str, kind: str, amounts: list[str], years: tuple[int, ...]
) -> None:
    asked = understand(question)
    assert (asked.language, asked.kinds[0], asked.years) == (language, kind, years)
    assert [plain(q.value) + q.unit for q in asked.quantities] == amounts
    assert (asked.text, asked.steer) == (question, "")


@pytest.mark.parametrize(
    ("first", "follow_up", "resolved"),
    [
        (CHARGER, "上限是多少?", f"{CHARGER} — 上限是多少?"),
        (CHARGER, "120千瓦的呢?", "120千瓦的超高压充电桩补贴多少"),
        (CHARGER, "如果是120千瓦呢?", "120千瓦的超高压充电桩补贴多少"),
        (CHARGER, "谁负责?", f"{CHARGER} — 谁负责?"),
        (CHARGER, "还有效吗?", f"{CHARGER} — 还有效吗?"),
        (CHARGER_EN, "what if it is 120 kW?", "what subsidy applies to a 120 kW charger"),
        (CHARGER_EN, "who is in charge of that?", f"{CHARGER_EN} — who is in charge of that?"),
        (CHARGER_EN, "is it still valid?", f"{CHARGER_EN} — is it still valid?"),
        (CHARGER_EN, "上限是多少?", f"{CHARGER_EN} — 上限是多少?"),
    ],
)
def test_a_follow_up_stands_alone_and_stays_with_the_policy(first: str, follow_up: str, resolved: str) -> None:
    asked = understand(follow_up, _after(first))
    assert (asked.text, asked.steer, asked.original) == (resolved, "重庆市促进汽车产业平稳增长政策措施", follow_up)


@pytest.mark.parametrize(
    ("first", "follow_up", "held", "gone"),
    [
        (CHARGER, "那换电站呢?", "换电站", "充电桩"),
        (CHARGER, "那加氢站的建设补贴呢?", "加氢站", "充电桩"),
        (CHARGER, "中医药产业2027年的目标呢?", "目标", "补贴"),
        (CHARGER_EN, "what about battery swap stations?", "swap stations", "350"),
        pytest.param(CHARGER, "两座呢?", "充电桩", "--"),
    ],
)
def test_a_new_subject_takes_the_place_of_the_old(first: str, follow_up: str, held: str, gone: str) -> None:
    text = understand(follow_up, _after(first)).text
    assert held in text and gone not in text


@pytest.mark.parametrize(
    "question",
    [
        "加氢站建设补贴多少",
        "旅行社暂退质量保证金的政策执行到什么时候",
        "2025年中药材种植业产值目标是多少?",
        "How much is the annual reward for an international logistics distribution centre?",
        "what is the output target of Chinese medicinal herbs in 2027?",
        "how long is the low-altitude plan valid",
        pytest.param("is it possible to get money for a hydrogen station?"),
    ],
)
def test_a_change_of_subject_does_not_carry_the_old_one(question: str) -> None:
    asked = understand(question, _after(CHARGER, CHARGER_EN))
    assert (asked.text, asked.steer) == (question, "")
    assert "350" not in [plain(q.value) for q in asked.quantities]


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ((CHARGER, "那换电站呢?", "上限是多少?"), ("换电站", "上限是多少?")),
        ((CHARGER_EN, "what if it is 120 kW?", "is it still valid?"), ("120 kW charger", "is it still valid?")),
    ],
)
def test_a_follow_up_of_a_follow_up(asked: tuple[str, ...], held: tuple[str, ...]) -> None:
    text = understand(asked[-1], _after(*asked[:-1])).text
    assert all(words in text for words in held) and "350" not in text


@pytest.mark.parametrize("history", [(), (ANSWER,), (Turn("system", CHARGER),)])
def test_without_an_earlier_question_there_is_nothing_to_lean_on(history: tuple[Turn, ...]) -> None:
    assert understand("那换电站呢?", history).text == "那换电站呢?"


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
def test_any_question_after_any_history_is_taken(question: str, history: list[str]) -> None:
    asked = understand(question, [Turn("user", text) for text in history])
    assert asked.original == question and asked.language in ("zh", "en")
    assert "\n" not in understand(question).text and len(understand(question).text) <= MAX_QUESTION
