"""Classes: 第三类, Class II, 四星级, 第四跑道, T3; 国内 and 国外, 主板 and 科创板. What is said of one does not hold for another."""

import re
import tomllib
from functools import cache
from pathlib import Path

from index.fold import fold
from index.search import Index


def other_class(question: str, text: str, index: Index) -> bool:
    """Whether the question names a class (第一类, Class I, 5星级, 国内), and a text others of its sort only."""
    asked, there = _classes(question, index), _classes(text, index)
    return any(there.get(sort) and not named & there[sort] for sort, named in asked.items())


_ORDINALS = (("一", "1", "i", "first", "one"), ("二", "2", "ii", "second", "two"), ("三", "3", "iii", "third", "three"), ("四", "4", "iv", "fourth", "four"),
              ("五", "5", "v", "fifth", "five"), ("六", "6", "vi", "sixth", "six"), ("七", "7", "vii", "seventh", "seven"), ("八", "8", "viii", "eighth", "eight"))  # fmt: skip
_ROMAN = str.maketrans("ⅠⅡⅢⅣⅤ", "一二三四五")
_CLASSES = (  # what is numbered, pattern
    ("类", re.compile(r"(?<=[张家款个])([一二三四五])类")),
    ("类", re.compile(r"(?<![第一二三四五\d])([一二三1-3])类(?=医疗|器械|证|备案|产品)")),
    ("类", re.compile(r"\bclass (i{1,3}v?|[1-5])\b", re.I)),
    ("类", re.compile(r"\b(first|second|third|fourth)[- ]class\b", re.I)),
    ("期", re.compile(r"(?<![A-Za-z\d十])([一二三四1-4]|I{1,3}V?|IV)期(?=[^,。;]{0,4}(?:临床|试验))")),
    ("期", re.compile(r"\bphase (i{1,3}v?|iv|[1-4])\b", re.I)),
    ("星", re.compile(r"([一二三四五1-5])星级?")),
    ("星", re.compile(r"\b(one|two|three|four|five|[1-5])[- ]star\b", re.I)),
)
_NUMBERED = re.compile(r"第([一二三四五六七八1-8])(?:条|个|座|期)?(类|[\u4e00-\u9fff]{2})")
_NTH = re.compile(r"\b(first|second|third|fourth|fifth|sixth|seventh|eighth) ([a-z]+)", re.I)
_LETTERED = re.compile(r"(?<![A-Za-z])([A-Z])类|\b[Cc](?:lass|ategory) ([A-HJ-UW-Z])\b")
_CODE = re.compile(r"(?<![A-Za-z0-9])([A-Z]{1,2})(\d)(?![0-9])")


@cache
def _alternatives() -> list[tuple[str, str, re.Pattern[str]]]:
    """(sort, alternative, pattern) for each alternative of classes.toml."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return [
        (sort, name, re.compile("|".join(forms), re.I)) for sort, group in data.items() for name, forms in group.items()
    ]


def _classes(text: str, index: Index) -> dict[str, set[int | str]]:
    """The classes, stars, numbered things, letter codes (T3, L4) and alternatives that a text names, by sort: {"类": {2}, "跑道": {4}}."""
    folded = fold(text).translate(_ROMAN)
    found = [(sort, match[1]) for sort, pattern in _CLASSES for match in pattern.finditer(folded)]
    found += [(match[2], match[1]) for match in _NUMBERED.finditer(folded)]
    for match in _NTH.finditer(folded):
        found += [(word, match[1]) for term in index.translator.terms(match[2]) for word, _ in term.words]
    by_sort: dict[str, set[int | str]] = {match[1]: {int(match[2])} for match in _CODE.finditer(folded)}
    for letter in _LETTERED.findall(folded):
        by_sort.setdefault("lettered", set()).add("".join(letter).upper())
    for sort, written in found:
        by_sort.setdefault(sort, set()).add(next(n for n, forms in enumerate(_ORDINALS, 1) if written.lower() in forms))
    for sort, name, pattern in _alternatives():
        if pattern.search(folded):
            by_sort.setdefault(sort, set()).add(name)
    return by_sort
