"""Statistics as one value: the summary, the tables lazily, figures on demand."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instit_tools import plots
from instit_tools.statistics.measures import Measures, opened
from instit_tools.statistics.summary import Summary

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

__all__ = ["Statistics"]


class Statistics:
    """Statistics of a dataset.

    *summary* is what ``summary.json`` holds, *measures* the tables as polars LazyFrames: ``texts``, ``frames``,
    ``instances``, ``videos``, ``images``, ``samples``.
    """

    def __init__(self, summary: Summary, folder: Path, keep: "tempfile.TemporaryDirectory[str] | None" = None) -> None:
        """Speak of the tables in *folder*; *keep* is what takes them away when this value goes."""
        self.summary = summary
        self.measures: Measures = opened(folder)
        self._keep = keep

    def figure(self, name: str, **options: Any) -> "Figure | None":  # noqa: ANN401  # those of the plot
        """Draw one of ``plots.available()`` as a matplotlib `Figure`; ``None`` where the data have nothing to draw.

        Raises `UsageError` for a plot that does not exist.
        """
        return plots.draw(name, self.measures, **options)

    def frame(self) -> "pl.DataFrame":
        """Give the distributions as a polars table, one row a quantity and group."""
        import polars as pl

        rows = [
            {
                "quantity": each.quantity,
                "group": each.group,
                **each.by,
                "n": each.distribution.n,
                "mean": float(each.distribution.mean),
                "sd": each.distribution.sd,
                "min": float(each.distribution.minimum),
                **{f"q{percent}": float(value) for percent, value in each.distribution.quantiles.items()},
                "max": float(each.distribution.maximum),
            }
            for each in self.summary.distributions
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    def __repr__(self) -> str:
        """Say what is in it, on one line."""
        totals = self.summary.totals
        return f"Statistics({totals.videos} videos, {totals.images} images, {sum(totals.captions.values())} captions)"
