"""Where pictures are: a folder, a zip or a tar, read in place, on this machine or at an address.

A store answers two questions about a path, relative to its root: is it there, and what is in it. Nothing is unpacked
to disk, nothing outside the root is ever opened, and nothing larger than its limits is read.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from instit_tools.addresses import is_address, local, parent
from instit_tools.errors import PlaceError, UsageError
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import PREFIXES
from instit_tools.places import Place

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from instit_tools.media.archives import Archive

__all__ = [
    "ARCHIVES",
    "Stamp",
    "Store",
    "archive_store",
    "beside",
    "changed",
    "holds_media",
    "local_archive",
    "no_root",
    "noted",
    "open_store",
    "opened_once",
    "packed",
    "prefetch",
    "stamps",
]

ARCHIVES = (".zip", ".tar")


Stamp = tuple[int, int]
"""By what a file is seen to have changed: its bytes, and when it was written, in nanoseconds."""


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


class Noting(Store, Protocol):
    """A store whose pictures may change one by one, while nobody looks; one at an address cannot tell cheaply."""

    def noted(self) -> Mapping[str, Stamp]:
        """Give the stamp of each file that was opened since this was asked last; the first time nothing is."""


def noted(store: Store) -> Mapping[str, Stamp]:
    """Give the stamps of what was opened in *store*; none where its pictures change together, with the archive."""
    return cast("Noting", store).noted() if hasattr(store, "noted") else {}


def changed(root: str, before: Mapping[str, Stamp]) -> str | None:
    """Name the first of the pictures in the folder *root* that is not any more what it was *before*."""
    for path, stamp in before.items():
        try:
            about = (Path(root) / path).stat()
        except OSError:
            return path
        if stamp != (about.st_size, about.st_mtime_ns):
            return path
    return None


def open_store(root: str | Path, limits: Limits = DEFAULT) -> Store:
    """Open a media root: a folder (which may hold ``videos_vpt.zip`` in place of ``videos_vpt/``), a zip or a tar.

    Raises `UsageError` when *root* is none of these, and `PlaceError` for an address that cannot be reached.
    """
    if is_address(root):
        from instit_tools.media.remote import remote_store

        return remote_store(Place(str(root)), limits)
    path = Path(local(str(root)))
    if path.is_dir():
        from instit_tools.media.folder import FolderStore

        return FolderStore(path, limits)
    if not path.exists():
        raise no_root(path)
    if not path.is_file():  # a named pipe, which nobody may ever write to
        message = f"the media root {root} is neither a folder nor a file"
        raise UsageError(message, hint="--media takes a folder, a .zip or a .tar")
    return local_archive(path, limits)


@cache
def opened_once(root: str, limits: Limits) -> Store:
    """Open a media root once a process: the index of a large archive takes its time.

    Pictures may have changed since an earlier run of the process, so a run begins with ``opened_once.cache_clear()``.
    """
    return open_store(root, limits)


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

    At an address that is what its place tells of them; raises `PlaceError` where it cannot be reached. Pictures in
    folders are noted when they are read, see `noted`, and those in folders at an address not at all.
    """
    if is_address(root):
        from instit_tools.media.remote import stamps_at

        return stamps_at(Place(root))
    path = Path(root)
    archives = [path / f"{name}{suffix}" for name in PREFIXES for suffix in ARCHIVES] if path.is_dir() else [path]
    found = [(archive.name, archive.stat()) for archive in archives if archive.is_file()]
    return tuple(f"{name} {about.st_size} {about.st_mtime_ns}" for name, about in found)


def local_archive(path: Path, limits: Limits = DEFAULT) -> Store:
    """Open the archive at *path*; raise `UsageError` as `archive_store` does."""
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
