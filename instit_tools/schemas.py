"""Finds the JSON Schemas that ship with the package: beside it in a checkout, inside it when installed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["names", "schema"]

_PACKAGE = Path(__file__).parent
_FOLDER = next(path for path in (_PACKAGE / "_schemas", _PACKAGE.parent / "schemas") if path.is_dir())
_SUFFIX = ".schema.json"


def names() -> list[str]:
    """List the schemas by name."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _FOLDER.glob(f"*{_SUFFIX}"))


@cache
def schema(name: str) -> dict[str, Any]:
    """Load one schema."""
    loaded: dict[str, Any] = json.loads((_FOLDER / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))
    return loaded
