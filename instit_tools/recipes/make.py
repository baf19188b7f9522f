"""Following a recipe: from a record and its pictures to samples and rejects.

Every line of text goes through the same gate, or is known to pass it because the whole record is clear.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from instit_tools import samples
from instit_tools.recipes.clear import Clear, is_clear
from instit_tools.recipes.exchanges import Exchange, Unit, units
from instit_tools.recipes.gate import Gate, Origin, Subject
from instit_tools.recipes.limits import kept_instances, uniform
from instit_tools.recipes.load import Part, Recipe
from instit_tools.recipes.wording import PROMPTS, pick, preamble, rendered
from instit_tools.records import ImageRecord, VideoRecord, kind_of
from instit_tools.references import print_instances, print_moment
from instit_tools.samples import Provenance, Reject, Sample, Turn

__all__ = ["Origin", "make", "record_key"]

_Gates = Callable[[Subject, tuple[samples.Frame, ...]], Gate | Clear]


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
    subject = _subject(record, frames, recipe, origin)
    said = [(part, units(record, frames, part, recipe)) for part in recipe.parts]
    gates = Clear if is_clear(subject, [unit for _, whole in said for unit in whole]) else Gate.showing
    for part, whole in ((part, whole) for part, whole in said if whole):
        about = Provenance(file=origin.file, number=origin.number, record=record.id, recipe=recipe.name, part=part.name)
        for unit in _cut(part, whole):
            yield from _sample(subject, part, unit, about, gates)


def _subject(
    record: VideoRecord | ImageRecord, frames: Sequence[samples.Frame], recipe: Recipe, origin: Origin
) -> Subject:
    drawn = not any(frame.path.split("/", 1)[0].endswith("_raw") for frame in frames)
    moments = [frame.timestamp for frame in frames]
    known = kept_instances(record, None, drawn=drawn)
    limit = recipe.max_instances
    instances = known if limit is None else kept_instances(record, limit, drawn=drawn)
    return Subject(
        record=record,
        kind=kind_of(record),
        recipe=recipe,
        origin=origin,
        moments=frozenset(moments),
        counted=moments == list(range(1, len(moments) + 1)),
        known=frozenset(known),
        instances=instances,
        numbers=tuple(sorted(instances.values())),
    )


def _cut(part: Part, whole: Sequence[Unit]) -> Iterable[Unit]:
    """Leave the units of *part* whole, or make each of their exchanges a unit of its own."""
    if not part.split:
        return whole
    return [
        Unit(f"{unit.suffix}-{number:03d}", unit.frames, (exchange,))
        for unit in whole
        for number, exchange in enumerate(unit.exchanges, 1)
    ]


def _sample(subject: Subject, part: Part, unit: Unit, about: Provenance, gates: _Gates) -> Iterator[Sample | Reject]:
    """Yield the rejects of *unit*, then its sample if any turn is left."""
    frames = uniform(unit.frames, subject.recipe.max_frames)
    whole = part.pictures != "pair" or len(frames) == len(unit.frames)  # half a pair shows no change
    gate = gates(subject, frames) if whole else Gate.showing(subject, ())
    name = f"{subject.origin.key}-{part.name}{unit.suffix}"
    turns: list[Turn] = []
    for exchange in unit.exchanges:
        asked, answer, rejects = gate.pass_all(exchange)
        yield from rejects
        if answer:
            asked = asked or _prompt(subject, exchange, name, len(turns), len(frames))
            if subject.recipe.preamble and not turns:
                asked = f"{preamble(frames[0].path, len(frames))}\n{asked}"
            turns.append(Turn(asked, answer))
    if turns:
        yield Sample(
            id=name,
            kind=subject.kind,
            frames=frames,
            turns=tuple(turns),
            instances=subject.numbers,
            provenance=about,
        )


def _prompt(subject: Subject, exchange: Exchange, name: str, turn: int, frames: int) -> str:
    wordings = subject.recipe.prompts.get(exchange.kind) or PROMPTS[exchange.kind]
    wording = pick(wordings, f"{subject.origin.seed}\0{name}\0{turn}")
    if "{" not in wording:
        return wording
    return _filled(wording, tuple([subject.instances.get(number, number) for number in exchange.ids]), frames)


@lru_cache(maxsize=4096)
def _filled(wording: str, ids: tuple[int, ...], frames: int) -> str:
    values = {
        "ids": print_instances(ids),
        "first": print_moment(1),
        "last": print_moment(frames),
        "count": str(frames),
    }
    return rendered(wording, values)
