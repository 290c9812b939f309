"""Flags over environment over file over defaults; the one place where names become objects."""

import logging
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from assistant.assistant import SECONDS, Assistant
from assistant.feedback import FEEDBACK
from assistant.library import Library, Unreadable
from assistant.models import model
from index.documents import SUFFIXES
from index.encoders import DEFAULT, reranker
from index.errors import PolicyError
from index.search import BUILT, Index, Progress

SEEDS = Path(__file__).parent.parent / "seeds"
OWN = SEEDS.with_name("own")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may choose. `documents` and `terms` may be several, split by the path separator in the environment."""

    index: Path = BUILT
    documents: tuple[Path, ...] = (SEEDS,)
    own: Path = OWN
    terms: tuple[Path, ...] = ()
    encoder: str = DEFAULT
    reranker: str = ""
    generator: str = "quote"
    model_seconds: float = SECONDS
    host: str = "127.0.0.1"
    port: int = 7860
    auth: Path | None = None
    rate: int = 240
    feedback: Path = FEEDBACK


def read_settings(
    flags: Mapping[str, Any], config: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Settings from all sources; a flag that is None was not given."""
    settings = Settings()
    for layer in (_from_file(config), _from_environment(environment), flags):
        given = {name: value for name, value in layer.items() if value is not None and value != ()}
        settings = replace(settings, **{name: _typed(name, value) for name, value in given.items()})
    return settings


def open_index(settings: Settings, progress: Progress | None = None) -> Index:
    """The index of the settings; built first, over the documents and the user's own, when there is none."""
    if settings.index.exists():
        index = Index.open(settings.index, settings.encoder)
    else:
        index = build_index(settings, with_own(settings), progress)
    index.reranker = reranker(settings.reranker) if settings.reranker else None
    return index


def with_own(settings: Settings, documents: Sequence[Path] = ()) -> list[Path]:
    """The documents (by default those of the settings) and the folder of the user's own, when that holds any."""
    held = settings.own.is_dir() and any(p.suffix.lower() in SUFFIXES for p in settings.own.iterdir())
    return [*(documents or settings.documents), *([settings.own] if held else [])]


def build_index(
    settings: Settings, paths: Sequence[Path], progress: Progress | None = None, unreadable: Unreadable | None = None
) -> Index:
    """Index paths; the user's own documents that cannot be read are left out and told, by default on the log."""

    def left_out(path: Path, error: PolicyError) -> None:
        if settings.own.resolve() not in path.resolve().parents:
            raise error
        if unreadable:
            unreadable(path, error)
        else:
            log.warning("left out: %s", error)

    return Index.build(paths, settings.index, settings.encoder, settings.terms, progress, left_out)


def open_library(settings: Settings, assistant: Assistant) -> Library:
    """The user's own documents, kept in the index of the assistant beside whatever else it was built from."""
    given = (Path(path) for path in assistant.index.manifest.get("paths", ()))
    base = [path for path in given if path.exists() and path != settings.own.resolve()]

    def rebuild(progress: Progress, unreadable: Unreadable) -> Index:
        index = build_index(settings, with_own(settings, base), progress, unreadable)
        index.reranker = assistant.index.reranker
        return index

    current = Index.is_current(with_own(settings, base), settings.index, settings.encoder, settings.terms)
    return Library(settings.own, assistant, rebuild, current)


def open_assistant(settings: Settings, progress: Progress | None = None) -> Assistant:
    """The assistant of the settings."""
    words = model(settings.generator)
    return Assistant(open_index(settings, progress), words, settings.generator, settings.model_seconds)


def _names() -> set[str]:
    return {field.name for field in fields(Settings)}


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyError(
            f'the settings file {path} cannot be read ({error}); it must be TOML with lines such as encoder = "use"'
        ) from error
    if unknown := sorted(set(data) - _names()):
        raise PolicyError(f"the settings file {path} names {unknown[0]!r}; it may name {', '.join(sorted(_names()))}")
    return data


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    return {name: environment.get(f"POLICY_{name.upper()}") or None for name in _names()}


def _typed(name: str, value: Any) -> Any:
    try:
        match name:
            case "index" | "auth" | "feedback" | "own":
                return Path(value)
            case "documents" | "terms":
                parts = (
                    value.split(os.pathsep) if isinstance(value, str) else [value] if isinstance(value, Path) else value
                )
                return tuple(Path(part) for part in parts)
            case "port" | "rate":
                number = int(value) if isinstance(value, str | int) else -1
                if not 0 <= number < 65536:
                    raise ValueError("out of range")
                return number
            case "model_seconds":
                seconds = float(value)
                if not 0 < seconds < 3600:
                    raise ValueError("no time")
                return seconds
            case _:
                if not isinstance(value, str):
                    raise ValueError("no text")
                return value
    except (TypeError, ValueError) as error:
        raise PolicyError(f"{value!r} is no value for {name}") from error
