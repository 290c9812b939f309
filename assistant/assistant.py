"""A question → a cited answer: the whole way in one short file."""

import re
import time
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import date

from assistant.answers import Answer, Citation, Notice, Turn
from assistant.checks import broken_quotes, marks_out_of_range, unsupported
from assistant.classes import other_class
from assistant.confidence import confidence, why_not
from assistant.evidence import LOOKED_AT, Evidence, choose, missed
from assistant.facts import Fact, Sum, applicable, difference, facts, for_asker, shares, work_out
from assistant.generators import Brief, Generator, quoting
from assistant.notices import find_conflict, find_newer, newer_notice, notices_for
from assistant.parts import completed
from assistant.questions import MAX_QUESTION, Question, understand
from assistant.subjects import strange
from assistant.wording import join, named, partial, refusal
from index.dates import validity
from index.search import Hit, Index

THRESHOLD, FOLLOW_UP_THRESHOLD = {"zh": 0.33, "en": 0.27}, 0.15  # a follow-up says less, and leans on what was answered
SURE = 0.8  # under this an answer says which of the asked things no document names
_MONEY = frozenset(("money", "yuan", "amount"))
NEAR = 0.3  # under this nothing found is worth naming


class Assistant:
    """Answers questions from an index, and from nothing else."""

    def __init__(self, index: Index, generate: Generator = quoting, generator: str = "quote"):
        self.index, self.generator = index, generator
        self._generate = generate

    def answer(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Answer:
        """The cited answer to a question on a day (today by default)."""
        return list(self.stream(question, history, as_of))[-1]

    def stream(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Iterator[Answer]:
        """The same answer growing; the last one is whole. An index that is swapped in meanwhile serves the next question."""
        yield from copy(self)._stream(question, history, as_of)

    def _stream(self, question: str, history: Sequence[Turn], as_of: date | None) -> Iterator[Answer]:
        started = time.perf_counter()
        asked = understand(question, history)
        if len(question) > MAX_QUESTION or sum(map(str.isalnum, asked.text)) < 2:
            yield Answer(
                question[:MAX_QUESTION],
                asked.shown,
                asked.language,
                "unclear",
                _unclear(asked.language, len(question)),
                generator=self.generator,
            )
            return
        hits = self.index.search(asked.text, 10, asked.steer, asked.context)
        searched = time.perf_counter()
        evidence = choose(asked, hits, self.index)
        today, likely = as_of or date.today(), confidence(asked, hits, evidence, self.index)
        if likely < (FOLLOW_UP_THRESHOLD if asked.steer else THRESHOLD[asked.language]):
            answer = self._not_covered(asked, hits, evidence, likely, today)
        else:
            answer = self._covered(asked, hits, completed(asked, evidence, hits, self.index), likely, today)
        timings = {"search": (searched - started) * 1000, "answer": (time.perf_counter() - started) * 1000}
        yield replace(answer, question=question, generator=self.generator, confidence=likely, timings_ms=timings)

    def _covered(
        self, asked: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], likely: float, today: date
    ) -> Answer:
        clash = find_conflict(evidence[0].passage, self.index)
        if clash:
            other = clash.passage
            evidence = [*evidence, Evidence(other, 0, len(other.raw), other.text)]
        later = find_newer(asked, self.index.documents[evidence[0].passage.document_id], hits, self.index, today)
        if later:
            unit = later.units[0]
            evidence = [*evidence, Evidence(later.passage, unit.start, unit.end, unit.text)]
        citations = tuple(self.cite(number, piece, today) for number, piece in enumerate(evidence, 1))
        readings = tuple(_FOOTNOTE.sub(r"［\1］", piece.text) for piece in evidence)
        unnamed = strange(asked, " ".join(readings), self.index) if likely < SURE else []
        caution = [Notice("partial", partial(unnamed, asked.language))] if unnamed else []
        granted = self._granted(asked, citations, readings)
        sums = _sums(granted, asked, readings) if not caution else []
        shown = granted if not caution and (sums or _MONEY.intersection(asked.kinds[:2])) else []
        misses = tuple(pair for reading in readings for pair in missed(asked, reading))
        notices = notices_for(asked, citations, today)
        if clash:
            notices.append(clash.notice(len(evidence) - bool(later), asked.language))
        if later:
            notices.append(newer_notice(citations[-1].document, len(citations), asked.language))
        brief = Brief(asked, citations, readings, tuple(shown), tuple(sums), tuple(n.text for n in notices), misses)
        text = self._generate(brief)
        if (
            broken_quotes(citations)
            or marks_out_of_range(text, citations)
            or unsupported(text, citations, asked.text, brief.worked_out)
        ):
            brief = Brief(asked, citations, readings, (), (), brief.notices, ())
            text = quoting(brief)
        found = tuple(fact.as_dict(asked.language, number) for number, fact in granted)
        text = join([*(n.text for n in caution), text])
        return Answer(
            asked.original, asked.shown, asked.language, "answered", text, citations, found, (*caution, *notices)
        )

    def _granted(
        self, asked: Question, citations: Sequence[Citation], readings: Sequence[str]
    ) -> list[tuple[int, Fact]]:
        """The facts that the asker's quantities allow; of those the ones whose condition is most in the question."""
        granted: list[tuple[int, Fact]] = []
        for citation, reading in zip(citations, readings, strict=True):
            fitting = [
                fact
                for fact in applicable(facts(reading), asked.quantities)
                if not other_class(asked.text, fact.condition, self.index)
            ]
            granted += [
                (citation.number, fact)
                for fact in for_asker(fitting, asked.text, lambda text: self.index.share(asked.text, text))
            ]
        return granted

    def cite(self, number: int, piece: Evidence, today: date) -> Citation:
        """A span of a passage as citation `number`, with whether it holds on a day."""
        document = self.index.documents[piece.passage.document_id]
        own = validity(piece.passage.raw, document.issued_on) if piece.passage.kind == "record" else None
        until = own.end if own and own.end else document.valid_until
        start = own.start if own and own.start else document.effective_from
        in_force = False if start and today < start else None if until is None else today <= until
        first, last = piece.lines
        return Citation(number, document, piece.passage, piece.quote, first, last, until, in_force)

    def _not_covered(
        self, asked: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], likely: float, today: date
    ) -> Answer:
        """What was looked for and why it is not there, the nearest passage when it is near at all, and whom to ask."""
        why = why_not(asked, evidence, self.index)
        met = hits[0].units[0].with_titles if hits else 0.0
        near = bool(evidence) and (likely > NEAR or (bool(why) and met > NEAR))
        citations = (self.cite(1, evidence[0], today),) if near else ()
        others = (
            {named(self.index.documents[hit.passage.document_id]): None for hit in hits[:LOOKED_AT]} if near else {}
        )
        text = refusal(asked, citations, list(others)[:2], why)
        return Answer(asked.original, asked.shown, asked.language, "not_covered", text, citations)


