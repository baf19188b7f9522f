r"""The elements of a JSON array in which some element holds what no reader takes, though it is clear where it ends.

``msgspec`` refuses the whole array for half a character (``"\ud800"``) or for nesting too deep in one element.
Brackets and quotes still say where each element ends, so the fault is that element's alone. An array with any other
fault, in which they may not be trusted, is not taken apart here.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

if TYPE_CHECKING:
    import mmap

__all__ = ["raws"]

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|([\[{])|([\]}])', re.DOTALL)
_OPEN, _CLOSE = 1, 2
_FIRST_GAP, _GAP, _LAST_GAP = re.compile(rb"\s*\[\s*"), re.compile(rb"\s*,\s*"), re.compile(rb"\s*\]\s*")
_INSIDE_A_STRING = ("surrogate", "escape")
_LOOKS_AHEAD = 16
"""After one half of a character ``msgspec`` looks for the other, and says "truncated" where the data end before it."""


def raws(data: "bytes | mmap.mmap", start: int, fault: Exception) -> list[Raw] | None:
    """Give the elements of the array in *data* from *start* on, of which one has the *fault* that a reader found.

    ``None`` where there may be other faults: elements that are neither object nor array, or not set apart by commas.
    """
    if not _is_inside(fault) and b"\\u" not in data[-_LOOKS_AHEAD:]:
        return None
    spans = list(_spans(data, start))
    if not spans or not _fit(data, start, spans):
        return None
    view = memoryview(data)
    found = [Raw(view[first:stop]) for first, stop in spans]
    return found if all(map(_is_whole, found)) else None


def _spans(data: "bytes | mmap.mmap", start: int) -> Iterator[tuple[int, int]]:
    """Yield where the objects and arrays directly in the array begin and end."""
    depth = first = 0
    for match in _TOKEN.finditer(data, start):
        if match.lastindex == _OPEN:
            depth += 1
            if depth == 2:  # noqa: PLR2004  # an element of the array
                first = match.start()
        elif match.lastindex == _CLOSE:
            depth -= 1
            if depth == 0:
                return
            if depth == 1:
                yield first, match.end()


def _fit(data: "bytes | mmap.mmap", start: int, spans: list[tuple[int, int]]) -> bool:
    """Say whether nothing but commas and white space stands between the elements, and the array's brackets around."""
    gap, place = _FIRST_GAP, start
    for first, stop in spans:
        if not gap.fullmatch(data, place, first):
            return False
        gap, place = _GAP, stop
    return _LAST_GAP.fullmatch(data, place) is not None


def _is_whole(element: Raw) -> bool:
    """Say whether an element is JSON but for what is inside a string of it, or too deep."""
    try:
        msgspec.json.decode(element, type=Raw)
    except RecursionError:
        return True
    except msgspec.DecodeError:
        return _is_whole_but_for_a_string(element)
    return True


def _is_whole_but_for_a_string(element: Raw) -> bool:
    try:
        msgspec.json.decode(bytes(element) + b" " * _LOOKS_AHEAD, type=Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return _is_inside(error)
    return True


def _is_inside(fault: Exception) -> bool:
    return isinstance(fault, RecursionError) or any(word in str(fault) for word in _INSIDE_A_STRING)
