"""Masks of one record, frame by frame: areas, boxes, overlap and motion, all from run lengths, none decoded.

A mask that is damaged is counted and in no measure. Masks of two sizes cannot be laid over each other: in each picture
those of the most frequent size are. A mask is compared with that of the same instance in the annotated frame before.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from instit_tools.masks import Box, Mask, boxes, overlaps, read_all, union
from instit_tools.references import ids_of_key

__all__ = ["Frame", "Pair", "Region", "frames"]

_MILLION = 1_000_000


class Region(Struct, frozen=True, gc=False):
    """One mask: the *key* it is published under, the mask and its box, ``None`` for one that is damaged.

    *shift* is how far the middle of the box has moved since the frame before, in millionths of the picture's diagonal;
    *kept* are the pixels shared with the mask there, *either* those in one of the two at least. They are ``None`` where
    there is none to compare.
    """

    key: str
    mask: Mask | None
    box: Box | None
    shift: int | None = None
    kept: int | None = None
    either: int | None = None


class Pair(Struct, frozen=True, gc=False):
    """Two instances of a frame whose masks share pixels: how many, of how many in the smaller and in either."""

    one: int
    other: int
    shared: int
    smaller: int
    either: int


class Frame(Struct, frozen=True):
    """The masks of one frame by id; *covered* pixels of *picture*, 0 where no mask is whole; *pairs* of masks.

    Two ids that share the mask of a group are no pair.
    """

    regions: Mapping[int, Region]
    covered: int
    picture: int
    pairs: int
    overlapping: tuple[Pair, ...]


def frames(trees: Sequence[object]) -> list[Frame]:
    """Measure the masks of neighbouring frames, each as published: ``{"1": {"mask": RLE}, "2,3": ...}``."""
    before: dict[int, Region] = {}
    found = []
    for regions in _regions(trees):
        whole = _of_one_size(regions)
        known = {number: before[number] for number in whole if number in before}
        shared = _Shared(whole, known if _sizes(whole) == _sizes(known) else {})
        found.append(_frame(regions, whole, shared))
        before = whole
    return found


def _regions(trees: Sequence[object]) -> Iterator[dict[int, Region]]:
    """Check the masks of all frames at once, which is quicker; a mask of its own wins over that of a group."""
    keyed = [[(key, _mask(value)) for key, value in tree.items()] if isinstance(tree, dict) else [] for tree in trees]
    checked = [
        mask if isinstance(mask, Mask) else None for mask in read_all(mask for each in keyed for _, mask in each)
    ]
    around = iter(boxes([mask for mask in checked if mask]))
    places = iter([(mask, next(around) if mask else None) for mask in checked])
    for each in keyed:
        own, groups = dict[int, Region](), dict[int, Region]()
        for key, _ in each:
            ids = ids_of_key(key)
            (own if len(ids) == 1 else groups).update(dict.fromkeys(ids, Region(key, *next(places))))
        yield dict(sorted((groups | own).items()))


def _mask(value: object) -> object:
    return value.get("mask") if isinstance(value, dict) else None


def _of_one_size(regions: Mapping[int, Region]) -> dict[int, Region]:
    """Take the whole masks of the most frequent size."""
    whole = {number: region for number, region in regions.items() if region.mask}
    if len(_sizes(whole)) <= 1:
        return whole
    ((most, _),) = Counter(map(_size, whole.values())).most_common(1)
    return {number: region for number, region in whole.items() if _size(region) == most}


def _size(region: Region) -> tuple[int, int]:
    return (region.mask.height, region.mask.width) if region.mask else (0, 0)


def _sizes(regions: Mapping[int, Region]) -> set[tuple[int, int]]:
    return set(map(_size, regions.values()))


class _Shared:
    """The pixels that masks of a frame share with each other, and with those of the same instances *before*."""

    def __init__(self, here: Mapping[int, Region], before: Mapping[int, Region]) -> None:
        """Lay all over each other at once, which is quicker, unless no box meets another."""
        self.before = before
        self.near = [
            pair
            for pair in itertools.combinations(here, 2)
            if here[pair[0]].key != here[pair[1]].key and _meet(here[pair[0]].box, here[pair[1]].box)
        ]
        self._places = {number: place for place, number in enumerate(here)}
        self._behind = {number: place for place, number in enumerate(before, len(here))}
        ones = [region.mask for region in here.values() if region.mask]
        others = [region.mask for region in before.values() if region.mask]
        needed = self.near or any(_meet(here[number].box, region.box) for number, region in before.items())
        self._pixels = overlaps(ones, [*ones, *others]).tolist() if needed else None

    def between(self, one: int, other: int) -> int:
        """Count what two instances of the frame share."""
        return int(self._pixels[self._places[one]][self._places[other]]) if self._pixels else 0

    def kept(self, number: int) -> int:
        """Count what an instance shares with itself before."""
        return int(self._pixels[self._places[number]][self._behind[number]]) if self._pixels else 0


def _meet(one: Box | None, other: Box | None) -> bool:
    """Say whether two boxes share pixels."""
    if one is None or other is None:
        return False
    (x, y, width, height), (left, top, wide, high) = one, other
    return x < left + wide and left < x + width and y < top + high and top < y + height


def _frame(regions: Mapping[int, Region], whole: Mapping[int, Region], shared: _Shared) -> Frame:
    overlapping = tuple(_overlapping(whole, shared))
    return Frame(
        regions={number: _moved(number, region, shared) for number, region in regions.items()},
        covered=_covered(whole, overlapping),
        picture=math.prod(next(map(_size, whole.values()), (0,))),
        pairs=_pairs([region.key for region in whole.values()]),
        overlapping=overlapping,
    )


def _pairs(keys: Sequence[str]) -> int:
    return math.comb(len(keys), 2) - sum(math.comb(number, 2) for number in Counter(keys).values() if number > 1)


def _moved(number: int, now: Region, shared: _Shared) -> Region:
    """Compare a mask with that of the same instance in the frame before, where both show something."""
    before = shared.before.get(number)
    if not (before and before.mask and before.box and before.mask.area and now.mask and now.box and now.mask.area):
        return now
    kept = shared.kept(number)
    shift = _shift(now.box, before.box, math.hypot(*_size(now)))
    return Region(now.key, now.mask, now.box, shift, kept, now.mask.area + before.mask.area - kept)


def _shift(now: Box, before: Box, diagonal: float) -> int:
    across, up = (2 * now[axis] + now[axis + 2] - 2 * before[axis] - before[axis + 2] for axis in (0, 1))
    return round(_MILLION * math.hypot(across, up) / 2 / diagonal)


def _overlapping(whole: Mapping[int, Region], shared: _Shared) -> Iterator[Pair]:
    for one, other in shared.near:
        if pixels := shared.between(one, other):
            areas = [mask.area for number in (one, other) if (mask := whole[number].mask)]
            yield Pair(one, other, pixels, min(areas), sum(areas) - pixels)


def _covered(whole: Mapping[int, Region], overlapping: Sequence[Pair]) -> int:
    """Count the pixels in any mask; those that meet no other need not be laid over each other."""
    each = {region.key: region.mask for region in whole.values() if region.mask}
    total = sum(mask.area for mask in each.values())
    if not overlapping:
        return total
    if len(overlapping) == 1:
        return total - overlapping[0].shared
    return union(list(each.values())).area
