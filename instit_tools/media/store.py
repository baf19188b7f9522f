"""Where pictures are: a folder, a zip or a tar, read in place.

A store answers two questions about a path, relative to its root: is it there, and what is in it. Nothing is unpacked
to disk, and nothing outside the root is ever opened.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from instit_tools.errors import MediaError, MissingPictureError, UsageError
from instit_tools.media.archives import TarStore, ZipStore
from instit_tools.media.paths import PREFIXES, checked

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["FolderStore", "Store", "beside", "holds_media", "open_store", "packed"]

_ARCHIVES = (".zip", ".tar")


class Store(Protocol):
    """A root that paths of pictures are relative to."""

    def __hash__(self) -> int:
        """Tell one store from another."""

    def open(self, path: str) -> "AbstractContextManager[BinaryIO]":
        """Open the file at *path* for reading, seekable; raise `MediaError` when it is not there."""

    def names(self, folder: str) -> list[str]:
        """List the files directly in *folder*, sorted; none where there is no such folder."""


def open_store(root: Path) -> Store:
    """Open a media root: a folder (which may hold ``videos_vpt.zip`` in place of ``videos_vpt/``), a zip or a tar.

    Raises `UsageError` when *root* is none of these.
    """
    if root.is_dir():
        return FolderStore(root)
    if not root.exists():
        message = f"the media root {root} does not exist"
        raise UsageError(message, hint="--media takes a folder, a .zip or a .tar")
    if not root.is_file():  # a named pipe, which nobody may ever write to
        message = f"the media root {root} is neither a folder nor a file"
        raise UsageError(message, hint="--media takes a folder, a .zip or a .tar")
    return _archive(root)


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

    def __init__(self, root: Path) -> None:
        """Root the store at *root*, links in *root* itself resolved once."""
        self._root = root.resolve()
        self._archives: dict[str, Store | None] = {}

    def open(self, path: str) -> "AbstractContextManager[BinaryIO]":
        """Open a file in the folder, or in an archive in the folder."""
        place = self._root / checked(path)
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
            self._archives[first] = _archive(place) if place else None
        return self._archives[first]

    def _check_inside(self, real: Path, path: str) -> None:
        if not real.is_relative_to(self._root):
            message = f"{path} leads out of the media root, to {real}"
            raise MediaError(message, hint="links may only stay inside it")


def _archive(path: Path) -> Store:
    import tarfile
    import zipfile

    if zipfile.is_zipfile(path):
        return ZipStore(path)
    with suppress(ValueError, OverflowError):  # of a header with numbers that are none
        if tarfile.is_tarfile(path):
            return TarStore(path)
    message = f"{path} is neither a folder, nor a whole zip, nor a whole tar"
    raise UsageError(message, hint="if it was downloaded, the download is probably incomplete")
