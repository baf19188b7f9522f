"""Following a recipe: from a record and its pictures to samples and rejects.

Every text goes through the same gate, line by line, or is known to pass it because the whole record is clear: then its
samples are made of the bare texts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from instit_tools import samples
from instit_tools.recipes.clear import is_clear, keeps_its_frames
from instit_tools.recipes.exchanges import Unit, units
from instit_tools.recipes.gate import Gate, Origin, Subject
from instit_tools.recipes.limits import kept_instances, uniform
from instit_tools.recipes.load import Part, Recipe
from instit_tools.recipes.said import Draft, Said, drafts, texts_of
from instit_tools.recipes.wording import PROMPTS, is_raw, pick, preamble, rendered
from instit_tools.records import ImageRecord, VideoRecord, kind_of
from instit_tools.references import print_instances, print_moment
from instit_tools.samples import Provenance, Reject, Sample, Turn

__all__ = ["Origin", "make", "numbers_of", "record_key", "subject_of"]


def record_key(kind: str, number: int | str) -> str:
    """Name a record in sample ids: digits padded, anything but letters, digits and ``_`` spelled as its code point."""
    if isinstance(number, int):
        return f"{kind}-{number:06d}"
    return f"{kind}-" + "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in number)


def numbers_of(
    record: VideoRecord | ImageRecord, frames: Sequence[samples.Frame], recipe: Recipe
) -> Mapping[int, int] | None:
    """Say how the samples that `make` makes call the ids of *record*; ``None`` where nothing limits them."""
    if recipe.max_instances is None:
        return None
    return kept_instances(record, recipe.max_instances, drawn=not _is_raw(frames)).numbers


def make(
    record: VideoRecord | ImageRecord, frames: Sequence[samples.Frame], recipe: Recipe, origin: Origin
) -> list[Sample | Reject]:
    """List the samples that *recipe* makes of *record*, and a reject for each text that is in none of them.

    *frames* are the pictures of the record by timestamp. Pure: the same arguments give the same samples.
    """
    frames = tuple(frames)
    subject = subject_of(record, frames, recipe, origin)
    said = drafts(record, frames, recipe)
    texts = [texts_of(whole, part) for part, whole in said]
    clear = is_clear(subject, chain.from_iterable(texts))
    outcomes: list[Sample | Reject] = []
    for (part, whole), spoken in zip(said, texts, strict=True):
        about = Provenance(file=origin.file, number=origin.number, record=record.id, recipe=recipe.name, part=part.name)
        if not clear:
            outcomes += _gated(subject, part, _units(subject, part), about)
        elif recipe.max_frames is not None or "<" in "".join(spoken):
            outcomes += _renumbered(subject, part, whole, about)
        else:
            outcomes += _samples(subject, part, whole, about)
    return outcomes


def subject_of(
    record: VideoRecord | ImageRecord, frames: tuple[samples.Frame, ...], recipe: Recipe, origin: Origin
) -> Subject:
    """Say what all samples of *record* share, whose pictures by timestamp are *frames*."""
    raw = _is_raw(frames)
    moments = tuple([frame.timestamp for frame in frames])
    return Subject(
        record=record,
        frames=frames,
        kind=kind_of(record),
        recipe=recipe,
        origin=origin,
        raw=raw,
        moments=frozenset(moments),
        counted=moments == _counting(len(moments)),
        kept=kept_instances(record, recipe.max_instances, drawn=not raw),
    )


def _is_raw(frames: Sequence[samples.Frame]) -> bool:
    return bool(frames) and is_raw(frames[0].path)


@lru_cache(maxsize=1024)
def _counting(count: int) -> tuple[int, ...]:
    return tuple(range(1, count + 1))


def _renumbered(subject: Subject, part: Part, whole: Iterable[Draft], about: Provenance) -> Iterator[Sample | Reject]:
    """Yield the samples of *whole*; those that speak of a frame by a number it has no more go through the gate."""
    gated: Sequence[Unit] = ()
    for place, draft in enumerate(whole):
        if keeps_its_frames(subject, part, draft):
            yield from _samples(subject, part, (draft,), about)
        else:
            gated = gated or _units(subject, part)
            yield from _gated(subject, part, (gated[place],), about)


def _units(subject: Subject, part: Part) -> Sequence[Unit]:
    """List the units of *part*, whole, or each of their exchanges as a unit of its own."""
    whole = units(subject.record, subject.frames, part, subject.recipe)
    if not part.split:
        return whole
    return [
        Unit(f"{unit.suffix}-{number:03d}", unit.frames, (exchange,))
        for unit in whole
        for number, exchange in enumerate(unit.exchanges, 1)
    ]


def _gated(subject: Subject, part: Part, whole: Iterable[Unit], about: Provenance) -> Iterator[Sample | Reject]:
    """Yield of each unit the rejects, then its sample if any turn is left."""
    for unit in whole:
        frames = uniform(unit.frames, subject.recipe.max_frames)
        complete = part.pictures != "pair" or len(frames) == len(unit.frames)  # half a pair shows no change
        gate = Gate.showing(subject, frames if complete else ())
        passed: list[Said] = []
        for exchange in unit.exchanges:
            asked, answer, rejects = gate.pass_all(exchange)
            yield from rejects
            passed.append((exchange.kind, asked, answer, exchange.ids))
        yield from _samples(subject, part, ((unit.suffix, frames, passed),), about)


def _samples(subject: Subject, part: Part, whole: Iterable[Draft], about: Provenance) -> list[Sample]:
    """List the samples of *whole*, whose texts are right as they are, but for those that have no turn.

    Nearly every sample is made here and nowhere else, so what a turn needs is in the loop and not in functions.
    """
    recipe, limit = subject.recipe, subject.recipe.max_frames
    key, seed, kind_of_sample, instances = subject.origin.key, subject.origin.seed, subject.kind, subject.kept.ordered
    start = f"{key}-{part.name}"
    found: list[Sample] = []
    for suffix, shown, said in whole:
        name = start + suffix
        frames = shown if limit is None else uniform(shown, limit)
        before = preamble(len(frames), raw=subject.raw) if recipe.preamble else ""
        turns: list[Turn] = []
        for kind, question, answer, ids in said:
            if answer:
                asked = question
                if not asked:
                    wordings = recipe.prompts.get(kind) or PROMPTS[kind]
                    asked = pick(wordings, f"{seed}\0{name}\0{len(turns)}")
                    if "{" in asked:
                        asked = _filled(asked, _numbers(subject, ids), len(frames))
                turns.append(Turn(before + asked, answer))
                before = ""
        if turns:
            found.append(
                Sample(
                    id=name,
                    kind=kind_of_sample,
                    frames=frames,
                    turns=tuple(turns),
                    instances=instances,
                    provenance=about,
                )
            )
    return found


def _numbers(subject: Subject, ids: Iterable[int]) -> tuple[int, ...]:
    return tuple([subject.kept.numbers.get(number, number) for number in ids])


@lru_cache(maxsize=4096)
def _filled(wording: str, ids: tuple[int, ...], frames: int) -> str:
    values = {
        "ids": print_instances(ids),
        "first": print_moment(1),
        "last": print_moment(frames),
        "count": str(frames),
    }
    return rendered(wording, values)
