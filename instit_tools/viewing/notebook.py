"""A record in a notebook: its texts with coloured ids, who is where when, its questions; one piece of HTML.

From the same templates as the pages, without scripts and without pictures: a record does not know where they are.
"""

from pathlib import Path

from instit_tools.records import Record
from instit_tools.viewing import hues
from instit_tools.viewing.cards import facts
from instit_tools.viewing.make import outlined
from instit_tools.viewing.pages import template
from instit_tools.viewing.shown import shown

__all__ = ["html"]

_STYLE = Path(__file__).parent / "templates" / "notebook.css"
_MOST_FRAMES, _MOST_QUESTIONS = 8, 8


def html(record: Record) -> str:
    """Show *record* as Jupyter's ``_repr_html_`` does; of many frames and questions the first."""
    laid_out = shown(record, outlined(record, {}))
    counts = {
        "frame": len(laid_out.scenes) if laid_out.kind == "video" else 0,
        "instance": len(laid_out.ids),
        "question": len(laid_out.questions),
    }
    return template("notebook.html").render(
        record=laid_out,
        facts=facts(counts),
        style=_STYLE.read_text(encoding="utf-8"),
        hues=hues.css(".instit-record"),
        scenes=laid_out.scenes[:_MOST_FRAMES],
        more_scenes=max(0, len(laid_out.scenes) - _MOST_FRAMES),
        questions=laid_out.questions[:_MOST_QUESTIONS],
        more_questions=max(0, len(laid_out.questions) - _MOST_QUESTIONS),
    )
