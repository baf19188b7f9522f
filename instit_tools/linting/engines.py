"""Says whether a tree fits one of the JSON Schemas, and where it does not: two engines, one verdict.

``jsonschema-rs`` answers where it is installed, some hundred times faster than the reference, ``jsonschema``, which
answers else and finds what is wrong in either case. Where they would differ, they are made to agree: ``$`` in a pattern
is the end of the text and not also the place before a last line feed, and a tree with a text that is no Unicode (a lone
surrogate) or a value that no JSON file gives (bytes) is left to the reference.

What does not come out of a JSON parser is not looked at: tuples, keys that are no strings, integers of more than 4300
digits. ``NaN`` and the infinities, which JSON has none of, are no numbers to both.

One thing the schemas cannot say: ``1.0`` is an integer in JSON Schema, so they take it for a timestamp, an id or a
height, while the typed reader refuses it.
"""

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from instit_tools import schemas
from instit_tools.linting.faults import Fault, worded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["Engine", "Fault", "Fits", "engine", "faults", "fits"]

Engine = Literal["fast", "reference"]
_PUBLISHED = frozenset({"bench-item", "image-record", "video-record"})


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
        found = [fault for error in _validator(name).iter_errors(cast("Any", tree)) for fault in worded(error, unknown)]
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

    types = Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number)
    kind: type[Validator] = extend(Draft202012Validator, {"pattern": _pattern}, type_checker=types)  # type: ignore[no-untyped-call]
    return kind(schemas.schema(name))


def _is_number(_checker: object, instance: object) -> bool:
    whole = isinstance(instance, int) and not isinstance(instance, bool)
    return whole or (isinstance(instance, float) and math.isfinite(instance))


def _pattern(_self: object, pattern: str, instance: object, _schema: object) -> "Iterator[ValidationError]":
    from jsonschema.exceptions import ValidationError

    ended = re.sub(r"\$$", r"\\Z", pattern)  # Python's $ lets a line feed follow
    if isinstance(instance, str) and not re.search(ended, instance):
        yield ValidationError(f"does not match {pattern}")


def _order(fault: Fault) -> tuple[object, ...]:
    """Sort by path, list indices as numbers, and within a place by keyword and words."""
    steps = [(0, step, "") if isinstance(step, int) else (1, 0, step) for step in fault.path]
    return (steps, fault.keyword, fault.message)
