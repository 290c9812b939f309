"""What is asked: language, quantities, kind, places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from assistant.answers import Turn
from assistant.followups import JOINED, PATTERNS, Reading, only_names, resolved, years_of
from assistant.quantities import Quantity, quantities
from index.asked import kinds
from index.fold import fold
from index.numbers import numbers
from index.search import language_of
from index.terms import read_terms

MAX_QUESTION, LOOKED_BACK = 2000, 20  # characters, turns
_GRANT = re.compile("|".join(PATTERNS["grant"]), re.I)


@cache
def _places() -> dict[str, frozenset[str]]:
    """Names of provinces and cities, Chinese and English, each with the Chinese forms that documents use."""
    found: dict[str, frozenset[str]] = {}
    for english, chinese, kind in read_terms():
        full = [name for name in chinese if re.fullmatch(r".{2,6}(?:省|市|自治区|特别行政区)", name)]
        short = [name for name in chinese if any(f.startswith(name) and f != name for f in full)]
        if kind == "place" and short:
            forms = frozenset([*full, *short, *(name for name in chinese if len(name) == 1 or name.endswith("新区"))])
            found |= dict.fromkeys([english.lower(), *forms], forms)
    return found


@cache
def _districts() -> dict[str, str]:
    """Names of districts and counties → the short Chinese name: Yubei District and 重庆市渝北区 → 渝北."""
    found: dict[str, str] = {}
    for english, chinese, kind in read_terms():
        if kind == "place" and any(re.fullmatch(r".{2,4}市.{1,8}[区县]", name) for name in chinese):
            short = min(chinese, key=len)
            found |= dict.fromkeys([english.lower(), *chinese], short)
    return found


def districts(text: str) -> list[str]:
    """The districts and counties that a text names, by their short Chinese names."""
    folded = fold(text).lower()
    return list(dict.fromkeys(_districts()[match[0]] for match in _any_of(tuple(_districts())).finditer(folded)))


def zones(text: str) -> list[str]:
    """The districts whose development zone or park a text names: 长寿经开区, Changshou Economic and Technological Development Zone."""
    folded, names = fold(text).lower(), _bare_districts()
    found = (match for match in _any_of(tuple(names)).finditer(folded) if _ZONE.match(folded, match.end()))
    return list(dict.fromkeys(names[match[0]] for match in found))


@cache
def _bare_districts() -> dict[str, str]:
    return {re.sub(r" (?:district|county)$|(?<=..)[区县]$", "", name): short for name, short in _districts().items()}


_ZONE = re.compile(
    r"[区县]?(?:国家级?|市级)?(?:经济技术开发区|经开区|高新|开发区|工业园|综合?保税)|(?: district)? (?:national )?(?:economic (?:and|&) tech|economic development|high[- ]tech|development zone|industrial (?:park|zone)|bonded)"
)


def places(text: str) -> list[frozenset[str]]:
    """The provinces and cities that a question names, each as the set of its Chinese forms."""
    folded = _EXCHANGE.sub("", fold(text).lower())
    return list(dict.fromkeys(_places()[match[0]] for match in _any_of(tuple(_places())).finditer(folded)))


def countries(text: str) -> list[frozenset[str]]:
    """The countries whose own matters a question asks for (What does Norway pay? 新加坡机场), each as its Chinese forms.

    None when it names a place of China too, or speaks of the asker, or of trade: our plant in Germany, 出口到德国.
    """
    folded = fold(text).lower()
    named = list(_any_of(tuple(_countries())).finditer(folded))
    if not named or _AT_HOME.search(fold(text)) or places(text) or districts(text):
        return []
    return [
        _countries()[m[0]] for m in named if not (_TOWARDS.search(folded[: m.start()]) or _FIRMS.match(folded, m.end()))
    ]


@cache
def _countries() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for english, chinese, kind in read_terms():
        if kind == "country":
            found |= dict.fromkeys([english.lower(), *chinese], frozenset(chinese))
    return found


_AT_HOME = re.compile(r"我|咱|本市|全市|中国|国内|\b(?:I|[Ww]e|[Oo]ur|[Mm]y|us|China|Chinese)\b")
_FIRMS = re.compile(r"的?(?:企业|公司|客|投资|商|籍|人)")
_TOWARDS = re.compile(
    r"(?:出口|进口|到|去|赴|对|向|与|和|从|往|销|飞)[^,。]{0,3}$|\b(?:from|to|with|into|and|towards?|via|between) (?:the )?$"
)
_EXCHANGE = re.compile(
    r"\bbeijing (?=(?:paid|pays|gave|gives|says|said|wants|sets|announced)\b)|\b[a-z]+ (?=(?:stock|star|main board|securities|growth)\b)|[\u4e00-\u9fff]{2}(?=(?:证券|股票|期货)?交易所)"
)


@cache
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile("|".join(rf"\b{re.escape(n)}\b" if n.isascii() else re.escape(n) for n in longest) or r"(?!)")


@dataclass(frozen=True, slots=True)
class Question:
    """A question that stands alone, and what it asks for."""

    original: str
    shown: str
    text: str
    language: str
    kinds: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    years: tuple[int, ...]
    context: str
    steer: str

    @property
    def kind(self) -> str:
        """The most special kind of thing asked for; "" when none is known."""
        return self.kinds[0] if self.kinds else ""


def asks_support(text: str) -> bool:
    """Whether a question is about support (a subsidy, a reward, a relief), not about a statistic."""
    return _GRANT.search(text) is not None


def understand(original: str, history: Sequence[Turn] = ()) -> Question:
    """The question as it stands alone after the conversation so far."""
    return readings(original, history)[0]


def readings(original: str, history: Sequence[Turn] = ()) -> list[Question]:
    """The ways to read a question after the conversation so far, the likeliest first: alone, joined with the last one, as its new subject."""
    text = re.sub(r"\s+", " ", original[:MAX_QUESTION]).strip()
    language = language_of(text)
    return [
        _question(original, text, language, reading) for reading in resolved(text, history[-LOOKED_BACK:], language)
    ]


def _question(original: str, text: str, language: str, read: Reading) -> Question:
    found = _latest([q for q in quantities(read.text) if q.unit != "年"], read.text.rfind(JOINED))
    years = tuple(dict.fromkeys(int(n.value) for n in years_of(read.text)))
    asked = kinds(text) or kinds(read.text) or (kinds(read.context) if only_names(read.text, language) else ())
    return Question(original, read.shown, read.text, language, asked, found, years, read.context, read.steer)


def _latest(found: list[Quantity], begins: int) -> tuple[Quantity, ...]:
    """The quantities of a question joined with what it follows, without the earlier ones in a unit that it names itself."""
    own = {(q.unit, q.per) for q in found if q.start >= begins}
    return tuple(q for q in found if q.start >= begins or (q.unit, q.per) not in own)


def without_quantities(text: str) -> str:
    """A text without the numbers that have a unit, which stay: what the asker has or plans stands in no document."""
    starts = {quantity.start for quantity in quantities(text)}
    for number in reversed(list(numbers(text))):
        if number.start in starts:
            text = text[: number.start] + text[number.end :]
    return text
