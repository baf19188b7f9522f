"""How long instances stay in a video, and whether they come back."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from instit_tools.plots.marks import FEW, Curve, curve, labels
from instit_tools.plots.style import BLUE, GREEN, HEAD, LINE, RED, SOFT, Margins, above, panels, scaled
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Survival and return of instances"
CAPTION = (
    "Left: of the instances whose video goes on for k frames after their first caption, the percentage with a "
    "caption in the frame k later, and in that frame or any later one. Right: of the times that an instance is gone "
    "from the next frame and the video goes on for g + 1 frames at least, the percentage after which it is back "
    f"within g frames. Videos that end sooner count in neither; a dot is hollow where fewer than {FEW} are left."
)
_MOST = 60


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


def _staying(seen: "pl.LazyFrame") -> tuple[list[tuple[int, float, int]], list[tuple[int, float, int]]]:
    """Give the two percentages by the number of frames after the first caption, and of how many instances they are."""
    import polars as pl

    first, last = pl.col("timestamp") == pl.col("first"), pl.col("next").is_null()
    there = _counts(seen.select(value=pl.col("timestamp") - pl.col("first")))
    watched = _counts(seen.filter(first).select(value=pl.col("end") - pl.col("first")))
    stayed = _counts(seen.filter(last).select(value=pl.col("timestamp") - pl.col("first")))
    steps = [k for k in range(min(max(watched, default=-1), _MOST) + 1) if _from(watched, k)]
    left = {k: _from(watched, k) for k in steps}
    return (
        [(k, 100 * there[k] / left[k], left[k]) for k in steps],
        [(k, 100 * _from(stayed, k) / left[k], left[k]) for k in steps],
    )


def _counts(values: "pl.LazyFrame") -> Counter[int]:
    return Counter(dict(values.group_by("value").len().collect(engine="streaming").iter_rows()))


def _from(counts: Mapping[int, int], least: int) -> int:
    return sum(number for value, number in counts.items() if value >= least)


def _returning(seen: "pl.LazyFrame") -> tuple[list[tuple[int, float, int]], str]:
    """Give the percentage back by the length of the gap, and in words how many instances go and come back at all."""
    import polars as pl

    gap = pl.col("next") - pl.col("timestamp") - 1
    gone = seen.filter(pl.col("timestamp") < pl.col("end"), gap.is_null() | (gap > 0))
    rows = gone.group_by(room=pl.col("end") - pl.col("timestamp") - 1, gap=gap).len().collect().rows()
    total = sum(number for *_, number in rows)
    returned = sum(number for _, length, number in rows if length is not None)
    points = []
    for most in range(1, min(max((room for room, *_ in rows), default=0), _MOST) + 1):
        whole = sum(number for room, _, number in rows if room >= most)
        back = sum(number for room, length, number in rows if room >= most and length is not None and length <= most)
        points.append((most, 100 * back / whole, whole))
    return points, f"gone {total:,} times, back {returned:,} times"


def _panel(axes: "Axes", curves: list[Curve]) -> None:
    longest = max((x for each in curves for x, *_ in each.points), default=0)
    axes.set(xlim=(-0.3, max(longest, 4) + 0.3), ylim=(0, 104))
    for each in curves:
        curve(axes, each)
    labels(axes, [each for each in curves if each.name])
