"""Zip and tar files as media roots: an index of the members, and each member read where it lies.

Members of a tar, and members of a zip that are stored and not deflated (pictures usually are), are windows into the
archive, so that looking at a header costs a header. The archive may or may not repeat the first component of the
published paths: ``videos_vpt.zip`` answers for ``videos_vpt/LVVIS/1/1.jpg`` and for ``LVVIS/1/1.jpg``.
"""

import io
import lzma
import os
import struct
import weakref
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from instit_tools.errors import MediaError, MissingPictureError, UsageError
from instit_tools.media.known import advise
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import PREFIXES, checked
from instit_tools.media.tars import DAMAGED, members

__all__ = ["Archive", "LocalArchive", "Named", "TarStore", "Window", "ZipStore"]

_CHUNK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Of the others, `zipfile` unpacks a piece of any size at once."""
_LOCAL_HEADER = 30
_ENCRYPTED = 1
_DAMAGED = (zlib.error, lzma.LZMAError, OSError, RuntimeError, EOFError, ValueError)
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


class Named(Protocol):
    """What an archive is called: written out whole, and without folder and suffix."""

    @property
    def stem(self) -> str:
        """The last part of the name, without its suffix."""


class Archive(Protocol):
    """The bytes of an archive, wherever it is: *stream* for those who read along, `read` for those who jump."""

    @property
    def path(self) -> Named:
        """What it is called."""

    @property
    def size(self) -> int:
        """Its bytes."""

    @property
    def stream(self) -> BinaryIO:
        """All of it, as a file with a position."""

    def read(self, size: int, start: int) -> bytes:
        """Read from *start* on, without a position of the file's own."""

    def expect(self, size: int, start: int) -> None:
        """Be ready to read from *start* on; a hint."""


class LocalArchive:
    """An open file that is closed when neither its store nor a stream into it is left."""

    def __init__(self, path: Path) -> None:
        """Open *path* for reading."""
        self.path = path
        self.stream = path.open("rb")
        self.size = os.fstat(self.stream.fileno()).st_size
        weakref.finalize(self, self.stream.close)

    def read(self, size: int, start: int) -> bytes:
        """Read from *start* on, without a position of the file's own; raise `MediaError` where the disk does not."""
        try:
            data = os.pread(self.stream.fileno(), size, start)
            while len(data) < size and (more := os.pread(self.stream.fileno(), size - len(data), start + len(data))):
                data += more  # 2 GiB are the most at once
        except OSError as error:
            message = f"{self.path} cannot be read: {error.strerror}"
            raise MediaError(message) from error
        return data

    def expect(self, size: int, start: int) -> None:
        """Have the system read from *start* on."""
        advise(self.stream.fileno(), start, size)


class Window(io.RawIOBase):
    """The bytes from *start*, *size* of them, of an open file, as a stream of their own.

    Where a *crc* is known, whoever reads to the end learns whether it holds.
    """

    def __init__(self, archive: Archive, start: int, size: int, path: str, crc: int | None = None) -> None:
        """Look through to *archive*, which stays open as long as this does; speak of it as *path*.

        Raises `MediaError` where the archive ends before it.
        """
        _check_span(archive, start, size, path)
        self._path = path
        self._crc = crc
        self._summed = self._sum = 0
        self._archive = archive
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move, within the window only."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = min(max(0, base + offset), self._size)
        return self._at

    def readinto(self, buffer: "memoryview[int]", /) -> int:  # type: ignore[override]  # the base takes any buffer
        """Fill *buffer* as far as the window reaches; raise `MediaError` where the archive has become shorter."""
        wanted = min(len(buffer), self._size - self._at)
        data = _whole(self._archive, self._start + self._at, wanted, self._path)
        buffer[: len(data)] = data
        if self._crc is not None and self._at == self._summed:
            self._check(data)
        self._at += len(data)
        return len(data)

    def _check(self, data: bytes) -> None:
        self._sum = zlib.crc32(data, self._sum)
        self._summed += len(data)
        if self._summed == self._size and self._sum != self._crc:
            message = f"{self._path} is damaged: its checksum in the archive does not hold"
            raise MediaError(message, hint="fetch the archive again")


