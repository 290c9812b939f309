"""Index: build, open, save, search → Hits; the only room that knows its neighbours."""

import hashlib
import json
import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import cached_property
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.asked import ABOUT_POLICY, holds, kinds
from index.dense import Dense
from index.documents import Document, cut, source_files
from index.encoders import DEFAULT, Encoder, Reranker, encoder
from index.errors import PolicyError
from index.fold import squeeze
from index.lexical import SURE, Lexical, Term, met, stands, words_of
from index.passages import Passage, Place, merge, split, units
from index.readers import read
from index.terms import EVERYDAY, TERMS, Translator, foreign, lexicon, simplified, sounds, translations
from index.tokens import tokens

FORMAT = 1
BUILT = Path(__file__).with_name("built")
TITLE_WEIGHT = 1.0
DENSE_WEIGHT = {"zh": 0.5, "en": 1.7}
SYNONYM_WEIGHT = 0.3
RERANKED = 30
CONTEXT_WEIGHT = 0.3
PREFERENCE, MEANING_WEIGHT = 4.0, 0.5
ISSUED_THEN, HEAD_PENALTY, NEWS_PENALTY, TITLE_PENALTY = 2.0, 1.0, 1.5, 3.0
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(rf"(20\d\d)年(\d\d?)月|((?:{'|'.join(_MONTHS)})[a-z]*)(20\d\d)")
_BARE_TITLE = re.compile(r"[^《]{0,4}《[^》]+》(?:[(（][^)）]{0,24}[)）])?.{0,3}$")
# of the share of the question that a sentence holds, that it holds with its titles, and of the kind asked for;
# without titles the shares tell little more than the words did
EXACT, EXACT_UNTITLED = (2.0, 6.0, 2.0), (0.5, 0.0, 0.5)
Progress = Callable[[float, str], None]
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Unit:
    """A quotable span of a passage's `raw`: its words for reading, its own coverage, and that of it with its titles."""

    start: int
    end: int
    text: str
    own: float
    with_titles: float
    holds: bool
    meaning: float

    @property
    def score(self) -> float:
        """How well the span meets the question."""
        return self.own + self.with_titles + 0.3 * self.holds + MEANING_WEIGHT * self.meaning


@dataclass(frozen=True, slots=True)
class Hit:
    """A found passage, and where in its `raw` the question is met best.

    `coverage` is the share (0 to 1) of the question's words, weighted by rarity, that stand in the passage or its titles;
    `peak` tells how far the best meaning of all passages stands above the rest, in standard deviations;
    `units` are the quotable spans of `raw` with their own share, best first.
    """

    passage: Passage
    score: float
    rank: int
    coverage: float
    peak: float
    found_by: tuple[str, ...]
    units: tuple[Unit, ...]


Found = tuple[float, int, tuple[Unit, ...]]  # score, row of the passage, its spans


