"""The page in Chromium: ask, look up, read, copy, keep and take along, by mouse and by keyboard, in both languages, on a phone and on a desk."""

import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import gradio as gr
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from assistant.assistant import Assistant
from assistant.library import Library
from assistant.settings import Settings, open_assistant, open_library
from assistant.web import app, start
from index.errors import PolicyError
from index.search import Index
from tests.chromium import chromium
from tests.test_readers import page_of, paragraphs, printed

CHARGER = {"zh": "350千瓦的充电桩补贴多少", "en": "what subsidy applies to a 350kW charger"}
EXPIRED = {"zh": "2022年12月31日", "en": "31 December 2022"}
MARKUP = "<img src=x onerror=\"document.title='hacked'\"><b>补贴</b> ${alert(1)} {{value}} `x` \u202e350"
WIDTHS = {"phone": (375, 812), "desk": (1440, 900)}

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_a_taken_port_is_said(scripted: Assistant) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PolicyError, match="--port"):
            start(scripted, "127.0.0.1", taken.getsockname()[1])


def test_app_is_a_gradio_page_that_reports_to_nobody(scripted: Assistant) -> None:
    page = app(scripted)
    assert isinstance(page, gr.Blocks) and not page.analytics_enabled


# In the browser


class Server:
    """The page, open on a free port; `restart` puts another server in its place that knows nothing of any visitor."""

    def __init__(self, assistant: Assistant, **more: Any):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.more, self.address = more, f"http://127.0.0.1:{self.port}/"
        self.page = start(assistant, "127.0.0.1", self.port, **more)

    def restart(self, assistant: Assistant) -> None:
        """Close the page and open it anew."""
        self.page.close()
        self.page = start(assistant, "127.0.0.1", self.port, **self.more)


@pytest.fixture(scope="session")
def server(scripted: Assistant) -> Iterator[Server]:
    server = Server(scripted)
    yield server
    server.page.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


class Visitor:
    """Opens the page as somebody with a language and a screen; keeps every request that leaves the machine."""

    def __init__(self, browser: Browser, address: str):
        self.browser, self.address, self.outside, self.errors = browser, address, list[str](), list[str]()

    def opens(self, language: str = "en", width: str = "desk", scheme: Any = "light", at: str = "") -> Page:
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
        page.goto(self.address + at)
        page.wait_for_selector(".welcome", state="attached")
        return page


@pytest.fixture
def visitor(browser: Browser, server: Server) -> Iterator[Visitor]:
    visitor = Visitor(browser, server.address)
    yield visitor
    for context in browser.contexts:
        context.close()
    assert visitor.outside == [] and visitor.errors == []


