"""What is wrong where a tree does not fit a schema, in words: one sentence fragment for each place."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

__all__ = ["Fault", "worded"]

_LONGEST = 40
_WORD = re.compile(r"[A-Za-z_]\w*")


class Fault(Struct, frozen=True):
    """One place where a tree does not fit: *path* leads there, *keyword* is what the schema asks for there.

    *meant* is the published key that an unknown one looks like, if its place is free and no other looks more like it.
    """

    path: tuple[str | int, ...]
    keyword: str
    message: str
    meant: str | None = None


def worded(error: "ValidationError", unknown: str) -> Iterator[Fault]:
    """Word *error*, or instead of a choice that nothing met those of the branch that comes nearest."""
    path, keyword = tuple(error.absolute_path), str(error.validator)
    value: Any = error.instance
    asked: Any = error.validator_value
    match keyword:
        case "additionalProperties":
            known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
            strange = [key for key in value if key not in known]
            meant = _meant(strange, [each for each in known if each not in value])
            for key in strange:
                guess = f"; did you mean {meant[key]}?" if key in meant else ""
                yield Fault((*path, key), keyword, f"holds a key that {unknown}: {_key(key)}{guess}", meant.get(key))
        case "required":
            for key in asked:
                if key not in value:
                    yield Fault(path, keyword, f"has no {key}")
        case "anyOf" | "oneOf":
            yield from _choice(error, path, unknown)
        case _:
            wording = _WORDINGS.get(keyword, _unfit)
            yield Fault(path, keyword, _subject(path) + wording(value, asked))


def _meant(strange: Iterable[str], free: Sequence[str]) -> Mapping[str, str]:
    """Guess which of the *free* names each key means; of several keys that look like one name, the nearest has it."""
    pairs = [
        (SequenceMatcher(None, name, key).ratio(), key, name)
        for key in strange
        for name in get_close_matches(key, free, n=len(free) or 1)
    ]
    meant: dict[str, str] = {}
    for _, key, name in sorted(pairs, key=lambda pair: -pair[0]):  # of equals, the first in the text
        if key not in meant and name not in meant.values():
            meant[key] = name
    return meant


def _choice(error: "ValidationError", path: tuple[str | int, ...], unknown: str) -> Iterator[Fault]:
    keyword, value = str(error.validator), error.instance
    asked: Any = error.validator_value
    branches: dict[object, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    if isinstance(value, dict) and all(branch.keys() == {"required"} for branch in asked):
        keys = [key for branch in asked for key in branch["required"]]
        some = [key for key in keys if key in value]
        yield Fault(path, keyword, f"has both {_listed(some, 'and')}" if some else f"has no {_listed(keys, 'and no')}")
    elif len(branches) == len(asked):
        for inner in min(branches.values(), key=_distance):
            yield from worded(inner, unknown)
    else:
        yield Fault(path, keyword, f"{_subject(path)}fits several shapes, of which it may have one")


def _distance(errors: Sequence["ValidationError"]) -> tuple[int, int]:
    """Tell how far a branch is from fitting: one of another type is farther than one that is wrong within."""
    return (min(-len(error.path) for error in errors), len(errors))


def _type(value: object, asked: str | Sequence[str]) -> str:
    kinds = [asked] if isinstance(asked, str) else asked
    return f"is {_kind(value)} where {_listed((_NAMES[kind] for kind in kinds), 'or')} is expected"


def _enum(value: object, asked: Iterable[object]) -> str:
    return f"is {_shown(value)} where {_listed(map(_shown, asked), 'or')} is expected"


def _number_of(value: Sequence[object], asked: int, how: str) -> str:
    elements = "1 element" if len(value) == 1 else f"{len(value)} elements"
    return f"has {elements} where {how} {asked} {'is' if asked == 1 else 'are'} expected"


def _unfit(value: object, _asked: object) -> str:
    return f"is {_shown(value)}, which the schema does not allow"


_WORDINGS: Mapping[str, Callable[[Any, Any], str]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda value, asked: _enum(value, [asked]),
    "minimum": lambda value, asked: f"is {_shown(value)} where at least {asked} is expected",
    "minItems": lambda value, asked: _number_of(value, asked, "at least"),
    "maxItems": lambda value, asked: _number_of(value, asked, "at most"),
    "pattern": lambda value, asked: f"is {_shown(value)}, which does not match {asked}",
}


def _subject(path: Sequence[str | int]) -> str:
    """Name the place by its last key, ``size[0]`` or ``instance_level "3"``, a space after it; no name for the root."""
    steps = list(path)
    indices = ""
    while steps and isinstance(steps[-1], int):
        indices = f"[{steps.pop()}]{indices}"
    if not steps:
        return f"element {indices} " if indices else ""
    key = str(steps.pop())
    parents = [step for step in steps if isinstance(step, str) and _WORD.fullmatch(step)]
    names = [] if _WORD.fullmatch(key) else parents[-1:]
    return f"{' '.join([*names, _key(key)])}{indices} "


_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


_TYPES = {type(None): "null", str: "a string", int: "an integer", list: "a list", dict: "an object"}


def _kind(value: object) -> str:
    if isinstance(value, bool | float):
        return _shown(value)
    return _TYPES.get(type(value), f"a Python {type(value).__name__}")


def _shown(value: object) -> str:
    """Write *value* as JSON, shortened."""
    if isinstance(value, str):
        written = json.dumps(_short(value), ensure_ascii=False)
        return written if written.isprintable() else json.dumps(_short(value))
    if value is None or isinstance(value, bool | int | float):
        return _short(json.dumps(value))
    return _kind(value)


def _key(key: str) -> str:
    return _short(key) if _WORD.fullmatch(key) else _shown(key)


def _short(string: str) -> str:
    return string if len(string) <= _LONGEST else f"{string[: _LONGEST - 3]}..."


def _listed(words: Iterable[str], last: str) -> str:
    *others, final = words
    return f"{', '.join(others)} {last} {final}" if others else final
