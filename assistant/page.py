"""What the chat page shows, as HTML. Whatever comes from documents, users or file names is escaped here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from assistant.answers import Answer, Citation
from assistant.wording import day
from index.documents import Document
from index.passages import Passage

_MARK = re.compile(r"\[(\d{1,3})\]")
_QUOTING = re.compile(r"(?P<label>[^「]{0,60})「(?P<quote>.+)」(?P<marks>(?:\[\d{1,3}\])+)")
_BREAK = re.compile(r"\n\s*")
_LEAD_CHARS = 160
_LANG = {"zh": "zh-CN", "en": "en"}


@dataclass(slots=True, eq=False)
class Exchange:
    """A question and what became of it. state: pending, done, stopped, failed; `problem` is HTML in both languages."""

    question: str
    answer: Answer | None = None
    state: str = "pending"
    problem: str = ""


def both(chinese: str, english: str) -> str:
    """The page's own words in both languages; the style sheet shows the chosen one."""
    return f'<span class="zh" lang="zh-CN">{chinese}</span><span class="en" lang="en">{english}</span>'


def notice(kind: str, about: object = "") -> str:
    """What goes wrong, said so that the visitor can mend it."""
    match kind:
        case "empty":
            return both("请先写下问题。", "Please write a question first.")
        case "long":
            return both(
                f"问题最多{about}个字，请缩短后再问。",
                f"A question may have {about} characters at most; please shorten it.",
            )
        case "gone":
            return both("这个答案已不在本页，请重新提问。", "This answer is no longer at hand; please ask again.")
        case "said":
            return f'<span dir="auto">{escape(str(about))}</span>'
    return both(
        "程序出错，未能回答；详情见服务日志。请再试一次。",
        "Something went wrong in the program and the answer is lost; the log has the details. Please ask again.",
    )


def header() -> str:
    """The name of the page, the language switch and the switch for light and dark."""
    return (
        f'<header class="bar"><h1>{both("政策助手", "Policy assistant")}</h1><div class="bar-tools">'
        '<div class="switch" role="group" aria-label="语言 / Language">'
        '<button type="button" data-do="language" data-language="zh" lang="zh-CN">中文</button><button type="button" data-do="language" data-language="en" lang="en">English</button></div>'
        f'<button type="button" class="icon" data-do="theme"><span aria-hidden="true">◐</span><span class="sr">{both("切换深色或浅色", "Switch between light and dark")}</span></button></div></header>'
    )


def composer(limit: int) -> str:
    """The question box with send, stop and clear, and the line that the original counts."""
    return (
        f'<form class="ask-form" novalidate><label class="sr" for="question">{both("您的问题", "Your question")}</label>'
        f'<textarea id="question" rows="1" data-limit="{limit}" aria-describedby="ask-problem" data-zh="用中文或英文提问" data-en="Ask in Chinese or English"></textarea>'
        f'<div class="ask-row"><button type="button" class="quiet" data-do="clear">{both("清空对话", "Clear")}</button><span class="count" aria-hidden="true"></span>'
        f'<button type="button" class="stop" data-do="stop">{both("停止", "Stop")}</button><button type="submit" class="send">{both("提问", "Ask")}</button></div></form>'
        f'<p id="ask-problem" class="problem" role="alert"><span data-problem="empty" hidden>{notice("empty")}</span><span data-problem="long" hidden>{notice("long", limit)}</span></p>'
        f'<p class="remark">{both("回答由程序自动生成，以政策原文为准。", "Answers are made automatically; only the originals count.")}</p>'
        '<p class="sr" role="status" id="said"></p>'
    )


