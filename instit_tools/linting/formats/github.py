"""Workflow commands, which GitHub shows as annotations of the files: ten of each kind a step, the others in its log."""

import re
from collections.abc import Iterator

from instit_tools.linting.base import Problem, Severity
from instit_tools.linting.formats.base import STDIN, Summarise, relative, whose

__all__ = ["lines"]

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}
_HIDDEN = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def lines(problems: Iterator[Problem], summary: Summarise) -> Iterator[bytes]:  # noqa: ARG001  # as every format
    """Write one command a problem."""
    return (_command(problem).encode("utf-8", "backslashreplace") + b"\n" for problem in problems)


def _command(problem: Problem) -> str:
    file = None if problem.file == STDIN else relative(problem.file)
    known = {"file": file, "line": problem.line, "col": problem.column, "title": problem.code}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in known.items() if value is not None)
    place = ", ".join(filter(None, (whose(problem), problem.field)))
    message = f"{place}: {problem.message}" if place else problem.message
    return f"::{_COMMANDS[problem.severity]} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """Escape as the runner unescapes; what it would hand to a terminal as a command is spelled out."""
    text = _HIDDEN.sub(lambda match: ascii(match[0])[1:-1], text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
