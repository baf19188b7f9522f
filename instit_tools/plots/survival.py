"""How long instances stay in a video, and whether they come back."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from instit_tools.plots.layout import Margins, above, panels, scaled
from instit_tools.plots.marks import FEW, Curve, curve, labels
from instit_tools.plots.style import BLUE, GREEN, HEAD, LINE, RED, SOFT
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Survival and return of instances"
CAPTION = (
    "Left: the percentage of instances with a caption k frames after their first, in that very frame, and in it or any "
    "later one. Right: of the times that an instance is gone from the next frame, the percentage that is back within g "
    "frames. Both are Kaplan-Meier estimates, for videos end while instances are still there or still gone; a dot is "
    f"hollow where fewer than {FEW} are left to look at."
)
_MOST = 60
Point = tuple[int, float, int]
"""Frames, a percentage, and the number of instances that it rests on."""


def draw(measures: Measures) -> "Figure | None":
    """Draw the curves of staying and of coming back."""
    seen = _seen(measures)
    stays, late = _staying(seen)
    if not stays:
        return None
    figure, (left, right) = panels([1.5], [1, 1], margins=Margins(left=0.47, top=2 * LINE + 0.1, across=0.58))
    _panel(left, [Curve("in it or later", GREEN, late, 4), Curve("in that frame", BLUE, stays)])
    above(left, "instances still there", line=1, weight="bold", size=HEAD)
    above(left, f"n {stays[0][2]:,} at first, {stays[-1][2]:,} after {stays[-1][0]:,} frames", alpha=SOFT)
    scaled(left, across="frames since the first caption (k)", up="% of instances")
    back, said = _returning(seen)
    above(right, "back after a gap", line=1, weight="bold", size=HEAD)
    above(right, said, alpha=SOFT)
    _panel(right, [Curve("", RED, back)] if back else [])
    scaled(right, across="frames gone, at most (g)", up="% back")
    return figure


def _seen(measures: Measures) -> "pl.LazyFrame":
    """Make a row for each caption of an instance: when it is, when its first was, when the next is, the video's end."""
    import polars as pl

    video = ("record", "source")
    instance = (*video, "id")
    frames = measures.frames.filter(pl.col("kind") == "video").select(*video, "timestamp", id="present")
    return (
        frames.with_columns(end=pl.col("timestamp").max().over(video))
        .explode("id", empty_as_null=False, keep_nulls=False)
        .sort(*instance, "timestamp")
        .with_columns(first=pl.col("timestamp").min().over(instance), next=pl.col("timestamp").shift(-1).over(instance))
    )


def _staying(seen: "pl.LazyFrame") -> tuple[list[Point], list[Point]]:
    """Give the two percentages by the number of frames after the first caption: in that frame, in it or later."""
    import polars as pl

    age, watched = pl.col("timestamp") - pl.col("first"), pl.col("end") - pl.col("first")
    there = _counts(seen.select(value=age))
    lives = seen.filter(pl.col("next").is_null()).select(age=age, watched=watched)
    stayed = _counts(lives.select(value="age"))
    late = _still(
        _counts(lives.select(value=pl.min_horizontal(pl.col("age") + 1, "watched"))),
        _counts(lives.filter(pl.col("age") < pl.col("watched")).select(value=pl.col("age") + 1)),
    )
    if not there:
        return [], []
    late = [(0, 100.0, there[0]), *late]
    return [(k, share * there[k] / (_from(stayed, k) or 1), left) for k, share, left in late], late


def _still(ends: Counter[int], events: Counter[int]) -> list[Point]:
    """Estimate for how many, in percent, nothing has happened after 1, 2, ... frames, and how many are looked at.

    *ends* counts how long each was looked at, *events* after how long something happened: the estimate of Kaplan and
    Meier (1958), the product of the shares that are left at each step.
    """
    share, points = 100.0, []
    for step in range(1, min(max(ends, default=0), _MOST) + 1):
        left = _from(ends, step)
        share *= 1 - events[step] / left
        points.append((step, share, left))
    return points


def _counts(values: "pl.LazyFrame") -> Counter[int]:
    return Counter(dict(values.group_by("value").len().collect(engine="streaming").iter_rows()))


def _from(counts: Mapping[int, int], least: int) -> int:
    return sum(number for value, number in counts.items() if value >= least)


def _returning(seen: "pl.LazyFrame") -> tuple[list[Point], str]:
    """Give the percentage back by the length of the gap, and in words how many instances go and come back at all."""
    import polars as pl

    gap, room = pl.col("next") - pl.col("timestamp") - 1, pl.col("end") - pl.col("timestamp") - 1
    gone = seen.filter(pl.col("timestamp") < pl.col("end"), gap.is_null() | (gap > 0)).select(gap=gap, room=room)
    ends = _counts(gone.select(value=pl.min_horizontal("gap", "room")))
    back = _counts(gone.drop_nulls("gap").select(value="gap"))
    points = [(g, 100 - share, left) for g, share, left in _still(ends, back)]
    return points, f"gone {ends.total():,} times, back {back.total():,} times"


def _panel(axes: "Axes", curves: list[Curve]) -> None:
    longest = max((x for each in curves for x, *_ in each.points), default=0)
    axes.set(xlim=(-0.3, max(longest, 4) + 0.3), ylim=(0, 104))
    for each in curves:
        curve(axes, each)
    labels(axes, [each for each in curves if each.name])
