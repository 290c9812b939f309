"""The words of an answer in Chinese and English: dates, sources, notices, frames."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

from assistant.quantities import in_english, quantities
from index.documents import Document
from index.terms import read_terms

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_NAMED = ("office", "organisation")


def day(value: date, language: str) -> str:
    """2022年12月31日, or 31 December 2022."""
    return (
        f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
        if language == "en"
        else f"{value.year}年{value.month}月{value.day}日"
    )


def source_line(document: Document, section: Sequence[str], language: str) -> str:
    """The policy, its number, its date and the section, as one cites it."""
    where = " › ".join(s for s in section[1:][-2:] if len(s) <= 40)
    return _source(document, language) + (f" › {where}" if where else "")


def named(document: Document) -> str:
    """The name of a policy in 《》; the first words of an untitled text in quotation marks."""
    return f"《{document.name}》" if document.kind not in ("news", "list", "reading guide") else f"“{document.name}”"


def _source(document: Document, language: str) -> str:
    number = f"({document.document_number})" if document.document_number else ""
    title = named(document)
    if language == "en":
        kind = {"news": "News item", "list": "List of measures", "reading guide": "Official reading guide"}.get(
            document.kind, "Source"
        )
        return f"{kind}: {title}{number}" + (f", issued {day(document.issued_on, 'en')}" if document.issued_on else "")
    kind = {"news": "新闻报道", "list": "政策清单", "reading guide": "政策解读"}.get(document.kind, "依据")
    return f"{kind}:{title}{number}" + (f",{day(document.issued_on, 'zh')}印发" if document.issued_on else "")


def expired(until: date, language: str) -> str:
    """The notice that a policy has run out; the date stands in both forms."""
    if language == "en":
        return f"Note: this policy ran until {day(until, 'en')} ({until.isoformat()}) and has expired."
    return f"注意:该政策期限至{day(until, 'zh')}({until.isoformat()}),现已过期。"


def not_yet(start: date, language: str) -> str:
    """The notice that a policy is not yet in force."""
    return (
        f"Note: this policy takes effect on {day(start, 'en')}."
        if language == "en"
        else f"注意:该政策自{day(start, 'zh')}起施行,目前尚未生效。"
    )


def glossary(text: str) -> str:
    """The amounts and offices of a Chinese sentence in English, exact ones only: "30 million yuan; Municipal Finance Bureau"."""
    found: list[tuple[int, str]] = []
    for quantity in quantities(text):
        if quantity.unit not in ("年",) and not (quantity.unit in ("个", "条") and quantity.value < 10):
            found.append((quantity.start, in_english(quantity.value, quantity.unit, quantity.per)))
    names, pattern = _names()
    found += [(m.start(), names[m[0]]) for m in pattern.finditer(text)]
    return "; ".join(dict.fromkeys(words for _, words in sorted(found)))


@cache
def _names() -> tuple[dict[str, str], re.Pattern[str]]:
    """Chinese names of offices and bodies → English; the first English name of the term list that is no abbreviation."""
    names: dict[str, str] = {}
    for english, chinese, kind in read_terms():
        if kind in _NAMED:
            for name in chinese:
                better = name not in names or _rank(english) > _rank(names[name])
                if len(name) >= 3 and better and not re.search(r"\d", english):
                    names[name] = english
    longest = sorted(names, key=lambda n: (-len(n), n))
    return names, re.compile("|".join(map(re.escape, longest)) or r"(?!)")


def _rank(english: str) -> tuple[bool, bool, int]:
    return english.startswith("Chongqing Municipal"), english[:1].isupper() and not english.isupper(), len(english)


def join(parts: Sequence[str]) -> str:
    """The parts of an answer, one a line, empty ones left out."""
    return "\n".join(part for part in parts if part)
