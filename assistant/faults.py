"""Why a sentence of a language model may not leave: figures, dates, names, negations and words that its citation does not bear."""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from assistant.answers import Citation
from assistant.facts import Fact, facts
from assistant.glossary import glossary
from assistant.quantities import bounds, quantities
from assistant.sums import Sum
from assistant.wording import day
from index.dates import DAY, to_date
from index.fold import fold, squeeze
from index.numbers import numbers
from index.search import language_of

_DATA = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))
_BOTH = {name: re.compile(pattern, re.I) for name, pattern in _DATA["both"].items()}
_SOURCE = {name: re.compile(pattern, re.I) for name, pattern in _DATA["source"].items()}
_AMOUNT_WORDS = re.compile(_DATA["amounts"]["words"], re.I)
_CEILING = re.compile(_DATA["amounts"]["ceiling"], re.I)
_FRAME = re.compile("|".join(sorted(_DATA["frame"]["words"].split("|"), key=len, reverse=True)))
_ENGLISH_FRAME = re.compile(rf"\b(?:{_DATA['frame']['english']})\b", re.I)
_NAME = re.compile(r"《([^《》]*)》")
_FORBIDDEN = re.compile(r"[「」『』<>{}|\\`#*_~^=]|https?:|www\.|\]\(|@")
_MONTHS = [day(date(2000, month, 1), "en").split()[1] for month in range(1, 13)]
_ENGLISH_DAY = re.compile(
    rf"\b(?:(\d\d?)(?:st|nd|rd|th)? ({'|'.join(_MONTHS)}),? (\d{{4}})|({'|'.join(_MONTHS)}) (\d\d?)(?:st|nd|rd|th)?,? (\d{{4}}))",
    re.I,
)
_ENGLISH_LEAST, _ENGLISH_ENOUGH, _CHINESE_ENOUGH, _STRANGE_RUN = 0.35, 0.6, 0.7, 3
_PARTS = re.compile(r"[,。;:!?、()\n]|(?<!\d)\.|\.(?!\d)")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What one sentence of a language model may rest on: one cited reading, the facts that apply, the shown sums.

    The question lends an English sentence words, never a figure.
    `share` tells how much of an English sentence stands, translated, in a Chinese text (0 to 1).
    """

    citation: Citation
    reading: str
    facts: tuple[Fact, ...]
    sums: tuple[Sum, ...]
    question: str
    language: str
    share: Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as a sentence uses it: its values (two for a range), unit, basis and bound (≥ > ≤ <), and the words beside it."""

    key: tuple[tuple[Decimal | date, ...], str, str | None, str]
    beside: str
    start: int
    end: int


def faults(sentence: str, grounds: Grounds) -> list[str]:
    """Why a sentence of a language model may not leave: what of it the one place that it cites does not bear.

    Figures with unit, basis and bound, dates, names, negations, quotes and most of the words must stand there.
    A whole clause of the cited text is always borne. Strict by intention: what is dropped stands in the quote below.
    """
    said = unicodedata.normalize("NFC", sentence).strip()
    if language_of(_NAME.sub("", said)) != grounds.language or not re.search(r"\w{2}", said):
        return ["language"]
    if _is_clause(said, grounds.reading):
        return []
    found = (
        ["markup"]
        if _FORBIDDEN.search(said) or any(unicodedata.category(c) in ("Cc", "Cf", "Co") for c in said)
        else []
    )
    rest, named = _without_names(said, grounds.citation, grounds.reading)
    found += [] if named else ["name"]
    found += _wrong_figures(rest, grounds)
    found += _wrong_claims(rest, grounds.reading)
    found += _strange_words(rest, grounds)
    return found


def _is_clause(said: str, reading: str) -> bool:
    """Whether a sentence is one or more whole clauses of the reading, word for word."""
    words, text = squeeze(said).strip("。.;,"), squeeze(reading)
    at = text.find(words) if len(words) >= 6 else -1
    return (
        at >= 0
        and (at == 0 or text[at - 1] in "。;")
        and text[at + len(words) : at + len(words) + 1] in ("", "。", ";")
    )


def _without_names(said: str, citation: Citation, reading: str) -> tuple[str, bool]:
    """A sentence without the 《names》 and the number of the cited policy, and whether all names are the cited one's or stand there."""
    document = citation.document
    own = [squeeze(t) for t in (document.name, document.title) if t]
    strange = [
        name for name in _NAME.findall(said)
        if squeeze(name) not in own and squeeze(f"《{name}》") not in squeeze(reading)
    ]  # fmt: skip
    rest = _NAME.sub(" ", said)
    return rest.replace(document.document_number or "\0", " "), not strange and "《" not in rest and "》" not in rest


_Found = tuple[int, int, tuple[tuple[Decimal | date, ...], str, str | None]]  # start, end, what stands there


