"""How long texts are, by level and kind of record."""

from typing import TYPE_CHECKING

from instit_tools.plots.layout import Margins, panels, scaled
from instit_tools.plots.marks import Group, histograms
from instit_tools.plots.reading import by_level
from instit_tools.plots.style import LEVELS, LINE, colour_of
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Length of texts"
CAPTION = (
    "Words a text, a panel a level: the percentage of the texts of each kind of record in bins of equal width. The "
    "line is the median, the triangle the mean. Each panel has axes of its own."
)


def draw(measures: Measures) -> "Figure | None":
    """Draw the distribution of words in every level that has texts."""
    found = by_level(measures, "words")
    if not found:
        return None
    columns = 1 if len(found) == 1 else 2
    head = LINE * (1 + max(map(len, found.values()))) + 0.07
    margins = Margins(left=0.42, top=head + 0.03, across=0.42, down=head + 0.27)
    figure, every = panels([0.85] * -(-len(found) // columns), [1] * columns, margins=margins)
    for number, (axes, (level, kinds)) in enumerate(zip(every, found.items(), strict=False)):
        groups = [Group(kind, colour_of(kind), counts) for kind, counts in kinds.items()]
        histograms(axes, groups, name=LEVELS.get(level, level), beyond="longer")
        last = number >= len(found) - columns
        scaled(axes, across="words" if last else "", up="" if number % columns else "% of texts", ticks=(5, 3))
    for axes in every[len(found) :]:
        axes.remove()
    return figure
