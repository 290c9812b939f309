"""policy-assistant eval: scores on stdout, an HTML report, and the comparison with the baseline."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assistant.assistant import Assistant
from eval.cases import CASES, read_cases
from eval.page import page
from eval.run import Result, run
from eval.scores import BY_KIND, LANGUAGES, LOWER_IS_BETTER, SCORES, Score, by_kind, by_language, quantile
from index.errors import PolicyError

BASELINE = Path(__file__).with_name("baseline.json")
REPORT = Path(__file__).parent / "results" / "report.html"


def evaluate(
    assistant: Assistant,
    documents: Sequence[Path],
    cases: Path | None,
    report: Path | None,
    check: bool,
    write_baseline: bool,
) -> int:
    """Measure, print, write the report; 1 when `check` finds a score under the baseline by more than noise, else 0."""
    known = _read_baseline() if check else {}
    results = _run(assistant, cases or CASES, documents)
    scores, kinds = by_language(results), by_kind(results)
    measured = [
        ("median search", _milliseconds([r.search_ms for r in results])),
        ("median answer", _milliseconds([r.answer_ms for r in results])),
    ]
    lengths = [float(len(r.answer.text)) for r in results if r.answer.status == "answered"]
    measured += [
        ("median answer length", f"{quantile(lengths, 0.5):.0f} characters"),
        ("95th percentile of answer lengths", f"{quantile(lengths, 0.95):.0f} characters"),
    ]
    tables: list[Sequence[Sequence[str]]] = [_main_table(scores), _kind_table(kinds), [("measure", "value"), *measured]]
    print("\n\n".join(map(plain, tables)))
    _write(report or REPORT, page(tables, kinds, results))
    worse = worse_than(known, scores)
    for line in worse:
        print(line, file=sys.stderr)
    if write_baseline:
        _write(BASELINE, json.dumps(baseline_of(scores), indent=1, sort_keys=True) + "\n")
    return 1 if worse else 0


def _run(assistant: Assistant, cases: Path, documents: Sequence[Path]) -> list[Result]:
    singles, dialogues = read_cases(cases, documents)
    if not singles and not dialogues:
        raise PolicyError(f"{cases.name} holds no case; see eval/README.md for the form")
    with tqdm(
        total=len(singles) + sum(len(d.turns) for d in dialogues), desc="asking", unit="question", file=sys.stderr
    ) as bar:
        return run(assistant, singles, dialogues, _show(bar))


def _show(bar: Any) -> Callable[[int, int], None]:
    return lambda _done, _total: bar.update()


def _main_table(scores: Mapping[str, Mapping[str, Score]]) -> list[Sequence[str]]:
    """A row a score, a column a language."""
    return [("score", *scores), *((name, *(shown(group[name]) for group in scores.values())) for name in SCORES)]


def _kind_table(kinds: Mapping[tuple[str, str], Mapping[str, Score]]) -> list[Sequence[str]]:
    rows = [
        (kind, language, str(group[BY_KIND[0]].n), *(shown(group[name], False) for name in BY_KIND))
        for (kind, language), group in kinds.items()
    ]
    return [("kind", "language", "n", *BY_KIND), *rows]


def shown(score: Score, count: bool = True) -> str:
    """A score for reading: 0.857 [0.790, 0.914] n=105."""
    if not score.n:
        return "–"
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]" + (f" n={score.n}" if count else "")


def plain(table: Sequence[Sequence[str]]) -> str:
    """A table in columns of text."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    )


def _milliseconds(times: Sequence[float]) -> str:
    return f"{quantile(times, 0.5):.1f} ms"


def baseline_of(scores: Mapping[str, Mapping[str, Score]]) -> dict[str, dict[str, dict[str, float]]]:
    """What the baseline file keeps: the scores of each language, rounded."""
    return {
        language: {
            name: {key: round(value, 4) for key, value in asdict(scores[language][name]).items()} for name in SCORES
        }
        for language in LANGUAGES
    }


def worse_than(
    baseline: Mapping[str, Mapping[str, Mapping[str, float]]], scores: Mapping[str, Mapping[str, Score]]
) -> list[str]:
    """One line a score that lies beyond the baseline's interval on the bad side, or that was not measured at all."""
    lines = []
    for language, names in baseline.items():
        for name, old in names.items():
            new = scores.get(language, {}).get(name)
            if not old["n"]:
                continue
            if new is None or not new.n:
                lines.append(f"{language} {name}: not measured; the baseline has {old['value']:.3f}")
            elif name in LOWER_IS_BETTER and round(new.value, 4) > old["high"]:
                lines.append(
                    f"{language} {name}: {new.value:.3f} is over {old['high']:.3f}, the upper end of the baseline's interval (baseline {old['value']:.3f}; lower is better)"
                )
            elif name not in LOWER_IS_BETTER and round(new.value, 4) < old["low"]:
                lines.append(
                    f"{language} {name}: {new.value:.3f} is under {old['low']:.3f}, the lower end of the baseline's interval (baseline {old['value']:.3f})"
                )
    return lines


def _read_baseline() -> dict[str, dict[str, dict[str, float]]]:
    try:
        known = json.loads(BASELINE.read_text(encoding="utf-8"))
        return {
            language: {
                name: {key: float(old[key]) for key in ("n", "value", "low", "high")} for name, old in names.items()
            }
            for language, names in known.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PolicyError(
            f"the baseline {BASELINE} cannot be read ({error}); make it with: policy-assistant eval --write-baseline"
        ) from error


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PolicyError(f"{path} cannot be written ({error.strerror}); name another file with --report") from error
