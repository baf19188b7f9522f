"""What ``bench score`` and ``bench judge`` leave behind, as far as others need it: a name, and a number a split.

Each writes ``result.json`` with more in it; what a leaderboard sets side by side is the *headlines* there.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.bench.forms import Form, Split
from instit_tools.bench.intervals import Estimate
from instit_tools.errors import SourceError

__all__ = ["NAME", "Headline", "Headlines", "read_headlines"]

NAME = "result.json"


class Headline(Struct, frozen=True, kw_only=True):
    """One number of a model: the mean over the questions of a split and form, between 0 and 1.

    *by* is who read the answers: ``strict`` or ``upstream``, or the name of a judge. *complete* says whether every
    question of the benchmark that was given has an answer, and for a judge a score.
    """

    split: Split
    form: Form
    by: str
    estimate: Estimate
    complete: bool


class Headlines(Struct, frozen=True, kw_only=True):
    """A model's name and its numbers."""

    name: str
    headlines: tuple[Headline, ...]


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
