"""What a person may have meant by the name of a record that is none."""

import difflib
from collections.abc import Sequence

__all__ = ["nearby"]

_MOST = 3
_ALIKE = 0.6


def nearby(name: str, ids: Sequence[str], paths: Sequence[str]) -> str:
    """Name what is nearest: ids by their number, or ids and last parts of paths by their letters; else what there is.

    >>> nearby("8", ["1", "7", "10"], [])
    'nearest are 7, 10, 1'
    """
    if name.isdecimal() and (numbers := sorted({int(each) for each in ids if each.isdecimal()})):
        near = sorted(numbers, key=lambda number: abs(number - int(name)))[:_MOST]
        return f"nearest are {', '.join(map(str, near))}"
    known = dict.fromkeys((*ids, *(path.rpartition("/")[2] for path in paths)))
    close = difflib.get_close_matches(name.rpartition("/")[2], list(known), n=_MOST, cutoff=_ALIKE)
    if close:
        return f"did you mean {', '.join(close)}?"
    first, more = list(known)[:_MOST], len(known) - _MOST
    return f"there are {', '.join(first)}" + (f" and {more:,} more" if more > 0 else "")
