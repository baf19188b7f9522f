"""How many cores this process may use: those that it is bound to, or fewer where its container has a quota of time."""

import math
import os
from pathlib import Path

__all__ = ["cores"]

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores(quota: Path = _QUOTA) -> int:
    """Count the cores; *quota* is where Linux keeps what a container may use, in microseconds of each period."""
    bound = len(os.sched_getaffinity(0))
    try:
        allowed, period = quota.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return bound
    return bound if allowed == "max" else max(1, min(bound, math.ceil(int(allowed) / int(period))))