class Index:
    """Documents and passages of a folder, searchable by words and by meaning.

    `lexicon` are the Chinese words that dictionary and term lists know, whether the documents use them or not.
    """

    def __init__(
        self, folder: Path, manifest: dict[str, Any], documents: Sequence[Document], passages: Sequence[Passage]
    ):
        self.folder, self.manifest = folder, manifest
        self._data = folder / manifest["data"]
        self.documents = {document.id: document for document in reversed(documents)}
        self.passages = list(passages)
        self._every = list(documents)
        self.reranker: Reranker | None = None
        self._model: Encoder | None = None
        self._last: tuple[str, list[tuple[Term, float]]] = ("", [])
        # all in memory: the folder may be replaced while questions are answered
        self._terms: dict[str, Any] = json.loads((self._data / "terms.json").read_text(encoding="utf-8"))
        self._to_simplified = {ord(char): plain for char, plain in self._terms.pop("simplified").items()}
        self.lexicon = frozenset((self._data / "words.txt").read_text(encoding="utf-8").split("\n"))
        self._lexical, self._dense = Lexical.open(self._data, "lexical"), Dense.open(self._data)

    @classmethod
    def build(
        cls,
        paths: Sequence[Path],
        folder: Path = BUILT,
        encoder_name: str = DEFAULT,
        terms: Sequence[Path] = (),
        progress: Progress | None = None,
        unreadable: Callable[[Path, PolicyError], None] | None = None,
    ) -> "Index":
        """Read the documents, index them into a new folder, and put it in the place of the old one at once.

        What the old index holds of unchanged files and sentences is used again. A file that cannot be read ends the
        build, or with `unreadable` is handed over and left out.
        """
        report = progress or (lambda *_: None)
        found = source_files(paths)
        files, documents, former = [], [], _former_documents(folder)
        for number, (file, name) in enumerate(found):
            report(0.05 * number / len(found), f"reading {name}")
            try:
                documents += former.get((name, _digest(file))) or _read(file, name)
                files.append((file, name))
            except PolicyError as error:
                if unreadable is None:
                    raise
                unreadable(file, error)
        passages = merge([passage for document in documents for passage in split(document)], documents)
        if not passages:
            raise PolicyError("the documents hold no text; put at least one policy with sentences into the folder")
        manifest = _manifest(files, encoder_name, terms) | {"paths": [str(path.resolve()) for path in paths]}
        return cls.write(documents, passages, folder, manifest, terms, report)

    @classmethod
    def write(
        cls,
        documents: Sequence[Document],
        passages: Sequence[Passage],
        folder: Path,
        manifest: dict[str, Any],
        terms: Sequence[Path] = (),
        report: Progress | None = None,
    ) -> "Index":
        """Index passages into a new folder and swap it in; a crash at any moment leaves the old index whole."""
        report = report or (lambda *_: None)
        name = f"data-{hashlib.sha256(json.dumps(manifest).encode()).hexdigest()[:12]}"
        in_use = (_read_manifest(folder) or {}).get("data")
        manifest = manifest | {"data": f"{name}-2" if in_use == name else name}
        new = folder / manifest["data"]
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        size = f"{len(documents)} documents, {len(passages)} passages"
        try:
            report(0.05, f"{size}: counting words")
            _write_jsonl(new / "documents.jsonl", documents)
            _write_jsonl(new / "passages.jsonl", passages)
            Lexical.build([_bag(passage) for passage in passages]).save(new, "lexical")
            corpus = [text for passage in passages for text in (passage.text, *passage.section)]
            (new / "terms.json").write_text(
                json.dumps(
                    translations(corpus, terms)
                    | {"syllables": sounds(corpus), "spellings": foreign(corpus), "simplified": simplified()},
                    ensure_ascii=False,
                ),
                encoding="utf-8",
            )
            (new / "words.txt").write_text("\n".join(lexicon(terms)), encoding="utf-8")
            Dense.build(
                passages,
                encoder(manifest["encoder"]),
                lambda done, of: report(0.1 + 0.88 * done / of, f"{size}: encoding sentences"),
                _former_vectors(folder, manifest["encoder"]),
            ).save(new)
            _point_to(folder, manifest)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        report(1.0, f"{size}: done")
        return cls.open(folder, manifest["encoder"])

    @classmethod
    def open(cls, folder: Path = BUILT, encoder_name: str | None = None) -> "Index":
        """Open what `build` wrote; raises PolicyError when it is missing, of another format, or of another encoder."""
        manifest = _read_manifest(folder)
        if manifest is None:
            raise PolicyError(f"there is no whole index in {folder}; run: policy-assistant index")
        if manifest.get("format") != FORMAT or manifest.get("code") != code_digest():
            raise PolicyError("the index was made by another version of this program; run: policy-assistant index")
        if encoder_name and manifest["encoder"] != encoder_name:
            raise PolicyError(
                f"the index was made with the encoder {manifest['encoder']}, not {encoder_name}; run: policy-assistant index --encoder {encoder_name}"
            )
        data = folder / manifest["data"]
        documents = [_document(row) for row in _read_jsonl(data / "documents.jsonl")]
        passages = [_passage(row) for row in _read_jsonl(data / "passages.jsonl")]
        return cls(folder, manifest, documents, passages)

    @staticmethod
    def is_current(paths: Sequence[Path], folder: Path, encoder_name: str, terms: Sequence[Path] = ()) -> bool:
        """Whether the folder holds an index of exactly these files with this encoder and these term lists."""
        manifest = _read_manifest(folder)
        return manifest is not None and {k: v for k, v in manifest.items() if k not in ("data", "paths")} == _manifest(
            source_files(paths), encoder_name, terms
        )

    def search(
        self, question: str, k: int = 10, prefer: str = "", context: str = "", within: Collection[str] | None = None
    ) -> list[Hit]:
        """The k best passages for a Chinese or English question, best first, ties by passage order.

        A document number (文号) in the question favours its policy; else `prefer` names a policy whose passages are to be
        favoured. `context` is what was asked before: its words weigh less; `within` are the ids of the documents to look in,
        all of them when it is None.
        """
        question = question.encode("utf-8", "replace").decode("utf-8").translate(self._to_simplified)
        if not question.strip() or k < 1:
            return []
        weighted = self.weighted(question)
        if context:
            weighted = [
                *weighted,
                *(
                    (replace(t, weight=CONTEXT_WEIGHT * t.weight), CONTEXT_WEIGHT * w)
                    for t, w in self.weighted(context)
                ),
            ]
        words, coverage, _ = self._lexical.score([term for term, _ in weighted])
        query = Dense.encode(self.model, question)
        meaning = self._dense.score(query)
        fused = z_scores(words) + DENSE_WEIGHT[language_of(question)] * z_scores(meaning)
        if prefer := self.by_number(question) or prefer:
            fused = fused + PREFERENCE * np.array(
                [
                    self.documents[p.document_id].name == prefer if p.document_id in self.documents else False
                    for p in self.passages
                ]
            )
        elif months := _MONTH.findall(squeeze(question).lower()):
            fused = fused + ISSUED_THEN * np.array([self._issued_in(p.document_id, months) for p in self.passages])
        first = np.lexsort((np.arange(len(fused)), -fused))
        if within is not None:
            first = first[[self.passages[row].document_id in within for row in first]]
        first = first[: max(k, RERANKED)]
        strong = float(np.sort(meaning)[-min(len(meaning), RERANKED)])
        asked, peak = kinds(question) or kinds(context), float(z_scores(meaning).max())
        found: list[Found] = []
        for row in map(int, first):
            passage = self.passages[row]
            spans = self._units(passage, weighted, asked, self._dense.sentence_scores(query, row))
            own, titled, holding = EXACT if passage.section else EXACT_UNTITLED
            score = float(fused[row]) + max(own * u.own + titled * u.with_titles + holding * u.holds for u in spans)
            found.append((score - self._said_better_elsewhere(passage, asked), row, spans))
        found.sort(key=lambda item: (-item[0], item[1]))
        if self.reranker and found:
            found = self._reranked(question, found[:RERANKED])
        return [
            Hit(self.passages[row], score, rank, min(1.0, float(coverage[row])), peak, tuple(n for n, on in (("words", words[row] > 0), ("meaning", meaning[row] >= strong)) if on), spans)
            for rank, (score, row, spans) in enumerate(found[:k], 1)
        ]  # fmt: skip

    def _said_better_elsewhere(self, passage: Passage, asked: tuple[str, ...]) -> float:
        """What a passage loses: a head when nothing is asked about the policy itself, news beside the policy, a bare title of a source."""
        document = self.documents.get(passage.document_id)
        head = passage.kind == "head" and not ABOUT_POLICY.intersection(asked)
        news = document is not None and document.kind == "news"
        return HEAD_PENALTY * head + NEWS_PENALTY * news + TITLE_PENALTY * bool(_BARE_TITLE.match(passage.text))

    def _reranked(self, question: str, found: list[Found]) -> list[Found]:
        """Our scores and those of the cross-encoder, both as z-scores, added."""
        model = self.reranker
        assert model is not None
        pairs = [
            (question, " ".join([*self.passages[row].section[-2:], self.passages[row].text])) for _, row, _ in found
        ]
        own = z_scores(np.array([score for score, _, _ in found], dtype=np.float32))
        total = own + z_scores(np.asarray(model.predict(pairs), dtype=np.float32))
        order = np.lexsort((np.arange(len(found)), -total))
        return [(float(total[i]), found[i][1], found[i][2]) for i in map(int, order)]

    def _units(
        self, passage: Passage, weighted: list[tuple[Term, float]], asked: tuple[str, ...], meaning: dict[int, float]
    ) -> tuple[Unit, ...]:
        """The quotable spans of a passage, best first: by the words they hold, and whether they hold what is asked for."""
        weights = [weight for _, weight in weighted]
        mass = sum(weights) or 1.0
        titles = words_of(" ".join(passage.section))
        above = [met(term, titles) for term, _ in weighted]
        found = []
        for number, (start, end, text) in enumerate(units(passage)):
            here = words_of(text)
            own = [met(term, here) for term, _ in weighted]
            shares = [sum(map(mul, group, weights)) / mass for group in (own, map(max, own, above))]
            found.append(
                Unit(
                    start,
                    end,
                    text,
                    shares[0],
                    shares[1],
                    bool(asked) and holds(asked[0], text),
                    meaning.get(number, 0.0),
                )
            )
        return tuple(sorted(found, key=lambda u: (-u.score, u.start)))

    def _issued_in(self, document_id: str, months: Sequence[tuple[str, ...]]) -> bool:
        """Whether a policy was issued in one of the months that a question names: 2022年7月, July 2022."""
        document = self.documents.get(document_id)
        day = document.issued_on if document else None
        named = [(int(a), int(b)) if a else (int(d), _MONTHS.index(c[:3]) + 1) for a, b, c, d in months]
        return day is not None and (day.year, day.month) in named

    def by_number(self, question: str) -> str:
        """The name of the policy whose document number (文号) a question holds; "" when it holds none."""
        asked = squeeze(question).replace("[", "〔").replace("]", "〕")
        found = (d.name for d in self.documents.values() if d.document_number and d.document_number in asked)
        return next(found, "")

    def query_terms(self, question: str) -> list[Term]:
        """What is asked for, as terms of the documents' language."""
        if language_of(question) == "en":
            return self.translator.terms(question)
        own = [Term(token, ((token, 1.0),), count) for token, count in Counter(tokens(question)).items()]
        others = [Term(t.name, t.words, SYNONYM_WEIGHT * len(t.name)) for t in self.translator.synonyms(question)]
        return own + others

    def words(self, terms: Sequence[Term]) -> Vector:
        """BM25 of every passage for query terms, shape (passages,)."""
        return self._lexical.score(terms)[0]

    def meaning(self, query: Vector) -> Vector:
        """How near every passage is to a unit query vector, shape (passages,)."""
        return self._dense.score(query)

    @property
    def model(self) -> Encoder:
        """The encoder, loaded when first asked for."""
        if self._model is None:
            self._model = encoder(self.manifest["encoder"])
        return self._model

    @cached_property
    def translator(self) -> Translator:
        """The bilingual terms of this corpus."""
        return Translator(self._lexical.knows, self._lexical.occurs, **self._terms)

    @cached_property
    def policies(self) -> list[Document]:
        """All documents but the contacts of their publishers."""
        return [document for document in self.documents.values() if document.kind != "contact"]

    def documents_of(self, *sources: str) -> list[Document]:
        """The policies of files, by their names, in order."""
        return [document for document in self._every if document.source in sources and document.kind != "contact"]

    @cached_property
    def _by_document(self) -> dict[str, list[Passage]]:
        found: dict[str, list[Passage]] = defaultdict(list)
        for passage in self.passages:
            found[passage.document_id].append(passage)
        return found

    def passages_of(self, document_id: str) -> list[Passage]:
        """The passages of a document, in order, but for those that another document holds first."""
        return self._by_document.get(document_id, [])

    def share(self, question: str, text: str) -> float:
        """The share (0 to 1) of a question's words, weighted by rarity, that stand in a text."""
        weighted = self.weighted(question)
        words = words_of(text)
        return sum(weight for term, weight in weighted if stands(term, words)) / (
            sum(weight for _, weight in weighted) or 1.0
        )

    def weighted(self, question: str) -> list[tuple[Term, float]]:
        """The terms of a question, each with how much of the question hangs on it."""
        last = self._last  # one read, one write: requests run beside each other
        if last[0] != question:
            last = self._last = (question, [(term, self.term_weight(term)) for term in self.query_terms(question)])
        return last[1]

    def mentions(self, term: Term) -> bool:
        """Whether any passage holds one of a term's words, and no mere guess."""
        return any(self._lexical.occurs(word) for word, weight in term.words if weight >= SURE)

    def term_weight(self, term: Term) -> float:
        """The idf of a term times its weight: how much of the question hangs on it."""
        return self._lexical.score([term])[2]


