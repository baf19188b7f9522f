"""``llava``: LLaVA-NeXT's JSON arrays and the mixture file that names them; with ``--dialect 1.5``, LLaVA-1.5's array.

A video becomes a list of pictures, each named ``Frame <k>:``, because a frame folder is read in the wrong order and
resampled (LLaVA-NeXT llava/train/train.py, lines 1137 to 1210); with ``--frames mp4`` a video file of one frame a
second, which the trainer's default of one frame a second keeps whole. LLaVA-1.5 knows one picture a sample
(haotian-liu/LLaVA llava/train/train.py, lines 658 to 739).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec
from msgspec import UNSET, Struct, UnsetType

from instit_tools.conversations import IMAGE, RESERVED, SHAREGPT, conversation, text_size, video_label
from instit_tools.errors import SampleError
from instit_tools.guides import MEDIA, counts, guide, quoted, shell, tokens, unnamed
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.samples import Sample
from instit_tools.showing import CLIPS, MP4, Clips, is_clip
from instit_tools.sinks.base import Row
from instit_tools.sinks.elements import BETWEEN, Array
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["RESERVED", "beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "LLaVA-NeXT conversations (--dialect 1.5: LLaVA-1.5, one picture a sample)"
SUFFIX = ".json"
TAKES = "samples"
OPTIONS = frozenset({"dialect", "frames"})
DIALECTS = ("next", "1.5")
FRAMES = ("images", "mp4")
FILES = True
RECIPE = "paper"
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()

_ENCODE = msgspec.json.Encoder().encode
_TOKENS_TILE = 730
_TOKENS_SINGLE = 8100  # anyres_max_9: nine tiles and the whole, a token a row between
_TOKENS_1_5 = 576
_MP4_WARNING = (
    "LLaVA-NeXT keeps every frame of a clip only with --video_fps 1 --frames_upbound 0 --force_sample False, and pools "
    "their pictures; --frames images (the default) needs no such care"
)


def needs_media(choices: Choices) -> bool:
    """Say whether clips are to be made."""
    return choices.frames == MP4


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: pictures are named below the image folder."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say no: masks are not read."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of what a video file needs to be read whole."""
    return (_MP4_WARNING,) if choices.frames == MP4 else ()


def rows(made: Made, context: Context) -> Iterator[Row[bytes] | SampleError]:
    """Make one array element of each sample."""
    clips, choices = Clips(made.key), context.choices
    for sample in made.samples:
        if choices.dialect == "1.5" and len(sample.frames) > 1:
            message = f"LLaVA-1.5 takes one picture a sample, and {sample.id} has {len(sample.frames)}"
            yield SampleError(message, hint="--on-error reject keeps the samples of one picture and lists the others")
            continue
        clip = clips.clip(sample.frames) if is_clip(sample, choices.frames) else None
        element = _ENCODE(_element(sample, clip.name if clip else None))
        yield Row(
            payload=element,
            size=len(element) + len(BETWEEN),
            text=text_size(sample),
            pictures=len(sample.frames),
            clip=clip,
            names=() if clip else sample.frames,
        )


class _Element(Struct, frozen=True, gc=False):
    """An element of the array, with what `verify` needs to know what <t> and [ID] may mean and the trainer ignores."""

    id: str
    image: str | list[str] | UnsetType
    video: str | UnsetType
    conversations: list[dict[str, str]]
    timestamps: list[int]
    instances: tuple[int, ...]


def _element(sample: Sample, clip: str | None) -> _Element:
    paths: list[str] = []
    timestamps: list[int] = []
    for frame in sample.frames:
        paths.append(frame.path)
        timestamps.append(frame.timestamp)
    shown = paths[0] if len(paths) == 1 else paths
    return _Element(
        sample.id,
        UNSET if clip else shown,
        clip or UNSET,
        conversation(sample, SHAREGPT, video_label(len(paths), IMAGE) if clip else None),
        timestamps,
        sample.instances,
    )


def sink(out: BinaryIO, kind: str, choices: Choices) -> Array:  # part of the interface
    """Write an array to *out*."""
    return Array(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Write the mixture that LLaVA-NeXT takes as ``--data_path``, and how to train."""
    media = place.media or MEDIA
    values: dict[str, object] = {
        "counts": counts(shards, place.records, place.left_out) + unnamed(place.media),
        "folder": shell(place.folder),
        "name": shell(place.folder.name),
        "media": shell(media),
    }
    if choices.dialect == "1.5":
        values |= {"tokens": tokens(shards, _TOKENS_1_5), "shard": shards[0].name if shards else ""}
        values["others"] = ", ".join(each.name for each in shards[1:]) or "no others"
        return {"README.md": guide("llava_1_5", values).encode()}
    values |= {"tokens": tokens(shards, _TOKENS_TILE) + _TOKENS_SINGLE - _TOKENS_TILE, "video": "", "clips": ""}
    if choices.frames == MP4:
        options = f"--video_folder {shell(place.folder)} --video_fps 1 --frames_upbound 0 --force_sample False"
        values |= {
            "video": f" \\\n{options}",
            "clips": f"\n- `{CLIPS}/` holds a file a video, one frame a second; samples of one or two frames name"
            "\n  pictures. Any other `--video_fps`, `--frames_upbound` or `--force_sample` drops or repeats frames.",
        }
    return {"mixture.yaml": _mixture(shards, place, media), "README.md": guide("llava", values).encode()}


def _mixture(shards: Sequence[Shard], place: Place, media: object) -> bytes:
    head = (
        f"# LLaVA-NeXT: --data_path {place.folder / 'mixture.yaml'} --image_folder {media}\n"
        "# If this folder moves, mend the paths below: the trainer takes them as they are.\n"
        "datasets:\n"
    )
    entries = (f"  - json_path: {quoted(place.folder / shard.name)}\n    sampling_strategy: all\n" for shard in shards)
    return (head + "".join(entries)).encode()
