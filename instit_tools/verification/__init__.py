"""Checks of finished datasets by the rules of whoever reads them. One module a reader; the folder is the registry."""

import re
from functools import cache
from importlib import import_module
from typing import cast

from instit_tools.errors import UsageError
from instit_tools.registry import hint, modules
from instit_tools.verification.base import Check

__all__ = ["available", "load"]


@cache
def available() -> tuple[str, ...]:
    """Name every reader whose rules are known; a number in a name has its dot as an underscore in the module's."""
    found = modules(__path__, beside=frozenset({"base", "fetched", "media", "regions", "rows", "run"}))
    return tuple(re.sub(r"([0-9])-([0-9])", r"\1.\2", name) for name in found)


def load(name: str) -> Check:
    """Import the rules of the reader called *name*; raise `UsageError` when there are none."""
    if name not in available():
        message = f"there are no rules for {name!r}"
        raise UsageError(message, hint=hint(name, available()))
    return cast("Check", import_module(f"{__name__}.{name.replace('.', '_').replace('-', '_')}"))
