"""What several plots draw: histograms of counts, curves that show where values are few, names beside curves."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools.plots.layout import above
from instit_tools.plots.style import BODY, HEAD, PAPER, SOFT
from instit_tools.statistics.distribution import distribution, histogram, quantile
from instit_tools.statistics.numbers import percent, written

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

    _Trail = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]

__all__ = ["FEW", "Curve", "Group", "curve", "histograms", "labels"]

FEW = 20
"""Below this number of values a point is drawn hollow."""
_SHOWN = Fraction(995, 1000)
_LEAST_SPAN = 5
_DOTS, _PLACES = 40, 60


class Group(Struct, frozen=True):
    """Values by how often each occurs, with the group's name and colour."""

    name: str
    colour: str
    counts: Mapping[int, int]


class Curve(Struct, frozen=True):
    """Points x, y and the number of values that each rests on."""

    name: str
    colour: str
    points: Sequence[tuple[float, float, int]]
    width: float = 1.4


def histograms(axes: "Axes", groups: Sequence[Group], *, name: str, beyond: str) -> None:
    """Draw which percentage of its values each group has in each bin, in a panel called *name*, with median and mean.

    All groups have the same bins, and bars begin at 0. The axis ends where 0.5 % of a group's values are left, if the
    largest is far from there; a note above says what is *beyond*.
    """
    limit, most = _limit(groups), max(max(group.counts) for group in groups)
    bins = histogram({value: 1 for group in groups for value in group.counts if value <= limit} | {limit: 1})
    width = int(bins.width)
    edges = [int(bins.start) + width * number - 0.5 for number in range(len(bins.counts) + 1)]
    for group in groups:
        shares = _shares(group.counts, edges)
        axes.stairs(shares, edges, fill=True, facecolor=(group.colour, 0.4), edgecolor=group.colour, linewidth=0.8)
        _centres(axes, group)
    _headed(axes, name, groups)
    axes.set_xlim(edges[0], max(edges[-1], edges[0] + _LEAST_SPAN))
    axes.set_ylim(0, axes.dataLim.y1 * 1.08)
    if most > edges[-1]:
        _tail(axes, groups, edges[-1], f"{beyond}, up to {most:,}")


def _limit(groups: Sequence[Group]) -> int:
    most = max(max(group.counts) for group in groups)
    shown = max(math.ceil(quantile(group.counts, _SHOWN)) for group in groups)
    return most if most <= shown * 5 / 4 + 1 else shown


def _shares(counts: Mapping[int, int], edges: Sequence[float]) -> list[float]:
    whole = sum(counts.values())
    return [
        100 * sum(count for value, count in counts.items() if low < value < high) / whole
        for low, high in pairwise(edges)
    ]


def _centres(axes: "Axes", group: Group) -> None:
    """Mark the median by a line and the mean by a triangle on the upper edge."""
    found = distribution(group.counts)
    axes.axvline(found.quantiles["50"], color=group.colour, linewidth=1.2)
    axes.plot(
        [found.mean], [0.97], "v", color=group.colour, markeredgecolor=PAPER, markeredgewidth=0.5, markersize=5,
        transform=axes.get_xaxis_transform(), clip_on=False,
    )  # fmt: skip


def _tail(axes: "Axes", groups: Sequence[Group], edge: float, what: str) -> None:
    whole = sum(count for group in groups for count in group.counts.values())
    left = sum(count for group in groups for value, count in group.counts.items() if value > edge)
    above(axes, f"{percent(left / whole)} {what}", line=len(groups), right=True, alpha=SOFT)


def _headed(axes: "Axes", text: str, groups: Sequence[Group]) -> None:
    """Write above a panel what it shows, and a line a group: its name, median, mean and number of values."""
    (first, *_) = groups
    if not first.name:
        text = f"{text}, n {sum(first.counts.values()):,}"
    above(axes, text, line=len(groups), weight="bold", size=HEAD)
    for line, group in enumerate(reversed(groups)):
        found = distribution(group.counts)
        number = f"  n {found.n:,}" if group.name else ""
        said = f"median {written(found.quantiles['50'])} │  mean {written(found.mean)} ▼{number}"
        above(axes, group.name, line=line, color=group.colour, weight="bold")
        above(axes, said, line=line, indent=0.72 * BODY * len(group.name) + 4 * bool(group.name))


