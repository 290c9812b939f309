"""A server on this machine that speaks the OpenAI protocol and says what a test has written for it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from assistant.models import Model, model

Play = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers each POST with the next part of its server's script; the last part is played for ever."""

    server: "Scripted"

    def do_POST(self) -> None:
        """Keep what was asked, play."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        self.server.headers.append(dict(self.headers.items()))
        play = self.server.script.pop(0) if len(self.server.script) > 1 else self.server.script[0]
        try:
            play(self)
        except OSError:  # the client has gone
            self.server.left.set()

    def log_message(self, *_: object) -> None:
        """Silent."""

    def begin(self, status: int = 200, kind: str = "text/event-stream") -> None:
        """The head of a reply that ends when the line does."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.end_headers()

    def event(self, data: str) -> None:
        """One server-sent event."""
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def words(self, text: str, finish: str | None = None) -> None:
        """One chunk of a reply."""
        self.event(json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                               "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}))  # fmt: skip


class Scripted(ThreadingHTTPServer):
    """The server, what it was asked, and whether a client left before the end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Play] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.left = threading.Event()

    def handle_error(self, *_: object) -> None:
        """A client that leaves is no error here."""
        self.left.set()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def plays(self, *script: Play) -> Model:
        """The model that this server is, with a script from now on."""
        self.script[:] = script
        self.asked.clear()
        self.headers.clear()
        self.left.clear()
        found = model(f"openai:m@{self.url}")
        assert found
        return found


@contextmanager
def serving() -> Iterator[Scripted]:
    """A scripted server for as long as a test takes."""
    server = Scripted()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def says(text: str, size: int = 7, finish: str = "stop") -> Play:
    """A whole reply in pieces of some characters."""

    def play(to: Handler) -> None:
        to.begin()
        for at in range(0, len(text), size):
            to.words(text[at : at + size])
        to.words("", finish)
        to.event("[DONE]")

    return play


def fails(
    status: int, retry_after: str = "0", body: str = '{"error": {"message": "key sk-secret at http://inside"}}'
) -> Play:
    """A reply with an error status."""

    def play(to: Handler) -> None:
        to.send_response(status)
        to.send_header("retry-after", retry_after)
        to.send_header("content-length", str(len(body)))
        to.end_headers()
        to.wfile.write(body.encode())

    return play


def raw(*events: str, kind: str = "text/event-stream") -> Play:
    """Events as given, whatever they are; then the line ends."""

    def play(to: Handler) -> None:
        to.begin(kind=kind)
        for event in events:
            to.event(event)

    return play


def cut(text: str) -> Play:
    """A reply that promises more than comes before the line is cut."""

    def play(to: Handler) -> None:
        to.send_response(200)
        to.send_header("content-type", "text/event-stream")
        to.send_header("content-length", "1000000")
        to.end_headers()
        to.words(text)
        to.close_connection = True

    return play


def endless(text: str, pause: float = 0.0) -> Play:
    """The same again and again until the client leaves."""

    def play(to: Handler) -> None:
        to.begin()
        while True:
            to.words(text)
            time.sleep(pause)

    return play


def hangs(before: str = "", seconds: float = 30.0) -> Play:
    """Some words, then silence."""

    def play(to: Handler) -> None:
        to.begin()
        if before:
            to.words(before)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(0.05)
            to.wfile.write(b": still here\n\n")
            to.wfile.flush()

    return play
