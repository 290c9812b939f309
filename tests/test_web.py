"""The chat page: what it escapes and refuses, and in Chromium a question in each language with its citation opened."""

import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from assistant.answers import Answer, Citation, Notice, Turn
from assistant.assistant import Assistant
from assistant.page import Exchange, badge, cited_as, conversation, quote_span, source_panel
from assistant.web import EXAMPLES, Desk, app, reading_order, start
from index.errors import PolicyError
from index.search import Index

SEEDS = Path(__file__).parent.parent / "seeds"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHARGER = {"zh": "350千瓦的充电桩补贴多少", "en": "what subsidy applies to a 350kW charger"}
EXPIRED = {"zh": "2022年12月31日", "en": "31 December 2022"}
MARKUP = "<img src=x onerror=\"document.title='hacked'\"><b>补贴</b> ${alert(1)} {{value}} `x` \u202e350"
WIDTHS = {"phone": (375, 812), "desk": (1440, 900)}

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Scripted(Assistant):
    """The real assistant, and three questions that it is slow at, or fails on."""

    def stream(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Iterator[Answer]:
        """Slow, broken, refused, or as it really is."""
        match question:
            case "slow":
                for words in ("one", "one two", "one two three"):
                    yield Answer(question, question, "en", "answered", words)
                    time.sleep(1.5)
            case "broken":
                raise ZeroDivisionError("a secret of the program")
            case "refused":
                raise PolicyError("the index is gone; run: policy-assistant index <now>")
            case _:
                yield from super().stream(question, history, as_of)


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return Scripted(Index.build([SEEDS], tmp_path_factory.mktemp("web") / "index"))


@pytest.fixture(scope="session")
def desk(assistant: Assistant) -> Desk:
    return Desk(assistant)


@pytest.fixture(scope="session")
def answer(assistant: Assistant) -> Answer:
    return assistant.answer(CHARGER["zh"])


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def ask(desk: Desk, question: str, exchanges: list[Exchange] | None = None) -> tuple[list[Exchange], str]:
    return list(desk.ask([] if exchanges is None else exchanges, event(question=question)))[-1]


# What the page shows


def hostile(citation: Citation) -> Citation:
    """A citation whose every word came from somebody who writes markup."""
    bad = "<script>alert('x')</script>\"'&"
    passage = replace(
        citation.passage,
        raw=f"{bad}{citation.quote}{bad}",
        text=bad,
        section=(bad, bad),
        source=f"{bad}.txt",
        further=(),
    )
    document = replace(citation.document, title=bad, name=bad, document_number=bad, issuers=(bad,))
    return replace(citation, document=document, passage=passage, quote=f"{bad}{citation.quote}")


def test_everything_from_outside_is_escaped(answer: Answer) -> None:
    citation = hostile(answer.citations[0])
    facts = (
        {
            "amount": "<b>1</b>",
            "reads": "<b>1</b>",
            "condition": "<i>",
            "cap": "<u>",
            "cap_scope": "<s>",
            "up_to": True,
            "citation": 1,
        },
    )
    bad = Answer(
        "<b>q</b>",
        "<b>r</b>",
        "en",
        "answered",
        "<b>text</b> [1]\n「<i>quote</i>」[1]",
        (citation,),
        facts,
        (Notice("x", "<b>notice</b>"),),
        "<b>model</b>",
    )
    page = conversation([Exchange("<b>q</b>", bad, "done"), Exchange("<b>p</b>")], "") + source_panel(
        0, citation, [citation.passage], 0, {}
    )
    for tag in ("<script", "<b>", "<i>q", "<i></td>", "<u>", "<s>"):
        assert tag not in page
    assert page.count("&lt;b&gt;text&lt;/b&gt;") == 1
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;" in page


def test_marks_without_a_citation_stay_text(answer: Answer) -> None:
    page = conversation([Exchange("q", replace(answer, text="a [1] b [7]"), "done")], "")
    assert 'data-number="1"' in page and 'data-number="7"' not in page and "b [7]" in page


def test_the_notice_and_the_source_are_shown_once(answer: Answer) -> None:
    page = conversation([Exchange(answer.question, answer, "done")], "")
    assert page.count(answer.notices[0].text) == 1
    assert page.count(answer.citations[0].document.name) == 1


@pytest.mark.parametrize(
    ("in_force", "until", "words"),
    [
        (True, date(2027, 12, 31), "有效期至2027年12月31日"),
        (False, date(2022, 12, 31), "Ran out on 31 December 2022"),
        (None, None, "未写明期限"),
        (False, date(2029, 1, 1), "Not yet in force"),
    ],
)
def test_the_badge_says_whether_a_policy_holds(
    answer: Answer, in_force: bool | None, until: date | None, words: str
) -> None:
    assert words in badge(replace(answer.citations[0], in_force=in_force, valid_until=until), date(2026, 11, 21))


def test_of_two_equal_sentences_the_one_on_the_cited_line_is_marked(answer: Answer) -> None:
    citation = answer.citations[0]
    passage = replace(citation.passage, raw="同一句。\n另一句。\n同一句。", line_start=10)
    assert quote_span(replace(citation, passage=passage, quote="同一句。", line_start=12)) == (10, 14)
    assert quote_span(replace(citation, passage=passage, quote="没有", line_start=12)) == (0, 0)


def test_a_copied_citation_holds_quote_title_number_date(assistant: Assistant) -> None:
    citation = next(c for c in assistant.answer("第三类医疗器械注册证最高奖励多少").citations)
    copied = cited_as(citation)
    assert citation.quote in copied
    for part in (
        citation.document.name,
        "渝府办发〔2025〕2号",
        "2025-01-06",
        f"{citation.passage.source}:{citation.line_start}",
    ):
        assert part in copied


def test_a_quoted_table_row_reads_as_columns_and_values(desk: Desk) -> None:
    row = next(p for p in desk.index.passages if p.kind == "row" and p.text.count("; ") == 3)
    citation = Citation(
        1, desk.index.documents[row.document_id], row, row.raw, row.line_start, row.line_end, None, None
    )
    name, _, value = row.text.split("; ")[1].partition(": ")
    for text in (f"{row.text}[1]", f"原文:「{row.text}」[1]"):
        page = conversation([Exchange("q", Answer("q", "q", "zh", "answered", text, (citation,)), "done")], "")
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page and 'data-number="1"' in page


# What the desk does


def test_a_question_grows_into_an_answer(desk: Desk) -> None:
    pages = [page for _, page in desk.ask([], event(question=CHARGER["en"]))]
    assert 'data-state="pending"' in pages[0] and 'data-state="done"' in pages[-1] and "140,000 yuan" in pages[-1]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("", "请先写下问题"),
        ("   ", "write a question first"),
        ("长" * 2001, "最多2000个字"),
        ("refused", "policy-assistant index &lt;now&gt;"),
    ],
)
def test_what_cannot_be_answered_is_said(desk: Desk, question: str, words: str) -> None:
    exchanges, page = ask(desk, question)
    assert exchanges[-1].state == "failed" and words in page


