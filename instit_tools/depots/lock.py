"""A lock at an address: a file that says who has the folder, taken over from a process that is known to be gone.

Nothing out there lets go of a lock when its holder dies, and another machine's processes cannot be looked at, so only
a process of this machine is ever known to be gone.
"""

import os
import platform
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.errors import OutputError
from instit_tools.writing import WritablePlace

__all__ = ["LOCK", "locked"]

LOCK = "lock.json"


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


@contextmanager
def locked(root: WritablePlace) -> Generator[None]:
    """Have *root* for this run alone; a run that is known to be gone has it no more.

    Raises `OutputError` where another run has it, or may have it.
    """
    mine = msgspec.json.encode(_Holder(platform.node(), _boot(), os.getpid(), _started(os.getpid())))
    if not root.claim(LOCK, mine):
        _refuse_held(root, root.read(LOCK))
        root.write(LOCK, mine)
        if (now := root.read(LOCK)) != mine:  # of two who take over at the same moment, the later one has it
            _refuse_held(root, now, gone=False)
    try:
        yield
    finally:
        if root.read(LOCK) == mine:  # and not that of a run which was begun when this one was taken for dead
            root.remove([LOCK])


def _refuse_held(root: WritablePlace, held: bytes | None, *, gone: bool = True) -> None:
    """Raise `OutputError` where *held* names a holder, unless it may be *gone*, and is."""
    if held is None and gone:
        return
    hint = f"wait for it, or choose another place; if that run is dead, remove {root}/{LOCK}"
    try:
        holder = msgspec.json.decode(held or b"", type=_Holder)
    except msgspec.DecodeError as error:
        message = f"{root} belongs to another run: {root}/{LOCK} does not say which"
        raise OutputError(message, hint=hint) from error
    if not (gone and holder.is_gone()):
        message = f"{root} belongs to a run that is still going: process {holder.process} on {holder.host}"
        raise OutputError(message, hint=hint)


def _boot() -> str:
    """Name this start of this machine; without a name where the system has none, as on macOS."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _started(process: int) -> str:
    """Say when *process* was started, in ticks of the machine, so that its number is not taken for another's."""
    try:
        about = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return about.rpartition(")")[2].split()[19]
