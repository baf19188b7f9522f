"""From a scene to pixels: where each shape is, how much of each pixel it covers, the visible part as a mask.

The only module here, with `paint` and `media`, that needs numpy; it is imported when masks or media are asked for.
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct
from pycocotools import mask as coco

from instit_tools.made_up.scene import COLUMNS, ROWS, SIZES, Scene, Thing, spot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]
    Mask = NDArray[np.bool_]

__all__ = ["IMAGE_SIZE", "VIDEO_SIZE", "Patch", "empty", "encoded", "image_masks", "patches", "video_masks", "visible"]

VIDEO_SIZE = 320, 240
IMAGE_SIZE = 480, 320

# In parts of a cell. A neighbour's centre is at least 1 - 2 * _SHIFT = 0.7 away and no shape reaches farther than 0.62,
# so every centre stays visible.
_RADII = dict(zip(SIZES, (0.36, 0.49, 0.62), strict=True))
_SHIFT = 0.15
_FINE = 3  # samples for each pixel side: the edges are smooth
_HALF = 0.5

_REGULAR = {"triangle": 3, "pentagon": 5, "hexagon": 6}
_FLATNESS = {"circle": 1.0, "oval": 0.68}
_ARM = 0.36  # half the width of an arm of the cross


class Patch(Struct, frozen=True):
    """The pixels around one shape: how much of each it covers (0 to 1), and the offset of the patch in the picture."""

    thing: Thing
    center: tuple[float, float]
    radius: float
    left: int
    top: int
    cover: Any


def patches(scene: Scene, time: int, size: tuple[int, int]) -> list[Patch]:
    """Rasterise the shapes of frame *time*, counted from 0, for a picture of *size* (width, height), farthest first.

    Lower on the picture is nearer, as things are when they stand on a floor.
    """
    cells = sorted(scene.frames[time].items(), key=lambda item: (item[1], item[0]))
    return [_patch(scene.things[number], cell, size) for number, cell in cells]


def visible(found: list[Patch], size: tuple[int, int]) -> dict[int, "Mask"]:
    """Give, by id, the part of each shape that no nearer one covers."""
    width, height = size
    covered = np.zeros((height, width), bool)
    masks = {}
    for patch in reversed(found):
        shown = np.zeros((height, width), bool)
        rows, columns = patch.cover.shape
        shown[patch.top : patch.top + rows, patch.left : patch.left + columns] = patch.cover >= _HALF
        masks[patch.thing.id] = shown & ~covered
        covered |= shown
    return dict(sorted(masks.items()))


def encoded(mask: "Mask") -> dict[str, Any]:
    """Encode *mask* as a compressed COCO RLE, in the form that JSON can hold."""
    found = coco.encode(np.asfortranarray(mask, np.uint8))
    return {"size": [int(side) for side in found["size"]], "counts": found["counts"].decode("ascii")}


def empty(size: list[int]) -> dict[str, Any]:
    """Encode a mask of no pixel; *size* is height, width."""
    return encoded(np.zeros(size, bool))


def video_masks(scene: Scene) -> list[dict[str, Any]]:
    """Make the masks of a video: for each frame, by id."""
    return _masks(scene, VIDEO_SIZE)


def image_masks(scene: Scene) -> list[dict[str, Any]]:
    """Make the masks of an image, as of a video of one frame."""
    return _masks(scene, IMAGE_SIZE)


def _masks(scene: Scene, size: tuple[int, int]) -> list[dict[str, Any]]:
    return [
        {str(number): {"mask": encoded(mask)} for number, mask in visible(patches(scene, time, size), size).items()}
        for time in range(len(scene.frames))
    ]


def _patch(thing: Thing, cell: int, size: tuple[int, int]) -> Patch:
    width, height = size
    wide, high = width / COLUMNS, height / ROWS
    (column, row), (across, down) = spot(cell), thing.shift
    x, y = (column + _HALF + _SHIFT * across) * wide, (row + _HALF + _SHIFT * down) * high
    radius = _RADII[thing.size] * min(wide, high)
    left, right = max(int(x - radius) - 1, 0), min(int(x + radius) + 2, width)
    top, bottom = max(int(y - radius) - 1, 0), min(int(y + radius) + 2, height)
    cover = _cover(thing.shape, (x - left, y - top), radius, (right - left, bottom - top))
    return Patch(thing, (x, y), radius, left, top, cover)


@lru_cache(maxsize=512)  # things rest, and masks and pictures need the same
def _cover(shape: str, center: tuple[float, float], radius: float, size: tuple[int, int]) -> "Plane":
    width, height = size
    across = (np.arange(width * _FINE) + _HALF) / _FINE - center[0]
    down = (np.arange(height * _FINE) + _HALF) / _FINE - center[1]
    distance = np.hypot(across[None, :], down[:, None])
    angles, radii = _outline(shape)
    reach = np.interp(np.arctan2(down[:, None], across[None, :]), angles, radii, period=2 * np.pi)
    inside = distance <= reach * radius
    cover: Plane = inside.reshape(height, _FINE, width, _FINE).mean(axis=(1, 3), dtype=np.float32)
    return cover


@cache
def _outline(shape: str) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """Give the outline of *shape* as angles and radii around its centre; the largest radius is 1."""
    corners = _corners(shape)
    share = np.linspace(0, 1, 40, endpoint=False)[:, None]
    edge = [one + (other - one) * share for one, other in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
    points = np.concatenate(edge)
    points /= np.hypot(points[:, 0], points[:, 1]).max()
    angles = np.arctan2(points[:, 1], points[:, 0])
    order = np.argsort(angles)
    return angles[order], np.hypot(points[:, 0], points[:, 1])[order]


def _corners(shape: str) -> "NDArray[np.float64]":
    if shape in _REGULAR:
        return _regular(_REGULAR[shape])
    points: NDArray[np.float64]
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    match shape:
        case "star":
            points = _regular(10) * np.tile([1, 0.45], 5)[:, None]
        case "diamond":
            points = _regular(4) * np.array([0.72, 1])
        case "square":
            points = np.array([(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)])
        case "cross":
            quarter = [(_ARM, -1.0), (_ARM, -_ARM), (1.0, -_ARM)]
            points = np.array([_turned(point, step) for step in range(4) for point in quarter])
        case "heart":
            up = 13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
            points = np.stack([16 * np.sin(turn) ** 3, -up - 1], axis=1)
        case _:
            points = np.stack([np.cos(turn), _FLATNESS[shape] * np.sin(turn)], axis=1)
    return points


def _regular(corners: int) -> "NDArray[np.float64]":
    angles = np.arange(corners) * 2 * np.pi / corners - np.pi / 2
    points: NDArray[np.float64] = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return points


def _turned(point: tuple[float, float], quarters: int) -> tuple[float, float]:
    for _ in range(quarters):
        point = -point[1], point[0]
    return point
