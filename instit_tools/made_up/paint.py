"""The picture of a scene without marks: a wall, a floor, soft shadows, shaded shapes."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFilter

from instit_tools.made_up.scene import Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from instit_tools.made_up.raster import Patch

    Canvas = NDArray[np.float32]
    Axis = NDArray[np.floating[Any]]

__all__ = ["picture"]

_WALLS = {
    "pale blue": (205, 222, 235),
    "crème": (243, 234, 214),
    "soft gray": (218, 219, 222),
    "mint green": (211, 233, 220),
    "lavender": (222, 215, 236),
    "peach": (246, 221, 205),
    "light yellow": (245, 238, 205),
    "powder pink": (243, 219, 224),
}
_FLOORS = {
    "sandy": (214, 192, 153),
    "café-au-lait": (181, 148, 116),
    "slate gray": (128, 138, 149),
    "oak-colored": (190, 146, 96),
    "terracotta": (190, 116, 88),
    "dusty rose": (190, 143, 146),
    "olive": (141, 142, 97),
}
_COLORS = {
    "red": (206, 62, 60),
    "orange": (233, 136, 50),
    "yellow": (240, 200, 62),
    "green": (88, 158, 84),
    "teal": (32, 122, 124),
    "blue": (62, 105, 188),
    "purple": (126, 82, 160),
    "pink": (231, 122, 164),
    "brown": (124, 84, 58),
    "gray": (112, 116, 124),
    "white": (238, 237, 232),
    "turquoise": (72, 190, 190),
}
_HORIZON = 0.66


def picture(scene: Scene, found: "list[Patch]", size: tuple[int, int]) -> Image.Image:
    """Paint the shapes of one frame, farthest first, each with a shadow below itself."""
    canvas = _room(scene.wall, scene.floor, size).copy()
    for patch in found:
        _shadow(canvas, patch)
        _paint(canvas, patch)
    return Image.fromarray(np.clip(canvas + 0.5, 0, 255).astype(np.uint8))


@lru_cache(maxsize=8)
def _room(wall: str, floor: str, size: tuple[int, int]) -> "Canvas":
    width, height = size
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    below = np.clip((down - _HORIZON) * height, 0, 1)
    depth = np.clip((down - _HORIZON) / (1 - _HORIZON), 0, 1)
    upper = np.array(_WALLS[wall], np.float32) * (1.02 - 0.10 * down)
    lower = np.array(_FLOORS[floor], np.float32) * (0.90 + 0.14 * depth)
    skirting = 1 - 0.16 * np.exp(-np.abs((down - _HORIZON) * height) / 2.5)
    light = 1.02 - 0.10 * (across**2 + (down - 0.4) ** 2)
    room: Canvas = (upper * (1 - below) + lower * below) * skirting * light
    return room


def _shadow(canvas: "Canvas", patch: "Patch") -> None:
    """Darken what lies below and behind the shape: its own outline, blurred and moved down."""
    reach = max(2, round(patch.radius * 0.22))
    cover = np.pad(patch.cover, 2 * reach)
    blurred = Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(reach * 0.7))
    dark = np.asarray(blurred, np.float32)[:, :, None] / 255 * 0.30
    top, left = patch.top - reach, patch.left - reach - reach // 2
    above, before = max(-top, 0), max(-left, 0)
    window = canvas[top + above : top + dark.shape[0], left + before : left + dark.shape[1]]
    window *= 1 - dark[above : above + window.shape[0], before : before + window.shape[1]]


def _paint(canvas: "Canvas", patch: "Patch") -> None:
    rows, columns = patch.cover.shape
    window = canvas[patch.top : patch.top + rows, patch.left : patch.left + columns]
    cover = patch.cover[:, :, None]
    window[:] = window * (1 - cover) + _surface(patch) * cover


def _surface(patch: "Patch") -> "Canvas":
    """Color the pixels of a patch: lighter above, darker below, then the pattern."""
    rows, columns = patch.cover.shape
    x = (np.arange(columns, dtype=np.float32)[None, :] + patch.left + 0.5 - patch.center[0]) / patch.radius
    y = (np.arange(rows, dtype=np.float32)[:, None] + patch.top + 0.5 - patch.center[1]) / patch.radius
    color = np.array(_COLORS[patch.thing.color], np.float32)
    shaded = color * (1.0 - 0.10 * y - 0.05 * x)[:, :, None]
    other = 150.0 if patch.thing.color == "white" and patch.thing.pattern != "glossy" else 255.0
    strength = _pattern(patch.thing.pattern, x, y)[:, :, None]
    surface: Canvas = shaded * (1 - strength) + other * strength
    return surface


def _pattern(name: str, x: "Axis", y: "Axis") -> "Canvas":
    """Say how strongly the color of the pattern shows, from 0 to 1; *x* and *y* are in radii from the centre."""
    strength = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    match name:
        case "striped":
            strength += 0.38 * np.clip(3 * np.cos((x + y) * 9) + 0.2, 0, 1)
        case "dotted":
            strength += 0.60 * np.clip(2.5 * (np.cos(x * 13) + np.cos(y * 13) - 1.15), 0, 1)
        case "glossy":
            strength += 0.75 * np.exp(-((x + 0.28) ** 2 + (y + 0.30) ** 2) / 0.05)
        case _:
            pass
    return strength.astype(np.float32)
