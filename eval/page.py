"""The report as one HTML page: tables, drawings in SVG, every failed question. No scripts, nothing loaded, all text escaped."""

from collections.abc import Mapping, Sequence
from html import escape

from assistant.assistant import THRESHOLD
from eval.metrics import MISSED
from eval.run import AS_OF, Result
from eval.scores import BY_KIND, LANGUAGES, Score, failures, of_language, refusals

_STYLE = """
:root { color-scheme: light }
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; color: #1a2230; background: #fff; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums } div.wide { overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem; border-bottom: 1px solid #d9dee6 } th { background: #f1f4f8 }
td.answer { white-space: pre-wrap; min-width: 24rem } svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif } p.note { color: #4a5566; max-width: 48rem }
"""
_COLOURS = ("#1f5fa8", "#c2570c", "#2c7a4b")


def page(
    tables: Sequence[Sequence[Sequence[str]]],
    kinds: Mapping[tuple[str, str], Mapping[str, Score]],
    results: Sequence[Result],
) -> str:
    """The whole page."""
    titles = ("Scores by language", "Scores by kind", "Times and lengths")
    parts = [f"<h2>{escape(title)}</h2>{_table(table)}" for title, table in zip(titles, tables, strict=True)]
    for language in LANGUAGES:
        mine = {kind: scores for (kind, spoken), scores in kinds.items() if spoken == language}
        parts.append(f"<h2>By kind, {language}</h2>{bars(mine)}")
    parts.append(f"<h2>Answer lengths</h2>{_lengths(results)}<h2>When to refuse</h2>{_curve(results)}")
    failed = [result for result in results if failures(result)]
    parts.append(f"<h2>Failed: {len(failed)} of {len(results)}</h2>{_failed(failed)}")
    note = f"{len(results)} questions, asked as of {AS_OF.isoformat()}. Brackets and whiskers: 95 % bootstrap intervals. What each score means: eval/README.md."
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}"><title>Evaluation</title>'
    )
    body = f'<h1>Evaluation</h1><p class="note">{escape(note)}</p>{"".join(parts)}'
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>\n'


def _table(table: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table[0])
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table[1:])
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def bars(kinds: Mapping[str, Mapping[str, Score]]) -> str:
    """Horizontal bars with whiskers: a group a kind, a bar a score."""
    left, width, step = 170, 560, 16
    parts = [_legend(BY_KIND, left)]
    top = 34
    for kind, scores in kinds.items():
        parts.append(_text(left - 8, top + step * len(BY_KIND) / 2 + 4, f"{kind} (n={scores[BY_KIND[0]].n})", "end"))
        for at, name in enumerate(BY_KIND):
            parts.append(_bar(scores[name], left, top + at * step, width, _COLOURS[at], f"{kind}, {name}"))
        top += step * len(BY_KIND) + 10
    ticks = [
        _line(left + width * x, 26, left + width * x, top, "#c9d0da")
        + _text(left + width * x, top + 16, f"{x:.2f}", "middle")
        for x in (0, 0.25, 0.5, 0.75, 1)
    ]
    return _svg(left + width + 40, top + 26, [*ticks, *parts], "Scores by kind")


def _bar(score: Score, left: float, top: float, width: float, colour: str, name: str) -> str:
    low, high, middle = left + width * score.low, left + width * score.high, top + 6
    whisker = (
        _line(low, middle, high, middle, "#111")
        + _line(low, middle - 3, low, middle + 3, "#111")
        + _line(high, middle - 3, high, middle + 3, "#111")
    )
    title = f"<title>{escape(name)}: {score.value:.3f} [{score.low:.3f}, {score.high:.3f}]</title>"
    return f'<g>{title}<rect x="{left:.1f}" y="{top:.1f}" width="{width * score.value:.1f}" height="12" fill="{colour}" fill-opacity=".7"/>{whisker}</g>'


