"""Targets: what a trainer reads. One module each; listing this folder is the registry."""

from functools import cache
from importlib import import_module
from typing import Any, cast

from instit_tools.errors import UsageError
from instit_tools.registry import hint, modules
from instit_tools.targets.base import Target

__all__ = ["RENDER", "available", "load", "offered"]

RENDER = "render"
"""The target of the command of that name: marked pictures, which no trainer reads as they are."""


@cache
def available() -> tuple[str, ...]:
    """Name every target, without importing the libraries behind any of them."""
    return modules(__path__, beside=frozenset({"base", "packing", RENDER}))


def offered(name: str) -> str:
    """Give *name* back if `convert` writes it; raise `UsageError` when there is no such target."""
    if name not in available():
        message = f"there is no target {name!r}"
        raise UsageError(message, hint=hint(name, available()))
    return name


def load(name: str) -> Target[Any]:
    """Import the target called *name*; raise `UsageError` when there is none."""
    if name != RENDER:
        offered(name)
    return cast("Target[Any]", import_module(f"{__name__}.{name.replace('-', '_')}"))
