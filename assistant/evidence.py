"""Which sentences answer, and whether the corpus answers at all."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.facts import allows
from assistant.quantities import Bound, Quantity, bounds, quantities
from assistant.questions import Question, places
from index.asked import holds
from index.dates import validity, years_in
from index.documents import Document
from index.fold import fold, squeeze
from index.passages import Passage, units
from index.search import Hit, Index, Unit

LOOKED_AT = 8
QUOTE_CHARS = 260
_RESPONSIBLE = re.compile(r"^[(〔]?(?:责任|牵头)单位")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of a passage's `raw` that answers, and its words for reading."""

    passage: Passage
    start: int
    end: int
    text: str

    @property
    def quote(self) -> str:
        """The exact slice."""
        return self.passage.raw[self.start : self.end]

    @property
    def lines(self) -> tuple[int, int]:
        """The 1-based lines of the slice in the source file."""
        first = self.passage.line_start + self.passage.raw.count("\n", 0, self.start)
        return first, first + self.quote.count("\n")


def choose(question: Question, hits: Sequence[Hit], index: Index) -> list[Evidence]:
    """The spans to quote, the one that answers first; none when there is no hit."""
    looked_at = hits[:LOOKED_AT]
    if not looked_at:
        return []
    kind = question.kinds[0] if question.kinds else ""
    if special := _of_policy(kind, question, looked_at, index):
        return [special]
    hit = looked_at[0]
    main = _span(question, hit)
    if kind and not holds(kind, main.text) and (own := [u for u in hit.units if u.holds]):
        return [main, Evidence(hit.passage, own[0].start, own[0].end, own[0].text)]
    if kind == "office" and not holds("office", main.text) and (office := _office(hit, looked_at, index)):
        return [office] if office.passage.kind == "row" else [main, office]
    if kind == "apply" and not holds("apply", main.text) and (how := _in_policy(hit, index, kind)):
        return [how]
    if main.passage.kind == "row" and "list" in question.kinds and (rows := _rows_like(hit, looked_at)):
        return [main, *rows]
    second = _second(question, hit, looked_at)
    return [main, second] if second else [main]


def missed(question: Question, text: str) -> list[tuple[Quantity, Bound]]:
    """The asker's quantities that a sentence's bounds shut out: 28 yuan per kg against 不高于25元/千克."""
    limits = list(bounds(text))
    shut_out = [q for q in question.quantities if not allows([b for b in limits if _comparable(q, b.quantity)], q)]
    return [(q, b) for q in shut_out for b in limits if _comparable(q, b.quantity) and not b.holds_for(q.value)]


def _comparable(asked: Quantity, bound: Quantity) -> bool:
    return (
        asked.unit == bound.unit
        and asked.per == bound.per
        and asked.unit not in ("%", "‰")
        and (asked.unit != "元" or asked.per is not None)
    )


def _span(question: Question, hit: Hit) -> Evidence:
    """The best sentence that the asker's quantities do not contradict, and neighbours that hold more of what is asked."""
    passage = hit.passage
    ordered = sorted(hit.units, key=lambda u: (-_fit(question, u), u.start))
    best = ordered[0]
    if passage.kind in ("row", "raw row"):
        return Evidence(passage, best.start, best.end, passage.text)
    start, end = best.start, best.end
    certain = any(
        b.holds_for(q.value) for b in bounds(best.text) for q in question.quantities if _comparable(q, b.quantity)
    )
    for unit in [] if certain else ordered[1:5]:
        wanted = (unit.holds and (not best.holds or unit.score > 0.5 * best.score)) or unit.score > 0.6 * best.score
        low, high = min(start, unit.start), max(end, unit.end)
        if wanted and high - low <= QUOTE_CHARS and not missed(question, passage.raw[low:high]):
            start, end = low, high
    if end - start < 40 and passage.kind != "head":
        start, end = _grown(passage, start, end)
    following = next(((a, b, t) for a, b, t in units(passage) if a >= end), None)
    if (
        following
        and re.match(r"(?:单个|单站|单车|每个|同一)[^,。;]{0,10}(?:最高|不超过|给予)", fold(following[2]))
        and following[1] - start <= QUOTE_CHARS + 60
    ):
        end = following[1]
    return Evidence(passage, start, end, "".join(t for a, b, t in units(passage) if a >= start and b <= end))


def _fit(question: Question, unit: Unit) -> float:
    """A unit's score; bounds that the asker's quantities meet speak for it, bounds that they miss against it."""
    met, failed = 0, 0
    for bound in bounds(unit.text):
        for quantity in question.quantities:
            if quantity.unit == bound.quantity.unit and quantity.unit not in ("%", "‰"):
                met, failed = met + bound.holds_for(quantity.value), failed + (not bound.holds_for(quantity.value))
    certain = bool(missed(question, unit.text))
    return unit.score + 0.15 * min(met, 3) - 0.15 * min(failed, 3) - 0.25 * certain


