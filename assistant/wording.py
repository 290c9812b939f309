"""The words of an answer in Chinese and English: dates, sources, notices, frames."""

import re
from collections.abc import Sequence
from datetime import date

from assistant.answers import Citation
from assistant.glossary import glossary, in_words, key_terms
from assistant.questions import Question
from index.documents import Document


def day(value: date, language: str) -> str:
    """2022年12月31日, or 31 December 2022."""
    return in_words(value) if language == "en" else f"{value.year}年{value.month}月{value.day}日"


def source_line(document: Document, section: Sequence[str], language: str) -> str:
    """The policy, its number, its date and the section, as one cites it."""
    where = " › ".join(s for s in section[1:][-2:] if len(s) <= 40)
    return _source(document, language) + (f" › {where}" if where else "")


def named(document: Document) -> str:
    """The name of a policy in 《》; the first words of an untitled text in quotation marks."""
    return (
        f"《{document.name}》"
        if document.kind not in ("news", "list", "reading guide", "contact")
        else f"“{document.name}”"
    )


def _source(document: Document, language: str) -> str:
    number = f"({document.document_number})" if document.document_number else ""
    title = named(document)
    if language == "en":
        kind = {
            "news": "News item",
            "list": "List of measures",
            "reading guide": "Official reading guide",
            "contact": "Contacts of the site",
        }.get(document.kind, "Source")
        return f"{kind}: {title}{number}" + (f", issued {day(document.issued_on, 'en')}" if document.issued_on else "")
    kind = {"news": "新闻报道", "list": "政策清单", "reading guide": "政策解读", "contact": "网站联系方式"}.get(
        document.kind, "依据"
    )
    return f"{kind}:{title}{number}" + (f",{day(document.issued_on, 'zh')}印发" if document.issued_on else "")


def expired(until: date, language: str) -> str:
    """The notice that a policy has run out; the date stands in both forms."""
    if language == "en":
        return f"Note: this policy ran until {day(until, 'en')} ({until.isoformat()}) and has expired."
    return f"注意:该政策期限至{day(until, 'zh')}({until.isoformat()}),现已过期。"


def not_yet(start: date, language: str) -> str:
    """The notice that a policy is not yet in force."""
    return (
        f"Note: this policy takes effect on {day(start, 'en')}."
        if language == "en"
        else f"注意:该政策自{day(start, 'zh')}起施行,目前尚未生效。"
    )


def join(parts: Sequence[str]) -> str:
    """The parts of an answer, one a line, empty ones left out."""
    return "\n".join(part for part in parts if part)


def scope_in_english(scope: str) -> str:
    """On what a cap lies: 单个企业年度 → " per company and year"; "" for one that is not known."""
    found = [english for pattern, english in _SCOPES if re.search(pattern, scope)]
    return f" per {' and '.join(found)}" if found else " in total" if re.search("合计|累计|总额", scope) else ""


_SCOPES = (
    ("企业|单位|主体|家", "company"),
    ("站", "station"),
    ("[车辆]", "vehicle"),
    ("台|套", "unit"),
    ("件", "item"),
    ("张", "certificate"),
    ("人", "person"),
    ("户", "household"),
    ("亩", "mu"),
    ("展位|摊位", "stand"),
    ("展会", "exhibition"),
    ("案件", "case"),
    ("项目", "project"),
    ("平台", "platform"),
    ("团队", "team"),
    ("产品", "product"),
    ("每年|年度", "year"),
)


def partial(names: Sequence[str], language: str) -> str:
    """That no document names some of the things asked about."""
    if language == "en":
        listed = ", ".join(f"“{name}”" for name in names[:3])
        return f"No document mentions {listed}; this is the nearest provision."
    return f"资料中没有出现{'、'.join(f'“{name}”' for name in names[:3])},以下是最接近的规定。"


def in_force(until: date, language: str) -> str:
    """That a policy still holds, and until when."""
    if language == "en":
        return f"In force until {day(until, 'en')} ({until.isoformat()})."
    return f"期限至{day(until, 'zh')}({until.isoformat()}),目前在期限内。"


