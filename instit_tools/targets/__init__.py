"""Targets: what a trainer reads. One module each; listing this folder is the registry."""

import difflib
import pkgutil
from functools import cache
from importlib import import_module
from typing import Any, cast

from instit_tools.errors import UsageError
from instit_tools.targets.base import Target

__all__ = ["available", "load"]


@cache
def available() -> tuple[str, ...]:
    """Name every target, without importing the libraries behind any of them."""
    found = (module.name for module in pkgutil.iter_modules(__path__) if module.name != "base")
    return tuple(sorted(name.replace("_", "-") for name in found))


def load(name: str) -> Target[Any]:
    """Import the target called *name*; raise `UsageError` when there is none."""
    if name not in available():
        close = difflib.get_close_matches(name, available(), n=1)
        message = f"there is no target {name!r}"
        raise UsageError(message, hint=f"did you mean {close[0]}?" if close else f"choose {', '.join(available())}")
    return cast("Target[Any]", import_module(f"{__name__}.{name.replace('-', '_')}"))
