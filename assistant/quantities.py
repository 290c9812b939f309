"""Numbers with units, as policies grant them and askers state them, and the bounds that conditions set."""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from index.fold import fold
from index.numbers import Number, numbers, plain

_GE, _GT, _LE, _LT = "≥", ">", "≤", "<"
_BEFORE = (
    (
        r"(?:不低于|不少于|不小于|不低于\(含\)|大于等于|(?<!未)达到|累计达|(?<!未)达|至少|≥|>=|at least|no less than|not less than|minimum of)\s*$",
        _GE,
    ),
    (r"(?:不超过|未超过|不高于|不大于|不多于|小于等于|至多|≤|<=|at most|no more than|not more than|up to)\s*$", _LE),
    (
        r"(?:(?<![不未])超过|(?<!不)高于|(?<!不)大于|(?<!不)多于|突破|>|above|over|more than|exceeding|exceeds)\s*(?:\((?:不)?含\))?\s*$",
        _GT,
    ),
    (
        r"(?:(?<!不)低于|(?<!不)小于|(?<!不)少于|不足|不到|未达到|未达|<|below|under|less than)\s*(?:\((?:不)?含\))?\s*$",
        _LT,
    ),
)
_AFTER = (
    (r"\s*(?:\((?:不)?含\))?\s*(?:及|或|\(含\))?以上| (?:or|and) (?:more|above|over|higher|up)\b", _GE),
    (r"\s*(?:\((?:不)?含\))?\s*(?:及|或|\(含\))?(?:以下|以内)| (?:or|and) (?:less|below|under|fewer|lower)\b", _LE),
)
_RANGE = re.compile(r"(?:—+|-|~|至|到|、| to | and |–)")
_SCALE = re.compile(r"(?:万亿|百万|千万|亿|万| ?(?:thousand|million|billion|trillion)| ?(?:mn|bn))$", re.I)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in a canonical unit; `per` is the unit of the basis (元/千瓦 → 千瓦). Percentages have the unit %."""

    value: Decimal
    unit: str
    per: str | None
    start: int
    end: int
    written: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A condition on a quantity: not under 350 kW is ≥ 350 千瓦."""

    relation: str
    quantity: Quantity

    def holds_for(self, value: Decimal) -> bool:
        """Whether a value satisfies the bound."""
        limit = self.quantity.value
        return {_GE: value >= limit, _GT: value > limit, _LE: value <= limit, _LT: value < limit}[self.relation]

    @property
    def english(self) -> str:
        """The bound in words: "at least 350 kW"."""
        relation = {_GE: "at least", _GT: "more than", _LE: "at most", _LT: "less than"}[self.relation]
        return f"{relation} {in_english(self.quantity.value, self.quantity.unit, self.quantity.per)}"


@cache
def _units() -> tuple[dict[str, tuple[str, Decimal]], dict[str, tuple[str, str]], re.Pattern[str]]:
    data = tomllib.loads(Path(__file__).with_name("units.toml").read_text(encoding="utf-8"))
    aliases = {alias: (name, Decimal(factor)) for name, entry in data.items() for alias, factor in entry["aliases"]}
    english = {name: (entry["english"][0], entry["english"][1]) for name, entry in data.items()}
    longest = sorted(aliases, key=len, reverse=True)
    pattern = "|".join(re.escape(a) + (r"(?![a-zA-Z])" if a[-1].isascii() and a[-1].isalpha() else "") for a in longest)
    return (
        aliases,
        english,
        re.compile(rf"(?:[ -]|[多余](?![万亿]))?({pattern})(?:(?:/|每| per | a | an |/ )({pattern}))?"),
    )


