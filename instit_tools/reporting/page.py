"""The page of a run: one HTML file that needs nothing else, to be read on a screen, in the dark, on paper.

Everything that comes from data is escaped by the template engine, and control characters are spelled out before. What
could grow with the data (groups, inputs) is cut off at a stated number of rows: the rest is in ``summary.json``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools import plots
from instit_tools.spelling_out import harmless, printable
from instit_tools.statistics.budget import MODELS
from instit_tools.statistics.columns import TABLES
from instit_tools.statistics.counting import TOKENIZERS
from instit_tools.statistics.motion import told
from instit_tools.statistics.numbers import percent, written
from instit_tools.statistics.quantities import OF_MASKS, QUANTITIES
from instit_tools.statistics.reference import UNSAID
from instit_tools.statistics.summary import LEVELS, Described, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["page"]

_TEMPLATE = "page.html"
_MOST_ROWS, _MOST_INPUTS, _LONGEST = 300, 30, 200
_OF_TEXTS = ("characters", "words", "tokens", "sentences", "instances spoken of", "times spoken of")


class _Drawn(Struct, frozen=True):
    """One plot of the page."""

    name: str
    title: str
    caption: str
    svg: str


class _Texts(Struct, frozen=True):
    """One row of the table of texts: a level, and a distribution a quantity."""

    level: str
    value: str | None
    of: Mapping[str, Any]


def page(summary: Summary, figures: "Mapping[str, Figure]") -> str:
    """Make the page of *summary* with its *figures*, by name of the plot."""
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": written, "percent": percent, "name": _name, "shown": _shown, "tokens": _tokens}
    drawn = {name: _drawn(name, figure) for name, figure in figures.items()}
    rows = _texts(summary.distributions)
    others = [each for each in summary.distributions if each.table != "texts" and each.quantity not in OF_MASKS]
    masks = [each for each in summary.distributions if each.quantity in OF_MASKS]
    return environment.get_template(_TEMPLATE).render(
        summary=summary,
        title=_title(summary),
        plots=drawn,
        texts=rows[:_MOST_ROWS],
        more_texts=max(0, len(rows) - _MOST_ROWS),
        columns=[name for name in _OF_TEXTS if any(name in row.of for row in rows)],
        others=others[:_MOST_ROWS],
        more_others=max(0, len(others) - _MOST_ROWS),
        masks=masks[:_MOST_ROWS],
        more_masks=max(0, len(masks) - _MOST_ROWS),
        motion=told(summary.motion) if summary.motion else "",
        inputs=summary.inputs[:_MOST_INPUTS],
        more_inputs=max(0, len(summary.inputs) - _MOST_INPUTS),
        extremes=sorted(summary.extremes, key=lambda each: (LEVELS.index(each.level), each.end)),
        budgets=summary.budgets[:_MOST_ROWS],
        more_budgets=max(0, len(summary.budgets) - _MOST_ROWS),
        left_out=summary.left_out[:_MOST_ROWS],
        models=MODELS,
        unsaid=UNSAID,
        words=_words(summary),
        notes=_notes(summary),
        quantities=QUANTITIES,
        tables=TABLES,
        by=None if summary.method.by == "level" else summary.method.by,
    )


def _notes(summary: Summary) -> list[str]:
    """List what must be known of the published figures, each once."""
    rows = summary.reference.rows if summary.reference else ()
    return list(dict.fromkeys(row.note for row in rows if row.note))


def _words(summary: Summary) -> str:
    """Say what counted words, and tokens where a model's tokenizer did."""
    tokenizer = summary.method.tokenizer
    if tokenizer in TOKENIZERS:
        return f"Words are counted by {tokenizer}"
    return f"Words are counted by {TOKENIZERS[0]}, tokens by {tokenizer}"


def _title(summary: Summary) -> str:
    """Name the file, or the folder of several."""
    paths = [Path(each.name) for each in summary.inputs]
    folders = {path.parent for path in paths}
    if len(paths) > 1 and len(folders) == 1 and (name := next(iter(folders)).name):
        return name
    return f"{paths[0].name} and {len(paths) - 1} more" if len(paths) > 1 else paths[0].name if paths else "nothing"


def _drawn(name: str, figure: "Figure") -> _Drawn:
    plot = plots.load(name)
    return _Drawn(name, plot.TITLE, plot.CAPTION, plots.svg(figure, name))


def _texts(found: Sequence[Described]) -> list[_Texts]:
    rows: dict[tuple[str, str | None, bool], dict[str, Any]] = {}
    for each in found:
        if each.table == "texts":
            key = (each.group or "", next(iter(each.by.values()), None), bool(each.by))
            rows.setdefault(key, {})[each.quantity] = each.distribution
    return [_Texts(level, (value or "none") if grouped else None, of) for (level, value, grouped), of in rows.items()]


def _shown(text: str) -> str:
    """Spell out what a page cannot hold, or what would turn its text around."""
    return harmless(printable(text), keep="\n")


def _name(text: str) -> str:
    """Show a name from the data, the beginning of a long one."""
    return _shown(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _tokens(limit: str) -> str:
    return f"{int(limit) // 1024}K"
