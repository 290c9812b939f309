"""What is measured: pure functions on ranks, answers and cases."""

import math
import random
import re
from collections.abc import Callable, Sequence

from assistant.answers import Answer, Citation
from eval.cases import Case, Proof
from index.fold import fold, squeeze
from index.passages import Passage

MISSED = 10**6


def ranks(case: Case, passages: Sequence[Passage]) -> list[int]:
    """For every proof the 1-based rank of the first passage that holds it, MISSED when none does."""
    return [
        next((rank for rank, passage in enumerate(passages, 1) if holds(passage, proof)), MISSED)
        for proof in case.evidence
    ]


def holds(passage: Passage, proof: Proof) -> bool:
    """Whether a passage covers a proof: its place, and the quote where the line was split into several passages."""
    places = [
        (passage.source, passage.line_start, passage.line_end),
        *((p.source, p.line_start, p.line_end) for p in passage.further),
    ]
    here = any(source == proof.source and first <= proof.line <= last for source, first, last in places)
    return here and (passage.line_end > passage.line_start or squeeze(proof.quote) in squeeze(passage.raw))


def rank(case: Case, passages: Sequence[Passage]) -> int:
    """The rank at which a case is found: of its best proof, or of its worst when all are needed."""
    found = ranks(case, passages)
    return max(found) if case.needs_all else min(found)


def recall_at(k: int) -> Callable[[int], float]:
    """Recall@k of one question: 1 when it is found among the first k."""
    return lambda found: float(found <= k)


def reciprocal_rank(found: int) -> float:
    """1 / rank (MRR is its mean)."""
    return 1 / found if found < MISSED else 0.0


def ndcg_at_10(found: int) -> float:
    """nDCG@10 with one relevant passage (Järvelin & Kekäläinen 2002)."""
    return 1 / math.log2(found + 1) if found <= 10 else 0.0


def plain_text(text: str) -> str:
    """For comparing facts: folded, without spaces and commas, lower case."""
    return re.sub(r"[\s,]", "", fold(text)).lower()


def right(case: Case, answer: Answer) -> bool:
    """Whether an answer holds at least one form of every fact."""
    text = plain_text(answer.text)
    return answer.status == "answered" and all(any(plain_text(form) in text for form in group) for group in case.facts)


def proves(citation: Citation, proof: Proof) -> bool:
    """Whether a citation is at a proof: the same place, and words in common with its quote."""
    passage = citation.passage
    if any(p.source == proof.source and p.line_start <= proof.line <= p.line_end for p in passage.further):
        return _share(citation.quote, proof.quote)
    if passage.source != proof.source or not passage.line_start <= proof.line <= passage.line_end:
        return False
    return passage.line_end > passage.line_start or _share(citation.quote, proof.quote)


def _share(quote: str, other: str) -> bool:
    a, b = squeeze(quote), squeeze(other)
    return a in b or b in a or any(b[i : i + 8] in a for i in range(max(1, len(b) - 7)))


def cited_right(case: Case, answer: Answer) -> bool:
    """Whether a proof is cited: one of them, or all when all are needed."""
    cited = [any(proves(c, proof) for c in answer.citations) for proof in case.evidence]
    return all(cited) if case.needs_all else any(cited)


def citation_precision(case: Case, answer: Answer) -> float | None:
    """The share of the citations that are at a proof; None without citations."""
    if not answer.citations:
        return None
    return sum(any(proves(c, proof) for proof in case.evidence) for c in answer.citations) / len(answer.citations)


def expired_said(case: Case, answer: Answer) -> bool:
    """Whether the answer says that the policy ran out, and when."""
    return case.expired is not None and any(
        n.kind == "expired" and case.expired.isoformat() in n.text for n in answer.notices
    )


def mean(values: Sequence[float]) -> float:
    """The mean; 0 for no values."""
    return sum(values) / len(values) if values else 0.0


def interval(values: Sequence[float], rounds: int = 1000) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean (Efron 1979), with a fixed seed."""
    if not values:
        return 0.0, 0.0
    draw = random.Random(0)
    means = sorted(mean(draw.choices(values, k=len(values))) for _ in range(rounds))
    return means[int(0.025 * rounds)], means[int(0.975 * rounds) - 1]
