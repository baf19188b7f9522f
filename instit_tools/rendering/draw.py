"""A raw picture and its masks become a marked picture: tints, then outlines, then labels, large instances first.

Only the box around each instance is touched. Labels come last and the smallest instance's on top, so no outline crosses
a number; where a style keeps labels apart, the one of the larger instance gives way, which has more room.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from instit_tools.masks import Mask, cut, deepest, edge, outlines
from instit_tools.rendering.labels import Stamp, corner, stamp
from instit_tools.rendering.style import Outline, Style, color_of, rgb, size_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Plane = NDArray[np.bool_]

__all__ = ["Placed", "marked", "places"]

_MOVES = 24
_RIM = 2.0


class Placed(Struct, frozen=True):
    """Where the label of an instance goes: its upper left corner, its size, and the deepest point it stands for."""

    number: int
    left: int
    top: int
    width: int
    height: int
    anchor: tuple[int, int]

    def covers(self, other: "Placed") -> bool:
        """Say whether both share a pixel."""
        across = self.left < other.left + other.width and other.left < self.left + self.width
        return across and self.top < other.top + other.height and other.top < self.top + self.height


def marked(picture: "Pixels", masks: Mapping[int, Mask], style: Style) -> "Pixels":
    """Draw the ids of *masks*, by id, on a copy of *picture*, (height, width, 3) in RGB, in *style*.

    Masks of no pixel have no mark. All masks are of the size of the picture.
    """
    canvas = picture.copy()
    high, wide = picture.shape[:2]
    ordered = _large_first(masks)
    if style.tint.alpha:
        for number in ordered:
            _tint(canvas, masks[number], color_of(style, number), style.tint.alpha)
    if style.outline:
        for number in ordered:
            _outline(canvas, masks[number], color_of(style, number), style.outline)
    for place in places(masks, style, (wide, high)):
        _press(canvas, stamp(place.number, style, min(wide, high)), place)
    return canvas


def places(masks: Mapping[int, Mask], style: Style, picture: tuple[int, int]) -> list[Placed]:
    """Say where the labels of *masks* go on a *picture* of (width, height), in the order in which they are drawn.

    Instances of one mask, as those of a group are, have their labels side by side.
    """
    found: list[Placed] = []
    beside: dict[tuple[int, int], int] = {}
    for number in _large_first(masks):
        point = deepest(masks[number])
        size = stamp(number, style, min(picture)).size
        shift = beside.get((point.x, point.y), 0)
        left, top = corner(style, (point.x + shift, point.y), size, picture)
        beside[point.x, point.y] = shift + size[0]
        found.append(Placed(number, left, top, *size, (point.x, point.y)))
    return _apart(found, picture) if style.label.apart else found


def _large_first(masks: Mapping[int, Mask]) -> list[int]:
    return sorted(
        (number for number, mask in masks.items() if mask.area), key=lambda number: (-masks[number].area, number)
    )


def _tint(canvas: "Pixels", mask: Mask, color: tuple[int, int, int], alpha: float) -> None:
    import cv2

    inside, (left, top) = cut(mask)
    high, wide = inside.shape
    window = canvas[top : top + high, left : left + wide]
    mixed = cv2.addWeighted(window, 1 - alpha, np.full_like(window, color), alpha, 0)
    cv2.copyTo(mixed, np.ascontiguousarray(inside).view(np.uint8), window)


def _outline(canvas: "Pixels", mask: Mask, color: tuple[int, int, int], outline: Outline) -> None:
    width = size_at(outline.width, min(canvas.shape[:2]))
    if outline.smooth:
        _drawn(canvas, mask, color, outline, round(width))
        return
    inside, (left, top) = cut(mask)
    high, wide = inside.shape
    line = edge(inside)
    for _ in range(round(width) - 1):
        line |= edge(inside & ~line)
    _blend(canvas[top : top + high, left : left + wide], line, color, outline.alpha)


def _drawn(canvas: "Pixels", mask: Mask, color: tuple[int, int, int], outline: Outline, width: int) -> None:
    """Draw a smooth line through the border pixels of *mask*; one that shows what is below, on a copy."""
    lines = outlines(mask)
    over = canvas if outline.alpha == 1 else canvas.copy()
    if outline.rim:
        _traced(over, lines, rgb(outline.rim), round(width + _RIM))
    _traced(over, lines, color, max(width, 1))
    if over is not canvas:
        canvas[:] = np.rint(canvas * (1 - outline.alpha) + over * outline.alpha).astype(np.uint8)


def _traced(over: "Pixels", lines: "list[NDArray[np.int32]]", color: tuple[int, int, int], width: int) -> None:
    import cv2

    cv2.polylines(over, lines, isClosed=True, color=color, thickness=width, lineType=cv2.LINE_AA)


def _blend(window: "Pixels", where: "Plane", color: tuple[int, int, int], alpha: float) -> None:
    rows, columns = np.nonzero(where)  # much faster than the mask itself as an index
    mixed = window[rows, columns] * np.float32(1 - alpha) + np.array(color, np.float32) * np.float32(alpha)
    window[rows, columns] = (mixed + np.float32(0.5)).astype(np.uint8)


def _press(canvas: "Pixels", label: Stamp, place: Placed) -> None:
    """Lay a label over the picture; what does not fit on a tiny one is cut off."""
    window = canvas[place.top : place.top + place.height, place.left : place.left + place.width]
    high, wide = window.shape[:2]
    cover, paint = label.cover[:high, :wide], label.paint[:high, :wide]
    window[:] = (window * (1 - cover) + paint * cover + np.float32(0.5)).astype(np.uint8)


def _apart(found: list[Placed], picture: tuple[int, int]) -> list[Placed]:
    """Move labels that would cover one of a smaller instance, along a spiral around where they should be."""
    settled: list[Placed] = []
    for place in reversed(found):
        settled.append(_free(place, settled, picture))
    return settled[::-1]


def _free(place: Placed, taken: list[Placed], picture: tuple[int, int]) -> Placed:
    for turn in range(_MOVES * 4):
        distance = (turn + 3) // 4 * place.height / 4
        across, down = ((0, -1), (1, 0), (-1, 0), (0, 1))[turn % 4]
        left = min(max(place.left + round(across * distance), 0), max(picture[0] - place.width, 0))
        top = min(max(place.top + round(down * distance), 0), max(picture[1] - place.height, 0))
        moved = Placed(place.number, left, top, place.width, place.height, place.anchor)
        if not any(moved.covers(other) for other in taken):
            return moved
    return place
