"""Our own Parquet, and the benchmark's, as undecoded records: each row becomes the JSON that it was made from."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from instit_tools.columns import restored, schema
from instit_tools.errors import RecordError, SourceError
from instit_tools.source.unpacking import Unpacking

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = ["columns", "names", "row", "row_groups", "rows"]

_BATCH = 64
_OPTIONAL = frozenset({"segmentations"})
_MAKE = "make it with: instit-tools convert --to parquet"
_AGAIN = "the download is probably incomplete: fetch it again"
_OURS = frozenset({"video_path", "image_path", "extra"})
_NAMES = frozenset({"question_id", "video_id", "image_id", "video_path", "image_path"})
_BENCH_TEXTS = frozenset({"question_id", "question", "answer", "model_prediction", "ground_truth", "split"}) | {
    f"choice_{letter}" for letter in "abcd"
}


def columns(path: str, name: str) -> list[str]:
    """Name the columns of a file; raises `SourceError` when it is no whole Parquet file."""
    return list(_opened(path, name).schema_arrow.names)


def row_groups(path: str, name: str, size: int, unpacking: Unpacking) -> Iterator[tuple[int, int, int, int]]:
    """Put row groups together up to *size* bytes: number of the first row from 1, rows, first group, group after.

    Raises `SourceError` when the file is no whole Parquet file, holds something else, or more than *unpacking* lets it.
    """
    file = _opened(path, name)
    columns = set(file.schema_arrow.names)
    if "question_id" not in columns and not ("extra" in columns and columns & _OURS):
        message = f"{name} is Parquet, but not written by instit-tools: it has the columns {', '.join(sorted(columns))}"
        raise SourceError(message, hint=_MAKE)
    _refuse_other_types(file, name)
    _refuse_bomb(file, name, Path(path).stat().st_size, unpacking)
    first, start, count, held = 1, 0, 0, 0
    for index in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(index)
        if count and held + group.total_byte_size > size:
            yield first, count, start, index
            first, start, count, held = first + count, index, 0, 0
        count, held = count + group.num_rows, held + group.total_byte_size
    if count:
        yield first, count, start, file.metadata.num_row_groups


def rows(path: str, name: str, first: int, start: int, stop: int) -> Iterator[Raw]:
    """Yield the rows of the row groups from *start* to *stop* as JSON, pictures left out; *first* numbers the first.

    Raises `SourceError` where they cannot be read, and `RecordError` for one whose columns do not make a record.
    """
    for number, row in enumerate(_read(path, name, start, stop), first):
        try:
            published = row if "question_id" in row else restored(row)
        except (KeyError, TypeError, ValueError, IndexError, msgspec.DecodeError) as error:
            message = f"{name}, record {number}: extra does not fit the other columns: {error!r}"
            raise RecordError(message, hint=_MAKE) from error
        yield Raw(msgspec.json.encode(published))


def names(path: str, name: str, unpacking: Unpacking) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number of each row and the keys that its record is called by, reading nearly nothing else.

    Raises as `row_groups` and `rows` do.
    """
    for first, _, start, stop in row_groups(path, name, 0, unpacking):
        found = list(_read(path, name, start, stop, only=_NAMES))
        if any(value is None for row in found for value in row.values()):  # a text for a number, which extra holds
            decoded = (msgspec.json.decode(row) for row in rows(path, name, first, start, stop))
            found = [{key: value for key, value in row.items() if key in _NAMES} for row in decoded]
        yield from enumerate(found, first)


def row(path: str, name: str, number: int, unpacking: Unpacking) -> bytes:
    """Give one row as JSON, by its number from 1; raises as `rows` does."""
    for first, count, start, stop in row_groups(path, name, 0, unpacking):
        if first <= number < first + count:
            return bytes(next(islice(rows(path, name, first, start, stop), number - first, None)))
    message = f"{name} has no record {number}"
    raise SourceError(message)


def _read(path: str, name: str, start: int, stop: int, only: frozenset[str] | None = None) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    file = _opened(path, name)
    columns = [
        column
        for column in file.schema_arrow.names
        if column not in {"images", "image"} and (only is None or column in only)
    ]
    try:
        for batch in file.iter_batches(_BATCH, row_groups=range(start, stop), columns=columns):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        message = f"{name} is not a whole Parquet file: {_first_line(error)}"
        raise SourceError(message, hint=_AGAIN) from error


def _refuse_bomb(file: "pq.ParquetFile", name: str, size: int, unpacking: Unpacking) -> None:
    """Stop at a file that says itself that it unpacks to far more than it is: a page of it is in memory at once."""
    groups = range(file.metadata.num_row_groups)
    unpacked = sum(file.metadata.row_group(index).total_byte_size for index in groups)
    if unpacked > unpacking.most(size):
        raise unpacking.too_much(name, size, unpacked)


def _refuse_other_types(file: "pq.ParquetFile", name: str) -> None:
    """Stop at a column of ours that holds anything else; whoever wrote the file anew may have spelled types anew."""
    found = file.schema_arrow
    if "question_id" in found.names:
        _refuse_bytes(found, name)
        return
    for field in schema("video" if "video_id" in found.names else "image"):
        if field.name not in found.names and field.name not in _OPTIONAL:
            message = f"{name} is Parquet, but lacks the column {field.name}"
            raise SourceError(message, hint=_MAKE)
        if field.name in found.names and not _fits(found.field(field.name).type, field.type):
            message = f"{name} is Parquet, but its column {field.name} holds {found.field(field.name).type}"
            raise SourceError(message, hint=_MAKE)


def _refuse_bytes(found: Any, name: str) -> None:  # noqa: ANN401  # pyarrow ships no types
    """Stop at a text of the benchmark that is written as bytes, which would become base64."""
    from pyarrow import types

    for field in found:
        if field.name in _BENCH_TEXTS and (types.is_binary(field.type) or types.is_large_binary(field.type)):
            message = f"{name} is Parquet, but its column {field.name} holds {field.type}, not text"
            raise SourceError(message, hint="write it as text")


def _fits(found: Any, ours: Any) -> bool:  # noqa: ANN401  # pyarrow ships no types
    """Say whether values of the type *found* are those of the type *ours* in Python."""
    from pyarrow import types

    if types.is_dictionary(found):
        found = found.value_type
    if types.is_null(found):
        return True
    if types.is_list(ours):
        lists = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view)
        return any(is_one(found) for is_one in lists) and _fits(found.value_type, ours.value_type)
    if types.is_struct(ours):
        known = {field.name: field.type for field in found} if types.is_struct(found) else {}
        return all(field.name in known and _fits(known[field.name], field.type) for field in ours)
    if types.is_integer(ours):
        return bool(types.is_integer(found))
    return any(is_one(found) for is_one in (types.is_string, types.is_large_string, types.is_string_view))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def _opened(path: str, name: str) -> "pq.ParquetFile":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        _ = file.schema_arrow  # made on demand, of bytes that may be none
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        message = f"{name} is not a whole Parquet file: {_first_line(error)}"
        raise SourceError(message, hint=_AGAIN) from error
    return file
