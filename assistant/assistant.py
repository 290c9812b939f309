"""A question → a cited answer: the whole way in one short file."""

import re
import time
from collections.abc import Iterator, Sequence
from datetime import date

from assistant.answers import Answer, Citation, Notice, Turn
from assistant.checks import broken_quotes, marks_out_of_range, unsupported
from assistant.evidence import LOOKED_AT, Evidence, choose, confidence, missed
from assistant.facts import Fact, Sum, applicable, difference, facts, for_asker, shares, work_out
from assistant.generators import Brief, Generator, quoting
from assistant.questions import MAX_QUESTION, Question, understand
from assistant.wording import day, expired, named, not_yet
from index.dates import validity
from index.documents import Document
from index.search import Hit, Index

THRESHOLD, FOLLOW_UP_THRESHOLD = 0.38, 0.15  # a follow-up says less, and leans on what was answered


class Assistant:
    """Answers questions from an index, and from nothing else."""

    def __init__(self, index: Index, generate: Generator = quoting, generator: str = "quote"):
        self.index, self.generator = index, generator
        self._generate = generate

    def answer(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Answer:
        """The cited answer to a question on a day (today by default)."""
        return list(self.stream(question, history, as_of))[-1]

    def stream(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Iterator[Answer]:
        """The same answer growing; the last one is whole."""
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
        if confidence(asked, hits, evidence, self.index) < (FOLLOW_UP_THRESHOLD if asked.steer else THRESHOLD):
            answer = self._not_covered(asked, hits)
        else:
            answer = self._covered(asked, evidence, as_of or date.today())
        timings = {"search": (searched - started) * 1000, "answer": (time.perf_counter() - started) * 1000}
        yield Answer(
            question,
            asked.shown,
            asked.language,
            answer.status,
            answer.text,
            answer.citations,
            answer.facts,
            answer.notices,
            self.generator,
            timings,
        )

    def _covered(self, asked: Question, evidence: Sequence[Evidence], today: date) -> Answer:
        citations = tuple(self._cite(number, piece, today) for number, piece in enumerate(evidence, 1))
        readings = tuple(_FOOTNOTE.sub(r"［\1］", piece.text) for piece in evidence)
        granted = self._granted(asked, citations, readings)
        sums = _sums(granted, asked, readings)
        shown = granted if "money" in asked.kinds[:2] or sums else []
        misses = tuple(pair for reading in readings for pair in missed(asked, reading))
        notices = _notices(citations, asked, today)
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
        return Answer(asked.original, asked.shown, asked.language, "answered", text, citations, found, tuple(notices))

    def _granted(
        self, asked: Question, citations: Sequence[Citation], readings: Sequence[str]
    ) -> list[tuple[int, Fact]]:
        """The facts that the asker's quantities allow; of those the ones whose condition is most in the question."""
        granted: list[tuple[int, Fact]] = []
        for citation, reading in zip(citations, readings, strict=True):
            fitting = applicable(facts(reading), asked.quantities)
            granted += [
                (citation.number, fact)
                for fact in for_asker(fitting, asked.text, lambda text: self.index.share(asked.text, text))
            ]
        return granted

    def _cite(self, number: int, piece: Evidence, today: date) -> Citation:
        document = self.index.documents[piece.passage.document_id]
        own = validity(piece.passage.raw, document.issued_on) if piece.passage.kind == "record" else None
        until = own.end if own and own.end else document.valid_until
        start = own.start if own and own.start else document.effective_from
        in_force = False if start and today < start else None if until is None else today <= until
        first, last = piece.lines
        return Citation(number, document, piece.passage, piece.quote, first, last, until, in_force)

    def _not_covered(self, asked: Question, hits: Sequence[Hit]) -> Answer:
        nearest: dict[str, Document] = {}
        for hit in hits[:LOOKED_AT]:
            document = self.index.documents[hit.passage.document_id]
            nearest.setdefault(document.name, document)
        names = [named(d) for d in nearest.values()][:2]
        if asked.language == "en":
            text = "The documents do not answer this question." + (
                f" The nearest documents are: {', '.join(names)}; they do not state it." if names else ""
            )
        else:
            text = "现有资料中没有找到这个问题的答案。" + (
                f"最接近的资料是:{'、'.join(names)},但其中没有说明。" if names else ""
            )
        return Answer(asked.original, asked.shown, asked.language, "not_covered", text)


def _sums(granted: Sequence[tuple[int, Fact]], asked: Question, readings: Sequence[str]) -> list[Sum]:
    sums = [work_out(fact, asked.quantities, asked.language) for _, fact in granted]
    sums += [shares(reading, asked.quantities, asked.language) for reading in readings]
    if _COMPARES.search(asked.text):
        sums += [difference(reading, asked.language) for reading in readings]
    return list({total.line: total for total in sums if total}.values())[:3]


_COMPARES = re.compile(
    r"多(?:出|了)?多少|相差|差(?:多少|额|距)|增(?:加|长|量)(?:了)?多少|提高多少|减少多少|how (?:much|many) (?:more|less|higher|lower)|difference|gap|\bincrease\b|\brise\b|\bgrow",
    re.I,
)


def _notices(citations: Sequence[Citation], asked: Question, today: date) -> list[Notice]:
    notices: dict[str, Notice] = {}
    for citation in citations:
        until, start = citation.valid_until, citation.document.effective_from
        if citation.in_force is False and until and today > until:
            notices.setdefault("expired", Notice("expired", expired(until, asked.language)))
        elif citation.in_force is False and start:
            notices.setdefault("not_yet", Notice("not_yet", not_yet(start, asked.language)))
        elif until and asked.kinds[:1] == ("validity",):
            words = (
                f"In force until {day(until, 'en')} ({until.isoformat()})."
                if asked.language == "en"
                else f"期限至{day(until, 'zh')}({until.isoformat()}),目前在期限内。"
            )
            notices.setdefault("in_force", Notice("in_force", words))
    return list(notices.values())


_FOOTNOTE = re.compile(r"\[(\d+)\]")  # a mark of the document would read as one of ours


def _unclear(language: str, length: int) -> str:
    if length > MAX_QUESTION:
        if language == "en":
            return f"The question has {length:,} characters; please ask in at most {MAX_QUESTION:,}."
        return f"问题有{length}个字符,请不要超过{MAX_QUESTION}个。"
    if language == "en":
        return "Please ask a whole question, for example: what subsidy applies to a 350 kW charger?"
    return "请把问题说完整一些,例如:350千瓦的充电桩补贴多少?"
