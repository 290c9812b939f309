"""BM25 over our own tokens, where a query term may be a set of alternatives (structured query)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.numbers import numbers, plain
from index.tokens import bare, together

K1, B = 0.7, 0.95
SURE = 0.25  # an alternative that weighs less helps to find, but does not prove that a text speaks of the thing
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for: alternative words, each with a weight, that count as one word.

    Term frequency is the weighted sum over the alternatives, document frequency counts each text with the weight of
    the best alternative it holds (structured queries: Pirkola 1998; Darwish & Oard 2003). A word `=5000` is a number by its value.
    """

    name: str
    words: tuple[tuple[str, float], ...]
    weight: float = 1.0


def words_of(text: str) -> tuple[str, frozenset[str]]:
    """A text for `stands`: its characters without space and quotation marks, and its numbers by value."""
    return bare(text), frozenset(f"={plain(n.value)}{n.percent}" for n in numbers(text))


def met(term: Term, text: tuple[str, frozenset[str]]) -> float:
    """The weight of the best of a term's words that stands in a text; 0 when none does."""
    best = 0.0
    for word, weight in term.words:
        if weight > best and word in text[word[:1] == "="]:
            best = weight
    return best


def stands(term: Term, text: tuple[str, frozenset[str]]) -> bool:
    """Whether one of a term's words, and no mere guess, stands in a text."""
    return met(term, text) >= SURE


class Lexical:
    """Postings of token counts per text; texts are numbered from 0."""

    def __init__(
        self,
        vocabulary: dict[str, int],
        starts: NDArray[np.int64],
        rows: NDArray[np.int32],
        counts: Vector,
        lengths: Vector,
    ):
        self._vocabulary, self._starts, self._rows, self._counts = vocabulary, starts, rows, counts
        self.lengths = lengths
        self._norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0)) if len(lengths) else lengths

    @classmethod
    def build(cls, counted: Sequence[Counter[str] | dict[str, float]]) -> "Lexical":
        """Index texts given as token → (weighted) count."""
        vocabulary = {token: i for i, token in enumerate(sorted({token for bag in counted for token in bag}))}
        postings: list[list[tuple[int, float]]] = [[] for _ in vocabulary]
        for row, bag in enumerate(counted):
            for token, count in bag.items():
                postings[vocabulary[token]].append((row, count))
        flat = [pair for posting in postings for pair in posting]
        starts = np.cumsum([0] + [len(p) for p in postings], dtype=np.int64)
        rows = np.array([row for row, _ in flat], dtype=np.int32)
        counts = np.array([count for _, count in flat], dtype=np.float32)
        return cls(vocabulary, starts, rows, counts, np.array([sum(bag.values()) for bag in counted], dtype=np.float32))

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.npz and `name`.vocab.txt."""
        np.savez(
            folder / f"{name}.npz", starts=self._starts, rows=self._rows, counts=self._counts, lengths=self.lengths
        )
        (folder / f"{name}.vocab.txt").write_text("\n".join(self._vocabulary), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, name: str) -> "Lexical":
        """Read what `save` wrote."""
        arrays = np.load(folder / f"{name}.npz")
        words = (folder / f"{name}.vocab.txt").read_text(encoding="utf-8").split("\n")
        return cls(
            {w: i for i, w in enumerate(words)}, arrays["starts"], arrays["rows"], arrays["counts"], arrays["lengths"]
        )

    def knows(self, token: str) -> bool:
        """Whether a token occurs in any text."""
        return token in self._vocabulary

    def occurs(self, word: str) -> bool:
        """Whether the tokens of a word occur together in any text."""
        return bool(self.frequency(word).any())

    def frequency(self, word: str) -> Vector:
        """How often a word occurs, per text: the least count of the tokens it is made of. Shape (texts,)."""
        least: Vector | None = None
        for token in together(word):
            if (i := self._vocabulary.get(token)) is None:
                return np.zeros(len(self.lengths), dtype=np.float32)
            dense = np.zeros(len(self.lengths), dtype=np.float32)
            span = slice(self._starts[i], self._starts[i + 1])
            dense[self._rows[span]] = self._counts[span]
            least = dense if least is None else np.minimum(least, dense)
        return least if least is not None else np.zeros(len(self.lengths), dtype=np.float32)

    def score(self, terms: Sequence[Term]) -> tuple[Vector, Vector, float]:
        """BM25 per text, the share of the terms' idf that occurs in it (0 to 1), and the sum of their idf."""
        size = len(self.lengths)
        total, covered, mass = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32), 0.0
        for term in terms:
            frequency, present = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
            for word, weight in term.words:
                count = self.frequency(word)
                frequency += weight * count
                np.maximum(present, weight * (count > 0), out=present)
            df = float(present.sum())
            idf = term.weight * float(np.log1p((size - df + 0.5) / (df + 0.5)))
            mass += idf
            total += idf * frequency * (K1 + 1) / (frequency + self._norm)
            covered += idf * present
        return total, covered / mass if mass else covered, mass
