"""The pictures of a record, in the order of the record and looked at before anything is made of them."""

import itertools
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
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
    if store is not None:
        prefetch(store, [path for path, _ in named])
    return tuple(_frame(path, timestamp, store) for path, timestamp in named)


def _named(record: VideoRecord | ImageRecord, marks: Marks) -> list[tuple[str, int]]:
    if isinstance(record, ImageRecord):
        with _field("image_path"):
            return [(checked(with_marks(record.path, marks)), 1)]
    with _field("video_path"):
        folder = checked(with_marks(record.path, marks))
    ordered = sorted(record.frames, key=_TIMESTAMP)
    for one, other in itertools.pairwise(ordered):
        if one.timestamp == other.timestamp:
            message = f"frame_level_caption: {one.name} and {other.name} both have timestamp {one.timestamp}"
            raise RecordError(message)
    if any(map(_ODD, [frame.name for frame in ordered])):
        _check_names(folder, record.frames)
    return [(joined(folder, frame.name), frame.timestamp) for frame in ordered]


def _check_names(folder: str, frames: Sequence[records.Frame]) -> None:
    for index, frame in enumerate(frames):
        with _field(f"{FRAMES}[{index}].frame_name"):
            checked(joined(folder, frame.name))


@contextmanager
def _field(field: str) -> Generator[None]:
    """Say in which *field* a path stands that leads nowhere that it may."""
    try:
        yield
    except MediaError as error:
        raise error.at(field) from error


def _frame(path: str, timestamp: int, store: Store | None) -> Frame:
    if store is None:
        return Frame(path=path, timestamp=timestamp)
    with store.open(path) as stream:
        found = inspect(stream, path, store.limits)
    return Frame(path=path, timestamp=timestamp, width=found.width, height=found.height, extension=found.extension)
