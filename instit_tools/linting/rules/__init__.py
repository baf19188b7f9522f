"""The rules. One module a rule or a small family of them; listing this folder is the registry.

A module has ``FAMILY`` and ``RULES``. What it does is in functions that it may have or not:

- ``check(view) -> Iterator[Finding]`` looks at one record by itself;
- ``note(view) -> Iterator[Noted]`` says what is to be remembered of a record, and ``Across``, a `Judge`, is told it and
  judges records by others: both or none.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from types import ModuleType

from instit_tools.errors import UsageError
from instit_tools.linting.base import Judge, Rule, Severity
from instit_tools.registry import modules

__all__ = ["chosen", "every", "families", "family_of", "judges", "loaded", "one", "severities"]


@cache
def loaded() -> tuple[ModuleType, ...]:
    """Import every module of rules; none of them imports anything heavy by itself."""
    names = modules(__path__, beside=frozenset())
    return tuple(import_module(f"{__name__}.{name.replace('-', '_')}") for name in names)


def judges() -> dict[str, Judge]:
    """Start every judge, by the name of its module."""
    return {module.__name__: module.Across() for module in loaded() if hasattr(module, "Across")}


@cache
def every() -> Mapping[str, Rule]:
    """Give all rules by code, those of a family together."""
    found = sorted(loaded(), key=lambda module: (_ORDER.index(module.FAMILY), module.__name__))
    return {rule.code: rule for module in found for rule in module.RULES}


@cache
def families() -> Mapping[str, tuple[str, ...]]:
    """Give the codes of each family."""
    found: dict[str, list[str]] = {name: [] for name in _ORDER}
    for module in loaded():
        found[module.FAMILY] += [rule.code for rule in module.RULES]
    return {name: tuple(code for code in every() if code in codes) for name, codes in found.items()}


def family_of(code: str) -> str:
    """Name the family of the rule called *code*."""
    return next(name for name, codes in families().items() if code in codes)


def severities(counts: Mapping[str, int]) -> dict[Severity, int]:
    """Count by severity what is counted by code."""
    found: dict[Severity, int] = {"error": 0, "warning": 0, "note": 0}
    for code, count in counts.items():
        found[every()[code].severity] += count
    return found


def one(code: str) -> Rule:
    """Give the rule called *code*; raise `UsageError` when there is none."""
    if code not in every():
        message = f"there is no rule {code!r}"
        raise UsageError(message, hint=_hint(code))
    return every()[code]


def chosen(select: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
    """Give the codes that *select* names (all, where it names none) and *ignore* does not.

    A name is a code, a family, ``all``, or a pattern such as ``id-*``. Raises `UsageError` for one that means no rule.
    """
    wanted = frozenset(code for name in select for code in _meant(name)) or frozenset(every())
    return wanted - frozenset(code for name in ignore for code in _meant(name))


def _meant(name: str) -> Iterator[str]:
    if name == "all":
        yield from every()
        return
    found = families().get(name) or tuple(code for code in every() if fnmatchcase(code, name))
    if not found:
        message = f"{name!r} is no rule, no family of rules and no pattern that fits one"
        raise UsageError(message, hint=_hint(name))
    yield from found


def _hint(name: str) -> str:
    close = difflib.get_close_matches(name, [*every(), *families()], n=1)
    return f"did you mean {close[0]}?" if close else "instit-tools rules lists them all"


_ORDER = ("shape", "references", "frames", "text", "masks", "media", "bench", "leaks", "datasets")