def quantities(text: str) -> Iterator[Quantity]:
    """The numbers of a text that carry a unit or a percent sign, in order; a list 30辆、50辆 or 1000万—3000万元 shares its unit."""
    folded = fold(text)
    aliases, _, pattern = _units()
    found = list(numbers(folded))
    for i, number in enumerate(found):
        number = _scaled(folded, found, i)
        if number.percent:
            yield Quantity(
                number.value, number.percent, None, number.start, number.end, text[number.start : number.end]
            )
            continue
        end, match = number.end, pattern.match(folded, number.end)
        if not match and number.value < 1900:
            match = _noun_after(folded, number.end, aliases)
        if not match and (shared := _shared_unit(folded, found, i, pattern)):
            match = shared
        elif match:
            end = match.end()
        if not match or _is_year(folded, number, match[1], aliases[match[1]][0]):
            prefix = re.search(r"(?:RMB|CNY|¥|￥|yuan) ?$", folded[: number.start], re.I)
            short = re.match(rf"([kmb])({_YUAN})?\b", folded[number.end :], re.I)
            if (
                prefix
                or (short and (short[2] or _SHORT_RANGE.match(folded, number.end)))
                or _is_bare_money(folded, number)
            ):
                start, value = prefix.start() if prefix else number.start, number.value
                if short:  # RMB 80m, 5k yuan
                    end, value = number.end + short.end(), value * _SHORT[short[1].lower()]
                yield Quantity(value, "元", _each(folded, number.start), start, end, text[start:end])
            continue
        unit, factor = aliases[match[1]]
        if match[1] in ("户", "家"):
            unit = _firms_or_not(
                unit, folded[max(0, number.start - 8) : number.start], folded[match.end() : match.end() + 8]
            )
        per = aliases[match[2]][0] if match[2] else _each(folded, number.start)
        if match[2] and (also := re.match(r"·(月|年|晚|天)", folded[end:])):  # 600元/人·月
            per, end = f"{per}·{also[1]}", end + 2
        yield Quantity(number.value * factor, unit, per, number.start, end, text[number.start : end])


def _firms_or_not(unit: str, before: str, after: str) -> str:
    """What 户 and 家 count: 企业26户 are companies and no households, 绿色工厂300家 are no companies."""
    if unit == "户":
        return "家" if _FIRMS.search(before + after) else "户"
    return "个" if _NO_FIRMS.search(before) or _NO_FIRMS_AFTER.match(after) else "家"


_FIRMS = re.compile(r"企业|公司|商户|工商户|经营主体|市场主体|法人")
_HOUSES = "中心|工厂|园区|平台|医院|学校|高校|院校|机构|基地|银行|酒店|饭店|景区|门店|实验室|研究院|医疗机构"
_NO_FIRMS = re.compile(rf"(?:{_HOUSES})(?:达到?|超过|累计)?$")
_NO_FIRMS_AFTER = re.compile(rf"(?:以上)?的?[\u4e00-\u9fff]{{0,4}}?(?:{_HOUSES})")


def _is_bare_money(folded: str, number: Number) -> bool:
    """Whether a number without a unit is an amount: 6万, and 300 million where others are in yuan; no thing is counted."""
    after = folded[number.end :]
    if re.search(r"[万亿]$", number.written):
        return not re.match(rf"(?!{_NO_THING})[\u4e00-\u9fff]", after[:4] or ".")
    scaled = re.search(r"(?:million|billion|mn|bn)$", number.written, re.I)
    return bool(scaled and re.search(_YUAN, folded, re.I) and re.match(_NO_THING_EN, after, re.I))


