"""Records, undecoded, of whatever can hold them: annotation files, and the shards that ``convert`` wrote."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from instit_tools.errors import SourceError
from instit_tools.media.tars import DAMAGED, content, members
from instit_tools.source.partition import Partition, located

__all__ = ["Rows", "elements"]

_MEMBER = ".json"
_BATCH = 64
_AGAIN = "make the dataset again with: instit-tools convert --overwrite"


class Rows(Struct, frozen=True, kw_only=True):
    """A shard that is no annotation file: Parquet with pictures, or a tar; read in one piece, *stop* bytes."""

    name: str
    path: str
    layout: str
    start: int = 0
    stop: int = 0


def elements(part: Partition | Rows) -> Iterator[tuple[int, int | None, bytes]]:
    """Yield the records of *part*: number from 1, byte of the file where it starts if it is JSON there, and JSON."""
    if isinstance(part, Partition):
        for element, start in located(part):
            yield element.number, start, bytes(element.json)
        return
    found = _members(part) if part.layout == "tar" else _parquet_rows(part)
    for number, row in enumerate(found, 1):
        yield number, None, row


def _members(part: Rows) -> Iterator[bytes]:
    try:
        for archive, member in members(Path(part.path)):
            if member.isreg() and member.name.endswith(_MEMBER):
                yield content(archive, member)
    except (*DAMAGED, EOFError, OSError) as error:
        message = f"{part.name} cannot be read as a tar: {error}"
        raise SourceError(message, hint=_AGAIN) from error


def _parquet_rows(part: Rows) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(Path(part.path)) as file:
            columns = [name for name in _leaves(file) if not name.endswith(".bytes")]
            for batch in file.iter_batches(_BATCH, columns=columns):
                yield from map(_json, batch.to_pylist())
    except (pa.ArrowException, OSError, ValueError) as error:  # the last: a text that is no longer UTF-8
        message = f"{part.name} is not a whole Parquet file: {str(error).rstrip('.')}"
        raise SourceError(message, hint=_AGAIN) from error


def _leaves(file: Any) -> list[str]:  # noqa: ANN401  # pyarrow ships no types
    return [file.schema.column(index).path for index in range(len(file.schema))]


def _json(row: dict[str, Any]) -> bytes:
    return msgspec.json.encode(row)