def figures(text: str) -> list[Figure]:
    """The dates, quantities and bare numbers of a text, in order; a range is one figure."""
    folded = fold(text)
    found: list[_Found] = []
    for match in _dates(folded):
        found.append((*match[0], ((match[1],), "date", None)))
    taken = [(start, end) for start, end, _ in found]
    for q in quantities(text):
        if not any(start < q.end and q.start < end for start, end in taken):
            found.append((q.start, q.end, ((q.value,), q.unit, q.per or _each_time(folded[q.end :]))))
    taken = [(start, end) for start, end, _ in found]
    for n in numbers(text):
        if not any(start < n.end and n.start < end for start, end in taken):
            found.append((n.start, n.end, ((n.value,), n.percent, None)))
    relations = {b.quantity.start: b.relation for b in bounds(text)}
    result, before = [], 0
    for start, end, key in _ranges(sorted(found, key=lambda f: f[0]), folded):
        head = _PARTS.split(folded[before:start])
        near = folded[max(before, start - 24) : start]
        relation = relations.get(start, "") if key[1] != "date" else ""
        if not relation and _CEILING.search(_PARTS.split(near)[-1]):
            relation = "≤"
        tail = _PARTS.split(folded[end : end + 30])[0]
        result.append(Figure((*key, relation), "".join(head[-2:]) + tail, start, end))
        before = end
    return result


def _each_time(tail: str) -> str | None:
    """ "… per year" → 年: spans of time, which the reader of quantities leaves out in English."""
    match = re.match(r" (?:per|a|each|every) (year|annum|month)\b| (annually|yearly|monthly)\b", tail, re.I)
    return None if not match else "个月" if "month" in match[0].lower() else "年"


def _ranges(found: Sequence[_Found], folded: str) -> list[_Found]:
    """100万—500万元, 1 million yuan to 5 million yuan: two values of one figure."""
    merged: list[_Found] = []
    for start, end, (values, unit, per) in found:
        if (
            merged
            and re.fullmatch(r" ?(?:—+|-+|~|至|到|to) ?", folded[merged[-1][1] : start])
            and merged[-1][2][1] == unit
        ):
            first, _, (before, _, basis) = merged.pop()
            merged.append((first, end, (before + values, unit, per or basis)))
        else:
            merged.append((start, end, (values, unit, per)))
    return merged


def _dates(folded: str) -> Iterator[tuple[tuple[int, int], date]]:
    for match in re.finditer(rf"{DAY}|(\d{{4}})[-./](\d\d?)[-./](\d\d?)", folded):
        parts = [part for part in match.groups() if part]
        if on := to_date(*parts):
            yield match.span(), on
    for match in _ENGLISH_DAY.finditer(folded):
        number, month, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        if on := to_date(year, str(_MONTHS.index(month.capitalize()) + 1), number):
            yield match.span(), on


def _wrong_figures(said: str, grounds: Grounds) -> list[str]:
    """The figures that are not borne, or that stand beside the words of another one."""
    source = figures(grounds.reading)
    chosen = {(q.value, q.unit) for f in grounds.facts for q in (f.quantity, f.upper, f.cap and f.cap.quantity) if q}
    if grounds.facts:  # of tiers only those of the asker
        others = {(f.quantity.value, f.quantity.unit) for f in facts(grounds.reading)} - chosen
        source = [f for f in source if (f.key[0][0], f.key[1]) not in others]
    summed = [f for total in grounds.sums for f in figures(re.split(r"故为|, so ", total.line)[-1])]
    if len(grounds.sums) > 1:
        summed = []
    mine = figures(said)
    wrong = [said[f.start : f.end] for f in mine if not _stands(f, source, grounds.language) and not _in_sum(f, summed)]
    wrong += _leftover_amounts(said, mine, grounds.reading)
    return [f"figure {written}" for written in wrong]


def _stands(figure: Figure, source: Sequence[Figure], language: str) -> bool:
    """Whether a figure stands in the source with its unit, basis and bound, and no other one there is meant as likely."""
    value, unit, per, relation = figure.key
    same = [f for f in source if f.key[:3] == (value, unit, per) and _bound_kept(relation, f.key[3], unit)]
    rivals = [f for f in source if f.key[1] == unit and f.key[0] != value]
    if not same or not rivals:
        return bool(same)
    if language == "en":
        return not [f for f in rivals if f.key[2] == per and _bound_kept(relation, f.key[3], unit)]
    return max(_alike(figure.beside, f.beside) for f in same) > max(_alike(figure.beside, f.beside) for f in rivals)


def _in_sum(figure: Figure, summed: Sequence[Figure]) -> bool:
    value, unit, per, relation = figure.key
    rivals = {f.key[0] for f in summed[-1:]} - {value}
    return any(f.key == figure.key for f in summed) and (unit != "元" or bool(per) or relation == "≤" or not rivals)


def _bound_kept(said: str, source: str, unit: str) -> bool:
    """A bound may not change; that something is "at least" may go unsaid, that it is "at most" may not, nor that money is bounded."""
    return said == source or (not said and source in ("≥", ">") and unit not in ("元", "%", "‰"))


