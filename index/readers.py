"""A file of any kind that we know → lines of text, read where it can do no harm.

The lines are what `line_start` and `line_end` count. A heading of a format that has headings begins with `#`s, as in
Markdown, a table row with `|`; everything else is a paragraph a line.
"""

import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.documents import SUFFIXES, read_lines
from index.errors import PolicyError
from index.texts import decode

MAX_BYTES = 20_000_000
_MAX_UNPACKED = 200_000_000
_MAX_RATIO = 200
_MEMORY, _SECONDS = 2 * 1024**3, 300
_MAGIC = {
    "a PDF": b"%PDF-",
    "a zip or Office file": b"PK\x03\x04",
    "an old Office file (.doc, .xls)": b"\xd0\xcf\x11\xe0",
}


@dataclass(frozen=True, slots=True)
class Text:
    """The lines of a file, and the 1-based line at which each page starts (empty for formats without pages)."""

    lines: list[str]
    page_starts: tuple[int, ...] = ()


def read(path: Path) -> Text:
    """The text of a file by its suffix; raises PolicyError with one sentence for whatever cannot be read.

    All formats but plain text are parsed in a process of their own with little memory and time, so that a broken or
    hostile file can harm nothing but its own reading.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise PolicyError(f"{path.name} is of a kind that cannot be read; known are {', '.join(sorted(SUFFIXES))}")
    _check_size(path)
    if suffix == ".txt":
        return Text(read_lines(path))
    _check_content(path, suffix)
    return _fenced(path)


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise PolicyError(
            f"{path.name} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    if size > MAX_BYTES:
        raise PolicyError(
            f"{path.name} has {size / 1e6:,.1f} MB; split it into parts of at most {MAX_BYTES // 10**6} MB"
        )
    if not size:
        raise PolicyError(f"{path.name} is empty; put the policy's text into it or take it out of the folder")


def _check_content(path: Path, suffix: str) -> None:
    """The content must be of the kind that the suffix says; packed files must not unpack to a flood."""
    with path.open("rb") as file:
        start = file.read(1024)
    found = next((kind for kind, magic in _MAGIC.items() if start.startswith(magic)), "")
    if suffix == ".pdf" and b"%PDF-" not in start:
        raise PolicyError(f"{path.name} is no PDF{f' but {found}' if found else ''}; give it the ending of what it is")
    if suffix in (".docx", ".xlsx"):
        if found.startswith("an old"):  # encrypted documents are wrapped in the old container
            raise PolicyError(
                f"{path.name} is locked with a password or in the old format; save it as {suffix} without one"
            )
        if not found.startswith("a zip"):
            raise PolicyError(
                f"{path.name} is no {suffix} file{f' but {found}' if found else ''}; save it as {suffix} again"
            )
        _check_unpacked(path)
    elif suffix != ".pdf" and found:
        raise PolicyError(f"{path.name} is {found}; give it the ending of what it is")


def _check_unpacked(path: Path) -> None:
    """Unpack in pieces without keeping them: what a zip declares of its size may be a lie."""
    total, packed = 0, path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            if any(info.flag_bits & 1 for info in archive.infolist()):
                raise PolicyError(f"{path.name} is locked with a password; save it without one")
            declared = sum(info.file_size for info in archive.infolist())
            if len(archive.infolist()) > 10_000 or declared > _MAX_UNPACKED:
                raise _too_large(path)
            for info in archive.infolist():
                with archive.open(info) as part:
                    while piece := part.read(1 << 16):
                        total += len(piece)
                        if total > _MAX_UNPACKED or (total > 20_000_000 and total > _MAX_RATIO * packed):
                            raise _too_large(path)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise _broken(path) from error


def _too_large(path: Path) -> PolicyError:
    return PolicyError(f"{path.name} unpacks to more than is sound for a document; save it anew or in parts")


def _broken(path: Path) -> PolicyError:
    return PolicyError(f"{path.name} is broken and cannot be read; open it in its program and save it again")


def _fenced(path: Path) -> Text:
    command = [sys.executable, "-m", "index.readers", str(path.resolve())]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, timeout=4 * _SECONDS)
    except subprocess.TimeoutExpired as error:
        raise PolicyError(f"{path.name} takes too long to read; save it anew or in parts") from error
    try:
        told = json.loads(done.stdout)
    except ValueError:
        raise PolicyError(
            f"{path.name} needs more memory or time than is sound for a document; save it anew or in parts"
        ) from None
    if "error" in told:
        raise PolicyError(told["error"] or str(_broken(path)))
    return Text(told["lines"], tuple(told["page_starts"]))


def _parse(path: Path) -> Text:
    """Read one file with the library of its format."""
    from index.markup import html_lines, markdown_lines
    from index.office import csv_lines, docx_lines, xlsx_lines
    from index.pdf import pdf_lines

    written: dict[str, Callable[[str], list[str]]] = {
        ".md": markdown_lines, ".html": html_lines, ".htm": html_lines, ".csv": csv_lines,
    }  # fmt: skip
    suffix = path.suffix.lower()
    match suffix:
        case ".pdf":
            text = Text(*pdf_lines(path))
        case ".docx":
            text = Text(docx_lines(path))
        case ".xlsx":
            text = Text(xlsx_lines(path))
        case _:
            text = Text(written[suffix](decode(path.read_bytes(), path.name)))
    if not any(line.strip("#| ") for line in text.lines):
        raise PolicyError("it holds no text; put the policy's text into it or take it out of the folder")
    if suffix in (".xlsx", ".csv") and not text.lines[0].startswith("# "):  # a table seldom says what it is
        return Text([f"# {path.stem}", *text.lines])
    return text


def _limit() -> None:
    """Bound this process; where the system knows no limits (Windows) the time of the caller is the only one."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))


def _child(path: Path) -> dict[str, object]:
    """What the parsing process tells: the text, or why not. A parser may fail in any way on a broken file."""
    try:
        text = _parse(path)
        return {
            "lines": [line.encode("utf-8", "replace").decode() for line in text.lines],
            "page_starts": text.page_starts,
        }
    except PolicyError as error:
        said = str(error)
        return {"error": said if path.name in said else f"{path.name} cannot be used: {said}"}
    except MemoryError:
        return {"error": f"{path.name} needs more memory than is sound for a document; save it anew or in parts"}
    except RecursionError:
        return {"error": f"{path.name} is nested too deeply to be a document; save it anew"}
    except Exception:  # noqa: BLE001
        return {"error": ""}


if __name__ == "__main__":
    _limit()
    sys.stdout.write(json.dumps(_child(Path(sys.argv[1]))))
