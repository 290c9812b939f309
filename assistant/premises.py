"""Figures that a question takes for granted: 那1000万元奖金, the 50% discount, a bonus of 10 million yuan."""

import re
from collections.abc import Sequence

from assistant.evidence import Evidence
from assistant.quantities import quantities
from assistant.questions import Question
from index.fold import fold


def unfounded(question: Question, evidence: Sequence[Evidence]) -> bool:
    """Whether a question takes for granted that an amount or a share is granted, and no passage tells that amount."""
    told = {(q.value, q.unit) for e in evidence for q in quantities(e.passage.text)}
    taken = [q for q in question.quantities if q.unit in ("元", "%", "‰") and _granted(question, q.start, q.end)]
    return any((q.value, q.unit) not in told for q in taken)


def _granted(question: Question, start: int, end: int) -> bool:
    """Whether the number at a place is called a grant that others give: not what the asker has got, and not what is asked for."""
    text = fold(question.text)
    before, after = text[:start], text[end:]
    named = _BEFORE.search(before) or _AFTER.match(after)
    return bool(_OWED.match(after) or (named and not _OWN.search(before[-60:])))


_GRANT_EN = r"(?:bonus|grant|subsid(?:y|ies)|rewards?|awards?|prize|incentive|discount|rebate|fine|penalty|allowance|fund|cheque|voucher|tax holiday|premium)"
_BEFORE = re.compile(
    rf"\b{_GRANT_EN} of (?:up to |about |around )?$|(?:补贴|奖励|补助|资助|罚款?|奖金|优惠|返还)了?(?:最高)?$", re.I
)
_AFTER = re.compile(
    rf"[- ](?:special |cash |one-off |lump[- ]sum |tax |price )?{_GRANT_EN}\b| (?:[a-z]+ ){{0,3}}(?:rule|requirement|quota|surcharge|levy)\b|的?(?:[\u4e00-\u9fff]{{0,3}})(?:补贴|奖励|补助|奖金|奖补|消费券|罚款|优惠|补偿|减免)",
    re.I,
)
_OWED = re.compile(
    r" (?:that|which) [a-z ]{0,40}\b(?:must|has to|have to|shall|(?:is|are) obliged to) (?:pay|give|grant|hand)\b", re.I
)
_OWN = re.compile(
    r"我们?[^,。]{0,12}$|咱[^,。]{0,12}$|(?:拿|领|获得|得到|申请)了?过?$|\b(?:we|i|our|my|us)\b[^,.]{0,40}$", re.I
)
