"""Inst-IT Bench as a task of an evaluation harness: a folder that the harness loads, whole or not at all.

One module for each harness; listing this folder is the registry. The folder can be moved, and ``exported.json`` in it
says what belongs to it, so that a later run replaces that and nothing else.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import cast

from msgspec import Struct

from instit_tools.bench.exporting.base import Asked, Harness, Place, Task
from instit_tools.bench.exporting.pictures import asked
from instit_tools.bench.forms import FORMS, SPLITS, Form, Split
from instit_tools.bench.items import Item
from instit_tools.bench.prompts import Prompts, own
from instit_tools.commit import LOCK, staged
from instit_tools.errors import OutputError, RecordError, UsageError
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import Marks
from instit_tools.media.store import Store
from instit_tools.registry import hint, modules
from instit_tools.spelling_out import printable
from instit_tools.version import __version__

__all__ = ["NAME", "Exported", "available", "export", "load"]

NAME = "exported.json"
_BESIDE = frozenset({"base", "embedded", "pictures"})


class Exported(Struct, frozen=True, kw_only=True):
    """What was written: the questions by task, the pictures that were copied, and the command that *runs* it."""

    harness: str
    folder: str
    tasks: dict[str, int]
    copied: int
    media: str | None
    runs: str


@cache
def available() -> tuple[str, ...]:
    """Name every harness."""
    return modules(__path__, beside=_BESIDE)


def load(name: str) -> Harness:
    """Import what is known of the harness *name*; raise `UsageError` when there is none."""
    if name not in available():
        raise UsageError(f"there is no harness {name!r}", hint=hint(name, available()))
    return cast("Harness", import_module(f"{__name__}.{name.replace('-', '_')}"))


def export(  # noqa: PLR0913  # what is exported, whereto, and what the caller may choose
    items: Sequence[Item],
    store: Store | None,
    out: str | Path,
    *,
    harness: str,
    root: str | Path | None = None,
    marks: Marks = "vpt",
    limits: Limits = DEFAULT,
    prompts: Prompts | None = None,
    overwrite: bool = False,
) -> Exported:
    """Write *items* and what *harness* needs to ask and to score them into the folder *out*.

    Pictures are read from *store*. Those that are plain files below *root* are named by their path, and the others are
    copied into *out*; without *root*, all are. *marks* says which of the two published trees is meant. *limits* hold
    for pictures in the files of questions. The words around a question are those of *prompts*, without which our own.
    *overwrite* replaces what an earlier export left in *out*.

    Raises `UsageError` for a harness or a prompt that there is not, `RecordError` for a question without an answer or
    a picture's path, `MediaError` for a picture that is missing or none, and `OutputError` where *out* holds anything
    else.
    """
    made = load(harness)
    out = Path(out)
    if printable(str(out)) != str(out):
        message = f"{printable(str(out))} is no name in UTF-8"
        raise OutputError(message, hint="choose another folder")
    root = None if root is None else _called(root)
    prompts = prompts or own()
    _refuse_unanswered(items)
    with staged(out, replaces=_replaceable(out) if overwrite else None) as partial:
        tasks = _tasks(asked(items, store, partial, root=root, marks=marks, limits=limits), prompts)
        copied = sum(1 for _ in _files(partial))
        named = any(not path.startswith("./") for task in tasks for each in task.asked for path in each.pictures)
        place = Place(out=str(_called(out)), media=str(root) if root and named else None)
        for name, content in made.files(tasks, place):
            (partial / name).parent.mkdir(exist_ok=True)
            (partial / name).write_bytes(content)
        listed = [*sorted(path.relative_to(partial).as_posix() for path in _files(partial)), NAME]
        about = {"instit-tools": __version__, "harness": harness, "prompts": prompts.name, "files": listed}
        (partial / NAME).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return Exported(
        harness=harness,
        folder=str(out),
        tasks={task.name: len(task.asked) for task in tasks},
        copied=copied,
        media=place.media,
        runs=made.runs(tasks, place),
    )


def _called(path: str | Path) -> Path:
    """Give the absolute path that *path* has as it is spelled, not where links lead."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _refuse_unanswered(items: Sequence[Item]) -> None:
    for item in items:
        if item.truth is None:
            message = f"{item.split} question {item.id} has no answer, and a task without answers scores nothing"
            raise RecordError(message, hint="export the published questions, which have answers")


def _tasks(found: Iterator[Asked], prompts: Prompts) -> list[Task]:
    groups: dict[tuple[Split, Form], list[Asked]] = defaultdict(list)
    for each in found:
        groups[each.item.split, each.item.form].append(each)
    tasks = []
    for split, form in [(split, form) for form in FORMS for split in SPLITS if (split, form) in groups]:
        first, last = prompts.around(split, form)
        asks = tuple(groups[split, form])
        tasks.append(Task(split=split, form=form, asked=asks, pre_prompt=first, post_prompt=last))
    return tasks


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.name != LOCK)


def _replaceable(folder: Path) -> frozenset[str]:
    """Name what an earlier export left in *folder*, and what Python left there when the harness loaded it."""
    try:
        listed = frozenset(json.loads((folder / NAME).read_text(encoding="utf-8"))["files"])
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except (OSError, ValueError, LookupError, TypeError) as error:
        message = f"{folder / NAME} is not what an export writes"
        raise OutputError(message, hint="choose another folder") from error
    compiled = {path.relative_to(folder).as_posix() for path in folder.glob("**/__pycache__/*.pyc")}
    return listed | compiled
