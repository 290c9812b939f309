"""Which sentences of the found passages answer a question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.quantities import bounds, quantities
from assistant.questions import Question, asks_support
from assistant.sums import PAID_BY, same_unit
from assistant.thresholds import comparable, missed
from index.asked import ABOUT_POLICY, holds, without_asking
from index.dates import names_year, validity, years_in
from index.documents import Document
from index.fold import fold, pairs, squeeze
from index.passages import ANSWER, QUESTION, Passage, units
from index.search import Hit, Index, Unit

LOOKED_AT = 8
QUOTE_CHARS, YEAR_CHARS = 260, 420
CLOSE = {"zh": 2.0, "en": 1.0}  # two hits nearer than this are right about as often
# of the score of a hit: how far one that names the asked year may stand behind
NEAR_SCORE, FAR_SCORE = {"zh": 2.0, "en": 3.0}, 5.0
# in shares of a question: a year that it names, how far a name must stand out, and a site
ISSUED_THEN, CLEARLY, NAMED = 0.2, 0.1, 0.2
HOLDING, PAYING = 3.0, 2.0  # of the score of a hit
REPEATED = 0.6  # of a sentence's pairs of characters, in what it repeats
_CLOSING = ("apply", "overlap")  # what closing provisions settle for a whole policy
# asks for a policy that another one names
_CITED = re.compile(r"引用|引的|依据|附录|\bcited\b|\bannex\b|\breferred\b|\blisted\b", re.I)
_RESPONSIBLE = re.compile(r"^[(〔]?(?:责任|牵头)单位")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of a passage's `raw` that answers, and its words for reading."""

    passage: Passage
    start: int
    end: int
    text: str

    @property
    def quote(self) -> str:
        """The exact slice."""
        return self.passage.raw[self.start : self.end]

    @property
    def lines(self) -> tuple[int, int]:
        """The 1-based lines of the slice in the source file."""
        first = self.passage.line_start + self.passage.raw.count("\n", 0, self.start)
        return first, first + self.quote.count("\n")


def whole(passage: Passage) -> Evidence:
    """All of a passage."""
    return Evidence(passage, 0, len(passage.raw), passage.text)


def of_unit(passage: Passage, unit: Unit) -> Evidence:
    """One of a passage's spans."""
    return Evidence(passage, unit.start, unit.end, unit.text)


def choose(question: Question, hits: Sequence[Hit], index: Index) -> list[Evidence]:
    """The spans to quote, the one that answers first; none when there is no hit."""
    looked_at = _of_year(question, [hit for hit in hits[:LOOKED_AT] if not _other_contact(question, hit, index)], index)
    if not looked_at:
        return []
    looked_at = _holding_first(question, _defining_first(question, _policy_first(looked_at, index)))
    looked_at = _paying_first(question, looked_at)
    kind = question.kind
    if special := _of_policy(kind, question, looked_at, index):
        return [special]
    hit = looked_at[0]
    main = span(question, hit)
    inside = [u for u in hit.units if u.holds] if hit.passage.kind != "head" else []
    if kind and inside and not holds(kind, main.text):
        return [main, of_unit(hit.passage, inside[0])]
    if kind == "office" and not holds("office", main.text) and (office := _office(hit, looked_at, index)):
        return [office] if office.passage.kind == "row" else [main, office]
    if kind in _CLOSING:
        named = _named(question, looked_at, index)
        elsewhere = not holds(kind, main.text) or (kind == "overlap" and named.id != main.passage.document_id)
        if elsewhere and (provision := _in_policy(named, index, kind)):
            return [provision]
    if main.passage.kind == "row" and "list" in question.kinds and (rows := _rows_like(hit, looked_at)):
        return [main, *rows]
    second = _second(question, hit, looked_at)
    return [main, second] if second else [main]


def _other_contact(question: Question, hit: Hit, index: Index) -> bool:
    """Whether a passage tells how to reach the publisher of the documents, whom the question does not name."""
    document = index.documents[hit.passage.document_id]
    return document.kind == "contact" and index.share(question.text, document.title) < NAMED


def _with_first(first: Hit, hits: Sequence[Hit]) -> list[Hit]:
    return [first, *(hit for hit in hits if hit is not first)]


def _policy_first(hits: Sequence[Hit], index: Index) -> Sequence[Hit]:
    """The passages, with the policy's own words first where the best passage is a news item that repeats them."""
    if index.documents[hits[0].passage.document_id].kind != "news":
        return hits
    told = pairs(hits[0].units[0].text)
    for hit in hits[1:]:
        policy = index.documents[hit.passage.document_id].kind != "news"
        if policy and len(told & pairs(hit.passage.text)) > REPEATED * len(told):
            return _with_first(hit, hits)
    return hits