def curve(axes: "Axes", drawn: Curve) -> None:
    """Draw a line through the points that rest on `FEW` values at least; a thin one and hollow dots for the others."""
    enough = [(x, y) for x, y, n in drawn.points if n >= FEW]
    others = [(x, y) for x, y, n in drawn.points if n < FEW]
    dots = "o" if len(drawn.points) <= _DOTS else ""
    style: dict[str, Any] = {"color": drawn.colour, "clip_on": False}
    if others:
        axes.plot(*zip(*((x, y) for x, y, _ in drawn.points), strict=True), linewidth=0.6, alpha=0.6, **style)
        axes.plot(*zip(*others, strict=True), "o", markerfacecolor=PAPER, markeredgewidth=0.8, **style)
    if enough:
        axes.plot(*zip(*enough, strict=True), marker=dots, linewidth=drawn.width, **style)


class _Box(Struct, frozen=True):
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def wider(self, pixels: float) -> "_Box":
        """Give the rectangle with a border of *pixels*."""
        return _Box(self.left - pixels, self.bottom - pixels, self.right + pixels, self.top + pixels)

    def within(self, other: "_Box") -> bool:
        """Say whether all of it is in *other*."""
        sides = (self.left - other.left, self.bottom - other.bottom, other.right - self.right, other.top - self.top)
        return min(sides) >= 0

    def meets(self, other: "_Box") -> bool:
        """Say whether any of it is in *other*."""
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top

    def holds(self, trail: "_Trail") -> int:
        """Count the points of *trail* in it."""
        x, y = trail
        return int(((x >= self.left) & (x <= self.right) & (y >= self.bottom) & (y <= self.top)).sum())


def labels(axes: "Axes", curves: Sequence[Curve], *, upright: Sequence[float] = ()) -> None:
    """Write the name of each curve beside it, where it covers no curve, is far from others, and meets no other name.

    So it does with the lines *upright* at some x. Call it when the limits of the axes are set.
    """
    low, high = axes.get_ylim()
    lines = [_trail(axes, [(x, low, 0), (x, high, 0)]) for x in upright]
    trails = [_trail(axes, each.points) for each in curves]
    placed: list[_Box] = []
    frame = _Box(*axes.bbox.extents).wider(1)
    for each, own in zip(curves, trails, strict=True):
        others = [trail for trail in trails if trail is not own]
        boxes = _boxes(axes, each.name, own)
        best = min(
            boxes,
            key=lambda box: _cost(box, own, others, placed) + _crossed(box, lines) + 5000 * (not box.within(frame)),
        )
        placed.append(best)
        x, y = axes.transAxes.inverted().transform((best.left, best.bottom))
        how: dict[str, Any] = {"color": each.colour, "weight": "bold", "va": "bottom", "linespacing": 1.1}
        axes.text(x, y, each.name, transform=axes.transAxes, parse_math=False, **how)


def _trail(axes: "Axes", points: Sequence[tuple[float, float, int]]) -> "_Trail":
    """Give pixels along a curve, close together: those across, those up."""
    import numpy as np

    pixels = axes.transData.transform([(x, y) for x, y, _ in points])
    pieces = [
        np.linspace(start, end, max(2, math.ceil(math.hypot(*(end - start)) / 3)))
        for start, end in pairwise([pixels[0], *pixels])
    ]
    across, up = np.concatenate(pieces).T
    return across, up


def _boxes(axes: "Axes", name: str, trail: "_Trail") -> Iterator[_Box]:
    """Yield places for a name around a curve: right, left, above, below of every few pixels of it."""
    point = axes.get_figure(root=True).dpi / 72  # type: ignore[union-attr]  # the axes are in a figure
    lines = name.split("\n")
    wide, high, off = 0.68 * BODY * max(map(len, lines)) * point, 1.25 * BODY * len(lines) * point, 5 * point
    step = max(1, len(trail[0]) // _PLACES)
    for x, y in zip(trail[0][::step], trail[1][::step], strict=True):
        for left, bottom in (
            (x + off, y - high / 2),
            (x - off - wide, y - high / 2),
            (x - wide / 2, y + off),
            (x - wide / 2, y - off - high),
        ):
            yield _Box(left, bottom, left + wide, bottom + high)


def _cost(box: _Box, own: "_Trail", others: "Sequence[_Trail]", placed: Sequence[_Box]) -> int:
    tight, wide = box.wider(4), box.wider(14)
    covered = sum(tight.holds(trail) for trail in (own, *others))
    near = sum(wide.holds(trail) for trail in others)
    return 50 * covered + near + 1000 * sum(wide.meets(other) for other in placed)


def _crossed(box: _Box, lines: "Sequence[_Trail]") -> int:
    """Count what a name covers of lines behind the curves: to be kept clear of too, if it costs no curve."""
    return 15 * sum(box.wider(4).holds(trail) for trail in lines)
