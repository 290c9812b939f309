"""Whether the corpus answers a question at all."""

import json
import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from assistant.classes import other_class
from assistant.evidence import CITED_TITLE, Evidence, in_period, other_year
from assistant.facts import facts
from assistant.measures import unmeasured
from assistant.parts import BEGINS, parts_of
from assistant.premises import named_without_grant, unfounded
from assistant.questions import Question, asks_support, countries, districts, places, without_quantities, zones
from assistant.subjects import RARE, in_parts, strange, subjects, untreated
from assistant.tallies import tally
from index.asked import ABOUT_POLICY, holds, kinds, strict
from index.dates import last_year, names_year
from index.documents import Document
from index.fold import fold, squeeze
from index.lexical import SURE, Term, stands, words_of
from index.passages import Passage
from index.search import Hit, Index

FOLLOWED = 0.2
_YES_NO = re.compile(
    r"(?:^|[,.;] )(?:is|are|was|were|do|does|did|can|could|may|will|would|has|have) |[吗么]$|(?:是不是|能不能|有没有|可不可以)",
    re.I,
)
_TELLING = 4  # characters of a word that tells a policy from others
_REDUCED = re.compile(r"\d ?折|半价|全额|免(?:征|收|费|交|缴|除|租)")
_GRANT = re.compile(
    r"补贴|奖励|补助|奖补|资助|贴息|subsid|\bgrant|reward|\baward|bonus|incentive|rebate|allowance", re.I
)
_SUPPORT = re.compile(r"补|奖|贴|资助|[减免退]|优惠|激励|资金|基金|万元|亿元|折")
_SEVERAL = 4.0  # the rarity of names that a question cannot do without
_NONE_NAMED = 0.02  # the city, which every policy names, is less
_CERTAIN = 0.55  # how likely a figure must be of something that no document names
_AS_NEAR = 0.5  # of the share of the question that the first passage holds
_PLAN = re.compile(r"\b(?:measure|scheme|programme|program|plan|package|polic(?:y|ie)|rule|initiative)s?$")
_WHOLE = ABOUT_POLICY | {"apply", "overlap"}  # what closing provisions say for their whole policy
_IN_SENTENCE = frozenset(("day",))  # a date elsewhere in a passage is that of something else
_FIGURES = ("count", "amount", "yuan", "money", "percentage")


def confidence(question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], index: Index) -> float:
    """How likely the corpus answers the question, 0 to 1: a logistic function, fitted by eval/calibrate.py."""
    if not hits or not evidence or ruled_out(question, evidence, index):
        return 0.0
    if (
        question.steer
        and question.kind in ABOUT_POLICY
        and index.documents[evidence[0].passage.document_id].name == question.steer
    ):
        return 1.0
    weights, found = _weights()[question.language], features(question, hits, evidence, index)
    alone = not question.steer and question.kind not in _WHOLE
    if alone and _none_named(question, evidence, index):
        return 0.0  # only the words that ask, as subsidy and how much, stand there
    value = 1 / (1 + math.exp(-weights["bias"] - sum(weights[name] * feature for name, feature in found.items())))
    if value < _CERTAIN and strict(question.kind) and _strange(question, evidence, index):
        return 0.0  # the share of pay that goes into the housing provident fund
    contact = index.documents[evidence[0].passage.document_id].kind == "contact"
    if (question.kind == "overlap" and found["covered"] > 0.25) or (contact and found["holds"]):
        return max(value, 0.5)  # what adds up is said for the policy as a whole; who is to be reached is named
    return max(value, FOLLOWED) if _followed(question, evidence, found, index) else value


def _none_named(question: Question, evidence: Sequence[Evidence], index: Index) -> bool:
    """Whether the evidence names none of the rare things that the question does; in Chinese a year alone is not enough."""
    context = _context(index.documents[evidence[0].passage.document_id], evidence)
    things = subjects(question, index)
    if question.language == "zh":
        things = [(term, rarity) for term, rarity in things if not term.words[0][0].startswith("=")]
    return sum(rarity for _, rarity in things) > _SEVERAL and _named(things, context, index) < _NONE_NAMED