def welcome(policies: int, passages: int, examples: Sequence[tuple[str, str]]) -> str:
    """What stands in the empty conversation: what can be asked, and examples as (language, question)."""
    groups = "".join(
        f'<ul class="asked-{language}">{"".join(_example(question, language) for tongue, question in examples if tongue == language)}</ul>'
        for language in ("zh", "en")
    )
    searched = both(
        f"从{policies}份政策文件的{passages:,}个段落中查找答案，每个答案都标出原文出处。",
        f"Answers come from {passages:,} passages of {policies} policy documents, and every answer shows its place in the original.",
    )
    return (
        f'<div class="welcome"><h2>{both("问政策，看原文", "Ask about a policy, see the original")}</h2>'
        f"<p>{searched}</p>"
        f'<h3 id="examples">{both("可以这样问", "For example")}</h3><div class="examples" role="group" aria-labelledby="examples">{groups}</div></div>'
    )


def _example(question: str, language: str) -> str:
    return f'<li><button type="button" class="example" data-do="example" lang="{_LANG[language]}">{escape(question)}</button></li>'


def conversation(exchanges: Sequence[Exchange], empty: str) -> str:
    """The whole conversation; `empty` stands there before the first question."""
    turns = "".join(_turn(i, exchange) for i, exchange in enumerate(exchanges))
    return f'<div class="turns" role="log" aria-label="问答 / Conversation">{turns or empty}</div>'


def _turn(turn: int, exchange: Exchange) -> str:
    asked = f'<div class="question" dir="auto"><span class="sr">{both("问题：", "Question: ")}</span>{escape(exchange.question)}</div>'
    if exchange.problem:
        card = f'<div class="card failed">{exchange.problem}</div>'
    elif exchange.answer:
        card = _card(turn, exchange.answer)
    elif exchange.state == "pending":
        card = f'<div class="card waiting"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> {both("正在查找原文……", "Looking in the documents …")}</div>'
    else:
        card = ""
    if exchange.state == "stopped":
        card += f'<p class="ended">{both("已停止。", "Stopped.")}</p>'
    busy = ' aria-busy="true"' if exchange.state == "pending" else ""
    return f'<article class="turn" data-state="{exchange.state}"{busy}>{asked}{card}</article>'


def _card(turn: int, answer: Answer) -> str:
    notices = "".join(f'<p class="notice {escape(n.kind)}" role="note">{escape(n.text)}</p>' for n in answer.notices)
    return (
        f'<div class="card" lang="{_LANG[answer.language]}">{_status(answer)}{_understood(answer)}<div class="words">{_words(turn, answer)}</div>'
        f"{notices}{facts_table(turn, answer.facts, answer.citations)}{_sources(turn, answer)}{_made(answer)}</div>"
    )


def _status(answer: Answer) -> str:
    if answer.status == "answered":
        badges = [badge(c) for c in answer.citations]
    elif answer.status == "not_covered":
        badges = [f'<span class="badge none">{both("资料中没有答案", "Not in the documents")}</span>']
    else:
        badges = [f'<span class="badge none">{both("请把问题说完整", "Please say more")}</span>']
    return f'<div class="badges">{"".join(dict.fromkeys(badges))}</div>'


def badge(citation: Citation, today: date | None = None) -> str:
    """Whether the cited policy holds: in force, ran out on a day, not yet in force, period not stated."""
    until = citation.valid_until
    chinese, english = (day(until, "zh"), day(until, "en")) if until else ("", "")
    if citation.in_force and until:
        kind, words = "good", both(f"有效期至{chinese}", f"In force until {english}")
    elif citation.in_force is None:
        kind, words = "none", both("未写明期限", "Period not stated")
    elif until and until < (today or date.today()):
        kind, words = "bad", both(f"已于{chinese}到期", f"Ran out on {english}")
    else:
        kind, words = "none", both("尚未生效", "Not yet in force")
    return f'<span class="badge {kind}">{words}</span>'


def _understood(answer: Answer) -> str:
    if " ".join(answer.question.split()) == answer.resolved_question or not answer.citations:
        return ""
    return f'<p class="understood">{both("理解为：", "Understood as: ")}<q dir="auto">{escape(answer.resolved_question)}</q></p>'


