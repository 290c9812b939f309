"""What to ask next: only questions that the assistant answers, from the policy just cited."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from assistant.answers import Answer, Turn
from assistant.assistant import Assistant
from index.asked import holds, kinds
from index.search import Index

MOST = 3


@cache
def _questions() -> tuple[dict[str, str], ...]:
    text = Path(__file__).with_name("suggestions.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["next"])


def next_questions(answer: Answer, before: Sequence[Turn], index: Index) -> tuple[str, ...]:
    """At most three questions in the language of an answer; each was tried as a follow-up, quoting, and answered.

    An answer to one of them comes from the same policy, holds the kind of thing asked for and says something new.
    """
    if answer.status != "answered" or not answer.citations:
        return ()
    assistant = Assistant(index)  # quoting, whatever writes the answers: it takes milliseconds
    history = [*before, Turn("user", answer.question), Turn("assistant", answer.text)]
    said = {turn.content for turn in history if turn.role == "user"}
    asked = {kind for question in said for kind in kinds(question)}
    offered: list[str] = []
    for entry in _questions():
        question = entry[answer.language]
        if (
            entry["kind"] not in asked
            and question not in said
            and _answers(assistant, entry["kind"], question, history, answer)
        ):
            offered.append(question)
        if len(offered) == MOST:
            break
    return tuple(offered)


def _answers(assistant: Assistant, kind: str, question: str, history: Sequence[Turn], last: Answer) -> bool:
    found = assistant.answer(question, history)
    if found.status != "answered" or found.citations[0].document.name != last.citations[0].document.name:
        return False
    known = {(c.passage.id, c.quote) for c in last.citations}
    first = found.citations[0]
    return holds(kind, first.quote) and (first.passage.id, first.quote) not in known
