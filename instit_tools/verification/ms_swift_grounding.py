"""ms-swift's loader where rows have boxes (swift/template/base.py; ``_check_objects`` of its preprocessor/core.py).

To the rules of ``ms-swift`` come those of ``objects``: each ``<ref-object>`` takes the next of ``ref``, each ``<bbox>``
the next of ``bbox``, over all turns; where there are too few, a place stays as text, where there are too many, the last
are never shown, and nobody is told either way. A box is two corners in pixels of the picture that ``image_id`` counts
from 0; boxes belong to pictures only, and in a row with videos they are not scaled. A row whose ``objects`` have
another shape is deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from instit_tools.conversations import MESSAGES, SWIFT_TOKENS
from instit_tools.errors import MediaError
from instit_tools.grounding import BOX, OBJECT
from instit_tools.manifest import Shard
from instit_tools.media.picture import inspect
from instit_tools.verification.base import Problem, Rules, Scope, text_problems
from instit_tools.verification.ms_swift import TAKEN
from instit_tools.verification.rows import line_problems, media_problems, sample_problems

TARGETS = frozenset({"ms-swift"})

_PLACES = {OBJECT: "ref", BOX: "bbox"}
_RULES = Rules(
    field="messages",
    spelling=MESSAGES,
    reserved=tuple(token for token in SWIFT_TOKENS if token not in _PLACES),
)
_KEYS = {"ref", "bbox", "bbox_type", "image_id"}
_CORNERS = 4
_Size = tuple[int, int] | None


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every line."""

    def judge(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for key in TAKEN:
            if key in row and key != "objects":
                yield key, "is a column that the loader takes for its own"
        shown, found = media_problems(row, scope, even=True, absolute=True)
        yield from found
        yield from sample_problems(row, shown, _RULES, scope)
        images = row.get("images")
        if not isinstance(images, list):
            yield "objects", "belong to pictures, and the row has none"
            return
        yield from _objects_problems(row, images, scope)

    return line_problems(path, shard, scope, judge, uniform=True)


def _objects_problems(row: Mapping[str, Any], images: Sequence[Any], scope: Scope) -> Iterator[tuple[str, str]]:
    objects = row.get("objects")
    if not isinstance(objects, Mapping) or objects.keys() != _KEYS:
        yield "objects", "are not ref, bbox, bbox_type and image_id: the row is deleted"
        return
    names, boxes, pictures = objects["ref"], objects["bbox"], objects["image_id"]
    if not all(isinstance(each, list) for each in (names, boxes, pictures)):
        yield "objects", "ref, bbox and image_id are not all lists"
        return
    if objects["bbox_type"] != "real":
        yield "objects.bbox_type", f"is {objects['bbox_type']!r} where 'real' is due: boxes are in pixels"
    yield from _place_problems(row.get("messages"), {"ref": len(names), "bbox": len(boxes)})
    for place, name in enumerate(names):
        yield from _name_problems(place, name, row, len(images))
    if len(pictures) != len(boxes):
        yield "objects.image_id", f"has {len(pictures)} numbers for {len(boxes)} boxes"
    else:
        yield from _pair_problems(boxes, pictures, images, scope)


def _pair_problems(
    boxes: Sequence[Any], pictures: Sequence[Any], images: Sequence[Any], scope: Scope
) -> Iterator[tuple[str, str]]:
    sizes: dict[int, _Size] = {}
    for place, (box, picture) in enumerate(zip(boxes, pictures, strict=True)):
        if type(picture) is not int or not 0 <= picture < len(images):
            yield f"objects.image_id[{place}]", f"is {picture!r}, and there are {len(images)} picture(s), from 0 on"
            continue
        if picture not in sizes:
            sizes[picture] = _size(images[picture], scope)
        yield from ((f"objects.bbox[{place}]", message) for message in _box_problems(box, sizes[picture]))


def _place_problems(messages: Any, counts: Mapping[str, int]) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # as read
    turns = messages if isinstance(messages, list) else []
    texts = [turn.get("content") for turn in turns if isinstance(turn, Mapping)]
    for tag, column in _PLACES.items():
        tags = sum(text.count(tag) for text in texts if isinstance(text, str))
        if tags != counts[column]:
            yield f"objects.{column}", f"has {counts[column]} for {tags} {tag} in the texts"


def _name_problems(place: int, name: Any, row: Mapping[str, Any], pictures: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    field = f"objects.ref[{place}]"
    if not isinstance(name, str):
        yield field, f"is {name!r} and no text"
        return
    yield from ((field, each) for each in text_problems(name, pictures, row.get("instances"), SWIFT_TOKENS))


def _box_problems(box: Any, size: _Size) -> Iterator[str]:  # noqa: ANN401  # as read, of any shape
    if not isinstance(box, list) or len(box) != _CORNERS or not all(type(each) in {int, float} for each in box):
        yield f"is {msgspec.json.encode(box).decode()} and not x1, y1, x2, y2"
        return
    left, top, right, bottom = box
    if not (left < right and top < bottom):
        yield f"is {box}, which encloses nothing: x1 < x2 and y1 < y2"
    elif left < 0 or top < 0 or (size and (right > size[0] or bottom > size[1])):
        yield f"is {box}, and its picture is {size[0]} x {size[1]}" if size else f"is {box}, outside any picture"


def _size(path: Any, scope: Scope) -> _Size:  # noqa: ANN401  # as read, of any shape
    """Give width and height of a picture, where it can be looked at: what is wrong with it is said already."""
    if scope.store is None or not isinstance(path, str):
        return None
    try:
        with scope.store.open(path) as stream:
            found = inspect(stream, path, scope.limits)
    except MediaError:
        return None
    return found.width, found.height
