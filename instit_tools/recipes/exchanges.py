"""What a record says about some of its pictures: exchanges of a question and an answer, as written in the record.

Nothing is renumbered, checked or dropped here; each line of text knows the field that it came from.
"""

import itertools
from collections.abc import Iterator, Sequence

from msgspec import Struct

from instit_tools import records, samples
from instit_tools.recipes.load import Part, Recipe, TurnKind
from instit_tools.records import ImageRecord, InstanceCaptions, VideoRecord, escaped, text_of
from instit_tools.references import Instances, ids_of_key, parse, print_instances

__all__ = ["Exchange", "Line", "Unit", "units"]


class Line(Struct, frozen=True):
    """A text, the field that it stands in (a JSON pointer), and what is wrong with it before anybody reads it."""

    field: str
    text: str
    fault: str | None = None


class Exchange(Struct, frozen=True, kw_only=True):
    """One turn: what is asked (``None`` for the recipe's own wording) and the lines of the answer."""

    kind: TurnKind
    ask: Line | None = None
    answer: tuple[Line, ...]
    ids: tuple[int, ...] = ()


class Unit(Struct, frozen=True, kw_only=True):
    """Some pictures and all that the record says about them in the turns of one part."""

    suffix: str
    frames: tuple[samples.Frame, ...]
    exchanges: tuple[Exchange, ...]


class _Shown(Struct, frozen=True):
    """A frame of the record beside its picture, with the JSON pointer to it."""

    said: records.Frame
    field: str
    picture: samples.Frame


def units(
    record: VideoRecord | ImageRecord, frames: Sequence[samples.Frame], part: Part, recipe: Recipe
) -> Iterator[Unit]:
    """Yield what *part* makes of *record*: for each frame, each two frames, or all *frames* together."""
    match record, part.pictures:
        case ImageRecord(), "one":
            yield _image(record, frames, part, recipe)
        case VideoRecord(), "one":
            for position, shown in enumerate(_shown(record, frames), 1):
                yield _one(shown, position, part, recipe)
        case VideoRecord(), "pair":
            yield from _pairs(_shown(record, frames))
        case VideoRecord(), "all":
            yield Unit(suffix="", frames=tuple(frames), exchanges=tuple(_whole(record, part)))
        case _:  # an image has no frames to compare and no questions
            return


def _shown(record: VideoRecord, frames: Sequence[samples.Frame]) -> list[_Shown]:
    """Put the frames of *record* in the order of their pictures, which is that of the timestamps."""
    ordered = sorted(enumerate(record.frames), key=lambda pair: pair[1].timestamp)
    return [
        _Shown(said, f"/frame_level_caption/{index}", picture)
        for (index, said), picture in zip(ordered, frames, strict=True)
    ]


def _image(record: ImageRecord, frames: Sequence[samples.Frame], part: Part, recipe: Recipe) -> Unit:
    captions = _instance_lines(record.instances, "/instance_level_caption", recipe)
    scene = Line("/image_level_caption", text_of(record.caption))
    return Unit(suffix="", frames=tuple(frames), exchanges=tuple(_about_one(part, captions, scene)))


def _one(shown: _Shown, position: int, part: Part, recipe: Recipe) -> Unit:
    captions = _instance_lines(shown.said.instances, f"{shown.field}/instance_level", recipe)
    scene = Line(f"{shown.field}/image_level", text_of(shown.said.caption))
    exchanges = tuple(_about_one(part, captions, scene))
    return Unit(suffix=f"-{position:03d}", frames=(shown.picture,), exchanges=exchanges)


def _about_one(part: Part, captions: Sequence[tuple[tuple[int, ...], Line]], scene: Line) -> Iterator[Exchange]:
    for kind in part.turns:
        match kind:
            case "instances":
                yield Exchange(kind=kind, answer=tuple(line for _, line in captions))
            case "instance":
                for ids, line in captions:
                    yield Exchange(kind=kind, answer=(line,), ids=ids)
            case _:
                yield Exchange(kind=kind, answer=(scene,))


def _pairs(shown: Sequence[_Shown]) -> Iterator[Unit]:
    for first in shown[:1]:
        lines = (_change(first, fault="the first frame has no frame before it to change from"),)
        yield Unit(suffix="-001", frames=(first.picture,), exchanges=(Exchange(kind="change", answer=lines),))
    for position, (before, after) in enumerate(itertools.pairwise(shown), 2):
        exchange = Exchange(kind="change", answer=(_change(after),))
        yield Unit(suffix=f"-{position:03d}", frames=(before.picture, after.picture), exchanges=(exchange,))


def _change(shown: _Shown, fault: str | None = None) -> Line:
    return Line(f"{shown.field}/temporal_change", text_of(shown.said.change), fault)


def _whole(record: VideoRecord, part: Part) -> Iterator[Exchange]:
    for kind in part.turns:
        if kind == "summary":
            yield Exchange(kind=kind, answer=(Line("/video_level_caption", text_of(record.caption)),))
        elif kind == "questions":
            yield from _questions(record)


def _questions(record: VideoRecord) -> Iterator[Exchange]:
    for index, pair in enumerate(record.questions or ()):
        field = f"/question_answer_pairs/{index}"
        question, answer = text_of(pair.question), text_of(pair.answer)
        fault = None if question and answer else f"a question without an answer: {question!r}"
        if not question:
            fault = "an answer without a question" if answer else "neither question nor answer"
        ask = Line(f"{field}/question", question, fault)
        yield Exchange(kind="questions", ask=ask, answer=(Line(f"{field}/answer", answer),))


def _instance_lines(captions: InstanceCaptions, field: str, recipe: Recipe) -> list[tuple[tuple[int, ...], Line]]:
    if not isinstance(captions, dict):
        return []
    return [
        (ids_of_key(key), _instance_line(key, text, f"{field}/{escaped(key)}"))
        for key, caption in captions.items()
        if (text := text_of(caption, prefer=recipe.caption))
    ]


def _instance_line(key: str, text: str, field: str) -> Line:
    """Put the id before a caption, unless the caption opens with it anyway."""
    ids = ids_of_key(key)
    if not ids:
        return Line(field, text, f"the key {key!r} is no instance id")
    first = next(parse(text), None)
    named = isinstance(first, Instances) and first.ids[0] == ids[0]
    return Line(field, text if named else f"{print_instances(ids)}: {text}")
