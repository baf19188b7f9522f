"""Times drawing marks beside straightforward code with Pillow (and supervision, where it is); writes ``rendering.md``.

The data are videos of eight frames, JPEG files made of seeded noise, with masks of four instances a frame. Jobs run in
turn, every job once a round, each in a process of its own; what one wrote is taken away before the next begins. Ratios
are medians of the ratios within a round.
"""

import argparse
import io
import json
import math
import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from msgspec import Struct
from PIL import Image
from pycocotools import mask as coco
from run import TOOL, machine, timed

_HERE = Path(__file__).parent
_SIZES = ((1280, 720), (640, 424))
_FRAMES, _INSTANCES, _QUALITY, _COARSE, _DISTINCT = 8, 4, 90, 30, 64
_PEER, _BARE = "Pillow", "Pillow, nothing drawn"


class Run(Struct, frozen=True):
    """What one run of a job took: seconds, seconds of processors, MB held at most."""

    seconds: float
    cpu: float
    peak: float


def main() -> None:
    """Measure for each size of pictures, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    parts = [_about(given.videos, given.rounds)]
    for size in _SIZES:
        with tempfile.TemporaryDirectory(prefix="instit-rendering-") as folder:
            _make(Path(folder) / "data", given.videos, size)
            parts.append(_section(size, given.videos * _FRAMES, _measured(Path(folder), given.rounds)))
            print(parts[-1], flush=True)
    _HERE.joinpath("rendering.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _make(data: Path, videos: int, size: tuple[int, int]) -> None:
    pictures = list(_pictures(size))
    noise = np.random.default_rng(0)
    records = []
    for number in range(videos):
        path = f"videos_vpt/LVVIS/{number:05d}"
        folder = data / path.replace("_vpt", "_raw")
        folder.mkdir(parents=True)
        for frame in range(_FRAMES):
            (folder / f"{frame + 1}.jpg").write_bytes(pictures[(number * _FRAMES + frame) % _DISTINCT])
        records.append(_video(number, path, size, noise))
    (data / "inst_it_w_mask.json").write_text(json.dumps(records), encoding="utf-8")


def _pictures(size: tuple[int, int]) -> Iterator[bytes]:
    noise = np.random.default_rng(1)
    for _ in range(_DISTINCT):
        coarse = Image.fromarray(noise.integers(0, 255, (size[1] // _COARSE, size[0] // _COARSE, 3), dtype=np.uint8))
        out = io.BytesIO()
        coarse.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG", quality=_QUALITY)
        yield out.getvalue()


def _video(number: int, path: str, size: tuple[int, int], noise: np.random.Generator) -> dict[str, object]:
    shapes = [_shape(size, noise) for _ in range(_INSTANCES)]
    names = [f"{frame + 1}.jpg" for frame in range(_FRAMES)]
    return {
        "video_id": number,
        "frame_level_caption": [
            {"timestamp": at, "frame_name": name, "instance_level": {"1": "A cat."}} for at, name in enumerate(names, 1)
        ],
        "question_answer_pairs": [],
        "video_path": path,
        "segmentations": {
            name: {str(instance + 1): {"mask": _moved(shape, 6 * frame)} for instance, shape in enumerate(shapes)}
            for frame, name in enumerate(names)
        },
    }


def _shape(size: tuple[int, int], noise: np.random.Generator) -> np.ndarray:
    """Draw a blob with a wavy border, a twelfth of the picture or so, as masks of things are."""
    width, height = size
    x, y = noise.uniform(0.2, 0.8, 2) * size
    ys, xs = np.mgrid[:height, :width]
    angle = np.arctan2(ys - y, xs - x)
    waves = sum(noise.normal(0, 0.1) * np.sin(k * angle + noise.uniform(0, 2 * math.pi)) for k in range(2, 9))
    return np.hypot(xs - x, ys - y) < noise.uniform(0.1, 0.24) * height * (1.2 + waves)


def _moved(shape: np.ndarray, right: int) -> dict[str, object]:
    found = coco.encode(np.asfortranarray(np.roll(shape, right, axis=1), dtype=np.uint8))
    return {"size": found["size"], "counts": found["counts"].decode()}


def _measured(folder: Path, rounds: int) -> dict[str, list[Run]]:
    jobs = _jobs(str(folder / "data" / "inst_it_w_mask.json"), str(folder / "out"))
    found: dict[str, list[Run]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, command in jobs.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds, peak = timed(command)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            found[name].append(Run(seconds, cpu, peak))
            shutil.rmtree(folder / "out")
    return found


def _jobs(annotations: str, out: str) -> dict[str, list[str]]:
    peer = [sys.executable, str(_HERE / "peers" / "plain_marks.py")]
    render = [*TOOL, "-q", "render", annotations, "-o", out]
    return {
        _BARE: [*peer, "bare", annotations, out],
        _PEER: [*peer, "pillow", annotations, out],
        **({"supervision": [*peer, "supervision", annotations, out]} if find_spec("supervision") else {}),
        "**render, 1 worker**": [*render, "--workers", "1"],
        "**render, 2 workers**": [*render, "--workers", "2"],
        "**render --pack tar, 2 workers**": [*render, "--workers", "2", "--pack", "tar"],
        "**render --style clear, 2 workers**": [*render, "--workers", "2", "--style", "clear"],
    }


def _about(videos: int, rounds: int) -> str:
    return (
        f"`python benchmarks/rendering.py --videos {videos} --rounds {rounds}`: {videos:,} videos of {_FRAMES} frames"
        f" with {_INSTANCES} instances each; {machine()}, Linux {platform.release()}, load {os.getloadavg()[0]:.0f}"
        " when it began. The peers ([`plain_marks.py`](benchmarks/peers/plain_marks.py)) work in one process, check"
        " nothing and put numbers at centres of gravity. `render` finds deepest interior points, checks every mask and"
        " picture, waits until what it wrote is on the disk and sums it up. Start-up is included everywhere. Seconds"
        f" are medians; *speed* is that of {_PEER} in the same round, median of the rounds; *by CPU* is the same in"
        " seconds of processors, which other work on the machine disturbs less: the ratio per core."
    )


def _section(size: tuple[int, int], pictures: int, found: dict[str, list[Run]]) -> str:
    lines = [
        f"{pictures:,} pictures of {size[0]} x {size[1]}:",
        "",
        "| job | seconds | spread | pictures/s | CPU | speed | by CPU | memory |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    for name, runs in found.items():
        seconds = [run.seconds for run in runs]
        median = statistics.median(seconds)
        lines.append(
            f"| {name} | {median:.2f} | {min(seconds):.2f} to {max(seconds):.2f} | {pictures / median:.0f} |"
            f" {statistics.median(run.cpu for run in runs):.2f} | {_ratio(found[_PEER], runs, 'seconds'):.2f} |"
            f" {_ratio(found[_PEER], runs, 'cpu'):.2f} | {max(run.peak for run in runs):.0f} MB |"
        )
    return "\n".join(lines)


def _ratio(peers: list[Run], runs: list[Run], of: str) -> float:
    return statistics.median(getattr(peer, of) / getattr(run, of) for peer, run in zip(peers, runs, strict=True))


if __name__ == "__main__":
    main()
