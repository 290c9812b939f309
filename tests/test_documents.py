"""A file → Documents: one policy each, with what it says of itself."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import first_date, names_year, validity, years_in
from index.documents import Document, cut, is_line, read_lines, source_files, unknown_files
from index.errors import PolicyError
from index.fold import fold, squeeze, tidy
from index.passages import split

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
CITY, OFFICE, ECONOMY = "重庆市人民政府", "重庆市人民政府办公厅", "重庆市经济和信息化委员会"

# file, first line, title without its issuer, number, issuers, issued_on, valid_until; read by hand from seeds/
POLICIES = [
    ("000", 4, "关于印发重庆临空经济示范区建设实施方案(2022—2025年)的通知", "渝府办〔2022〕23号", (OFFICE,), "2022-09-05", "2025-12-31"),
    ("000", 290, "关于印发重庆市建设世界级智能网联新能源汽车产业集群发展规划(2022—2030年)的通知", "渝府发〔2022〕38号", (CITY,), "2022-08-19", "2030-12-31"),
    ("000", 533, "重庆市建设绿色金融改革创新试验区总体方案", None, ("中国人民银行", "发展改革委", "财政部", "生态环境部", "银保监会", "证监会"), "2022-08-19", None),
    ("000", 619, "关于印发重庆市软件和信息服务业“满天星”行动计划(2022—2025年)的通知", "渝府办〔2022〕21号", (OFFICE,), "2022-07-15", "2025-12-31"),
    ("000", 712, "关于印发重庆市促进汽车产业平稳增长政策措施的通知", None,
     (ECONOMY, "重庆市财政局", "重庆市交通局", "重庆市商务委员会", "重庆市政府口岸和物流办公室"), "2022-07-28", "2022-12-31"),
    ("000", 808, "关于印发推动领军(链主)企业加快产业链融通发展十条措施的通知", "渝经信规范〔2022〕7号", (ECONOMY,), "2022-06-27", None),
    ("001", 4, "关于印发重庆市推动制造业高质量发展重点专项实施方案的通知", "渝府办发〔2021〕80号", (OFFICE,), "2021-08-13", "2025-12-31"),
    ("001", 311, "关于印发重庆市推动消费品工业高质量发展行动计划(2020—2022年)的通知", "渝府办发〔2020〕49号", (OFFICE,), "2020-04-10", "2022-12-31"),
    ("001", 533, "关于印发支持科技创新若干财政金融政策的通知", "渝府办发〔2021〕47号", (OFFICE,), "2021-05-14", None),
    ("001", 697, "关于向重庆经济技术开发区下放一批市级行政权力事项的决定", "渝府发〔2021〕13号", (CITY,), "2021-04-30", None),
    ("001", 1999, "关于印发支持制造业高质量发展若干政策措施的通知", "渝府发〔2021〕11号", (CITY,), "2021-04-20", None),
    ("002", 4, "关于印发重庆市江北区建设智造强区“十四五”规划的通知", "江北府发〔2021〕18号", ("重庆市江北区人民政府",), "2021-07-12", "2025-12-31"),
    ("003", 1, "关于印发重庆市建设世界级智能网联新能源汽车产业集群发展规划(2022—2030年)的通知", "渝府发〔2022〕38号", (CITY,), "2022-08-19", "2030-12-31"),
    ("004", 4, "关于印发《重庆市促进服务消费高质量发展实施方案》的通知", "渝府发〔2025〕5号", (CITY,), "2025-03-02", None),
    ("004", 114, "关于印发《重庆市推动经济持续向上向好若干政策举措》的通知", "渝府办发〔2025〕6号", (OFFICE,), "2025-01-22", None),
    ("004", 231, "关于印发《重庆市推动中医药产业融合创新发展行动计划(2025—2027年)》的通知", "渝府办发〔2025〕4号", (OFFICE,), "2025-01-09", "2027-12-31"),
    ("004", 1084, "关于印发《重庆市智慧医疗装备产业创新发展行动计划(2025—2027年)》的通知", "渝府办发〔2025〕2号", (OFFICE,), "2025-01-06", "2027-12-31"),
    ("004", 1597, "关于印发《重庆市工业母机产业高质量发展行动计划(2024—2027年)》的通知", "渝经信装备〔2024〕12号", (ECONOMY,), "2024-10-09", "2027-12-31"),
    ("004", 1668, "关于印发《重庆市未来产业培育行动计划(2024—2027年)》的通知", "渝府办发〔2024〕75号", (OFFICE,), "2024-09-27", "2027-12-31"),
    ("004", 1851, "关于印发《重庆市产业创新综合体建设方案(2024—2027年)》的通知", "渝经信发〔2024〕64号", (ECONOMY, "重庆市科学技术局"), "2024-09-25", "2027-12-31"),
    ("004", 1933, "关于印发《重庆市推动低空空域管理改革促进低空经济高质量发展行动方案(2024—2027年)》的通知", "渝府办发〔2024〕74号", (OFFICE,), "2024-09-21", "2027-12-31"),
]  # fmt: skip

# file, first line, last line (「来源」), how the first sentence begins
UNTITLED = [
    ("000", 522, 530, "9月1日,重庆日报记者获悉,重庆银保监局、四川银保监局联合发布"),
    ("000", 866, 877, "推动产业链供应链的链主企业更好地发挥引领带动作用,重庆在行动"),
    ("000", 880, 951, "1.延续实施旅行社暂退旅游服务质量保证金政策"),
    ("001", 497, 510, "6月28日,市税务局、市工商联、市经信委联合启动“春雨润苗”行动"),
    ("001", 513, 530, "重庆市政府日前出台支持制造业高质量发展23条政策措施"),
    ("001", 639, 678, "《重庆市优化营商环境条例》将从2021年7月1日起施行"),
    ("001", 681, 694, "6月1日,重庆日报记者从市财政局获悉"),
    ("004", 1575, 1594, "近日,重庆市人民政府办公厅印发了《重庆市未来产业培育行动计划(2024—2027年)》"),
]


def _of(prefix: str) -> list[Document]:
    path = next(SEEDS.glob(f"{prefix}_*.txt"))
    return cut(read_lines(path), path.name)


@pytest.fixture(scope="module")
def documents() -> dict[tuple[str, int], Document]:
    return {
        (prefix, document.line_start): document
        for prefix in ("000", "001", "002", "003", "004")
        for document in _of(prefix)
    }


def test_the_seeds_hold_exactly_these_documents(documents: dict[tuple[str, int], Document]) -> None:
    contacts = {place for place, document in documents.items() if document.kind == "contact"}
    assert set(documents) - contacts == {row[:2] for row in POLICIES} | {row[:2] for row in UNTITLED}
    assert len(documents) == 29 + 3 and len({documents[place].id for place in contacts}) == 1


def test_the_contacts_of_the_publisher_are_found_under_its_name(documents: dict[tuple[str, int], Document]) -> None:
    contact = documents["000", 954]
    assert (contact.kind, contact.line_end) == ("contact", 955)
    assert contact.title == "主办:重庆市商务委员会承办:重庆市外商投资促进中心"
    (passage,) = split(contact)
    assert passage.kind == "note" and "建新北路65号" in passage.text


@pytest.mark.parametrize("row", POLICIES, ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_policy_says_what_it_is(
    documents: dict[tuple[str, int], Document], row: tuple[str, int, str, str | None, tuple[str, ...], str, str | None]
) -> None:
    prefix, line, title, number, issuers, issued, until = row
    document = documents[prefix, line]
    assert document.title in {title, "".join(issuers) + title, " ".join(issuers) + title}
    assert (document.document_number, document.issuers) == (number, issuers)
    assert document.issued_on == date.fromisoformat(issued)
    assert document.valid_until == (date.fromisoformat(until) if until else None)


@pytest.mark.parametrize("row", UNTITLED, ids=lambda row: f"{row[0]}-{row[1]}")
def test_an_untitled_item_is_named_by_its_first_words(
    documents: dict[tuple[str, int], Document], row: tuple[str, int, int, str]
) -> None:
    prefix, line, last, begins = row
    document = documents[prefix, line]
    assert document.title.startswith(begins[:40]) and tidy(fold(document.text)).startswith(document.title.rstrip("…"))
    assert document.line_end == last
    assert (
        document.document_number,
        document.issued_on,
        document.valid_until,
        document.effective_from,
        document.issuers,
    ) == (None, None, None, None, ())


@pytest.mark.parametrize(
    ("prefix", "line", "number", "printed"),
    [
        ("004", 1597, "渝经信装备〔2024〕12号", "渝经信装备〔202412"),
        ("004", 1851, "渝经信发〔2024〕64号", "渝经信发〔202464"),
        ("000", 4, "渝府办〔2022〕23号", "渝府办〔2022〕23号"),
    ],
)
def test_a_mended_number_keeps_what_is_printed(
    documents: dict[tuple[str, int], Document], prefix: str, line: int, number: str, printed: str
) -> None:
    assert (documents[prefix, line].document_number, documents[prefix, line].document_number_printed) == (
        number,
        printed,
    )


@pytest.mark.parametrize(
    ("prefix", "line", "start", "said_at"),
    [
        ("000", 712, "2022-07-28", 803),
        ("004", 114, "2025-01-22", 221),
        ("004", 1084, "2025-01-01", 1199),
        ("001", 1999, "2021-04-20", 2067),
        ("001", 4, "2021-01-01", 26),
        ("003", 1, "2022-01-01", 13),
    ],
)
def test_a_policy_says_from_when_and_where(
    documents: dict[tuple[str, int], Document], prefix: str, line: int, start: str, said_at: int
) -> None:
    assert documents[prefix, line].effective_from == date.fromisoformat(start)
    assert documents[prefix, line].validity_line == said_at


@pytest.mark.parametrize(
    ("day", "held"),
    [("2022-07-27", False), ("2022-07-28", True), ("2022-12-31", True), ("2023-01-01", False), ("2026-11-21", False)],
)
def test_the_car_measures_hold_from_day_to_day(
    documents: dict[tuple[str, int], Document], day: str, held: bool
) -> None:
    assert documents["000", 712].in_force(date.fromisoformat(day)) is held


def test_without_a_last_day_nobody_knows(documents: dict[tuple[str, int], Document]) -> None:
    assert documents["000", 808].in_force(date(2026, 11, 21)) is None


def test_kinds_and_regions(documents: dict[tuple[str, int], Document]) -> None:
    expected = {
        ("000", 712): ("measures", "重庆市"),
        ("002", 4): ("plan", "重庆市江北区"),
        ("001", 697): ("decision", "重庆市"),
        ("004", 1575): ("reading guide", None),
        ("000", 522): ("news", None),
    }
    assert {key: (documents[key].kind, documents[key].region) for key in expected} == expected


@pytest.mark.parametrize("prefix", ["000", "001", "002", "003", "004"])
def test_documents_lie_apart_in_order_and_leave_out_only_site_furniture(prefix: str) -> None:
    lines = read_lines(next(SEEDS.glob(f"{prefix}_*.txt")))
    found = _of(prefix)
    inside = [n for d in found for n in range(d.line_start, d.line_end + 1)]
    assert inside == sorted(set(inside))
    assert [d.text for d in found] == ["\n".join(lines[d.line_start - 1 : d.line_end]) for d in found]
    outside = [fold(line).strip() for n, line in enumerate(lines, 1) if n not in set(inside) and line.strip()]
    assert [line for line in outside if not is_line("chrome", line)] == []


def test_ids_come_from_content_alone(policy: str) -> None:
    (one,) = cut(policy.split("\n"), "a.txt")
    (moved,) = cut(["", "", *policy.split("\n")], "b.txt")
    (other,) = cut(policy.replace("400元", "500元").split("\n"), "a.txt")
    assert one.id == moved.id != other.id
    assert moved.line_start == one.line_start + 2


@pytest.mark.parametrize(
    ("text", "day"),
    [("2022年9月5日", "2022-09-05"), ("2022 年 9 月 5 日", "2022-09-05"), ("2021-07-12", "2021-07-12"), ("2021712", "2021-07-12"), ("2024109", "2024-10-09"), ("2024925", "2024-09-25"), ("20220905", "2022-09-05"),
     ("二〇二二年九月五日", "2022-09-05"), ("2021111", None), ("20221301", None), ("2022年13月5日", None), ("2022年", None), ("", None)],
)  # fmt: skip
def test_dates(text: str, day: str | None) -> None:
    assert first_date(text) == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    ("title", "years"),
    [
        ("行动计划(2022—2025年)", (2022, 2025)),
        ("行动计划(20242027年)", (2024, 2027)),
        ("规划(2021-2025年)", (2021, 2025)),
        ("2021年至2025年", (2021, 2025)),
        ("2022年工作要点", None),
        ("(2030—2020年)", None),
    ],
)
def test_years_of_a_title(title: str, years: tuple[int, int] | None) -> None:
    assert years_in(title) == years


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("执行期限:2022年4月11日至2023年3月31日", "2022-04-11", "2023-03-31"),
        ("执行期限:2021年1月1日-2022年6月30日", "2021-01-01", "2022-06-30"),
        ("执行期限:至2022年12月31日", None, "2022-12-31"),
        ("执行期限:至2023年12月31日", None, "2023-12-31"),
        ("执行期限:暂无", None, None),
        ("执行期限:长期", None, None),
        ("以上政策措施自印发之日起施行,有效期至2022年12月31日", "2022-07-28", "2022-12-31"),
        ("本行动计划自2025年1月1日起实施,有效期至2027年12月31日。", "2025-01-01", "2027-12-31"),
        ("特制定本规划。规划期为2022—2030年。", "2022-01-01", "2030-12-31"),
        ("制定本方案,实施期限为2021—2025年。", "2021-01-01", "2025-12-31"),
        ("政策执行至2025年6月30日。", None, "2025-06-30"),
        ("给予一次性建设补贴。", None, None),
        ("重箱免存期由5天延长至15天", None, None),
    ],
)
def test_periods(text: str, start: str | None, end: str | None) -> None:
    found = validity(text, date(2022, 7, 28))
    assert (found.start if found else None, found.end if found else None) == tuple(
        date.fromisoformat(d) if d else None for d in (start, end)
    )


def test_years_long_count_from_the_day_of_effect() -> None:
    found = validity("本办法自2024年5月1日起施行,有效期五年。")
    assert found and found.start == date(2024, 5, 1) and found.end and found.end.year == 2029


@given(st.text())
def test_fold_keeps_the_length_and_tidy_and_squeeze_keep_the_text(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert not any(char.isspace() for char in squeeze(text))
    assert squeeze(tidy(text)) == squeeze(text)


@pytest.mark.parametrize(
    ("printed", "folded"),
    [
        ("1﹒二○三五", "1.二〇三五"),
        ("\uff08A\uff09\u2002〔2022〕", "(A) 〔2022〕"),
        ("2021\u20132025", "2021—2025"),
        ("\uff15\uff10\uff05", "50%"),
        ("½", "½"),
    ],
)
def test_fold(printed: str, folded: str) -> None:
    assert fold(printed) == folded


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (bytes(range(256)), "not a text file"),
        (gzip.compress(b"policy" * 99, mtime=0), "text"),
        (b"\xff\xff\xff", "UTF-8"),
    ],
    ids=["empty", "blank", "binary", "gzip", "neither"],
)
def test_files_that_are_no_text_are_named_in_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a b.txt"
    path.write_bytes(data)
    with pytest.raises(PolicyError, match=f"a b.txt .*{says}") as caught:
        read_lines(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_text_in_any_usual_dress_reads_the_same(tmp_path: Path, policy: str, encoding: str, newline: str) -> None:
    path = tmp_path / "a policy with spaces.txt"
    path.write_bytes(policy.replace("\n", newline).encode(encoding))
    assert read_lines(path) == policy.split("\n")


def test_sources_are_text_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "sub dir").mkdir()
    (tmp_path / "dir.txt").mkdir()
    for name in ("b.txt", "a.txt", "c.jpg", "README.md", ".hidden.txt", "sub dir/d.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [name for _, name in source_files([tmp_path])] == ["a.txt", "b.txt", "sub dir/d.txt"]
    assert source_files([tmp_path / "c.jpg"]) == [(tmp_path / "c.jpg", "c.jpg")]
    assert [path.name for path in unknown_files([tmp_path])] == ["c.jpg"]


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text("x", encoding="utf-8")
    assert [name for _, name in source_files([tmp_path / "one", tmp_path / "two"])] == ["a.txt", "two/a.txt"]


@pytest.mark.parametrize(("name", "says"), [("missing", "does not exist"), ("bare", "no .txt file")])
def test_sources_that_are_not_there(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "bare").mkdir()
    with pytest.raises(PolicyError, match=says):
        source_files([tmp_path / name])


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"gone\.txt cannot be read"):
        read_lines(tmp_path / "gone.txt")


def test_one_file_of_many_policies_is_cut_at_source_lines_and_at_new_numbers(policy: str) -> None:
    second = policy.replace("〔2024〕3号", "〔2024〕4号").replace("测试市充电设施补贴", "测试市加氢站补贴")
    for text in (policy + second, policy.replace("来源:测试市能源局\n", "") + second):
        assert [d.document_number for d in cut(text.split("\n"), "a.txt")] == ["渝测发〔2024〕3号", "渝测发〔2024〕4号"]


@pytest.mark.parametrize(
    ("text", "year", "named"),
    [
        ("到2020年", 2020, True),
        ("到二〇三五年", 2035, True),
        ("展望二○三五年", 2035, True),
        ("“十三五”末", 2020, True),
        ("“十三五”期间", 2016, True),
        ("“十三五”期间", 2018, False),
        ("“十四五”时期", 2020, False),
        ("到2025年", 2026, False),
    ],
)
def test_a_year_is_named_in_figures_in_chinese_or_by_its_plan(text: str, year: int, named: bool) -> None:
    assert names_year(text, year) is named
