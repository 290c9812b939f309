"""Whether the corpus answers a question at all."""

import json
import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from assistant.evidence import Evidence
from assistant.quantities import Quantity, bounds, quantities
from assistant.questions import Question, places
from index.asked import holds
from index.documents import Document
from index.fold import fold
from index.search import Hit, Index


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


def why_not(question: Question, evidence: Sequence[Evidence], index: Index) -> str:
    """Why a question is not answered: another "place", another "year", a kind of thing "not stated", or ""."""
    if not evidence:
        return ""
    document = index.documents[evidence[0].passage.document_id]
    context = _context(document, evidence)
    if _elsewhere(question, context + _regions(index)):
        return "place"
    if any(_foreign_year(document, context, year) for year in question.years) or _other_plan(question.text, context):
        return "year"
    return "not stated" if not_stated(question, evidence) else ""


@cache
def _weights() -> dict[str, dict[str, float]]:
    weights: dict[str, dict[str, float]] = json.loads(
        Path(__file__).with_name("confidence.json").read_text(encoding="utf-8")
    )
    return weights


def features(question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], index: Index) -> dict[str, float]:
    """What the decision to answer rests on: how much of the question is met, and what it names that the evidence lacks."""
    document = index.documents[evidence[0].passage.document_id]
    context = _context(document, evidence)
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


_STRICT = (
    "website",
    "account",
    "person_name",
    "address",
    "papers",
    "uptake",
    "closing",
    "phone",
    "document_number",
    "overlap",
)


def _context(document: Document, evidence: Sequence[Evidence]) -> str:
    """What bears on the evidence: the policy's title, region and issuers, the titles above it, its passages."""
    above = (t for e in evidence for t in (*e.passage.section, e.passage.text))
    return " ".join([document.title, document.region or "", *document.issuers, *above])


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
