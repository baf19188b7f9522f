"""``parquet``: the records as typed columns, without loss; with ``--embed-media`` the pictures too.

Row groups are capped in rows and bytes, because readers (and the Hub's viewer) take a row group at a time. The schema
carries the ``huggingface`` metadata by which ``datasets`` knows a picture from a struct.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from instit_tools import columns
from instit_tools.card import arrow_features, card
from instit_tools.errors import RecordError
from instit_tools.manifest import Shard
from instit_tools.media.store import Store
from instit_tools.samples import Frame
from instit_tools.targets.base import Choices, Context, Made, Place, Row

__all__ = ["DIALECTS", "OPTIONS", "RESERVED", "SUFFIX", "SUMMARY", "TAKES", "beside", "needs_media", "rows", "sink"]

SUMMARY = "the records as Parquet, lossless, for datasets, polars and pyarrow"
SUFFIX = ".parquet"
TAKES = "records"
OPTIONS = frozenset({"embed_media"})
DIALECTS: tuple[str, ...] = ()
RESERVED: tuple[str, ...] = ()

_GROUP_ROWS = 1000
_GROUP_ROWS_WITH_PICTURES = 100
_GROUP_BYTES = 32 << 20


def needs_media(choices: Choices) -> bool:
    """Say whether pictures are to be embedded."""
    return choices.embed


def rows(made: Made, context: Context) -> Iterator[Row[columns.Row]]:
    """Lay the record out for the columns, its pictures in the order of its frames."""
    try:
        row = columns.row(made.record)
    except (msgspec.DecodeError, TypeError, AttributeError) as error:
        message = f"segmentations: {error}"
        raise RecordError(message) from error
    size = len(memoryview(made.json))
    if context.choices.embed and context.store:
        row["images"] = [_picture(frame, context.store) for frame in made.frames]
        size += sum(len(picture["bytes"]) for picture in row["images"])
    yield Row(payload=row, size=size)


def _picture(frame: Frame, store: Store) -> columns.Row:
    with store.open(frame.path) as stream:
        return {"bytes": stream.read(), "path": frame.path}


class _Table:
    """Writes row groups; *size* counts waiting rows as JSON, which is more than they take in the end."""

    def __init__(self, out: BinaryIO, kind: str, *, embedded: bool) -> None:
        import pyarrow.parquet as pq

        plain = columns.schema(kind, embedded=embedded)
        info = msgspec.json.encode({"info": {"features": arrow_features(plain)}})
        self._schema = plain.with_metadata({"huggingface": info})
        self._out = out
        self._cap = _GROUP_ROWS_WITH_PICTURES if embedded else _GROUP_ROWS
        self._writer = pq.ParquetWriter(out, self._schema, compression="zstd", write_page_index=True)
        self._waiting: list[columns.Row] = []
        self._bytes = 0

    @property
    def size(self) -> int:
        """Bytes written and waiting."""
        return self._out.tell() + self._bytes

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self._schema.names)

    def add(self, row: Row[columns.Row]) -> None:
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
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=self._schema))
        self._waiting, self._bytes = [], 0


def sink(out: BinaryIO, kind: str, choices: Choices) -> _Table:
    """Write a Parquet file to *out*."""
    return _Table(out, kind, embedded=choices.embed)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Write a dataset card with one configuration for videos and one for images."""
    kinds = list(dict.fromkeys(shard.kind for shard in shards))
    features = {kind: arrow_features(columns.schema(kind, embedded=choices.embed)) for kind in kinds}
    text = (
        "# Inst-IT records\n\n"
        "Written by instit-tools. `manifest.json` lists every shard with its size and sha256. Objects keyed by\n"
        "instance id are lists of `{key, ids, caption, short, long}` here; `extra` holds what the columns cannot, and\n"
        "`instit-tools convert --to jsonl` gives back the JSON that this was made from.\n\n"
        "```python\n"
        "from datasets import load_dataset\n"
        f'load_dataset(".", "{kinds[0] if kinds else ""}", split="train")\n'
        "```\n"
    )
    return {"README.md": card(shards, features, text)}
