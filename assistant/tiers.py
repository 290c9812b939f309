"""Tiers of a grant that differ in a condition: 「通过开展临床试验获批的第三类…」 and 「其他第三类…」, and which of them some words mean."""

import itertools
import re
from collections.abc import Sequence

from assistant.classes import other_class
from assistant.facts import Fact
from index.fold import fold
from index.lexical import stands, words_of
from index.search import Index, language_of


def tier(words: str, common: str, found: Sequence[Fact], index: Index) -> Fact | None:
    """The one grant whose class and condition some words name; what stands before them, `common`, may tell the class."""
    fitting = [fact for fact in found if not other_class(words, fact.condition, index)]
    if len(fitting) == len(found):
        fitting = [fact for fact in found if not other_class(f"{common} {words}", fact.condition, index)]
    if len(fitting) == 2 and (named := _condition_of(fitting[0], fitting[1])):
        told = _told(words, common, named, index)
        return None if told is None else fitting[0 if told else 1]
    return fitting[0] if len(fitting) == 1 else None


def told_apart(found: Sequence[Fact], question: str, index: Index) -> list[Fact]:
    """The grants without those whose condition a question denies (没做临床试验), or meets where another is for the rest."""
    left = list(found)
    for first, other in itertools.pairwise(found):
        if named := _condition_of(first, other):
            told = _told(question, "", named, index)
            if told is not None:
                left.remove(other if told else first)
    return left


def _condition_of(first: Fact, other: Fact) -> str:
    """What the first of two tiers asks for and the second, for the rest, does not; "" when they are no such pair."""
    rest = _REST.match(other.condition)
    if not rest or not first.condition.endswith(other.condition[rest.end() :]):
        return ""
    return GRANTED_BY.sub(" ", first.condition.removesuffix(other.condition[rest.end() :]))


def _told(words: str, common: str, named: str, index: Index) -> bool | None:
    """Whether words say that a condition is met (True) or not (False); None when they leave it open."""
    folded = fold(words)
    for match in _DENIED.finditer(folded):
        after = words[match.end() : match.end() + 30]
        alone = re.match(r"\s*(?:[,.。;?]|$)", fold(after)) and strength(
            common, named, index
        )  # 三张没有, three without
        if alone or strength(after, named, index):
            return False
    met = strength(words, named, index) or (_DID.search(folded) and strength(common, named, index))
    return True if met else None


def strength(words: str, thing: str, index: Index) -> float:
    """How much of a thing of the documents some words of a question name, 0 to 1: 做过临床, without trials; 0 for next to nothing."""
    if language_of(words) == "zh":
        share = index.share(thing, words)
        return share if share > _NAMED else 0.0
    there = words_of(thing)
    met = sum(weight for term, weight in index.weighted(words) if weight > _RARE and stands(term, there))
    return met / (met + _RARE)


GRANTED_BY = re.compile(r"通过|经过|开展|进入|进行|获批|获得|取得|的")
_REST = re.compile(r"其他|其它|其余")
_DENIED = re.compile(r"没有?|未|无需?|不用|免|\bwithout\b|\bnot?\b|n['’]t\b|\bnever\b", re.I)
_DID = re.compile(r"(?<!没)(?<!未)做[过了]|有做|\bwith\b|\bdid\b", re.I)
_NAMED, _RARE = 0.2, 2.0
