"""The tab of the own documents as HTML: where files are dropped, and what was understood of each."""

import unicodedata
from collections.abc import Sequence
from html import escape

from assistant.library import OwnFile, Understood
from assistant.page import both, counted, iso
from index.documents import SUFFIXES
from index.readers import MAX_BYTES

_STATES = {
    "ready": ("good", "可以提问", "Ready"),
    "reading": ("none", "正在读取", "Reading"),
    "failed": ("bad", "未能读取", "Not read"),
}


def own_form() -> str:
    """Where files are chosen or dropped, who sees them, and the question before one is removed."""
    megabytes = MAX_BYTES // 10**6
    kinds = "、".join(sorted(suffix.lstrip(".") for suffix in SUFFIXES))
    where = both(
        "读取后即可与政策一起提问和查找。文件只留在运行本页面的机器上，不会传到别处；能打开本页面的人都能看到和移除。",
        "Files are searched together with the policies and never leave the machine that runs this page; everyone who opens the page sees them and may remove them.",
    )
    most = both(f"{kinds}；每个最多{megabytes} MB", f"{kinds.replace('、', ', ')}; {megabytes} MB each at most")
    return (
        f'<div class="own-form" data-limit="{MAX_BYTES}"><h2 tabindex="-1">{both("我的文件", "My documents")}</h2><p class="where">{where}</p>'
        f'<div class="drop"><input id="own-files" class="sr" type="file" multiple accept="{",".join(sorted(SUFFIXES))}"><label for="own-files" class="plain">{both("选择文件", "Choose files")}</label>'
        f'<p>{both("或把文件拖到这里", "or drop them here")}</p><p class="kinds">{most}</p></div>'
        f'<p class="own-sending" role="status" hidden>{both("正在上传", "Uploading")} <span></span></p>'
        f'<p class="own-lost" role="alert" hidden>{both("没有传成，请再试一次：", "Could not be sent; please try again: ")}<bdi></bdi></p>'
        f'<dialog class="own-sure" aria-labelledby="own-sure-title"><h3 id="own-sure-title">{both("移除这个文件？", "Remove this file?")}</h3><p class="own-sure-name"><bdi></bdi></p>'
        f"<p>{both('它会从这台机器上删除，对所有人都不再可查。', 'It is deleted from this machine, and no longer searched for anyone.')}</p>"
        f'<form method="dialog"><button class="plain" value="">{both("保留", "Keep it")}</button><button class="danger" value="remove">{both("移除", "Remove")}</button></form></dialog></div>'
    )


def own_list(files: Sequence[OwnFile], busy: bool, done: float, version: str, problem: str = "") -> str:
    """The files with their states; `done` says how far reading is (0 to 1), `version` which index they are in."""
    percent = int(100 * min(max(done, 0.0), 1.0))
    reading = (
        f'<p class="reading"><progress max="100" value="{percent}" aria-label="进度 / Progress"></progress>'
        f"<span>{both(f'正在更新资料，{percent}%', f'Reading the documents, {percent}%')}</span></p>"
    )
    told = f'<p class="own-problem" role="alert">{problem}</p>' if problem else ""
    count = both(f"{len(files)}个文件", counted(len(files), "file"))
    listed = (
        f'<p class="found">{count}</p><ul class="owned">{"".join(map(_file, files))}</ul>'
        if files
        else f'<p class="hint">{both("还没有文件。", "No files yet.")}</p>'
    )
    return f'<div class="own-view" data-version="{escape(version)}" data-busy="{str(busy).lower()}">{reading if busy else ""}{told}{listed}</div>'


def _file(file: OwnFile) -> str:
    colour, chinese, english = _STATES[file.state]
    shown = escape(_plain(file.name))
    told = f'<p class="own-problem" dir="auto">{escape(file.problem)}</p>' if file.problem else ""
    return (
        f'<li class="own" data-state="{file.state}"><div class="own-head"><h3><bdi>{shown}</bdi></h3><span class="badge {colour}">{both(chinese, english)}</span>'
        f'<button type="button" class="quiet" data-own="remove" data-name="{escape(file.name)}" data-shown="{shown}">{both("移除", "Remove")}<span class="sr"> <bdi>{shown}</bdi></span></button></div>'
        f"{told}{''.join(map(_document, file.documents))}</li>"
    )


def _document(read: Understood) -> str:
    """What was understood of a document; what it does not state is said."""
    known = (
        (both("文号", "Number"), read.document_number, ""),
        (both("印发", "Issued"), iso(read.issued_on), "day"),
        (both("有效期至", "Valid until"), iso(read.valid_until), "day"),
    )
    unknown = both("未写明", "not stated")
    parts = "".join(
        f'<span>{words} <b class="{kind}" dir="auto">{escape(value)}</b></span>'
        if value
        else f"<span>{words} {unknown}</span>"
        for words, value, kind in known
    )
    size = both(f"{read.passages}段", counted(read.passages, "passage"))
    return (
        f'<div class="own-document"><button type="button" class="policy" data-do="open" data-document="{escape(read.id)}" lang="zh-CN" dir="auto">{escape(read.title)}</button>'
        f'<p class="gist">{parts}<span>{size}</span></p></div>'
    )


def _plain(name: str) -> str:
    """A name without marks that cannot be seen or turn the writing around; files put there by hand may have them."""
    return "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf"))
