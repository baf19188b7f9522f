"""A folder of modules as a registry, and a hint for a name that is in none."""

import pkgutil
from collections.abc import Iterable, Sequence

__all__ = ["hint", "modules"]


def modules(path: Iterable[str], *, beside: frozenset[str]) -> tuple[str, ...]:
    """Name the modules of a package by its ``__path__``, importing none; *beside* are those that are no entries."""
    found = (module.name for module in pkgutil.iter_modules(path) if module.name not in beside)
    return tuple(sorted(name.replace("_", "-") for name in found))


def hint(name: str, known: Sequence[str], otherwise: str = "") -> str:
    """Suggest the one of *known* that *name* looks like, or list them all, with what else there is."""
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"choose {', '.join(known)}{otherwise}"
