"""Sums in the open: rate × quantity with its cap, a percentage of a base, shares, the change between years."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.facts import Cap, Fact
from assistant.quantities import Quantity, quantities, shown_in
from assistant.questions import Question
from index.fold import fold
from index.numbers import Number, numbers, plain
from index.search import Index


@dataclass(frozen=True, slots=True)
class Sum:
    """A shown calculation: its line in the asker's language, the numbers that it brings into the answer, and what is due after the cap."""

    line: str
    values: tuple[Decimal, ...]
    due: Decimal | None = None


def sums(granted: Sequence[tuple[int, Fact]], asked: Question, readings: Sequence[str], index: Index) -> list[Sum]:
    """The sums that the asker's quantities allow with what is granted, three at most; none that a number of the asker's leaves in doubt."""
    several = [q for q in asked.quantities if not q.per and q.unit not in ("元", "千瓦", "%")]
    mixed = len(several) > len({q.unit for q in several})  # 3 certificates, of them 2 of one kind and 1 of another
    mixed |= bool(ONE.search(fold(asked.text))) and any(q.unit in PAID_BY and q.value > 1 for q in several)
    known, uncounted = _counted(asked, [fact for _, fact in granted])
    known, limited_to = _at_most(known, [readings[n - 1] for n in {n for n, _ in granted}], asked.language)
    one_base = len({q.value for q in amounts(known)}) < 2
    found: list[Sum | None] = []
    for fact in () if mixed or uncounted else (fact for _, fact in granted if not INTEREST.search(fact.base)):
        if fact.doubtful:
            continue
        left = _left_over(fact, asked, index) if fact.without else None
        if left or one_base or fact.quantity.unit != "%" or fact.increment:
            found.append(left or work_out(fact, known, asked.language, asked.text))
    paid = next((total.due for total in found if total and total.due), None)
    if paid and sum(map(bool, found)) == 1:
        found.append(instalments(readings[0], paid, asked.language))
    if not any(found) or _SHARED.search(asked.text):
        found += [shares(reading, asked.quantities, asked.language) for reading in readings]
    if _COMPARES.search(asked.text) and not _YEARLY.search(asked.text):
        found += [change for reading in readings if (change := difference(reading, asked.language))][:1]
    lines = {total.line: total for total in found if total}
    return [Sum(total.line + limited_to, total.values) for total in lines.values()][:3]


def amounts(asked: Sequence[Quantity]) -> list[Quantity]:
    """The sums of money among the asker's quantities, without prices per thing."""
    return [q for q in asked if q.unit == "元" and not q.per]


def in_yuan(result: Decimal, language: str) -> str:
    """An amount; in Chinese a large one in plain digits too."""
    plainly = f"({plain(result)}元)" if language == "zh" and result >= 10000 else ""
    return shown_in(language)(result, "元") + plainly


def _counted(asked: Question, granted: Sequence[Fact]) -> tuple[tuple[Quantity, ...], bool]:
    """The asker's quantities, and whether a number is left whose unit is not understood: a sum without it may be wrong.

    "Three in all", "six of our models": the one bare count is of the things that are paid by.
    """
    spans = [(q.start, q.end) for q in asked.quantities]
    bare = [
        n
        for n in numbers(asked.text)
        if not any(a < n.end and n.start < b for a, b in spans)
        and n.value not in (*asked.years, *(q.value for q in asked.quantities))  # all six together
        and n.value > 1
        and not re.match(r" ?(?:[年月日号]|years?\b)", asked.text[n.end :])
        and not re.search(r"第$|前$|\b(?:first|top) $", asked.text[: n.start], re.I)  # one of the first ten
    ]
    per = {fact.quantity.per for fact in granted} & PAID_BY
    if len({n.value for n in bare}) == 1 == len(per) and not any(q.unit in PAID_BY for q in asked.quantities):
        n, unit = next((n for n in bare if _IN_ALL.match(asked.text[n.end :])), None), next(iter(per))
        if n and unit:
            return (*asked.quantities, Quantity(n.value, unit, None, n.start, n.end, n.written)), False
    return asked.quantities, bool(bare)


def _at_most(asked: tuple[Quantity, ...], readings: Sequence[str], language: str) -> tuple[tuple[Quantity, ...], str]:
    """The asker's quantities, no more of a thing than are granted for (每个主体每年补助不超过10辆), and the words that say so."""
    limits = [
        q
        for reading in readings
        for q in quantities(reading)
        if q.unit not in _NO_COUNT and _GRANTED.search(fold(reading)[: q.start])
    ]
    told = ""
    kept = []
    for q in asked:
        limit = next((m for m in limits if same_unit(q.unit, m.unit) and m.value < q.value), None)
        kept.append(replace(q, value=limit.value, unit=limit.unit) if limit else q)
        if limit:
            shown = shown_in(language)(limit.value, limit.unit)
            told = f"; at most {shown} are counted" if language == "en" else f";最多按{shown}计"
    return tuple(kept), told


