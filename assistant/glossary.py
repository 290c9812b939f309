"""What of a Chinese sentence can be put into English exactly: amounts, dates, offices, places, each beside what it is of."""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from assistant.quantities import bounds, in_english, quantities
from index.dates import DAY, to_date
from index.fold import fold
from index.lexical import SURE, Term
from index.numbers import numbers
from index.terms import read_terms

_MONTHS = list(calendar.month_name)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A span of a sentence in English: a value (amount, day, office, place), or the head that it stands under (role, thing)."""

    start: int
    end: int
    english: str
    kind: str


def glossary(text: str, terms: Sequence[Term] = ()) -> str:
    """The values of a Chinese sentence in English, in its order, those of a thing of `terms` behind its name, which the asker
    gave: "smart factories: 50; lead: Chongqing Municipal Finance Bureau"."""
    folded = fold(text)
    values = sorted([*_amounts(text, folded), *_days(folded), *_names_in(folded)], key=lambda piece: piece.start)
    heads = sorted([*_roles(folded), *_things(folded, terms)], key=lambda piece: piece.start)
    told: list[tuple[_Piece | None, list[str]]] = []
    for n, value in enumerate(values):
        before = values[n - 1] if n else None
        head = _head(folded, value, before, heads)
        if before and told[-1][0] and not head and _BESIDE.fullmatch(folded[before.end : value.start]):
            head = told[-1][0]
        last = told[-1][0] if told else None
        if head and last and last.english == head.english:
            told[-1][1].append(value.english)
        else:
            told.append((head, [value.english]))
    lines = [f"{head.english}: {', '.join(dict.fromkeys(found))}" if head else found[0] for head, found in told]
    return "; ".join(dict.fromkeys(lines))


def key_terms(text: str, terms: Sequence[Term] = ()) -> str:
    """The line of an English answer that holds the glossary of a sentence; "" when there is none."""
    words = glossary(text, terms)
    return f"Key terms: {words}." if words else ""


_BESIDE = re.compile(r"[、和与及或,/]|以及|(?:提高|增加|缩减|降低|增长|下降)?(?:到|至|—+)")


def in_words(day: date) -> str:
    """31 December 2022."""
    return f"{day.day} {_MONTHS[day.month]} {day.year}"


def _head(text: str, value: _Piece, before: _Piece | None, heads: Sequence[_Piece]) -> _Piece | None:
    """What a value stands under: an office its role; an amount the thing right behind it (50个标志性产品) or shortly ahead
    of it (种植面积稳定在120万亩); a place what is there (绿色交通试点,在渝中区); None when nothing is known."""
    if value.kind == "office":
        roles = [h for h in heads if h.kind == "role" and h.end <= value.start]
        return roles[-1] if roles and not re.search(r"[;。]", text[roles[-1].end : value.start]) else None
    things = [h for h in heads if h.kind == "thing" and value.kind != "day"]
    for thing in things if value.kind == "amount" else ():
        if thing.start >= value.end and _OF.fullmatch(text[value.end : thing.start]):
            return thing
    ahead = [h for h in things if (before.end if before else 0) <= h.start and h.end <= value.start]
    if value.kind == "place":
        ahead = [h for h in ahead if h.end - h.start >= _LONG]  # 试点 (pilot) is everywhere
    between = (_REACHES if value.kind == "amount" else _WHERE).fullmatch
    return ahead[-1] if ahead and between(text[ahead[-1].end : value.start]) else None


_OF = re.compile(r"(?:及以上|以上|左右)?的?[\u4e00-\u9fff“]{0,4}")
_REACHES = re.compile(r"(?:\([^)]{1,12}\))?[\u4e00-\u9fff”]{0,8}")
_WHERE, _LONG = re.compile(r"[\u4e00-\u9fff”,]{0,10}在"), 4


def _amounts(text: str, folded: str) -> Iterator[_Piece]:
    # 达到 (reach) is a target as often as a condition, so the amount stands alone
    bound = {b.quantity.start: b.english for b in bounds(text) if not re.search("达到?$", folded[: b.quantity.start])}
    for q in quantities(text):
        if q.unit != "年" and not (q.unit in ("个", "条") and q.value < 10):
            yield _Piece(q.start, q.end, bound.get(q.start) or in_english(q.value, q.unit, q.per), "amount")


def _days(folded: str) -> Iterator[_Piece]:
    for match in re.finditer(DAY, folded):
        if day := to_date(*match.groups()):
            yield _Piece(*match.span(), in_words(day), "day")


def _names_in(folded: str) -> Iterator[_Piece]:
    names, pattern = _names()
    return (_Piece(*match.span(), *names[match[0]]) for match in pattern.finditer(folded))


def _roles(folded: str) -> Iterator[_Piece]:
    """Who does what, before the offices; a role without a known office is left out."""
    return (_Piece(*m.span(), role, "role") for said, role in _ROLES for m in re.finditer(said, folded))


_ROLES = (
    ("牵头(?:单位|部门)?[:：为]", "lead"),
    ("责任(?:单位|部门)?[:：为]", "responsible"),
    ("配合(?:单位|部门)?[:：为]", "supporting"),
    ("指导[^:：;。]{0,10}(?:单位|部门)[^:：;。]{0,4}[:：]", "guided by"),
)


def _things(folded: str, terms: Sequence[Term]) -> Iterator[_Piece]:
    for term in terms:
        words = sorted((w for w, weight in term.words if weight >= SURE and w[:1] != "="), key=len, reverse=True)
        if words:
            pattern = "|".join(map(re.escape, words))
            yield from (_Piece(*match.span(), term.name, "thing") for match in re.finditer(pattern, folded, re.I))


@cache
def _names() -> tuple[dict[str, tuple[str, str]], re.Pattern[str]]:
    """Chinese names → the best English one of the term list, and whether an office or a place.

    Of places the districts, counties and zones: every policy names its city. 西咸新区, listed beside 陕西, is not Shaanxi.
    """
    names: dict[str, tuple[str, str]] = {}
    ranks: dict[str, tuple[bool, bool, bool, int]] = {}
    for english, chinese, kind in read_terms():
        if kind in _NAMED and english[:1].isupper() and not list(numbers(english)):
            for name in chinese:
                rank = _rank(english, name == chinese[0])
                area = kind in _AREAS
                fit = not area or (name[-1] in "区县" and (chinese[0] in name or name in chinese[0]) and rank[1])
                if len(name) >= 3 and fit and rank > ranks.get(name, ()):
                    names[name], ranks[name] = (english, "place" if area else "office"), rank
    longest = sorted(names, key=lambda n: (-len(n), n))
    return names, re.compile("|".join(map(re.escape, longest)) or r"(?!)")


_AREAS = ("place", "park")
_NAMED = ("office", "organisation", *_AREAS)


def _rank(english: str, first: bool) -> tuple[bool, bool, bool, int]:
    """How fit an English name is: whole proper names, then what a line of the list gives first, then the plainest."""
    proper = english[:1].isupper() and not english.isupper()
    return english.startswith("Chongqing Municipal"), proper, first, len(english) if proper else -len(english)
