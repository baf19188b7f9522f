"""Paths that files of a dataset or of a site can name."""

import os
from collections.abc import Iterable

from instit_tools.errors import UsageError

__all__ = ["refuse_unnameable"]


def refuse_unnameable(paths: Iterable[str], what: str = "dataset") -> None:
    """Raise `UsageError` for the first of *paths* that a *what* cannot name: an empty one, or no printable UTF-8."""
    for path in paths:
        whole = os.path.abspath(path)  # noqa: PTH100  # as written into files: not resolved
        if not path or whole != whole.encode(errors="replace").decode() or not whole.isprintable():
            message = f"{path!r} is no path that a {what} can name" if path else "a path is empty"
            raise UsageError(message, hint="paths are UTF-8, without control characters")
