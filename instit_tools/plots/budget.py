"""Which share of training samples a context is too short for, by model."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from instit_tools.plots.layout import Margins, above, panels, scaled
from instit_tools.plots.marks import Curve, labels
from instit_tools.plots.style import BLUE, GREEN, HEAD, INK, LINE, PURPLE, RED, SOFT, shortened
from instit_tools.statistics.budget import CONTEXTS, MODELS, tokens
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Samples longer than a context"
_SHOWN = "; ".join(f"{name}: {model.meaning}" for name, model in MODELS.items())
CAPTION = (
    "The percentage of training samples with more tokens than a context has, by the length of the context (log "
    f"axis) and by how a model is shown the pictures, of the samples that can be shown so: {_SHOWN}. Tokens are "
    "those of text, pictures and chat template; text counts in words where no tokenizer file was given."
)
_MOST = 4
_COLOURS = dict(zip(MODELS, (RED, BLUE, PURPLE, GREEN), strict=True))
_POINTS = 160


def draw(measures: Measures) -> "Figure | None":
    """Draw a panel for each recipe and limit of frames, with a curve a model."""
    every = measures.samples.select("recipe", "max_frames").unique(maintain_order=True).collect().rows()
    if not every:
        return None
    shown = every[:_MOST]
    columns = min(len(shown), 2)
    margins = Margins(left=0.47, right=0.12, top=2 * LINE + 0.12, across=0.35, down=2 * LINE + 0.42)
    figure, axes = panels([1.9 if columns == 1 else 1.6] * -(-len(shown) // columns), [1] * columns, margins=margins)
    found = [_counted(measures.samples, *each) for each in shown]
    ends = _ends(found)
    for number, (panel, each, counts) in enumerate(zip(axes, shown, found, strict=False)):
        _panel(panel, counts, ends)
        _named(panel, *each)
        last, first = number >= len(shown) - columns, number % columns == 0
        scaled(
            panel, across="tokens of the context (log axis)" if last else "", up="% of samples longer" if first else ""
        )
        _logarithmic(panel, ends, (1, 2, 5) if columns == 1 else (1, 5))
    if len(every) > _MOST:
        above(axes[columns - 1], f"{_MOST} of {len(every)} settings", line=1, right=True, alpha=SOFT)
    for panel in axes[len(shown) :]:
        panel.remove()
    return figure


def _counted(samples: "pl.LazyFrame", recipe: str, limit: int | None) -> dict[str, list[tuple[int, int]]]:
    """Count how often each number of tokens occurs, by model, ascending; no model that shows none of the samples."""
    import polars as pl

    here = samples.filter(pl.col("recipe").eq(recipe) & pl.col("max_frames").eq_missing(pl.lit(limit)))
    found = {}
    for model in MODELS:
        values = here.select(value=tokens(model)).drop_nulls().group_by("value").len().sort("value")
        if rows := values.collect(engine="streaming").rows():
            found[model] = rows
    return found


def _ends(found: Sequence[dict[str, list[tuple[int, int]]]]) -> tuple[int, int]:
    """Give the first and the last length to draw: from below all samples to above all and above every context."""
    values = [rows[end][0] for each in found for rows in each.values() for end in (0, -1)]
    return max(1, min([*values, CONTEXTS[0]]) * 3 // 4), max([*values, CONTEXTS[-1]]) * 5 // 4


def _panel(axes: "Axes", counts: dict[str, list[tuple[int, int]]], ends: tuple[int, int]) -> None:
    low, high = ends
    grid = sorted({round(low * (high / low) ** (place / _POINTS)) for place in range(_POINTS + 1)} | set(CONTEXTS))
    curves = [
        Curve(f"{model}\nn {sum(n for _, n in rows):,}", _COLOURS[model], _above(rows, grid))
        for model, rows in counts.items()
    ]
    axes.set(xscale="log", xlim=ends, ylim=(0, 104))
    for context in CONTEXTS:
        axes.axvline(context, color=INK, linewidth=0.6, linestyle=(0, (4, 2)), alpha=0.5)
        axes.annotate(
            f"{context >> 10}K", (context, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
            textcoords="offset points", ha="center", parse_math=False,
        )  # fmt: skip
    for each in curves:
        axes.plot([x for x, *_ in each.points], [y for _, y, _ in each.points], color=each.colour)
    labels(axes, curves, upright=CONTEXTS)


def _above(rows: Sequence[tuple[int, int]], grid: Sequence[int]) -> list[tuple[int, float, int]]:
    """Give the percentage of values above each length of *grid*: exact at each, straight between them."""
    values, sums = [value for value, _ in rows], [0, *accumulate(count for _, count in rows)]
    return [(x, 100 * (1 - sums[bisect_right(values, x)] / sums[-1]), sums[-1]) for x in grid]


def _named(axes: "Axes", recipe: str, limit: int | None) -> None:
    frames = "all frames" if limit is None else f"up to {limit:,} frame{'s' * (limit != 1)}"
    above(axes, f"{shortened(recipe, 14)}: {frames}", line=1, weight="bold", size=HEAD)


def _logarithmic(axes: "Axes", ends: tuple[int, int], steps: Sequence[int]) -> None:
    from matplotlib.ticker import NullLocator

    places = [step * 10**power for power in range(7) for step in steps if ends[0] <= step * 10**power <= ends[1]]
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(places, [f"{place:,}" for place in places])
