"""``jsonl``: the records themselves, one a line, every key and number as it was written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from instit_tools.manifest import Shard
from instit_tools.targets.base import Choices, Context, Made, Place, Row

SUMMARY = "the records, one JSON object a line"
SUFFIX = ".jsonl"
TAKES = "records"
OPTIONS: frozenset[str] = frozenset()
DIALECTS: tuple[str, ...] = ()
RESERVED: tuple[str, ...] = ()


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say no: pictures are named, not packed."""
    return False


def rows(made: Made, context: Context) -> Iterator[Row[bytes]]:  # part of the interface
    """Give the record back, on one line."""
    line = msgspec.json.format(made.json, indent=-1) + b"\n"
    yield Row(payload=line, size=len(line))


class _Lines:
    """Writes lines as they come."""

    fields: tuple[str, ...] = ()

    def __init__(self, out: BinaryIO) -> None:
        self.size = 0
        self._out = out

    def add(self, row: Row[bytes]) -> None:
        """Write one line."""
        self._out.write(row.payload)
        self.size += row.size

    def close(self) -> None:
        """Nothing is left to write."""

    def abort(self) -> None:
        """Nothing is held."""


def sink(out: BinaryIO, kind: str, choices: Choices) -> _Lines:  # part of the interface
    """Write lines to *out*."""
    return _Lines(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Add nothing: JSON lines explain themselves."""
    return {}
