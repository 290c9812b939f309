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
from index.numbers import numbers
from index.search import language_of
from index.terms import read_terms

MAX_QUESTION = 2000
_DATA = tomllib.loads(Path(__file__).with_name("followups.toml").read_text(encoding="utf-8"))
_POINTS_BACK = re.compile("|".join(_DATA["points_back"]), re.I)
_ASKING_ZH = re.compile(_DATA["asking_zh"])
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


def places(text: str) -> list[frozenset[str]]:
    """The provinces and cities that a question names, each as the set of its Chinese forms."""
    folded = fold(text).lower()
    pattern = _places_pattern()
    return list(dict.fromkeys(_places()[match[0]] for match in pattern.finditer(folded)))


@cache
def _places_pattern() -> re.Pattern[str]:
    longest = sorted(_places(), key=lambda name: (-len(name), name))
    return re.compile("|".join(rf"\b{re.escape(n)}\b" if n.isascii() else re.escape(n) for n in longest) or r"(?!)")


@dataclass(frozen=True, slots=True)
class Question:
    """A question that stands alone, and what it asks for."""

    original: str
    text: str
    language: str
    kinds: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    years: tuple[int, ...]
    steer: str


def understand(original: str, history: Sequence[Turn] = ()) -> Question:
    """The question as it stands alone after the conversation so far."""
    text = re.sub(r"\s+", " ", original[:MAX_QUESTION]).strip()
    language = language_of(text)
    resolved, steer = standalone(text, history, language)
    found = tuple(q for q in quantities(resolved) if q.unit != "年")
    years = tuple(dict.fromkeys(int(n.value) for n in numbers(resolved) if not n.percent and 1990 <= n.value <= 2060 and re.fullmatch(r"\d{4}|[一二〇零三四五六七八九]{4}", fold(n.written))))
    return Question(original, resolved, language, kinds(text) or kinds(resolved), found, years, steer)


def standalone(text: str, history: Sequence[Turn], language: str) -> tuple[str, str]:
    """A follow-up joined with what it leans on, and the name of the policy last answered from ("" when it stands alone)."""
    previous = next((turn.content for turn in reversed(history) if turn.role == "user"), "")
    if not previous or not _leans(text, language):
        return text, ""
    chain = [turn.content for turn in history if turn.role == "user"]
    if _leans(previous, language_of(previous)) and len(chain) > 1:
        previous = standalone(previous, history[: _last_user(history)], language_of(previous))[0]
    titles = re.findall(r"《([^》]{4,60})》", next((turn.content for turn in reversed(history) if turn.role == "assistant"), ""))
    steer = titles[-1] if titles else ""
    replaced = _with_new_quantity(previous, text)
    if replaced:
        return replaced, steer
    subject = _new_subject(text, language)
    if subject:
        return (f"{subject}: {_asking_part(previous, language)}" if language == "en" else f"{subject}{_asking_part(previous, language)}"), steer
    return re.sub(r"[??。. ]+$", "", previous) + f" — {text}", steer


def _last_user(history: Sequence[Turn]) -> int:
    return max(i for i, turn in enumerate(history) if turn.role == "user")


def _leans(text: str, language: str) -> bool:
    """Whether a question points back, or says too little to stand alone."""
    if _POINTS_BACK.search(text) and len(text) < (60 if language == "zh" else 160):
        return language == "zh" or len(_content(text, language)) < 7 or bool(re.match(r"(?:and|but|so|what about|how about|what if|is it|does it)\b", text, re.I))
    return len("".join(_content(text, language))) < 5 if language == "zh" else len(_content(text, language)) < 2


def _content(text: str, language: str) -> list[str]:
    if language == "zh":
        return [part for part in _ASKING_ZH.split(text) if part]
    return [w for w in re.findall(r"[a-z0-9][a-z0-9-]*", text.lower()) if w not in _ASKING_EN]


def _new_subject(text: str, language: str) -> str:
    """「那换电站呢?」, "and for heavy trucks?": the new subject alone."""
    if language == "zh":
        match = re.fullmatch(r"(?:那么?|要是|如果|换成|换作|至于|那要是|那如果)?(?:是|对|对于)?(.{2,30}?)(?:呢|怎么样|的话呢|又如何|又怎么算|怎么算|怎样)[??]?", text)
        return match[1].strip(",。 的") if match and _content(match[1], "zh") else ""
    match = re.fullmatch(r"(?:and |but |so |then |ok,? )*(?:what about|how about|what if (?:it is|it's|they are)|and|for)? ?(?:for |in |with |to )?(?:the |a |an )?(.{2,80}?)(?: then| instead)?\??", text, re.I)
    lead = re.match(r"(?:and|but|so|then|ok|what about|how about|what if|for)\b", text, re.I)
    return match[1] if match and lead and not re.match(r"(?:is|are|does|do|who|when|which|what|how|can|until|where|why)\b", match[1], re.I) else ""


def _asking_part(previous: str, language: str) -> str:
    """Of the last question what it asked for, without its subject's quantities."""
    if language == "zh":
        parts = re.findall(r"(?:(?:能|可以|可|会)?(?:拿|领|给|补|奖|享受|获得)?(?:到)?(?:多少|什么|哪些|几)[^,。?]{0,8}|(?:补贴|奖励|补助|资助|支持)[^,。?]{0,4}(?:标准|多少)?|谁[^,。?]{1,6}|什么时候[^,。?]{0,6})", previous)
        return "".join(dict.fromkeys(parts)) + "?" if parts else previous
    return previous


def _with_new_quantity(previous: str, text: str) -> str:
    """「120千瓦的呢?」 after a question on 350 kW: the same question with the new quantity."""
    new, old = list(quantities(text)), list(quantities(previous))
    for quantity in new:
        for before in old:
            if before.unit == quantity.unit and len(_content(text, language_of(text))) <= 4:
                return previous[: before.start] + text[quantity.start : quantity.end] + previous[before.end :]
    return ""
