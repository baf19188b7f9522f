"""How long the captions of temporal change are along the video."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from instit_tools.plots.marks import FEW, Curve, curve
from instit_tools.plots.style import BLUE, LINE, SOFT, TITLE as SIZE, Margins, above, panels, scaled
from instit_tools.statistics.distribution import quantile
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Length of temporal change captions along the video"
CAPTION = (
    "Words a temporal change caption by the timestamp of its frame: the line is the median, the band the middle half, "
    f"below it the number of captions. Where there are fewer than {FEW}, a hollow dot is their median."
)
_MOST = 120
_QUARTERS = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))


def draw(measures: Measures) -> "Figure | None":
    """Draw quartiles of words, and the number of captions, by timestamp."""
    found = _counted(measures)
    if not found:
        return None
    shown = dict(list(found.items())[:_MOST])
    margins = Margins(left=0.6, top=LINE + 0.1, down=0.1)
    figure, (upper, lower) = panels(2, 1, height=0.95, margins=margins)
    _stretched(upper, lower)
    _quartiles(upper, shown)
    lower.bar(list(shown), [sum(counts.values()) for counts in shown.values()], width=0.8, color=BLUE, alpha=0.4)
    whole = sum(sum(counts.values()) for counts in found.values())
    above(upper, f"temporal change captions, n {whole:,}", weight="bold", size=SIZE)
    if len(found) > _MOST:
        above(upper, f"first {_MOST} of {len(found):,} timestamps", right=True, alpha=SOFT)
    for axes in (upper, lower):
        axes.set_xlim(min(shown) - 0.7, max(max(shown), min(shown) + 4) + 0.7)
    scaled(upper, up="words")
    scaled(lower, across="timestamp of the frame", up="captions", ticks=(12, 2))
    upper.tick_params(axis="x", labelbottom=False, length=0)
    return figure
