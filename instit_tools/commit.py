"""Whole or absent: a folder is written beside its final name and renamed only when it is finished.

The bytes are on the disk before the name is: a crash right after the rename must not leave a file of the right name
and the wrong length.
"""

import ctypes
import hashlib
import os
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from instit_tools.errors import OutputError

__all__ = [
    "LOCK",
    "exchange",
    "fingerprint",
    "free",
    "locked",
    "refuse_files",
    "refuse_to_replace",
    "staged",
    "sync",
    "whole",
]

LOCK = ".instit-tools.lock"
_HERE, _RENAME_EXCHANGE = -100, 2  # AT_FDCWD of fcntl.h, and linux/fs.h


@contextmanager
def staged(folder: Path, *, replaces: frozenset[str] | None = None) -> Generator[Path]:
    """Yield a hidden sibling folder that becomes *folder* only if the block succeeds.

    *folder* must not exist or be empty, unless *replaces* names the files in it that may go: then the old folder is
    exchanged for the new one at the very end. Two runs never share the hidden folder: the second is refused.

    Raises `OutputError` when *folder* holds anything else, cannot be made, or is being written by another run.
    """
    refuse_to_replace(folder, replaces)
    partial = folder.with_name(f".{folder.name}.partial")
    with locked(partial):
        try:
            for left in partial.iterdir():  # of a run that was killed: nobody holds the lock, so nobody needs it
                if left.name != LOCK:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield partial
            for path in (*_files(partial), partial):
                sync(path)
            refuse_to_replace(folder, replaces)
            (partial / LOCK).unlink(missing_ok=True)
            exchange(partial, folder)
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
                sync(part)
                part.replace(path)
            else:
                path.unlink(missing_ok=True)
        sync(files[-1].parent)
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
def locked(folder: Path) -> Generator[None]:
    """Make *folder* if need be, and have it for this run alone while the block runs.

    Raises `OutputError` where another run has it, or it cannot be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        (folder / LOCK).stat()  # gone where the run that had it has just ended, and taken the folder away
    except (Timeout, FileNotFoundError) as error:
        lock.release()
        message = f"{folder} belongs to a run that is still going"
        raise OutputError(message, hint="wait for it, or choose another folder") from error
    except OSError as error:
        message = f"{folder.parent} cannot be written: {error.strerror or error}"
        raise OutputError(message, hint="choose another folder") from error
    try:
        yield
    finally:
        lock.release()


def exchange(new: Path, folder: Path) -> None:
    """Give the folder *new* the name *folder*, and take away what had it; where the system can, in one step."""
    retired = folder.with_name(f".{folder.name}.retired")
    shutil.rmtree(retired, ignore_errors=True)  # of a run that was killed before it could
    if not folder.exists():
        new.rename(folder)
    elif _swapped(new, folder):
        shutil.rmtree(new, ignore_errors=True)
    else:
        _exchange_in_two_steps(new, folder, retired)
    sync(folder.parent)


def _swapped(one: Path, other: Path) -> bool:
    """Let two folders change names in one step, where the system can."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _RENAME_EXCHANGE) == 0)


def _exchange_in_two_steps(new: Path, folder: Path, retired: Path) -> None:
    folder.rename(retired)
    try:
        new.rename(folder)
    except BaseException:
        retired.rename(folder)
        raise
    shutil.rmtree(retired, ignore_errors=True)


def refuse_to_replace(folder: Path, replaces: frozenset[str] | None) -> None:
    """Raise `OutputError` unless *folder* is not there, is empty, or holds nothing but what may go: *replaces*."""
    if folder.resolve() in (here := Path.cwd(), *here.parents):
        message = f"{folder} is the current folder or above it, and cannot appear all at once"
        raise OutputError(message, hint="name a new folder in it")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        message = f"{folder} exists and is not a folder"
        raise OutputError(message, hint="choose another folder")
    if folder.is_mount():
        message = f"{folder} is where a file system is mounted, and cannot appear all at once"
        raise OutputError(message, hint="name a new folder in it")
    with suppress(FileNotFoundError):
        refuse_files(str(folder), (path.relative_to(folder).as_posix() for path in _files(folder)), replaces)


def refuse_files(
    folder: str, names: Iterable[str], replaces: frozenset[str] | None, *, kind: Literal["folder", "place"] = "folder"
) -> None:
    """Raise `OutputError` for the first of *names* in *folder* that is not among *replaces*; *kind* is for the hint."""
    for name in names:
        if replaces is None:
            message = f"{folder} already holds {name}"
            hint = f"choose another {kind}; --overwrite replaces what an earlier run finished there"
            raise OutputError(message, hint=hint)
        if name not in replaces:
            message = f"{folder} holds {name}, which no manifest there lists, so it is not replaced"
            raise OutputError(message, hint=f"choose another {kind}, or move that file away")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if not path.is_dir() and path.name != LOCK)


def sync(path: Path) -> None:
    """Wait until the file or folder at *path* is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
