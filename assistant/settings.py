"""Flags over environment over file over defaults; the one place where names become objects."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from assistant.assistant import SECONDS, Assistant
from assistant.models import model
from index.encoders import DEFAULT, reranker
from index.errors import PolicyError
from index.search import BUILT, Index, Progress

SEEDS = Path(__file__).parent.parent / "seeds"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may choose. `documents` and `terms` may be several, split by the path separator in the environment."""

    index: Path = BUILT
    documents: tuple[Path, ...] = (SEEDS,)
    terms: tuple[Path, ...] = ()
    encoder: str = DEFAULT
    reranker: str = ""
    generator: str = "quote"
    model_seconds: float = SECONDS
    host: str = "127.0.0.1"
    port: int = 7860


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
    """The index of the settings; built first when there is none."""
    if settings.index.exists():
        index = Index.open(settings.index, settings.encoder)
    else:
        index = Index.build(settings.documents, settings.index, settings.encoder, settings.terms, progress)
    index.reranker = reranker(settings.reranker) if settings.reranker else None
    return index


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
            case "index":
                return Path(value)
            case "documents" | "terms":
                parts = (
                    value.split(os.pathsep) if isinstance(value, str) else [value] if isinstance(value, Path) else value
                )
                return tuple(Path(part) for part in parts)
            case "port":
                port = int(value) if isinstance(value, str | int) else -1
                if not 0 <= port < 65536:
                    raise ValueError("no port")
                return port
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
