"""Login: the file of names and hashes, who is let in, and that without a login nothing of the page is open."""

import asyncio
import io
import re
import socket
import stat
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from assistant.assistant import Assistant
from assistant.auth import Users, set_password
from assistant.cli import main
from assistant.web import start
from index.errors import PolicyError
from index.search import Index
from tests.chromium import chromium

NAME, PASSWORD = "张三", "correct horse"
QUESTION = "350千瓦的充电桩补贴多少"
OPEN = {
    "/login",
    "/logout",
    "/theme.css",
    "/robots.txt",
    "/favicon.ico",
    "/manifest.json",
    "/pwa_icon",
}  # nothing said here

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A login file with two names."""
    path = tmp_path_factory.mktemp("auth") / "users.txt"
    set_password(path, NAME, PASSWORD)
    set_password(path, "b", "another password")
    return path


@pytest.fixture(scope="session")
def address(seed_index: Index, file: Path) -> Iterator[str]:
    """A page that asks for a password."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = start(Assistant(seed_index), "127.0.0.1", port, Users(file))
    yield f"http://127.0.0.1:{port}"
    page.close()


def admitted(file: Path, name: str, password: str) -> bool:
    """In a thread of its own: playwright keeps the event loop of this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(Users(file).admit(name, password))).result()


# The file


def test_passwd_adds_and_changes_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "users.txt"
    for name, password, told in (
        (NAME, PASSWORD, "added"),
        ("b", "12345678", "added"),
        (NAME, "new secret", "changed"),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        assert main(["passwd", str(path), name]) == 0
        out, err = capsys.readouterr()
        assert told in err and not out and password not in err
    assert [line.split(":")[0] for line in path.read_text(encoding="utf-8").splitlines()] == [NAME, "b"]
    assert admitted(path, NAME, "new secret") and admitted(path, "b", "12345678") and not admitted(path, NAME, PASSWORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and [p.name for p in tmp_path.iterdir()] == ["users.txt"]


def test_the_file_holds_argon2_hashes_and_no_password(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert PASSWORD not in text
    assert all(re.fullmatch(r"[^:]+:\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$\S+", line) for line in text.splitlines())


@pytest.mark.parametrize("name", ["", "a:b", " a", "a\nb", "#a", "x" * 65])
def test_names_that_the_file_cannot_hold_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PolicyError, match="no name to log in with"):
        set_password(tmp_path / "users.txt", name, PASSWORD)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_short_and_huge_passwords_are_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(PolicyError, match="8 to 1,024 characters"):
        set_password(tmp_path / "users.txt", NAME, password)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read"),
        (b"", "holds no name"),
        (b"\xff\xfe", "cannot be read"),
        (b"zhang:secret\n", "line 1 of the login file .* is no name:hash"),
        (b":$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g\n", "line 1 .* is no name:hash"),
        (b"a:$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g\n" * 2, "line 2 .* has 'a' twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_before_the_page_opens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes | None, told: str
) -> None:
    path = tmp_path / "users.txt"
    if text is not None:
        path.write_bytes(text)
    assert main(["serve", "--auth", str(path)]) == 1
    err = capsys.readouterr().err.strip()
    assert re.search(told, err) and "policy-assistant passwd" in err and "\n" not in err and "secret" not in err


# Who is let in


@pytest.mark.parametrize(
    ("name", "password", "right"),
    [(NAME, PASSWORD, True), (NAME, "wrong password", False), ("nobody", PASSWORD, False), ("b", PASSWORD, False), ("", "", False), (NAME, "x" * 9999, False)],
)  # fmt: skip
def test_only_a_name_with_its_own_password_is_admitted(file: Path, name: str, password: str, right: bool) -> None:
    assert admitted(file, name, password) is right


def test_an_unknown_name_is_checked_as_long_as_a_known_one(file: Path) -> None:
    def taken(name: str) -> float:
        times = []
        for _ in range(5):
            began = time.process_time()  # of this process alone: others on the machine do not count
            admitted(file, name, "wrong password")
            times.append(time.process_time() - began)
        return statistics.median(times)

    assert taken("nobody") > taken(NAME) / 3


def test_without_a_login_nothing_is_told(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        page = client.get("/").text
        assert '"auth_required":true' in page.replace(" ", "")
        assert QUESTION not in page and "source" not in page.split("window.gradio_config")[1].split("</script>")[0]
        asking = {"data": [None], "event_data": {"question": QUESTION}, "fn_index": 0, "session_hash": "x"}
        for path in (
            "/gradio_api/queue/join",
            "/gradio_api/run/predict",
            "/gradio_api/api/predict",
            "/gradio_api/call/ask",
            "/gradio_api/component_server",
        ):
            assert client.post(path, json=asking).status_code == 401, path
        for path in ("/config", "/gradio_api/info", "/gradio_api/queue/data?session_hash=x", "/gradio_api/file=README.md", "/gradio_api/heartbeat/x",
                     "/gradio_api/app_id", "/gradio_api/runs", "/gradio_api/vibe-code", "/monitoring/summary", "/docs", "/openapi.json", "/anything"):  # fmt: skip
            assert client.get(path).status_code == 401, path


def test_a_cookie_that_was_not_given_opens_nothing(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        app_id = client.post("/login", data={"username": NAME, "password": "wrong password"})
        assert app_id.status_code == 400 and not client.cookies
        assert (
            client.get("/config", headers={"cookie": "access-token-x=y; access-token-unsecure-x=y"}).status_code == 401
        )


def test_login_opens_the_page_and_logout_closes_it(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        reply = client.post("/login", data={"username": NAME, "password": PASSWORD})
        assert reply.status_code == 200 and "httponly" in reply.headers["set-cookie"].lower()
        assert client.get("/config").status_code == 200
        cookie = reply.headers["set-cookie"].split(";")[0]
        client.get("/logout")
        assert client.get("/config", headers={"cookie": cookie}).status_code == 401


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True)]
)
def test_a_page_open_to_others_without_a_login_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seed_index: Index, host: str, warned: bool
) -> None:
    opened: list[object] = []
    monkeypatch.setattr("assistant.web.serve", lambda *given: opened.append(given[1:5]))
    monkeypatch.setattr("assistant.cli.open_assistant", lambda *_: Assistant(seed_index))
    assert main(["serve", "--host", host, "--rate", "7"]) == 0
    assert ("warning: anyone who can reach this machine may ask" in capsys.readouterr().err) is warned
    assert opened == [(host, 7860, None, 7)]


@pytest.mark.browser
def test_login_in_the_browser(address: str, apart: Callable[[Callable[[], None]], None]) -> None:
    apart(lambda: logs_in(address))


def logs_in(address: str) -> None:
    with chromium() as browser:
        page = browser.new_page(locale="en-GB")
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(address)
        for password in ("wrong password", PASSWORD):
            page.get_by_label("Username").fill(NAME)
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Login").click()
            if password != PASSWORD:
                page.get_by_text("Incorrect Credentials").wait_for()
                assert page.locator(".welcome").count() == 0
        page.wait_for_selector(".welcome")
        page.get_by_role("textbox").fill(QUESTION)
        page.keyboard.press("Enter")
        page.wait_for_selector(".turn[data-state=done]")
        assert "14万元" in page.locator(".card").inner_text() and broken == []
