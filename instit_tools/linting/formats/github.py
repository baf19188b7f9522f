"""Workflow commands, which GitHub shows as annotations of the files: ten of each kind a step, the others in its log."""

from collections.abc import Iterator

from instit_tools.linting.base import Problem, Severity
from instit_tools.linting.formats.base import Summarise, relative, told
from instit_tools.source.find import PIPED
from instit_tools.spelling_out import harmless

__all__ = ["lines"]

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def lines(problems: Iterator[Problem], summary: Summarise) -> Iterator[bytes]:  # noqa: ARG001  # as every format
    """Write one command a problem."""
    return (_command(problem).encode() + b"\n" for problem in problems)


def _command(problem: Problem) -> str:
    place = {"file": relative(problem.file), "line": problem.line, "col": problem.column}
    known = {**({} if problem.file == PIPED else place), "title": problem.code}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in known.items() if value is not None)
    return f"::{_COMMANDS[problem.severity]} {properties}::{_data(told(problem))}"


def _data(text: str) -> str:
    """Escape as the runner unescapes; what it would hand to a terminal as a command is spelled out."""
    return harmless(text, keep="\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
