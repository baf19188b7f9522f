"""``qwen-vl``: JSON lines for ``qwen-vl-finetune`` of Qwen2.5-VL and Qwen3-VL, and the snippet that registers them.

The loader takes everybody but ``human`` for the assistant, so there is no system turn; it takes a list under ``video``
for several videos, so frames are ``image`` lists (qwenvl/data/data_processor.py). Where Qwen2.5-VL's processor samples,
it drops the last of an odd number of frames (transformers video_processing_qwen2_vl.py), so a clip repeats that.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec

from instit_tools.conversations import CHAT_TOKENS, SHAREGPT, conversation, video_label
from instit_tools.guides import MEDIA, counts, dataset_name, guide, note, shell, tokens, unnamed
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.samples import Sample
from instit_tools.showing import IMAGES, MERGED, MP4
from instit_tools.sinks.base import Clip, Row
from instit_tools.sinks.lines import Lines, lines
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "Qwen2.5-VL and Qwen3-VL's own qwen-vl-finetune"
SUFFIX = ".jsonl"
TAKES = "samples"
OPTIONS = frozenset({"frames"})
DIALECTS: tuple[str, ...] = ()
FRAMES = (IMAGES, MP4)
FILES = True
RECIPE = "paper"
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()
RESERVED = CHAT_TOKENS

_TOKENS_PICTURE = 578  # --max_pixels 451584 is 576 of 28 x 28, and two around it
_FEWEST_FRAMES = 4


def needs_media(choices: Choices) -> bool:
    """Say whether clips are to be made."""
    return choices.frames == MP4


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: each shard is registered with the folder that its paths begin in."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say no: masks are not read."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of what becomes of ``<t>`` in a clip."""
    return () if choices.frames == IMAGES else (MERGED,)


def rows(made: Made, context: Context) -> Iterator[Row[bytes]]:
    """Make one line of each sample."""
    return lines(made.key, made.samples, context.choices.frames, _element, even=True)


def _element(sample: Sample, shown: bool, clip: Clip | None) -> dict[str, Any]:  # noqa: FBT001  # Spell
    frames = len(sample.frames)
    return {
        "id": sample.id,
        **({"video": clip.name} if clip else {"image": [frame.path for frame in sample.frames]}),
        "conversations": conversation(sample, SHAREGPT, video_label(frames) if shown else None),
        "timestamps": [frame.timestamp for frame in sample.frames],
        "instances": sample.instances,
    }


def sink(out: BinaryIO, kind: str, choices: Choices) -> Lines:  # part of the interface
    """Write lines to *out*."""
    return Lines(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Give the registration that the loader's ``data_dict`` needs, and say how to start."""
    media = place.media or MEDIA
    registered = {
        dataset_name(shard): {
            "annotation_path": f"{place.folder}/{shard.name}",
            "data_path": str(place.folder if shard.kind == "video" and choices.frames == MP4 else media),
        }
        for shard in shards
    }
    frames = max((shard.pictures for shard in shards), default=0) + 1
    clips = f"\n    --video_min_frames {_FEWEST_FRAMES} --video_max_frames {frames} --video_fps 1 \\"
    values = {
        "counts": counts(shards, place.records, place.left_out) + unnamed(place.media),
        "folder": shell(place.folder),
        "name": shell(place.folder.name),
        "media": shell(media),
        "datasets": ",".join(registered),
        "tokens": tokens(shards, _TOKENS_PICTURE),
        "clips": "" if choices.frames == IMAGES else clips,
        "route": "" if choices.frames == IMAGES else note(MERGED) + " An odd clip shows its last frame twice.",
    }
    entries = msgspec.json.format(msgspec.json.encode(registered), indent=4).decode()  # JSON strings are Python's
    head = "# In qwenvl/data/__init__.py, below data_dict:\n#   from registration import DATASETS\n"
    snippet = f"{head}#   data_dict.update(DATASETS)\nDATASETS = {entries}\n"
    return {"registration.py": snippet.encode(), "README.md": guide("qwen_vl", values).encode()}
