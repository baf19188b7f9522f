"""Draws the pictures of the README: ``python docs/draw.py`` writes them, with ``--check`` it only compares."""

import io
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import instit_tools as it
from instit_tools.made_up.paint import picture
from instit_tools.made_up.raster import patches, visible
from instit_tools.made_up.scene import image_scene
from instit_tools.masks import encode
from instit_tools.plots.saving import save
from instit_tools.rendering.draw import marked
from instit_tools.rendering.style import load

_HERE = Path(__file__).with_name("plots")
_SEEN = 0.5
"""Of 255, on the average of all pixels: what is drawn otherwise differs by more."""
_SHOWN = ("budget", "caption-length", "presence", "survival")
_OF_MASKS = ("mask-area", "motion")


def main() -> int:
    """Make the data of the README, draw the plots that it shows, and say which are not as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        it.synth(Path(folder) / "data", videos=60, images=60)
        it.stats(Path(folder) / "data", Path(folder) / "stats", plots="svg", report=False)
        it.synth(Path(folder) / "masked", videos=60, images=60, masks=True)
        it.stats(Path(folder) / "masked", Path(folder) / "masks", plots="svg", report=False, recipes=())
        drawn = {"leaderboard.svg": _leaderboard(Path(folder)), "styles.jpg": _styles()}
        for run, names in (("stats", _SHOWN), ("masks", _OF_MASKS)):
            drawn |= {f"{name}.svg": (Path(folder) / run / "plots" / f"{name}.svg").read_bytes() for name in names}
    if "--check" in sys.argv:
        old = [name for name, content in drawn.items() if not _same(_HERE / name, content)]
        print(f"out of date, run make docs: {', '.join(old)}" if old else "the pictures are up to date")
        return bool(old)
    _HERE.mkdir(exist_ok=True)
    for name, content in drawn.items():
        (_HERE / name).write_bytes(content)
    return 0


def _same(path: Path, content: bytes) -> bool:
    """Compare what is drawn; OpenCV rounds as the processor likes, so of pixels only as far as one can see."""
    if not path.exists() or path.suffix != ".jpg":
        return path.exists() and path.read_bytes() == content
    old, new = (np.asarray(Image.open(each), int) for each in (path, io.BytesIO(content)))
    return old.shape == new.shape and bool(np.abs(old - new).mean() < _SEEN)


def _styles() -> bytes:
    """Draw a made-up frame without marks and in each style."""
    scene, size = image_scene(9, seed=0), (480, 320)
    found = patches(scene, 0, size)
    raw = np.asarray(picture(scene, found, size))
    masks = {number: encode(mask) for number, mask in visible(found, size).items()}
    shown = [raw, *(marked(raw, masks, load(name)) for name in ("video", "image", "clear"))]
    rows = [np.hstack(shown[:2]), np.hstack(shown[2:])]
    drawn = io.BytesIO()
    Image.fromarray(np.vstack(rows)).save(drawn, "jpeg", quality=88, subsampling=0)
    return drawn.getvalue()


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
