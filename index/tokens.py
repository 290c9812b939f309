"""Text → search tokens: Chinese characters and pairs, Latin words, numbers by value, document numbers."""

import re
from functools import lru_cache

from index.fold import fold
from index.numbers import numbers, plain

_QUOTES = re.compile(r"[“”‘’\"]")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z]+(?:[-+&.]?[a-z0-9]+)*\+?|\d+(?:\.\d+)?")


def tokens(text: str) -> list[str]:
    """The tokens of a text, in order of kind.

    充电桩 → 充 电 桩 充电 电桩; 0.5万辆 → =5000 and 辆; 35% → =35%; eVTOL → evtol.
    Characters with pairs need no segmenter and lose nothing on official text.
    """
    folded = _QUOTES.sub("", fold(text).lower())
    found: list[str] = []
    for run in _RUN.findall(folded):
        if run[0] > "\u3000":
            found += run
            found += [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            found.append(run)
    found += [f"={plain(n.value)}{n.percent}" for n in numbers(folded)]
    return found


def bare(text: str) -> str:
    """Folded lower-case text without space and quotation marks."""
    return re.sub(r"\s", "", _QUOTES.sub("", fold(text).lower()))


@lru_cache(maxsize=65536)
def together(word: str) -> tuple[str, ...]:
    """The tokens that stand together where a word stands: its pairs, or the single character."""
    if word.startswith("="):
        return (word,)
    found = tokens(word)
    pairs = tuple(token for token in found if len(token) > 1 and not token.startswith("="))
    return pairs or tuple(found)