def _sums(granted: Sequence[tuple[int, Fact]], asked: Question, readings: Sequence[str]) -> list[Sum]:
    counts = [q.unit for q in asked.quantities if not q.per and q.unit not in ("元", "千瓦", "%")]
    mixed = len(counts) > len(set(counts))  # 3 certificates, of them 2 of one kind and 1 of another
    sums = [] if mixed else [work_out(fact, asked.quantities, asked.language) for _, fact in granted]
    sums += [shares(reading, asked.quantities, asked.language) for reading in readings]
    if _COMPARES.search(asked.text):
        sums += [found for reading in readings if (found := difference(reading, asked.language))][:1]
    return list({total.line: total for total in sums if total}.values())[:3]


_COMPARES = re.compile(
    r"多(?:出|了)?(?:多少|几)|相差|差(?:多少|额|距)|(?:增(?:加|长|量)?|涨|升|降|提高|减少?|下降)了?(?:多少|几)|how (?:much|many) (?:more|less|higher|lower)|difference|gap|\bincrease\b|\brise\b|\bgrow",
    re.I,
)


_FOOTNOTE = re.compile(r"\[(\d+)\]")  # a mark of the document would read as one of ours


def _unclear(language: str, length: int) -> str:
    if length > MAX_QUESTION:
        if language == "en":
            return f"The question has {length:,} characters; please ask in at most {MAX_QUESTION:,}."
        return f"问题有{length}个字符,请不要超过{MAX_QUESTION}个。"
    if language == "en":
        return "Please ask a whole question, for example: what subsidy applies to a 350 kW charger?"
    return "请把问题说完整一些,例如:350千瓦的充电桩补贴多少?"