def _words(turn: int, answer: Answer) -> str:
    """The text, line by line; notices and sources have their own places in the card."""
    notices = {n.text for n in answer.notices}
    names = "|".join(re.escape(c.document.name) for c in answer.citations)
    source = re.compile(f".{{1,30}}: ?[《“](?:{names})[》”]") if names else None
    lines = [
        line
        for line in answer.text.split("\n")
        if line.strip() and line not in notices and not (source and source.match(line) and not _MARK.search(line))
    ]
    return "".join(_line(turn, line, i == 0, answer.citations) for i, line in enumerate(lines))


def _line(turn: int, line: str, first: bool, citations: Sequence[Citation]) -> str:
    if match := _QUOTING.fullmatch(line):
        label = f'<p class="label">{escape(match["label"].rstrip(" :"))}</p>' if match["label"] else ""
        words = _as_row(match["quote"], citations) or escape(match["quote"])
        return f'{label}<blockquote lang="zh-CN">{words}{_linked(turn, match["marks"], citations)}</blockquote>'
    if row := _as_row(_MARK.sub("", line).strip(), citations):
        return f'<blockquote lang="zh-CN">{row}{_linked(turn, "".join(m[0] for m in _MARK.finditer(line)), citations)}</blockquote>'
    lead = ' class="lead"' if first and len(line) <= _LEAD_CHARS and _MARK.search(line) else ""
    return f"<p{lead}>{_linked(turn, line, citations)}</p>"


def _as_row(text: str, citations: Iterable[Citation]) -> str:
    """A quoted table row as columns and values; nothing when the text is no cited row."""
    return next((_reading(c.passage) for c in citations if c.passage.kind == "row" and c.passage.text == text), "")


def _linked(turn: int, text: str, citations: Iterable[Citation]) -> str:
    known = {c.number for c in citations}
    return _MARK.sub(lambda m: opener(turn, int(m[1])) if int(m[1]) in known else m[0], escape(text))


def opener(turn: int, number: int) -> str:
    """The button [n] that opens the source."""
    return f'<button type="button" class="mark" data-do="open" data-turn="{turn}" data-number="{number}">[{number}]<span class="sr">{both("查看原文", " see the original")}</span></button>'


def facts_table(turn: int, facts: Sequence[Mapping[str, Any]], citations: Sequence[Citation]) -> str:
    """What is granted: amount, condition, cap; columns that no fact fills are left out."""
    if not facts:
        return ""
    heads = [
        ("amount", both("金额或比例", "Amount")),
        *(
            (key, words)
            for key, words in (("condition", both("条件", "Condition")), ("cap", both("上限", "Cap")))
            if any(f.get(key) for f in facts)
        ),
    ]
    known = {c.number for c in citations} if len(citations) > 1 else set()
    rows = list(dict.fromkeys("".join(_cell(turn, key, fact, known) for key, _ in heads) for fact in facts))
    head = "".join(f'<th scope="col">{words}</th>' for _, words in heads)
    return (
        f'<div class="table"><table><caption class="sr">{both("金额、条件和上限", "Amounts, conditions and caps")}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table></div>"
    )


def _cell(turn: int, key: str, fact: Mapping[str, Any], known: set[int]) -> str:
    if key == "amount":
        number = fact.get("citation")
        most = both("最高", "up to ") if fact.get("up_to") else ""
        return f"<td><strong>{most}{escape(str(fact.get('reads') or fact.get('amount') or ''))}</strong>{opener(turn, number) if isinstance(number, int) and number in known else ''}</td>"
    if key == "cap":
        return f'<td>{escape(str(fact.get("cap") or "—"))}<span lang="zh-CN" class="scope">{escape(str(fact.get("cap_scope") or ""))}</span></td>'
    return f'<td lang="zh-CN">{escape(str(fact.get("condition") or "—"))}</td>'


def _sources(turn: int, answer: Answer) -> str:
    if not answer.citations:
        return ""
    listed = ""
    for citation in answer.citations:
        details = (
            citation.document.document_number,
            citation.passage.section[-1] if len(citation.passage.section) > 1 else None,
        )
        small = "".join(f"<small>{escape(detail)}</small>" for detail in details if detail)
        listed += f'<li>{opener(turn, citation.number)} <span lang="zh-CN" dir="auto">{escape(citation.document.name)}{small}</span></li>'
    return f'<div class="sources"><p class="label">{both("出处", "Sources")}</p><ul>{listed}</ul></div>'


