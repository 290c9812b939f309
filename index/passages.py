"""A Document → Passages: a paragraph, a table row or a record, with the titles above it."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from index.dates import first_date
from index.documents import ARTICLE, HEADING, MARK, Document, is_line, layout, plain, unmarked
from index.fold import fold, squeeze, tidy
from index.tables import Row, delimited_at, stacked_at, table_at, with_units

MAX_CHARS = 600
_LONGEST_LABEL = 8
_RANK = {"a": 1, "b": 2, "s": 3, "c": 4, "d": 5, "e": 6}
_MARKED_RANK = (1, 2, 4, 5, 6, 6)  # of a heading that its format marks, `#` to `######`
_BOX_RANK, _LABEL_RANK = 7, 8
_ATTRIBUTE = re.compile(r"[\u4e00-\u9fff]{2,8}(?:\([^)]{1,8}\))?:")
_BOX = re.compile(r"专栏 ?[\d—-]*.*")
_CLOSING = re.compile(
    r"(?:以上|本)(?:政策|措施|办法|方案|行动计划|规划|规定|意见|通知|细则|若干)[^,。]{0,12}自[^,。]{2,14}起"
)
_STOP = "。!?;:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: file and 1-based lines."""

    document_id: str
    source: str
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """One idea of a policy. `raw` is an exact slice of the file; `text` is the same for reading and searching.

    kind: head (title, number, signature), paragraph, list item, row, raw row (cells without sure columns), record, note.
    """

    id: str
    document_id: str
    section: tuple[str, ...]
    kind: str
    text: str
    raw: str
    source: str
    line_start: int
    line_end: int
    further: tuple[Place, ...] = ()


@dataclass(slots=True)
class _Walk:
    """The state of one walk down a document."""

    document: Document
    lines: list[str]
    titles: dict[int, str] = field(default_factory=dict)
    inner: str | None = None
    last_number: int = 0
    after_item: int = 0
    omitted: list[tuple[int, str]] = field(default_factory=list)
    heads: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def section(self) -> tuple[str, ...]:
        chain = [self.document.name, self.inner, *(self.titles[rank] for rank in sorted(self.titles))]
        return tuple(dict.fromkeys(title for title in chain if title))

    def push(self, rank: int, title: str, first: int, last: int) -> None:
        self.heads.append((first, last, title))
        self.titles = {r: t for r, t in self.titles.items() if r < rank} | {rank: title}


def split(document: Document) -> list[Passage]:
    """The passages of a document, in order, none over about 600 characters unless one sentence is."""
    return split_and_omitted(document)[0]


def split_and_omitted(document: Document) -> tuple[list[Passage], list[tuple[int, str]]]:
    """The passages, and every line (1-based) that reaches none, with the reason."""
    walk = _Walk(document, document.text.split("\n"))
    if document.kind == "contact":
        return [_with_id(_passage(walk, "note", 0, len(walk.lines) - 1), 0)], []
    passages = [piece for passage in _walk(walk) for piece in _pieces(passage)]
    passages = sorted([*passages, *_unused_titles(walk, passages)], key=lambda p: p.line_start)
    return [_with_id(passage, number) for number, passage in enumerate(passages)], walk.omitted


def merge(passages: Sequence[Passage], documents: Sequence[Document]) -> list[Passage]:
    """The same text of the same policy printed twice becomes one passage with further places."""
    names = {d.id: squeeze(d.document_number or "") + squeeze(d.name) for d in documents}
    first: dict[tuple[str, str], int] = {}
    merged: list[Passage] = []
    for passage in passages:
        key = (names[passage.document_id], squeeze(passage.text))
        if key in first and merged[first[key]].source != passage.source:
            at = first[key]
            place = Place(passage.document_id, passage.source, passage.line_start, passage.line_end)
            merged[at] = replace(merged[at], further=(*merged[at].further, place))
        else:
            first[key] = len(merged)
            merged.append(passage)
    return merged


