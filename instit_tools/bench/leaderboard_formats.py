"""A leaderboard for other programs: CSV and flat rows, Markdown for GitHub, JSON.

A name in CSV is one line, and a spreadsheet takes it for text; in Markdown, nothing in it is markup.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from instit_tools.bench.leaderboard_notes import INCOMPLETE, LEGEND, YOURS, cited, incomplete, numbered
from instit_tools.bench.printed import COLUMNS, STRICT, Column
from instit_tools.bench.scores import Score
from instit_tools.bench.standings import Leaderboard, Row
from instit_tools.spelling_out import harmless

__all__ = ["comma_separated", "flat", "json", "markdown", "types"]

_MARKUP = re.compile(r"[\\`*_{}\[\]<>|~&$^]")
_FORMULA = re.compile(r"[=+\-@]")
_HEADS = {"image-oe": "image OE", "image-mc": "image MC", "video-oe": "video OE", "video-mc": "video MC"}


def types() -> dict[str, type]:
    """Name the columns of `flat`, with the type of what is in each, where there is something."""
    start: dict[str, type] = {"rank": int, "model": str, "llm": str, "instruction_tuning": str, "yours": bool}
    for column in COLUMNS:
        name = column.replace("-", "_")
        start |= {name: float, f"{name}_low": float, f"{name}_high": float, f"{name}_by": str}
        start |= {f"{name}_answers": int, f"{name}_complete": bool, f"{name}_comparable": bool}
        if column.endswith("mc"):
            start |= {f"{name}_strict": float, f"{name}_strict_low": float, f"{name}_strict_high": float}
    return {**start, "sources": str, "notes": str}


def flat(board: Leaderboard) -> list[dict[str, Any]]:
    """Give a row a model: numbers with all digits, ``None`` where there is nothing."""
    return [_flat(board, row) for row in board.rows]


def _flat(board: Leaderboard, row: Row) -> dict[str, Any]:
    made: dict[str, Any] = {
        "rank": row.rank,
        "model": row.model,
        "llm": row.llm,
        "instruction_tuning": row.tuning,
        "yours": row.yours,
    }
    for column in COLUMNS:
        made |= _cells(row, column)
    results = dict.fromkeys(score.result for scores in row.scores.values() for score in scores if score.result)
    made["sources"] = "; ".join([*(board.sources[key].short for key in row.sources), *results])
    remarks = [f"{_HEADS[column]}: {row.remarks[column]}" for column in COLUMNS if column in row.remarks]
    made["notes"] = ". ".join([*([row.note] if row.note else []), *remarks]) or None
    return made


def _cells(row: Row, column: Column) -> Iterator[tuple[str, Any]]:
    name, score = column.replace("-", "_"), row.shown(column)
    for key in ("", "_low", "_high", "_by", "_answers", "_complete", "_comparable"):
        yield f"{name}{key}", score and getattr(score, key[1:] or "score")
    if column.endswith("mc"):
        strict = next((each for each in row.scores.get(column, ()) if each.by == STRICT), None)
        yield from _interval(f"{name}_strict", strict)


def _interval(name: str, score: Score | None) -> Iterator[tuple[str, Any]]:
    for key, value in (("", "score"), ("_low", "low"), ("_high", "high")):
        yield f"{name}{key}", score and getattr(score, value)


def comma_separated(board: Leaderboard) -> bytes:
    """Write the rows of `flat` as CSV."""
    written = io.StringIO()
    rows = csv.DictWriter(written, types(), lineterminator="\n")
    rows.writeheader()
    for row in flat(board):
        rows.writerow({key: _cell(value) for key, value in row.items()})
    return written.getvalue().encode()


def _cell(value: object) -> object:
    """Write one cell; what a spreadsheet would compute gets an apostrophe, which makes it text."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    plain = harmless(value)
    return f"'{plain}" if _FORMULA.match(plain) else plain


def json(board: Leaderboard) -> bytes:
    """Write all there is: rows with every reading of their answers, and the sources in full."""
    return msgspec.json.format(msgspec.json.encode(board), indent=2) + b"\n"


def markdown(board: Leaderboard) -> bytes:
    """Write a table for GitHub, with foot notes; one's own rows are bold."""
    heads = ["#", "model", "LLM", "#IT"]
    heads += [f"{_HEADS[column]}{' ▼' if column == board.sort else ''}" for column in COLUMNS]
    rules = ["--:", ":--", ":--", "--:", *("--:" for _ in COLUMNS)]
    numbers = numbered(board)
    table = [heads, rules, *(_markdown_row(row, numbers) for row in board.rows)]
    below = [LEGEND]
    if any(row.yours for row in board.rows):
        below.append(YOURS)
    sources = [f"- {source.short}: {cited(source)}" for source in board.sources.values()]
    below += ["Published rows are in all of these, unless a note says otherwise:", "\n".join(sources)]
    below += [f"[^incomplete]: {INCOMPLETE}"] if incomplete(board) else []
    below += [f"[^{number}]: {_escaped(note)}" for note, number in numbers.items()]
    return "\n\n".join(["\n".join(f"| {' | '.join(row)} |" for row in table), *below, ""]).rstrip("\n").encode() + b"\n"


def _markdown_row(row: Row, numbers: dict[str, int]) -> list[str]:
    model = _escaped(row.model) or "(empty)"
    cells = [_markdown_score(row, column, numbers) for column in COLUMNS]
    note = f"[^{numbers[row.note]}]" if row.note else ""
    return [str(row.rank or ""), _strong(model, row) + note, _llm(row), row.tuning or "", *cells]


def _llm(row: Row) -> str:
    return row.llm or ("" if row.yours else "-")


def _markdown_score(row: Row, column: Column, numbers: dict[str, int]) -> str:
    score = row.shown(column)
    star = "[^incomplete]" if score and not score.complete else ""
    note = f"[^{numbers[row.remarks[column]]}]" if column in row.remarks else ""
    return f"{_strong(str(score), row) if score else '-'}{star}{note}"


def _strong(text: str, row: Row) -> str:
    return f"**{text}**" if row.yours else text


def _escaped(text: str) -> str:
    """Write *text* so that Markdown shows it as it is, on one line."""
    return _MARKUP.sub(lambda match: f"\\{match[0]}", harmless(text).strip())
