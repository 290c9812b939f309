"""What a passage grants: amount, basis, condition, cap, as data."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assistant.quantities import Bound, Quantity, bounds, quantities, shown_in
from index.fold import fold
from index.numbers import Number, numbers, plain

_CAP = re.compile(r"最高|不超过|上限|封顶|不高于|至多")
_SCOPE = re.compile(
    r"(?:单个|每个|单|每)(?:企业|项目|单位|站|车|平台|个?团队|产品|个|家)|年度|每年|市级每年|合计|累计|总额"
)
_GRANT = re.compile(r"给予|予以|奖励|补贴|补助|资助|奖补|支持|贴息|按|减免|免征|返还|安排|设立")
_YEARLY = re.compile(r"连续 ?(\d+|[一二三四五]) ?年|每年|年度|/年")


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling on what is granted, and on what it lies: 单站, 单个企业, 年度."""

    quantity: Quantity
    scope: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One amount or rate that a text grants; offsets in that text."""

    quantity: Quantity
    ceiling: bool
    condition: str
    bounds: tuple[Bound, ...]
    cap: Cap | None
    increment: bool
    paired: str = ""
    upper: Quantity | None = None

    def reads(self, language: str) -> str:
        """The amount in words: 30%, 1 million yuan to 5 million yuan per year."""
        show, q = shown_in(language), self.quantity
        if not self.upper:
            return show(q.value, q.unit, q.per)
        joined = " to " if language == "en" else "至"
        return f"{show(q.value, q.unit)}{joined}{show(self.upper.value, q.unit, q.per or self.upper.per)}"

    def as_dict(self, language: str, citation: int) -> dict[str, Any]:
        """For the JSON of an answer, amounts in the asker's language, conditions as they stand."""
        show = shown_in(language)
        q, cap = self.quantity, self.cap
        return {
            "amount": q.written, "value": str(q.value), "upper": str(self.upper.value) if self.upper else None, "unit": q.unit, "per": q.per, "reads": self.reads(language), "up_to": self.ceiling,
            "condition": self.condition or None, "cap": show(cap.quantity.value, cap.quantity.unit, cap.quantity.per) if cap else None,
            "cap_scope": cap.scope if cap else None, "citation": citation,
        }  # fmt: skip


def facts(text: str) -> list[Fact]:
    """The grants in a text, in order: each amount or rate with the condition before it and the cap behind it."""
    return [fact for start, end in _clauses(text) for fact in _in_clause(text[start:end])]


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in re.finditer(r"[。;!?\n]", fold(text)):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _in_clause(clause: str) -> Iterator[Fact]:
    folded = fold(clause)
    money = [q for q in quantities(clause) if q.unit in ("元", "%", "‰")]
    conditions = list(bounds(clause))
    caps = [q for q in money if _is_cap(folded, q, money[0])]
    uppers = {
        a.start: b
        for a, b in itertools.pairwise(money)
        if a.unit == b.unit and re.fullmatch(r"\s*(?:—+|-|–|~|至|到)\s*", folded[a.end : b.start])
    }
    grants = [q for q in money if q not in caps and q not in uppers.values() and _is_grant(folded, q)]
    paired = _pairs(clause, folded, grants)
    for i, grant in enumerate(grants):
        later = [q for q in caps if q.start > grant.start]
        before = [b for b in conditions if b.quantity.start < grant.start and b.quantity not in money + caps]
        head = folded[: grant.start]
        words, own = paired.get(grant.start, ("", before))
        condition = words or _condition(clause, folded, grant, grants[i - 1].end if i and "分别" not in head else 0)
        yield Fact(
            quantity=grant,
            ceiling=bool(_CAP.search(_segment(folded, grant.start))),
            condition=condition,
            bounds=tuple(own),
            cap=Cap(later[0], _scope(folded, later[0])) if later else None,
            increment="增量" in head or "增长" in head[-20:],
            paired=clause if words or ": " in condition else "",
            upper=uppers.get(grant.start),
        )


def _segment(folded: str, at: int) -> str:
    """From the comma before a place up to it."""
    return folded[max(folded.rfind(",", 0, at), folded.rfind(":", 0, at)) + 1 : at]


def _is_cap(folded: str, quantity: Quantity, first: Quantity) -> bool:
    segment = _segment(folded, quantity.start)
    capped = bool(_CAP.search(segment)) and (bool(_SCOPE.search(segment)) or segment.startswith(("最高", "不超过")))
    return quantity is not first and capped and not re.search(r"给予|予以", segment)