def _grown(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """A bare heading or fragment with the sentences that follow it."""
    for a, b, _ in units(passage):
        if a >= end and b - start <= QUOTE_CHARS and end - start < 60:
            end = b
    return start, end


def _of_policy(kind: str, question: Question, hits: Sequence[Hit], index: Index) -> Evidence | None:
    """For questions about a policy itself (until when, issued when, which number): the line that says so."""
    hit = hits[0]
    steered = next((d for d in index.documents.values() if d.name == question.steer), None) if question.steer else None
    document = steered or index.documents[hit.passage.document_id]
    if kind == "validity":
        if not steered and hit.passage.kind == "record" and any(u.holds for u in hit.units):
            return None
        line = document.validity_line or (document.line_start if document.valid_until else None)
        return _at_line(index, document, line, kind) if line else None
    if kind in ("issue_date", "document_number"):
        listed = max((u.own for h in hits[:3] if h.passage.kind != "head" for u in h.units if u.holds), default=0.0)
        named = index.share(question.text, document.title + document.name)
        if named + 0.1 >= listed:
            return _at_line(index, document, document.line_start, kind)
        found = max(
            ((u, h) for h in hits[:3] if h.passage.kind != "head" for u in h.units if u.holds),
            key=lambda pair: pair[0].own,
        )
        return Evidence(found[1].passage, found[0].start, found[0].end, found[0].text)
    return None


def _at_line(index: Index, document: Document, line: int, kind: str) -> Evidence | None:
    for passage in index.passages:
        places = [
            (passage.document_id, passage.line_start, passage.line_end),
            *((p.document_id, p.line_start, p.line_end) for p in passage.further),
        ]
        if any(owner == document.id and first <= line <= last for owner, first, last in places):
            if kind == "validity":
                found = [u for u in units(passage) if validity(u[2], document.issued_on)] or [
                    u for u in units(passage) if years_in(u[2])
                ]
            else:
                found = [u for u in units(passage) if holds(kind, u[2])]
            if found:
                a, b, text = found[-1] if kind == "issue_date" else found[0]
                return Evidence(passage, a, b, text)
    return None


def _office(hit: Hit, hits: Sequence[Hit], index: Index) -> Evidence | None:
    """Who is in charge of a task that the passage itself leaves open.

    The table row of the same task; the line 「(责任单位:…)」 of the section; another found passage of the policy.
    """
    same = [p for p in index.passages if p.document_id == hit.passage.document_id]
    task = squeeze(hit.passage.section[-1] if hit.passage.section else "")
    for passage in same:
        cells = [squeeze(line) for line in passage.raw.split("\n")] if passage.kind == "row" else []
        if holds("office", passage.text) and any(len(cell) >= 6 and cell.rstrip("。") in task for cell in cells):
            return Evidence(passage, 0, len(passage.raw), passage.text)
    for passage in same:
        if (
            passage.line_start >= hit.passage.line_start
            and _RESPONSIBLE.match(fold(passage.text))
            and hit.passage.section[: len(passage.section)] == passage.section
        ):
            return Evidence(passage, 0, len(passage.raw), passage.text)
    for other in hits[1:5]:
        if (
            other.passage.document_id == hit.passage.document_id
            and other.units[0].holds
            and other.score > hit.score - 2
        ):
            return Evidence(other.passage, other.units[0].start, other.units[0].end, other.units[0].text)
    return None


def _rows_like(hit: Hit, hits: Sequence[Hit]) -> list[Evidence]:
    """Further rows of the same table that meet the question as well: the answer to "which ones" is several rows."""
    best = hit.units[0].with_titles
    same = [
        h
        for h in hits[1:]
        if h.passage.kind == "row"
        and h.passage.section[:2] == hit.passage.section[:2]
        and h.passage.document_id == hit.passage.document_id
    ]
    return [
        Evidence(h.passage, 0, len(h.passage.raw), h.passage.text) for h in same if h.units[0].with_titles > best - 0.02
    ][:4]


def _in_policy(hit: Hit, index: Index, kind: str) -> Evidence | None:
    """The last sentence of the policy that holds what is asked for: closing provisions tell how to apply."""
    for passage in reversed(index.passages):
        if passage.document_id == hit.passage.document_id and passage.kind == "paragraph":
            for a, b, text in units(passage):
                if holds(kind, text):
                    return Evidence(passage, a, b, text)
    return None


def _second(question: Question, hit: Hit, hits: Sequence[Hit]) -> Evidence | None:
    """Another passage, when it holds what is asked for and clearly more of the question than the first left open."""
    best = hit.units[0]
    for other in hits[1:4]:
        unit = other.units[0]
        gain = unit.with_titles - best.with_titles
        if (gain > 0.12 or best.holds < unit.holds) and other.score > hit.score - 1.5 and unit.holds >= best.holds:
            return _span(question, other)
    return None


def confidence(question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], index: Index) -> float:
    """How likely the corpus answers the question, 0 to 1: a logistic function, fitted by eval/calibrate.py."""
    if not hits or not evidence or not_stated(question, evidence):
        return 0.0
    if (
        question.steer
        and question.kinds[:1] in (("validity",), ("issue_date",), ("document_number",))
        and index.documents[evidence[0].passage.document_id].name == question.steer
    ):
        return 1.0
    weights = _weights()[question.language]
    value = weights["bias"] + sum(
        weights[name] * feature for name, feature in features(question, hits, evidence, index).items()
    )
    return 1 / (1 + math.exp(-value))


