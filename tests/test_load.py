"""The page under several people at once: no error, nobody sees another's conversation, and what goes wrong is counted."""

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest

from assistant.assistant import Assistant
from assistant.web import start
from eval.load import Told, visit
from index.search import Index

Apart = Callable[[Callable[[], Told]], Told]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def address(seed_index: Index, request: pytest.FixtureRequest) -> Iterator[str]:
    """A page with the rate of the test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = start(Assistant(seed_index), "127.0.0.1", port, rate=request.param)
    yield f"http://127.0.0.1:{port}"
    page.close()


@pytest.mark.parametrize("address", [0], indirect=True)
def test_people_at_once_are_all_answered_in_their_own_conversation(address: str, apart: Apart) -> None:
    told = apart(lambda: asyncio.run(visit(address, people=8, questions=3, think=0.2, together=True)))
    assert told.errors == [] and len(told.seconds) == 24


@pytest.mark.parametrize("address", [3], indirect=True)
def test_a_refused_question_is_counted_as_an_error(address: str, apart: Apart) -> None:
    told = apart(lambda: asyncio.run(visit(address, people=5, questions=1, think=0, together=True)))
    assert len(told.seconds) == 3 and len(told.errors) == 2 and all("429" in error for error in told.errors)
