"""Elements of a JSON list, one a line and commas between: a piece of a file that is put together later."""

from typing import BinaryIO

from instit_tools.sinks.base import Row
from instit_tools.sinks.blocks import Blocks

__all__ = ["BETWEEN", "Elements"]

BETWEEN = b",\n"


class Elements:
    """Writes rows that are whole elements."""

    fields: tuple[str, ...] = ()
    index = b""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*."""
        self._blocks = Blocks(out)

    @property
    def size(self) -> int:
        """Bytes of the elements so far."""
        return self._blocks.size

    def add(self, row: Row[bytes]) -> None:
        """Write one element."""
        if self._blocks.size:
            self._blocks.write(BETWEEN)
        self._blocks.write(row.payload)

    def close(self) -> None:
        """Write the elements that wait."""
        self._blocks.flush()

    def abort(self) -> None:
        """Nothing is held open."""
