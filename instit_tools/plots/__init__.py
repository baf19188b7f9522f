"""Plots: numbers in, a matplotlib `Figure` out. One module each; listing this folder is the registry."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from instit_tools.errors import UsageError
from instit_tools.plots.base import Plot
from instit_tools.registry import hint, modules
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["available", "draw", "load", "save", "svg"]


@cache
def available() -> tuple[str, ...]:
    """Name every plot, without importing matplotlib."""
    return modules(__path__, beside=frozenset({"base", "style"}))


def load(name: str) -> Plot:
    """Import the plot called *name*; raise `UsageError` when there is none."""
    if name not in available():
        message = f"there is no plot {name!r}"
        raise UsageError(message, hint=hint(name, available()))
    return cast("Plot", import_module(f"{__name__}.{name.replace('-', '_')}"))


def draw(name: str, measures: Measures, **options: Any) -> "Figure | None":  # noqa: ANN401  # those of the plot
    """Draw the plot called *name* of *measures*; ``None`` where there is nothing to draw."""
    return load(name).draw(measures, **options)
