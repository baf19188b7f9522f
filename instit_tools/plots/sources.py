"""What each source dataset adds: records, instances, questions, words."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from instit_tools.plots.layout import Margins, above, panels
from instit_tools.plots.style import HEAD, LINE, SOFT, colour_of, shortened
from instit_tools.statistics.measures import Measures
from instit_tools.statistics.numbers import written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Sources"
CAPTION = (
    "Videos and images by the dataset that the pictures were taken from: their number, and the means of the "
    "instances in one, of the questions about a video, and of the words of a frame caption. All bars start at 0."
)
_MOST = 12
_HIGH = 0.19
_PANELS = {
    "records": "records ",
    "instances": "instances a record",
    "questions": "questions a video",
    "words": "words a frame caption",
}
_OTHERS = "others"


def draw(measures: Measures) -> "Figure | None":
    """Draw a row a source and kind of record, most records first, where any record has a source."""
    found = _summed(measures)
    if all(row["source"] is None for row in found):
        return None
    rows = _capped(found)
    names = [row["name"] for row in rows]
    margins = Margins(left=0.16 + 0.066 * max(map(len, names)), right=0.5, top=2 * LINE + 0.05, bottom=0.06, across=0.5)
    figure, every = panels([_HIGH * len(rows)], [1.35, 1, 1, 1], margins=margins)
    for axes, (column, name) in zip(every, _PANELS.items(), strict=True):
        _panel(axes, [_mean(row, column) for row in rows], [colour_of(row["kind"]) for row in rows])
        first, _, rest = name.partition(" ")
        above(axes, first, line=1, weight="bold", size=HEAD)
        above(axes, rest, alpha=SOFT)
    for place, name in enumerate(names):
        every[0].annotate(
            name, (0, place), xytext=(-4, 0), textcoords="offset points", ha="right", va="center_baseline",
            parse_math=False, annotation_clip=False,
        )  # fmt: skip
    for place, kind in enumerate(sorted({row["kind"] for row in rows}, reverse=True)):
        above(every[0], kind, indent=34 * place, color=colour_of(kind), weight="bold")
    return figure


def _summed(measures: Measures) -> list[dict[str, Any]]:
    """Add up numbers and sums of each kind and source, most records first, those without a source last."""
    import polars as pl

    videos = measures.videos.group_by("source").agg(
        pl.len().alias("records"), pl.col("instances").sum(), pl.col("questions").sum()
    )
    images = measures.images.group_by("source").agg(pl.len().alias("records"), pl.col("instances").sum())
    said = (
        measures.texts.filter(pl.col("level") == "frame")
        .group_by("kind", "source")
        .agg(pl.len().alias("captions"), pl.col("words").sum())
    )
    tables = [videos.with_columns(kind=pl.lit("video")), images.with_columns(kind=pl.lit("image"))]
    return (
        pl.concat(tables, how="diagonal")
        .join(said, on=["kind", "source"], how="left", nulls_equal=True)
        .sort(pl.col("source").is_null(), -pl.col("records").cast(pl.Int64), "source", "kind")
        .collect()
        .to_dicts()
    )


def _capped(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name the rows, and add up what is more than fits, by kind."""
    rows = [{**row, "name": shortened(row["source"])} for row in found[:_MOST]]
    for kind in ("video", "image"):
        rest = [row for row in found[_MOST:] if row["kind"] == kind]
        if rest:
            sums = {
                key: sum(row[key] or 0 for row in rest)
                for key in ("records", "instances", "questions", "captions", "words")
            }
            rows.append({**sums, "kind": kind, "name": f"{len(rest):,} others ({kind})"})
    return rows


def _mean(row: Mapping[str, Any], column: str) -> float | None:
    """Give the number of records, or the mean of what *column* adds up; none where it can have none."""
    if column == "records":
        return float(row["records"])
    if column == "questions" and row["kind"] != "video":
        return None
    whole = row["captions" if column == "words" else "records"]
    return float(row[column] / whole) if whole else None


def _panel(axes: "Axes", values: Sequence[float | None], colours: Sequence[str]) -> None:
    axes.barh(range(len(values)), [value or 0 for value in values], height=0.72, color=colours, alpha=0.75)
    axes.set(ylim=(len(values) - 0.5, -0.5), xlim=(0, max((value or 0 for value in values), default=0) or 1))
    axes.set(xticks=[], yticks=[])
    axes.spines["bottom"].set_visible(False)
    for place, value in enumerate(values):
        axes.annotate(
            written(value), (value or 0, place), xytext=(3, 0), textcoords="offset points", va="center_baseline",
            parse_math=False, annotation_clip=False, alpha=1 if value is not None else SOFT,
        )  # fmt: skip
