"""Rows counted: how many items of a list name an office, a type, a deadline, with the numbers of the rows."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from assistant.questions import Question
from assistant.sums import Sum
from index.fold import fold, squeeze
from index.lexical import SURE, stands, words_of
from index.passages import Passage
from index.search import Index

Row = dict[str, str]


def tally(question: Question, first: Passage, index: Index) -> Sum | None:
    """How many rows of the table of a passage have what the question names, and which; None when it asks more than that."""
    if first.kind != "row" or not _ASKED.search(fold(question.text)):
        return None
    number, *others = dict(_cells(first))
    table = [(p.section, dict(_cells(p))) for p in index.passages_of(first.document_id) if "row" in p.kind]
    parts = {section for section, row in table if section == first.section or others[0] in row}
    rows = [row for section, row in table if section == first.section]
    if len(parts) > 1 or not all(row.get(number, "").isdecimal() for row in rows):
        return None  # a table over several sections is counted by none of them, nor rows without sure columns
    named = [(c, v) for c in others for v in _named(question, c, rows, index)]
    chosen = sorted({int(row[number]) for row in rows if all(v in _values(row[c]) for c, v in named)})
    said = " ".join([*first.section, index.documents[first.document_id].name, *(f"{c} {v}" for c, v in named)])
    if not named or not chosen or _asks_more(question, said, index):
        return None
    told, which = "、".join(f"{c}: {v}" for c, v in named), ", ".join(_ranges(chosen))
    line = (
        f"{len(chosen)} rows have “{told}” (nos. {which})"
        if question.language == "en"
        else f"表中“{told}”的共{len(chosen)}项({number}{which})"
    )
    return Sum(line, (Decimal(len(chosen)), *map(Decimal, chosen)))


def _cells(passage: Passage) -> Iterator[tuple[str, str]]:
    for cell in passage.text.split("; "):
        column, _, value = cell.partition(": ")
        yield column, value


def _values(cell: str) -> list[str]:
    return re.split(r"[、,]", cell)


def _named(question: Question, column: str, rows: Sequence[Row], index: Index) -> list[str]:
    """The values of a column that all rows have, and some share, which the question names."""
    if not all(column in row for row in rows):
        return []
    counted = Counter(value for row in rows for value in _values(row[column]))
    text = squeeze(question.text)
    terms = index.translator.terms(question.text) if question.language == "en" else []
    meant = {word for term in terms for word, weight in term.words if weight >= SURE}
    return [
        v
        for v, n in counted.items()
        if n > 1 and len(v) > 2 and any(name in meant or name in text for name in (v, v.removeprefix("市")))
    ]


def _asks_more(question: Question, said: str, index: Index) -> bool:
    """Whether the question says anything that neither the table nor the counted values do: which of them concern water."""
    if question.language == "en":
        if _BUT.search(question.text):
            return True
        terms = [t for t in index.translator.terms(question.text) if t.name not in _PLAIN_EN and not t.name.isdecimal()]
        words = words_of(said)
        return any(not stands(term, words) for term in terms)
    told, left = squeeze(said), squeeze(question.text)
    if len(left) > _LONGEST:
        return True
    for size in range(len(left), 1, -1):
        for at in range(len(left) - size + 1):
            if left[at : at + size] in told:
                left = left[:at] + " " * size + left[at + size :]
    return bool(re.sub(r"[\s市区县]", "", _PLAIN_ZH.sub("", left)))


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    """1, 2, 3, 7 → 1–3, 7."""
    start = last = numbers[0]
    for number in [*numbers[1:], 0]:
        if number != last + 1:
            yield f"{start}–{last}" if last > start else str(start)
            start = number
        last = number


_LONGEST = 200
_BUT = re.compile(r"\b(?:not|except|excluding|without|besides|other than|before|after|first|last)\b|n['’]t\b", re.I)
_PLAIN_ZH = re.compile(
    r"\d+年?|一共|总共|合计|其中|里面?|当中|属于|请问|有|是|由|归|的|给|了|在|和|几个?[项条件]|多少个?[项条件]|[项条件]|放|管|负责|[,。?!、:“”《》()]"
)
_PLAIN_EN = frozenset(("powers", "items", "matters", "list", "listed", "delegated", "handed", "given", "passed", "total", "altogether", "guided"))  # fmt: skip
_ASKED = re.compile(
    r"(?:几|多少)个?[项条件]|\bhow many (?:of (?:the|these|those) )?(?:[\w-]+ ){0,4}(?:items|powers|matters|tasks|entries|rows|approvals|permits|penalties|inspections|measures)\b",
    re.I,
)