def _is_grant(folded: str, quantity: Quantity) -> bool:
    """Whether a verb of granting stands before the amount, or what is granted right behind it; not a bound, not a share of the cost."""
    head, tail = folded[: quantity.start], folded[quantity.end : quantity.end + 10]
    bound = re.search(
        r"(?:不低于|不少于|达到?|(?<!不)超过|低于|高于|大于|小于)\s*(?:\([^)]*\))?$", head[-14:]
    ) or re.match(r"\s*(?:\([^)]*\))?(?:及|或)?以[上下]", tail)
    granting = _GRANT.search(head) or re.match(r"[^,。;]{0,4}(?:奖励|补贴|补助|资助|奖补)", tail)
    return bool(granting) and not bound and not re.match(r"(?:的)?(?:比例)?(?:共同)?(?:承担|分担|共担)", tail)


def _condition(clause: str, folded: str, grant: Quantity, start: int) -> str:
    """The words before the granting verb: to whom, for what, on what condition; a name right before the amount comes first."""
    label = re.search(r"(?:给予|予以|、)([\u4e00-\u9fff]{2,10})$", folded[: grant.start])
    name = (
        label[1]
        if label and not _GRANT.search(label[1]) and not re.search(r"最高|不超过|一次性|每|标准|分别|一定", label[1])
        else ""
    )
    start = folded.find(",", start, grant.start) + 1 if start and not name else 0
    verbs = [
        m.start()
        for m in re.finditer(r"给予|予以|按照?|市级|分别|奖励|补贴标准|最高", folded[: grant.start])
        if m.start() > start + 3
    ]
    words = clause[start : verbs[0] if verbs else grant.start]
    words = re.sub(r"^(?:其中,|对|给予)", "", words.strip(" ,、。;:")).strip(" ,、。;:")
    return f"{name}: {words}" if name and words and name not in words else name or words


def _pairs(clause: str, folded: str, grants: Sequence[Quantity]) -> dict[int, tuple[str, list[Bound]]]:
    """「达30辆、50辆,分别给予300万元、500万元」: the nth condition goes with the nth amount."""
    at = folded.find("分别")
    after = [q for q in grants if q.start > at] if at >= 0 else []
    if len(after) < 2:
        return {}
    before = list(quantities(clause[:at]))
    runs = [before[i : i + len(after)] for i in range(len(before) - len(after) + 1)]
    listed = [
        run
        for run in runs
        if len({q.unit for q in run}) == 1
        and all(re.fullmatch(r"[、和及]", folded[a.end : b.start]) for a, b in itertools.pairwise(run))
    ]
    if not listed:
        return _named_pairs(clause[:at], after)
    run = listed[-1]
    conditions = list(bounds(clause[:at]))
    relation = next((b.relation for b in conditions if b.quantity.start == run[0].start), None)
    others = [b for b in conditions if b.quantity.start not in [q.start for q in run]]
    lead, tail = clause[: run[0].start], clause[run[-1].end : at].strip(" ,")
    return {
        grant.start: (
            f"{lead}{item.written}{',' + tail if tail else ''}".strip(" ,对"),
            others + ([Bound(relation, item)] if relation else []),
        )
        for grant, item in zip(after, run, strict=False)
    }


def _named_pairs(head: str, grants: Sequence[Quantity]) -> dict[int, tuple[str, list[Bound]]]:
    """「对在中心城区和中心城区以外地区新建直流充电桩分别给予…」: as many names as amounts."""
    for segment in reversed(re.split(r"[,;。]", head)):
        names = re.split(r"[、和及]|以及", segment.strip().removeprefix("对"))
        if len(names) == len(grants) and all(len(name) >= 2 for name in names):
            return {
                grant.start: (name.strip().removeprefix("在"), []) for grant, name in zip(grants, names, strict=True)
            }
    return {}


def _scope(folded: str, cap: Quantity) -> str:
    match = _SCOPE.findall(_segment(folded, cap.start))
    return "".join(match)


def allows(limits: Sequence[Bound], asked: Quantity) -> bool:
    """Whether bounds let a quantity pass; of several lower (or upper) bounds on one unit one suffices: 乘用车1000辆、商用车500辆."""
    same = [b for b in limits if b.quantity.unit == asked.unit]
    lower, upper = [b for b in same if b.relation in "≥>"], [b for b in same if b.relation in "≤<"]
    return all(not side or any(b.holds_for(asked.value) for b in side) for side in (lower, upper))


def applicable(found: Sequence[Fact], asked: Sequence[Quantity]) -> list[Fact]:
    """The facts whose bounds the asker's quantities meet; of tiers on the same unit the highest that is met."""
    met = [f for f in found if all(allows(f.bounds, q) for q in asked if q.unit != "元")]
    kept = []
    for fact in met:
        own = [b.quantity for b in fact.bounds]
        limits = [
            (b.quantity.unit, b.quantity.value) for b in fact.bounds if any(q.unit == b.quantity.unit for q in asked)
        ]
        higher = [
            b
            for other in met
            for b in other.bounds
            if b.quantity not in own
            for unit, value in limits
            if b.quantity.unit == unit and b.quantity.value > value and b.relation in ("≥", ">")
        ]
        if not higher:
            kept.append(fact)
    return kept


