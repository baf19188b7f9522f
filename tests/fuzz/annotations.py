"""Mutation fuzzing of ``convert`` and ``stats`` over annotation files.

    cd tests && python -m fuzz.annotations --runs 20000 --seconds 3600 --seed 0

Inputs are those of `fuzz.run`: every kind of file that can be read, spoiled as values and as bytes.
"""

import sys
from pathlib import Path

from fuzz.converting import converted, emptied, in_time, measured
from fuzz.run import Fuzz, files, made, main

NAMING = (
    "coco",
    "jsonl",
    "llava",
    "llava 1.5",
    "llama-factory",
    "ms-swift",
    "ms-swift grounding",
    "parquet",
    "qwen-vl",
)
"""Targets that need no pictures."""


def trial(seed: str, folder: Path, *, process: bool = False) -> tuple[str, ...]:
    """Convert and measure one input."""
    name, raw, rng = made(seed)
    emptied(folder)
    (folder / name).write_bytes(raw)
    (folder / "seed").write_text(seed)
    with in_time():
        outcomes = [converted(folder / name, folder, rng.choice(NAMING), rng)]
        if rng.once(0.06):
            outcomes.append(measured(folder / name, folder, rng))
    return tuple(outcomes)


if __name__ == "__main__":
    sys.exit(main(Fuzz(trial, files, "cd tests && python -m fuzz.annotations"), __doc__))
