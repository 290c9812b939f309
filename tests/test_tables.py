"""Flattened tables → rows of "column: value", and nothing claimed where the cell order is not sure."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import cut, read_lines
from index.passages import Passage, split
from index.tables import Row, table_at

SEEDS = Path(__file__).resolve().parents[1] / "seeds"


def _lines(prefix: str) -> list[str]:
    return read_lines(next(SEEDS.glob(f"{prefix}_*.txt")))


def _rows(prefix: str, head: int) -> list[Row]:
    """The rows of the table whose cell 序号 stands on a (1-based) line of a seed."""
    lines = _lines(prefix)
    rows, after = table_at(lines, head - 1, len(lines))
    assert rows and rows[-1].last < after
    return rows


def _passages(prefix: str) -> list[Passage]:
    return [p for d in cut(_lines(prefix), "x.txt") for p in split(d) if p.kind in ("row", "raw row")]


def _numbers(rows: list[Row]) -> list[str]:
    return [row.cells[0][1] for row in rows]


def _one_to(last: int) -> list[str]:
    return [str(n) for n in range(1, last + 1)]


# file, line of 序号, columns, numbers of the rows, whether all are sure; counted by hand in seeds/
TABLES = [
    ("000", 128, ("序号", "政策类别", "主要内容", "责任单位", "完成时限"), _one_to(15), True),
    (
        "001",
        728,
        ("序号", "事项名称", "事项类型", "行使层级", "市级指导(实施)部门(单位)"),
        sorted([*_one_to(103), "75"], key=int),
        True,
    ),
    ("002", 281, ("序号", "指标名称", "2020", "2025", "指标属性"), _one_to(7), False),
    ("004", 340, ("序号", "主要指标(单位)", "2025年", "2027年"), _one_to(7), True),
    ("004", 415, ("序号", "重点工作任务", "责任单位", "配合单位"), [*_one_to(16), *_one_to(67)], True),
    ("004", 1216, ("序号", "指标名称", "单位", "2025年目标值", "2027年目标值"), _one_to(10), True),
    ("004", 1342, ("序号", "内容", "牵头单位", "责任单位"), _one_to(28), True),
    ("004", 2060, ("序号", "任务内容", "牵头单位", "配合单位"), _one_to(25), True),
]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: f"{t[0]}-{t[1]}")
def test_a_table_has_its_columns_and_all_its_rows(table: tuple[str, int, tuple[str, ...], list[str], bool]) -> None:
    prefix, head, columns, numbers, sure = table
    rows = _rows(prefix, head)
    assert tuple(column for column, _ in rows[0].cells) == columns
    assert _numbers(rows) == numbers
    assert all(row.recovered for row in rows) is sure


def test_each_row_of_each_table_is_a_passage() -> None:
    expected = {prefix: sum(len(t[3]) for t in TABLES if t[0] == prefix) for prefix in ("000", "001", "002", "004")}
    assert {prefix: len(_passages(prefix)) for prefix in expected} == expected


# file, line of 序号, which row, its cells (the cells named here, in order)
ROWS = [
    ("001", 728, 0, {"事项名称": "对政府采购供应商违法行为的处罚", "事项类型": "行政处罚", "行使层级": "市级、区县级", "市级指导(实施)部门(单位)": "市财政局"}),
    ("001", 728, 17, {"事项名称": "房地产开发企业资质核定(二级及以下)", "事项类型": "行政许可", "市级指导(实施)部门(单位)": "市住房城乡建委",
                      "备注": "部分下放。房地产开发企业资质审批范围包括资质“新办、变更、延续、核定和升级”,仅下放“新办和变更”审批。"}),
    ("001", 728, 73, {"事项名称": "矿山企业、危险化学品生产企业安全生产许可", "子项名称": "危险化学品生产的企业安全生产许可", "行使层级": "市级", "市级指导(实施)部门(单位)": "市应急局"}),
    ("001", 728, 74, {"序号": "75", "子项名称": "其他金属冶炼建设项目安全设施设计审查", "事项类型": "行政许可", "行使层级": "市级"}),
    ("001", 728, 75, {"序号": "75", "事项名称": "矿山、金属冶炼建设项目和用于生产、储存危险物品的建设项目的安全设施设计审查", "子项名称": "其他危险化学品生产、储存建设项目安全设施设计审查", "市级指导(实施)部门(单位)": "市应急局"}),
    ("001", 728, 76, {"序号": "76", "事项名称": "危险化学品生产、储存建设项目安全条件审查"}),
    ("001", 728, 103, {"序号": "103", "事项名称": "森林植被恢复费征收", "事项类型": "行政征收", "市级指导(实施)部门(单位)": "市林业局"}),
    ("000", 128, 2, {"政策类别": "支持发展航空运输", "完成时限": "持续推进"}),
    ("002", 281, 0, {"指标名称": "工业总产值(亿元)", "2020": "971.4", "2025": "1300", "指标属性": "预期性"}),
    ("002", 281, 5, {"2020": "36.0", "2025": ">40.0", "指标属性": "预期性"}),
    ("004", 340, 5, {"主要指标(单位)": "国家级中医药领军人才(名)", "2025年": "16", "2027年": "21"}),
    ("004", 1216, 0, {"指标名称": "智慧医疗装备产业产值", "单位": "亿元", "2025年目标值": "100", "2027年目标值": "300"}),
    ("004", 1216, 1, {"指标名称": "营业收入超过20亿元的领军企业", "2025年目标值": "2", "2027年目标值": "5"}),
    ("004", 415, 3, {"重点工作任务": "营收规模超过100亿元的中医药领军企业1家。", "责任单位": "市经济信息委"}),
    ("004", 1342, 17, {"内容": "支持创新产品研发", "牵头单位": "市科技局、市卫生健康委按职责分别负责"}),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r[0]}-{r[1]}-{r[2]}")
def test_a_cell_stands_under_its_column(row: tuple[str, int, int, dict[str, str]]) -> None:
    prefix, head, at, expected = row
    cells = dict(_rows(prefix, head)[at].cells)
    assert {column: cells.get(column) for column in expected} == expected


@pytest.mark.parametrize(
    ("prefix", "head", "at", "missing"),
    [
        ("001", 728, 0, "子项名称"),
        ("001", 728, 0, "备注"),
        ("004", 1216, 1, "单位"),
        ("004", 415, 3, "配合单位"),
        ("004", 2060, 0, "备注"),
        ("004", 1342, 17, "责任单位"),
    ],
)
def test_an_empty_cell_takes_no_value(prefix: str, head: int, at: int, missing: str) -> None:
    assert missing not in dict(_rows(prefix, head)[at].cells)


@pytest.mark.parametrize(
    ("at", "number", "values"),
    [
        (2, "3", ["智能制造总投资(亿元)", "[200]", "预期性"]),
        (6, "7", ["单位工业增加值能耗下降率(%", "市级下达", "约束性"]),
    ],
)
def test_a_cell_whose_column_is_not_sure_claims_none(at: int, number: str, values: list[str]) -> None:
    row = _rows("002", 281)[at]
    assert not row.recovered and row.cells[0] == ("序号", number)
    assert [value for _, value in row.cells[1:]] == values
    assert all(column is None for column, value in row.cells if value in ("[200]", "市级下达"))


def test_unsure_rows_are_marked_as_raw() -> None:
    assert [p.kind for p in _passages("002")] == ["row", "row", "raw row", "row", "row", "row", "raw row"]


def test_the_sub_rows_of_a_merged_cell_are_both_passages() -> None:
    found = [p.text for p in _passages("001") if p.text.startswith("序号: 75;")]
    assert [("其他金属冶炼建设项目" in text, "其他危险化学品生产" in text) for text in found] == [
        (True, False),
        (False, True),
    ]


def test_numbering_that_restarts_stands_under_its_own_subhead() -> None:
    rows = [p for p in _passages("004") if 425 <= p.line_start <= 1078]
    assert {p.section[-1] for p in rows[:16]} == {"一、2027年主要预期目标(共16项)"}
    assert all("二、重点工作任务(共67项)" in p.section for p in rows[16:])
    assert (
        rows[16].section[-1] == "(一)实施中药材种植业提质增效行动"
        and rows[-1].section[-1] == "(五)实施全链条服务优化行动"
    )
    assert "重点任务分工表" in rows[0].section


def test_the_unit_stands_by_the_figure() -> None:
    (row,) = [p for p in _passages("004") if p.line_start == 1230]
    assert "2025年目标值: 100" in row.text and "2027年目标值: 300" in row.text and "亿元" in row.text


@pytest.mark.parametrize(
    "lines",
    [
        ["补贴标准"],
        ["序号"],
        ["序号", "名称"],
        ["序号", "名称", "单位"],
        ["序号", "名称", "单位", "甲", "乙"],
        ["序号", "这是一个很长很长很长很长很长很长很长很长的段落而不是表头。", "单位", "1", "甲"],
    ],
)
def test_what_is_no_table_is_left_alone(lines: list[str]) -> None:
    assert table_at(lines, 0, len(lines)) == ([], 0)


_CELL = st.text(alphabet="市级财政局补贴标准企业项目建设支持", min_size=1, max_size=12)


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=30))
def test_a_full_table_comes_back_cell_by_cell(rows: list[tuple[str, str, str]]) -> None:
    columns = ["序号", "事项名称", "责任单位", "完成时限"]
    table = [list(cells) for cells in ((str(n), *row) for n, row in enumerate(rows, 1))]
    lines = [line for cell in [*columns, *(c for row in table for c in row)] for line in (cell, "")]
    found, after = table_at(lines, 0, len(lines))
    assert [list(row.cells) for row in found] == [list(zip(columns, row, strict=True)) for row in table]
    assert after == len(lines) - 1
    assert [(lines[row.first], lines[row.last]) for row in found] == [(row[0], row[-1]) for row in table]
