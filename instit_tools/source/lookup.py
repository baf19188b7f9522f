"""Which records a person means by a name: an id, a path or a part of one, or a place in a file.

The best of these that fits any record wins, so that ``17`` is the record of that id and not every path with 17 in it.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from instit_tools.source.named import Named, named
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.unpacking import DEFAULT, Unpacking

__all__ = ["MOST", "Found", "Match", "look_up"]

MOST = 20
"""Records of a name that are kept to be told; all are counted."""
_PLACE = re.compile(r"(?:record|line):([0-9]{1,18})")
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp)$", re.IGNORECASE)
_BY_ID, _BY_PLACE, _BY_PATH, _BY_PART, _NOT = range(5)


class Match(Struct, frozen=True):
    """One record and the file that it stands in."""

    source: Input
    named: Named


class Found(Struct, frozen=True, kw_only=True):
    """The first *matches* of a name, how many there are in all, and the ids and paths that were passed on the way."""

    matches: tuple[Match, ...]
    count: int
    ids: tuple[str, ...]
    paths: tuple[str, ...]


def look_up(
    name: str, inputs: Iterable[str], spool: Path, *, kind: str | None = None, unpacking: Unpacking = DEFAULT
) -> Found:
    """Find the records of *inputs* that *name* means, of one *kind* (``video``, ``image``, ``bench``) or of any.

    ``record:3`` and ``line:3`` are the third of a file, as `validate` counts. What is unpacked or fetched goes into the
    folder *spool*. Raises as `open_inputs` and `named` do.
    """
    wanted = _Wanted(name)
    best, count, matches = _NOT, 0, list[Match]()
    ids, paths = list[str](), list[str]()
    for source in open_inputs(inputs, spool, unpacking=unpacking):
        for each in named(source):
            if kind is not None and each.kind != kind:
                continue
            rank = wanted.rank(each)
            if rank < best:
                best, count = rank, 0
                matches.clear()
            if rank == best < _NOT:
                count += 1
                matches += [Match(source, each)] if count <= MOST else []
            if each.id is not None:
                ids.append(each.id)
            paths.append(each.path)
    return Found(matches=tuple(matches), count=count, ids=tuple(ids), paths=tuple(paths))


class _Wanted:
    """A name, taken apart once."""

    def __init__(self, name: str) -> None:
        """Read *name*."""
        place = _PLACE.fullmatch(name)
        self._name = name
        self._place = int(place[1]) if place else None
        self._tail, self._end = _tail(name), "/" + _PICTURE.sub("", name)
        self._part = None if name.isdecimal() else name  # a number is a part of too many

    def rank(self, each: Named) -> int:
        """Say how well the name fits a record: by id, place, path, part of the path, or not at all."""
        if each.id == self._name:
            return _BY_ID
        if each.number == self._place:
            return _BY_PLACE
        if not each.path:
            return _NOT
        if self._is_path(_tail(each.path)):
            return _BY_PATH
        return _BY_PART if self._part is not None and self._part in each.path else _NOT

    def _is_path(self, tail: str) -> bool:
        """Whether the name is the path with or without marks, its end, or the path of a frame."""
        return tail == self._tail or f"/{tail}".endswith(self._end) or self._tail.startswith(f"{tail}/")


def _tail(path: str) -> str:
    """Leave out what says whether the pictures have marks, and the suffix of a picture."""
    return _PICTURE.sub("", path.partition("/")[2] or path)
