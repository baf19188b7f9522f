"""What ``bench score`` and ``bench judge`` leave behind, as far as others need it: a name, and a number a split.

Each writes ``result.json`` with more in it; what a leaderboard sets side by side is the *headlines* there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.addresses import is_address, shown
from instit_tools.bench.forms import Form, Split
from instit_tools.bench.intervals import Estimate
from instit_tools.commit import fingerprint, staged
from instit_tools.errors import SourceError
from instit_tools.source.find import STDIN, find
from instit_tools.spelling_out import printable

__all__ = [
    "FILES",
    "NAME",
    "Given",
    "Headline",
    "Headlines",
    "encode",
    "given",
    "of_form",
    "read_headlines",
    "stem",
    "write",
]

NAME = "result.json"
FILES = (NAME, "verdicts.jsonl", "scores.jsonl", "failures.jsonl")
"""All files that one of the two commands writes: what ``--overwrite`` may replace."""

_PUBLISHED = re.compile("(image|video)_(mc|oe)_inference")
"""What the authors' scripts call a file of predictions, whoever made them."""


class Given(Struct, frozen=True):
    """An input as it was named, and the sha256 of its bytes; ``None`` of what is no file here, or was piped in."""

    name: str
    sha256: str | None


class Headline(Struct, frozen=True, kw_only=True):
    """One number of a model: the mean over the questions of a split and form, between 0 and 1.

    *by* is who read the answers: ``strict`` or ``upstream``, or the name of a judge, whose *prompt* is known by its
    sha256. *complete* says whether every
    question of the benchmark that was given has an answer, and for a judge a score.
    """

    split: Split
    form: Form
    by: str
    estimate: Estimate
    complete: bool
    prompt: str | None = None


class Headlines(Struct, frozen=True, kw_only=True):
    """A model's name and its numbers."""

    name: str
    headlines: tuple[Headline, ...]


def given(inputs: Sequence[str]) -> tuple[Given, ...]:
    """Note which files *inputs* mean, and what is in them."""
    found = find(inputs)
    return tuple(
        Given(printable(shown(name)), fingerprint(Path(name)) if Path(name).is_file() else None) for name in found
    )


def of_form(inputs: Sequence[str], form: Form) -> list[str]:
    """Take of a folder in *inputs* the predictions of one *form*, where it holds published names; else all of it."""
    return [each for name in inputs for each in _published(name, "mc" if form == "multiple-choice" else "oe")]


def _published(name: str, form: str) -> list[str]:
    if is_address(name) or not Path(name).is_dir():
        return [name]
    found = sorted(path for path in Path(name).iterdir() if _PUBLISHED.fullmatch(path.name.partition(".")[0]))
    return [str(path) for path in found if f"_{form}_" in path.name] or [name]


def stem(inputs: Sequence[str]) -> str:
    """Name a model by its first file of predictions where it has no other name; by its folder if all are called alike.

    >>> stem(["mine.json"]), stem(["mine/video_mc_inference.json"]), stem(["-"])
    ('mine', 'mine', 'standard input')
    """
    if inputs[0] == STDIN:
        return "standard input"
    folder, _, name = shown(inputs[0]).rstrip("/").rpartition("/")
    stem = name.partition(".")[0] or name
    above = folder.rpartition("/")[2]
    return printable(above if _PUBLISHED.fullmatch(stem) and above.strip(".") else stem)


def encode(result: Struct) -> bytes:
    """Write *result* as ``result.json`` holds it."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"


def write(
    folder: Path, files: Mapping[str, Iterable[bytes]], *, overwrite: bool, replaces: Iterable[str] = FILES
) -> None:
    """Write *files* by name into the new *folder*: all of them or none.

    Raises `OutputError` where the folder holds anything, but for *replaces*, which *overwrite* lets go.
    """
    with staged(folder, replaces=frozenset(replaces) if overwrite else None) as partial:
        for name, lines in files.items():
            with (partial / name).open("wb") as stream:
                stream.writelines(lines)


def read_headlines(path: Path) -> Headlines:
    """Read the headlines of *path*, a folder that ``bench score`` or ``bench judge`` wrote, or its ``result.json``.

    Raises `SourceError` where it is none.
    """
    file = path / NAME if path.is_dir() else path
    try:
        return msgspec.json.decode(file.read_bytes(), type=Headlines)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror or error}"
        raise SourceError(message, hint="name a folder that bench score -o or bench judge -o wrote") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{file} is no result of bench score or bench judge: {error}"
        raise SourceError(message, hint="name a folder that bench score -o or bench judge -o wrote") from error
