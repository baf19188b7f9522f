"""A stream that counts and hashes what passes through it, and has it on the disk sooner.

Large blocks are hashed in a thread beside the writing, and the system is told to begin with what is written: so the
processor, the disk and whoever makes the bytes work at once, and the wait for the disk at the end is short.
"""

import ctypes
import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from io import RawIOBase, UnsupportedOperation
from typing import BinaryIO

__all__ = ["Receipt"]

_LARGE = 256 << 10
"""Bytes that take longer to hash than to hand over."""
_AHEAD = 8
_WRITE_BACK = 8 << 20
_BEGIN = 2  # SYNC_FILE_RANGE_WRITE of linux/fs.h


class Receipt(RawIOBase):
    """A stream to write to that counts and hashes what passes through."""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*, which stays the caller's to close."""
        self.size = 0
        self._out = out
        self._hash = hashlib.sha256()
        self._hashing: deque[Future[None]] = deque()
        self._begun = 0
        try:
            self._file = out.fileno()
        except UnsupportedOperation:
            self._file = -1

    def writable(self) -> bool:
        """Say yes: that is all that this stream is for."""
        return True

    def write(self, data: "bytes | memoryview[int]", /) -> int:  # type: ignore[override]  # the base takes any buffer
        """Pass *data* on, whole."""
        self._hash_next(data)
        self._out.write(data)
        self.size += len(data)
        if self.size - self._begun >= _WRITE_BACK:
            self._begin()
        return len(data)

    def tell(self) -> int:
        """Say how many bytes have passed, which is where the stream stands."""
        return self.size

    @property
    def sha256(self) -> str:
        """The hash of everything that has passed so far, in hex."""
        self._wait(0)
        return self._hash.hexdigest()

    def _hash_next(self, data: "bytes | memoryview[int]") -> None:
        """Hash in order: in the thread what is large and nobody can change, here what is not."""
        if type(data) is bytes and len(data) >= _LARGE:
            self._wait(_AHEAD)
            self._hashing.append(_beside().submit(self._hash.update, data))
        else:
            self._wait(0)
            self._hash.update(data)

    def _wait(self, left: int) -> None:
        while len(self._hashing) > left:
            self._hashing.popleft().result()

    def _begin(self) -> None:
        """Let the system begin to write to the disk, where there is one; a hint, whose failure does not matter."""
        write_back = getattr(ctypes.CDLL(None), "sync_file_range", None)  # not on macOS
        if self._file >= 0 and write_back is not None:
            size = ctypes.c_int64(self.size - self._begun)
            write_back(self._file, ctypes.c_int64(self._begun), size, _BEGIN)
        self._begun = self.size


@cache
def _beside() -> ThreadPoolExecutor:
    """Give the thread that hashes: one a process, so that blocks are hashed in their order."""
    return ThreadPoolExecutor(1, "sha256")
