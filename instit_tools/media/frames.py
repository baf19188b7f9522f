"""The pictures of a record, in the order of the record and looked at before anything is made of them."""

import itertools
import re
from collections.abc import Sequence
from operator import attrgetter

from instit_tools import records
from instit_tools.errors import MediaError, RecordError
from instit_tools.media.paths import Marks, checked, joined, with_marks
from instit_tools.media.picture import inspect
from instit_tools.media.store import Store, prefetch
from instit_tools.records import FRAMES, ImageRecord, VideoRecord
from instit_tools.samples import Frame

__all__ = ["frames_of"]

_TIMESTAMP = attrgetter("timestamp")
_ODD = re.compile(r"\.\.|[\\\0]").search
"""What a name that is wrong behind a folder that is right has in it; one that is not may have it, too (``a..b``)."""


def frames_of(record: VideoRecord | ImageRecord, *, store: Store | None, marks: Marks) -> tuple[Frame, ...]:
    """List the pictures of *record* by timestamp; an image is its own frame 1.

    With a *store*, each file is opened: its size comes from its header and its type from its content. Raises
    `RecordError` for two frames of one timestamp and `MediaError` for a picture that cannot be used.
    """
    named = _named(record, marks)
    if store is None:
        return tuple([Frame(path=path, timestamp=timestamp) for path, timestamp in named])
    prefetch(store, [path for path, _ in named])
    return tuple([_looked_at(path, timestamp, store) for path, timestamp in named])


def _named(record: VideoRecord | ImageRecord, marks: Marks) -> list[tuple[str, int]]:
    if isinstance(record, ImageRecord):
        return [(_checked(record.path, marks, "image_path"), 1)]
    folder = _checked(record.path, marks, "video_path")
    ordered = sorted(record.frames, key=_TIMESTAMP)
    for one, other in itertools.pairwise(ordered):
        if one.timestamp == other.timestamp:
            message = f"frame_level_caption: {one.name} and {other.name} both have timestamp {one.timestamp}"
            raise RecordError(message)
    names = [frame.name for frame in ordered]
    if _ODD("/".join(names)):
        _check_names(folder, record.frames)
    before = joined(folder, "")
    return [(before + name, frame.timestamp) for name, frame in zip(names, ordered, strict=True)]


def _check_names(folder: str, frames: Sequence[records.Frame]) -> None:
    for index, frame in enumerate(frames):
        _checked(joined(folder, frame.name), "keep", f"{FRAMES}[{index}].frame_name")


def _checked(path: str, marks: Marks, field: str) -> str:
    """Switch *path* to *marks*; raise `MediaError` with the *field* that it stands in where it leads nowhere it may."""
    try:
        return checked(with_marks(path, marks))
    except MediaError as error:
        raise error.at(field) from error


def _looked_at(path: str, timestamp: int, store: Store) -> Frame:
    with store.open(path) as stream:
        found = inspect(stream, path, store.limits)
    return Frame(path=path, timestamp=timestamp, width=found.width, height=found.height, extension=found.extension)