def _made(answer: Answer) -> str:
    """In the language of the answer, whatever the page's is: it was made by a program, and by which."""
    quoting = answer.generator == "quote"
    if answer.language == "en":
        return f'<p class="made">Made automatically; the original counts. Generator: {"quotes from the originals, no language model" if quoting else escape(answer.generator)}.</p>'
    return f'<p class="made">自动生成，以原文为准。生成方式：{"摘引原文，不用语言模型" if quoting else escape(answer.generator)}。</p>'


def no_source(problem: str = "") -> str:
    """The panel before anything is opened, or why it cannot be."""
    words = problem or both(
        "点击答案中的 [1]，这里就会显示原文，并标出所引的句子。",
        "Click [1] in an answer: the original opens here, with the cited sentence marked.",
    )
    return f'<section class="source empty" data-key=""><p>{words}</p></section>'


def source_panel(
    turn: int, citation: Citation, order: Sequence[Passage], offset: int, documents: Mapping[str, Document]
) -> str:
    """The cited sentence among its neighbours; `order` are the passages of its document, `offset` how far the reader has moved."""
    cited = next((i for i, p in enumerate(order) if p.id == citation.passage.id), 0)
    centre = min(max(cited + offset, 0), len(order) - 1)
    place = f'data-turn="{turn}" data-number="{citation.number}"'
    return (
        f'<section class="source" data-key="{turn}-{citation.number}-{centre}" aria-labelledby="source-title">{_source_head(citation)}'
        f'<div class="steps"><span class="at">{both(f"第{centre + 1}段，共{len(order)}段", f"Passage {centre + 1} of {len(order)}")}</span>'
        f"{_step(place, 0, both('回到引文', 'Back to the quote'), True) if centre != cited else ''}"
        f"{_step(place, centre - 1 - cited, both('上一段', 'Previous'), centre > 0)}{_step(place, centre + 1 - cited, both('下一段', 'Next'), centre < len(order) - 1)}</div>"
        f'<div class="passages">{_window(citation, order, centre)}</div>'
        f'<div class="source-tools"><button type="button" class="copy" data-do="copy" data-copy="{escape(cited_as(citation))}">{both("复制引文", "Copy citation")}</button></div>'
        f"{_further(citation, documents)}{_about(citation)}</section>"
    )


def _source_head(citation: Citation) -> str:
    document = citation.document
    gist = "".join(
        f'<span dir="auto">{escape(part)}</span>'
        for part in (document.document_number, "、".join(document.issuers), _dated(document.issued_on))
        if part
    )
    chain = "".join(f'<li dir="auto">{escape(title)}</li>' for title in citation.passage.section[1:])
    return (
        f'<div class="source-top"><span class="number">[{citation.number}]</span>{badge(citation)}<button type="button" class="icon" data-do="close"><span aria-hidden="true">✕</span>'
        f'<span class="sr">{both("关闭原文", "Close the original")}</span></button></div><h2 id="source-title" tabindex="-1" lang="zh-CN" dir="auto">{escape(document.name)}</h2>'
        f'<p class="gist" lang="zh-CN">{gist}</p>'
        + (f'<ol class="chain" lang="zh-CN" aria-label="章节 / Section">{chain}</ol>' if chain else "")
    )


def _about(citation: Citation) -> str:
    """What the document says of itself, and where the quote stands in the file; what it does not say is left out."""
    document = citation.document
    lines = (
        f"{citation.line_start}"
        if citation.line_start == citation.line_end
        else f"{citation.line_start}–{citation.line_end}"
    )
    rows = (
        (both("全称", "Full title"), document.title),
        (both("文号", "Number"), document.document_number),
        (both("发布机关", "Issuer"), "、".join(document.issuers)),
        (both("印发日期", "Issued"), _dated(document.issued_on)),
        (both("施行日期", "In force from"), _dated(document.effective_from)),
        (both("有效期至", "Valid until"), _dated(citation.valid_until)),
        (both("文件", "File"), citation.passage.source),
        (both("所在行", "Lines"), lines),
    )
    listed = "".join(
        f'<div><dt>{words}</dt><dd dir="auto">{escape(value)}</dd></div>' for words, value in rows if value
    )
    return f'<div class="document"><h3>{both("关于这份文件", "About this document")}</h3><dl class="about">{listed}</dl></div>'


