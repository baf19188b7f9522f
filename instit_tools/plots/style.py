"""One look for all plots: a paper's text width, 8 and 9 points, colours that everyone tells apart on white and black.

The colours are those of Okabe and Ito, each a little darker or lighter, so that all have a contrast of 3.8 at least
with a white page and with a dark one. What ``matplotlibrc`` says does not show: a figure is the same everywhere.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from instit_tools.spelling_out import harmless

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
    "WIDTH",
    "colour_of",
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


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save in the style of this module; what matplotlib is told elsewhere comes back afterwards."""
    import matplotlib as mpl

    kept = ("backend", "toolbar", "interactive")
    settings: dict[Any, Any] = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(kept)}
    with mpl.rc_context(settings | dict(_SETTINGS)):
        yield


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
