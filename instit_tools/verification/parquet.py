"""Records as Parquet, by the rules of ``datasets`` (features/image.py, io/parquet.py) and of the Hub's viewer.

The schema carries the features, row groups are small, each row is a whole record again, and embedded pictures are all
there and in the order of the frames.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from instit_tools import columns
from instit_tools.card import arrow_features
from instit_tools.errors import MediaError
from instit_tools.manifest import Shard
from instit_tools.media.limits import Limits
from instit_tools.media.paths import joined
from instit_tools.media.picture import inspect
from instit_tools.source.decode import Decoder
from instit_tools.verification.base import Problem, Scope
from instit_tools.verification.jsonl import record_problems

if TYPE_CHECKING:
    import pyarrow.parquet as pq

TARGETS = frozenset({"parquet"})

_MAX_GROUP = 256 << 20
_BATCH = 16


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read the schema, then every row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 0
    try:
        file = pq.ParquetFile(path)
        for message in _file_problems(file, shard):
            yield Problem(file=shard.name, row=None, field="", message=message)
        decode = Decoder()
        for batch in file.iter_batches(_BATCH):
            for each in batch.to_pylist():
                row += 1
                scope.rows += 1
                for field, message in _row_problems(decode, each, shard, scope):
                    yield Problem(file=shard.name, row=row, field=field, message=message)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        yield Problem(file=shard.name, row=None, field="", message=f"cannot be read after row {row}: {error}")


def _file_problems(file: "pq.ParquetFile", shard: Shard) -> Iterator[str]:
    schema = file.schema_arrow
    expected = columns.schema(shard.kind, embedded="images" in schema.names)
    if not schema.equals(expected, check_metadata=False):
        yield f"does not have the columns of {shard.kind} records"
    try:
        told = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        told = None
    if told != arrow_features(schema):
        yield "lacks the huggingface metadata that describes its columns"
    for group in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(group).total_byte_size
        if size > _MAX_GROUP:
            yield f"row group {group} has {size:,} bytes, more than the {_MAX_GROUP:,} that viewers read at once"


def _row_problems(decode: Decoder, row: columns.Row, shard: Shard, scope: Scope) -> Iterator[tuple[str, str]]:
    pictures = row.get("images")
    try:
        tree = columns.restored(row)
    except (KeyError, TypeError, IndexError, msgspec.DecodeError) as error:
        yield "extra", f"does not fit the record: {error!r}"
        return
    wrong = list(record_problems(decode, msgspec.json.encode(tree), shard, scope))
    yield from (("", message) for message in wrong)
    if pictures is not None and not wrong:
        yield from _picture_problems(pictures, _paths(tree, shard.kind), scope.limits)


def _paths(tree: columns.Row, kind: str) -> list[str]:
    if kind == "image":
        return [tree["image_path"]]
    frames = sorted(tree["frame_level_caption"], key=lambda frame: frame["timestamp"])
    return [joined(tree["video_path"], frame["frame_name"]) for frame in frames]


def _picture_problems(
    pictures: list[dict[str, Any] | None], paths: list[str], limits: Limits
) -> Iterator[tuple[str, str]]:
    if len(pictures) != len(paths):
        yield "images", f"has {len(pictures)} pictures for {len(paths)} frames"
    for index, picture in enumerate(pictures):
        if picture is None:
            yield f"images[{index}]", "is null"
            continue
        if index < len(paths) and picture["path"] != paths[index]:
            yield f"images[{index}]", f"is {picture['path']} where {paths[index]} is due"
        try:
            inspect(io.BytesIO(picture["bytes"] or b""), str(picture["path"]), limits)
        except MediaError as error:
            yield f"images[{index}]", error.message
