"""What a harness is: a module that turns questions and where their pictures are into the files of a folder it loads.

A picture is named by its path below the media root, or, where it lies in the folder itself, with ``./`` in front. The
folder carries its own copy of the two readers of multiple-choice answers, so that the harness's environment needs
nothing of this package.
"""

import re
from collections.abc import Iterator, Sequence
from string import Template
from typing import Protocol

from msgspec import Struct

from instit_tools.bench.forms import SHORT, Form, Split
from instit_tools.bench.items import Item

__all__ = ["HERE", "Asked", "Harness", "Place", "Task", "filled", "given", "readers", "scored"]

HERE = "./"
"""What the path of a picture starts with that lies in the folder itself."""

_OURS = re.compile(r"^from instit_tools\.bench\.reading\.?(\w*) import", re.MULTILINE)


class Asked(Struct, frozen=True, kw_only=True):
    """A question, and the paths of its pictures in the order of time."""

    item: Item
    pictures: tuple[str, ...]

    @property
    def truth(self) -> str:
        """Give the answer, which every question has that is exported."""
        return self.item.truth or ""


class Task(Struct, frozen=True, kw_only=True):
    """The questions of one split and form, in order, and the words around each."""

    split: Split
    form: Form
    asked: tuple[Asked, ...]
    pre_prompt: str = ""
    post_prompt: str = ""

    @property
    def name(self) -> str:
        """Name the task shortly, as the authors' files are named.

        >>> Task(split="video", form="multiple-choice", asked=()).name
        'video_mc'
        """
        return f"{self.split}_{SHORT[self.form]}"


class Place(Struct, frozen=True, kw_only=True):
    """The absolute path *out* that the folder will have, and that of the *media* root where pictures are below it."""

    out: str
    media: str | None


class Harness(Protocol):
    """A module that has these names."""

    TITLE: str
    """What the harness calls itself."""

    def files(self, tasks: Sequence[Task], place: Place) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the content of each file of the folder, but for the pictures."""

    def runs(self, tasks: Sequence[Task], place: Place) -> str:
        """Give the command that runs the exported tasks."""


def scored(tasks: Sequence[Task], folder: str) -> str:
    """Give the commands that score what was written into *folder* for each of the *tasks*."""
    commands = {"multiple-choice": "score", "open-ended": "judge"}
    lines = [f"instit-tools bench {commands[task.form]} {folder}/*_{task.name}_inference.json" for task in tasks]
    return "\n".join(lines)


def given(name: str) -> str:
    """Give the text of the file *name* beside this module's folder of templates."""
    from importlib.resources import files

    return files(__package__).joinpath("given", name).read_text(encoding="utf-8")


def filled(name: str, /, **values: object) -> bytes:
    """Fill in the template *name*."""
    return Template(given(name)).substitute(values).encode()


def readers() -> Iterator[tuple[str, bytes]]:
    """Yield the two readers of multiple-choice answers as they are here, and what scores by them.

    They are a folder of modules that import each other by the name of this package, which another environment has not.
    """
    from importlib.resources import files

    for module in sorted(files("instit_tools.bench.reading").iterdir(), key=lambda module: module.name):
        if module.name.endswith(".py"):
            text = _OURS.sub(r"from .\1 import", module.read_text(encoding="utf-8"))
            yield f"reading/{module.name}", text.encode()
    yield "scoring.py", given("scoring.py").encode()
