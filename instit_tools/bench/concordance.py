"""How two judges' scores of the same answers go together: correlations, shares of equal scores, and Cohen's kappas.

A measure that needs scores to vary is ``None`` where they do not.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["THRESHOLD", "Concordance", "Table", "concordance", "kappa", "pearson", "spearman", "weighted_kappa"]

THRESHOLD = 0.5
"""A score of this much or more counts as right."""
_NEAR = 0.1
_LEVELS = 10
_ROUNDING = 1e-9


class Table(Struct, frozen=True, kw_only=True):
    """How many answers count as right to both judges, to one, to neither."""

    both: int
    only_a: int
    only_b: int
    neither: int


class Concordance(Struct, frozen=True, kw_only=True):
    """Measures of agreement of scores between 0 and 1, ``None`` where there is nothing to measure.

    *equal* and *near* are the shares of scores that are the same, and within 0.1. *weighted_kappa* is Cohen's with
    quadratic weights, of scores rounded to the nearest of the 11 tenths. *table* counts answers that are right at a
    score of 0.5, *agreed* is the share on which the judges agree in that, *kappa* Cohen's.
    """

    pearson: float | None
    spearman: float | None
    equal: float | None
    near: float | None
    weighted_kappa: float | None
    agreed: float | None
    kappa: float | None
    table: Table


def concordance(a: Sequence[float], b: Sequence[float]) -> Concordance:
    """Measure how the scores *a* and *b* of the same answers go together."""
    import numpy as np

    apart = np.abs(np.subtract(a, b))
    table = _table(a, b)
    return Concordance(
        pearson=pearson(a, b),
        spearman=spearman(a, b),
        equal=float(np.mean(apart <= _ROUNDING)) if a else None,
        near=float(np.mean(apart <= _NEAR + _ROUNDING)) if a else None,
        weighted_kappa=weighted_kappa(a, b),
        agreed=(table.both + table.neither) / len(a) if a else None,
        kappa=kappa(table),
        table=table,
    )


def pearson(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Give the product-moment correlation; ``None`` where one of the two does not vary.

    >>> pearson([0.0, 0.5, 1.0], [0.2, 0.3, 0.4]), pearson([0.5, 0.5], [0.0, 1.0])
    (1.0, None)
    """
    import numpy as np

    if not a or np.ptp(a) <= _ROUNDING or np.ptp(b) <= _ROUNDING:
        return None
    first, second = np.subtract(a, np.mean(a)), np.subtract(b, np.mean(b))
    found = float(first @ second / np.sqrt((first @ first) * (second @ second)))
    return round(min(max(found, -1.0), 1.0), 12)  # beyond that it is roundings


def spearman(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Give the correlation of ranks, equal scores sharing the mean of theirs.

    >>> spearman([0.1, 0.2, 0.9], [0.0, 0.3, 0.4])
    1.0
    """
    return pearson(_ranks(a).tolist(), _ranks(b).tolist())


def _ranks(scores: Sequence[float]) -> "NDArray[np.float64]":
    import numpy as np

    _, places, counts = np.unique(np.round(scores, 9), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[places]
    return ranks


def weighted_kappa(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Give Cohen's kappa with quadratic weights over tenths: 1 - the squared distance over that of independent scores.

    >>> weighted_kappa([0.0, 1.0], [0.0, 1.0]), weighted_kappa([0.0, 1.0], [1.0, 0.0]), weighted_kappa([0.5], [0.5])
    (1.0, -1.0, None)
    """
    import numpy as np

    if not a:
        return None
    first, second = (np.floor(_LEVELS * np.asarray(scores) + 0.5 + _ROUNDING) for scores in (a, b))
    by_chance = float(np.var(first) + np.var(second) + (np.mean(first) - np.mean(second)) ** 2)
    return 1 - float(np.mean((first - second) ** 2)) / by_chance if by_chance > _ROUNDING else None


def _table(a: Sequence[float], b: Sequence[float]) -> Table:
    least = THRESHOLD - _ROUNDING
    right = [(first >= least, second >= least) for first, second in zip(a, b, strict=True)]
    return Table(
        both=right.count((True, True)),
        only_a=right.count((True, False)),
        only_b=right.count((False, True)),
        neither=right.count((False, False)),
    )


def kappa(table: Table) -> float | None:
    """Give Cohen's kappa of a table of two by two; ``None`` where both judges find all answers right, or all wrong.

    >>> kappa(Table(both=20, only_a=5, only_b=10, neither=15))
    0.4
    """
    number = table.both + table.only_a + table.only_b + table.neither
    right_a, right_b = table.both + table.only_a, table.both + table.only_b
    by_chance = right_a * right_b + (number - right_a) * (number - right_b)
    if by_chance == number**2:
        return None
    return (number * (table.both + table.neither) - by_chance) / (number**2 - by_chance)
