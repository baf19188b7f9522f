"""What the columns of a record cannot hold exactly: an unknown key, a text that is absent, an id that is no number.

A remainder says what to ``set`` and what to ``drop``, by JSON pointer, once the columns are an object again. Nearly
every record has none, so that is what is looked for fast.
"""

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType

from instit_tools.records import (
    Frame,
    ImageRecord,
    InstanceCaptions,
    QuestionAnswer,
    ShortLong,
    VideoRecord,
    escaped,
    masks,
    put,
)

__all__ = ["Segments", "add", "int64", "remainder"]

Segments = list[dict[str, Any]]
"""The masks of a record as rows of their column."""

_INT32 = 1 << 31
_INT64 = 1 << 63


class _Remainder(Struct, omit_defaults=True):
    """What to do to an object rebuilt from the columns so that it equals the record."""

    set: dict[str, Any] = msgspec.field(default_factory=dict)
    drop: list[str] = msgspec.field(default_factory=list)


def remainder(record: VideoRecord | ImageRecord) -> tuple[str | None, Segments | None]:
    """Give what the columns of *record* cannot hold, in JSON, and what its column of masks holds.

    Raises as `masks` does.
    """
    left = _Remainder()
    if isinstance(record, VideoRecord):
        _video(record, left)
        segments = _frame_segments(masks(record), left) if _has_masks(record, left) else None
    else:
        _image(record, left)
        segments = _segments(masks(record), "/segmentations", left) if _has_masks(record, left) else None
    left.set |= record.extra  # last: what holds an extra key is in its place by then
    return (msgspec.json.encode(left).decode() if left.set or left.drop else None), segments


def add(tree: dict[str, Any], extra: str) -> None:
    """Make of a *tree* rebuilt from the columns the object that it was made from."""
    left = msgspec.json.decode(extra, type=_Remainder)
    for pointer in left.drop:
        put(tree, pointer, msgspec.UNSET)
    for pointer, value in left.set.items():
        put(tree, pointer, value)


def int64(value: int | str) -> int | None:
    """Give *value* if a column of numbers can hold it."""
    return value if isinstance(value, int) and -_INT64 <= value < _INT64 else None


def _video(record: VideoRecord, left: _Remainder) -> None:
    for index, frame in enumerate(record.frames):
        if not _is_plain(frame):
            _frame(frame, f"/frame_level_caption/{index}", left)
    _number(record.id, "/video_id", left)
    _questions(record.questions, left)
    _text(record.caption, "/video_level_caption", left)


def _image(record: ImageRecord, left: _Remainder) -> None:
    _number(record.id, "/image_id", left)
    _instances(record.instances, "/instance_level_caption", left)
    _text(record.caption, "/image_level_caption", left)


def _is_plain(frame: Frame) -> bool:
    """Say whether the columns hold all of *frame*, as they do of nearly every one."""
    return (
        frame.caption is not UNSET
        and frame.change is not UNSET
        and -_INT64 <= frame.timestamp < _INT64
        and isinstance(frame.instances, dict)
        and ShortLong not in map(type, frame.instances.values())
    )


def _frame(frame: Frame, pointer: str, left: _Remainder) -> None:
    _number(frame.timestamp, f"{pointer}/timestamp", left)
    _instances(frame.instances, f"{pointer}/instance_level", left)
    _text(frame.caption, f"{pointer}/image_level", left)
    _text(frame.change, f"{pointer}/temporal_change", left)


def _questions(pairs: tuple[QuestionAnswer, ...] | UnsetType | None, left: _Remainder) -> None:
    if not isinstance(pairs, tuple):
        _text(pairs, "/question_answer_pairs", left)
        return
    for index, pair in enumerate(pairs):
        if pair.question is not UNSET and pair.answer is not UNSET:
            continue
        _text(pair.question, f"/question_answer_pairs/{index}/question", left)
        _text(pair.answer, f"/question_answer_pairs/{index}/answer", left)


def _instances(captions: InstanceCaptions, pointer: str, left: _Remainder) -> None:
    if not isinstance(captions, dict):
        _text(captions, pointer, left)
        return
    for key, caption in captions.items():
        if isinstance(caption, ShortLong):
            _lengths(caption, f"{pointer}/{escaped(key)}", left)


def _lengths(caption: ShortLong, pointer: str, left: _Remainder) -> None:
    if isinstance(caption.short, str) or isinstance(caption.long, str):
        _text(caption.short, f"{pointer}/short", left)
        _text(caption.long, f"{pointer}/long", left)
    else:  # the columns of both are null, as those of a caption that is one text
        left.set[pointer] = msgspec.to_builtins(caption)


def _has_masks(record: VideoRecord | ImageRecord, left: _Remainder) -> bool:
    if isinstance(record.segmentations, UnsetType):
        return False
    if bytes(record.segmentations) == b"null":
        left.set["/segmentations"] = None
        return False
    return True


def _frame_segments(tree: Mapping[str, Any], left: _Remainder) -> Segments:
    rows = []
    for name, instances in tree.items():
        pointer = f"/segmentations/{escaped(name)}"
        fits = isinstance(instances, dict)
        if not fits:
            left.set[pointer] = instances
        rows.append({"frame_name": name, "instances": _segments(instances, pointer, left) if fits else None})
    return rows


def _segments(tree: Mapping[str, Any], pointer: str, left: _Remainder) -> Segments:
    return [{"key": key, "mask": _mask(value, f"{pointer}/{escaped(key)}", left)} for key, value in tree.items()]


def _mask(value: object, pointer: str, left: _Remainder) -> dict[str, Any] | None:
    match value:
        case {"mask": {"size": [height, width], "counts": str(), **more} as mask, **others} if not (
            more or others or not _is_int32(height) or not _is_int32(width)
        ):
            return cast("dict[str, Any]", mask)
        case _:
            left.set[pointer] = value
            return None


def _is_int32(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_INT32 <= value < _INT32


def _text(value: object, pointer: str, left: _Remainder) -> None:
    """Note what is absent, a text or another value: its column says ``null``."""
    if isinstance(value, UnsetType):
        left.drop.append(pointer)


def _number(value: int | str, pointer: str, left: _Remainder) -> None:
    if int64(value) is None:
        left.set[pointer] = value
