"""Pages out of templates. Whatever comes from data is escaped by the template engine."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from instit_tools.version import __version__
from instit_tools.viewing.cards import Card, counted, facts
from instit_tools.viewing.hues import hue
from instit_tools.viewing.pictures import Drawn, Large, Strip
from instit_tools.viewing.said import shown_text
from instit_tools.viewing.scenes import Scene
from instit_tools.viewing.shown import Shown

if TYPE_CHECKING:
    import jinja2

__all__ = ["MADE_BY", "Around", "gallery_page", "raw_json", "record_page", "template"]

MADE_BY = f"instit-tools {__version__}"
_TEMPLATES = Path(__file__).parent / "templates"
_COUNTS = re.compile(rb'("counts"\s*:\s*)(?:"([^"\\]|\\.){60,}"|\[[^\]]{60,}\])')
_SHORTENED = rb'\1"(shortened)"'
_CELL = (160, 107)
"""Width and height of a frame in the strip where there is no picture, and no mask that tells."""


class Around(Struct, frozen=True, kw_only=True):
    """Where a record's page stands in the site: its number from 1, and the names of the pages beside it."""

    title: str
    number: int
    total: int
    before: str | None = None
    after: str | None = None


class Tile(Struct, frozen=True):
    """The cell of the strip that shows a frame: address of the strip, place and size of the cell, size of the whole."""

    src: str
    width: int
    height: int
    x: int = 0
    y: int = 0
    whole_width: int = 0
    whole_height: int = 0


class _Frame(Struct, frozen=True):
    scene: Scene
    large: Large
    tile: Tile


@cache
def template(name: str) -> "jinja2.Template":
    """Load a template."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown_text
    environment.filters["hue"] = hue
    return environment.get_template(name)


def record_page(record: Shown, name: str, drawn: Drawn, around: Around, raw: bytes) -> str:
    """Make the page of *record*, whose pictures are called *name*."""
    frames = [_frame(scene, index, name, drawn) for index, scene in enumerate(record.scenes)]
    counts = {"frame": len(frames) if record.kind == "video" else 0, "instance": len(record.ids)}
    others = any(frame.large.other for frame in frames)
    return template("record.html").render(
        record=record,
        frames=frames,
        facts=facts(counts | {"question": len(record.questions)}),
        marks=("Without marks" if "_vpt/" in record.path else "With marks") if others else "",
        asked_ids=sorted({number for asked in record.questions for number in asked.ids}),
        raw=raw_json(raw),
        made_by=MADE_BY,
        up="../",
        **msgspec.structs.asdict(around),
    )


def _frame(scene: Scene, index: int, name: str, drawn: Drawn) -> _Frame:
    large = drawn.large[index] if index < len(drawn.large) else Large()
    return _Frame(scene, large, _tile(scene, index, name, drawn.strip))


def _tile(scene: Scene, index: int, name: str, strip: Strip | None) -> Tile:
    if strip is None or index >= strip.count:
        traced = scene.traced
        width, height = (traced.width, traced.height) if traced.width else _CELL
        return Tile("", _CELL[0], max(1, round(_CELL[0] * height / width)))
    row, column = divmod(index, strip.columns)
    rows = -(-strip.count // strip.columns)
    return Tile(
        f"../strips/{name}.webp",
        strip.width,
        strip.height,
        column * strip.width,
        row * strip.height,
        strip.columns * strip.width,
        rows * strip.height,
    )


def raw_json(raw: bytes) -> str:
    """Write a record as JSON to be read: indented, run lengths shortened, hidden characters spelled out."""
    try:
        text = msgspec.json.format(_COUNTS.sub(_SHORTENED, raw), indent=1)
    except (msgspec.DecodeError, RecursionError):  # nested too deeply to be laid out
        text = raw
    return shown_text(text.decode("utf-8", "replace"))


def gallery_page(
    title: str, cards: Sequence[Card], first: int, pieces: Sequence[str], totals: Mapping[str, Any]
) -> str:
    """Make the gallery with the *first* so many of *cards* on it, and *pieces* of data that hold all of them."""
    return template("gallery.html").render(
        title=title,
        cards=cards[:first],
        total=len(cards),
        pieces=pieces,
        kinds=counted(card.kind for card in cards),
        sources=dict(sorted(counted(card.source for card in cards if card.source).items())),
        made_by=MADE_BY,
        up="",
        **totals,
    )
