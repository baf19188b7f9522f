"""The frames of a video of the benchmark, whose questions come without a list of them: in the order of their numbers.

A listing of ``1.jpg``, ``10.jpg``, ``2.jpg`` is no order. ``<2>`` means the second frame, whatever number its name has:
names may count the frames of the video that these were taken from.
"""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from instit_tools.addresses import is_address, parent
from instit_tools.errors import MediaError
from instit_tools.media.store import beside, holds_media

__all__ = ["in_order", "root_of"]

_NUMBER = re.compile(r"([0-9]+)\D*$")
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"})
_JUNK = "."
"""What the names begin with of files that macOS leaves beside pictures, ``._1.jpg`` for one."""


def root_of(questions: Sequence[str]) -> str | None:
    """Find where the pictures are: in the folder of the first file of *questions*, or in the one above it."""
    if found := beside(questions):
        return found
    folder = parent(questions[0]) if questions else None
    if folder is None or is_address(folder):
        return None
    above = Path(folder).absolute().parent
    return str(above) if holds_media(above) else None


def in_order(names: Sequence[str], video: str) -> list[str]:
    """Order the frames among the *names* of the folder *video* by the last number in each, and leave out the rest.

    Raises `MediaError` where two have the same number, one has none, or there are none at all.

    >>> in_order(["10.jpg", "2.jpg", "._2.jpg", ".DS_Store"], "videos_vpt/001")
    ['2.jpg', '10.jpg']
    """
    frames = [name for name in names if not name.startswith(_JUNK) and PurePosixPath(name).suffix.lower() in _SUFFIXES]
    if not frames:
        message = f"{video} holds no pictures"
        raise MediaError(message, hint="--media names the folder that holds videos_vpt/ or videos_vpt.zip")
    found: dict[int, str] = {}
    for name in frames:
        number = _NUMBER.search(PurePosixPath(name).stem)
        if number is None:
            message = f"{video}/{name} has no number in its name, so its place among the frames is unknown"
            raise MediaError(message, hint="frames are called 1.jpg, 2.jpg and so on, with anything before the number")
        other = found.setdefault(int(number[1]), name)
        if other != name:
            message = f"{video}/{other} and {name} have the same number"
            raise MediaError(message, hint="keep one of them")
    return [name for _, name in sorted(found.items())]
