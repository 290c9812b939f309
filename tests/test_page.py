"""What the page shows and what its events do: escaping, the answer card, the source panel, look-up, policies, keeping and exporting."""

import json
import re
from dataclasses import replace
from datetime import date
from html import escape, unescape
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from assistant.answers import Answer, Citation, Notice
from assistant.assistant import Assistant
from assistant.kept import Exchange, keep, turns
from assistant.library import Library, OwnFile, Understood
from assistant.lookup import Wanted, choices
from assistant.page import badge, cells, cited_as, plain_markdown, quote_span
from assistant.page_ask import conversation
from assistant.page_export import as_markdown, as_page
from assistant.page_lookup import hits_list, look_up_form
from assistant.page_own import own_list
from assistant.page_policies import policies_table
from assistant.page_source import source_panel
from assistant.web_desk import EXAMPLES, Desk, reading_order
from index.errors import PolicyError
from index.search import Index

CHARGER = {"zh": "350千瓦的充电桩补贴多少", "en": "what subsidy applies to a 350kW charger"}
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def desk(scripted: Assistant) -> Desk:
    return Desk(scripted)


@pytest.fixture(scope="module")
def answer(scripted: Assistant) -> Answer:
    return scripted.answer(CHARGER["zh"])


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def visible(html: str) -> str:
    """The words of a page without tags and white space."""
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", html)))


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
        citation.document, [citation.passage], {}, TODAY, citation
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
    assert visible(page).count(answer.citations[0].document.name) == 1


@pytest.mark.parametrize(
    ("in_force", "until", "words"),
    [
        (True, date(2027, 12, 31), "有效期至2027年12月31日"),
        (False, date(2022, 12, 31), "Ran out on 31 December 2022"),
        (None, None, "未写明期限"),
        (False, date(2029, 1, 1), "Not yet in force"),
    ],
)
def test_the_badge_says_whether_a_policy_holds(in_force: bool | None, until: date | None, words: str) -> None:
    assert words in badge(until, in_force, TODAY)


def test_of_two_equal_sentences_the_one_on_the_cited_line_is_marked(answer: Answer) -> None:
    citation = answer.citations[0]
    passage = replace(citation.passage, raw="同一句。\n另一句。\n同一句。", line_start=10)
    assert quote_span(replace(citation, passage=passage, quote="同一句。", line_start=12)) == (10, 14)
    assert quote_span(replace(citation, passage=passage, quote="没有", line_start=12)) == (0, 0)


@pytest.mark.parametrize("markdown", [False, True])
def test_a_copied_citation_holds_quote_title_number_date_place(scripted: Assistant, markdown: bool) -> None:
    citation = next(c for c in scripted.answer("第三类医疗器械注册证最高奖励多少").citations)
    copied = cited_as(citation, markdown)
    place = f"{citation.passage.source}:{citation.line_start}"
    for part in (citation.quote, citation.document.name, "渝府办发〔2025〕2号", "2025-01-06", place):
        assert part in copied
    assert copied.startswith("> ") == markdown


def test_the_generator_is_named_and_every_notice_is_shown(answer: Answer) -> None:
    notices = tuple(Notice(kind, f"something {kind}") for kind in ("expired", "partial", "conflict", "brand-new"))
    for generator, language, words in (
        ("quote", "zh", "不用语言模型"),
        ("quote", "en", "no language model"),
        ("local:qwen", "en", "Generator: local:qwen"),
    ):
        shown = replace(answer, notices=notices, generator=generator, language=language)
        page = conversation([Exchange("q", shown, "done", day=date.today())], "")
        assert words in page and all(n.text in page for n in notices)


def test_an_answer_of_another_day_says_so(answer: Answer) -> None:
    page = conversation([Exchange("q", replace(answer, language="en"), "done", day=date(2020, 1, 2))], "")
    assert "Made automatically on 2020-01-02" in page


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
    cleared, page, panel, kept = desk.clear(exchanges)
    assert cleared == kept == [] and "welcome" in page and "empty" in panel


def test_what_ends_after_clearing_brings_nothing_back(desk: Desk) -> None:
    exchanges, _ = ask(desk, CHARGER["zh"])
    growing = desk.ask(exchanges, event(question="slow"))
    next(growing)
    desk.clear(exchanges)
    page, kept = desk.settle(exchanges)
    assert list(growing) == [] and exchanges == kept == [] and "welcome" in page


