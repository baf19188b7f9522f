"""The gate that every line of text goes through, whoever wrote it.

References leave it in their published spelling, none of them to what the record does not know, all renumbered to the
frames and instances that the sample shows. What does not pass is a reject; what is wrong with the record itself is a
fault, what the limits took away is not.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import msgspec
from msgspec import Struct

from instit_tools.recipes.exchanges import Exchange, Line
from instit_tools.recipes.limits import Kept
from instit_tools.recipes.load import Recipe
from instit_tools.records import ImageRecord, VideoRecord
from instit_tools.references import (
    Reference,
    canonical,
    moved,
    print_instances,
    print_moment,
    renumber,
    replaced,
    unknown,
)
from instit_tools.samples import Frame, Reason, Reject

__all__ = ["Gate", "Origin", "Passed", "Subject"]


Passed = tuple[str, str, Sequence[Reject]]
"""The question, where the record asks one; the lines of the answer; what did not pass."""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a record stands, how its samples are called, the seed of their wording, and what no text may hold."""

    file: str
    number: int
    key: str
    seed: int = 0
    reserved: tuple[str, ...] = ()


class Subject(Struct, frozen=True, kw_only=True):
    """A record and what all of its samples share; *raw* where no ids are drawn on its pictures.

    *moments* exist, and are *counted* from 1; *kept* are the instances that samples speak of.
    """

    record: VideoRecord | ImageRecord
    frames: Sequence[Frame]
    kind: str
    recipe: Recipe
    origin: Origin
    raw: bool
    moments: frozenset[int]
    counted: bool
    kept: Kept


class Gate(Struct, frozen=True):
    """What the lines of one sample are held against: the record, and the frames kept, by timestamp, if they suffice."""

    subject: Subject
    moments: Mapping[int, int]
    printed: dict[str, str | None] = msgspec.field(default_factory=dict)

    @classmethod
    def showing(cls, subject: Subject, frames: Sequence[Frame]) -> Self:
        """Make the gate of the sample that shows *frames*; none of them, where they do not suffice."""
        return cls(subject, {frame.timestamp: place for place, frame in enumerate(frames, 1)})

    def pass_all(self, exchange: Exchange) -> Passed:
        """Let through what passes of *exchange*, with a reject for each other line; a question needs its answer."""
        lines = [line for line in exchange.lines if line.text or line.fault]
        if not any(line.text for line in lines):
            return "", "", ()
        outcomes = [self._pass(line) for line in lines]
        rejects = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
        passed = [outcome for outcome in outcomes if isinstance(outcome, str)]
        if not exchange.asks:
            return "", "\n".join(passed), rejects
        if rejects:
            whole = "\n".join(line.text for line in lines)
            return "", "", [msgspec.structs.replace(rejects[0], text=whole)]
        return passed[0], "\n".join(passed[1:]), ()

    def _pass(self, line: Line) -> str | Reject:
        if fault := line.fault or self._fault(line.text):
            return self._reject(line, "text", fault)
        if found := next((literal for literal in self.subject.origin.reserved if literal in line.text), None):
            return self._reject(line, "reserved", f"it holds {found!r}, which the trainer takes for its own")
        text = replaced(line.text, self._printed) if self.moments else None
        if text is not None:
            return text
        if not self.moments or renumber(line.text, timestamps=self.moments) is None:
            return self._reject(line, "dropped-frame", "it speaks of a frame that the sample does not show")
        return self._reject(line, "dropped-instance", "it speaks of an instance that --max-instances leaves out")

    def _printed(self, piece: Reference) -> str | None:
        if piece.raw not in self.printed:
            found = moved(piece, timestamps=self.moments, instances=self.subject.kept.numbers)
            self.printed[piece.raw] = canonical(found) if found else None
        return self.printed[piece.raw]

    def _fault(self, text: str) -> str | None:
        moments, known = self.subject.moments, self.subject.kept.known
        if not moments:
            return "the record has no frames"
        if not unknown(text, frame=moments.__contains__, instance=known.__contains__):
            return None
        if lost := unknown(text, frame=moments.__contains__):
            return f"it speaks of {', '.join(lost)}, but the frames are {_listed(moments)}"
        lost = unknown(text, instance=known.__contains__)
        return f"it speaks of {', '.join(lost)}, but the instances are {print_instances(sorted(known)) or 'none'}"

    def _reject(self, line: Line, reason: Reason, message: str) -> Reject:
        return Reject(
            file=self.subject.origin.file,
            number=self.subject.origin.number,
            record=self.subject.record.id,
            field=line.field,
            reason=reason,
            message=message,
            text=line.text,
        )


def _listed(moments: frozenset[int]) -> str:
    ordered = sorted(moments)
    if ordered and ordered[-1] - ordered[0] + 1 == len(ordered):
        return print_moment(ordered[0]) if len(ordered) == 1 else f"{print_moment(ordered[0])} to <{ordered[-1]}>"
    return " ".join(map(print_moment, ordered)) or "none"
