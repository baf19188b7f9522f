"""Where pictures are: a folder, a zip or a tar, read in place.

A store answers two questions about a path, relative to its root: is it there, and what is in it. Nothing is unpacked
to disk, nothing outside the root is ever opened, and nothing larger than its limits is read.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from instit_tools.errors import MediaError, MissingPictureError, UsageError
from instit_tools.media.archives import TarStore, ZipStore
from instit_tools.media.known import KnownFolders, advise
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import PREFIXES, checked

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["FolderStore", "Store", "beside", "holds_media", "open_store", "packed"]

_ARCHIVES = (".zip", ".tar")


class Store(Protocol):
    """A root that paths of pictures are relative to."""

    def __hash__(self) -> int:
        """Tell one store from another."""

    @property
    def limits(self) -> Limits:
        """How large its pictures may be."""

    def open(self, path: str) -> "AbstractContextManager[BinaryIO]":
        """Open the file at *path* for reading, seekable; raise `MediaError` when it is not there or too large."""

    def read(self, path: str) -> bytes:
        """Give all of the file at *path*; raise `MediaError` as `open` does."""

    def expect(self, path: str) -> None:
        """Have the file at *path* read into the system's memory, not waiting; a hint, that need not be taken."""

    def names(self, folder: str) -> list[str]:
        """List the files directly in *folder*, sorted; none where there is no such folder."""


def open_store(root: Path, limits: Limits = DEFAULT) -> Store:
    """Open a media root: a folder (which may hold ``videos_vpt.zip`` in place of ``videos_vpt/``), a zip or a tar.

    Raises `UsageError` when *root* is none of these.
    """
    if root.is_dir():
        return FolderStore(root, limits)
    if not root.exists():
        message = f"the media root {root} does not exist"
        raise UsageError(message, hint="--media takes a folder, a .zip or a .tar")
    return _archive(root, limits)


def packed(root: Path) -> bool:
    """Say whether pictures are in an archive: *root* itself, or one in place of a published folder in it."""
    return not root.is_dir() or any(
        (root / f"{name}{suffix}").exists() and not (root / name).exists() for name in PREFIXES for suffix in _ARCHIVES
    )


def beside(files: Sequence[str]) -> str | None:
    """Name the folder of the first of *files* where the pictures lie in it."""
    folder = Path(files[0]).parent if files else None
    return str(folder) if folder is not None and holds_media(folder) else None


def holds_media(folder: Path) -> bool:
    """Say whether one of the published folders, or an archive of it, is in *folder*."""
    return any((folder / f"{name}{suffix}").exists() for name in PREFIXES for suffix in ("", *_ARCHIVES))


class FolderStore:
    """A folder; where a first component is missing, the archive of that name beside it."""

    def __init__(self, root: Path, limits: Limits = DEFAULT) -> None:
        """Root the store at *root*, links in *root* itself resolved once."""
        self.limits = limits
        self._root = root.resolve()
        self._known = KnownFolders(str(self._root))
        self._archives: dict[str, Store | None] = {}

    def open(self, path: str) -> "AbstractContextManager[BinaryIO]":
        """Open a file in the folder, or in an archive in the folder."""
        number = self._known.open(checked(path))
        if number is None:
            return self._open_with_care(path)
        stream = os.fdopen(number, "rb")
        try:
            self.limits.check_bytes(path, os.fstat(number).st_size)
        except MediaError:
            stream.close()
            raise
        return stream

    def read(self, path: str) -> bytes:
        """Give all of a file."""
        number = self._known.open(checked(path))
        if number is None:
            with self._open_with_care(path) as stream:
                return stream.read()
        try:
            size = os.fstat(number).st_size
            self.limits.check_bytes(path, size)
            return _whole(number, size)
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror}"
            raise MediaError(message) from error
        finally:
            os.close(number)

    def expect(self, path: str) -> None:
        """Tell the system that a file will be read; of one behind a link nothing is said."""
        number = self._known.open(checked(path))
        if number is not None:
            advise(number, 0, self.limits.max_picture)
            os.close(number)
        elif not (self._root / path.partition("/")[0]).exists() and (archive := self._archive_for(path)):
            archive.expect(path)

    def _open_with_care(self, path: str) -> "AbstractContextManager[BinaryIO]":
        place = self._root / path
        try:
            real = place.resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError):
            return self._in_archive(path)
        except RuntimeError as error:  # what Python before 3.13 makes of a loop of links
            message = f"{path} cannot be opened: Too many levels of symbolic links"
            raise MediaError(message) from error
        except OSError as error:  # a loop of links, a name that is too long
            message = f"{path} cannot be opened: {error.strerror}"
            raise MediaError(message) from error
        self._check_inside(real, path)
        if not real.is_file():
            message = f"{path} is not a file"
            raise MediaError(message)
        self.limits.check_bytes(path, real.stat().st_size)
        try:
            return real.open("rb")
        except OSError as error:
            message = f"{path} cannot be opened: {error.strerror}"
            raise MediaError(message) from error

    def names(self, folder: str) -> list[str]:
        """List the files in *folder*, here or in an archive in place of its first component."""
        place = (self._root / checked(folder)).resolve()
        if place.is_dir() and place.is_relative_to(self._root):
            return sorted(path.name for path in place.iterdir() if path.is_file())
        archive = self._archive_for(folder)
        return archive.names(folder) if archive else []

    def _in_archive(self, path: str) -> "AbstractContextManager[BinaryIO]":
        store = self._archive_for(path)
        if store is None:
            message = f"{path} is missing"
            raise MissingPictureError(message, hint=f"looked in {self._root}")
        return store.open(path)

    def _archive_for(self, path: str) -> Store | None:
        first, _, _ = path.partition("/")
        if first not in self._archives:
            found = [self._root / f"{first}{suffix}" for suffix in _ARCHIVES]
            place = next((place for place in found if place.is_file()), None)
            if place:
                self._check_inside(place.resolve(), path)
            self._archives[first] = _archive(place, self.limits) if place else None
        return self._archives[first]

    def _check_inside(self, real: Path, path: str) -> None:
        if not real.is_relative_to(self._root):
            message = f"{path} leads out of the media root, to {real}"
            raise MediaError(message, hint="links may only stay inside it")


def _whole(number: int, size: int) -> bytes:
    data = os.read(number, size)
    while len(data) < size and (more := os.read(number, size - len(data))):  # 2 GiB are the most at once
        data += more
    return data


def _archive(path: Path, limits: Limits) -> Store:
    import tarfile
    import zipfile

    if zipfile.is_zipfile(path):
        return ZipStore(path, limits)
    if tarfile.is_tarfile(path):
        return TarStore(path, limits)
    message = f"{path} is neither a folder, nor a whole zip, nor a whole tar"
    raise UsageError(message, hint="if it was downloaded, the download is probably incomplete")
