"""A conversation to take along: as Markdown, or as a page to print; every citation whole."""

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from assistant.answers import Answer, Citation
from assistant.kept import Exchange
from assistant.page import cited_as, iso, plain_markdown
from assistant.page_ask import made

_STYLE = (
    "body{max-width:46em;margin:2.5em auto;padding:0 1.2em;font:16px/1.7 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:#1b2430}"
    "h1{font-size:1.5em}h2{margin:2em 0 .6em;font-size:1.15em;break-after:avoid}p{white-space:pre-wrap;margin:.6em 0}"
    "ol{padding-left:1.6em}li{margin:.8em 0;break-inside:avoid}blockquote{margin:.2em 0;padding-left:.9em;border-left:3px solid #dde2e9;white-space:pre-wrap}"
    "small,.made{color:#566273;font-size:.85em}@media print{body{margin:0;max-width:none}}"
)
_WORDS = {
    "zh": {
        "title": "政策问答记录",
        "on": "导出日期",
        "sources": "出处",
        "until": "有效期至",
        "automatic": "以下回答由程序自动生成，以政策原文为准。",
    },
    "en": {
        "title": "Questions and answers on policies",
        "on": "Exported on",
        "sources": "Sources",
        "until": "valid until",
        "automatic": "The answers were made automatically; only the originals count.",
    },
}


def as_markdown(exchanges: Sequence[Exchange], language: str, today: date) -> str:
    """The answered questions as Markdown."""
    words = _WORDS[language]
    parts = [f"# {words['title']}", f"{words['automatic']} {words['on']} {iso(today)}"]
    for exchange, answer in _answered(exchanges):
        parts.append(f"## {plain_markdown(' '.join(exchange.question.split()))}")
        parts.append("\n\n".join(plain_markdown(line) for line in answer.text.split("\n") if line.strip()))
        if answer.citations:
            parts.append(f"**{words['sources']}**")
        parts += [f"{_label(c)}\n\n{cited_as(c, markdown=True)}{_until(c, language)}" for c in answer.citations]
        parts.append(f"_{plain_markdown(made(answer.generator, answer.language, exchange.day))}_")
    return "\n\n".join(parts) + "\n"


def as_page(exchanges: Sequence[Exchange], language: str, today: date) -> str:
    """The answered questions as one HTML file that loads nothing and prints well."""
    words = _WORDS[language]
    body = "".join(_section(exchange, answer, language) for exchange, answer in _answered(exchanges))
    return (
        f'<!doctype html><html lang="{"en" if language == "en" else "zh-CN"}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{words['title']} {iso(today)}</title><style>{_STYLE}</style></head><body><h1>{words['title']}</h1>"
        f'<p class="made">{words["automatic"]} {words["on"]} {iso(today)}</p>{body}</body></html>\n'
    )


def _section(exchange: Exchange, answer: Answer, language: str) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in answer.text.split("\n") if line.strip())
    cited = "".join(
        f'<li value="{c.number}"><blockquote lang="zh-CN">{escape(c.quote)}</blockquote><small lang="zh-CN">{escape(cited_as(c).rpartition(chr(10))[2])}{escape(_until(c, language))}</small></li>'
        for c in answer.citations
    )
    sources = f"<h3>{_WORDS[language]['sources']}</h3><ol>{cited}</ol>" if cited else ""
    by = escape(made(answer.generator, answer.language, exchange.day))
    return f'<section><h2>{escape(exchange.question)}</h2>{lines}{sources}<p class="made">{by}</p></section>'


def _answered(exchanges: Sequence[Exchange]) -> Iterator[tuple[Exchange, Answer]]:
    return ((e, e.answer) for e in exchanges if e.answer and e.state in ("done", "stopped"))


def _label(citation: Citation) -> str:
    return f"\\[{citation.number}\\]"


def _until(citation: Citation, language: str) -> str:
    if not citation.valid_until:
        return ""
    return f" ({_WORDS[language]['until']} {iso(citation.valid_until)})"
