"""A Document → Passages: whole sentences with the titles above them, exact slices of the file, nothing lost."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.documents import Document, cut, is_line, read_lines
from index.fold import fold, squeeze
from index.passages import MAX_CHARS, Passage, merge, sentences, split, split_and_omitted, units

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
FILES = ["000", "001", "002", "003", "004"]
REASONS = {"site furniture", "source line", "remark", "contents list", "date line", "annex label", "table head"}


def _read(prefix: str) -> tuple[str, list[str]]:
    path = next(SEEDS.glob(f"{prefix}_*.txt"))
    return path.name, read_lines(path)


def _split(prefix: str) -> list[Passage]:
    name, lines = _read(prefix)
    return [passage for document in cut(lines, name) for passage in split(document)]


def _at(passages: list[Passage], line: int) -> list[Passage]:
    return [p for p in passages if p.line_start <= line <= p.line_end]


def _lost(lines: list[str], document: Document) -> list[str]:
    """The lines that stand in the text of no passage, in no title, and are not listed as omitted."""
    passages, omitted = split_and_omitted(document)
    texts: dict[int, str] = defaultdict(str)
    for passage in passages:
        for n in range(passage.line_start, passage.line_end + 1):
            texts[n] += squeeze(passage.text)
    titles = squeeze("".join(title for p in passages for title in p.section) + document.title)
    listed = {n for n, _ in omitted}
    assert {reason for _, reason in omitted} <= REASONS
    return [
        f"{n}: {lines[n - 1]}"
        for n in range(document.line_start, document.line_end + 1)
        if (bare := squeeze(lines[n - 1]))
        and bare.removesuffix("|") not in texts[n]
        and bare.rstrip("。") not in titles
        and n not in listed
        and not is_line("chrome", fold(lines[n - 1]).strip())
    ]


def _check_slices(lines: list[str], passages: list[Passage]) -> None:
    for p in passages:
        assert p.raw and p.raw in "\n".join(lines[p.line_start - 1 : p.line_end]), p
        assert (
            len(p.raw) <= MAX_CHARS or p.kind in ("row", "raw row", "record", "head") or len(sentences(p.raw)) == 1
        ), p


@pytest.mark.parametrize("prefix", FILES)
def test_raw_is_an_exact_slice_and_no_paragraph_is_long(prefix: str) -> None:
    name, lines = _read(prefix)
    passages = _split(prefix)
    assert passages and {p.source for p in passages} == {name}
    _check_slices(lines, passages)


@pytest.mark.parametrize("prefix", FILES)
def test_a_passage_begins_and_ends_on_its_lines(prefix: str) -> None:
    _, lines = _read(prefix)
    wrong = [
        (p.line_start, p.line_end, p.kind)
        for p in _split(prefix)
        if p.raw.split("\n")[0] not in lines[p.line_start - 1]
        or p.raw.split("\n")[-1].strip() not in lines[p.line_end - 1]
        or not lines[p.line_end - 1].strip()
    ]
    assert wrong == []


@pytest.mark.parametrize("prefix", FILES)
def test_no_line_of_a_policy_is_lost(prefix: str) -> None:
    name, lines = _read(prefix)
    assert [lost for document in cut(lines, name) for lost in _lost(lines, document)] == []


@pytest.mark.parametrize("prefix", FILES)
def test_few_words_are_omitted_and_each_with_a_reason(prefix: str) -> None:
    name, lines = _read(prefix)
    for document in cut(lines, name):
        _, omitted = split_and_omitted(document)
        texts = [lines[n - 1].strip() for n, reason in omitted if reason != "contents list"]
        assert all(len(text) < 60 for text in texts), texts


def test_ids_are_unique_and_come_back() -> None:
    once, again = ([(p.id, p.text) for prefix in FILES for p in _split(prefix)] for _ in range(2))
    assert once == again and len({key for key, _ in once}) == len(set(once))


# file, line, kind, the chain of titles above, words of the text; read by hand from seeds/
PLACES = [
    ("000", 773, "paragraph", ("重庆市促进汽车产业平稳增长政策措施",), "400元/千瓦的一次性建设补贴"),
    ("000", 803, "paragraph", ("重庆市促进汽车产业平稳增长政策措施",), "有效期至2022年12月31日"),
    ("003", 13, "paragraph", (), "规划期为2022—2030年"),
    ("003", 30, "paragraph", ("二、总体要求", "(三)发展愿景"), "到2025年,初步形成"),
    ("003", 34, "list item", ("三、重点任务", "(一)提升整车新能源和智能网联化水平"), "1.持续扩大生产规模"),
    (
        "003",
        41,
        "paragraph",
        ("三、重点任务", "(一)提升整车新能源和智能网联化水平", "专栏1 加快突破智能网联新能源汽车整车关键技术"),
        "新能源方向",
    ),
    ("003", 43, "list item", ("三、重点任务", "(二)完善汽车零部件供应链体系"), "1.壮大新能源汽车零部件产业"),
    ("001", 2067, "paragraph", ("支持制造业高质量发展若干政策措施",), "本政策措施自发布之日起施行"),
    ("002", 368, "paragraph", ("四、建设智造强区的重点任务",), "推动“存量”变革"),
    ("002", 357, "note", ("三、建设智造强区的新要求",), "期间累计值"),
    ("004", 404, "note", ("重庆市中医药产业发展主要指标",), "以上指标为预期性指标"),
    ("004", 1321, "paragraph", ("重点发展领域", "一、高端医疗设备"), "高端医学装备"),
]


@pytest.mark.parametrize("row", PLACES, ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_passage_stands_under_its_titles(row: tuple[str, int, str, tuple[str, ...], str]) -> None:
    prefix, line, kind, titles, words = row
    (found,) = [p for p in _at(_split(prefix), line) if words in p.text]
    assert found.kind == kind
    at = [found.section.index(title) for title in titles]
    assert at == sorted(at)


def test_a_new_chapter_forgets_the_titles_of_the_last() -> None:
    (found,) = _at(_split("003"), 43)
    assert not any("整车" in title for title in found.section)
    (closing,) = _at(_split("000"), 803)
    assert len(closing.section) == 1


def test_each_item_of_the_list_keeps_its_own_period() -> None:
    records = [p for p in _split("000") if 880 <= p.line_start <= 950]
    assert [p.kind for p in records] == ["record"] * 7
    expected = [
        "2022年4月11日至2023年3月31日",
        "暂无",
        "2021年1月1日-2022年6月30日",
        "至2022年12月31日",
        "至2023年12月31日",
        "暂无",
        "长期",
    ]
    assert [p.text.split("执行期限:")[1].split("\n")[0].strip() for p in records] == expected
    assert (records[0].line_start, records[0].line_end) == (880, 888)


def test_the_contents_list_is_no_passage() -> None:
    name, lines = _read("002")
    (document,) = cut(lines, name)
    passages, omitted = split_and_omitted(document)
    listed = {n for n, reason in omitted if reason == "contents list"}
    contents = {n for n in range(49, 144) if lines[n - 1].strip()}
    assert contents - {49} <= listed
    texts = {squeeze(line) for p in passages for line in p.text.split("\n")}
    assert {squeeze(lines[n - 1]) for n in contents} & texts == set()
    assert _at(passages, 154)[0].kind == "paragraph" and not listed & set(range(150, 700))


def test_one_plan_in_two_files_is_found_once_with_both_places() -> None:
    documents = [d for prefix in ("000", "003") for name, lines in [_read(prefix)] for d in cut(lines, name)]
    plan = [d for d in documents if d.document_number == "渝府发〔2022〕38号"]
    apart = [p for d in plan for p in split(d)]
    merged = merge(apart, plan)
    (period,) = [p for p in merged if "规划期为2022—2030年" in p.text]
    assert (period.line_start, [(f.source[:3], f.line_start, f.line_end) for f in period.further]) == (
        320,
        [("003", 13, 13)],
    )
    assert sum(1 + len(p.further) for p in merged) == len(apart)
    assert len({squeeze(p.text) for p in merged}) == len(merged)


def test_the_same_file_twice_is_found_once_with_both_places(policy: str) -> None:
    documents = [d for name in ("a.txt", "b.txt") for d in cut(policy.split("\n"), name)]
    merged = merge([p for d in documents for p in split(d)], documents)
    assert len({p.id for p in merged}) == len(merged) == len(split(documents[0]))
    assert all([f.source for f in p.further] == ["b.txt"] for p in merged)


def test_the_same_words_in_another_policy_stay_apart(policy: str) -> None:
    other = policy.replace("3号", "4号").replace("充电设施补贴办法", "加氢设施补贴办法")
    documents = [*cut(policy.split("\n"), "a.txt"), *cut(other.split("\n"), "b.txt")]
    assert not any(p.further for p in merge([p for d in documents for p in split(d)], documents))


def _passages(lines: list[str]) -> list[Passage]:
    return [p for d in cut(lines, "made.txt") for p in split(d)]


def test_one_giant_line_is_cut_at_sentences_and_nothing_is_lost() -> None:
    line = "".join(f"第{i}类企业给予补贴{i}元。" for i in range(55_000))
    assert len(line.encode()) > 1_000_000
    passages = _passages([line])
    assert "".join(p.raw for p in passages) == line
    assert max(len(p.raw) for p in passages) <= MAX_CHARS and all(p.raw.endswith("。") for p in passages)


def test_one_giant_line_without_a_stop_is_cut_all_the_same() -> None:
    line = "".join(f"给予{i}元" for i in range(40_000))
    passages = _passages([line])
    assert "".join(p.raw for p in passages) == line and max(len(p.raw) for p in passages) <= 2 * MAX_CHARS


def test_a_sentence_that_stands_twice_in_a_line_stands_twice_in_its_passages() -> None:
    line = "对充电桩给予补贴400元。" * 200
    assert sum(len(p.raw) for p in _passages([line])) == len(line)


def test_no_headings_at_all() -> None:
    passages = _passages([f"这是第{i}段没有标题的文字,写得足够长,是一个句子。" for i in range(300)])
    assert [p.line_start for p in passages] == list(range(1, 301))
    assert {p.kind for p in passages} == {"paragraph"}


def test_five_thousand_headings() -> None:
    lines = [
        text
        for i in range(2500)
        for text in ("(一)补贴标准", f"{i % 90 + 1}.支持第{i}类企业", f"给予第{i}类企业补贴{i}元。")
    ]
    passages = _passages(lines)
    assert len([p for p in passages if p.kind == "paragraph"]) == 2500
    assert all(f"第{p.text[3:].split('类')[0]}类企业" in p.section[-1] for p in passages)


def test_headings_above_nothing_are_content() -> None:
    assert [p.text for p in _passages(["一、加强领导", "二、加强宣传", "三、加强监督"])] == [
        "一、加强领导",
        "二、加强宣传",
        "三、加强监督",
    ]


def test_a_short_line_between_two_headings_is_content() -> None:
    passages = _passages(["一、支持对象", "在渝注册的中小企业", "二、补贴标准", "给予每户企业一次性补贴400元。"])
    assert any("在渝注册的中小企业" in p.text for p in passages)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("给予补贴。最高300万元!", ["给予补贴。", "最高300万元!"]),
        ("支持(含新建。改建)项目。另行通知", ["支持(含新建。改建)项目。", "另行通知"]),
        ("印发《办法。细则》。完", ["印发《办法。细则》。", "完"]),
        ("一;二;三", ["一;", "二;", "三"]),
        ("  前 \n 后  ", ["前", "后"]),
        ("", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == parts


@given(st.text(alphabet="补贴元。;!?()《》“” \n\u30001a", max_size=300))
def test_sentences_cover_the_text_in_order(text: str) -> None:
    spans = sentences(text)
    assert all(a < b for a, b in spans) and all(b <= c for (_, b), (c, _) in pairwise(spans))
    assert squeeze("".join(text[a:b] for a, b in spans)) == squeeze(text)


@pytest.mark.parametrize("prefix", FILES)
def test_what_can_be_quoted_is_a_slice_that_covers_the_passage(prefix: str) -> None:
    for passage in _split(prefix):
        spans = units(passage)
        assert squeeze("".join(passage.raw[a:b] for a, b, _ in spans)) == squeeze(passage.raw)


_WORDS = st.text(alphabet="支持企业建设充电桩补贴标准项目给予区县一二三", min_size=2, max_size=14)
_SENTENCE = st.builds(
    lambda parts, end: ",".join(parts) + end, st.lists(_WORDS, min_size=2, max_size=12), st.sampled_from("。。。;")
)
_LINE = st.one_of(
    st.builds(lambda n, w: f"{n}、{w}", st.sampled_from("一二三四"), _WORDS),
    st.builds(lambda n, w: f"({n}){w}。", st.sampled_from("一二三四"), _WORDS),
    st.builds(lambda n, w, s: f"{n}.{w}。{s}", st.integers(1, 12), _WORDS, _SENTENCE),
    _SENTENCE,
    st.lists(_SENTENCE, min_size=8, max_size=14).map("".join),
    _WORDS,
    _WORDS.map("专栏1 {}".format),
    _WORDS.map("责任单位:{}".format),
    st.sampled_from(
        [
            "",
            " ",
            "附件",
            "来源:市政府",
            "(此件公开发布)",
            "打印",
            "2024年3月5日",
            "序号",
            "重点领域",
            "1",
            "2",
            "30%",
            "备注:无",
            "• 其他",
        ]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINE, min_size=1, max_size=25))
@example(["一一一", "重点领域", "专栏1 一一"])
def test_of_any_document_nothing_is_lost(lines: list[str]) -> None:
    for document in cut(lines, "made.txt"):
        _check_slices(lines, split(document))
        assert _lost(lines, document) == []
