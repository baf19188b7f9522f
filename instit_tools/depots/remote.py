"""A depot at an address, where objects are written whole or not at all, and nothing can be renamed.

Parts are written on this machine and then uploaded to ``.NAME.partial`` beside the output, the receipt last: a part
without one is none. At the end files are copied, out there, to their final names, and the manifest comes last: a
folder without one is no dataset. What is to be copied is written down first, so that a run that follows a killed one
knows which of the files under final names are its own.
"""

import os
import platform
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools import manifest
from instit_tools.addresses import parent
from instit_tools.depots.base import RECEIPT, Join, Move
from instit_tools.errors import OutputError
from instit_tools.writing import WritablePlace

__all__ = ["RemoteDepot", "opened", "part"]

_LOCK, _PLAN, _MOVES, _PARTS = "lock.json", "plan.json", "moves.json", "parts"


class _Holder(Struct, frozen=True):
    """Who has the depot: a process, which may be gone."""

    host: str
    boot: str
    process: int
    started: str

    def is_gone(self) -> bool:
        """Say whether it is known to be gone: it was here, and is no more."""
        if (self.host, self.boot) != (platform.node(), _boot()):
            return self.host == platform.node()  # here, and before the machine was started last
        return _started(self.process) != self.started


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
            if folder == _PARTS and name:
                parts.setdefault(key, {})[name] = size
        for key, sizes in parts.items():
            receipt = self._root.read(f"{_PARTS}/{key}/{RECEIPT}") if RECEIPT in sizes else None
            if receipt is not None:
                yield key, receipt, sizes

    def drop(self, key: str) -> None:
        """Drop one part, its receipt first."""
        start = f"{_PARTS}/{key}/"
        names = [name for name in self._root.files() if name.startswith(start)]
        self._root.remove([name for name in names if name.endswith(f"/{RECEIPT}")])
        self._root.remove([name for name in names if not name.endswith(f"/{RECEIPT}")])

    def read(self, key: str, name: str) -> bytes:
        """Read a file of a part."""
        return self._root.read(f"{_PARTS}/{key}/{name}") or b""

    def adopt(self, source: str, key: str) -> None:
        """Keep the files of the folder *source* as a part, copied out there."""
        place = WritablePlace(source)
        names = sorted(place.files(), key=lambda name: name == RECEIPT)
        for name in names:
            self._root.copy(place, name, f"{_PARTS}/{key}/{name}")

    def publish(self, moves: Sequence[Move], joins: Sequence[Join], small: Mapping[str, bytes]) -> None:
        """Copy the output together; its last file makes it one."""
        *_, last = small
        new = {move.new for move in moves} | {join.new for join in joins} | small.keys()
        self._refuse_to_replace()
        self._root.write(_MOVES, msgspec.json.encode(sorted(new)))
        there = self._out.files()
        self._out.remove([last] if last in there else [])  # from here on what was there is no dataset any more
        for move in moves:
            self._out.copy(self._root, f"{_PARTS}/{move.key}/{move.old}", move.new)
        for join in joins:
            self._out.write(join.new, b"".join(self.read(key, join.old) for key in join.keys))
        self._out.remove([name for name in there if name not in new])
        for name, content in small.items():
            self._out.write(name, content)
        self.forget()

    def forget(self) -> None:
        """Drop everything that is kept; the plan goes first, for without it nothing else counts."""
        names = [name for name in self._root.files() if name != _LOCK]
        self._root.remove([name for name in names if name == _PLAN])
        self._root.remove([name for name in names if name != _PLAN])

    def _refuse_to_replace(self) -> None:
        """Raise `OutputError` where the output holds what is neither to be replaced nor of a run that was killed."""
        mine = self._root.read(_MOVES)
        left = frozenset(msgspec.json.decode(mine, type=list[str])) if mine else frozenset()
        there = self._out.files()
        if left and manifest.NAME not in there:
            there = {name: size for name, size in there.items() if name not in left}
        for name in there:
            if self._replaces is None:
                message = f"{self._out} already holds {name}"
                raise OutputError(message, hint="choose another place; --overwrite replaces what an earlier run made")
            if name not in self._replaces:
                message = f"{self._out} holds {name}, which no manifest there lists, so it is not replaced"
                raise OutputError(message, hint="choose another place, or move that file away")


@contextmanager
def part(address: str, key: str) -> Generator[Path]:
    """Yield a folder of this machine to write a part into, which is uploaded at the end, its receipt last."""
    root = WritablePlace(address)
    with tempfile.TemporaryDirectory(prefix="instit-") as name:
        folder = Path(name)
        yield folder
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in sorted(files, key=lambda path: path.name == RECEIPT):
            root.upload(path, f"{_PARTS}/{key}/{path.relative_to(folder).as_posix()}")


@contextmanager
def opened(out: str, *, replaces: frozenset[str] | None) -> Generator[RemoteDepot]:
    """Have the depot of the output at *out* for this run alone.

    Raises `OutputError` when another run has it, or *out* holds what is not among *replaces*.
    """
    name = out.rstrip("/").rpartition("/")[2]
    root = WritablePlace(f"{parent(out)}/.{name}.partial")
    with _locked(root), tempfile.TemporaryDirectory(prefix="instit-") as spool:
        depot = RemoteDepot(root, WritablePlace(out), Path(spool), replaces)
        depot._refuse_to_replace()  # noqa: SLF001  # the other half of this class
        try:
            yield depot
        finally:
            if not any(depot.kept()):
                depot.forget()


@contextmanager
def _locked(root: WritablePlace) -> Generator[None]:
    """Have *root* for this run alone; a run that is known to be gone has it no more."""
    mine = msgspec.json.encode(_Holder(platform.node(), _boot(), os.getpid(), _started(os.getpid())))
    if not root.claim(_LOCK, mine):
        held = root.read(_LOCK)
        holder = msgspec.json.decode(held, type=_Holder) if held else None
        if holder is not None and not holder.is_gone():
            message = f"{root} belongs to a run that is still going: process {holder.process} on {holder.host}"
            hint = f"wait for it, or choose another place; if that run is dead, remove {root}/{_LOCK}"
            raise OutputError(message, hint=hint)
        root.write(_LOCK, mine)
    try:
        yield
    finally:
        root.remove([_LOCK])


def _boot() -> str:
    """Name this start of this machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _started(process: int) -> str:
    """Say when *process* was started, in ticks of the machine, so that its number is not taken for another's."""
    try:
        about = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return about.rpartition(")")[2].split()[19]