def test_an_event_without_a_question_does_no_harm(desk: Desk) -> None:
    assert list(desk.ask([], gr.EventData(None, "nonsense")))[-1][0][0].state == "failed"


def test_2000_characters_are_answered(desk: Desk) -> None:
    assert ask(desk, "补贴" * 1000)[0][0].state == "done"


def test_earlier_turns_reach_the_assistant(desk: Desk) -> None:
    exchanges, _ = ask(desk, CHARGER["zh"])
    _, page = ask(desk, "它什么时候到期?", exchanges)
    assert "理解为" in page and "2022-12-31" in page.split('class="turn"')[2]


def test_a_stopped_answer_stays_as_it_was(desk: Desk) -> None:
    exchanges: list[Exchange] = []
    growing = desk.ask(exchanges, event(question="slow"))
    next(growing)
    next(growing)
    assert "Stopped" in desk.stop(exchanges)[1]
    assert list(growing) == [] and exchanges[0].state == "stopped"
    assert exchanges[0].answer is not None and exchanges[0].answer.text == "one"


def test_clearing_forgets_the_conversation(desk: Desk) -> None:
    exchanges, _ = ask(desk, CHARGER["zh"])
    cleared, page, panel = desk.clear(exchanges)
    assert cleared == [] and "welcome" in page and "empty" in panel


@pytest.mark.parametrize(
    ("turn", "number"), [(None, None), (9, 1), (-1, 1), ("0", "x"), (0, 99), ([0], {}), ("9" * 5000, 1)]
)
def test_a_source_that_is_not_there_opens_nothing(desk: Desk, answer: Answer, turn: Any, number: Any) -> None:
    assert "source empty" in desk.open([Exchange(answer.question, answer, "done")], event(turn=turn, number=number))


