"""From one undecoded record to a typed one: fast for the published shapes, patient with everything near them.

The fast path is one call of a ``msgspec`` decoder that refuses unknown keys. Only a record that it refuses is looked
at again: its unknown keys are moved to ``extra``, each under its JSON pointer, and the rest is converted.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from instit_tools.errors import RecordError
from instit_tools.records import (
    BenchItem,
    Frame,
    ImageRecord,
    QuestionAnswer,
    Record,
    ShortLong,
    VideoRecord,
    escaped,
)
from instit_tools.source.malformed import malformed

__all__ = ["Decoder", "decode"]

_Shape = type[VideoRecord] | type[ImageRecord] | type[BenchItem]
_DECODERS: dict[_Shape, msgspec.json.Decoder[Any]] = {
    shape: msgspec.json.Decoder(shape) for shape in (VideoRecord, ImageRecord, BenchItem)
}


class Decoder:
    """Decode records one after another, guessing that the next is of the kind of the last."""

    def __init__(self) -> None:
        """Start by expecting videos."""
        self._last: _Shape = VideoRecord

    def __call__(self, json: Raw | bytes) -> Record:
        """Decode one record; raise `RecordError` for one of no published shape."""
        try:
            found: Record = _DECODERS[self._last].decode(json)
        except msgspec.ValidationError:
            found = decode(json)
            self._last = type(found)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecordError(malformed(bytes(json), error)) from error
        return found


def decode(json: Raw | bytes) -> Record:
    """Decode one record of any published shape, unknown keys kept in ``extra``.

    Raises `RecordError` for anything else.
    """
    try:
        tree = msgspec.json.decode(json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(malformed(bytes(json), error)) from error
    shape = _shape(tree)
    extra: dict[str, Any] = {}
    _set_aside(tree, shape, "", extra)
    try:
        found: Record = _DECODERS[shape].decode(msgspec.json.encode(tree))
    except msgspec.ValidationError as error:
        raise RecordError(_worded(error), hint=_HINT) from error
    return msgspec.structs.replace(found, extra=extra) if extra else found


_HINT = "the published shapes are described in the README of Inst-IT/Inst-It-Dataset"


def _shape(tree: object) -> _Shape:
    if not isinstance(tree, dict):
        raise RecordError(f"a record is a JSON object, not {_json_type(tree)}", hint=_HINT)
    if "question_id" in tree:
        return BenchItem
    if tree.keys() & {"video_id", "video_path", "frame_level_caption", "question_answer_pairs"}:
        return VideoRecord
    if tree.keys() & {"image_id", "image_path", "instance_level_caption"}:
        return ImageRecord
    keys = ", ".join(list(tree)[:4]) or "no key at all"
    raise RecordError(f"neither a video nor an image record, it has {keys}", hint=_HINT)


def _set_aside(tree: Any, shape: type, pointer: str, extra: dict[str, Any]) -> None:  # noqa: ANN401  # JSON of any shape
    """Move the keys of *tree* that *shape* does not know to *extra*, and look into those that it knows."""
    if not isinstance(tree, dict):
        return
    known = _wire_names(shape)
    for key in [key for key in tree if key not in known]:
        extra[f"{pointer}/{escaped(key)}"] = tree.pop(key)
    for key, (inner, deep) in _NESTED.get(shape, {}).items():
        for step, child in _children(tree.get(key), deep=deep):
            _set_aside(child, inner, f"{pointer}/{key}/{step}", extra)


_NESTED: Mapping[type, Mapping[str, tuple[type, bool]]] = {
    VideoRecord: {"frame_level_caption": (Frame, True), "question_answer_pairs": (QuestionAnswer, True)},
    ImageRecord: {"instance_level_caption": (ShortLong, False)},
    Frame: {"instance_level": (ShortLong, False)},
}


def _children(tree: object, *, deep: bool) -> list[tuple[str, object]]:
    if deep and isinstance(tree, list):
        return [(str(index), child) for index, child in enumerate(tree)]
    if not deep and isinstance(tree, dict):
        return [(escaped(key), child) for key, child in tree.items()]
    return []


def _wire_names(shape: type) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(shape) if field.name != "extra")


def _worded(error: msgspec.ValidationError) -> str:
    """Turn "Expected `int`, got `str` - at `$.frame_level_caption[3].timestamp`" round: the field first."""
    message, _, path = str(error).partition(" - at ")
    field = path.strip("`").removeprefix("$").removeprefix(".")
    return f"{field}: {message[0].lower()}{message[1:]}" if field else message[0].lower() + message[1:]


def _json_type(tree: object) -> str:
    match tree:
        case list():
            return "an array"
        case str():
            return "a string"
        case None:
            return "null"
        case _:
            return "a number or a truth value"
