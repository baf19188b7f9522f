"""What a picture file is: its type from its content, its size from its header, and whether its end is there."""

import io
import struct
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import BinaryIO

from instit_tools.errors import MediaError, NoPictureError, TruncatedPictureError
from instit_tools.media.header import Picture, plain
from instit_tools.media.limits import DEFAULT, Limits

__all__ = ["Picture", "inspect", "limited"]

_HEAD = 4096
_TAIL = 64
_EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "BMP": "bmp"}
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # MPO is a JPEG with more pictures in it
_LFS = b"version https://git-lfs"


def inspect(stream: BinaryIO, path: str, limits: Limits = DEFAULT) -> Picture:
    """Look at the header and the last bytes of the picture in *stream*, which stands at its start, not decoding it.

    Raises `MediaError`, speaking of it as *path*, when it is empty, no picture, too large, or cut short.
    """
    head = stream.read(_HEAD)
    if not head:
        message = f"{path} is empty"
        raise TruncatedPictureError(message)
    found = plain(head) or _by_pillow(stream, path, head, limits)
    limits.check_pixels(path, found.width * found.height)
    if not _whole(stream, head):
        message = f"{path} is cut short: a {found.extension} file that lacks its end"
        raise TruncatedPictureError(message, hint="fetch it again")
    return found


@contextmanager
def limited(limits: Limits) -> Generator[None]:
    """Let Pillow open what *limits* allow, in this block: it has one limit for the whole process."""
    from PIL import Image

    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = -(-limits.max_pixels // 2)  # it warns from there on, and refuses at twice that
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of half the limit, and of what it makes do with
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _by_pillow(stream: BinaryIO, path: str, head: bytes, limits: Limits) -> Picture:
    from PIL import Image, UnidentifiedImageError

    stream.seek(0)
    try:
        # The stream stays ours: Pillow closes only what it opened itself.
        with limited(limits), Image.open(stream, formats=_FORMATS) as image:
            return Picture(_EXTENSIONS[image.format or ""], *image.size)
    except UnidentifiedImageError as error:
        message = f"{path} is not a picture: it holds {_described(head[:16])}"
        raise NoPictureError(message, hint="fetch it again") from error
    except Image.DecompressionBombError as error:
        raise limits.too_many_pixels(path) from error
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
