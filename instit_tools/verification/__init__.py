"""Checks of finished datasets by the rules of whoever reads them. One module a reader; the folder is the registry."""

import difflib
import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from instit_tools.errors import UsageError
from instit_tools.verification.base import Check

__all__ = ["available", "load"]


@cache
def available() -> tuple[str, ...]:
    """Name every reader whose rules are known."""
    found = (module.name for module in pkgutil.iter_modules(__path__) if module.name not in {"base", "run"})
    return tuple(sorted(name.replace("_", "-") for name in found))


def load(name: str) -> Check:
    """Import the rules of the reader called *name*; raise `UsageError` when there are none."""
    module = name.replace(".", "-").replace("-", "_")
    if module.replace("_", "-") not in available():
        close = difflib.get_close_matches(name, available(), n=1)
        message = f"there are no rules for {name!r}"
        raise UsageError(message, hint=f"did you mean {close[0]}?" if close else f"choose {', '.join(available())}")
    return cast("Check", import_module(f"{__name__}.{module}"))
