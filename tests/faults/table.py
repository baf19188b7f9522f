"""The faults as a table: how often each struck, what was lost, and how long the rerun took for what was left."""

import os
import platform
import statistics

from faults.strikes import SAYS, Field, Struck

__all__ = ["table"]


def table(struck: dict[str, list[Struck]], field: Field) -> str:
    """Write the table."""
    cores = len(os.sched_getaffinity(0))
    trials = [each for kind in struck.values() for each in kind]
    lines = [
        f"{len(trials)} faults in conversions of 100 videos and 25 images to `webdataset` in parts, two workers, at"
        f" random moments; {cores} cores, {platform.machine()}, Python {platform.python_version()}, load"
        f" {os.getloadavg()[0]:.0f}, so seconds are no more than a hint. An undisturbed run"
        f" takes {field.seconds:.1f} s. A rerun's time is set against that of the share of records that was left.",
        "",
        "| fault | struck | hit a running conversion | lost or corrupted | finished all the same"
        " | records left, mean | rerun / undisturbed |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, each in struck.items():
        reruns = [one for one in each if not one.there]
        left = f"{statistics.mean(one.left for one in reruns):.0%}" if reruns else ""
        took = f"{statistics.mean(one.took for one in reruns) / field.seconds:.2f}" if reruns else ""
        counts = (len(each), sum(one.hit for one in each), sum(bool(one.wrong) for one in each))
        finished = sum(one.there for one in each)
        lines.append(f"| {SAYS[kind]} | {' | '.join(map(str, counts))} | {finished} | {left} | {took} |")
    return "\n".join(lines) + "\n"
