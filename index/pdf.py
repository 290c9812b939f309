"""PDF → lines: paragraphs joined over line and page ends, ruled tables as rows, page heads and feet left out."""

import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from index.documents import HEADING
from index.errors import PolicyError
from index.fold import fold
from index.grids import Grid, head_rows, row_lines

MAX_PAGES = 2000
_MARGIN = 0.1  # the share of a page's height in which heads and feet stand
_PAGE_NUMBER = re.compile(
    r"[-—–·\s]*\d{1,4}[-—–·\s]*|第 ?\d+ ?页.{0,12}|\d+ ?/ ?\d+|(?:page|p\.) ?\d+(?: of \d+)?|\d{1,4}[/.]\d{1,2}[/.]\d{1,4},? \d{1,2}:\d\d.*|(?:file|https?)://\S+(?: \d+/\d+)?", re.I
)  # fmt: skip
_TITLE_SIZE = 1.25
_SAME = str.maketrans(  # radicals that Unicode gives no plain form for
    "⺁⺈⺌⺍⺎⺓⺝⺟⺠⺫⺮⺼⻁⻄⻅⻆⻉⻋⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
    "厂刀小小兀幺月母民目竹月虎西见角贝车长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
)
_RADICALS = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06]")


@dataclass(slots=True)
class _Line:
    """One printed line; `y` is its middle, measured from the top of the page."""

    text: str
    left: float
    right: float
    y: float
    size: float
    page: int


Part = _Line | tuple[int, Grid]  # a table with its page


def pdf_lines(path: Path) -> tuple[list[str], tuple[int, ...]]:
    """The lines of a PDF and the 1-based line at which each page starts."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        with pdfplumber.open(path) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise PolicyError(f"it has {len(pdf.pages):,} pages; split it into parts of at most {MAX_PAGES:,}")
            pages, width = [], 0.0
            for page in pdf.pages:
                pages.append((list(_parts(page)), float(page.height)))
                width = max(width, float(page.width))
                page.close()
    except PdfminerException as error:
        if isinstance(error.args[0] if error.args else None, PDFPasswordIncorrect):
            raise PolicyError("it is locked with a password; save it without one") from error
        raise
    kept = _without_furniture(pages)
    if not any(kept):
        raise PolicyError("it holds pictures of pages but no text; run text recognition (OCR) on it and save it again")
    return _joined(kept, width)


def _parts(page: Any) -> Iterator[Part]:
    """The lines and tables of a page from top to bottom."""
    tables = [table for table in page.find_tables() if len(table.rows) > 1 and len(table.rows[0].cells) > 1]
    boxes = [table.bbox for table in tables]

    def outside(item: Any) -> bool:
        x, y = (item["x0"] + item["x1"]) / 2, (item["top"] + item["bottom"]) / 2
        return not any(a <= x <= c and b <= y <= d for a, b, c, d in boxes)

    text = page.filter(lambda item: item["object_type"] != "char" or outside(item)) if boxes else page
    found: list[tuple[float, Part]] = [(table.bbox[1], (page.page_number, _cells(table))) for table in tables]
    for line in text.extract_text_lines(return_chars=True):
        sizes = Counter(round(char["size"], 1) for char in line["chars"] if char["text"].strip())
        if written := _plain(line["text"]):
            size = sizes.most_common(1)[0][0] if sizes else 10.0
            y = (line["top"] + line["bottom"]) / 2
            found.append((y, _Line(written, line["x0"], line["x1"], y, size, page.page_number)))
    return (part for _, part in sorted(found, key=lambda item: item[0]))


def _plain(text: str) -> str:
    """Characters as one types them: fonts print 目 as a radical and fi as one letter."""
    text = _RADICALS.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text).translate(_SAME)
    return re.sub(r"[\x00-\x08\x0b-\x1f]|\(cid:\d+\)", "", text).strip()


def _cells(table: Any) -> Grid:
    """The cells of a table; one that covers others to its right or below stands in each place."""
    texts = [[_cell(cell) for cell in row] for row in table.extract()]
    boxes = [row.cells for row in table.rows]
    for y, row in enumerate(boxes):
        for x, box in enumerate(row):
            if box is not None:
                continue
            covering = next(
                (
                    (v, u)
                    for v in range(y, -1, -1)
                    for u in range(x, -1, -1)
                    if u < len(boxes[v]) and boxes[v][u] is not None and _covers(boxes[v][u], table, y, x)
                ),
                None,
            )
            if covering:
                texts[y][x] = texts[covering[0]][covering[1]]
    return texts


def _cell(text: str | None) -> str:
    """Lines of a cell are joined: without a space between Chinese."""
    return re.sub(r"(?<=[^\x00-\x7f])\n|\n(?=[^\x00-\x7f])", "", _plain(text or "")).replace("\n", " ")


def _covers(box: Sequence[float], table: Any, y: int, x: int) -> bool:
    """Whether a cell's box covers the middle of place (row y, column x)."""
    row = [cell for cell in table.rows[y].cells if cell is not None]
    column = [r.cells[x] for r in table.rows if x < len(r.cells) and r.cells[x] is not None]
    if not row or not column:
        return False
    middle_y = (max(c[1] for c in row) + min(c[3] for c in row)) / 2
    middle_x = (max(c[0] for c in column) + min(c[2] for c in column)) / 2
    return bool(box[0] <= middle_x <= box[2] and box[1] <= middle_y <= box[3])


