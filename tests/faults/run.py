"""Faults, injected for real into conversions: nothing is lost, nothing is half there, and a rerun ends the same.

    python tests/faults/run.py --runs 30 --seed 0 --table benchmarks/faults.md

Every kind of fault strikes that many times, at random moments of a run with two workers. After each, the output is
there whole or not at all, ``verify`` says so, and the same command ends with the same bytes. Needs root, for a disk
that is full or read-only is a small one of its own. Where the ``faketime`` of Debian is not there, no clock jumps.
"""

import argparse
import os
import platform
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["INSTIT_TESTS"] = "full"  # commands begin as those of users do, for their seconds count

from faults.data import make, tree
from faults.strikes import STRIKES, Field, Struck
from faults.table import table

__all__: list[str] = []


def main() -> int:
    """Strike, look, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="how often each kind of fault strikes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="one kind of fault")
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="instit-faults-") as name:
        field = _field(Path(name), random.Random(given.seed))  # noqa: S311  # repeatable, not secret
        struck: dict[str, list[Struck]] = {}
        for kind, strike in STRIKES.items():
            if given.only in {None, kind} and field.can(kind):
                struck[kind] = [_trial(field, strike, kind, number) for number in range(given.runs)]
    text = table(struck, field)
    print(text)
    if given.table:
        given.table.write_text(text, encoding="utf-8")
    return any(each.wrong for trials in struck.values() for each in trials)


def _field(folder: Path, chance: random.Random) -> Field:
    data = make(folder / "data", 100)
    field = Field(folder=folder, data=data, whole={}, seconds=0.0, chance=chance)
    runs = []
    for _ in range(3):
        shutil.rmtree(field.out, ignore_errors=True)
        began = time.monotonic()
        done = field.run()
        runs.append(time.monotonic() - began)
        if done.returncode:
            raise SystemExit(done.stderr)
    field.whole = tree(field.out)
    field.seconds = statistics.median(runs)
    return field


def _trial(field: Field, strike: Callable[[Field], bool], kind: str, number: int) -> Struck:
    """Strike once, and see what is left and what a rerun makes of it."""
    field.clean()
    try:
        hit, wrong = strike(field), ""
    except AssertionError as error:
        hit, wrong = True, str(error)
    wrong = wrong or field.wrong()
    there = field.out.exists()
    left = field.left()
    began = time.monotonic()
    again = None if there else field.run()
    took = time.monotonic() - began
    if again is not None and (again.returncode or tree(field.out) != field.whole):
        wrong = f"the rerun ended with {again.returncode}: {again.stderr[-300:]}"
    field.restore()
    print(f"{kind} {number}: {'hit' if hit else 'missed'}, {left:.0%} left, {wrong or 'right'}", file=sys.stderr)
    return Struck(hit=hit, there=there, left=left, took=took, wrong=wrong)


if __name__ == "__main__":
    if os.geteuid() or platform.system() != "Linux":
        raise SystemExit("faults are injected as root, on Linux")
    raise SystemExit(main())
