"""Sums of several grants: of different tiers, of two for one thing, of a loan's interest, of two bases with a rate each."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from assistant.classes import other_class
from assistant.facts import Fact, facts_by_clause
from assistant.premises import common
from assistant.quantities import Quantity, shown_in
from assistant.questions import Question
from assistant.subjects import known_words
from assistant.sums import INTEREST, ONE, PAID_BY, Sum, amounts, in_yuan, limited, percent, same_unit
from assistant.tiers import GRANTED_BY, strength, tier
from index.fold import fold, squeeze
from index.numbers import Number, numbers
from index.search import Index, language_of

Several = tuple[list[Fact], list[Sum]]  # the grants, and what they come to
Clauses = Sequence[tuple[str, list[Fact]]]


def of_several(asked: Question, reading: str, index: Index) -> Several | None:
    """What several things of different tiers get, one thing from two grants, a loan's interest, or two bases with a rate each;
    None when it is none of these or not plain."""
    clauses = facts_by_clause(reading)
    granted = [fact for _, found in clauses for fact in found]
    return (
        _of_tiers(asked, granted, index)
        or _of_two_grants(asked, clauses, index)
        or _on_interest(asked, granted)
        or _of_bases(asked, clauses)
    )


def _of_tiers(asked: Question, granted: Sequence[Fact], index: Index) -> Several | None:
    """两张做过临床试验的三类证,一张没做临床的二类证: each count with the tier that its own words name."""
    found = [fact for fact in granted if fact.quantity.unit == "元" and not fact.upper]
    per = {fact.quantity.per for fact in found} & _GROUPS
    counts = _items(asked, per)
    if len(counts) > 2 and counts[0].value == sum(item.value for item in counts[1:]):
        counts = counts[1:]  # 3 certificates, 2 of them ...
    tiered = [fact for fact in found if fact.quantity.per in per and not fact.cap]
    if len(counts) < 2 or len(per) != 1 or len(tiered) < 2:
        return None
    units = [q.unit for q in asked.quantities for item in counts if q.start <= item.start < q.end]
    if not all(same_unit(unit, str(*per)) or (unit, *per) == ("个", "名") for unit in units):
        return None  # 3 patents and 2 certificates
    ends = [*(item.start for item in counts[1:]), len(asked.text)]
    tiers = []
    for item, end in zip(counts, ends, strict=True):
        words = re.split(r"[。?!;]|\. ", asked.text[item.end : end])[0]
        chosen = tier(words, asked.text[: item.start], tiered, index)
        tiers.append(chosen or _of_group(tiered, _group(asked.text, item, counts), index))
    if not all(tiers):
        return None
    return _added([(item.value, fact) for item, fact in zip(counts, tiers, strict=True) if fact], asked.language)


def _of_group(found: Sequence[Fact], words: str, index: Index) -> Fact | None:
    """The one grant whose name, the end of its condition, some words share most of: 硕士 in 5名硕士; None when two are as near."""
    if language_of(words) == "en":
        return _best_named(found, (), words, index)
    said = squeeze(words)
    runs = [common(said, re.split("[,、的]", squeeze(fact.condition))[-1]) for fact in found]
    best = max(runs, key=len)
    fact = found[runs.index(best)]
    longer = [word for word in known_words(said, index.lexicon) if best in word and word not in squeeze(fact.condition)]
    clear = len(best) > 1 and [len(run) for run in runs].count(len(best)) == 1 and not longer  # 博士后 is no 博士
    return fact if clear else None


def _group(text: str, item: Number, counts: Sequence[Number]) -> str:
    """The words between commas around a count, 3名博士 or 博士3名; none when another count stands there too."""
    cuts = [0, *(place for m in _APART.finditer(fold(text)) for place in m.span()), len(text)]
    start, end = max(c for c in cuts if c <= item.start), min(c for c in cuts if c >= item.end)
    return text[start:end] if sum(start <= other.start < end for other in counts) == 1 else ""


_APART = re.compile(r"[,、。;?!和与及]| and |\. ")
_GROUPS = PAID_BY | {"名", "户", "头", "箱"}


def _items(asked: Question, per: set[str | None]) -> list[Number]:
    """The counts in a question that may be of the things paid by, in order: 两张, one Class III device, three Class II ones."""
    others = [(q.start, q.end) for q in asked.quantities if q.unit not in _GROUPS]
    text = fold(asked.text)
    ones = [Number(Decimal(1), "", m.start(), m.end(), m[0]) for m in ONE.finditer(text)]
    counted = [
        n
        for n in numbers(asked.text)
        if 0 < n.value < 1000
        and n.value == int(n.value)
        and not n.percent
        and not any(a <= n.start < b for a, b in others)
        and not _NO_COUNT.search(text[: n.start])
    ]
    return sorted([*ones, *counted], key=lambda n: n.start) if per else []


_NO_COUNT = re.compile(r"(?:\b(?:class|tier|level|grade|type|phase|no\.?) ?|第)$", re.I)


def _of_two_grants(asked: Question, clauses: Clauses, index: Index) -> Several | None:
    """「每张最高300万元。…再给予最高100万元」: one thing that gets both, when the question asks for both and names both."""
    both = _BOTH.search(fold(asked.text))
    if not both or any(item.value > 1 and item.start != both.start() for item in _items(asked, {"张"})):
        return None
    further = next((i for i, (text, found) in enumerate(clauses) if i and found and _FURTHER.search(fold(text))), 0)
    before = [fact for _, found in clauses[:further] for fact in found]
    first = tier(asked.text, "", before, index)
    second = _best_named(clauses[further][1], (first,), asked.text, index) if first and further else None
    if not first or not second or any(f.quantity.unit != "元" or f.upper or f.cap for f in (first, second)):
        return None
    return _added([(Decimal(0), first), (Decimal(0), second)], asked.language)


_BOTH = re.compile(
    r"两(?:头|项|笔|种|个)|加起来|加在一起|合计|合起来|总共|一共|叠加|\bboth\b|\badd|\ball in\b|\btogether\b|\btotal\b|\bcombined?\b|\baltogether\b",
    re.I,
)
_FURTHER = re.compile(r"再(?:分别)?给予|再予以|再奖励|再补贴|另(?:外|行)?(?:再)?给予|额外给予|叠加")


def _best_named(found: Sequence[Fact], beside: Sequence[Fact], words: str, index: Index) -> Fact | None:
    """The one grant of which some words name clearly more than of the others, and of those `beside`, what only it tells of."""
    fitting = [fact for fact in found if not other_class(words, fact.condition, index)]
    if len(fitting) == 1 < len(found):
        return fitting[0]  # the national procedure, not the city's
    found, named = fitting, []
    for fact in found:
        others = " ".join(f.condition for f in (*beside, *found) if f is not fact)
        own = "".join(word for word in known_words(fact.condition, index.lexicon, 2) if word not in others)
        named.append(strength(words, GRANTED_BY.sub(" ", own), index))
    best = max(named, default=0.0)
    clear = best > 0 and sum(one > best / 2 for one in named) == 1
    return found[named.index(best)] if clear else None


def _added(parts: Sequence[tuple[Decimal, Fact]], language: str) -> Several:
    """2张 × 300万元/张 + 1张 × 20万元/张; a count of 0 stands for one thing that is not counted."""
    show = shown_in(language)
    terms, result = [], Decimal(0)
    for count, fact in parts:
        q = fact.quantity
        terms.append(f"{show(count, q.per)} × {show(q.value, q.unit, q.per)}" if count else show(q.value, q.unit))
        result += (count or 1) * q.value
    line = f"{' + '.join(terms)} = {in_yuan(result, language)}"
    return [fact for _, fact in parts], [Sum(line, (result, *(count for count, _ in parts if count)))]


def _on_interest(asked: Question, granted: Sequence[Fact]) -> Several | None:
    """「按照贷款利率的50%,最高不超过贷款金额的2%给予贴息」: the share of the rate that the asker pays, and what that is of the loan."""
    found = [fact for fact in granted if INTEREST.search(fact.base) and fact.quantity.unit == "%"]
    text = fold(asked.text)
    rates = {
        q.value
        for q in asked.quantities
        if q.unit == "%" and (_PAYS.search(text[: q.start]) or _PAYS_AFTER.match(text[q.end :]))
    }
    loans = {q.value for q in amounts(asked.quantities)}
    if len(found) != 1 or len(rates) != 1 or len(loans) != 1:
        return None
    fact, own, loan, show = found[0], rates.pop(), loans.pop(), shown_in(asked.language)
    share = paid = own * fact.quantity.value / 100
    line, values, cap = f"{show(own, '%')} × {show(fact.quantity.value, '%')} = {show(share, '%')}", [share], fact.cap
    if cap and cap.quantity.unit == "%":
        line += limited(share, cap.quantity.value, "%", cap.scope, asked.language)
        values, paid, cap = [share, cap.quantity.value], min(share, cap.quantity.value), fact.more
    rest = replace(fact, cap=cap, quantity=replace(fact.quantity, value=paid))
    return [fact], [Sum(line, tuple(values)), percent(show(loan, "元"), loan, rest, asked.language)]


def _of_bases(asked: Question, clauses: Clauses) -> Several | None:
    """「存量不高于3%、增量不高于10%」 of 存量2000万、增量500万: each rate of the amount that bears the name of its base.

    Of 1200万, 其中增量300万, the rest is the 存量.
    """
    show = shown_in(asked.language)
    for _, granted in clauses:
        rated = [(fact, m[1]) for fact in granted if fact.quantity.unit == "%" and (m := _BASE_NAME.search(fact.base))]
        pairs = [(q, fact) for fact, name in rated if (q := _amount_of(name, asked))]
        rest = _rest_of(pairs, asked) if len(rated) == 2 and {name for _, name in rated} == {"存量", "增量"} else None
        if rest:
            pairs.append((rest[0], next(fact for fact, name in rated if name == "存量")))
        if len(rated) == len(pairs) == 2 and not any(fact.cap for _, fact in pairs):
            result = sum((q.value * fact.quantity.value / 100 for q, fact in pairs), Decimal(0))
            terms = [f"{show(q.value, '元')} × {show(fact.quantity.value, '%')}" for q, fact in pairs]
            line = f"{' + '.join(terms)} = {in_yuan(result, asked.language)}"
            return [fact for _, fact in pairs], [*(rest[1:] if rest else ()), Sum(line, (result,))]
    return None


def _rest_of(pairs: Sequence[tuple[Quantity, Fact]], asked: Question) -> tuple[Quantity, Sum] | None:
    """What is left of the one larger amount without the increase, the only amount that is named, and that sum."""
    larger = [q for q in amounts(asked.quantities) if len(pairs) == 1 and q.value > pairs[0][0].value]
    if len(larger) != 1 or len(amounts(asked.quantities)) != 2 or "增量" not in pairs[0][1].base:
        return None
    show, left = shown_in(asked.language), larger[0].value - pairs[0][0].value
    line = f"{show(larger[0].value, '元')} − {show(pairs[0][0].value, '元')} = {show(left, '元')}"
    return replace(larger[0], value=left), Sum(line, (left,))


def _amount_of(name: str, asked: Question) -> Quantity | None:
    """The asker's amount that stands behind a name: 存量是2000万."""
    named = re.compile(rf"{name}[是为有约]?$")
    return next((q for q in asked.quantities if q.unit == "元" and named.search(asked.text[: q.start])), None)


_PAYS = re.compile(r"(?:利率|利息|年息|年化|\binterest(?: rate)?)[^,。;%]{0,14}$", re.I)
_PAYS_AFTER = re.compile(r"的?(?:年?利率|利息|年化|年息)| (?:\w+ ){0,2}interest\b", re.I)
_BASE_NAME = re.compile(r"([\u4e00-\u9fff]{2})(?:不高于|不超过|最高|的|按)?$")
