"""The published results on Inst-IT Bench with results of one's own beside them.

A number is ranked only where it means what the printed ones do: every question answered, multiple choice read by the
authors' script, open answers scored by their judge. Any other stands at its place, without a rank, and says why.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from instit_tools.bench.forms import QUESTIONS, Form, Split
from instit_tools.bench.leaderboard_notes import UNSCORED, remark
from instit_tools.bench.printed import CHANCE, COLUMNS, JUDGE, SCRIPT, Column, Printed, Source, printed
from instit_tools.bench.results import Headline, Headlines, read_headlines
from instit_tools.bench.scores import Score
from instit_tools.errors import SourceError, UsageError
from instit_tools.spelling_out import harmless

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

__all__ = ["Leaderboard", "Row", "Score", "table"]

_THE_JUDGE = re.compile(rf"(?:.*[/:@ ])?{re.escape(JUDGE)}", re.DOTALL)
AUTHORS: Mapping[Split, str] = {
    "image": "f27bd8d96720e81e7803106c0b318457fa84c059eebacd3ff0f5ab980a6be182",
    "video": "b75b34b0c5fbfd81ca0d89de566bfca50057cee6ef5d60ee628fdfa576b7f8a3",
}
"""The sha256 of the authors' prompts for a judge (``prompt_template["gpt_eval"]`` of their ``prompts.py``)."""
_OTHERWISE: Column = "video-mc"


class Row(Struct, frozen=True, kw_only=True):
    """A model with its scores.

    *scores* has for each column what there is: first what the table shows, then other readings of the same answers.
    *sources* are keys of `Leaderboard.sources`; none where the row is *yours*. *remarks* say of a column how its score
    came about. *rank* is by the column that the table is sorted by; ``None`` where there is nothing to rank.
    """

    rank: int | None = None
    model: str
    llm: str | None = None
    tuning: str | None = None
    yours: bool = False
    scores: dict[Column, tuple[Score, ...]]
    sources: tuple[str, ...] = ()
    note: str | None = None
    remarks: dict[Column, str] = {}

    def shown(self, column: Column) -> Score | None:
        """Give the score that the table shows in *column*."""
        return next(iter(self.scores.get(column, ())), None)


class Leaderboard(Struct, frozen=True, kw_only=True):
    """Rows, best first by the column *sort*, those without a score in it last; and the sources of the printed ones."""

    sort: Column
    rows: tuple[Row, ...]
    sources: dict[str, Source]

    def frame(self) -> "pl.DataFrame":
        """Give a row a model with the columns of the CSV file, names and paths as they are."""
        import polars as pl

        from instit_tools.bench.leaderboard_formats import flat, types

        kinds = {str: pl.String, int: pl.Int64, float: pl.Float64, bool: pl.Boolean}
        return pl.DataFrame(flat(self), schema={name: kinds[kind] for name, kind in types().items()}, orient="row")

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return str(self.frame()._repr_html_())

    def figure(self) -> "Figure":
        """Draw it: a panel a column, scores with their intervals."""
        from instit_tools.bench.drawing import draw

        return draw(self)


def table(results: Iterable[Path | str | Headlines] = (), *, sort: Column | None = None) -> Leaderboard:
    """Set *results* beside the printed table.

    Each is a folder that ``bench score`` or ``bench judge`` wrote, the ``result.json`` in it, or its headlines; results
    of one name are one row. The table is sorted by *sort*, or else by the first column that has one of them.

    Raises `SourceError` for what is no result, and `UsageError` for two results of the same answers by the same reader.
    """
    known = printed()
    yours = _yours([result if isinstance(result, Headlines) else Path(result) for result in results])
    column: Column = next((column for column in COLUMNS if any(column in row.scores for row in yours)), _OTHERWISE)
    rows = [*map(_printed, known.rows), *yours]
    return Leaderboard(sort=sort or column, rows=_ranked(rows, sort or column), sources=known.sources)


def _printed(row: Printed) -> Row:
    scores: dict[Column, tuple[Score, ...]] = {
        column: (Score(score=score, by=row.by or (SCRIPT if column.endswith("mc") else JUDGE)),)
        for column, score in row.scores.items()
    }
    return Row(
        model=row.model,
        llm=row.llm,
        tuning=row.tuning,
        scores=scores,
        sources=row.sources,
        note=row.note,
    )


