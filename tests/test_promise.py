"""The first promise on a thousand made-up questions: no figure without a cited passage or a shown sum."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

import pytest

from assistant.answers import Answer
from assistant.assistant import Assistant
from assistant.checks import broken_quotes, marks_out_of_range
from index.numbers import numbers
from index.search import Index

ZH = (
    "{title}补贴多少",
    "{title}由哪个部门负责?",
    "{title}到2027年的目标是多少",
    "我们有3家企业,投资5000万元,{title}能拿多少?",
    "{title}有效期到什么时候",
    "350千瓦、20辆车、2个站,{title}一共多少钱",
)
EN = (
    "how much money is granted for {title}",
    "which department is responsible for {title}?",
    "we invest 80 million yuan in 2 stations of 120 kW, what does {title} pay?",
    "until when is {title} valid",
)
AS_OF = date(2026, 11, 21)


def _questions(index: Index) -> Iterator[str]:
    """Titles of sections, far apart, put into frames in both languages."""
    titles = sorted({title for passage in index.passages for title in passage.section[-1:]})
    for turn in range(len(ZH) * len(EN)):
        for at, title in enumerate(titles):
            frames = ZH if (at + turn) % 3 else EN
            yield frames[(at + turn) % len(frames)].format(title=title)


def _stands(answer: Answer, written: str, value: object) -> bool:
    """Whether a number is in a cited passage or its document's facts, in the question, or in a line that shows a sum."""
    cited = " ".join(
        " ".join(
            [c.passage.raw, c.passage.text, *c.passage.section, c.document.title, c.document.document_number or ""]
        )
        for c in answer.citations
    )
    days = [d for c in answer.citations for d in (c.document.issued_on, c.document.effective_from, c.valid_until) if d]
    known = {n.value for n in numbers(cited + " " + answer.question)} | {
        x for d in days for x in (d.year, d.month, d.day)
    }
    sums = [line for line in answer.text.splitlines() if line.startswith(("计算:", "Calculation:"))]
    return value in known or any(written in line for line in sums)


@pytest.mark.slow
def test_no_figure_leaves_without_standing_somewhere(seed_index: Index) -> None:
    assistant = Assistant(seed_index)
    answers = [assistant.answer(question, as_of=AS_OF) for question in islice(_questions(seed_index), 1000)]
    assert sum(a.status == "answered" for a in answers) > 300
    for answer in answers:
        text = answer.text
        for citation in answer.citations:
            text = text.replace(f"[{citation.number}]", " ")
        names = [c.document.name for c in answer.citations] + [d.name for d in seed_index.documents.values()]
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, " ")
        for d in seed_index.documents.values():
            text = text.replace(d.document_number or "\0", " ")
        smuggled = [n.written for n in numbers(text) if not _stands(answer, n.written, n.value)]
        assert (answer.question, smuggled) == (answer.question, [])
        assert broken_quotes(answer.citations) == [] and marks_out_of_range(answer.text, answer.citations) == []
