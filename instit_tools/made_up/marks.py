"""The picture of a scene with marks, in the two styles that the published media have.

Videos: a white label at 75 % with a thin black number, its lower left corner at the deepest point of the mask, and a
barely visible pale contour. Images: the style of Set-of-Mark, a white number on a black label at 80 % over the deepest
point, an opaque contour in a color of its own, and a faint tint. Neither draws a box.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = ["deepest", "mark_image", "mark_video"]

_PALE = ((237, 237, 237), (236, 228, 200), (185, 220, 220), (245, 255, 255), (222, 222, 160), (226, 205, 232))
_DEEP = ((20, 20, 20), (128, 24, 32), (96, 40, 128), (0, 110, 115), (214, 110, 20), (30, 70, 170), (60, 110, 40))

# Strokes of single-line digits on a grid 4 wide and 6 high, y downward; lists of points joined by lines.
_STROKES: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "0": (((1, 0), (3, 0), (4, 2), (4, 4), (3, 6), (1, 6), (0, 4), (0, 2), (1, 0)),),
    "1": (((1, 1), (2, 0), (2, 6)),),
    "2": (((0, 1), (1, 0), (3, 0), (4, 1), (4, 2), (0, 6), (4, 6)),),
    "3": (((0, 0), (4, 0), (2, 2), (3, 2), (4, 3), (4, 5), (3, 6), (1, 6), (0, 5)),),
    "4": (((3, 6), (3, 0), (0, 4), (4, 4)),),
    "5": (((4, 0), (0, 0), (0, 2), (3, 2), (4, 3), (4, 5), (3, 6), (0, 6)),),
    "6": (((4, 0), (2, 0), (0, 2), (0, 5), (1, 6), (3, 6), (4, 5), (4, 4), (3, 3), (0, 3)),),
    "7": (((0, 0), (4, 0), (1, 6)),),
    "8": (
        ((1, 3), (0, 2), (0, 1), (1, 0), (3, 0), (4, 1), (4, 2), (3, 3), (1, 3)),
        ((1, 3), (0, 4), (0, 5), (1, 6), (3, 6), (4, 5), (4, 4), (3, 3)),
    ),
    "9": (((4, 3), (1, 3), (0, 2), (0, 1), (1, 0), (3, 0), (4, 1), (4, 4), (2, 6), (0, 6)),),
}


def mark_video(raw: Image.Image, masks: "dict[int, Mask]") -> Image.Image:
    """Mark a frame in the style of the videos."""
    canvas = np.asarray(raw, np.float32).copy()
    for number, mask in masks.items():
        _blend(canvas, _edge(mask), _PALE[number % len(_PALE)], 0.2)
    step = max(1, raw.height // 180)
    for number, mask in masks.items():
        _stroked_label(canvas, str(number), deepest(mask), step)
    return Image.fromarray(canvas.astype(np.uint8))


def mark_image(raw: Image.Image, masks: "dict[int, Mask]") -> Image.Image:
    """Mark a picture in the style of the images."""
    canvas = np.asarray(raw, np.float32).copy()
    for number, mask in masks.items():
        color = _DEEP[number * 3 % len(_DEEP)]
        _blend(canvas, mask, color, 0.055)
        _blend(canvas, _edge(mask), color, 1.0)
    marked = Image.fromarray(canvas.astype(np.uint8))
    for number, mask in masks.items():
        _printed_label(marked, str(number), deepest(mask))
    return marked


def deepest(mask: "Mask") -> tuple[int, int]:
    """Find the pixel (x, y) of *mask* that is farthest from its border: the one that wears away last."""
    rows, columns = np.nonzero(mask)
    top, left = int(rows.min()), int(columns.min())
    left_over = np.pad(mask[top : int(rows.max()) + 1, left : int(columns.max()) + 1], 1)
    turn, core = 0, left_over
    while left_over.any():
        core, left_over = left_over, _worn(left_over, corners=turn % 2 == 1)
        turn += 1
    found_rows, found_columns = np.nonzero(core)
    middle = np.hypot(found_rows - found_rows.mean(), found_columns - found_columns.mean()).argmin()
    return left + int(found_columns[middle]) - 1, top + int(found_rows[middle]) - 1


def _worn(mask: "Mask", *, corners: bool) -> "Mask":
    """Take one pixel off all round, over corners every other time: distances then come out nearly round."""
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    inner[:, 1:] &= mask[:, :-1]
    inner[:, :-1] &= mask[:, 1:]
    if corners:
        inner[1:, 1:] &= mask[:-1, :-1]
        inner[:-1, :-1] &= mask[1:, 1:]
        inner[1:, :-1] &= mask[:-1, 1:]
        inner[:-1, 1:] &= mask[1:, :-1]
    return inner


def _edge(mask: "Mask") -> "Mask":
    return mask & ~_worn(mask, corners=False)


def _blend(canvas: "NDArray[np.float32]", where: "Mask", color: tuple[int, int, int], alpha: float) -> None:
    rows, columns = np.nonzero(where)  # much faster than the mask itself as an index
    canvas[rows, columns] = canvas[rows, columns] * (1 - alpha) + np.array(color, np.float32) * alpha


def _stroked_label(canvas: "NDArray[np.float32]", text: str, anchor: tuple[int, int], step: int) -> None:
    """Draw *text* with its lower left corner at *anchor*; *step* is the size of a unit of the digit grid, in pixels."""
    pen = 1.5 * step
    wide, high = round((5.5 * len(text) - 0.5) * pen) + 2, round(6 * pen) + 4
    label = Image.new("RGB", (wide, high), "white")
    draw = ImageDraw.Draw(label)
    for place, digit in enumerate(text):
        for stroke in _STROKES[digit]:
            draw.line([(1 + (x + 5.5 * place) * pen, 1 + y * pen) for x, y in stroke], fill="black")
    left, top = min(anchor[0], canvas.shape[1] - wide), max(anchor[1] - high + 3, 0)
    window = canvas[top : top + high, left : left + wide]
    strokes = np.asarray(label, np.float32)
    window[:] = np.where(strokes < 128, strokes, window * 0.25 + strokes * 0.75)  # noqa: PLR2004  # black or white


def _printed_label(marked: Image.Image, text: str, anchor: tuple[int, int]) -> None:
    font = _font(max(9, marked.height // 26))
    box = font.getbbox(text)
    wide, high = round(box[2] - box[0]) + 6, round(box[3] - box[1]) + 6
    left = min(max(anchor[0] + 1 - wide // 2, 0), marked.width - wide)
    top = min(max(anchor[1] - high // 2, 0), marked.height - high)
    area = (left, top, left + wide, top + high)
    label = Image.blend(marked.crop(area), Image.new("RGB", (wide, high), "black"), 0.8)
    ImageDraw.Draw(label).text((3 - box[0], 3 - box[1]), text, fill="white", font=font)
    marked.paste(label, area[:2])


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
