"""What a question takes for granted: a figure (那1000万元奖金, the 50% discount), or that a thing is paid for at all."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from assistant.evidence import Evidence
from assistant.facts import facts_by_clause
from assistant.quantities import quantities
from assistant.questions import Question
from index.fold import fold, squeeze


def unfounded(question: Question, evidence: Sequence[Evidence]) -> bool:
    """Whether a question takes for granted that an amount or a share is granted, and no passage tells that amount."""
    told = {(q.value, q.unit) for e in evidence for q in quantities(e.passage.text)}
    taken = [q for q in question.quantities if q.unit in ("元", "%", "‰") and _granted(question, q.start, q.end)]
    if question.kind == "why":  # why a cap of 49 percent
        taken = [q for q in question.quantities if q.unit in ("元", "%", "‰")]
    return any((q.value, q.unit) not in told for q in taken)


NAMED, MORE = 5, 2  # characters of a name, and how many more than stand in any sentence that grants


def named_without_grant(question: str, text: str) -> bool:
    """Whether a passage has the very name that a Chinese question has in a sentence that grants nothing, as the next one does,
    while other sentences grant: 授予“满天星”示范楼宇荣誉称号."""
    asked = _bare(question)
    found = [(len(common(asked, _bare(sentence))), bool(granted)) for sentence, granted in facts_by_clause(text)]
    best = max(range(len(found)), key=lambda n: found[n][0])
    grants = any(granted for _, granted in found[best : best + 2])
    most = max((size for size, granted in found if granted), default=found[best][0])
    return not grants and found[best][0] >= NAMED and most <= found[best][0] - MORE


def _bare(text: str) -> str:
    return re.sub("[“”‘’\"'「」]", "", squeeze(text))


def common(first: str, second: str) -> str:
    """The longest run of characters that two texts share."""
    match = SequenceMatcher(None, first, second, autojunk=False).find_longest_match()
    return first[match.a : match.a + match.size]


def _granted(question: Question, start: int, end: int) -> bool:
    """Whether the number at a place is called a grant that others give: not what the asker has got, and not what is asked for."""
    text = fold(question.text)
    before, after = text[:start], text[end:]
    named = _BEFORE.search(before) or _AFTER.match(after)
    known = question.kind in _GIVEN and _DEFINITE.search(before) and not _MINE.match(after)
    return bool(known or _OWED.match(after) or (named and not _OWN.search(before[-60:])))


_GIVEN = frozenset(("moment", "date", "day", "month", "office", "apply"))  # when is the 50 million yuan paid out
_DEFINITE = re.compile(r"\b(?:the|that|those) $|[那这]笔?$", re.I)
_MINE = re.compile(r" (?:that |which )?(?:we|i|our|my)\b|我|咱", re.I)


_GRANT_EN = r"(?:bonus|grant|subsid(?:y|ies)|rewards?|awards?|prize|incentive|discount|rebate|fine|penalty|allowance|fund|cheque|voucher|tax holiday|premium)"
_BEFORE = re.compile(
    rf"\b{_GRANT_EN} of (?:up to |about |around )?$|(?:补贴|奖励|补助|资助|罚款?|奖金|优惠|返还)了?(?:最高)?$", re.I
)
_AFTER = re.compile(
    rf"[- ](?:special |cash |one-off |lump[- ]sum |tax |price )?{_GRANT_EN}\b| (?:[a-z]+ ){{0,3}}(?:rule|requirement|quota|surcharge|levy)\b|的?(?!项目|工程|设备)(?:[\u4e00-\u9fff]{{0,3}})(?:补贴|奖励|补助|奖金|奖补|消费券|罚款|优惠|补偿|减免)(?!多少|几|标准)",
    re.I,
)
_OWED = re.compile(
    r" (?:that|which) [a-z ]{0,40}\b(?:must|has to|have to|shall|(?:is|are) obliged to) (?:pay|give|grant|hand)\b", re.I
)
_OWN = re.compile(
    r"我们?[^,。]{0,12}$|咱[^,。]{0,12}$|(?:拿|领|获得|得到|申请)了?过?$|\b(?:we|i|our|my|us)\b[^,.]{0,40}$", re.I
)
