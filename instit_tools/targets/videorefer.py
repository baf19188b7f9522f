"""``videorefer``: rows with ``annotation`` for the first VideoRefer, on VideoLLaMA2.

An object has a ``<region>`` and a mask in each frame that shows it, by number of the frame from 0. The loader lists a
folder of frames in the order of their names (DAMO-NLP-SG/VideoRefer videorefer/mm_utils.py, line 168), so a folder is
named only where a sample shows all of it, and names are in the order of time: ``1.jpg, 10.jpg, 2.jpg`` are not. Samples
that a folder cannot show are left out; ``--frames mp4`` makes a file of each, whose frame k is frame k.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, BinaryIO

import msgspec
from msgspec import UNSET, Struct, UnsetType

from instit_tools.conversations import IMAGE, VIDEO, frames_said
from instit_tools.errors import DroppedError, SampleError
from instit_tools.guides import MEDIA, counts, guide, shell, tokens, unnamed
from instit_tools.manifest import Shard
from instit_tools.masks import Mask, decode, encode
from instit_tools.media.paths import Marks, absolute
from instit_tools.media.store import Store
from instit_tools.referring import (
    REGION_TOKENS,
    Referred,
    check_one_size,
    leaks,
    masks_of,
    messages,
    referred,
    tokens_of,
)
from instit_tools.samples import Frame, Sample
from instit_tools.showing import IMAGES, MP4, Clips
from instit_tools.sinks.base import Clip, Row
from instit_tools.sinks.elements import BETWEEN, Array
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "VideoRefer on VideoLLaMA2: conversations with <region>, and annotation"
SUFFIX = ".json"
TAKES = "samples"
OPTIONS = frozenset({"frames"})
DIALECTS: tuple[str, ...] = ()
FRAMES = (IMAGES, MP4)
FILES = True
RECIPE = "regions"
MARKS: Marks = "raw"
WHOLES: tuple[Whole, ...] = ()
RESERVED = REGION_TOKENS

_ENCODE = msgspec.json.Encoder().encode
_FOLDERS = (
    "videorefer takes a folder of frames whole and in the order of names, so samples of some of the frames, and videos"
    " whose names are in another order (1, 10, 2), are left out; --frames mp4 makes a video file of each"
)


class _Element(Struct, frozen=True, gc=False):
    """An element of the array, with what `verify` needs and the trainer ignores.

    *frames* are the names that the folder of a video should have, *objects* the ids of each object.
    """

    id: str
    image: str | UnsetType
    video: str | UnsetType
    frames: list[str] | UnsetType
    conversations: list[dict[str, str]]
    annotation: list[dict[str, dict[str, Any]]]
    timestamps: list[int]
    objects: list[tuple[int, ...]]


def needs_media(choices: Choices) -> bool:
    """Say whether clips are to be made."""
    return choices.frames == MP4


def needs_folder(choices: Choices) -> bool:
    """Say whether pictures are named by absolute path: with clips, ``--data_folder`` is the output."""
    return choices.frames == MP4


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say yes: regions are masks."""
    return True


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of ids on the pictures, and of what a folder cannot show."""
    return [*leaks(choices.marks), *([] if choices.frames == MP4 else [_FOLDERS])]


def rows(made: Made, context: Context) -> Iterator[Row[bytes] | SampleError]:
    """Make one element of each sample."""
    masks = masks_of(made.record, made.frames, made.numbers)
    clips = Clips(made.key) if context.choices.frames == MP4 else None
    misfit = cache(partial(_misfit, made.frames, context.store))  # a folder is listed once a record
    for sample in made.samples:
        try:
            told = referred(sample, masks)
            check_one_size(sample, [mask for each in told.objects for mask in each.masks.values()])
            single = len(sample.frames) == 1
            clip = clips.clip(sample.frames) if clips and not single else None
            folder = None if single or clip else _folder(sample, made, misfit)
            yield _row(sample, told, clip, folder, context.choices.root if clips else None)
        except SampleError as error:
            yield error


def _row(sample: Sample, told: Referred, clip: Clip | None, folder: str | None, root: str | None) -> Row[bytes]:
    single = len(sample.frames) == 1
    element = _Element(
        id=sample.id,
        image=absolute(root, sample.frames[0].path) if single else UNSET,
        video=clip.name if clip else folder or UNSET,
        frames=[_name(frame) for frame in sample.frames] if folder else UNSET,
        conversations=messages(told, IMAGE if single else VIDEO, partial(frames_said, len(sample.frames))),
        annotation=_annotation(told, clip),
        timestamps=[frame.timestamp for frame in sample.frames],
        objects=[each.ids for each in told.objects],
    )
    encoded = _ENCODE(element)
    return Row(
        payload=encoded,
        size=len(encoded) + len(BETWEEN),
        text=tokens_of(element.conversations),
        pictures=len(sample.frames),
        clip=clip,
    )


def _annotation(told: Referred, clip: Clip | None) -> list[dict[str, dict[str, Any]]]:
    return [
        {str(place): {"segmentation": (_evened(mask) if clip else mask).rle()} for place, mask in each.masks.items()}
        for each in told.objects
    ]


def _evened(mask: Mask) -> Mask:
    """Repeat an odd edge, as a clip does with its pictures."""
    if mask.height % 2 == mask.width % 2 == 0:
        return mask
    import numpy as np

    return encode(np.pad(decode(mask), ((0, mask.height % 2), (0, mask.width % 2)), mode="edge"))


def _folder(sample: Sample, made: Made, misfit: Callable[[], str]) -> str:
    """Give the folder that shows *sample* as it is; raise `DroppedError` where none does."""
    shown, of = len(sample.frames), len(made.frames)
    if why := misfit() if shown == of else f"it shows {shown} of {of} frames":
        message = f"{sample.id} cannot be shown by a folder of frames, which is read whole and by name: {why}"
        raise DroppedError(message, hint="--frames mp4 makes a video file of it")
    return _parent(sample.frames[0])


def _misfit(frames: Sequence[Frame], store: Store | None) -> str:
    """Say why the folder of *frames* does not show them as they are, ``""`` where it does."""
    names = [_name(frame) for frame in frames]
    folder = _parent(frames[0])
    if any(_parent(frame) != folder for frame in frames):
        return "its frames are in several folders"
    if names != sorted(names):
        early, late = next((one, other) for one, other in zip(names, sorted(names), strict=True) if one != other)
        return f"{late} comes before {early} there"
    if store is not None and store.names(folder) != names:
        return f"{folder} holds other files beside its frames"
    return ""


def _parent(frame: Frame) -> str:
    return frame.path.rpartition("/")[0]


def _name(frame: Frame) -> str:
    return frame.path.rpartition("/")[2]


def sink(out: BinaryIO, kind: str, choices: Choices) -> Array:  # part of the interface
    """Write an array to *out*."""
    return Array(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Say how to train."""
    values = {
        "counts": counts(shards, place.records, place.left_out) + unnamed(place.media),
        "folder": shell(place.folder),
        "media": shell(place.folder if choices.frames == MP4 else (place.media or MEDIA)),
        "tokens": tokens(shards, 0),
        "videos": _CLIPS if choices.frames == MP4 else _WHOLE,
    }
    return {"README.md": guide("videorefer", values).encode()}


_CLIPS = "Videos are files of one frame a second in `clips/`; pictures are named by absolute path, so unpack archives."
_WHOLE = (
    "Videos are folders of frames, which the trainer reads whole and in the order of names. Samples that no folder"
    " shows are in `rejects.jsonl` as `dropped-sample`; `--frames mp4` makes a video file of each."
)
