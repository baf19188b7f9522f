"""Options that several commands share, declared once, and how their values are read."""

import re
from decimal import Decimal
from typing import Annotated

import typer

from instit_tools.errors import UsageError

__all__ = ["AsJson", "Inputs", "ShardSize", "byte_count"]

_SIZE = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,3})?)\s*(?P<unit>[KMGT]?)(?P<binary>i?)B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def byte_count(text: str) -> int:
    """Read ``256MB``, ``1GiB``, ``64M`` or a plain number of bytes.

    >>> byte_count("256MB"), byte_count("1GiB")
    (256000000, 1073741824)
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        message = f"{text!r} is no size such as 256MB or 1GiB"
        raise UsageError(message, hint="--shard-size 256MB")
    base = 1024 if match["binary"] else 1000
    return int(Decimal(match["number"]) * base ** _POWERS[match["unit"].upper()])


Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INPUT]...",
        help="Annotation files, folders, quoted globs, or - for standard input. None: a small made-up dataset.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
ShardSize = Annotated[
    str | None,
    typer.Option(
        "--shard-size",
        metavar="SIZE",
        help="No shard grows beyond this, unless one sample does.",
        show_default="256MB; none for --dialect 1.5",
    ),
]
