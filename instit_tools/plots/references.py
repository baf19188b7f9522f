"""How many instances and timestamps texts speak of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from instit_tools.plots.layout import Margins, above, label, panels
from instit_tools.plots.reading import by_level
from instit_tools.plots.style import BLUE, HEAD, LEVELS, LINE, SOFT, colour_of
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Instances and timestamps that texts speak of"
CAPTION = (
    "The percentage of texts, a row a level and kind of record, that speak of so many different instances as [ID] "
    "and of so many different timestamps as <t>, the ends of intervals included. Each row adds up to 100; 0 means "
    "less than 0.5, an empty cell none."
)
_MOST = 9
_LEAST = 3
_HIGH = 0.19
_DARKEST = 0.7
_ASIDE = {"level": -150, "kind": -63, "n": -6}
"""Where the names of a row stand, in points from the first column."""

_Rows = Mapping[tuple[str, str], Mapping[int, int]]


def draw(measures: Measures) -> "Figure | None":
    """Draw a cell for each level and number, as dark as its share of the level's texts."""
    ids, times = (_rows(measures, name) for name in ("instances spoken of", "times spoken of"))
    if not ids:
        return None
    columns = [_columns(ids), _columns(times)]
    margins = Margins(left=2.15, right=0.02, top=2 * LINE + 0.12, bottom=0.05, across=0.2)
    figure, every = panels([_HIGH * len(ids)], columns, margins=margins)
    for axes, rows, width, name in zip(every, (ids, times), columns, ("instances [ID]", "timestamps <t>"), strict=True):
        axes.set(xlim=(-0.5, width - 0.5), ylim=(len(rows) - 0.5, -0.5), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        above(axes, name, line=1, weight="bold", size=HEAD)
        _heads(axes, rows, width)
        for place, counts in enumerate(rows.values()):
            _row(axes, place, counts, width)
    _names(every[0], ids)
    return figure


def _rows(measures: Measures, name: str) -> _Rows:
    return {
        (level, kind): counts for level, kinds in by_level(measures, name).items() for kind, counts in kinds.items()
    }


def _columns(rows: _Rows) -> int:
    """Say how many numbers have a column of their own, or share the last one."""
    return min(max(_LEAST, *map(max, rows.values())), _MOST) + 1


def _heads(axes: "Axes", rows: _Rows, width: int) -> None:
    more = max(map(max, rows.values())) >= width
    for column in range(width):
        text = f"{column}+" if more and column == width - 1 else f"{column}"
        label(axes, text, (column, -0.62), ha="center", alpha=SOFT)


def _row(axes: "Axes", place: int, counts: Mapping[int, int], width: int) -> None:
    from matplotlib.patches import Rectangle

    whole = sum(counts.values())
    for column in range(width):
        last = column == width - 1
        count = sum(n for value, n in counts.items() if value == column or (last and value > column))
        if count:
            shade = (BLUE, _DARKEST * count / whole)
            axes.add_patch(Rectangle((column - 0.47, place - 0.45), 0.94, 0.9, facecolor=shade, linewidth=0))
            label(axes, f"{100 * count / whole:.0f}", (column, place), ha="center", va="center_baseline")


def _names(axes: "Axes", rows: _Rows) -> None:
    """Write the level, the kind and the number of texts in front of each row."""
    _before(axes, "n", -0.62, _ASIDE["n"], ha="right", va="baseline", alpha=SOFT)
    for place, ((level, kind), counts) in enumerate(rows.items()):
        _before(axes, LEVELS.get(level, level), place, _ASIDE["level"], ha="left")
        _before(axes, kind, place, _ASIDE["kind"], ha="center", color=colour_of(kind), weight="bold")
        _before(axes, f"{sum(counts.values()):,}", place, _ASIDE["n"], ha="right")


def _before(axes: "Axes", text: str, row: float, offset: float, **how: Any) -> None:  # noqa: ANN401  # as for a text
    axes.annotate(
        text, (-0.5, row), xytext=(offset, 0), textcoords="offset points", parse_math=False, annotation_clip=False,
        **{"va": "center_baseline", **how},
    )  # fmt: skip