def _alike(one: str, other: str) -> float:
    """How alike two texts are by pairs of characters (Dice), 0 to 1."""
    a, b = (Counter(x + y for x, y in pairwise(w)) for w in map(_words_alone, (one, other)))
    return 2 * (a & b).total() / max(1, (a | b).total() + (a & b).total())


def _words_alone(text: str) -> str:
    return re.sub(r"[^\u4e00-\u9fffa-z]", "", squeeze(text).lower())


def _leftover_amounts(said: str, mine: Sequence[Figure], reading: str) -> list[str]:
    """Amounts that are no parsed figure: half, 一半, ½, 十余; in Chinese they may stand there in the same words."""
    text, source = fold(said), squeeze(reading)
    free = [all(not f.start <= i < f.end for f in mine) for i in range(len(text))]
    wrong = [m[0] for m in _AMOUNT_WORDS.finditer(text) if free[m.start()]]
    for i, char in enumerate(text):
        numeric = unicodedata.numeric(char, None) is not None or char in _DATA["amounts"]["marks"]
        if numeric and free[i] and squeeze(text[max(0, i - 1) : i + 2]) not in source:
            wrong.append(char)
    return wrong


def _wrong_claims(said: str, reading: str) -> list[str]:
    """Negations, exemptions and the like that the sentence adds or drops, judged clause by clause where the words allow it."""
    chinese = language_of(said) == "zh"
    if not chinese:
        pairs = [(said, reading)]
    else:
        theirs = _clauses(reading)
        pairs = [(mine, max(theirs, key=lambda t: _alike(mine, t), default="")) for mine in _clauses(said)]
    most = 9 if chinese else 1  # across languages only whether it is said, not how often
    wrong = [
        name
        for name, pattern in _BOTH.items()
        for a, b in pairs
        if min(most, len(pattern.findall(a))) != min(most, len(pattern.findall(b)))
    ]
    return wrong + [
        n for n, pattern in _SOURCE.items() if pattern.search(fold(said)) and not pattern.search(fold(reading))
    ]


def _clauses(text: str) -> list[str]:
    return [part for part in re.split(r"[,。;:!?()\n]", fold(text)) if len(_words_alone(part)) >= 2]


def _strange_words(said: str, grounds: Grounds) -> list[str]:
    """Whether too much of a sentence stands neither in the cited reading nor in the titles above it."""
    citation = grounds.citation
    source = " ".join([grounds.reading, *citation.passage.section, citation.document.title, *citation.document.issuers])
    if grounds.language == "en":
        return _strange_english(said, source, glossary(grounds.reading), grounds)
    quoted = [q for q in re.findall(r"[“\"]([^”\"]*)[”\"]", said) if squeeze(q) not in squeeze(source)]
    latin = [
        w for w in re.findall(r"[A-Za-z]+", fold(said)) if w.lower() not in fold(source).lower() and w.lower() != "kw"
    ]
    words, stands = _words_alone(_FRAME.sub("|", fold(said)).replace("|", "")), _words_alone(source)
    borne = [False] * len(words)
    for i in range(len(words) - 1):
        if words[i : i + 2] in stands:
            borne[i] = borne[i + 1] = True
    runs = [len(run) for run in "".join("+" if b else "-" for b in borne).split("+")]
    strange = words and (max(runs) > _STRANGE_RUN or sum(borne) < _CHINESE_ENOUGH * len(words))
    return [*(f"quote {q}" for q in quoted), *(f"word {w}" for w in latin), *(["words"] if strange else [])]


def _strange_english(said: str, source: str, terms: str, grounds: Grounds) -> list[str]:
    chinese = [c for c in re.findall(r"[\u4e00-\u9fff]+", said) if c not in squeeze(source)]
    given = f"{terms} {' '.join(total.line for total in grounds.sums)}".lower()
    names = [
        m[0] for m in re.finditer(r"(?<![.!?:] )(?<!^)\b[A-Z][A-Za-z]{2,}", said)
        if m[0].lower() not in given and not grounds.share(m[0], source)
    ]  # fmt: skip
    words = re.sub(r"[\d,.]+|\b(?:yuan|kw|percent|per)\b", " ", re.sub(r"[\u4e00-\u9fff]+", " ", said), flags=re.I)
    words = _ENGLISH_FRAME.sub(" ", words)
    asked = {w.rstrip("s") for w in re.findall(r"[a-z]{3,}", grounds.question.lower())}
    further = " ".join(w for w in words.split() if re.sub(r"\W", "", w.lower()).rstrip("s") not in asked)
    borne = grounds.share(words, source)
    strange = borne < _ENGLISH_LEAST or (
        borne < _ENGLISH_ENOUGH
        and grounds.share(further, source) < _ENGLISH_ENOUGH
        and bool(re.search(r"\w{2}", further))
    )
    return [*(f"word {w}" for w in [*chinese, *names]), *(["words"] if strange else [])]