_YUAN = r" ?(?:yuan|RMB|CNY|renminbi)\b"
_SHORT_RANGE = re.compile(rf"[kmb](?: to | and |-|–|—)[\d.]+[kmb]{_YUAN}", re.I)  # from 120m to 150m yuan
_SHORT = {"k": 10**3, "m": 10**6, "b": 10**9}
_NO_THING_EN = r" ?(?:[,.;?!)]|$)| (?:this|last|next|in|on|for|from|to|and|or|of|over|now|then|with|by|a|per|up|down|after|before|as|during|at|so|but|is|was|each|into|out|went|alone|altogether)\b| (?:more|less|higher|lower) (?:than|again)\b"
# What may follow a bare 6万 or 1.5亿 so that it still is money: no thing is counted.
_NO_THING = r"(?:[是买来呢吗在能就去投做用给贷按算够搞建改装租换扩添盖,。]|技改|技术改造|左右|上下|以上(?!人|的人|户)|以内|多(?![个家辆])|的(?:话|设备|贷款|投资|采购|订单|费用|工程|项目|融资|研发|土地))"


def _joined(folded: str, found: list[Number], i: int) -> bool:
    return i + 1 < len(found) and _RANGE.fullmatch(folded[found[i].end : found[i + 1].start]) is not None


def _scaled(folded: str, found: list[Number], i: int) -> Number:
    """10—50万元, 8—12%: scale and percent sign behind the last number of a range or list belong to all of it."""
    number = found[i]
    if not _joined(folded, found, i) or number.percent or _SCALE.search(number.written):
        return number
    last = _scaled(folded, found, i + 1)
    scale = _SCALE.search(last.written)
    plain_last = next(numbers(re.sub(_SCALE, "", last.written)), last)
    if (not scale and not last.percent) or (number.value >= 1900 and not last.percent and number.value < 2100):
        return number
    factor = last.value / plain_last.value if scale and plain_last.value else Decimal(1)
    return Number(number.value * factor, last.percent, number.start, number.end, number.written)


