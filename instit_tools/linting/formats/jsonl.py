"""JSON lines: one problem a line, as ``$defs/problem`` of ``schemas/report.schema.json`` says; no summary."""

from collections.abc import Iterator

from instit_tools.linting.base import Problem
from instit_tools.linting.formats.base import Summarise, encode

__all__ = ["lines"]


def lines(problems: Iterator[Problem], summary: Summarise) -> Iterator[bytes]:  # noqa: ARG001  # as every format
    """Write one problem a line."""
    return (encode(problem) + b"\n" for problem in problems)