def _strange(question: Question, evidence: Sequence[Evidence], index: Index) -> bool:
    """Whether an English question names a thing of the term list that no document names, in these words or in others."""
    policies = index.documents[evidence[0].passage.document_id].text
    return question.language == "en" and bool(strange(question, " ".join(e.text for e in evidence), policies, index))


def _followed(question: Question, evidence: Sequence[Evidence], found: dict[str, float], index: Index) -> bool:
    """Whether a follow-up, which says little, is met by the policy answered from before: all it names, or the office asked for."""
    document = index.documents[evidence[0].passage.document_id]
    foreign = found["other_place"] or found["other_year"]
    met = found["covered"] > 0.8 or (question.kind in ("office", "apply") and found["holds"])
    return document.name == question.steer and not foreign and bool(met)


def ruled_out(question: Question, evidence: Sequence[Evidence], index: Index) -> str:
    """Why the evidence cannot answer: "not stated" (a phone, a sum in yuan ... and nothing of that kind stands in it),
    a "figure" that the question takes for granted, another "class" (第一类, 5星级) or another district ("place") than the
    one asked about; "" when it can."""
    document = index.documents[evidence[0].passage.document_id]
    if unfounded(question, evidence):
        return "figure"
    own = [e for e in evidence if e.passage.document_id == document.id]  # an amount of another policy is no answer
    asked = _asked(question)
    needed = strict(asked[0]) or (
        question.kind in _FIGURES and len(own) < len(evidence) and not _YES_NO.search(question.text)
    )
    if needed and not _said(question, asked, _as_near(question, own, index)):
        return "no amount" if question.kind in _FIGURES else "not stated"
    paid = question.kind in ("yuan", "amount") and asks_support(question.text)
    if paid and not any(facts(e.passage.text) or _REDUCED.search(e.passage.text) for e in own):
        return "no amount"  # the output of an industry is no reward
    if paid and question.language == "zh" and named_without_grant(question.text, evidence[0].passage.text):
        return "no amount"
    granted = question.kind == "money" and _GRANT.search(question.text)
    if granted and not any(_SUPPORT.search(e.passage.text) for e in own):
        return "no amount"
    if (
        question.kind == "validity"
        and BEGINS.search(question.text)
        and not any(_DATED.search(fold(e.text)) for e in evidence)
    ):
        return "not stated"
    uncounted = unmeasured(question.original, evidence) and not tally(question, evidence[0].passage, index)
    if uncounted:
        return "not stated"
    if question.kind in ("apply", "address") and untreated(subjects(question, index), index):
        return "not stated"  # how one applies for a liquor licence
    context = _context(document, evidence)
    if question.kind not in _WHOLE and other_class(question.text, context, index):
        return "class"
    if question.kind in _FIGURES and _of_other_policy(question, context, index):
        return "not stated"
    return "place" if _other_district(question.text, document) or _other_zone(question.text, document) else ""


def _said(question: Question, asked: Sequence[str], evidence: Sequence[Evidence]) -> bool:
    """Whether the evidence holds something of a kind that is asked for."""
    itself = not ABOUT_POLICY.intersection(question.kinds)
    texts = ((kind, e.text if itself and kind in _IN_SENTENCE else e.passage.text) for kind in asked for e in evidence)
    return any(holds(kind, text) for kind, text in texts)


_DATED = re.compile(r"\d ?[年月日]|之日|起(?:施行|实施|执行)")


def _as_near(question: Question, evidence: Sequence[Evidence], index: Index) -> list[Evidence]:
    """The evidence that says about as much of the question, with its titles, as the first piece does."""
    shares = [index.share(question.text, " ".join((*e.passage.section, e.passage.text))) for e in evidence]
    return [e for e, share in zip(evidence, shares, strict=True) if share >= _AS_NEAR * shares[0]]


