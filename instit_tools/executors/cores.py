"""How many workers there are: as many as somebody asked for, or one a core where the work is worth starting them.

The cores are those that this process is bound to, or fewer where its container has a quota of time.
"""

import math
import os
from pathlib import Path

__all__ = ["WORTH_WITH_PICTURES", "cores", "crew"]

WORTH_WITH_PICTURES = 128 << 10
"""Bytes of annotations below which starting processes takes longer than reading the pictures that they name."""

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores(quota: Path = _QUOTA) -> int:
    """Count the cores; *quota* is where Linux keeps what a container may use, in microseconds of each period."""
    bound = _bound()
    try:
        allowed, period = quota.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return bound
    return bound if allowed == "max" else max(1, min(bound, math.ceil(int(allowed) / int(period))))


def _bound() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def crew(asked: int | None, tasks: int, *, worth: bool) -> int:
    """Count the workers for so many *tasks*: those *asked* for, else one a core if the work is *worth* starting any."""
    alone = 1
    wanted = (cores() if worth else alone) if asked is None else asked
    return max(alone, min(wanted, tasks))
