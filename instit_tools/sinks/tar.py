"""Tar: members in POSIX ustar format, without time, owner or any other trace of the run.

A header is a template in which name, size and checksum are filled in: making each with `tarfile` takes longer than
reading the picture that it stands before.
"""

import tarfile
from array import array
from typing import BinaryIO

from instit_tools.sinks.base import Row
from instit_tools.sinks.blocks import Blocks

__all__ = ["END", "LONGEST_NAME", "IndexedTar", "Members", "Tar", "header", "member", "taken"]

LONGEST_NAME = tarfile.LENGTH_NAME
Members = tuple[tuple[str, bytes], ...]
"""Field name (``json``, ``001.jpg``) and content."""

END = b"\0" * (2 * tarfile.BLOCKSIZE)
"""What ends an archive, and what archives that are put together of pieces have only once."""
_GAPS = [b"\0" * (-size % tarfile.BLOCKSIZE) for size in range(tarfile.BLOCKSIZE)]
_EMPTY = tarfile.TarInfo("").tobuf(tarfile.USTAR_FORMAT)
_MODE_AND_OWNER, _TIME, _REST = _EMPTY[100:124], _EMPTY[136:148], _EMPTY[156:]
_SUM = sum(_MODE_AND_OWNER) + sum(_TIME) + sum(_REST) + sum(b" " * 8)  # the checksum's own place counts as spaces
_MOST = 8**11


class Tar:
    """Writes the members of each row next to each other, as ``KEY.FIELD``."""

    @property
    def index(self) -> bytes:
        """Nothing: readers of the whole archive need none."""
        return b""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*."""
        self.size = len(END)
        self._blocks = Blocks(out)
        self._fields: set[str] = set()

    @property
    def fields(self) -> tuple[str, ...]:
        """The field names that occur in the shard."""
        return tuple(sorted(self._fields))

    def add(self, row: Row[tuple[str, Members]]) -> None:
        """Write the members of one sample."""
        key, members = row.payload
        for field, content in members:
            self._blocks.write(header(f"{key}.{field}", len(content)))
            self._blocks.write(content)
            self._blocks.write(_GAPS[len(content) % tarfile.BLOCKSIZE])
            self._fields.add(field)
        self.size += row.size

    def close(self) -> None:
        """Write the two empty blocks that end an archive."""
        self._blocks.write(END)
        self._blocks.flush()

    def abort(self) -> None:
        """Nothing is held."""


class IndexedTar(Tar):
    """Notes where each row begins, and where the last ends: 64 bits each, in the order of the machine."""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*."""
        super().__init__(out)
        self._starts = array("Q", [0])

    @property
    def index(self) -> bytes:
        """The offsets of all rows, and of what follows them."""
        return self._starts.tobytes()

    def add(self, row: Row[tuple[str, Members]]) -> None:
        """Write the members of one sample, and note where they end."""
        super().add(row)
        self._starts.append(self.size - len(END))


def taken(members: Members) -> int:
    """Say how many bytes *members* take in an archive."""
    blocks = sum(1 + -(-len(content) // tarfile.BLOCKSIZE) for _, content in members)
    return blocks * tarfile.BLOCKSIZE


def member(name: str, content: bytes) -> tuple[bytes, bytes, bytes]:
    """Give a file with its header before and the gap behind it; in PAX format where its name is too long for ustar."""
    try:
        head = header(name, len(content))
    except ValueError:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        head = info.tobuf(tarfile.PAX_FORMAT)
    return head, content, _GAPS[len(content) % tarfile.BLOCKSIZE]


def header(name: str, size: int) -> bytes:
    """Make the header of a file, as `tarfile` does."""
    if len(name) > LONGEST_NAME or size >= _MOST or not name.isascii():
        info = tarfile.TarInfo(name)
        info.size = size
        return info.tobuf(tarfile.USTAR_FORMAT)
    label, digits = name.encode("ascii"), b"%011o\0" % size
    total = b"%06o\0 " % (_SUM + sum(label) + sum(digits))
    return b"".join((label.ljust(100, b"\0"), _MODE_AND_OWNER, digits, _TIME, total, _REST))
