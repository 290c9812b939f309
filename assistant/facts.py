"""What a passage grants: amount, basis, condition, cap, as data."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.quantities import Bound, Quantity, bounds, quantities, shown_in
from index.fold import fold, pairs
from index.numbers import numbers

_CAP = re.compile(r"最高|不超过|上限|封顶|不高于|至多")
_LIES_ON = r"(?:单个|每个|单|每)(?:企业|项目|单位|主体|站|车|平台|个?团队|产品|个|家)|年度|每年|市级每年|合计|累计|总额"
_SCOPE = re.compile(_LIES_ON)
_SCOPES = re.compile(rf"每个?(?:展位|摊位|展会|案件|[台辆件张人户亩座套次场])|{_LIES_ON}")
_STOPS = " ,，、。;；:："
_CAPS_ALL = re.compile(
    r"(?:且|但|并)?(?:(?:补助|补贴|奖励|资助|奖补|贴息|支持)(?:金额|总额|资金|额度|标准|比例)?)?(?:最高|不得?超过|最多|至多|不高于)"
)
_OF_RATE = re.compile(
    r"\d ?[%‰](?:的比例|的标准)?,?(?:给予|予以)(?:最高|不超过|最多|至多)$"
)  # 按照合同额的5%,给予最高500万元
_GRANT = re.compile(r"给予|予以|奖励|补贴|补助|资助|奖补|支持|贴息|按|减免|免征|返还|安排|设立")
_YEARS = re.compile(r"连续 ?(\d+|[一二两三四五六]) ?年")
_RAISED = re.compile(r"可?提高(?:至|到)\d")
_STAGE = re.compile(
    r"前[一二两三四五\d]+年|后[一二两三四五\d]+年|第[一二三四五\d]+(?:年|至第[一二三四五\d]+年)(?:起)?|首年|次年"
)
_IN_WORDS = re.compile(r"全额|减半|全免|免收|半额")
_WITHOUT = re.compile(r"\((?:不含|不包括|除外|扣除)([^()]{2,10})\)")
_GRANTED = re.compile(r"(?<=,)[^,]*(?:给予|予以)[^,]*,(?=对)")  # what was granted before; then to whom the next is
_BASE_CHARS = 14  # before a rate stands what it is of


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling on what is granted, and on what it lies: 单站, 单个企业, 年度."""

    quantity: Quantity
    scope: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One amount or rate that a text grants; offsets in that text.

    `base` is what stands before a rate (贷款金额的), `without` what its base leaves out (不含土地成本), `years` for how many
    years it is granted (连续3年); a second cap, as on the year, is `more`. It is `doubtful`, good for no sum, when 分别 pairs it with
    a condition that is not understood, and when other years get other amounts (前两年50%,第三年30%).
    """

    quantity: Quantity
    ceiling: bool
    condition: str
    bounds: tuple[Bound, ...]
    cap: Cap | None
    increment: bool
    paired: str = ""
    upper: Quantity | None = None
    base: str = ""
    without: str = ""
    years: int = 0
    more: Cap | None = None
    doubtful: bool = False

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
    return [fact for _, found in facts_by_clause(text) for fact in found]


def facts_by_clause(text: str) -> list[tuple[str, list[Fact]]]:
    """Each clause of a text with its grants."""
    return [(text[start:end], list(_in_clause(text[start:end]))) for start, end in _clauses(text)]


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
    rate, ceilings = _rate_with_ceilings(folded, grants, paired)
    stages = list(_STAGE.finditer(folded)) if len(set(_STAGE.findall(folded))) > 1 else []
    if stages and _IN_WORDS.search(folded):
        return  # 前两年全额、第三年减半: the words tell it
    years, without = _YEARS.search(folded), _WITHOUT.search(folded)
    for i, grant in enumerate(grants):
        if grant is rate:
            continue
        later = [Cap(q, _scope(folded, q)) for q in caps if q.start > grant.start]
        before = [b for b in conditions if b.quantity.start < grant.start and b.quantity not in money + caps]
        head = folded[: grant.start]
        words, own = paired.get(grant.start, ("", before))
        stage = next((m for m in reversed(stages) if m.start() < grant.start), None)
        if stage and not words:
            words = f"{clause[: stages[0].start()].strip(_STOPS).removeprefix('对')},{stage[0]}".lstrip(",")
        condition = words or _condition(clause, folded, grant, grants[i - 1].end if i and "分别" not in head else 0)
        granted = grant
        if grant in ceilings and rate:
            granted, later = rate, [Cap(grant, ""), *later]
        yield Fact(
            quantity=granted,
            ceiling=bool(_CAP.search(_segment(folded, granted.start))),
            condition=condition,
            bounds=tuple(own),
            cap=later[0] if later else None,
            increment="增量" in head or "增长" in head[-20:],
            paired=clause if words or ": " in condition or _RAISED.search(folded) else "",
            upper=uppers.get(grant.start),
            base=re.split(r"[,;、]", folded[: granted.start][-_BASE_CHARS:])[-1],
            without=without[1] if without and without.start() < granted.start else "",
            years=int(next(numbers(f"{years[1]}年")).value) if years else 0,
            more=later[1] if len(later) > 1 else None,
            doubtful=bool(stage) or ("分别" in head[-24:] and not words and grants[-1] is not grants[0]),
        )


def _rate_with_ceilings(
    folded: str, grants: Sequence[Quantity], paired: Mapping[int, object]
) -> tuple[Quantity | None, list[Quantity]]:
    """「按照到位金额的0.5%,分别给予最高500万元、100万元」: the rate, and the amounts, which are its ceilings."""
    rates = [q for q in grants if q.unit in ("%", "‰")]
    amounts = [q for q in grants if q.start in paired and q.unit == "元"]
    if len(rates) == 1 and len(amounts) > 1 and len(amounts) == len(grants) - 1 and rates[0].start < amounts[0].start:
        between = folded[rates[0].end : amounts[0].start]
        if re.fullmatch(r",?分别(?:给予|予以)?(?:最高|不超过)", between):
            return rates[0], amounts
    return None, []


def _segment(folded: str, at: int) -> str:
    """From the comma before a place up to it."""
    return folded[max(folded.rfind(",", 0, at), folded.rfind(":", 0, at)) + 1 : at]


def _is_cap(folded: str, quantity: Quantity, first: Quantity) -> bool:
    segment = _segment(folded, quantity.start)
    capped = bool(_CAP.search(segment)) and (bool(_SCOPE.search(segment)) or bool(_CAPS_ALL.match(segment)))
    of_rate = _OF_RATE.search(folded[: quantity.start])
    return quantity is not first and bool(of_rate or (capped and not re.search(r"给予|予以", segment)))


def _is_grant(folded: str, quantity: Quantity) -> bool:
    """Whether a verb of granting stands before the amount, or what is granted right behind it; not a bound, not a share of the cost."""
    head, tail = folded[: quantity.start], folded[quantity.end : quantity.end + 10]
    bound = re.search(
        r"(?:不低于|不少于|达到?|(?<!不)超过|低于|高于|大于|小于)\s*(?:\([^)]*\))?$", head[-14:]
    ) or re.match(r"\s*(?:\([^)]*\))?(?:及|或)?以[上下]", tail)
    if quantity.unit == "%" and re.match(r"[^。;]{0,12}的比例(?:给予|予以|补)", folded[quantity.end :]):
        bound = None  # 不高于3%的比例给予补助
    shared = re.match(
        r"(?:[、,和及]\s*[\d.]+%)*(?:的)?(?:比例)?(?:共同)?(?:承担|分担|共担|出资|负担)", folded[quantity.end :]
    )
    granting = _GRANT.search(head) or re.match(r"[^,。;]{0,4}(?:奖励|补贴|补助|资助|奖补)", tail)
    return bool(granting) and not bound and not shared


def _condition(clause: str, folded: str, grant: Quantity, start: int) -> str:
    """The words before the granting verb: to whom, for what, on what condition; a name right before the amount comes first."""
    label = re.search(r"(?:给予|予以|、)([\u4e00-\u9fff]{2,10}?)(?:不高于)?$", folded[: grant.start])
    name = (
        label[1]
        if label and not _GRANT.search(label[1]) and not re.search(r"最高|不超过|一次性|每|标准|分别|一定", label[1])
        else ""
    )
    start = folded.find(",", start, grant.start) + 1 if start and not name else 0
    start = max([start, *(m.end() for m in _GRANTED.finditer(folded, start, grant.start))])
    verbs = [
        m.start()
        for m in re.finditer(r"给予|予以|按照?|市级|分别|奖励|补贴标准|最高", folded[: grant.start])
        if m.start() > start + 3
    ]
    words = clause[start : verbs[0] if verbs else grant.start]
    words = re.sub(r"^(?:其中[,，]|对|给予)|[,，、]?(?:按|每).{1,6}(?<!的)$|[,，](?:在|将)$", "", words.strip(_STOPS))
    words = words.strip(_STOPS)
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
    lead, tail = clause[: run[0].start], clause[run[-1].end : at].strip(_STOPS)
    return {
        grant.start: (
            f"{lead}{item.written}{',' + tail if tail else ''}".strip(_STOPS + "对"),
            others + ([Bound(relation, item)] if relation else []),
        )
        for grant, item in zip(after, run, strict=False)
    }


def _named_pairs(head: str, grants: Sequence[Quantity]) -> dict[int, tuple[str, list[Bound]]]:
    """「对在中心城区和中心城区以外地区新建直流充电桩分别给予…」: as many names as amounts."""
    for segment in reversed(re.split(r"[,，;；。]", head)):
        names = re.split(r"[、和及]|以及", segment.strip().removeprefix("对"))
        if len(names) == len(grants) and all(len(name) >= 2 for name in names):
            return {
                grant.start: (name.strip().removeprefix("在").removesuffix("的"), [])
                for grant, name in zip(grants, names, strict=True)
            }
    return {}


def _scope(folded: str, cap: Quantity) -> str:
    match = _SCOPES.findall(_segment(folded, cap.start))
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
    return [fact for group in near for fact in _named_by(group, question, shares, share)]


def _called(group: list[Fact], question: str, share: Callable[[str], float]) -> list[Fact]:
    """Of grants that one sentence pairs with names (博士、硕士) those whose name the question has; several when it counts them apart."""
    if len(group) < 2 or any(f.bounds or not f.paired or ": " in f.condition for f in group):
        return []
    names = [f.condition.rpartition("的")[2] for f in group]
    names[0] = names[0][-max(map(len, names[1:])) :]  # 新引进的全日制博士研究生 as long as 硕士研究生
    if re.search(r"[\u4e00-\u9fff]", question):
        own = [pairs(name).difference(*(pairs(other) for other in names if other != name)) for name in names]
        called = [f for f, words in zip(group, own, strict=True) if words & pairs(question)]
    else:
        called = [f for f, name in zip(group, names, strict=True) if share(name) > 0]
    return called if len(called) == 1 or len(list(numbers(question))) > 1 else []


def _named_by(group: list[Fact], question: str, shares: dict[int, float], share: Callable[[str], float]) -> list[Fact]:
    """Of grants that one sentence pairs with names, the one whose name the question holds; all when it holds none."""
    nested = next(((a, b) for a in group for b in group if a is not b and a.condition in b.condition), None)
    if nested and (before := nested[1].condition.partition(nested[0].condition)[0]):
        return [f for f in group if f is not nested[0 if share(before) else 1]]  # 独角兽, 潜在独角兽
    if nested and shares[id(nested[0])]:
        outside = re.search(r"以外|之外|外(?:围|面|的)|outside|beyond|other than|not in", question, re.I)
        return [f for f in group if f is not nested[0 if outside else 1]]
    if nested:
        return group
    if called := _called(group, question, share):
        return called
    best = max(shares[id(f)] for f in group)
    return [f for f in group if shares[id(f)] > best - 0.005 or _RAISED.search(fold(f.paired))]
