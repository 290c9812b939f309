"""The Policies tab as HTML: every document with its dates, and a time line of what holds when."""

from collections.abc import Sequence
from datetime import date
from html import escape

from assistant.page import badge, both, counted, gist, iso, options
from assistant.page_lookup import kind_words
from index.documents import Document

Listed = Sequence[tuple[Document, int]]  # a document and how many passages it has
ORDERS = (
    ("issued", "日期，新的在前", "Date, newest first"), ("until", "有效期，晚的在前", "Validity, longest first"),
    ("name", "名称", "Title"), ("issuer", "发布机关", "Issuer"), ("passages", "段落数，多的在前", "Passages, most first"),
)  # fmt: skip
_TICKS = 5


def listing_tools() -> str:
    """The filter box and the order; the script filters and sorts the rows."""
    return (
        f'<form class="listing" novalidate><label class="grow"><span class="label">{both("筛选", "Filter")}</span>'
        '<input id="narrow" type="search" autocomplete="off" spellcheck="false" data-zh="名称、文号、机关、有效或到期……" data-en="Title, number, issuer, in force, ran out …"></label>'
        f'<label><span class="label">{both("排序", "Sort by")}</span><select id="order">{options(ORDERS)}</select></label></form>'
    )


def policies_table(listed: Listed, today: date) -> str:
    """All documents, newest first, each with a bar on a common time line."""
    newest = sorted(listed, key=lambda pair: pair[0].issued_on or date.min, reverse=True)
    line = _TimeLine.over([document for document, _ in listed], today)
    rows = "".join(_row(document, passages, line, today) for document, passages in newest)
    heads = f'<th scope="col">{both("政策", "Policy")}</th><th scope="col" class="time">{both("有效期", "Validity")}{line.axis()}</th>'
    return (
        f'<table class="policies"><caption class="sr">{both("全部政策文件和有效期", "All policy documents and when they hold")}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f'<p class="hint none-left" hidden>{both("没有符合的文件，请换一个词。", "No document fits; try another word.")}</p>'
    )


def _row(document: Document, passages: int, line: "_TimeLine", today: date) -> str:
    sort = {
        "issued": iso(document.issued_on) or "",
        "until": iso(document.valid_until) or "",
        "name": document.name,
        "issuer": "、".join(document.issuers) or "～",
        "passages": f"{passages:06}",
    }
    keys = " ".join(f'data-{name}="{escape(value)}"' for name, value in sort.items())
    kind = f"<span>{both(*map(escape, kind_words(document.kind)))}</span>"
    size = f"<span>{both(f'{passages}段', counted(passages, 'passage'))}</span>"
    return (
        f'<tr {keys}><td><button type="button" class="policy" data-do="open" data-document="{escape(document.id)}" lang="zh-CN" dir="auto">{escape(document.name)}</button>'
        f'{gist(document)}<p class="gist">{kind}{size}</p></td>'
        f'<td class="time">{badge(document.valid_until, document.in_force(today), today)}{line.bar(document)}</td></tr>'
    )


class _TimeLine:
    """Years from left to right in percent; every bar stands on the same scale."""

    def __init__(self, first: int, last: int, today: date):
        self.first, self.last, self.today = first, last, today

    @classmethod
    def over(cls, documents: Sequence[Document], today: date) -> "_TimeLine":
        """From the first year that a document names to the last."""
        days = [d for doc in documents for d in (_begin(doc), doc.valid_until) if d] + [today]
        return cls(min(days).year, max(days).year + 1, today)

    def at(self, day: date) -> float:
        """Where a day stands, 0 to 100."""
        year = day.year + (day.timetuple().tm_yday - 1) / 366
        return round(100 * (year - self.first) / (self.last - self.first), 2)

    @property
    def ticks(self) -> list[int]:
        """The years that are named."""
        return list(range(self.first, self.last, max(1, -(-(self.last - self.first) // _TICKS))))

    def axis(self) -> str:
        """The years over the bars."""
        years = "".join(f'<text x="{self.at(date(year, 1, 1))}%" y="14">{year}</text>' for year in self.ticks)
        return f'<svg class="line" height="18" aria-hidden="true" focusable="false">{years}</svg>'

    def bar(self, document: Document) -> str:
        """When a document holds; dots where it does not say until when."""
        begin, until, now = _begin(document), document.valid_until, self.at(self.today)
        drawn = "".join(f'<line class="tick" x1="{x}%" x2="{x}%" y1="0" y2="100%"/>' for x in (self.at(date(year, 1, 1)) for year in self.ticks))  # fmt: skip
        drawn += f'<line class="today" x1="{now}%" x2="{now}%" y1="0" y2="100%"/>'
        if begin and until:
            kind = "past" if until < self.today else "coming" if begin > self.today else "now"
            wide = max(self.at(until) - self.at(begin), 0.8)
            drawn += f'<rect class="{kind}" x="{self.at(begin)}%" y="50%" width="{wide:.2f}%" height="10" rx="3" transform="translate(0 -5)"/>'
        elif begin:
            drawn += f'<line class="open" x1="{self.at(begin)}%" x2="100%" y1="50%" y2="50%"/><circle cx="{self.at(begin)}%" cy="50%" r="4"/>'
        words = _period(begin, until)
        return f'<svg class="line" role="img" height="22"><title>{escape(words)}</title>{drawn}</svg>'


def _begin(document: Document) -> date | None:
    return document.effective_from or document.issued_on


def _period(begin: date | None, until: date | None) -> str:
    return f"{iso(begin) or '?'} – {iso(until) or '?'}"