def language_of(text: str) -> str:
    """ "zh" when Chinese characters carry the text, else "en"."""
    chinese = sum("\u3400" <= char <= "\u9fff" for char in text)
    latin = sum(char.isascii() and char.isalpha() for char in text)
    return "zh" if chinese * 3 >= latin else "en"


def z_scores(values: Vector) -> Vector:
    """Values in standard deviations from their mean."""
    scaled: Vector = (values - values.mean()) / max(float(values.std()), 1e-6)
    return scaled


def _read(file: Path, name: str) -> list[Document]:
    text = read(file)
    return cut(text.lines, name, text.page_starts)


def _former(folder: Path) -> tuple[dict[str, Any], Path] | None:
    """The manifest and the data of the index that is there, when this very code made it."""
    manifest = _read_manifest(folder)
    if manifest is None or manifest.get("format") != FORMAT or manifest.get("code") != code_digest():
        return None
    return manifest, folder / manifest["data"]


def _former_documents(folder: Path) -> dict[tuple[str, str], list[Document]]:
    """The documents of the index that is there, by the name and digest of their file."""
    found: dict[tuple[str, str], list[Document]] = defaultdict(list)
    if former := _former(folder):
        manifest, data = former
        for row in _read_jsonl(data / "documents.jsonl"):
            found[row["source"], manifest["sources"].get(row["source"], "")].append(_document(row))
    return found


