"""The plan: which records are worked on together, and which of them are there twice.

Sizes of partitions depend on the input and the settings only, never on the number of workers, so the shards do not
either.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.recipes.make import record_key
from instit_tools.source.hashes import Hashes
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.opened import hashed as with_hashes
from instit_tools.source.partition import Element, Partition, partitions, place
from instit_tools.source.unpacking import Unpacking

__all__ = ["Plan", "Planned", "plan"]


class Planned(Struct, frozen=True, kw_only=True):
    """One partition, with the records in it whose id stood earlier: number, and the place of the earlier one.

    *before* is how many records of all inputs stand before it.
    """

    part: Partition
    repeated: dict[int, str]
    before: int


class Plan(Struct, frozen=True, kw_only=True):
    """All inputs and all partitions, in order."""

    inputs: tuple[Input, ...]
    parts: tuple[Planned, ...]


class _Id(Struct):
    """Just enough of a record to know it again; everything else is skipped unread."""

    video_id: int | str | None = None
    image_id: int | str | None = None


_ID = msgspec.json.Decoder(_Id)


def plan(
    inputs: Iterable[str],
    spool: Path,
    *,
    sized: Callable[[int], int],
    limit: int | None,
    unpacking: Unpacking,
    hashed: bool,
) -> Plan:
    """Open *inputs*, as far as *unpacking* lets them, and cut them into partitions, *limit* records in all.

    *sized* gives the bytes of a partition for those of all inputs, unpacked.
    """
    with Hashes() as hashes:
        opened = tuple(open_inputs(inputs, spool, hashes=hashes if hashed else None, unpacking=unpacking))
        size = sized(sum(Path(source.path).stat().st_size for source in opened))
        parts = tuple(_parts(opened, size, limit))
        return Plan(inputs=tuple(with_hashes(opened, hashes)), parts=parts)


def _parts(opened: Iterable[Input], size: int, limit: int | None) -> Iterator[Planned]:
    left, before = limit, 0
    seen: dict[str, tuple[Input, int]] = {}
    for source in opened:
        repeated: dict[int, str] = {}
        parts = partitions(source, size, partial(_note, source, seen, repeated))
        for part, here in zip(parts, _shared_out(repeated, parts), strict=True):
            taken = part.count if left is None else min(part.count, left)
            left = None if left is None else left - taken
            if taken:
                yield Planned(part=msgspec.structs.replace(part, count=taken), repeated=here, before=before)
            before += taken


def _shared_out(repeated: Mapping[int, str], parts: Sequence[Partition]) -> Iterator[dict[int, str]]:
    """Give each of *parts* what is *repeated* before the next begins: how far it goes, lines do not say."""
    numbers = list(repeated)  # as they came, which is in order
    starts = [bisect_left(numbers, part.first) for part in parts]
    for start, stop in pairwise((*starts, len(numbers))):
        yield {number: repeated[number] for number in numbers[start:stop]}


def _note(source: Input, seen: dict[str, tuple[Input, int]], repeated: dict[int, str], element: Element) -> None:
    """Note where the id of *element* was *seen* first, and if that is not here, that it is *repeated*."""
    try:
        found = _id(element.json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return  # whoever decodes the record says what is wrong with it
    key = _key(found)
    if key in seen:
        repeated[element.number] = place(*seen[key])
    elif key:
        seen[key] = source, element.number


def _id(json: msgspec.Raw) -> _Id:
    try:
        return _ID.decode(json)
    except msgspec.ValidationError:  # perhaps only the first of two values of one key, of which the last counts
        return msgspec.convert(msgspec.json.decode(json), _Id)


def _key(found: _Id) -> str | None:
    if found.video_id is not None:
        return record_key("video", found.video_id)
    return None if found.image_id is None else record_key("image", found.image_id)
