"""Questions with the passages that answer them, of the own cases and of public sets, and the scores of a ranking.

The public sets are in BEIR form (corpus.jsonl, queries.jsonl, qrels.tsv) and are only measured on, never fitted.
"""

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.settings import SEEDS
from eval.cases import CASES, read_cases
from eval.metrics import holds
from index.encoders import DEFAULT
from index.passages import Passage
from index.search import FORMAT, Hit, Index, code_digest

PUBLIC = Path("../shared/benchmarks")
SETS = ("xquad-zh", "xquad-enzh", "stard-gold", "xquad-zh-big", "xquad-enzh-big")  # the quick ones first


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and, by row of the passage, how relevant each is."""

    question: str
    relevant: Mapping[int, int]


def there(folder: Path) -> list[str]:
    """The public sets that a folder holds; the others are told on stderr."""
    found = [name for name in SETS if (folder / name / "corpus.jsonl").is_file()]
    for name in SETS:
        if name not in found:
            print(f"{name} is not in {folder}; left out", file=sys.stderr)
    return found


def own_cases(index: Index, language: str, cases: Path = CASES, documents: Path = SEEDS) -> list[Asked]:
    """The answerable single questions of a language, over the index of their documents."""
    asked = [c for c in read_cases(cases, documents)[0] if c.answerable and c.language == language]
    return [
        Asked(
            c.question, {row: 1 for row, p in enumerate(index.passages) if any(holds(p, proof) for proof in c.evidence)}
        )
        for c in asked
    ]


def index_of(folder: Path, scratch: Path, encoder: str = DEFAULT) -> Path:
    """Where in `scratch` the index of a public set is; built when it is not there. Sets over the same passages share it."""
    built = scratch / folder.name.replace("enzh", "zh")
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
            for at, r in enumerate(_jsonl(folder / "corpus.jsonl"), 1)
        ]
        Index.write([], passages, built, {"format": FORMAT, "code": code_digest(), "encoder": encoder, "sources": {}})
    return built


def public_set(folder: Path) -> list[Asked]:
    """The questions of a public set, over the index of its passages."""
    where = {r["_id"]: row for row, r in enumerate(_jsonl(folder / "corpus.jsonl"))}
    relevant: dict[str, dict[int, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, score = line.split("\t")
        if score.isdigit():
            relevant.setdefault(query, {})[where[document]] = int(score)
    return [Asked(q["text"], relevant[q["_id"]]) for q in _jsonl(folder / "queries.jsonl")]


def rows_of(index: Index, hits: Sequence[Hit]) -> list[int]:
    """The rows of found passages, best first."""
    rows = {id(passage): row for row, passage in enumerate(index.passages)}
    return [rows[id(hit.passage)] for hit in hits]


def score(rows: Sequence[int], relevant: Mapping[int, int]) -> tuple[float, float, float]:
    """Recall@1 (a hit first), Recall@5 (share of the relevant, one suffices in own cases), nDCG@10."""
    gain = sum((2 ** relevant.get(row, 0) - 1) / math.log2(at + 2) for at, row in enumerate(rows[:10]))
    ideal = sum((2**g - 1) / math.log2(at + 2) for at, g in enumerate(sorted(relevant.values(), reverse=True)[:10]))
    return float(rows[0] in relevant), float(any(row in relevant for row in rows[:5])), gain / ideal if ideal else 0.0


def _jsonl(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)
