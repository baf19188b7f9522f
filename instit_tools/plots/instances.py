"""How many instances there are at a time, and in all."""

from typing import TYPE_CHECKING

from instit_tools.plots.layout import Margins, panels, scaled
from instit_tools.plots.marks import Group, histograms
from instit_tools.plots.reading import values
from instit_tools.plots.style import KINDS, LINE
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CAPTION", "TITLE", "draw"]

TITLE = "Instances a frame, a video and an image"
CAPTION = (
    "The percentage of frames, videos and images with so many instances. An instance is in a frame where it has a "
    "caption there, and in a video where it is in any of its frames. The line is the median, the triangle the mean."
)


def draw(measures: Measures) -> "Figure | None":
    """Draw the distributions of instances side by side."""
    found = {
        "frames": ("video", "instances in a frame", values(measures, "instances a frame", "video")),
        "videos": ("video", "instances in a video", values(measures, "instances a video")),
        "images": ("image", "instances in an image", values(measures, "instances an image")),
    }
    shown = {name: each for name, each in found.items() if each[2]}
    if not shown:
        return None
    figure, every = panels([1.2], [1] * len(shown), margins=Margins(left=0.42, top=2 * LINE + 0.1, across=0.32))
    for axes, (name, (kind, across, counts)) in zip(every, shown.items(), strict=True):
        histograms(axes, [Group("", KINDS[kind], counts)], name=name, beyond="more")
        scaled(axes, across=across, up="%" if axes is every[0] else "", ticks=(7, 4))
    return figure
