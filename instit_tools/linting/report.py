"""What a run of the rules found, as a value: for Python and for notebooks."""

import itertools
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from instit_tools.linting.base import Problem, Summary
from instit_tools.linting.run import Lint
from instit_tools.linting.settings import Settings

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Report", "collect"]

_KEPT = 1000


class Report(Struct, frozen=True, kw_only=True):
    """The first thousand *problems*, and in *summary* how many there are of each rule; *count* leaves notes out."""

    problems: tuple[Problem, ...]
    summary: Summary
    count: int

    def frame(self) -> "pl.DataFrame":
        """Give the problems as a polars table, one row each."""
        import polars as pl

        numbers = {"record", "line", "column"}
        schema = {name: pl.Int64() if name in numbers else pl.String() for name in Problem.__struct_fields__}
        rows = [msgspec.structs.asdict(problem) for problem in self.problems]
        return pl.DataFrame(
            [row | {"id": None if row["id"] is None else str(row["id"])} for row in rows], schema=schema
        )


def collect(settings: Settings) -> Report:
    """Run the rules, and keep the first problems."""
    lint = Lint(settings)
    found = iter(lint)
    kept = tuple(itertools.islice(found, _KEPT))
    count = sum(problem.severity != "note" for problem in itertools.chain(kept, found))
    return Report(problems=kept, summary=lint.summary, count=count)
