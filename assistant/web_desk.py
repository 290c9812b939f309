"""What the page's events do: what a visitor does → HTML."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from assistant.answers import Citation, Turn
from assistant.assistant import Assistant
from assistant.evidence import Evidence
from assistant.feedback import DISLIKED, LIKED, record
from assistant.kept import Exchange, keep, restore, turns
from assistant.library import Library
from assistant.lookup import Wanted, choices, look_up
from assistant.page import notice
from assistant.page_ask import conversation, welcome
from assistant.page_export import as_markdown, as_page
from assistant.page_lookup import filter_options, hits_list, look_up_failed, nothing_sought
from assistant.page_own import own_list
from assistant.page_policies import policies_table
from assistant.page_source import no_source, source_panel
from assistant.questions import MAX_QUESTION
from assistant.suggestions import next_questions
from index.documents import Document
from index.errors import PolicyError
from index.passages import Passage, Place
from index.search import Index

EXAMPLES = (
    ("zh", "350千瓦的充电桩补贴多少"),
    ("en", "what subsidy applies to a 350kW charger"),
    ("zh", "第三类医疗器械注册证最高奖励多少？"),
    ("en", "What is Chongqing's target for low-altitude take-off and landing sites by 2027?"),
    ("zh", "支持科技创新若干财政金融政策对国家重点研发计划项目团队奖励多少？"),
    ("en", "How much travel agency quality deposit can be temporarily refunded?"),
)
SHOWN_OF_TOO_LONG = 200
Talk = list[Exchange]
Fresh = tuple[Any, ...]  # own documents, filters, policies, conversation; what stays as it is is skipped


class Desk:
    """What the page's events do; the conversation of a visitor is a list of exchanges that Gradio keeps for them.

    It stays the same list, so that an event which ends late shows what the conversation has become meanwhile."""

    def __init__(self, assistant: Assistant, library: Library | None = None, feedback: Path | None = None):
        self.assistant, self.library, self.feedback = assistant, library, feedback

    @property
    def index(self) -> Index:
        """The index that answers come from."""
        return self.assistant.index

    # Ask

    def ask(self, exchanges: Talk, event: gr.EventData) -> Iterator[tuple[Talk, str]]:
        """Answer a question, growing; stopping or clearing in between leaves the exchange as it then is."""
        question = str(_said(event).get("question", "")).strip()
        mine = Exchange(question, day=date.today())
        if not question:
            mine.state, mine.problem = "failed", notice("empty")
        elif len(question) > MAX_QUESTION:
            mine.question, mine.state, mine.problem = (
                question[:SHOWN_OF_TOO_LONG] + "…",
                "failed",
                notice("long", MAX_QUESTION),
            )
        history = turns(exchanges)
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
            if mine.state == "pending":
                mine.state = "done"
        except PolicyError as error:
            mine.state, mine.problem = "failed", notice("said", str(error))
        yield

    def settle(self, exchanges: Talk) -> tuple[str, list[dict[str, Any]]]:
        """After an answer: what can be asked next, and the conversation for the browser to keep."""
        for i, exchange in enumerate(exchanges):
            if exchange.answer and exchange.state == "done" and exchange.suggested is None:
                last = exchange is exchanges[-1]
                exchange.suggested = next_questions(exchange.answer, turns(exchanges[:i]), self.index) if last else ()
        return self.shown(exchanges), keep(exchanges)

    def failed(self, exchanges: Talk) -> tuple[Talk, str]:
        """After an error of the program: the visitor is told, the error itself goes to the log."""
        return self._end(exchanges, "failed", notice("broken"))

    def stop(self, exchanges: Talk) -> tuple[Talk, str]:
        """End the answer that is being made."""
        return self._end(exchanges, "stopped", "")

    def _end(self, exchanges: Talk, state: str, problem: str) -> tuple[Talk, str]:
        for exchange in exchanges:
            if exchange.state == "pending":
                exchange.state, exchange.problem = state, problem
        return exchanges, self.shown(exchanges)

    def clear(self, exchanges: Talk) -> tuple[Talk, str, str, list[dict[str, Any]]]:
        """Begin again; the browser forgets too."""
        self._end(exchanges, "stopped", "")
        exchanges.clear()
        return exchanges, self.shown(exchanges), no_source(), []

    def restore(self, kept: object, exchanges: Talk) -> tuple[Talk, str]:
        """The conversation that the browser kept, unless the visitor has asked already."""
        if not exchanges:
            exchanges.extend(restore(kept, self.index))
        return exchanges, self.shown(exchanges)

    def export(self, exchanges: Talk, event: gr.EventData) -> str:
        """The conversation as a file for the script to hand over; `at` makes each one new."""
        said = _said(event)
        language = "en" if said.get("language") == "en" else "zh"
        html = said.get("form") == "html"
        today = date.today()
        text = (as_page if html else as_markdown)(exchanges, language, today)
        name = f"policy-answers-{today.isoformat()}.{'html' if html else 'md'}"
        return f'<div data-at="{time.time_ns()}" data-name="{name}" data-type="text/{"html" if html else "markdown"}" data-text="{escape(text)}"></div>'

    def shown(self, exchanges: Sequence[Exchange]) -> str:
        """The conversation as HTML."""
        return conversation(
            exchanges, welcome(len(self.index.policies), len(self.index.passages), EXAMPLES), self.feedback is not None
        )

    def rate(self, exchanges: Talk, event: gr.EventData) -> tuple[str, list[dict[str, Any]]]:
        """What a visitor thinks of an answer goes into the feedback file."""
        said = _said(event)
        turn, verdict, reason = _whole(said.get("turn")), str(said.get("verdict")), said.get("reason")
        rated = exchanges[turn] if turn is not None and 0 <= turn < len(exchanges) else None
        if self.feedback and rated and rated.answer and rated.state == "done" and verdict in (LIKED, DISLIKED):
            for exchange in exchanges:
                exchange.told = ""
            reason = reason if isinstance(reason, str) else ""
            try:
                record(self.feedback, rated.answer, turns(exchanges[:turn]), verdict, reason, rated.day)
                rated.verdict, rated.told = verdict, notice("thanks")
            except PolicyError as error:
                rated.told = f'<span class="bad">{notice("said", str(error))}</span>'
        return self.shown(exchanges), keep(exchanges)

    # Own documents

    def own(self, problem: str = "") -> str:
        """The own documents as they now are."""
        if not self.library:
            return ""
        busy = self.library.busy  # before the files: what is read in between is then told of once more
        return own_list(self.library.files(), busy, self.library.progress[0], self._version, problem)

    def add(self, exchanges: Talk, event: gr.EventData) -> Fresh:
        """Take in a file that the browser has sent, or tell of one that is too large to send."""
        said = _said(event)
        name, size, path = str(said.get("name", "")), _whole(said.get("size")), _uploaded(said.get("path"))
        if self.library and path:
            self.library.add(name, path)
            with suppress(OSError):  # its folder stays: the same content may be arriving in it once more
                path.unlink()
        elif self.library and size:
            self.library.too_large(name, size)
        return self.refresh(exchanges, event)

    def remove(self, exchanges: Talk, event: gr.EventData) -> Fresh:
        """Take a file out again."""
        try:
            if self.library:
                self.library.remove(str(_said(event).get("name", "")))
        except PolicyError as error:
            return self.refresh(exchanges, event, notice("said", str(error)))
        return self.refresh(exchanges, event)

    def refresh(self, exchanges: Talk, event: gr.EventData, problem: str = "") -> Fresh:
        """The list of own documents; once the index has changed, also all else on the page that tells of documents."""
        shown = self.own(problem)
        if _said(event).get("version") == self._version:
            return shown, gr.skip(), gr.skip(), gr.skip()
        return shown, self.known(), self.policies(), gr.skip() if exchanges else self.shown([])

    @property
    def _version(self) -> str:
        return str(self.index.manifest["data"])

    # Look up, Policies, and the source panel

    def known(self) -> str:
        """What the filters can now be set to."""
        return filter_options(choices(self.index.policies))

    def look_up(self, event: gr.EventData) -> str:
        """The passages that hold what is sought."""
        said = {name: value for name, value in _said(event).items() if isinstance(value, str)}
        wanted = Wanted(
            said.get("words", "").strip()[:MAX_QUESTION],
            said.get("issuer", ""),
            said.get("year", ""),
            said.get("kind", ""),
            said.get("area", ""),
            _date(said.get("day", "")),
            said.get("sort") == "date",
        )
        if not wanted.words:
            return nothing_sought()
        try:
            hits = look_up(self.index, wanted)
        except PolicyError as error:
            return look_up_failed(notice("said", str(error)))
        cited = [self._cite(hit.passage, hit.units[0].start, hit.units[0].end, 0) for hit in hits]
        return hits_list(wanted, cited, date.today())

    def look_up_broken(self) -> str:
        """After an error of the program: the visitor is told, the error itself goes to the log."""
        return look_up_failed(notice("broken"))

    def policies(self) -> str:
        """All documents with a time line."""
        listed = [(document, len(reading_order(self.index, document))) for document in self.index.policies]
        return policies_table(listed, date.today())

    def open(self, event: gr.EventData) -> str:
        """The source panel for a span of a passage, or for a whole document; nothing named closes it."""
        said = _said(event)
        if not said.get("passage") and not said.get("document"):
            return no_source()
        citation = self._named(said)
        document = citation.document if citation else self.index.documents.get(str(said.get("document")))
        if document is None:
            return no_source(notice("gone"))
        order = reading_order(self.index, document)
        return source_panel(document, order, self.index.documents, date.today(), citation)

    def _named(self, said: dict[str, Any]) -> Citation | None:
        start, end, number = (_whole(said.get(name)) for name in ("start", "end", "number"))
        passage = next((p for p in self.index.passages if p.id == said.get("passage")), None)
        if passage is None or start is None or end is None:
            return None
        start, end = (min(max(0, at), len(passage.raw)) for at in (start, end))
        return self._cite(passage, start, end, number or 0)

    def _cite(self, passage: Passage, start: int, end: int, number: int) -> Citation:
        return self.assistant.cite(number, Evidence(passage, start, end, ""), date.today())


def reading_order(index: Index, document: Document) -> list[Passage]:
    """The passages of a document in the order of its file, those among them that another file holds first."""
    lines: dict[str, tuple[int, Passage]] = {}
    for passage in index.passages:
        own = Place(passage.document_id, passage.source, passage.line_start, passage.line_end)
        for held in (own, *passage.further):
            if held.document_id == document.id and held.source == document.source:
                lines.setdefault(passage.id, (held.line_start, passage))
    return [passage for _, passage in sorted(lines.values(), key=lambda pair: pair[0])]


def _said(event: gr.EventData) -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}


def _whole(value: object) -> int | None:
    """A number sent by the page; the page can be made to send anything."""
    return (
        int(value)
        if isinstance(value, int | str) and str(value).removeprefix("-").isdecimal() and len(str(value)) < 9
        else None
    )


def _uploaded(path: object) -> Path | None:
    """A file that the page has uploaded; the page can be made to name any other."""
    if not isinstance(path, str) or "\0" in path:
        return None
    file = Path(path).resolve()
    return file if file.is_relative_to(Path(get_upload_folder()).resolve()) and file.is_file() else None


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
