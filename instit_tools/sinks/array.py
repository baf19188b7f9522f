"""A JSON array, one element a line: for trainers that read a file whole."""

from typing import BinaryIO

from instit_tools.sinks.base import Row
from instit_tools.sinks.blocks import Blocks

__all__ = ["BETWEEN", "Array"]

BETWEEN = b",\n"
"""What stands between two elements, and counts with each."""
_OPEN, _CLOSE = b"[\n", b"\n]\n"


class Array:
    """Writes rows that are whole elements."""

    fields: tuple[str, ...] = ()

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*."""
        self._blocks = Blocks(out)
        self._before = _OPEN

    @property
    def size(self) -> int:
        """Bytes of the array, as if it were closed now."""
        return self._blocks.size + len(_CLOSE)

    def add(self, row: Row[bytes]) -> None:
        """Write one element."""
        self._blocks.write(self._before + row.payload)
        self._before = BETWEEN

    def close(self) -> None:
        """Close the array."""
        self._blocks.write(_CLOSE if self._before is BETWEEN else b"[]\n")
        self._blocks.flush()

    def abort(self) -> None:
        """Nothing is held open."""
