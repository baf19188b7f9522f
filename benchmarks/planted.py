"""Plants defects, looks for them, repairs them, and writes ``planted.md``: what was planted, found, missed and left.

Annotations of the true size, and a smaller set with masks and pictures, for the defects of those.
"""

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import instit_tools as it
from instit_tools.linting.base import Problem
from instit_tools.linting.run import Lint
from instit_tools.linting.settings import Settings

_VIDEOS, _IMAGES = 21_418, 51_101
_WITH_PICTURES = 600


def main() -> None:
    """Do both sets, write one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the true size")
    given = parser.parse_args()
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    others: Counter[str] = Counter()
    left: Counter[str] = Counter()
    videos, images = round(_VIDEOS * given.scale), round(_IMAGES * given.scale)
    sets = (
        {"videos": videos, "images": images, "defects": 0.02},
        {"videos": _WITH_PICTURES, "images": _WITH_PICTURES, "masks": True, "media": True, "defects": 0.3},
    )
    with tempfile.TemporaryDirectory(prefix="instit-planted-") as folder:
        for number, options in enumerate(sets):
            data = Path(folder) / f"data-{number}"
            it.synth(data, **options)
            root = str(data) if "media" in options else "none"
            listed, seen, unexpected = _compared(data, root)
            planted, found, others = planted + listed, found + seen, others + unexpected
            it.repair(data, f"{data}-mended", unsafe=True)
            left += Counter(each.code for each in _problems(Path(f"{data}-mended"), root))
    text = _table(videos, images, planted, found, others, left)
    Path(__file__).with_name("planted.md").write_text(text, encoding="utf-8")
    print(text)


def _problems(data: Path, media: str) -> list[Problem]:
    return list(Lint(Settings(inputs=(str(data),), media=media, workers=None)))


def _compared(data: Path, media: str) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Count by code what was planted, what of it was found at its place, and what else was found."""
    at: dict[tuple[str, int | None], list[Problem]] = defaultdict(list)
    for problem in _problems(data, media):
        at["video" if "_video" in Path(problem.file).name else "image", problem.record].append(problem)
    listed = [json.loads(line) for line in (data / "planted.jsonl").read_text(encoding="utf-8").splitlines()]
    hits: Counter[str] = Counter()
    for entry in listed:
        here = at[entry["kind"], entry["index"] + 1]
        hit = next(
            (each for each in here if each.code == entry["code"] and entry.get("field") in {None, each.path}), None
        )
        if hit:
            here.remove(hit)
            hits[entry["code"]] += 1
    return Counter(entry["code"] for entry in listed), hits, Counter(each.code for rest in at.values() for each in rest)


def _table(videos: int, images: int, *counts: Counter[str]) -> str:
    planted, found, others, left = counts
    lines = [
        f"{videos:,} videos and {images:,} images, 2 % with a defect; {_WITH_PICTURES} and {_WITH_PICTURES} with masks"
        " and pictures, 30 %. *Found*: under its own code, in its own record, at its own place. *Left*: what `validate`"
        " finds after `repair --unsafe`, which are notes.",
        "",
        "| planted defect | planted | found | found and not planted | left |",
        "|---|---:|---:|---:|---:|",
    ]
    codes = sorted(planted | others | left)
    lines += [f"| `{code}` | {planted[code]} | {found[code]} | {others[code]} | {left[code]} |" for code in codes]
    lines += [f"| all | {planted.total()} | {found.total()} | {others.total()} | {left.total()} |"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
