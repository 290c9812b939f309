"""The questions: read, checked against the documents, one object each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from index.documents import source_files
from index.errors import PolicyError
from index.readers import read

CASES = Path(__file__).with_name("cases.jsonl")


@dataclass(frozen=True, slots=True)
class Proof:
    """A place that proves an answer: an exact slice of one line of a source file."""

    source: str
    line: int
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question. No evidence means that the documents do not answer it; `needs_all` that every proof is needed."""

    id: str
    language: str
    kind: str
    question: str
    evidence: tuple[Proof, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    needs_all: bool = False
    expired: date | None = None

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return bool(self.evidence)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Questions that follow each other; all but the first may lean on what came before."""

    id: str
    language: str
    turns: tuple[Case, ...]


def read_cases(path: Path, documents: Path | Sequence[Path]) -> tuple[list[Case], list[Dialogue]]:
    """Cases and dialogues of a file; raises PolicyError for what is no case, and for a quote that does not stand in its file."""
    files = source_files([documents] if isinstance(documents, Path) else documents)
    lines = {name: read(file).lines for file, name in files}
    cases: list[Case] = []
    dialogues: list[Dialogue] = []
    seen: set[str] = set()
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "turns" in row:
                dialogues.append(
                    Dialogue(
                        row["id"],
                        row["lang"],
                        tuple(_case(turn | {"lang": row["lang"]}, lines) for turn in row["turns"]),
                    )
                )
                new = [row["id"], *(turn.id for turn in dialogues[-1].turns)]
            else:
                cases.append(_case(row, lines))
                new = [row["id"]]
        except KeyError as error:
            raise PolicyError(
                f"line {number} of {path.name} is no case (it lacks {error}); see eval/README.md for the form"
            ) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise PolicyError(
                f"line {number} of {path.name} is no case ({error}); see eval/README.md for the form"
            ) from error
        for name in new:
            if name in seen:
                raise PolicyError(f"the case {name} stands twice in {path.name} (line {number}); give each its own id")
            seen.add(name)
    return cases, dialogues


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(
            f"the case file {path} cannot be read ({error}); name a file in UTF-8, one case a line"
        ) from error


def _case(row: Mapping[str, Any], lines: Mapping[str, Sequence[str]]) -> Case:
    if row.get("draft"):
        raise ValueError(f"it is a draft: {row['draft']}")
    if row["lang"] not in ("zh", "en"):
        raise ValueError(f"lang is {row['lang']!r}, not zh or en")
    if not (isinstance(row["question"], str) and row["question"].strip()):
        raise ValueError("the question is empty")
    for group in row.get("facts", ()):
        if not (isinstance(group, list) and group and all(isinstance(form, str) and form.strip() for form in group)):
            raise ValueError(f"the fact {group!r} is no list of texts")
    proofs = tuple(_proof(row["id"], entry, lines) for entry in row.get("evidence", ()))
    needs_all = bool(row.get("all")) or any(entry.get("all") for entry in row.get("evidence", ()))
    ran_out = date.fromisoformat(row["expired"]) if row.get("expired") else None
    return Case(
        row["id"],
        row["lang"],
        row.get("kind", "unanswerable"),
        row["question"],
        proofs,
        tuple(map(tuple, row.get("facts", ()))),
        needs_all,
        ran_out,
    )


def _proof(case: str, entry: Mapping[str, Any], lines: Mapping[str, Sequence[str]]) -> Proof:
    source, quote, line = entry["source"], entry["quote"], int(entry.get("line", 0))
    if not (isinstance(quote, str) and quote.strip()):
        raise PolicyError(f"case {case} has an empty quote; copy the words that prove the answer")
    if source not in lines:
        raise PolicyError(f"case {case} cites {source}, which is not among the documents")
    if not (0 < line <= len(lines[source]) and quote in lines[source][line - 1]):
        found = [i for i, text in enumerate(lines[source], 1) if quote in text]
        if not found:
            raise PolicyError(f"case {case}: the quote 「{quote[:40]}」 does not stand in {source}; copy it exactly")
        line = min(found, key=lambda i: abs(i - line))
    return Proof(source, line, quote)
