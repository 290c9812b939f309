"""A file → Documents, one policy each, with what the policy says of itself."""

import hashlib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from index.dates import first_date, validity, years_in
from index.errors import PolicyError
from index.fold import fold, squeeze, tidy
from index.texts import decode

SUFFIXES = frozenset((".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".xlsx", ".csv"))
MARK = re.compile(r"#{1,6} |\| ")  # what readers.py puts before a heading and a table row
HEADING = re.compile(
    r"(?:(?P<a>第[一二三四五六七八九十百]+[编章])|(?P<b>[一二三四五六七八九十]+、)|(?P<s>第[一二三四五六七八九十百]+节)|(?P<c>\([一二三四五六七八九十]+\))"
    r"|(?P<d>\d{1,4}(?:[.、] ?(?!\d{1,3}(?!\d))|(?=[\u4e00-\u9fff“]))(?![年月日万亿个项家元]))|(?P<e>\(\d{1,3}\)))"
)
ARTICLE = re.compile(r"第[一二三四五六七八九十百零]+条")
_NUMBER = re.compile(r"([\u4e00-\u9fff]{2,14})([〔\[(]?)((?:19|20)\d\d)([〕\])]?)(?:第)?(\d{1,4})(号?)")
_HEAD_LINES = 12
_META = re.compile(r"[•·*]? ?\[ ?([\u4e00-\u9fff]{2,6}) ?\]")
_META_LINE = re.compile(
    r"(索引号|发布机构|发文机关|发文单位|制发机关|公开责任部门|发文字号|文号|成文日期|发文日期|发布日期|公开日期|生效日期|失效日期|主题分类|主题词|组配分类|公文种类|体裁分类|信息名称|名称|标题|有效性|公开方式|关键词|服务对象) ?: ?([^;]{0,80})"
)


@dataclass(frozen=True, slots=True)
class Document:
    """One policy, notice or news item. What the text does not state is None; lines are 1-based and inclusive."""

    id: str
    title: str
    name: str
    document_number: str | None
    document_number_printed: str | None
    issuers: tuple[str, ...]
    issued_on: date | None
    effective_from: date | None
    valid_until: date | None
    validity_line: int | None
    kind: str
    region: str | None
    source: str
    line_start: int
    line_end: int
    body_line: int
    text: str
    page_starts: tuple[int, ...] = ()

    def page(self, line: int) -> int | None:
        """The page on which a line of the file stands; None for formats without pages."""
        return bisect_right(self.page_starts, line) or None

    def in_force(self, day: date) -> bool | None:
        """Whether the policy holds on a day; None when it does not say until when."""
        if self.effective_from and day < self.effective_from:
            return False
        return None if self.valid_until is None else day <= self.valid_until


@cache
def layout() -> dict[str, re.Pattern[str]]:
    """The patterns of layout.toml, compiled."""
    data = _layout_data()
    whole = {
        key: re.compile("|".join(f"(?:{p})" for p in data[key]))
        for key in ("chrome", "contact", "ending", "remark", "annex")
    }
    words = {
        key: re.compile("|".join(map(re.escape, sorted(data[key], key=len, reverse=True))))
        for key in ("columns", "title", "issuer")
    }
    return whole | words


@cache
def _layout_data() -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_name("layout.toml").read_text(encoding="utf-8"))


def is_line(kind: str, text: str) -> bool:
    """Whether a trimmed, folded line is of a kind of layout.toml as a whole."""
    return layout()[kind].fullmatch(text) is not None


def plain(line: str) -> str:
    """A line folded and trimmed, without the mark of a heading or a table row."""
    return fold(unmarked(line)).strip()


def unmarked(line: str) -> str:
    """A line without the mark of a heading or a table row."""
    return line[match.end() :] if (match := MARK.match(line)) else line


def read_lines(path: Path) -> list[str]:
    """The lines of a text file; raises PolicyError for what is no text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PolicyError(
            f"{path.name} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    return re.split(r"\r\n|\r|\n", decode(data, path.name))


def source_files(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """The files that paths (files or folders) name, each with its name inside the folder, in order of these names.

    In a folder, a README and files of kinds that cannot be read are passed over (`unknown_files` names these). A name
    that an earlier folder has as well is told apart by its folder.
    """
    files: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise PolicyError(f"{path} does not exist; name a file or a folder of files")
        found = sorted(p for p in _inside(path) if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        for file in found:
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            while files.get(name, file) != file:
                name = f"{file.parent.name or '.'}/{name}"
            files[name] = file
    if not files:
        raise PolicyError(
            f"there is no .txt file in {', '.join(map(str, paths))}, nor any of {', '.join(sorted(SUFFIXES))}; put the policies there"
        )
    return [(file, name) for name, file in files.items()]


def unknown_files(paths: Sequence[Path]) -> list[Path]:
    """The files in folders whose kind cannot be read."""
    return sorted(p for path in paths if path.is_dir() for p in _inside(path) if p.suffix.lower() not in SUFFIXES)


def _inside(folder: Path) -> Iterator[Path]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return (p for p in files if p.name[0] != "." and p.stem.upper() != "README")


def cut(lines: Sequence[str], source: str, page_starts: tuple[int, ...] = ()) -> list[Document]:
    """The single policies of one file, in order, and last the contacts of its publisher."""
    found = [*(_document(lines, start, end, source) for start, end in _segments(lines)), _contacts(lines, source)]
    return [replace(document, page_starts=page_starts) for document in found if document]


def _contacts(lines: Sequence[str], source: str) -> Document | None:
    """Who runs the site that a file is from, with phone and address: part of no policy, and asked for all the same."""
    told = ((i, all(is_line(kind, plain(line)) for kind in ("chrome", "contact"))) for i, line in enumerate(lines))
    runs = ([i for i, _ in run] for contact, run in groupby(told, itemgetter(1)) if contact)
    run = next((run for run in runs if _REACHED.search(fold("\n".join(lines[run[0] : run[-1] + 1])))), None)
    if not run:
        return None
    first, last = run[0], run[-1]
    text = "\n".join(lines[first : last + 1])
    title = re.split(r"(?:联系)?(?:电话|传真|地址|邮编|邮箱)", plain(lines[first]))[0] or plain(lines[first])
    return Document(
        id=_id(text), title=title, name=title, document_number=None,
        document_number_printed=None, issuers=(), issued_on=None, effective_from=None, valid_until=None, validity_line=None,
        kind="contact", region=None, source=source, line_start=first + 1, line_end=last + 1, body_line=first + 1, text=text,
    )  # fmt: skip


_REACHED = re.compile(r"(?:电话|传真)[^\n]{0,12}\d{7,}|(?:电话|传真)[^\n]{0,4}[+\d][\d-]{8,}|地址:")


def _segments(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """0-based half-open ranges: a line 「来源:…」 ends a policy, a new number under a new title begins one."""
    start, body = 0, False
    for at, raw in enumerate(lines):
        text = plain(raw)
        if text.endswith("。") or (len(text) > 60 and not raw.startswith("| ")):
            body = True
        if is_line("ending", text) and len(text) < 60 and (body or at - start > _HEAD_LINES):
            yield start, at + 1
            start, body = at + 1, False
        elif body and _document_number(text) and (head := _title_above(lines, start, at)) > start:
            yield start, head
            start, body = head, False
    yield start, len(lines)


def _title_above(lines: Sequence[str], start: int, at: int) -> int:
    """Where the title begins that stands right above line `at`; `start` when there is none."""
    top, seen = at, ""
    for i in range(at - 1, start, -1):
        text = plain(lines[i])
        if text and (len(text) > 45 or text[-1] in "。;:!" or HEADING.match(text) or is_line("remark", text)):
            break
        if text:
            top, seen = i, text + seen
    return top if "关于" in seen and re.search(r"通知$|决定$|意见$|公告$|通告$|批复$|办法$", seen) else start


def _document(lines: Sequence[str], start: int, end: int, source: str) -> Document | None:
    numbered = [(i, text) for i in range(start, end) if (text := plain(lines[i]))]
    content = [(i, t) for i, t in numbered if not is_line("chrome", t)]
    content = [(i, t) for i, t in content if not is_line("ending", t) or i == content[-1][0]]
    meta, content = _metadata(content)
    if not any(not is_line("ending", t) for _, t in content):
        return None
    first, last = next(i for i, t in numbered if not is_line("chrome", t)), content[-1][0]
    text = "\n".join(lines[first : last + 1])
    titled = next((k for k, (i, _) in enumerate(content[:_HEAD_LINES]) if lines[i].startswith("# ")), None)
    rows = [k for k, (i, _) in enumerate(content) if lines[i].startswith("| ")]
    table = next((k for k in rows if titled is None or k > titled), len(content))
    for k in rows[:_HEAD_LINES]:  # 「发文字号: …; 成文日期: …」 above the title of a page
        if k < (titled or 0):
            meta |= {label: value for label, _, value in (part.partition(": ") for part in content[k][1].split("; "))}
    body, title_lines, signature = _head(content[:table], titled)
    printed = meta.get("发文字号") or next((n for _, t in content[:body] if (n := _document_number(t))), None)
    title, issuers = _title(title_lines, content, body)
    issued = first_date(meta.get("成文日期", "")) or next(
        (d for t in reversed(signature) if len(t) < 30 and (d := first_date(t))), None
    )
    issuers = issuers or _issuers(signature) or tuple(filter(None, [meta.get("发布机构")]))
    start_day, until, validity_line = _validity(content, issued, title) if body else (None, None, None)
    return Document(
        id=_id(text), title=title, name=_name(title), document_number=_mend(printed), document_number_printed=printed,
        issuers=issuers, issued_on=issued, effective_from=start_day, valid_until=until, validity_line=validity_line,
        kind=_kind(title, bool(body), content), region=_region(title, issuers), source=source,
        line_start=first + 1, line_end=last + 1, body_line=content[body][0] + 1 if body < len(content) else last + 2, text=text,
    )  # fmt: skip


def _id(text: str) -> str:
    """The same for the same text, however it is spaced."""
    return hashlib.sha256(squeeze(text).encode()).hexdigest()[:12]


def _metadata(content: list[tuple[int, str]]) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Pairs 「• [ 发文字号 ]」「• 值」 and lines 「发文字号:值」 at the head of a page, and the content without them."""
    meta: dict[str, str] = {}
    rest: list[tuple[int, str]] = []
    key = None
    for at, text in content:
        if match := _META.fullmatch(text):
            key = match[1]
        elif key and text[0] in "•·*":
            meta[key], key = text[1:].strip(), None
        elif len(rest) < _HEAD_LINES and (match := _META_LINE.fullmatch(text)):
            meta.setdefault(_SAME.get(match[1], match[1]), match[2].strip())
        else:
            rest.append((at, text))
    return meta, rest


_SAME = {
    "文号": "发文字号",
    "发文日期": "成文日期",
    "发文机关": "发布机构",
    "发文单位": "发布机构",
    "制发机关": "发布机构",
}


def _document_number(text: str) -> str | None:
    """The line as a document number (文号), as printed; None when it is none."""
    match = _NUMBER.fullmatch(text.replace(" ", "")) if len(text) < 40 else None
    return match[0] if match and (match[2] or match[4]) else None


def _mend(printed: str | None) -> str | None:
    """渝经信发〔202464 → 渝经信发〔2024〕64号."""
    match = _NUMBER.fullmatch(printed.replace(" ", "")) if printed else None
    return f"{match[1]}〔{match[3]}〕{match[5]}号" if match else None


def _head(content: list[tuple[int, str]], titled: int | None) -> tuple[int, list[str], list[str]]:
    """How many content lines are front matter, its title lines, and the lines of the signature.

    `titled` is the line that the format itself marks as the title: what stands above it is no title.
    """
    texts = [text for _, text in content]
    limit = next((i for i, t in enumerate(texts) if len(t) > 90 or HEADING.match(t)), len(texts))
    salutation = next((i for i, t in enumerate(texts[: min(limit, 25)]) if t.endswith(":") and len(t) > 4), None)
    number = next((i for i, t in enumerate(texts[: min(limit, 12)]) if _document_number(t)), None)
    if salutation is None and number is None:
        return _bare_head(texts) if titled is None else (titled + 1, [texts[titled]], [])
    top = salutation if salutation is not None else (number or 0) + 1
    near = range(top + 1, min(top + 14, len(texts)))
    first = next((i for i in near if HEADING.match(texts[i]) or ARTICLE.match(texts[i])), len(texts))
    signed = next((i for i in near if i < first and len(texts[i]) < 40 and first_date(texts[i])), None)
    body = (signed if signed is not None else top) + 1
    while body < len(texts) and is_line("remark", texts[body]):
        body += 1
    if salutation is not None and signed is None:
        body = top
    return body, texts[titled if titled is not None and titled < top else 0 : top], texts[top + 1 : body]


def _bare_head(texts: list[str]) -> tuple[int, list[str], list[str]]:
    """A policy without salutation or number: title lines right above the first heading or paragraph."""
    end = next((i for i, t in enumerate(texts) if len(t) > 45 or t[-1] in "。;" or HEADING.match(t)), len(texts))
    joined = "".join(texts[:end])
    if 0 < end <= 6 and re.search(rf"(?:{layout()['title'].pattern})(?:\([^)]*\))?$", joined):
        return end, texts[:end], []
    return 0, [], []


def _title(title_lines: list[str], content: list[tuple[int, str]], body: int) -> tuple[str, tuple[str, ...]]:
    """The whole title, joined over its lines, and the issuers that stand above or in it."""
    groups: list[list[str]] = [[]]
    for text in title_lines:
        if _document_number(text):
            groups.append([])
        else:
            groups[-1].append(tidy(text) if not _is_issuer(text) else squeeze(text))
    best = ""
    issuers: tuple[str, ...] = ()
    for group in groups:
        above = tuple(t for i, t in enumerate(group) if _is_issuer(t) and (i + 1 < len(group) or _ends(group[:i])))
        rest = "".join(t for t in group if t not in above)
        leading = above if group and group[0] in above else ()  # an authority below the title is no part of it
        whole = (" ".join(leading) if len(leading) > 1 else "".join(leading)) + rest
        if "关于" in whole or not best:
            same = _bare(rest) == _bare(best.removeprefix(" ".join(issuers)).removeprefix("".join(issuers)))
            best = whole if not same or (len(issuers) < len(above) and "—" in rest + "—"[: "—" not in best]) else best
            issuers = above or issuers
    if best:
        head = re.match(r"(.{4,40}?)关于", best)
        return _mend_years(best), issuers or ((head[1],) if head and _is_issuer(head[1]) else ())
    if found := next(
        (m[1] for _, t in content[:body] if (m := re.search(r"《([^》]+)》已经.{0,12}(?:同意|批准|审议通过)", t))), None
    ):
        return found, ()
    return _first_words(content[body][1] if body < len(content) else content[0][1]), ()


def _ends(title_lines: Sequence[str]) -> bool:
    """Whether the lines above are a whole title, so that an authority below them has issued it."""
    return re.search(rf"(?:{layout()['title'].pattern})(?:\([^)]*\))?$", fold("".join(title_lines))) is not None


def _bare(title: str) -> str:
    return re.sub(r"[《》()\d年—\s]|20\d\d", "", title)


def _mend_years(title: str) -> str:
    title = re.sub(r"(?<!\d)(20\d\d)(20\d\d)年", r"\1—\2年", title)
    return title if title.count("(") == title.count(")") else re.sub(r"(?<![(\d])(20\d\d—20\d\d年\))", r"(\1", title)


def _first_words(text: str, size: int = 48) -> str:
    sentence = re.split(r"[。!?;]", tidy(text))[0]
    return sentence if len(sentence) <= size else sentence[:size].rstrip(",、:(") + "…"


def _is_issuer(text: str) -> bool:
    bare = squeeze(text)
    return (
        4 <= len(bare) <= 24
        and "关于" not in bare
        and re.search(rf"(?:{layout()['issuer'].pattern})$", bare) is not None
        and "的" not in bare
    )


def _issuers(signature: list[str]) -> tuple[str, ...]:
    names = [name for line in signature if len(line) < 60 and not first_date(line) for name in _names_in(line)]
    return tuple(dict.fromkeys(names))


def _names_in(line: str) -> list[str]:
    parts = re.split(r"\s+", line.strip())
    if len(parts) > 1 and all(len(p) >= 3 for p in parts) and any(map(_is_issuer, parts)):
        return parts
    return [squeeze(line)] if _is_issuer(line) else []


def _name(title: str) -> str:
    """The policy that a notice brings: the title without 「…关于印发…的通知」."""
    match = re.search(r"关于(?:印发|发布|公布|转发)《?(.+?)》?的(?:通知|公告|决定)$", title)
    return match[1] if match else title


def _kind(title: str, has_head: bool, content: list[tuple[int, str]]) -> str:
    if not has_head:
        first = content[0][1]
        return "reading guide" if "解读" in title + first[-40:] else "list" if HEADING.match(first) else "news"
    kinds: dict[str, str] = _layout_data()["kinds"]  # type: ignore[assignment]
    return next((kind for pattern, kind in kinds.items() if re.search(pattern, _name(title))), "notice")


def _region(title: str, issuers: tuple[str, ...]) -> str | None:
    place = r"(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,4}?市(?!场))?(?:[\u4e00-\u9fff]{1,4}?(?:新区|区|县|旗)(?=人民|经济|发展|建设|政府))?"
    return next((match[0] for text in (*issuers, title) if (match := re.match(place, text)) and match[0]), None)


def _validity(
    content: list[tuple[int, str]], issued: date | None, title: str
) -> tuple[date | None, date | None, int | None]:
    """Day of effect, last day, and the line that says so; a period of one item of a list is not the policy's."""
    start, end, line = None, None, None
    for at, text in content:
        own = re.search(
            r"规划期|实施期限|有效期|本(?:政策|办法|措施|方案|行动计划|规划|规定|意见|通知|细则)|以上(?:政策|措施)",
            text,
        )
        if own and not re.match(r"[\u4e00-\u9fff]{4}:", text) and (found := validity(text, issued)):
            if "许可证" in text or "证书" in text:
                continue
            start, end, line = start or found.start, end or found.end, line if end else at + 1
    if end is None and (years := years_in(title)):
        start, end = start or date(years[0], 1, 1), date(years[1], 12, 31)
    return start, end, line
