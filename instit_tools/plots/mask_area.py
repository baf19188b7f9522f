"""How large masks are: the share of the picture that one covers, on a logarithmic axis."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from instit_tools.plots.layout import Margins, above, panels
from instit_tools.plots.style import HEAD, KINDS, LINE
from instit_tools.statistics.distribution import quantile
from instit_tools.statistics.measures import Measures
from instit_tools.statistics.quantities import Quantity, counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Area of masks"
CAPTION = (
    "The share of the picture that a mask covers, on a logarithmic axis, eight bins a power of ten: the percentage of "
    "the masks of each kind of record in each bin. The line is the median. Masks of no pixel are in no bin."
)
_SHARE = Quantity(name="", table="masks", columns=("pixels", "picture_pixels"), meaning="", group="kind")
_BINS = 8
_WHOLE = 6
"""The power of ten of a whole picture, in millionths."""


def draw(measures: Measures) -> "Figure | None":
    """Draw the distribution of areas of each kind of record that has masks."""
    found = counted(measures, _SHARE, None)
    shown = {kind: counts for kind in KINDS if (counts := _seen(found.get((kind, None), {})))}
    if not shown:
        return None
    margins = Margins(left=0.42, right=0.22, top=LINE * (1 + len(shown)) + 0.1)
    figure, (axes,) = panels([1.25], [1], margins=margins)
    first = min(min(map(_bin, counts)) for counts in shown.values())
    edges = [10 ** (place / _BINS) for place in range(first, _WHOLE * _BINS + 1)]
    above(axes, "share of the picture in one mask", line=len(shown), weight="bold", size=HEAD)
    for line, (kind, counts) in enumerate(reversed(shown.items())):
        _histogram(axes, counts, first, edges, KINDS[kind])
        above(axes, kind, line=line, color=KINDS[kind], weight="bold")
        told = f"median {_percent(_median(counts))} │  n {sum(counts.values()):,}"
        above(axes, told, line=line, indent=36)
    _scaled(axes, edges)
    return figure


def _seen(counts: Mapping[int, int]) -> dict[int, int]:
    """Leave out masks of no pixel; what is less than a millionth counts as one, rounded."""
    return {value: count for value, count in counts.items() if value}


def _bin(value: int) -> int:
    """Give the place of a value in millionths among the bins; a whole picture is in the last."""
    return min(math.floor(_BINS * math.log10(value) + 1e-9), _WHOLE * _BINS - 1)


def _median(counts: Mapping[int, int]) -> float:
    return float(quantile(counts, Fraction(1, 2)))


def _histogram(axes: "Axes", counts: Mapping[int, int], first: int, edges: list[float], colour: str) -> None:
    bins = [0] * (len(edges) - 1)
    for value, count in counts.items():
        bins[_bin(value) - first] += count
    shares = [100 * number / sum(bins) for number in bins]
    axes.stairs(shares, edges, fill=True, facecolor=(colour, 0.4), edgecolor=colour, linewidth=0.8)
    axes.axvline(_median(counts), color=colour, linewidth=1.2)


def _scaled(axes: "Axes", edges: list[float]) -> None:
    axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, axes.dataLim.y1 * 1.08)
    powers = range(math.ceil(math.log10(edges[0])), _WHOLE + 1)
    axes.set_xticks([10**power for power in powers], [_percent(10**power) for power in powers])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("of the picture", labelpad=2)
    axes.set_ylabel("% of masks", labelpad=3)
    axes.grid(axis="y")
    axes.tick_params(axis="y", length=0)


def _percent(millionths: float) -> str:
    """Write a share with two digits.

    >>> _percent(10), _percent(12_345), _percent(1_000_000)
    ('0.001 %', '1.2 %', '100 %')
    """
    share = millionths / 10_000
    return f"{share:.0f} %" if share >= 10 else f"{float(f'{share:.2g}'):g} %"  # noqa: PLR2004  # two digits