def _of_other_policy(question: Question, context: str, index: Index) -> bool:
    """Whether a question names what another policy is about (工业母机, in its very name), and the evidence does not name it."""
    here = words_of(context)
    rare = [term for term, rarity in subjects(question, index) if rarity > RARE and not stands(term, here)]
    missing = [term for term in rare if not in_parts(term.name, here, index)]
    telling = [w for term in missing for w, weight in term.words if weight >= SURE and len(w) >= _TELLING]
    names = squeeze(" ".join(d.name for d in index.policies if d.kind != "news")) if telling else ""
    return any(word in names for word in telling)


def _asked(question: Question) -> tuple[str, ...]:
    """The kinds of thing of which one suffices: the first, or of a question in several parts that of each part."""
    asked = [kinds(part)[0] for part in parts_of(question) if kinds(part)]
    return tuple(kind for kind in asked if strict(kind)) or (question.kind,)


def why_not(question: Question, evidence: Sequence[Evidence], index: Index) -> str:
    """Why a question is not answered: another "place", "year" or "class", something "not stated", "no amount", another "figure", or ""."""
    if not evidence:
        return ""
    document = index.documents[evidence[0].passage.document_id]
    context = _context(document, evidence)
    if _elsewhere(question, document, context + _regions(index)):
        return "place"
    if any(_foreign_year(document, context, year) for year in question.years) or _other_plan(question.text, context):
        return "year"
    return ruled_out(question, evidence, index)


@cache
def _weights() -> dict[str, dict[str, float]]:
    weights: dict[str, dict[str, float]] = json.loads(
        Path(__file__).with_name("confidence.json").read_text(encoding="utf-8")
    )
    return weights


def features(question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], index: Index) -> dict[str, float]:
    """What the decision to answer rests on: how much of the question is met, and what it names that the evidence lacks."""
    document = index.documents[evidence[0].passage.document_id]
    context = _context(document, evidence)
    if question.kind in _WHOLE:
        context = f"{context} {document.text}"
    quoted = " ".join(e.text for e in evidence)
    things = subjects(question, index)
    return {
        "covered": index.share(without_quantities(question.text), context),
        "named": _named(things, context, index),
        "untreated": float(
            any(not (question.kind in ABOUT_POLICY and _PLAN.search(n)) for n in untreated(things, index))
        ),
        "meaning": max(u.meaning for h in hits[:3] for u in h.units),
        "peak": hits[0].peak,
        "holds": float(bool(question.kind) and holds(question.kind, quoted)),
        "other_place": float(_elsewhere(question, document, context + _regions(index)) or _unplaced(question, context)),
        "other_year": _other_years(question, document, context, evidence[0].passage),
    }


def _other_years(question: Question, document: Document, context: str, passage: Passage) -> float:
    """How foreign the years that a question names are to the evidence, 0 to 1."""
    if question.kind == "validity":
        return 0.0  # until when a policy of 2020 holds, asked for 2026
    unsaid = _unsaid(question, document, context, passage) or _other_plan(question.text, context)
    return max([float(unsaid), *(_foreign_year(document, context, year) for year in question.years)])


def _named(things: Sequence[tuple[Term, float]], context: str, index: Index) -> float:
    """The share of the things that the question names, weighted by rarity, that the evidence and its titles name too."""
    words = words_of(context)
    met = sum(rarity for term, rarity in things if stands(term, words) or in_parts(term.name, words, index))
    return met / (sum(rarity for _, rarity in things) or 1.0)


def _context(document: Document, evidence: Sequence[Evidence]) -> str:
    """What bears on the evidence: the policy's title, region and issuers, the titles above it, its passages."""
    above = (t for e in evidence for t in (*e.passage.section, e.passage.text))
    return " ".join([document.title, document.region or "", *document.issuers, *above])


def _elsewhere(question: Question, document: Document, context: str) -> bool:
    """Whether all provinces and cities that the question names, or those of a sentence that asks, are foreign to the evidence.

    Not when it names a district of the evidence beside them: with whom 江北 works together in 四川; nor the province before
    the very place of the policy: 山东莘县.
    """
    own = re.sub(r"^.*省|[市区县]$", "", document.region or "")
    text = re.sub(rf"[\u4e00-\u9fff]{{2,3}}[省市]?(?={own})", "", question.text) if own else question.text
    text = _BROUGHT.sub("", fold(text))
    parts = [part for part in (text, *_asking(text)) if not any(name in context for name in districts(part))]
    named = [found for part in parts if (found := places(part) or countries(part))]
    return any(not any(form in context for forms in found for form in forms) for found in named)


