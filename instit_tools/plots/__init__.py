"""Plots: numbers in, a matplotlib `Figure` out. One module each; listing this folder is the registry."""

import inspect
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from instit_tools.errors import UsageError
from instit_tools.plots.base import Plot
from instit_tools.registry import hint, modules
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["available", "draw", "load", "save", "svg"]

Format = Literal["svg", "png", "pdf"]
_BESIDE = frozenset({"base", "drawing", "layout", "marks", "reading", "saving", "style"})


@cache
def available() -> tuple[str, ...]:
    """Name every plot, without importing matplotlib."""
    return modules(__path__, beside=_BESIDE)


def load(name: str) -> Plot:
    """Import the plot called *name*; raise `UsageError` when there is none."""
    if name not in available():
        message = f"there is no plot {name!r}"
        raise UsageError(message, hint=hint(name, available()))
    return cast("Plot", import_module(f"{__name__}.{name.replace('-', '_')}"))


def draw(name: str, measures: Measures, **options: Any) -> "Figure | None":  # noqa: ANN401  # those of the plot
    """Draw the plot called *name* of *measures*; ``None`` where there is nothing to draw.

    Raises `UsageError` for a plot or an option that does not exist.
    """
    from instit_tools.plots.style import styled

    plot = load(name)
    known = [option for option in inspect.signature(plot.draw).parameters if option != "measures"]
    for option in options:
        if option not in known:
            message = f"the plot {name} has no option {option!r}"
            raise UsageError(message, hint=f"there is {', '.join(known) or 'none'}")
    with styled():
        return plot.draw(measures, **options)


def save(figure: "Figure", path: Path, format: Format) -> None:  # noqa: A002  # the word of the command line
    """Write *figure* to *path*; equal figures give equal bytes."""
    from instit_tools.plots import saving

    saving.save(figure, path, format)


def svg(figure: "Figure", name: str) -> str:
    """Give *figure*, of the plot called *name*, as an ``<svg>`` for a page of HTML, in the page's colours."""
    from instit_tools.plots.saving import inline

    return inline(figure, name, load(name).TITLE)
