"""Times statistics at the true size beside a plain script and beside NLTK, and writes ``stats.md``.

Each job runs in a process of its own. At the full size the peers take a quarter of an hour; ``--scale`` is for less.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from run import IMAGES, TOOL, VIDEOS, timed

_HERE = Path(__file__).parent
_PLAIN = [sys.executable, str(_HERE / "peers" / "plain_stats.py")]
_BARE = ["--recipe", "none", "--no-report"]


def main() -> None:
    """Make the data once, run every job, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the true size")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each job but the peer with NLTK, which has one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="instit-bench-") as folder:
        data = Path(folder) / "data"
        counts = ["--videos", str(round(VIDEOS * given.scale)), "--images", str(round(IMAGES * given.scale))]
        subprocess.run([*TOOL, "-q", "synth", str(data), *counts], check=True, stdout=subprocess.DEVNULL)
        size = sum(path.stat().st_size for path in data.glob("*.json")) / 1e6
        about = _about(given.scale, size)
        rows: list[str] = []
        words = _words(data)
        for row in _jobs(data, Path(folder) / "out", given.rounds):
            rows.append(row)
            (_HERE / "stats.md").write_text(_told(about, rows, words), encoding="utf-8")
            print(row, flush=True)


def _jobs(data: Path, out: Path, rounds: int) -> Iterator[str]:
    stats = [*TOOL, "-q", "stats", str(data), "-o", str(out), "--overwrite"]
    jobs = {
        "stats: tables, budget, nine plots, report": stats,
        "the same in one process": [*stats, "--workers", "1"],
        "stats: tables and summary alone": [*stats, *_BARE],
        "the same in one process ": [*stats, *_BARE, "--workers", "1"],
        "stats: words by white space, one process": [*stats, *_BARE, "--workers", "1", "--tokenizer", "whitespace"],
        "peer: json and pandas, words by white space": [*_PLAIN, str(data), "whitespace"],
        "peer: json, NLTK and pandas": [*_PLAIN, str(data), "nltk"],
    }
    for name, command in jobs.items():
        runs = [timed(command) for _ in range(1 if "NLTK" in name else rounds)]
        seconds = [each[0] for each in runs]
        spread = f"{min(seconds):.1f} to {max(seconds):.1f} s" if len(seconds) > 1 else ""
        peak = max(each[1] for each in runs)
        yield f"| {name.strip()} | {statistics.median(seconds):.1f} | {peak:.0f} MB | {spread} |"


def _words(data: Path) -> dict[str, float]:
    """Count every text both ways, in as many processes as there are cores."""
    command = [sys.executable, str(_HERE / "words.py"), str(data)]
    shares = len(os.sched_getaffinity(0))
    parts = [[*command, str(share), str(shares)] for share in range(shares)]
    going = [subprocess.Popen(part, stdout=subprocess.PIPE, text=True) for part in parts]
    found = [json.loads(each.communicate()[0]) for each in going]
    return {name: sum(each[name] for each in found) for name in found[0]}


def _about(scale: float, size: float) -> str:
    cores = len(os.sched_getaffinity(0))
    return (
        f"{round(VIDEOS * scale):,} videos and {round(IMAGES * scale):,} images, made up, {size:.0f} MB of JSON;"
        f" {cores} cores, {platform.machine()}, Python {platform.python_version()}; start-up included. Memory is what"
        " all processes of a job hold together beyond mapped files."
    )


def _told(about: str, rows: list[str], words: dict[str, float]) -> str:
    lines = [
        about,
        "",
        "| job | seconds | peak memory | spread |",
        "|---|---:|---:|---|",
        *rows,
        "",
        "The texts of the same data, counted by NLTK text by text and by us; seconds of one core:",
        "",
        "| counted | texts | characters | NLTK | us | ratio | texts that differ |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, what in _COUNTED.items():
        texts, characters, ours, theirs, differ = (
            words[f"{name}_{each}"] for each in ("texts", "characters", "ours", "nltk", "different")
        )
        numbers = f"{texts:,.0f} | {characters / 1e6:.0f} M | {theirs:.1f} | {ours:.1f} | {theirs / ours:.1f}"
        lines.append(f"| {what} | {numbers} | {differ:.0f} |")
    return "\n".join(lines) + "\n"


_COUNTED = {
    "by_sentence": "sentences, and words of each, as `word_tokenize` does",
    "whole": "words of the whole text, every fifth text",
}


if __name__ == "__main__":
    main()
