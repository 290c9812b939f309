"""What to ask next: only questions that the assistant answers, from the policy just cited."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.answers import Answer, Turn
from assistant.assistant import Assistant
from index.asked import kinds
from index.documents import HEADING
from index.fold import fold
from index.passages import Passage
from index.search import Index

MOST, LOOKED_ON, LONGEST_TITLE = 3, 3, 24


@dataclass(frozen=True, slots=True)
class _Question:
    """An entry of suggestions.toml."""

    kind: str
    zh: str
    en: str
    holds: re.Pattern[str]
    near: bool


@cache
def _questions() -> tuple[_Question, ...]:
    text = Path(__file__).with_name("suggestions.toml").read_text(encoding="utf-8")
    return tuple(_Question(**{**entry, "holds": re.compile(entry["holds"])}) for entry in tomllib.loads(text)["next"])


def next_questions(answer: Answer, before: Sequence[Turn], index: Index) -> tuple[str, ...]:
    """At most three questions in the language of an answer, each tried as a follow-up and answered by a quote.

    The quote comes from the same policy, holds what is asked for, and says something new.
    """
    if answer.status != "answered" or not answer.citations:
        return ()
    assistant = Assistant(index)  # quoting, whatever writes the answers: it takes milliseconds
    history = [*before, Turn("user", answer.question), Turn("assistant", answer.text)]
    said = [turn.content for turn in history if turn.role == "user"]
    asked = {kind for question in said for kind in kinds(question)}
    offered: list[str] = []
    for entry in _questions():
        question = entry.en if answer.language == "en" else entry.zh
        if entry.kind not in asked and _says_more(assistant.answer(question, history), answer, entry):
            offered.append(question)
            asked.add(entry.kind)
    for question, section in _on_from(answer.citations[0].passage, index) if answer.language == "zh" else ():
        if len(offered) >= MOST:
            break
        found = assistant.answer(question, history)
        there = found.status == "answered" and found.citations[0].passage.section[: len(section)] == section
        if there and question not in said:
            offered.append(question)
    return tuple(offered[:MOST])


def _on_from(cited: Passage, index: Index) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A question for each of the next sections of the same level, with the section."""
    level = len(cited.section)
    if level < 2:
        return
    own = [p.section[:level] for p in index.passages_of(cited.document_id)]
    sections = [s for s in dict.fromkeys(own) if len(s) == level and s[:-1] == cited.section[:-1]]
    for section in sections[sections.index(cited.section) + 1 :][:LOOKED_ON]:
        match = HEADING.match(section[-1])
        title = section[-1][match.end() :].strip() if match else section[-1]
        if 4 <= len(title) <= LONGEST_TITLE and not re.search(r"[:;。]", title):
            yield f"{title}有哪些内容？", section


def _says_more(found: Answer, last: Answer, entry: _Question) -> bool:
    if found.status != "answered":
        return False
    first, before = found.citations[0], last.citations[0]
    known = any(first.quote in c.quote for c in last.citations) or first.passage.text in last.text
    known = known or (entry.kind == "validity" and str(first.valid_until) in last.text)
    here = first.document.name == before.document.name and (
        not entry.near or first.passage.section == before.passage.section
    )
    return here and not known and entry.holds.search(fold(first.quote)) is not None
