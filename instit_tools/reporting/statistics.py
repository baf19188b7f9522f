"""Statistics as one value for Python: the summary, the tables lazily, figures on demand."""

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from instit_tools import plots
from instit_tools.errors import UsageError
from instit_tools.reporting import folder as folders
from instit_tools.statistics.distribution import QUANTILES
from instit_tools.statistics.measures import Measures, opened
from instit_tools.statistics.reference import Row
from instit_tools.statistics.settings import Settings
from instit_tools.statistics.summary import Summary

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

__all__ = ["Statistics", "measured", "written"]


class Statistics:
    """Statistics of a dataset.

    *summary* is what ``summary.json`` holds, *measures* the tables as polars LazyFrames: ``texts``, ``frames``,
    ``instances``, ``masks``, ``overlaps``, ``videos``, ``images``, ``samples``.
    """

    def __init__(self, summary: Summary, folder: Path) -> None:
        """Speak of the tables in *folder*."""
        self.summary = summary
        self.measures: Measures = opened(folder)

    def figure(self, name: str, **options: Any) -> "Figure | None":  # noqa: ANN401  # those of the plot
        """Draw one of ``plots.available()`` as a matplotlib `Figure`; ``None`` where the data have nothing to draw.

        Raises `UsageError` for a plot that does not exist.
        """
        return plots.draw(name, self.measures, **options)

    def frame(self) -> "pl.DataFrame":
        """Give the distributions as a polars table, one row a quantity and group."""
        import polars as pl

        by = [] if self.summary.method.by == "level" else [self.summary.method.by]
        texts = ("quantity", "group", *by)
        numbers = ("mean", "sd", "min", *(f"q{percent}" for percent in QUANTILES), "max")
        schema = {**dict.fromkeys(texts, pl.String()), "n": pl.Int64(), **dict.fromkeys(numbers, pl.Float64())}
        rows = []
        for each in self.summary.distributions:
            of = each.distribution
            values = (of.mean, of.sd, of.minimum, *of.quantiles.values(), of.maximum)
            rows.append((each.quantity, each.group, *map(each.by.get, by), of.n, *map(float, values)))
        return pl.DataFrame(rows, schema=schema, orient="row")

    def budget(self) -> "pl.DataFrame":
        """Give the tokens of training samples as a polars table, one row a recipe, limit, model and part.

        The columns ``above_4096``, ... are shares of the samples, from 0 to 1.
        """
        import polars as pl

        rows = []
        for each in self.summary.budgets:
            row = msgspec.structs.asdict(each)
            shares = {f"above_{limit}": over / each.samples for limit, over in row.pop("above").items()}
            rows.append(row | {name: float(row[name]) for name in ("text", "visual", "median", "q95")} | shares)
        return pl.DataFrame(rows, infer_schema_length=None)

    def reference(self) -> "pl.DataFrame":
        """Give the published figures beside those measured as a polars table; empty where they were not asked for."""
        import polars as pl

        rows = self.summary.reference.rows if self.summary.reference else ()
        numbers = {"published", "measured", "difference", "relative"}
        schema = {name: pl.Float64() if name in numbers else pl.String() for name in Row.__struct_fields__}
        plain = [
            {key: float(value) if key in numbers and value is not None else value for key, value in each.items()}
            for each in map(msgspec.structs.asdict, rows)
        ]
        return pl.DataFrame(plain, schema=schema)

    def __repr__(self) -> str:
        """Say what is in it, on one line."""
        totals = self.summary.totals
        return f"Statistics(videos={totals.videos}, images={totals.images}, captions={sum(totals.captions.values())})"


def measured(settings: Settings, outputs: folders.Outputs) -> Statistics:
    """Measure what *settings* name into a folder that goes when the process ends: lazy tables may outlive the value.

    Raises `UsageError` where *outputs* ask for files.
    """
    plain = folders.Outputs(reference=outputs.reference)
    if outputs != plain:
        asked = next(name for name in outputs.__struct_fields__ if getattr(outputs, name) != getattr(plain, name))
        message = f"stats: {asked} is about files, and no folder for them is named"
        raise UsageError(message, hint="give the new folder as the second argument")
    folder = Path(tempfile.mkdtemp(prefix="instit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    summary, _ = folders.measured(settings, folder, reference=outputs.reference)
    return Statistics(summary, folder)


def written(settings: Settings, folder: Path, outputs: folders.Outputs) -> Statistics:
    """Measure what *settings* name, write everything into *folder*, and open it."""
    return Statistics(folders.write(settings, folder, outputs), folder)
