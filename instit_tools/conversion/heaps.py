"""Where the pictures that a part makes are put: files in folders, or pieces of archives.

A piece is members one after another and nothing behind them. The pieces of all parts in order, and behind them what
ends an archive, are the archive; for a zip that is the directory, made of the entries that each piece has beside it.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import msgspec

from instit_tools.errors import MediaError
from instit_tools.manifest import File, is_name
from instit_tools.receipt import Receipt
from instit_tools.sinks import tar, zips
from instit_tools.sinks.zips import Entry

__all__ = ["ENTRIES", "Heap", "Pack", "ending", "heap"]

Pack = Literal["tar", "zip"]
ENTRIES = ".entries"
"""Behind the name of a zip, the name of the file of a part that lists what is in its piece."""

_LONGEST = 255


class Heap(Protocol):
    """Takes pictures."""

    @property
    def files(self) -> tuple[File, ...]:
        """The pictures that are files, measured."""

    @property
    def pieces(self) -> tuple[File, ...]:
        """Pieces of archives, measured, and what belongs to them; once it is closed."""

    def check(self, path: str) -> None:
        """Raise `MediaError` where *path* is no name that a picture may have here."""

    def add(self, path: str, content: bytes) -> None:
        """Take a picture."""

    def close(self) -> None:
        """Finish."""

    def abort(self) -> None:
        """Let go of what is open, unfinished."""


def heap(folder: Path | None, pack: Pack | None) -> Heap:
    """Put pictures below *folder*, or with ``None`` (a dry run) only measure them."""
    return Files(folder) if pack is None else Pieces(folder, pack)


class Files:
    """Pictures as files of their own."""

    pieces: tuple[File, ...] = ()

    def __init__(self, folder: Path | None) -> None:
        """Begin with none."""
        self._folder = folder
        self._files: list[File] = []
        self._there: set[str] = set()

    @property
    def files(self) -> tuple[File, ...]:
        """All so far."""
        return tuple(self._files)

    def check(self, path: str) -> None:
        """Raise `MediaError` where no file may be called *path*."""
        _check(path)

    def add(self, path: str, content: bytes) -> None:
        """Write a file."""
        if self._folder:
            folder = path.rpartition("/")[0]
            if folder not in self._there:
                (self._folder / folder).mkdir(parents=True, exist_ok=True)
                self._there.add(folder)
            (self._folder / path).write_bytes(content)
        self._files.append(File(name=path, bytes=len(content), sha256=hashlib.sha256(content).hexdigest()))

    def close(self) -> None:
        """Nothing is held open."""

    def abort(self) -> None:
        """Nothing is held open."""


class _Piece:
    """A piece of one archive, being written."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.receipt = Receipt(stream)
        self.entries: list[Entry] = []


class Pieces:
    """Pictures in archives, one for each published folder."""

    files: tuple[File, ...] = ()

    def __init__(self, folder: Path | None, pack: Pack) -> None:
        """Begin with none."""
        self.pieces: tuple[File, ...] = ()
        self._folder = folder
        self._pack = pack
        self._open: dict[str, _Piece] = {}

    def check(self, path: str) -> None:
        """Raise `MediaError` where an archive that is unpacked would not give a file called *path*."""
        _check(path)

    def add(self, path: str, content: bytes) -> None:
        """Write a member."""
        name = f"{path.partition('/')[0]}.{self._pack}"
        if name not in self._open:
            where = self._folder / name if self._folder else Path("/dev/null")
            self._open[name] = _Piece(where.open("wb"))
        piece = self._open[name]
        if self._pack == "tar":
            piece.receipt.write(b"".join(tar.member(path, content)))
            return
        head, entry = zips.local(path, content, piece.receipt.size)
        piece.receipt.write(head + content)
        piece.entries.append(entry)

    def close(self) -> None:
        """Finish all pieces, and measure them."""
        found = []
        for name, piece in self._open.items():
            piece.stream.close()
            found.append(File(name=name, bytes=piece.receipt.size, sha256=piece.receipt.sha256))
            if self._pack == "zip":
                found.append(self._listed(name + ENTRIES, piece.entries))
        self.pieces = tuple(found)

    def abort(self) -> None:
        """Let go of all pieces."""
        for piece in self._open.values():
            piece.stream.close()

    def _listed(self, name: str, entries: Sequence[Entry]) -> File:
        content = msgspec.json.encode(entries)
        if self._folder:
            (self._folder / name).write_bytes(content)
        return File(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def ending(pack: Pack, sizes: Sequence[int], entries: Sequence[bytes]) -> bytes:
    """Give what ends an archive of pieces of *sizes*; of a zip, *entries* are what each piece has beside it."""
    if pack == "tar":
        return tar.END
    start, moved = 0, []
    for size, listed in zip(sizes, entries, strict=True):
        moved += [
            Entry(each.name, each.crc, each.size, each.start + start)
            for each in msgspec.json.decode(listed, type=list[Entry])
        ]
        start += size
    return zips.directory(moved, start)


def _check(path: str) -> None:
    if not is_name(path) or any(len(part.encode()) > _LONGEST for part in path.split("/")):
        message = f"{path!r} is no name that a picture's file may have"
        raise MediaError(message, hint="names have no control characters and parts of 255 bytes at most")
