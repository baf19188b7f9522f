"""Samples as region models read them: objects are masks in the pictures, and texts speak of ``<region>`` and no ids.

The conventions are the authors' (DAMO-NLP-SG/VideoRefer, demo/app.py): where several objects are spoken of, a line
before the question says which region each is, ``There is 2 objects in the video: <object0><region>, ...``, and texts
name ``<object0>`` from there on; the only object of a sample that is named once is ``<region>`` in the question itself.

Objects are in the order of their ids. They are those of the questions; where an answer brings in another, they are all
that can be seen, for else the regions that are given would tell the answer. An all-zero mask is none: these loaders
take it for the whole picture. Ids that share their masks, as those of a group do, are one object.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain

from msgspec import Struct, field

from instit_tools.conversations import CHAT_TOKENS, SHAREGPT, laid_out
from instit_tools.errors import DroppedError, SampleError
from instit_tools.masks import Mask
from instit_tools.recipes.wording import preamble
from instit_tools.records import ImageRecord, VideoRecord
from instit_tools.references import Instances, Reference, instance_ids, print_instances, replaced, timestamps
from instit_tools.regions import refuse_without_masks, regions
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
    """The masks of a record that have pixels, by timestamp and the id that samples use; and ids of *empty* ones only.

    *seen* remembers what was asked for: by frames, then by id, the masks by place of the frame.
    """

    shown: Mapping[int, Mapping[int, Mask]]
    masked: frozenset[int]
    empty: frozenset[int]
    seen: dict[tuple[Frame, ...], Mapping[int, Mapping[int, Mask]]] = field(default_factory=dict)

    def in_frames(self, frames: tuple[Frame, ...]) -> Mapping[int, Mapping[int, Mask]]:
        """Give the masks of each id that any of *frames* shows."""
        if frames not in self.seen:
            found: dict[int, dict[int, Mask]] = {}
            for place, frame in enumerate(frames):
                for number, mask in self.shown[frame.timestamp].items():
                    found.setdefault(number, {})[place] = mask
            self.seen[frames] = found
        return self.seen[frames]


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

    Raises `RecordError` where it says nothing of masks, and `MaskError` for one that is damaged or not of the size of
    its picture.
    """
    refuse_without_masks(record, "which region models are trained on")
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
    asked = frozenset(chain.from_iterable([instance_ids(turn.user) for turn in sample.turns if "[" in turn.user]))
    spoken = asked.union(*[instance_ids(turn.assistant) for turn in sample.turns])
    if not spoken:
        message = f"{sample.id} speaks of no object, and a region model is trained on regions"
        raise DroppedError(message)
    seen = masks.in_frames(sample.frames)
    if not spoken <= seen.keys():
        raise _lost(sample, sorted(spoken - seen.keys()), masks)
    return _told(sample, tuple(_objects(sorted(asked if spoken == asked else seen), seen)))


def _lost(sample: Sample, ids: Sequence[int], masks: Masks) -> SampleError:
    about = f"{sample.id} speaks of {print_instances(ids)}"
    if nowhere := [number for number in ids if number not in masks.masked]:
        about = f"{sample.id} speaks of {print_instances(nowhere)}"
        if not masks.empty.isdisjoint(nowhere):
            message = f"{about}, of which every mask is empty: it would be taken for the whole picture"
            return SampleError(message, hint=_LEFT_OUT)
        return SampleError(f"{about}, of which there is no mask in the record", hint=_LEFT_OUT)
    return DroppedError(f"{about}, of which there is no mask in what it shows")


def _objects(ids: Sequence[int], seen: Mapping[int, Mapping[int, Mask]]) -> list[Object]:
    """Give an object for each id, or one for several that have the same masks."""
    if len(ids) == 1:
        return [Object((ids[0],), seen[ids[0]])]
    alike: dict[tuple[tuple[int, str], ...], list[int]] = {}
    for number in ids:
        alike.setdefault(tuple([(place, mask.counts) for place, mask in seen[number].items()]), []).append(number)
    return [Object(tuple(each), seen[each[0]]) for each in alike.values()]


def _told(sample: Sample, objects: tuple[Object, ...]) -> Referred:
    """Write the texts anew."""
    names = {number: f"<object{place}>" for place, each in enumerate(objects) for number in each.ids}
    alone = objects[0].ids if len(objects) == 1 else ()
    texts: list[str] = []
    for turn in sample.turns:
        asked = turn.user if texts else _without_preamble(turn.user, len(sample.frames))
        texts += (_named(asked, names), _named(_without_label(turn.assistant, alone), names))
    dated = any("<" in text and bool(timestamps(text)) for text in texts)
    introduced = _introduction(len(objects), len(sample.frames))
    if alone and _ONLY in texts[0] and sum([text.count(_ONLY) for text in texts]) == 1:
        texts[0], introduced = texts[0].replace(_ONLY, REGION), ""
    turns = tuple([Turn(*pair) for pair in zip(texts[::2], texts[1::2], strict=True)])
    return Referred(objects, turns, introduced, dated)


@cache
def _introduction(count: int, frames: int) -> str:
    regions_ = ", ".join(f"<object{place}>{REGION}" for place in range(count))
    where = "video" if frames > 1 else "image"
    return f"There is {count} object{'s' * (count != 1)} in the {where}: {regions_}.\n"


def _named(text: str, names: Mapping[int, str]) -> str:
    def new(piece: Reference) -> str:
        return " ".join([names[number] for number in piece.ids]) if isinstance(piece, Instances) else piece.raw

    found = replaced(text, new) or text
    return _AGAIN.sub(r"\1", found) if "> <" in found else found


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


def messages(told: Referred, tag: str, dates: Callable[[], str]) -> list[dict[str, str]]:
    """Lay the turns out behind *tag*; *dates* says what ``<t>`` means, and is asked where a text speaks of frames."""
    before = f"{tag}\n{told.introduced}{dates() if told.dated else ''}"
    return laid_out(told.turns, SHAREGPT, before)


def tokens_of(conversation: Sequence[Mapping[str, str]]) -> int:
    """Bound the tokens of a conversation as `text_size` does, with those that a region becomes."""
    texts = "".join([message["value"] for message in conversation])
    size = len(texts) if texts.isascii() else len(texts.encode())
    return size + _MESSAGE * len(conversation) + _TOKENS_REGION * texts.count(REGION)