def _holding_first(question: Question, hits: Sequence[Hit]) -> Sequence[Hit]:
    """The passages, with one first that says how often, how much is set aside or what adds up, where the best does not and it is near."""
    kind = question.kind
    if kind not in _IN_ONE_PLACE or holds(kind, hits[0].passage.text):
        return hits
    near = (h for h in hits[1:] if h.units[0].holds and h.score > hits[0].score - HOLDING)
    better = next(near, None)
    return _with_first(better, hits) if better else hits


def _paying_first(question: Question, hits: Sequence[Hit]) -> Sequence[Hit]:
    """The passages, with one first that pays by what the asker counts (200台: 元/辆), where the best pays by other things and it is near."""
    counted = {q.unit for q in question.quantities if q.unit in PAID_BY and not q.per}
    if not counted or not asks_support(question.text):
        return hits

    def pays(per: set[str]) -> bool:
        return any(same_unit(unit, thing) for unit in counted for thing in per)

    first = _paid_by(hits[0])
    near = (h for h in hits[1:] if h.score > hits[0].score - PAYING and pays(_paid_by(h)))
    better = next(near, None) if first and not pays(first) else None
    return _with_first(better, hits) if better else hits


def _paid_by(hit: Hit) -> set[str]:
    """The things by which a passage pays: 元/辆."""
    return {q.per for q in quantities(hit.passage.text) if q.per and q.unit == "元"}


def _defining_first(question: Question, hits: Sequence[Hit]) -> Sequence[Hit]:
    """The passages, with the one first that says what a quoted name stands for: “大小三电”(电控系统、…), 所称…是指."""
    if not _DEFINES.intersection(question.kinds):
        return hits
    for name in QUOTED.findall(fold(question.text)):
        said = re.compile(rf"{re.escape(name)}[”’」\"']?(?:\((?!以下)|,?(?:是指|即|指的是|包括))")
        if defining := next((hit for hit in hits if said.search(fold(hit.passage.text))), None):
            return _with_first(defining, hits)
    return hits


_IN_ONE_PLACE = frozenset(("frequency", "allocation", "overlap"))
_DEFINES = frozenset(("definition", "list"))
QUOTED = re.compile(r"[“‘「\"']([^“”‘’「」\"']{3,40})[”’」\"']")


def _of_asked_year(question: Question, hit: Hit, index: Index) -> bool | None:
    """Whether a policy holds in, or a passage names, a year that is asked for; None when the policy has no dates."""
    document = index.documents[hit.passage.document_id]
    said = CITED_TITLE.sub("", fold(hit.passage.text))
    if any(f"{year}年" in said for year in question.years):
        return True
    period = in_period(document)
    return any(year in period for year in question.years) if period else None


def in_period(document: Document) -> range:
    """The years in which a policy holds; none when it has no dates."""
    first = document.effective_from or document.issued_on
    last = document.valid_until or document.issued_on
    return range(first.year, last.year + 1) if first and last else range(0)


CITED_TITLE = re.compile(r"《[^》]*》")  # 《…总体规划(2020—2035年)》 says nothing of 2035


def _of_year(question: Question, hits: Sequence[Hit], index: Index) -> Sequence[Hit]:
    """The passages, with one that names an asked-for year first when the best one names none of them and that one is near;
    for support one of a policy of that year, when the best is of a policy of other years."""
    if not question.years or not hits or _names_year(question, hits[0]):
        return hits
    if asks_support(question.text):
        near = (h for h in hits[1:] if h.score > hits[0].score - FAR_SCORE and _of_asked_year(question, h, index))
        better = next(near, None) if _of_asked_year(question, hits[0], index) is False else None
        return _with_first(better, hits) if better else hits
    distance = FAR_SCORE if other_year(question, hits[0].passage) else NEAR_SCORE[question.language]
    near = (hit for hit in hits[1:] if _names_year(question, hit) and hit.score > hits[0].score - distance)
    better = next(near, None)
    return _with_first(better, hits) if better else hits


def _names_year(question: Question, hit: Hit) -> bool:
    """Whether a passage, or a title above it other than the policy's own, names a year that is asked for."""
    said = " ".join([*hit.passage.section[1:], hit.passage.text])
    return any(names_year(said, year) for year in question.years)


def other_year(question: Question, passage: Passage) -> bool:
    """Whether a passage says by which years, and they are others than the one asked for: its figures are not the answer."""
    said = set(_BY_YEAR.findall(fold(passage.text)))
    return bool(said) and bool(question.years) and not said & {str(year) for year in question.years}


_BY_YEAR = re.compile(r"(?:到|至|截至|^|[。;:])(20\d\d)年(?!底?前)")


