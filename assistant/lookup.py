"""Look-up for a help desk: the passages that hold what is sought, in the documents that fit the filters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from index.documents import Document
from index.search import Hit, Index

MOST = 60
COVERED, MEANT = 0.25, 0.5  # a passage fits by its words or by its meaning
MUNICIPAL, DISTRICT = "municipal", "district"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is sought; "" and None leave a thing open. `area` is municipal, district, or the name of a region."""

    words: str = ""
    issuer: str = ""
    year: str = ""
    kind: str = ""
    area: str = ""
    day: date | None = None
    by_date: bool = False

    def allows(self, document: Document) -> bool:
        """Whether a document passes the filters; one that does not say until when it holds may hold on any day since it began."""
        return (
            self.issuer in ("", *document.issuers)
            and self.year in ("", _year(document))
            and self.kind in ("", document.kind)
            and self.area in ("", area(document), document.region)
            and (self.day is None or _may_hold(document, self.day))
        )

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any((self.issuer, self.year, self.kind, self.area, self.day))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters can be set to, from the documents themselves."""

    issuers: tuple[str, ...]
    years: tuple[str, ...]
    kinds: tuple[str, ...]
    regions: tuple[str, ...]


def look_up(index: Index, wanted: Wanted) -> list[Hit]:
    """The fitting passages, best first or newest first; none when nothing is near to what is sought."""
    within = {d.id for d in index.documents.values() if wanted.allows(d)} if wanted.filtered else None
    hits = [
        hit
        for hit in index.search(wanted.words, MOST, within=within)
        if hit.coverage >= COVERED or hit.units[0].meaning >= MEANT
    ]
    if wanted.by_date:
        hits.sort(key=lambda hit: index.documents[hit.passage.document_id].issued_on or date.min, reverse=True)
    return hits


def choices(documents: Iterable[Document]) -> Choices:
    """The values that the documents hold, newest year first."""
    known = list(documents)
    return Choices(
        tuple(sorted({issuer for d in known for issuer in d.issuers})),
        tuple(sorted({_year(d) for d in known} - {""}, reverse=True)),
        tuple(sorted({d.kind for d in known})),
        tuple(sorted({d.region for d in known if d.region})),
    )


def area(document: Document) -> str:
    """Whether a district or the municipality speaks; "" when the document does not say where it is from."""
    if not document.region:
        return ""
    return DISTRICT if re.search(r"[区县]$", document.region) else MUNICIPAL


def _year(document: Document) -> str:
    return str(document.issued_on.year) if document.issued_on else ""


def _may_hold(document: Document, day: date) -> bool:
    begun = document.effective_from or document.issued_on
    return begun is not None and begun <= day and document.in_force(day) is not False
