"""Whole or absent: a folder is written beside its final name and renamed only when it is finished.

The bytes are on the disk before the name is: a crash right after the rename must not leave a file of the right name
and the wrong length.
"""

import hashlib
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from instit_tools.errors import OutputError

__all__ = ["Receipt", "fingerprint", "free", "staged", "whole"]

_CHUNK = 4 << 20
_LOCK = ".instit-tools.lock"
_REPLACING = "choose another folder; --overwrite replaces what an earlier run finished there"


class Receipt(RawIOBase):
    """A stream to write to that counts and hashes what passes through."""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*, which stays the caller's to close."""
        self.size = 0
        self._out = out
        self._hash = hashlib.sha256()

    def writable(self) -> bool:
        """Say yes: that is all that this stream is for."""
        return True

    def write(self, data: "bytes | memoryview[int]", /) -> int:  # type: ignore[override]  # the base takes any buffer
        """Pass *data* on, whole."""
        self._out.write(data)
        self._hash.update(data)
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        """Say how many bytes have passed, which is where the stream stands."""
        return self.size

    @property
    def sha256(self) -> str:
        """The hash of everything that has passed so far, in hex."""
        return self._hash.hexdigest()


@contextmanager
def staged(folder: Path, *, replaces: frozenset[str] | None = None) -> Generator[Path]:
    """Yield a hidden sibling folder that becomes *folder* only if the block succeeds.

    *folder* must not exist or be empty, unless *replaces* names the files in it that may go: then the old folder is
    exchanged for the new one at the very end. Two runs never share the hidden folder: the second is refused.

    Raises `OutputError` when *folder* holds anything else, cannot be made, or is being written by another run.
    """
    if folder.resolve() in (here := Path.cwd(), *here.parents):
        message = f"{folder} is the current folder or above it, and cannot appear all at once"
        raise OutputError(message, hint="name a new folder in it")
    _refuse_to_replace(folder, replaces)
    partial = folder.with_name(f".{folder.name}.partial")
    with _claimed(partial):
        try:
            yield partial
            for path in (*_files(partial), partial):
                _sync(path)
            _refuse_to_replace(folder, replaces)
            _exchange(partial, folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


@contextmanager
def whole(*files: Path, overwrite: bool = False) -> Generator[tuple[Path, ...]]:
    """Yield a hidden sibling of each of *files*, renamed in that order only if the block succeeds.

    A file that the block does not write is not there afterwards; the last one is what the others belong to. Raises
    `OutputError` when one exists already and may not be replaced, or cannot be written.
    """
    free(*files, overwrite=overwrite)
    partial = tuple(path.with_name(f".{path.name}.{os.getpid()}.partial") for path in files)
    try:
        yield partial
        for part, path in zip(partial, files, strict=True):
            if part.exists():
                _sync(part)
                part.replace(path)
            else:
                path.unlink(missing_ok=True)
        _sync(files[-1].parent)
    except OSError as error:
        message = f"{files[-1]} cannot be written: {error.strerror or error}"
        raise OutputError(message, hint="choose another place for it") from error
    finally:
        for part in partial:
            with suppress(OSError):
                part.unlink()


def free(*files: Path, overwrite: bool = False) -> None:
    """Raise `OutputError` for the first of *files* that exists already, unless it may be replaced and is a file."""
    for path in files:
        if path.exists() and not path.is_file():
            message = f"{path} is {'a folder' if path.is_dir() else 'no ordinary file'}"
            raise OutputError(message, hint="choose another name")
        if path.exists() and not overwrite:
            message = f"{path} exists already"
            raise OutputError(message, hint="choose another name, or --overwrite it")


def fingerprint(path: Path) -> str:
    """Compute the sha256 of a file, in hex: the number that the Hugging Face Hub shows for large files."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _claimed(partial: Path) -> Generator[None]:
    lock = FileLock(partial / _LOCK, timeout=0)
    try:
        partial.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        message = f"{partial} belongs to a run that is still going"
        raise OutputError(message, hint="wait for it, or choose another folder") from error
    except OSError as error:
        message = f"{partial.parent} cannot be written: {error.strerror or error}"
        raise OutputError(message, hint="choose another folder") from error
    try:
        for left in partial.iterdir():  # of a run that was killed: nobody holds the lock, so nobody needs it
            if left.name != _LOCK:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield
    finally:
        lock.release()


def _exchange(partial: Path, folder: Path) -> None:
    (partial / _LOCK).unlink(missing_ok=True)
    retired = folder.with_name(f".{folder.name}.retired")
    if folder.exists():
        shutil.rmtree(retired, ignore_errors=True)  # of a run that was killed before it could
        folder.rename(retired)
    try:
        partial.rename(folder)
    except BaseException:
        if retired.exists():
            retired.rename(folder)
        raise
    shutil.rmtree(retired, ignore_errors=True)
    _sync(folder.parent)


def _refuse_to_replace(folder: Path, replaces: frozenset[str] | None) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        message = f"{folder} exists and is not a folder"
        raise OutputError(message, hint="choose another folder")
    with suppress(FileNotFoundError):
        for path in _files(folder):
            name = path.relative_to(folder).as_posix()
            if replaces is None:
                message = f"{folder} already holds {name}"
                raise OutputError(message, hint=_REPLACING)
            if name not in replaces:
                message = f"{folder} holds {name}, which no manifest there lists, so it is not replaced"
                raise OutputError(message, hint="choose another folder, or move that file away")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if not path.is_dir() and path.name != _LOCK)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