_NO_COUNT = frozenset(("元", "%", "‰", "年", "个月", "天", "工作日"))
_GRANTED = re.compile(  # 每个主体每年补助不超过10辆, 补贴面积最高1万平方米, 每户最多补贴50头
    r"(?:(?:补助|补贴|奖励|资助|支持|奖补|申报|享受|计算|计入)(?:数量|总数|面积|总?量|人数)?(?:最多|最高|不超过|至多|不多于)|(?:最多|至多)(?:补助|补贴|奖励|资助|支持|奖补|申报|享受|计算|计入)) ?$"
)
_IN_ALL = re.compile(r" (?:in all|in total|altogether|together|of (?:our|my|them|these|those))\b", re.I)


def work_out(fact: Fact, asked: Sequence[Quantity], language: str, question: str) -> Sum | None:
    """rate × quantity (× number of things), or percentage of a base, with the cap applied; None when nothing fits.

    A rate of an increment takes the increase that the question names, or the difference of two years' amounts. A range is
    multiplied by its upper end, when the most is asked for and things are counted.
    """
    show = shown_in(language)
    rate = fact.quantity
    if rate.unit in ("%", "‰"):
        return _share_of_base(fact, asked, language, question)
    if rate.unit != "元" or not rate.per:
        return None
    value = rate.value
    if fact.upper:
        if rate.per not in PAID_BY or not _MOST.search(question):
            return None  # a range
        value = fact.upper.value
    if rate.per == "年":
        if not fact.years or not _ALL_YEARS.search(fold(question)) or fact.cap:
            return None
        basis = [Quantity(Decimal(fact.years), "年", None, 0, 0, "")]
    else:
        basis = [q for q in asked if same_unit(q.unit, rate.per)]
    if not basis:
        return None
    things = [
        q
        for q in asked
        if q is not basis[0]
        and q.unit != rate.per
        and (q.unit in _COUNTED or (q.unit == "个" and q.end == basis[0].start))
    ]
    if things and rate.per in (*PAID_BY, "年"):
        return None  # 3 patents and 2 certificates
    parts = [basis[0], *things]
    result, sizes = value, []
    for q in parts:
        result *= q.value
    factors = [show(q.value, q.unit) for q in parts]
    if basis[0].unit != rate.per and (basis[0].unit, rate.per) in _IN:
        size = _IN[basis[0].unit, rate.per]
        result, sizes = result * size, [size]
        factors.insert(1, show(size, rate.per, basis[0].unit))
    left = " × ".join([*factors, show(value, rate.unit, rate.per)])
    values = [result, *sizes]
    cap, due = _capped(fact, result, parts, language, values)
    return Sum(f"{left} = {in_yuan(result, language)}{cap}", tuple(values), due)


_MOST = re.compile(r"最多|最高|上限|顶格|封顶|至多|\bmost\b|\bmaximum\b|\bat best\b|\bup to\b|\btop\b", re.I)
_ALL_YEARS = re.compile(
    r"整个|全程|总共|一共|合计|累计|总额|全部|前后|加起来|合起来|满期|满年限|[三3]年(?:下来|总|一共|合计)|\bwhole\b|\bentire\b|\bfull period\b|\baltogether\b|\bin (?:total|all)\b|\btotal\b|\ball (?:three|the) years\b",
    re.I,
)


def _share_of_base(fact: Fact, asked: Sequence[Quantity], language: str, question: str) -> Sum | None:
    """500万元 × 30%: a percentage of the amount that the asker names."""
    show = shown_in(language)
    if fact.upper or (fact.cap and (_of_each(fact.cap) or fact.cap.quantity.unit != "元")):
        return None  # a range; the cost of each thing, of which the asker may have many; a cap on another base
    bases = [q for q in amounts(asked) if q.value >= 1000]
    grown = [q for q in bases if is_increase(question, q)]
    of_two = fact.increment and not grown and len(bases) == 2 and not _THAN.search(fold(question))
    if not bases or (fact.increment and not grown and not of_two):
        return None
    base = abs(bases[-1].value - bases[0].value) if of_two else (grown if fact.increment else bases)[0].value
    left = show(base, "元")
    if of_two:
        left = f"({show(max(b.value for b in bases), '元')} − {show(min(b.value for b in bases), '元')})"
    return percent(left, base, fact, language)


