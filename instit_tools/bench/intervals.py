"""How sure a mean is: intervals for means over questions that come in clusters, several about one image or video.

Two ways that make different assumptions: the linearised ("sandwich") standard error of a ratio with clusters as units,
and the bootstrap that draws whole clusters. Both take a cluster's *sum* and *size* only. The first is as wide as
Student's distribution asks for with as many clusters. A mean at which all clusters agree has no spread to estimate one
from: its interval is as far as it could move if clusters of another kind were as frequent as Wilson's interval of none
seen among so many lets them be. The second is too narrow where clusters are few: of 5, it holds the true share some 82
times in 100.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import fsum, sqrt
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from instit_tools.bench.student import quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LEVEL", "RESAMPLES", "Estimate", "Values", "estimate", "paired"]

LEVEL = 0.95
RESAMPLES = 10_000
_Z = 1.959963984540054
_FEWEST = 2
_ROUNDING = 1e-9
"""Less than this is no difference between sums of scores, but of roundings."""
_AT_ONCE = 1_000
_DRAWN_AT_ONCE = 4_000_000
"""Numbers that the bootstrap draws at once, 64 MB at most: so many clusters that it takes more come block by block."""


class Values(Struct, frozen=True):
    """A number for each question, between 0 and 1 (between -1 and 1 for a difference), and the cluster it is of."""

    clusters: Sequence[str]
    values: Sequence[float]


class Estimate(Struct, frozen=True, kw_only=True):
    """A mean with two 95 % intervals; ``None`` for what cannot be estimated: of nothing, or of one cluster.

    *low* and *high* are analytic, *boot_low* and *boot_high* the percentiles of the bootstrap; *naive* is the standard
    error that ignores the clusters, *error* the one that does not.
    """

    mean: float | None = None
    low: float | None = None
    high: float | None = None
    boot_low: float | None = None
    boot_high: float | None = None
    error: float | None = None
    naive: float | None = None
    questions: int = 0
    clusters: int = 0


_NOTHING = Estimate()


def estimate(found: Values, *, seed: int = 0, bounded: tuple[float, float] = (0.0, 1.0)) -> Estimate:
    """Estimate the mean of *found*, and how far another draw of images or videos would move it."""
    import numpy as np

    sums, sizes = _by_cluster(found)
    questions, clusters = int(sizes.sum()), len(sizes)
    if not questions:
        return _NOTHING
    mean = fsum(sums) / questions
    naive = float(np.std(np.asarray(found.values, dtype=float)) / sqrt(questions))
    known = msgspec.structs.replace(_NOTHING, mean=mean, naive=naive, questions=questions, clusters=clusters)
    if clusters < _FEWEST:
        return known
    error = _error(sums, sizes, mean)
    low, high = _around(mean, error, clusters, bounded)
    boot_low, boot_high = np.quantile(_bootstrap(sums, sizes, seed), ((1 - LEVEL) / 2, (1 + LEVEL) / 2)).tolist()
    return msgspec.structs.replace(known, low=low, high=high, boot_low=boot_low, boot_high=boot_high, error=error)


def paired(differences: Values, *, seed: int = 0) -> float | None:
    """Test whether the mean of *differences* is zero: the p-value of flipping the signs of whole clusters.

    Under the hypothesis that the two compared are exchangeable within each cluster, every pattern of signs is equally
    likely: all of them are tried where they are no more than `RESAMPLES`, and as many at random otherwise. ``None`` of
    one cluster or none.
    """
    import numpy as np

    sums, _ = _by_cluster(differences)
    if len(sums) < _FEWEST:
        return None
    moved = sums[np.abs(sums) > _ROUNDING]
    observed = abs(fsum(moved))
    if 2 ** len(moved) <= RESAMPLES:
        return float(np.mean(np.abs(_all_signs(len(moved)) @ moved) >= observed - _ROUNDING))
    rng, reached = np.random.default_rng(seed), 0
    for _ in range(RESAMPLES // _AT_ONCE):
        signs = rng.choice((-1.0, 1.0), size=(_AT_ONCE, len(moved)))
        reached += int(np.count_nonzero(np.abs(signs @ moved) >= observed - _ROUNDING))
    return float((1 + reached) / (1 + RESAMPLES))


def _all_signs(number: int) -> "NDArray[np.float64]":
    """Give all patterns of *number* signs, a row each."""
    import numpy as np

    bits = np.arange(2**number)[:, None] >> np.arange(number)
    signs: NDArray[np.float64] = np.where(bits & 1, -1.0, 1.0)
    return signs


def _by_cluster(found: Values) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Give sum and size of each cluster, in the order in which they come: what they are called changes nothing."""
    import numpy as np

    members: dict[str, list[float]] = {}
    for cluster, value in zip(found.clusters, found.values, strict=True):
        members.setdefault(cluster, []).append(value)
    every = list(members.values())
    return np.array([fsum(each) for each in every]), np.array([float(len(each)) for each in every])


def _error(sums: "NDArray[np.float64]", sizes: "NDArray[np.float64]", mean: float) -> float:
    """Give the standard error of a ratio of totals, with clusters as units (Cochran, Sampling Techniques, 9.2)."""
    clusters = len(sizes)
    residuals = sums - mean * sizes
    error = float(sqrt(clusters / (clusters - 1) * float(residuals @ residuals)) / sizes.sum())
    return error if error > _ROUNDING else 0.0


def _around(mean: float, error: float, clusters: int, bounded: tuple[float, float]) -> tuple[float, float]:
    least, most = bounded
    if error:
        half = quantile(LEVEL, clusters - 1) * error
        return max(mean - half, least), min(mean + half, most)
    unseen = _Z**2 / (clusters + _Z**2)
    return mean - unseen * (mean - least), mean + unseen * (most - mean)


def _bootstrap(sums: "NDArray[np.float64]", sizes: "NDArray[np.float64]", seed: int) -> "NDArray[np.float64]":
    """Draw as many clusters as there are, with replacement, again and again; give the mean of each draw."""
    import numpy as np

    if len(sizes) * RESAMPLES <= _DRAWN_AT_ONCE:
        drawn = _draws(len(sizes), seed).astype(float)
        means: NDArray[np.float64] = (drawn @ sums) / (drawn @ sizes)
        return means
    return np.concatenate([sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1) for drawn in _blocks(len(sizes), seed)])


@lru_cache(maxsize=8)
def _draws(clusters: int, seed: int) -> "NDArray[np.unsignedinteger]":
    """Give how often each cluster is in each draw, in as few bytes as hold it: several of these are kept."""
    import numpy as np

    shares = np.full(clusters, 1 / clusters)
    drawn = np.random.default_rng(seed).multinomial(clusters, shares, size=RESAMPLES)
    return drawn.astype(np.min_scalar_type(clusters))


def _blocks(clusters: int, seed: int) -> "Iterator[NDArray[np.int64]]":
    """Draw which clusters are in each sample, some samples at once."""
    import numpy as np

    random, most = np.random.default_rng(seed), max(_DRAWN_AT_ONCE // clusters, 1)
    for start in range(0, RESAMPLES, most):
        yield random.integers(clusters, size=(min(most, RESAMPLES - start), clusters))
