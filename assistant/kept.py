"""A question with what became of it, and how a browser keeps it: as JSON that outlives the page and the server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.answers import Answer, Citation, Notice, Turn, as_dict
from assistant.feedback import DISLIKED, LIKED
from index.passages import Passage
from index.search import Index

MOST = 50  # exchanges that a browser keeps; its store is small


@dataclass(slots=True, eq=False)
class Exchange:
    """A question and what became of it. state: pending, done, stopped, failed; `problem` is HTML in both languages.

    `day` is the day of the answer, `suggested` what can be asked next (None until that was sought), `lost` whether cited places are no longer in the documents,
    `verdict` what the visitor thought of the answer (up, down, ""), `told` what was said to that, as HTML.
    """

    question: str
    answer: Answer | None = None
    state: str = "pending"
    problem: str = ""
    day: date | None = None
    suggested: tuple[str, ...] | None = None
    lost: bool = False
    verdict: str = ""
    told: str = ""


def turns(exchanges: Sequence[Exchange]) -> list[Turn]:
    """What was said so far, as the assistant takes it."""
    return [
        turn
        for e in exchanges
        if e.answer and e.state == "done"
        for turn in (Turn("user", e.question), Turn("assistant", e.answer.text))
    ]


def keep(exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """The answered exchanges as JSON, the last fifty."""
    return [
        {
            "day": e.day.isoformat() if e.day else None,
            "state": e.state,
            "suggested": list(e.suggested or ()),
            "verdict": e.verdict,
            "answer": as_dict(e.answer),
        }
        for e in exchanges
        if e.answer and e.state in ("done", "stopped")
    ][-MOST:]


def restore(kept: object, index: Index) -> list[Exchange]:
    """The exchanges that `keep` wrote; what a browser sends that is none of them is left out."""
    rows = kept if isinstance(kept, list) else []
    return [exchange for row in rows[-MOST:] if (exchange := _exchange(row, index))]


def _exchange(row: object, index: Index) -> Exchange | None:
    try:
        if not isinstance(row, dict):
            return None
        said = row["answer"]
        citations = [_citation(c, index) for c in said["citations"]]
        found = tuple(c for c in citations if c)
        answer = Answer(
            question=_text(said["question"]), resolved_question=_text(said["resolved_question"]),
            language="en" if said["language"] == "en" else "zh", status=_text(said["status"]), text=_text(said["text"]),
            citations=found, facts=tuple(_fact(f) for f in said["facts"]),
            notices=tuple(Notice(_text(n["kind"]), _text(n["text"])) for n in said["notices"]), generator=_text(said["generator"]),
        )  # fmt: skip
        state = "stopped" if row["state"] == "stopped" else "done"
        suggested = tuple(_text(question) for question in row["suggested"])[:3]
        verdict = row.get("verdict", "")
        return Exchange(
            answer.question,
            answer,
            state,
            "",
            _day(row["day"]),
            suggested,
            lost=len(found) < len(citations),
            verdict=verdict if verdict in (LIKED, DISLIKED) else "",
        )
    except (KeyError, TypeError, ValueError):
        return None


def _fact(said: object) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise TypeError("no fact")
    return {str(key): value for key, value in said.items() if isinstance(value, str | int | float | bool | None)}


def _citation(said: Mapping[str, Any], index: Index) -> Citation | None:
    """The citation in the documents as they now are: the same words, first in the same file and line; None when they are gone."""
    quote, source, line = _text(said["quote"]), _text(said["source"]), int(said["line_start"])
    holding = [p for p in index.passages if quote and quote in p.raw]
    if not holding:
        return None
    passage = min(holding, key=lambda p: (p.source != source, not p.line_start <= line <= p.line_end))
    in_force = said["in_force"] if isinstance(said["in_force"], bool) else None
    first, last = _lines(passage, quote, line if passage.source == source else 0)
    return Citation(
        int(said["number"]),
        index.documents[passage.document_id],
        passage,
        quote,
        first,
        last,
        _day(said["valid_until"]),
        in_force,
    )


def _lines(passage: Passage, quote: str, line: int) -> tuple[int, int]:
    if not passage.line_start <= line <= passage.line_end:
        line = passage.line_start + passage.raw.count("\n", 0, passage.raw.index(quote))
    return line, line + quote.count("\n")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _day(value: object) -> date | None:
    return date.fromisoformat(_text(value)) if value else None
