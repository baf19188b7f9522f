"""Masks as run-length codes, looked at without decoding them.

The published masks are COCO run lengths: ``size`` is ``[height, width]``, ``counts`` alternates background and
foreground runs in column order, as a list of integers or compressed to a text (six bits a character, each run from the
fourth on relative to the one two before; pycocotools/common/maskApi.c). A decoder trusts the runs: where they do not
sum to height times width it reads or writes memory that is not the mask's, so that is what is checked here.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Runs", "expanded", "lengths", "runs"]

_OFFSET, _PAYLOAD, _MORE, _SIGN = 48, 0x1F, 0x20, 0x10
_FIRST_RELATIVE = 3
_SIX_BITS = 63
_LONGEST = 7
"""Characters of the longest run that any encoder writes, of 32 bits; a code that goes on for longer is damaged."""
_MOST = 1 << 34
"""Pixels that no picture has; so nothing here can grow beyond 64 bits, where sums would come round again."""
_WORTH_ARRAYS = 1024
_SHORT = 256


class Runs(Struct, frozen=True):
    """What the runs of one mask say: pixels in all, pixels of the foreground, and whether each run is possible.

    Where one is not (a code that is none, a run below zero or beyond any picture), the numbers are 0. *gaps* says that
    a run other than the first has no pixel: no encoder writes such a run, and pycocotools makes a box of it.
    """

    total: int
    area: int
    sound: bool = True
    gaps: bool = False


def runs(codes: Sequence[str | Sequence[int]]) -> list[Runs]:
    """Add up the runs of many masks, each given as published, best all masks of a record at once."""
    if sum(len(code) for code in codes if isinstance(code, str)) <= _WORTH_ARRAYS:
        return [_added(expanded(code) if isinstance(code, str) else code) for code in codes]
    places = [place for place, code in enumerate(codes) if isinstance(code, str) and _is_code(code)]
    together = _added_together([cast("str", codes[place]) for place in places]) if places else []
    found = dict(zip(places, together, strict=True))
    return [found.get(place) or _added(None if isinstance(code, str) else code) for place, code in enumerate(codes)]


def _added(runs: Sequence[int] | None) -> Runs:
    if runs is None or not all(0 <= run <= _MOST for run in runs):
        return Runs(0, 0, sound=False)
    return Runs(sum(runs), sum(runs[1::2]), gaps=0 in runs[1:])


def expanded(code: str) -> list[int] | None:
    """Read the runs of a compressed code; ``None`` where it is none."""
    found: list[int] = []
    value = shift = 0
    for character in code.encode("utf-8", "replace") if _is_code(code) else b"~":
        bits = character - _OFFSET
        if not 0 <= bits <= _SIX_BITS or shift >= 5 * _LONGEST:
            return None
        value |= (bits & _PAYLOAD) << shift
        shift += 5
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        found.append(value + found[-2] if len(found) >= _FIRST_RELATIVE else value)
        value = shift = 0
    return found


def _is_code(code: str) -> bool:
    """Whether a code ends where a run ends; an empty one is a mask of no runs, which none is."""
    return bool(code) and code.isascii() and not (ord(code[-1]) - _OFFSET) & _MORE


def lengths(code: str) -> "NDArray[np.int64]":
    """Read the runs of a compressed code that is known to be sound."""
    import numpy as np

    if len(code) <= _SHORT:
        return np.array(expanded(code), np.int64)
    _, _, found = _spelled(np.frombuffer(code.encode("ascii"), np.uint8).astype(np.int64) - _OFFSET)
    for first in (1, 2):
        found[first::2] = np.cumsum(found[first::2])
    return found


def _added_together(codes: Sequence[str]) -> list[Runs]:
    """Add up many codes as `_added` does each, all characters at once; each code must end where a run ends.

    Runs are numbered in their mask. From the fourth on they are relative to the one two before, so the even ones (but
    for the first) and the odd ones are two chains, whose running sums are the runs themselves.
    """
    import numpy as np

    data = np.frombuffer("".join(codes).encode("ascii"), np.uint8).astype(np.int64) - _OFFSET
    stops = np.cumsum([len(code) for code in codes])
    starts, sizes, values = _spelled(data)
    mask = np.searchsorted(stops, starts, side="right")
    impossible = np.zeros(len(codes), bool)
    impossible[mask[sizes > _LONGEST]] = True
    impossible[np.searchsorted(stops, np.flatnonzero((data < 0) | (data > _SIX_BITS)), side="right")] = True
    number = np.arange(len(values)) - np.searchsorted(mask, np.arange(len(codes)))[mask]
    chain = 3 * mask + np.where(number == 0, 0, 1 + (number + 1) % 2)
    order = np.argsort(chain, kind="stable")
    first = np.flatnonzero(np.diff(chain[order], prepend=-1))
    summed = np.cumsum(values[order])
    base = summed[first] - values[order][first]
    found = summed - np.repeat(base, np.diff(first, append=len(summed)))
    sums = np.zeros((len(codes), 3), np.int64)
    sums.flat[chain[order][first]] = np.add.reduceat(found, first)
    impossible[mask[order][(found < 0) | (found > _MOST)]] = True
    gaps = np.zeros(len(codes), bool)
    gaps[mask[order][(found == 0) & (number[order] > 0)]] = True
    answers = zip(sums.sum(axis=1).tolist(), sums[:, 1].tolist(), (~impossible).tolist(), gaps.tolist(), strict=True)
    return [Runs(total, area, gaps=gap) if good else Runs(0, 0, sound=False) for total, area, good, gap in answers]


def _spelled(data: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]":
    """Read the numbers that *data*, characters of six bits, spell: where each begins, its characters, its value."""
    import numpy as np

    last = np.flatnonzero((data & _MORE) == 0)
    starts = np.concatenate(([0], last[:-1] + 1))
    sizes = last - starts + 1
    place = np.minimum(np.arange(len(data)) - np.repeat(starts, sizes), _LONGEST - 1)
    values = np.add.reduceat((data & _PAYLOAD) << (5 * place), starts)
    values -= np.where(data[last] & _SIGN, np.left_shift(1, 5 * np.minimum(sizes, _LONGEST)), 0)
    return starts, sizes, values