def test_a_question_asked_before_the_kept_ones_arrive_stays(desk: Desk, answer: Answer) -> None:
    exchanges, _ = ask(desk, CHARGER["zh"])
    restored, _ = desk.restore(keep([Exchange("before", answer, "done", day=TODAY)]), exchanges)
    assert [exchange.question for exchange in restored] == [CHARGER["zh"]]


# The source panel


@pytest.mark.parametrize(
    "said",
    [
        {"passage": "nowhere", "start": 0, "end": 5},
        {"passage": ["x"], "start": 0, "end": 5},
        {"document": "nowhere"},
        {"document": {}, "passage": "0"},
    ],
)
def test_a_source_that_is_not_there_is_said(desk: Desk, said: dict[str, Any]) -> None:
    assert "no longer among them" in desk.open(event(**said))


@pytest.mark.parametrize("said", [{}, {"passage": "", "document": None}])
def test_nothing_named_closes_the_panel(desk: Desk, said: dict[str, Any]) -> None:
    assert "source empty" in desk.open(event(**said)) and "no longer" not in desk.open(event(**said))


@pytest.mark.parametrize(("start", "end"), [(None, 3), ("x", "y"), ("9" * 5000, 1), ({}, [])])
def test_a_span_that_is_none_opens_nothing(desk: Desk, answer: Answer, start: Any, end: Any) -> None:
    said = event(passage=answer.citations[0].passage.id, start=start, end=end)
    assert 'data-key="gone"' in desk.open(said)


@pytest.mark.parametrize(("start", "end"), [(-5, 3), (10**6, 10**7), (5, 2)])
def test_a_span_outside_the_passage_does_no_harm(desk: Desk, answer: Answer, start: int, end: int) -> None:
    panel = desk.open(event(passage=answer.citations[0].passage.id, start=start, end=end))
    assert answer.citations[0].document.name in panel


def test_a_mark_opens_the_whole_document_at_the_very_sentence(desk: Desk, answer: Answer) -> None:
    page = conversation([Exchange(answer.question, answer, "done")], "")
    mark = next(re.finditer(r'class="mark" (data-[^>]*)>', page))[1]
    panel = desk.open(event(**dict(re.findall(r'data-(\w+)="([^"]*)"', mark))))
    citation = answer.citations[0]
    assert [visible(m) for m in re.findall(r"<mark>(.*?)</mark>", panel)] == [visible(citation.quote)]
    words = visible(panel)
    assert all(visible(p.text) in words for p in reading_order(desk.index, citation.document))


def test_a_document_in_two_files_is_whole_in_both(desk: Desk) -> None:
    passage = next(p for p in desk.index.passages if p.further)
    second = desk.index.documents[passage.further[0].document_id]
    assert passage.document_id != second.id
    assert visible(passage.text) in visible(desk.open(event(document=second.id)))


def test_every_document_opens_with_all_its_words(desk: Desk) -> None:
    for document in desk.index.documents.values():
        panel = visible(desk.open(event(document=document.id)))
        order = reading_order(desk.index, document)
        assert order
        for passage in order:
            parts = [value for _, value in cells(passage)] if "row" in passage.kind else passage.text.split("\n")
            assert [part for part in parts if re.sub(r"\s+", "", part) not in panel] == []


def test_rows_of_a_table_stand_together(desk: Desk) -> None:
    rows = [p for p in desk.index.passages if p.kind == "row"]
    document = desk.index.documents[
        max(rows, key=lambda p: sum(q.document_id == p.document_id for q in rows)).document_id
    ]
    mine = [p for p in rows if p.document_id == document.id]
    panel = desk.open(event(document=document.id))
    assert panel.count("<table") < len(mine) / 10 and panel.count("<tr>") >= len(mine)
    columns = [column for column, _ in cells(mine[0])]
    assert all(f'<th scope="col">{column}</th>' in panel for column in columns)


