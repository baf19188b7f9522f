"""``energon``: tar shards as Megatron-Energon reads them in place: where each sample begins, and ``.nv-meta``.

The loader asks for ``SHARD.tar.idx``, the offset of every sample and of the end, 64 bits each in the order of the
machine (flavors/webdataset/itar.py), for ``.nv-meta/.info.json``, whose order is that of the shards, and for the split
(metadata.py). ``energon prepare`` writes the same files again, and adds an SQLite index for lookups by key. Keys are
used once in all shards (indexing.py, ``DuplicateSampleKeyError``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from instit_tools.conversations import RESERVED
from instit_tools.errors import SampleError
from instit_tools.guides import counts, guide, quoted, shell
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.sinks.base import Row
from instit_tools.sinks.tar import IndexedTar, Members
from instit_tools.targets.base import Choices, Context, Made, Place, Whole
from instit_tools.targets.packing import by_sample

__all__ = ["RESERVED", "beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "Megatron-Energon: indexed tar shards and .nv-meta, loadable as they are"
SUFFIX = ".tar"
TAKES = "samples"
OPTIONS: frozenset[str] = frozenset()
DIALECTS: tuple[str, ...] = ()
FRAMES: tuple[str, ...] = ("images",)
FILES = False
RECIPE = "paper"
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()

_CLASS = b"__module__: megatron.energon\n__class__: CrudeWebdataset\n"


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
    """Make one tar sample of each sample."""
    if context.store is not None:
        yield from by_sample(made, context.store)


def sink(out: BinaryIO, kind: str, choices: Choices) -> IndexedTar:  # part of the interface
    """Write an archive to *out*, noting where samples begin."""
    return IndexedTar(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Write what the loader asks for, all shards for training, and how to load them."""
    info = {"energon_version": None, "shard_counts": {shard.name: shard.samples for shard in shards}}
    values = {
        "counts": counts(shards, place.records, place.left_out),
        "folder": quoted(place.folder),
        "folder_shell": shell(place.folder),
    }
    return {
        ".nv-meta/dataset.yaml": _CLASS,
        ".nv-meta/split.yaml": _split([shard.name for shard in shards]),
        ".nv-meta/.info.json": msgspec.json.format(msgspec.json.encode(info), indent=2) + b"\n",
        "README.md": guide("energon", values).encode(),
    }


def _split(names: Sequence[str]) -> bytes:
    train = "".join(f"\n  - {name}" for name in names) or " []"
    return f"split_parts:\n  train:{train}\n  val: []\n  test: []\nexclude: []\n".encode()
