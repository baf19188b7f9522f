"""Labels: the number of an instance on its paper, as a small picture, and where that goes.

A label is drawn once for each text, size and color, and laid over pictures as often as needed.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from instit_tools.rendering.strokes import ADVANCE, HEIGHT, strokes
from instit_tools.rendering.style import Style, color_of, rgb, size_at

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont

    Pixels = NDArray[np.uint8]

__all__ = ["Stamp", "corner", "stamp"]

_FONTS = {"sans": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
_ABOVE, _BELOW, _RIGHT = 2, 2, 2
"""Paper beyond strokes, in pixels; on the left it begins with the anchor, and the strokes a pixel later."""
_PAD = 1
_LINE = "lp"
"""A line of text is as high as these letters, for matplotlib and so for Set-of-Mark."""
_INSIDE = 0.34, 0.2
"""Paper beyond the digits of a bold label, in parts of its font's size: at the sides, above and below."""
_READS_WELL = 4.5
_RIGHT_OF, _UNDER = 2, 6
"""Set-of-Mark puts the middle of a label so many pixels right of the deepest point, and its top so many above it."""


class Stamp(Struct, frozen=True):
    """A label as pixels: the *paint* on it, (height, width, 3), and how opaque it is, (height, width, 1), 0 to 1."""

    paint: "NDArray[np.float32]"
    cover: "NDArray[np.float32]"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        high, wide = self.cover.shape[:2]
        return wide, high


@lru_cache(maxsize=4096)
def stamp(number: int, style: Style, side: int) -> Stamp:
    """Draw the label of instance *number* for a picture whose shorter side is *side*."""
    label = style.label
    color = color_of(style, number)
    paper = color if label.paper == "color" else rgb(label.paper)
    ink = _contrast(paper) if label.ink == "auto" else rgb(label.ink)
    size = size_at(label.size, side)
    if label.face == "strokes":
        size = min(size, side / HEIGHT)
        drawn = _stroked(str(number), size)
        shape = np.ones_like(drawn)
    else:
        drawn, shape = _printed(str(number), round(size), label.face)
    paint = _mixed(np.array(paper, np.float32), ink, drawn)
    if label.rim:
        paint = _mixed(paint, rgb(label.rim), _border(shape))
    cover = np.maximum(drawn, label.alpha * shape)[:, :, None]
    return Stamp(paint, cover)


def corner(style: Style, anchor: tuple[int, int], size: tuple[int, int], picture: tuple[int, int]) -> tuple[int, int]:
    """Say where the upper left corner of a label of *size* goes, so that it stays inside the *picture*.

    Sizes are (width, height), *anchor* is the deepest point of the instance.
    """
    x, y = anchor
    wide, high = size
    left, top = x - wide // 2, y - high // 2
    if style.label.place == "corner":
        left, top = x, y + _BELOW - high + 1
    elif style.label.place == "below":
        left, top = left + _RIGHT_OF, y - _UNDER
    return max(min(left, picture[0] - wide), 0), max(min(top, picture[1] - high), 0)


def _stroked(text: str, scale: float) -> "NDArray[np.float32]":
    import cv2

    high = round(HEIGHT * scale) + 1 + _ABOVE + 1 + _BELOW
    wide = round(ADVANCE * len(text) * scale) + 1 + 1 + _RIGHT
    plane = np.zeros((high, wide), np.uint8)
    for place, digit in enumerate(text):
        for line in strokes(digit):
            points = [(1 + (x + ADVANCE * place) * scale, high - 1 - _BELOW - y * scale) for x, y in line]
            cv2.polylines(plane, [np.rint(points).astype(np.int32)], isClosed=False, color=1)
    return plane.astype(np.float32)


def _printed(text: str, size: int, face: str) -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
    """Draw *text* in a font, and give the shape of its paper: square of one line's height, or rounded if bold."""
    from PIL import Image, ImageDraw

    font = _font(face, max(size, 6))
    rounded = face == "bold"
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    beside, above = (round(share * size) for share in _INSIDE) if rounded else (_PAD, _PAD)
    line = font.getbbox(_LINE)
    start, high = (top, bottom - top) if rounded else (round(line[1]), round(line[3] - line[1]))
    wide = right - left if rounded else round(font.getlength(text))
    shift = left if rounded else 0
    box = wide + 2 * beside, high + 2 * above
    drawn = Image.new("L", box)
    ImageDraw.Draw(drawn).text((beside - shift, above - start), text, fill=255, font=font)
    paper = Image.new("L", box, 0 if rounded else 255)
    if rounded:
        ImageDraw.Draw(paper).rounded_rectangle((0, 0, box[0] - 1, box[1] - 1), radius=box[1] * 0.3, fill=255)
    whole = np.float32(255)
    return np.asarray(drawn, np.float32) / whole, np.asarray(paper, np.float32) / whole


def _mixed(
    below: "NDArray[np.float32]", ink: tuple[int, int, int], share: "NDArray[np.float32]"
) -> "NDArray[np.float32]":
    """Put *ink* over colors, (3,) or (height, width, 3), by its *share* of each pixel, (height, width)."""
    over = share[:, :, None]
    return over * np.array(ink, np.float32) + (1 - over) * below


def _border(shape: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Give the outermost pixel of a *shape*, all round."""
    import cv2

    inner = cv2.erode(shape, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return shape - np.asarray(inner, np.float32)


@lru_cache(maxsize=64)
def _font(face: str, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(_fonts() / _FONTS[face], size)


def _fonts() -> Path:
    """Find the fonts that matplotlib brings, without the time that importing it takes."""
    found = find_spec("matplotlib")
    folders = list(found.submodule_search_locations or []) if found else []
    return Path(folders[0]) / "mpl-data" / "fonts" / "ttf"


def _contrast(paper: tuple[int, int, int]) -> tuple[int, int, int]:
    """Choose white where it reads well (WCAG: 4.5 to 1), and black where it does not, which then does."""
    red, green, blue = (((part / 255 + 0.055) / 1.055) ** 2.4 for part in paper)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (255, 255, 255) if 1.05 / (light + 0.05) >= _READS_WELL else (0, 0, 0)
