"""What a plot is: a module with a title, a caption that says how to read it, and a function that draws it."""

from typing import TYPE_CHECKING, Any, Protocol

from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Plot"]


class Plot(Protocol):
    """What every module of this folder is that `instit_tools.plots.available` names."""

    TITLE: str
    CAPTION: str

    def draw(self, measures: Measures, **options: Any) -> "Figure | None":  # noqa: ANN401  # those of the plot
        """Draw *measures*; ``None`` where there is nothing to draw."""
