"""Samples as region models read them: objects are masks in the pictures, and texts speak of ``<region>`` and no ids.

The conventions are the authors' (DAMO-NLP-SG/VideoRefer, demo/app.py): where several objects are spoken of, a line
before the question says which region each is, ``There is 2 objects in the video: <object0><region>, ...``, and texts
name ``<object0>`` from there on; the only object of a sample that is named once is ``<region>`` in the question itself.

Objects are in the order of their ids. They are those of the questions; where an answer brings in another, they are all
that can be seen, for else the regions that are given would tell the answer. An all-zero mask is none: these loaders
take it for the whole picture. Ids that share their masks, as those of a group do, are one object.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct

from instit_tools.conversations import CHAT_TOKENS, SHAREGPT, laid_out
from instit_tools.errors import DroppedError, RecordError, SampleError
from instit_tools.masks import Mask
from instit_tools.recipes.wording import preamble
from instit_tools.records import ImageRecord, VideoRecord
from instit_tools.references import Instances, Reference, instance_ids, print_instances, replaced, timestamps
from instit_tools.regions import has_masks, regions
from instit_tools.samples import Frame, Sample, Turn

__all__ = [
    "REGION",
    "REGION_TOKENS",
    "Masks",
    "Object",
    "Referred",
    "check_one_size",
    "leaks",
    "masks_of",
    "messages",
    "referred",
    "tokens_of",
]

REGION = "<region>"
REGION_TOKENS = (*CHAT_TOKENS, REGION, "<object")
"""What these trainers take for their own."""

_LABEL = re.compile(r"(?:\[[0-9]+\] ?)+: ")
_AGAIN = re.compile(r"(<object[0-9]+>)(?: \1)+")
_ONLY = "<object0>"
_MESSAGE, _TOKENS_REGION = 16, 12  # what a template puts around a message; at most ten features and two brackets
_LEFT_OUT = "--on-error reject leaves such samples out"


class Object(Struct, frozen=True, gc=False):
    """An object of a sample: its ids, and its masks by place of the frame in the sample, from 0; none is empty."""

    ids: tuple[int, ...]
    masks: Mapping[int, Mask]


class Referred(Struct, frozen=True, gc=False):
    """A sample whose *turns* name objects; *introduced* is the line before the first question, ``""`` for none.

    *dated* says that a text speaks of a frame.
    """

    objects: tuple[Object, ...]
    turns: tuple[Turn, ...]
    introduced: str
    dated: bool


class Masks(Struct, frozen=True):
    """The masks of a record that have pixels, by timestamp and the id that samples use; and ids of no others."""

    shown: Mapping[int, Mapping[int, Mask]]
    masked: frozenset[int]
    empty: frozenset[int]


def leaks(marks: str) -> list[str]:
    """Warn of pictures with drawn ids, which tell what the mask should."""
    if marks == "raw":
        return []
    return [
        f"--marks {marks} trains on pictures that may have ids drawn on them, which name the objects before any mask"
        " does; --marks raw (the default here) takes those without"
    ]


def masks_of(
    record: VideoRecord | ImageRecord, frames: Sequence[Frame], numbers: Mapping[int, int] | None = None
) -> Masks:
    """Read the masks of *record*; *numbers* says how samples call its ids, ``None`` that they call them the same.

    Raises `RecordError` where it has none, and `MaskError` for one that is damaged or not of its picture's size.
    """
    if not has_masks(record):
        message = "the record holds no masks, and region models are trained on them"
        raise RecordError(message, hint="give the file whose name ends in _w_mask.json")
    found = [_renumbered(masks, numbers) for masks in regions(record, frames)]
    shown = {
        frame.timestamp: {number: mask for number, mask in masks.items() if mask.area}
        for frame, masks in zip(frames, found, strict=True)
    }
    masked = frozenset(chain.from_iterable(shown.values()))
    return Masks(shown, masked, frozenset(chain.from_iterable(found)) - masked)


def _renumbered(masks: dict[int, Mask], numbers: Mapping[int, int] | None) -> dict[int, Mask]:
    if numbers is None:
        return masks
    return {numbers[number]: mask for number, mask in masks.items() if number in numbers}


def referred(sample: Sample, masks: Masks) -> Referred:
    """Give *sample* its objects.

    Raises `SampleError` where it speaks of one that has no mask in the whole record, and `DroppedError` where its
    frames show none of it, or it speaks of no object at all.
    """
    asked = frozenset(chain.from_iterable(instance_ids(turn.user) for turn in sample.turns))
    spoken = asked.union(*[instance_ids(turn.assistant) for turn in sample.turns])
    if not spoken:
        message = f"{sample.id} speaks of no object, and a region model is trained on regions"
        raise DroppedError(message)
    seen = [masks.shown[frame.timestamp] for frame in sample.frames]
    there = frozenset(chain.from_iterable(seen))
    if not spoken <= there:
        raise _lost(sample, sorted(spoken - there), masks)
    known = spoken if spoken == asked else spoken | there.intersection(sample.instances)
    objects = tuple(_objects(sorted(known), seen))
    return _told(sample, objects)


def _lost(sample: Sample, ids: Sequence[int], masks: Masks) -> SampleError:
    about = f"{sample.id} speaks of {print_instances(ids)}"
    if nowhere := [number for number in ids if number not in masks.masked]:
        about = f"{sample.id} speaks of {print_instances(nowhere)}"
        if not masks.empty.isdisjoint(nowhere):
            message = f"{about}, of which every mask is empty: it would be taken for the whole picture"
            return SampleError(message, hint=_LEFT_OUT)
        return SampleError(f"{about}, of which there is no mask in the record", hint=_LEFT_OUT)
    return DroppedError(f"{about}, of which there is no mask in what it shows")


def _objects(ids: Iterable[int], seen: Sequence[Mapping[int, Mask]]) -> Iterator[Object]:
    """Give an object for each id, or one for several that have the same masks."""
    alike: dict[tuple[tuple[int, str], ...], list[int]] = {}
    found: dict[int, dict[int, Mask]] = {}
    for number in ids:
        found[number] = {place: masks[number] for place, masks in enumerate(seen) if number in masks}
        alike.setdefault(tuple([(place, mask.counts) for place, mask in found[number].items()]), []).append(number)
    for each in alike.values():
        yield Object(tuple(each), found[each[0]])


def _told(sample: Sample, objects: tuple[Object, ...]) -> Referred:
    """Write the texts anew."""
    names = {number: f"<object{place}>" for place, each in enumerate(objects) for number in each.ids}
    first, *others = sample.turns
    first = Turn(_without_preamble(first.user, len(sample.frames)), first.assistant)
    alone = objects[0].ids if len(objects) == 1 else ()
    turns = tuple(
        Turn(_named(turn.user, names), _named(_without_label(turn.assistant, alone), names))
        for turn in (first, *others)
    )
    dated = any(timestamps(text) for turn in turns for text in (turn.user, turn.assistant))
    if alone and sum(text.count(_ONLY) for turn in turns for text in (turn.user, turn.assistant)) == 1:
        inside = turns[0].user.replace(_ONLY, REGION)
        if inside != turns[0].user:
            return Referred(objects, (Turn(inside, turns[0].assistant), *turns[1:]), "", dated)
    return Referred(objects, turns, _introduction(len(objects), sample), dated)


def _introduction(count: int, sample: Sample) -> str:
    regions_ = ", ".join(f"<object{place}>{REGION}" for place in range(count))
    where = "video" if len(sample.frames) > 1 else "image"
    return f"There is {count} object{'s' * (count != 1)} in the {where}: {regions_}.\n"


def _named(text: str, names: Mapping[int, str]) -> str:
    def new(piece: Reference) -> str:
        return " ".join([names[number] for number in piece.ids]) if isinstance(piece, Instances) else piece.raw

    found = replaced(text, new) or text
    return _AGAIN.sub(r"\1", found)


def _without_preamble(text: str, frames: int) -> str:
    """Take away what explains ids, of which there are none any more."""
    return text.removeprefix(preamble(frames, raw=True)).removeprefix(preamble(frames, raw=False))


def _without_label(text: str, alone: Sequence[int]) -> str:
    """Take away the ids before a caption of the only object: what it is about is known."""
    label = _LABEL.match(text) if alone else None
    if label is None or not set(instance_ids(label[0])) <= set(alone):
        return text
    return text[label.end() :]


def check_one_size(sample: Sample, chosen: Iterable[Mask]) -> None:
    """Raise `SampleError` where the masks of a sample differ in size: the loaders stack them."""
    sizes = {(mask.height, mask.width) for mask in chosen}
    if len(sizes) > 1:
        shown = " and ".join(f"{height} x {width}" for height, width in sorted(sizes))
        message = f"{sample.id} has masks of {shown} (height x width), and the loader stacks them"
        raise SampleError(message, hint=_LEFT_OUT)


def messages(told: Referred, tag: str, moments: str) -> list[dict[str, str]]:
    """Lay the turns out behind *tag*; *moments* says what ``<t>`` means, where a text speaks of frames."""
    before = f"{tag}\n{told.introduced}{moments if told.dated else ''}"
    return laid_out(told.turns, SHAREGPT, before)


def tokens_of(conversation: Iterable[Mapping[str, str]]) -> int:
    """Bound the tokens of a conversation as `text_size` does, with those that a region becomes."""
    texts = [message["value"] for message in conversation]
    regions_ = sum(text.count(REGION) for text in texts)
    return sum(len(text.encode()) + _MESSAGE for text in texts) + _TOKENS_REGION * regions_