def not_stated(question: Question, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks for a phone, an address, a name, a form ... and nothing of that kind stands in the evidence."""
    kind = question.kinds[0] if question.kinds else ""
    return kind in _STRICT and not any(holds(kind, e.passage.text) for e in evidence)


@cache
def _weights() -> dict[str, dict[str, float]]:
    weights: dict[str, dict[str, float]] = json.loads(
        Path(__file__).with_name("confidence.json").read_text(encoding="utf-8")
    )
    return weights


def features(question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], index: Index) -> dict[str, float]:
    """What the decision to answer rests on: how much of the question is met, and what it names that the evidence lacks."""
    document = index.documents[evidence[0].passage.document_id]
    context = " ".join(
        [
            document.title,
            document.region or "",
            *document.issuers,
            *(t for e in evidence for t in (*e.passage.section, e.passage.text)),
        ]
    )
    quoted = " ".join(e.text for e in evidence)
    kind = question.kinds[0] if question.kinds else ""
    top = hits[0]
    return {
        "covered": index.share(question.text, context),
        "own": max(u.own for u in top.units),
        "meaning": max(u.meaning for h in hits[:3] for u in h.units),
        "peak": top.peak,
        "no_amount": float(kind == "money" and not holds(kind, quoted)),
        "holds": float(bool(kind) and holds(kind, quoted)),
        "other_place": float(_elsewhere(question, context + _regions(index))),
        "other_year": max(
            [_foreign_year(document, context, year) for year in question.years]
            + [float(_other_plan(question.text, context))]
        ),
        "strange_amount": float(any(q.unit == "元" and not _explained(q, evidence) for q in question.quantities)),
    }


_STRICT = ("website", "account", "person_name", "address", "papers", "uptake", "closing", "phone", "document_number")


def _elsewhere(question: Question, context: str) -> bool:
    """Whether all provinces and cities that the question names are foreign to the evidence."""
    named = places(question.text)
    return bool(named) and not any(form in context for forms in named for form in forms)


def _other_plan(question: str, context: str) -> bool:
    """Whether the question names a five-year plan (十五五, 15th Five-Year) that the evidence does not."""
    asked = {m[0] for m in re.finditer(r"十[二三四五六]五", fold(question))}
    asked |= {
        f"十{'零一二三四五六'[int(m[1]) - 10]}五"
        for m in re.finditer(r"\b(1[2-6])th five[- ]year", fold(question), re.I)
    }
    return any(plan not in context for plan in asked)


def _regions(index: Index) -> str:
    return " ".join(sorted({d.region for d in index.documents.values() if d.region}))


def _foreign_year(document: Document, context: str, year: int) -> float:
    """0 when a year stands in the evidence or lies in the policy's period, 0.5 when only elsewhere in its text, else 1."""
    first = document.effective_from or document.issued_on
    last = document.valid_until or document.issued_on
    if str(year) in fold(context) or (first and last and first.year <= year <= last.year):
        return 0.0
    text = fold(document.text)
    return 0.5 if str(year) in text else float(re.search(r"(?:19|20)\d\d", text) is not None)


def _explained(quantity: Quantity, evidence: Sequence[Evidence]) -> bool:
    """Whether an amount that the asker names stands in the evidence, is bounded by it, or is a base for a rate."""
    return any(
        q.value == quantity.value or q.unit in ("%", "‰") or (q.per and q.per == quantity.per)
        for e in evidence
        for q in quantities(e.text)
    ) or any(b.quantity.unit == "元" for e in evidence for b in bounds(e.text))
