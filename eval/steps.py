"""What each step of the search adds, on the own cases and on public sets: writes eval/search.md.

Run: python -m eval.steps [FOLDER OF PUBLIC SETS]; a set that is not there is left out with a message.
"""

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.sets import PUBLIC, Asked, index_of, own_cases, public_set, rows_of, score, there
from index.dense import Dense
from index.lexical import Lexical, Term
from index.search import BUILT, DENSE_WEIGHT, Index, language_of, z_scores
from index.tokens import tokens

OUT = Path(__file__).with_name("search.md")
STEPS = (
    "words",
    "words + titles",
    "words + titles + synonyms or term list",
    "meaning",
    "words and meaning",
    "search (re-ranked)",
)


def main(folder: Path) -> None:
    """Measure every step on every set and write the table."""
    index = Index.open(BUILT)
    rows = [
        row for language in ("zh", "en") for row in _table(f"own cases, {language}", index, own_cases(index, language))
    ]
    with tempfile.TemporaryDirectory() as scratch:
        for name in there(folder):
            index = Index.open(index_of(folder / name, Path(scratch)))
            rows += _table(name, index, public_set(folder / name))
    OUT.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def _table(name: str, index: Index, asked: Sequence[Asked]) -> list[str]:
    bare = Lexical.build([Counter(tokens(p.text)) for p in index.passages])
    scores: dict[str, list[tuple[float, float, float]]] = {step: [] for step in STEPS}
    times: list[float] = []
    for one in asked:
        for step, rows in _steps(index, bare, one.question, times.append):
            scores[step].append(score(rows, one.relevant))
    lines = []
    for step in STEPS:
        r1, r5, ndcg = (statistics.fmean(s[i] for s in scores[step]) for i in range(3))
        lines.append(f"| {name} | {step} | {r1:.3f} | {r5:.3f} | {ndcg:.3f} |")
    print(f"{name}: {len(asked)} questions, median {statistics.median(times):.1f} ms a search", file=sys.stderr)
    return lines


def _steps(
    index: Index, bare: Lexical, question: str, took: Callable[[float], None]
) -> Iterator[tuple[str, list[int]]]:
    """The rows that each step finds, best first."""
    language = language_of(question)
    terms = index.query_terms(question)
    own = (
        [Term(t, ((t, 1.0),), n) for t, n in Counter(tokens(question)).items()]
        if language == "zh"
        else index.translator.general(question)
    )
    listed = index.words(terms)
    meaning = index.meaning(Dense.encode(index.model, question))
    for step, values in (
        ("words", bare.score(own)[0]),
        ("words + titles", index.words(own)),
        ("words + titles + synonyms or term list", listed),
        ("meaning", meaning),
        ("words and meaning", z_scores(listed) + DENSE_WEIGHT[language] * z_scores(meaning)),
    ):
        yield step, [int(i) for i in np.lexsort((np.arange(len(values)), -values))[:10]]
    started = time.perf_counter()
    hits = index.search(question, 10)
    took((time.perf_counter() - started) * 1000)
    yield "search (re-ranked)", rows_of(index, hits)


_HEAD = """# What each step of the search adds

Made by `python -m eval.steps`. "words" is BM25 over characters and pairs; for English questions each word becomes one term made of its translations
(general dictionary, then with our term list and names by their sound); "meaning" is the bundled encoder over sentences, passages and titles; both are added as z-scores;
"re-ranked" adds, for the first 30, the share of the question that one sentence holds and whether it holds the kind of thing asked for.
Recall@k counts a question as found when one relevant passage is among the first k. Nothing was fitted on the public sets.

| set | step | Recall@1 | Recall@5 | nDCG@10 |
|---|---|---|---|---|
"""

if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PUBLIC)
