"""Our own Parquet, and the benchmark's, as undecoded records: each row becomes the JSON that it was made from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from instit_tools.columns import restored
from instit_tools.errors import SourceError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = ["row_groups", "rows"]

_BATCH = 64
_OURS = frozenset({"video_path", "image_path", "extra"})


def row_groups(path: str, name: str, size: int) -> Iterator[tuple[int, int, int, int]]:
    """Put row groups together up to *size* bytes: number of the first row from 1, rows, first group, group after.

    Raises `SourceError` when the file is no whole Parquet file or holds something else.
    """
    file = _opened(path, name)
    columns = set(file.schema_arrow.names)
    if "question_id" not in columns and not ("extra" in columns and columns & _OURS):
        message = f"{name} is Parquet, but not written by instit-tools: it has the columns {', '.join(sorted(columns))}"
        raise SourceError(message, hint="make it with: instit-tools convert --to parquet")
    first, start, count, held = 1, 0, 0, 0
    for index in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(index)
        if count and held + group.total_byte_size > size:
            yield first, count, start, index
            first, start, count, held = first + count, index, 0, 0
        count, held = count + group.num_rows, held + group.total_byte_size
    if count:
        yield first, count, start, file.metadata.num_row_groups


def rows(path: str, start: int, stop: int) -> Iterator[Raw]:
    """Yield the rows of the row groups from *start* to *stop* as JSON, pictures left out."""
    file = _opened(path, path)
    columns = [column for column in file.schema_arrow.names if column not in {"images", "image"}]
    for batch in file.iter_batches(_BATCH, row_groups=range(start, stop), columns=columns):
        for row in batch.to_pylist():
            yield Raw(msgspec.json.encode(_published(row)))


def _published(row: dict[str, Any]) -> dict[str, Any]:
    return row if "question_id" in row else restored(row)


def _opened(path: str, name: str) -> "pq.ParquetFile":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        message = f"{name} is not a whole Parquet file: {str(error).rstrip('.')}"
        raise SourceError(message, hint="the download is probably incomplete: fetch it again") from error
