"""The plan: which records are worked on together, and which of them are there twice.

Sizes of partitions depend on the input and the settings only, never on the number of workers, so the shards do not
either.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from instit_tools.errors import MediaError
from instit_tools.media.paths import with_marks
from instit_tools.recipes.make import record_key
from instit_tools.source.hashes import Hashes
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.opened import hashed as with_hashes
from instit_tools.source.partition import Element, Partition, partitions, place
from instit_tools.source.unpacking import Unpacking

__all__ = ["Plan", "Planned", "Repeated", "plan"]


class Repeated(Struct, frozen=True):
    """What a record has that an earlier one has too, and the place of that one."""

    what: Literal["id", "path"]
    place: str


class Planned(Struct, frozen=True, kw_only=True):
    """One partition, with the records in it, by number, that have what an earlier one has.

    *before* is how many records of all inputs stand before it.
    """

    part: Partition
    repeated: dict[int, Repeated]
    before: int


class Plan(Struct, frozen=True, kw_only=True):
    """All inputs and all partitions, in order."""

    inputs: tuple[Input, ...]
    parts: tuple[Planned, ...]


class _Id(Struct):
    """Just enough of a record to know it again; everything else is skipped unread."""

    video_id: int | str | None = None
    image_id: int | str | None = None


class _IdAndPath(_Id):
    """And where its pictures are."""

    video_path: str = ""
    image_path: str = ""


class _Seen:
    """What records had so far, and which of those of one input have it again."""

    def __init__(self, shape: type[_Id]) -> None:
        """Look at what *shape* has."""
        self.repeated: dict[int, Repeated] = {}
        self._shape = shape
        self._decode = msgspec.json.Decoder(shape).decode
        self._first: dict[str, tuple[Input, int]] = {}

    def note(self, source: Input, element: Element) -> None:
        """Note where what *element* has was seen first, and if that is not here, that it is repeated."""
        try:
            found = self._read(element.json)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return  # whoever decodes the record says what is wrong with it
        for key, what in _keys(found):
            if key not in self._first:
                self._first[key] = source, element.number
            elif element.number not in self.repeated:
                self.repeated[element.number] = Repeated(what, place(*self._first[key]))

    def _read(self, json: msgspec.Raw) -> _Id:
        try:
            return self._decode(json)
        except msgspec.ValidationError:  # perhaps only the first of two values of one key, of which the last counts
            return msgspec.convert(msgspec.json.decode(json), self._shape)


def plan(  # noqa: PLR0913  # what decides about partitions
    inputs: Iterable[str],
    spool: Path,
    *,
    sized: Callable[[int], int],
    limit: int | None,
    unpacking: Unpacking,
    hashed: bool,
    paths: bool = False,
) -> Plan:
    """Open *inputs*, as far as *unpacking* lets them, and cut them into partitions, *limit* records in all.

    *sized* gives the bytes of a partition for those of all inputs, unpacked. With *paths*, no two records may have the
    same pictures.
    """
    with Hashes() as hashes:
        opened = tuple(open_inputs(inputs, spool, hashes=hashes if hashed else None, unpacking=unpacking))
        size = sized(sum(Path(source.path).stat().st_size for source in opened))
        parts = tuple(_parts(opened, size, limit, _Seen(_IdAndPath if paths else _Id)))
        return Plan(inputs=tuple(with_hashes(opened, hashes)), parts=parts)


def _parts(opened: Iterable[Input], size: int, limit: int | None, seen: _Seen) -> Iterator[Planned]:
    left, before = limit, 0
    for source in opened:
        seen.repeated = {}
        parts = partitions(source, size, partial(seen.note, source))
        for part, here in zip(parts, _shared_out(seen.repeated, parts), strict=True):
            taken = part.count if left is None else min(part.count, left)
            left = None if left is None else left - taken
            if taken:
                yield Planned(part=msgspec.structs.replace(part, count=taken), repeated=here, before=before)
            before += taken


def _shared_out(repeated: Mapping[int, Repeated], parts: Sequence[Partition]) -> Iterator[dict[int, Repeated]]:
    """Give each of *parts* what is *repeated* before the next begins: how far it goes, lines do not say."""
    numbers = list(repeated)  # as they came, which is in order
    starts = [bisect_left(numbers, part.first) for part in parts]
    for start, stop in pairwise((*starts, len(numbers))):
        yield {number: repeated[number] for number in numbers[start:stop]}


def _keys(found: _Id) -> Iterator[tuple[str, Literal["id", "path"]]]:
    """Name what no other record may have."""
    if found.video_id is not None:
        yield record_key("video", found.video_id), "id"
    elif found.image_id is not None:
        yield record_key("image", found.image_id), "id"
    if isinstance(found, _IdAndPath) and (path := found.video_path or found.image_path):
        try:
            yield f"/{with_marks(path, 'vpt').rstrip('/')}", "path"
        except MediaError:  # of pictures that nobody will find
            return
