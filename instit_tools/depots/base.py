"""What a depot is: where a run keeps the parts that are finished, until all are there and become the output.

A part is a few files under a key. It is there whole or not at all, so whoever died while making one left nothing that
counts, and who makes it again, perhaps at the same time, makes the same bytes. Nothing stands under the final name of
the output until everything does; the manifest comes last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from instit_tools.manifest import File
from instit_tools.receipt import Receipt

__all__ = ["PARTS", "RECEIPT", "Depot", "Join", "Move", "Piece", "put_together"]

RECEIPT = "receipt.json"
"""The file of a part that says what the others are."""
PARTS = "parts"
"""The folder of a depot that its parts are in: who removes it drops them, and nothing else."""


class Move(Struct, frozen=True, kw_only=True):
    """A file called *old* in the part *key* becomes the one called *new* in the output."""

    key: str
    old: str
    new: str


class Piece(Struct, frozen=True):
    """The file called *name* in the part *key*."""

    key: str
    name: str


class Join(Struct, frozen=True, kw_only=True):
    """The *pieces*, files of parts and bytes as they stand here, become one after another the file called *new*."""

    pieces: tuple[Piece | bytes, ...]
    new: str


class Depot(Protocol):
    """Finished parts, and the output that they become."""

    spool: Path
    """A folder for what is unpacked to be read; it goes when the run ends, however it ends."""

    address: str
    """What `part` finds the depot by, in any process."""

    name: str
    """The address as it may be printed."""

    def begin(self, plan: bytes, *, fresh: bool) -> bytes | None:
        """Make this the depot of *plan*, or give back the other plan whose parts are kept here; *fresh* drops them."""

    def drop(self, key: str) -> None:
        """Drop one part."""

    def forget(self) -> None:
        """Drop everything that is kept."""

    def kept(self) -> Iterator[tuple[str, bytes, Mapping[str, int]]]:
        """Yield key, receipt and sizes of the files of every part that is kept."""

    def read(self, key: str, name: str) -> bytes:
        """Read a file of a part; raise `OutputError` or `OSError` where it is not there."""

    def joined(self, join: Join) -> File:
        """Put a file of the output together in the spool, where `publish` takes it from, and measure it."""

    def publish(self, moves: Sequence[Move], joins: Sequence[Join], small: Mapping[str, bytes]) -> None:
        """Make the output of files of the parts, of *joins* that are `joined`, and of *small* ones, in this order."""

    def adopt(self, source: str, key: str) -> None:
        """Keep the files of the folder *source* as the part *key*, whatever it was, and leave them there as well."""


def put_together(blocks: Iterable[bytes], path: Path, name: str) -> File:
    """Write *blocks* to the local file *path*, and measure them as the file *name*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        receipt = Receipt(stream)
        for block in blocks:
            receipt.write(block)
    return File(name=name, bytes=receipt.size, sha256=receipt.sha256)
