"""What a question is about: the things it names, without the words that only ask."""

import re
from collections.abc import Sequence
from functools import cache

from assistant.followups import ASKING_ZH
from assistant.questions import Question, without_quantities
from index.asked import without_asking
from index.fold import squeeze
from index.lexical import Term, stands, words_of
from index.numbers import numbers, plain
from index.search import Index
from index.terms import phrase_key, read_terms, stems

_LONGEST = 10
RARE, LONG = 2.5, 3  # how rare a thing is that tells a policy from others, or how long its Chinese word
_LATIN = re.compile(r"(?<![a-z0-9])[a-z][a-z0-9+-]+")
_NO_THING = frozenset(("question", "verb", "adjective", "number", "time", "unit"))


def subjects(question: Question, index: Index) -> list[tuple[Term, float]]:
    """The things that a question names, each as a term with its synonyms, and how rare it is in the documents.

    In Chinese the words that dictionary or term list knows, and numbers; in English the phrases of the term list, for
    a general English word says little about what Chinese documents treat.
    """
    found = _english(question, index) if question.language == "en" else _chinese(question, index)
    return [(term, index.term_weight(term)) for term in found]


def as_named(question: Question, index: Index) -> tuple[Term, ...]:
    """The things of the term list that a question names, in its own words; none that is everywhere, as 企业 and 服务."""
    things = ((term, rarity) for term, rarity in subjects(question, index) if _is_thing(term.name))
    return tuple(
        Term(_as_written(term.name, question.text), term.words)
        for term, rarity in things
        if rarity > RARE or min((len(word) for word, _ in term.words if not word.isascii()), default=0) >= LONG
    )


def _chinese(question: Question, index: Index) -> list[Term]:
    synonyms = index.translator.synonyms_of
    about = without_asking(question.kind, question.text) if question.kind else question.text
    words = [w for part in ASKING_ZH.split(squeeze(about)) if part for w in known_words(part, index.lexicon)]
    named = [Term(w, tuple(sorted((dict.fromkeys(synonyms(w), 1.0) | {w: 1.0}).items()))) for w in words]
    latin = [Term(w, ((w, 1.0),)) for w in dict.fromkeys(_LATIN.findall(squeeze(question.text).lower()))]
    return [*named, *latin, *_numbers(question)]


def _numbers(question: Question) -> list[Term]:
    """The numbers of a question but for the asker's own quantities: 33618, 5664, a year."""
    found = numbers(without_quantities(question.text))
    return [Term(n.written, ((f"={plain(n.value)}{n.percent}", 1.0),)) for n in found]


def known_words(text: str, lexicon: frozenset[str], longest: int = _LONGEST) -> list[str]:
    """The known words of a text, of `longest` characters at most, the longest first, from left to right."""
    words, at = [], 0
    while at < len(text):
        size = next((n for n in range(min(longest, len(text) - at), 1, -1) if text[at : at + n] in lexicon), 0)
        if size:
            words.append(text[at : at + size])
        at += size or 1
    return words


def _english(question: Question, index: Index) -> list[Term]:
    plainly = (Term(t.name, t.words) for t in index.translator.terms(question.text))
    return [*(term for term in plainly if _is_thing(term.name)), *_numbers(question)]


def untreated(things: Sequence[tuple[Term, float]], index: Index) -> list[str]:
    """Of the things that a question names those of the term list that no document names: 叉车, driving licence."""
    return [t.name for t, _ in things if not index.mentions(t) and (_is_thing(t.name) or t.name in _chinese_things())]


def strange(question: Question, text: str, policies: str, index: Index) -> list[str]:
    """Of the untreated things those that a text does not say in other words either (网约车 as 网约出租车),
    and whose parts do not all stand in the policies that it is from (充电桩补贴)."""
    said, whole = words_of(text), words_of(policies)
    unsaid = [
        name
        for name in untreated(subjects(question, index), index)
        if not (
            in_parts(name, said, index) if name.isascii() else _mostly(name, said[0]) or _made_up(name, whole[0], index)
        )
    ]
    return list(dict.fromkeys(_as_written(name, question.text) for name in unsaid))


def _as_written(name: str, question: str) -> str:
    found = re.search(re.escape(name), question, re.I)
    return found[0] if found else name


def in_parts(name: str, words: tuple[str, frozenset[str]], index: Index) -> bool:
    """Whether the words of an English phrase that no document has as a whole all stand in a text (insurance subsidy)."""
    parts = [index.translator.terms(word) for word in name.split()] if name.isascii() else []
    return len(parts) > 1 and all(any(stands(t, words) for t in part) for part in parts)


def _made_up(name: str, text: str, index: Index) -> bool:
    """Whether a compound falls into known words that all stand in a text."""
    parts = known_words(name, index.lexicon, len(name) - 1)
    return "".join(parts) == name and all(part in text for part in parts)


def _mostly(name: str, text: str) -> bool:
    return sum(char in text for char in name) >= 0.75 * len(name)


def _is_thing(name: str) -> bool:
    *head, last = re.split(r"[ -]", name)
    return any(phrase_key(" ".join([*head, form])) in _things() for form in (last, *stems(last)))


@cache
def _things() -> frozenset[str]:
    return frozenset(phrase_key(english) for english, _, kind in read_terms() if kind not in _NO_THING)


@cache
def _chinese_things() -> frozenset[str]:
    listed = [(squeeze(word), kind in _NO_THING) for _, chinese, kind in read_terms() for word in chinese]
    return frozenset(word for word, _ in listed) - {word for word, other in listed if other}
