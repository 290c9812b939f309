"""Numbers as policies and askers write them: 0.5万, 8000万元, 35%, 三十, 80 million → exact values with offsets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from index.fold import fold

_CHINESE = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "个亿": 10**8, "万亿": 10**12, "k": 1000,
           "thousand": 1000, "million": 10**6, "mn": 10**6, "m": 10**6, "billion": 10**9, "bn": 10**9, "trillion": 10**12}  # fmt: skip
_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
          "twenty": 20, "thirty": 30, "fifty": 50}  # fmt: skip
_NUMBER = re.compile(
    r"(?P<wan>\d+)万(?P<qian>\d)千(?![瓦米克万])"
    r"|(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<scale>万亿|个亿|百万|千万|亿|万|千(?![瓦米克])|百(?!分)|十(?![四五六]五)| ?(?:thousand|million|billion|trillion)\b| ?(?:mn|bn)\b)?"
    r"(?P<percent> ?(?:%|‰|percent\b|per cent\b))?"
    r"|\b(?P<word>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty)\b(?! ?-|th)"
    r"|(?P<cent>百分之)?(?P<chinese>[零〇一二两三四五六七八九十百千万亿]+)(?P<half>半)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """An exact value; percent is "%" or "‰" or "" (the value of 35% is 35); written as it stands in the text."""

    value: Decimal
    percent: str
    start: int
    end: int
    written: str


def numbers(text: str) -> Iterator[Number]:
    """The numbers of a text in order. Single Chinese digits in words (一次性, 统一) are not numbers unless a counter follows."""
    folded = fold(text)
    for match in _NUMBER.finditer(folded):
        if match["wan"]:  # 1万2千
            value, percent = Decimal(match["wan"]) * 10**4 + Decimal(match["qian"]) * 1000, ""
        elif match["digits"]:
            value = Decimal(match["digits"].replace(",", ""))
            value *= _SCALES[match["scale"].strip().lower()] if match["scale"] else 1
            sign = (match["percent"] or "").strip()
            percent = "‰" if sign == "‰" else "%" if sign else ""
        elif match["word"]:
            value, percent = Decimal(_WORDS[match["word"].lower()]), ""
        elif (found := chinese_value(match["chinese"])) is not None and (match["cent"] or _is_count(folded, match)):
            value, percent = found, "%" if match["cent"] else ""
        else:
            continue
        yield Number(value, percent, *match.span(), text[slice(*match.span())])


def chinese_value(text: str) -> Decimal | None:
    """三千五百 → 3500, 二〇三五 → 2035; None when it is no number."""
    if len(text) > 1 and all(char in _CHINESE for char in text):
        return (
            Decimal("".join(str(_CHINESE[char]) for char in text))
            if "〇" in text or "零" in text or len(text) == 4
            else None
        )
    return _grouped(text)


def _grouped(text: str) -> Decimal | None:
    """三十二亿五千万: what stands before the last 亿 or 万 counts in it, what stands behind is added."""
    for sign, scale in (("亿", 10**8), ("万", 10**4)):
        if sign in text:
            before, _, after = text.rpartition(sign)
            left, right = _grouped(before), _grouped(after) if after else Decimal(0)
            return left * scale + right if before and left is not None and right is not None else None
    section, digit = 0, 0
    for char in text:
        if char in _CHINESE:
            digit = _CHINESE[char]
        else:
            section, digit = section + (digit or 1) * _POWERS[char], 0
    return Decimal(section + digit) if text else None


def _is_count(folded: str, match: re.Match[str]) -> bool:
    """A Chinese numeral counts when it is long, or stands before a counter and not inside a word."""
    text, after = match["chinese"], folded[match.end() : match.end() + 2]
    if re.fullmatch(r"十[一二三四五]五", text) or not re.search(r"[一二两三四五六七八九十]", text):
        return False
    before = folded[match.start() - 1 : match.start()] if match.start() else ""
    if (
        len(text) >= 2
        and text not in ("万千", "千万", "百万", "千百", "亿万", "一二", "一一", "二三", "三四", "两万")
        and not after.startswith(("、", "五”"))
    ):
        return before != "第" and not (len(text) == 2 and text[0] == "十" and after.startswith("五"))
    return (
        before not in ("第", "统", "同", "单", "唯", "之", "专", "(")
        and bool(re.match(r"[家个名项辆台套座户张站根桩处款支年月日天亩吨件次元岁倍条米千瓦]|万|亿|百|成", after))
        and text != "一"
    )


def plain(value: Decimal) -> str:
    """A value without exponent, grouping or trailing zeros: 140000, 0.5."""
    text = format(value.normalize(), "f")
    return text if text != "-0" else "0"
