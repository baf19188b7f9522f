"""Two sides on the same questions: each question with what both know of it, sorted by split and id.

Questions about one image or video are one cluster. The sides may name it differently, as one was joined with the
questions and the other was not; where they also divide questions differently, the coarser division is taken.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from instit_tools.bench.forms import SPLITS, Split
from instit_tools.bench.kinds import place
from instit_tools.bench.sides import Point
from instit_tools.errors import UsageError

__all__ = ["Pair", "Pairing", "pair_up", "refuse_remainders", "some"]

_SOME = 3
_SAME = 1e-9
_VERSIONS = "the two are of different versions of the benchmark"


class Pair(Struct, frozen=True, kw_only=True):
    """One question with both answers to it."""

    split: Split
    question_id: str
    cluster: str
    kinds: tuple[tuple[str, str], ...]
    a: Point
    b: Point

    @property
    def key(self) -> tuple[Split, str]:
        """Name the question among those of its form."""
        return self.split, self.question_id

    @property
    def apart(self) -> float:
        """B minus A, of answers that have values: exactly 0 where they differ by a rounding."""
        found = self.b.known - self.a.known
        return found if abs(found) > _SAME else 0.0


class Pairing(Struct, frozen=True):
    """Questions that both sides have, and those that only one has."""

    pairs: list[Pair]
    only_a: list[tuple[Split, str]]
    only_b: list[tuple[Split, str]]


def pair_up(a: Sequence[Point], b: Sequence[Point]) -> Pairing:
    """Put the answers of *a* and *b* to the same questions together.

    Raises `UsageError` where there is no such question, or one is another question on the other side.
    """
    first, second = {point.key: point for point in a}, {point.key: point for point in b}
    keys = sorted(first.keys() & second.keys())
    if not keys:
        message = f"A and B have no question in common: {_counted(first)} in A, {_counted(second)} in B"
        raise UsageError(message, hint="both are to be about images, or about videos, or about both")
    points = [(first[key], second[key]) for key in keys]
    pairs = [pair for split in SPLITS for pair in _paired([each for each in points if each[0].split == split])]
    return Pairing(pairs, sorted(first.keys() - second.keys()), sorted(second.keys() - first.keys()))


def refuse_remainders(found: Pairing) -> None:
    """Raise `UsageError` where a question is on one side only."""
    if found.only_a or found.only_b:
        told = [
            f"{_counted(keys)} only in {side} ({some(keys)})"
            for side, keys in (("A", found.only_a), ("B", found.only_b))
            if keys
        ]
        message = f"A and B answer different questions: {_counted(found.pairs)} in both, {', '.join(told)}"
        raise UsageError(message, hint="--common compares them on the questions that both have")


def some(keys: Sequence[tuple[Split, str]]) -> str:
    """Name the first of *keys*.

    >>> some([("video", "001-01"), ("video", "001-02")])
    'video 001-01, video 001-02'
    """
    return ", ".join([f"{split} {name}" for split, name in keys[:_SOME]] + ["..."] * (len(keys) > _SOME))


def _counted(keys: Iterable[object]) -> str:
    number = len(list(keys))
    return f"{number:,} question{'s' * (number != 1)}"


def _paired(points: Sequence[tuple[Point, Point]]) -> list[Pair]:
    """Pair answers about one split."""
    finer = len({a.cluster for a, _ in points}) > len({b.cluster for _, b in points})
    return [_pair(a, b, (b if finer else a).cluster) for a, b in points]


def _pair(a: Point, b: Point, cluster: str) -> Pair:
    if a.truth != b.truth and None not in {a.truth, b.truth}:
        message = f"{a.split} {a.question_id}: the right answer is {a.truth} in A and {b.truth} in B"
        raise UsageError(message, hint=_VERSIONS)
    return Pair(split=a.split, question_id=a.question_id, cluster=cluster, kinds=_kinds(a, b), a=a, b=b)


def _kinds(a: Point, b: Point) -> tuple[tuple[str, str], ...]:
    """Take what either side knows: only one may know where its pictures are from."""
    found = dict(a.kinds)
    for grouping, kind in b.kinds:
        if found.setdefault(grouping, kind) != kind:
            message = f"{a.split} {a.question_id}: {grouping}: {found[grouping]!r} in A and {kind!r} in B"
            raise UsageError(message, hint=f"{_VERSIONS}; or one lacks the questions, which --items names")
    return tuple(sorted(found.items(), key=place))
