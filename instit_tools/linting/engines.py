"""Says whether a tree fits one of the JSON Schemas, and where it does not: two engines, one verdict.

``jsonschema-rs`` answers where it is installed, some hundred times faster than the reference, ``jsonschema``, which
answers else and finds what is wrong in either case. Where they would differ, they are made to agree: ``$`` in a pattern
is the end of the text and not also the place before a last line feed, and a tree with a text that is no Unicode (a lone
surrogate) or a value that no JSON file gives (bytes) is left to the reference.

What does not come out of a JSON parser is not looked at: tuples, keys that are no strings, integers of more than 4300
digits. ``NaN`` is no integer to both.

One thing the schemas cannot say: ``1.0`` is an integer in JSON Schema, so they take it for a timestamp, an id or a
height, while the typed reader refuses it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from msgspec import Struct

from instit_tools import schemas

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["Engine", "Fault", "Fits", "engine", "faults", "fits"]

Engine = Literal["fast", "reference"]
_PUBLISHED = frozenset({"bench-item", "image-record", "video-record"})
_LONGEST = 40
_WORD = re.compile(r"[A-Za-z_]\w*")


class Fault(Struct, frozen=True):
    """One place where a tree does not fit: *path* leads there, *keyword* is what the schema asks for there."""

    path: tuple[str | int, ...]
    keyword: str
    message: str


class Fits(Protocol):
    """The check against one schema."""

    def __call__(self, tree: object, /) -> bool:
        """Say whether *tree*, as a JSON parser gives it, fits."""


def engine() -> str:
    """Name the engine that answers, and its version."""
    from importlib.metadata import version

    name = "jsonschema" if _fast_validators() is None else "jsonschema-rs"
    return f"{name} {version(name)}"


@cache
def fits(name: str, *, engine: Engine | None = None) -> Fits:
    """Give the check against the schema called *name*, by the fast engine where there is one.

    Raises `ImportError` when *engine* asks for the fast one and it is not installed.
    """
    reference = _reference(name)
    fast = None if engine == "reference" else _fast_validators()
    if fast is None:
        if engine == "fast":
            raise ImportError("jsonschema-rs is not installed")
        return reference
    is_valid = fast(schemas.schema(name)).is_valid

    def check(tree: object, /) -> bool:
        try:
            return bool(is_valid(tree))
        except ValueError:  # no Unicode or no JSON somewhere in it
            return reference(tree)

    return check


def faults(name: str, tree: object) -> list[Fault]:
    """List the places where *tree* does not fit the schema called *name*, in order; none where it fits."""
    unknown = "nobody published" if name in _PUBLISHED else "has no place there"
    try:
        found = [
            fault for error in _validator(name).iter_errors(cast("Any", tree)) for fault in _faults(error, unknown)
        ]
    except RecursionError:
        return [_TOO_DEEP]
    places = {(fault.path, fault.keyword) for fault in found}
    kept = [fault for fault in found if (fault.path, _CLEARER.get(fault.keyword)) not in places]
    return sorted(dict.fromkeys(kept), key=_order)


_CLEARER = {"enum": "const", "oneOf": "type"}
"""What says the same of a place in a clearer way."""

_TOO_DEEP = Fault((), "type", "holds lists or objects, nested too deeply to be shown, where none is expected")


def _fast_validators() -> "Callable[[dict[str, Any]], Any] | None":
    try:
        import jsonschema_rs
    except ImportError:
        return None
    return jsonschema_rs.Draft202012Validator


def _reference(name: str) -> Fits:
    validator = _validator(name)

    def check(tree: object, /) -> bool:
        try:
            return validator.is_valid(cast("Any", tree))
        except RecursionError:  # no schema is recursive: only wording what is wrong goes as deep as the tree
            return False

    return check


@cache
def _validator(name: str) -> "Validator":
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    kind: type[Validator] = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    return kind(schemas.schema(name))


def _pattern(_self: object, pattern: str, instance: object, _schema: object) -> "Iterator[ValidationError]":
    from jsonschema.exceptions import ValidationError

    ended = re.sub(r"\$$", r"\\Z", pattern)  # Python's $ lets a line feed follow
    if isinstance(instance, str) and not re.search(ended, instance):
        yield ValidationError(f"does not match {pattern}")


def _faults(error: "ValidationError", unknown: str) -> Iterator[Fault]:
    """Word *error*, or instead of a choice that nothing met those of the branch that comes nearest."""
    path, keyword = tuple(error.absolute_path), str(error.validator)
    value: Any = error.instance
    asked: Any = error.validator_value
    match keyword:
        case "additionalProperties":
            known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
            for key in value:
                if key not in known:
                    yield Fault((*path, key), keyword, f"holds a key that {unknown}: {_key(key)}")
        case "required":
            for key in asked:
                if key not in value:
                    yield Fault(path, keyword, f"has no {key}")
        case "anyOf" | "oneOf":
            yield from _choice(error, path, unknown)
        case _:
            wording = _WORDINGS.get(keyword, _unfit)
            yield Fault(path, keyword, _subject(path) + wording(value, asked))


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
            yield from _faults(inner, unknown)
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


def _order(fault: Fault) -> tuple[object, ...]:
    """Sort by path, list indices as numbers, and within a place by keyword and words."""
    steps = [(0, step, "") if isinstance(step, int) else (1, 0, step) for step in fault.path]
    return (steps, fault.keyword, fault.message)