def _former_vectors(folder: Path, encoder_name: str) -> dict[str, Vector]:
    """The vectors of the index that is there, by their text."""
    former = _former(folder)
    if former is None or former[0]["encoder"] != encoder_name:
        return {}
    return Dense.open(former[1]).vectors([_passage(row) for row in _read_jsonl(former[1] / "passages.jsonl")])


def _bag(passage: Passage) -> Counter[str]:
    bag: Counter[str] = Counter(tokens(passage.text))
    for token, count in Counter(tokens(" ".join(passage.section))).items():
        bag[token] += TITLE_WEIGHT * count  # type: ignore[assignment]
    return bag


def _manifest(files: Sequence[tuple[Path, str]], encoder_name: str, terms: Sequence[Path]) -> dict[str, Any]:
    sources = {name: _digest(file) for file, name in files}
    lists = [_digest(file) for file in terms]
    return {"format": FORMAT, "code": code_digest(), "encoder": encoder_name, "sources": sources, "terms": lists}


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise PolicyError(
            f"{file.name} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error


def code_digest() -> str:
    """Of the code and data that decide what is in an index, so that a changed splitter makes it stale."""
    folder = Path(__file__).parent
    files = [*sorted(folder.glob("*.py")), TERMS, EVERYDAY, folder / "layout.toml"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _point_to(folder: Path, manifest: dict[str, Any]) -> None:
    """One rename of the manifest makes the new data the index; a crash at any moment leaves the old index whole."""
    draft = folder / f"manifest.{os.getpid()}.json"
    draft.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(folder / "manifest.json")
    for old in folder.glob("data-*"):
        if old.name != manifest["data"]:
            shutil.rmtree(old, ignore_errors=True)


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of an index whose data is there; None when it is missing or broken."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return manifest if (folder / str(manifest["data"]) / "passages.jsonl").is_file() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_jsonl(path: Path, rows: Sequence[Document] | Sequence[Passage]) -> None:
    lines = (json.dumps(asdict(row), ensure_ascii=False, default=str) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _document(row: dict[str, Any]) -> Document:
    days = {
        name: date.fromisoformat(row[name]) if row[name] else None
        for name in ("issued_on", "effective_from", "valid_until")
    }
    return Document(**{**row, **days, "issuers": tuple(row["issuers"]), "page_starts": tuple(row["page_starts"])})


def _passage(row: dict[str, Any]) -> Passage:
    assert {field.name for field in fields(Passage)} == set(row)
    return Passage(
        **{**row, "section": tuple(row["section"]), "further": tuple(Place(**place) for place in row["further"])}
    )
