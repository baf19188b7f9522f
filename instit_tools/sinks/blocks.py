"""Bytes in large blocks: hashing and writing cost a call each, which is much for a row of a thousand bytes."""

from typing import BinaryIO

__all__ = ["Blocks"]

_BLOCK = 1 << 20


class Blocks:
    """Gathers what is written to *out*; *size* counts what waits, too."""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*."""
        self.size = 0
        self._out = out
        self._waiting: list[bytes] = []
        self._full = _BLOCK

    def write(self, data: bytes) -> None:
        """Take *data*, and write all that waits when it is a block."""
        self._waiting.append(data)
        self.size += len(data)
        if self.size >= self._full:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self._out.write(b"".join(self._waiting))
        self._waiting.clear()
        self._full = self.size + _BLOCK
