"""The pictures that a record names, each opened once for all rules, and for records that follow soon after."""

import hashlib
import warnings
from collections.abc import Iterator
from copy import copy
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from instit_tools.errors import DamagedPictureError, InstitError, MediaError
from instit_tools.linting.spans import Path
from instit_tools.media.paths import PREFIXES, checked, joined
from instit_tools.media.picture import Picture, inspect
from instit_tools.media.store import Store
from instit_tools.records import FRAMES, BenchItem, ImageRecord, VideoRecord

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Looked", "fingerprint", "forget", "looked_at"]

_SIDE = 16
_STEP = 2
"""Grey levels below which a step from one point to the next may be noise of compression."""
_TELLING = 32
"""Steps, or points without one, that a picture must have to be told from others by them."""
_KEPT = 4096
"""Pictures that are remembered: more than a video has, whose questions stand side by side."""


class Looked(Struct, frozen=True):
    """Where a picture is named in the record, its file, what is there, and, if it was decoded, its `fingerprint`."""

    path: Path
    file: str
    found: Picture | InstitError
    print: str | None = None


def looked_at(record: VideoRecord | ImageRecord | BenchItem, store: Store, *, deep: bool) -> Iterator[Looked]:
    """Open each picture of *record*; with *deep*, decode it."""
    for path, file in _named(record, store, deep=deep):
        if not _is_sound(file):
            continue  # path-outside or path-prefix says so
        found, print_ = _seen(store, file, deep=deep)
        yield Looked(path, file, found, print_)


@lru_cache(_KEPT)
def _seen(store: Store, file: str, *, deep: bool) -> tuple[Picture | InstitError, str | None]:
    try:
        with store.open(file) as stream:
            return inspect(stream, file), fingerprint(stream, file) if deep else None
    except MediaError as error:
        return copy(error), None  # without the traceback, which would keep the stream


def forget() -> None:
    """Forget what was seen: the pictures may have changed."""
    _seen.cache_clear()


def fingerprint(stream: BinaryIO, file: str) -> str:
    """Give what two copies of a picture have in common, however they were saved.

    A difference hash of 256 bits: whether each point is brighter than the one to its left, in a picture of 17 by 16. Of
    a picture with few such steps it is the hash of the bytes: plain ones are all alike. Raises `DamagedPictureError`.
    """
    small = _decoded(stream, file).convert("L").resize((_SIDE + 1, _SIDE)).tobytes()
    rows = [small[start : start + _SIDE + 1] for start in range(0, len(small), _SIDE + 1)]
    bits = "".join("01"[right > left + _STEP] for row in rows for left, right in pairwise(row))
    if _TELLING <= bits.count("1") <= len(bits) - _TELLING:
        return f"{int(bits, 2):064x}"
    stream.seek(0)
    return f"sha256 {hashlib.sha256(stream.read()).hexdigest()}"


def _is_sound(file: str) -> bool:
    try:
        return checked(file).partition("/")[0] in PREFIXES
    except MediaError:
        return False


def _named(record: VideoRecord | ImageRecord | BenchItem, store: Store, *, deep: bool) -> Iterator[tuple[Path, str]]:
    match record:
        case VideoRecord():
            for index, frame in enumerate(record.frames):
                yield (FRAMES, index, "frame_name"), joined(record.path, frame.name)
        case ImageRecord():
            yield ("image_path",), record.path
        case BenchItem() if isinstance(record.image_path, str):
            yield ("image_path",), record.image_path
        case BenchItem() if isinstance(record.video_path, str) and deep:  # which frames there are, it does not say
            for name in store.names(record.video_path) if _is_sound(record.video_path) else ():
                yield ("video_path",), joined(record.video_path, name)


def _decoded(stream: BinaryIO, file: str) -> "Image":
    from PIL import Image

    stream.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, and of many pixels at half the limit
            with Image.open(stream) as picture:
                picture.load()
                return picture.copy()
    except (OSError, SyntaxError, ValueError) as error:
        message = f"{file} cannot be decoded: {error}"
        raise DamagedPictureError(message) from error
