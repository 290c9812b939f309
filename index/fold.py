"""One-to-one folding of characters, so that a match in folded text has the same offsets in the original."""

import re
import unicodedata

_SAME = {"﹒": ".", "．": ".", "○": "〇", "～": "~", "〜": "~", "–": "—", "―": "—", "－": "-", "﹣": "-", "｢": "“"}


def _fold_char(char: str) -> str:
    if char in _SAME:
        return _SAME[char]
    if char.isspace() and char != "\n":
        return " "
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = _fold_char(chr(code))
        return self[code]


_TABLE = _Table()


def fold(text: str) -> str:
    """Half-width, one kind of space, of dash and of zero; as many characters out as in."""
    return text.translate(_TABLE)


def squeeze(text: str) -> str:
    """Folded text without any white space: for comparing, never for offsets."""
    return re.sub(r"\s+", "", fold(text))


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text: how alike two texts are."""
    bare = squeeze(text)
    return frozenset(bare[i : i + 2] for i in range(len(bare) - 1))


def tidy(text: str) -> str:
    """A line for reading: the padding between Chinese characters is removed, other space is single."""
    text = re.sub(r"\s+", " ", text.translate(_SPACES)).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", text)


_SPACES = {code: " " for code in range(0x2000, 0x200B)} | {0x3000: " ", 0xA0: " ", 0x2002: " "}
