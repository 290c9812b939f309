"""Dates and periods of validity as Chinese policy text writes them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from index.fold import fold

_CHINESE = str.maketrans("0123456789", "〇一二三四五六七八九")
_PLAN_OF = {first + 5 * k: f"十{n}五" for k, n in enumerate("一二三四五六") for first in (2006, 2010)}
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
YEAR = r"(?:(?:19|20)\d\d|[一二]〇[〇零一二三四五六七八九]{2})"
DAY = rf"({YEAR}) ?年 ?(\d\d?|[一二三四五六七八九十]{{1,2}}) ?月 ?(\d\d?|[一二三四五六七八九十]{{1,3}}) ?日"
_RANGE = rf"({YEAR}) ?年?(?:—+|-+|~|至|到)({YEAR}) ?年"
_BROKEN_RANGE = r"(?<!\d)(20\d\d)(20\d\d) ?年"
_UNTIL = rf"(?:有效期|执行期限?|实施期限?|施行期限?|试行期|政策期限?|期限)[^。;,]{{0,30}}?(?:至|到|—+|-+|~) ?{DAY}"
_RUNS_TO = rf"(?:政策|措施|规定|办法)?(?:执行|实施|施行|延续|延长)(?:至|到) ?{DAY}"
_YEARS_LONG = r"有效期(?:限)?(?:为)? ?([一二两三四五六七八九十]|\d+) ?年"
_PLAN = rf"(?:规划期限?|实施期限?|执行期限?|计划期限?)(?:为|:|是)? ?{_RANGE}"
_FROM_DAY = rf"自 ?{DAY}(?:\([^)]*\))?起(?:正式)?(?:施行|实施|执行|生效)"
_SPAN = rf"(?:期限?|时间)(?:为|:)? ?{DAY}(?: ?\([^)]*\))?起?(?:至|到|—+|-+|~) ?{DAY}"
FROM_ISSUE = re.compile(r"自(?:印发|发布|公布|下发)之日起(?:正式)?(?:施行|实施|执行|生效)")
_COUNT = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when, and where the text says so: offsets of the sentence."""

    start: date | None
    end: date | None
    at: tuple[int, int]


def to_year(text: str) -> int:
    """2022 or 二〇二二 as a number."""
    return int(text.translate(_DIGITS))


def to_date(year: str, month: str, day: str) -> date | None:
    """A date, or None when the calendar has no such day."""
    try:
        return date(to_year(year), _small(month), _small(day))
    except ValueError:
        return None


def _small(text: str) -> int:
    """12 or 十二 or 三十一."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_COUNT.get(tens, 1) * 10 if ten else 0) + (_COUNT[ones] if ones else 0)


def first_date(text: str) -> date | None:
    """The first full date in a text: 2022年9月5日, 2021-07-12, or 2021712 where only one reading is a date."""
    folded = fold(text)
    if match := re.search(DAY, folded) or re.search(r"(\d{4})[-./](\d\d?)[-./](\d\d?)", folded):
        return to_date(*match.groups())
    return _unpunctuated(folded.strip())


def _unpunctuated(digits: str) -> date | None:
    if not re.fullmatch(r"(19|20)\d{4,6}", digits):
        return None
    year, rest = digits[:4], digits[4:]
    cuts = [(rest[:i], rest[i:]) for i in (1, 2) if 1 <= len(rest) - i <= 2]
    plain = [(m, d) for m, d in cuts if len(digits) == 8 or not (m.startswith("0") or d.startswith("0"))]
    dates = {found for m, d in plain if (found := to_date(year, m, d))}
    return dates.pop() if len(dates) == 1 else None


def names_year(text: str, year: int) -> bool:
    """Whether a text names a year: 2020年, 二〇二〇年, or 十三五 for the first and the last year of that plan."""
    folded, written = fold(text), str(year)
    return any(name in folded for name in (written, written.translate(_CHINESE), _PLAN_OF.get(year, written)))


def last_year(plan: str) -> int:
    """The last year of a five-year plan: 十三五 → 2020."""
    return max(year for year, name in _PLAN_OF.items() if name == plan)


def years_in(text: str) -> tuple[int, int] | None:
    """The period in a title: (2022—2025年), also with its dash lost (20242027年)."""
    match = re.search(_RANGE, fold(text)) or re.search(_BROKEN_RANGE, fold(text))
    if not match:
        return None
    first, last = to_year(match[1]), to_year(match[2])
    return (first, last) if first <= last <= first + 30 else None


def validity(text: str, issued_on: date | None = None) -> Validity | None:
    """What a text says of its own period; None when it says nothing.

    A plan's period ends on 31 December of its last year. "Valid for N years" counts from the day of effect.
    """
    folded = fold(text)
    start, at = None, None
    if match := re.search(_FROM_DAY, folded):
        start, at = to_date(*match.groups()), match.span()
    elif match := FROM_ISSUE.search(folded):
        start, at = issued_on, match.span()
    end = None
    if match := re.search(_SPAN, folded):
        start, at = to_date(*match.groups()[:3]), match.span()
    if match := re.search(_UNTIL, folded) or re.search(_RUNS_TO, folded):
        end, at = to_date(*match.groups()[-3:]), match.span()
    elif match := re.search(_PLAN, folded):
        first, last = to_year(match[1]), to_year(match[2])
        start, end, at = start or date(first, 1, 1), date(last, 12, 31), match.span()
    elif (match := re.search(_YEARS_LONG, folded)) and start:
        years = _COUNT.get(match[1]) or int(match[1])
        end, at = _years_later(start, years), match.span()
    return Validity(start, end, at) if at and (start or end) else None


def granted_until(text: str) -> date | None:
    """The end of the year for which a text grants something: 2021年度,我市将…给予补贴; None when it names none."""
    match = re.search(r"(20\d\d)年度[^。;]{0,30}?(?:给予|予以|补贴|奖励|资助)", fold(text))
    return date(int(match[1]), 12, 31) if match else None


def _years_later(day: date, years: int) -> date:
    year = day.year + years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))
