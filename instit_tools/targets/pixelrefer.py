"""``pixelrefer``: rows with ``masks`` for PixelRefer and VideoRefer on VideoLLaMA3.

A video is the list of its frames with their ``timestamps``, because a folder or a file is resampled, and ``<k>`` would
be another frame (alibaba-damo-academy/PixelRefer PixelRefer/pixelrefer/train.py; DAMO-NLP-SG/VideoRefer
videorefer_videollama3/train.py). The loader wants a ``<region>`` for each mask, so each object has one: that of the
first frame named in a question, where it is seen there, else that of the frame in which it is largest. It takes the
frames with masks from ``masked_video``, in the order in which ``masks`` come to them, and stacks the masks: they have
one size.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

import msgspec
from msgspec import UNSET, Struct, UnsetType

from instit_tools.conversations import IMAGE, VIDEO
from instit_tools.errors import SampleError
from instit_tools.guides import MEDIA, counts, guide, shell, tokens, unnamed
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.references import timestamps
from instit_tools.referring import (
    REGION_TOKENS,
    Masks,
    Object,
    check_one_size,
    leaks,
    masks_of,
    messages,
    referred,
    tokens_of,
)
from instit_tools.samples import Sample
from instit_tools.showing import IMAGES
from instit_tools.sinks.base import Row
from instit_tools.sinks.lines import Lines
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "PixelRefer, VideoRefer-VideoLLaMA3: conversations with <region>, and masks"
SUFFIX = ".jsonl"
TAKES = "samples"
OPTIONS: frozenset[str] = frozenset()
DIALECTS: tuple[str, ...] = ()
FRAMES = (IMAGES,)
FILES = True
RECIPE = "regions"
MARKS: Marks = "raw"
WHOLES: tuple[Whole, ...] = ()
RESERVED = REGION_TOKENS

_ENCODE = msgspec.json.Encoder().encode
_TOKENS_TIME = 16  # what is written before a frame
_TOKENS_MEDIA = 10 * 1024  # --mm_max_length is 9,477 by default: all frames together


class _Element(Struct, frozen=True, gc=False):
    """A row, with the ids of the objects in order, which the trainer ignores."""

    id: str
    image: str | UnsetType
    video: list[str] | UnsetType
    timestamps: list[float] | UnsetType
    masked_video: list[str] | UnsetType
    masks: list[dict[str, Any]]
    conversations: list[dict[str, str]]
    objects: list[tuple[int, ...]]


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say no: pictures are named, not packed."""
    return False


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: pictures are named below the data folder."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say yes: regions are masks."""
    return True


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of ids on the pictures."""
    return leaks(choices.marks)


def rows(made: Made, context: Context) -> Iterator[Row[bytes] | SampleError]:  # part of the interface
    """Make one line of each sample."""
    masks = masks_of(made.record, made.frames, made.numbers)
    for sample in made.samples:
        try:
            yield _row(sample, masks)
        except SampleError as error:
            yield error


def _row(sample: Sample, masks: Masks) -> Row[bytes]:
    told = referred(sample, masks)
    places = [_place(each, sample) for each in told.objects]
    chosen = [each.masks[place] for each, place in zip(told.objects, places, strict=True)]
    check_one_size(sample, chosen)
    single = len(sample.frames) == 1
    paths = [frame.path for frame in sample.frames]
    moments = [float(frame.timestamp - sample.frames[0].timestamp) for frame in sample.frames]
    element = _Element(
        id=sample.id,
        image=paths[0] if single else UNSET,
        video=UNSET if single else paths,
        timestamps=UNSET if single else moments,
        masked_video=UNSET if single else [paths[place] for place in dict.fromkeys(places)],
        masks=[mask.rle() if single else {str(place): mask.rle()} for mask, place in zip(chosen, places, strict=True)],
        conversations=messages(told, IMAGE if single else VIDEO, partial(_dated, moments)),
        objects=[each.ids for each in told.objects],
    )
    line = _ENCODE(element) + b"\n"
    return Row(payload=line, size=len(line), text=tokens_of(element.conversations), pictures=len(paths))


def _place(each: Object, sample: Sample) -> int:
    """Choose the frame whose mask stands for an object."""
    if len(each.masks) == 1:
        return next(iter(each.masks))
    asked = (moment - 1 for turn in sample.turns if "<" in turn.user for moment in timestamps(turn.user))
    largest = max(each.masks, key=lambda place: (each.masks[place].area, -place))
    return next((place for place in asked if place in each.masks), largest)


def _dated(moments: Sequence[float]) -> str:
    """Say when each frame is, as the model is told before it."""
    said = ", ".join(f"<{number}> at {moment:.1f}s" for number, moment in enumerate(moments, 1))
    return f"The video has {len(moments)} frames: {said}.\n"


def sink(out: BinaryIO, kind: str, choices: Choices) -> Lines:  # part of the interface
    """Write lines to *out*."""
    return Lines(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Say how to train."""
    values = {
        "counts": counts(shards, place.records, place.left_out) + unnamed(place.media),
        "media": shell(place.media or MEDIA),
        "data": " ".join(shell(place.folder / shard.name) for shard in shards),
        "tokens": tokens(shards, _TOKENS_TIME) + _TOKENS_MEDIA,
    }
    return {"README.md": guide("pixelrefer", values).encode()}
