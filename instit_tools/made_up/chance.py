"""Chance that depends on nothing but a seed: one generator for each record, choices, weighted tables."""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

__all__ = ["Weighted", "chance", "choose", "fill", "noise", "shuffled"]

T = TypeVar("T")


def chance(seed: int, purpose: str, index: int) -> Random:
    """Give the generator of one record, so that a record does not depend on how many others are made."""
    return Random(f"{seed}/{purpose}/{index}")


def choose(rng: Random, options: Sequence[T]) -> T:
    """Pick one of *options*; several times faster than ``rng.choice``, of which a full dataset needs 20 million."""
    return options[int(rng.random() * len(options))]


def shuffled(rng: Random, options: Iterable[T]) -> list[T]:
    """Give *options* in another order."""
    found = list(options)
    rng.shuffle(found)
    return found


def noise(rng: Random) -> float:
    """Draw a factor with mean 1 between 0.5 and 1.5, values near 1 more often."""
    return 0.5 + (rng.random() + rng.random()) / 2


def fill(pieces: Iterable[str], target: float, *, between: str = ". ") -> str:
    """Join as many *pieces* as come nearest to *target* characters, at least one, and end with a full stop.

    A piece is left out when more than half of it would be too much, so the mean length is the target whatever the
    wording. *pieces* may be lazy: what does not fit is never made.
    """
    kept: list[str] = []
    length = 1
    for piece in pieces:
        if kept and length + len(piece) / 2 > target:
            break
        kept.append(piece)
        length += len(piece) + len(between)
    return between.join(kept) + "."


class Weighted:
    """Numbers with weights, to draw from."""

    def __init__(self, weights: Mapping[int, float]) -> None:
        self._values = tuple(weights)
        self._limits = tuple(accumulate(weights.values()))

    def draw(self, rng: Random) -> int:
        """Draw one of the numbers."""
        return self._values[bisect(self._limits, rng.random() * self._limits[-1], hi=len(self._values) - 1)]
