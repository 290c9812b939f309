"""A question → a cited answer: the whole way in one short file."""

import time
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date

from assistant.answers import Answer, Citation, Notice, Turn
from assistant.checks import broken_quotes, marks_out_of_range, unsupported
from assistant.classes import other_class
from assistant.confidence import confidence, ruled_out, why_not
from assistant.evidence import LOOKED_AT, Evidence, choose, of_unit, whole
from assistant.facts import Fact, applicable, facts, for_asker
from assistant.followups import is_short, names_things
from assistant.generators import Brief, quoting
from assistant.models import Model
from assistant.notices import find_conflict, find_newer, newer_notice, notices_for
from assistant.parts import asks_for_several, completed
from assistant.questions import MAX_QUESTION, Question, readings
from assistant.rephrase import reworded
from assistant.rereading import reread
from assistant.several import of_several
from assistant.subjects import as_named, strange
from assistant.sums import Sum, sums
from assistant.tallies import tally
from assistant.thresholds import missed, reached
from assistant.tiers import told_apart
from assistant.wording import named, own_marks, partial, refusal
from index.dates import granted_until, validity
from index.search import Hit, Index

THRESHOLD, FOLLOW_UP_THRESHOLD = {"zh": 0.26, "en": 0.25}, 0.15  # a follow-up says less, and leans on what was answered
# another reading of a follow-up, or of a short question that may be one: how likely it must answer, and how much of its
# own words must be said; more where the first reading answers, and says less of them
LEANING, CONTINUING, SAID = 0.5, 0.8, 0.1
SAID_ITSELF, SAID_MORE = 0.4, 0.25
UNSURE, CLEARLY = 0.6, 0.05  # that a short question stands alone, and how much likelier it goes on
CAUTIOUS = 0.8  # under this an answer says which of the asked things no document names
LEADS = 0.45  # under this no figure is told but in its sentence
SECONDS = 20.0  # that a language model may take for one question
SURE, READING = 0.75, 0.25  # under this sureness a model may read the question too, for this share of its time
_MONEY = frozenset(("money", "yuan", "amount"))
_NO_SUM = frozenset(
    (
        "office",
        "validity",
        "issue_date",
        "document_number",
        "phone",
        "apply",
        "overlap",
        "definition",
        "why",
        "date",
        "day",
    )
)
_NO_POLICY = frozenset(("writing", "order", "recipe", "weather"))  # far from what any policy tells
_ANY_BASE, _CLEARLY = {"金额", "总额", "实际"}, 0.02  # of a rate
# shares of the question met, the second when it asks for another place, and likelihood, over which what is found is worth naming
NEAR, NEAR_ELSEWHERE, NEARLY = 0.2, 0.3, 0.08


@dataclass(frozen=True, slots=True)
class Found:
    """What one reading of a question finds, and how likely it answers (0 to 1)."""

    asked: Question
    hits: Sequence[Hit]
    evidence: Sequence[Evidence]
    likely: float


