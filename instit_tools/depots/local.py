"""A depot on a file system: a hidden sibling of the output, and at the end a rename.

``.NAME.partial`` holds a lock, the plan, a folder for each part and, at the very end, the output while it is put
together. The bytes of a part are on the disk before its name is. What is moved at the end is written down first, and
which folder it is moved to: where that folder has the name of the output, a run that was killed then had published, and
otherwise it is taken back to where it had all parts and no output.
"""

import os
import shutil
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.commit import exchange, locked, refuse_to_replace, sync, whole
from instit_tools.depots.base import PARTS, RECEIPT, Join, Move, put_together
from instit_tools.manifest import File

__all__ = ["LocalDepot", "files", "opened", "part"]

_PLAN, _MOVES = "plan.json", "moves.json"
_DATA, _SPOOL = "data", "spool"
_BLOCK = 1 << 20


class _Moving(Struct, frozen=True, kw_only=True):
    """What is moved to the folder *data*, by device and number: the output, once that has its name."""

    data: tuple[int, int]
    moves: tuple[Move, ...]


class LocalDepot:
    """Parts in folders of *root*."""

    def __init__(self, root: Path, out: Path, replaces: frozenset[str] | None) -> None:
        """Keep parts in *root* for the output *out*, in which the files of *replaces* may go."""
        self.address = str(root.absolute())
        self.name = str(root)
        self.spool = root / _SPOOL
        self._root = root
        self._parts = root / PARTS
        self._out = out
        self._replaces = replaces

    def begin(self, plan: bytes, *, fresh: bool) -> bytes | None:
        """Make this the depot of *plan*, or give back the other plan whose parts are kept here."""
        path = self._root / _PLAN
        before = path.read_bytes() if path.exists() else None
        if before == plan and not fresh:
            self._take_back()
            return None
        if not fresh and before is not None and self._keys():
            return before
        self.forget()
        with whole(path) as (partial,):
            partial.write_bytes(plan)
        return None

    def kept(self) -> Iterator[tuple[str, bytes, Mapping[str, int]]]:
        """Yield key, receipt and sizes of the files of every part that is kept."""
        for key in self._keys():
            folder = self._parts / key
            yield key, (folder / RECEIPT).read_bytes(), files(folder)

    def drop(self, key: str) -> None:
        """Drop one part."""
        shutil.rmtree(self._parts / key)

    def read(self, key: str, name: str) -> bytes:
        """Read a file of a part."""
        return (self._parts / key / name).read_bytes()

    def adopt(self, source: str, key: str) -> None:
        """Keep the files of *source* as a part: the same files under two names where the file system can."""
        if key in self._keys():  # and perhaps not whole
            self.drop(key)
        with part(self._root, key) as folder:
            shutil.copytree(source, folder, dirs_exist_ok=True, copy_function=_linked)

    def joined(self, join: Join) -> File:
        """Put a file together in the spool, and measure it."""
        return put_together(self._blocks(join), self.spool / join.new, join.new)

    def publish(self, moves: Sequence[Move], joins: Sequence[Join], small: Mapping[str, bytes]) -> None:
        """Put the output together, and give it its name."""
        data, listing = self._root / _DATA, self._root / _MOVES
        data.mkdir()
        with whole(listing) as (partial,):
            partial.write_bytes(msgspec.json.encode(_Moving(data=_identity(data), moves=tuple(moves))))
        for move in moves:
            (self._parts / move.key / move.old).rename(_with_folder(data / move.new))
        for join in joins:
            sync(self.spool / join.new)
            (self.spool / join.new).rename(_with_folder(data / join.new))
        for name, content in small.items():
            _with_folder(data / name).write_bytes(content)
            sync(data / name)
        for folder in (*(path for path in data.rglob("*") if path.is_dir()), data):
            sync(folder)
        refuse_to_replace(self._out, self._replaces)
        exchange(data, self._out)
        self.forget()

    def forget(self) -> None:
        """Drop everything that is kept; the plan goes first, for without it nothing else counts."""
        for name in (_PLAN, _MOVES):
            (self._root / name).unlink(missing_ok=True)
        for name in (PARTS, _DATA):
            if (self._root / name).exists():
                shutil.rmtree(self._root / name)

    def tidied(self) -> None:
        """Take away what a run that was killed when it had published did not."""
        moving = self._moving()
        if moving is not None and self._out.exists() and _identity(self._out) == moving.data:
            self.forget()

    def closed(self) -> None:
        """Take away what only this run needed, and everything where nothing is kept."""
        shutil.rmtree(self.spool, ignore_errors=True)
        if not self._keys():
            shutil.rmtree(self._root, ignore_errors=True)

    def _blocks(self, join: Join) -> Iterator[bytes]:
        for piece in join.pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            with (self._parts / piece.key / piece.name).open("rb") as source:
                while block := source.read(_BLOCK):
                    yield block

    def _keys(self) -> list[str]:
        if not self._parts.exists():
            return []
        return sorted(path.name for path in self._parts.iterdir() if not path.name.startswith("."))

    def _take_back(self) -> None:
        """Undo what a run did that was killed while it put the output together, and drop what attempts left."""
        data, moving = self._root / _DATA, self._moving()
        if data.exists():
            for move in moving.moves if moving else ():
                if (data / move.new).exists() and (self._parts / move.key).is_dir():  # parts may be dropped by hand
                    (data / move.new).rename(self._parts / move.key / move.old)
            (self._root / _MOVES).unlink(missing_ok=True)  # before the folder, whose number is then given to another
            shutil.rmtree(data)
        (self._root / _MOVES).unlink(missing_ok=True)
        for left in self._parts.glob(".*"):
            shutil.rmtree(left, ignore_errors=True)

    def _moving(self) -> _Moving | None:
        listing = self._root / _MOVES
        return msgspec.json.decode(listing.read_bytes(), type=_Moving) if listing.exists() else None


def _with_folder(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _identity(folder: Path) -> tuple[int, int]:
    """Say which folder it is, whatever its name."""
    about = folder.stat()
    return about.st_dev, about.st_ino


def files(folder: Path) -> dict[str, int]:
    """Name all files in *folder*, however deep, with their sizes."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}


def _linked(source: str, copy: str) -> None:
    try:
        os.link(source, copy)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, copy)


@contextmanager
def part(root: Path, key: str) -> Generator[Path]:
    """Yield a folder to write a part into; of several who make one at once, the first who succeeds has made it."""
    attempt = root / PARTS / f".{key}.{uuid.uuid4().hex}"
    attempt.mkdir(parents=True)
    try:
        yield attempt
        for path in (*attempt.rglob("*"), attempt):
            sync(path)
        try:
            attempt.rename(root / PARTS / key)
        except OSError:
            if not (root / PARTS / key).exists():
                raise
        sync(root / PARTS)
    finally:
        shutil.rmtree(attempt, ignore_errors=True)


@contextmanager
def opened(out: Path, *, replaces: frozenset[str] | None) -> Generator[LocalDepot]:
    """Have the depot of the output *out* for this run alone.

    Raises `OutputError` when another run has it, or *out* holds what is not among *replaces*.
    """
    refuse_to_replace(out, replaces)
    root = out.with_name(f".{out.name}.partial")
    with locked(root):
        depot = LocalDepot(root, out, replaces)
        depot.tidied()
        try:
            yield depot
        finally:
            depot.closed()
