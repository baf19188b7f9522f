"""Parquet: row groups capped in rows and bytes, because readers (and the Hub's viewer) take a row group at a time.

The schema carries the ``huggingface`` metadata by which ``datasets`` knows a picture from a struct. A picture that
stands in many rows of a group is stored once in it: the column of bytes has a dictionary.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from instit_tools import arrays
from instit_tools.card import arrow_features
from instit_tools.sinks.base import Row

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Table"]

Tabled = Callable[[Sequence[Any], "pa.Schema"], "pa.Table"]
_GROUP_ROWS = 1000
_GROUP_ROWS_WITH_PICTURES = 100
_GROUP_BYTES = 32 << 20


class Table:
    """Writes row groups; *size* counts waiting rows as the targets measure them, more than they take in the end."""

    index = b""

    def __init__(self, out: BinaryIO, schema: "pa.Schema", tabled: "Tabled" = arrays.table) -> None:
        """Write rows of *schema* to *out*; *tabled* makes an Arrow table of them, by default of objects."""
        import pyarrow.parquet as pq

        info = msgspec.json.encode({"info": {"features": arrow_features(schema)}})
        self._schema = schema.with_metadata({"huggingface": info})
        self._tabled = tabled
        self._out = out
        self._cap = _GROUP_ROWS_WITH_PICTURES if "images" in schema.names else _GROUP_ROWS
        self._writer = pq.ParquetWriter(
            out, self._schema, compression="zstd", write_page_index=True, dictionary_pagesize_limit=_GROUP_BYTES
        )
        self._waiting: list[Any] = []
        self._bytes = 0

    @property
    def size(self) -> int:
        """Bytes written and waiting."""
        return self._out.tell() + self._bytes

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self._schema.names)

    def add(self, row: Row[Any]) -> None:
        """Take one row, and write a row group when enough are waiting."""
        if self._waiting and (len(self._waiting) >= self._cap or self._bytes + row.size > _GROUP_BYTES):
            self._flush()
        self._waiting.append(row.payload)
        self._bytes += row.size

    def close(self) -> None:
        """Write what waits, and the footer."""
        self._flush()
        self._writer.close()

    def abort(self) -> None:
        """Keep the footer from being written when the writer goes away."""
        self._writer.is_open = False

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(self._tabled(self._waiting, self._schema))
        self._waiting, self._bytes = [], 0
