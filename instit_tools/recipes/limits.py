"""Which frames and instances of a record a sample keeps, and their numbers afterwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct

from instit_tools.records import ImageRecord, VideoRecord, known_ids
from instit_tools.references import ids_of_key

__all__ = ["Kept", "kept_instances", "uniform"]

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


class Kept(Struct, frozen=True):
    """The ids that a record *knows*; of those that it keeps the *numbers* afterwards, and which stay *unmoved*."""

    known: frozenset[int]
    numbers: Mapping[int, int]
    ordered: tuple[int, ...]
    unmoved: tuple[int, ...]


def kept_instances(record: VideoRecord | ImageRecord, limit: int | None, *, drawn: bool) -> Kept:
    """Say which ids *record* keeps, and their numbers afterwards.

    Those captioned in most frames are kept, of equals the smaller id. Numbers that are *drawn* on the pictures stay as
    they are, because the picture cannot be renumbered; others become 1, 2, 3, ... where a limit took some away.
    """
    known = known_ids(record)
    if limit is None or len(known) <= limit:
        return _all_of(known)
    seen = _captioned(record)
    kept = sorted(sorted(known, key=lambda number: (-seen[number], number))[:limit])
    return _kept(known, dict(zip(kept, kept if drawn else range(1, limit + 1), strict=True)))


@lru_cache(maxsize=1024)
def _all_of(known: frozenset[int]) -> Kept:
    return _kept(known, {number: number for number in sorted(known)})


def _kept(known: frozenset[int], numbers: Mapping[int, int]) -> Kept:
    unmoved = tuple(number for number, after in numbers.items() if number == after)
    return Kept(known, numbers, tuple(sorted(numbers.values())), unmoved)


def _captioned(record: VideoRecord | ImageRecord) -> Counter[int]:
    levels = [frame.instances for frame in record.frames] if isinstance(record, VideoRecord) else [record.instances]
    return Counter(
        number for captions in levels if isinstance(captions, dict) for key in captions for number in ids_of_key(key)
    )
