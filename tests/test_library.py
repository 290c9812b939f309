"""Own documents: added, understood, searched with the rest, removed; nothing is lost and nothing breaks."""

import shutil
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest

from assistant.answers import as_dict
from assistant.assistant import Assistant
from assistant.cli import main
from assistant.library import Library, OwnFile, safe_name
from assistant.settings import Settings, open_assistant, open_library
from index.documents import cut, read_lines
from index.errors import PolicyError
from index.search import Index
from tests.test_readers import page_of, paragraphs, printed


@pytest.fixture
def settings(seed_index: Index, tmp_path: Path) -> Settings:
    """An index of the seeds of its own, and no own documents yet."""
    shutil.copytree(seed_index.folder, tmp_path / "index")
    return Settings(index=tmp_path / "index", own=tmp_path / "mine")


@pytest.fixture
def desk(settings: Settings) -> tuple[Assistant, Library]:
    assistant = open_assistant(settings)
    return assistant, open_library(settings, assistant)


def settled(library: Library) -> dict[str, OwnFile]:
    assert library.wait(240)
    return {file.name: file for file in library.files()}


def numbered(policy: str, number: int) -> str:
    """The small policy with another number, name and amount."""
    return policy.replace("3号", f"{number}号").replace("测试市", f"试验{number}市").replace("400元", f"{number}00元")


def test_a_file_is_understood_answered_from_and_removed_again(desk: tuple[Assistant, Library], policy: str) -> None:
    assistant, library = desk
    question = "测试市超高压充电桩补贴多少"
    before = as_dict(assistant.answer(question, as_of=date(2025, 1, 1)))
    assert library.files() == [] and not library.busy
    added = library.add("补贴.txt", policy.encode())
    assert (added.name, added.state) == ("补贴.txt", "reading") and library.busy
    (file,) = settled(library).values()
    assert file.state == "ready" and file.problem == ""
    (document,) = file.documents
    assert (document.title, document.document_number) == ("关于印发测试市充电设施补贴办法的通知", "渝测发〔2024〕3号")
    assert (document.issued_on, document.valid_until, document.passages) == (date(2024, 3, 5), date(2025, 12, 31), 5)
    answer = assistant.answer(question, as_of=date(2025, 1, 1))
    assert "400元/千瓦" in answer.text and answer.citations[0].passage.source == "补贴.txt"
    library.remove("补贴.txt")
    assert settled(library) == {} and not (library.folder / "补贴.txt").exists()
    after = as_dict(assistant.answer(question, as_of=date(2025, 1, 1)))
    assert before | {"timings_ms": {}} == after | {"timings_ms": {}}


