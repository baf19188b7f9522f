"""How sure a mean is: intervals for means over questions that come in clusters, several about one image or video.

Two ways that make different assumptions: the linearised ("sandwich") standard error of a ratio with clusters as units,
and the bootstrap that draws whole clusters. Both take a cluster's *sum* and *size* only. A mean at which all clusters
agree has no spread to estimate one from; its interval is Wilson's, with the clusters as the number of trials, which
errs on the wide side.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LEVEL", "RESAMPLES", "Estimate", "Values", "estimate", "paired"]

LEVEL = 0.95
RESAMPLES = 10_000
_Z = 1.959963984540054
_FEWEST = 2
_NO_SPREAD = 1e-12
"""What is left of a standard error of zero where means such as 1/3 are rounded."""
_AT_ONCE = 4_000_000
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
    mean = float(sums.sum() / questions)
    naive = float(np.std(np.asarray(found.values, dtype=float)) / sqrt(questions))
    known = msgspec.structs.replace(_NOTHING, mean=mean, naive=naive, questions=questions, clusters=clusters)
    if clusters < _FEWEST:
        return known
    error = _error(sums, sizes, mean)
    low, high = _around(mean, error, clusters, bounded)
    boot_low, boot_high = np.quantile(_bootstrap(sums, sizes, seed), ((1 - LEVEL) / 2, (1 + LEVEL) / 2)).tolist()
    return msgspec.structs.replace(known, low=low, high=high, boot_low=boot_low, boot_high=boot_high, error=error)


def paired(differences: Values, *, seed: int = 0) -> float | None:
    """Test whether the mean of *differences* is zero: the p-value of flipping the sign of whole clusters at random.

    Under the hypothesis that the two compared are exchangeable within each cluster, every pattern of signs is equally
    likely. ``None`` of one cluster or none.
    """
    import numpy as np

    sums, _ = _by_cluster(differences)
    if len(sums) < _FEWEST:
        return None
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(RESAMPLES, len(sums)))
    drawn = np.abs(signs @ sums)
    observed = abs(sums.sum())
    return float((1 + np.count_nonzero(drawn >= observed - 1e-9)) / (1 + RESAMPLES))


def _by_cluster(found: Values) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    import numpy as np

    numbers = {cluster: number for number, cluster in enumerate(sorted(set(found.clusters)))}
    sums, sizes = np.zeros(len(numbers)), np.zeros(len(numbers))
    for cluster, value in zip(found.clusters, found.values, strict=True):
        sums[numbers[cluster]] += value
        sizes[numbers[cluster]] += 1
    return sums, sizes


def _error(sums: "NDArray[np.float64]", sizes: "NDArray[np.float64]", mean: float) -> float:
    """Give the standard error of a ratio of totals, with clusters as units (Cochran, Sampling Techniques, 9.2)."""
    clusters = len(sizes)
    residuals = sums - mean * sizes
    return float(sqrt(clusters / (clusters - 1) * float(residuals @ residuals)) / sizes.sum())


def _around(mean: float, error: float, clusters: int, bounded: tuple[float, float]) -> tuple[float, float]:
    if error > _NO_SPREAD:
        return max(mean - _Z * error, bounded[0]), min(mean + _Z * error, bounded[1])
    least, most = bounded
    share = (mean - least) / (most - least)
    scale = 1 + _Z**2 / clusters
    centre = (share + _Z**2 / (2 * clusters)) / scale
    half = _Z / scale * sqrt(share * (1 - share) / clusters + _Z**2 / (4 * clusters**2))
    return least + (most - least) * max(centre - half, 0.0), least + (most - least) * min(centre + half, 1.0)


def _bootstrap(sums: "NDArray[np.float64]", sizes: "NDArray[np.float64]", seed: int) -> "NDArray[np.float64]":
    """Draw as many clusters as there are, with replacement, again and again; give the mean of each draw."""
    import numpy as np

    if len(sizes) * RESAMPLES <= _AT_ONCE:
        drawn = _draws(len(sizes), seed)
        means: NDArray[np.float64] = (drawn @ sums) / (drawn @ sizes)
        return means
    return np.concatenate([sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1) for drawn in _blocks(len(sizes), seed)])


@lru_cache(maxsize=8)
def _draws(clusters: int, seed: int) -> "NDArray[np.float64]":
    """Draw how often each cluster is in each sample: once for all groups of questions about as many clusters."""
    import numpy as np

    shares = np.full(clusters, 1 / clusters)
    return np.random.default_rng(seed).multinomial(clusters, shares, size=RESAMPLES).astype(float)


def _blocks(clusters: int, seed: int) -> "Iterator[NDArray[np.int64]]":
    """Draw which clusters are in each sample, some samples at once."""
    import numpy as np

    random, most = np.random.default_rng(seed), max(_AT_ONCE // clusters, 1)
    for start in range(0, RESAMPLES, most):
        yield random.integers(clusters, size=(min(most, RESAMPLES - start), clusters))
