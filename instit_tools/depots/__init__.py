"""Depots: finished parts of an output, and the output that they become, on a file system or at an address."""

from contextlib import AbstractContextManager
from pathlib import Path

from instit_tools.depots import local
from instit_tools.depots.base import Depot

__all__ = ["opened", "part"]


def opened(out: str, *, replaces: frozenset[str] | None = None) -> AbstractContextManager[Depot]:
    """Have the depot of the output *out* for this run alone; *replaces* names the files in it that may go.

    Raises `OutputError` when another run has it, or *out* holds anything else.
    """
    return local.opened(Path(out), replaces=replaces)


def part(address: str, key: str) -> AbstractContextManager[Path]:
    """Yield a folder to write the part *key* of the depot at *address* into; kept only if the block succeeds."""
    return local.part(Path(address), key)