def test_own_documents_survive_a_restart_for_every_command(
    desk: tuple[Assistant, Library], settings: Settings, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk[1].add("补贴.txt", policy.encode())
    files = settled(desk[1])
    again = open_library(settings, open_assistant(settings))
    assert not again.busy and {f.name: f for f in again.files()} == files
    flags = ["--index", str(settings.index), "--own", str(settings.own)]
    for command in (["ask", "测试市超高压充电桩补贴多少"], ["search", "测试市超高压充电桩", "-k", "1"]):
        assert main([*command, *flags]) == 0
        assert "补贴.txt" in capsys.readouterr().out
    assert main(["index", *flags]) == 0 and "nothing to do" in capsys.readouterr().err


def test_files_changed_while_nothing_ran_are_seen_at_the_start(settings: Settings, policy: str) -> None:
    settings.own.mkdir()
    (settings.own / "手放.txt").write_text(policy, encoding="utf-8")
    (settings.own / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
    (settings.own / "图.png").write_bytes(b"x")
    library = open_library(settings, open_assistant(settings))
    files = settled(library)
    assert {name: file.state for name, file in files.items()} == {
        "手放.txt": "ready",
        "坏.pdf": "failed",
        "图.png": "failed",
    }
    assert (settings.own / "坏.pdf").exists()


def test_many_at_the_same_moment_all_arrive(desk: tuple[Assistant, Library], policy: str) -> None:
    assistant, library = desk
    texts = [numbered(policy, n) for n in range(4, 10)]
    threads = [threading.Thread(target=library.add, args=("同名.txt", text.encode())) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = settled(library)
    assert [file.state for file in files.values()] == ["ready"] * 6
    assert set(files) == {"同名.txt", *(f"同名 ({n}).txt" for n in range(2, 7))}
    told = {d.document_number for file in files.values() for d in file.documents}
    assert told == {f"渝测发〔2024〕{n}号" for n in range(4, 10)}
    assert "700元/千瓦" in assistant.answer("试验7市超高压充电桩补贴多少", as_of=date(2025, 1, 1)).text


def test_questions_go_on_while_files_come_and_go(desk: tuple[Assistant, Library], policy: str) -> None:
    assistant, library = desk
    errors: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                assert assistant.answer("350千瓦的充电桩补贴多少").status == "answered"
            except BaseException as error:  # noqa: BLE001
                errors.append(error)
                return

    asker = threading.Thread(target=ask)
    asker.start()
    for n in (4, 5):
        library.add(f"{n}.txt", numbered(policy, n).encode())
        settled(library)
        library.remove(f"{n}.txt")
    settled(library)
    done.set()
    asker.join()
    assert errors == []


def test_what_cannot_be_read_is_told_and_leaves_all_as_it_was(desk: tuple[Assistant, Library], policy: str) -> None:
    assistant, library = desk
    library.add("好.txt", policy.encode())
    settled(library)
    passages = assistant.index.passages
    given = {
        "坏.pdf": b"%PDF-1.4 broken", "空.txt": b"", "程序.exe": b"MZ", "无后缀": b"x", "大.txt": b"x" * 20_000_001, "假.docx": b"no zip",
    }  # fmt: skip
    for name, data in given.items():
        library.add(name, data)
    files = settled(library)
    for name in given:
        assert (
            files[name].state == "failed" and files[name].problem.startswith(name) and "\n" not in files[name].problem
        )
        assert not (library.folder / name).exists()
    assert files["好.txt"].state == "ready" and assistant.index.passages == passages
    assert [p.name for p in library.folder.iterdir()] == ["好.txt"]
    for name in given:
        library.remove(name)
    assert set(settled(library)) == {"好.txt"}
    with pytest.raises(PolicyError, match=r"no own document 坏\.pdf"):
        library.remove("坏.pdf")


def test_the_same_text_twice_and_a_seed_once_more(desk: tuple[Assistant, Library], seeds: Path, policy: str) -> None:
    assistant, library = desk
    seed = min(seeds.glob("*.txt"), key=lambda p: p.stat().st_size)
    assert library.add("a.txt", policy.encode()).name == library.add("a.txt", policy.encode()).name == "a.txt"
    library.add("b.txt", policy.encode())
    library.add(seed.name, seed)
    library.add("copy.txt", seed)
    files = settled(library)
    assert sorted(files) == sorted(["a.txt", "b.txt", seed.name, "copy.txt"])
    assert {file.state for file in files.values()} == {"ready"}
    assert files[seed.name].documents == files["copy.txt"].documents != ()
    (grant,) = [p for p in assistant.index.passages if "给予400元/千瓦" in p.text and p.source in ("a.txt", "b.txt")]
    assert {grant.source, *(place.source for place in grant.further)} == {"a.txt", "b.txt"}


def test_the_same_files_give_the_same_index_however_built(policies: Path, policy: str, tmp_path: Path) -> None:
    settings = Settings(index=tmp_path / "index", own=tmp_path / "mine", documents=(policies,))
    assistant = open_assistant(settings)
    library = open_library(settings, assistant)
    for name, number in (("c", 4), ("a", 5), ("b", 6)):
        library.add(f"{name}.txt", numbered(policy, number).encode())
        settled(library)
    library.remove("b.txt")
    settled(library)
    fresh = Index.build([policies, settings.own], tmp_path / "fresh")
    grown, whole = (index.folder / index.manifest["data"] for index in (assistant.index, fresh))
    assert {p.name for p in grown.iterdir()} == {p.name for p in whole.iterdir()}
    for path in whole.iterdir():
        assert (grown / path.name).read_bytes() == path.read_bytes(), path.name


def test_what_else_the_index_holds_stays(policies: Path, tmp_path: Path, policy: str) -> None:
    settings = Settings(index=tmp_path / "index", own=tmp_path / "mine", documents=(tmp_path / "elsewhere",))
    Index.build([policies], settings.index)
    assistant = open_assistant(settings)
    library = open_library(settings, assistant)
    library.add("b.txt", numbered(policy, 8).encode())
    settled(library)
    assert {d.source for d in assistant.index.documents.values()} == {"a.txt", "b.txt"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/补贴.txt", "补贴.txt"),
        ("C:\\Users\\x\\补贴.pdf", "补贴.pdf"),
        ("/etc/passwd", "passwd"),
        ("a\0b.txt", "ab.txt"),
        ("补贴\u202etxt.exe.md", "补贴txt.exe.md"),
        ("\u200f补贴\u2066.txt", "补贴.txt"),
        ("<img src=x onerror=1>.html", "_img src=x onerror=1_.html"),
        ("CON.txt", "_CON.txt"),
        ("nul.tar.md", "_nul.tar.md"),
        ("..", "document"),
        ("...txt", "document.txt"),
        (".txt", "document.txt"),
        ("", "document"),
        ("a" * 500 + ".pdf", "a" * 60 + ".pdf"),
        ("政" * 500 + ".docx", "政" * 60 + ".docx"),
        ("〔2024〕3号《办法》.txt", "〔2024〕3号《办法》.txt"),
        ("a\nb.txt", "ab.txt"),
        ("\ud800a.txt", "a.txt"),
    ],
)
def test_names_become_plain_file_names(given: str, kept: str) -> None:
    assert safe_name(given) == kept == safe_name(kept)


def test_a_name_cannot_leave_the_folder(desk: tuple[Assistant, Library], policy: str, tmp_path: Path) -> None:
    _, library = desk
    file = library.add("../../escape.txt", policy.encode())
    settled(library)
    assert file.name == "escape.txt" and [p.name for p in library.folder.iterdir()] == ["escape.txt"]
    assert not (tmp_path.parent / "escape.txt").exists()


def _fact(seeds: Path) -> tuple[str, str, str]:
    """A real policy as text, a question that it answers, and the figure."""
    path = next(p for p in sorted(seeds.glob("*.txt")) if "第三类医疗器械" in p.read_text(encoding="utf-8"))
    document = next(d for d in cut(read_lines(path), path.name) if "第三类医疗器械" in d.text)
    return document.text, "取得第三类医疗器械注册证最高奖励多少", "第三类医疗器械"


@pytest.mark.browser
def test_a_real_policy_answers_the_same_from_every_kind_of_file(seeds: Path, tmp_path: Path) -> None:
    text, question, word = _fact(seeds)
    assert word in text
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "t.txt").write_text(text, encoding="utf-8")
    (folder / "h.html").write_text(page_of(paragraphs("\n".join(lines))), encoding="utf-8")
    (folder / "m.md").write_text("\n".join(lines), encoding="utf-8")
    printed(folder / "h.html")
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(folder / "d.docx"))
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append([line])
    book.save(folder / "x.xlsx")
    answers = {}
    for path in (folder / name for name in ("t.txt", "h.html", "m.md", "h.pdf", "d.docx", "x.xlsx")):
        answer = Assistant(Index.build([path], tmp_path / f"index-{path.name}")).answer(
            question, as_of=date(2025, 6, 1)
        )
        answers[path.name] = (answer.status, answer.citations[0].quote, [f["amount"] for f in answer.facts])
        page = as_dict(answer)["citations"][0]["page"]
        assert (page is not None and page >= 1) == (path.suffix == ".pdf")
    assert set(map(str, answers.values())) == {str(answers["t.txt"])} and answers["t.txt"][0] == "answered"


def test_files_that_the_command_line_cannot_read(
    policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (policies / "图.png").write_bytes(b"x")
    flags = ["--index", str(tmp_path / "index"), "--own", str(tmp_path / "mine")]
    assert main(["index", str(policies), *flags]) == 0
    told = capsys.readouterr().err
    assert "图.png" in told and "passed over" in told and "1 documents" in told
    assert main(["index", str(policies / "图.png"), *flags]) == 1
    assert "图.png is of a kind that cannot be read" in capsys.readouterr().err


def test_a_broken_own_file_does_not_stop_the_command_line(settings: Settings, root: Path, policy: str) -> None:
    settings.own.mkdir()
    (settings.own / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
    (settings.own / "好.txt").write_text(policy, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "assistant.cli",
        "index",
        "--index",
        str(settings.index),
        "--own",
        str(settings.own),
    ]
    done = subprocess.run(
        [sys.executable, "-c", f"from assistant.cli import main; raise SystemExit(main({command[3:]!r}))"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "left out: 坏.pdf is broken" in done.stderr and "Traceback" not in done.stderr
    assert "好.txt" in {d.source for d in Index.open(settings.index).documents.values()}
