"""Feedback → draft cases, for a person to check: policy-assistant eval --from-feedback."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from assistant.feedback import LIKED
from eval.metrics import plain_text
from eval.run import AS_OF
from index.errors import PolicyError

_FILL = "write the evidence and the facts of the right answer (or why there is none), then delete this field"
_FILL_FACTS = "write the facts that a right answer must hold, then delete this field"


def drafts(path: Path) -> list[dict[str, Any]]:
    """A case a question, in the order in which they were first asked; the last verdict on a question counts."""
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for number, row in _rows(path):
        try:
            case = _case(row)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise PolicyError(f"line {number} of {path} is no feedback ({error!r}); delete this line") from error
        latest[case["lang"], plain_text(case["question"])] = case
    return list(latest.values())


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"the feedback file {path} cannot be read ({error}); visitors' thumbs make it") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise PolicyError(f"line {number} of {path} is no feedback ({error}); delete this line") from error


def _case(row: Mapping[str, Any]) -> dict[str, Any]:
    question = row["resolved_question"] if row["history"] else row["question"]
    name = hashlib.sha256(plain_text(question).encode()).hexdigest()[:8]
    case: dict[str, Any] = {"id": f"f-{row['language']}-{name}", "lang": row["language"]}
    reason = row["reason"]
    if row["verdict"] != LIKED:
        said = f"disliked: {reason or 'no reason given'}; the answer was: {row['text']}"
        return case | {
            "kind": "feedback",
            "question": question,
            "evidence": [],
            "facts": [],
            "why": said,
            "draft": _FILL,
        }
    if row["status"] != "answered":
        return case | {"question": question, "why": reason or "a visitor agreed that the documents do not answer it"}
    facts = _figures(row)
    case |= {
        "kind": "feedback",
        "question": question,
        "evidence": [_proof(c) for c in row["citations"]],
        "facts": facts,
    }
    until = row["citations"][0]["valid_until"] if row["citations"] else None
    case["expired"] = until if until and date.fromisoformat(until) < AS_OF else None
    return case if facts else case | {"draft": _FILL_FACTS}


def _proof(citation: Mapping[str, Any]) -> dict[str, Any]:
    """A proof is a slice of one line: of a quote over several lines, the longest one."""
    lines = citation["quote"].split("\n")
    longest = max(range(len(lines)), key=lambda i: len(lines[i].strip()))
    return {"source": citation["source"], "line": citation["line_start"] + longest, "quote": lines[longest].strip()}


def _figures(row: Mapping[str, Any]) -> list[list[str]]:
    """The figures of the facts that stand in the answer, each with its forms."""
    text = plain_text(row["text"])
    groups = [[form for form in dict.fromkeys((fact["reads"], fact["amount"])) if form] for fact in row["facts"]]
    shown = [group for group in groups if any(plain_text(form) in text for form in group)]
    return [list(group) for group in dict.fromkeys(map(tuple, shown))]
