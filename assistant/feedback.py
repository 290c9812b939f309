"""What visitors thought of answers: one JSON line each in a local file; `policy-assistant eval --from-feedback` reads it."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from assistant.answers import Answer, Turn, as_dict
from index.errors import PolicyError

FEEDBACK = Path(__file__).parent.parent / "feedback.jsonl"
LIKED, DISLIKED = "up", "down"
MAX_REASON, MAX_TURNS, MAX_FILE = 1000, 20, 100 * 1024 * 1024
_KEPT_OF_CITATION = ("source", "line_start", "line_end", "quote", "valid_until")


def record(
    path: Path, answer: Answer, history: Sequence[Turn], verdict: str, reason: str = "", as_of: date | None = None
) -> None:
    """Append a verdict ("up" or "down") on an answer, with all that is needed to ask again; safe from several processes.

    `as_of` is the day for which was answered (default: today). Raises PolicyError when it cannot be kept."""
    if verdict not in (LIKED, DISLIKED):
        raise PolicyError(f"a verdict is {LIKED!r} or {DISLIKED!r}, not {verdict!r}")
    told = as_dict(answer)
    row = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": verdict,
        "reason": reason.strip()[:MAX_REASON],
        **{name: told[name] for name in ("question", "resolved_question", "language", "status", "text")},
        "citations": [{name: citation[name] for name in _KEPT_OF_CITATION} for citation in told["citations"]],
        "facts": told["facts"],
        "as_of": (as_of or date.today()).isoformat(),
        "generator": answer.generator,
        "history": [{"role": turn.role, "content": turn.content} for turn in history[-MAX_TURNS:]],
    }
    _append(path, (json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "replace"))


def _append(path: Path, line: bytes) -> None:
    """One write to the end: the system keeps appends of several processes apart."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size + len(line) > MAX_FILE:
                raise PolicyError(f"the feedback file {path} is full; move it away, a new one is begun")
            if os.write(handle, line) < len(line):
                raise PolicyError(f"the feedback file {path} could not be written whole; is the disk full?")
        finally:
            os.close(handle)
    except OSError as error:
        raise PolicyError(f"the feedback file {path} cannot be written ({error})") from error
