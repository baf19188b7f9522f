"""A folder of pictures on this machine, in which an archive may stand in place of a published folder.

A file is opened from its folder, which is known already from the picture before; only what is not a plain file in
plain folders is looked at with care: where a link leads, and whether that is inside.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from instit_tools.errors import MediaError, MissingPictureError
from instit_tools.media.known import KnownFolders, advise
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import checked
from instit_tools.media.store import ARCHIVES, Stamp, Store, local_archive

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["FolderStore"]


class FolderStore:
    """A folder; where a first component is missing, the archive of that name beside it."""

    def __init__(self, root: Path, limits: Limits = DEFAULT) -> None:
        """Root the store at *root*, links in *root* itself resolved once."""
        self.limits = limits
        self._root = root.resolve()
        self._known = KnownFolders(str(self._root))
        self._archives: dict[str, Store | None] = {}
        self._noted: dict[str, Stamp] | None = None

    def open(self, path: str) -> "AbstractContextManager[BinaryIO]":
        """Open a file in the folder, or in an archive in the folder."""
        number = self._known.open(checked(path))
        if number is None:
            return self._open_with_care(path)
        stream = os.fdopen(number, "rb")
        try:
            self.limits.check_bytes(path, self._note(path, os.fstat(number)))
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
            size = self._note(path, os.fstat(number))
            self.limits.check_bytes(path, size)
            return _whole(number, size, path)
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

    def noted(self) -> Mapping[str, Stamp]:
        """Give the stamps of the files that were opened since the last time; before the first, nothing is noted."""
        noted, self._noted = self._noted or {}, {}
        return noted

    def _note(self, path: str, about: os.stat_result) -> int:
        if self._noted is not None:
            self._noted[path] = about.st_size, about.st_mtime_ns
        return about.st_size

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
        self.limits.check_bytes(path, self._note(path, real.stat()))
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
            self._archives[first] = local_archive(place, self.limits) if place else None
        return self._archives[first]

    def _check_inside(self, real: Path, path: str) -> None:
        if not real.is_relative_to(self._root):
            message = f"{path} leads out of the media root, to {real}"
            raise MediaError(message, hint="links may only stay inside it")


def _whole(number: int, size: int, path: str) -> bytes:
    data = os.read(number, size)
    while len(data) < size and (more := os.read(number, size - len(data))):  # 2 GiB are the most at once
        data += more
    if len(data) < size:
        message = f"{path} ends early"
        raise MediaError(message, hint="run it again when nothing else writes the pictures")
    return data
