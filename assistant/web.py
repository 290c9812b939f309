"""The chat page: what the user does → Assistant.stream → HTML."""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.answers import Turn
from assistant.assistant import Assistant
from assistant.auth import LOG_IN, Door, Users
from assistant.limits import Limits
from assistant.page import Exchange, composer, conversation, header, no_source, notice, source_panel, welcome
from assistant.questions import MAX_QUESTION
from index.errors import PolicyError
from index.passages import Passage
from index.search import Index

EXAMPLES = (
    ("zh", "350千瓦的充电桩补贴多少"),
    ("en", "what subsidy applies to a 350kW charger"),
    ("zh", "第三类医疗器械注册证最高奖励多少？"),
    ("en", "What is Chongqing's target for low-altitude take-off and landing sites by 2027?"),
    ("zh", "支持科技创新若干财政金融政策对国家重点研发计划项目团队奖励多少？"),
    ("en", "How much travel agency quality deposit can be temporarily refunded?"),
)
AT_ONCE, NEWS_EVERY = 16, 10
SHOWN_OF_TOO_LONG = 200
LOADS = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = (
    (b"content-security-policy", LOADS.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
ICON = (
    "<link rel='icon' href=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='%230b5c73'/>"
    "<path d='M9 11h14M9 16h14M9 21h8' stroke='white' stroke-width='2.6' stroke-linecap='round'/></svg>\">"
)
log = logging.getLogger(__name__)


class Desk:
    """What the page's events do; the conversation of a visitor is a list of exchanges that Gradio keeps for them."""

    def __init__(self, assistant: Assistant):
        self.assistant = assistant

    @property
    def index(self) -> Index:
        """The index that answers come from."""
        return self.assistant.index

    def ask(self, exchanges: list[Exchange], event: gr.EventData) -> Iterator[tuple[list[Exchange], str]]:
        """Answer a question, growing; stopping or clearing in between leaves the exchange as it then is."""
        question = str(_said(event).get("question", "")).strip()
        mine = Exchange(question)
        if not question:
            mine.state, mine.problem = "failed", notice("empty")
        elif len(question) > MAX_QUESTION:
            mine.question, mine.state, mine.problem = (
                question[:SHOWN_OF_TOO_LONG] + "…",
                "failed",
                notice("long", MAX_QUESTION),
            )
        history = _turns(exchanges)
        exchanges.append(mine)
        yield exchanges, self.shown(exchanges)
        if mine.state == "pending":
            for _ in self._answering(mine, history):
                yield exchanges, self.shown(exchanges)

    def _answering(self, mine: Exchange, history: Sequence[Turn]) -> Iterator[None]:
        try:
            for answer in self.assistant.stream(mine.question, history):
                if mine.state != "pending":
                    return
                mine.answer = answer
                yield
            mine.state = "done"
        except PolicyError as error:
            mine.state, mine.problem = "failed", notice("said", str(error))
        yield

    def failed(self, exchanges: list[Exchange]) -> tuple[list[Exchange], str]:
        """After an error of the program: the visitor is told, the error itself goes to the log."""
        return self._end(exchanges, "failed", notice("broken"))

    def stop(self, exchanges: list[Exchange]) -> tuple[list[Exchange], str]:
        """End the answer that is being made."""
        return self._end(exchanges, "stopped", "")

    def _end(self, exchanges: list[Exchange], state: str, problem: str) -> tuple[list[Exchange], str]:
        for exchange in exchanges:
            if exchange.state == "pending":
                exchange.state, exchange.problem = state, problem
        return exchanges, self.shown(exchanges)

    def clear(self, exchanges: list[Exchange]) -> tuple[list[Exchange], str, str]:
        """Begin again."""
        self._end(exchanges, "stopped", "")
        return [], self.shown([]), no_source()

    def open(self, exchanges: list[Exchange], event: gr.EventData) -> str:
        """The source panel for citation `number` of answer `turn`, `offset` passages on; anything else closes it."""
        said = _said(event)
        turn, number, offset = (_whole(said.get(name)) for name in ("turn", "number", "offset"))
        if turn is None or number is None:
            return no_source()
        answer = exchanges[turn].answer if 0 <= turn < len(exchanges) else None
        citation = next((c for c in answer.citations if c.number == number), None) if answer else None
        if citation is None:
            return no_source(notice("gone"))
        return source_panel(
            turn, citation, reading_order(self.index, citation.passage), offset or 0, self.index.documents
        )

    def shown(self, exchanges: Sequence[Exchange]) -> str:
        """The conversation as HTML."""
        return conversation(exchanges, welcome(len(self.index.documents), len(self.index.passages), EXAMPLES))


def reading_order(index: Index, passage: Passage) -> list[Passage]:
    """The passages of a passage's document, in the order of the file."""
    return sorted((p for p in index.passages if p.document_id == passage.document_id), key=lambda p: p.line_start)


def _turns(exchanges: Sequence[Exchange]) -> list[Turn]:
    return [
        turn
        for e in exchanges
        if e.answer and e.state == "done"
        for turn in (Turn("user", e.question), Turn("assistant", e.answer.text))
    ]


def _said(event: gr.EventData) -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}


def _whole(value: object) -> int | None:
    """A number sent by the page; the page can be made to send anything."""
    return (
        int(value)
        if isinstance(value, int | str) and str(value).removeprefix("-").isdecimal() and len(str(value)) < 9
        else None
    )


def app(assistant: Assistant) -> gr.Blocks:
    """The page as a Gradio app; `serve` opens it."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    desk = Desk(assistant)
    page = gr.Blocks(title="政策助手 · Policy assistant", analytics_enabled=False, fill_width=True)
    page.queue(status_update_rate=NEWS_EVERY)  # else everyone who waits is told of every answer that begins
    with page:
        exchanges = gr.State([])
        gr.HTML(
            header(),
            elem_id="bar",
            head=f"{ICON}<style>{_read('page.css')}</style>",
            apply_default_css=False,
            js_on_load=None,
        )
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="talk"):
                conversation_view = gr.HTML(desk.shown([]), elem_id="log", apply_default_css=False, js_on_load=None)
                box = gr.HTML(
                    composer(MAX_QUESTION), elem_id="ask", apply_default_css=False, js_on_load=_read("page.js")
                )
            with gr.Column(elem_id="side"):
                source_view = gr.HTML(no_source(), elem_id="source", apply_default_css=False, js_on_load=None)
        quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        both = [exchanges, conversation_view]
        asked = box.submit(
            desk.ask, exchanges, both, show_progress="hidden", api_visibility="private", concurrency_limit=AT_ONCE
        )
        asked.failure(desk.failed, exchanges, both, **quick)
        box.stop(desk.stop, exchanges, both, cancels=[asked], **quick)
        box.clear(desk.clear, exchanges, [*both, source_view], cancels=[asked], **quick)
        box.select(desk.open, exchanges, source_view, **quick)
    return page


def serve(assistant: Assistant, host: str, port: int, users: Users | None, rate: int) -> None:
    """Open the page and stay until stopped."""
    for _, question in EXAMPLES[:2]:  # what each language loads at its first question is there before the first visitor
        assistant.answer(question)
    page = start(assistant, host, port, users, rate)
    log.info("the page is open on %s", page.local_url)
    page.block_thread()


def start(
    assistant: Assistant, host: str = "127.0.0.1", port: int = 7860, users: Users | None = None, rate: int = 0
) -> gr.Blocks:
    """Open the page and return; nothing on it is loaded from another machine, and it may ask none.

    With `users` only they get in; `rate` is how many requests a visitor may send a minute, 0 for any number."""
    page = app(assistant)
    try:
        page.launch(
            server_name=host, server_port=port, share=False, quiet=True, prevent_thread_lock=True, footer_links=[], ssr_mode=False, pwa=False, mcp_server=False, enable_monitoring=False,
            run_history=False, max_file_size="1kb", theme=_theme(), auth_message=LOG_IN,
            auth=users.admit if users else None,  # type: ignore[arg-type]  # Gradio awaits it, its annotation forgets that
            app_kwargs={"middleware": [Middleware(Fence), Middleware(Limits, rate), *([Middleware(Door)] if users else [])], "docs_url": None, "redoc_url": None, "openapi_url": None},
        )  # fmt: skip
    except OSError as error:
        raise PolicyError(
            f"the page cannot be opened on {host}:{port}; another program may use this port, choose one with --port"
        ) from error
    return page


def _theme() -> gr.themes.Base:
    """Gradio's plainest, with the fonts that the machine has: the usual themes load theirs from the web."""
    fonts = ["system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
    return gr.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"]).set(
        body_background_fill="#f6f7f9", body_background_fill_dark="#11151a"
    )


class Fence:
    """Tells the browser to load from here only, so that a mistake elsewhere cannot send anything out."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to every answer."""

        async def fenced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, receive, fenced)


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
