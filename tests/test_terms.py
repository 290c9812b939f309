"""The bilingual term list: what an English question is called in the documents."""

from collections import Counter
from pathlib import Path

import pytest

from index.errors import PolicyError
from index.lexical import SURE, stands, words_of
from index.search import Index
from index.terms import EVERYDAY, SPOKEN, TERMS, Translator, read_terms, stem, stems, translations

CORPUS = ["对充电桩给予补贴", "支持加氢站建设", "渝北区发展低空经济", "公交车"]


def _translator(folder: Path, *lists: Path) -> Translator:
    """The translator of an index of CORPUS."""
    (folder / "corpus.txt").write_text("\n".join(f"{text}。" for text in CORPUS), encoding="utf-8")
    return Index.build([folder / "corpus.txt"], folder / "index", terms=lists).translator


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    return _translator(tmp_path_factory.mktemp("terms"))


def _words(translator: Translator, question: str) -> set[str]:
    return {word for term in translator.terms(question) for word, _ in term.words}


@pytest.mark.parametrize("path", [TERMS, EVERYDAY, SPOKEN])
def test_every_line_of_the_list_is_a_whole_entry(path: Path) -> None:
    entries = read_terms(path)
    assert len(entries) == sum(
        1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")
    )
    bad = [
        e
        for e in entries
        if not e[1] or not all(word.strip() == word and word for word in e[1]) or not any(c.isalnum() for c in e[0])
    ]
    assert bad == []


@pytest.mark.parametrize("path", [TERMS, EVERYDAY, SPOKEN])
def test_no_entry_stands_twice(path: Path) -> None:
    counted = Counter(entry[0].lower() for entry in read_terms(path))
    assert [english for english, count in counted.items() if count > 1] == []


@pytest.mark.parametrize(("text", "line"), [("a\t甲\nbroken\n", 2), ("# note\n\n\t乙\n", 3), ("a\t\n", 1)])
def test_a_broken_line_is_named(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=f"line {line} of own.tsv"):
        read_terms(path)


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("# mine\nzapper\t充电桩|无此词汇\tnoun\n", encoding="utf-8")
    assert read_terms(path) == [("zapper", ["充电桩", "无此词汇"], "noun")]
    assert "充电桩" in _words(_translator(tmp_path, path), "zappers") and "充电桩" in _words(
        _translator(tmp_path, path), "charging pile"
    )


@pytest.mark.parametrize(
    ("question", "chinese"),
    [
        ("charging pile", "充电桩"),
        ("Charging Piles", "充电桩"),
        ("a charging-pile's price", "充电桩"),
        ("hydrogen refuelling station", "加氢站"),
        ("subsidies", "补贴"),
        ("low-altitude economy", "低空经济"),
        ("buses", "公交车"),
        ("Yubei", "渝北"),
        ("80 million yuan", "=80000000"),
        ("35% of it", "=35%"),
        ("a 350 kW charger", "=350"),
        ("what does 补贴 mean", "补贴"),
        ("what about eVTOL", "evtol"),
        ("xyzzy", "xyzzy"),
    ],
)
def test_english_finds_its_chinese(translator: Translator, question: str, chinese: str) -> None:
    assert chinese in _words(translator, question)


def test_everyday_words_find_the_official_ones_and_are_asked_for_beside_them(translator: Translator) -> None:
    handout = _words(translator, "is there a state handout for it")
    assert {"补贴"} <= handout
    (said, *words) = translator.terms("cash handouts")
    assert "补贴" in dict(said.words) or any("补贴" in dict(word.words) for word in words)


def test_everyday_words_are_no_names_of_things(seed_index: Index) -> None:
    assert "救助" not in seed_index.translator.synonyms_of("补贴")


def test_everyday_chinese_finds_the_official_words(seed_index: Index) -> None:
    assert "养老机构" in seed_index.translator.synonyms_of("养老院")
    assert "养老院" not in seed_index.translator.synonyms_of("养老机构")
    assert "养老" in seed_index.search("开养老院有什么支持")[0].passage.text


@pytest.mark.parametrize("question", ["who coughed up the money", "who coughs up the money", "who cough up the money"])
def test_the_first_word_of_a_phrase_may_be_inflected(seed_index: Index, question: str) -> None:
    assert any(
        "支付" in dict(term.words) or "发放" in dict(term.words) for term in seed_index.translator.terms(question)
    )


def test_a_name_that_no_dictionary_knows_is_found_by_its_sound_as_a_guess(tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_text("公司位于杰克逊维尔，由约什管理。\n", encoding="utf-8")
    translator = Index.build([tmp_path / "corpus.txt"], tmp_path / "index").translator
    for name, chinese in (("Jacksonville", "杰克逊维尔"), ("Josh", "约什")):
        (term,) = translator.terms(name)
        assert dict(term.words)[chinese] < SURE and not stands(term, words_of("公司位于杰克逊维尔，由约什管理。"))
    assert _words(translator, "Wolfenbuttel") == {"wolfenbuttel"}


@pytest.mark.parametrize("question", ["", "what is the", "how much is it?", "?!", "please tell me"])
def test_empty_words_ask_for_nothing(translator: Translator, question: str) -> None:
    assert translator.terms(question) == []


def test_only_words_of_the_corpus_are_kept() -> None:
    found = translations(CORPUS)
    known, general = found["terms"] | found["everyday"], found["general"]
    corpus = "\n".join(CORPUS)
    assert [word for words in general.values() for word in words if word not in corpus] == []
    assert [word for words in known.values() for word in words if word not in corpus and len(word) <= 10] == []


def test_a_phrase_is_one_term_and_weighs_more_than_a_word(translator: Translator) -> None:
    (phrase,) = translator.terms("hydrogen refuelling station")
    assert phrase.weight > translator.terms("subsidy")[0].weight


def test_synonyms_name_the_same_thing_in_other_words(seed_index: Index) -> None:
    (term,) = seed_index.translator.synonyms("飞机")
    assert {"飞机", "航空器"} <= {word for word, _ in term.words}
    assert seed_index.translator.synonyms("") == []


@pytest.mark.parametrize(
    ("word", "plain"),
    [
        ("piles", "pile"),
        ("policies", "policy"),
        ("taxes", "tax"),
        ("branches", "branch"),
        ("classes", "class"),
        ("status", "status"),
        ("business", "business"),
        ("basis", "basis"),
        ("gas", "gas"),
        ("5g", "5g"),
    ],
)
def test_stem(word: str, plain: str) -> None:
    assert stem(word) == plain


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("charging", "charge"),
        ("charging", "charg"),
        ("applied", "apply"),
        ("planned", "plan"),
        ("subsidised", "subsidise"),
        ("buses", "bus"),
        ("began", "begin"),
        ("children", "child"),
    ],
)
def test_stems_hold_the_dictionary_form(word: str, form: str) -> None:
    assert form in stems(word) and stems(word)[0] == word


def test_a_compound_with_a_hyphen_is_not_broken(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("overseas charging\t无此词汇\tnoun\n", encoding="utf-8")
    translator = _translator(tmp_path, path)
    assert "充电桩" in _words(translator, "an overseas charging-pile maker")
    assert "overseas charging" not in {term.name for term in translator.terms("an overseas charging-pile maker")}
    assert "overseas charging" in {term.name for term in translator.terms("an overseas charging maker")}
