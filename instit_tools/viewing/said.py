"""A text as it is shown: its references apart from the rest, and nothing in it that a page could stumble over."""

from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

from instit_tools.references import Instances, Moment, Plain, Span, parse
from instit_tools.spelling_out import harmless, printable

__all__ = ["Piece", "Said", "Trouble", "pieces", "shown_text"]


class Piece(Struct, frozen=True):
    """Plain text, or a reference: the *ids* it names, or the frames from *first* to *last*.

    A reference is *lost* where it names an instance or a frame that the record does not have.
    """

    raw: str
    kind: Literal["plain", "ids", "time"] = "plain"
    ids: tuple[int, ...] = ()
    first: int = 0
    last: int = 0
    lost: bool = False


class Trouble(Struct, frozen=True):
    """One problem that the rules found, and where: a path into the record, and the same in words."""

    code: str
    severity: str
    message: str
    path: tuple[str | int, ...]
    field: str


class Said(Struct, frozen=True):
    """One text of a record: its *pieces*, the *anchor* it has on the page, and what the rules found in it."""

    pieces: tuple[Piece, ...]
    anchor: str
    troubles: tuple[Trouble, ...] = ()


def pieces(text: str, *, instance: Callable[[int], bool], frame: Callable[[int], bool]) -> tuple[Piece, ...]:
    """Take *text* apart; *instance* and *frame* say which of them there are."""
    return tuple(_pieces(text, instance, frame))


def _pieces(text: str, instance: Callable[[int], bool], frame: Callable[[int], bool]) -> Iterator[Piece]:
    for piece in parse(text):
        match piece:
            case Plain():
                yield Piece(shown_text(piece.raw))
            case Instances():
                yield Piece(piece.raw, "ids", ids=piece.ids, lost=not all(map(instance, piece.ids)))
            case Moment():
                moment = piece.timestamp
                yield Piece(piece.raw, "time", first=moment, last=moment, lost=not frame(moment))
            case Span():
                lost = not (frame(piece.first) and frame(piece.last))
                yield Piece(piece.raw, "time", first=piece.first, last=piece.last, lost=lost)


def shown_text(text: str) -> str:
    """Spell out what a page cannot hold, or what would turn its text around; line feeds and tabs stay."""
    return harmless(printable(text), keep="\n\t")
