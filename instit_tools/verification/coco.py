"""COCO files, by the rules of pycocotools (coco.py, cocoeval.py), Datumaro (coco/base.py) and FiftyOne (utils/coco.py).

pycocotools asks for an object, and decodes whatever run lengths it is given; its evaluation leaves out what has
``iscrowd`` 1. Datumaro takes no annotation whose image or category is unknown. FiftyOne cuts masks to their box, which
must be that of the mask, and cannot take attributes that are called as its own.
"""

import mmap
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from instit_tools.errors import MaskError, MediaError
from instit_tools.manifest import Shard
from instit_tools.masks import Mask, boxes, read_all
from instit_tools.media.paths import checked
from instit_tools.media.picture import inspect
from instit_tools.verification.base import Problem, Scope
from instit_tools.verification.media import look_ahead

TARGETS = frozenset({"coco"})

_FIFTYONE = ("label", "bounding_box", "mask", "confidence")
_AT_ONCE = 256
_Size = tuple[Any, Any]
_Found = Iterator[tuple[int | None, str, str]]


class _File(Struct):
    """A COCO file; its elements are decoded one after another, for there may be a million."""

    images: list[Raw]
    annotations: list[Raw]
    categories: list[Any] = []


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read the instances, then the captions of the same images."""
    images: dict[int, _Size] = {}
    for row, field, message in _instances(path, scope, images):
        yield Problem(file=shard.name, row=row, field=field, message=message)
    name = shard.name.replace("instances_", "captions_")
    if name in scope.names and (scope.folder / name).is_file():
        for row, field, message in _captions(scope.folder / name, scope, images):
            yield Problem(file=name, row=row, field=field, message=message)


def _instances(path: Path, scope: Scope, images: dict[int, _Size]) -> _Found:
    file = _opened(path)
    if isinstance(file, str):
        yield None, "", file
        return
    for decoded in _decoded(file.images):
        look_ahead([name for _, image in decoded if isinstance(name := _of(image, "file_name"), str)], scope)
        for number, image in decoded:
            scope.rows += 1
            yield from ((number, f"images.{field}", message) for field, message in _image_problems(image, scope))
            if isinstance(number_of := _of(image, "id"), int):
                images[number_of] = _size(image)
    categories = [_of(each, "id") for each in file.categories]
    for decoded in _decoded(file.annotations):
        masks = read_all([_of(each, "segmentation") for _, each in decoded])
        around = iter(boxes([mask for mask in masks if isinstance(mask, Mask)]))
        for (number, each), mask in zip(decoded, masks, strict=True):
            found = [*_annotation_problems(each, images, categories, scope)]
            if isinstance(mask, MaskError):
                found.append(("segmentation", mask.message))
            else:
                found += _mask_problems(each, mask, next(around), images)
            yield from ((number, f"annotations.{field}", message) for field, message in found)


def _captions(path: Path, scope: Scope, images: Mapping[int, _Size]) -> _Found:
    file = _opened(path)
    if isinstance(file, str):
        yield None, "", file
        return
    ids = [_of(image, "id") for decoded in _decoded(file.images) for _, image in decoded]
    if sorted(map(str, ids)) != sorted(map(str, images)):
        yield None, "images", "are not those of the instances"
    for number, caption in (each for decoded in _decoded(file.annotations) for each in decoded):
        found = [*_id_problems(caption, "annotation", scope), *_image_id_problems(caption, images)]
        text = _of(caption, "caption")
        if not isinstance(text, str) or not text.strip():
            found.append(("caption", "is no text"))
        yield from ((number, f"annotations.{field}", message) for field, message in found)


def _decoded(elements: Sequence[Raw]) -> Iterator[list[tuple[int, Any]]]:
    """Decode some elements at a time, numbered from 1."""
    numbered = ((number, _tree(raw)) for number, raw in enumerate(elements, 1))
    while some := [*islice(numbered, _AT_ONCE)]:
        yield some


def _tree(raw: Raw) -> Any:  # noqa: ANN401  # as read, of any shape
    """Decode an element; ``None``, which is none either, for a text that is no UTF-8: nobody has looked inside yet."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _opened(path: Path) -> _File | str:
    try:
        with path.open("rb") as stream:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)  # the elements are parts of it
        return msgspec.json.decode(memoryview(data), type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return f"is no COCO file: {error}"


def _of(element: Any, key: str) -> Any:  # noqa: ANN401  # as read, of any shape
    return element.get(key) if isinstance(element, Mapping) else None


def _size(image: Any) -> _Size:  # noqa: ANN401  # as read, of any shape
    return _of(image, "width"), _of(image, "height")


def _id_problems(element: Any, noun: str, scope: Scope) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # as read
    number = _of(element, "id")
    if type(number) is not int:
        yield "id", f"is {number!r} and no whole number"
    elif not scope.is_new(f"{noun} {number}"):
        yield "id", f"{number} stands more than once"


def _image_id_problems(element: Any, images: Mapping[int, _Size]) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    number = _of(element, "image_id")
    if type(number) is not int or number not in images:
        yield "image_id", f"is {number!r}, and there is no such image"


def _image_problems(image: Any, scope: Scope) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # as read, of any shape
    yield from _id_problems(image, "image", scope)
    size = _size(image)
    for name, side in zip(("width", "height"), size, strict=True):
        if type(side) is not int or side < 1:
            yield name, f"is {side!r} and no number of pixels"
    path = _of(image, "file_name")
    if not isinstance(path, str):
        yield "file_name", f"is {path!r} and no path"
        return
    try:
        checked(path)
        if scope.store is None:
            return
        with scope.store.open(path) as stream:
            found = inspect(stream, path, scope.limits)
    except MediaError as error:
        yield "file_name", error.message
        return
    if (found.width, found.height) != size:
        yield "width", f"and height are {size[0]} x {size[1]}, and {path} is {found.width} x {found.height}"


def _annotation_problems(
    each: Any,  # noqa: ANN401  # as read, of any shape
    images: Mapping[int, _Size],
    categories: Sequence[Any],
    scope: Scope,
) -> Iterator[tuple[str, str]]:
    yield from _id_problems(each, "annotation", scope)
    yield from _image_id_problems(each, images)
    category = _of(each, "category_id")
    if type(category) is not int or category not in categories:
        yield "category_id", f"is {category!r}, and there is no such category"
    if _of(each, "iscrowd") != 0:
        yield "iscrowd", f"is {_of(each, 'iscrowd')!r} where 0 is due: an evaluation leaves crowds out"
    attributes = _of(each, "attributes")
    if not isinstance(attributes, Mapping):
        yield "attributes", "are no object"
        return
    for name, value in attributes.items():
        if name in _FIFTYONE:
            yield f"attributes.{name}", "is a name that FiftyOne keeps for its own"
        if type(value) not in {str, int, float}:
            yield f"attributes.{name}", "is neither text nor number, and Datumaro takes no other"


def _mask_problems(
    each: Any,  # noqa: ANN401  # as read, of any shape
    mask: Mask,
    box: Sequence[int],
    images: Mapping[int, _Size],
) -> Iterator[tuple[str, str]]:
    number = _of(each, "image_id")
    size = images.get(number) if type(number) is int else None
    if size and (mask.width, mask.height) != size:
        yield "segmentation", f"is {mask.width} x {mask.height}, and its image is {size[0]} x {size[1]}"
    if not mask.area:
        yield "segmentation", "has no pixel, and so no box"
    if _of(each, "area") != mask.area:
        yield "area", f"is {_of(each, 'area')!r}, and the mask has {mask.area:,} pixels"
    if _of(each, "bbox") != [*box]:
        yield "bbox", f"is {_of(each, 'bbox')!r}, and the mask's is {[*box]}"
