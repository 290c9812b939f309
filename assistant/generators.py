"""Evidence → words. `quote` needs no model: it says what the cited sentences say, and shows the sum."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.answers import Citation
from assistant.facts import Fact
from assistant.glossary import key_terms
from assistant.quantities import Bound, Quantity, bounds, in_chinese, in_english
from assistant.questions import Question
from assistant.sums import Sum
from assistant.wording import join, scope_in_english, source_line
from index.lexical import Term


@dataclass(frozen=True, slots=True)
class Brief:
    """All that an answer may say: the question, the cited sentences, the facts that apply, the sums, the notices, the things asked about."""

    question: Question
    citations: tuple[Citation, ...]
    readings: tuple[str, ...]
    facts: tuple[tuple[int, Fact], ...]
    sums: tuple[Sum, ...]
    notices: tuple[str, ...]
    misses: tuple[tuple[Quantity, Bound], ...]
    caution: str = ""
    things: tuple[Term, ...] = ()

    @property
    def worked_out(self) -> tuple[Decimal, ...]:
        """The numbers that the shown sums bring in."""
        return tuple(value for total in self.sums for value in total.values)


def quoting(brief: Brief, words: str = "") -> str:
    """The answer in quotes: figures first, then the sum, the sentence, the notices and the source; `words` stand in the place of the figures."""
    first = words or lead(brief)
    return _english(brief, first) if brief.question.language == "en" else _chinese(brief, first)


def lead(brief: Brief) -> str:
    """The first line: a condition that is not met, or the amounts that apply; nothing when the quote says it best."""
    language = brief.question.language
    return _misses(brief, language) or _lead(brief, language)


def _chinese(brief: Brief, first: str) -> str:
    quotes = [
        f"{reading}[{c.number}]" if not first and i == 0 else f"原文:「{reading}」[{c.number}]"
        for i, (c, reading) in enumerate(zip(brief.citations, brief.readings, strict=True))
    ]
    sums = [f"计算:{total.line}。" for total in brief.sums]
    return join([brief.caution, first, *sums, *quotes, *brief.notices, *_sources(brief.citations, "zh")])


def _english(brief: Brief, first: str) -> str:
    sums = [f"Calculation: {total.line}." for total in brief.sums]
    quotes = []
    for citation, reading in zip(brief.citations, brief.readings, strict=True):
        quotes.append(
            join([key_terms(reading, brief.things), f"The Chinese text says: 「{reading}」[{citation.number}]"])
        )
    return join([brief.caution, first, *sums, *quotes, *brief.notices, *_sources(brief.citations, "en")])


def _lead(brief: Brief, language: str) -> str:
    """The amounts that apply, each with its condition, when the question asks for money and they are few."""
    if not brief.facts or len(brief.facts) > 3:
        return ""
    parts = []
    for number, fact in brief.facts:
        q, cap = fact.quantity, fact.cap
        if language == "en":
            limit = f", capped at {in_english(cap.quantity.value, cap.quantity.unit, cap.quantity.per)}" if cap else ""
            limit += (
                scope_in_english(re.sub("每年|年度", "", cap.scope) if cap.quantity.per else cap.scope) if cap else ""
            )
            limits = ", ".join(b.english for b in list(bounds(fact.condition))[:2])
            condition = f" for {limits}" if limits else ""
            parts.append(f"{'up to ' if fact.ceiling else ''}{fact.reads('en')}{condition}{limit} [{number}]")
        else:
            limit = f",{cap.scope}上限{in_chinese(cap.quantity.value, cap.quantity.unit)}" if cap else ""
            condition = f"({fact.condition})" if fact.condition and len(fact.condition) <= 60 else ""
            written = fact.reads("zh") if q.unit == "元" or fact.upper else q.written
            parts.append(f"{'最高' if fact.ceiling else ''}{written}{condition}{limit}[{number}]")
    return f"Answer: {'; '.join(parts)}." if language == "en" else f"{';'.join(parts)}。"


def _misses(brief: Brief, language: str) -> str:
    """That the asker's quantity does not meet a condition, said outright."""
    if language == "en":
        return " ".join(
            f"Condition not met: {in_english(q.value, q.unit, q.per)} is not {b.english} [1]."
            for q, b in brief.misses[:2]
        )
    return "".join(
        f"不符合条件:{in_chinese(q.value, q.unit, q.per)}不满足“{_CONDITION[b.relation]}{in_chinese(b.quantity.value, b.quantity.unit, b.quantity.per)}”[1]。"
        for q, b in brief.misses[:2]
    )


_CONDITION = {"≥": "不低于", ">": "高于", "≤": "不高于", "<": "低于"}


def _sources(citations: Sequence[Citation], language: str) -> list[str]:
    return list(dict.fromkeys(source_line(c.document, c.passage.section, language) for c in citations))
