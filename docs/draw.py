"""Draws the pictures of the README: ``python docs/draw.py`` writes them, with ``--check`` it only compares."""

import sys
import tempfile
from pathlib import Path

import instit_tools as it

_HERE = Path(__file__).with_name("plots")
_SHOWN = ("budget", "caption-length", "presence", "survival")


def main() -> int:
    """Make the data of the README, draw the plots that it shows, and say which are not as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        it.synth(Path(folder) / "data", videos=60, images=60)
        it.stats(Path(folder) / "data", Path(folder) / "stats", plots="svg", report=False)
        drawn = {name: (Path(folder) / "stats" / "plots" / f"{name}.svg").read_bytes() for name in _SHOWN}
    if "--check" in sys.argv:
        old = [name for name, svg in drawn.items() if (_HERE / f"{name}.svg").read_bytes() != svg]
        print(f"out of date, run make docs: {', '.join(old)}" if old else "the pictures are up to date")
        return bool(old)
    _HERE.mkdir(exist_ok=True)
    for name, svg in drawn.items():
        (_HERE / f"{name}.svg").write_bytes(svg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
