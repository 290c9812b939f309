"""A table as a grid of cells → lines `| column: value; column: value`, one a row."""

import re
from collections.abc import Iterator, Sequence

MARK = "| "
_NUMERIC = re.compile(r"[\[><≥≤~约+-]*\d[\d.,]*[%\]]?(?:[—~-]\d[\d.,]*%?)?")
_LABEL = 12
_RECORD = 500
Grid = list[list[str]]


def row_lines(grid: Grid, heads: int = 0) -> Iterator[str]:
    """The lines of a table whose merged cells stand in every place they cover; `heads` rows are known to be column heads.

    A row that is one cell over the whole width stands as a line of its own: a title above the heads, else `| subhead`.
    A table without heads gives its cells without column names; two columns of label and value are one record.
    """
    rows = _without_empty(grid)
    while rows and _is_one_cell(rows[0]):
        yield _text(rows.pop(0)[0])
    if not rows:
        return
    if len(rows[0]) == 1:
        yield from (_text(row[0]) for row in rows)
        return
    if not heads and _is_record(rows):
        yield from _records(rows)
        return
    heads = heads or _heads(rows)
    columns = [_joined([row[i] for row in rows[:heads]]) for i in range(len(rows[0]))]
    for row in rows[heads:]:
        if _is_one_cell(row):
            yield MARK + _text(row[0] or next(filter(None, row)))
        elif row not in rows[:heads]:
            yield MARK + _cells(columns, row)


def head_rows(grid: Grid) -> Grid:
    """The column heads of a table, as `row_lines` finds them; none when it has none."""
    rows = [row for row in grid if not _is_one_cell(row)]
    return rows[: _heads(rows)] if rows and not _is_record(rows) else []


def _without_empty(grid: Grid) -> Grid:
    width = max(map(len, grid), default=0)
    rows = [[_text(cell) for cell in row] + [""] * (width - len(row)) for row in grid]
    rows = [row for row in rows if any(row)]
    kept = [i for i in range(width) if any(row[i] for row in rows)]
    return [[row[i] for i in kept] for row in rows]


def _text(cell: str) -> str:
    return re.sub(r"\s+", " ", cell).strip()


def _is_one_cell(row: Sequence[str]) -> bool:
    """One cell merged over the row, or the only one that is filled while the row has at least three."""
    filled = [cell for cell in row if cell]
    return len(row) > 1 and len(set(filled)) == 1 and (len(filled) == len(row) or (len(row) > 2 and bool(row[0])))


def _is_record(rows: Grid) -> bool:
    """Labels that end in colons beside their values; or two columns, short labels, and a first row that cannot be heads."""
    labels = [row[0] for row in rows]
    if len(rows[0]) % 2 == 0 and all(not cell or cell[-1] in ":：" for row in rows for cell in row[::2]):
        return True
    return (
        len(rows[0]) == 2
        and all(0 < len(label) <= _LABEL and not _NUMERIC.fullmatch(label) for label in labels)
        and (len(rows[0][1]) > _LABEL or bool(re.search(r"\d", rows[0][1])))
    )


def _records(rows: Grid) -> Iterator[str]:
    line = ""
    for label, value in (pair for row in rows for pair in zip(row[::2], row[1::2], strict=True)):
        if not label and not value:
            continue
        part = f"{label.rstrip(':：')}: {value}" if label and value else label or value
        if line and len(line) + len(part) > _RECORD:
            yield MARK + line
            line = ""
        line = f"{line}; {part}" if line else part
    yield MARK + line


def _heads(rows: Grid) -> int:
    """How many rows are column heads: none when the first holds numbers, two when a head is merged over columns."""
    first = [cell for cell in rows[0] if cell]
    if len(rows) < 2 or sum(bool(_NUMERIC.fullmatch(cell)) for cell in first) * 2 > len(first):
        return 0
    merged = any(a and a == b for a, b in zip(rows[0], rows[0][1:], strict=False))
    second = merged and not any(_NUMERIC.fullmatch(cell) for cell in rows[1]) and rows[0][0] in (rows[1][0], "")
    return 2 if second and len(rows) > 2 else 1


def _joined(parts: Sequence[str]) -> str:
    """A column head over several rows; a cell merged down stands once."""
    return " ".join(dict.fromkeys(part for part in parts if part))


def _cells(columns: Sequence[str], row: Sequence[str]) -> str:
    shown, before = [], ("", "")
    for column, value in zip(columns, row, strict=True):
        if value and (column, value) != before:
            shown.append(f"{column}: {value}" if column else value)
        before = (column, value)
    return "; ".join(shown)
