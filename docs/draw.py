"""Draws the pictures of the README: ``python docs/draw.py`` writes them, with ``--check`` it only compares."""

import io
import sys
import tempfile
from pathlib import Path

import instit_tools as it
from instit_tools.plots.saving import save

_HERE = Path(__file__).with_name("plots")
_SHOWN = ("budget", "caption-length", "presence", "survival")


def main() -> int:
    """Make the data of the README, draw the plots that it shows, and say which are not as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        it.synth(Path(folder) / "data", videos=60, images=60)
        it.stats(Path(folder) / "data", Path(folder) / "stats", plots="svg", report=False)
        drawn = {"leaderboard": _leaderboard(Path(folder))}
        drawn |= {name: (Path(folder) / "stats" / "plots" / f"{name}.svg").read_bytes() for name in _SHOWN}
    if "--check" in sys.argv:
        old = [name for name, svg in drawn.items() if (_HERE / f"{name}.svg").read_bytes() != svg]
        print(f"out of date, run make docs: {', '.join(old)}" if old else "the pictures are up to date")
        return bool(old)
    _HERE.mkdir(exist_ok=True)
    for name, svg in drawn.items():
        (_HERE / f"{name}.svg").write_bytes(svg)
    return 0


def _leaderboard(folder: Path) -> bytes:
    """Draw a made-up model beside the published ones."""
    it.synth(folder / "quiz", videos=60, images=0, bench=True)
    bench = folder / "quiz" / "bench"
    found = it.bench.score(
        bench / "predictions/video_mc_inference.json", bench / "video_multi_choices.json", name="mine"
    )
    found.write(folder / "scored")
    drawn = io.BytesIO()
    save(it.bench.leaderboard(folder / "scored").figure(), drawn, "svg")
    return drawn.getvalue()


if __name__ == "__main__":
    sys.exit(main())
