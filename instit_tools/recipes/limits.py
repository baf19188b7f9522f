"""Which frames and instances of a record a sample keeps, and their numbers afterwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from instit_tools.records import ImageRecord, VideoRecord, known_ids
from instit_tools.references import ids_of_key

__all__ = ["kept_instances", "uniform"]

T = TypeVar("T")


def uniform(items: Sequence[T], limit: int | None) -> tuple[T, ...]:
    """Pick *limit* of *items* at even distances, first and last kept; all of them without a limit.

    >>> uniform("abcdefghijkl", 4)
    ('a', 'e', 'h', 'l')
    """
    count = len(items)
    if limit is None or count <= limit:
        return tuple(items)
    if limit == 1:
        return (items[0],)
    # Rounded halves go up, in integers: the same everywhere.
    return tuple(items[(2 * step * (count - 1) + limit - 1) // (2 * (limit - 1))] for step in range(limit))


def kept_instances(record: VideoRecord | ImageRecord, limit: int | None, *, drawn: bool) -> Mapping[int, int]:
    """Map the ids that *record* keeps to their numbers afterwards.

    Those captioned in most frames are kept, of equals the smaller id. Numbers that are *drawn* on the pictures stay as
    they are, because the picture cannot be renumbered; others become 1, 2, 3, ... where a limit took some away.
    """
    known = sorted(known_ids(record))
    if limit is None or len(known) <= limit:
        return {number: number for number in known}
    seen = _captioned(record)
    kept = sorted(sorted(known, key=lambda number: -seen[number])[:limit])
    return dict(zip(kept, kept if drawn else range(1, limit + 1), strict=True))


def _captioned(record: VideoRecord | ImageRecord) -> Counter[int]:
    levels = [frame.instances for frame in record.frames] if isinstance(record, VideoRecord) else [record.instances]
    return Counter(
        number for captions in levels if isinstance(captions, dict) for key in captions for number in ids_of_key(key)
    )
