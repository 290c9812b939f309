"""How much one visitor may ask: so many requests a minute, so many bytes each; beyond it 429 and 413."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.auth import logged_in

LOGINS = 10
MAX_BODY = 2 * 1024 * 1024  # a browser sends back the conversation that it kept
MAX_AROUND = 64 * 1024  # what an upload says beside the file
MAX_KEPT = 10_000
_MINUTE = 60.0
TOO_MANY = "请求太频繁，请稍后再试。 Too many requests; please wait a moment."
TOO_MANY_LOGINS = "登录尝试太频繁，请一分钟后再试。 Too many attempts to log in; please wait a minute."
TOO_LARGE = "请求太大。 The request is too large."


class Buckets:
    """A bucket of `rate` tokens a visitor, filled anew over a minute; who has been away for a minute is forgotten. 0: no limit."""

    def __init__(self, rate: int, now: Callable[[], float] = time.monotonic):
        self.rate, self._now = rate, now
        self._kept: OrderedDict[str, tuple[float, float]] = (
            OrderedDict()
        )  # visitor: tokens, when; the latest at the end

    def __len__(self) -> int:
        return len(self._kept)

    def wait(self, visitor: str) -> float:
        """Take a token: 0.0, or how many seconds to wait for the next one."""
        if not self.rate:
            return 0.0
        now = self._now()
        left, then = self._kept.pop(visitor, (float(self.rate), now))
        left = min(float(self.rate), left + (now - then) * self.rate / _MINUTE)
        taken = left >= 1
        self._kept[visitor] = (left - taken, now)
        while len(self._kept) > MAX_KEPT or now - next(iter(self._kept.values()))[1] > _MINUTE:
            self._kept.popitem(last=False)
        return 0.0 if taken else (1 - left) * _MINUTE / self.rate


class Limits:
    """ASGI middleware: requests that make the server work (all that send something) are counted; `rate` 0 counts logins only.

    An upload may have `upload` bytes (0: none is taken) and goes through as it comes; whatever else is sent is held whole first.
    """

    def __init__(self, app: ASGIApp, rate: int, upload: int = 0):
        self.app, self.upload = app, upload
        self.asked, self.logins = Buckets(rate), Buckets(LOGINS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or answer 429 or 413 with a sentence."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        login = scope["path"].rstrip("/").endswith("/login")
        buckets = self.logins if login else self.asked
        name = None if login else logged_in(scope)
        if seconds := buckets.wait(f"name {name}" if name else _network(scope)):
            words, wait = TOO_MANY_LOGINS if login else TOO_MANY, str(math.ceil(seconds))
            await JSONResponse({"detail": words}, 429, {"retry-after": wait})(scope, receive, send)
            return
        if self.upload and scope["path"].rstrip("/").endswith("/upload") and _told(scope) <= self.upload + MAX_AROUND:
            await self.app(scope, receive, send)
            return
        body = await _body(scope, receive)
        if body is None:
            await JSONResponse({"detail": TOO_LARGE}, 413, {"connection": "close"})(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def read() -> Message:
            return whole.pop() if whole else await receive()

        await self.app(scope, read, send)


def _network(scope: Scope) -> str:
    """The address of the client; of IPv6 the network, since a client has all addresses of one."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return f"host {host}"
    if isinstance(address, ipaddress.IPv6Address) and not address.ipv4_mapped:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


def _told(scope: Scope) -> float:
    """How many bytes a request says to have, which the server holds it to; infinity when it does not say."""
    told = dict(scope["headers"]).get(b"content-length", b"")
    return int(told[:20]) if told.isdigit() else math.inf


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None when it is larger than MAX_BODY."""
    if MAX_BODY < _told(scope) < math.inf:
        return None
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY:
            return None
    return bytes(body)
