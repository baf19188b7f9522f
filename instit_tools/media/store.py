"""Where pictures are: a folder, a zip or a tar, read in place, on this machine or at an address.

A store answers two questions about a path, relative to its root: is it there, and what is in it. Nothing is unpacked
to disk, nothing outside the root is ever opened, and nothing larger than its limits is read.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from instit_tools.addresses import is_address, local, parent
from instit_tools.errors import MediaError, MissingPictureError, PlaceError, UsageError
from instit_tools.media.known import KnownFolders, advise
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import PREFIXES, checked
from instit_tools.places import Place

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from instit_tools.media.archives import Archive

__all__ = [
    "ARCHIVES",
    "FolderStore",
    "Store",
    "archive_store",
    "beside",
    "holds_media",
    "no_root",
    "open_store",
    "packed",
    "prefetch",
    "stamps",
]

ARCHIVES = (".zip", ".tar")


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


class Prefetching(Store, Protocol):
    """A store that is far away, and fetches several pictures in the time of one."""

    def prefetch(self, paths: Sequence[str]) -> None:
        """Fetch the pictures at *paths*, and keep them until others are fetched; what is wrong, `open` says."""


def prefetch(store: Store, paths: Sequence[str]) -> None:
    """Let *store* fetch *paths*, which are opened next, together, if it is one that gains by it."""
    if hasattr(store, "prefetch"):  # a protocol that is asked at runtime looks at every attribute, for every record
        cast("Prefetching", store).prefetch(paths)


def open_store(root: str | Path, limits: Limits = DEFAULT) -> Store:
    """Open a media root: a folder (which may hold ``videos_vpt.zip`` in place of ``videos_vpt/``), a zip or a tar.

    Raises `UsageError` when *root* is none of these, and `PlaceError` for an address that cannot be reached.
    """
    if is_address(root):
        from instit_tools.media.remote import remote_store

        return remote_store(Place(str(root)), limits)
    path = Path(local(str(root)))
    if path.is_dir():
        return FolderStore(path, limits)
    if not path.exists():
        raise no_root(path)
    if not path.is_file():  # a named pipe, which nobody may ever write to
        message = f"the media root {root} is neither a folder nor a file"
        raise UsageError(message, hint="--media takes a folder, a .zip or a .tar")
    return _local_store(path, limits)


def no_root(root: Path | Place) -> UsageError:
    """Say that nothing is where the pictures should be."""
    return UsageError(f"the media root {root} does not exist", hint="--media takes a folder, a .zip or a .tar")


def packed(root: Path | str) -> bool:
    """Say whether pictures are no files here: in an archive, or one in place of a published folder, or elsewhere."""
    if is_address(root):
        return True
    root = Path(root)
    return not root.is_dir() or any(
        (root / f"{name}{suffix}").exists() and not (root / name).exists() for name in PREFIXES for suffix in ARCHIVES
    )


def beside(files: Sequence[str]) -> str | None:
    """Name the folder of the first of *files* where the pictures lie in it."""
    folder = parent(files[0]) if files else None
    return str(folder) if folder is not None and holds_media(folder) else None


def holds_media(folder: Path | str) -> bool:
    """Say whether one of the published folders, or an archive of it, is in *folder*."""
    wanted = [f"{name}{suffix}" for name in PREFIXES for suffix in ("", *ARCHIVES)]
    if isinstance(folder, str) and is_address(folder):
        if "::" in folder:  # a file in an archive has no folder beside it
            return False
        try:
            return not Place(folder).children().keys().isdisjoint(wanted)
        except PlaceError:  # a place may give files to those who may not list it
            return False
    return any((Path(folder) / name).exists() for name in wanted)


def stamps(root: str) -> tuple[str, ...]:
    """Note by what the archives at *root*, or in it, are seen to have changed: size and time of each.

    Of pictures in folders there are too many to look at each.
    """
    if is_address(root):
        return ()
    path = Path(root)
    archives = [path / f"{name}{suffix}" for name in PREFIXES for suffix in ARCHIVES] if path.is_dir() else [path]
    found = [(archive.name, archive.stat()) for archive in archives if archive.is_file()]
    return tuple(f"{name} {about.st_size} {about.st_mtime_ns}" for name, about in found)


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
            found = [self._root / f"{first}{suffix}" for suffix in ARCHIVES]
            place = next((place for place in found if place.is_file()), None)
            if place:
                self._check_inside(place.resolve(), path)
            self._archives[first] = _local_store(place, self.limits) if place else None
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


def _local_store(path: Path, limits: Limits) -> Store:
    from instit_tools.media.archives import LocalArchive

    return archive_store(LocalArchive(path), limits)


def archive_store(archive: "Archive", limits: Limits = DEFAULT) -> Store:
    """Open what is in *archive*; raise `UsageError` where it is neither a zip nor a tar."""
    import zipfile

    from instit_tools.media.archives import TarStore, ZipStore
    from instit_tools.media.tars import is_tar

    if zipfile.is_zipfile(archive.stream):
        return ZipStore(archive, limits)
    archive.stream.seek(0)
    if is_tar(archive.stream):
        return TarStore(archive, limits)
    message = f"{archive.path} is neither a folder, nor a whole zip, nor a whole tar"
    raise UsageError(message, hint="if it was downloaded, the download is probably incomplete")
