"""Asking: every case and dialogue goes through search and assistant once; what came back is kept with its case."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.answers import Answer, Turn
from assistant.assistant import Assistant
from eval.cases import Case, Dialogue
from eval.metrics import MISSED, rank

AS_OF = date(2026, 11, 21)
FOUND = 10


@dataclass(frozen=True, slots=True)
class Result:
    """One question with the rank of its evidence, its answer, and the milliseconds that each took."""

    case: Case
    rank: int
    answer: Answer
    search_ms: float
    answer_ms: float
    turn: int = 0


def run(
    assistant: Assistant,
    cases: Sequence[Case],
    dialogues: Sequence[Dialogue],
    progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """Results in the order of the cases, the turns of dialogues last (turn numbers from 1)."""
    results: list[Result] = []
    total = len(cases) + sum(len(d.turns) for d in dialogues)
    assistant.answer("热身 warm up")
    for case in cases:
        results.append(_ask(assistant, case, (), 0))
        if progress:
            progress(len(results), total)
    for dialogue in dialogues:
        history: list[Turn] = []
        for number, case in enumerate(dialogue.turns, 1):
            result = _ask(assistant, case, tuple(history), number)
            history += [Turn("user", case.question), Turn("assistant", result.answer.text)]
            results.append(result)
            if progress:
                progress(len(results), total)
    return results


def _ask(assistant: Assistant, case: Case, history: tuple[Turn, ...], turn: int) -> Result:
    started = time.perf_counter()
    hits = assistant.index.search(case.question, FOUND)
    searched = time.perf_counter()
    answer = assistant.answer(case.question, history, AS_OF)
    answered = time.perf_counter()
    found = rank(case, [hit.passage for hit in hits]) if case.answerable else MISSED
    return Result(case, found, answer, (searched - started) * 1000, (answered - searched) * 1000, turn)