def test_the_panel_walks_through_the_document_and_stops_at_its_ends(desk: Desk, answer: Answer) -> None:
    exchanges = [Exchange(answer.question, answer, "done")]
    order = reading_order(desk.index, answer.citations[0].passage)
    first, last = (desk.open(exchanges, event(turn=0, number=1, offset=offset)) for offset in (-999, 999))
    assert f"Passage 1 of {len(order)}" in first and first.count("disabled") == 1
    assert f"Passage {len(order)} of {len(order)}" in last and last.count("disabled") == 1


def test_the_panel_names_further_places(desk: Desk) -> None:
    passage = next(p for p in desk.index.passages if p.further)
    citation = Citation(
        1,
        desk.index.documents[passage.document_id],
        passage,
        passage.raw,
        passage.line_start,
        passage.line_end,
        None,
        None,
    )
    panel = desk.open(
        [Exchange("q", Answer("q", "q", "zh", "answered", "[1]", (citation,)), "done")],
        event(turn=0, number=1, offset=0),
    )
    assert "The same text also stands in" in panel and passage.further[0].source in panel


@pytest.mark.parametrize(
    ("language", "question", "words"),
    [(*e, w) for e, w in zip(EXAMPLES, ("14万元", "140,000 yuan", "300万元", "200", "3%", "100%"), strict=True)],
)
def test_the_examples_are_answered_right(assistant: Assistant, language: str, question: str, words: str) -> None:
    answer = assistant.answer(question)
    assert (answer.status, answer.language) == ("answered", language) and answer.citations
    assert words in answer.text


def test_a_taken_port_is_said(assistant: Assistant) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PolicyError, match="--port"):
            start(assistant, "127.0.0.1", taken.getsockname()[1])


def test_app_is_a_gradio_page_that_reports_to_nobody(assistant: Assistant) -> None:
    page = app(assistant)
    assert isinstance(page, gr.Blocks) and not page.analytics_enabled


# In the browser


@pytest.fixture(scope="session")
def address(assistant: Assistant) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = start(assistant, "127.0.0.1", port)
    yield f"http://127.0.0.1:{port}/"
    page.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if not path:
        pytest.skip("there is no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


class Visitor:
    """Opens the page as somebody with a language and a screen; keeps every request that leaves the machine."""

    def __init__(self, browser: Browser, address: str):
        self.browser, self.address, self.outside, self.errors = browser, address, list[str](), list[str]()

    def opens(self, language: str = "en", width: str = "desk", scheme: Any = "light") -> Page:
        wide, high = WIDTHS[width]
        context = self.browser.new_context(
            viewport={"width": wide, "height": high},
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            color_scheme=scheme,
        )
        page = context.new_page()
        page.on(
            "request",
            lambda r: None if r.url.startswith((self.address, "data:", "blob:")) else self.outside.append(r.url),
        )
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.goto(self.address)
        page.wait_for_selector(".welcome")
        return page


@pytest.fixture
def visitor(chromium: Browser, address: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, address)
    yield visitor
    for context in chromium.contexts:
        context.close()
    assert visitor.outside == [] and visitor.errors == []


def asks(page: Page, question: str) -> None:
    page.get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")


def answered(page: Page, turn: int = 1) -> None:
    page.wait_for_selector(f".turn:nth-child({turn})[data-state=done]", timeout=20_000)


def fits(page: Page) -> bool:
    """Nothing stands to the right of the screen, and the page does not scroll sideways."""
    inside = "[...document.querySelectorAll('#room *')].every(e => e.closest('.sr, .table') || e.getBoundingClientRect().right <= innerWidth + 1)"
    return bool(page.evaluate(f"document.documentElement.scrollWidth <= innerWidth && {inside}"))


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", CHARGER)
def test_a_question_is_answered_and_its_source_opened(
    visitor: Visitor, assistant: Assistant, language: str, width: str
) -> None:
    citation = assistant.answer(CHARGER[language]).citations[0]
    page = visitor.opens(language, width)
    assert fits(page)
    asks(page, CHARGER[language])
    answered(page)
    card = page.locator(".card")
    assert "400" in card.inner_text() and ("140,000" if language == "en" else "14万元") in card.inner_text()
    assert EXPIRED[language] in card.locator(".notice.expired").inner_text()
    assert EXPIRED[language] in card.locator(".badge.bad").inner_text()
    card.locator(".mark").first.click()
    page.wait_for_selector("mark")
    assert page.locator("mark").text_content() == citation.quote
    page.wait_for_function("document.activeElement.id === 'source-title'")
    source = page.locator(".source").inner_text()
    for part in (
        citation.document.name,
        "2022-07-28",
        "六、充电基础设施建设补贴",
        citation.passage.source,
        str(citation.line_start),
        "七、换电站建设补贴",
    ):
        assert part in source
    page.wait_for_function(
        "() => { const box = document.querySelector('.source').getBoundingClientRect(); return box.top >= -1 && box.top < innerHeight / 2; }"
    )
    assert fits(page)


@pytest.mark.browser
def test_walking_copying_and_closing(visitor: Visitor) -> None:
    page = visitor.opens("zh")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".example").first.click()
    answered(page)
    page.locator(".card .mark").first.click()
    at = page.locator(".steps .at")
    page.wait_for_selector("mark")
    before = at.inner_text()
    page.get_by_role("button", name="下一段").click()
    page.wait_for_function("before => document.querySelector('.steps .at').innerText !== before", arg=before)
    page.get_by_role("button", name="回到引文").click()
    page.wait_for_function("before => document.querySelector('.steps .at').innerText === before", arg=before)
    page.get_by_role("button", name="复制引文").click()
    page.wait_for_selector(".copy[data-done]")
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        "“" + (page.locator("mark").text_content() or "?")
    )
    page.keyboard.press("Escape")
    page.wait_for_selector(".source.empty")
    assert page.evaluate("document.activeElement.className") == "mark"


