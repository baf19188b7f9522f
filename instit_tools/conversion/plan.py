"""The plan: which records are worked on together, and which of them are there twice.

Sizes of partitions depend on the input and the settings only, never on the number of workers, so the shards do not
either.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.recipes.make import record_key
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.partition import Partition, all_elements, partitions, place

__all__ = ["Plan", "Planned", "plan"]


class Planned(Struct, frozen=True, kw_only=True):
    """One partition, with the records in it whose id stood earlier: number, and the place of the earlier one."""

    part: Partition
    repeated: dict[int, str]


class Plan(Struct, frozen=True, kw_only=True):
    """All inputs and all partitions, in order."""

    inputs: tuple[Input, ...]
    parts: tuple[Planned, ...]


class _Id(Struct):
    """Just enough of a record to know it again; everything else is skipped unread."""

    video_id: int | str | None = None
    image_id: int | str | None = None


_ID = msgspec.json.Decoder(_Id)


def plan(inputs: Iterable[str], spool: Path, *, sized: Callable[[int], int], limit: int | None, hashed: bool) -> Plan:
    """Open *inputs* and cut them into partitions, *limit* records in all.

    *sized* gives the bytes of a partition for those of all inputs, unpacked.
    """
    opened = tuple(open_inputs(inputs, spool, hashed=hashed))
    size = sized(sum(Path(source.path).stat().st_size for source in opened))
    left = limit
    seen: dict[str, str] = {}
    planned: list[Planned] = []
    for source in opened:
        repeated = dict(_repeated(source, seen))
        for part in partitions(source, size):
            taken = part.count if left is None else min(part.count, left)
            left = None if left is None else left - taken
            if taken:
                here = {number: where for number, where in repeated.items() if _within(number, part)}
                planned.append(Planned(part=msgspec.structs.replace(part, count=taken), repeated=here))
    return Plan(inputs=opened, parts=tuple(planned))


def _within(number: int, part: Partition) -> bool:
    return part.first <= number < part.first + max(part.count, part.stop - part.start)


def _repeated(source: Input, seen: dict[str, str]) -> Iterator[tuple[int, str]]:
    for element in all_elements(source):
        try:
            found = _id(element.json)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue  # whoever decodes the record says what is wrong with it
        key = _key(found)
        if key in seen:
            yield element.number, seen[key]
        elif key:
            seen[key] = place(source, element.number)


def _id(json: msgspec.Raw) -> _Id:
    try:
        return _ID.decode(json)
    except msgspec.ValidationError:  # perhaps only the first of two values of one key, of which the last counts
        return msgspec.convert(msgspec.json.decode(json), _Id)


def _key(found: _Id) -> str | None:
    if found.video_id is not None:
        return record_key("video", found.video_id)
    return None if found.image_id is None else record_key("image", found.image_id)
