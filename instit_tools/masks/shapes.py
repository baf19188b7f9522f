"""The shape of a mask: the deepest point inside it, its outlines, its edge.

Distances and borders are OpenCV's, as they are for those who drew the published marks. Only the box around a mask is
decoded into work, with a border of background, so that the edge of the picture is an edge of the mask.
"""

import math
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools.errors import MaskError
from instit_tools.masks.whole import Mask, cut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.bool_]

__all__ = ["Deepest", "deepest", "edge", "outlines"]


class Deepest(Struct, frozen=True, gc=False):
    """The pixel inside a mask that is farthest from its border, and how far that is, in pixels."""

    x: int
    y: int
    depth: float


def deepest(mask: Mask) -> Deepest:
    """Find the deepest interior point of *mask*; of equally deep ones, the middle one from top to bottom.

    That is how Set-of-Mark picks the place of a label. Raises `MaskError` for a mask of no pixel.
    """
    import cv2
    import numpy as np

    if not mask.area:
        message = "has no pixel, so there is no place for a mark"
        raise MaskError(message, hint="validate lists every empty mask (mask-empty)")
    inside, (left, top) = _padded(mask)
    depths = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    squares = np.rint(
        np.square(depths, dtype=np.float64)
    )  # whole numbers: the last bit of a root is not always the same
    found = np.flatnonzero(squares == squares.max())
    y, x = map(int, divmod(found[len(found) // 2], depths.shape[1]))
    return Deepest(left + x, top + y, math.sqrt(squares[y, x]))


def outlines(mask: Mask, *, tolerance: float = 0.0) -> "list[NDArray[np.int32]]":
    """Trace *mask* as closed polygons of x, y through the middle of its border pixels; borders of holes too.

    A *tolerance* above 0 is by how many pixels a simpler polygon may be off.
    """
    import cv2
    import numpy as np

    if not mask.area:
        return []
    inside, corner = _padded(mask)
    found, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if tolerance > 0:
        found = [cv2.approxPolyDP(line, tolerance, closed=True) for line in found]
    return [(line[:, 0, :] + np.array(corner)).astype(np.int32) for line in found]


def edge(inside: "Plane") -> "Plane":
    """Give the pixels of *inside*, (height, width), that have a neighbour beside, above or below that is outside."""
    import cv2
    import numpy as np

    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inner = cv2.erode(inside.view(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return inside & ~inner.view(np.bool_)


def _padded(mask: Mask) -> tuple[Any, tuple[int, int]]:
    """Give what is in the box of *mask*, a pixel of background around it, and x, y of the corner."""
    import numpy as np

    inside, (left, top) = cut(mask)
    return np.pad(inside, 1).view(np.uint8), (left - 1, top - 1)
