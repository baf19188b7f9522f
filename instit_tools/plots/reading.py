"""Counts for plots, as the summary counts them: the numbers in a figure are those of the tables beside it."""

from instit_tools.plots.style import KINDS, LEVELS
from instit_tools.statistics.measures import Measures
from instit_tools.statistics.quantities import QUANTITIES, counted

__all__ = ["by_level", "values"]

_KNOWN = {quantity.name: quantity for quantity in QUANTITIES}


def values(measures: Measures, name: str, group: str | None = None) -> dict[int, int]:
    """Count how often each value of the quantity *name* occurs, in its *group* where it has any."""
    return counted(measures, _KNOWN[name], None).get((group, None), {})


def by_level(measures: Measures, name: str) -> dict[str, dict[str, dict[int, int]]]:
    """Count how often each value of a quantity of texts occurs, by level and by kind of record, both in their order."""
    found = counted(measures, _KNOWN[name], "kind")
    levels = [*LEVELS, *sorted({level for level, _ in found if level} - set(LEVELS))]
    kinds = [*KINDS, *sorted({kind for _, kind in found if kind} - set(KINDS))]
    every = {level: {kind: found[level, kind] for kind in kinds if (level, kind) in found} for level in levels}
    return {level: kinds for level, kinds in every.items() if kinds}
