"""What ``bench compare`` and ``bench agree`` have in common: two sides, a file of JSON, and how kinds are named."""

from pathlib import Path
from typing import TYPE_CHECKING

from instit_tools import console
from instit_tools.commit import whole

if TYPE_CHECKING:
    from instit_tools.bench.sides import Side

__all__ = ["LISTED", "between", "more", "named", "number", "sides", "signed", "stored"]

LISTED = 10
"""How many questions are shown of a list."""


def sides(a: "Side", b: "Side") -> None:
    """Say what A and B are."""
    for letter, side in (("A", a), ("B", b)):
        told = f"{side.name}, judged by {side.judge}" if side.judge else side.name
        console.result(f"{letter}  {told} ({side.given})")


def named(grouping: str, kind: str) -> str:
    """Name a kind of question as the table does.

    >>> named("source", "BURST"), named("time", "no timestamp")
    ('from BURST', 'no timestamp')
    """
    return f"from {kind}" if grouping == "source" else kind


def number(value: float | None) -> str:
    """Write a measure that may not be there.

    >>> number(0.8149), number(None)
    ('0.81', '-')
    """
    return "-" if value is None else f"{value:.2f}"


def signed(value: float | None) -> str:
    """Write a difference of shares in points.

    >>> signed(0.0214), signed(None)
    ('+2.1', '-')
    """
    from instit_tools.bench.concluding import points

    return "-" if value is None else points(value)


def between(low: float | None, high: float | None) -> str:
    """Write an interval of differences.

    >>> between(-0.0012, 0.0214), between(None, None)
    ('-0.1 to +2.1', '-')
    """
    return "-" if low is None or high is None else f"{signed(low)} to {signed(high)}"


def more(count: int, out: Path | None) -> None:
    """Say how many of a list of *count* are not shown, and where they are."""
    if count > LISTED:
        console.result(f"and {count - LISTED:,} more, {f'in {out}' if out else 'all of them with -o FILE or --json'}")


def stored(document: bytes, out: Path | None, *, overwrite: bool) -> None:
    """Write *document* to the file *out*, where one is named."""
    if out is not None:
        with whole(out, overwrite=overwrite) as (part,):
            part.write_bytes(document)
