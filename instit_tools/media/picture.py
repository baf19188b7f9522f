"""What a picture file is: its type from its content, its size from its header, and whether its end is there."""

import io
import struct
import warnings
from typing import BinaryIO

from msgspec import Struct

from instit_tools.errors import MediaError, NoPictureError, TruncatedPictureError

__all__ = ["MAX_PIXELS", "Picture", "inspect"]

MAX_PIXELS = 178_956_970
"""Pillow's own limit, above which a small file is more likely a decompression bomb than a picture."""

_TAIL = 64
_EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "BMP": "bmp"}
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # MPO is a JPEG with more pictures in it
_LFS = b"version https://git-lfs"


class Picture(Struct, frozen=True):
    """The extension that the content deserves, and the size in pixels."""

    extension: str
    width: int
    height: int


def inspect(stream: BinaryIO, path: str) -> Picture:
    """Look at the header and the last bytes of the picture in *stream*, without decoding it.

    Raises `MediaError`, speaking of it as *path*, when it is empty, no picture, too large, or cut short.
    """
    head = stream.read(16)
    if not head:
        message = f"{path} is empty"
        raise TruncatedPictureError(message)
    stream.seek(0)
    found = _header(stream, path, head)
    if not _whole(stream, head):
        message = f"{path} is cut short: a {found.extension} file that lacks its end"
        raise TruncatedPictureError(message, hint="fetch it again")
    return found


def _header(stream: BinaryIO, path: str, head: bytes) -> Picture:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, and of many pixels at half the limit
            # The stream stays ours: Pillow closes only what it opened itself.
            with Image.open(stream, formats=_FORMATS) as image:
                return Picture(_EXTENSIONS[image.format or ""], *image.size)
    except UnidentifiedImageError as error:
        message = f"{path} is not a picture: it holds {_described(head)}"
        raise NoPictureError(message, hint="fetch it again") from error
    except Image.DecompressionBombError as error:
        message = f"{path} claims to have more than {MAX_PIXELS:,} pixels"
        raise MediaError(message) from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        message = f"{path} has a damaged header: {error}"
        raise MediaError(message, hint="fetch it again") from error


def _whole(stream: BinaryIO, head: bytes) -> bool:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    if head.startswith(b"\xff\xd8"):
        return tail.rstrip(b"\0\r\n").endswith(b"\xff\xd9")
    if head.startswith(b"\x89PNG"):
        return b"IEND\xaeB`\x82" in tail
    if head.startswith(b"RIFF"):
        return size >= int.from_bytes(head[4:8], "little") + 8
    return True  # of GIF and BMP, which the dataset does not use, only the header is looked at


def _described(head: bytes) -> str:
    if head.lstrip()[:1] == b"<":
        return "a web page"
    if head.startswith(_LFS[:16]):
        return "a Git LFS pointer"
    if head[4:8] == b"ftyp":
        return "a video"
    return f"something that starts with {head[:8]!r}"
