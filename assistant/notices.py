"""What to know beside an answer: run out, not yet in force, a newer policy, figures that contradict each other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assistant.answers import Citation, Notice
from assistant.questions import Question
from assistant.wording import conflict, expired, in_force, newer, not_yet
from index.documents import Document
from index.fold import squeeze
from index.numbers import plain
from index.passages import Passage, units
from index.search import Hit, Index


def notices_for(question: Question, citations: Sequence[Citation], today: date) -> list[Notice]:
    """Whether the cited policies hold, one notice of each kind."""
    found: dict[str, Notice] = {}
    for notice in _validity(question, citations, today):
        found.setdefault(notice.kind, notice)
    return list(found.values())


def _validity(question: Question, citations: Sequence[Citation], today: date) -> Iterator[Notice]:
    for citation in citations:
        until, start = citation.valid_until, citation.document.effective_from
        if citation.in_force is False and until and today > until:
            yield Notice("expired", expired(until, question.language))
        elif citation.in_force is False and start:
            yield Notice("not_yet", not_yet(start, question.language))
        elif until and question.kind == "validity":
            yield Notice("in_force", in_force(until, question.language))


def find_newer(question: Question, cited: Document, hits: Sequence[Hit], index: Index, today: date) -> Hit | None:
    """A later policy on the same matter among the found ones that still holds, when the cited one has run out."""
    if cited.in_force(today) is not False or not cited.issued_on:
        return None
    for hit in hits[1:]:
        document = index.documents[hit.passage.document_id]
        later = document.issued_on is not None and document.issued_on > cited.issued_on
        about = index.share(question.text, document.name)
        as_near = hit.units[0].with_titles > 0.7 * hits[0].units[0].with_titles
        if (
            later
            and document.in_force(today) is not False
            and as_near
            and about > 0.1
            and about >= index.share(question.text, cited.name)
        ):
            return hit
    return None


def newer_notice(document: Document, number: int, language: str) -> Notice:
    """That a later policy, cited as `number`, touches the same matter."""
    return Notice("newer", newer(document, number, language))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two figures of one policy for the same thing and year, and the passage that holds the other one."""

    year: str
    cited: Decimal
    other: Decimal
    unit: str
    passage: Passage

    def notice(self, number: int, language: str) -> Notice:
        """In words; `number` is the citation of the other passage."""
        return Notice(
            "conflict",
            conflict(self.year, plain(self.cited) + self.unit, plain(self.other) + self.unit, number, language),
        )


ASKED = 0.1  # of a question: the share that names the figure


def find_conflict(question: Question, cited: Passage, index: Index) -> Conflict | None:
    """A figure that is asked for, the same for the same year, in a table row and in the text of the policy, that differs from the cited one."""
    own = index.passages_of(cited.document_id)
    rows = [cited] if cited.kind == "row" else [p for p in own if p.kind == "row"]
    texts = [p for p in own if p.kind not in ("row", "raw row")] if cited.kind == "row" else [cited]
    for row in rows:
        for name, year, value, unit in _row_figures(row.text):
            for text in texts if index.share(question.text, name) > ASKED else []:
                said = _text_figure(text, name, year)
                if said is not None and said != value:
                    return (
                        Conflict(year, value, said, unit, text)
                        if cited.kind == "row"
                        else Conflict(year, said, value, unit, row)
                    )
    return None


def _row_figures(text: str) -> Iterator[tuple[str, str, Decimal, str]]:
    """(indicator, year, value, unit) of a row 「指标名称: 工业总产值(亿元); 2020: 971.4亿元」, values without the unit's scale."""
    cells = [cell.split(": ", 1) for cell in text.split("; ") if ": " in cell]
    name = re.sub(r"\(.*$", "", next((value for _, value in cells if not re.match(r"[\d\[]", value)), ""))
    for column, value in cells:
        figure = re.match(r"\d[\d.]*", value)
        if re.match(r"20\d\d", column) and figure and len(name) >= 4:
            yield squeeze(name), column[:4], Decimal(figure[0]), value[figure.end() :]


def _text_figure(passage: Passage, name: str, year: str) -> Decimal | None:
    """The figure that a sentence gives for an indicator and a year: 工业总产值…2020年达到871.4亿元."""
    for _, _, sentence in units(passage):
        text = squeeze(sentence)
        match = re.search(rf"{re.escape(name)}[^。;]*?{year}年(?:的|达到?|为|约)?(\d[\d.]*)(?=[万亿%])", text)
        if match and text.count(name) == 1:
            return Decimal(match[1])
    return None
