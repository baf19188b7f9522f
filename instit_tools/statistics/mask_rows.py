"""The rows of masks: one a mask and one a pair of masks that overlap, what a frame's masks come to, an instance's."""

from collections.abc import Iterable, Iterator
from typing import Any

from instit_tools.references import instance_ids
from instit_tools.statistics.masked import Frame, Region

__all__ = ["NAMED", "NOT_NAMED", "NO_TEXT", "of_frame", "of_instance", "of_masks", "of_overlaps"]

NAMED, NOT_NAMED, NO_TEXT = "named", "not named", "no text"
"""Whether a frame's change caption names an instance, or there is no such caption."""


def of_masks(frame: Frame | None, captioned: frozenset[int], change: str | None) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each mask of *frame*, by id; *change* is its change caption, ``None`` for an image."""
    named = frozenset(instance_ids(change)) if change else frozenset[int]()
    for number, region in frame.regions.items() if frame else ():
        said = (NAMED if number in named else NOT_NAMED) if change else None if change is None else NO_TEXT
        moved = (region.shift, region.kept, region.either)
        yield number, *_measured(region), int(region.mask is None), int(number in captioned), said, *moved


def _measured(region: Region) -> tuple[int | None, ...]:
    """Give box, pixels, and the picture's width, height and pixels."""
    if region.mask is None or region.box is None:
        return (None,) * 8
    mask = region.mask
    return *region.box, mask.area, mask.width, mask.height, mask.width * mask.height


def of_overlaps(frame: Frame | None) -> Iterator[tuple[int, ...]]:
    """Yield a row for each two masks of *frame* that share pixels."""
    for pair in frame.overlapping if frame else ():
        yield pair.one, pair.other, pair.shared, pair.smaller, pair.either


def of_frame(frame: Frame | None, captioned: frozenset[int]) -> tuple[int | None, ...]:
    """Give what is missing on either side, and what the masks cover together; ``None`` where nothing tells."""
    if frame is None:
        return (None,) * 6
    masked = frame.regions.keys()
    missing = len(captioned - masked), len(masked - captioned)
    covered = (frame.covered, frame.picture) if frame.picture else (None, None)
    return *missing, *covered, frame.pairs, len(frame.overlapping)


def of_instance(found: Iterable[Region] | None) -> tuple[int | None, ...]:
    """Add up the masks of an instance: how many, their pixels and their pictures', how many are damaged."""
    if found is None:
        return None, None, None, None
    each = list(found)
    whole = [region.mask for region in each if region.mask]
    pictures = sum(mask.height * mask.width for mask in whole)
    return len(each), sum(mask.area for mask in whole), pictures, len(each) - len(whole)
