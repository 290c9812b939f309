"""The parts of a question that its first evidence leaves open: a second figure, another year, another named thing."""

import re
from collections.abc import Sequence

from assistant.evidence import QUOTED, Evidence, at_line, of_unit, span
from assistant.questions import Question
from index.asked import ABOUT_POLICY, holds, kinds, without_asking
from index.dates import FROM_ISSUE, names_year
from index.fold import fold
from index.passages import units
from index.search import Hit, Index

MOST = 3  # citations, with the first
MET = 0.6  # of the words of a part
_CUT = re.compile(
    r"[?？;；。]|[,，](?!\d)|\band(?= (?:how|what|which|who|when|where|is|are|does|do|from|by|until|to what)\b)", re.I
)
BEGINS = re.compile(
    r"[从自](?:什么|啥|哪|何)|(?:什么时候|何时)[^,。?]{0,4}(?:起|开始|施行|实施|生效)|\b(?:from|since) (?:what|which|when)\b|\btakes? effect\b|\binto (?:force|effect)\b|\bstart",
    re.I,
)
_EACH = re.compile(
    r"各(?!区县|地|类|项|部门)|分别|两者|二者|\bboth\b|\b(?:of|for|in) each\b|\beach of\b|\brespectively\b|(?:which|what) (?:departments|bureaus|offices|dates|numbers)",
    re.I,
)
_BOTH = re.compile(rf"{_CUT.pattern}|[和与、]|以及|\band\b|\bor\b", re.I)


def completed(question: Question, evidence: list[Evidence], hits: Sequence[Hit], index: Index) -> list[Evidence]:
    """The evidence, and the spans of the same policy that hold what it leaves open."""
    if not evidence:
        return evidence
    found = list(evidence)
    document = evidence[0].passage.document_id
    for name in QUOTED.findall(fold(question.text)):
        _add(found, [(1.0, of_unit(h.passage, u)) for h in hits for u in h.units[:1] if name in fold(u.text)], name)
    years = question.years if len(question.years) > 1 else ()
    same = [h for h in hits if h.passage.document_id == document and h.passage.kind != "head"]
    for year in years:
        _add(
            found,
            [
                (h.score, span(question, h))
                for h in same
                if names_year(h.passage.text, year) and any(u.holds for u in h.units[:2])
            ],
            str(year),
        )
    if question.kind == "validity" and BEGINS.search(question.text) and FROM_ISSUE.search(fold(found[0].text)):
        issued = at_line(index, index.documents[document], index.documents[document].line_start, "issue_date")
        _add(found, [(1.0, issued)] if issued else [])
    for part in parts_of(question):
        kind = (kinds(part) or question.kinds or ("",))[0]
        if kind in ABOUT_POLICY:
            _add(found, _of_policy(kind, part, found[0], kind != question.kind, index))
        elif kind:
            _add(found, _of_part(kind, part, question, found, index))
    return found


def asks_for_several(question: Question) -> bool:
    """Whether a question asks for several things, or compares."""
    return bool(parts_of(question)) or "list" in question.kinds or len(question.years) > 1


def parts_of(question: Question) -> list[str]:
    """The parts that ask something of their own; none of a follow-up, whose words are two questions joined."""
    if question.text != question.original.strip():
        return []
    if _EACH.search(question.text):
        return [p for p in _BOTH.split(question.text) if len(p.strip()) > 3]
    parts = [p for p in _CUT.split(question.text) if len(p.strip()) > 3 and kinds(p)]
    if len(parts) == 1 and all(kinds(p) for p in parts[0].split("、")):
        parts = parts[0].split("、")  # 多大面积、总投资多少
    return parts if len(parts) > 1 else []


def _of_part(
    kind: str, part: str, question: Question, found: Sequence[Evidence], index: Index
) -> list[tuple[float, Evidence]]:
    """Spans of the policy that hold a part which the evidence found so far does not."""
    document = found[0].passage.document_id
    known = index.share(part, " ".join(e.text for e in found))
    if known > MET:
        return []
    bare, passage = without_asking(kind, part), found[0].passage
    known_bare = index.share(bare, " ".join(e.text for e in found))
    beside = [(index.share(bare, t), Evidence(passage, a, b, t)) for a, b, t in units(passage) if holds(kind, t)]
    if near := [(share, e) for share, e in beside if share > max(MET, known_bare + 0.2)]:
        return near
    more = index.search(part, 5, index.documents[document].name, question.text)
    spans = [
        (index.share(part, u.text), of_unit(h.passage, u))
        for h in more
        if h.passage.document_id == document
        for u in h.units[:2]
        if holds(kind, u.text)
    ]
    return [(share, span) for share, span in spans if share > max(MET, known + 0.2)]


def _of_policy(kind: str, part: str, first: Evidence, same: bool, index: Index) -> list[tuple[float, Evidence]]:
    """The line of the policy that a part names which tells its date, number or period; else that of the first one, when `same`."""
    named = max(index.policies, key=lambda d: (index.share(part, d.name), d.id))
    if index.share(part, named.name) <= MET:
        if not same:
            return []
        named = index.documents[first.passage.document_id]
    line = (named.validity_line if kind == "validity" else None) or named.line_start
    place = at_line(index, named, line, kind)
    return [(1.0, place)] if place else []


def _add(found: list[Evidence], scored: list[tuple[float, Evidence]], wanted: str = "") -> None:
    """The best span that is not there yet, unless what is wanted stands already."""
    if len(found) >= MOST or (wanted and any(wanted in fold(e.text) for e in found)):
        return
    new = [
        (score, e)
        for score, e in scored
        if not any(e.passage.id == f.passage.id and e.start < f.end and f.start < e.end for f in found)
    ]
    if new:
        found.append(max(new, key=lambda pair: pair[0])[1])
