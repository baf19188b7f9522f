"""Statistics as one value for Python: the summary, the tables lazily, figures on demand."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instit_tools import plots
from instit_tools.errors import UsageError
from instit_tools.reporting import folder as folders
from instit_tools.statistics.measures import Measures, opened
from instit_tools.statistics.settings import Settings
from instit_tools.statistics.summary import Summary

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

__all__ = ["Statistics", "measured", "written"]


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


def measured(settings: Settings, outputs: folders.Outputs) -> Statistics:
    """Measure what *settings* name into a folder that goes with the value.

    Raises `UsageError` where *outputs* ask for files.
    """
    plain = folders.Outputs(reference=outputs.reference)
    if outputs != plain:
        asked = next(name for name in outputs.__struct_fields__ if getattr(outputs, name) != getattr(plain, name))
        message = f"stats: {asked} is about files, and no folder for them is named"
        raise UsageError(message, hint="give the new folder as the second argument")
    keep = tempfile.TemporaryDirectory(prefix="instit-")
    summary, _ = folders.measured(settings, Path(keep.name), reference=outputs.reference)
    return Statistics(summary, Path(keep.name), keep)


def written(settings: Settings, folder: Path, outputs: folders.Outputs) -> Statistics:
    """Measure what *settings* name, write everything into *folder*, and open it."""
    return Statistics(folders.write(settings, folder, outputs), folder)
