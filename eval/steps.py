"""What each step of the search adds, on the own cases and on public sets: writes eval/search.md.

Run: python -m eval.steps [FOLDER OF PUBLIC SETS]; a set that is not there is left out with a message.
The public sets are in BEIR form (corpus.jsonl, queries.jsonl, qrels.tsv) and are only measured on, never fitted.
"""

import json
import math
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.settings import SEEDS
from eval.cases import CASES, read_cases
from eval.metrics import holds
from index.dense import Dense
from index.encoders import DEFAULT
from index.lexical import Lexical, Term
from index.passages import Passage
from index.search import BUILT, DENSE_WEIGHT, FORMAT, Index, code_digest, language_of, z_scores
from index.tokens import tokens

OUT = Path(__file__).with_name("search.md")
SETS = ("xquad-zh", "xquad-zh-big", "stard-gold", "xquad-enzh", "xquad-enzh-big")
STEPS = (
    "words",
    "words + titles",
    "words + titles + synonyms or term list",
    "meaning",
    "words and meaning",
    "search (re-ranked)",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and, by row of the passage, how relevant each is."""

    question: str
    relevant: Mapping[int, int]


def main(folder: Path) -> None:
    """Measure every step on every set and write the table."""
    index = Index.open(BUILT)
    rows = [row for language in ("zh", "en") for row in _table(f"own cases, {language}", index, _own(index, language))]
    with tempfile.TemporaryDirectory() as scratch:
        for name in SETS:
            if not (folder / name / "corpus.jsonl").is_file():
                print(f"{name} is not in {folder}; left out", file=sys.stderr)
                continue
            index, asked = _public(folder / name, Path(scratch) / name.replace("enzh", "zh"))
            rows += _table(name, index, asked)
    OUT.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def _own(index: Index, language: str) -> list[Asked]:
    cases = [c for c in read_cases(CASES, SEEDS)[0] if c.answerable and c.language == language]
    return [
        Asked(
            c.question, {row: 1 for row, p in enumerate(index.passages) if any(holds(p, proof) for proof in c.evidence)}
        )
        for c in cases
    ]


def _public(folder: Path, built: Path) -> tuple[Index, list[Asked]]:
    corpus = list(_jsonl(folder / "corpus.jsonl"))
    if not built.exists():
        passages = [
            Passage(
                r["_id"],
                "",
                tuple(t for t in [r.get("title", "")] if t),
                "paragraph",
                r["text"],
                r["text"],
                folder.name,
                at,
                at,
            )
            for at, r in enumerate(corpus, 1)
        ]
        Index.write([], passages, built, {"format": FORMAT, "code": code_digest(), "encoder": DEFAULT, "sources": {}})
    where = {r["_id"]: row for row, r in enumerate(corpus)}
    relevant: dict[str, dict[int, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, score = line.split("\t")
        if score.isdigit():
            relevant.setdefault(query, {})[where[document]] = int(score)
    return Index.open(built), [Asked(q["text"], relevant[q["_id"]]) for q in _jsonl(folder / "queries.jsonl")]


def _jsonl(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)


def _table(name: str, index: Index, asked: Sequence[Asked]) -> list[str]:
    bare = Lexical.build([Counter(tokens(p.text)) for p in index.passages])
    scores: dict[str, list[tuple[float, float, float]]] = {step: [] for step in STEPS}
    times: list[float] = []
    for one in asked:
        for step, rows in _steps(index, bare, one.question, times.append):
            scores[step].append(_score(rows, one.relevant))
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
    rows = {id(p): row for row, p in enumerate(index.passages)}
    yield "search (re-ranked)", [rows[id(hit.passage)] for hit in hits]


def _score(rows: Sequence[int], relevant: Mapping[int, int]) -> tuple[float, float, float]:
    """Recall@1 (a hit first), Recall@5 (share of the relevant, one suffices in own cases), nDCG@10."""
    gain = sum((2 ** relevant.get(row, 0) - 1) / math.log2(at + 2) for at, row in enumerate(rows[:10]))
    ideal = sum((2**g - 1) / math.log2(at + 2) for at, g in enumerate(sorted(relevant.values(), reverse=True)[:10]))
    return float(rows[0] in relevant), float(any(row in relevant for row in rows[:5])), gain / ideal if ideal else 0.0


_HEAD = """# What each step of the search adds

Made by `python -m eval.steps`. "words" is BM25 over characters and pairs; for English questions each word becomes one term made of its translations
(general dictionary, then with our term list and names by their sound); "meaning" is the bundled encoder over sentences, passages and titles; both are added as z-scores;
"re-ranked" adds, for the first 30, the share of the question that one sentence holds and whether it holds the kind of thing asked for.
Recall@k counts a question as found when one relevant passage is among the first k. Nothing was fitted on the public sets.

| set | step | Recall@1 | Recall@5 | nDCG@10 |
|---|---|---|---|---|
"""

if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/benchmarks"))
