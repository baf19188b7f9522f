"""A distribution from counts of whole numbers: exact, and the same however the numbers came in.

How often each value occurs says everything that mean, quantiles and histogram need, and two such counts are merged by
adding them up. Shares are whole numbers too, of millionths: *scale* says what a value is divided by to be shown.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate

from msgspec import Struct

__all__ = ["QUANTILES", "Distribution", "Histogram", "distribution", "histogram", "quantile"]

QUANTILES = (1, 5, 25, 50, 75, 95, 99)
_BINS = 40
_STEPS = (1, 2, 5)


class Histogram(Struct, frozen=True, kw_only=True):
    """Counts of equal bins: bin i holds the values from *start* + i x *width* up to, not including, the next."""

    start: float
    width: float
    counts: tuple[int, ...]


class Distribution(Struct, frozen=True, kw_only=True):
    """What is said of many values of one measure; quantiles by percent, between two values in proportion."""

    n: int
    total: float
    mean: float
    sd: float
    minimum: float
    maximum: float
    quantiles: dict[str, float]
    histogram: Histogram


def distribution(counts: Mapping[int, int], *, scale: int = 1) -> Distribution:
    """Describe the values that *counts* says the number of; of one value at least.

    *sd* is that of the values at hand (divided by their number); a quantile is interpolated linearly between the two
    values next to it, as numpy and pandas do by default.
    """
    values = sorted(value for value, count in counts.items() if count)
    n = sum(counts.values())
    total = sum(value * count for value, count in counts.items())
    squares = sum(value * value * count for value, count in counts.items())
    variance = Fraction(squares * n - total * total, n * n)
    return Distribution(
        n=n,
        total=_scaled(Fraction(total), scale),
        mean=_scaled(Fraction(total, n), scale),
        sd=math.sqrt(variance) / scale,
        minimum=_scaled(Fraction(values[0]), scale),
        maximum=_scaled(Fraction(values[-1]), scale),
        quantiles={str(percent): _scaled(quantile(counts, Fraction(percent, 100)), scale) for percent in QUANTILES},
        histogram=histogram(counts, scale=scale),
    )


def quantile(counts: Mapping[int, int], share: Fraction) -> Fraction:
    """Give the value below which *share* of the values are, interpolated (Hyndman and Fan's definition 7)."""
    values = sorted(value for value, count in counts.items() if count)
    ends = list(accumulate(counts[value] for value in values))
    place = share * (ends[-1] - 1)
    low = math.floor(place)
    first = _at(values, ends, low)
    return first if place == low else first + (place - low) * (_at(values, ends, low + 1) - first)


def histogram(counts: Mapping[int, int], *, scale: int = 1) -> Histogram:
    """Count the values in equal bins from 0: one a value where these are few, of a round width otherwise."""
    values = [value for value, count in counts.items() if count]
    start = min(0, *values)
    width = _width(max(values) - start + 1)
    start -= start % width
    bins = [0] * ((max(values) - start) // width + 1)
    for value, count in counts.items():
        if count:
            bins[(value - start) // width] += count
    return Histogram(start=start / scale, width=width / scale, counts=tuple(bins))


def _width(span: int) -> int:
    """Find the smallest of 1, 2, 5, 10, 20, ... of which no more than the most bins cover *span*."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power * _BINS >= span:
                return step * power
        power *= 10


def _at(values: list[int], ends: list[int], place: int) -> Fraction:
    """Give the value at *place*, from 0, of all values in order."""
    return Fraction(values[bisect_right(ends, place)])


def _scaled(value: Fraction, scale: int) -> float:
    number = value / scale
    return float(number) if number.denominator > 1 else int(number)
