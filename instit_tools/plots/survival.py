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
    "Left: of the instances whose video goes on for k frames after their first caption, the percentage with a caption "
    "in the frame k later; and the percentage with a caption in all frames up to there. Right: of the times that an "
    "instance is gone from the next frame, the percentage that is back within g frames. The curves that only fall or "
    f"rise are Kaplan-Meier estimates, for videos end before all has happened; hollow dots rest on fewer than {FEW}."
)
_MOST = 60
Point = tuple[int, float, int]
"""Frames, a percentage, and the number of instances that it rests on."""


def draw(measures: Measures) -> "Figure | None":
    """Draw the curves of staying and of coming back."""
    seen = _seen(measures)
    stays, whole = _staying(seen)
    if not stays:
        return None
    figure, (left, right) = panels([1.5], [1, 1], margins=Margins(left=0.47, top=2 * LINE + 0.1, across=0.58))
    _panel(left, [Curve("in every frame so far", GREEN, whole), Curve("in that frame", BLUE, stays)])
    above(left, "instances still there", line=1, weight="bold", size=HEAD)
    above(left, f"n {stays[0][2]:,} at first, {stays[-1][2]:,} after {stays[-1][0]:,} frames", alpha=SOFT)
    scaled(left, across="frames since the first caption (k)", up="% of instances")
    back, said = _returning(seen)
    above(right, "back after a gap", line=1, weight="bold", size=HEAD)
    above(right, said, alpha=SOFT)
    _panel(right, [Curve("", RED, back)] if back else [])
    scaled(right, across="frames gone, at most (g)", up="% back")
    return figure


def _seen(measures: Measures) -> "pl.DataFrame":
    """Make a row for each caption of an instance: its frame's place, the first and the next one's, the video's last."""
    import polars as pl

    video = ("file", "record", "source")
    instance = (*video, "id")
    frames = measures.frames.filter(pl.col("kind") == "video").sort(*video, "timestamp")
    return (
        frames.select(*video, place=pl.int_range(pl.len()).over(video), end=pl.len().over(video) - 1, id="present")
        .explode("id", empty_as_null=False, keep_nulls=False)
        .sort(*instance, "place")
        .with_columns(first=pl.col("place").min().over(instance), next=pl.col("place").shift(-1).over(instance))
        .collect()
    )


def _staying(seen: "pl.DataFrame") -> tuple[list[Point], list[Point]]:
    """Give two percentages by frames after the first caption: with one there, with one in every frame up to there."""
    import polars as pl

    age, watched = pl.col("place") - pl.col("first"), pl.col("end") - pl.col("first")
    there = _counts(seen.select(value=age))
    looked = _counts(seen.filter(age == 0).select(value=watched))
    stays = [(k, 100 * there[k] / left, left) for k in range(_MOST + 1) if (left := _from(looked, k))]
    absent = pl.col("next").is_null() | (pl.col("next") > pl.col("place") + 1)
    runs = seen.filter(absent).group_by("file", "record", "source", "id").agg(age=age.min(), watched=watched.first())
    ends = _counts(runs.select(value=pl.min_horizontal(pl.col("age") + 1, "watched")))
    gaps = _counts(runs.filter(pl.col("age") < pl.col("watched")).select(value=pl.col("age") + 1))
    return stays, [(0, 100.0, stays[0][2]), *_still(ends, gaps)] if stays else []


def _counts(values: "pl.DataFrame") -> Counter[int]:
    return Counter(dict(values.group_by("value").len().iter_rows()))


def _from(counts: Mapping[int, int], least: int) -> int:
    return sum(number for value, number in counts.items() if value >= least)


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


def _returning(seen: "pl.DataFrame") -> tuple[list[Point], str]:
    """Give the percentage back by the length of the gap, and in words how many instances go and come back at all."""
    import polars as pl

    gap, room = pl.col("next") - pl.col("place") - 1, pl.col("end") - pl.col("place") - 1
    gone = seen.filter(pl.col("place") < pl.col("end"), gap.is_null() | (gap > 0)).select(gap=gap, room=room)
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
