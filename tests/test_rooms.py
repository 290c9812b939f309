"""seeds → index → assistant → cli, web: nothing lower imports anything higher, nothing knows the seeds by name."""

import ast
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"gradio", "torch", "transformers", "sentence_transformers"}
FORBIDDEN = {"index": {"assistant", "eval", "tests"}, "assistant": {"eval", "tests"}, "eval": {"tests"}}


def _modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def _imports(tree: ast.AST) -> Iterator[str]:
    """The first part of each imported name; a relative import stays in its room."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("import_module")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value).split(".")[0]


def _at_import(tree: ast.AST) -> Iterator[str]:
    """What is imported when the module is: functions run later, and `if TYPE_CHECKING:` never."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        ):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _imports(ast.Module([node], []))
        else:
            yield from _at_import(node)


def test_there_are_rooms_to_look_at() -> None:
    assert {path.name for path in _modules("index")} >= {"documents.py", "passages.py", "search.py"}


@pytest.mark.parametrize(
    "path", [p for room in FORBIDDEN for p in _modules(room)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_a_room_imports_nothing_higher_and_nothing_heavy(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    room, name = path.relative_to(ROOT).parts[0], path.name
    # `policy-assistant eval` is a command: the command line, the highest of all, may call the room that looks on.
    commanded = {"eval"} if path == ROOT / "assistant" / "cli.py" else set()
    assert set(_imports(tree)) & FORBIDDEN[room] - commanded == set()
    allowed = {"gradio"} if room == "assistant" and re.match(r"(web|page)\w*\.py$", name) else set()
    assert (set(_at_import(tree)) & HEAVY) - allowed == set()


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import torch.nn", {"torch"}),
        ("from torch import nn", {"torch"}),
        ("def f():\n import torch", set()),
        ("try:\n import torch\nexcept ImportError:\n pass", {"torch"}),
        ("class A:\n import torch", {"torch"}),
        ("if TYPE_CHECKING:\n import torch", set()),
    ],
)
def test_the_walk_sees_imports_where_they_run(code: str, names: set[str]) -> None:
    assert set(_at_import(ast.parse(code))) == names
    assert set(_imports(ast.parse(code))) == {"torch"}


def _texts() -> list[Path]:
    kinds = {".py", ".toml", ".tsv", ".json", ".txt", ".css", ".js", ".html", ".md"}
    whole = [
        p
        for room in ("index", "assistant")
        for p in (ROOT / room).rglob("*")
        if p.suffix in kinds and "built" not in p.parts and "__pycache__" not in p.parts
    ]
    return sorted([*whole, *(ROOT / "eval").glob("*.py")])


def test_no_code_and_no_data_knows_a_seed_by_name() -> None:
    stems = [path.stem.split("_") for path in (ROOT / "seeds").glob("*.txt")]
    assert len(stems) == 5
    hexes = {digest[i : i + 6] for _, digest in stems for i in range(len(digest) - 5)}
    known = re.compile("|".join([rf"(?<![\d_]){prefix}_" for prefix, _ in stems] + sorted(hexes)))
    assert (
        known.search('source == "000_21e5573e206cac85.txt"')
        and known.search("x e5573e")
        and not known.search("1_000_000 001")
    )
    assert [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in _texts()
        if (found := known.search(path.read_text(encoding="utf-8")))
    ] == []


def test_no_test_reaches_the_network() -> None:
    with pytest.raises(ConnectionRefusedError, match="must not leave this machine"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