def newer(document: Document, number: int, language: str) -> str:
    """That a later policy touches the same matter."""
    return (
        f"A later related policy: {named(document)} [{number}]."
        if language == "en"
        else f"较新的相关政策:{named(document)}[{number}]。"
    )


def conflict(year: str, cited: str, other: str, number: int, language: str) -> str:
    """That the same policy gives two figures for one thing."""
    if language == "en":
        cited, other = glossary(cited) or cited, glossary(other) or other
        return f"The policy contradicts itself: for {year} it gives {cited} [1] and {other} [{number}]."
    return f"同一政策中数据不一致:{year}年,一处为{cited}[1],另一处为{other}[{number}]。"


_WHY = {
    "zh": {
        "place": "这些资料不涉及您问的地区。",
        "year": "资料中没有您问的年份的规定。",
        "not stated": "资料中没有写明您问的这一项。",
        "no amount": "最接近的规定没有写明金额或比例。",
        "figure": "资料中没有您提到的这个数额。",
        "class": "资料中只有其他类别或等级的规定。",
    },
    "en": {
        "place": "The documents do not cover that place.",
        "year": "The documents say nothing for that year.",
        "not stated": "The documents do not state that detail.",
        "no amount": "The nearest provision states no amount or rate.",
        "figure": "The documents do not give the figure that you mention.",
        "class": "The documents only treat other classes or grades.",
    },
}


def own_marks(text: str) -> str:
    """A text of a document with its footnote marks [1] written ［1］: they would read as marks of ours."""
    return re.sub(r"\[(\d+)\]", r"［\1］", text)


def refusal(
    question: Question, citations: Sequence[Citation], names: Sequence[str], why: str, notices: Sequence[str]
) -> str:
    """What is not there and why, the nearest documents, the offices that the nearest passage names, and whether it holds.

    Without a reason the nearest sentence is shown, for the asker to judge, and beside a wrong figure the one that stands there.
    """
    language, said = question.language, _REFUSAL[question.language]
    offices = "、".join(list(dict.fromkeys(_OFFICE.findall(citations[0].passage.text)))[:3]) if citations else ""
    quote = own_marks(citations[0].quote) if citations and why in ("no amount", "figure", "") else ""
    short = bool(quote) and len(quote) <= (_LONG if why == "figure" else _SHORT) and "\n" not in quote
    nearest = said["also"].join(names) if len(names) > 1 else said["mark"].format("".join(names))
    asked = f"{glossary(offices) or offices} ({offices})" if language == "en" else offices
    return join(
        [
            said["none"] + _WHY[language].get(why, ""),
            said["nearest"].format(nearest, said["unsaid" if why not in ("figure", "") else "judge"])
            if citations
            else "",
            key_terms(quote) if short and language == "en" else "",
            said["quote"].format(quote) if short else "",
            *notices,
            said["ask"].format(asked) if offices else "",
        ]
    )


_REFUSAL = {
    "zh": {
        "none": "现有资料中没有找到这个问题的答案。",
        "mark": "{}[1]",
        "also": "[1]、",
        "nearest": "最接近的是{},{}。",
        "unsaid": "但其中没有说明",
        "judge": "请核对是否相关",
        "quote": "原文:「{}」[1]",
        "ask": "可咨询:{}。",
    },
    "en": {
        "none": "The documents do not answer this question. ",
        "mark": "{} [1]",
        "also": " [1], also ",
        "nearest": "Nearest: {}; {}.",
        "unsaid": "not said there",
        "judge": "please check whether it applies",
        "quote": "The Chinese text says: 「{}」[1]",
        "ask": "You may ask: {}.",
    },
}
_SHORT, _LONG = 200, 420  # characters of a quote beside a refusal, and of one that holds the true figure
_OFFICE = re.compile(r"(?<=[:、,(])(?:市|区|县|重庆)[\u4e00-\u9fff]{1,10}(?:委|局|办|厅)(?=[、,;)。]|$)")
