"""What each generator does to the answers, `quote` beside every model that ran: writes eval/generators.md.

Run: python -m eval.generators [--every N] [--seconds N] [--cases FILE] NAME…; a NAME is a --generator, such as openai:MODEL@URL.
Each is asked every Nth single question of the cases, the same ones for all; the first row is always `quote`.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.assistant import Assistant
from assistant.models import model
from assistant.settings import SEEDS
from eval.cases import CASES, read_cases
from eval.run import Result, run
from eval.scores import quantile, score
from index.search import BUILT, Index

OUT = Path(__file__).with_name("generators.md")
COLUMNS = ("answers right", "cited right", "answered but wrong", "refused rightly", "refused wrongly")


def main(names: Sequence[str], every: int, seconds: float, cases: Path) -> None:
    """Ask all and write the table."""
    index = Index.open(BUILT)
    singles, _ = read_cases(cases, [SEEDS])
    asked = singles[::every]
    rows = []
    for name in dict.fromkeys(["quote", *names]):
        results = run(Assistant(index, model(name), name, seconds), asked, [])
        rows.append(_row(name, results))
        print(rows[-1], file=sys.stderr, flush=True)
        OUT.write_text(
            _HEAD.format(n=len(asked), every=every, seconds=seconds) + "\n".join(rows) + "\n", encoding="utf-8"
        )


def _row(name: str, results: Sequence[Result]) -> str:
    """One generator: its scores, how often its own words led an answer, how often none of them did, its seconds."""
    times = [result.answer_ms / 1000 for result in results]
    answered = [r.answer for r in results if r.answer.status == "answered"]
    led = sum(answer.generator == name for answer in answered)
    back = sum(any(n.kind == "model" for n in answer.notices) and answer.generator == "quote" for answer in answered)
    shown = [f"{score(column, results).value:.3f}" for column in COLUMNS]
    counts = [f"{led} of {len(answered)}", f"{back} of {len(answered)}"] if name != "quote" else ["–", "–"]
    kind, _, which = name.partition(":")
    called = f"{kind}:{which.split('@')[0].rpartition('/')[2]}" if which else kind  # no address or folder of a machine
    return f"| {' | '.join([called, *shown, *counts, f'{statistics.median(times):.2f}', f'{quantile(times, 0.95):.2f}'])} |"


_HEAD = """# What a language model does to the answers

Made by `python -m eval.generators --every {every} --seconds {seconds:g} NAME…`: {n} single questions of the own cases, the same for each generator.
A model words the first lines only; sentences that their citation does not bear are left out, and without one that is borne the answer is made of quotes.
"led" counts the answers that begin with the model's words, "fell back" those where none of its words was borne or it did not answer in time.
The seconds are of the whole answer, search included, on the machine it ran on.

| generator | answers right | cited right | answered but wrong | refused rightly | refused wrongly | led | fell back | median s | 95 % s |
|---|---|---|---|---|---|---|---|---|---|
"""

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m eval.generators", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--every", type=int, default=10, help="ask every Nth question (default: 10)")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="what a model may take for one question (default: 20)"
    )
    parser.add_argument("--cases", type=Path, default=CASES)
    given = parser.parse_args()
    main(given.names, given.every, given.seconds, given.cases)
