"""Index: build, open, save, search → Hits; the only room that knows its neighbours."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.dense import Dense
from index.documents import Document, cut, read_lines, source_files
from index.encoders import DEFAULT, Encoder, encoder
from index.errors import PolicyError
from index.lexical import Lexical, Term
from index.passages import Passage, Place, merge, split
from index.terms import TERMS, Translator, sounds, translations
from index.tokens import tokens

FORMAT = 1
BUILT = Path(__file__).with_name("built")
TITLE_WEIGHT = 1.0
DENSE_WEIGHT = {"zh": 0.4, "en": 1.0}
SYNONYM_WEIGHT = 0.3
Progress = Callable[[int, int, str], None]
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A found passage. `coverage` is the share of the question's weight of words that stands in it or above it (0 to 1)."""

    passage: Passage
    score: float
    rank: int
    coverage: float
    found_by: tuple[str, ...]


class Index:
    """Documents and passages of a folder, searchable by words and by meaning."""

    def __init__(self, folder: Path, manifest: dict[str, Any], documents: Sequence[Document], passages: Sequence[Passage]):
        self.folder, self.manifest = folder, manifest
        self.documents = {document.id: document for document in documents}
        self.passages = list(passages)
        self._model: Encoder | None = None

    @classmethod
    def build(cls, paths: Sequence[Path], folder: Path = BUILT, encoder_name: str = DEFAULT, terms: Sequence[Path] = (), progress: Progress | None = None) -> "Index":
        """Read the documents, index them into a new folder, and put it in the place of the old one at once."""
        report = progress or _silent
        files = source_files(paths)
        report(0, 4, "reading documents")
        documents = [document for file in files for document in cut(read_lines(file), file.name)]
        passages = merge([passage for document in documents for passage in split(document)], documents)
        if not passages:
            raise PolicyError("the documents hold no text; put at least one policy with sentences into the folder")
        return cls.write(documents, passages, folder, _manifest(files, encoder_name, terms), terms, report)

    @classmethod
    def write(
        cls, documents: Sequence[Document], passages: Sequence[Passage], folder: Path, manifest: dict[str, Any], terms: Sequence[Path] = (), report: Progress | None = None
    ) -> "Index":
        """Index passages into a new folder and swap it in; a crash at any moment leaves the old index whole."""
        report = report or _silent
        new = folder.with_name(f"{folder.name}.new-{os.getpid()}")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        try:
            report(1, 4, f"{len(documents)} documents, {len(passages)} passages: counting words")
            _write_jsonl(new / "documents.jsonl", documents)
            _write_jsonl(new / "passages.jsonl", passages)
            Lexical.build([_bag(passage) for passage in passages]).save(new, "lexical")
            corpus = [text for passage in passages for text in (passage.text, *passage.section)]
            known, general = translations(corpus, terms)
            (new / "terms.json").write_text(json.dumps([known, general, sounds(corpus)], ensure_ascii=False), encoding="utf-8")
            report(2, 4, f"{len(documents)} documents, {len(passages)} passages: encoding sentences")
            Dense.build(passages, encoder(manifest["encoder"])).save(new)
            (new / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
            _swap(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        report(4, 4, f"{len(documents)} documents, {len(passages)} passages: done")
        return cls.open(folder, manifest["encoder"])

    @classmethod
    def open(cls, folder: Path = BUILT, encoder_name: str | None = None) -> "Index":
        """Open what `build` wrote; raises PolicyError when it is missing, of another format, or of another encoder."""
        if not (folder / "manifest.json").is_file():
            raise PolicyError(f"there is no index in {folder}; run: policy-assistant index")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT or manifest.get("code") != _code_digest():
            raise PolicyError("the index was made by another version of this program; run: policy-assistant index")
        if encoder_name and manifest["encoder"] != encoder_name:
            raise PolicyError(f"the index was made with the encoder {manifest['encoder']}, not {encoder_name}; run: policy-assistant index --encoder {encoder_name}")
        documents = [_document(row) for row in _read_jsonl(folder / "documents.jsonl")]
        passages = [_passage(row) for row in _read_jsonl(folder / "passages.jsonl")]
        return cls(folder, manifest, documents, passages)

    @staticmethod
    def is_current(paths: Sequence[Path], folder: Path, encoder_name: str, terms: Sequence[Path] = ()) -> bool:
        """Whether the folder holds an index of exactly these files with this encoder and these term lists."""
        path = folder / "manifest.json"
        return path.is_file() and json.loads(path.read_text(encoding="utf-8")) == _manifest(source_files(paths), encoder_name, terms)

    def search(self, question: str, k: int = 10) -> list[Hit]:
        """The k best passages for a Chinese or English question, best first, ties by passage order."""
        if not question.strip() or k < 1:
            return []
        language = language_of(question)
        words, coverage, _ = self._lexical.score(self.query_terms(question))
        meaning = self._dense.score(Dense.encode(self.model, question))
        score = _z(words) + DENSE_WEIGHT[language] * _z(meaning)
        order = np.lexsort((np.arange(len(score)), -score))[:k]
        strong = float(np.sort(meaning)[-min(len(meaning), 50)])
        return [
            Hit(self.passages[i], float(score[i]), rank, float(coverage[i]), tuple(n for n, on in (("words", words[i] > 0), ("meaning", meaning[i] >= strong)) if on))
            for rank, i in enumerate(map(int, order), 1)
        ]  # fmt: skip

    def query_terms(self, question: str) -> list[Term]:
        """What is asked for, as terms of the documents' language."""
        if language_of(question) == "en":
            return self.translator.terms(question)
        own = [Term(token, (((token,), 1.0),), count) for token, count in Counter(tokens(question)).items()]
        others = [Term(t.name, t.alternatives, SYNONYM_WEIGHT * len(t.name)) for t in self.translator.synonyms(question)]
        return own + others

    @property
    def model(self) -> Encoder:
        """The encoder, loaded when first asked for."""
        if self._model is None:
            self._model = encoder(self.manifest["encoder"])
        return self._model

    @cached_property
    def translator(self) -> Translator:
        """The bilingual terms of this corpus."""
        known, general, syllables = json.loads((self.folder / "terms.json").read_text(encoding="utf-8"))
        return Translator(known, general, syllables, self._lexical.knows)

    @cached_property
    def _lexical(self) -> Lexical:
        return Lexical.open(self.folder, "lexical")

    @cached_property
    def _dense(self) -> Dense:
        return Dense.open(self.folder)

    def term_weight(self, term: Term) -> float:
        """The idf of a term times its weight: how much of the question hangs on it."""
        return self._lexical.score([term])[2]


def language_of(text: str) -> str:
    """"zh" when Chinese characters carry the text, else "en"."""
    chinese = sum("\u3400" <= char <= "\u9fff" for char in text)
    latin = sum(char.isascii() and char.isalpha() for char in text)
    return "zh" if chinese * 3 >= latin else "en"


def _silent(done: int, of: int, what: str) -> None:
    return None


def _z(values: Vector) -> Vector:
    return (values - values.mean()) / max(float(values.std()), 1e-6)


def _bag(passage: Passage) -> Counter[str]:
    bag: Counter[str] = Counter(tokens(passage.text))
    for token, count in Counter(tokens(" ".join(passage.section))).items():
        bag[token] += TITLE_WEIGHT * count  # type: ignore[assignment]
    return bag


def _manifest(files: Sequence[Path], encoder_name: str, terms: Sequence[Path]) -> dict[str, Any]:
    digest = {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in [*files, *terms]}
    return {"format": FORMAT, "code": _code_digest(), "encoder": encoder_name, "sources": digest}


def _code_digest() -> str:
    """Of the code and data that decide what is in an index, so that a changed splitter makes it stale."""
    folder = Path(__file__).parent
    files = sorted(folder.glob("*.py")) + [TERMS, folder / "layout.toml"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _swap(new: Path, folder: Path) -> None:
    """One rename puts the new index in place; the old one is moved aside first and removed last."""
    old = folder.with_name(f"{folder.name}.old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _write_jsonl(path: Path, rows: Sequence[Document] | Sequence[Passage]) -> None:
    lines = (json.dumps(asdict(row), ensure_ascii=False, default=str) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _document(row: dict[str, Any]) -> Document:
    days = {name: date.fromisoformat(row[name]) if row[name] else None for name in ("issued_on", "effective_from", "valid_until")}
    return Document(**{**row, **days, "issuers": tuple(row["issuers"])})


def _passage(row: dict[str, Any]) -> Passage:
    assert {field.name for field in fields(Passage)} == set(row)
    return Passage(**{**row, "section": tuple(row["section"]), "further": tuple(Place(**place) for place in row["further"])})
