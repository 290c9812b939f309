"""Many people at the page at once, through the requests that a browser sends: python -m eval.load."""

import argparse
import asyncio
import json
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx

from eval.cases import CASES
from eval.scores import quantile

PEOPLE, QUESTIONS, THINK = 50, 5, 4.0
PATIENCE = 60.0
_ASKED = re.compile(r'<div class="question"[^>]*>.*?</span></span>(.*?)</div>', re.S)


@dataclass(slots=True)
class Told:
    """What the people met: seconds from sending a question to its whole answer, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Person:
    """A browser with the page open: its requests as Gradio's page sends them, its conversation as it sees it."""

    def __init__(self, client: httpx.AsyncClient, number: int):
        self.client, self.session, self.seen = client, f"load{number:07d}", ""
        self.asked: list[str] = []

    async def open(self) -> None:
        """Load the page and learn which event asks a question."""
        page = await self.client.get("/")
        page.raise_for_status()
        config = (await self.client.get("/config")).json()
        asking = next(d for d in config["dependencies"] if any(t[1] == "submit" for t in d["targets"]))
        self.event = {"fn_index": asking["id"], "trigger_id": asking["targets"][0][0], "session_hash": self.session}

    async def ask(self, question: str) -> float:
        """Send a question and read the growing answer to its end: seconds. Raises when it is refused or not this person's."""
        self.asked.append(question)
        took, began = 0.0, time.perf_counter()
        asking = {"data": [None], "event_data": {"question": question}, **self.event}
        joined = await self.client.post("/gradio_api/queue/join", json=asking)
        if joined.status_code != 200:
            raise RuntimeError(f"refused with {joined.status_code}: {joined.text[:200]}")
        async for said in self._messages():
            if said["msg"] == "process_completed":
                if not said["success"]:
                    raise RuntimeError(f"failed: {said['output']}")
                took = time.perf_counter() - began
                self._see(said["output"]["data"][1])
        if not took:
            raise RuntimeError("the stream ended without an answer")
        return took

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        place = f"/gradio_api/queue/data?session_hash={self.session}"
        async with self.client.stream("GET", place) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def _see(self, page: str) -> None:
        self.seen = page
        there = [unescape(question) for question in _ASKED.findall(page)]
        if there != self.asked:
            raise RuntimeError(f"the page shows another conversation: {there} instead of {self.asked}")
        states = re.findall(r'<article class="turn" data-state="(\w+)"', page)
        if states != ["done"] * len(self.asked):
            raise RuntimeError(f"not all answers are whole: {states}")


async def visit(address: str, people: int, questions: int, think: float, together: bool = False) -> Told:
    """Everybody opens the page, asks, reads for `think` seconds on average, and asks again.

    `together`: all ask their first question in the same instant, else within the first `think` seconds."""
    told, known = Told(), known_questions()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE, limits=limits) as client:
        crowd = [Person(client, number) for number in range(people)]
        for person in crowd:
            await person.open()

        async def stay(number: int, person: Person) -> None:
            chance = random.Random(number)
            async with _at_the_page(person):
                await asyncio.sleep(0 if together else chance.uniform(0, think))
                for question in chance.sample(known, questions):
                    try:
                        told.seconds.append(await person.ask(question))
                    except (RuntimeError, httpx.HTTPError, LookupError, ValueError) as error:
                        told.errors.append(f"{question}: {error!r}")
                        return
                    await asyncio.sleep(chance.uniform(0.5, 1.5) * think)

        await asyncio.gather(*(stay(number, person) for number, person in enumerate(crowd)))
    return told


@asynccontextmanager
async def _at_the_page(person: Person) -> AsyncIterator[None]:
    """The connection that a browser holds open as long as the page is."""

    async def hold() -> None:
        async with person.client.stream("GET", f"/gradio_api/heartbeat/{person.session}", timeout=None) as stream:
            async for _ in stream.aiter_raw():
                pass

    held = asyncio.create_task(hold())
    try:
        yield
    finally:
        held.cancel()
        await asyncio.gather(held, return_exceptions=True)


def known_questions() -> list[str]:
    """The questions of the cases, Chinese and English."""
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [row["question"] for row in rows if "question" in row]


def opened(port: int) -> subprocess.Popen[bytes]:
    """The page in a process of its own, ready to answer; without a limit, since all these people have one address."""
    command = "import sys; from assistant.cli import main; sys.exit(main(sys.argv[1:]))"
    page = subprocess.Popen([sys.executable, "-c", command, "serve", "--port", str(port), "--rate", "0"])
    while page.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE).status_code == 200:
                return page
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the page did not open")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when there was an error."""
    parser = argparse.ArgumentParser(prog="python -m eval.load", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"default: {PEOPLE}")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help=f"each; default: {QUESTIONS}")
    parser.add_argument("--think", type=float, default=THINK, help=f"mean seconds between them; default: {THINK:g}")
    parser.add_argument("--together", action="store_true", help="all ask their first question in the same instant")
    given = parser.parse_args(arguments)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = opened(port)
    try:
        began = time.perf_counter()
        told = asyncio.run(
            visit(f"http://127.0.0.1:{port}", given.people, given.questions, given.think, given.together)
        )
        took = time.perf_counter() - began
    finally:
        page.terminate()
        page.wait()
    print(f"{given.people} people, {len(told.seconds)} answers in {took:.0f} s, {len(told.errors)} errors")
    for error in told.errors[:10]:
        print(f"  {error}")
    if told.seconds:
        worst = max(told.seconds)
        print(
            f"median {quantile(told.seconds, 0.5):.2f} s, 95th percentile {quantile(told.seconds, 0.95):.2f} s, longest {worst:.2f} s"
        )
    return 1 if told.errors or not told.seconds else 0


if __name__ == "__main__":
    sys.exit(main())
