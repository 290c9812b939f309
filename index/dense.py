"""Vectors in FAISS: sentences, passages with their titles, and titles alone, in one exact index."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders import Encoder, encode_all, unit
from index.passages import Passage, units

SENTENCE, PASSAGE, TITLES = 0, 1, 2
WEIGHTS = {SENTENCE: 0.5, PASSAGE: 0.5, TITLES: 0.25}
_NEAREST = 20_000
_LEAD = 300
Vector = NDArray[np.float32]


class Dense:
    """Inner product over unit vectors; each belongs to a passage row and is of one kind."""

    def __init__(
        self, index: Any, owners: NDArray[np.int32], kinds: NDArray[np.int8], numbers: NDArray[np.int32], size: int
    ):
        self._index, self._owners, self._kinds, self._numbers, self._size = index, owners, kinds, numbers, size
        self._sentences: dict[int, list[tuple[int, int]]] = {}
        for i in np.flatnonzero(kinds == SENTENCE).tolist():
            self._sentences.setdefault(int(owners[i]), []).append((int(numbers[i]), i))

    @classmethod
    def build(
        cls,
        passages: Sequence[Passage],
        model: Encoder,
        progress: Callable[[int, int], None],
        known: Mapping[str, Vector] = MappingProxyType({}),
    ) -> "Dense":
        """Encode all passages; titles that several passages share are encoded once, `known` texts not at all."""
        import faiss

        texts = _texts(passages)
        distinct = sorted({text for *_, text in texts})
        new = [text for text in distinct if text not in known]
        fresh = dict(zip(new, encode_all(model, new, progress), strict=True)) if new else {}
        vectors = np.stack([fresh[text] if text in fresh else known[text] for *_, text in texts])
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        owners, kinds, numbers = (np.array([text[i] for text in texts], dtype=np.int32) for i in range(3))
        return cls(index, owners, kinds.astype(np.int8), numbers, len(passages))

    def vectors(self, passages: Sequence[Passage]) -> dict[str, Vector]:
        """Each text of the passages that this was built from, with its vector."""
        texts = [text for *_, text in _texts(passages)]
        if len(texts) != self._index.ntotal:
            return {}
        return dict(zip(texts, self._index.reconstruct_n(0, len(texts)), strict=True))

    def save(self, folder: Path) -> None:
        """Write dense.faiss and dense.npz."""
        import faiss

        faiss.write_index(self._index, str(folder / "dense.faiss"))
        np.savez(folder / "dense.npz", owners=self._owners, kinds=self._kinds, numbers=self._numbers, size=self._size)

    @classmethod
    def open(cls, folder: Path) -> "Dense":
        """Read what `save` wrote."""
        import faiss

        faiss.omp_set_num_threads(1)
        arrays = np.load(folder / "dense.npz")
        return cls(
            faiss.read_index(str(folder / "dense.faiss")),
            arrays["owners"],
            arrays["kinds"],
            arrays["numbers"],
            int(arrays["size"]),
        )

    def score(self, query: Vector) -> Vector:
        """Weighted best cosines per passage, shape (passages,), for a unit query vector, shape (dimension,)."""
        found, at = self._index.search(query[None, :], min(_NEAREST, len(self._owners)))
        total = np.zeros(self._size, dtype=np.float32)
        for kind, weight in WEIGHTS.items():
            best = np.full(self._size, found[0, -1], dtype=np.float32)
            of_kind = self._kinds[at[0]] == kind
            np.maximum.at(best, self._owners[at[0][of_kind]], found[0][of_kind])
            total += weight * best
        return total

    def sentence_scores(self, query: Vector, row: int) -> dict[int, float]:
        """Cosine of each encoded sentence of a passage, by the number of its unit."""
        at = self._sentences.get(row, [])
        if not at:
            return {}
        vectors = self._index.reconstruct_batch(np.array([i for _, i in at], dtype=np.int64))
        return {unit: float(cosine) for (unit, _), cosine in zip(at, vectors @ query, strict=True)}

    @staticmethod
    def encode(model: Encoder, question: str) -> Vector:
        """The unit vector of a question, shape (dimension,)."""
        vector: Vector = unit(model.encode_query([question]))[0]
        return vector


def _texts(passages: Sequence[Passage]) -> list[tuple[int, int, int, str]]:
    """All that is encoded: (row of the passage, kind, number of the sentence, text)."""
    texts: list[tuple[int, int, int, str]] = []
    for row, passage in enumerate(passages):
        texts += [(row, SENTENCE, number, text) for number, (_, _, text) in enumerate(units(passage)) if len(text) > 5]
        texts.append((row, PASSAGE, 0, " ".join(passage.section[-2:]) + " " + passage.text[:_LEAD]))
        texts.append((row, TITLES, 0, " ".join(passage.section)))
    return texts
