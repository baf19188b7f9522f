"""How long the captions of temporal change are along the video."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from instit_tools.plots.layout import Margins, above, panels, scaled
from instit_tools.plots.marks import FEW, Curve, curve
from instit_tools.plots.style import BLUE, HEAD, LINE, SOFT
from instit_tools.statistics.distribution import quantile
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Length of change captions along the video"
CAPTION = (
    "Words a change caption by the timestamp of its frame: the line is the median, the band the middle "
    f"half, below it the number of captions. Where there are fewer than {FEW}, a hollow dot is their median."
)
_KEY = "line: median, band: middle half"
_MOST = 120
_QUARTERS = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))


def draw(measures: Measures) -> "Figure | None":
    """Draw quartiles of words, and the number of captions, by timestamp."""
    found = _counted(measures)
    if not found:
        return None
    shown = dict(list(found.items())[:_MOST])
    margins = Margins(left=0.6, top=LINE + 0.1, down=0.1)
    figure, (upper, lower) = panels([1.1, 0.45], [1], margins=margins)
    _quartiles(upper, shown)
    lower.bar(list(shown), [sum(counts.values()) for counts in shown.values()], width=0.8, color=BLUE, alpha=0.4)
    whole = sum(sum(counts.values()) for counts in found.values())
    above(upper, f"change captions, n {whole:,}", weight="bold", size=HEAD)
    above(
        upper,
        _KEY + (f"; first {_MOST} of {len(found):,} timestamps" if len(found) > _MOST else ""),
        right=True,
        alpha=SOFT,
    )
    for axes in (upper, lower):
        axes.set_xlim(min(shown) - 0.7, max(*shown, min(shown) + 4) + 0.7)
    scaled(upper, up="words", ticks=(12, 5))
    scaled(lower, across="timestamp of the frame", up="n", ticks=(12, 2))
    upper.tick_params(axis="x", labelbottom=False, length=0)
    figure.align_ylabels()
    return figure


def _counted(measures: Measures) -> dict[int, dict[int, int]]:
    """Count how often each number of words occurs, by timestamp in order."""
    import polars as pl

    rows = (
        measures.texts.filter(pl.col("level") == "temporal", pl.col("timestamp").is_not_null())
        .group_by("timestamp", "words")
        .len()
        .sort("timestamp", "words")
        .collect(engine="streaming")
    )
    found: dict[int, dict[int, int]] = {}
    for timestamp, words, count in rows.iter_rows():
        found.setdefault(timestamp, {})[words] = count
    return found


def _quartiles(axes: "Axes", found: Mapping[int, Mapping[int, int]]) -> None:
    low, middle, high = (
        [(timestamp, float(quantile(counts, share)), sum(counts.values())) for timestamp, counts in found.items()]
        for share in _QUARTERS
    )
    enough = [n >= FEW for _, _, n in middle]
    axes.fill_between(list(found), _heights(low), _heights(high), where=enough, color=BLUE, alpha=0.25, linewidth=0)
    curve(axes, Curve("median", BLUE, middle))
    axes.set_ylim(0, max(_heights(high)) * 1.1 or 1)


def _heights(points: Sequence[tuple[float, float, int]]) -> list[float]:
    return [y for _, y, _ in points]
