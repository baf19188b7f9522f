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
        rows = _jobs(data, Path(folder) / "out", given.rounds)
        words = _words(data)
    text = _told(rows, words, given.scale, size)
    (_HERE / "stats.md").write_text(text, encoding="utf-8")
    print(text)


def _jobs(data: Path, out: Path, rounds: int) -> list[tuple[str, float, float, str]]:
    stats = [*TOOL, "-q", "stats", str(data), "-o", str(out), "--overwrite"]
    jobs = {
        "stats: tables, budget, nine plots, report": stats,
        "the same in one process": [*stats, "--workers", "1"],
        "stats: tables and summary alone": [*stats, *_BARE],
        "the same in one process ": [*stats, *_BARE, "--workers", "1"],
        "peer: json, NLTK and pandas": [*_PLAIN, str(data), "nltk"],
        "stats: words by white space, one process": [*stats, *_BARE, "--workers", "1", "--tokenizer", "whitespace"],
        "peer: json and pandas, words by white space": [*_PLAIN, str(data), "whitespace"],
    }
    rows = []
    for name, command in jobs.items():
        runs = [timed(command) for _ in range(1 if "NLTK" in name else rounds)]
        seconds = [each[0] for each in runs]
        spread = f"{min(seconds):.1f} to {max(seconds):.1f} s" if len(seconds) > 1 else ""
        rows.append((name.strip(), statistics.median(seconds), max(each[1] for each in runs), spread))
        print(rows[-1], flush=True)
    return rows


def _words(data: Path) -> dict[str, float]:
    """Count every text both ways, in as many processes as there are cores."""
    command = [sys.executable, str(_HERE / "words.py"), str(data)]
    shares = len(os.sched_getaffinity(0))
    parts = [[*command, str(share), str(shares)] for share in range(shares)]
    going = [subprocess.Popen(part, stdout=subprocess.PIPE, text=True) for part in parts]
    found = [json.loads(each.communicate()[0]) for each in going]
    return {name: sum(each[name] for each in found) for name in found[0]}


def _told(rows: list[tuple[str, float, float, str]], words: dict[str, float], scale: float, size: float) -> str:
    cores = len(os.sched_getaffinity(0))
    lines = [
        f"{round(VIDEOS * scale):,} videos and {round(IMAGES * scale):,} images, made up, {size:.0f} MB of JSON;"
        f" {cores} cores, {platform.machine()}, Python {platform.python_version()}; start-up included. Memory is what"
        " all processes of a job hold together beyond mapped files.",
        "",
        "| job | seconds | peak memory | spread |",
        "|---|---:|---:|---|",
        *(f"| {name} | {seconds:.1f} | {peak:.0f} MB | {spread} |" for name, seconds, peak, spread in rows),
        "",
        f"All {words['texts']:,.0f} texts ({words['characters'] / 1e6:.0f} million characters), counted by NLTK text"
        " by text and by us; seconds of processor time:",
        "",
        "| counted | NLTK | us | ratio | texts that differ |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, what in _COUNTED.items():
        ours, theirs = words[f"{name}_ours"], words[f"{name}_nltk"]
        differ = words[f"{name}_different"]
        lines.append(f"| {what} | {theirs:.1f} | {ours:.1f} | {theirs / ours:.1f} | {differ:.0f} |")
    return "\n".join(lines) + "\n"


_COUNTED = {
    "words": "words of the whole text (`NLTKWordTokenizer`)",
    "sentences": "sentences (Punkt, untrained)",
    "words_by_sentence": "words sentence by sentence, as `word_tokenize`",
}


if __name__ == "__main__":
    main()
