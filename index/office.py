"""Word documents, Excel workbooks and CSV → lines."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.errors import PolicyError
from index.grids import Grid, row_lines

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ALTERNATIVE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GENERIC_SHEET = re.compile(r"(?:sheet|工作表|表)\s*\d*", re.I)
_MAX_CELLS = 2_000_000
_DIGITS = "〇一二三四五六七八九"


def docx_lines(path: Path) -> list[str]:
    """Paragraphs, headings, tables and footnotes of a .docx in their order; deleted text is left out, inserted text is in."""
    import docx

    document = docx.Document(str(path))
    reader = _Word(document)
    lines = list(reader.lines(document.element.body))
    for part in document.part.package.iter_parts():
        if str(part.partname) in ("/word/footnotes.xml", "/word/endnotes.xml"):
            lines += _footnotes(part.blob)
    return lines


class _Word:
    """Walks the XML of a document, so that content controls and tracked insertions are read as well."""

    def __init__(self, document: Any):
        self._styles = {style.style_id: style for style in document.styles}
        numbering = next((r.target_part for r in document.part.rels.values() if r.reltype.endswith("/numbering")), None)
        self._numbering = _Numbering(numbering.element if numbering is not None else None)

    def lines(self, parent: Any) -> Iterator[str]:
        for child in parent:
            if child.tag == f"{_W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child)
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}smartTag"):
                yield from self.lines(child)

    def _paragraph(self, paragraph: Any) -> Iterator[str]:
        texts = [line for part in _texts(paragraph).split("\n") if (line := part.strip())]
        style = self._style(paragraph)
        if any(name.startswith(("TOC", "toc ", "目录")) for name in style):
            return
        lead = self._numbering.next(paragraph, self._inherited(paragraph, "numPr")) if texts else ""
        for number, text in enumerate(texts):
            yield f"{self._mark(paragraph, style)}{'' if number else lead}{text}"
        for box in paragraph.iter(f"{_W}txbxContent"):
            if not any(parent.tag == _ALTERNATIVE for parent in box.iterancestors()):
                yield from self.lines(box)

    def _style(self, paragraph: Any) -> list[str]:
        """The names of a paragraph's style and of those it is based on."""
        named = paragraph.find(f"{_W}pPr/{_W}pStyle")
        style = self._styles.get(named.get(f"{_W}val")) if named is not None else None
        names: list[str] = []
        while style is not None and len(names) < 10:
            names.append(style.name or "")
            style = getattr(style, "base_style", None)
        return names

    def _inherited(self, paragraph: Any, name: str) -> Any:
        """A paragraph property, its own or of its style."""
        own = paragraph.find(f"{_W}pPr/{_W}{name}")
        named = paragraph.find(f"{_W}pPr/{_W}pStyle")
        style = self._styles.get(named.get(f"{_W}val")) if named is not None else None
        for _ in range(10):
            if own is not None or style is None:
                break
            own = style.element.find(f"{_W}pPr/{_W}{name}")
            style = getattr(style, "base_style", None)
        return own

    def _mark(self, paragraph: Any, style: list[str]) -> str:
        """`# ` for the title, `## ` for a heading of the first level and so on."""
        if any(name in ("Title", "标题") for name in style):
            return "# "
        level = self._inherited(paragraph, "outlineLvl")
        number = level.get(f"{_W}val", "9") if level is not None else "9"
        named = next((m[1] for name in style if (m := re.fullmatch(r"(?:[Hh]eading|标题) ?([1-6])", name))), "")
        depth = int(named) if named else int(number) + 1 if number in "012345" else 0
        return "#" * min(depth + 1, 6) + " " if depth else ""

    def _table(self, table: Any) -> Iterator[str]:
        grid: Grid = []
        heads = 0
        for row in table.iter(f"{_W}tr"):
            if next(row.iterancestors(f"{_W}tbl")) is not table:
                continue
            cells: list[str] = []
            for cell in row.iter(f"{_W}tc"):
                if next(cell.iterancestors(f"{_W}tr")) is row:
                    self._cell(cell, cells, grid)
            heads += len(grid) == heads and row.find(f"{_W}trPr/{_W}tblHeader") is not None
            grid.append(cells)
        if sum(map(len, grid)) > _MAX_CELLS:
            raise PolicyError("its tables are too large")
        yield from row_lines(grid, heads if heads < len(grid) else 0)

    def _cell(self, cell: Any, cells: list[str], above: Grid) -> None:
        """Add a cell in every place it covers: merged to the right, or continued from the row above."""
        span = cell.find(f"{_W}tcPr/{_W}gridSpan")
        down = cell.find(f"{_W}tcPr/{_W}vMerge")
        text = " ".join(line.lstrip("#| ") for line in self.lines(cell))
        if down is not None and down.get(f"{_W}val") != "restart" and above and len(cells) < len(above[-1]):
            text = above[-1][len(cells)]
        width = int(span.get(f"{_W}val", "1")) if span is not None else 1
        cells += [text] * min(max(width, 1), 200)


