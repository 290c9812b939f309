"""The Look up tab as HTML: the search form with its filters, and the hits."""

from collections.abc import Sequence
from datetime import date
from html import escape

from assistant.answers import Citation
from assistant.lookup import DISTRICT, MUNICIPAL, Choices, Wanted
from assistant.page import badge, both, copies, counted, gist, options, original, place, row

KINDS = {
    "notice": ("通知", "Notice"), "plan": ("规划、计划、方案", "Plan"), "measures": ("政策措施", "Measures"), "regulation": ("办法、细则", "Regulation"),
    "opinions": ("意见", "Opinions"), "decision": ("决定", "Decision"), "announcement": ("公告", "Announcement"), "news": ("新闻", "News"),
    "list": ("清单", "List"), "reading guide": ("解读", "Reading guide"), "contact": ("网站联系方式", "Contacts of the site"),
}  # fmt: skip
_BEFORE, _AFTER = 60, 90  # characters shown around the sentence found


def kind_words(kind: str) -> tuple[str, str]:
    """A kind of document in Chinese and English."""
    return KINDS.get(kind, (kind, kind))


def _filters(known: Choices) -> tuple[tuple[str, str, list[tuple[str, str, str]]], ...]:
    """The filters as (name, words, options); their values come from the documents."""
    anything = ("", "全部", "All")
    return (
        ("issuer", both("发布机关", "Issuer"), [anything, *((name, name, name) for name in known.issuers)]),
        ("year", both("年份", "Year"), [anything, *((year, f"{year}年", year) for year in known.years)]),
        ("kind", both("类型", "Kind"), [anything, *((kind, *kind_words(kind)) for kind in known.kinds)]),
        (
            "area",
            both("地区", "Area"),
            [
                anything,
                (MUNICIPAL, "市级", "Municipal"),
                (DISTRICT, "区县级", "District"),
                *((r, r, r) for r in known.regions),
            ],
        ),
    )


def filter_options(known: Choices) -> str:
    """The options of all filters, for the script to put into the form when the documents have changed."""
    return "".join(f'<select data-name="{name}">{options(values)}</select>' for name, _, values in _filters(known))


def look_up_form(known: Choices, limit: int) -> str:
    """The search box and the filters, their values from the documents."""
    filters = "".join(
        f'<label><span class="label">{words}</span><select name="{name}">{options(values)}</select></label>'
        for name, words, values in _filters(known)
    )
    return (
        f'<form class="find-form" role="search" novalidate><div class="find-box"><label class="sr" for="words">{both("查找原文", "Look up in the originals")}</label>'
        f'<input id="words" name="words" type="search" autocomplete="off" spellcheck="false" maxlength="{limit}" data-zh="输入关键词、文号或一句话" data-en="Words, a document number or a sentence">'
        f'<kbd aria-hidden="true">/</kbd></div><div class="filters">{filters}<label><span class="label">{both("在此日有效", "In force on")}</span><input type="date" name="day"></label>'
        f'<label><span class="label">{both("排序", "Sort by")}</span><select name="sort">{options((("best", "相关程度", "Relevance"), ("date", "日期，新的在前", "Date, newest first")))}</select></label></div></form>'
    )


def nothing_sought() -> str:
    """Before the first word: what can be done here."""
    return _hint(
        both("查找原文", "Look up the originals"),
        both("边输入边查找，中文、英文、文号都可以。", "Results come as you type, in Chinese or English; a document number works too."),
        f'<ul class="keys"><li><kbd>/</kbd> {both("开始输入", "write")}</li><li><kbd>↑</kbd> <kbd>↓</kbd> {both("选择", "move")}</li>'
        f'<li><kbd>Enter</kbd> {both("打开原文", "open")}</li><li><kbd>Esc</kbd> {both("关闭", "close")}</li></ul>',
    )  # fmt: skip


def look_up_failed(problem: str) -> str:
    """What went wrong, as HTML of `notice`, in the place of the hits."""
    return _hint(both("没有查成", "The look-up failed"), problem, "")


def hits_list(wanted: Wanted, found: Sequence[Citation], today: date) -> str:
    """The hits in their order, or what to do when there is none."""
    if not wanted.words:
        return nothing_sought()
    if not found:
        return _nothing_found(wanted)
    policies = len({citation.document.id for citation in found})
    count = both(
        f"{len(found)}处，出自{policies}份文件",
        f"{counted(len(found), 'passage')} in {counted(policies, 'document')}",
    )
    return f'<p class="found">{count}</p><ol class="hits">{"".join(_hit(citation, today) for citation in found)}</ol>'


def _hit(citation: Citation, today: date) -> str:
    document, section = citation.document, citation.passage.section[1:]
    chain = " › ".join(section[-2:])
    where = f'<p class="chain" lang="zh-CN" dir="auto">{escape(chain)}</p>' if chain else ""
    return (
        f'<li class="hit"><h3><button type="button" class="hit-open" {place(citation)} lang="zh-CN" dir="auto">{escape(document.name)}</button></h3>'
        f'<div class="hit-about">{badge(citation.valid_until, citation.in_force, today)}{gist(document)}</div>{where}'
        f'<div class="hit-text" lang="zh-CN" dir="auto">{_sentence(citation)}</div><div class="hit-tools">{copies(citation)}</div></li>'
    )


def _sentence(citation: Citation) -> str:
    """The sentence found, marked, with a little of what stands around it; a table row as columns and values."""
    if citation.passage.kind in ("row", "raw row"):
        return f'<div class="marked">{row(citation.passage)}</div>'
    raw, quote = citation.passage.raw, citation.quote
    start = raw.index(quote)
    before, after = raw[:start], raw[start + len(quote) :]
    before = f"…{before[-_BEFORE:]}" if len(before) > _BEFORE else before
    after = f"{after[:_AFTER]}…" if len(after) > _AFTER else after
    return f"{original(before)}<mark>{original(quote)}</mark>{original(after)}"


def _nothing_found(wanted: Wanted) -> str:
    if wanted.filtered:
        return _hint(
            both("没有找到", "Nothing found"),
            both("在筛选出的文件里没有相近的内容。请放宽筛选，或换一个说法。", "No passage in the filtered documents is near to this. Widen the filters, or say it in other words."),
            f'<button type="button" class="plain" data-find="widen">{both("取消全部筛选", "Clear all filters")}</button>',
        )  # fmt: skip
    return _hint(
        both("没有找到", "Nothing found"),
        both("资料中没有相近的内容。请换一个说法，或少写几个词。", "No passage is near to this. Say it in other words, or in fewer."),
        f'<button type="button" class="plain" data-do="tab" data-tab="policies">{both("看看有哪些政策", "See which policies there are")}</button>',
    )  # fmt: skip


def _hint(title: str, words: str, more: str) -> str:
    return f'<div class="hint"><h2>{title}</h2><p>{words}</p>{more}</div>'