def for_asker(found: Sequence[Fact], question: str, share: Callable[[str], float]) -> list[Fact]:
    """Of several grants those whose condition the question names; all of them when it names none, but none of another class.

    `share` tells how much of the question stands in a text. Of 中心城区 and 中心城区以外 the second needs an "outside" in the question.
    """
    if re.search(r"比例|百分|percent|rate\b", question, re.I):
        found = [fact for fact in found if fact.quantity.unit in ("%", "‰")] or found
    shares = {id(fact): share(fact.condition) for fact in found}
    groups: dict[str, list[Fact]] = {}
    for i, fact in enumerate(found):
        groups.setdefault(fact.paired or str(i), []).append(fact)
    best = max(shares.values(), default=0.0)
    near = [group for group in groups.values() if max(shares[id(f)] for f in group) > best - 0.05]
    return [fact for group in near for fact in _named_by(group, question, shares)]


def _named_by(group: list[Fact], question: str, shares: dict[int, float]) -> list[Fact]:
    """Of grants that one sentence pairs with names, the one whose name the question holds; all when it holds none."""
    nested = next(((a, b) for a in group for b in group if a is not b and a.condition in b.condition), None)
    if nested and shares[id(nested[0])]:
        outside = re.search(r"以外|之外|外(?:围|面|的)|outside|beyond|other than|not in", question, re.I)
        return [f for f in group if f is not nested[0 if outside else 1]]
    if nested:
        return group
    best = max(shares[id(f)] for f in group)
    return [f for f in group if shares[id(f)] > best - 0.005]


@dataclass(frozen=True, slots=True)
class Sum:
    """A shown calculation: its line in the asker's language, and the numbers that it brings into the answer."""

    line: str
    values: tuple[Decimal, ...]


def work_out(fact: Fact, asked: Sequence[Quantity], language: str, question: str) -> Sum | None:
    """rate × quantity (× number of things), or percentage of a base, with the cap applied; None when nothing fits and for a range.

    A rate of an increment takes the increase that the question names, or the difference of two years' amounts.
    """
    show = shown_in(language)
    rate = fact.quantity
    if fact.upper or (rate.unit in ("%", "‰") and fact.cap and fact.cap.quantity.per in _SOLD):
        return None  # a range; a share of the cost of each thing, of which the asker may have many
    parts: list[Quantity]
    shown: list[Decimal] = []
    if rate.unit in ("%", "‰"):
        bases = [q for q in asked if q.unit == "元" and q.per is None and q.value >= 1000]
        grown = [q for q in bases if _is_increase(question, q)]
        of_two = fact.increment and not grown and len(bases) == 2
        if not bases or (fact.increment and not grown and not of_two):
            return None
        base = abs(bases[-1].value - bases[0].value) if of_two else (grown if fact.increment else bases)[0].value
        result = base * rate.value / (100 if rate.unit == "%" else 1000)
        left = f"{show(base, '元')} × {show(rate.value, rate.unit)}"
        if of_two:
            left = f"({show(max(b.value for b in bases), '元')} − {show(min(b.value for b in bases), '元')}) × {show(rate.value, rate.unit)}"
        parts = []
    elif rate.unit == "元" and rate.per:
        basis = [q for q in asked if _same_unit(q.unit, rate.per)]
        if not basis:
            return None
        parts = [
            basis[0],
            *(
                q
                for q in asked
                if q is not basis[0]
                and q.unit != rate.per
                and (q.unit in _COUNTED or (q.unit == "个" and q.end == basis[0].start))
            ),
        ]
        result = rate.value
        for q in parts:
            result *= q.value
        factors = [show(q.value, q.unit) for q in parts]
        if basis[0].unit != rate.per and (basis[0].unit, rate.per) in _IN:
            size = _IN[basis[0].unit, rate.per]
            result, shown = result * size, [size]
            factors.insert(1, show(size, rate.per, basis[0].unit))
        left = " × ".join([*factors, show(rate.value, rate.unit, rate.per)])
    else:
        return None
    values = [result, *shown]
    line = f"{left} = {show(result, '元')}"
    if language == "zh" and result >= 10000:
        line += f"({result.normalize():f}元)"
    if fact.cap and fact.cap.quantity.unit == "元":
        line += _capped(fact.cap, result, parts, show, language, values)
    return Sum(line, tuple(values))


def _is_increase(question: str, quantity: Quantity) -> bool:
    """Whether the asker names an amount as what came on top: 多出1亿元, up by 80 million yuan, 1亿元的增量."""
    folded = fold(question)
    return bool(_MORE.search(folded[: quantity.start]) or _MORE_AFTER.match(folded[quantity.end :]))


