"""The Ask tab as HTML: the question box, the conversation, the answer card."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from assistant.answers import Answer, Citation, Notice
from assistant.feedback import DISLIKED, LIKED, MAX_REASON
from assistant.kept import Exchange
from assistant.page import LANG, badge, both, cited_as, copy_button, iso, notice, opener, row

_MARK = re.compile(r"\[(\d{1,3})\]")
_QUOTING = re.compile(r"(?P<label>[^「]{0,60})「(?P<quote>.+)」(?P<marks>(?:\[\d{1,3}\])+)")
_LEAD_CHARS = 160
_THUMB = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false"><path d="M7 10v10H4V10zm0 0 4-7c1.5 0 2.5 1 2.5 2.5V9H19c1.2 0 2 1 1.8 2.2l-1.3 7'
    'c-.2 1-1 1.8-2 1.8H7" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round"/></svg>'
)


def composer(limit: int) -> str:
    """The question box with send, stop and clear, and the line that the original counts."""
    return (
        f'<form class="ask-form" novalidate><label class="sr" for="question">{both("您的问题", "Your question")}</label>'
        f'<textarea id="question" rows="1" data-limit="{limit}" aria-describedby="ask-problem" data-zh="用中文或英文提问" data-en="Ask in Chinese or English"></textarea>'
        '<div class="ask-row"><span class="count" aria-hidden="true"></span>'
        f'<button type="button" class="stop" data-do="stop">{both("停止", "Stop")}</button><button type="submit" class="send">{both("提问", "Ask")}</button></div></form>'
        f'<p id="ask-problem" class="problem" role="alert"><span data-problem="empty" hidden>{notice("empty")}</span><span data-problem="long" hidden>{notice("long", limit)}</span></p>'
        f'<p class="remark">{both("回答由程序自动生成，以政策原文为准。", "Answers are made automatically; only the originals count.")}</p>'
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
    return f'<li><button type="button" class="example" data-do="example" lang="{LANG[language]}" dir="auto">{escape(question)}</button></li>'


def conversation(exchanges: Sequence[Exchange], empty: str, rating: bool = False) -> str:
    """The whole conversation; `empty` stands there before the first question. With `rating` answers can be judged."""
    last = len(exchanges) - 1
    turns = "".join(
        _turn(exchange, i == last, _rate(exchange, i) if rating and _settled(exchange) else "")
        for i, exchange in enumerate(exchanges)
    )
    return f'{_tools() if turns else ""}<div class="turns" role="log" aria-label="问答 / Conversation">{turns or empty}</div>'


def _settled(exchange: Exchange) -> bool:
    """Whether nothing more comes by itself: what came later than a judgement would draw the answer without it."""
    return exchange.state == "done" and exchange.suggested is not None


def _tools() -> str:
    return (
        f'<div class="talk-tools" role="group" aria-label="对话 / Conversation"><button type="button" data-do="download" data-form="markdown">{both("导出 Markdown", "Export Markdown")}</button>'
        f'<button type="button" data-do="download" data-form="html">{both("导出可打印网页", "Export for printing")}</button>'
        f'<button type="button" data-do="clear">{both("清空对话", "Clear")}</button></div>'
    )


def _turn(exchange: Exchange, last: bool, rate: str) -> str:
    asked = f'<div class="question" dir="auto"><span class="sr">{both("问题：", "Question: ")}</span>{escape(exchange.question)}</div>'
    if exchange.problem:
        card = f'<div class="card failed">{exchange.problem}</div>'
    elif exchange.answer:
        card = _card(exchange, exchange.answer, rate)
    elif exchange.state == "pending":
        card = f'<div class="card waiting"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> {both("正在查找原文……", "Looking in the documents …")}</div>'
    else:
        card = ""
    if exchange.state == "stopped":
        card += f'<p class="ended">{both("已停止。", "Stopped.")}</p>'
    busy = ' aria-busy="true"' if exchange.state == "pending" else ""
    return f'<article class="turn" data-state="{exchange.state}"{busy}>{asked}{card}{_next(exchange) if last else ""}</article>'


def _next(exchange: Exchange) -> str:
    """What can be asked next, in the language of the answer."""
    if not exchange.suggested or not exchange.answer:
        return ""
    listed = "".join(_example(question, exchange.answer.language) for question in exchange.suggested)
    return f'<div class="next"><p class="label">{both("可以接着问", "Ask next")}</p><ul>{listed}</ul></div>'


def _notices(notices: Iterable[Notice]) -> str:
    return "".join(f'<p class="notice {escape(n.kind)}" role="note">{escape(n.text)}</p>' for n in notices)


def _card(exchange: Exchange, answer: Answer, rate: str) -> str:
    caution = _notices(n for n in answer.notices if n.kind == "partial")
    notices = _notices(n for n in answer.notices if n.kind != "partial")
    if exchange.lost:
        notices += f'<p class="notice gone" role="note">{both("所引的部分原文已不在资料中。", "Some of the cited originals are no longer among the documents.")}</p>'
    return (
        f'<div class="card" lang="{LANG[answer.language]}">{_status(answer)}{_understood(answer)}{caution}<div class="words">{_words(answer)}</div>'
        f"{notices}{facts_table(answer.facts, answer.citations)}{_sources(answer)}{_foot(exchange, answer, rate)}</div>"
    )


def _status(answer: Answer) -> str:
    if answer.status == "answered":
        badges = [badge(c.valid_until, c.in_force) for c in answer.citations]
    elif answer.status == "not_covered":
        badges = [f'<span class="badge none">{both("资料中没有答案", "Not in the documents")}</span>']
    else:
        badges = [f'<span class="badge none">{both("请把问题说完整", "Please say more")}</span>']
    return f'<div class="badges">{"".join(dict.fromkeys(badges))}</div>'


def _understood(answer: Answer) -> str:
    if " ".join(answer.question.split()) == answer.resolved_question or not answer.citations:
        return ""
    return f'<p class="understood">{both("理解为：", "Understood as: ")}<q dir="auto">{escape(answer.resolved_question)}</q></p>'


def _words(answer: Answer) -> str:
    """The text, line by line; notices and sources have their own places in the card."""
    notices = {n.text for n in answer.notices}
    names = "|".join(re.escape(c.document.name) for c in answer.citations)
    source = re.compile(f".{{1,30}}: ?[《“](?:{names})[》”]") if names else None
    lines = [
        line
        for line in answer.text.split("\n")
        if line.strip() and line not in notices and not (source and source.match(line) and not _MARK.search(line))
    ]
    return "".join(_line(line, i == 0, answer.citations) for i, line in enumerate(lines))


def _line(line: str, first: bool, citations: Sequence[Citation]) -> str:
    if match := _QUOTING.fullmatch(line):
        label = f'<p class="label">{escape(match["label"].rstrip(" :"))}</p>' if match["label"] else ""
        words = _as_row(match["quote"], citations) or escape(match["quote"])
        return f'{label}<blockquote lang="zh-CN">{words}{_linked(match["marks"], citations)}</blockquote>'
    if words := _as_row(_MARK.sub("", line).strip(), citations):
        return f'<blockquote lang="zh-CN">{words}{_linked("".join(m[0] for m in _MARK.finditer(line)), citations)}</blockquote>'
    lead = ' class="lead"' if first and len(line) <= _LEAD_CHARS and _MARK.search(line) else ""
    return f"<p{lead}>{_linked(line, citations)}</p>"


def _as_row(text: str, citations: Iterable[Citation]) -> str:
    """A quoted table row as columns and values; nothing when the text is no cited row."""
    return next((row(c.passage) for c in citations if c.passage.kind == "row" and c.passage.text == text), "")


def _linked(text: str, citations: Iterable[Citation]) -> str:
    known = {c.number: opener(c) for c in citations}
    return _MARK.sub(lambda m: known.get(int(m[1]), m[0]), escape(text))


def facts_table(facts: Sequence[Mapping[str, Any]], citations: Sequence[Citation]) -> str:
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
    known = {c.number: opener(c) for c in citations} if len(citations) > 1 else {}
    rows = list(dict.fromkeys("".join(_cell(key, fact, known) for key, _ in heads) for fact in facts))
    head = "".join(f'<th scope="col">{words}</th>' for _, words in heads)
    return (
        f'<div class="table"><table><caption class="sr">{both("金额、条件和上限", "Amounts, conditions and caps")}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{line}</tr>' for line in rows)}</tbody></table></div>"
    )


def _cell(key: str, fact: Mapping[str, Any], known: Mapping[Any, str]) -> str:
    if key == "amount":
        most = both("最高", "up to ") if fact.get("up_to") else ""
        return f"<td><strong>{most}{escape(str(fact.get('reads') or fact.get('amount') or ''))}</strong>{known.get(fact.get('citation'), '')}</td>"
    if key == "cap":
        return f'<td>{escape(str(fact.get("cap") or "—"))}<span lang="zh-CN" class="scope">{escape(str(fact.get("cap_scope") or ""))}</span></td>'
    return f'<td lang="zh-CN">{escape(str(fact.get("condition") or "—"))}</td>'


def _sources(answer: Answer) -> str:
    if not answer.citations:
        return ""
    listed = ""
    for citation in answer.citations:
        details = (
            citation.document.document_number,
            citation.passage.section[-1] if len(citation.passage.section) > 1 else None,
        )
        small = "".join(f"<small>{escape(detail)}</small>" for detail in details if detail)
        if page := citation.document.page(citation.line_start):
            small += f"<small>{both(f'第{page}页', f'page {page}')}</small>"
        copied = copy_button(cited_as(citation), both("复制引文", "Copy citation"))
        listed += f'<li>{opener(citation)} <span lang="zh-CN" dir="auto">{escape(citation.document.name)}{small}</span>{copied}</li>'
    return f'<div class="sources"><p class="label">{both("出处", "Sources")}</p><ul>{listed}</ul></div>'


def _foot(exchange: Exchange, answer: Answer, rate: str) -> str:
    """That a program made it, which one, and when if not today; beside it whether it helped."""
    earlier = exchange.day if exchange.day and exchange.day != date.today() else None
    return f'<div class="card-foot"><p class="made">{escape(made(answer.generator, answer.language, earlier))}</p>{rate}</div>'


def _rate(exchange: Exchange, turn: int) -> str:
    """Two thumbs, the question what was wrong, and thanks or what went wrong with the thanks."""
    thumbs = "".join(
        f'<button type="button" class="icon" data-do="rate" data-verdict="{verdict}" aria-pressed="{str(exchange.verdict == verdict).lower()}">'
        f'{_THUMB}<span class="sr">{both(chinese, english)}</span></button>'
        for verdict, chinese, english in ((LIKED, "有帮助", "Helpful"), (DISLIKED, "没有帮助", "Not helpful"))
    )
    reason = (
        f'<form class="why" hidden novalidate><label><span class="label">{both("哪里不对？（可不填）", "What is wrong? (optional)")}</span>'
        f'<input name="reason" maxlength="{MAX_REASON}" autocomplete="off"></label>'
        f'<button type="submit" class="plain">{both("发送", "Send")}</button><button type="button" class="quiet" data-do="unrate">{both("取消", "Cancel")}</button></form>'
    )
    return (
        f'<div class="rate" data-turn="{turn}"><div class="thumbs" role="group" aria-label="评价 / Feedback">{thumbs}</div>'
        f'{reason}<p class="told" role="status">{exchange.told}</p></div>'
    )


def made(generator: str, language: str, on: date | None = None) -> str:
    """In the language of the answer, whatever the page's is: it was made by a program, by which, and on which day."""
    if language == "en":
        by = "quotes from the originals, no language model" if generator == "quote" else generator
        return f"Made automatically{f' on {iso(on)}' if on else ''}; the original counts. Generator: {by}."
    by = "摘引原文，不用语言模型" if generator == "quote" else generator
    return f"{f'{iso(on)}' if on else ''}自动生成，以原文为准。生成方式：{by}。"
