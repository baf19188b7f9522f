"""``webdataset``: tar shards, pictures and conversation of a sample side by side.

A sample is ``KEY.json`` and ``KEY.001.jpg``, ``KEY.002.jpg``, ... next to each other, in the order of the frames. Keys
hold no dot, because a name is split at its first (webdataset tariterators.py); extensions say what the content is;
picture bytes are the original ones; nothing in a header depends on when or by whom it was written.
"""

import tarfile
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
from instit_tools.targets.base import Choices, Context, Made, Place

__all__ = ["RESERVED", "beside", "needs_folder", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "tar shards with pictures and conversations, for webdataset and datasets"
SUFFIX = ".tar"
TAKES = "samples"
OPTIONS = frozenset({"group"})
DIALECTS: tuple[str, ...] = ()
FRAMES: tuple[str, ...] = ("images",)
FILES = False

_LONGEST_KEY = tarfile.LENGTH_NAME - len(".0001.webp")
_MOST_FRAMES = 999
_END = b"\0" * (2 * tarfile.BLOCKSIZE)
_Members = tuple[tuple[str, bytes], ...]
"""Field name (``json``, ``001.jpg``) and content."""


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say yes: the pictures go into the shards."""
    return True


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: no path is followed."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of nothing: every picture is there."""
    return ()


def rows(made: Made, context: Context) -> Iterator[Row[tuple[str, _Members]] | SampleError]:
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
) -> Row[tuple[str, _Members]] | SampleError:
    if len(key) > _LONGEST_KEY:
        message = f"{key} is too long: a name in a tar has at most {tarfile.LENGTH_NAME} bytes"
        return SampleError(message, hint="give the record a shorter id")
    if len(frames) > _MOST_FRAMES:
        message = f"{key} has {len(frames)} frames, and names sort in order up to {_MOST_FRAMES}"
        return SampleError(message, hint="--max-frames takes some of them")
    members: _Members = (
        ("json", msgspec.json.encode(about)),
        *((field, _content(frame, store)) for field, frame in zip(_fields(frames), frames, strict=True)),
    )
    size = sum(tarfile.BLOCKSIZE + len(content) + _padding(content) for _, content in members)
    return Row(payload=(key, members), size=size, samples=samples)


def _content(frame: Frame, store: Store) -> bytes:
    with store.open(frame.path) as stream:
        return stream.read()


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


class _Tar:
    """Writes tar members in POSIX ustar format, without time, owner or any other trace of the run."""

    def __init__(self, out: BinaryIO) -> None:
        self.size = len(_END)
        self._out = out
        self._fields: set[str] = set()

    @property
    def fields(self) -> tuple[str, ...]:
        """The field names that occur in the shard."""
        return tuple(sorted(self._fields))

    def add(self, row: Row[tuple[str, _Members]]) -> None:
        """Write the members of one sample next to each other."""
        key, members = row.payload
        for field, content in members:
            self._out.write(_header(f"{key}.{field}", len(content)))
            self._out.write(content)
            self._out.write(b"\0" * _padding(content))
            self._fields.add(field)
        self.size += row.size

    def close(self) -> None:
        """Write the two empty blocks that end an archive."""
        self._out.write(_END)

    def abort(self) -> None:
        """Nothing is held."""


def sink(out: BinaryIO, kind: str, choices: Choices) -> _Tar:  # part of the interface
    """Write an archive to *out*."""
    return _Tar(out)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


def _padding(content: bytes) -> int:
    return -len(content) % tarfile.BLOCKSIZE


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
