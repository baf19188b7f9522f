"""When each instance of a video is there: rows of instances, columns of frames."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from instit_tools.errors import UsageError
from instit_tools.plots.layout import Margins, above, panels, scaled
from instit_tools.plots.style import BLUE, BODY, HEAD, INK, LINE, PAPER, SOFT, shortened
from instit_tools.registry import hint
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Instances over time in one video"
CAPTION = (
    "A row an instance, a column a frame: filled where the instance has a caption, a thin line where it is gone and "
    "comes back. To the right the frames with its caption, its returns and, where the data have any, the frames "
    "with its mask. Below, the instances a frame with a caption (bars) and with a mask (outline). Without a choice "
    "it is the video with most returns, then most gaps, then most instances."
)
_MOST_FRAMES, _MOST_INSTANCES = 60, 30
_HIGH = 0.17
_ASIDE = {"frames": 34, "returns": 72, "masks": 106}
"""Where the numbers of an instance stand, in points to the right of the panel."""

_Rows = Sequence[Mapping[str, Any]]
_Video = tuple[str | None, str]
"""A video: its file and its record."""


def draw(measures: Measures, *, record: str | None = None) -> "Figure | None":
    """Draw the video *record*, or the one with most to see.

    Raises `UsageError` where there is no such video.
    """
    video = _default(measures) if record is None else _known(measures, record)
    if video is None:
        return None
    frames, instances = _of(measures.frames, video, "timestamp"), _of(measures.instances, video, "id")
    if not frames or not instances:
        return None
    columns = {frame["timestamp"]: place for place, frame in enumerate(frames[:_MOST_FRAMES])}
    shown = instances[:_MOST_INSTANCES]
    aside = [name for name in _ASIDE if any(instance[name] is not None for instance in shown)]
    margins = Margins(left=0.5, right=0.08 + _ASIDE[aside[-1]] / 72, top=2 * LINE + 0.06, down=0.1)
    figure, (upper, lower) = panels([_HIGH * len(shown) + 0.04, 0.6], [1], margins=margins)
    _matrix(upper, frames[:_MOST_FRAMES], shown)
    _numbers(upper, shown, aside)
    _sums(lower, frames[:_MOST_FRAMES])
    above(upper, _named(frames[0], len(frames), len(instances)), line=1, weight="bold", size=HEAD)
    above(upper, "id", indent=-5, ha="right", alpha=SOFT)
    above(upper, _cut(len(frames), len(instances)), alpha=SOFT)
    _timestamps(lower, list(columns))
    for axes in (upper, lower):
        axes.set_xlim(-0.6, len(columns) - 0.4)
    return figure


def _default(measures: Measures) -> _Video | None:
    import polars as pl

    ranked = (
        measures.instances.with_row_index("place")
        .filter(pl.col("kind") == "video")
        .group_by("file", "record")
        .agg(pl.col("returns", "gaps").sum(), pl.len().alias("all"), pl.col("place").min())
        .sort("returns", "gaps", "all", "place", descending=[True, True, True, False])
        .head(1)
        .collect()
    )
    return (ranked["file"][0], ranked["record"][0]) if ranked.height else None


def _known(measures: Measures, record: str) -> _Video:
    """Find the first video called *record*; raise `UsageError` where there is none."""
    videos: dict[str, str | None] = {}
    for file, each in measures.videos.select("file", "record").collect().iter_rows():
        videos.setdefault(each, file)
    if record not in videos:
        message = f"there is no video {shortened(record, 60)!r}"
        first = list(videos)[:5]
        otherwise = f" or another of {len(videos):,}" if len(videos) > len(first) else ""
        raise UsageError(message, hint=hint(record, first, otherwise) if videos else "the data hold no video at all")
    return videos[record], record


def _of(table: "pl.LazyFrame", video: _Video, column: str) -> _Rows:
    """List the rows of a video by *column*; where two have the same, the first."""
    import polars as pl

    file, record = video
    rows = table.filter(pl.col("kind") == "video", pl.col("file").eq_missing(pl.lit(file)), pl.col("record") == record)
    return rows.unique(column, keep="first", maintain_order=True).sort(column).collect().to_dicts()


def _named(frame: Mapping[str, Any], frames: int, instances: int) -> str:
    source = "" if frame["source"] is None else f" ({shortened(frame['source'], 16)})"
    counts = f"{frames:,} frame{'s' * (frames != 1)}, {instances:,} instance{'s' * (instances != 1)}"
    return f"video {shortened(frame['record'], 16)}{source}: {counts}"


def _cut(frames: int, instances: int) -> str:
    kept = [
        f"the first {most} of {number:,} {what}"
        for number, most, what in ((frames, _MOST_FRAMES, "frames"), (instances, _MOST_INSTANCES, "instances"))
        if number > most
    ]
    return f"shown: {' and '.join(kept)}" if kept else ""


def _matrix(axes: "Axes", frames: _Rows, instances: _Rows) -> None:
    axes.set_ylim(len(instances) - 0.4, -0.6)
    axes.set(xticks=[], yticks=[])
    axes.spines["bottom"].set_visible(False)
    boxes, absences = [], []
    for row, instance in enumerate(instances):
        runs = list(_runs([instance["id"] in (frame["present"] or ()) for frame in frames]))
        boxes += [(first, last, row) for first, last in runs]
        if runs:
            absences.append((runs[0][0], runs[-1][1], row))
    _lines(axes, absences)
    _boxes(axes, boxes)
    between = [(place + 0.5, place + 0.5) for place in range(len(frames) - 1)]
    axes.plot(*_broken(between, [(-0.6, len(instances) - 0.4)] * len(between)), color=PAPER, linewidth=0.8)
    for row, instance in enumerate(instances):
        _beside(axes, f"{instance['id']}", row, -5)


def _runs(there: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of each stretch of frames with the instance."""
    for present, places in groupby(range(len(there)), key=there.__getitem__):
        if present:
            first, *rest = places
            yield first, rest[-1] if rest else first


