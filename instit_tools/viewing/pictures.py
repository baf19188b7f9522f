"""The pictures of one record: a poster for the gallery, a strip of all frames, and what is shown large.

Each picture is opened once. The strip is one file, however many frames there are, with so many cells a row; a page
shows a cell of it by cutting, so a video costs one request. What cannot be opened leaves its cell grey.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from instit_tools.errors import MediaError
from instit_tools.media.limits import Limits
from instit_tools.media.paths import checked, with_marks
from instit_tools.media.picture import Picture, inspect, limited
from instit_tools.media.store import Store, prefetch
from instit_tools.viewing.settings import Pictures

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Drawn", "Large", "Strip", "drawn"]

POSTERS, STRIPS, COPIES = "posters", "strips", "pictures"
_POSTER, _CELL = 288, 160
"""Pixels of the longer side of a poster, and of a cell of a strip."""
_COLUMNS = 10
_MOST_CELLS = 1000
"""Frames whose pictures are shown small: what one file of WebP holds, in rows of ten."""
_QUALITY = 72
_GREY = (128, 128, 128)
_SHOWN_BY_BROWSERS = frozenset({"jpg", "png", "webp", "gif"})


class Large(Struct, frozen=True):
    """What is shown large: the address seen from a page, that of the other tree, size in pixels; or what is in the way.

    *trouble* says why there is no picture, or ``""``.
    """

    src: str = ""
    other: str = ""
    width: int = 0
    height: int = 0
    trouble: str = ""


class Strip(Struct, frozen=True):
    """A picture of cells, *columns* in a row, each *width* by *height*; *count* of them."""

    columns: int
    width: int
    height: int
    count: int


class Drawn(Struct, frozen=True):
    """What there is to see of a record."""

    poster: bool = False
    strip: Strip | None = None
    large: tuple[Large, ...] = ()


class Wanted(Struct, frozen=True, kw_only=True):
    """Where files go (*folder*, under *name*), what is shown large and how large; *link* leads to the media root."""

    folder: str
    name: str
    pictures: Pictures
    size: int
    link: str


def drawn(files: Sequence[str], store: Store, wanted: Wanted) -> Drawn:
    """Look at *files*, draw what is shown small, and copy or link what is shown large."""
    prefetch(store, [file for file in files if _is_sound(file)])
    seen = [_seen(file, number, store, wanted) for number, file in enumerate(files, 1)]
    small = [each for each, _ in seen]
    first = next((each for each in small if each is not None), None)
    if first is not None:
        _save(first, Path(wanted.folder, POSTERS, f"{wanted.name}.webp"))
    strip = _strip(small[:_MOST_CELLS], first, wanted) if first is not None and len(files) > 1 else None
    return Drawn(first is not None, strip, tuple(large for _, large in seen))


def _is_sound(file: str) -> bool:
    try:
        return bool(checked(file))
    except MediaError:
        return False


def _seen(file: str, number: int, store: Store, wanted: Wanted) -> "tuple[Image | None, Large]":
    """Look at one picture; what is kept of it is as large as a poster, for all those of a video are held at once."""
    try:
        data = store.read(checked(file))
        found = inspect(BytesIO(data), file, store.limits)
        decoded = _decoded(data, file, store.limits, wanted.size if wanted.pictures == "copy" else 0)
    except MediaError as error:
        return None, Large(trouble=error.message)
    small = _within(decoded, _POSTER)
    if wanted.pictures == "copy":
        return small, _copied(data, decoded, found, number, wanted)
    if wanted.pictures == "link":
        other = _other(file, store)
        return small, Large(_linked(file, wanted), _linked(other, wanted) if other else "", found.width, found.height)
    return small, Large(width=found.width, height=found.height)


def _decoded(data: bytes, file: str, limits: Limits, size: int) -> "Image":
    """Decode a picture, no finer than needed: to show it within *size* pixels, or as a poster."""
    from PIL import Image

    try:
        with limited(limits), Image.open(BytesIO(data)) as picture:
            picture.draft("RGB", (2 * _POSTER, 2 * _POSTER) if size <= _POSTER else (size, size))
            return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        message = f"{file} cannot be decoded: {error}"
        raise MediaError(message) from error


def _copied(data: bytes, picture: "Image", found: Picture, number: int, wanted: Wanted) -> Large:
    """Put one picture into the site: its own bytes where it is small enough, a smaller one otherwise."""
    fits = max(found.width, found.height) <= wanted.size and found.extension in _SHOWN_BY_BROWSERS
    extension = found.extension if fits else "webp"
    file = f"{COPIES}/{wanted.name}/{number}.{extension}"
    place = Path(wanted.folder, file)
    place.parent.mkdir(parents=True, exist_ok=True)
    if fits:
        place.write_bytes(data)
    else:
        _save(_within(picture, wanted.size), place)
    return Large(f"../{file}", "", found.width, found.height)


def _linked(file: str, wanted: Wanted) -> str:
    return f"{wanted.link}/{quote(file, errors='replace')}"


def _other(file: str, store: Store) -> str | None:
    """Find the same picture in the other tree, without marks or with them."""
    first, _, _ = file.partition("/")
    if not first.endswith(("_vpt", "_raw")):
        return None
    try:
        other = with_marks(file, "raw" if first.endswith("_vpt") else "vpt")
        with store.open(other):
            return other
    except MediaError:
        return None


def _strip(small: "Sequence[Image | None]", first: "Image", wanted: Wanted) -> Strip:
    from PIL import Image

    width, height = _within(first, _CELL).size
    columns = min(_COLUMNS, len(small))
    rows = -(-len(small) // columns)
    whole = Image.new("RGB", (columns * width, rows * height), _GREY)
    for number, each in enumerate(small):
        if each is not None:
            row, column = divmod(number, columns)
            whole.paste(
                each.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2), (column * width, row * height)
            )
    _save(whole, Path(wanted.folder, STRIPS, f"{wanted.name}.webp"))
    return Strip(columns, width, height, len(small))


def _within(picture: "Image", side: int) -> "Image":
    small = picture.copy()
    small.thumbnail((side, side), reducing_gap=2)
    return small


def _save(picture: "Image", place: Path) -> None:
    picture.save(place, "WEBP", quality=_QUALITY, method=2)
