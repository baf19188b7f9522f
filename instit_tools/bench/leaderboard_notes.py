"""What a leaderboard says below its rows: how a score came about, and what does not compare."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from instit_tools.bench.printed import COLUMNS, JUDGE, SCRIPT, STRICT, Column, Source
from instit_tools.bench.scores import Score

if TYPE_CHECKING:
    from instit_tools.bench.standings import Leaderboard

__all__ = ["INCOMPLETE", "LEGEND", "UNSCORED", "YOURS", "cited", "dated", "incomplete", "numbered", "remark"]

INCOMPLETE = "not all 1,000 questions of the benchmark have an answer, or for a judge a score: not ranked"
UNSCORED = "there is a result, of no answer that counts"
LEGEND = (
    "OE: open-ended, mean score of a judge, of 100. MC: multiple choice, % right of the answers that the authors'"
    " script can read. ▼: sorted and ranked by this."
)
YOURS = "±: 95 % interval, for other images or videos of their kind. Published scores have none."
_NOT_SO = "not comparable, not ranked"


def remark(column: Column, scores: Sequence[Score]) -> str:
    """Say who read the answers behind the first of *scores*, and what others make of them."""
    first, *others = scores
    told = _judged(first) if column.endswith("oe") else _read(first)
    return "; ".join([told, *(_beside(column, each) for each in others)])


def _read(score: Score) -> str:
    if score.by == SCRIPT:
        return f"authors' script, of the {score.answers:,} answers that it can read"
    return f"{_reader('video-mc', score)}, while the published scores are by the authors' script: {_NOT_SO}"


def _judged(score: Score) -> str:
    if score.comparable:
        prompt = "" if score.prompt is None else " with the authors' prompt"
        return f"judged by {score.by}{prompt}, as the published scores are ({score.answers:,} answers)"
    if score.by.rpartition("/")[2] == JUDGE:
        return f"judged by {score.by} with another prompt than the authors' ({(score.prompt or '')[:12]}): {_NOT_SO}"
    return f"judged by {score.by}, the published scores by {JUDGE}: {_NOT_SO}"


def _beside(column: Column, score: Score) -> str:
    return f"{_reader(column, score)}: {score}{'' if score.complete else ' (incomplete)'}"


def _reader(column: Column, score: Score) -> str:
    if column.endswith("oe"):
        return f"judged by {score.by}"
    return f"strict, of all {score.answers:,} questions" if score.by == STRICT else f"by {score.by}"


def numbered(board: "Leaderboard") -> dict[str, int]:
    """Give the notes of *board* numbers from 1, in the order in which a reader comes across them."""
    notes = dict.fromkeys(
        note for row in board.rows for note in (row.note, *(row.remarks.get(column) for column in COLUMNS)) if note
    )
    return {note: number for number, note in enumerate(notes, 1)}


def incomplete(board: "Leaderboard") -> bool:
    """Say whether a score that is shown is of an incomplete result."""
    shown = (row.shown(column) for row in board.rows for column in COLUMNS)
    return any(not score.complete for score in shown if score is not None)


def cited(source: Source) -> str:
    """Write a source in full.

    >>> cited(Source(short="arXiv v1", title="On Cats", version="arXiv 1.1v1", date="2024-12-05", where="https://a.b"))
    'On Cats. arXiv 1.1v1 (2024-12-05). https://a.b'
    """
    date = "" if source.date in source.version else f" ({source.date})"
    return f"{source.title}. {source.version}{date}. {source.where}"


def dated(source: Source) -> str:
    """Write a source in few words.

    >>> dated(Source(short="arXiv v1", title="On Cats", version="arXiv 1.1v1", date="2024-12-05", where="https://a.b"))
    'arXiv 1.1v1 (2024-12-05)'
    """
    page = "" if source.version.startswith(source.short.split()[0]) else f"{source.short} at "
    return f"{page}{source.version}" + ("" if source.date in source.version else f" ({source.date})")
