"""What every part of the page shares, as HTML. Whatever comes from documents, users or file names is escaped in the page files."""

import re
from collections.abc import Iterable
from datetime import date
from html import escape

from assistant.answers import Citation
from assistant.wording import day
from index.documents import Document
from index.passages import Passage

TABS = (("ask", "talk", "提问", "Ask"), ("lookup", "find", "查找", "Look up"), ("policies", "list", "政策", "Policies"))
OWN_TAB = ("own", "mine", "我的文件", "My documents")
LANG = {"zh": "zh-CN", "en": "en"}
_BREAK = re.compile(r"\n\s*")


def both(chinese: str, english: str) -> str:
    """The page's own words in both languages; the style sheet shows the chosen one."""
    return f'<span class="zh" lang="zh-CN">{chinese}</span><span class="en" lang="en">{english}</span>'


def counted(number: int, english: str) -> str:
    """1 passage, 2 passages."""
    return f"{number} {english}{'' if number == 1 else 's'}"


def notice(kind: str, about: object = "") -> str:
    """What goes wrong, said so that the visitor can mend it."""
    match kind:
        case "empty":
            return both("请先写下问题。", "Please write a question first.")
        case "long":
            return both(
                f"问题最多{about}个字，请缩短后再问。",
                f"A question may have {about} characters at most; please shorten it.",
            )
        case "gone":
            return both(
                "资料已更新，这一处已不在其中；请重新提问或查找。",
                "The documents have changed and this place is no longer among them; please ask or look up again.",
            )
        case "thanks":
            return both("谢谢，已记下。", "Thank you, noted.")
        case "said":
            return f'<span dir="auto">{escape(str(about))}</span>'
    return both(
        "程序出错，没有结果；详情见服务日志。请再试一次。",
        "Something went wrong in the program; the log has the details. Please try again.",
    )


def header(own: bool = False) -> str:
    """The name of the page, the tabs (`own`: that of the own documents as well), the switches for language and colours."""
    tabs = "".join(
        f'<button type="button" role="tab" id="tab-{name}" data-do="tab" data-tab="{name}" aria-controls="{panel}" aria-selected="false" tabindex="-1">{both(chinese, english)}</button>'
        for name, panel, chinese, english in (*TABS, *([OWN_TAB] if own else []))
    )
    return (
        f'<header class="bar"><h1>{both("政策助手", "Policy assistant")}</h1>'
        f'<div class="tabs" role="tablist" aria-label="功能 / Sections">{tabs}</div><div class="bar-tools">'
        '<div class="switch" role="group" aria-label="语言 / Language">'
        '<button type="button" data-do="language" data-language="zh" lang="zh-CN">中文</button><button type="button" data-do="language" data-language="en" lang="en">English</button></div>'
        f'<button type="button" class="icon" data-do="theme"><span aria-hidden="true">◐</span><span class="sr">{both("切换深色或浅色", "Switch between light and dark")}</span></button></div>'
        '<p class="sr" role="status" id="said"></p></header>'
    )


def badge(until: date | None, in_force: bool | None, today: date | None = None) -> str:
    """Whether a policy holds: in force, ran out on a day, not yet in force, period not stated."""
    chinese, english = (day(until, "zh"), day(until, "en")) if until else ("", "")
    if in_force and until:
        kind, words = "good", both(f"有效期至{chinese}", f"In force until {english}")
    elif in_force is None:
        kind, words = "none", both("未写明期限", "Period not stated")
    elif until and until < (today or date.today()):
        kind, words = "bad", both(f"已于{chinese}到期", f"Ran out on {english}")
    else:
        kind, words = "none", both("尚未生效", "Not yet in force")
    return f'<span class="badge {kind}">{words}</span>'


