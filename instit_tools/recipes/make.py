"""Following a recipe: from a record and its pictures to samples and rejects.

Every line of text goes through the same gate: references in their published spelling, none that the record does not
know, all renumbered to the frames and instances that the sample shows. What does not pass is a reject; what is wrong
with the record itself is a fault, what the limits took away is not.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from instit_tools import samples
from instit_tools.recipes.exchanges import Exchange, Line, Unit, units
from instit_tools.recipes.limits import kept_instances, uniform
from instit_tools.recipes.load import Part, Recipe
from instit_tools.recipes.wording import PROMPTS, pick, preamble, rendered
from instit_tools.records import ImageRecord, VideoRecord, kind_of
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
from instit_tools.samples import Provenance, Reason, Reject, Sample, Turn

__all__ = ["Origin", "make", "record_key"]


class Origin(Struct, frozen=True, kw_only=True):
    """Where a record stands, how its samples are called, the seed of their wording, and what no text may hold."""

    file: str
    number: int
    key: str
    seed: int = 0
    reserved: tuple[str, ...] = ()


class _Subject(Struct, frozen=True, kw_only=True):
    """A record and what all of its samples share: *moments* and *known* exist, *instances* are kept."""

    record: VideoRecord | ImageRecord
    recipe: Recipe
    origin: Origin
    moments: frozenset[int]
    known: frozenset[int]
    instances: Mapping[int, int]


def record_key(kind: str, number: int | str) -> str:
    """Name a record in sample ids: digits padded, anything but letters, digits and ``_`` spelled as its code point."""
    if isinstance(number, int):
        return f"{kind}-{number:06d}"
    return f"{kind}-" + "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in number)


def make(
    record: VideoRecord | ImageRecord, frames: Sequence[samples.Frame], recipe: Recipe, origin: Origin
) -> Iterator[Sample | Reject]:
    """Yield the samples that *recipe* makes of *record*, and a reject for each text that is in none of them.

    *frames* are the pictures of the record by timestamp. Pure: the same arguments give the same samples.
    """
    drawn = not any(frame.path.split("/", 1)[0].endswith("_raw") for frame in frames)
    subject = _Subject(
        record=record,
        recipe=recipe,
        origin=origin,
        moments=frozenset(frame.timestamp for frame in frames),
        known=frozenset(kept_instances(record, None, drawn=drawn)),
        instances=kept_instances(record, recipe.max_instances, drawn=drawn),
    )
    for part in recipe.parts:
        for unit in units(record, frames, part, recipe):
            for piece in _cut(part, unit):
                yield from _sample(subject, part, piece)


def _cut(part: Part, unit: Unit) -> Iterator[Unit]:
    """Leave *unit* whole, or make each of its exchanges a unit of its own."""
    if not part.split:
        yield unit
        return
    for number, exchange in enumerate(unit.exchanges, 1):
        yield Unit(suffix=f"{unit.suffix}-{number:03d}", frames=unit.frames, exchanges=(exchange,))


def _sample(subject: _Subject, part: Part, unit: Unit) -> Iterator[Sample | Reject]:
    """Yield the rejects of *unit*, then its sample if any turn is left."""
    frames = uniform(unit.frames, subject.recipe.max_frames)
    whole = part.pictures != "pair" or len(frames) == len(unit.frames)  # half a pair shows no change
    gate = _Gate(subject, {frame.timestamp: place for place, frame in enumerate(frames, 1)} if whole else {})
    name = f"{subject.origin.key}-{part.name}{unit.suffix}"
    turns: list[Turn] = []
    for exchange in unit.exchanges:
        passed, rejects = gate.pass_all(exchange)
        yield from rejects
        if passed:
            asked = passed.pop(0) if exchange.ask else _prompt(subject, exchange, name, len(turns), len(frames))
            if subject.recipe.preamble and not turns:
                asked = f"{preamble(frames[0].path, len(frames))}\n{asked}"
            turns.append(Turn(asked, "\n".join(passed)))
    if turns:
        yield Sample(
            id=name,
            kind=kind_of(subject.record),
            frames=frames,
            turns=tuple(turns),
            instances=tuple(sorted(subject.instances.values())),
            provenance=_provenance(subject, part),
        )


def _prompt(subject: _Subject, exchange: Exchange, name: str, turn: int, frames: int) -> str:
    wordings = subject.recipe.prompts.get(exchange.kind) or PROMPTS[exchange.kind]
    values = {
        "ids": print_instances(subject.instances.get(number, number) for number in exchange.ids),
        "first": print_moment(1),
        "last": print_moment(frames),
        "count": str(frames),
    }
    return rendered(pick(wordings, subject.origin.seed, name, turn), values)


def _provenance(subject: _Subject, part: Part) -> Provenance:
    return Provenance(
        file=subject.origin.file,
        number=subject.origin.number,
        record=subject.record.id,
        recipe=subject.recipe.name,
        part=part.name,
    )


class _Gate(Struct, frozen=True):
    """What the lines of one sample are held against: the record, and the frames kept, by timestamp, if they suffice."""

    subject: _Subject
    moments: Mapping[int, int]
    printed: dict[str, str | None] = msgspec.field(default_factory=dict)

    def pass_all(self, exchange: Exchange) -> tuple[list[str], list[Reject]]:
        """Give the lines of *exchange* that pass and a reject for each other; a question passes with its answer."""
        lines = [line for line in (exchange.ask, *exchange.answer) if line and (line.text or line.fault)]
        if not any(line.text for line in lines):
            return [], []
        outcomes = [self._pass(line) for line in lines]
        rejects = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
        passed = [outcome for outcome in outcomes if isinstance(outcome, str)]
        if exchange.ask and rejects:
            whole = "\n".join(line.text for line in lines)
            return [], [msgspec.structs.replace(rejects[0], text=whole)]
        return passed, rejects

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
            found = moved(piece, timestamps=self.moments, instances=self.subject.instances)
            self.printed[piece.raw] = canonical(found) if found else None
        return self.printed[piece.raw]

    def _fault(self, text: str) -> str | None:
        moments, known = self.subject.moments, self.subject.known
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
