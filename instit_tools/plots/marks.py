"""What several plots draw: histograms of counts, curves that say where they rest on few values, labels beside curves."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from instit_tools.plots.style import BODY, PAPER, SOFT, TITLE, above
from instit_tools.statistics.distribution import distribution, histogram, quantile
from instit_tools.statistics.numbers import percent, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FEW", "Curve", "Group", "curve", "histograms", "labels"]

FEW = 20
"""Below this number of values a point is drawn hollow."""
_SHOWN = Fraction(995, 1000)
_LEAST_SPAN = 5


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


def histograms(axes: "Axes", groups: Sequence[Group], *, name: str, beyond: str) -> None:
    """Draw in a panel called *name* in the same bins which percentage of its values each group has in each, from 0, with median and mean.

    The axis ends where 0.5 % of a group's values are left, if the largest is far from there; a note above says what is
    *beyond*.
    """
    limit, most = _limit(groups), max(max(group.counts) for group in groups)
    bins = histogram({value: 1 for group in groups for value in group.counts if value <= limit} | {limit: 1})
    width = int(bins.width)
    edges = [int(bins.start) + width * number - 0.5 for number in range(len(bins.counts) + 1)]
    for group in groups:
        shares = _shares(group.counts, edges)
        axes.stairs(
            shares, edges, fill=True, facecolor=(group.colour, 0.4), edgecolor=group.colour, linewidth=0.8
        )
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
        100 * sum(count for value, count in counts.items() if low < value < high) / whole for low, high in pairwise(edges)
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
    above(axes, text, line=len(groups), weight="bold", size=TITLE)
    for line, group in enumerate(reversed(groups)):
        found = distribution(group.counts)
        said = f"median {written(found.quantiles['50'])} │  mean {written(found.mean)} ▼  n {found.n:,}"
        above(axes, group.name, line=line, color=group.colour, weight="bold")
        above(axes, said, line=line, indent=0.72 * BODY * len(group.name) + 4)


def curve(axes: "Axes", drawn: Curve) -> None:
    """Draw a line through the points that rest on `FEW` values at least, and a hollow dot for each of the others."""
    enough = [(x, y) for x, y, n in drawn.points if n >= FEW]
    others = [(x, y) for x, y, n in drawn.points if n < FEW]
    marker = "o" if len(drawn.points) <= 30 else ""  # noqa: PLR2004  # as many dots as can be told apart
    if enough:
        axes.plot(*zip(*enough, strict=True), color=drawn.colour, marker=marker)
    if others:
        axes.plot(
            *zip(*others, strict=True), "o", color=drawn.colour, markerfacecolor="none", markeredgewidth=0.8, alpha=0.8
        )


class _Box(Struct, frozen=True):
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.bottom <= y <= self.top

    def meets(self, other: "_Box") -> bool:
        return self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top


def labels(axes: "Axes", curves: Sequence[Curve]) -> None:
    """Write the name of each curve beside it, where it covers least of any curve and no other name.

    Call it when the limits of the axes are set.
    """
    trails = [list(_trail(axes, each)) for each in curves]
    placed: list[_Box] = []
    frame = _Box(*axes.bbox.extents)
    for each, trail in zip(curves, trails, strict=True):
        box = min(_boxes(axes, each.name, trail), key=lambda box: _cost(box, trails, placed, frame))
        placed.append(box)
        x, y = axes.transAxes.inverted().transform((box.left, box.bottom))
        axes.text(x, y, each.name, color=each.colour, weight="bold", transform=axes.transAxes, parse_math=False)


def _trail(axes: "Axes", drawn: Curve) -> Iterator[tuple[float, float]]:
    """Yield pixels along a curve, close together."""
    pixels = axes.transData.transform([(x, y) for x, y, _ in drawn.points])
    for (x, y), (to_x, to_y) in pairwise(pixels) if len(pixels) > 1 else [(pixels[0], pixels[0])]:
        steps = max(1, math.ceil(math.hypot(to_x - x, to_y - y) / 3))
        yield from ((x + (to_x - x) * step / steps, y + (to_y - y) * step / steps) for step in range(steps + 1))


def _boxes(axes: "Axes", name: str, trail: Sequence[tuple[float, float]]) -> Iterator[_Box]:
    """Yield places for a name around a curve: right, left, above, below of every few pixels of it."""
    point = axes.get_figure(root=True).dpi / 72  # type: ignore[union-attr]  # the axes are in a figure
    wide, high, off = 0.68 * BODY * len(name) * point, BODY * point, 4 * point
    for x, y in trail[:: max(1, len(trail) // 80)]:
        for left, bottom in (
            (x + off, y - high / 2), (x - off - wide, y - high / 2), (x - wide / 2, y + off), (x - wide / 2, y - off - high),
        ):  # fmt: skip
            yield _Box(left, bottom, left + wide, bottom + high)


def _cost(box: _Box, trails: Sequence[Sequence[tuple[float, float]]], placed: Sequence[_Box], frame: _Box) -> int:
    covered = sum(box.holds(x, y) for trail in trails for x, y in trail)
    outside = not (frame.holds(box.left, box.bottom) and frame.holds(box.right, box.top))
    return covered + 1000 * (outside + sum(box.meets(other) for other in placed))


