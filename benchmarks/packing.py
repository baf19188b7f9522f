"""Times packing into WebDataset shards beside ``tar``, ``cp`` and ``webdataset.ShardWriter``; writes ``packing.md``.

The data are videos of eight frames, JPEG files of some 60 kB, made of seeded noise. Jobs run in turn, every job once a
round, each in a process of its own; what one wrote is taken away before the next begins. Ratios are medians of the
ratios within a round. Where samples share pictures, each is written several times: that is compared with ``tar`` and
``ShardWriter`` over the unpacked samples, which write the same bytes.
"""

import argparse
import io
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from run import TOOL, machine, timed

_HERE = Path(__file__).parent
_FRAMES, _SIZE, _COARSE, _QUALITY = 8, (640, 360), (107, 60), 78
_DISTINCT = 400
_SHARE = 5
"""How many times a picture is written where samples share pictures, about: so many times fewer videos are packed."""
_ROOM = 6 << 30
_KINDS = ("by record", "by sample")
_TAR, _SYNCED = "tar cf", "tar cf and sync -d"


class Run(Struct, frozen=True):
    """What one run of a job took: seconds, seconds of processors, MB held at most, MB written."""

    seconds: float
    cpu: float
    peak: float
    written: float


def main() -> None:
    """Measure in each folder, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", action="append", help="where to work; by default temporary files and memory")
    given = parser.parse_args()
    parts = [_about(given.videos, given.rounds)]
    for place in given.folder or _places():
        with tempfile.TemporaryDirectory(prefix="instit-packing-", dir=place) as folder:
            _make(Path(folder) / "data", given.videos)
            for cold in (False, True) if _on_disk(place) else (False,):
                parts.append(_section(place, _measured(Path(folder), given.videos, given.rounds, cold=cold), cold=cold))
                _HERE.joinpath("packing.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
                print(parts[-1], flush=True)


def _places() -> list[str]:
    memory = Path("/dev/shm")  # noqa: S108  # meant
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
    return [tempfile.gettempdir(), *([str(memory)] if roomy else [])]


def _on_disk(place: str) -> bool:
    return not Path(place).resolve().is_relative_to("/dev/shm")  # noqa: S108  # meant


def _make(data: Path, videos: int) -> None:
    pictures = list(_pictures())
    records = [_video(number) for number in range(videos)]
    for number, record in enumerate(records):
        folder = data / record["video_path"]
        folder.mkdir(parents=True)
        for frame in range(_FRAMES):
            content = pictures[(number * _FRAMES + frame) % _DISTINCT]
            (folder / f"{frame + 1}.jpg").write_bytes(content)
    (data / "inst_it_video.json").write_text(json.dumps(records), encoding="utf-8")


def _pictures() -> Iterator[bytes]:
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(0)
    for _ in range(_DISTINCT):
        coarse = Image.fromarray(noise.integers(0, 255, (_COARSE[1], _COARSE[0], 3), dtype=np.uint8))
        out = io.BytesIO()
        coarse.resize(_SIZE, Image.Resampling.BICUBIC).save(out, "JPEG", quality=_QUALITY)
        yield out.getvalue()


def _video(number: int) -> dict[str, object]:
    frames = [
        {
            "timestamp": at,
            "frame_name": f"{at}.jpg",
            "instance_level": {"1": f"A cat, seen {at} times.", "2": "A dog."},
            "image_level": f"[1] sits beside [2] in picture {at}.",
            "temporal_change": None if at == 1 else "[1] has moved away from [2].",
        }
        for at in range(1, _FRAMES + 1)
    ]
    return {
        "video_id": number,
        "frame_level_caption": frames,
        "question_answer_pairs": [{"question": "What is [1]?", "answer": "[1] is a cat."}],
        "video_level_caption": f"[1] and [2] stay from <1> to <{_FRAMES}>.",
        "video_path": f"videos_vpt/LVVIS/{number:05d}",
    }


def _measured(folder: Path, videos: int, rounds: int, *, cold: bool) -> dict[str, list[Run]]:
    jobs = _jobs(folder, videos)
    found: dict[str, list[Run]] = {name: [] for name in jobs}
    subprocess.run(["sync"], check=True)
    for _ in range(rounds):
        for name, command in jobs.items():
            if cold:
                _evict(folder)
            found[name].append(_once(command, folder / "out"))
    return found


def _jobs(folder: Path, videos: int) -> dict[str, list[str]]:
    data, out = str(folder / "data"), str(folder / "out")
    convert = [*TOOL, "-q", "convert", data, "--to", "webdataset", "-o", out]
    choices = (["--group", "record"], ["--limit", str(max(1, videos // _SHARE))])
    jobs = {}
    for kind, options in zip(_KINDS, choices, strict=True):
        samples = folder / kind.replace(" ", "-")
        if not samples.exists():
            _unpack([*convert, *options], folder / "out", samples)
        source = ["-C", data, "videos_vpt"] if kind == _KINDS[0] else ["-C", str(folder), samples.name]
        jobs[f"{_TAR}, {kind}"] = ["tar", "cf", out, *source]
        jobs[f"{_SYNCED}, {kind}"] = ["sh", "-c", 'tar cf "$0" "$@" && sync -d "$0"', out, *source]
        jobs[f"cp -r, {kind}"] = ["cp", "-r", str(Path(source[1]) / source[2]), out]
        writer = [sys.executable, "-W", "ignore", str(_HERE / "peers" / "shard_writer.py")]
        jobs[f"webdataset.ShardWriter, {kind}"] = [*writer, str(samples), out]
        for workers in _workers():
            said = f", {workers[1]} worker(s)" if workers else ""
            jobs[f"**convert, {kind}{said}**"] = [*convert, *options, *workers]
    return jobs


def _workers() -> list[list[str]]:
    told = subprocess.run([*TOOL, "convert", "--help"], check=True, capture_output=True, text=True).stdout
    return [["--workers", "1"], ["--workers", "2"]] if "--workers" in told else [[]]


def _unpack(command: list[str], out: Path, samples: Path) -> None:
    samples.mkdir()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for shard in sorted(out.glob("*.tar")):
        subprocess.run(["tar", "xf", str(shard), "-C", str(samples)], check=True)
    shutil.rmtree(out)


def _once(command: list[str], out: Path) -> Run:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, peak = timed(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    files = [out] if out.is_file() else [path for path in out.rglob("*") if path.is_file()]
    written = sum(path.stat().st_size for path in files) / 1e6
    if out.is_file():
        out.unlink()
    else:
        shutil.rmtree(out)
    return Run(seconds, cpu, peak, written)


def _evict(folder: Path) -> None:
    """Drop the contents of the files from the memory, so that they are read from the disk."""
    subprocess.run(["sync"], check=True)
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def _about(videos: int, rounds: int) -> str:
    return (
        f"`python benchmarks/packing.py --videos {videos} --rounds {rounds}`: {videos:,} videos of {_FRAMES} frames,"
        f" JPEG files of some 60 kB made of noise; {machine()}, Linux"
        f" {platform.release()}, load {os.getloadavg()[0]:.0f} when it began. *By record*: each picture once. *By"
        f" sample*: the default, each picture in every sample that shows it, of 1 in {_SHARE} videos; `tar` and `cp`"
        " take the unpacked samples there, `ShardWriter` always does.\n\n"
        "What `convert` writes is on the disk before it appears (fsync), and its sha256 is in the manifest; `tar`, `cp`"
        " and `ShardWriter` do neither, so `tar cf and sync -d` is the comparison on equal terms. `convert` also makes"
        " the conversations and looks at every picture. Start-up is included everywhere. Seconds are medians. *Speed*"
        " is MB/s over that of `tar` in the same round, median of the rounds: 1 is as fast. *CPU* is seconds of"
        " processors, which other work on the machine disturbs less; memory is what a job holds beyond mapped files."
    )


def _section(place: str, found: dict[str, list[Run]], *, cold: bool) -> str:
    lines = [
        f"In `{place}`, " + ("pictures read from the disk:" if cold else "pictures in the memory of the system:"),
        "",
        "| job | MB | seconds | spread | MB/s | CPU | speed to tar | to tar and sync | by CPU | memory |",
        "|---|---:|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, runs in found.items():
        seconds = [run.seconds for run in runs]
        median, written = statistics.median(seconds), runs[0].written
        kind = next(kind for kind in _KINDS if kind in name)
        plain, synced = (_ratio(found[f"{peer}, {kind}"], runs) for peer in (_TAR, _SYNCED))
        cpu = _ratio(found[f"{_TAR}, {kind}"], runs, of="cpu")
        lines.append(
            f"| {name} | {written:.0f} | {median:.2f} | {min(seconds):.2f} to {max(seconds):.2f} |"
            f" {written / median:.0f} | {statistics.median(run.cpu for run in runs):.2f} | {plain:.2f} | {synced:.2f} |"
            f" {cpu:.2f} | {max(run.peak for run in runs):.0f} MB |"
        )
    return "\n".join(lines)


def _ratio(peers: list[Run], runs: list[Run], of: str = "seconds") -> float:
    """Say how many times as fast: per byte written, as the sizes differ by the texts."""
    return statistics.median(
        (getattr(peer, of) / peer.written) / (getattr(run, of) / run.written)
        for peer, run in zip(peers, runs, strict=True)
    )


if __name__ == "__main__":
    main()
