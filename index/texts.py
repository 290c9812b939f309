"""Bytes → text in whatever encoding it was saved."""

import re

from index.errors import PolicyError

_CHINESE = ("gb18030", "gbk", "gb2312", "big5", "big5hkscs", "cp950", "utf_16", "utf_16_le", "utf_16_be", "utf_32")
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.I)


def decode(data: bytes, name: str) -> str:
    """The text of a file: by its byte order mark, as UTF-8, as a page declares it, else as it looks.

    Raises PolicyError for an empty file and for what is no text.
    """
    text = _decoded(data)
    if text is None:
        raise PolicyError(f"{name} is not a text file in UTF-8, UTF-16, GB 18030, Big5 or Latin-1; save it as UTF-8")
    if not text.strip():
        raise PolicyError(f"{name} is empty; put the policy's text into it or take it out of the folder")
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise PolicyError(f"{name} is not a text file; save it as plain text in UTF-8")
    return text


def _decoded(data: bytes) -> str | None:
    marked = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    declared = _DECLARED.search(data[:4096])
    page = {"gb2312": "gb18030", "gbk": "gb18030"}.get(declared[1].decode().lower(), "") if declared else ""
    for encoding in filter(None, (marked, page)):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _guessed(data)


def _guessed(data: bytes) -> str | None:
    """GB 18030, Big5 and UTF-16 fit each other's bytes, so what the characters are decides."""
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is not None and best.encoding in _CHINESE:
        return str(best)
    for encoding in ("gb18030", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Latin letters with accents stand between plain ones; Chinese and garbage do not
        plain = sum(char.isascii() for char in text) > 0.7 * len(text)
        if encoding == "gb18030" and (best is None or not plain):
            return text
        if encoding == "cp1252" and plain:
            return text
    return None