def _of_each(cap: Cap) -> bool:
    """Whether a cap lies on each thing, of which the asker may have many: 每台每年最高2万元, 单车不超过1000元."""
    return cap.quantity.per in _SOLD or bool(re.search(r"每[台辆件张人户亩座套次场]|展位|摊位|展会|案件", cap.scope))


def percent(left: str, base: Decimal, fact: Fact, language: str) -> Sum:
    """A rate of a base, with the cap; `left` is the base as it is shown."""
    rate = fact.quantity
    result = base * rate.value / (100 if rate.unit == "%" else 1000)
    values = [result]
    line = f"{left} × {shown_in(language)(rate.value, rate.unit)} = {in_yuan(result, language)}"
    cap, due = _capped(fact, result, (), language, values)
    return Sum(line + cap, tuple(values), due)


def _left_over(fact: Fact, asked: Question, index: Index) -> Sum | None:
    """「按实际投资(不含土地成本)的30%」 of 950万, 其中买地150万: of what is left without it."""
    bases = amounts(asked.quantities)
    if len(bases) != 2:
        return None
    shares = [index.share(_around(asked.text, q), fact.without) for q in bases]
    out = [q for q, share in zip(bases, shares, strict=True) if share > CLEARLY * min(shares)]
    whole = next((q for q in bases if q not in out), None)
    if len(out) != 1 or not whole or whole.value <= out[0].value or not _PART.search(_before(asked.text, out[0])):
        return None
    show = shown_in(asked.language)
    left = f"({show(whole.value, '元')} − {show(out[0].value, '元')})"
    return percent(left, whole.value - out[0].value, fact, asked.language)


def _before(text: str, quantity: Quantity) -> str:
    return re.split(r"[。;!?]|\. ", fold(text)[: quantity.start])[-1][-40:]


def _around(text: str, quantity: Quantity) -> str:
    """The words between commas around a quantity, without it."""
    folded = fold(text)
    return re.split(r"[,。;!?]", folded[: quantity.start])[-1] + " " + re.split(r"[,。;!?]", folded[quantity.end :])[0]


CLEARLY = 3.0  # how much more the words around one amount name what is left out
_PART = re.compile(r"其中|里面|里头|当中|包括|包含|含|\bof which\b|\bof (?:it|that|this|them)\b|\binclud", re.I)
INTEREST = re.compile(r"利率的$")


ONE = re.compile(
    r"(?<![第统同单唯之专其二三四五六七八九十百])一(?=张|个(?![月多])|件|项|款|台|家|辆)(?!.[^,。;?]{0,6}(?:多少|几))|(?<!-)\bone\b(?![- ](?:off|time|and|hundred|thousand|million))",
    re.I,
)


def is_increase(question: str, quantity: Quantity) -> bool:
    """Whether the asker names an amount as what came on top: 多出1亿元, up by 80 million yuan, 1亿元的增量."""
    folded = fold(question)
    return bool(_MORE.search(folded[: quantity.start]) or _MORE_AFTER.match(folded[quantity.end :]))


_THAN = re.compile(
    r"比[^,。;]{0,10}多|\bmore than (?:last|the|a|in)\b", re.I
)  # one of two amounts came on top, unknown which
_MORE = re.compile(
    r"(?:多出?了?|比[^,。;]{2,10}多[\u4e00-\u9fff]{1,4}?|增加了?|增长了?|增量(?:是|为|有|达)?|增额(?:是|为)?|新增|上升了?|涨了?|提高了?|(?:up|increased?|rose|rise[ns]?|grew|grown|growth|gr[eo]w) (?:by|of)|increase of|increment of|extra|additional|another)[ 约近]{0,2}(?:about |some |rmb |an? )?$",
    re.I,
)
_MORE_AFTER = re.compile(r"的(?:增长|增加)|的?(?:增量|增额)| (?:more|increase|higher|of growth)\b", re.I)


