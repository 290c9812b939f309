"""The user's own documents: files in a folder, searched together with the rest as soon as they are read."""

import logging
import os
import re
import threading
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.assistant import Assistant
from index.documents import SUFFIXES
from index.errors import PolicyError
from index.passages import split
from index.readers import MAX_BYTES
from index.search import Index, Progress

_LONGEST_NAME = 60
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I)
Unreadable = Callable[[Path, PolicyError], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read from one document of a file, `id` its name in the index; what its text does not state is None."""

    id: str
    title: str
    document_number: str | None
    issued_on: date | None
    valid_until: date | None
    passages: int


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of the user. state: reading, ready, failed; `problem` is one sentence when it failed, else ""."""

    name: str
    state: str
    problem: str = ""
    documents: tuple[Understood, ...] = ()


class Library:
    """Adds files to a folder and removes them; every change builds the index anew behind the running assistant.

    All methods may be called from any thread and return at once, `wait` excepted.
    """

    def __init__(
        self,
        folder: Path,
        assistant: Assistant,
        rebuild: Callable[[Progress, Unreadable], Index],
        current: bool = True,
    ):
        """`rebuild` makes the index over everything; when the assistant's is not `current` that is done at once."""
        self.folder = folder
        self.progress: tuple[float, str] = (1.0, "")
        self._assistant, self._rebuild = assistant, rebuild
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._changed = False
        self._added: set[str] = set()
        names = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name[0] != ".") if folder.is_dir() else []
        self._files = {name: self._read(name, assistant.index) for name in names}
        if not current:
            with self._lock:
                self._files = {name: OwnFile(name, "reading") for name in names}
                self._start()

    def files(self) -> list[OwnFile]:
        """The user's files by name, those that could not be read as well."""
        with self._lock:
            return [self._files[name] for name in sorted(self._files)]

    @property
    def busy(self) -> bool:
        """Whether files are being read; `progress` says how far (0 to 1) and what is done."""
        with self._lock:
            return self._worker is not None

    def add(self, name: str, data: bytes | Path) -> OwnFile:
        """Take a file in under a name, from bytes or a path. Never raises for the file: what is wrong with it is its `problem`.

        The same file again changes nothing; another file of the same name is kept beside it as "name (2)".
        """
        name = safe_name(name)
        try:
            content = _content(name, data)
        except PolicyError as error:
            return self._refused(name, str(error))
        with self._lock:
            known = self.folder / name
            if name in self._files and known.is_file() and known.read_bytes() == content:
                return self._files[name]
            name = self._free(name)
            try:
                _write(self.folder / name, content)
            except OSError as error:
                told = f"{name} cannot be kept in {self.folder} ({error.strerror}); make room there or choose another folder"
                self._files[name] = OwnFile(name, "failed", told)
                return self._files[name]
            self._added.add(name)
            self._files[name] = OwnFile(name, "reading")
            self._start()
            return self._files[name]

    def too_large(self, name: str, size: int) -> OwnFile:
        """Tell of a file of `size` bytes that was not even sent, being too large."""
        name = safe_name(name)
        return self._refused(name, _too_large(name, size))

    def _refused(self, name: str, problem: str) -> OwnFile:
        with self._lock:
            name = self._free(name)
            self._files[name] = OwnFile(name, "failed", problem)
            return self._files[name]

    def remove(self, name: str) -> None:
        """Take a file out again; raises PolicyError when there is none of that name."""
        with self._lock:
            if name not in self._files:
                raise PolicyError(f"there is no own document {name}; it may have been removed already")
            path = self.folder / name
            if path.is_file():
                try:
                    path.unlink()
                except OSError as error:
                    raise PolicyError(
                        f"{name} cannot be removed ({error.strerror}); remove it in {self.folder}"
                    ) from error
                self._start()
            del self._files[name]

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until everything is read; False when that takes longer."""
        worker = self._worker
        if worker is not None:
            worker.join(seconds)
        return not self.busy

    def _free(self, name: str) -> str:
        """The name, or with a number when another file has it; a failed one gives its name up."""
        stem, suffix, number = Path(name).stem, Path(name).suffix, 1
        while (name in self._files and self._files[name].state != "failed") or (self.folder / name).exists():
            number += 1
            name = f"{stem} ({number}){suffix}"
        return name

    def _start(self) -> None:
        """Have the worker see the change; the lock is held."""
        self._changed = True
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="library", daemon=True)
            self._worker.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._changed:
                    self._worker, self.progress = None, (1.0, "")
                    return
                self._changed = False
                waiting = [name for name, file in self._files.items() if file.state == "reading"]
            self._build(waiting)

    def _build(self, waiting: list[str]) -> None:
        """Build and swap in; whatever happens, the files that waited are told of."""
        problems: dict[str, str] = {}
        index = None
        try:
            index = self._rebuild(self._report, lambda path, error: problems.update({path.name: str(error)}))
            self._assistant.index = index
        except PolicyError as error:
            problems = {name: str(error) for name in waiting} | problems
        except Exception:
            log.exception("the own documents could not be indexed")
            told = "the documents could not be indexed; the log says why, try again"
            problems = {name: f"{name}: {told}" for name in waiting} | problems
        with self._lock:
            for name in (*waiting, *problems):
                if name not in self._files:
                    continue
                if name in problems:
                    self._files[name] = OwnFile(name, "failed", problems[name])
                    if name in self._added:  # the user has the original; here it would only be read in vain again
                        with suppress(OSError):
                            (self.folder / name).unlink()
                elif index is not None:
                    self._files[name] = self._read(name, index)

    def _report(self, done: float, what: str) -> None:
        self.progress = (done, what)

    def _read(self, name: str, index: Index) -> OwnFile:
        """What an index holds of a file."""
        if Path(name).suffix.lower() not in SUFFIXES:
            return OwnFile(name, "failed", _unknown(name))
        documents = index.documents_of(f"{self.folder.name}/{name}") or index.documents_of(name)
        understood = tuple(
            Understood(d.id, d.title, d.document_number, d.issued_on, d.valid_until, len(split(d))) for d in documents
        )
        problem = "" if understood else f"{name} holds no policy text; put the policy's text into it"
        return OwnFile(name, "ready" if understood else "failed", problem, understood)


def safe_name(name: str) -> str:
    """A name that is a plain file name on any system: no folder, no control or direction marks, no markup, not too long."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    name = re.sub(r'[<>:"|?*&]', "_", name).rstrip(" .")
    stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
    stem = stem[:_LONGEST_NAME].strip(" .") or "document"
    return ("_" if _RESERVED.fullmatch(stem) else "") + stem + dot + suffix[:8]


def _content(name: str, data: bytes | Path) -> bytes:
    if Path(name).suffix.lower() not in SUFFIXES:
        raise PolicyError(_unknown(name))
    try:
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        if size > MAX_BYTES:
            raise PolicyError(_too_large(name, size))
        content = data if isinstance(data, bytes) else data.read_bytes()
    except OSError as error:
        raise PolicyError(f"{name} cannot be read ({error.strerror}); check the file and its permissions") from error
    if not content.strip():
        raise PolicyError(f"{name} is empty; put the policy's text into it")
    return content


def _too_large(name: str, size: int) -> str:
    return f"{name} has {size / 1e6:,.1f} MB; split it into parts of at most {MAX_BYTES // 10**6} MB"


def _unknown(name: str) -> str:
    return f"{name} is of a kind that cannot be read; known are {', '.join(sorted(SUFFIXES))}"


def _write(path: Path, content: bytes) -> None:
    """One rename makes the file appear whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
