"""What an answer is, and its JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from index.documents import Document
from index.passages import Passage


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation; role is "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a document; `quote` is an exact slice of the source file."""

    number: int
    document: Document
    passage: Passage
    quote: str
    line_start: int
    line_end: int
    valid_until: date | None
    in_force: bool | None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know beside the answer: expired, not yet in force, partial, conflict, other policies."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with all that it rests on. status: answered, not_covered, unclear.

    `confidence` is how likely the documents answer the question at all, 0 to 1.
    """

    question: str
    resolved_question: str
    language: str
    status: str
    text: str
    citations: tuple[Citation, ...] = ()
    facts: tuple[Mapping[str, Any], ...] = ()
    notices: tuple[Notice, ...] = ()
    generator: str = "quote"
    confidence: float = 0.0
    timings_ms: Mapping[str, float] = field(default_factory=dict)


def turns(history: Sequence[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """History from JSON; whatever is no message of text is left out."""
    return tuple(
        Turn(str(m.get("role")), m["content"])
        for m in history
        if isinstance(m, Mapping) and isinstance(m.get("content"), str)
    )


def as_dict(answer: Answer) -> dict[str, Any]:
    """The JSON of an answer; dates are ISO, unknown things null."""
    return {
        "question": answer.question,
        "resolved_question": answer.resolved_question,
        "language": answer.language,
        "status": answer.status,
        "text": answer.text,
        "citations": [_citation(c) for c in answer.citations],
        "facts": [dict(fact) for fact in answer.facts],
        "notices": [{"kind": n.kind, "text": n.text} for n in answer.notices],
        "generator": answer.generator,
        "confidence": round(answer.confidence, 3),
        "timings_ms": {name: round(value, 2) for name, value in answer.timings_ms.items()},
    }


def _citation(citation: Citation) -> dict[str, Any]:
    document, passage = citation.document, citation.passage
    return {
        "number": citation.number,
        "title": document.title,
        "document_number": document.document_number,
        "issuer": "、".join(document.issuers) or None,
        "issued_on": _iso(document.issued_on),
        "valid_until": _iso(citation.valid_until),
        "in_force": citation.in_force,
        "section": list(passage.section),
        "quote": citation.quote,
        "source": passage.source,
        "line_start": citation.line_start,
        "line_end": citation.line_end,
        "page": document.page(citation.line_start),
        "further_places": further_places(passage),
    }


def further_places(passage: Passage) -> list[dict[str, Any]]:
    """Where the same words stand again, for JSON."""
    return [{"source": p.source, "line_start": p.line_start, "line_end": p.line_end} for p in passage.further]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
