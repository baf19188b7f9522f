"""Masks as the outlines of a drawing: a path an instance, a few hundred characters long."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from instit_tools.masks import Mask, outlines
from instit_tools.present import named, sound

__all__ = ["Outline", "Traced", "traced"]

_FINENESS = 640
"""Parts of a picture's longer side that an outline may be off by one of."""


_MOST_PIXELS = 1 << 25
"""A mask of a few bytes can claim any size, and is decoded to be traced."""


class Outline(Struct, frozen=True):
    """One instance: *d* is a path of SVG, in pixels of the picture."""

    id: int
    d: str


class Traced(Struct, frozen=True):
    """The outlines of one picture, which is *width* by *height*, the largest first.

    How many masks were *damaged* is counted; they are not among the outlines. *named* are the instances that any mask
    names, a damaged one too.
    """

    width: int = 0
    height: int = 0
    outlines: tuple[Outline, ...] = ()
    damaged: int = 0
    named: frozenset[int] = frozenset()


def traced(tree: object, size: tuple[int, int] | None = None) -> Traced:
    """Trace the masks of one picture, as published; *size* is its width and height, where that is known.

    A mask that is damaged, of another size than its picture (or than most, where that is not known), or larger than any
    picture of a site, is left out, and counted; so is the second of two for the same instances. The mask of a group
    stands for each of its instances that has none of its own.
    """
    if not isinstance(tree, Mapping):
        return Traced()
    found = {ids: mask for ids, mask in sound(tree, size).items() if mask.width * mask.height <= _MOST_PIXELS}
    damaged = len(tree) - len(found)
    if not found:
        return Traced(damaged=damaged, named=named(tree))
    by_id = {number: mask for ids, mask in sorted(found.items(), key=lambda each: -len(each[0])) for number in ids}
    on_top = sorted(by_id.items(), key=lambda item: (-item[1].area, item[0]))  # a small one can be pointed at
    first = on_top[0][1]
    return Traced(first.width, first.height, tuple(Outline(*each) for each in _drawn(on_top)), damaged, named(tree))


def _drawn(masks: list[tuple[int, Mask]]) -> Iterator[tuple[int, str]]:
    """Write the path of each; that of a group once, for all who share it."""
    paths: dict[int, str] = {}
    for number, mask in masks:
        if id(mask) not in paths:
            paths[id(mask)] = _path(mask)
        yield number, paths[id(mask)]


def _path(mask: Mask) -> str:
    """Write the polygons of *mask*, each closed; of two points or one, a dot that a stroke makes visible."""
    tolerance = max(mask.width, mask.height) / _FINENESS
    lines = [line.tolist() for line in outlines(mask, tolerance=tolerance)]
    return "".join("M" + "L".join(f"{x} {y}" for x, y in line) + "Z" for line in lines)
