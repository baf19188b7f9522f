"""Records whose texts pass the gate just as they are, which is nearly every one: seen once a record, not once a line.

All lines of a record are joined, with a NUL between, which is no part of any reference. They are clear where every
``[`` opens an instance in the published spelling (``[3]``) that the record knows and whose number stays; every ``<``
opens a known moment (``<3>``) that is alone or one end of an interval in the published spelling (``<3>-<5>``); and no
literal that the trainer reserves is there. The gate would find nothing to object to in such a line, and nothing to
write anew but numbers of frames: `Clear` sends on what has any, wherever the frames of a sample do not keep theirs.

A record that is not clear need not be wrong (``x < 3``). It goes through the gate, which alone decides and words.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter

from msgspec import Struct

from instit_tools.recipes.exchanges import Exchange, Unit
from instit_tools.recipes.gate import Gate, Passed, Subject
from instit_tools.samples import Frame

__all__ = ["Clear", "is_clear"]

_NOTHING = "(?!)"
_fault, _text = attrgetter("fault"), attrgetter("text")
_NO_REFERENCE = re.compile(r"[\[<]\D")


def is_clear(subject: Subject, units: Iterable[Unit]) -> bool:
    """Say whether every line of *units* is right as it is, but for the numbers of frames."""
    lines = [line for unit in units for exchange in unit.exchanges for line in exchange.lines]
    if not subject.moments or any(map(_fault, lines)):
        return False
    text = "\0".join(map(_text, lines))
    kept = frozenset([number for number, after in subject.instances.items() if number == after])
    return not (
        _unclear(kept, "[", r"\]").search(text)
        or _unclear(subject.moments, "<", r">(?:-<|(?!\s?[-\N{EN DASH}]))").search(text)
        or any(literal in text for literal in _beyond_brackets(subject.origin.reserved))
    )


class Clear(Struct, frozen=True, gc=False):
    """Does what `Gate` does, for the sample of a clear record that shows *frames*."""

    subject: Subject
    frames: tuple[Frame, ...]

    def pass_all(self, exchange: Exchange) -> Passed:
        """Let through *exchange* as it is, unless it speaks of a frame that has another number now."""
        if exchange.asks:
            asked, answer = exchange.lines[0].text, exchange.lines[1].text
            timed = "<" in answer or "<" in asked
        else:
            asked, answer = "", "\n".join([line.text for line in exchange.lines if line.text])
            timed = "<" in answer
        if timed and self._moves():
            return Gate.showing(self.subject, self.frames).pass_all(exchange)
        return asked, answer, ()

    def _moves(self) -> bool:
        return not self.subject.counted or len(self.frames) < len(self.subject.moments)


@lru_cache(maxsize=4096)
def _unclear(numbers: frozenset[int], opening: str, closing: str) -> re.Pattern[str]:
    """Find an *opening* bracket that opens none of *numbers*."""
    usual = "|".join(map(str, sorted(numbers))) or _NOTHING
    return re.compile(rf"{re.escape(opening)}(?!(?:{usual}){closing})")


@lru_cache
def _beyond_brackets(reserved: tuple[str, ...]) -> tuple[str, ...]:
    """Give those of the *reserved* literals whose bracket is not unclear already, without the space around them.

    The space would be looked for first, and is everywhere.
    """
    return tuple(literal.strip() for literal in reserved if not _NO_REFERENCE.match(literal))
