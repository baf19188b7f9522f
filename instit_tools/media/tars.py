"""The members of a tar as `tarfile` finds them, for all who read one: what it trips over is one kind of error.

A tar can be made so that `tarfile` runs past a header's end, calls itself without end, goes back for ever, or gives
gigabytes that are not there.
"""

import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

__all__ = ["DAMAGED", "content", "is_tar", "members"]

T = TypeVar("T")
DAMAGED = (tarfile.TarError, ValueError, OverflowError)
"""What reading a tar that is none raises, here and in `tarfile`."""


def is_tar(stream: BinaryIO) -> bool:
    """Say whether a tar begins where *stream* stands, a compressed one too."""
    try:
        return _step(lambda: tarfile.is_tarfile(stream))
    except DAMAGED:
        return False


def members(source: Path | BinaryIO) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Yield every member of an uncompressed tar, with the open archive; raises one of `DAMAGED` where it breaks off."""
    path, stream = (source, None) if isinstance(source, Path) else (None, source)
    with _step(lambda: tarfile.open(path, "r:", stream)) as archive:
        found = iter(archive)
        while (member := _step(lambda: next(found, None))) is not None:
            if member.size < 0:  # which would lead back, and round for ever
                message = f"{member.name!r} has a size of {member.size:,} bytes"
                raise tarfile.ReadError(message)
            yield archive, member


def content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """Give the bytes of a member, none of what is no ordinary file; raises `tarfile.ReadError` for a sparse one."""
    if member.issparse():
        message = f"{member.name!r} is a sparse file"
        raise tarfile.ReadError(message)
    stream = archive.extractfile(member) if member.isreg() else None
    return stream.read() if stream else b""


def _step(take: Callable[[], T]) -> T:
    try:
        return take()
    except (IndexError, RecursionError) as error:  # of an extension that is cut short, or of one upon another
        message = "its headers are damaged"
        raise tarfile.ReadError(message) from error
