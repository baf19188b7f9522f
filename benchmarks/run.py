"""Times the main jobs at the true size against the nearest thing in the same run, and writes ``results.md``.

Each job runs in a process of its own, alternating with its peer, and is reported as the median. Peak memory is the
process's resident memory without file-backed pages (``RssAnon``), sampled every 20 ms; of its children too.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

VIDEOS, IMAGES = 21_418, 51_101
TOOL = [sys.executable, "-m", "instit_tools"]

_READ = "import instit_tools as it, sys; print(sum(1 for _ in it.read(sys.argv[1])))"
_RAW = (
    "import mmap, msgspec, sys; f = open(sys.argv[1], 'rb');"
    "m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ);"
    "print(len(msgspec.json.decode(m, type=list[msgspec.Raw])))"
)
_JSON = "import json, sys; print(len(json.load(open(sys.argv[1]))))"
_DATASETS = (
    "import datasets, sys; datasets.disable_progress_bars();"
    "d = datasets.load_dataset('json', data_files=sys.argv[1], split='train', cache_dir=sys.argv[2]);"
    "d.to_parquet(sys.argv[2] + '/peer.parquet')"
)
_SCHEMA = (
    "import mmap, msgspec, sys; from instit_tools.linting.engines import fits;"
    "f = open(sys.argv[1], 'rb'); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ);"
    "fit = fits('video-record', engine=sys.argv[2]);"
    "print(all(fit(msgspec.json.decode(raw)) for raw in msgspec.json.decode(m, type=list[msgspec.Raw])))"
)


def main() -> None:
    """Make the data once, run every job, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the true size")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each job")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="instit-bench-") as folder:
        rows = _measure(Path(folder), given.scale, given.rounds)
    text = _table(rows, given.scale, given.rounds)
    Path(__file__).with_name("results.md").write_text(text, encoding="utf-8")
    print(text)


def _measure(folder: Path, scale: float, rounds: int) -> list[tuple[str, float, float, str]]:
    data = folder / "data"
    counts = ["--videos", str(round(VIDEOS * scale)), "--images", str(round(IMAGES * scale))]
    made = timed([*TOOL, "-q", "synth", str(data), *counts])
    video = str(data / "made_up_video.json")
    jobs = {
        "read typed records": [sys.executable, "-c", _READ, video],
        "  peer: msgspec list[Raw], nothing decoded": [sys.executable, "-c", _RAW, video],
        "  peer: json.load": [sys.executable, "-c", _JSON, video],
        "schema validation, jsonschema-rs": [sys.executable, "-c", _SCHEMA, video, "fast"],
        "  peer: jsonschema, same schema, same records": [sys.executable, "-c", _SCHEMA, video, "reference"],
        "validate the video file, every rule": [*TOOL, "-q", "validate", video],
        "  the same in one process": [*TOOL, "-q", "validate", video, "--workers", "1"],
        "repair the video file": [*TOOL, "-q", "repair", video, "-o", str(folder / "out")],
        "convert both files to llava": [*TOOL, "-q", "convert", str(data), "--to", "llava", "-o", str(folder / "out")],
        "convert both files to parquet": [
            *TOOL, "-q", "convert", str(data), "--to", "parquet", "-o", str(folder / "out"),
        ],
        "convert the video file to parquet": [
            *TOOL, "-q", "convert", video, "--to", "parquet", "-o", str(folder / "out"),
        ],
        "  peer: datasets json -> to_parquet, video file": [
            sys.executable, "-c", _DATASETS, video, str(folder / "cache"),
        ],
    }  # fmt: skip
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, command in jobs.items():
            found[name].append(timed(command))
            for left in ("out", "cache"):
                shutil.rmtree(folder / left, ignore_errors=True)
            (folder / "out").unlink(missing_ok=True)
    size = sum(path.stat().st_size for path in data.glob("*.json")) / 1e6
    rows = [("make the data", *made, f"{size:.0f} MB of JSON")]
    for name, runs in found.items():
        seconds = [each[0] for each in runs]
        spread = f"{min(seconds):.2f} to {max(seconds):.2f} s"
        rows.append((name, statistics.median(seconds), max(each[1] for each in runs), spread))
    return rows


def timed(command: list[str]) -> tuple[float, float]:
    """Run *command*; give its seconds and the peak of its anonymous memory in MB."""
    peak = 0.0
    started = time.perf_counter()
    going = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            peak = max(peak, _anonymous(going.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = going.wait()
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    if code:
        raise subprocess.CalledProcessError(code, command)
    return seconds, peak


def _anonymous(pid: int) -> float:
    """Add up what a process and those that it started hold."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    held = next((int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("RssAnon")), 0.0)
    return held + sum(_anonymous(int(child)) for child in children)


def _table(rows: list[tuple[str, float, float, str]], scale: float, rounds: int) -> str:
    cores = len(os.sched_getaffinity(0))
    lines = [
        f"{round(VIDEOS * scale):,} videos and {round(IMAGES * scale):,} images, made up; {cores} cores,"
        f" {platform.machine()}, Python {platform.python_version()}; one process each, start-up included; median of"
        f" {rounds}. Memory is what the process holds beyond mapped files.",
        "",
        "| job | seconds | peak memory | spread |",
        "|---|---:|---:|---|",
    ]
    lines += [f"| {name} | {seconds:.2f} | {peak:.0f} MB | {note} |" for name, seconds, peak, note in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
