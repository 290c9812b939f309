"""The page: its parts, what happens on which event, and the server that shows it."""

import logging
import os
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.assistant import Assistant
from assistant.auth import LOG_IN, Door, Users
from assistant.library import Library
from assistant.limits import Limits
from assistant.lookup import choices
from assistant.page import header
from assistant.page_ask import composer
from assistant.page_lookup import look_up_form, nothing_sought
from assistant.page_own import own_form
from assistant.page_policies import listing_tools
from assistant.page_source import no_source
from assistant.questions import MAX_QUESTION
from assistant.web_desk import EXAMPLES, Desk
from index.errors import PolicyError
from index.readers import MAX_BYTES

AT_ONCE, NEWS_EVERY = 16, 10
UPLOADS_KEPT = (3600, 3600)  # seconds: an upload whose page was closed before it was taken in goes away
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


def app(assistant: Assistant, library: Library | None = None, feedback: Path | None = None) -> gr.Blocks:
    """The page as a Gradio app; `serve` opens it.

    With a `library` it has the tab of the own documents, with a file for `feedback` answers can be judged."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    desk = Desk(assistant, library, feedback)
    page = gr.Blocks(
        title="政策助手 · Policy assistant", analytics_enabled=False, fill_width=True, delete_cache=UPLOADS_KEPT
    )
    page.queue(status_update_rate=NEWS_EVERY)  # else everyone who waits is told of every answer that begins
    with page:
        exchanges = gr.State([])
        # The secret is none: it is fixed so that what a browser kept can be read after a restart of the server.
        kept = gr.BrowserState([], storage_key="policy-assistant-talk", secret="kept")
        _html(header(library is not None), "bar", head=f"{ICON}<style>{_read('page.css')}</style>")
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="talk"):
                talk = _html(desk.shown([]), "log")
                box = _html(composer(MAX_QUESTION), "box", js_on_load=_read("page.js"))
                paper = _html("", "paper")
            with gr.Column(elem_id="find"):
                form = _html(
                    look_up_form(choices(desk.index.policies), MAX_QUESTION),
                    "seek",
                    js_on_load=_read("lookup.js"),
                )
                hits = _html(nothing_sought(), "hits")
                known = _html(desk.known if library else "", "known")
            with gr.Column(elem_id="list"):
                _html(listing_tools(), "listing", js_on_load=_read("policies.js"))
                policies = _html(desk.policies, "policies-view")
            if library:
                with gr.Column(elem_id="mine"):
                    files = _html(own_form(), "own-form", js_on_load=_read("own.js"))
                    own = _html(desk.own, "own-list")
            with gr.Column(elem_id="side"):
                source = _html(no_source(), "source")
        quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        both = [exchanges, talk]
        asked = box.submit(
            desk.ask, exchanges, both, show_progress="hidden", api_visibility="private", concurrency_limit=AT_ONCE
        )
        asked.success(desk.settle, exchanges, [talk, kept], **quick)
        asked.failure(desk.failed, exchanges, both, **quick)
        box.stop(desk.stop, exchanges, both, cancels=[asked], **quick).then(
            desk.settle, exchanges, [talk, kept], **quick
        )
        box.clear(desk.clear, exchanges, [*both, source, kept], cancels=[asked], **quick)
        box.download(desk.export, exchanges, paper, **quick)
        box.select(desk.open, None, source, **quick)
        sought = form.submit(desk.look_up, None, hits, trigger_mode="always_last", **quick)
        sought.failure(desk.look_up_broken, None, hits, **quick)
        if feedback:
            box.like(desk.rate, exchanges, [talk, kept], trigger_mode="multiple", **quick)
        if library:
            fresh = [own, known, policies, talk]
            files.upload(desk.add, exchanges, fresh, trigger_mode="multiple", **quick)
            files.delete(desk.remove, exchanges, fresh, trigger_mode="multiple", **quick)
            files.tick(desk.refresh, exchanges, fresh, **quick)
        page.load(desk.restore, [kept, exchanges], both, **quick)
    return page


def _html(value: Any, name: str, js_on_load: str | None = None, head: str | None = None) -> gr.HTML:
    """A part of the page; `value` is HTML, or what makes it each time that the page is opened."""
    return gr.HTML(value, elem_id=name, js_on_load=js_on_load, head=head, apply_default_css=False)


def serve(
    assistant: Assistant, host: str, port: int, users: Users | None, rate: int, library: Library, feedback: Path
) -> None:
    """Open the page and stay until stopped."""
    for _, question in EXAMPLES[:2]:  # what each language loads at its first question is there before the first visitor
        assistant.answer(question)
    page = start(assistant, host, port, users, rate, library, feedback)
    log.info("the page is open on %s", page.local_url)
    page.block_thread()


def start(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    users: Users | None = None,
    rate: int = 0,
    library: Library | None = None,
    feedback: Path | None = None,
) -> gr.Blocks:
    """Open the page and return; nothing on it is loaded from another machine, and it may ask none.

    With `users` only they get in; `rate` is how many requests a visitor may send a minute, 0 for any number.
    `library` and `feedback` as in `app`."""
    page, upload = app(assistant, library, feedback), MAX_BYTES if library else 0
    try:
        page.launch(
            server_name=host, server_port=port, share=False, quiet=True, prevent_thread_lock=True, footer_links=[], ssr_mode=False, pwa=False, mcp_server=False, enable_monitoring=False,
            run_history=False, max_file_size=upload or "1kb", theme=_theme(), auth_message=LOG_IN,
            auth=users.admit if users else None,  # type: ignore[arg-type]  # Gradio awaits it, its annotation forgets that
            app_kwargs={"middleware": [Middleware(Fence), Middleware(Limits, rate, upload), *([Middleware(Door)] if users else [])], "docs_url": None, "redoc_url": None, "openapi_url": None},
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
