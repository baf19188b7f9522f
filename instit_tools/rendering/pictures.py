"""A picture drawn on: from the bytes of a file to pixels, and back to the bytes of one.

JPEG stays JPEG, once more compressed; all else becomes PNG, so that what lost nothing still loses nothing. JPEG files
are written as the authors' own marked frames are, with colours at half the resolution. How a picture is to be shown
(which way up, in which colours) goes along, all else that cameras write does not. OpenCV takes half of Pillow's time
for a JPEG and gives the same pixels; whatever it does not take goes to Pillow, which says what is wrong.
"""

import io
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from instit_tools.errors import DamagedPictureError, MediaError
from instit_tools.media.limits import Limits
from instit_tools.media.picture import limited

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

__all__ = ["QUALITY", "drawn_on", "extension_of"]

QUALITY = 95
"""That of the authors' marked frames, as their tables tell."""
JPEG, PNG = "jpg", "png"

_SOI = b"\xff\xd8\xff"
_SOF = frozenset({0xC0, 0xC1, 0xC2})
_SOS, _APP1, _APP2 = 0xDA, 0xE1, 0xE2
_PLAIN = frozenset({1, 3})
"""Components of a JPEG that OpenCV shows as everybody does; what four of them mean, Pillow knows better."""
_ORIENTATION = 0x0112
_EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHI", _ORIENTATION, 3, 1) + b"%b\0\0\0\0\0\0"
_JFIF_END = 20
_ICC = b"ICC_PROFILE\0"
_COLOURS, _RGB = slice(16, 20), b"RGB "
"""Where a profile says which colours it is about."""
_PNG_LEVEL = 3  # a tenth larger than by the usual 6, in two fifths of the time
_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})

Draw = Callable[["NDArray[np.uint8]"], "NDArray[np.uint8]"]


def extension_of(raw: str) -> str:
    """Say what a picture whose content deserves the extension *raw* deserves when it was drawn on."""
    return JPEG if raw == JPEG else PNG


def drawn_on(data: bytes, path: str, draw: Draw, *, quality: int, limits: Limits) -> bytes:
    """Give the file *data*, spoken of as *path*, with what *draw* makes of its pixels, (height, width, 3) in RGB.

    Raises `DamagedPictureError` where it cannot be decoded, and `MediaError` where it is not 8 bits a channel. Of a
    JPEG that was cut and given an end again, no decoder says so: what is missing is grey.
    """
    if not data.startswith(_SOI):
        picture, about = _by_pillow(data, path, limits)
        return _as_png(draw(_pixels(picture)), about)
    components, shown = _header(data)
    pixels = _by_opencv(data) if components in _PLAIN else None
    if pixels is None:
        pixels = _pixels(_by_pillow(data, path, limits)[0])
    return _as_jpeg(draw(pixels), quality, shown)


def _by_opencv(data: bytes) -> "NDArray[np.uint8] | None":
    import cv2
    import numpy as np

    try:
        found: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:  # too large for it
        return None
    return found if found is None else np.asarray(found, np.uint8)


def _by_pillow(data: bytes, path: str, limits: Limits) -> "tuple[Image, dict[str, Any]]":
    """Decode *data*; give with it how it is to be shown, as Pillow's ``save`` takes that."""
    from PIL import Image

    try:
        with limited(limits), Image.open(io.BytesIO(data)) as picture:
            if picture.mode not in _MODES:
                message = f"{path} has pixels of mode {picture.mode}, on which no marks are drawn"
                raise MediaError(message, hint="make it 8 bits a channel")
            about: dict[str, Any] = {}
            profile = picture.info.get("icc_profile")
            if profile and profile[_COLOURS] == _RGB:  # the pixels will be
                about["icc_profile"] = profile
            if exif := _exif(picture.getexif().get(_ORIENTATION)):
                about["exif"] = exif
            return picture.convert("RGB"), about
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        message = f"{path} cannot be decoded: {error}"
        raise DamagedPictureError(message, hint="fetch it again") from error


def _pixels(picture: "Image") -> "NDArray[np.uint8]":
    import numpy as np

    return np.array(picture)  # a copy, that may be written to


def _as_png(pixels: "NDArray[np.uint8]", about: dict[str, Any]) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=_PNG_LEVEL, **about)
    return out.getvalue()


def _as_jpeg(pixels: "NDArray[np.uint8]", quality: int, shown: bytes) -> bytes:
    """Write *pixels*; *shown* are segments that go behind the first one."""
    import cv2

    sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    swapped = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, quality, *sampling])
    data = encoded.tobytes()
    return data if not shown else data[:_JFIF_END] + shown + data[_JFIF_END:]


def _header(data: bytes) -> tuple[int, bytes]:
    """Count the components of a JPEG, 0 where that is not plain, and give the segments that say how it is shown."""
    components, profile, notes = 0, [], b""
    shown: list[bytes] = []
    for marker, start, stop in _segments(data):
        if marker in _SOF:
            components = data[start + 5] if stop > start + 5 else 0
        elif marker == _APP2 and data.startswith(_ICC, start):
            profile.append(data[start - 4 : stop])
        elif marker == _APP1 and data.startswith(b"Exif\0\0", start):
            notes = data[start:stop]
    if profile and profile[0][4 + len(_ICC) + 2 :][_COLOURS] == _RGB:
        shown += profile
    if turned := _exif(_orientation(notes)):
        shown.insert(0, b"\xff\xe1" + struct.pack(">H", len(turned) + 2) + turned)
    return components, b"".join(shown)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and stop of each segment before the data."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004  # what a marker starts with
        marker, start = data[at + 1], at + 4
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SOS or at < start:
            return
        yield marker, start, at


def _orientation(notes: bytes) -> object:
    """Read which way up a picture is from its Exif *notes*; ``None`` where they say nothing, or are damaged."""
    from PIL import Image

    exif = Image.Exif()
    try:
        exif.load(notes)
        return exif.get(_ORIENTATION)
    except (OSError, SyntaxError, ValueError, struct.error):
        return None


def _exif(orientation: object) -> bytes:
    """Write down which way up a picture is, and nothing else; nothing at all where it stands on its feet."""
    turned = isinstance(orientation, int) and 1 < orientation <= 8  # noqa: PLR2004  # the eight ways
    return _EXIF % struct.pack(">H", orientation) if turned else b""