def sentences(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences: ends at 。!?; or a line break, never inside brackets or quotation marks."""
    spans, start, depth = [], 0, 0
    for i, char in enumerate(fold(text)):
        depth += (char in "(《“‘〔") - (char in ")》”’〕")
        if char == "\n" or (char in "。!?;" and depth <= 0) or (i - start > 400 and char in "。;"):
            spans.append((start, i + 1))
            start, depth = i + 1, 0
    spans.append((start, len(text)))
    trimmed = [(a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip())) for a, b in spans]
    trimmed = [(match.end() if (match := MARK.match(text, a)) else a, b) for a, b in trimmed]
    return [(a, b) for a, b in trimmed if a < b]


def _unused_titles(walk: _Walk, passages: Sequence[Passage]) -> list[Passage]:
    """Titles that no passage stands under are content: nothing of a policy is lost."""
    used = {title for passage in passages for title in passage.section}
    return [_passage(walk, "list item", first, last) for first, last, title in walk.heads if title not in used]


def units(passage: Passage) -> list[tuple[int, int, str]]:
    """What can be quoted of a passage: offsets in `raw` and the words for reading; a table row is one unit."""
    if passage.kind in ("row", "raw row"):
        return [(0, len(passage.raw), passage.text)]
    return [(a, b, tidy(passage.raw[a:b])) for a, b in sentences(passage.raw)]


def _walk(walk: _Walk) -> Iterator[Passage]:
    document, lines = walk.document, walk.lines
    body = min(document.body_line - document.line_start, len(lines))
    contents = _contents(lines, body)
    if body > 0:
        title_end = max(body, _label_end(lines, body))
        if contents[0] < contents[1]:
            title_end = min(title_end, contents[0])
        if title_end > body:
            _label(walk, body, title_end)
            walk.heads.clear()
        body = title_end
        kept = (tidy(unmarked(line)) for line in lines[:body] if not is_line("chrome", plain(line)))
        yield _passage(walk, "head", 0, body - 1, "\n".join(dict.fromkeys(filter(None, kept))))
    i = body
    while i < len(lines):
        text = plain(lines[i])
        reason = _furniture(text, contents[0] <= i < contents[1])
        if not text or reason:
            if text and reason:
                walk.omitted.append((document.line_start + i, reason))
            i += 1
            continue
        found = (table(lines, i, len(lines)) for table in (table_at, delimited_at, stacked_at))
        rows, after = next((pair for pair in found if pair[0]), ([], i))
        if lines[i].startswith("| ") and not rows:
            end = next((j for j in range(i, len(lines)) if not lines[j].startswith("| ")), len(lines))
            yield from _marked_rows(walk, i, end)
            i = end
        elif rows:
            yield from _rows(walk, rows, i)
            i = after
        elif (end := _answer_end(lines, i) or _listing_end(lines, i)) > i:
            yield _passage(walk, "list item", i, end - 1)
            i = end
        elif (end := _label_end(lines, i)) > i:
            _label(walk, i, end)
            i = end
        else:
            passage, i = _paragraph(walk, i, text)
            if passage:
                yield passage


def _furniture(text: str, in_contents: bool) -> str | None:
    """Why a line is no passage: site furniture, the source line, a remark, a contents list."""
    if is_line("chrome", text):
        return "site furniture"
    if is_line("ending", text):
        return "source line"
    if is_line("remark", text):
        return "remark"
    if in_contents:
        return "contents list"
    if len(text) < 16 and first_date(text) and not HEADING.match(text):
        return "date line"
    return None


def _contents(lines: Sequence[str], start: int) -> tuple[int, int]:
    """The half-open range of a contents list: at least six headings or titles in a row that end in a page number."""
    first, last, run, misses = start, start, 0, 0
    for i in range(start, min(len(lines), start + 400)):
        text = fold(lines[i]).strip()
        if not text:
            continue
        if text.startswith("| "):
            break
        if len(text) < 60 and re.search(r"[^\d.年、]\d{1,3}$", text):
            first = i if not run else first
            run, misses = run + 1, 0
            last = i + 1 if run >= 6 else last
        elif run and (len(text) > 60 or misses == 2):
            break
        elif run:
            misses += 1
    return (first, last) if last > start else (start, start)


def _answer_end(lines: Sequence[str], i: int) -> int:
    """Behind the answer to a line 「问:…」, which says little without it; 0 when there is none."""
    after = next((j for j in range(i + 1, len(lines)) if lines[j].strip()), 0)
    asked = QUESTION.match(plain(lines[i])) and after and ANSWER.match(plain(lines[after]))
    return after + 1 if asked and len(lines[i]) + len(lines[after]) <= MAX_CHARS else 0


QUESTION, ANSWER = re.compile(r"(?:问|\d{1,2}[.、] ?问|Q\d*) ?:"), re.compile(r"(?:答|答复|A\d*) ?:")


def _listing_end(lines: Sequence[str], i: int) -> int:
    """Behind the short items that 「有下列情形之一的:」 announces: they say nothing without it; `i` when there are none."""
    text = plain(lines[i])
    first = next((t for line in lines[i + 1 :] if (t := plain(line))), "")
    if not _ANNOUNCES.search(text) and not (text.endswith(":") and len(text) > 12 and first.endswith(";")):
        return i
    end, count = i + 1, 0
    for j in range(i + 1, len(lines)):
        text = plain(lines[j])
        match = HEADING.match(text)
        if text and not (match and match.lastgroup in ("c", "d", "e") and len(text) <= _SHORT_ITEM):
            break
        if text:
            end, count = j + 1, count + 1
    whole = sum(len(line) for line in lines[i:end]) <= MAX_CHARS
    return end if count > 1 and whole else i


_ANNOUNCES = re.compile(r"(?:下列|以下|如下)[^。;]{0,30}:$")
_SHORT_ITEM = 80


def _label_end(lines: Sequence[str], i: int) -> int:
    """Behind a run of short lines without a stop that stand above text: a title, or a label in a box."""
    end, run = i, 0
    while end < len(lines):
        text = fold(lines[end]).strip()
        run += bool(text)
        if run > _LONGEST_LABEL:
            return i
        short = len(text) <= 40 and text[-1:] not in ("。", ";", "!", "?") and "。" not in text
        if text and (
            not short
            or HEADING.match(text)
            or is_line("ending", text)
            or text[0] in "—•·ØO[|#"
            or is_line("chrome", text)
        ):
            break
        if re.match(r"[(〔\[].*:", text):
            break
        if text and end > i and (_is_box(text) or is_line("annex", text)):
            break
        if squeeze(text) in ("序号", "编号") or (end > i and _is_table(lines, end)):
            return end
        if (_ATTRIBUTE.match(text) and not text.endswith(":")) or _REACHED.search(text) or ARTICLE.match(text):
            break
        end += 1
    if end >= len(lines) or is_line("ending", fold(lines[end]).strip()):
        return i
    return end


_AMOUNT = re.compile(r"\d ?[万亿]?元")  # a heading grants nothing
_REACHED = re.compile(r"(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)")


def _is_table(lines: Sequence[str], at: int) -> bool:
    return bool(lines[at].strip()) and any(table(lines, at, len(lines))[0] for table in (delimited_at, stacked_at))


def _label(walk: _Walk, i: int, end: int) -> None:
    """A run of short lines becomes a title: of an annex, of a box and the label in it, of an inner policy, of a part."""
    rows = [(at, tidy(walk.lines[at])) for at in range(i, end) if walk.lines[at].strip()]
    annex = is_line("annex", fold(rows[0][1]).strip())
    if annex:
        walk.omitted.append((walk.document.line_start + rows.pop(0)[0], "annex label"))
        walk.titles, walk.inner = {}, None
    if rows and _is_box(rows[0][1]):
        at, title = rows.pop(0)
        walk.push(_BOX_RANK, title, at, at)
        while len(rows) > 1 and layout()["columns"].fullmatch(squeeze(rows[0][1])):
            walk.omitted.append((walk.document.line_start + rows.pop(0)[0], "table head"))
    title = "".join(t if not t.endswith(":") else t + " " for _, t in rows)
    if not title:
        return
    if annex or _is_policy_title(title):
        walk.titles, walk.last_number = {}, 0
        walk.inner = None if _same_title(title, walk.document) else title
        whole = squeeze(walk.document.name) + squeeze(walk.document.title)
        known = walk.inner is None and squeeze(title) in whole
        walk.heads.append((rows[0][0], rows[-1][0], walk.document.name if known else title))
    else:
        rank = _LABEL_RANK if walk.titles else _RANK["b"]
        walk.push(rank, title, rows[0][0], rows[-1][0])


def _is_box(text: str) -> bool:
    return len(text) < 60 and _BOX.fullmatch(text) is not None


def _is_policy_title(title: str) -> bool:
    bare = re.sub(r"\([^)]*\)?$", "", title)
    return len(bare) > 6 and re.search(rf"(?:{layout()['title'].pattern})$", bare) is not None


def _same_title(title: str, document: Document) -> bool:
    bare, name = squeeze(title), squeeze(document.name)
    return name in bare or bare in name + squeeze(document.title)


def _paragraph(walk: _Walk, i: int, text: str) -> tuple[Passage | None, int]:
    """A heading is pushed, anything else becomes a passage."""
    match = HEADING.match(text)
    kind, end = "paragraph", _record_end(walk.lines, i)
    if not match and (marked := _marked_rank(walk.lines[i])):
        if _has_body(walk.lines, i, marked):
            walk.push(marked, tidy(unmarked(walk.lines[i])), i, i)
            return None, i + 1
        kind = "list item"
    if match and end > i + 1:
        walk.titles = {r: t for r, t in walk.titles.items() if r < _RANK[match.lastgroup or "e"]}
        return _passage(walk, "record", i, end - 1), end
    if match:
        rank = _RANK[match.lastgroup or "e"]
        first = re.match(r".*?[。;:]", text)
        title = tidy(text).rstrip("。")
        standing = len(text) <= 60 and (first is None or first.end() == len(text)) and not _AMOUNT.search(text)
        if standing and _has_body(walk.lines, i, rank):
            if not (_BOX_RANK in walk.titles and rank >= 5 and not _continues(walk, text)):
                walk.push(rank, title, i, i)
            walk.last_number = _number(text) if rank == 5 else 0 if rank < 5 else walk.last_number
            return None, i + 1
        kind = "list item"
        in_box = _BOX_RANK in walk.titles and rank >= 5 and not _continues(walk, text)
        if not in_box:
            walk.titles = {r: t for r, t in walk.titles.items() if r < rank}
            walk.last_number = _number(text) if rank == 5 else 0 if rank < 5 else walk.last_number
            if first and first.end() <= 60 and not standing and text[first.end() - 1] != ";":
                walk.titles = {r: t for r, t in walk.titles.items() if r < rank} | {
                    rank: tidy(text[: first.end()]).rstrip("。:")
                }
    elif _CLOSING.match(text):
        walk.titles = {}
    elif re.match(r"\[\d+\]|注:|备注:", text):
        kind = "note"
        if text[0] == "[":
            walk.titles, walk.inner = {}, None
    elif text[0] in "•·Ø—":
        kind = "list item"
    elif walk.after_item and re.match(r"[(〔](?:责任|牵头|配合)", text):
        walk.titles = {r: t for r, t in walk.titles.items() if r != walk.after_item}
    walk.after_item = max(walk.titles, default=0) if kind == "list item" and match else 0
    return _passage(walk, kind, i, i), i + 1


def _number(text: str) -> int:
    return int(m[0]) if (m := re.match(r"\d+", text)) else 0


def _continues(walk: _Walk, text: str) -> bool:
    return walk.last_number > 0 and _number(text) == walk.last_number + 1


def _has_body(lines: Sequence[str], i: int, rank: int) -> bool:
    """Whether text or a lower heading follows; a heading above nothing is itself content."""
    for line in lines[i + 1 :]:
        text = plain(line)
        if not text or is_line("chrome", text):
            continue
        match = HEADING.match(text)
        below = _RANK[match.lastgroup or "e"] if match else _marked_rank(line) or _LABEL_RANK
        return not is_line("ending", text) and not is_line("annex", text) and below > rank
    return False


def _marked_rank(line: str) -> int:
    """The rank of a heading that begins with `#`s; 0 for any other line."""
    marks = len(line) - len(line.lstrip("#"))
    return _MARKED_RANK[marks - 1] if 0 < marks <= 6 and line[marks : marks + 1] == " " else 0


def _record_end(lines: Sequence[str], i: int) -> int:
    """Behind the attribute lines 「责任单位:…」 that follow an item."""
    end = i + 1
    for j in range(i + 1, len(lines)):
        text = fold(lines[j]).strip()
        if not text:
            continue
        if (
            not _ATTRIBUTE.match(text)
            or text.endswith(":")
            or is_line("ending", text)
            or is_line("annex", text.split(":")[0])
        ):
            break
        end = j + 1
    return end


def _rows(walk: _Walk, rows: Sequence[Row], i: int) -> Iterator[Passage]:
    above = walk.section
    walk.omitted += [
        (walk.document.line_start + at, "table head") for at in range(i, rows[0].first) if walk.lines[at].strip()
    ]
    for row in rows:
        passage = _passage(walk, "row" if row.recovered else "raw row", row.first, row.last, with_units(tidy(row.text)))
        yield replace(passage, section=(*above, *row.subheads))


def _marked_rows(walk: _Walk, i: int, end: int) -> Iterator[Passage]:
    """Rows that a reader wrote as `| column: value; …`; a cell alone in a table with columns is a subhead of it."""
    texts = [tidy(unmarked(line)) for line in walk.lines[i:end]]
    columned = any(": " in text for text in texts)
    subhead: tuple[str, ...] = ()
    for at, text in enumerate(texts, i):
        parts = text.split("; ")
        if columned and len(parts) == 1 and ": " not in text and len(text) <= 60:
            subhead = (text,)
            walk.heads.append((at, at, text))
            continue
        kind = "row" if all(": " in part for part in parts) else "raw row"
        passage = _passage(walk, kind, at, at, with_units(text))
        yield replace(passage, section=(*passage.section, *subhead))


def _passage(walk: _Walk, kind: str, first: int, last: int, text: str | None = None) -> Passage:
    raw = "\n".join(walk.lines[first : last + 1])
    lead = len(raw) - len(raw.lstrip())
    lead = match.end() if (match := MARK.match(raw, lead)) else lead
    raw = raw[lead:].rstrip().removesuffix("|").rstrip()
    shown = text if text is not None else "\n".join(t for line in raw.split("\n") if (t := tidy(line)))
    start = walk.document.line_start + first
    return Passage(
        "", walk.document.id, walk.section, kind, shown, raw, walk.document.source, start, start + raw.count("\n")
    )


def _with_id(passage: Passage, number: int) -> Passage:
    key = f"{passage.document_id}\n{number}\n{passage.raw}"
    return replace(passage, id=hashlib.sha256(key.encode()).hexdigest()[:12])


def _pieces(passage: Passage) -> list[Passage]:
    """A long paragraph in pieces of whole sentences; rows and records stay whole."""
    if len(passage.raw) <= MAX_CHARS or passage.kind in ("row", "raw row", "head", "record"):
        return [passage]
    spans = [cut for span in sentences(passage.raw) for cut in _hard_cut(*span)]
    groups: list[tuple[int, int]] = []
    for a, b in spans:
        if groups and b - groups[-1][0] <= MAX_CHARS:
            groups[-1] = (groups[-1][0], b)
        else:
            groups.append((a, b))
    return [replace(passage, raw=passage.raw[a:b], text=tidy(passage.raw[a:b])) for a, b in groups]


def _hard_cut(a: int, b: int) -> Iterator[tuple[int, int]]:
    """A "sentence" of thousands of characters is no sentence: it is cut at the limit."""
    while b - a > 2 * MAX_CHARS:
        yield a, a + MAX_CHARS
        a += MAX_CHARS
    yield a, b
