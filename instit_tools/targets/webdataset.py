"""``webdataset``: tar shards, pictures and conversation of a sample side by side.

How a sample is laid out stands in `targets.packing`; nothing in a header depends on when or by whom it was written.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec

from instit_tools.card import IMAGE, Feature, card, sequence, value
from instit_tools.conversations import RESERVED, conversation
from instit_tools.errors import SampleError
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.sinks.base import Row
from instit_tools.sinks.tar import Members, Tar
from instit_tools.targets.base import Choices, Context, Made, Place, Whole
from instit_tools.targets.packing import about_frames, by_sample, packed

__all__ = ["RESERVED", "beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "tar shards with pictures and conversations, for webdataset and datasets"
SUFFIX = ".tar"
TAKES = "samples"
OPTIONS = frozenset({"group"})
DIALECTS: tuple[str, ...] = ()
FRAMES: tuple[str, ...] = ("images",)
FILES = False
RECIPE = "paper"
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say yes: the pictures go into the shards."""
    return True


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: no path is followed."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say no: masks are not read."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of nothing: every picture is there."""
    return ()


def rows(made: Made, context: Context) -> Iterator[Row[tuple[str, Members]] | SampleError]:
    """Make one tar sample of each sample, or with ``--group record`` one of each record that has any."""
    if context.store is None or not made.samples:
        return
    if context.choices.group == "record":
        yield packed(made.key, _record(made), made.frames, context.store, samples=len(made.samples))
    else:
        yield from by_sample(made, context.store)


def _record(made: Made) -> dict[str, Any]:
    """Describe all samples of a record: *pictures* of each are numbers of the record's frames, from 1."""
    position = {frame.timestamp: number for number, frame in enumerate(made.frames, 1)}
    return {
        "id": made.key,
        "kind": made.samples[0].kind,
        "record": str(made.record.id),
        "frames": about_frames(made.frames),
        "samples": [
            {
                "id": sample.id,
                "part": sample.provenance.part,
                "pictures": [position[frame.timestamp] for frame in sample.frames],
                "conversations": conversation(sample),
                "instances": sample.instances,
            }
            for sample in made.samples
        ],
    }


def sink(out: BinaryIO, kind: str, choices: Choices) -> Tar:  # part of the interface
    """Write an archive to *out*."""
    return Tar(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Write the features that ``datasets`` cannot guess where samples differ in their number of frames."""
    kinds = list(dict.fromkeys(shard.kind for shard in shards))
    features = {kind: _features([shard for shard in shards if shard.kind == kind], choices) for kind in kinds}
    text = (
        "# Inst-IT training shards\n\n"
        "Written by instit-tools in WebDataset format. `manifest.json` lists every shard with its size and sha256.\n\n"
        "```python\n"
        "import webdataset as wds\n"
        f'wds.WebDataset("{shards[0].name if shards else ""}", shardshuffle=False).decode("pil")\n\n'
        "from datasets import load_dataset\n"
        f'load_dataset(".", "{kinds[0] if kinds else ""}", split="train")  # this card holds the features\n'
        "```\n"
    )
    return {
        "README.md": card(shards, features, text),
        "features.json": msgspec.json.format(msgspec.json.encode(features), indent=2) + b"\n",
    }


def _features(shards: Sequence[Shard], choices: Choices) -> dict[str, Feature]:
    pictures = sorted({field for shard in shards for field in shard.fields} - {"json"})
    text, number = value("string"), value("int64")
    talk: dict[str, Feature] = {
        "part": text,
        "conversations": sequence({"from": text, "value": text}),
        "instances": sequence(number),
    }
    frame = {"file": text, "path": text, "timestamp": number, "width": number, "height": number}
    about: dict[str, Feature] = {"id": text, "kind": text, "record": text, "frames": sequence(frame)}
    if choices.group == "record":
        about["samples"] = sequence({"id": text, "pictures": sequence(number), **talk})
    else:
        about |= talk
    return {"json": about, **dict.fromkeys(pictures, IMAGE), "__key__": text, "__url__": text}
