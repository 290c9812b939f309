"""Rows of a list counted by what they have in common, with their numbers; nothing when more is asked for."""

import pytest

from assistant.assistant import Assistant
from index.search import Index

ROWS = [
    ("房地产企业资质核定", "行政许可", "市住房城乡建委"),
    ("取水许可", "行政许可", "市水利局"),
    ("水资源费征收", "行政征收", "市水利局"),
    ("占用林地审批", "行政许可", "市林业局"),
    ("不缴纳水资源费的处罚", "行政处罚", "市水利局"),
    ("违法占用林地的处罚", "行政处罚", "市林业局"),
    ("会计凭证造假的处罚", "行政处罚", "市财政局"),
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant over a list of powers."""
    folder = tmp_path_factory.mktemp("list")
    lines = ["序号,事项名称,事项类型,指导部门", *(f"{n},{','.join(row)}" for n, row in enumerate(ROWS, 1))]
    (folder / "向测试经开区下放的行政权力事项清单.csv").write_text("\n".join(lines), encoding="utf-8")
    return Assistant(Index.build([folder], tmp_path_factory.mktemp("built")))


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("向测试经开区下放的事项清单里,行政许可有几项?", "“事项类型: 行政许可”的共3项(序号1–2, 4)"),
        ("清单里由水利局指导的一共有多少项?", "“指导部门: 市水利局”的共3项(序号2–3, 5)"),
        ("清单里市林业局指导的行政处罚有几项?", "“事项类型: 行政处罚、指导部门: 市林业局”的共1项(序号6)"),
        ("How many items on the list are administrative penalties?", "3 rows have “事项类型: 行政处罚” (nos. 5–7)"),
    ],
)
def test_rows_are_counted_with_their_numbers(assistant: Assistant, question: str, line: str) -> None:
    assert line in assistant.answer(question).text


@pytest.mark.parametrize(
    "question",
    [
        "清单里跟水有关的行政处罚有几项?",
        "清单里不是行政处罚的有几项?",
        "清单里除行政处罚外还有几项?",
        "How many items on the list are not administrative penalties?",
        "How many administrative penalties on the list concern forest land?",
        "清单里第3项是什么?",
    ],
)
def test_a_count_of_something_else_is_not_made(assistant: Assistant, question: str) -> None:
    text = assistant.answer(question).text
    assert "的共" not in text and "rows have" not in text
