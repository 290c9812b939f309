"""Limits: so many requests a minute and visitor, so many bytes a request, and what the page says about it."""

import socket
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.assistant import Assistant
from assistant.limits import LOGINS, MAX_AROUND, MAX_BODY, MAX_KEPT, Buckets, Limits
from assistant.web import start
from index.search import Index
from tests.chromium import chromium

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Clock:
    """Time that passes when told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def echo(_: Scope, receive: Receive, send: Send) -> None:
    """An app that answers with what it read."""
    body, more = b"", True
    while more:
        message: Message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def client(app: ASGIApp, host: str = "192.0.2.1") -> TestClient:
    return TestClient(app, client=(host, 1))


def statuses(app: ASGIApp, host: str, times: int, path: str = "/gradio_api/queue/join") -> list[int]:
    visitor = client(app, host)
    return [visitor.post(path, content=b"{}").status_code for _ in range(times)]


# Buckets


def test_a_bucket_gives_its_tokens_and_fills_again_over_a_minute() -> None:
    clock = Clock()
    buckets = Buckets(3, clock)
    assert [buckets.wait("a") for _ in range(4)] == [0, 0, 0, 20]
    clock.now += 19
    assert buckets.wait("a") == pytest.approx(1)
    clock.now += 1
    assert buckets.wait("a") == 0 < buckets.wait("a")
    clock.now += 3600
    assert [bool(buckets.wait("a")) for _ in range(4)] == [False, False, False, True]


def test_visitors_do_not_share_a_bucket() -> None:
    buckets = Buckets(1, Clock())
    assert not buckets.wait("a") and not buckets.wait("b") and buckets.wait("a")


def test_zero_is_no_limit() -> None:
    buckets = Buckets(0, Clock())
    assert not any(buckets.wait("a") for _ in range(1000)) and len(buckets) == 0


def test_old_buckets_go() -> None:
    clock = Clock()
    buckets = Buckets(2, clock)
    for number in range(MAX_KEPT + 50):
        buckets.wait(str(number))
    assert len(buckets) == MAX_KEPT
    clock.now += 61
    buckets.wait("late")
    assert len(buckets) == 1


# Requests


def test_too_many_requests_are_answered_429_with_a_sentence() -> None:
    app = Limits(echo, 2)
    assert statuses(app, "192.0.2.1", 3) == [200, 200, 429]
    visitor = client(app)
    refused = visitor.post("/gradio_api/queue/join", content=b"{}")
    assert "请求太频繁" in refused.json()["detail"] and "Too many requests" in refused.json()["detail"]
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert visitor.get("/").status_code == 200
    assert statuses(app, "192.0.2.2", 1) == [200]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::2:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_addresses_of_one_ipv6_network_are_one_visitor(first: str, second: str, same: bool) -> None:
    app = Limits(echo, 1)
    assert statuses(app, first, 1) + statuses(app, second, 1) == [200, 429 if same else 200]


def test_logins_have_their_own_limit_whatever_the_rate() -> None:
    app = Limits(echo, 0)
    assert statuses(app, "192.0.2.1", LOGINS + 1, "/login/") == [200] * LOGINS + [429]
    assert statuses(app, "192.0.2.1", 50) == [200] * 50


def test_a_name_has_one_bucket_at_all_addresses_and_a_made_up_cookie_none() -> None:
    class App:
        """What Gradio keeps of logins."""

        cookie_id, tokens = "id", {"token": "zhang"}

    limits = Limits(echo, 1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await limits({**scope, "app": App}, receive, send)

    def ask(host: str, token: str) -> int:
        visitor = client(app, host)
        reply = visitor.post("/ask", headers={"cookie": f"access-token-unsecure-id={token}"})
        return reply.status_code

    assert [ask("192.0.2.1", "token"), ask("192.0.2.2", "token")] == [200, 429]
    assert [ask("192.0.2.3", f"forged {n}") for n in range(2)] == [200, 429]


def test_large_requests_are_answered_413_and_others_arrive_whole() -> None:
    def pieces(size: int) -> Iterator[bytes]:
        for _ in range(size // 1024):
            yield b"x" * 1024

    visitor = client(Limits(echo, 0))
    for size, status in ((MAX_BODY, 200), (MAX_BODY + 1024, 413)):
        for content in (b"x" * size, pieces(size)):
            reply = visitor.post("/", content=content)
            assert reply.status_code == status
            assert reply.content == b"x" * size if status == 200 else "too large" in reply.json()["detail"]


def test_an_upload_may_be_large_and_is_not_held_back_but_only_where_uploads_are_taken() -> None:
    most = MAX_BODY * 3
    for upload, size, path, status in (
        (most, most, "/gradio_api/upload", 200),
        (most, most + MAX_AROUND + 1, "/gradio_api/upload", 413),
        (most, MAX_BODY + 1, "/gradio_api/queue/join", 413),
        (0, MAX_BODY + 1, "/gradio_api/upload", 413),
    ):
        reply = client(Limits(echo, 0, upload)).post(path, content=b"x" * size)
        assert reply.status_code == status
    unsaid = client(Limits(echo, 0, most)).post("/upload", content=iter([b"x" * (MAX_BODY + 1)]))
    assert unsaid.status_code == 413  # a length is asked of what is not held


# The page


@pytest.fixture
def address(seed_index: Index) -> Iterator[str]:
    """A page that takes four requests a minute: two to open it, two a question."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = start(Assistant(seed_index), "127.0.0.1", port, rate=4)
    yield f"http://127.0.0.1:{port}"
    page.close()


@pytest.mark.browser
def test_the_page_says_it_and_keeps_the_question(address: str, apart: Callable[[Callable[[], None]], None]) -> None:
    apart(lambda: asks_too_often(address))


def asks_too_often(address: str) -> None:
    with chromium() as browser:
        page = browser.new_page(locale="en-GB")
        page.goto(address)
        page.wait_for_selector(".welcome")
        refused = page.get_by_text("Too many requests; please wait a moment.")
        for turn in range(1, 9):  # a slow machine earns new requests while it answers
            page.get_by_role("textbox").fill("350千瓦的充电桩补贴多少")
            page.keyboard.press("Enter")
            answered = page.locator(f".turn:nth-child({turn})[data-state=done]")
            answered.or_(refused).first.wait_for()
            if refused.count():
                break
        page.wait_for_function("!document.documentElement.dataset.busy")
        assert page.get_by_role("textbox").input_value() == "350千瓦的充电桩补贴多少"
        assert page.locator(".turn").count() == turn - 1 and httpx.get(address).status_code == 200