_MORE = re.compile(
    r"(?:多出?了?|增加了?|增长了?|增量(?:是|为|有|达)?|增额(?:是|为)?|新增|上升了?|涨了?|提高了?|(?:up|increased?|rose|rise[ns]?|grew|grown|growth|gr[eo]w) (?:by|of)|increase of|increment of|extra|additional|another)[ 约近]{0,2}(?:about |some |rmb |an? )?$",
    re.I,
)
_MORE_AFTER = re.compile(r"的(?:增长|增加)|的?(?:增量|增额)| (?:more|increase|higher|of growth)\b", re.I)


def shares(text: str, asked: Sequence[Quantity], language: str) -> Sum | None:
    """「由市与区县按6∶4的比例共担」 of an amount that the asker names."""
    show = shown_in(language)
    match = re.search(
        r"(?:^|.*由|[,;。])([\u4e00-\u9fff、]{1,12}?)(?:与|和|、)([\u4e00-\u9fff]{1,8}?)按(?:照)? ?(\d{1,2}) ?[:∶] ?(\d{1,2})",
        fold(text).replace("∶", ":"),
    )
    bases = [q for q in asked if q.unit == "元" and q.per is None]
    if not match or not bases:
        return None
    first, second, total = Decimal(match[3]), Decimal(match[4]), bases[0].value
    values = (total * first / (first + second), total * second / (first + second))
    names = (
        (match[1].rpartition("由")[2], match[2])
        if language == "zh"
        else (f"first party ({match[1].rpartition('由')[2]})", f"second party ({match[2]})")
    )
    line = "; ".join(
        f"{name}: {show(total, '元')} × {part}/{first + second} = {show(value, '元')}"
        for name, part, value in zip(names, (first, second), values, strict=True)
    )
    return Sum(line, (*values, first + second))


def difference(text: str, language: str) -> Sum | None:
    """The change between two years, in a row or a sentence: 2025年: 230亿元; 2027年: 300亿元 → 70亿元; 从2015年的150亿元增长到2020年的232亿元."""
    cells = [
        (m[1], list(quantities(m[2])), list(numbers(m[2])))
        for m in re.finditer(r"(20\d\d)年?[^:;]{0,6}: ([^;]+)", text)
    ]
    cells = [cell for cell in cells if len(cell[2]) == 1] or _grew(text)
    if len(cells) != 2:
        return None
    (_, q1, n1), (_, q2, n2) = cells
    change = abs(n2[0].value - n1[0].value)
    if q1 and q2 and q1[0].unit == q2[0].unit and q1[0].unit == "元":
        show = shown_in(language)
        high, low = sorted((q1[0].value, q2[0].value), reverse=True)
        return Sum(f"{show(high, '元')} − {show(low, '元')} = {show(high - low, '元')}", (high - low, change))
    high, low = sorted((n1[0].value, n2[0].value), reverse=True)
    return Sum(f"{plain(high)} − {plain(low)} = {plain(change)}", (change,))


def _grew(text: str) -> list[tuple[str, list[Quantity], list[Number]]]:
    matches = list(_CHANGE.finditer(fold(text)))
    both = [(m[i], text[slice(*m.span(i + 1))]) for m in matches for i in (1, 3)] if len(matches) == 1 else []
    return [(year, list(quantities(written)), list(numbers(written))) for year, written in both]


_CHANGE = re.compile(
    r"(20\d\d)年的?(\d[\d.]*[^,。;\d]{0,4})(?:增长|增加|提高|提升|上升|下降|减少|降低)(?:到|至)(20\d\d)年的?(\d[\d.]*[^,。;\d]{0,4})"
)
_SOLD = {"辆", "台", "件", "名", "户"}
_COUNTED = {"站", "座", "桩", "辆", "家", "台", "套", "件", "张"}


_IN = {("吨", "千克"): Decimal(1000)}  # how many of the second are one of the first


def _same_unit(asked: str, per: str) -> bool:
    return (
        asked == per
        or (asked, per) in _IN
        or {asked, per} <= {"站", "座"}
        or {asked, per} <= {"辆", "台"}
        or {asked, per} <= {"件", "项", "个"}
    )


def _capped(
    cap: Cap, result: Decimal, parts: Sequence[Quantity], show: Any, language: str, values: list[Decimal]
) -> str:
    limit = cap.quantity.value
    if "站" in cap.scope and (stations := [q for q in parts if q.unit in ("站", "座")]):
        limit *= stations[0].value
    values.append(limit)
    over = result > limit
    if language == "en":
        return f"; cap {show(limit, '元')}" + (f", so {show(limit, '元')}" if over else ", not reached")
    return f";上限{cap.scope and '(' + cap.scope + ')'}{show(limit, '元')}" + (
        f",故为{show(limit, '元')}" if over else ",未超过"
    )
