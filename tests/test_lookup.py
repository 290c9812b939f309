"""Look-up: filters from the documents themselves, hits that fit them, best or newest first."""

from collections.abc import Callable
from datetime import date

import pytest

from assistant.lookup import DISTRICT, MUNICIPAL, Wanted, area, choices, look_up
from index.documents import Document
from index.search import Index


def found(index: Index, wanted: Wanted) -> list[Document]:
    return [index.documents[hit.passage.document_id] for hit in look_up(index, wanted)]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted("产业", issuer="重庆市财政局"), lambda d: "重庆市财政局" in d.issuers),
        (Wanted("产业", year="2021"), lambda d: d.issued_on.year == 2021),
        (Wanted("产业", kind="measures"), lambda d: d.kind == "measures"),
        (Wanted("产业", area=DISTRICT), lambda d: d.region == "重庆市江北区"),
        (Wanted("产业", area=MUNICIPAL), lambda d: d.region == "重庆市"),
        (Wanted("产业", area="重庆市江北区"), lambda d: d.region == "重庆市江北区"),
        (Wanted("产业", day=date(2022, 8, 1)), lambda d: d.in_force(date(2022, 8, 1)) is not False),
        (Wanted("industry", year="2024", kind="plan"), lambda d: d.kind == "plan" and d.issued_on.year == 2024),
    ],
)
def test_every_hit_passes_the_filters(seed_index: Index, wanted: Wanted, fits: Callable[[Document], bool]) -> None:
    documents = found(seed_index, wanted)
    assert documents and all(map(fits, documents))


def test_filters_look_deeper_than_the_first_hits(seed_index: Index) -> None:
    """A district says little about a word that the city says much about; it is still found."""
    everywhere = found(seed_index, Wanted("低空经济"))
    district = found(seed_index, Wanted("企业", area=DISTRICT))
    assert "重庆市江北区" not in {d.region for d in everywhere} and len(district) > 10


def test_a_day_asks_for_what_held_then(seed_index: Index) -> None:
    charger = "重庆市促进汽车产业平稳增长政策措施"
    in_time, later, before = (
        {d.name for d in found(seed_index, Wanted("充电桩 补贴", day=day))}
        for day in (date(2022, 8, 1), date(2023, 1, 1), date(2022, 7, 1))
    )
    assert charger in in_time and charger not in later | before


def test_newest_first(seed_index: Index) -> None:
    days = [d.issued_on or date.min for d in found(seed_index, Wanted("补贴", by_date=True))]
    assert days == sorted(days, reverse=True) and len(set(days)) > 3


@pytest.mark.parametrize("words", ["香蕉奶昔", "banana milkshake", "asdfgh", "", "  "])
def test_nothing_near_is_nothing_found(seed_index: Index, words: str) -> None:
    assert look_up(seed_index, Wanted(words)) == []


@pytest.mark.parametrize("words", ["渝府发〔2021〕11号", "渝府发[2021]11号"])
def test_a_document_number_finds_its_document_first(seed_index: Index, words: str) -> None:
    assert found(seed_index, Wanted(words))[0].document_number == "渝府发〔2021〕11号"


def test_every_choice_leads_somewhere(seed_index: Index) -> None:
    documents = list(seed_index.documents.values())
    known = choices(documents)
    wanted = [
        *(Wanted(issuer=i) for i in known.issuers),
        *(Wanted(year=y) for y in known.years),
        *(Wanted(kind=k) for k in known.kinds),
        *(Wanted(area=r) for r in (*known.regions, MUNICIPAL, DISTRICT)),
    ]
    assert all(any(w.allows(d) for d in documents) for w in wanted)
    assert list(known.years) == sorted(known.years, reverse=True)
    assert {area(d) for d in documents} == {MUNICIPAL, DISTRICT, ""}
