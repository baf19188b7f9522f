"""Whether instances that a change caption names have moved more than those that it does not name."""

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from instit_tools.plots.layout import Margins, above, panels, scaled
from instit_tools.plots.reading import values
from instit_tools.plots.style import BLUE, HEAD, LINE, RED
from instit_tools.statistics.distribution import quantile
from instit_tools.statistics.mask_rows import NAMED, NOT_NAMED
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Motion and the change captions"
CAPTION = (
    "Instances with a mask in two neighbouring frames, by whether the change caption of the second names them. Left: "
    "the percentage whose box has moved so far at most, from middle to middle, in percent of the diagonal. "
    "Right: the percentage whose two masks have an IoU of so much at most. Where captions tell of motion, the named "
    "move farther: their curve lies lower on the left, and higher on the right."
)
_GROUPS = {NAMED: BLUE, NOT_NAMED: RED}
_POINTS = 100
_MOST = Fraction(99, 100)
_MILLION, _PERCENT = 1_000_000, 10_000
Counts = Mapping[int, int]


def draw(measures: Measures) -> "Figure | None":
    """Draw both distributions, cumulated, of named and unnamed instances; of one of these where there is no other."""
    shift, kept = ({group: values(measures, name, group) for group in _GROUPS} for name in ("shift", "mask kept"))
    if not any(shift.values()):
        return None
    figure, (left, right) = panels([1.5], [1, 1], margins=Margins(left=0.47, top=3 * LINE + 0.1, across=0.58))
    most = max(1, *(int(quantile(counts, _MOST)) for counts in shift.values() if counts))
    _panel(left, "way since the frame before", shift, most, _PERCENT)
    scaled(left, across="% of the diagonal, at most", up="% of instances", ticks=(6, 4))
    _panel(right, "IoU with itself before", kept, _MILLION, _MILLION)
    scaled(right, up="", ticks=(6, 4))
    right.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    right.set_xlabel("IoU, at most", labelpad=2)
    return figure


def _panel(axes: "Axes", name: str, found: Mapping[str, Counts], most: int, scale: int) -> None:
    """Draw the groups up to *most*, of which *scale* is one on the axis."""
    axes.set(xlim=(0, most / scale), ylim=(0, 104))
    for group, counts in found.items():
        if counts:  # one drawn within the other, so that both are seen where they are the same
            wide = 2.6 if group == NAMED else 1.1
            axes.plot(*_cumulated(counts, most, scale), color=_GROUPS[group], linewidth=wide, clip_on=False)
    above(axes, name, line=len(_GROUPS), weight="bold", size=HEAD)
    for line, (group, counts) in enumerate(reversed(list(found.items()))):
        above(axes, group, line=line, color=_GROUPS[group], weight="bold")
        above(axes, f"{_median(counts, scale)}n {sum(counts.values()):,}", line=line, indent=52)


def _cumulated(counts: Counts, most: int, scale: int) -> tuple[list[float], list[float]]:
    """Give many points, and the percentage of values up to each."""
    n, passed = sum(counts.values()), 0
    points, shares = list[float](), list[float]()
    left = sorted(counts, reverse=True)
    for step in range(_POINTS + 1):
        edge = most * step // _POINTS
        while left and left[-1] <= edge:
            passed += counts[left.pop()]
        points.append(edge / scale)
        shares.append(100 * passed / n)
    return points, shares


def _median(counts: Counts, scale: int) -> str:
    if not counts:
        return ""
    median = float(quantile(counts, Fraction(1, 2))) / scale
    return f"median {median:.1f} %, " if scale == _PERCENT else f"median {median:.2f}, "
