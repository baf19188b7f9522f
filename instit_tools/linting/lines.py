"""From the byte of a file to line and column, as an editor counts them, going forward through the file.

A byte-order mark at the start is no character to an editor, and has no column.
"""

import codecs
import mmap
from pathlib import Path

__all__ = ["Lines"]

_CHUNK = 1 << 20


class Lines:
    """Counts lines from where it was last asked, so that asking in order costs one pass over the file."""

    def __init__(self, path: str) -> None:
        """Stand at the start of the file."""
        with Path(path).open("rb") as stream:
            self._data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._start = len(codecs.BOM_UTF8) if self._data[: len(codecs.BOM_UTF8)] == codecs.BOM_UTF8 else 0
        self._reset()

    def at(self, offset: int) -> tuple[int, int]:
        """Give line and column of the character at byte *offset*, both from 1."""
        if offset < self._offset:
            self._reset()
        while self._offset < offset:
            self._advance(self._data[self._offset : min(offset, self._offset + _CHUNK)])
        return self._line, self._column

    def _reset(self) -> None:
        self._offset, self._line, self._column = self._start, 1, 1

    def _advance(self, piece: bytes) -> None:
        self._offset += len(piece)
        lines = piece.count(b"\n")
        if lines:
            self._line += lines
            self._column = 1
            piece = piece[piece.rfind(b"\n") + 1 :]
        self._column += len(piece) - sum(map(piece.count, _CONTINUES)) if not piece.isascii() else len(piece)


_CONTINUES = [bytes([byte]) for byte in range(0x80, 0xC0)]
"""Bytes that begin no character of UTF-8."""
