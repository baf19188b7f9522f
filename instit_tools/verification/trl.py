"""TRL's ``SFTTrainer`` for vision-language models (trl/trainer/sft_trainer.py, the collator; trl/data_utils.py).

The first row decides that a dataset is prompt and completion with pictures. Of ``images`` there must be as many as
parts of type ``image`` without a key ``image``; where any part of the column has such a key, Arrow gives it to all, as
null, and texts are taken for pictures (data_utils.py, ``prepare_multimodal_messages``; the chat templates of Qwen-VL).
Loss is on the completion alone, so that is one answer. ``null`` under ``images`` fails, a picture that was only named
and not embedded fails elsewhere (datasets features/image.py).
"""

import io
import json
import re
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instit_tools.card import arrow_features
from instit_tools.conversations import CHAT_TOKENS
from instit_tools.errors import MediaError
from instit_tools.manifest import Shard
from instit_tools.media.limits import Limits
from instit_tools.media.picture import inspect
from instit_tools.targets.trl import opening, schema
from instit_tools.verification.base import Problem, Scope, moment_problems, text_problems

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

TARGETS = frozenset({"trl"})

_MAX_GROUP = 256 << 20
_BATCH = 16
_USER, _ASSISTANT = "user", "assistant"
_Found = Iterator[tuple[str, str]]
_Counted = Generator[tuple[str, str], None, int]
"""Findings, and at the end how many pictures there were."""


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read the schema, then every row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 0
    try:
        file = pq.ParquetFile(path)
        wrong = list(_column_problems(file.schema_arrow, schema()))
        for field, message in (*wrong, *_file_problems(file)):
            yield Problem(file=shard.name, row=None, field=field, message=message)
        if wrong:  # rows of other columns are not looked at one by one
            scope.rows += file.metadata.num_rows
            return
        for batch in file.iter_batches(_BATCH):
            for each in batch.to_pylist():
                row += 1
                scope.rows += 1
                for field, message in _row_problems(each, scope):
                    yield Problem(file=shard.name, row=row, field=field, message=message)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        yield Problem(file=shard.name, row=None, field="", message=f"cannot be read after row {row}: {error}")


def _file_problems(file: "pq.ParquetFile") -> _Found:
    found = file.schema_arrow
    try:
        told = json.loads((found.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError, RecursionError):
        told = None
    if told != arrow_features(found):
        yield "", "lacks the huggingface metadata that tells pictures from structs"
    for group in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(group).total_byte_size
        if size > _MAX_GROUP:
            yield "", f"row group {group} has {size:,} bytes, more than the {_MAX_GROUP:,} that viewers read at once"


def _column_problems(found: "pa.Schema", due: "pa.Schema") -> _Found:
    for column in due:
        index = found.get_field_index(column.name)
        if index < 0:
            yield column.name, "is a column that is missing"
        elif found.field(index).type != column.type:
            yield column.name, f"is {_spelt(found.field(index).type)}, and must be {_spelt(column.type)}"
    for name in found.names:
        if name not in due.names:
            yield name, "is a column of no use here, or one by which the trainer takes another way"


def _spelt(kind: "pa.DataType") -> str:
    return re.sub(r"\b(element|item): ", "", str(kind))


def _row_problems(row: Mapping[str, Any], scope: Scope) -> _Found:
    key = row["id"]
    if key is None or not scope.is_new(key):
        yield "id", "is null" if key is None else f"{key} stands more than once"
    if row["instances"] is None:
        yield "instances", "is no list of ids"
    images = row["images"]
    if not images:
        yield "images", "is null or empty, and a prompt is about pictures"
        return
    yield from _picture_problems(images, scope.limits)
    yield from moment_problems(row["timestamps"], len(images))
    yield from _talk_problems("prompt", (_USER, _ASSISTANT), row)
    yield from _talk_problems("completion", (_ASSISTANT, _USER), row)


def _picture_problems(images: list[Any], limits: Limits) -> _Found:
    for index, picture in enumerate(images):
        content = picture.get("bytes") if isinstance(picture, Mapping) else None
        if not content:
            yield f"images[{index}]", "is not embedded: it has a path and no bytes"
            continue
        try:
            inspect(io.BytesIO(content), str(picture.get("path")), limits)
        except MediaError as error:
            yield f"images[{index}]", error.message


def _talk_problems(column: str, speakers: tuple[str, str], row: Mapping[str, Any]) -> _Found:
    """Check the messages of a column, in which *speakers* alternate; it ends with a question, or is one answer."""
    messages = row[column]
    if not messages or any(message is None or message["content"] is None for message in messages):
        yield column, "has no messages, or one without a content"
        return
    if column == "completion" and len(messages) != 1:
        yield column, f"has {len(messages)} messages: the loss would be on questions too"
    elif len(messages) % 2 == 0:
        yield column, "ends with an answer, and the completion is the next"
    pictures = len(row["images"])
    shown = 0
    for index, message in enumerate(messages):
        field, due = f"{column}[{index}]", speakers[index % 2]
        if message["role"] != due:
            yield f"{field}.role", f"is {message['role']!r} where {due!r} is due: roles alternate"
        opened = message["content"][: len(opening(pictures))] == opening(pictures)
        if column == "prompt" and index == 0 and not opened:
            yield f"{field}.content", "does not start with its pictures in order, each named"
        shown += yield from _part_problems(f"{field}.content", message["content"], row)
    due_pictures = pictures if column == "prompt" else 0
    if shown != due_pictures:
        yield column, f"has {shown} pictures, and images holds {due_pictures}"


def _part_problems(field: str, parts: list[Mapping[str, Any] | None], row: Mapping[str, Any]) -> _Counted:
    shown = 0
    texts = []
    for part in parts:
        match part:
            case {"type": "image", "text": None}:
                shown += 1
            case {"type": "text", "text": str(text)}:
                texts.append(text)
            case _:
                yield field, f"has a part that is neither a picture nor a text: {part}"
    yield from (
        (field, each) for each in text_problems("".join(texts), len(row["images"]), row["instances"], CHAT_TOKENS)
    )
    return shown
