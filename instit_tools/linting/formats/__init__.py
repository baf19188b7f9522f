"""Formats of a report for machines. One module each; listing this folder is the registry."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from instit_tools.errors import UsageError
from instit_tools.registry import hint, modules

if TYPE_CHECKING:
    from instit_tools.linting.formats.base import Format

__all__ = ["available", "load"]


@cache
def available() -> tuple[str, ...]:
    """Name every format, without importing what any of them needs."""
    return modules(__path__, beside=frozenset({"base"}))


def load(name: str) -> "Format":
    """Import the format called *name*; raise `UsageError` when there is none."""
    if name not in available():
        message = f"there is no format {name!r}"
        raise UsageError(message, hint=hint(name, ("text", *available())))
    return cast("Format", import_module(f"{__name__}.{name.replace('-', '_')}"))
