"""One look for all plots: a paper's text width, 8 and 9 points, colours that everyone tells apart on white and black.

The colours are those of Okabe and Ito, each a little darker or lighter, so that all have a contrast of 3.8 at least
with a white page and with a dark one. What ``matplotlibrc`` says does not show: a figure is the same everywhere.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools.spelling_out import harmless

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "BODY",
    "FONT",
    "GREEN",
    "GRID",
    "HEAD",
    "INK",
    "KINDS",
    "LEVELS",
    "LINE",
    "PAPER",
    "PURPLE",
    "RED",
    "SOFT",
    "Margins",
    "above",
    "colour_of",
    "label",
    "panels",
    "scaled",
    "shortened",
    "styled",
]

WIDTH = 6.5
"""Inches: the text width of a paper, and of every figure."""
BODY, HEAD = 8, 9
LINE = 11 / 72
"""Inches from one line of text to the next."""
FONT = "DejaVu Sans"
"""Comes with matplotlib: a figure is laid out alike on every machine."""

INK, GRID, PAPER = "#1b1f24", "#d0d7de", "#ffffff"
BLUE, RED, GREEN, PURPLE = "#1878b8", "#cf5c00", "#00906a", "#b8679a"
SOFT = 0.72

KINDS: Mapping[str, str] = {"video": BLUE, "image": RED, "bench": GREEN}
"""The kinds of record, in order, with their colours."""
LEVELS: Mapping[str, str] = {
    "instance": "instance caption",
    "frame": "frame caption",
    "temporal": "change caption",
    "video": "video caption",
    "question": "question",
    "answer": "answer",
    "option": "option",
}
"""The levels of texts, in order, as they are written out."""

_NO_XML = re.compile("[\ufffe\uffff]")
_SETTINGS: Mapping[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.formatter.limits": (-9, 9),
    "axes.labelcolor": INK,
    "axes.labelsize": BODY,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": False,
    "figure.facecolor": PAPER,
    "font.family": FONT,
    "font.size": BODY,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    **{f"{axis}tick.{key}": value for axis in "xy" for key, value in (("color", INK), ("labelsize", BODY))},
    **{f"{axis}tick.major.{key}": value for axis in "xy" for key, value in (("size", 2.5), ("width", 0.6))},
}


class Margins(Struct, frozen=True, kw_only=True):
    """Inches around panels, and between them: *across* from left to right, *down* from top to bottom."""

    left: float = 0.5
    right: float = 0.1
    top: float = 0.3
    bottom: float = 0.42
    across: float = 0.4
    down: float = 0.8


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save in the style of this module; what matplotlib is told elsewhere comes back afterwards."""
    import matplotlib as mpl

    kept = ("backend", "toolbar", "interactive")
    settings: dict[Any, Any] = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(kept)}
    with mpl.rc_context(settings | dict(_SETTINGS)):
        yield


def panels(heights: Sequence[float], widths: Sequence[float], *, margins: Margins) -> "tuple[Figure, list[Axes]]":
    """Make a figure with a panel for each of *heights*, in inches, and *widths*, in proportion; row by row."""
    from matplotlib.figure import Figure

    total = margins.top + sum(heights) + (len(heights) - 1) * margins.down + margins.bottom
    figure = Figure(figsize=(WIDTH, total))
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


def shortened(text: str | None, most: int = 24) -> str:
    r"""Make a name from data fit for a figure: control characters spelled out, the middle of a long one left out.

    >>> print(shortened("a\nb"), shortened("a_very_long_name_of_a_dataset", 13), shortened(None))
    a\nb a_very…ataset (none)
    """
    if text is None:
        return "(none)"
    plain = _NO_XML.sub(lambda match: ascii(match[0])[1:-1], harmless(text[: 4 * most] + text[4 * most :][-4 * most :]))
    if len(plain) <= most:
        return plain or "(empty)"
    half = (most - 1) // 2
    return f"{plain[: most - 1 - half]}…{plain[-half:]}"


def colour_of(kind: str | None) -> str:
    """Give the colour of a kind of record."""
    return KINDS.get(kind or "", PURPLE)
