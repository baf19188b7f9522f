"""A leaderboard as text: lines of a table that fit a terminal, and notes below it.

Where the table is too wide, it does without the size of the data first, then has the language model right behind the
name; a long name of one's own goes on in the next line.
"""

import sys
from collections.abc import Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len, chop_cells

from instit_tools.bench.leaderboard_notes import INCOMPLETE, LEGEND, YOURS, dated, incomplete, numbered
from instit_tools.bench.printed import COLUMNS, Column
from instit_tools.bench.standings import Leaderboard, Row
from instit_tools.spelling_out import harmless

__all__ = ["Line", "lines", "notes", "text"]

_HEADS = {"image-oe": "img OE", "image-mc": "img MC", "video-oe": "vid OE", "video-mc": "vid MC"}
_RAISED = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
"""Marks of notes: raised figures behind a number would be powers of it."""
_RANK = 3
_LONG, _LEAST = 24, 12
"""How much of a name is on its first line if there is room, and if there is none."""


class Line(Struct, frozen=True):
    """A line of the table, which is to stand out or not."""

    text: str
    strong: bool = False


class _Layout(Struct, frozen=True):
    """Columns with their heads, each but the first, of names, padded to one width."""

    names: Sequence[str]
    columns: Sequence[Sequence[str]]
    gap: str

    def left(self, room: int) -> int:
        """Say how much of *room* is left for names."""
        return room - _RANK - sum(cell_len(column[0]) + len(self.gap) for column in self.columns)

    def longest(self, most: Sequence[int]) -> int:
        """Measure the longest name, of each no more than *most* says."""
        return max(map(min, map(cell_len, self.names), most))


def text(board: Leaderboard) -> str:
    """Write table and notes for a file, as wide as they are."""
    table = [line.text for line in lines(board)]
    below = [f"{head} {body}" if head else body for head, body in notes(board)]
    return "\n".join([*table, "", *below, ""])


def notes(board: Leaderboard) -> Iterator[tuple[str, str]]:
    """Yield what stands below the table: a mark, or nothing, and a sentence."""
    yield "", LEGEND
    if any(row.yours for row in board.rows):
        yield "", YOURS
    if incomplete(board):
        yield "*", INCOMPLETE
    for note, number in numbered(board).items():
        yield _raised(number), harmless(note)
    sources = ", ".join(map(dated, board.sources.values()))
    yield "", f"Published: {sources}; a row is in all of them unless a note says otherwise."


def lines(board: Leaderboard, room: int | None = None) -> list[Line]:
    """Lay the table out in *room* columns, or as wide as it is."""
    ranks = [" #", *(f"{row.rank or '':>2}" for row in board.rows)]
    strong = [True, *(row.yours for row in board.rows)]
    layout, width = _fitting(board, room or sys.maxsize)
    made = []
    for rank, (name, *cells), stands_out in zip(
        ranks, zip(layout.names, *layout.columns, strict=True), strong, strict=True
    ):
        first, *rest = chop_cells(name, width) or [""]
        made.append(Line(layout.gap.join((f"{rank} {_filled(first, width)}", *cells)).rstrip(), stands_out))
        made += [Line(" " * _RANK + piece, stands_out) for piece in rest]
    return made


def _fitting(board: Leaderboard, room: int) -> tuple[_Layout, int]:
    """Choose the widest layout that fits, and say how much of a name is on one line."""
    layouts = list(_layouts(board))
    most = [room, *(_LONG if row.yours else room for row in board.rows)]
    layout = next((each for each in layouts if each.left(room) >= each.longest(most)), layouts[-1])
    return layout, max(min(layout.left(room), layout.longest([room] * len(most))), _LEAST)


def _layouts(board: Leaderboard) -> Iterator[_Layout]:
    """Yield layouts, the widest first."""
    marks = {note: _raised(number) for note, number in numbered(board).items()}
    scores = [_padded(_scores(board, column, marks)) for column in COLUMNS]
    tunings = _padded(["#IT", *(row.tuning or "" for row in board.rows)])
    for apart, beside in ((True, [tunings]), (True, []), (False, [])):
        for gap in ("  ", " "):
            yield _Layout(_names(board, marks, gap if apart else None), [*beside, *scores], gap)


def _names(board: Leaderboard, marks: dict[str, str], gap: str | None) -> list[str]:
    """Write the column of models, with the language model behind a *gap* in a column of its own, or a comma.

    One's own models have none, and go on into that column.
    """
    names = [(row.yours, _name(row, marks), row.llm) for row in board.rows]
    if gap is None:
        return ["model", *(f"{name}, {llm}" if llm else name for _, name, llm in names)]
    width = max(cell_len(name) for yours, name, _ in names if not yours)
    return [
        f"{_filled('model', width)}{gap}LLM",
        *(name if yours else f"{_filled(name, width)}{gap}{llm or '-'}" for yours, name, llm in names),
    ]


def _name(row: Row, marks: dict[str, str]) -> str:
    return f"{harmless(row.model) or '(empty)'}{marks[row.note] if row.note else ''}"


def _scores(board: Leaderboard, column: Column, marks: dict[str, str]) -> list[str]:
    """Write a column so that the points of all numbers are below each other."""
    cells = []
    for row in board.rows:
        score = row.shown(column)
        number, _, sure = str(score or "-").partition(" ")
        star = "*" if score and not score.complete else ""
        mark = marks[row.remarks[column]] if column in row.remarks else ""
        cells.append((number, f"{' ' if sure else ''}{sure}{star}{mark}"))
    width = max(len(number) for number, _ in cells)
    head = f"{_HEADS[column]}{'▼' if column == board.sort else ''}"
    return [head, *(f"{number:>{width}}{rest}" for number, rest in cells)]


def _padded(column: Sequence[str]) -> list[str]:
    width = max(map(cell_len, column))
    return [_filled(cell, width) for cell in column]


def _filled(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))


def _raised(number: int) -> str:
    first, second = divmod(number - 1, len(_RAISED))
    return (_RAISED[first - 1] if first else "") + _RAISED[second]
