"""Who may open the page: a file of names with hashed passwords, `name:hash` a line (argon2id)."""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import PolicyError

LOG_IN = "请登录后提问。 Please log in to ask."
# What the form needs, and the one call by which Gradio starts itself.
_OPEN = ("/login", "/logout", "/assets/", "/static/", "/theme.css", "/favicon.ico", "/gradio_api/startup-events")
SHORTEST, LONGEST, LONGEST_NAME = 8, 1024, 64
_hasher = PasswordHasher()


class Users:
    """The names and hashes of a file, as it was when the page opened; raises PolicyError when it cannot be used."""

    def __init__(self, path: Path):
        self._hashes = _read(path)
        if not self._hashes:
            raise PolicyError(
                f"the login file {path} holds no name, so nobody could log in; run: policy-assistant passwd {path} NAME"
            )
        self._decoy = next(iter(self._hashes.values()))
        self._one_at_a_time = asyncio.Lock()

    async def admit(self, name: str, password: str) -> bool:
        """Whether this password belongs to this name; an unknown name takes as long as a wrong password."""
        if len(password) > LONGEST:
            return False
        known = self._hashes.get(name)
        async with self._one_at_a_time:  # a check takes 64 MiB on purpose: many at once must not fill the memory
            right = await asyncio.to_thread(_matches, known or self._decoy, password)
        return right and known is not None


def set_password(path: Path, name: str, password: str) -> bool:
    """Add a name, or change its password; True when the name was there. The file can be read by its owner only."""
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= LONGEST_NAME or set(name) & set(":#"):
        raise PolicyError(f"{name!r} is no name to log in with; use at most {LONGEST_NAME} characters without : and #")
    if not SHORTEST <= len(password) <= LONGEST:
        raise PolicyError(f"the password must have {SHORTEST} to {LONGEST:,} characters")
    hashes = _read(path) if path.exists() else {}
    known = name in hashes
    _write(path, hashes | {name: _hasher.hash(password)})
    return known


def logged_in(scope: Scope) -> str | None:
    """The name that a request is logged in with, by the cookie that Gradio gave at login."""
    app: Any = scope.get("app")
    cookies = HTTPConnection(scope).cookies
    tokens = (cookies.get(f"access-token-{kind}{app.cookie_id}") for kind in ("", "unsecure-")) if app else ()
    return next((app.tokens[token] for token in tokens if token in app.tokens), None)


class Door:
    """ASGI middleware: who is not logged in gets the page's login form and nothing else, also where Gradio asks for no login."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or answer 401."""
        shut = scope["type"] == "http" and not scope["path"].startswith(_OPEN) and scope["path"] != "/"
        if shut and logged_in(scope) is None:
            await JSONResponse({"detail": LOG_IN}, 401)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _matches(known: str, password: str) -> bool:
    try:
        return _hasher.verify(known, password)
    except VerificationError:
        return False


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(
            f"the login file {path} cannot be read ({error}); make it with: policy-assistant passwd {path} NAME"
        ) from error
    hashes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, _, hashed = line.strip().partition(":")
        if not line.strip():
            continue
        try:
            extract_parameters(hashed)
        except InvalidHashError:
            hashed = ""
        if not name or not hashed or name in hashes:
            why = f"has {name!r} twice" if name in hashes else "is no name:hash"
            raise PolicyError(
                f"line {number} of the login file {path} {why}; delete it and run: policy-assistant passwd {path} NAME"
            )
        hashes[name] = hashed
    return hashes


def _write(path: Path, hashes: Mapping[str, str]) -> None:
    """To a new file, then one rename: a crash leaves the old file whole."""
    try:
        handle, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp: 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(f"{name}:{hashed}\n" for name, hashed in hashes.items())
        Path(new).replace(path)
    except OSError as error:
        raise PolicyError(f"the login file {path} cannot be written ({error})") from error
