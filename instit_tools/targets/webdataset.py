"""``webdataset``: tar shards, pictures and conversation of a sample side by side.

A sample is ``KEY.json`` and ``KEY.001.jpg``, ``KEY.002.jpg``, ... next to each other, in the order of the frames. Keys
hold no dot, because a name is split at its first (webdataset tariterators.py); extensions say what the content is;
picture bytes are the original ones; nothing in a header depends on when or by whom it was written.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec

from instit_tools.card import IMAGE, Feature, card, sequence, value
from instit_tools.conversations import RESERVED, conversation
from instit_tools.errors import SampleError
from instit_tools.manifest import Shard
from instit_tools.media.store import Store
from instit_tools.samples import Frame, Sample
from instit_tools.sinks.base import Row
from instit_tools.sinks.tar import LONGEST_NAME, Members, Tar, taken
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["RESERVED", "beside", "needs_folder", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "tar shards with pictures and conversations, for webdataset and datasets"
SUFFIX = ".tar"
TAKES = "samples"
OPTIONS = frozenset({"group"})
DIALECTS: tuple[str, ...] = ()
FRAMES: tuple[str, ...] = ("images",)
FILES = False
WHOLES: tuple[Whole, ...] = ()

_LONGEST_KEY = LONGEST_NAME - len(".0001.webp")
_MOST_FRAMES = 999


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say yes: the pictures go into the shards."""
    return True


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: no path is followed."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of nothing: every picture is there."""
    return ()


def rows(made: Made, context: Context) -> Iterator[Row[tuple[str, Members]] | SampleError]:
    """Make one tar sample of each sample, or with ``--group record`` one of each record that has any."""
    store = context.store
    if store is None or not made.samples:
        return
    if context.choices.group == "record":
        yield _row(made.key, _record(made), made.frames, store, len(made.samples))
        return
    for sample in made.samples:
        yield _row(sample.id, _sample(sample), sample.frames, store, 1)


def _row(
    key: str, about: Mapping[str, Any], frames: Sequence[Frame], store: Store, samples: int
) -> Row[tuple[str, Members]] | SampleError:
    if len(key) > _LONGEST_KEY:
        message = f"{key} is too long: a name in a tar has at most {LONGEST_NAME} bytes"
        return SampleError(message, hint="give the record a shorter id")
    if len(frames) > _MOST_FRAMES:
        message = f"{key} has {len(frames)} frames, and names sort in order up to {_MOST_FRAMES}"
        return SampleError(message, hint="--max-frames takes some of them")
    members: Members = (
        ("json", msgspec.json.encode(about)),
        *((field, store.read(frame.path)) for field, frame in zip(_fields(frames), frames, strict=True)),
    )
    return Row(payload=(key, members), size=taken(members), samples=samples)


def _fields(frames: Sequence[Frame]) -> list[str]:
    return [f"{number:03d}.{frame.extension}" for number, frame in enumerate(frames, 1)]


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "id": sample.id,
        "kind": sample.kind,
        "record": str(sample.provenance.record),
        "part": sample.provenance.part,
        "frames": _about(sample.frames),
        "conversations": conversation(sample),
        "instances": sample.instances,
    }


def _record(made: Made) -> dict[str, Any]:
    """Describe all samples of a record: *pictures* of each are numbers of the record's frames, from 1."""
    position = {frame.timestamp: number for number, frame in enumerate(made.frames, 1)}
    return {
        "id": made.key,
        "kind": made.samples[0].kind,
        "record": str(made.record.id),
        "frames": _about(made.frames),
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


def _about(frames: Sequence[Frame]) -> list[dict[str, Any]]:
    return [
        {
            "file": field,
            "path": frame.path,
            "timestamp": frame.timestamp,
            "width": frame.width,
            "height": frame.height,
        }
        for field, frame in zip(_fields(frames), frames, strict=True)
    ]


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
