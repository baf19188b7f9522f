"""A leaderboard as a figure: four panels of dots, a row a model, one's own rows in another colour with their intervals.

Print gives published scores no interval. Those of multiple choice get a faint one here, of as many independent answers
as the benchmark's questions are worth: questions about one image or video are alike. Nothing is known of a judge's.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING, Any

from instit_tools.bench.forms import QUESTIONS
from instit_tools.bench.printed import CHANCE, COLUMNS, Column
from instit_tools.bench.scores import Score
from instit_tools.bench.standings import Leaderboard, Row
from instit_tools.plots.layout import Margins, above, panels
from instit_tools.plots.style import BLUE, BODY, FONT, HEAD, INK, LINE, PAPER, RED, SOFT, WIDTH, shortened, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ft2font import FT2Font

__all__ = ["CAPTION", "approximate", "boxed", "draw"]

DESIGN_EFFECT = 1.13
"""How much clusters widen a variance: (1.662 / 1.564) squared, of the authors' own predictions about videos."""
CAPTION = (
    "scores on Inst-IT Bench, of 100, as published and of one's own results, with 95 % intervals. Those of one's own"
    " are by images or videos. Faint ones are an approximation, since none are published: binomial, of"
    f" {QUESTIONS:,} questions, the variance times {DESIGN_EFFECT}, as measured on the authors' predictions; published"
    " scores of open-ended answers have none. The dashed line is what guessing gives. A hollow dot is of an incomplete"
    " result, or does not compare with the published scores."
)
_TITLES: Mapping[Column, tuple[str, str]] = {
    "image-oe": ("Images", "open-ended"),
    "image-mc": ("Images", "multiple choice"),
    "video-oe": ("Videos", "open-ended"),
    "video-mc": ("Videos", "multiple choice"),
}
_Z = 1.96
_HIGH = 0.165
_NUMBER = 0.37
_GUESSED = 25
_ROOM = 1.95
_LONGEST, _BOX = 40, 1.2
_STEP = 10


def approximate(score: float) -> tuple[float, float]:
    """Give about the 95 % interval of a published *score* of multiple choice, of 100.

    >>> [round(end, 1) for end in approximate(50.0)]
    [46.7, 53.3]
    """
    share = score / 100
    half = 100 * _Z * sqrt(share * (1 - share) * DESIGN_EFFECT / QUESTIONS)
    return max(score - half, 0.0), min(score + half, 100.0)


def draw(board: Leaderboard) -> "Figure":
    """Draw *board*, in its order; the row of guessing is a line."""
    with styled():
        return _drawn([row for row in board.rows if not _guessed(row)], board.sort)


def boxed(board: Leaderboard) -> list[str]:
    """Name the models of which the font lacks characters: boxes in a PNG or PDF, while an SVG takes the reader's."""
    known = _font("bold").get_charmap()
    return [row.model for row in board.rows if any(ord(character) not in known for character in _named(row))]


def _drawn(rows: Sequence[Row], sort: Column) -> "Figure":
    limits = [_limits(rows, column) for column in COLUMNS]
    left, across = max(map(_width, rows)) + 0.15, _NUMBER + 0.04
    margins = Margins(left=left, right=_NUMBER, top=2 * LINE + 0.1, bottom=0.5, across=across)
    figure, every = panels([_HIGH * len(rows)], [high - low for low, high in limits], margins=margins)
    for axes, column, ends in zip(every, COLUMNS, limits, strict=True):
        _panel(axes, rows, column, ends)
        first, second = _TITLES[column]
        above(axes, first, line=1, weight="bold", size=HEAD)
        above(axes, f"{second}{' ▼' if column == sort else ''}", alpha=SOFT)
    for place, row in enumerate(rows):
        _row(every[0], place, row)
    _legend(figure, rows)
    return figure


def _guessed(row: Row) -> bool:
    return any(score.by == CHANCE for scores in row.scores.values() for score in scores)


def _named(row: Row) -> str:
    """Shorten the name so that it leaves room for the panels."""
    names = (shortened(row.model, most) for most in range(_LONGEST, 0, -1))
    return next(name for name in names if _inches(name, "bold" if row.yours else "normal") <= _ROOM)


def _width(row: Row) -> float:
    """Say how wide a row's names are, in inches."""
    return _inches(_named(row), "bold" if row.yours else "normal") + _inches(f" {row.llm}" if row.llm else "", "normal")


def _inches(text: str, weight: str) -> float:
    """Measure *text* on the page; what the font lacks is a box, a little wider than high."""
    font = _font(weight)
    known = font.get_charmap()
    advances = (
        font.load_char(ord(character)).linearHoriAdvance / 2**16 if ord(character) in known else _BOX * BODY
        for character in text
    )
    return sum(advances) / 72


def _font(weight: str) -> "FT2Font":
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=FONT, weight=weight)))
    font.set_size(BODY, 72)
    return font


