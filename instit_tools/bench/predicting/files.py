"""What a run leaves behind: the published files of predictions, what has no answer, and how it all was made."""

import json
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.bench.asking.service import Spent
from instit_tools.bench.forms import FORMS, SHORT, SPLITS, Form, Split
from instit_tools.bench.items import Item
from instit_tools.bench.results import Given, encode, write
from instit_tools.media.paths import Marks
from instit_tools.version import __version__

__all__ = ["FILES", "RUN", "Failure", "Predicted", "Ran", "write_predictions"]

RUN, FAILURES = "run.json", "failures.jsonl"
FILES = (RUN, FAILURES, *(f"{split}_{SHORT[form]}_inference.json" for split in SPLITS for form in FORMS))
"""All files that a run may write; those of predictions are called as the authors' scripts call them."""
FORMAT, VERSION = "instit-tools bench predict", 1


class Failure(Struct, frozen=True, kw_only=True):
    """A question without an answer, and why."""

    question_id: str
    split: Split
    form: Form
    failure: str


class Ran(Struct, frozen=True, kw_only=True):
    """How predictions were made; *cut* are those that ended at the most tokens they may have.

    *beyond* are questions that speak of a frame that is not there. *plugin* and *options* are of a model of one's own.
    """

    format: str = FORMAT
    version: int = VERSION
    tool: str = __version__
    model: str
    plugin: str | None
    options: dict[str, str]
    parameters: dict[str, float | int | str | None]
    prompts_from: str
    prompts: dict[str, str]
    marks: Marks
    max_frames: int | None
    max_side: int | None
    labels: bool
    items: tuple[Given, ...]
    models: dict[str, int]
    questions: int
    answered: int
    failed: int
    cut: int
    beyond: int


class Predicted(Struct, frozen=True, kw_only=True):
    """The answers, by question in the order they were asked."""

    ran: Ran
    answers: tuple[tuple[Item, str], ...]
    failures: tuple[Failure, ...]
    spent: Spent


def write_predictions(folder: Path, found: Predicted, *, overwrite: bool = False) -> list[str]:
    """Write what was answered into the new *folder*, and give the names of the files of predictions."""
    files: dict[str, list[bytes]] = {}
    for split in SPLITS:
        for form in FORMS:
            rows = [_row(item, text) for item, text in found.answers if (item.split, item.form) == (split, form)]
            if rows:
                files[f"{split}_{SHORT[form]}_inference.json"] = [json.dumps(rows, indent=4).encode() + b"\n"]
    names = list(files)
    files[RUN] = [encode(found.ran)]
    if found.failures:
        files[FAILURES] = [msgspec.json.encode(each) + b"\n" for each in found.failures]
    write(folder, files, overwrite=overwrite, replaces=FILES)
    return names


def _row(item: Item, text: str) -> dict[str, str | None]:
    return {
        "question_id": item.id,
        "question": item.question,
        "model_prediction": text,
        "ground_truth": item.truth,
        "split": item.split,
    }