class ZipStore:
    """The files of a zip archive."""

    def __init__(self, archive: Archive, limits: Limits = DEFAULT) -> None:
        """Index *archive*; raise `UsageError` when its directory cannot be read."""
        self.limits = limits
        path = archive.path
        try:
            self._zip = zipfile.ZipFile(archive.stream)
        except (zipfile.BadZipFile, *_DAMAGED, OverflowError, struct.error) as error:
            message = f"{path} cannot be read as a zip: {error}"
            raise UsageError(message, hint="the download is probably incomplete: fetch it again") from error
        self._path = path
        self._archive = archive

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open the member for *path*; raise `MediaError` when there is none or it is damaged."""
        info = self._info(path)
        self.limits.check_bytes(path, info.file_size, self._path)
        if info.flag_bits & _ENCRYPTED:
            message = f"{path} is encrypted in {self._path}"
            raise MediaError(message, hint="unpack the archive with its password, and give --media the folder")
        if info.compress_type == zipfile.ZIP_STORED:
            return _stream(self._archive, self._data_start(info, path), info.file_size, path, info.CRC)
        if info.compress_type not in _METHODS:
            message = f"{path} in {self._path} is packed by a method that is not read"
            raise MediaError(message, hint="pack it again without compression: pictures do not get smaller")
        try:
            return io.BytesIO(self._unpacked(info))
        except (zipfile.BadZipFile, *_DAMAGED) as error:
            message = f"{path} cannot be read from {self._path}: {error}"
            raise MediaError(message) from error

    def read(self, path: str) -> bytes:
        """Give all of a member."""
        with self.open(path) as stream:
            return stream.read()

    def expect(self, path: str) -> None:
        """Tell the system that a member will be read."""
        info = self._info(path)
        self.limits.check_bytes(path, info.compress_size, self._path)
        self._archive.expect(_LOCAL_HEADER + info.compress_size, info.header_offset)

    def names(self, folder: str) -> list[str]:
        """List the members directly in *folder*."""
        return _in_folder(self._zip.namelist(), folder, self._path)

    def _info(self, path: str) -> zipfile.ZipInfo:
        for name in _names(path, self._path):
            try:
                return self._zip.getinfo(name)
            except KeyError:
                continue
        message = f"{path} is missing"
        raise MissingPictureError(message, hint=f"looked in {self._path}")

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        """Unpack a member in pieces, and no further than the size that its entry states: that may be a lie."""
        with self._zip.open(info) as stream:
            return b"".join(iter(lambda: stream.read(_CHUNK), b""))

    def _data_start(self, info: zipfile.ZipInfo, path: str) -> int:
        here = 0 <= info.header_offset < self._archive.size
        header = self._archive.read(_LOCAL_HEADER, info.header_offset) if here else b""
        if header[:4] != b"PK\x03\x04" or len(header) < _LOCAL_HEADER:
            message = f"{path} cannot be read from {self._path}: its entry is damaged"
            raise MediaError(message)
        name, extra = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
        return info.header_offset + _LOCAL_HEADER + name + extra


class TarStore:
    """The files of an uncompressed tar archive; the last of several members of one name counts, as in tar itself."""

    def __init__(self, archive: Archive, limits: Limits = DEFAULT) -> None:
        """Index *archive*, reading its headers only; raise `UsageError` when it is compressed or cut short."""
        self.limits = limits
        self._path = path = archive.path
        self._archive = archive
        if self._archive.read(8, 0).startswith(_PACKED):
            message = f"{path} is a compressed tar, in which no picture can be found without unpacking all"
            raise UsageError(message, hint="unpack it, or repack it without compression: pictures do not get smaller")
        try:
            self._members = {
                member.name.removeprefix("./"): None if member.issparse() else (member.offset_data, member.size)
                for _, member in members(self._archive.stream)
                if member.isreg() or member.issparse()
            }
        except DAMAGED as error:
            message = f"{path} cannot be read as a tar: {error}"
            raise UsageError(message, hint="the download is probably incomplete: fetch it again") from error

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open the member for *path*; raise `MediaError` when there is none."""
        return _stream(self._archive, *self._member(path), path)

    def read(self, path: str) -> bytes:
        """Give all of a member."""
        start, size = self._member(path)
        _check_span(self._archive, start, size, path)
        return _whole(self._archive, start, size, path)

    def expect(self, path: str) -> None:
        """Tell the system that a member will be read."""
        start, size = self._member(path)
        self._archive.expect(size, start)

    def names(self, folder: str) -> list[str]:
        """List the members directly in *folder*."""
        return _in_folder(self._members, folder, self._path)

    def _member(self, path: str) -> tuple[int, int]:
        """Find a member: where it starts, and its size."""
        for name in _names(path, self._path):
            if name not in self._members:
                continue
            if (found := self._members[name]) is None:  # its bytes do not lie together
                message = f"{path} is a sparse file in {self._path}"
                raise MediaError(message, hint="pack the archive again without --sparse")
            self.limits.check_bytes(path, found[1], self._path)
            return found
        message = f"{path} is missing"
        raise MissingPictureError(message, hint=f"looked in {self._path}")


def _check_span(archive: Archive, start: int, size: int, path: str) -> None:
    if start < 0 or size < 0 or start + size > archive.size:
        message = f"{path} claims {size:,} bytes at byte {start:,} of an archive of {archive.size:,}"
        raise MediaError(message, hint="fetch the archive again")


def _whole(archive: Archive, start: int, size: int, path: str) -> bytes:
    """Read all of what was there when the archive was opened: the span that is checked is that of then."""
    data = archive.read(size, start)
    if len(data) < size:
        message = f"{path} ends early in {archive.path}"
        raise MediaError(message, hint="run it again when nothing else writes the archive")
    return data


def _in_folder(members: Iterable[str], folder: str, archive: Named) -> list[str]:
    starts = tuple(f"{name.rstrip('/')}/" for name in _names(folder, archive))
    inside = {member[len(start) :] for member in members for start in starts if member.startswith(start)}
    return sorted(name for name in inside if name and "/" not in name)


def _names(path: str, archive: Named) -> tuple[str, ...]:
    """List what *path* may be called inside: without its first component only if the archive is named after that.

    ``videos_vpt.zip`` must not answer for ``videos_raw/...``: those pictures have no marks.
    """
    first, _, rest = checked(path).partition("/")
    inside = rest.lstrip("/")
    return (path, inside) if inside and (archive.stem == first or archive.stem not in PREFIXES) else (path,)


def _stream(
    archive: Archive, start: int, size: int, path: str, crc: int | None = None
) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", io.BufferedReader(Window(archive, start, size, path, crc), 8192))