def gist(document: Document) -> str:
    """Number, issuers and date of a document on one line; what it does not say is left out."""
    words = (document.document_number, "、".join(document.issuers))
    parts = [f'<span dir="auto">{escape(part)}</span>' for part in words if part]
    if document.issued_on:
        parts.append(f'<span class="day">{document.issued_on.isoformat()}</span>')
    return f'<p class="gist" lang="zh-CN">{"".join(parts)}</p>'


def iso(value: date | None) -> str | None:
    """2022-07-28, or None."""
    return value.isoformat() if value else None


def opener(citation: Citation) -> str:
    """The button [n] that opens the source of an answer."""
    return f'<button type="button" class="mark" {place(citation)}>[{citation.number}]<span class="sr">{both("查看原文", " see the original")}</span></button>'


def place(citation: Citation) -> str:
    """The attributes of a button that opens a citation: passage and span, which outlive the server."""
    start, end = quote_span(citation)
    return f'data-do="open" data-number="{citation.number}" data-passage="{escape(citation.passage.id)}" data-start="{start}" data-end="{end}"'


def quote_span(citation: Citation) -> tuple[int, int]:
    """Where the quote stands in its passage: of equal places the one on the cited line."""
    raw, quote = citation.passage.raw, citation.quote
    places = [m.start() for m in re.finditer(re.escape(quote), raw)] if quote else []
    start = next(
        (at for at in places if citation.passage.line_start + raw.count("\n", 0, at) == citation.line_start),
        places[0] if places else 0,
    )
    return start, start + len(quote) if places else start


def original(text: str) -> str:
    """Words as they stand in the file, a break of lines as a small gap."""
    return _BREAK.sub(lambda m: f'<span class="gap">{m[0]}</span>', escape(text))


def cells(passage: Passage) -> list[tuple[str, str]]:
    """The cells of a table row as (column, value); "" for a column that is not known."""
    found: list[tuple[str, str]] = []
    for part in passage.text.split("; "):
        column, colon, value = part.partition(": ")
        if colon and len(column) <= 40:
            found.append((column, value))
        elif found and passage.kind == "row":  # a value with a semicolon in it
            found[-1] = (found[-1][0], f"{found[-1][1]}; {part}")
        else:
            found.append(("", part))
    return found


def row(passage: Passage) -> str:
    """A table row that stands alone, as columns and values."""
    return f'<dl class="row-cells">{"".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in cells(passage))}</dl>'


def copies(citation: Citation) -> str:
    """The buttons that copy a citation, as text and as Markdown."""
    return copy_button(cited_as(citation), both("复制引文", "Copy citation")) + copy_button(
        cited_as(citation, markdown=True), both("复制 Markdown", "Copy Markdown")
    )


def copy_button(text: str, words: str) -> str:
    """A button that copies a text; `words` are HTML."""
    return f'<button type="button" class="copy" data-do="copy" data-copy="{escape(text)}">{words}</button>'


def cited_as(citation: Citation, markdown: bool = False) -> str:
    """A citation to paste: quote, title, number, date, place."""
    document = citation.document
    number = f"（{document.document_number}）" if document.document_number else ""
    issued = f"，{document.issued_on.isoformat()}" if document.issued_on else ""
    quote = re.sub(r"\s*\n\s*", " ", citation.quote)
    where = f"{citation.passage.source}:{citation.line_start}"
    if markdown:
        return f"> {plain_markdown(quote)}\n>\n> — **《{plain_markdown(document.name)}》**{number}{issued}. `{where}`"
    return f"“{quote}”\n——《{document.name}》{number}{issued}。{where}"


def plain_markdown(text: str) -> str:
    """Text that Markdown shows as it is: its signs and HTML get a backslash."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)


def options(values: Iterable[tuple[str, str, str]]) -> str:
    """The options of a choice, each as (value, Chinese, English); the script shows the language of the page."""
    return "".join(
        f'<option value="{escape(value)}" data-zh="{escape(chinese)}" data-en="{escape(english)}">{escape(chinese)}</option>'
        for value, chinese, english in values
    )
