"""What a sink is: it takes rows, writes them to the stream that it is given, and knows no path."""

from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from instit_tools.samples import Frame

__all__ = ["Clip", "Row", "Sink"]

P = TypeVar("P")


class Clip(Struct, frozen=True, kw_only=True, gc=False):
    """A video file to be made beside the shards: its *name* below the output folder, and the pictures it shows."""

    name: str
    frames: tuple[Frame, ...]


class Row(Struct, Generic[P], frozen=True, kw_only=True, gc=False):
    """What a sink takes at once.

    *size* is its length in the shard in bytes, *samples* how many it holds; *kind* says in whose shard it belongs, by
    default that of the record's. *text* bounds its tokens without the pictures, and *pictures* counts those: from them
    follow the limits that the trainer must be given. *clip* must be there before the row is, and so must the pictures
    that it *names* by their paths, where they are made by this run.
    """

    payload: P
    size: int
    samples: int = 1
    kind: str | None = None
    text: int = 0
    pictures: int = 0
    clip: Clip | None = None
    names: tuple[Frame, ...] = ()


class Sink(Protocol[P]):
    """Writes rows to a stream."""

    @property
    def size(self) -> int:
        """Bytes written so far, and those waiting to be written."""

    @property
    def index(self) -> bytes:
        """What stands beside the finished shard, under its name and ``.idx``; nothing where no reader needs it."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Columns or members that occur, where readers must be told; else ``()``."""

    def add(self, row: Row[P]) -> None:
        """Write one row."""

    def close(self) -> None:
        """Finish the file: reached only if every row was written."""

    def abort(self) -> None:
        """Let go of the file without finishing it."""