def _shared_unit(folded: str, found: list[Number], i: int, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """1000万—3000万元, 10、20家: the unit stands behind the last number only."""
    while _joined(folded, found, i):
        i += 1
        if match := pattern.match(folded, found[i].end):
            return match
    return None


def _noun_after(folded: str, at: int, aliases: dict[str, tuple[str, Decimal]]) -> re.Match[str] | None:
    """80 battery-swap cars, 35 hydrogen fuel cell buses, eight new 120 kW chargers: up to four words, and a power, may
    stand between the number and the thing counted."""
    for _ in range(6):
        noun, word = _NOUN.match(folded, at), _WORD.match(folded, at)
        if noun and noun[1] in aliases and aliases[noun[1]][0] in _COUNTED:
            return noun
        if not word:
            return None
        at = word.end()
    return None


_NO_BREAK = r"(?!(?:in|into|at|of|for|by|per|to|and|or|with|within|on|over|under|from|than|as|a|an|the|this|that|our|we|i|is|are|was|were|has|have|kw|mw|yuan|million)\b)"
_NOUN = re.compile(r" ([a-z]+)()(?![a-z-])")
_WORD = re.compile(rf" (?:{_NO_BREAK}[a-z-]+|\d[\d.]* ?[km]w\b)", re.I)
_COUNTED = frozenset(("辆", "站", "桩", "张", "家", "台", "件"))


def _is_year(folded: str, number: Number, unit: str, name: str) -> bool:
    """2022年, and in English the year before a thing: the 2022 car measures, in July 2022 vehicles."""
    if not (1900 < number.value < 2100 and re.fullmatch(r"\d{4}", number.written)):
        return False
    dated = re.search(
        r"\b(?:in|of|the|since|by|for|until|[a-z]+uary|march|april|may|june|july|august|[a-z]+ber) $",
        folded[: number.start],
        re.I,
    )
    return unit == "年" or (name in _COUNTED and unit.isascii() and (not unit.endswith("s") or dated is not None))


def _each(folded: str, start: int) -> str | None:
    """每件最高2万元 → 件."""
    head = _LISTED.sub("", folded[:start])
    if both := re.search(rf"每(?:个|张)?({_BASES})每个?(月|年|晚|天){_UP_TO}", head):
        return f"{_NAMED_AS.get(both[1], both[1])}·{both[2]}"
    if both := re.search(rf"每(月|年)每(?:个|张)?({_BASES}){_UP_TO}", head):
        return f"{_NAMED_AS.get(both[2], both[2])}·{both[1]}"
    match = re.search(rf"每(?:个|一|张)?({_BASES}|月|年|晚|天){_UP_TO}", head)
    return _NAMED_AS.get(match[1], match[1]) if match else None


# what is paid by; behind 每人每月3000元、1500元 the second amount is paid by the same
_BASES = "平方米|立方米|床位|展位|摊位|架次|人次|箱|件|站|辆|座|张|户|人|名|项|家|亩|吨|台|套|个|次|头|只|株|场|公里|千瓦|千克|公斤"
_NAMED_AS = {"人": "名", "月": "个月", "公斤": "千克", "摊位": "展位"}
_UP_TO = r"[^,。;、每]{0,14}$"
_LISTED = re.compile(r"(?:(?<=[^\d.])\d[\d.]*[万亿]?元?[、和])+$")


def bounds(text: str) -> Iterator[Bound]:
    """The conditions on quantities in a text, in order."""
    folded = fold(text)
    for quantity in quantities(text):
        before, after = folded[max(0, quantity.start - 24) : quantity.start], folded[quantity.end : quantity.end + 10]
        relation = next((r for p, r in _AFTER if re.match(p, after)), None) or next(
            (r for p, r in _BEFORE if re.search(p, before, re.I)), None
        )
        if relation and not (relation == _GT and _achieved(folded, quantity)):
            if re.match(r"\s*\(含\)", after) or re.search(r"\(含\)\s*$", before):
                relation = {_GT: _GE, _LT: _LE}.get(relation, relation)
            if re.match(r"\s*\(不含\)", after) or re.search(r"\(不含\)\s*$", before):
                relation = {_GE: _GT, _LE: _LT}.get(relation, relation)
            yield Bound(relation, quantity)


def _achieved(folded: str, quantity: Quantity) -> bool:
    """突破30项关键技术 are 30 breakthroughs, and no more than 30."""
    return folded[: quantity.start].endswith("突破") and _WORKS.match(folded[quantity.end :]) is not None


_WORKS = re.compile(r"[^,。;、\d]{0,16}(?:技术|难题|瓶颈|工艺|装备|产品|环节)")


def in_english(value: Decimal, unit: str, per: str | None = None) -> str:
    """30000000 元 → 30 million yuan; 400 元 per 千瓦 → 400 yuan per kW; 35 % → 35%."""
    if unit in ("%", "‰"):
        return f"{plain(value)}{unit}"
    _, english, _ = _units()
    name = english[unit][0 if value == 1 else 1] if unit in english else unit
    bases = [english[_NAMED_AS.get(name, name)][0] or "item" for name in per.split("·")] if per else []
    basis = f" per {' and '.join(bases)}" if bases else ""
    return f"{english_number(value)} {name}".strip() + basis


def english_number(value: Decimal) -> str:
    """Exact: 140,000; 30 million; 5.4 billion."""
    for size, word in ((10**9, "billion"), (10**6, "million")):
        if value >= size and value * 1000 % size == 0:
            return f"{plain(value / size)} {word}"
    whole, _, fraction = plain(value).partition(".")
    return f"{int(whole):,}" + (f".{fraction}" if fraction else "")


def in_chinese(value: Decimal, unit: str, per: str | None = None) -> str:
    """140000 元 → 14万元; 400 元 per 千瓦 → 400元/千瓦."""
    number = plain(value)
    for size, word in ((10**8, "亿"), (10**4, "万")):
        if value >= size and value * 10000 % size == 0:
            number = plain(value / size) + word
            break
    return f"{number}{unit}" + (f"/{per.replace('名·', '人·')}" if per else "")


def shown_in(language: str) -> Callable[..., str]:
    """How amounts are written in the asker's language: `in_english` or `in_chinese`."""
    return in_english if language == "en" else in_chinese
