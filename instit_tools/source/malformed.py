"""What is wrong with a record that is no strict JSON, in words: which field, where a more lenient reader can tell."""

import json
import math
from collections.abc import Iterator

__all__ = ["malformed"]


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def malformed(raw: bytes, error: Exception) -> str:
    r"""Say what is wrong with the record *raw*, which a strict reader refused with *error*.

    >>> print(malformed(b'{"image_id": 1e999}', ValueError()))
    not well-formed JSON: image_id holds 1e999, which is no number that a reader can hold
    >>> print(malformed(rb'{"a": ["\ud800"]}', ValueError()))
    not well-formed JSON: a[0] holds \ud800, half a character
    """
    try:
        tree = json.loads(raw, parse_float=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        return f"not well-formed JSON: {error}"
    return f"not well-formed JSON: {next(_faults(tree), error)}"


def _faults(tree: object) -> Iterator[str]:
    """Look through a tree, without recursion, in the order of the text."""
    left: list[tuple[str, object]] = [("", tree)]
    while left:
        field, value = left.pop()
        if fault := _fault(value):
            yield f"{field or 'it'} {fault}"
        left += reversed(_inside(field, value))


def _fault(value: object) -> str | None:
    if isinstance(value, _Number):
        return None if math.isfinite(float(value)) else f"holds {value:.20}, which is no number that a reader can hold"
    texts = [value] if isinstance(value, str) else value if isinstance(value, dict) else ()
    half = next(filter(None, map(_half, texts)), None)
    return half and f"holds {half}, half a character{', in a key' if isinstance(value, dict) else ''}"


def _inside(field: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [(f"{field}.{key}".removeprefix("."), inner) for key, inner in value.items()]
    return [(f"{field}[{index}]", inner) for index, inner in enumerate(value)] if isinstance(value, list) else []


def _half(text: str) -> str | None:
    """Write the first half of a character in *text* as an escape, if there is one."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return ascii(text[error.start])[1:-1]
    return None
