"""What every format of a report offers, and what several of them need."""

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from instit_tools.addresses import is_address
from instit_tools.linting.base import Problem, Summary
from instit_tools.spelling_out import printable
from instit_tools.version import __version__

__all__ = ["MADE_BY", "Format", "Summarise", "encode", "relative", "told", "whose"]

MADE_BY = f"instit-tools {__version__}"
Summarise: TypeAlias = Callable[[], Summary]
"""Gives the summary, which is complete once the last problem has been taken."""


class Format(Protocol):
    """A module of this folder."""

    def lines(self, problems: Iterator[Problem], summary: Summarise) -> Iterator[bytes]:
        """Write the report in pieces, each as soon as its problem is known; no two problems are held at once."""


def encode(value: Any) -> bytes:  # noqa: ANN401  # whatever JSON can say
    """Write JSON on one line, also of a file name that is not valid UTF-8."""
    import msgspec

    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_spelled(msgspec.to_builtins(value)))


def _spelled(value: Any) -> Any:  # noqa: ANN401  # as encode
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_spelled(key): _spelled(each) for key, each in value.items()}
    return [_spelled(each) for each in value] if isinstance(value, list | tuple) else value


def relative(file: str) -> str:
    """Name a file from the working directory where it lies inside, as reports are read beside the checkout.

    >>> relative("./data/video.json")
    'data/video.json'
    """
    return _relative(file, os.getcwd())  # noqa: PTH109  # asked for every problem, and a path is slow to make


@lru_cache(maxsize=64)
def _relative(file: str, here: str) -> str:
    if is_address(file):
        return file
    absolute = Path(os.path.abspath(Path(here, file)))  # noqa: PTH100  # the name is meant, not where links lead
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else absolute.as_posix()


def whose(problem: Problem) -> str:
    """Say which record of the file is meant, with its id.

    >>> whose(Problem(code="", severity="note", file="", message="", record=1204, id=18))
    'record 1,204 (id 18)'
    """
    if problem.record is None:
        return ""
    return f"record {problem.record:,}" + ("" if problem.id is None else f" (id {problem.id})")


def told(problem: Problem) -> str:
    """Say what is wrong, after which value of which record it is wrong with.

    >>> told(Problem(code="", severity="note", file="", message="is empty", record=3, field="qa[0]"))
    'record 3, qa[0]: is empty'
    """
    place = ", ".join(filter(None, (whose(problem), problem.field)))
    return f"{place}: {problem.message}" if place else problem.message