def test_a_cited_row_is_marked_and_its_cells_in_the_file_are_shown(desk: Desk) -> None:
    row = next(p for p in desk.index.passages if p.kind == "row" and "\n" in p.raw)
    panel = desk.open(event(passage=row.id, start=0, end=len(row.raw)))
    marked = re.findall(r"<mark>(.*?)</mark>", panel)
    assert marked == [value for _, value in cells(row)] and panel.count('class="cited"') == 1
    assert " │ ".join(line.strip() for line in row.raw.split("\n") if line.strip()) in panel


def test_the_panel_names_further_places(desk: Desk) -> None:
    passage = next(p for p in desk.index.passages if p.further and "row" not in p.kind)
    panel = desk.open(event(passage=passage.id, start=0, end=3))
    assert "The same text also stands in" in panel and passage.further[0].source in panel


# Look up


@pytest.mark.parametrize("words", ["充电桩补贴", "charger subsidy"])
def test_a_look_up_marks_the_sentence_and_tells_the_policy(desk: Desk, words: str) -> None:
    page = desk.look_up(event(words=words))
    first = page.split('class="hit"')[1]
    for part in (
        "<mark>",
        "充电桩",
        "重庆市促进汽车产业平稳增长政策措施",
        "2022-07-28",
        "Ran out on 31 December 2022",
        'data-do="copy"',
    ):
        assert part in first


def test_a_hit_opens_at_its_sentence(desk: Desk) -> None:
    page = desk.look_up(event(words="换电站"))
    opened = re.findall(r'data-(\w+)="([^"]*)"', page.split('class="hit-open" ')[1].split(">")[0])
    panel = desk.open(event(**dict(opened)))
    assert re.findall(r"<mark>(.*?)</mark>", panel)[0] == re.findall(r"<mark>(.*?)</mark>", page)[0]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Results come as you type"),
        ({"words": "  "}, "Results come as you type"),
        ({"words": "香蕉奶昔"}, "Say it in other words"),
        ({"words": "充电桩", "year": "1999"}, "Widen the filters"),
        ({"words": "充电桩", "day": "2015-01-01"}, "Widen the filters"),
        ({"words": ["充电桩"]}, "Results come as you type"),
    ],
)
def test_what_is_not_found_says_what_to_do(desk: Desk, said: dict[str, Any], words: str) -> None:
    assert words in desk.look_up(event(**said))


