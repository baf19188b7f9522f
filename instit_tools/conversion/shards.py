"""Rows into shards: a file for each kind of record, cut where the next row would make it too large."""

import hashlib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from msgspec import Struct

from instit_tools.manifest import File, Shard
from instit_tools.receipt import Receipt
from instit_tools.sinks.base import Row, Sink
from instit_tools.targets.base import Choices, Target

__all__ = ["Shards", "index_name", "shards"]


class _Open(Struct):
    """A shard being written."""

    sink: Sink[Any]
    stream: BinaryIO
    receipt: Receipt
    name: str
    samples: int = 0
    text: int = 0
    pictures: int = 0


class Shards:
    """Shards of one partition, under names that say which; numbering them is done when all partitions are done."""

    def __init__(self, target: Target[Any], choices: Choices, folder: Path | None, prefix: str, limit: int) -> None:
        """Write to *folder*, or with ``None`` nowhere, which still measures; *limit* is the size of a shard."""
        self.done: list[Shard] = []
        self.indexes: list[File] = []
        self._target = target
        self._choices = choices
        self._folder = folder
        self._prefix = prefix
        self._limit = limit
        self._open: dict[str, _Open] = {}

    def add(self, kind: str, rows: Iterable[Row[Any]]) -> None:
        """Write each of *rows* to the shard of its kind (or *kind*), or to a new one if it would grow too large."""
        for row in rows:
            shard = self._open.get(row.kind or kind)
            if shard is None or (shard.samples and shard.sink.size + row.size > self._limit):
                shard = self._next(row.kind or kind)
            shard.sink.add(row)
            shard.samples += row.samples
            shard.text = max(shard.text, row.text)
            shard.pictures = max(shard.pictures, row.pictures)

    def close(self) -> None:
        """Finish all that is open."""
        for kind in list(self._open):
            self._finish(kind)

    def abort(self) -> None:
        """Let go of all that is open, unfinished."""
        for shard in self._open.values():
            shard.sink.abort()
            shard.stream.close()

    def _next(self, kind: str) -> _Open:
        if kind in self._open:
            self._finish(kind)
        name = f"{kind}.{self._prefix}.{len(self.done):06d}"
        path = self._folder / name if self._folder else Path("/dev/null")
        stream = path.open("wb")
        receipt = Receipt(stream)
        sink = self._target.sink(cast("BinaryIO", receipt), kind, self._choices)
        shard = self._open[kind] = _Open(sink=sink, stream=stream, receipt=receipt, name=name)
        return shard

    def _finish(self, kind: str) -> None:
        shard = self._open[kind]
        shard.sink.close()
        shard.stream.close()
        del self._open[kind]
        if index := shard.sink.index:
            self._indexed(index_name(shard.name), index)
        self.done.append(
            Shard(
                name=shard.name,
                kind=kind,
                samples=shard.samples,
                bytes=shard.receipt.size,
                sha256=shard.receipt.sha256,
                fields=tuple(shard.sink.fields),
                text=shard.text,
                pictures=shard.pictures,
            )
        )

    def _indexed(self, name: str, index: bytes) -> None:
        if self._folder:
            (self._folder / name).write_bytes(index)
        self.indexes.append(File(name=name, bytes=len(index), sha256=hashlib.sha256(index).hexdigest()))


def index_name(shard: str) -> str:
    """Name the index that stands beside *shard*."""
    return f"{shard}.idx"


@contextmanager
def shards(target: Target[Any], choices: Choices, folder: Path | None, *, prefix: str, limit: int) -> Generator[Shards]:
    """Yield shards to add rows to; they are finished only if the block succeeds."""
    writing = Shards(target, choices, folder, prefix, limit)
    try:
        yield writing
        writing.close()
    except BaseException:
        writing.abort()
        raise
