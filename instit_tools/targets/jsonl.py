"""``jsonl``: the records themselves, one a line, every key and number as it was written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from instit_tools.guides import counts, guide
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.sinks.base import Row
from instit_tools.sinks.lines import Lines
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

SUMMARY = "the records, one JSON object a line"
SUFFIX = ".jsonl"
TAKES = "records"
OPTIONS: frozenset[str] = frozenset()
DIALECTS: tuple[str, ...] = ()
FRAMES: tuple[str, ...] = ("images",)
FILES = False
RECIPE: str | None = None
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()
RESERVED: tuple[str, ...] = ()


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say no: pictures are named, not packed."""
    return False


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: paths are those of the records."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say no: those that records have are kept."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of nothing: the records are as they were."""
    return ()


def rows(made: Made, context: Context) -> Iterator[Row[bytes]]:  # part of the interface
    """Give the record back, on one line."""
    line = msgspec.json.format(made.json, indent=-1) + b"\n"
    yield Row(payload=line, size=len(line))


def sink(out: BinaryIO, kind: str, choices: Choices) -> Lines:  # part of the interface
    """Write lines to *out*."""
    return Lines(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Say what the lines are."""
    values = {
        "counts": counts(shards, place.records, place.left_out, "records"),
        "shard": shards[0].name if shards else "",
    }
    return {"README.md": guide("jsonl", values).encode()}
