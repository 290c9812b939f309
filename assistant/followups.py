"""A follow-up made into a question that stands alone: 那换电站呢?, what if it is 120 kW?, who is in charge of that?"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.answers import Turn
from assistant.quantities import quantities
from index.asked import kinds
from index.fold import fold
from index.numbers import Number, numbers
from index.search import language_of

PATTERNS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_LEANS = re.compile("|".join(PATTERNS["leans"]), re.I)
_OPENERS = re.compile("|".join(PATTERNS["openers"]), re.I)
_CORRECTS = re.compile("|".join(PATTERNS["corrects"]), re.I)
_POINTS_BACK = re.compile("|".join(PATTERNS["points_back"]), re.I)
ASKING_ZH = re.compile(PATTERNS["asking_zh"])
JOINED = " — "  # between a follow-up and what it leans on
LONGEST = {"zh": 20, "en": 70}  # characters of a question that may go on with the one before
ASKING_EN = frozenset(PATTERNS["asking_en"].split())


@dataclass(frozen=True, slots=True)
class Reading:
    """A way to read a question: to show, to search, what it follows (weighs less), and the document last answered from."""

    shown: str
    text: str
    context: str = ""
    steer: str = ""


def resolved(text: str, history: Sequence[Turn], language: str) -> list[Reading]:
    """A question that stands alone as it is, a follow-up joined with what it leans on; behind it the other ways to read it."""
    previous = next((turn.content for turn in reversed(history) if turn.role == "user"), "")
    if not previous:
        return [Reading(text, text)]
    text = _behind(_OPENERS, text) or text
    if years_of(previous):
        text = _SHORT_YEAR.sub("20", text)
    earlier = history[: _last_user(history)]
    before, *otherwise = resolved(previous, earlier, language_of(previous))
    steer = _source(history) or before.steer
    if (
        otherwise and not before.steer and steer and steer == _source(earlier)
    ):  # answered from the same document: it went on
        before = otherwise[0] if is_short(previous) else replace(before, context=otherwise[0].text)
    together = re.sub(r"[??。. ]+$", "", before.text) + JOINED + text
    joined = Reading(together, together, before.context, steer)
    after = " (after: {})" if language == "en" else "(接上问:{})"
    alone = Reading(text + after.format(before.text), text, "", steer)
    if not _leans(text, language):
        return [Reading(text, text), joined]
    if _OF_ALL.search(text):
        return [alone, joined]
    meant = _behind(_CORRECTS, text)
    if replaced := _with_new_quantity(before.text, meant) or _with_new_class(before.text, meant):
        return [Reading(replaced, replaced, "", steer)]
    if (_LEANS.search(text) or _is_bare(text, language)) and (subject := _new_subject(text, language)):
        context = f"{before.context} — {before.text}" if before.context else before.text
        return [Reading(f"{subject}{after.format(before.text)}", subject, context, steer), joined]
    return [joined, alone]


def _behind(pattern: re.Pattern[str], text: str) -> str:
    """A text without a beginning."""
    match = pattern.match(fold(text))
    return text[match.end() :].strip() if match else text


_SHORT_YEAR = re.compile(r"(?<![\d.])(?=[2-4]\d年(?:[呢的底末是要]|目标|[??]|$))")  # 25年呢


def is_short(text: str) -> bool:
    """Whether a question is short enough to go on with the one before, though it says that it stands alone."""
    return len(text) <= LONGEST[language_of(text)]


def only_names(text: str, language: str) -> bool:
    """Whether words are too few to be a question of their own: swap stations for taxis."""
    return len(text) <= 14 if language == "zh" else len(text.split()) <= 6


def names_things(text: str) -> bool:
    """Whether a question says more than that it asks: not 上限是多少, what is the cap."""
    language = language_of(text)
    return _said(text, language) >= (4 if language == "zh" else 2)


_OF_ALL = re.compile("|".join(PATTERNS["of_all"]), re.I)


def _source(history: Sequence[Turn]) -> str:
    """The name of the document that the last answer rests on."""
    said = next((turn.content for turn in reversed(history) if turn.role == "assistant"), "")
    named = [match[1] or match[2] for match in _SOURCE_LINE.finditer(said)]
    return next(iter(named or re.findall(r"《([^》]{4,60})》", said)), "")


_SOURCE_LINE = re.compile(  # a name may hold quotation marks of its own
    r"^[^《“」:\n]{2,24}: ?(?:《([^》\n]{4,80})》|“([^\n]{4,120})”)(?=[(,]| ›|$)", re.M
)


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
    return _is_bare(text, language) or said < (5 if language == "zh" else 2)


def _is_bare(text: str, language: str) -> bool:
    """Whether a few words only name a thing, or what the asker is, and ask nothing: IVD reagents?"""
    few = len(text) <= 10 if language == "zh" else len(text.split()) <= 3
    return not kinds(text) and (few or (_TELLS.match(text) is not None and is_short(text)))


_TELLS = re.compile(  # what the asker says of himself, and asks nothing: 我们是做新能源汽车的
    r"(?:我们?|咱们?)(?:公司|企业|厂|单位)?(?:主要|就)?是[^??]+$|(?:we|our (?:company|firm|business)|i) (?:are|am|is|make|run|have|build|operate)\b[^?]*$",
    re.I,
)


_EMPTY_IT = re.compile(r"\b(?:is|was|would|will) it (?:possible|true|allowed|legal|necessary|correct)\b", re.I)


def _said(text: str, language: str) -> int:
    """How much a question says beside asking: characters of Chinese, words of English."""
    return len("".join(_content(text, "zh"))) if language == "zh" else len(_content(text, "en"))


def _content(text: str, language: str) -> list[str]:
    if language == "zh":
        return [part for part in ASKING_ZH.split(text) if part]
    return [w for w in re.findall(r"[a-z0-9][a-z0-9-]*", text.lower()) if w not in ASKING_EN]


def _new_subject(text: str, language: str) -> str:
    """「那换电站呢?」, "and for heavy trucks?": the follow-up without the words that only join it, when it names a subject."""
    if language == "zh":
        subject = re.sub(
            r"^(?:那么?|那,|要是|如果|换成|至于|对于?)+|(?:呢|的话|怎么样|又如何)(?=[,,??]|$)", "", text
        ).strip(",?。 ")
        names = _said(_without_quantities(subject), "zh") >= 2 and not subject.endswith("的")
        return subject if names and not _POINTS_BACK.search(subject) else ""
    subject = re.sub(
        r"^(?:(?:and|but|so|then|ok|also|what about|how about|what if|for|in|with|to|the|a|an)\b[ ,]*)+",
        "",
        text,
        flags=re.I,
    ).strip(" ?.")
    whole = _POINTS_BACK.search(subject) or _LEANS.search(subject) or _ASKER.search(subject)
    return subject if _said(subject, "en") >= 1 and not whole else ""


_ASKER = re.compile(
    r"\b(?:we|i|you)\b", re.I
)  # over the whole period we would get how much: no subject, but a question


def _without_quantities(text: str) -> str:
    for quantity in reversed(list(quantities(text))):
        text = text[: quantity.start] + text[quantity.end :]
    return text


def _with_new_quantity(previous: str, text: str) -> str:
    """「120千瓦的呢?」, 「2027年呢?」: the same question with the new quantity or year, when the follow-up says nothing else."""
    language = language_of(text)
    for old, new in ((list(quantities(previous)), list(quantities(text))), (years_of(previous), years_of(text))):
        for mine in new:
            rest = text[: mine.start] + text[mine.end :]
            for before in old:
                if getattr(before, "unit", "") == getattr(mine, "unit", "") and _said(rest, language) <= 2:
                    return previous[: before.start] + text[mine.start : mine.end] + previous[before.end :]
    return ""


def _with_new_class(previous: str, text: str) -> str:
    """「那二类的呢?」, "and Class II?": the same question with another class, when the follow-up says nothing else."""
    for pattern in _CLASSES:
        old, new = pattern.search(previous), pattern.search(text)
        if old and new and _said(text[: new.start()] + text[new.end() :], language_of(text)) == 0:
            return previous[: old.start(1)] + new[1] + previous[old.end(1) :]
    return ""


_CLASSES = [re.compile(pattern, re.I) for pattern in PATTERNS["classes"]]


_COUNTED = re.compile(  # 2000方的冷库 names no year, 2025家电补贴 does
    r"多?(?:[米亩吨辆个件张座套块千万亿瓦斤]|方(?![案向])|平[米方]|立方|人(?![才工口社形民])|台(?![账湾])|家(?![电具居庭政])|户(?!外)|名(?![单录牌])|元(?![宵旦])|公[里斤顷]|升(?!级))"
)


def years_of(text: str) -> list[Number]:
    """The years that a text names."""
    return [
        n
        for n in numbers(text)
        if not n.percent
        and 1990 <= n.value <= 2060
        and re.fullmatch(r"\d{4}|[一二〇零三四五六七八九]{4}", fold(n.written))
        and not _COUNTED.match(text[n.end :])
    ]