def _asking(text: str) -> list[str]:
    """The sentences of a question that ask."""
    return [part for part in re.split(r"[。;!?]|\. ", text) if kinds(part)]


_BROUGHT = re.compile(
    r"(?:从|自|由)[^,。;?]{2,6}?(?=就?(?:买|购|引进|采购|进口|运|调|拉|搬|迁|请|招))"
)  # 从河北买了30头牛


def _unplaced(question: Question, context: str) -> bool:
    """Whether the question asks for a figure (江北区产值) or the zone of a district that the evidence does not name.

    A grant of the city holds in all of them, and where the asker is (我在璧山) is no matter either.
    """
    figure = not asks_support(question.text) and any(kind in question.kinds for kind in _FIGURES)
    named = districts(question.text) if figure and not _ASKER.search(question.text) else []
    return any(group and not any(name in context for name in group) for group in (named, zones(question.text)))


_ASKER = re.compile(r"我|咱|打算|\b(?:i|we|our|my|us)\b", re.I)


def _unsaid(question: Question, document: Document, context: str, passage: Passage) -> bool:
    """Whether the question asks for a figure of a year (2023年产值) that the evidence does not name; a grant holds for every year of its policy."""
    own = {day.year for day in (document.issued_on, document.valid_until) if day}
    years = [year for year in question.years if year not in own]
    said = CITED_TITLE.sub("", fold(context))
    figure = not asks_support(question.text) and any(kind in question.kinds for kind in _FIGURES)
    if _undated(document, context):  # 2022 may be when it was in the news
        years = [year for year in years if any(str(year) in part for part in _asking(fold(question.text)))]
    unsaid = bool(years) and not any(names_year(said, year) for year in years)
    return figure and (unsaid or other_year(question, passage))


def _other_district(question: str, document: Document) -> bool:
    """Whether the policy is a district's, and the question names other districts only."""
    own = districts(document.region or "")
    asked = districts(question)
    return bool(own) and bool(asked) and not set(own) & set(asked)


def _other_zone(question: str, document: Document) -> bool:
    """Whether a policy is for one district or zone, as its title says, and nowhere names those that the question does."""
    own, asked = districts(document.title) or _ZONE.findall(document.title), districts(question)
    return bool(own) and bool(asked) and not any(name in document.text for name in asked)


_ZONE = re.compile(r"[\u4e00-\u9fff]{2}(?:经济技术开发区|经开区|高新区|示范区|开发区)")


def _other_plan(question: str, context: str) -> bool:
    """Whether the question names a five-year plan (十五五, 15th Five-Year) that the evidence does not."""
    asked = {m[0] for m in re.finditer(r"十[二三四五六]五", fold(question))}
    asked |= {
        f"十{'零一二三四五六'[int(m[1]) - 10]}五"
        for m in re.finditer(r"\b(1[2-6])th five[- ]year", fold(question), re.I)
    }
    return any(plan not in context and not names_year(context, last_year(plan)) for plan in asked)


def _regions(index: Index) -> str:
    return " ".join(sorted({d.region for d in index.documents.values() if d.region}))


def _undated(document: Document, context: str) -> bool:
    """Whether the evidence is from a news item without a date, and names no year: it may be of any year."""
    dated = document.effective_from or document.issued_on or re.search(r"20\d\d年", fold(context))
    return document.kind == "news" and not dated


def _foreign_year(document: Document, context: str, year: int) -> float:
    """0 when a year stands in the evidence or lies in the policy's period, 0.5 when only elsewhere in its text, else 1."""
    if _undated(document, context) or names_year(context, year) or year in in_period(document):
        return 0.0
    if names_year(document.text, year):
        return 0.5
    return float(re.search(r"(?:19|20)\d\d", fold(document.text)) is not None)