def _without_furniture(pages: Sequence[tuple[list[Part], float]]) -> list[list[Part]]:
    """Pages without page numbers and without what stands in the same place of half of them, but for its digits."""
    seen = Counter(
        key
        for parts, height in pages
        for key in {_place(p) for p in parts if isinstance(p, _Line) and _edge(p, height)}
    )
    often = max(2, len(pages) / 2)

    def furniture(part: Part, height: float) -> bool:
        if not isinstance(part, _Line) or not _edge(part, height):
            return False
        return _PAGE_NUMBER.fullmatch(part.text) is not None or seen[_place(part)] >= often

    return [[part for part in parts if not furniture(part, height)] for parts, height in pages]


def _edge(line: _Line, height: float) -> bool:
    return line.y < _MARGIN * height or line.y > (1 - _MARGIN) * height


def _place(line: _Line) -> tuple[int, str]:
    return round(line.y / 4), re.sub(r"\d+", "#", line.text)


def _joined(pages: Sequence[list[Part]], width: float) -> tuple[list[str], tuple[int, ...]]:
    """Printed lines → paragraphs and rows."""
    flat = [part for parts in pages for part in parts]
    printed = [part for part in flat if isinstance(part, _Line)]
    usual = Counter(line.size for line in printed for _ in line.text).most_common(1)[0][0] if printed else 10.0
    left, right = _column(printed, usual, width)
    gap = _usual_gap(printed)
    lines: list[str] = []
    starts: list[int] = []
    heads: Grid = []
    before: Part | None = None
    for number, parts in enumerate(pages, 1):
        starts.append(len(lines) + 1)
        for part in parts:
            if isinstance(part, _Line):
                if isinstance(before, _Line) and lines and _continues(before, part, left, right, gap):
                    lines[-1] += _space(lines[-1], part.text) + part.text
                elif _is_title(part, usual) and len(lines) < 6 and number == 1:
                    lines.append(f"# {part.text}")
                else:
                    lines.append(part.text)
            else:
                _, grid = part
                carried = before is not None and not isinstance(before, _Line) and before[0] < part[0]
                if carried and heads and len(heads[0]) == len(grid[0]):
                    grid = [*heads, *(row for row in grid if row not in heads)]
                    lines += row_lines(grid, len(heads))
                else:
                    heads = head_rows(grid)
                    lines += row_lines(grid)
            before = part
    # a page on which nothing new begins starts at the last line there is
    return lines, tuple(min(start, len(lines)) for start in starts)


def _column(lines: Sequence[_Line], usual: float, width: float) -> tuple[float, float]:
    """Where most lines begin and where full lines end: where several end, or as far from the edge as they begin."""
    body = [line for line in lines if abs(line.size - usual) < 1 and len(line.text) > 12] or list(lines)
    lefts = sorted(line.left for line in body)
    left = lefts[len(lefts) // 10] if lefts else 0.0
    edge = max((line.right for line in body), default=width)
    full = sorted(line.right for line in body if line.right > edge - 1.5 * usual)
    return left, full[0] if len(full) > 2 else max(edge, width - left)


def _usual_gap(lines: Sequence[_Line]) -> float:
    """The usual step from line to line within a paragraph: the smallest that is common."""
    steps = Counter(round(b.y - a.y) for a, b in pairwise(lines) if a.page == b.page and b.y > a.y)
    common = [step for step, count in steps.items() if count * 5 >= max(steps.values())]
    return float(min(common, default=0))


def _continues(before: _Line, line: _Line, left: float, right: float, gap: float) -> bool:
    """Whether a printed line goes on with the paragraph of the line before."""
    if abs(before.size - line.size) > 1:
        return False
    size = line.size
    if (
        size > _TITLE_SIZE * 10
        and abs((line.left + line.right) - (before.left + before.right)) < size
        and line.left > left + size
    ):
        return line.page == before.page and line.y - before.y < 2.2 * size  # a centred title over two lines
    if before.right < right - 2.2 * size or line.left > left + 1.5 * size:
        return False
    if line.page == before.page and gap and line.y - before.y > 1.35 * gap:
        return False
    ended = before.text[-1] in "。!?！？;；:："
    return not (ended and HEADING.match(fold(line.text)))


def _is_title(line: _Line, usual: float) -> bool:
    return line.size > _TITLE_SIZE * usual and len(line.text) > 3


def _space(before: str, after: str) -> str:
    return " " if before[-1:].isascii() and after[:1].isascii() and before[-1:] not in "-(" else ""