def span(question: Question, hit: Hit) -> Evidence:
    """The best sentence that the asker's quantities do not contradict, and neighbours that hold more of what is asked."""
    passage = hit.passage
    ordered = sorted(hit.units, key=lambda u: (-_fit(question, u), u.start))
    best = ordered[0]
    if passage.kind in ("row", "raw row"):
        return Evidence(passage, best.start, best.end, passage.text)
    start, end = best.start, best.end
    certain = any(
        b.holds_for(q.value)
        for b in bounds(best.text)
        for q in question.quantities
        if comparable(question.text, q, best.text, b)
    )
    alone = certain or passage.kind == "head"  # between the lines of a head stands the furniture of the page
    for unit in [] if alone else ordered[1:5]:
        wanted = (unit.holds and (not best.holds or unit.score > 0.5 * best.score)) or unit.score > 0.6 * best.score
        low, high = min(start, unit.start), max(end, unit.end)
        if wanted and high - low <= QUOTE_CHARS and not missed(question, passage.raw[low:high]):
            start, end = low, high
    if end - start < 40 and passage.kind != "head":
        start, end = _grown(passage, start, end)
    following = next(((a, b, t) for a, b, t in units(passage) if a >= end), None)
    if (
        following
        and re.match(r"(?:单个|单站|单车|每个|同一)[^,。;]{0,10}(?:最高|不超过|给予)", fold(following[2]))
        and following[1] - start <= QUOTE_CHARS + 60
    ):
        end = following[1]
    start, end = _with_answer(passage, *_with_year(question, passage, start, end))
    return Evidence(passage, start, end, "".join(t for a, b, t in units(passage) if a >= start and b <= end))


