"""The parts of a question that its first evidence leaves open: a second figure, another year, another named thing."""

import re
from collections.abc import Sequence

from assistant.evidence import Evidence
from assistant.questions import Question
from index.asked import holds, kinds
from index.fold import fold
from index.lexical import stands, words_of
from index.search import Hit, Index, Unit

MOST = 3  # citations, with the first
MET = 0.6  # of the words of a part
_CUT = re.compile(
    r"[?？;；。]|[,，](?!\d)|\band(?= (?:how|what|which|who|when|where|is|are|does|do|from|by|until|to what)\b)", re.I
)
_NAMED = re.compile(r"[“‘「\"']([^“”‘’「」\"']{3,40})[”’」\"']")


def completed(question: Question, evidence: list[Evidence], hits: Sequence[Hit], index: Index) -> list[Evidence]:
    """The evidence, and the spans of the same policy that hold what it leaves open."""
    if not evidence:
        return evidence
    found = list(evidence)
    document = evidence[0].passage.document_id
    for name in _NAMED.findall(fold(question.text)):
        _add(found, [(1.0, _span(h, u)) for h in hits for u in h.units[:1] if name in fold(u.text)], name)
    years = [str(year) for year in question.years] if len(question.years) > 1 else []
    best = max((u.with_titles for u in hits[0].units), default=0.0)
    for year in years:
        same = [h for h in hits if h.passage.document_id == document]
        _add(
            found,
            [
                (u.score, _span(h, u))
                for h in same
                for u in h.units
                if year in fold(u.text) and u.with_titles > 0.7 * best
            ],
            year,
        )
    alone = question.text == question.original.strip()
    parts = [p for p in _CUT.split(question.text) if len(p.strip()) > 3 and kinds(p)]
    for part in parts if alone and len(parts) > 1 else []:
        weighted = index.weighted(part)
        mass = sum(weight for _, weight in weighted) or 1.0
        said = words_of(" ".join(e.text for e in found))
        known = sum(weight for term, weight in weighted if stands(term, said)) / mass
        if known > MET:
            continue
        more = index.search(part, 5, index.documents[document].name, question.text)
        same = [h for h in more if h.passage.document_id == document]
        scored = [
            (index.share(part, u.text), _span(h, u)) for h in same for u in h.units[:2] if holds(kinds(part)[0], u.text)
        ]
        _add(found, [(share, span) for share, span in scored if share > max(MET, known + 0.2)])
    return found


def _span(hit: Hit, unit: Unit) -> Evidence:
    return Evidence(hit.passage, unit.start, unit.end, unit.text)


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