def _lengths(results: Sequence[Result]) -> str:
    """How many answers have how many characters, a hundred a bin; the last bin holds all longer ones."""
    left, height, bins, step = 50, 160, 12, 50
    counts = {language: [0] * bins for language in LANGUAGES}
    for result in results:
        if result.answer.status == "answered":
            counts[result.case.language][min(bins - 1, len(result.answer.text) // 100)] += 1
    most = max(1, *(count for group in counts.values() for count in group))
    parts = [_legend(LANGUAGES, left), _line(left, 30 + height, left + bins * step, 30 + height, "#111")]
    for at, language in enumerate(LANGUAGES):
        for place, count in enumerate(counts[language]):
            tall, x = height * count / most, left + place * step + 4 + at * 21
            title = f"<title>{language}, from {place * 100} characters: {count}</title>"
            parts.append(
                f'<rect x="{x}" y="{30 + height - tall:.1f}" width="20" height="{tall:.1f}" fill="{_COLOURS[at]}" fill-opacity=".7">{title}</rect>'
            )
    parts += [
        _text(left + place * step, 46 + height, f"{place * 100}{'+' if place == bins - 1 else ''}", "middle")
        for place in range(bins)
    ]
    parts += [
        _text(left - 6, 34, str(most), "end"),
        _text(left - 6, 34 + height, "0", "end"),
        _text(left + bins * step / 2, 66 + height, "characters", "middle"),
    ]
    return _svg(left + bins * step + 40, 76 + height, parts, "Histogram of answer lengths")


def _curve(results: Sequence[Result]) -> str:
    """Refused rightly against refused wrongly over thresholds of confidence; the ring is the threshold in use."""
    left, top, size = 60, 30, 320
    parts = [
        _legend(LANGUAGES, left),
        f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="none" stroke="#c9d0da"/>',
    ]
    for at, language in enumerate(LANGUAGES):
        points = [
            (t, left + size * wrongly, top + size * (1 - rightly))
            for t, wrongly, rightly in refusals(of_language(results, language))
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for _, x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{_COLOURS[at]}" stroke-width="2"/>')
        _, (t, x, y) = min((abs(point[0] - THRESHOLD[language]), point) for point in points)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="none" stroke="{_COLOURS[at]}" stroke-width="2"><title>{language}, threshold {t:.2f}</title></circle>'
        )
    for x in (0, 0.5, 1):
        parts += [
            _text(left + size * x, top + size + 16, f"{x:.1f}", "middle"),
            _text(left - 6, top + size * (1 - x) + 4, f"{x:.1f}", "end"),
        ]
    parts += [
        _text(left + size / 2, top + size + 34, "refused wrongly", "middle"),
        _text(left + size + 10, top + 12, "up: refused rightly", "start"),
    ]
    note = (
        f"Each point is one threshold of confidence; the ring is the nearest to the one in use ({THRESHOLD['zh']} zh, {THRESHOLD['en']} en). "
        "The confidence was fitted on these same cases (eval/calibrate.py), so new questions fare worse than this curve."
    )
    return f'{_svg(left + size + 160, top + size + 44, parts, "Refused rightly against refused wrongly")}<p class="note">{escape(note)}</p>'


def _failed(results: Sequence[Result]) -> str:
    return _rows(
        [[r.case.id, ", ".join(failures(r)), r.case.question, _expected(r), r.answer.text, _rank(r)] for r in results]
    )


def _rows(rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("case", "what failed", "question", "expected", "answer", "rank"))
    body = "".join(
        "<tr>"
        + "".join(f"<td{' class=answer' if at == 4 else ''}>{escape(cell)}</td>" for at, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _expected(result: Result) -> str:
    case = result.case
    if not case.answerable:
        return "a refusal"
    facts = " and ".join(" | ".join(group) for group in case.facts)
    return f"{facts} — {case.evidence[0].source}:{case.evidence[0].line}" + (
        f", ran out {case.expired.isoformat()}" if case.expired else ""
    )


def _rank(result: Result) -> str:
    return (
        "–" if result.turn or not result.case.answerable else "not found" if result.rank == MISSED else str(result.rank)
    )


def _svg(width: float, height: float, parts: Sequence[str], name: str) -> str:
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
    return f'<svg {size} role="img" aria-label="{escape(name)}">{"".join(parts)}</svg>'


def _legend(names: Sequence[str], left: float) -> str:
    return "".join(_key(name, left + at * 130, _COLOURS[at]) for at, name in enumerate(names))


def _key(name: str, x: float, colour: str) -> str:
    box = f'<rect x="{x}" y="6" width="12" height="12" fill="{colour}" fill-opacity=".7"/>'
    return box + _text(x + 18, 16, name, "start")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'