def _with_answer(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """Of a question and its answer the answer from its first word: 「答:不能。分公司…」."""
    if not QUESTION.match(fold(passage.raw)):
        return start, end
    spans = units(passage)
    first = next((n for n, (a, _, _) in enumerate(spans) if ANSWER.match(fold(passage.raw[a:]))), 0)
    return spans[first][0], max(end, spans[min(first + 1, len(spans) - 1)][1])


def _with_year(question: Question, passage: Passage, start: int, end: int) -> tuple[int, int]:
    """A span that begins so that it holds the year asked for: 到2027年… stands before the figures of its targets."""
    years = question.years
    if not years or any(names_year(passage.raw[start:end], year) for year in years):
        return start, end
    before = [a for a, b, t in units(passage) if b <= start and any(names_year(t, year) for year in years)]
    return (before[-1] if before and end - before[-1] <= YEAR_CHARS else start), end


def _fit(question: Question, unit: Unit) -> float:
    """A unit's score; bounds that the asker's quantities meet speak for it, bounds that they miss against it."""
    met, failed = 0, 0
    for bound in bounds(unit.text):
        for quantity in question.quantities:
            if quantity.unit == bound.quantity.unit and quantity.unit not in ("%", "‰"):
                met, failed = met + bound.holds_for(quantity.value), failed + (not bound.holds_for(quantity.value))
    certain = bool(missed(question, unit.text))
    return unit.score + 0.15 * min(met, 3) - 0.15 * min(failed, 3) - 0.25 * certain


def _grown(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """A bare heading or fragment with the sentences that follow it."""
    announced = passage.raw[start:end].rstrip().endswith((":", "："))  # what follows is what was asked for
    for a, b, _ in units(passage):
        if a >= end and (b - start <= YEAR_CHARS if announced else b - start <= QUOTE_CHARS and end - start < 60):
            end = b
    return start, end


def _of_policy(kind: str, question: Question, hits: Sequence[Hit], index: Index) -> Evidence | None:
    """For questions about a policy itself (until when, issued when, which number): the line that says so."""
    hit = hits[0]
    steered = next((d for d in index.documents.values() if d.name == question.steer), None) if question.steer else None
    document = steered or _named(question, hits, index)
    if kind == "validity":
        own = document.id == hit.passage.document_id
        if not steered and own and hit.passage.kind == "record" and any(u.holds for u in hit.units):
            return None
        line = document.validity_line or (document.line_start if document.valid_until else None)
        return at_line(index, document, line, kind) if line else None
    if kind in ("issue_date", "document_number"):
        about = _about(question)
        listed = [of_unit(h.passage, u) for h in hits[:3] if h.passage.kind != "head" for u in h.units if u.holds]
        shares = [index.share(about, e.text) for e in listed]
        named = index.share(about, document.title + document.name)
        if not shares or named + (-0.2 if _CITED.search(question.text) else 0.1) >= max(shares):
            return at_line(index, document, document.line_start, kind)
        return listed[shares.index(max(shares))]
    return None


def _about(question: Question) -> str:
    """A question without the words that ask about a policy itself: still in force, document number."""
    text = question.text
    for kind in ABOUT_POLICY.intersection(question.kinds):
        text = without_asking(kind, text)
    return text


def _named(question: Question, hits: Sequence[Hit], index: Index) -> Document:
    """The policy of the found passages whose name, and year, is most in the question; that of the first one unless another is clearly named."""
    found = [index.documents[key] for key in dict.fromkeys(hit.passage.document_id for hit in hits)]
    named = [
        index.share(_about(question), d.name)
        + ISSUED_THEN * (d.issued_on is not None and d.issued_on.year in question.years)
        for d in found
    ]
    best = max(range(len(found)), key=lambda n: named[n])
    return found[best if named[best] > named[0] + CLEARLY else 0]


def at_line(index: Index, document: Document, line: int, kind: str) -> Evidence | None:
    """The span at a line of a document, or where that line stands again, that holds a kind of thing."""
    for passage in index.passages:
        places = [
            (passage.document_id, passage.line_start, passage.line_end),
            *((p.document_id, p.line_start, p.line_end) for p in passage.further),
        ]
        if any(owner == document.id and first <= line <= last for owner, first, last in places):
            if kind == "validity":
                found = [u for u in units(passage) if validity(u[2], document.issued_on)] or [
                    u for u in units(passage) if years_in(u[2])
                ]
            else:
                found = [u for u in units(passage) if holds(kind, u[2])]
            if found:
                a, b, text = found[-1] if kind == "issue_date" else found[0]
                return Evidence(passage, a, b, text)
    return None


def _office(hit: Hit, hits: Sequence[Hit], index: Index) -> Evidence | None:
    """Who is in charge of a task that the passage itself leaves open.

    The table row of the same task; the line 「(责任单位:…)」 of the section; another found passage of the policy.
    """
    same = index.passages_of(hit.passage.document_id)
    task = squeeze(hit.passage.section[-1] if hit.passage.section else "")
    for passage in same:
        cells = [squeeze(line) for line in passage.raw.split("\n")] if passage.kind == "row" else []
        if holds("office", passage.text) and any(
            len(cell) >= 6 and _in_order(cell.rstrip("。"), task) for cell in cells
        ):
            return whole(passage)
    for passage in same:
        if (
            passage.line_start >= hit.passage.line_start
            and _RESPONSIBLE.match(fold(passage.text))
            and hit.passage.section[: len(passage.section)] == passage.section
        ):
            return whole(passage)
    for other in hits[1:5]:
        if (
            other.passage.document_id == hit.passage.document_id
            and other.units[0].holds
            and other.score > hit.score - 2
        ):
            return of_unit(other.passage, other.units[0])
    return None


def _in_order(short: str, text: str) -> bool:
    """Whether a text has all characters of a shorter one in their order: 支持创新产品开拓国际市场 of 支持智慧医疗装备创新产品开拓国际市场."""
    rest = iter(text)
    return all(char in rest for char in short)


def _rows_like(hit: Hit, hits: Sequence[Hit]) -> list[Evidence]:
    """Further rows of the same table that meet the question as well: the answer to "which ones" is several rows."""
    best = hit.units[0].with_titles
    same = [
        h
        for h in hits[1:]
        if h.passage.kind == "row"
        and h.passage.section[:2] == hit.passage.section[:2]
        and h.passage.document_id == hit.passage.document_id
    ]
    return [whole(h.passage) for h in same if h.units[0].with_titles > best - 0.02][:4]


def _in_policy(document: Document, index: Index, kind: str) -> Evidence | None:
    """The last sentence of the policy that holds what is asked for: closing provisions tell how to apply and what adds up."""
    for passage in reversed(index.passages_of(document.id)):
        if passage.kind == "paragraph":
            for a, b, text in units(passage):
                if holds(kind, text):
                    return Evidence(passage, a, b, text)
    return None


def _second(question: Question, hit: Hit, hits: Sequence[Hit]) -> Evidence | None:
    """Another passage, when it holds what is asked for and clearly more of the question than the first left open, or when the two are close."""
    best = hit.units[0]
    hits = [hits[0], *(h for h in hits[1:] if asks_support(question.text) or not other_year(question, h.passage))]
    for other in hits[1:4]:
        unit = other.units[0]
        gain = unit.with_titles - best.with_titles
        if (gain > 0.12 or best.holds < unit.holds) and other.score > hit.score - 1.5 and unit.holds >= best.holds:
            return span(question, other)
    other = hits[1] if len(hits) > 1 else hit
    close = (
        other is not hit and hit.score - other.score < CLOSE[question.language] and other.units[0].holds >= best.holds
    )
    return span(question, other) if close else None
