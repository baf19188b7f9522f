"""Options of functions, checked as the command line checks its own: a wrong one never means something else."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Struct

from instit_tools.bench.asking.endpoint import OPENAI, Endpoint
from instit_tools.bench.asking.pace import Limits
from instit_tools.bench.asking.service import Service
from instit_tools.errors import UsageError

__all__ = ["checked", "one_of", "service"]

T = TypeVar("T", bound=Struct)
_LEAST = {
    "attempts": 1,
    "concurrency": 1,
    "limit": 1,
    "max_frames": 1,
    "max_side": 16,
    "max_tokens": 1,
    "requests_a_minute": 1,
    "seed": 0,
    "tokens_a_minute": 1,
}
_SHARED = {"model", "url", "name", "endpoint", "limits"}
"""Fields that a caller gives in other ways."""


def checked(kind: type[T], given: Mapping[str, Any]) -> T:
    """Make *kind* of what is *given*; raise `UsageError` for a value of another type, or too small."""
    for name, least in _LEAST.items():
        value = given.get(name)
        if isinstance(value, int | float) and value < least:
            raise UsageError(f"{name}: {value} is less than {least}")
    try:
        return msgspec.convert(given, kind, dec_hook=_path)
    except msgspec.ValidationError as error:
        message, _, field = str(error).partition(" - at ")
        where = field.strip("`").removeprefix("$.").rpartition(".")[2]
        choices = get_args(get_type_hints(kind).get(where)) if "enum" in message else ()
        hint = f"choose {', '.join(map(str, choices))}" if choices else None
        raise UsageError(f"{where}: {message[0].lower()}{message[1:]}", hint=hint) from error


def one_of(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    """Raise `UsageError` where *value*, if there is any, is none of the *choices* of the option *name*."""
    if value is not None and value not in choices:
        raise UsageError(f"{name}: there is no {value!r}", hint=f"choose {', '.join(choices)}")


def service(model: str, endpoint: str | None, asking: Mapping[str, Any]) -> dict[str, Any]:
    """Share *asking* out among whom is asked, how hard, and for how much; the environment may name the endpoint.

    Raises `UsageError` for an option that there is not.
    """
    taken: dict[type[Struct], dict[str, Any]] = {kind: {} for kind in (Endpoint, Limits, Service)}
    known = {field: kind for kind in taken for field in kind.__struct_fields__ if field not in _SHARED}
    for option, value in asking.items():
        if option != "called" and option not in known:
            raise UsageError(f"there is no option {option!r}", hint=f"there are called, {', '.join(known)}")
        if option == "called":
            taken[Endpoint]["name"] = value
        else:
            taken[known[option]][option] = value
    for kind, fields in taken.items():
        if kind is Limits:
            checked(Limits, fields)
    url = endpoint or os.environ.get("OPENAI_BASE_URL") or OPENAI
    return {"endpoint": {"model": model, "url": url, **taken[Endpoint]}, "limits": taken[Limits], **taken[Service]}


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    raise NotImplementedError
