"""How many standard errors a mean of few independent units may be off: the quantile of Student's distribution."""

from functools import lru_cache
from math import atan, cos, pi, sin, sqrt

__all__ = ["quantile", "within"]

_ENOUGH = 60
"""Halvings after which two neighbouring floats are reached."""


def within(most: float, freedom: int) -> float:
    """Give the probability that Student's t with *freedom* degrees of freedom is between -*most* and *most*.

    The finite series for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4).

    >>> round(within(1.0, 1), 6), round(within(4.302653, 2), 6)
    (0.5, 0.95)
    """
    angle = atan(most / sqrt(freedom))
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = 0.0
    for power in range(1 + odd, freedom, 2):
        total += term
        term *= cos(angle) ** 2 * power / (power + 1)
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total


@lru_cache(maxsize=256)
def quantile(level: float, freedom: int) -> float:
    """Give the number between minus which and which t is with probability *level*.

    >>> round(quantile(0.95, 1), 3), round(quantile(0.95, 10), 3), round(quantile(0.95, 205), 3)
    (12.706, 2.228, 1.972)
    """
    low, high = 0.0, 1.0
    while within(high, freedom) < level:
        low, high = high, 2 * high
    for _ in range(_ENOUGH):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < level else (low, middle)
    return high