def _dated(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _step(place: str, offset: int, words: str, possible: bool) -> str:
    return f'<button type="button" data-do="step" {place} data-offset="{offset}"{"" if possible else " disabled"}>{words}</button>'


def _window(citation: Citation, order: Sequence[Passage], centre: int) -> str:
    shown, section = [], citation.passage.section
    for i in range(max(0, centre - 1), min(len(order), centre + 2)):
        passage = order[i]
        if passage.section != section and len(passage.section) > 1:
            shown.append(f'<h3 lang="zh-CN" dir="auto">{escape(passage.section[-1])}</h3>')
        section = passage.section
        body = _cited(citation) if passage.id == citation.passage.id else _reading(passage)
        kinds = f"passage {passage.kind.replace(' ', '-')}{' cited' if passage.id == citation.passage.id else ''}{' centre' if i == centre else ''}"
        shown.append(f'<div class="{escape(kinds)}" lang="zh-CN" dir="auto">{body}</div>')
    return "".join(shown)


def _cited(citation: Citation) -> str:
    """The cited passage as it stands in the file, the quote marked; a table row is first shown as it reads."""
    passage = citation.passage
    start, end = quote_span(citation)
    raw = f"{_original(passage.raw[:start])}<mark>{_original(passage.raw[start:end])}</mark>{_original(passage.raw[end:])}"
    if passage.kind in ("row", "raw row"):
        return f'{_reading(passage)}<p class="label">{both("原表格中的文字", "The cells in the original")}</p><div class="cells">{raw}</div>'
    return raw


def quote_span(citation: Citation) -> tuple[int, int]:
    """Where the quote stands in its passage: of equal places the one on the cited line."""
    raw, quote = citation.passage.raw, citation.quote
    places = [m.start() for m in re.finditer(re.escape(quote), raw)] if quote else []
    start = next(
        (at for at in places if citation.passage.line_start + raw.count("\n", 0, at) == citation.line_start),
        places[0] if places else 0,
    )
    return start, start + len(quote) if places else start


def _original(text: str) -> str:
    return _BREAK.sub(lambda m: f'<span class="gap">{m[0]}</span>', escape(text))


def _reading(passage: Passage) -> str:
    parts = [part.partition(": ") for part in passage.text.split("; ")]
    if passage.kind == "row" and all(name and value for name, _, value in parts):
        return f'<dl class="row-cells">{"".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, _, value in parts)}</dl>'
    return _original(passage.text)


def _further(citation: Citation, documents: Mapping[str, Document]) -> str:
    places = citation.passage.further
    if not places:
        return ""
    listed = "".join(
        f'<li dir="auto"><span lang="zh-CN">{escape(documents[p.document_id].name) if p.document_id in documents else ""}</span><small>{escape(p.source)}'
        f"{both(f'，第{p.line_start}—{p.line_end}行', f', lines {p.line_start}–{p.line_end}')}</small></li>"
        for p in places
    )
    return f'<div class="further"><h3>{both("同样的文字还见于", "The same text also stands in")}</h3><ul>{listed}</ul></div>'


def cited_as(citation: Citation) -> str:
    """A citation to paste: quote, title, number, date, place."""
    document = citation.document
    number = f"（{document.document_number}）" if document.document_number else ""
    issued = f"，{document.issued_on.isoformat()}" if document.issued_on else ""
    quote = re.sub(r"\s*\n\s*", " ", citation.quote)
    return f"“{quote}”\n——《{document.name}》{number}{issued}。{citation.passage.source}:{citation.line_start}"
