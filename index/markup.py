"""HTML and Markdown → lines: what a reader sees, without scripts, menus and hidden parts."""

import re
from collections.abc import Iterator
from typing import Any

from index.fold import squeeze
from index.grids import Grid, row_lines

_DROPPED = (
    "script, style, noscript, template, nav, aside, iframe, object, svg, button, select, input, textarea, [hidden], [aria-hidden=true], "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], .nav, .navbar, .menu, .breadcrumb, .footer, .sidebar, .share, .toolbar"
)
_BLOCKS = frozenset(
    ["address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "ul", "td", "th", "tr", "caption"]
)  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SITE = re.compile(r"\s*[_|]\s*|\s+[-–—]\s+")
_NUMBERED = re.compile(r"[〔\[(（]\d{4}[〕\])）] ?\d+ ?号")
_LONG_CELL = 1500
_NESTING = re.compile(r"<(/?)(?:div|span|section|article|table|ul|ol|blockquote|font|center|b|i|em|strong)\b", re.I)
_DEEPEST = 500


def html_lines(text: str) -> list[str]:
    """The lines of a page; headings begin with `#`, table rows with `|`."""
    from selectolax.lexbor import LexborHTMLParser

    _check_depth(text)
    page = LexborHTMLParser(text)
    for node in page.css(_DROPPED):
        node.decompose()
    for node in page.css("[style]"):
        if _HIDDEN.search(node.attributes.get("style") or ""):
            node.decompose()
    for node in page.css("body > header, body > footer"):
        if not node.css_first("h1"):
            node.decompose()
    title = page.css_first("title")
    main, body = page.css_first("main"), page.body
    if main is not None and body is not None and len(main.text()) * 2 > len(body.text()):
        body = main
    writer = _Writer()
    if body is not None:
        writer.walk(body)
        writer.flush()
    return _titled(writer.lines, title.text() if title is not None else "")


def _check_depth(text: str) -> None:
    """A page of elements in elements without end takes the parser minutes."""
    depth = 0
    for tag in _NESTING.finditer(text):
        depth += -1 if tag[1] else 1
        if depth > _DEEPEST:
            raise RecursionError


def markdown_lines(text: str) -> list[str]:
    """The lines of a Markdown text: read as HTML; a line break between Chinese lines is kept."""
    from markdown_it import MarkdownIt

    front = re.match(r"---\s*\n(.*?)\n---\s*\n", text, re.S)
    title = re.search(r"^title:\s*[\"']?(.+?)[\"']?\s*$", front[1], re.M) if front else None
    body = text[front.end() :] if front else text
    body = re.sub(r"([^\x00-\x7f])\n(?=\S)", r"\1  \n", body)
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(body)
    return _titled(html_lines(page), title[1] if title else "")


def _titled(lines: list[str], title: str) -> list[str]:
    """The page's own title, marked where it stands, or put first when the text has no head of its own.

    What follows the title behind a line or dash is the name of the site.
    """
    name = _SITE.split(title.strip())[0]
    if not name or any(line.startswith("# ") for line in lines):
        return lines
    near = lines[:15]
    if (
        at := next((i for i, line in enumerate(near) if squeeze(line.lstrip("# ")) == squeeze(name)), None)
    ) is not None:
        return [*lines[:at], f"# {lines[at].lstrip('# ')}", *lines[at + 1 :]]
    headed = any(line.endswith((":", "：")) or _NUMBERED.search(line) for line in near) or squeeze(name) in squeeze(
        "".join(near)
    )
    return lines if headed else [f"# {name}", *lines]


class _Writer:
    """Collects the lines of one page."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._open: list[str] = []
        self._lead = ""

    def flush(self, mark: str = "") -> None:
        """End the line that is being written."""
        text = re.sub(r"\s+", " ", "".join(self._open)).strip()
        self._open = []
        if text:
            self.lines.append(mark + self._lead + text)
            self._lead = ""

    def walk(self, node: Any) -> None:
        """Write what stands under a node."""
        for child in node.iter(include_text=True):
            tag = child.tag
            if tag == "-text":
                self._open.append(child.text())
            elif tag == "br":
                self.flush()
            elif tag == "table":
                self._table(child)
            elif tag == "pre":
                self._preformatted(child)
            elif re.fullmatch(r"h[1-6]", tag):
                self.flush()
                self.walk(child)
                self.flush("#" * int(tag[1]) + " ")
            elif tag in ("ol", "ul"):
                self._list(child)
            elif tag in _BLOCKS:
                self.flush()
                self.walk(child)
                self.flush()
            else:
                self.walk(child)

    def _preformatted(self, node: Any) -> None:
        self.flush()
        for line in node.text().split("\n"):
            self._open.append(line)
            self.flush()

    def _list(self, node: Any) -> None:
        """Items with the marks that a browser shows."""
        self.flush()
        start = node.attributes.get("start") or "1"
        number = int(start) if start.isdecimal() and len(start) < 6 else 1
        for item in node.iter():
            if item.tag != "li":
                self.walk(item)
                continue
            self._lead = f"{number}. " if node.tag == "ol" else "• "
            before = len(self.lines)
            self.walk(item)
            self.flush()
            number += len(self.lines) > before
            self._lead = ""

    def _table(self, node: Any) -> None:
        """Rows of a table; a table that only lays out the page is read through."""
        self.flush()
        for caption in node.css("caption"):
            self.walk(caption)
            self.flush()
            caption.decompose()
        grid, heads = ([], 0) if node.css("table table") else _grid(node)
        longest = max((len(cell) for row in grid for cell in row), default=0)
        if len(grid) < 2 or len(grid[0]) < 2 or longest > _LONG_CELL:
            for child in node.iter():
                self.walk(child)
                self.flush()
        else:
            self.lines += row_lines(grid, heads)


def _grid(table: Any) -> tuple[Grid, int]:
    """The cells, merged ones in every place they cover, and how many rows at the top are heads."""
    rows = table.css("tr")
    grid: list[dict[int, str]] = [{} for _ in rows]
    heads, only_heads = 0, True
    for y, row in enumerate(rows):
        x, cells = 0, list(_cells(row))
        for cell in cells:
            while x in grid[y]:
                x += 1
            text = _cell_text(cell)
            for down in range(min(_span(cell, "rowspan"), len(grid) - y)):
                for right in range(_span(cell, "colspan")):
                    grid[y + down][x + right] = text
        only_heads = only_heads and bool(cells) and (all(c.tag == "th" for c in cells) or row.parent.tag == "thead")
        heads += only_heads and len({id(c) for c in cells}) > 1
    width = max((max(row, default=-1) + 1 for row in grid), default=0)
    return [[row.get(x, "") for x in range(width)] for row in grid], heads


def _cell_text(cell: Any) -> str:
    writer = _Writer()
    writer.walk(cell)
    writer.flush()
    return " ".join(line.lstrip("#| ") for line in writer.lines)


def _cells(row: Any) -> Iterator[Any]:
    return (cell for cell in row.iter() if cell.tag in ("td", "th"))


def _span(cell: Any, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(int(value), 200) if value.isdecimal() and len(value) < 5 and int(value) else 1