def _limits(rows: Sequence[Row], column: Column) -> tuple[int, int]:
    """Give the range of a panel in whole tens; a unit is as wide in all of them."""
    ends = [end for row in rows for end in _ends(row, column)]
    return max(floor(min(ends) / _STEP) * _STEP, 0), min(ceil(max(ends) / _STEP) * _STEP, 100)


def _ends(row: Row, column: Column) -> list[float]:
    score = row.shown(column)
    return [] if score is None else [score.score, *(_interval(row, column, score) or ())]


def _interval(row: Row, column: Column, score: Score) -> tuple[float, float] | None:
    if not row.yours:
        return approximate(score.score) if column.endswith("mc") else None
    return None if score.low is None or score.high is None else (score.low, score.high)


def _panel(axes: "Axes", rows: Sequence[Row], column: Column, limits: tuple[int, int]) -> None:
    axes.set(xlim=limits, ylim=(len(rows) - 0.5, -0.5), yticks=[])
    axes.set_xticks(range(20 * ceil(limits[0] / 20), limits[1] + 1, 20))
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    if column.endswith("mc"):
        axes.axvline(_GUESSED, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), alpha=SOFT)
    for place, row in enumerate(rows):
        score = row.shown(column)
        style: dict[str, Any] = {"color": RED, "weight": "bold"} if row.yours and score else {"alpha": SOFT}
        axes.annotate(
            f"{score.score:.1f}" if score else "-", (1, place), xycoords=("axes fraction", "data"),
            xytext=(72 * _NUMBER - 3, 0), textcoords="offset points", ha="right", va="center_baseline", size=BODY - 1,
            parse_math=False, annotation_clip=False, **style,
        )  # fmt: skip
        if score is not None:
            _dot(axes, place, row, score, _interval(row, column, score))


def _dot(axes: "Axes", place: int, row: Row, score: Score, interval: tuple[float, float] | None) -> None:
    colour = RED if row.yours else BLUE
    if interval is not None:
        width, alpha = (1.6, 1.0) if row.yours else (3.2, 0.3)
        axes.plot(interval, [place, place], color=colour, linewidth=width, alpha=alpha, solid_capstyle="butt")
    whole = score.complete and score.comparable
    axes.plot(
        [score.score], [place], "o", color=colour, markersize=3.6 if row.yours else 2.8,
        markerfacecolor=colour if whole else PAPER, markeredgewidth=0.8, clip_on=False,
    )  # fmt: skip


def _row(axes: "Axes", place: int, row: Row) -> None:
    """Write the names of a row on the left, and lay a band across the figure below one's own."""
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import blended_transform_factory as blended

    across = blended(axes.get_figure(root=True).transFigure, axes.transData)  # type: ignore[union-attr]  # it has one
    own: dict[str, Any] = {"weight": "bold", "color": RED} if row.yours else {}
    style: dict[str, Any] = {"va": "center_baseline", "parse_math": False}
    name = axes.text(0.06 / WIDTH, place, _named(row), transform=across, **style, **own)
    if row.llm:
        beside: dict[str, Any] = {"xycoords": (name, axes.transData), "textcoords": "offset points"}
        axes.annotate(row.llm, (1, place), xytext=(4, 0), annotation_clip=False, alpha=SOFT, **beside, **style)
    if row.yours:
        band = Rectangle((0, place - 0.5), 1, 1, transform=across, color=RED, alpha=0.08, linewidth=0, clip_on=False)
        axes.add_patch(band)


def _legend(figure: "Figure", rows: Sequence[Row]) -> None:
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.lines import Line2D

    def line(**how: Any) -> Line2D:  # noqa: ANN401  # as for a line
        return Line2D([], [], **how)

    shown = [score for row in rows if row.yours for column in COLUMNS if (score := row.shown(column))]
    handles: dict[str, Any] = {}
    if shown:
        handles["yours, 95 % interval"] = line(color=RED, linewidth=1.6, marker="o", markersize=3.6)
    if not all(score.complete and score.comparable for score in shown):
        hollow: dict[str, Any] = {"markerfacecolor": PAPER, "linestyle": "none", "markeredgewidth": 0.8}
        handles["incomplete, or not comparable"] = line(color=RED, marker="o", markersize=3.6, **hollow)
    bar, dot = line(color=BLUE, linewidth=3.2, alpha=0.3), line(color=BLUE, marker="o", markersize=2.8, linestyle="")
    handles["published, approximate interval"] = (bar, dot)
    handles["guessing"] = line(color=INK, linewidth=0.8, linestyle=(0, (4, 3)), alpha=SOFT)
    figure.legend(
        list(handles.values()), list(handles), loc="lower left", ncols=len(handles), frameon=False,
        fontsize=BODY - 1, handlelength=1.6, columnspacing=1.4, borderaxespad=0.2,
        handler_map={tuple: HandlerTuple(ndivide=1)},
    )  # fmt: skip
