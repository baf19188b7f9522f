"""Many records as an Arrow table: each leaf of the schema is filled with one pass over all of them."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET, Struct

from instit_tools.arrays import array, lists, structs
from instit_tools.records import Frame, ImageRecord, InstanceCaptions, ShortLong, VideoRecord, text_of
from instit_tools.references import ids_of_key
from instit_tools.remainders import Segments, int64, remainder

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Laid", "laid", "table"]


class Laid(Struct, frozen=True, kw_only=True, gc=False):
    """A record laid out for its columns, with the pictures that are embedded beside it."""

    record: VideoRecord | ImageRecord
    segmentations: Segments | None
    extra: str | None
    images: Sequence[Mapping[str, Any]] | None = None


def laid(record: VideoRecord | ImageRecord) -> Laid:
    """Lay *record* out for the columns of its kind; raises as `remainder` does."""
    extra, segmentations = remainder(record)
    return Laid(record=record, segmentations=segmentations, extra=extra)


def table(rows: Sequence[Laid], schema: "pa.Schema") -> "pa.Table":
    """Make a table of *rows*, all of them of the kind of *schema*."""
    import pyarrow as pa

    records = [row.record for row in rows]
    kinds = {field.name: field.type for field in schema}
    filled = _videos if "video_id" in kinds else _images
    columns = filled(cast("Any", records), kinds)
    for name in ("segmentations", "extra", "images"):
        if name in kinds:
            columns[name] = array([getattr(row, name) for row in rows], kinds[name])
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def _videos(records: Sequence[VideoRecord], kinds: Mapping[str, "pa.DataType"]) -> dict[str, "pa.Array"]:
    frames = [record.frames for record in records]
    questions = _known([record.questions for record in records])
    frame_kind, question_kind = kinds["frame_level_caption"], kinds["question_answer_pairs"]
    return {
        "video_id": _numbers([record.id for record in records]),
        "frame_level_caption": lists(frames, _frames(list(chain(*frames)), frame_kind.value_type), frame_kind),
        "question_answer_pairs": lists(questions, _questions(questions, question_kind.value_type), question_kind),
        "video_level_caption": _texts([record.caption for record in records]),
        "video_path": _texts([record.path for record in records]),
    }


def _images(records: Sequence[ImageRecord], kinds: Mapping[str, "pa.DataType"]) -> dict[str, "pa.Array"]:
    return {
        "image_id": _numbers([record.id for record in records]),
        "instance_level_caption": _instances([record.instances for record in records], kinds["instance_level_caption"]),
        "image_level_caption": _texts([record.caption for record in records]),
        "image_path": _texts([record.path for record in records]),
    }


def _frames(frames: Sequence[Frame], kind: "pa.StructType") -> "pa.Array":
    columns = [
        _numbers([frame.timestamp for frame in frames]),
        _texts([frame.name for frame in frames]),
        _instances([frame.instances for frame in frames], kind.field("instance_level").type),
        _texts([frame.caption for frame in frames]),
        _texts([frame.change for frame in frames]),
    ]
    return structs(columns, kind)


def _questions(lists_of_pairs: Sequence[Any], kind: "pa.StructType") -> "pa.Array":
    pairs = [pair for each in lists_of_pairs if each for pair in each]
    return structs([_texts([pair.question for pair in pairs]), _texts([pair.answer for pair in pairs])], kind)


def _instances(captions: Sequence[InstanceCaptions], kind: "pa.ListType") -> "pa.Array":
    given = _known(captions)
    here = [each for each in given if each]
    keys = list(chain.from_iterable(here))
    texts = [text for each in here for text in each.values()]
    columns = [*_keys(keys, kind.value_type.field("ids").type), *_lengths(texts)]
    return lists(given, structs(columns, kind.value_type), kind)


def _keys(keys: Sequence[str], kind: "pa.ListType") -> Sequence["pa.Array"]:
    """Fill the columns ``key`` and ``ids``; there are few keys, each many times."""
    import pyarrow as pa

    found = pa.array(keys, pa.string())
    each = found.dictionary_encode()
    ids = array([ids_of_key(key) for key in each.dictionary.to_pylist()], kind)
    return found, ids.take(each.indices)


def _lengths(captions: Sequence[str | ShortLong | None]) -> Sequence["pa.Array"]:
    """Fill the columns ``caption``, ``short`` and ``long``; in nearly all data the last two are null throughout."""
    import pyarrow as pa

    if ShortLong not in set(map(type, captions)):
        nothing = pa.nulls(len(captions), pa.string())
        return _texts(captions), nothing, nothing
    both = [caption if isinstance(caption, ShortLong) else _NEITHER for caption in captions]
    shown = [caption if isinstance(caption, str) else text_of(caption) or None for caption in captions]
    return _texts(shown), _texts([each.short for each in both]), _texts([each.long for each in both])


_NEITHER = ShortLong()


def _texts(values: Sequence[Any]) -> "pa.Array":
    import pyarrow as pa

    return pa.array(_known(values), pa.string())


def _numbers(values: Sequence[int | str]) -> "pa.Array":
    import pyarrow as pa

    return pa.array(map(int64, values), pa.int64())


def _known(values: Sequence[Any]) -> list[Any]:
    """Say ``None`` for what is absent."""
    return [None if value is UNSET else value for value in values]
