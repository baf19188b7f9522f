"""The pictures of a record, in the order of the record and looked at before anything is made of them."""

import itertools

from instit_tools.errors import RecordError
from instit_tools.media.paths import Marks, checked, joined, with_marks
from instit_tools.media.picture import inspect
from instit_tools.media.store import Store, prefetch
from instit_tools.records import ImageRecord, VideoRecord
from instit_tools.samples import Frame

__all__ = ["frames_of"]


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
        return [(with_marks(record.path, marks), 1)]
    folder = with_marks(record.path, marks)
    ordered = sorted(record.frames, key=lambda frame: frame.timestamp)
    for one, other in itertools.pairwise(ordered):
        if one.timestamp == other.timestamp:
            message = f"frame_level_caption: {one.name} and {other.name} both have timestamp {one.timestamp}"
            raise RecordError(message)
    return [(joined(folder, frame.name), frame.timestamp) for frame in ordered]


def _frame(path: str, timestamp: int, store: Store | None) -> Frame:
    if store is None:
        return Frame(path=checked(path), timestamp=timestamp)
    with store.open(path) as stream:
        found = inspect(stream, path, store.limits)
    return Frame(path=path, timestamp=timestamp, width=found.width, height=found.height, extension=found.extension)
