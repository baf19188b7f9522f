"""What a record says about some of its pictures: exchanges of a question and an answer, as written in the record.

Nothing is renumbered, checked or dropped here; each line of text knows the field that it came from.
"""

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from instit_tools import records, samples
from instit_tools.recipes.load import Part, Recipe, TurnKind
from instit_tools.records import ImageRecord, InstanceCaptions, VideoRecord, escaped, text_of
from instit_tools.references import Instances, ids_of_key, parse, print_instances

__all__ = ["Exchange", "Key", "Line", "Unit", "labelled", "named", "units"]


class Line(Struct, frozen=True, gc=False):
    """A text, the field that it stands in (a JSON pointer), and what is wrong with it before anybody reads it."""

    field: str
    text: str
    fault: str | None = None


class Exchange(Struct, frozen=True, gc=False):
    """One turn: the lines of the answer, before them the question if it *asks* one (else the recipe words it)."""

    kind: TurnKind
    lines: tuple[Line, ...]
    asks: bool = False
    ids: tuple[int, ...] = ()


class Unit(Struct, frozen=True, gc=False):
    """Some pictures and all that the record says about them in the turns of one part."""

    suffix: str
    frames: tuple[samples.Frame, ...]
    exchanges: tuple[Exchange, ...]


class _Shown(Struct, frozen=True, gc=False):
    """A frame of the record beside its picture, with the JSON pointer to it."""

    said: records.Frame
    field: str
    picture: samples.Frame


class Key(Struct, frozen=True):
    """The key of an instance caption: its ids, what goes before the caption, and its step of a JSON pointer."""

    ids: tuple[int, ...]
    label: str
    step: str


def units(record: VideoRecord | ImageRecord, frames: Sequence[samples.Frame], part: Part, recipe: Recipe) -> list[Unit]:
    """List what *part* makes of *record*: for each frame, each two frames, or all *frames* together."""
    if isinstance(record, ImageRecord):  # has no frames to compare and no questions
        return [_image(record, frames, part, recipe)] if part.pictures == "one" else []
    match part.pictures:
        case "one":
            return [_one(shown, place, part, recipe) for place, shown in enumerate(_shown(record, frames), 1)]
        case "pair":
            return list(_pairs(_shown(record, frames)))
        case "all":
            return [Unit("", tuple(frames), tuple(_whole(record, part)))]


def _shown(record: VideoRecord, frames: Sequence[samples.Frame]) -> list[_Shown]:
    """Put the frames of *record* in the order of their pictures, which is that of the timestamps."""
    ordered = sorted(enumerate(record.frames), key=lambda pair: pair[1].timestamp)
    return [
        _Shown(said, f"/frame_level_caption/{index}", picture)
        for (index, said), picture in zip(ordered, frames, strict=True)
    ]


def _image(record: ImageRecord, frames: Sequence[samples.Frame], part: Part, recipe: Recipe) -> Unit:
    scene = Line("/image_level_caption", text_of(record.caption))
    return Unit("", tuple(frames), _about_one(part, record.instances, "/instance_level_caption", scene, recipe))


def _one(shown: _Shown, position: int, part: Part, recipe: Recipe) -> Unit:
    said = shown.said
    scene = Line(f"{shown.field}/image_level", text_of(said.caption))
    exchanges = _about_one(part, said.instances, f"{shown.field}/instance_level", scene, recipe)
    return Unit(f"-{position:03d}", (shown.picture,), exchanges)


def _about_one(part: Part, captions: InstanceCaptions, field: str, scene: Line, recipe: Recipe) -> tuple[Exchange, ...]:
    exchanges: list[Exchange] = []
    for kind in part.turns:
        match kind:
            case "instances":
                exchanges.append(Exchange(kind, tuple([line for _, line in _captions(captions, field, recipe)])))
            case "instance":
                exchanges += [Exchange(kind, (line,), ids=ids) for ids, line in _captions(captions, field, recipe)]
            case _:
                exchanges.append(Exchange(kind, (scene,)))
    return tuple(exchanges)


def _pairs(shown: Sequence[_Shown]) -> Iterator[Unit]:
    for first in shown[:1]:
        line = _change(first, "the first frame has no frame before it to change from")
        if line.text:
            yield Unit("-001", (first.picture,), (Exchange("change", (line,)),))
    for position, (before, after) in enumerate(itertools.pairwise(shown), 2):
        yield Unit(f"-{position:03d}", (before.picture, after.picture), (Exchange("change", (_change(after),)),))


def _change(shown: _Shown, fault: str | None = None) -> Line:
    return Line(f"{shown.field}/temporal_change", text_of(shown.said.change), fault)


def _whole(record: VideoRecord, part: Part) -> Iterator[Exchange]:
    for kind in part.turns:
        if kind == "summary":
            yield Exchange(kind, (Line("/video_level_caption", text_of(record.caption)),))
        elif kind == "questions":
            yield from [_question(index, pair) for index, pair in enumerate(record.questions or ())]


def _question(index: int, pair: records.QuestionAnswer) -> Exchange:
    question, answer = text_of(pair.question), text_of(pair.answer)
    fault = None if question and answer else _half(question, answer)
    asked, answered = _fields(index)
    return Exchange("questions", (Line(asked, question, fault), Line(answered, answer)), asks=True)


@lru_cache(maxsize=1024)
def _fields(index: int) -> tuple[str, str]:
    return f"/question_answer_pairs/{index}/question", f"/question_answer_pairs/{index}/answer"


def _half(question: str, answer: str) -> str:
    if question:
        return f"a question without an answer: {question!r}"
    return "an answer without a question" if answer else "neither question nor answer"


def _captions(captions: InstanceCaptions, field: str, recipe: Recipe) -> list[tuple[tuple[int, ...], Line]]:
    if not isinstance(captions, dict):
        return []
    lines = []
    for key, caption in captions.items():
        if text := text_of(caption, prefer=recipe.caption):
            whose = named(key)
            place = field + whose.step
            lines.append(
                (whose.ids, Line(place, labelled(whose, text)) if whose.ids else Line(place, text, whose.label))
            )
    return lines


def labelled(key: Key, text: str) -> str:
    """Put the id before a caption, unless the caption opens with it anyway."""
    return text if text[0] == "[" and _opens_with(text, key.ids[0]) else key.label + text


def _opens_with(text: str, number: int) -> bool:
    first = next(parse(text), None)
    return isinstance(first, Instances) and first.ids[0] == number


@lru_cache(maxsize=4096)
def named(key: str) -> Key:
    """Read a key; what is no instance id has the fault in place of the label."""
    ids = ids_of_key(key)
    return Key(ids, f"{print_instances(ids)}: " if ids else f"the key {key!r} is no instance id", f"/{escaped(key)}")