def test_a_look_up_that_fails_says_why(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise PolicyError("the encoder is gone; run: policy-assistant index <now>")

    monkeypatch.setattr(desk.index, "search", gone)
    assert "policy-assistant index &lt;now&gt;" in desk.look_up(event(words="充电桩"))


def test_a_filter_that_is_none_is_no_filter(desk: Desk) -> None:
    said = {"words": "充电桩", "day": "not a day", "sort": {}, "issuer": None, "year": 2022}
    assert desk.look_up(event(**said)) == desk.look_up(event(words="充电桩"))


def test_a_look_up_escapes_what_documents_hold(answer: Answer) -> None:
    page = hits_list(Wanted("x"), [hostile(answer.citations[0])], TODAY)
    assert "<script" not in page and "&lt;script&gt;" in page


def test_the_form_offers_what_the_documents_hold(desk: Desk) -> None:
    form = look_up_form(choices(desk.index.documents.values()), 100)
    for document in desk.index.documents.values():
        for value in (*document.issuers, document.kind, document.region or "", str(document.issued_on or "")[:4]):
            assert f'<option value="{value}"' in form


# Policies


def test_every_policy_is_listed_with_its_facts(desk: Desk) -> None:
    page = desk.policies()
    for document in desk.index.policies:
        row = page.split(f'data-document="{document.id}"')[1].split("</tr>")[0]
        for part in (
            document.name,
            document.document_number or "",
            "、".join(document.issuers),
            str(document.issued_on or ""),
        ):
            assert part in row
        assert f"{len(reading_order(desk.index, document))} passage" in row and 'role="img"' in row
        assert (
            f"<title>{document.effective_from or document.issued_on or '?'} – {document.valid_until or '?'}</title>"
            in row
        )


def test_the_time_line_puts_days_where_they_belong(desk: Desk) -> None:
    known = next(iter(desk.index.documents.values()))
    spans = [(date(2020, 1, 1), date(2021, 12, 31)), (date(2022, 1, 1), date(2029, 12, 31))]
    documents = [replace(known, issued_on=a, effective_from=a, valid_until=b) for a, b in spans]
    page = policies_table([(document, 1) for document in documents], TODAY)
    bars = {
        kind: (float(x), float(wide))
        for kind, x, wide in re.findall(r'<rect class="(\w+)" x="([\d.]+)%" .*?width="([\d.]+)%"', page)
    }
    assert bars["past"] == pytest.approx((0, 20), abs=0.1) and bars["now"] == pytest.approx((20, 80), abs=0.1)


# What to ask next


@pytest.mark.parametrize("language", CHARGER)
def test_what_is_offered_next_is_answered(desk: Desk, scripted: Assistant, language: str) -> None:
    exchanges, _ = ask(desk, CHARGER[language])
    page, _ = desk.settle(exchanges)
    offered = exchanges[0].suggested
    assert 1 <= len(offered) <= 3 and all(question in page for question in offered)
    for question in offered:
        found = scripted.answer(question, turns(exchanges))
        assert found.status == "answered" and found.language == language
        assert found.citations[0].document == exchanges[0].answer.citations[0].document  # type: ignore[union-attr]


def test_nothing_is_offered_after_a_refusal(desk: Desk) -> None:
    exchanges, _ = ask(desk, "香蕉奶昔怎么做")
    assert desk.settle(exchanges)[0].count("Ask next") == 0 and exchanges[0].suggested == ()


def test_what_was_asked_is_not_offered_again(desk: Desk) -> None:
    exchanges, _ = ask(desk, CHARGER["en"])
    desk.settle(exchanges)
    first = exchanges[0].suggested[0]
    ask(desk, first, exchanges)
    desk.settle(exchanges)
    assert first not in exchanges[1].suggested


# Keeping and taking along


def test_a_conversation_survives_the_page_and_the_server(desk: Desk, seed_index: Index) -> None:
    exchanges, _ = ask(desk, CHARGER["zh"])
    ask(desk, "第三类医疗器械注册证最高奖励多少?", exchanges)
    page, kept = desk.settle(exchanges)
    again = Desk(Assistant(Index.open(seed_index.folder)))  # another server
    restored, shown = again.restore(json.loads(json.dumps(kept)), [])
    assert shown == page and [e.answer.citations for e in restored if e.answer] == [
        e.answer.citations for e in exchanges if e.answer
    ]
    assert turns(restored) == turns(exchanges)


@pytest.mark.parametrize(
    "kept",
    [None, "x", 3, {}, [None], [{}], [{"answer": None}], [{"answer": {"citations": [{}]}}], [[]], [{"answer": []}]],
)
def test_what_a_browser_did_not_keep_is_left_out(desk: Desk, kept: object) -> None:
    restored, page = desk.restore(kept, [])
    assert restored == [] and "welcome" in page


def test_a_place_that_is_gone_is_said(desk: Desk, answer: Answer) -> None:
    kept = keep([Exchange(answer.question, answer, "done", day=TODAY)])
    kept[0]["answer"]["citations"][0]["quote"] = "这句话不在任何文件里"
    restored, page = desk.restore(kept, [])
    assert restored[0].lost and "no longer among the documents" in page and answer.text.split("[1]")[0] in page


def test_only_answers_are_kept(desk: Desk) -> None:
    exchanges, _ = ask(desk, "refused")
    exchanges.append(Exchange("running"))
    assert desk.settle(exchanges)[1] == []


@pytest.mark.parametrize("form", ["markdown", "html"])
@pytest.mark.parametrize(("language", "words"), [("zh", "以政策原文为准"), ("en", "made automatically")])
def test_an_export_holds_every_citation_whole(desk: Desk, form: str, language: str, words: str) -> None:
    exchanges, _ = ask(desk, CHARGER["zh"])
    page = desk.export(exchanges, event(form=form, language=language))
    text = unescape(unescape(page))
    citation = exchanges[0].answer.citations[0]  # type: ignore[union-attr]
    for part in (
        words,
        exchanges[0].question,
        citation.quote,
        citation.document.name,
        "2022-07-28",
        f"{citation.passage.source}:{citation.line_start}",
        "2022-12-31",
    ):
        assert part in text.replace("\\", "")


def test_an_export_escapes_what_is_in_it(answer: Answer) -> None:
    citation = hostile(answer.citations[0])
    bad = [
        Exchange(
            "<b>q</b>",
            replace(answer, text="<b>t</b> [1]", citations=(citation,), generator="<b>m</b>"),
            "done",
            day=TODAY,
        )
    ]
    page = as_page(bad, "en", TODAY)
    assert "<script" not in page and "<b>" not in page
    assert "<b>" not in as_markdown(bad, "en", TODAY).replace(r"\<b", "")


def test_markdown_shows_signs_as_they_are() -> None:
    assert plain_markdown("*a* [b](c) <d> `e` _f_") == r"\*a\* \[b\](c) \<d\> \`e\` \_f\_"


# The rest


@pytest.mark.parametrize(
    ("language", "question", "words"),
    [(*e, w) for e, w in zip(EXAMPLES, ("14万元", "140,000 yuan", "300万元", "1,500", "3%", "100%"), strict=True)],
)
def test_the_examples_are_answered_right(scripted: Assistant, language: str, question: str, words: str) -> None:
    answer = scripted.answer(question)
    assert (answer.status, answer.language) == ("answered", language) and answer.citations
    assert words in answer.text


# Own documents and thumbs


def test_own_files_are_shown_as_text_with_what_was_understood() -> None:
    name = "<b>\u202eфайл</b>.txt"
    read = Understood("1", "<script>通知</script>", None, date(2024, 3, 5), None, 1)
    page = own_list([OwnFile(name, "ready", "", (read,)), OwnFile("x.pdf", "failed", "<i>broken</i>")], False, 1.0, "7")
    assert "<script>" not in page and "<i>" not in page and "<b>\u202e" not in page
    shown = visible(page)
    assert "<b>файл</b>.txt" in shown and "未写明" in shown and "2024-03-05" in shown and "<i>broken</i>" in shown
    assert f'data-name="{escape(name)}"' in page  # removed under the name that it has


@pytest.mark.parametrize("path", [None, 5, "", "\0", "/etc/hostname", "seeds/README.md", "../../etc/hostname"])
def test_the_page_cannot_be_made_to_take_a_file_of_the_machine(scripted: Assistant, tmp_path: Path, path: Any) -> None:
    library = Library(tmp_path / "own", scripted, lambda *_: scripted.index)
    Desk(scripted, library).add([], event(name="a.txt", path=path))
    assert library.files() == [] and not (tmp_path / "own").exists()


@pytest.mark.parametrize("said", [{}, {"turn": 7}, {"turn": "-1"}, {"turn": 0, "verdict": "best"}, {"turn": []}])
def test_a_judgement_of_nothing_is_not_kept(scripted: Assistant, answer: Answer, tmp_path: Path, said: Any) -> None:
    desk = Desk(scripted, None, tmp_path / "feedback.jsonl")
    desk.rate([Exchange(answer.question, answer, "done")], event(**{"verdict": "up", **said}))
    assert not (tmp_path / "feedback.jsonl").exists()


def test_a_judgement_outlives_the_page(scripted: Assistant, answer: Answer, tmp_path: Path) -> None:
    desk = Desk(scripted, None, tmp_path / "feedback.jsonl")
    done = Exchange(answer.question, answer, "done", suggested=())
    page, kept = desk.rate([done], event(turn=0, verdict="down", reason=None))
    assert "谢谢" in visible(page) and 'data-verdict="down" aria-pressed="true"' in page
    _, again = desk.restore(json.loads(json.dumps(kept)), [])
    assert 'data-verdict="down" aria-pressed="true"' in again and "谢谢" not in again
    kept[0]["verdict"] = "<script>"
    assert 'aria-pressed="true"' not in desk.restore(kept, [])[1]


def test_an_answer_is_judged_once_nothing_comes_behind_it(scripted: Assistant, tmp_path: Path) -> None:
    desk = Desk(scripted, None, tmp_path / "feedback.jsonl")
    exchanges, page = ask(desk, CHARGER["zh"])
    assert exchanges[0].state == "done" and "data-verdict" not in page
    growing = desk.ask(exchanges, event(question="slow"))
    next(growing)
    page, _ = desk.settle(exchanges)  # the first answer's, while the second is being made
    assert page.count('data-verdict="up"') == 1 and exchanges[1].suggested is None
    list(growing)
    assert desk.settle(exchanges)[0].count('data-verdict="up"') == 2
