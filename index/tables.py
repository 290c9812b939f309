"""Flattened tables: one cell a line, empty cells as extra blank lines → rows of "column: value"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.documents import HEADING, is_line
from index.fold import fold, squeeze, tidy

_NUMERIC = re.compile(r"[\[><≥≤~约]*\d[\d.,]*[%\]]?(?:[—~-]\d[\d.,]*)?")
_UNIT = re.compile(
    r"\((?:单位:)?([十百千万亿]*(?:[美欧日港]?元|人次|人|家|个|辆|台|座|套|件|项|户|吨|千瓦|千瓦时|公里|米|平方米|平方公里|亩|公顷|天|日|年|月|小时|%)"
    r"(?:/[\u4e00-\u9fff]{1,4})?|[kMG]?[Ww]h?|km)\)$"
)
_NUMBERED = re.compile(r"\d{1,3}")
_REGULAR = 0.6  # least share of a column that is numbers, or words, in a table of one cell a line


@dataclass(frozen=True, slots=True)
class Row:
    """One row: cells as (column or None, text), lines as 0-based indices, the subheads inside the table above it."""

    cells: tuple[tuple[str | None, str], ...]
    first: int
    last: int
    subheads: tuple[str, ...]

    @property
    def text(self) -> str:
        """`column: value` for each cell, numbers with the unit that the row states; a cell whose column is not known stands bare."""
        unit = self._unit()
        shown = [(c, v + unit if i > 1 and c and _NUMERIC.fullmatch(v) else v) for i, (c, v) in enumerate(self.cells)]
        return "; ".join(f"{column}: {value}" if column else value for column, value in shown)

    def _unit(self) -> str:
        """亿元 from a cell 「产值(亿元)」 or a column 单位; empty when the row states none."""
        own = next((value for column, value in self.cells if column == "单位"), "")
        match = re.search(r"\(([^()\d]{1,6})\)?$", self.cells[1][1]) if len(self.cells) > 1 else None
        return own or (match[1] if match else "")

    @property
    def recovered(self) -> bool:
        """Whether every cell found its column."""
        return all(column for column, _ in self.cells)


def with_units(line: str) -> str:
    """A line `column: value; column: value` for reading: numbers with the unit that their column or the row states."""
    cells = [cell.partition(": ") for cell in line.split("; ")]
    of_row = next((value for column, _, value in cells if column in ("单位", "计量单位") and len(value) <= 6), "")
    shown = []
    for i, (column, colon, value) in enumerate(cells):
        own = _UNIT.search(fold(column).replace(" ", ""))
        unit = own[1] if own else of_row if i > 1 else ""
        number = colon and unit and _NUMERIC.fullmatch(fold(value)) and not value.endswith(("%", "％"))
        shown.append(column + colon + value + (unit if number else ""))
    return "; ".join(shown)


def table_at(lines: Sequence[str], at: int, end: int) -> tuple[list[Row], int]:
    """The numbered table whose first head cell 序号 stands at line `at`, and the line after it; ([], at) if there is none."""
    if squeeze(lines[at]) not in ("序号", "编号"):
        return [], at
    head, body = _header(lines, at, end)
    if len(head) < 3:
        return [], at
    blocks, stop = _blocks(lines, body, end)
    if not blocks:
        return [], at
    width = max((len(block.cells) for block in blocks if len(block.cells) <= len(head)), default=len(head))
    columns = _join_header(head, max(width, 3))
    numeric = _numeric_columns(columns, blocks)
    rows: list[Row] = []
    above: list[str] = []
    for block in blocks:
        cells = [squeeze(text) if _NUMERIC.fullmatch(squeeze(text)) else text for text in block.cells]
        for part in _unmerge(cells, len(columns)):
            placed = _place(part, columns, numeric, above)
            if len(part) == len(columns):
                above = [value or old for value, old in zip(part, above or [""] * len(part), strict=True)]
            rows.append(Row(tuple(placed), block.first, block.last, block.subheads))
    return rows, stop


def delimited_at(lines: Sequence[str], at: int, end: int) -> tuple[list[Row], int]:
    """The table whose cells tabs or bars divide, from its head at line `at`, and the line after it; ([], at) if there is none."""
    grid: list[tuple[int, list[str]]] = []
    mark, i = "\t" if "\t" in lines[at].strip() else "|", at
    while i < end and (len(cells := _cut(lines[i], mark)) > 1 or not lines[i].strip()):
        if len(cells) > 1 and not all(re.fullmatch(r":?-*:?", cell) for cell in cells):  # | --- | --- |
            grid.append((i, cells))
        i += 1
    width = len(grid[0][1]) if grid else 0
    if len(grid) < 3 or any(len(cells) > width for _, cells in grid) or not _is_head(grid[0][1]):
        return [], at
    return _with_columns(grid), grid[-1][0] + 1


def _cut(line: str, mark: str) -> list[str]:
    bare = line.strip(" |" if mark == "|" else " ")
    return [tidy(cell) for cell in bare.split(mark)] if mark in bare else []


def stacked_at(lines: Sequence[str], at: int, end: int) -> tuple[list[Row], int]:
    """A table with one cell a line and no numbers of rows, from its head at line `at`, as `delimited_at`.

    It shows itself by a period: so many heads, then rows in which most columns hold numbers throughout, or words.
    """
    cells: list[str] = []
    for line in lines[at : min(end, at + 400)]:
        text = tidy(line)
        if not text or len(text) > 24 or text[-1] in "。;:,、" or HEADING.match(text) or is_line("chrome", text):
            break
        cells.append(text)
    alike, narrower = max((_regular(cells, width), -width) for width in range(2, 9))
    if alike < _REGULAR:
        return [], at
    width = -narrower
    grid = [(at + k, cells[k : k + width]) for k in range(0, len(cells), width)]
    return _with_columns(grid, width), at + len(cells)


def _regular(cells: Sequence[str], width: int) -> float:
    """How alike the rows of a period are, 0 to 1: the least share of a column that is of one sort; 0 for no table."""
    rows = [cells[k : k + width] for k in range(0, len(cells), width)]
    if len(rows) < 4 or len(cells) % width or not _is_head(rows[0]) or len({row[0] for row in rows}) < len(rows):
        return 0.0
    shares = [sum(bool(_NUMERIC.fullmatch(row[j])) for row in rows[1:]) / (len(rows) - 1) for j in range(width)]
    return min(max(share, 1 - share) for share in shares) if shares[0] == 0 and max(shares) > 0.5 else 0.0


def _is_head(cells: Sequence[str]) -> bool:
    return all(cells) and not any(_NUMERIC.fullmatch(cell) for cell in cells) and max(map(len, cells)) <= 24


def _with_columns(grid: Sequence[tuple[int, list[str]]], lines: int = 1) -> list[Row]:
    columns = grid[0][1]
    return [
        Row(tuple((c, v) for c, v in zip(columns, cells, strict=False) if v), i, i + lines - 1, ())
        for i, cells in grid[1:]
    ]


@dataclass(slots=True)
class _Block:
    cells: list[str]
    first: int
    last: int
    subheads: tuple[str, ...]


def _header(lines: Sequence[str], at: int, end: int) -> tuple[list[str], int]:
    head: list[str] = []
    for i in range(at, min(end, at + 60)):
        text = squeeze(lines[i])
        if text == "1" or (HEADING.match(text) and len(head) > 2):
            return head, i
        if len(text) > 20 or len(head) > 14:
            break
        if text:
            head.append(text)
    return [], at


def _blocks(lines: Sequence[str], start: int, end: int) -> tuple[list[_Block], int]:
    """The cells of each row; a run of n blank lines after a cell hides n - 1 empty cells."""
    blocks: list[_Block] = []
    subheads: dict[str, str] = {}
    blanks, i = 0, start
    while i < end:
        text = fold(lines[i]).strip()
        if not text:
            blanks, i = blanks + 1, i + 1
            continue
        number = len(blocks) and int(blocks[-1].cells[0]) + 1 if blocks else 1
        if _NUMBERED.fullmatch(text) and int(text) in (number, 1) and _next_is_text(lines, i + 1, end):
            _close(blocks, blanks)
            blocks.append(_Block([text], i, i, tuple(subheads.values())))
        elif (
            is_line("annex", text)
            or is_line("ending", text)
            or re.match(r"(备注|注|说明):", text)
            or is_line("chrome", text)
        ):
            break
        elif (match := HEADING.match(text)) and len(text) < 60 and _next_is_number(lines, i + 1, end):
            _close(blocks, blanks)
            level = match.lastgroup or ""
            subheads = {k: v for k, v in subheads.items() if k < level} | {level: text}
        elif not blocks or len(text) > 400 or (HEADING.match(text) and match and (match.lastgroup or "-") in "abs"):
            break
        else:
            blocks[-1].cells += [""] * max(0, blanks - 1) + [text]
            blocks[-1].last = i
        blanks, i = 0, i + 1
    return blocks, blocks[-1].last + 1 if blocks else start


def _close(blocks: list[_Block], blanks: int) -> None:
    if blocks and len(blocks[-1].cells) > 1:
        blocks[-1].cells += [""] * max(0, blanks - 1)


def _following(lines: Sequence[str], start: int, end: int) -> str:
    return next((text for i in range(start, end) if (text := squeeze(lines[i]))), "")


def _next_is_text(lines: Sequence[str], start: int, end: int) -> bool:
    text = _following(lines, start, end)
    return bool(text) and not _NUMERIC.fullmatch(text)


def _next_is_number(lines: Sequence[str], start: int, end: int) -> bool:
    text = _following(lines, start, end)
    return bool(_NUMBERED.fullmatch(text)) or (bool(HEADING.match(text)) and len(text) < 60)


def _join_header(head: list[str], width: int) -> list[str]:
    """Heads that were split over two lines are joined until there are as many as cells in a row."""
    repeated = {i for i in range(2, len(head)) if head.count(head[i]) > 1}
    if len(head) - len(repeated) >= width:
        head = [text + (head[i + 1] if i + 1 in repeated else "") for i, text in enumerate(head) if i not in repeated]
    while len(head) > width:
        pair = min(range(2, len(head)), key=lambda i: len(head[i - 1]) + len(head[i]))
        head = [*head[: pair - 1], head[pair - 1] + head[pair], *head[pair + 1 :]]
    return head


def _numeric_columns(columns: list[str], blocks: list[_Block]) -> set[int]:
    full = [b.cells for b in blocks if len(b.cells) == len(columns)]
    return {
        i for i in range(len(columns)) if full and sum(bool(_NUMERIC.fullmatch(c[i])) for c in full) * 2 > len(full)
    }


def _unmerge(cells: list[str], width: int) -> list[list[str]]:
    """A cell merged over two rows stands once: the second row takes the leading cells of the first."""
    rest = cells[width:]
    if not rest or len(rest) < 3 or len(rest) >= width:
        return [cells]
    return [cells[:width], cells[: width - len(rest)] + rest]


def _place(cells: list[str], columns: list[str], numeric: set[int], above: list[str]) -> list[tuple[str | None, str]]:
    """Give each cell its column; where a number could stand in either of two columns, no column is claimed."""
    if "" in cells and len(cells) < len(columns):
        cells = cells + [""] * (len(columns) - len(cells))
    if len(cells) == len(columns):
        filled = [value or (above[i] if i < len(above) and i < 2 else "") for i, value in enumerate(cells)]
        return [(column, value) for column, value in zip(columns, filled, strict=True) if value]
    if len(cells) > len(columns):
        return [(None, value) for value in cells if value]
    values = [(i, value) for i, value in enumerate(cells) if value]
    numbers = [i for i, v in values[1:] if _NUMERIC.fullmatch(v)]
    slots = sorted(numeric - {0})
    if slots and len(numbers) != len(slots):
        return [(columns[i] if i < 2 else None, value) for i, value in values]
    texts = iter(i for i in range(1, len(columns)) if i not in slots)
    numbered = iter(slots)
    return [
        (columns[0] if i == 0 else columns[next(numbered) if i in numbers else next(texts)], value)
        for i, value in values
    ]
