"""The page in Chromium: ask, look up, read, copy, keep and take along, by mouse and by keyboard, in both languages, on a phone and on a desk."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.assistant import Assistant
from assistant.web import app, start
from index.errors import PolicyError

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

    def __init__(self, assistant: Assistant):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address, self.page = f"http://127.0.0.1:{self.port}/", start(assistant, "127.0.0.1", self.port)

    def restart(self, assistant: Assistant) -> None:
        """Close the page and open it anew."""
        self.page.close()
        self.page = start(assistant, "127.0.0.1", self.port)


@pytest.fixture(scope="session")
def server(scripted: Assistant) -> Iterator[Server]:
    server = Server(scripted)
    yield server
    server.page.close()


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
def visitor(chromium: Browser, server: Server) -> Iterator[Visitor]:
    visitor = Visitor(chromium, server.address)
    yield visitor
    for context in chromium.contexts:
        context.close()
    assert visitor.outside == [] and visitor.errors == []


def asks(page: Page, question: str) -> None:
    page.locator("#question").fill(question)
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


# For everybody


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", CHARGER)
def test_nobody_is_kept_out(visitor: Visitor, language: str, width: str, scheme: str, tmp_path: Path) -> None:
    page = visitor.opens(language, width, scheme)

    def looked_at(name: str) -> list[str]:
        page.wait_for_timeout(250)
        page.screenshot(path=tmp_path / f"{name}.png")
        assert fits(page)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [
            f"{name}: {v['id']} {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")
        ]

    bad = looked_at("welcome")
    asks(page, CHARGER[language])
    answered(page)
    page.wait_for_selector(".next")
    bad += looked_at("answer")
    page.locator(".card .mark").first.click()
    page.wait_for_selector("#source mark")
    bad += looked_at("source")
    page.locator("[data-do=close]").click()
    page.locator("#tab-lookup").click()
    bad += looked_at("lookup")
    page.locator("#words").fill("牵头单位 低空")
    page.wait_for_selector(".hit")
    bad += looked_at("hits")
    page.locator(".hit:has(.row-cells) .hit-open").first.click()
    page.wait_for_selector("#source tr.cited")
    bad += looked_at("table")
    page.locator("[data-do=close]").click()
    page.locator("#words").fill("香蕉奶昔")
    page.wait_for_selector("#hits .hint .plain")
    bad += looked_at("nothing")
    page.locator("#tab-policies").click()
    bad += looked_at("policies")
    page.locator(".policy").nth(3).click()
    page.wait_for_selector(".source .about")
    bad += looked_at("policy")
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