def _yours(results: Sequence[Path | Headlines]) -> list[Row]:
    """Read results, and put those of one name together."""
    found: dict[str, dict[tuple[Column, str], tuple[Path, Headline]]] = {}
    for result in results:
        told = result if isinstance(result, Headlines) else read_headlines(result)
        path = Path(told.name) if isinstance(result, Headlines) else result
        _add(found.setdefault(told.name, {}), path, told)
    return [_row(name, headlines) for name, headlines in found.items()]


def _add(known: dict[tuple[Column, str], tuple[Path, Headline]], path: Path, told: Headlines) -> None:
    for headline in told.headlines:
        first, _ = known.setdefault((_column(headline), headline.by), (path, headline))
        if known[_column(headline), headline.by][1] is not headline:
            what = f"{headline.split} {headline.form} by {headline.by}"
            message = f"{first} and {path} are both results of {told.name!r}: {what}"
            raise UsageError(message, hint="leave one out, or score it under another --name")


def _column(headline: Headline) -> Column:
    return next(column for column, what in COLUMNS.items() if what == (headline.split, headline.form))


def _row(name: str, headlines: dict[tuple[Column, str], tuple[Path, Headline]]) -> Row:
    scores: dict[Column, tuple[Score, ...]] = {}
    remarks: dict[Column, str] = {}
    for column in COLUMNS:
        mine = [found for (of, _), found in headlines.items() if of == column]
        asked = max((headline.estimate.questions for _, headline in mine), default=0)
        every = [_score(path, headline, whole=asked >= QUESTIONS) for path, headline in mine]
        known = sorted(filter(None, every), key=lambda score: (not score.comparable, not score.complete))
        if known:
            scores[column], remarks[column] = tuple(known), remark(column, known)
        elif every:
            remarks[column] = UNSCORED
    return Row(model=name, yours=True, scores=scores, remarks=remarks)


def _score(path: Path, headline: Headline, *, whole: bool) -> Score | None:
    """Read a headline; ``None`` where it is a mean of nothing; not the *whole* benchmark is incomplete."""
    estimate = headline.estimate
    if estimate.mean is None:
        return None
    if not 0 <= estimate.mean <= 1:
        message = f"{path}: {headline.split} {headline.form} by {headline.by}: {estimate.mean} is not between 0 and 1"
        raise SourceError(message, hint="score the answers again")
    return Score(
        score=100 * estimate.mean,
        low=None if estimate.low is None else 100 * estimate.low,
        high=None if estimate.high is None else 100 * estimate.high,
        by=headline.by,
        answers=estimate.questions,
        complete=headline.complete and whole,
        comparable=_comparable(headline.form, headline.by) and headline.prompt in {None, AUTHORS[headline.split]},
        prompt=headline.prompt,
        result=harmless(str(path)),
    )


def _comparable(form: Form, by: str) -> bool:
    """Say whether the printed scores are by the same reader; a judge may have its provider in front of its name.

    >>> _comparable("open-ended", "openai/gpt-4o-2024-08-06"), _comparable("open-ended", "not-gpt-4o-2024-08-06")
    (True, False)
    """
    return by == SCRIPT if form == "multiple-choice" else _THE_JUDGE.fullmatch(by) is not None


def _ranked(rows: Sequence[Row], column: Column) -> tuple[Row, ...]:
    """Sort *rows* by what is printed of their scores; equal ones share a rank."""
    placed = sorted(rows, key=lambda row: _place(row.shown(column)))
    tenths = [_place(score) for row in placed if (score := row.shown(column)) and _counts(score)]
    return tuple(
        replace(row, rank=1 + tenths.index(_place(score)) if score and _counts(score) else None)
        for row in placed
        for score in (row.shown(column),)
    )


def _place(score: Score | None) -> tuple[bool, float]:
    return (True, 0.0) if score is None else (False, -float(f"{score.score:.1f}"))


def _counts(score: Score) -> bool:
    return score.complete and score.comparable and score.by != CHANCE
