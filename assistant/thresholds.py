"""Thresholds that the asker's numbers meet or miss: 28 yuan per kg against 不高于25元/千克, 投资6000万 against 固定资产投资1亿元以上."""

import re
from collections.abc import Sequence
from decimal import Decimal

from assistant.facts import Fact, allows
from assistant.quantities import Bound, Quantity, bounds
from assistant.questions import Question
from assistant.sums import is_increase
from index.fold import fold


def missed(question: Question, text: str) -> list[tuple[Quantity, Bound]]:
    """The asker's quantities that a sentence's bounds shut out, each with the bound; none where another of his meets it."""
    limits = list(bounds(text))
    known = {q: [b for b in limits if comparable(question.text, q, text, b)] for q in question.quantities}
    met = [b for q, same in known.items() for b in same if b.relation in "≥>" and b.holds_for(q.value)]
    shut_out = [(q, same) for q, same in known.items() if not allows(same, q)]
    return [(q, b) for q, same in shut_out for b in same if b not in met and not b.holds_for(q.value)]


def comparable(question: str, asked: Quantity, text: str, bound: Bound) -> bool:
    """Whether a bound is on what the asker measures: an amount of money only when both are a price, have one basis, or when
    the bound is the least of what both are of (投资, 营业收入)."""
    other = bound.quantity
    if asked.unit != other.unit or asked.per != other.per or asked.unit in ("%", "‰"):
        return False
    if asked.unit != "元" or asked.per is not None:
        return True
    if _PRICE.search(fold(question)[: asked.start]) and _PRICE.search(fold(text)[: other.start]):
        return True
    least = bound.relation in "≥>" and not is_increase(question, asked)
    return least and bool(of := _measured(question, asked)) and of == _measured(text, other)


def reached(found: Sequence[Fact], question: Question) -> list[Fact]:
    """The grants without those that ask for more money (投资, 营业收入) than the asker names, and of tiers on one measure the highest."""
    named = [q for q in question.quantities if q.unit == "元"]
    levels: list[tuple[Fact, Decimal | None]] = []
    for fact in found:
        least = [b for b in bounds(fact.condition) if b.relation in "≥>"]
        mine = [(q, b) for q in named for b in least if comparable(question.text, q, fact.condition, b)]
        if not mine or any(b.holds_for(q.value) for q, b in mine):
            levels.append((fact, max((b.quantity.value for _, b in mine), default=None)))
    highest = max((level for _, level in levels if level is not None), default=None)
    return [fact for fact, level in levels if level in (None, highest)] or list(found)


def _measured(text: str, quantity: Quantity) -> str:
    """What an amount of money is of, from the words right behind it or before it; "" when none of them says so."""
    folded = fold(text)
    behind = _BEHIND.match(folded, quantity.end)
    before = re.split(r"[,。;、!?]|\. ", folded[: quantity.start])[-1][-40:]
    near = [m for m in _MEASURES.finditer(behind[0])] if behind else []
    near = near or [m for m in _MEASURES.finditer(before)][-1:]
    return (near[0].lastgroup or "") if near else ""


_SORTS = {
    "invested": r"投资额?|总投资|投入|\binvest\w*|\bspen[dt]\w*|\bputting\b",
    "earned": r"(?:营业|主营业务|销售)?收入|营收|销售额|\brevenues?\b|\bturnover\b|\bsales\b",
    "made": r"产值|\boutput\b",
    "bought": r"采购额?|\bpurchas\w*|\bprocure\w*|\bbought\b|\bbuy\w*",
    "lent": r"贷款|\bloans?\b|\bborrow\w*",
    "raised": r"融资|募资|\bfinancing\b|\brais(?:ed|ing)\b",
    "traded": r"进出口|出口额|进口额|\bexport\w*|\bimport\w*",
    "taxed": r"纳税|税收|\btax\w*",
    "settled": r"结算|\bsettle\w*",
}
_MEASURES = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SORTS.items()), re.I)
_BEHIND = re.compile(
    r"(?:以上|及以上|左右)?的[\u4e00-\u9fff]{1,8}| (?:of|in|worth of) (?:[a-z]+ ){0,2}[a-z]+| [a-z]+(?: [a-z]+)?", re.I
)
_PRICE = re.compile(r"(?:价|售|卖|\bpric\w+|\blists? at|\bsell\w* (?:at|for|about)|\bcosts?)[^,。;]{0,16}$", re.I)