def _texts(paragraph: Any) -> str:
    """The text of a paragraph's own runs: no deleted text, no field code, no text box."""
    parts: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        node = stack.pop()
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag in (f"{_W}tab", f"{_W}ptab"):
            parts.append(" ")
        elif node.tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n")
        elif node.tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif node.tag not in (f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}txbxContent", _ALTERNATIVE):
            hidden = node.find(f"{_W}rPr/{_W}vanish") if node.tag == f"{_W}r" else None
            if hidden is None or hidden.get(f"{_W}val") in ("0", "false"):
                stack.extend(reversed(node))
    return "".join(parts)


def _footnotes(blob: bytes) -> Iterator[str]:
    from lxml import etree

    root = etree.fromstring(blob, etree.XMLParser(resolve_entities=False, no_network=True))
    for note in root:
        text = " ".join(filter(None, (_texts(p).strip() for p in note.iter(f"{_W}p"))))
        if text and note.get(f"{_W}type") in (None, "normal"):
            yield f"[{note.get(f'{_W}id')}] {text}"


class _Numbering:
    """Numbers that Word writes by itself: 一、 第三条 (二) 1. and bullets."""

    def __init__(self, root: Any):
        self._levels: dict[str, dict[str, Any]] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        if root is None:
            return
        kinds = {a.get(f"{_W}abstractNumId"): a for a in root.findall(f"{_W}abstractNum")}
        for num in root.findall(f"{_W}num"):
            kind = num.find(f"{_W}abstractNumId")
            abstract = kinds.get(kind.get(f"{_W}val")) if kind is not None else None
            levels = abstract.findall(f"{_W}lvl") if abstract is not None else []
            self._levels[num.get(f"{_W}numId")] = {level.get(f"{_W}ilvl"): level for level in levels}

    def next(self, paragraph: Any, properties: Any) -> str:
        """The number that stands before a paragraph; "" when it has none."""
        if properties is None:
            return ""
        num, own = properties.find(f"{_W}numId"), paragraph.find(f"{_W}pPr/{_W}numPr/{_W}ilvl")
        ilvl = own if own is not None else properties.find(f"{_W}ilvl")
        key = num.get(f"{_W}val") if num is not None else ""
        depth = int(ilvl.get(f"{_W}val", "0")) if ilvl is not None else 0
        levels = self._levels.get(key, {})
        if str(depth) not in levels:
            return ""
        counts = self._counts[key]
        counts[depth] = counts.get(depth, _start(levels[str(depth)]) - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        form, pattern = _value(levels[str(depth)], "numFmt"), _value(levels[str(depth)], "lvlText")
        if form == "bullet":
            return "• "
        if form == "none":
            return ""

        def number(match: re.Match[str]) -> str:
            level = levels.get(str(int(match[1]) - 1))
            value = counts.get(int(match[1]) - 1, _start(level) if level is not None else 1)
            return _written(value, _value(level, "numFmt") if level is not None else "decimal")

        text = re.sub(r"%([1-9])", number, pattern)
        return text if not text or not text[-1].isascii() else f"{text} "


def _start(level: Any) -> int:
    value = _value(level, "start")
    return int(value) if value.isdecimal() else 1


def _value(level: Any, name: str) -> str:
    found = level.find(f"{_W}{name}")
    return str(found.get(f"{_W}val", "")) if found is not None else ""


def _written(value: int, form: str) -> str:
    """A number as Word shows it in a format."""
    if re.match(r"chinese|ideograph|japanese|taiwanese", form) and 0 < value < 100:
        tens, ones = divmod(value, 10)
        return _DIGITS[value] if value < 10 else f"{_DIGITS[tens] if tens > 1 else ''}十{_DIGITS[ones] if ones else ''}"
    if form in ("lowerLetter", "upperLetter") and 0 < value < 27:
        letter = chr(96 + value)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and 0 < value < 40:
        roman = "x" * (value // 10) + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[value % 10]
        return roman.upper() if form == "upperRoman" else roman
    return str(value)


def xlsx_lines(path: Path) -> list[str]:
    """The visible sheets of a workbook; values as they are shown: percentages, dates, units of the number format."""
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    lines: list[str] = []
    for sheet in sheets:
        if (sheet.max_row or 0) * (sheet.max_column or 0) > _MAX_CELLS:
            raise PolicyError(f"its sheet {sheet.title} has more than {_MAX_CELLS:,} cells; keep the part that matters")
        own = [line for block in _blocks(_sheet(sheet)) for line in row_lines(block)]
        named = _GENERIC_SHEET.fullmatch(sheet.title.strip()) is None
        if own and named and (len(sheets) > 1 or own[0].startswith("| ")):
            lines.append(f"{'##' if len(sheets) > 1 else '#'} {sheet.title.strip()}")
        lines += own
    return _titled(lines)


def _sheet(sheet: Any) -> Grid:
    shown_columns = [i for i in range(sheet.max_column) if not _hidden(sheet.column_dimensions, _letter(i + 1))]
    values = [[_shown(cell) for cell in row] for row in sheet.iter_rows()]
    for area in sheet.merged_cells.ranges:
        text = values[area.min_row - 1][area.min_col - 1] if area.min_row <= len(values) else ""
        for y in range(area.min_row - 1, min(area.max_row, len(values))):
            for x in range(area.min_col - 1, min(area.max_col, len(values[y]))):
                values[y][x] = text
    return [
        [row[i] for i in shown_columns if i < len(row)]
        for y, row in enumerate(values, 1)
        if not _hidden(sheet.row_dimensions, y)
    ]


def _hidden(dimensions: Any, key: Any) -> bool:
    return key in dimensions and bool(dimensions[key].hidden)


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _blocks(grid: Grid) -> Iterator[Grid]:
    """Tables of one sheet: an empty row ends one."""
    block: Grid = []
    for row in [*grid, []]:
        if any(row):
            block.append(row)
        elif block:
            yield block
            block = []


def _shown(cell: Any) -> str:
    """A value as its number format shows it, never rounded: the figure is what counts."""
    value, form = cell.value, str(cell.number_format or "")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime | date):
        day = f"{value.year}年{value.month}月{value.day}日"
        time = f" {value:%H:%M}" if isinstance(value, datetime) and (value.hour or value.minute) else ""
        return day + time
    if not isinstance(value, int | float):
        return str(value)
    plain = re.sub(r'"[^"]*"|\\.', "", form.split(";")[0])
    if "%" in plain:
        return f"{_number(value * 100)}%"
    unit = re.search(r'"([^"\d]{1,8})"$', form.split(";")[0])
    return _number(value) + (unit[1].strip() if unit and "," not in plain[-1:] else "")


def _number(value: float) -> str:
    """Fifteen digits, as Excel keeps them, never with an exponent."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:.15f}".rstrip("0").rstrip(".")


def csv_lines(text: str) -> list[str]:
    """The rows of a CSV, cells parted by comma, semicolon or tab."""
    try:
        dialect: Any = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    csv.field_size_limit(1_000_000)
    grid = list(csv.reader(io.StringIO(text, newline=""), dialect))
    return _titled([line for block in _blocks(grid) for line in row_lines(block)])


def _titled(lines: list[str]) -> list[str]:
    """A line above the first table is the title."""
    if len(lines) > 1 and lines[0][:1] not in "#|" and lines[1].startswith("| "):
        return [f"# {lines[0]}", *lines[1:]]
    return lines
