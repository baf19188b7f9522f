"""Panels in a figure, and what is written on and above them; all lengths are in inches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools.plots.style import LINE, WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Margins", "above", "label", "panels", "scaled"]


class Margins(Struct, frozen=True, kw_only=True):
    """Inches around panels, and between them: *across* from left to right, *down* from top to bottom."""

    left: float = 0.5
    right: float = 0.1
    top: float = 0.3
    bottom: float = 0.42
    across: float = 0.4
    down: float = 0.8


def panels(heights: Sequence[float], widths: Sequence[float], *, margins: Margins) -> "tuple[Figure, list[Axes]]":
    """Make a figure with a panel for each of *heights*, in inches, and *widths*, in proportion; row by row."""
    from instit_tools.plots.drawing import Drawing

    total = margins.top + sum(heights) + (len(heights) - 1) * margins.down + margins.bottom
    figure = Drawing(figsize=(WIDTH, total))
    inner = WIDTH - margins.left - margins.right - (len(widths) - 1) * margins.across
    shares = [width / sum(widths) * inner for width in widths]
    made = []
    for row, height in enumerate(heights):
        bottom = total - margins.top - sum(heights[: row + 1]) - row * margins.down
        for column, width in enumerate(shares):
            left = margins.left + sum(shares[:column]) + column * margins.across
            made.append(figure.add_axes((left / WIDTH, bottom / total, width / WIDTH, height / total)))
    return figure, made


def above(axes: "Axes", text: str, *, line: int = 0, indent: float = 0, right: bool = False, **how: Any) -> None:  # noqa: ANN401  # as for a text
    """Write *text* above a panel, so many lines up, from its left edge, *indent* points in, or up to its right."""
    side = {"ha": "right" if right else "left", **how}
    axes.annotate(
        text,
        (int(right), 1),
        xycoords="axes fraction",
        xytext=(indent, 4 + 72 * LINE * line),
        textcoords="offset points",
        parse_math=False,
        **side,
    )


def label(axes: "Axes", text: str, place: tuple[float, float], **how: Any) -> None:  # noqa: ANN401  # as for a text
    """Write *text* at *place*, in data, or in what ``transform`` says."""
    axes.text(*place, text, parse_math=False, **how)


def scaled(axes: "Axes", *, across: str = "", up: str = "", grid: str = "y", ticks: tuple[int, int] = (6, 4)) -> None:
    """Name the axes, and draw few grid lines across the axis *grid*, or none where it is empty."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlabel(across, labelpad=2)
    axes.set_ylabel(up, labelpad=3)
    for axis, most in zip((axes.xaxis, axes.yaxis), ticks, strict=True):
        axis.set_major_locator(MaxNLocator(most, integer=True, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    if grid:
        axes.grid(axis="x" if grid == "x" else "y")
        axes.tick_params(axis="x" if grid == "x" else "y", length=0)