@pytest.fixture(scope="module")
def shared(seed_index: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page with own documents and thumbs, over an index of its own."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(seed_index.folder, folder / "index")
    settings = Settings(index=folder / "index", own=folder / "own", feedback=folder / "feedback.jsonl")
    assistant = open_assistant(settings)
    server = Server(assistant, library=open_library(settings, assistant), feedback=settings.feedback)
    yield server
    server.page.close()


@pytest.fixture
def guest(browser: Browser, shared: Server) -> Iterator[Visitor]:
    """Somebody at the page with own documents; leaves it without any."""
    guest = Visitor(browser, shared.address)
    yield guest
    for context in browser.contexts:
        context.close()
    library: Library = shared.more["library"]
    assert library.wait(120)
    for file in library.files():
        library.remove(file.name)
    assert library.wait(120)
    assert guest.outside == [] and guest.errors == []


def asks(page: Page, question: str) -> None:
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")


def answered(page: Page, turn: int = 1) -> None:
    page.wait_for_selector(f".turn:nth-child({turn})[data-state=done]", timeout=20_000)


def fits(page: Page) -> bool:
    """Nothing stands to the right of the screen, and the page does not scroll sideways."""
    inside = "[...document.querySelectorAll('#room *')].every(e => e.closest('.sr, .table') || e.getBoundingClientRect().right <= innerWidth + 1)"
    return bool(page.evaluate(f"document.documentElement.scrollWidth <= innerWidth && {inside}"))


def looked_at(page: Page, name: str, folder: Path) -> list[str]:
    """A picture of the page, and what keeps people out of it."""
    page.wait_for_timeout(250)
    page.screenshot(path=folder / f"{name}.png")
    assert fits(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{name}: {v['id']} {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", CHARGER)
def test_a_question_is_answered_and_its_source_opened(
    visitor: Visitor, scripted: Assistant, language: str, width: str
) -> None:
    citation = scripted.answer(CHARGER[language]).citations[0]
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
    expect(page.locator("mark")).to_be_in_viewport()
    assert fits(page)


@pytest.mark.browser
def test_a_citation_is_copied_as_text_and_as_markdown(visitor: Visitor) -> None:
    page = visitor.opens("zh")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".example").first.click()
    answered(page)
    page.locator(".card .mark").first.click()
    quote = page.locator("#source mark").text_content() or "?"
    for name, begins in (("复制引文", "“"), ("复制 Markdown", "> ")):
        page.locator("#source").get_by_role("button", name=name).click()
        page.wait_for_selector(f"#source .copy[data-done]:has-text('{name}')")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(begins + quote) and "重庆市促进汽车产业平稳增长政策措施" in copied
    expect(page.locator("#said")).to_have_text("已复制")
    page.keyboard.press("Escape")
    page.wait_for_selector(".source.empty", state="attached")
    assert page.evaluate("document.activeElement.className") == "mark"


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_the_whole_document_is_there_and_the_quote_in_sight(visitor: Visitor, width: str, tmp_path: Path) -> None:
    page = visitor.opens("zh", width)
    asks(page, "低空经济 2027年 起降点目标多少个")
    answered(page)
    page.locator(".card .mark").first.click()
    mark = page.locator("#source .cited mark").first
    expect(mark).to_be_in_viewport()
    page.screenshot(path=tmp_path / "quote.png")
    page.locator("#source").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(mark).not_to_be_in_viewport()
    assert page.locator("#source table tbody tr").count() >= 25
    assert fits(page)
    page.screenshot(path=tmp_path / "tables.png")
    page.get_by_role("button", name="回到引文").click()
    expect(mark).to_be_in_viewport()


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
    assert page.locator(".turn").count() == 0 and page.locator("#question").input_value() == "x" * 2001


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
def test_clearing_holds_while_the_next_questions_are_sought(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> tuple[str, ...]:
        time.sleep(1.5)
        return ()

    monkeypatch.setattr("assistant.web_desk.next_questions", slow)
    page = visitor.opens("en")
    asks(page, CHARGER["en"])
    answered(page)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector(".welcome")
    page.wait_for_timeout(2500)
    assert page.locator(".welcome").count() == 1 and page.locator(".turn").count() == 0


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
    page.get_by_role("tab", name="Look up").click()
    assert page.locator("select[name=kind] option").all_inner_texts()[0] == "All"


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


# Tabs, look-up, policies


@pytest.mark.browser
def test_tabs_by_link_by_keyboard_and_back(visitor: Visitor) -> None:
    page = visitor.opens("en", at="#policies")
    tab = page.get_by_role("tablist").get_by_role("tab", selected=True)
    expect(tab).to_have_accessible_name("Policies")
    expect(page.get_by_role("tabpanel", name="Policies")).to_be_visible()
    page.get_by_role("tab", name="Policies").focus()
    page.keyboard.press("ArrowLeft")
    expect(tab).to_have_accessible_name("Look up")
    page.keyboard.press("Home")
    expect(tab).to_have_accessible_name("Ask")
    page.keyboard.press("ArrowLeft")
    expect(tab).to_have_accessible_name("Policies")
    assert page.url.endswith("#policies") and page.locator("[role=tab][tabindex='0']").count() == 1
    page.go_back()
    expect(tab).to_have_accessible_name("Ask")
    expect(page.get_by_role("tabpanel")).to_have_count(1)


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_a_help_desk_looks_up_by_keyboard_alone(visitor: Visitor, width: str, tmp_path: Path) -> None:
    page = visitor.opens("zh", width, at="#lookup")
    page.keyboard.press("/")
    page.keyboard.type("充电桩补贴")
    hits = page.locator(".hit-open")
    expect(hits.first).to_be_visible()
    page.screenshot(path=tmp_path / "hits.png")
    assert fits(page)
    page.keyboard.press("ArrowDown")
    expect(hits.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(hits.nth(1)).to_be_focused()
    sentence = page.locator(".hit").nth(1).locator("mark").text_content()
    page.keyboard.press("Enter")
    expect(page.locator("#source mark")).to_have_text(sentence or "?")
    expect(page.locator("#source-title")).to_be_focused()
    page.screenshot(path=tmp_path / "open.png")
    page.keyboard.press("Escape")
    expect(page.locator("#source mark")).to_have_count(0)
    expect(hits.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#words")).to_be_focused()


@pytest.mark.browser
def test_filters_narrow_and_can_be_widened(visitor: Visitor) -> None:
    page = visitor.opens("en", at="#lookup")
    page.locator("#words").fill("充电桩")
    found = page.locator(".found")
    expect(found).to_contain_text("documents")
    everywhere = page.locator(".hit").count()
    page.get_by_label("Year").select_option("2022")
    expect(page.locator(".hit")).not_to_have_count(everywhere)
    assert 0 < page.locator(".hit").count() < everywhere
    page.locator("select[name=sort]").select_option("date")
    page.get_by_label("In force on").fill("1999-01-01")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("button", name="Clear all filters").click()
    expect(page.locator(".hit")).to_have_count(everywhere)
    page.locator("#words").fill("")
    expect(page.get_by_text("Results come as you type")).to_be_visible()


@pytest.mark.browser
def test_the_last_word_typed_is_the_one_found(visitor: Visitor) -> None:
    page = visitor.opens("zh", at="#lookup")
    page.locator("#words").press_sequentially("第三类医疗器械注册证", delay=60)
    expect(page.locator(".hit").first).to_contain_text("第三类医疗器械")
    assert page.locator(".hit mark").first.text_content()


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_policies_are_filtered_sorted_and_read(visitor: Visitor, width: str, tmp_path: Path) -> None:
    page = visitor.opens("en", width, at="#policies")
    rows = page.locator(".policies tbody tr:visible")
    total = rows.count()
    assert total == 29 and fits(page)
    page.screenshot(path=tmp_path / "policies.png")
    page.locator("#order").select_option("name")
    names = page.locator(".policy").all_inner_texts()
    page.locator("#order").select_option("passages")
    assert sorted(names) == sorted(page.locator(".policy").all_inner_texts()) != names
    page.keyboard.press("Escape")
    page.locator("#narrow").fill("江北区")
    expect(rows).to_have_count(1)
    rows.get_by_role("button").click()
    expect(page.locator("#source-title")).to_contain_text("江北区建设智造强区")
    page.screenshot(path=tmp_path / "policy.png")
    page.keyboard.press("Escape")
    page.locator("#narrow").fill("no such policy")
    expect(page.get_by_text("No document fits")).to_be_visible()


# Asking on, keeping, taking along


@pytest.mark.browser
def test_a_suggested_question_is_asked_by_a_click(visitor: Visitor) -> None:
    page = visitor.opens("en")
    asks(page, CHARGER["en"])
    answered(page)
    page.locator(".next .example").first.click()
    answered(page, 2)
    assert "Not in the documents" not in page.locator(".turn").nth(1).inner_text()
    assert page.locator(".turn").nth(0).locator(".next").count() == 0


@pytest.mark.browser
def test_a_conversation_survives_a_reload_and_a_restart_of_the_server(
    visitor: Visitor, server: Server, scripted: Assistant
) -> None:
    page = visitor.opens("zh")
    asks(page, CHARGER["zh"])
    answered(page)
    page.wait_for_selector(".next")
    before = page.locator(".turn").inner_text()
    page.reload()
    answered(page)
    assert page.locator(".turn").inner_text() == before
    page.wait_for_timeout(300)
    server.restart(scripted)
    page.reload()
    answered(page)
    page.locator(".card .mark").first.click()
    expect(page.locator("#source mark")).to_contain_text("350千瓦")
    page.keyboard.press("Escape")
    asks(page, "它什么时候到期?")
    answered(page, 2)
    assert "2022" in page.locator(".turn").nth(1).inner_text()
    page.get_by_role("button", name="清空对话").click()
    page.wait_for_selector(".welcome")
    page.wait_for_timeout(300)
    page.reload()
    page.wait_for_selector(".welcome")
    assert page.locator(".turn").count() == 0


@pytest.mark.browser
def test_who_types_while_the_source_panel_closes_stays_in_the_question_box(visitor: Visitor) -> None:
    page = visitor.opens("zh")
    asks(page, CHARGER["zh"])
    answered(page)
    page.locator(".card .mark").first.click()
    expect(page.locator("#source mark")).to_contain_text("350千瓦")
    page.keyboard.press("Escape")
    page.locator("#question").fill("它什么时候到期?")
    expect(page.locator("#source mark")).to_have_count(0)
    expect(page.locator("#question")).to_be_focused()


@pytest.mark.browser
@pytest.mark.parametrize(("button", "ending"), [("Export Markdown", ".md"), ("Export for printing", ".html")])
def test_a_conversation_is_taken_along(visitor: Visitor, tmp_path: Path, button: str, ending: str) -> None:
    page = visitor.opens("en")
    asks(page, CHARGER["en"])
    answered(page)
    for _ in range(2):  # the same conversation twice
        with page.expect_download() as coming:
            page.get_by_role("button", name=button).click()
        assert coming.value.suggested_filename.endswith(ending)
    coming.value.save_as(tmp_path / f"talk{ending}")
    text = (tmp_path / f"talk{ending}").read_text(encoding="utf-8")
    for part in ("140,000 yuan", "给予400元/千瓦的一次性建设补贴", "2022-07-28", "made automatically"):
        assert part in text
    if ending == ".html":
        page.goto((tmp_path / "talk.html").as_uri())
        page.screenshot(path=tmp_path / "printed.png", full_page=True)
        visitor.outside.clear()


# Own documents and thumbs

HOSTILE = "<img src=x onerror=\"document.title='hacked'\">\u202etxt.md"


def gives(page: Page, *files: Path | tuple[str, bytes]) -> None:
    """Choose files; all of them are then told of in the list."""
    before = page.locator(".own").count()
    sent: Any = [
        {"name": f.name, "mimeType": "", "buffer": f.read_bytes()}
        if isinstance(f, Path)
        else {"name": f[0], "mimeType": "", "buffer": f[1]}
        for f in files
    ]
    page.locator("#own-files").set_input_files(sent)
    expect(page.locator(".own")).to_have_count(before + len(files), timeout=20_000)
    expect(page.locator(".own-view")).to_have_attribute("data-busy", "false", timeout=60_000)


def own(page: Page, name: str) -> Any:
    return page.locator(".own").filter(has=page.get_by_role("heading", name=name, exact=True))


def removes(page: Page, name: str) -> None:
    own(page, name).locator("[data-own=remove]").click()
    page.get_by_role("dialog").locator("[value=remove]").click()
    expect(own(page, name)).to_have_count(0)
    expect(page.locator(".own-view")).to_have_attribute("data-busy", "false", timeout=60_000)


@pytest.mark.browser
def test_a_page_without_own_documents_and_feedback_shows_neither(visitor: Visitor) -> None:
    page = visitor.opens("en", at="#own")
    assert page.get_by_role("tab").all_inner_texts() == ["Ask", "Look up", "Policies"]
    expect(page.get_by_role("tabpanel", name="Ask")).to_be_visible()
    asks(page, CHARGER["en"])
    answered(page)
    assert page.locator(".rate").count() == 0
    reply = page.request.post(
        visitor.address + "gradio_api/upload",
        multipart={"files": {"name": "a.txt", "mimeType": "text/plain", "buffer": b"x" * 5000}},
    )
    assert reply.status == 413


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_own_files_are_read_asked_about_and_removed(guest: Visitor, policy: str, width: str, tmp_path: Path) -> None:
    (tmp_path / "办法.html").write_text(page_of(paragraphs(policy)), encoding="utf-8")
    word = docx.Document()
    for line in policy.replace("测试市", "样本县").replace("3号", "9号").splitlines():
        word.add_paragraph(line)
    word.save(str(tmp_path / "样本.docx"))
    page = guest.opens("zh", width)
    assert "29份" in page.locator(".welcome").inner_text()
    page.get_by_role("tab", name="我的文件").click()
    gives(page, printed(tmp_path / "办法.html"), tmp_path / "样本.docx")
    read = own(page, "办法.pdf").inner_text()
    for part in (
        "可以提问",
        "关于印发测试市充电设施补贴办法的通知",
        "渝测发〔2024〕3号",
        "2024-03-05",
        "2025-12-31",
        "段",
    ):
        assert part in read
    assert "渝测发〔2024〕9号" in own(page, "样本.docx").inner_text() and fits(page)
    page.screenshot(path=tmp_path / "own.png")
    # all the page knows of them, without being opened anew
    page.get_by_role("tab", name="政策").click()
    expect(page.locator(".policies tbody tr")).to_have_count(31)
    page.get_by_role("tab", name="查找").click()
    page.locator("select[name=issuer]").select_option("样本县能源局")
    page.locator("#words").fill("充电桩")
    expect(page.locator("#hits .found")).to_contain_text("1份文件")
    page.get_by_role("tab", name="提问").click()
    expect(page.locator(".welcome")).to_contain_text("31份")
    asks(page, "测试市超高压充电桩补贴多少")
    answered(page)
    assert "400元/千瓦" in page.locator(".card").inner_text() and "第1页" in page.locator(".sources").inner_text()
    page.locator(".card .mark").first.click()
    expect(page.locator("#source mark")).to_contain_text("350千瓦的超高压充电桩")
    expect(page.locator("#source .about div").filter(has_text="页码")).to_contain_text("1")
    page.screenshot(path=tmp_path / "pdf.png")
    if width == "phone":
        page.keyboard.press("Escape")
    page.get_by_role("tab", name="我的文件").click()
    removes(page, "办法.pdf")
    if width == "phone":
        page.get_by_role("tab", name="提问").click()
        page.locator(".card .mark").first.click()
    expect(page.locator("#source")).to_contain_text("这一处已不在其中")
    expect(page.locator("#source mark")).to_have_count(0)
    page.screenshot(path=tmp_path / "gone.png")
    page.keyboard.press("Escape")
    expect(page.locator(".source.empty")).to_have_count(1)


@pytest.mark.browser
def test_files_that_cannot_be_taken_get_a_sentence_and_the_others_are_read(guest: Visitor, policy: str) -> None:
    page = guest.opens("en", at="#own")
    gives(page, ("空.txt", b""), ("坏.pdf", b"%PDF-1.4 broken"), ("程序.exe", b"MZ"), ("大.txt", b"x" * 20_000_001),
          (HOSTILE, policy.encode()), ("同名.txt", policy.replace("测试", "东").encode()), ("同名.txt", policy.replace("测试", "西").encode()),
          ("另.txt", policy.replace("测试", "南").encode()))  # fmt: skip
    for name, told in (
        ("空.txt", "is empty"),
        ("坏.pdf", "is broken"),
        ("程序.exe", "cannot be read"),
        ("大.txt", "has 20.0 MB"),
    ):
        assert "Not read" in own(page, name).inner_text() and told in own(page, name).inner_text()
    for name, title in (("同名.txt", "东市"), ("同名 (2).txt", "西市"), ("另.txt", "南市")):
        assert "Ready" in own(page, name).inner_text() and title in own(page, name).inner_text()
    assert page.locator(".own img").count() == 0 and "hacked" not in page.title()
    assert "\u202e" not in page.locator("#own-list").inner_html() and fits(page)
    page.get_by_role("dialog").wait_for(state="hidden")
    own(page, "空.txt").locator("[data-own=remove]").click()
    page.keyboard.press("Escape")
    expect(own(page, "空.txt")).to_have_count(1)  # whoever does not say yes keeps it
    removes(page, "空.txt")


@pytest.mark.browser
def test_files_are_dropped_and_seen_by_others(guest: Visitor, shared: Server, policy: str) -> None:
    page, other = guest.opens("en", at="#own"), guest.opens("en", "phone", at="#own")
    files = page.evaluate_handle(
        "text => { const given = new DataTransfer(); for (const n of [1, 2]) given.items.add(new File([text.replaceAll('测试', '甲乙丙'[n])], `${n}.txt`)); return given; }",
        policy,
    )
    page.dispatch_event(".drop", "dragover", {"dataTransfer": files})
    assert page.locator(".drop[data-over]").count() == 1
    page.dispatch_event(".drop", "drop", {"dataTransfer": files})
    for somebody in (page, other):
        expect(somebody.locator(".own[data-state=ready]")).to_have_count(2, timeout=60_000)
    shared.more["library"].remove("1.txt")
    own(page, "2.txt").locator(".policy").click()
    expect(page.locator("#source-title")).to_contain_text("丙市")
    expect(page.locator(".own")).to_have_count(1, timeout=20_000)


@pytest.mark.browser
def test_a_file_that_does_not_arrive_is_said(guest: Visitor) -> None:
    page = guest.opens("en", at="#own")
    page.route("**/upload*", lambda route: route.abort())
    page.locator("#own-files").set_input_files([{"name": "a.txt", "mimeType": "", "buffer": b"x"}])
    expect(page.locator(".own-lost")).to_have_text("Could not be sent; please try again: a.txt", use_inner_text=True)
    assert page.locator(".own").count() == 0


def judged(shared: Server) -> list[dict[str, Any]]:
    file: Path = shared.more["feedback"]
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.is_file() else []


@pytest.mark.browser
def test_an_answer_is_judged_also_after_a_reload(guest: Visitor, shared: Server) -> None:
    page = guest.opens("en")
    asks(page, CHARGER["en"])
    answered(page)
    before = len(judged(shared))
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.locator(".told")).to_have_text("Thank you, noted.", use_inner_text=True)
    up = page.get_by_role("button", name="Helpful", exact=True, pressed=True)
    expect(up).to_be_focused()
    asks(page, "and for battery swap stations?")
    answered(page, 2)
    page.wait_for_timeout(1000)  # until the browser has it
    page.reload()
    answered(page, 2)
    expect(up).to_have_count(1)
    second = page.locator(".turn").nth(1)
    second.get_by_role("button", name="Not helpful").click()
    expect(second.locator(".why input")).to_be_focused()
    second.get_by_role("button", name="Cancel").click()
    expect(second.locator(".why")).to_be_hidden()
    second.get_by_role("button", name="Not helpful").click()
    page.keyboard.type("wrong <b>figure</b>")
    page.keyboard.press("Enter")
    expect(second.get_by_role("button", name="Not helpful", pressed=True)).to_be_focused()
    first, last = judged(shared)[before:]
    assert (first["verdict"], first["question"], first["history"]) == ("up", CHARGER["en"], [])
    assert (last["verdict"], last["reason"], len(last["history"])) == ("down", "wrong <b>figure</b>", 2)


@pytest.mark.browser
def test_a_judgement_that_cannot_be_kept_is_said_and_not_lost(guest: Visitor, shared: Server) -> None:
    page = guest.opens("en")
    asks(page, CHARGER["en"])
    answered(page)
    file: Path = shared.more["feedback"]
    kept = file.read_bytes() if file.is_file() else b""
    file.unlink(missing_ok=True)
    file.mkdir()
    page.get_by_role("button", name="Not helpful").click()
    page.keyboard.type("the cap is missing")
    page.keyboard.press("Enter")
    expect(page.locator(".told .bad")).to_contain_text("cannot be written")
    expect(page.locator(".why input")).to_have_value("the cap is missing")
    file.rmdir()
    file.write_bytes(kept)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".told")).to_have_text("Thank you, noted.", use_inner_text=True)
    assert judged(shared)[-1]["reason"] == "the cap is missing"


# For everybody


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", CHARGER)
def test_nobody_is_kept_out(visitor: Visitor, language: str, width: str, scheme: str, tmp_path: Path) -> None:
    page = visitor.opens(language, width, scheme)

    bad = looked_at(page, "welcome", tmp_path)
    asks(page, CHARGER[language])
    answered(page)
    page.wait_for_selector(".next")
    bad += looked_at(page, "answer", tmp_path)
    page.locator(".card .mark").first.click()
    page.wait_for_selector("#source mark")
    bad += looked_at(page, "source", tmp_path)
    page.locator("[data-do=close]").click()
    page.locator("#tab-lookup").click()
    bad += looked_at(page, "lookup", tmp_path)
    page.locator("#words").fill("牵头单位 低空")
    page.wait_for_selector(".hit")
    bad += looked_at(page, "hits", tmp_path)
    page.locator(".hit:has(.row-cells) .hit-open").first.click()
    page.wait_for_selector("#source tr.cited")
    bad += looked_at(page, "table", tmp_path)
    page.locator("[data-do=close]").click()
    page.locator("#words").fill("香蕉奶昔")
    page.wait_for_selector("#hits .hint .plain")
    bad += looked_at(page, "nothing", tmp_path)
    page.locator("#tab-policies").click()
    bad += looked_at(page, "policies", tmp_path)
    page.locator(".policy").nth(3).click()
    page.wait_for_selector(".source .about")
    bad += looked_at(page, "policy", tmp_path)
    assert bad == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", CHARGER)
def test_own_files_and_thumbs_keep_nobody_out(
    guest: Visitor, policy: str, language: str, width: str, scheme: str, tmp_path: Path
) -> None:
    page = guest.opens(language, width, scheme, at="#own")
    bad = looked_at(page, "none", tmp_path)
    page.locator("#own-files").set_input_files(
        [
            {"name": name, "mimeType": "", "buffer": policy.encode()}
            for name in ("补贴.txt", "a rather long name of a file with many words in it.md", "程序.exe")
        ]
    )
    expect(page.locator(".own")).to_have_count(3, timeout=20_000)
    bad += looked_at(page, "reading", tmp_path)
    expect(page.locator(".own-view")).to_have_attribute("data-busy", "false", timeout=60_000)
    bad += looked_at(page, "read", tmp_path)
    page.locator("[data-own=remove]").first.click()
    bad += looked_at(page, "sure", tmp_path)
    page.keyboard.press("Escape")
    page.locator("#tab-ask").click()
    asks(page, CHARGER[language])
    answered(page)
    page.wait_for_timeout(600)
    page.locator("[data-verdict=down]").click()
    bad += looked_at(page, "why", tmp_path)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-verdict=down][aria-pressed=true]")
    bad += looked_at(page, "thanks", tmp_path)
    assert bad == []


@pytest.mark.browser
def test_nothing_jumps(visitor: Visitor) -> None:
    page = visitor.opens("en")
    page.evaluate(
        "() => { window.moved = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.moved += e.value; }).observe({ type: 'layout-shift', buffered: true }); }"
    )
    asks(page, CHARGER["en"])
    answered(page)
    page.wait_for_selector(".next")
    page.locator(".card .mark").first.click()
    page.wait_for_selector("#source mark")
    page.locator("#tab-lookup").click()
    page.locator("#words").fill("hydrogen")
    page.wait_for_selector(".hit")
    page.locator("#tab-policies").click()
    page.wait_for_timeout(500)
    assert page.evaluate("window.moved") < 0.1
