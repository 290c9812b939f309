"""What kind of thing a question asks for, and whether a text holds that kind of thing."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from index.fold import fold

ABOUT_POLICY = frozenset(("document_number", "validity", "issue_date"))  # kinds that ask about a policy itself
_DATA = Path(__file__).with_name("asked.toml")


@cache
def _kinds() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    return {
        kind: (re.compile("|".join(entry["asks"]), re.I), re.compile("|".join(entry["holds"]), re.I))
        for kind, entry in _kinds().items()
    }


def kinds(question: str) -> tuple[str, ...]:
    """The kinds of thing a question asks for, in the order of asked.toml; () when it asks for none of them."""
    folded = fold(question)
    return tuple(kind for kind, (asks, _) in _patterns().items() if asks.search(folded))


def without_asking(kind: str, question: str) -> str:
    """A question, folded, without the words that ask for a kind: 加氢站补贴能叠加吗 → 加氢站补贴能吗."""
    return _patterns()[kind][0].sub(" ", fold(question))


def holds(kind: str, text: str) -> bool:
    """Whether a text holds a thing of a kind: an amount, an office, a date, a phone number."""
    return _patterns()[kind][1].search(fold(text)) is not None


def strict(kind: str) -> bool:
    """Whether only a text that holds a thing of this kind can answer."""
    return bool(_kinds().get(kind, {}).get("strict"))