def shares(text: str, asked: Sequence[Quantity], language: str) -> Sum | None:
    """「由市与区县按6∶4的比例共担」, 「由省、市、县按5:3:2分担」 of an amount that the asker names."""
    match = _SHARES.search(fold(text).replace("∶", ":"))
    bases = amounts(asked)
    if not match or not bases:
        return None
    names = re.split(r"与|和|、|以及", match[1].rpartition("由")[2])
    parts = [Decimal(part) for part in match[2].split(":")]
    if len(names) != len(parts) or not all(names):
        return None
    if language == "en":
        names = [f"{nth} party ({name})" for nth, name in zip(_NTH, names, strict=False)]
    show, total, whole = shown_in(language), bases[0].value, sum(parts)
    each = [(name, part, total * part / whole) for name, part in zip(names, parts, strict=True)]
    line = "; ".join(
        f"{name}: {show(total, '元')} × {part}/{whole} = {show(value, '元')}" for name, part, value in each
    )
    return Sum(line, (*(value for _, _, value in each), Decimal(whole)))


_SHARES = re.compile(
    r"(?:^|.*由|[,;。])([\u4e00-\u9fff、]{2,30}?)按(?:照)? ?(\d{1,2}(?: ?: ?\d{1,2}){1,3})(?! ?(?::|年|月))"
)
_NTH = ("first", "second", "third", "fourth")


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
PAID_BY = _COUNTED | {"个", "项"}
_IN = {("吨", "千克"): Decimal(1000)}  # how many of the second are one of the first


def same_unit(asked: str, per: str) -> bool:
    """Whether what an asker counts is what a grant is paid by: 辆 and 台 count the same things, 吨 can be put into 千克."""
    return (
        asked == per
        or (asked, per) in _IN
        or {asked, per} <= {"站", "座"}
        or {asked, per} <= {"辆", "台"}
        or {asked, per} <= {"件", "项", "个"}
        or {asked, per} <= {"张", "个"}
    )


def instalments(text: str, amount: Decimal, language: str) -> Sum | None:
    """「分三年按3∶2∶1比例兑付」 of what is due."""
    match = _INSTALMENTS.search(fold(text).replace("∶", ":"))
    if not match:
        return None
    parts = [Decimal(part) for part in re.findall(r"\d+", match[1] or match[2])]
    show, whole = shown_in(language), sum(parts, Decimal(0))
    each = [(part, amount * part / whole) for part in parts]
    line = "; ".join(f"{show(amount, '元')} × {part}/{whole} = {show(value, '元')}" for part, value in each)
    return Sum(line, (*(value for _, value in each), whole))


_RATIO = r"按(?:照)? ?(\d{1,2}(?: ?: ?\d{1,2})+)(?:的?比例)?"
_PAID_OUT = "拨付|兑付|发放|支付|兑现|到位"
_INSTALMENTS = re.compile(
    rf"分[一二两三四五\d]*(?:年|期|次|批)[^,。;]{{0,4}}{_RATIO}[^,。;]{{0,4}}(?:{_PAID_OUT})|{_RATIO},?分[一二两三四五\d]+(?:年|期|次|批)(?:{_PAID_OUT})"
)


def _capped(
    fact: Fact, result: Decimal, parts: Sequence[Quantity], language: str, values: list[Decimal]
) -> tuple[str, Decimal]:
    """The cap in yuan behind a result, added to the values, and what is due; nothing and the result when there is none."""
    cap = next((cap for cap in (fact.cap, fact.more) if cap and cap.quantity.unit == "元"), None)
    if not cap:
        return "", result
    limit = cap.quantity.value
    if "站" in cap.scope and (stations := [q for q in parts if q.unit in ("站", "座")]):
        limit *= stations[0].value
    values.append(limit)
    return limited(result, limit, "元", cap.scope, language), min(result, limit)


def limited(result: Decimal, limit: Decimal, unit: str, scope: str, language: str) -> str:
    """A cap behind a result, and whether it bites."""
    shown, over = shown_in(language)(limit, unit), result > limit
    if language == "en":
        return f"; cap {shown}" + (f", so {shown}" if over else ", not reached")
    return f";上限{scope and '(' + scope + ')'}{shown}" + (f",故为{shown}" if over else ",未超过")


_SHARED = re.compile(
    r"承担|分担|分摊|出(?:多少|几)|各(?:出|掏|给|付)|掏|\bsplit\b|\bshares?\b|\bbear|\bborne\b|\bfalls? on\b", re.I
)
_YEARLY = re.compile(r"每年|年均|逐年|\b(?:a|per|each|every) year\b|\bannual", re.I)
_COMPARES = re.compile(
    r"多(?:出|了)?(?:多少|几)|相差|差(?:多少|额|距)|(?:增(?:加|长|量)?|涨|升|降|提高|减少?|下降)了?(?:多少|几)|how (?:much|many) (?:more|less|higher|lower)|difference|gap|\bincrease\b|\brise\b|\bgrow",
    re.I,
)
