"""Masks as the outlines of a drawing: a path an instance, a few hundred characters long."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from instit_tools.errors import MaskError
from instit_tools.masks import Mask, by_id, outlines

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

    How many masks were *damaged* is counted; they are not among them.
    """

    width: int = 0
    height: int = 0
    outlines: tuple[Outline, ...] = ()
    damaged: int = 0


def traced(tree: object) -> Traced:
    """Trace the masks of one picture, as published.

    One that is damaged, of another size than most, or larger than any picture of a site, is left out, and counted.
    """
    if not isinstance(tree, Mapping):
        return Traced()
    found: dict[int, Mask] = {}
    damaged = 0
    for key, value in sorted(tree.items(), key=lambda item: "," in item[0]):  # a group's stands for who has none
        try:
            found = {**by_id({key: value}), **found}
        except MaskError:
            damaged += 1
    if not found:
        return Traced(damaged=damaged)
    width, height = Counter((mask.width, mask.height) for mask in found.values()).most_common(1)[0][0]
    fitting = {
        number: mask
        for number, mask in found.items()
        if (mask.width, mask.height) == (width, height) and width * height <= _MOST_PIXELS
    }
    on_top = sorted(fitting.items(), key=lambda item: (-item[1].area, item[0]))  # a small one can be pointed at
    drawn = tuple(Outline(number, _path(mask)) for number, mask in on_top)
    return Traced(width, height, drawn, damaged + len(found) - len(fitting))


def _path(mask: Mask) -> str:
    """Write the polygons of *mask*, each closed; of two points or one, a dot that a stroke makes visible."""
    tolerance = max(mask.width, mask.height) / _FINENESS
    lines = [line.tolist() for line in outlines(mask, tolerance=tolerance)]
    return "".join("M" + "L".join(f"{x} {y}" for x, y in line) + "Z" for line in lines)
