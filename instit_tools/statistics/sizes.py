"""The pictures of a record with their sizes: from the pictures themselves, from the masks, or unknown."""

from typing import Any

import msgspec

from instit_tools.errors import MediaError
from instit_tools.media.frames import frames_of
from instit_tools.media.store import Store
from instit_tools.records import ImageRecord, VideoRecord, masks
from instit_tools.samples import Frame

__all__ = ["sized_frames"]

_MOST = 1 << 34  # pixels that no picture has


def sized_frames(
    record: VideoRecord | ImageRecord, store: Store | None = None, *, strict: bool = True
) -> tuple[Frame, ...]:
    """List the pictures of *record* by timestamp, width and height in pixels ``None`` where nothing tells them.

    Raises `RecordError` and `MediaError` as `frames_of` does; where that is not *strict*, the sizes of a record whose
    pictures are not all there come from its masks.
    """
    if store is not None:
        try:
            return frames_of(record, store=store, marks="keep")
        except MediaError:
            if strict:
                raise
    frames = frames_of(record, store=None, marks="keep")
    if not (tree := masks(record)):
        return frames
    if isinstance(record, ImageRecord):
        return tuple(_sized(frame, tree) for frame in frames)
    names = {frame.timestamp: frame.name for frame in record.frames}
    return tuple(_sized(frame, tree.get(names[frame.timestamp])) for frame in frames)


def _sized(frame: Frame, tree: object) -> Frame:
    """Take the size from the first mask of the picture that says one."""
    for value in tree.values() if isinstance(tree, dict) else ():
        match _mask(value):
            case {"size": [int(height), int(width)]} if min(height, width) > 0 and height * width <= _MOST:
                return msgspec.structs.replace(frame, width=width, height=height)
            case _:
                continue
    return frame


def _mask(value: Any) -> object:  # noqa: ANN401  # JSON of any shape
    return value.get("mask") if isinstance(value, dict) else None
