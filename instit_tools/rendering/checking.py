"""What is wrong with a style file: one place in it and one sentence, in the words of the file and not of its schema."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jsonschema import ValidationError

__all__ = ["fault"]

_COLORS = frozenset({"ink", "paper"})


def fault(tree: Mapping[str, Any]) -> tuple[str, str] | None:
    """Give the place and the fault of the style in *tree*; ``None`` where it has none.

    A key that nobody knows comes first: most often it is one that is missed, misspelt.
    """
    from jsonschema import Draft202012Validator

    from instit_tools.schemas import schema

    errors = sorted(Draft202012Validator(schema("style")).iter_errors(tree), key=_importance)
    if errors:
        return _place(errors[0].absolute_path), _worded(errors[0])
    return next(_odd_numbers(tree, ()), None)


def _importance(error: "ValidationError") -> tuple[bool, int]:
    return error.validator != "additionalProperties", len(error.absolute_path)


def _worded(error: "ValidationError") -> str:
    if error.validator == "additionalProperties":
        known = list(cast("Mapping[str, Any]", error.schema)["properties"])
        name = next(key for key in cast("Mapping[str, Any]", error.instance) if key not in known)
        close = difflib.get_close_matches(name, known, n=1)
        return f"{name!r} is unknown" + (
            f", did you mean {close[0]!r}?" if close else f": there are {', '.join(known)}"
        )
    if error.validator == "pattern" or _COLORS.intersection(error.absolute_path):
        return f"{error.instance!r} is no color such as '#e6194b'"
    if error.validator == "anyOf":
        return f"{error.instance!r} is neither a number nor one or two pairs of a side and a size"
    return error.message


def _odd_numbers(tree: object, path: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    """Find what no schema does: numbers that are none, and two sizes for one side."""
    children: Iterable[tuple[str | int, object]] = ()
    if isinstance(tree, Mapping):
        children = tree.items()
    elif isinstance(tree, list):
        children = enumerate(tree)
    for step, child in children:
        yield from _odd_numbers(child, (*path, step))
    if isinstance(tree, float) and math.isnan(tree):
        yield _place(path), "is no number"
    match tree:
        case [[one, small], [other, large]] if one == other and small != large:
            yield _place(path), f"has two sizes for the side {one}"


def _place(path: Iterable[str | int]) -> str:
    """Write a place as in the file: ``label.size[0]``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".") or "the file"
