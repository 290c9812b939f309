"""The source panel: a whole document, the cited sentence marked, tables as tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from itertools import groupby

from assistant.answers import Citation
from assistant.page import badge, both, cells, copies, iso, original, quote_span
from index.documents import Document
from index.fold import squeeze
from index.passages import Passage

_ROWS = ("row", "raw row")
_CLOSE = f'<button type="button" class="icon" data-do="close"><span aria-hidden="true">✕</span><span class="sr">{both("关闭原文", "Close the original")}</span></button>'


def no_source(problem: str = "") -> str:
    """The panel before anything is opened, or why it cannot be."""
    if problem:
        title = both("已不在资料中", "No longer there")
        return (
            f'<section class="source" data-key="gone" aria-labelledby="source-title"><div class="source-top"><div class="source-line">{_CLOSE}</div>'
            f'<h2 id="source-title" tabindex="-1">{title}</h2></div><div class="source-body"><p>{problem}</p></div></section>'
        )
    words = both(
        "点击答案中的 [1]、查找结果或一份政策，这里就会显示原文，并标出所引的句子。",
        "Open a mark [1] in an answer, a passage or a policy: the original is shown here, with the cited sentence marked.",
    )
    return f'<section class="source empty" data-key=""><p>{words}</p></section>'


def source_panel(
    document: Document, order: Sequence[Passage], documents: Mapping[str, Document], today: date, citation: Citation | None = None
) -> str:  # fmt: skip
    """A document whole, `order` its passages in the order of the file; with a citation, its quote is marked."""
    key = "-".join(map(str, (citation.passage.id, *quote_span(citation)))) if citation else document.id
    return (
        f'<section class="source" data-key="{escape(key)}" aria-labelledby="source-title">{_top(document, today, citation)}'
        f'<div class="source-body">{_about(document, citation)}<div class="passages" lang="zh-CN">{"".join(_body(order, documents, citation))}</div></div></section>'
    )


def _top(document: Document, today: date, citation: Citation | None) -> str:
    holds = badge(citation.valid_until, citation.in_force, today) if citation else badge(document.valid_until, document.in_force(today), today)  # fmt: skip
    number = f'<span class="number">[{citation.number}]</span>' if citation and citation.number else ""
    tools = (
        f'<div class="source-tools"><button type="button" class="quiet" data-do="quote">{both("回到引文", "Back to the quote")}</button>{copies(citation)}</div>'
        if citation
        else ""
    )
    return (
        f'<div class="source-top"><div class="source-line">{number}{holds}{_CLOSE}</div>'
        f'<h2 id="source-title" tabindex="-1" lang="zh-CN" dir="auto">{escape(document.name)}</h2>{tools}</div>'
    )


def _about(document: Document, citation: Citation | None) -> str:
    """What the document says of itself, and where the quote stands in the file; what it does not say is left out."""
    lines = (citation.line_start, citation.line_end) if citation else (document.line_start, document.line_end)
    chain = " › ".join(citation.passage.section[1:]) if citation else ""
    rows = (
        (both("全称", "Full title"), document.title),
        (both("文号", "Number"), document.document_number),
        (both("发布机关", "Issuer"), "、".join(document.issuers)),
        (both("印发日期", "Issued"), iso(document.issued_on)),
        (both("施行日期", "In force from"), iso(document.effective_from)),
        (both("有效期至", "Valid until"), iso(citation.valid_until if citation else document.valid_until)),
        (both("引文章节", "Quoted from"), chain),
        (both("文件", "File"), citation.passage.source if citation else document.source),
        (both("页码", "Page"), _pages(document, lines)),
        (both("所在行", "Lines"), "–".join(map(str, dict.fromkeys(lines)))),
    )
    listed = "".join(
        f'<div><dt>{words}</dt><dd dir="auto">{escape(value)}</dd></div>' for words, value in rows if value
    )
    return f'<h3 class="sr">{both("关于这份文件", "About this document")}</h3><dl class="about">{listed}</dl>'


def _pages(document: Document, lines: tuple[int, int]) -> str | None:
    """The pages of a pdf on which lines stand: 3, or 3–4."""
    return "–".join(dict.fromkeys(str(page) for line in lines if (page := document.page(line)))) or None


def _body(order: Sequence[Passage], documents: Mapping[str, Document], citation: Citation | None) -> Iterator[str]:
    above: tuple[str, ...] = ()
    for in_table, group in groupby(order, key=lambda passage: passage.kind in _ROWS):
        if in_table:
            passages = list(group)
            yield from _headings(above, passages[0])
            yield from _tables(passages, citation)
            above = passages[-1].section
            if cited := next((p for p in passages if citation and p.id == citation.passage.id), None):
                yield _further(cited, documents)
            continue
        for passage in group:
            yield from _headings(above, passage)
            above = passage.section
            kind = escape(passage.kind.replace(" ", "-"))
            if citation and passage.id == citation.passage.id:
                yield f'<div class="passage {kind} cited" dir="auto">{_marked(citation)}</div>{_further(passage, documents)}'
            else:
                yield f'<div class="passage {kind}" dir="auto">{original(passage.text)}</div>'


def _headings(above: Sequence[str], passage: Passage) -> Iterator[str]:
    """The titles over a passage that did not stand over the one before; one that the passage itself begins with is left to it."""
    new = _new_titles(above, passage.section)
    for depth, title in new:
        if not squeeze(passage.text).startswith(squeeze(title)):
            level = min(3 + depth, 6)
            yield f'<h{level} dir="auto">{escape(title)}</h{level}>'


def _new_titles(above: Sequence[str], section: Sequence[str]) -> list[tuple[int, str]]:
    """(depth, title) of what is new in a section, the name of the policy left out."""
    same = next((i for i, pair in enumerate(zip(above[1:], section[1:], strict=False)) if pair[0] != pair[1]), min(len(above), len(section)) - 1)  # fmt: skip
    return [(depth, title) for depth, title in enumerate(section[1:]) if depth >= max(same, 0)]


def _marked(citation: Citation) -> str:
    """The cited passage as it stands in the file, the quote marked."""
    raw, (start, end) = citation.passage.raw, quote_span(citation)
    return f"{original(raw[:start])}<mark>{original(raw[start:end])}</mark>{original(raw[end:])}"


@dataclass(slots=True)
class _Table:
    """Rows with the same first columns, and the titles that stand between them."""

    columns: list[str]
    rows: list[tuple[Passage, list[tuple[int, str]]]] = field(default_factory=list)

    def add(self, passage: Passage, titles: list[tuple[int, str]]) -> None:
        self.rows.append((passage, titles))
        at = 0
        for column, _ in cells(passage):
            if column and column not in self.columns:
                self.columns.insert(at, column)
            at = self.columns.index(column) + 1 if column else at

    def takes(self, passage: Passage) -> bool:
        named = [column for column, _ in cells(passage) if column][:2]
        return all(column in self.columns for column in named)


def _tables(passages: Sequence[Passage], citation: Citation | None) -> Iterator[str]:
    tables: list[_Table] = []
    above = passages[0].section
    for passage in passages:
        if not tables or not tables[-1].takes(passage):
            tables.append(_Table([]))
        tables[-1].add(passage, _new_titles(above, passage.section))
        above = passage.section
    for table in tables:
        title = table.rows[0][0].section[-1]
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in table.columns)
        body = "".join(_row(table, passage, titles, citation) for passage, titles in table.rows)
        yield f'<div class="table" tabindex="0" role="region" aria-label="{escape(title)}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(table: _Table, passage: Passage, titles: list[tuple[int, str]], citation: Citation | None) -> str:
    width = len(table.columns)
    parts = "".join(f'<tr class="part"><th scope="colgroup" colspan="{width}">{escape(t)}</th></tr>' for _, t in titles)
    known = {column: value for column, value in cells(passage) if column}
    bare = "; ".join(value for column, value in cells(passage) if not column)
    is_cited = citation is not None and passage.id == citation.passage.id
    shown = {column: f"<mark>{escape(known[column])}</mark>" if is_cited else escape(known[column]) for column in known}
    if bare:  # cells whose columns are not sure stand together where no known cell stands
        span = [column for column in table.columns if column not in known]
        filled = "".join(f"<td>{shown[column]}</td>" for column in table.columns if column in known)
        filled += (
            f'<td colspan="{max(len(span), 1)}">{f"<mark>{escape(bare)}</mark>" if is_cited else escape(bare)}</td>'
        )
    else:
        filled = "".join(f"<td>{shown.get(column, '')}</td>" for column in table.columns)
    if not is_cited:
        return f"{parts}<tr>{filled}</tr>"
    raw = " │ ".join(escape(cell.strip()) for cell in passage.raw.split("\n") if cell.strip())
    label = both("原表格中的文字", "The cells in the original")
    return f'{parts}<tr class="cited">{filled}</tr><tr class="raw"><td colspan="{width}"><span class="label">{label}</span> {raw}</td></tr>'


def _further(passage: Passage, documents: Mapping[str, Document]) -> str:
    if not passage.further:
        return ""
    listed = "".join(
        f'<li dir="auto">{escape(documents[p.document_id].name) if p.document_id in documents else ""}<small>{escape(p.source)}'
        f"{both(f'，第{p.line_start}—{p.line_end}行', f', lines {p.line_start}–{p.line_end}')}</small></li>"
        for p in passage.further
    )
    return f'<div class="further"><p class="label">{both("同样的文字还见于", "The same text also stands in")}</p><ul>{listed}</ul></div>'
