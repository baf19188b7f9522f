"""Depots: finished parts of an output, and the output that they become, on a file system or at an address."""

from contextlib import AbstractContextManager
from pathlib import Path

from instit_tools import manifest
from instit_tools.addresses import is_address, parent
from instit_tools.depots import local
from instit_tools.depots.base import Depot
from instit_tools.writing import WritablePlace

__all__ = ["content", "files", "listed", "neighbours", "opened", "part"]


def opened(out: str, *, replaces: frozenset[str] | None = None) -> AbstractContextManager[Depot]:
    """Have the depot of the output *out* for this run alone; *replaces* names the files in it that may go.

    Raises `OutputError` when another run has it, or *out* holds anything else.
    """
    if is_address(out):
        from instit_tools.depots import remote

        return remote.opened(out, replaces=replaces)
    return local.opened(Path(out), replaces=replaces)


def part(address: str, key: str) -> AbstractContextManager[Path]:
    """Yield a folder to write the part *key* of the depot at *address* into; kept only if the block succeeds."""
    if is_address(address):
        from instit_tools.depots import remote

        return remote.part(address, key)
    return local.part(Path(address), key)


def listed(out: str) -> frozenset[str] | None:
    """Name all files of the finished dataset in *out*, or say that there is none.

    Raises `OutputError` where what should be its manifest is none.
    """
    found = content(out, manifest.NAME)
    return None if found is None else manifest.files_of(manifest.decoded(found, f"{out}/{manifest.NAME}"))


def content(folder: str, name: str) -> bytes | None:
    """Read the file *name* in *folder*; ``None`` where there is none."""
    if is_address(folder):
        return WritablePlace(folder).read(name)
    path = Path(folder) / name
    return path.read_bytes() if path.is_file() else None


def files(folder: str) -> dict[str, int]:
    """Name all files in *folder*, however deep, with their sizes."""
    if is_address(folder):
        return WritablePlace(folder).files()
    return local.files(Path(folder))


def neighbours(out: str) -> list[str]:
    """Name what lies beside *out*, sorted."""
    if is_address(out):
        return sorted(WritablePlace(str(parent(out))).children())
    folder = Path(out).absolute().parent
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
