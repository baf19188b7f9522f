"""How many question-answer pairs a video has."""

from typing import TYPE_CHECKING

from instit_tools.plots.layout import Margins, panels, scaled
from instit_tools.plots.marks import Group, histograms
from instit_tools.plots.reading import values
from instit_tools.plots.style import BLUE, LINE
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Questions a video"
CAPTION = (
    "The percentage of videos with so many question-answer pairs, those without any included. The line is the "
    "median, the triangle the mean."
)


def draw(measures: Measures) -> "Figure | None":
    """Draw the distribution of questions, where any video has one."""
    counts = values(measures, "questions a video")
    if not any(counts):
        return None
    figure, (axes,) = panels([1.3], [1], margins=Margins(left=0.42, top=2 * LINE + 0.1))
    histograms(axes, [Group("", BLUE, counts)], name="videos", beyond="more")
    scaled(axes, across="questions", up="% of videos", ticks=(12, 4))
    return figure
