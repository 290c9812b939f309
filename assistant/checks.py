"""No figure, date or quote leaves an answer without standing in what it cites or in a shown sum."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from assistant.answers import Citation
from assistant.quantities import Quantity, quantities
from index.dates import first_date
from index.fold import fold
from index.numbers import numbers

_MARK = re.compile(r"\[(\d+)\]")


def unsupported(
    text: str, citations: Sequence[Citation], question: str = "", worked_out: Iterable[Decimal] = ()
) -> list[str]:
    """The numbers of an answer that stand in no cited passage, document fact, question or shown sum, as written.

    Money, percentages and power must stand there with their unit and basis; a day of the month bears no amount.
    """
    bearing = " ".join(_bearing(c) for c in citations) + " " + question
    worked = set(worked_out)
    borne = list(quantities(bearing))
    known = {n.value for n in numbers(bearing)} | {q.value for q in borne} | worked
    known |= {Decimal(part) for c in citations for day in _days(c) for part in (day.year, day.month, day.day)}
    measured = {(q.value, q.unit) for q in borne}
    per = {(q.value, q.unit, q.per) for q in borne} | set(_capped_each(bearing, borne))
    bare = _MARK.sub(" ", text)
    strict = [q for q in quantities(bare) if q.unit in ("元", "%", "‰", "千瓦", "公里") and q.value not in worked]
    wrong = [
        q.written
        for q in strict
        if (q.value, q.unit) not in measured or (q.per and q.unit == "元" and (q.value, q.unit, q.per) not in per)
    ]
    return wrong + [n.written for n in numbers(bare) if n.value not in known and not any(n.written in w for w in wrong)]


def _capped_each(text: str, borne: Sequence[Quantity]) -> Iterator[tuple[Decimal, str, str]]:
    """Caps on one station or vehicle: 单站补贴最高不超过80万元 bears "800,000 yuan per station"."""
    for q in borne:
        if one := re.search(r"[单每]个?([站车])[^,。;]{0,20}$", text[max(0, q.start - 24) : q.start]):
            yield q.value, q.unit, {"站": "站", "车": "辆"}[one[1]]


def broken_quotes(citations: Sequence[Citation]) -> list[int]:
    """The numbers of citations whose quote is no slice of its passage."""
    return [c.number for c in citations if not c.quote.strip() or c.quote not in c.passage.raw]


def marks_out_of_range(text: str, citations: Sequence[Citation]) -> list[int]:
    """Marks [n] without a citation n."""
    known = {c.number for c in citations}
    return [int(m) for m in _MARK.findall(text) if int(m) not in known]


def _bearing(citation: Citation) -> str:
    document = citation.document
    return fold(
        " ".join(
            [
                citation.passage.raw,
                citation.passage.text,
                *citation.passage.section,
                document.title,
                document.document_number or "",
            ]
        )
    )


def _days(citation: Citation) -> list[date]:
    d = citation.document
    return [
        x for x in (d.issued_on, d.effective_from, d.valid_until, citation.valid_until, first_date(citation.quote)) if x
    ]
