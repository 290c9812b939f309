"""Vectors in FAISS: sentences, passages with their titles, and titles alone, in one exact index."""

from collections.abc import Sequence
from pathlib import Path

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

    def __init__(self, index: "object", owners: NDArray[np.int32], kinds: NDArray[np.int8], size: int):
        self._index, self._owners, self._kinds, self._size = index, owners, kinds, size

    @classmethod
    def build(cls, passages: Sequence[Passage], model: Encoder) -> "Dense":
        """Encode all passages; titles that several passages share are encoded once."""
        import faiss

        texts: list[tuple[int, int, str]] = []
        for row, passage in enumerate(passages):
            texts += [(row, SENTENCE, text) for _, _, text in units(passage) if len(text) > 5]
            texts.append((row, PASSAGE, " ".join(passage.section[-2:]) + " " + passage.text[:_LEAD]))
            texts.append((row, TITLES, " ".join(passage.section)))
        distinct = sorted({text for _, _, text in texts})
        where = {text: i for i, text in enumerate(distinct)}
        vectors = encode_all(model, distinct)[[where[text] for _, _, text in texts]]
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        owners = np.array([row for row, _, _ in texts], dtype=np.int32)
        return cls(index, owners, np.array([kind for _, kind, _ in texts], dtype=np.int8), len(passages))

    def save(self, folder: Path) -> None:
        """Write dense.faiss and dense.npz."""
        import faiss

        faiss.write_index(self._index, str(folder / "dense.faiss"))
        np.savez(folder / "dense.npz", owners=self._owners, kinds=self._kinds, size=self._size)

    @classmethod
    def open(cls, folder: Path) -> "Dense":
        """Read what `save` wrote."""
        import faiss

        faiss.omp_set_num_threads(1)
        arrays = np.load(folder / "dense.npz")
        return cls(faiss.read_index(str(folder / "dense.faiss")), arrays["owners"], arrays["kinds"], int(arrays["size"]))

    def score(self, query: Vector) -> Vector:
        """Weighted best cosines per passage, shape (passages,), for a unit query vector, shape (dimension,)."""
        found, at = self._index.search(query[None, :], min(_NEAREST, len(self._owners)))  # type: ignore[attr-defined]
        total = np.zeros(self._size, dtype=np.float32)
        for kind, weight in WEIGHTS.items():
            best = np.full(self._size, found[0, -1], dtype=np.float32)
            of_kind = self._kinds[at[0]] == kind
            np.maximum.at(best, self._owners[at[0][of_kind]], found[0][of_kind])
            total += weight * best
        return total

    @staticmethod
    def encode(model: Encoder, question: str) -> Vector:
        """The unit vector of a question, shape (dimension,)."""
        return unit(model.encode_query([question]))[0]