def _boxes(axes: "Axes", boxes: Sequence[tuple[int, int, int]]) -> None:
    """Fill the stretches of all instances as one path: a figure of many stays small."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    corners = [
        [(first - 0.5, row - 0.38), (last + 0.5, row - 0.38), (last + 0.5, row + 0.38), (first - 0.5, row + 0.38)]
        for first, last, row in boxes
    ]
    if corners:
        axes.add_patch(
            PathPatch(
                Path.make_compound_path(*(Path([*each, each[0]], closed=True) for each in corners)),
                facecolor=BLUE,
                linewidth=0,
            )
        )


def _lines(axes: "Axes", stretches: Sequence[tuple[int, int, int]]) -> None:
    ends = [(first, last) for first, last, _ in stretches]
    axes.plot(*_broken(ends, [(row, row) for *_, row in stretches]), color=BLUE, linewidth=0.9)


def _broken(
    across: Sequence[tuple[float, float]], down: Sequence[tuple[float, float]]
) -> tuple[list[float], list[float]]:
    """Join lines to one that is broken between them."""
    nan = float("nan")
    return [each for pair in across for each in (*pair, nan)], [each for pair in down for each in (*pair, nan)]


def _numbers(axes: "Axes", instances: _Rows, names: Sequence[str]) -> None:
    for name in names:
        above(axes, name, right=True, indent=_ASIDE[name], alpha=SOFT)
        for row, instance in enumerate(instances):
            value = instance[name]
            _beside(axes, "-" if value is None else f"{value:,}", row, _ASIDE[name], right=True)


def _beside(axes: "Axes", text: str, row: int, offset: float, *, right: bool = False) -> None:
    axes.annotate(
        text, (int(right), row), xycoords=("axes fraction", "data"), xytext=(offset, 0), textcoords="offset points",
        ha="right", va="center_baseline", size=BODY, parse_math=False, annotation_clip=False,
    )  # fmt: skip


def _sums(axes: "Axes", frames: _Rows) -> None:
    captioned = [frame["instances"] or 0 for frame in frames]
    masked = [frame["masked"] for frame in frames]
    axes.bar(range(len(frames)), captioned, width=0.8, color=BLUE, alpha=0.45)
    if any(each is not None for each in masked):
        edges = [place - 0.5 for place in range(len(frames) + 1)]
        axes.stairs([each or 0 for each in masked], edges, color=INK, linewidth=0.8)
    axes.set_ylim(0, max(1, *captioned, *(each or 0 for each in masked)) * 1.1)
    scaled(axes, across="timestamp of the frame", up="instances", ticks=(4, 3))


def _timestamps(axes: "Axes", timestamps: Sequence[int]) -> None:
    step = -(-len(timestamps) // 20)
    places = range(0, len(timestamps), step)
    axes.set_xticks(places, [f"{timestamps[place]}" for place in places])
