"""The pictures of a record that comes next, named before it is its turn, so that the disk works meanwhile.

This is a hint and no more: of a record with anything wrong nothing is named, and whoever works on it says what it is.
"""

import msgspec
from msgspec import Raw, Struct

from instit_tools.errors import MediaError
from instit_tools.media.paths import Marks, joined, with_marks

__all__ = ["paths_of"]


class _Frame(Struct):
    """Just enough of a frame; everything else is skipped unread."""

    frame_name: str


class _Record(Struct):
    """Just enough of a record of either kind."""

    video_path: str = ""
    image_path: str = ""
    frame_level_caption: list[_Frame] = []  # msgspec copies it


_DECODER = msgspec.json.Decoder(_Record)


def paths_of(record: Raw, marks: Marks) -> list[str]:
    """Name the pictures of an undecoded *record*, in no certain order; none where that is not plain to see."""
    try:
        found = _DECODER.decode(record)
        if found.image_path:
            return [with_marks(found.image_path, marks)]
        folder = with_marks(found.video_path, marks) if found.video_path else ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, MediaError):
        return []
    return [joined(folder, frame.frame_name) for frame in found.frame_level_caption] if folder else []
