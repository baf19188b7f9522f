"""Captions and masks as questions of where and what: samples whose texts hold places for boxes and names.

A box is that of an instance's mask, in pixels; who has a caption and no mask is in no sample. A picture makes two
samples, for "where" and "what" about the same instances in one conversation would answer each other; a video makes one
more, of where each instance is in which frame. Captions stand in places too: a row without any would have an empty list
of names, whose type nobody could tell. Every caption goes through the gate that all texts go through.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from instit_tools import regions
from instit_tools.instances import Bare, Drawn, told
from instit_tools.masks import boxes
from instit_tools.recipes.exchanges import Exchange, Line, named
from instit_tools.recipes.gate import Gate, Origin, Subject
from instit_tools.recipes.limits import uniform
from instit_tools.recipes.load import Recipe
from instit_tools.recipes.make import subject_of
from instit_tools.recipes.wording import pick, preamble
from instit_tools.records import FRAMES, ImageRecord, InstanceCaptions, VideoRecord, escaped
from instit_tools.references import print_moment
from instit_tools.samples import Frame, Provenance, Reason, Reject, Sample, Turn

__all__ = ["BOX", "GROUNDING", "OBJECT", "Grounded", "ground"]

GROUNDING = "grounding"
BOX, OBJECT = "<bbox>", "<ref-object>"

_WHERE = (
    f"Where is it in the picture? {OBJECT}",
    f"Give the box around what is described here: {OBJECT}",
    f"Find this object and say where it is: {OBJECT}",
    f"Which part of the picture does this describe? {OBJECT}",
)
_WHAT = (
    f"What is in {BOX}?",
    f"Describe the object in {BOX}.",
    f"What can be seen inside {BOX}?",
    f"Say what {BOX} encloses, and what it is doing.",
)
_TRACK = (
    f"In which frames can it be seen, and where? {OBJECT}",
    f"Follow this object through the video and give its box in each frame: {OBJECT}",
    f"Where is it, frame by frame? {OBJECT}",
    f"Give the box in every frame that shows what is described here: {OBJECT}",
)
_Corners = tuple[int, int, int, int]
_Ids = tuple[int, ...]


class Grounded(Struct, frozen=True, kw_only=True):
    """A sample with places in its texts: what goes into them, in order.

    *corners* are x and y of the upper left and the lower right corner in pixels, each in the picture of the sample that
    *pictures* says, counted from 0.
    """

    sample: Sample
    names: tuple[str, ...]
    corners: tuple[_Corners, ...]
    pictures: tuple[int, ...]


class _Turn(Struct, frozen=True):
    """A question in one of several *wordings*, its answer, and what goes into the places of both, in order."""

    wordings: Sequence[str]
    answer: str
    names: tuple[str, ...]
    boxes: tuple[tuple[int, _Corners], ...]


class _Shown(Struct, frozen=True):
    """One picture: its boxes by ids, and the captions with a box, as written, with the JSON pointer to each."""

    frame: Frame
    boxes: Mapping[_Ids, _Corners]
    captions: Mapping[_Ids, Line]


def ground(
    record: VideoRecord | ImageRecord, frames: Sequence[Frame], recipe: Recipe, origin: Origin
) -> Iterator[Grounded | Reject]:
    """Yield the samples of *record*, and a reject for each caption that is in none because of its text or its mask.

    Raises `RecordError` where it says nothing of masks, and `MaskError` for one that is damaged or does not fit its
    picture.
    """
    regions.refuse_without_masks(record, "whose boxes are asked for")
    subject = subject_of(record, tuple(frames), recipe, origin)
    every: list[_Shown] = []
    for place, (frame, (field, captions), drawn) in enumerate(
        zip(frames, _captions(record), regions.groups(record, frames), strict=True), 1
    ):
        found = told(captions, drawn)
        yield from (_without_box(subject, field, each) for each in found.bare if each.captions)
        every.append(_shown(frame, field, found.drawn))
        suffix = f"-{place:03d}" if isinstance(record, VideoRecord) else ""
        yield from _of_picture(subject, every[-1], suffix)
    if isinstance(record, VideoRecord) and len(every) > 1:
        yield from _of_video(subject, uniform(every, recipe.max_frames))


def _captions(record: VideoRecord | ImageRecord) -> list[tuple[str, InstanceCaptions]]:
    if isinstance(record, ImageRecord):
        return [("/instance_level_caption", record.instances)]
    ordered = sorted(enumerate(record.frames), key=lambda pair: pair[1].timestamp)
    return [(f"/{FRAMES}/{index}/instance_level", frame.instances) for index, frame in ordered]


def _shown(frame: Frame, field: str, drawn: Sequence[Drawn]) -> _Shown:
    around = boxes([each.mask for each in drawn])
    corners = {
        each.ids: (left, top, left + width, top + height)
        for each, (left, top, width, height) in zip(drawn, around, strict=True)
    }
    lines = {
        each.ids: Line(f"{field}/{escaped(each.key)}", each.captions["caption"]) for each in drawn if each.captions
    }
    return _Shown(frame, corners, lines)


def _of_picture(subject: Subject, shown: _Shown, suffix: str) -> Iterator[Grounded | Reject]:
    texts: dict[_Ids, str] = {}
    for ids, outcome in _passed(subject, (shown.frame,), shown):
        if isinstance(outcome, Reject):
            yield outcome
        else:
            texts[ids] = outcome
    boxes = {ids: ((0, shown.boxes[ids]),) for ids in texts}
    where = [_Turn(_WHERE, BOX, (text,), boxes[ids]) for ids, text in texts.items()]
    what = [_Turn(_WHAT, OBJECT, (text,), boxes[ids]) for ids, text in texts.items()]
    if texts:
        yield _grounded(subject, f"where{suffix}", (shown.frame,), where)
        yield _grounded(subject, f"what{suffix}", (shown.frame,), what)


def _of_video(subject: Subject, every: Sequence[_Shown]) -> Iterator[Grounded]:
    """Ask for each instance by the first of its captions that has a place in the sample."""
    frames = tuple(each.frame for each in every)
    texts: dict[_Ids, str] = {}
    for shown in every:
        passed = {ids: text for ids, text in _passed(subject, frames, shown) if isinstance(text, str)}
        texts = passed | texts  # what was rejected was said of the picture
    turns = []
    for ids, text in sorted(texts.items()):
        places = [(place, shown.boxes[ids]) for place, shown in enumerate(every) if ids in shown.boxes]
        answer = "\n".join(f"{print_moment(place + 1)}: {BOX}" for place, _ in places)
        turns.append(_Turn(_TRACK, answer, (text,), tuple(places)))
    if turns:
        yield _grounded(subject, "track", frames, turns)


def _passed(subject: Subject, frames: tuple[Frame, ...], shown: _Shown) -> Iterator[tuple[_Ids, str | Reject]]:
    """Let the captions of *shown* through the gate of a sample that shows *frames*."""
    gate = Gate.showing(subject, frames)
    for ids, line in shown.captions.items():
        if not subject.kept.numbers.keys() >= set(ids):
            yield ids, _reject(subject, line, "it is of an instance that --max-instances leaves out")
            continue
        _, text, rejects = gate.pass_all(Exchange("instance", (line,)))
        yield from ((ids, reject) for reject in rejects)
        if text:
            yield ids, text


def _grounded(subject: Subject, part: str, frames: tuple[Frame, ...], turns: Sequence[_Turn]) -> Grounded:
    origin, name = subject.origin, f"{subject.origin.key}-{part}"
    before = preamble(len(frames), raw=subject.raw)
    asked = [
        Turn(before * (place == 0) + pick(each.wordings, f"{origin.seed}\0{name}\0{place}"), each.answer)
        for place, each in enumerate(turns)
    ]
    about = Provenance(
        file=origin.file, number=origin.number, record=subject.record.id, recipe=GROUNDING, part=part.partition("-")[0]
    )
    return Grounded(
        sample=Sample(
            id=name,
            kind=subject.kind,
            frames=frames,
            turns=tuple(asked),
            instances=subject.kept.ordered,
            provenance=about,
        ),
        names=tuple(text for each in turns for text in each.names),
        corners=tuple(corners for each in turns for _, corners in each.boxes),
        pictures=tuple(picture for each in turns for picture, _ in each.boxes),
    )


def _without_box(subject: Subject, field: str, bare: Bare) -> Reject:
    ids = named(bare.key)
    line = Line(f"{field}/{escaped(bare.key)}", bare.captions["caption"])
    if not ids.ids:
        return _reject(subject, line, ids.label, "text")
    return _reject(subject, line, "it is of an instance without a mask, and so without a box")


def _reject(subject: Subject, line: Line, message: str, reason: Reason = "dropped-instance") -> Reject:
    return Reject(
        file=subject.origin.file,
        number=subject.origin.number,
        record=subject.record.id,
        field=line.field,
        reason=reason,
        message=message,
        text=line.text,
    )
