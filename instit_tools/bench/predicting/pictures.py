"""The pictures of a question, as a model gets them: the frames of a video in order, or the one image.

What a file holds is told from its bytes: the published ``.jpg`` may hold a PNG.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from instit_tools.bench.frames import in_order
from instit_tools.bench.items import Item
from instit_tools.errors import MediaError
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import Marks, joined, with_marks
from instit_tools.media.picture import inspect, limited
from instit_tools.media.store import Store
from instit_tools.recipes.limits import uniform

__all__ = ["Picture", "Shots", "pictures_of"]

_QUALITY = 95
_MIME = {"jpg": "jpeg"}


class Picture(Struct, frozen=True, kw_only=True):
    """One picture: its *timestamp* from 1 (``None`` of an image), its bytes, and their type, such as ``image/png``."""

    timestamp: int | None
    data: bytes
    mime: str


class Shots(Struct, frozen=True, kw_only=True):
    """Where pictures are and what is done to them: *max_frames* of a video, *max_side* in pixels."""

    store: Store | None
    marks: Marks = "vpt"
    max_frames: int | None = None
    max_side: int | None = None


def pictures_of(item: Item, shots: Shots) -> tuple[Picture, ...]:
    """Read the pictures that *item* is about.

    Raises `MediaError`, naming the question, where one is missing, damaged, or its place in the order is not known.
    """
    try:
        return tuple(_shrunk(picture, shots.max_side) for picture in _read(item, shots))
    except MediaError as error:
        raise error.at(f"{item.split} question {item.id}") from error


def _read(item: Item, shots: Shots) -> Sequence[Picture]:
    if item.embedded is not None:
        return [_picture(_embedded(item.file, item.embedded), f"row {item.embedded} of {item.file}", None)]
    if item.path is None:
        message = f"{item.split}_path is not there"
        raise MediaError(message, hint="name the published file of questions, which has it")
    if shots.store is None:
        message = f"{item.path} is neither beside {item.file} nor in the folder above it"
        raise MediaError(message, hint="--media says where the pictures are")
    path = with_marks(item.path, shots.marks)
    if item.split == "image":
        return [_picture(shots.store.read(path), path, None, shots.store.limits)]
    return [
        _picture(shots.store.read(joined(path, name)), joined(path, name), timestamp, shots.store.limits)
        for timestamp, name in uniform(list(enumerate(in_order(shots.store.names(path), path), 1)), shots.max_frames)
    ]


def _picture(data: bytes, path: str, timestamp: int | None, limits: Limits = DEFAULT) -> Picture:
    found = inspect(io.BytesIO(data), path, limits)
    return Picture(timestamp=timestamp, data=data, mime=f"image/{_MIME.get(found.extension, found.extension)}")


def _shrunk(picture: Picture, side: int | None) -> Picture:
    """Make a picture with a side of more than *side* pixels smaller; others are sent byte for byte."""
    from PIL import Image, ImageOps

    if side is None:
        return picture
    with limited(DEFAULT), Image.open(io.BytesIO(picture.data)) as image:
        if max(image.size) <= side:
            return picture
        smaller = ImageOps.exif_transpose(image)
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        written = io.BytesIO()
        if picture.mime == "image/jpeg":
            smaller.convert("RGB").save(written, "JPEG", quality=_QUALITY)
        else:
            smaller.save(written, "PNG")
    mime = picture.mime if picture.mime == "image/jpeg" else "image/png"
    return Picture(timestamp=picture.timestamp, data=written.getvalue(), mime=mime)


def _embedded(file: str, row: int) -> bytes:
    """Read the picture that a row of a Parquet file, counted from 1, holds."""
    if not Path(file).is_file():
        message = f"{file} is no file on this machine, so the pictures in it cannot be read again"
        raise MediaError(message, hint="fetch it first")
    group, first = _group_of(file, row)
    held = _column(file, group)[row - 1 - first]
    data = held.get("bytes") if isinstance(held, dict) else held
    if not isinstance(data, bytes) or not data:
        raise MediaError(f"{file}, record {row}: image: there is no picture in it")
    return data


def _group_of(file: str, row: int) -> tuple[int, int]:
    import pyarrow.parquet as pq

    metadata, first = pq.read_metadata(file), 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        if row - 1 < first + rows:
            return group, first
        first += rows
    raise MediaError(f"{file} has no record {row} any more")


@lru_cache(maxsize=1)
def _column(file: str, group: int) -> list[object]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        return list(opened.read_row_group(group, columns=["image"]).column("image").to_pylist())
