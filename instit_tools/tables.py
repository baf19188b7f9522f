"""Records as tidy polars tables, for notebooks: one row a video, image, frame, instance, caption, question."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools.records import BenchItem, ImageRecord, InstanceCaptions, Record, ShortLong, Text, VideoRecord, text_of
from instit_tools.references import ids_of_key

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Tables", "tables"]

_COLUMNS: dict[str, dict[str, str]] = {
    "videos": {"record": "String", "source": "String", "path": "String", "frames": "Int64", "questions": "Int64"},
    "images": {"record": "String", "source": "String", "path": "String"},
    "frames": {"kind": "String", "record": "String", "timestamp": "Int64", "path": "String", "instances": "Int64"},
    "instances": {
        "kind": "String",
        "record": "String",
        "id": "Int64",
        "first": "Int64",
        "last": "Int64",
        "frames": "Int64",
    },
    "captions": {
        "kind": "String",
        "record": "String",
        "level": "String",
        "timestamp": "Int64",
        "key": "String",
        "text": "String",
    },
    "qa": {"record": "String", "number": "Int64", "question": "String", "answer": "String"},
}
_Row = tuple[Any, ...]


class Tables(Struct, frozen=True, kw_only=True):
    """Tidy tables of one dataset; ``record`` is the id as text, and joins them together with ``kind``.

    *captions* have a ``level``: ``instance``, ``frame`` (images too), ``temporal`` or ``video``. An image counts as
    frame 1 of itself. Empty and absent texts have no row.
    """

    videos: "pl.DataFrame"
    images: "pl.DataFrame"
    frames: "pl.DataFrame"
    instances: "pl.DataFrame"
    captions: "pl.DataFrame"
    qa: "pl.DataFrame"


def tables(records: Iterable[Record]) -> Tables:
    """Lay *records* out as tables; benchmark items have no place in them and are passed over."""
    import polars as pl

    rows: dict[str, list[_Row]] = {name: [] for name in _COLUMNS}
    for record in records:
        if not isinstance(record, BenchItem):
            for name, row in _rows(record):
                rows[name].append(row)
    return Tables(
        **{
            name: pl.DataFrame(
                rows[name], schema={each: getattr(pl, kind) for each, kind in columns.items()}, orient="row"
            )
            for name, columns in _COLUMNS.items()
        }
    )


def _rows(record: VideoRecord | ImageRecord) -> Iterator[tuple[str, _Row]]:
    return _video(record) if isinstance(record, VideoRecord) else _image(record)


def _video(record: VideoRecord) -> Iterator[tuple[str, _Row]]:
    key = str(record.id)
    questions = record.questions or ()
    yield "videos", (key, _source(record.path), record.path, len(record.frames), len(questions))
    ordered = sorted(record.frames, key=lambda frame: frame.timestamp)
    for frame in ordered:
        yield from _frame("video", key, frame.timestamp, f"{record.path}/{frame.name}", frame.instances)
        yield from _caption("video", key, "frame", frame.timestamp, frame.caption)
        yield from _caption("video", key, "temporal", frame.timestamp, frame.change)
    yield from _caption("video", key, "video", None, record.caption)
    yield from _presence("video", key, ((frame.timestamp, frame.instances) for frame in ordered))
    for number, pair in enumerate(questions, 1):
        yield "qa", (key, number, text_of(pair.question), text_of(pair.answer))


def _image(record: ImageRecord) -> Iterator[tuple[str, _Row]]:
    key = str(record.id)
    yield "images", (key, _source(record.path), record.path)
    yield from _frame("image", key, 1, record.path, record.instances)
    yield from _caption("image", key, "frame", 1, record.caption)
    yield from _presence("image", key, [(1, record.instances)])


def _frame(kind: str, key: str, timestamp: int, path: str, captions: InstanceCaptions) -> Iterator[tuple[str, _Row]]:
    named = captions if isinstance(captions, dict) else {}
    yield "frames", (kind, key, timestamp, path, len({number for each in named for number in ids_of_key(each)}))
    for instance, caption in named.items():
        yield from _caption(kind, key, "instance", timestamp, caption, instance)


def _caption(  # the columns of a caption
    kind: str, key: str, level: str, timestamp: int | None, caption: Text | ShortLong, instance: str | None = None
) -> Iterator[tuple[str, _Row]]:
    if text := text_of(caption):
        yield "captions", (kind, key, level, timestamp, instance, text)


def _presence(kind: str, key: str, frames: Iterable[tuple[int, InstanceCaptions]]) -> Iterator[tuple[str, _Row]]:
    """Yield a row for each instance: its first and last frame with a caption, and in how many it has one."""
    seen: dict[int, list[int]] = {}
    for timestamp, captions in frames:
        named = captions if isinstance(captions, dict) else {}
        for number in sorted({number for each in named for number in ids_of_key(each)}):
            seen.setdefault(number, []).append(timestamp)
    for number, moments in sorted(seen.items()):
        yield "instances", (kind, key, number, moments[0], moments[-1], len(moments))


def _source(path: str) -> str | None:
    """Name the dataset that a picture was taken from: the second component of its path."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else None  # noqa: PLR2004  # prefix, source, name
