"""What the functions of `instit_tools.bench` give back: results with the answers that they are of, as tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from instit_tools.bench.answers import write_score
from instit_tools.bench.asking.service import Spent
from instit_tools.bench.intervals import Estimate
from instit_tools.bench.judging.run import Judged, Scored, write_judged
from instit_tools.bench.results import Headline, Headlines
from instit_tools.bench.scoring import Score, Verdict

if TYPE_CHECKING:
    import polars as pl

__all__ = ["JudgedAnswers", "ScoredAnswers"]


class ScoredAnswers(Struct, frozen=True):
    """A *score*, and the *verdicts* that it counts; `frame` is a polars table of these, a row an answer."""

    score: Score
    verdicts: list[Verdict]

    def frame(self) -> "pl.DataFrame":
        """Give the verdicts as a table, with a column for each grouping of questions."""
        return _table(self.verdicts)

    def write(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write what ``bench score -o`` does; raise `OutputError` where *folder* holds anything else."""
        write_score(Path(folder), self.score, self.verdicts, overwrite=overwrite)

    @property
    def headlines(self) -> Headlines:
        """Give what a leaderboard shows."""
        return Headlines(name=self.score.name, headlines=self.score.headlines)

    def __repr__(self) -> str:
        return _told(self.headlines)


class JudgedAnswers(Struct, frozen=True):
    """What a judge found, the *scores* of single answers, and what it cost; `frame` is a table of the scores."""

    judged: Judged
    scores: list[Scored]
    spent: Spent

    def frame(self) -> "pl.DataFrame":
        """Give the scores as a table, with a column for each grouping of questions."""
        return _table(self.scores)

    def write(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write what ``bench judge -o`` does; raise `OutputError` where *folder* holds anything else."""
        write_judged(Path(folder), self.judged, self.scores, overwrite=overwrite)

    @property
    def headlines(self) -> Headlines:
        """Give what a leaderboard shows."""
        return Headlines(name=self.judged.name, headlines=self.judged.headlines)

    def __repr__(self) -> str:
        return _told(self.headlines)


def _table(rows: Sequence[Verdict] | Sequence[Scored]) -> "pl.DataFrame":
    import polars as pl

    plain = [(msgspec.to_builtins(row), dict(row.kinds)) for row in rows]
    flat = [{key: value for key, value in row.items() if key != "kinds"} | kinds for row, kinds in plain]
    return pl.DataFrame(flat, infer_schema_length=None)


def _told(told: Headlines) -> str:
    """Write headlines on a line each, as a notebook shows them."""
    return "\n".join([told.name, *(f"  {_line(headline)}" for headline in told.headlines)])


def _line(headline: Headline) -> str:
    found = headline.estimate
    incomplete = "" if headline.complete else ", incomplete"
    return f"{headline.split} {headline.form}, {headline.by}: {_sure(found)} of {found.questions:,} answers{incomplete}"


def _sure(found: Estimate) -> str:
    if found.mean is None or found.low is None or found.high is None:
        return "-" if found.mean is None else f"{100 * found.mean:.1f}"
    return f"{100 * found.mean:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"
