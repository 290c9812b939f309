"""What is asked: language, quantities, kind, and a follow-up made into a question that stands alone."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.answers import Turn
from assistant.quantities import Quantity, quantities
from index.asked import kinds
from index.fold import fold
from index.numbers import Number, numbers
from index.search import language_of
from index.terms import read_terms

MAX_QUESTION = 2000
_DATA = tomllib.loads(Path(__file__).with_name("followups.toml").read_text(encoding="utf-8"))
_LEANS = re.compile("|".join(_DATA["leans"]), re.I)
_POINTS_BACK = re.compile("|".join(_DATA["points_back"]), re.I)
_GRANT = re.compile("|".join(_DATA["grant"]), re.I)
ASKING_ZH = re.compile(_DATA["asking_zh"])
_ASKING_EN = frozenset(_DATA["asking_en"].split())


@cache
def _places() -> dict[str, frozenset[str]]:
    """Names of provinces and cities, Chinese and English, each with the Chinese forms that documents use."""
    found: dict[str, frozenset[str]] = {}
    for english, chinese, kind in read_terms():
        full = [name for name in chinese if re.fullmatch(r".{2,6}(?:省|市|自治区|特别行政区)", name)]
        short = [name for name in chinese if any(f.startswith(name) and f != name for f in full)]
        if kind == "place" and short:
            forms = frozenset([*full, *short, *(name for name in chinese if len(name) == 1)])
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
    r"\bbeijing (?=(?:paid|pays|gave|gives|says|said|wants|sets|announced)\b)|\b[a-z]+ (?=(?:stock|star|main board|securities|growth)\b)|(?:跟|与|和|同)[\u4e00-\u9fff]{2,6}?(?=哪)|[\u4e00-\u9fff]{2}(?=(?:证券|股票|期货)?交易所)"
)


@cache
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile("|".join(rf"\b{re.escape(n)}\b" if n.isascii() else re.escape(n) for n in longest) or r"(?!)")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question as understood: to show, to search, what it follows (weighs less), and the policy last answered from."""

    shown: str
    text: str
    context: str = ""
    steer: str = ""


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
    text = re.sub(r"\s+", " ", original[:MAX_QUESTION]).strip()
    language = language_of(text)
    resolved = standalone(text, history, language)
    found = tuple(q for q in quantities(resolved.text) if q.unit != "年")
    years = tuple(dict.fromkeys(int(n.value) for n in _years(resolved.text)))
    asked = kinds(text) or kinds(resolved.text) or kinds(resolved.context)
    return Question(
        original, resolved.shown, resolved.text, language, asked, found, years, resolved.context, resolved.steer
    )


def standalone(text: str, history: Sequence[Turn], language: str) -> Resolved:
    """A follow-up joined with what it leans on; a question that stands alone as it is."""
    previous = next((turn.content for turn in reversed(history) if turn.role == "user"), "")
    if not previous or not _leans(text, language):
        return Resolved(text, text)
    before = standalone(previous, history[: _last_user(history)], language_of(previous))
    titles = re.findall(
        r"《([^》]{4,60})》", next((turn.content for turn in reversed(history) if turn.role == "assistant"), "")
    )
    steer = titles[-1] if titles else before.steer
    if replaced := _with_new_quantity(before.text, text):
        return Resolved(replaced, replaced, "", steer)
    if _LEANS.search(text) and (subject := _new_subject(text, language)):
        shown = f"{subject} (after: {before.text})" if language == "en" else f"{subject}(接上问:{before.text})"
        return Resolved(shown, subject, before.text, steer)
    joined = re.sub(r"[??。. ]+$", "", before.text) + f" — {text}"
    return Resolved(joined, joined, before.context, steer)


def _last_user(history: Sequence[Turn]) -> int:
    return max(i for i, turn in enumerate(history) if turn.role == "user")


def _leans(text: str, language: str) -> bool:
    """Whether a question points back, or says too little to stand alone."""
    text = _EMPTY_IT.sub("", text)
    said = _said(text, language)
    if _LEANS.search(text):
        return len(text) < (40 if language == "zh" else 110)
    if _POINTS_BACK.search(text):
        return said <= (10 if language == "zh" else 5)
    return said < (5 if language == "zh" else 2)


_EMPTY_IT = re.compile(r"\b(?:is|was|would|will) it (?:possible|true|allowed|legal|necessary|correct)\b", re.I)


def _said(text: str, language: str) -> int:
    """How much a question says beside asking: characters of Chinese, words of English."""
    return len("".join(_content(text, "zh"))) if language == "zh" else len(_content(text, "en"))


def _content(text: str, language: str) -> list[str]:
    if language == "zh":
        return [part for part in ASKING_ZH.split(text) if part]
    return [w for w in re.findall(r"[a-z0-9][a-z0-9-]*", text.lower()) if w not in _ASKING_EN]


def _new_subject(text: str, language: str) -> str:
    """「那换电站呢?」, "and for heavy trucks?": the follow-up without the words that only join it, when it names a subject."""
    if language == "zh":
        subject = re.sub(
            r"^(?:那么?|那,|要是|如果|换成|至于|对于?)+|(?:呢|的话|怎么样|又如何)(?=[,,??]|$)", "", text
        ).strip(",?。 ")
        return subject if _said(_without_quantities(subject), "zh") >= 2 and not _POINTS_BACK.search(subject) else ""
    subject = re.sub(
        r"^(?:(?:and|but|so|then|ok|also|what about|how about|what if|for|in|with|to|the|a|an)\b[ ,]*)+",
        "",
        text,
        flags=re.I,
    ).strip(" ?.")
    return (
        subject if _said(subject, "en") >= 1 and not _POINTS_BACK.search(subject) and not _LEANS.search(subject) else ""
    )


def _without_quantities(text: str) -> str:
    for quantity in reversed(list(quantities(text))):
        text = text[: quantity.start] + text[quantity.end :]
    return text


def without_quantities(text: str) -> str:
    """A text without the numbers that have a unit, which stay: what the asker has or plans stands in no document."""
    starts = {quantity.start for quantity in quantities(text)}
    for number in reversed(list(numbers(text))):
        if number.start in starts:
            text = text[: number.start] + text[number.end :]
    return text


def _with_new_quantity(previous: str, text: str) -> str:
    """「120千瓦的呢?」, 「2027年呢?」: the same question with the new quantity or year, when the follow-up says nothing else."""
    language = language_of(text)
    for old, new in ((list(quantities(previous)), list(quantities(text))), (_years(previous), _years(text))):
        for mine in new:
            rest = text[: mine.start] + text[mine.end :]
            for before in old:
                if getattr(before, "unit", "") == getattr(mine, "unit", "") and _said(rest, language) <= 2:
                    return previous[: before.start] + text[mine.start : mine.end] + previous[before.end :]
    return ""


def _years(text: str) -> list[Number]:
    return [
        n
        for n in numbers(text)
        if not n.percent
        and 1990 <= n.value <= 2060
        and re.fullmatch(r"\d{4}|[一二〇零三四五六七八九]{4}", fold(n.written))
    ]
