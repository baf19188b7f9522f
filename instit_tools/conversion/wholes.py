"""Files that are one for all parts: what each is made of, and how it is measured before it is written.

A part of such a target holds pieces, each the elements of one list of the file, with commas between. The file is those
of all parts in order, with what its target puts around them.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from instit_tools.conversion.work import Done
from instit_tools.depots.base import Join, Piece
from instit_tools.manifest import File, Shard
from instit_tools.sinks.elements import BETWEEN
from instit_tools.targets.base import Whole

__all__ = ["Joined", "files", "join", "joined", "shards"]


class Joined(Struct, frozen=True, kw_only=True):
    """One whole file: bytes as they are, and of the pieces the number of the part and what it wrote."""

    whole: Whole
    pieces: tuple[tuple[int, Shard] | bytes, ...]

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return sum(len(each) if isinstance(each, bytes) else each[1].bytes for each in self.pieces)

    @property
    def samples(self) -> int:
        """How many samples are in its pieces."""
        return sum(each[1].samples for each in self.pieces if not isinstance(each, bytes))


def joined(wholes: Sequence[Whole], done: Sequence[Done]) -> list[Joined]:
    """Say what each of *wholes* is made of; one that lacks what it cannot be without is not made."""
    found: dict[str, list[tuple[int, Shard]]] = {}
    for number, each in enumerate(done):
        for shard in each.shards:
            found.setdefault(shard.kind, []).append((number, shard))
    return [Joined(whole=whole, pieces=tuple(_filled(whole, found))) for whole in wholes if whole.needs in found]


def _filled(whole: Whole, found: dict[str, list[tuple[int, Shard]]]) -> Iterator[tuple[int, Shard] | bytes]:
    for part in whole.parts:
        if isinstance(part, bytes):
            yield part
            continue
        for place, piece in enumerate(found.get(part, ())):
            if place:
                yield BETWEEN
            yield piece


def shards(every: Sequence[Joined], sums: Sequence[str | None] = ()) -> tuple[Shard, ...]:
    """List the shards among *every* with their sha256, which nobody knows who does not put them together."""
    return tuple(
        Shard(
            name=each.whole.name,
            kind=each.whole.kind,
            samples=each.samples,
            bytes=each.size,
            sha256=sums[number] if sums else None,
        )
        for number, each in enumerate(every)
        if each.whole.kind
    )


def files(every: Sequence[Joined], sums: Sequence[str | None]) -> tuple[File, ...]:
    """List those of *every* that stand beside shards."""
    return tuple(
        File(name=each.whole.name, bytes=each.size, sha256=total)
        for each, total in zip(every, sums, strict=True)
        if not each.whole.kind
    )


def join(each: Joined, keys: Sequence[str]) -> Join:
    """Tell a depot how to make the file."""
    pieces = tuple(piece if isinstance(piece, bytes) else Piece(keys[piece[0]], piece[1].name) for piece in each.pieces)
    return Join(pieces=pieces, new=each.whole.name)
