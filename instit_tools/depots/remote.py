"""A depot at an address, where objects are written whole or not at all, and nothing can be renamed.

Parts are written on this machine and then uploaded to ``.NAME.partial`` beside the output, the receipt last: a part
without one is none. At the end files are copied, out there, to their final names, and the manifest comes last: a
folder without one is no dataset. What is to be copied, and what is to go, is written down first, and stays written
down until the output is finished, whatever else is dropped: by that alone a run that follows one that broke off knows
which of the files under final names may go.
"""

import hashlib
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.addresses import parent
from instit_tools.commit import refuse_files
from instit_tools.depots.base import PARTS, RECEIPT, Join, Move, put_together
from instit_tools.depots.lock import LOCK, locked
from instit_tools.errors import OutputError
from instit_tools.manifest import File
from instit_tools.writing import WritablePlace

__all__ = ["RemoteDepot", "opened", "part"]

_PLAN, _MOVES = "plan.json", "moves.json"


class _Moving(Struct, frozen=True, kw_only=True):
    """What may go under final names while the output is not finished, which it is once *last* is there, of *sha256*."""

    last: str
    sha256: str
    names: tuple[str, ...]


class RemoteDepot:
    """Parts at *root*, for the output *out*, in which the files of *replaces* may go."""

    def __init__(self, root: WritablePlace, out: WritablePlace, spool: Path, replaces: frozenset[str] | None) -> None:
        """Keep parts at *root*; *spool* is on this machine."""
        self.address = root.address
        self.name = root.name
        self.spool = spool
        self._root = root
        self._out = out
        self._replaces = replaces

    def begin(self, plan: bytes, *, fresh: bool) -> bytes | None:
        """Make this the depot of *plan*, or give back the other plan whose parts are kept here."""
        before = self._root.read(_PLAN)
        if before == plan and not fresh:
            return None
        if not fresh and before is not None and any(self.kept()):
            return before
        self.forget()
        self._root.write(_PLAN, plan)
        return None

    def kept(self) -> Iterator[tuple[str, bytes, Mapping[str, int]]]:
        """Yield key, receipt and sizes of the files of every part that is kept."""
        parts: dict[str, dict[str, int]] = {}
        for path, size in self._root.files().items():
            folder, key, name = (*path.split("/", 2), "", "")[:3]
            if folder == PARTS and name:
                parts.setdefault(key, {})[name] = size
        for key, sizes in parts.items():
            receipt = self._root.read(f"{PARTS}/{key}/{RECEIPT}") if RECEIPT in sizes else None
            if receipt is not None:
                yield key, receipt, sizes

    def drop(self, key: str) -> None:
        """Drop one part, its receipt first."""
        start = f"{PARTS}/{key}/"
        names = [name for name in self._root.files() if name.startswith(start)]
        self._root.remove([name for name in names if name.endswith(f"/{RECEIPT}")])
        self._root.remove([name for name in names if not name.endswith(f"/{RECEIPT}")])

    def read(self, key: str, name: str) -> bytes:
        """Read a file of a part."""
        content = self._root.read(f"{PARTS}/{key}/{name}")
        if content is None:
            message = f"{self._root}/{PARTS}/{key}/{name} is gone, and a run had finished it"
            raise OutputError(message, hint="give the same command again, which makes that part again")
        return content

    def adopt(self, source: str, key: str) -> None:
        """Keep the files of the folder *source* as a part, copied out there."""
        place = WritablePlace(source)
        names = sorted(place.files(), key=lambda name: name == RECEIPT)
        for name in names:
            self._root.copy(place, name, f"{PARTS}/{key}/{name}")

    def joined(self, join: Join) -> File:
        """Fetch what a file is put together of, a part at a time, to the spool, and measure it."""
        blocks = (piece if isinstance(piece, bytes) else self.read(piece.key, piece.name) for piece in join.pieces)
        return put_together(blocks, self.spool / join.new, join.new)

    def publish(self, moves: Sequence[Move], joins: Sequence[Join], small: Mapping[str, bytes]) -> None:
        """Copy the output together; its last file makes it one."""
        *_, last = small
        new = {move.new for move in moves} | {join.new for join in joins} | small.keys()
        there = self.refuse_to_replace()
        moving = _Moving(last=last, sha256=_sha256(small[last]), names=tuple(sorted(new | there)))
        self._root.write(_MOVES, msgspec.json.encode(moving))
        self._out.remove([last] if last in there else [])  # from here on what was there is no dataset any more
        for move in moves:
            self._out.copy(self._root, f"{PARTS}/{move.key}/{move.old}", move.new)
        for join in joins:
            self._out.upload(self.spool / join.new, join.new)
        self._out.remove(sorted(there - new))
        for name, content in small.items():
            self._out.write(name, content)
        self.forget()
        self._root.remove([_MOVES])

    def forget(self) -> None:
        """Drop everything that is kept but what an unfinished output is known by; the plan goes first."""
        names = [name for name in self._root.files() if name not in {LOCK, _MOVES}]
        self._root.remove([name for name in names if name == _PLAN])
        self._root.remove([name for name in names if name != _PLAN])

    def tidied(self) -> None:
        """Take away what a run did not that was killed when it had published, or before it took anything away."""
        moving = self._moving()
        if moving is None:
            return
        content = self._out.read(moving.last)
        if content is not None and _sha256(content) == moving.sha256:
            self.forget()
        if content is not None or self._out.files().keys().isdisjoint(moving.names):
            self._root.remove([_MOVES])

    def refuse_to_replace(self) -> frozenset[str]:
        """Name what the output holds; raise `OutputError` unless all may go, or is of a run that broke off there."""
        moving, there = self._moving(), frozenset(self._out.files())
        left = frozenset(moving.names) if moving and moving.last not in there else frozenset()
        refuse_files(str(self._out), sorted(there - left), self._replaces, kind="place")
        return there

    def _moving(self) -> _Moving | None:
        content = self._root.read(_MOVES)
        try:
            return msgspec.json.decode(content, type=_Moving) if content is not None else None
        except msgspec.DecodeError as error:
            message = f"{self._root}/{_MOVES} is not what a run writes: {error}"
            raise OutputError(message, hint=f"remove {self._root}, and what of {self._out} is not wanted") from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def part(address: str, key: str) -> Generator[Path]:
    """Yield a folder of this machine to write a part into, which is uploaded at the end, its receipt last."""
    root = WritablePlace(address)
    with tempfile.TemporaryDirectory(prefix="instit-") as name:
        folder = Path(name)
        yield folder
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in sorted(files, key=lambda path: path.name == RECEIPT):
            root.upload(path, f"{PARTS}/{key}/{path.relative_to(folder).as_posix()}")


@contextmanager
def opened(out: str, *, replaces: frozenset[str] | None) -> Generator[RemoteDepot]:
    """Have the depot of the output at *out* for this run alone.

    Raises `OutputError` when another run has it, or *out* holds what is not among *replaces*.
    """
    name = out.rstrip("/").rpartition("/")[2]
    root = WritablePlace(f"{parent(out)}/.{name}.partial")
    with locked(root), tempfile.TemporaryDirectory(prefix="instit-") as spool:
        depot = RemoteDepot(root, WritablePlace(out), Path(spool), replaces)
        depot.tidied()
        depot.refuse_to_replace()
        try:
            yield depot
        finally:
            if not any(depot.kept()):
                depot.forget()