@pytest.mark.browser
def test_markup_in_a_question_is_text(visitor: Visitor) -> None:
    page = visitor.opens()
    asks(page, MARKUP)
    answered(page)
    assert MARKUP in (page.locator(".question").text_content() or "")
    assert page.locator(".turn img, .turn b").count() == 0 and "hacked" not in page.title()


@pytest.mark.browser
def test_empty_and_too_long_questions_are_refused_in_words(visitor: Visitor) -> None:
    page = visitor.opens("en")
    page.get_by_role("button", name="Ask", exact=True).click()
    assert page.get_by_role("alert").inner_text() == "Please write a question first."
    asks(page, "x" * 2001)
    assert "2000 characters at most" in page.get_by_role("alert").inner_text()
    assert page.locator(".turn").count() == 0 and page.get_by_role("textbox").input_value() == "x" * 2001


@pytest.mark.browser
def test_an_answer_can_be_stopped_and_the_next_one_comes(visitor: Visitor) -> None:
    page = visitor.opens("en")
    asks(page, "slow")
    page.get_by_text("one two", exact=True).wait_for()
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector(".turn[data-state=stopped]")
    page.wait_for_timeout(2000)
    assert page.get_by_text("one two three").count() == 0
    asks(page, CHARGER["en"])
    answered(page, 2)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector(".welcome")
    assert page.locator(".turn").count() == 0


@pytest.mark.browser
def test_errors_are_said_in_a_sentence(visitor: Visitor) -> None:
    page = visitor.opens("en")
    asks(page, "refused")
    page.get_by_text("run: policy-assistant index <now>").wait_for()
    asks(page, "broken")
    page.get_by_text("Something went wrong").wait_for()
    assert not any(word in page.locator("body").inner_text() for word in ("secret", "Traceback", "ZeroDivision"))
    asks(page, CHARGER["en"])
    answered(page, 3)


@pytest.mark.browser
def test_the_page_speaks_the_chosen_language_and_remembers_it(visitor: Visitor) -> None:
    page = visitor.opens("zh")
    assert (
        "以政策原文为准" in page.locator(".remark").inner_text()
        and page.locator("html").get_attribute("lang") == "zh-CN"
    )
    page.get_by_role("button", name="English").click()
    assert page.locator(".remark").inner_text() == "Answers are made automatically; only the originals count."
    page.reload()
    page.wait_for_selector(".welcome")
    assert page.get_by_role("textbox", name="Your question").get_attribute("placeholder") == "Ask in Chinese or English"


@pytest.mark.browser
def test_the_page_is_dark_where_the_system_is(visitor: Visitor) -> None:
    page = visitor.opens(scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    page.get_by_role("button", name="Switch between light and dark").click()
    assert dark == "rgb(17, 21, 26)" and page.evaluate(colour) == "rgb(246, 247, 249)"


@pytest.mark.browser
def test_the_browser_is_told_to_load_from_here_only(visitor: Visitor) -> None:
    page = visitor.opens()
    reply = page.request.get(visitor.address)
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    blocked = page.evaluate(
        "() => new Promise(done => { addEventListener('securitypolicyviolation', e => done(e.blockedURI)); fetch('http://127.0.0.2:9/').catch(() => {}); })"
    )
    visitor.outside.clear()
    assert blocked.startswith("http://127.0.0.2:9")
