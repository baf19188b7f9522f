"""Times the main jobs at the true size, each against its peers in the same run, and writes ``results.md``.

Every job runs in a process of its own, start-up included, in turn with the others, several rounds; what is written is
taken away before the next. A ratio is that of the seconds of a peer to ours in the same round: above 1, we are faster.
Memory is what all processes of a job hold together at most, without file-backed pages (``RssAnon``), sampled every
20 ms. ``growth.md`` has the same jobs at a sixteenth, a quarter and the whole of the data, with one worker and two.
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
from collections.abc import Iterator
from contextlib import suppress
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
_IJSON = "import ijson, sys; print(sum(1 for _ in ijson.items(open(sys.argv[1], 'rb'), 'item')))"
_DATASETS = (
    "import datasets, sys; datasets.disable_progress_bars();"
    "[datasets.load_dataset('json', data_files=name, split='train', cache_dir=sys.argv[1])"
    ".to_parquet(sys.argv[1] + '/peer.parquet') for name in sys.argv[2:]]"
)
_LOADED = (
    "import datasets, sys; datasets.disable_progress_bars();"
    "print(len(datasets.load_dataset('json', data_files=sys.argv[2], split='train', cache_dir=sys.argv[1])))"
)
_TARGETS = ("llava", "parquet", "llama-factory", "ms-swift", "qwen-vl", "jsonl")
_GROWTH = (1 / 16, 1 / 4, 1)
Runs = list[tuple[float, float]]
"""Seconds and MB of each round."""
_SCHEMA = (
    "import mmap, msgspec, sys; from instit_tools.linting.engines import fits;"
    "f = open(sys.argv[1], 'rb'); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ);"
    "fit = fits('video-record', engine=sys.argv[2]);"
    "print(all(fit(msgspec.json.decode(raw)) for raw in msgspec.json.decode(m, type=list[msgspec.Raw])))"
)


def main() -> None:
    """Make the data, run every job, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the true size")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each job")
    parser.add_argument("--only", choices=("results", "growth"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="instit-bench-") as folder:
        if given.only != "growth":
            _save("results.md", _results(Path(folder), given.scale, given.rounds))
        if given.only != "results":
            _save("growth.md", _grown(Path(folder), given.scale, given.rounds))


def _save(name: str, text: str) -> None:
    Path(__file__).with_name(name).write_text(text, encoding="utf-8")
    print(text)


def _made(folder: Path, scale: float) -> Path:
    data = folder / f"data-{scale:.4f}"
    if not data.exists():
        counts = ["--videos", str(round(VIDEOS * scale)), "--images", str(round(IMAGES * scale))]
        subprocess.run([*TOOL, "-q", "synth", str(data), *counts], check=True, stdout=subprocess.DEVNULL)
    return data


def _jobs(data: Path, folder: Path) -> dict[str, dict[str, list[str]]]:
    """Name the jobs in groups; where a name begins with *peer*, it is what ours are held against."""
    video, image = str(data / "made_up_video.json"), str(data / "made_up_image.json")
    cache, out = str(folder / "cache"), str(folder / "out")
    python = [sys.executable, "-W", "ignore", "-c"]
    convert = [*TOOL, "-q", "convert", str(data), "-o", out, "--to"]
    converted = {
        f"convert to {target}, {workers} worker{'s' * (workers > 1)}": [*convert, target, "--workers", str(workers)]
        for target in _TARGETS
        for workers in (1, 2)
    }
    return {
        "Reading the video file": {
            "typed records (`it.read`)": [*python, _READ, video],
            "peer: msgspec `list[Raw]`, nothing decoded": [*python, _RAW, video],
            "peer: `json.load`": [*python, _JSON, video],
            "peer: `ijson.items`": [*python, _IJSON, video],
            'peer: `datasets.load_dataset("json")`': [*python, _LOADED, cache, video],
        },
        "Schema validation of the video file": {
            "jsonschema-rs, as `validate` does": [*python, _SCHEMA, video, "fast"],
            "peer: `jsonschema`, same schema": [*python, _SCHEMA, video, "reference"],
        },
        "Converting both files": {
            **converted,
            'peer: `load_dataset("json")`, `to_parquet`': [*python, _DATASETS, cache, video, image],
        },
        "Checking and mending the video file": {
            "validate, every rule": [*TOOL, "-q", "validate", video],
            "validate, every rule, 1 worker": [*TOOL, "-q", "validate", video, "--workers", "1"],
            "repair": [*TOOL, "-q", "repair", video, "-o", out],
        },
    }


def _results(folder: Path, scale: float, rounds: int) -> str:
    data = _made(folder, scale)
    size = sum(path.stat().st_size for path in data.glob("*.json")) / 1e6
    lines = [f"{_about(scale)} {size:.0f} MB of JSON, {rounds} rounds.", ""]
    for title, jobs in _jobs(data, folder).items():
        found = _rounds(jobs, folder, rounds)
        lines += [f"**{title}**", "", *_table(found), ""]
    return "\n".join(lines).rstrip() + "\n"


def _rounds(jobs: dict[str, list[str]], folder: Path, rounds: int) -> dict[str, Runs]:
    found: dict[str, Runs] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, command in jobs.items():
            found[name].append(timed(command))
            for left in ("out", "cache"):
                shutil.rmtree(folder / left, ignore_errors=True)
            with suppress(OSError):
                (folder / "out").unlink()
    return found


def _table(found: dict[str, Runs]) -> Iterator[str]:
    peers = [name for name in found if name.startswith("peer")]
    heads = [name.removeprefix("peer: ") for name in peers]
    yield f"| job | seconds | spread | memory | {''.join(f'times as fast as {head} | ' for head in heads)}"
    yield f"|---|---:|---|---:|{'---:|' * len(peers)}"
    for name, runs in found.items():
        seconds = [each[0] for each in runs]
        ratios = ["" if name in peers else _ratio(found[peer], runs) for peer in peers]
        yield (
            f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} to {max(seconds):.2f} |"
            f" {max(each[1] for each in runs):.0f} MB | {''.join(f'{ratio} | ' for ratio in ratios)}".rstrip()
        )


