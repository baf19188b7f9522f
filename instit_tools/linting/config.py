"""Settings of the linter that a project keeps in a file, as the command line would name them.

The nearest ``instit.toml``, or ``pyproject.toml`` with a table ``[tool.instit-tools]``, going up from the working
directory, is taken alone: files are not merged. What the command line says wins over it, key by key. Globs of
``per-file-ignores`` are seen from the folder of the file, and without a slash they mean names of files anywhere.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from instit_tools.errors import UsageError
from instit_tools.linting.rules import chosen
from instit_tools.linting.settings import anchored
from instit_tools.registry import hint

__all__ = ["Config", "load", "nearest"]

_OWN, _SHARED, _TABLE = "instit.toml", "pyproject.toml", "instit-tools"


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What a file may say; each key means what the option of its name means."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    strict: bool = False
    max_problems: int | None = None
    per_file_ignores: Mapping[str, tuple[str, ...]] = {}


_DUE = {
    "select": 'a list of rules or families, such as ["references", "text-empty"]',
    "ignore": 'a list of rules or families, such as ["references", "text-empty"]',
    "strict": "true or false",
    "max-problems": "a whole number from 0",
    "per-file-ignores": 'a table of lists, such as {"old/*.json" = ["text-empty"]}',
}


def nearest(folder: Path) -> Config:
    """Load what holds for *folder*: the nearest file there or above, or nothing but defaults."""
    for above in (folder, *folder.parents):
        if (above / _OWN).is_file():
            return load(above / _OWN)
        if (above / _SHARED).is_file() and _table(above / _SHARED) is not None:
            return load(above / _SHARED)
    return Config()


def load(path: Path) -> Config:
    """Load the file at *path*; raise `UsageError`, which names the file and the key, when it does not say what it may.

    Of a file called ``pyproject.toml`` its table is read, of every other the whole.
    """
    table = _table(path)
    if table is None:
        message = f"{path} has no table [tool.{_TABLE}]"
        raise UsageError(message, hint="add it, or name another file after --config")
    _check_keys(table, path)
    config = msgspec.convert(table, Config)
    _check_rules(config, path)
    return msgspec.structs.replace(config, per_file_ignores=_anchored(config.per_file_ignores, path))


def _anchored(ignores: Mapping[str, tuple[str, ...]], path: Path) -> Mapping[str, tuple[str, ...]]:
    """Let globs with a slash begin in the folder of the file that says them, from wherever it is read."""
    folder = str(path.parent.resolve())
    found: dict[str, tuple[str, ...]] = {}
    for pattern, codes in ignores.items():
        place = anchored(pattern, folder)
        found[place] = found.get(place, ()) + codes
    return found


def _table(path: Path) -> dict[str, Any] | None:
    tree = _parsed(path)
    if path.name != _SHARED:
        return tree
    tools = tree.get("tool", {})
    if not isinstance(tools, dict) or _TABLE not in tools:
        return None
    table = tools[_TABLE]
    if not isinstance(table, dict):
        message = f"{path}: tool.{_TABLE} must be a table"
        raise UsageError(message, hint=f"write [tool.{_TABLE}] on a line of its own, and the keys below it")
    return table


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is not valid TOML: {error}"
        raise UsageError(message, hint="mend it, or name another file after --config") from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise UsageError(message, hint="--config names a TOML file") from error


def _check_keys(table: dict[str, Any], path: Path) -> None:
    kinds = {each.encode_name: each.type for each in msgspec.structs.fields(Config)}
    for key, value in table.items():
        if key not in kinds:
            message = f"{path}: {key}: there is no such key"
            raise UsageError(message, hint=hint(key, tuple(kinds)))
        try:
            msgspec.convert(value, kinds[key])
            fits = not (key == "max-problems" and value < 0)
        except msgspec.ValidationError:
            fits = False
        if not fits:
            message = f"{path}: {key} must be {_DUE[key]}"
            raise UsageError(message, hint=f"remove {key}, or write what it must be")


def _check_rules(config: Config, path: Path) -> None:
    named = {"select": config.select or (), "ignore": config.ignore or ()}
    named |= {f"per-file-ignores.{pattern!r}": names for pattern, names in config.per_file_ignores.items()}
    for key, names in named.items():
        try:
            chosen(names, ())
        except UsageError as error:
            raise error.at(f"{path}: {key}") from error
