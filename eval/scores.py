"""From results to scores: which questions each one counts, its mean, its interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.metrics import (
    citation_precision,
    cited_right,
    expired_said,
    interval,
    mean,
    ndcg_at_10,
    recall_at,
    reciprocal_rank,
    right,
)
from eval.run import Result

LANGUAGES = ("zh", "en")
LOWER_IS_BETTER = frozenset({"answered but wrong", "refused wrongly"})


@dataclass(frozen=True, slots=True)
class Score:
    """The mean over n questions and its 95 % bootstrap interval."""

    n: int
    value: float
    low: float
    high: float


def answerable(result: Result) -> bool:
    """A single question that the documents answer."""
    return not result.turn and result.case.answerable


def unanswerable(result: Result) -> bool:
    """A single question that they do not answer."""
    return not result.turn and not result.case.answerable


def refused(result: Result) -> bool:
    """Whether no answer was given."""
    return result.answer.status != "answered"


def turn_right(result: Result) -> bool:
    """Whether a turn of a dialogue went well: right, or refused where nothing is known."""
    return right(result.case, result.answer) if result.case.answerable else refused(result)


def _precision(result: Result) -> float | None:
    return citation_precision(result.case, result.answer) if answerable(result) else None


def _over(counts: Callable[[Result], bool], value: Callable[[Result], float]) -> Callable[[Result], float | None]:
    return lambda result: float(value(result)) if counts(result) else None


SCORES: dict[str, Callable[[Result], float | None]] = {
    "Recall@1": _over(answerable, lambda r: recall_at(1)(r.rank)),
    "Recall@5": _over(answerable, lambda r: recall_at(5)(r.rank)),
    "Recall@10": _over(answerable, lambda r: recall_at(10)(r.rank)),
    "MRR": _over(answerable, lambda r: reciprocal_rank(r.rank)),
    "nDCG@10": _over(answerable, lambda r: ndcg_at_10(r.rank)),
    "answers right": _over(answerable, lambda r: right(r.case, r.answer)),
    "cited right": _over(answerable, lambda r: cited_right(r.case, r.answer)),
    "citation precision": _precision,
    "answered but wrong": _over(answerable, lambda r: not refused(r) and not right(r.case, r.answer)),
    "refused rightly": _over(unanswerable, refused),
    "refused wrongly": _over(answerable, refused),
    "expired said": _over(
        lambda r: answerable(r) and r.case.expired is not None, lambda r: expired_said(r.case, r.answer)
    ),
    "dialogue turns right": _over(lambda r: r.turn > 0, turn_right),
}
BY_KIND = ("Recall@5", "answers right", "cited right")


def score(name: str, results: Sequence[Result]) -> Score:
    """One score of some results; n is the number of questions that it counts."""
    values = [value for result in results if (value := SCORES[name](result)) is not None]
    return Score(len(values), mean(values), *interval(values))


def of_language(results: Sequence[Result], language: str) -> list[Result]:
    """The results in one language."""
    return [result for result in results if result.case.language == language]


def by_language(results: Sequence[Result]) -> dict[str, dict[str, Score]]:
    """Every score by language and in total."""
    groups = {language: of_language(results, language) for language in LANGUAGES} | {"total": list(results)}
    return {group: {name: score(name, members) for name in SCORES} for group, members in groups.items()}


def by_kind(results: Sequence[Result]) -> dict[tuple[str, str], dict[str, Score]]:
    """The scores of BY_KIND by kind and language, for the answerable single questions."""
    singles = [result for result in results if answerable(result)]
    kinds = sorted({(r.case.kind, LANGUAGES.index(r.case.language)) for r in singles})
    groups = {
        (kind, LANGUAGES[at]): [r for r in of_language(singles, LANGUAGES[at]) if r.case.kind == kind]
        for kind, at in kinds
    }
    return {key: {name: score(name, members) for name in BY_KIND} for key, members in groups.items()}


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; 0 for no values."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else 0.0


def refusals(results: Sequence[Result]) -> list[tuple[float, float, float]]:
    """For thresholds from 0 to 1: threshold, share refused wrongly, share refused rightly."""
    right_to = [r.answer.confidence for r in results if unanswerable(r)]
    wrong_to = [r.answer.confidence for r in results if answerable(r)]
    at = [step / 50 for step in range(51)]
    return [(t, mean([float(c < t) for c in wrong_to]), mean([float(c < t) for c in right_to])) for t in at]


def failures(result: Result) -> list[str]:
    """What went wrong with a question; nothing when all is well."""
    case, answer = result.case, result.answer
    if not case.answerable:
        return [] if refused(result) else ["answered, though the documents do not say"]
    if refused(result):
        return ["refused"]
    wrong = {
        "wrong answer": not right(case, answer),
        "proof not cited": not cited_right(case, answer),
        "not found": not result.turn and result.rank > 10,
        "expiry not said": case.expired is not None and not expired_said(case, answer),
    }
    return [what for what, failed in wrong.items() if failed]