def _ratio(peers: Runs, runs: Runs) -> str:
    return f"{statistics.median(peer[0] / run[0] for peer, run in zip(peers, runs, strict=True)):.1f}"


def _grown(folder: Path, scale: float, rounds: int) -> str:
    """Run the same jobs on more and more data."""
    shares = [scale * share for share in _GROWTH]
    found: dict[str, dict[float, Runs]] = {}
    for share in shares:
        data = _made(folder, share)
        for name, runs in _rounds(_growing(data, folder), folder, rounds).items():
            found.setdefault(name, {})[share] = runs
    lines = [
        f"{_about(scale)} Medians of {rounds} rounds; in brackets the most memory.",
        "",
        f"| job | {' | '.join(f'{share:.4g} of the data' for share in shares)} | 16 times the data take | and hold |",
        f"|---|{'---:|' * (len(shares) + 2)}",
    ]
    for name, sizes in found.items():
        seconds = [statistics.median(run[0] for run in sizes[share]) for share in shares]
        memory = [max(run[1] for run in sizes[share]) for share in shares]
        cells = " | ".join(f"{took:.2f} s ({held:.0f} MB)" for took, held in zip(seconds, memory, strict=True))
        lines.append(
            f"| {name} | {cells} | {seconds[-1] / seconds[0]:.1f} times | {memory[-1] / memory[0]:.1f} times |"
        )
    return "\n".join(lines) + "\n"


def _growing(data: Path, folder: Path) -> dict[str, list[str]]:
    out = str(folder / "out")
    jobs = {"read typed records": [sys.executable, "-c", _READ, str(data / "made_up_video.json")]}
    for workers in ("1", "2"):
        said = f"{workers} worker{'s' * (workers != '1')}"
        for target in ("llava", "parquet"):
            convert = [*TOOL, "-q", "convert", str(data), "--to", target, "-o", out, "--workers", workers]
            jobs[f"convert to {target}, {said}"] = convert
        stats = [*TOOL, "-q", "stats", str(data), "-o", out, "--recipe", "none", "--no-report", "--workers", workers]
        jobs[f"stats, tables and summary, {said}"] = stats
    return jobs


def _about(scale: float) -> str:
    return (
        f"{round(VIDEOS * scale):,} videos and {round(IMAGES * scale):,} images, made up; {machine()},"
        f" load {os.getloadavg()[0]:.1f} when it began; start-up included."
    )


def machine() -> str:
    """Say what this runs on."""
    cores = len(os.sched_getaffinity(0))
    said = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(": ")[2] for line in said if line.startswith("model name")), platform.machine())
    return f"{cores} cores ({model}), Python {platform.python_version()}"


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


if __name__ == "__main__":
    main()
