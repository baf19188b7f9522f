"""Elements of a JSON list, one a line and commas between: a whole array, or a piece of one that is joined later."""

from typing import BinaryIO

from instit_tools.sinks.base import Row
from instit_tools.sinks.blocks import Blocks

__all__ = ["BETWEEN", "Array", "Elements"]

BETWEEN = b",\n"
"""What stands between two elements, and counts with each."""
_OPEN, _CLOSE = b"[\n", b"\n]\n"


class Elements:
    """Writes rows that are whole elements."""

    fields: tuple[str, ...] = ()
    index = b""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*."""
        self._blocks = Blocks(out)
        self._before = b""

    @property
    def size(self) -> int:
        """Bytes of the elements so far."""
        return self._blocks.size

    def add(self, row: Row[bytes]) -> None:
        """Write one element."""
        self._blocks.write(self._before + row.payload)
        self._before = BETWEEN

    def close(self) -> None:
        """Write the elements that wait."""
        self._blocks.flush()

    def abort(self) -> None:
        """Nothing is held open."""


class Array(Elements):
    """Writes an array, for trainers that read a file whole."""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*."""
        super().__init__(out)
        self._before = _OPEN

    @property
    def size(self) -> int:
        """Bytes of the array, as if it were closed now."""
        return self._blocks.size + len(_CLOSE)

    def close(self) -> None:
        """Close the array."""
        self._blocks.write(_CLOSE if self._before is BETWEEN else b"[]\n")
        super().close()
