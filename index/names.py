"""Foreign names: how Chinese writes their sound, learnt from the names in CC-CEDICT (Jacksonville → 杰克逊维尔)."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

_LETTERS = 6  # that one character stands for, at most
_SKIPPED = -3.0  # the price of a letter that no character stands for
_WIDTH, _CHOICES, _CHARACTERS = 60, 25, 7
_LEAST = -2.6  # mean per letter; under it a likeness is chance
Spellings = dict[str, list[tuple[str, float]]]
Counts = dict[str, dict[str, float]]


def name_pairs(entries: Iterable[tuple[str, str, list[str]]]) -> list[tuple[str, str]]:
    """(Chinese, letters) of the names among the entries of a dictionary, part by part where both sides have parts."""
    pairs = []
    for chinese, _, glosses in entries:
        if match := re.match(r"([A-Z][A-Za-z'-]{2,}(?: [A-Z][A-Za-z'-]+)*)(?=$|,| \(|;)", glosses[0]):
            parts, names = chinese.split("·"), match[1].split(" ")
            if len(parts) == len(names):
                pairs += [(part, re.sub("[^a-z]", "", name.lower())) for part, name in zip(parts, names, strict=True)]
    return [(c, e) for c, e in pairs if 2 <= len(c) <= _CHARACTERS and 1.2 <= len(e) / len(c) <= 5]


def learn(pairs: Iterable[tuple[str, str]], readings: Mapping[str, str], rounds: int = 6) -> Counts:
    """Character → letters it stands for → how often, by expectation maximisation over all ways to align each pair.

    The first round goes by the likeness of letters and pinyin (`readings`: character → syllable).
    """
    pairs = list(pairs)
    shares: Counts = {}
    counts: Counts = {}
    for round_ in range(rounds):
        counts = defaultdict(lambda: defaultdict(float))
        for chinese, letters in pairs:
            n, m = len(chinese), len(letters)
            steps: list[tuple[int, int, int, float]] = []
            ahead = [[0.0] * (m + 1) for _ in range(n + 1)]
            ahead[0][0] = 1.0
            for i, char in enumerate(chinese):
                for j in range(i, m):
                    for k in range(j + 1, min(j + _LETTERS, m) + 1 if ahead[i][j] else 0):
                        piece = letters[j:k]
                        share = shares[char].get(piece, 0.0) if round_ else _likeness(piece, readings.get(char, ""))
                        if share:
                            ahead[i + 1][k] += ahead[i][j] * share
                            steps.append((i, j, k, share))
            if not ahead[n][m]:
                continue
            back = [[0.0] * (m + 1) for _ in range(n + 1)]
            back[n][m] = 1.0
            for i, j, k, share in reversed(steps):
                back[i][j] += share * back[i + 1][k]
            for i, j, k, share in steps:
                if (part := ahead[i][j] * share * back[i + 1][k] / ahead[n][m]) > 1e-3:
                    counts[chinese[i]][letters[j:k]] += part
        shares = {c: {p: v / sum(found.values()) for p, v in found.items()} for c, found in counts.items()}
    return {char: dict(found) for char, found in counts.items()}


def _likeness(piece: str, syllable: str) -> float:
    if not syllable:
        return 0.05
    common = 2 * len(set(piece) & set(syllable)) / (len(piece) + len(syllable))
    return (0.02 + common**2 * (2 if piece[0] == syllable[0] else 1)) * (0.5 if len(piece) > 4 else 1)


def spellings(counts: Counts, readings: Mapping[str, str], used: frozenset[str]) -> Spellings:
    """Letters → the likeliest of the used characters with log scores: what a character is not seen with, one of its sound may be."""
    alike: Counts = defaultdict(lambda: defaultdict(float))
    for char, found in counts.items():
        for piece, count in found.items():
            alike[readings.get(char, char)][piece] += count
    totals = {char: sum(found.values()) for char, found in counts.items()}
    everything = sum(totals.values())
    table: Spellings = defaultdict(list)
    for char in sorted(used & counts.keys()):
        same = alike[readings.get(char, char)]
        of_sound = sum(same.values())
        for piece, count in same.items():
            share = (counts[char].get(piece, 0.0) + 1.5 * count / of_sound) / (totals[char] + 1.5)
            if count >= 0.5 and totals[char] >= 1.5 and share > 0.002:
                table[piece].append((char, round(math.log(share) + 0.5 * math.log(totals[char] / everything), 3)))
    return {piece: sorted(found, key=lambda item: -item[1])[:_CHOICES] for piece, found in table.items()}


def written(
    name: str, table: Spellings, follows: Callable[[str], bool], occurs: Callable[[str], bool]
) -> dict[str, float]:
    """What a foreign name may be in Chinese, with weights up to 1: a beam search over its letters.

    `follows` tells whether two characters stand together in the corpus, `occurs` whether a whole word does.
    """
    letters = re.sub(r"(.)\1", r"\1", name)
    ends: list[dict[str, float]] = [{} for _ in range(len(letters) + 1)]
    ends[0][""] = 0.0
    for at in range(len(letters)):
        best = sorted(ends[at].items(), key=lambda item: (-item[1], item[0]))[:_WIDTH]
        for word, score in best if at else []:
            ends[at + 1][word] = max(ends[at + 1].get(word, -math.inf), score + _SKIPPED)
        for end in range(at + 1, min(at + _LETTERS, len(letters)) + 1):
            for char, gain in table.get(letters[at:end], []):
                for word, score in best:
                    if len(word) < _CHARACTERS and (not word or follows(word[-1] + char)):
                        ends[end][word + char] = max(ends[end].get(word + char, -math.inf), score + gain)
    least = _LEAST * len(letters)
    ranked = sorted(ends[-1].items(), key=lambda item: (-item[1], item[0]))[:40]
    found = [
        (word, score)
        for word, score in ranked
        if len(word) > 1 and score > least + 0.5 * len(letters) * (len(word) == 2) and occurs(word)
    ][:3]
    return {word: weight for word, score in found if (weight := math.exp(score - found[0][1])) > 0.05}
