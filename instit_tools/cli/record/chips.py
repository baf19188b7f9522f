"""Texts with what they speak of made visible: an id on its instance's colour, a timestamp in bold.

A colour is added to the number and never stands for it, so that a pipe and ``NO_COLOR`` lose nothing.
"""

from collections.abc import Iterable

from rich.text import Text

from instit_tools import console
from instit_tools.references import Instances, Plain, Reference, ids_of_key, parse

__all__ = ["chip", "ids", "key", "moment", "spoken"]

_COLOURS = (117, 215, 114, 218, 221, 147, 80, 180, 210, 156, 189, 251)
"""Light ones of the 256, neighbours far apart, on which black is read on any terminal."""
_BOLD = "bold"


def chip(number: int, written: str | None = None) -> Text:
    """Show an id on its colour, which is the same in every record and every run."""
    return console.plain(written or f"[{number}]", f"color(16) on color({_COLOURS[(number - 1) % len(_COLOURS)]})")


def ids(numbers: Iterable[int]) -> Text:
    """Show several ids."""
    return Text(" ").join(map(chip, numbers))


def key(written: str) -> Text:
    """Show the key of an instance caption as it is written: ``[3]``, ``[03]``, ``[1] [2]`` for a group."""
    numbers = ids_of_key(written)
    if not numbers:
        return console.plain(f"[{written}]", _BOLD)
    parts = [part.strip() for part in written.split(",")]
    return Text(" ").join(chip(number, f"[{part}]") for number, part in zip(numbers, parts, strict=True))


def moment(timestamp: int) -> Text:
    """Show a timestamp."""
    return Text(f"<{timestamp}>", _BOLD)


def spoken(text: str) -> list[Text]:
    """Show a text line by line, each harmless, with the ids and the timestamps that it speaks of."""
    lines = [line.strip(" \t\r") for line in text.split("\n")]
    return [Text.assemble(*map(_piece, parse(line))) for line in lines if line]


def _piece(piece: Plain | Reference) -> Text:
    match piece:
        case Plain():
            return console.plain(piece.raw)
        case Instances(ids=(number,)):
            return chip(number, piece.raw)
        case _:
            return console.plain(piece.raw, _BOLD)
