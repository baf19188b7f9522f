"""One JSON document, as ``schemas/report.schema.json`` says, with one problem a line."""

from collections.abc import Iterator

import msgspec

from instit_tools.linting.base import Problem, Summary
from instit_tools.linting.formats.base import MADE_BY, Summarise, encode
from instit_tools.linting.rules import severities

__all__ = ["lines"]

_HEAD = {"format": "instit-tools report", "version": 1, "made_by": MADE_BY}


def lines(problems: Iterator[Problem], summary: Summarise) -> Iterator[bytes]:
    """Write the document in pieces; it is whole once the last has been taken."""
    yield encode(_HEAD).removesuffix(b"}") + b',"problems":['
    comma = b""
    for problem in problems:
        yield comma + b"\n" + encode(problem)
        comma = b","
    yield b'\n],"summary":' + encode(_told(summary())) + b"}\n"


def _told(summary: Summary) -> dict[str, object]:
    return {**msgspec.to_builtins(summary), "severities": severities(summary.counts)}