class Assistant:
    """Answers questions from an index, and from nothing else; a language model may word the answer, in `seconds` at most."""

    def __init__(self, index: Index, model: Model | None = None, generator: str = "quote", seconds: float = SECONDS):
        self.index, self.generator, self.model, self.seconds = index, generator, model, seconds

    def answer(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Answer:
        """The cited answer to a question on a day (today by default)."""
        return list(self.stream(question, history, as_of))[-1]

    def stream(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Iterator[Answer]:
        """The same answer growing; the last one is whole. An index that is swapped in meanwhile serves the next question."""
        yield from copy(self)._stream(question, history, as_of)

    def _stream(self, question: str, history: Sequence[Turn], as_of: date | None) -> Iterator[Answer]:
        started = time.perf_counter()
        asked, *otherwise = readings(question, history)
        if len(question) > MAX_QUESTION or sum(map(str.isalnum, asked.text)) < 2:
            yield Answer(
                question[:MAX_QUESTION],
                asked.shown,
                asked.language,
                "unclear",
                _unclear(asked.language, len(question)),
            )
            return
        found = self._read(asked, otherwise)
        asked, searched = found.asked, time.perf_counter()
        note = None
        if self.model and found.likely < SURE:
            other = reread(asked, history, self.model, self.index.share, self.seconds * READING)
            if other:
                again = self._find(other.question, asked)
                note = other.notice(asked, again.likely > found.likely)
                found = again if again.likely > found.likely else found
        asked, today = found.asked, as_of or date.today()
        if found.likely < _threshold(asked):
            growing = iter([self._not_covered(found, today)])
        else:
            growing = self._covered(found, today)
        for answer in growing:
            timings = {"search": (searched - started) * 1000, "answer": (time.perf_counter() - started) * 1000}
            if note:
                answer = replace(answer, text=f"{answer.text}\n{note.text}", notices=(*answer.notices, note))
            yield replace(answer, question=question, confidence=found.likely, timings_ms=timings)

    def _read(self, asked: Question, otherwise: Sequence[Question]) -> Found:
        """What a question finds as it is read first, or in another way to read it that the conversation speaks for."""
        found = self._find(asked)
        if not otherwise or not found.evidence or ruled_out(asked, found.evidence, self.index) in ("class", "place"):
            return found
        if asked.steer:
            return self._leaning(found, otherwise)
        return self._alone_or_on(found, otherwise[0])

    def _leaning(self, found: Found, otherwise: Sequence[Question]) -> Found:
        """Of a follow-up the other reading that answers where the first does not, or says much more of what it names."""
        asked = found.asked
        answered = found.likely >= _threshold(asked)
        if answered and not names_things(asked.original):
            return found
        least = max(SAID_ITSELF, self._said(found) + SAID_MORE) if answered else 0.0
        for other in map(self._find, otherwise):
            likely = other.likely >= (_threshold(other.asked) if answered else LEANING)
            if likely and self._goes_on(other) and (not answered or self._said(other) > least):
                return other
        return found

    def _alone_or_on(self, found: Found, leaning: Question) -> Found:
        """Of a question that stands alone and the same as a follow-up what stays in the document last answered from: the first
        when it does, the second when it is likelier so, or when a short question finds there that it is not told, and is unsure
        elsewhere; a long one goes on only where as much of what it says itself is found."""
        asked = found.asked
        near = replace(found, asked=replace(asked, steer=leaning.steer))
        if self._goes_on(near) and found.likely >= _threshold(near.asked):
            return near
        joined = self._find(leaning)
        if not self._goes_on(joined):
            return found
        if not is_short(asked.original):
            likelier = joined.likely > found.likely + CLEARLY and self._said(joined) >= self._said(found)
            return joined if likelier else found
        if found.likely < _threshold(asked):
            return joined if joined.likely >= CONTINUING and self._said(joined) > SAID else found
        untold = not joined.likely and found.likely < UNSURE
        return joined if untold or joined.likely > found.likely + CLEARLY else found

    def _goes_on(self, found: Found) -> bool:
        """Whether what a reading finds is in the document last answered from."""
        documents = self.index.documents
        return bool(found.evidence) and documents[found.evidence[0].passage.document_id].name == found.asked.steer

    def _said(self, found: Found) -> float:
        """The share of what a question says itself, without what it leans on, that is found."""
        return self.index.share(found.asked.original, " ".join(e.text for e in found.evidence))

    def _find(self, asked: Question, yardstick: Question | None = None) -> Found:
        """What a question finds; how likely it answers may be judged by the words of another reading of it."""
        hits = self.index.search(asked.text, 10, asked.steer, asked.context)
        evidence = choose(asked, hits, self.index)
        return Found(asked, hits, evidence, confidence(yardstick or asked, hits, evidence, self.index))

    def _covered(self, found: Found, today: date) -> Iterator[Answer]:
        """The answer in quotes at once, then in the model's words when there is one."""
        asked, hits, likely = found.asked, found.hits, found.likely
        evidence = completed(asked, list(found.evidence), hits, self.index)
        clash = find_conflict(asked, evidence[0].passage, self.index)
        if clash:
            evidence = [*evidence, whole(clash.passage)]
        later = find_newer(asked, self.index.documents[evidence[0].passage.document_id], hits, self.index, today)
        if later:
            evidence = [*evidence, of_unit(later.passage, later.units[0])]
        citations = tuple(self.cite(number, piece, today) for number, piece in enumerate(evidence, 1))
        readings = tuple(own_marks(piece.text) for piece in evidence)
        policies = " ".join({c.document.id: c.document.text for c in citations}.values())
        unnamed = strange(asked, " ".join(readings), policies, self.index) if likely < CAUTIOUS else []
        caution = (Notice("partial", partial(unnamed, asked.language)),) if unnamed else ()
        leads = not caution and (likely > LEADS or bool(asked.steer))
        misses = tuple(missed(asked, readings[0]))
        counts = leads and not misses and asked.kind not in _NO_SUM
        granted, totals = self._worked_out(asked, citations, readings, counts)
        if totals and granted and not (clash or later or asks_for_several(asked)):
            settled = max(number for number, _ in granted)  # what was as near as the passage of the sum is not needed
            citations, readings = citations[:settled], readings[:settled]
        shown = granted if leads and (totals or _MONEY.intersection(asked.kinds[:2])) else []
        notices = notices_for(asked, citations, today)
        if clash:
            notices.append(clash.notice(len(evidence) - bool(later), asked.language))
        if later:
            notices.append(newer_notice(citations[-1].document, len(citations), asked.language))
        told = tuple(n.text for n in notices)
        first = "".join(n.text for n in caution)
        things = as_named(asked, self.index) if asked.language == "en" else ()
        brief = Brief(asked, citations, readings, tuple(shown), tuple(totals), told, misses, first, things)
        text = quoting(brief)
        if (
            broken_quotes(citations)
            or marks_out_of_range(text, citations)
            or unsupported(text, citations, f"{asked.text} {asked.shown}", brief.worked_out)
        ):
            brief = replace(brief, facts=(), sums=(), misses=())
            text = quoting(brief)
        rows = tuple(fact.as_dict(asked.language, number) for number, fact in granted if leads)
        answer = Answer(
            asked.original, asked.shown, asked.language, "answered", text, citations, rows, (*caution, *notices)
        )
        yield answer
        if self.model:
            yield from reworded(
                answer, brief, self.model, self.generator, self.index.share, self.seconds * (1 - READING)
            )

    def _worked_out(
        self, asked: Question, citations: Sequence[Citation], readings: Sequence[str], counts: bool
    ) -> tuple[list[tuple[int, Fact]], list[Sum]]:
        """The facts that apply, each with the number of its citation, and when it `counts` the sums with them."""
        if counts and (several := of_several(asked, readings[0], self.index)):
            return [(1, fact) for fact in several[0]], several[1]
        if counts and (total := tally(asked, citations[0].passage, self.index)):
            return [], [total]
        told = [facts(reading) for reading in readings]
        granted = self._granted(asked, citations, told)
        based = [(number, fact) for number, fact in granted if self._based(fact, asked, told[number - 1])]
        return granted, sums(based, asked, readings, self.index) if counts else []

    def _granted(
        self, asked: Question, citations: Sequence[Citation], told: Sequence[list[Fact]]
    ) -> list[tuple[int, Fact]]:
        """The facts that the asker's quantities allow; of those the ones whose condition is most in the question."""
        granted: list[tuple[int, Fact]] = []
        several = asks_for_several(asked)
        for citation, found in zip(citations, told, strict=True):
            if citation.number > 1 and not several:
                break  # what the second passage grants is another matter, which its quote tells
            fitting = [
                fact
                for fact in applicable(found, asked.quantities)
                if not other_class(asked.text, fact.condition, self.index)
            ]
            fitting = told_apart(reached(fitting, asked), asked.text, self.index)
            granted += [
                (citation.number, fact)
                for fact in for_asker(fitting, asked.text, lambda text: self.index.share(asked.text, text))
            ]
        return granted

    def _based(self, fact: Fact, asked: Question, told: Sequence[Fact]) -> bool:
        """Whether a rate is of what the asker names, when its sentences hold rates of several bases (贷款金额的2%, 到位金额的0.5%)."""
        others = {f.base: f for f in told if f.quantity.unit == "%" and f.base != fact.base}
        if fact.quantity.unit != "%" or not others:
            return True
        words = {w for term, _ in self.index.weighted(asked.text) for w, _ in term.words if len(w) > 1} - _ANY_BASE
        share = self.index.share(asked.text, fact.condition)
        clearly = share > 1.4 * max(_CLEARLY, *(self.index.share(asked.text, f.condition) for f in others.values()))
        return clearly or any(word in fact.base for word in words)

    def cite(self, number: int, piece: Evidence, today: date) -> Citation:
        """A span of a passage as citation `number`, with whether it holds on a day."""
        document = self.index.documents[piece.passage.document_id]
        own = validity(piece.passage.raw, document.issued_on) if piece.passage.kind == "record" else None
        until = own.end if own and own.end else document.valid_until or granted_until(piece.quote)
        start = own.start if own and own.start else document.effective_from
        in_force = False if start and today < start else None if until is None else today <= until
        first, last = piece.lines
        return Citation(number, document, piece.passage, piece.quote, first, last, until, in_force)

    def _not_covered(self, found: Found, today: date) -> Answer:
        """What was looked for and why it is not there, the nearest passage when it is near at all, and whom to ask."""
        asked, hits, evidence = found.asked, found.hits, found.evidence
        why = why_not(asked, evidence, self.index)
        met = hits[0].units[0].with_titles if hits else 0.0
        near = (
            bool(evidence)
            and met > (NEAR_ELSEWHERE if why == "place" else NEAR)
            and (bool(why) or found.likely > NEARLY)
            and asked.kind not in _NO_POLICY
        )
        citations = (self.cite(1, evidence[0], today),) if near else ()
        others = (
            {named(self.index.documents[hit.passage.document_id]): None for hit in hits[:LOOKED_AT]} if near else {}
        )
        notices = tuple(n for n in notices_for(asked, citations, today) if n.kind == "expired")
        text = refusal(asked, citations, list(others)[:2], why, [n.text for n in notices])
        return Answer(asked.original, asked.shown, asked.language, "not_covered", text, citations, (), notices)


def _threshold(asked: Question) -> float:
    return FOLLOW_UP_THRESHOLD if asked.steer else THRESHOLD[asked.language]


def _unclear(language: str, length: int) -> str:
    if length > MAX_QUESTION:
        if language == "en":
            return f"The question has {length:,} characters; please ask in at most {MAX_QUESTION:,}."
        return f"问题有{length}个字符,请不要超过{MAX_QUESTION}个。"
    if language == "en":
        return "Please ask a whole question, for example: what subsidy applies to a 350 kW charger?"
    return "请把问题说完整一些,例如:350千瓦的充电桩补贴多少?"
