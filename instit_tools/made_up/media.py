"""The picture files of a record: the marked tree and the raw tree, which have the same files in the same places."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from instit_tools.made_up import naming
from instit_tools.made_up.paint import picture
from instit_tools.made_up.raster import IMAGE_SIZE, VIDEO_SIZE, Patch, patches, visible
from instit_tools.made_up.scene import Scene
from instit_tools.masks import encode
from instit_tools.rendering.draw import marked
from instit_tools.rendering.style import load

__all__ = ["Pair", "image_pictures", "save", "video_pictures"]

Pair = tuple[str, Image.Image, Image.Image]
"""The path of a picture in the marked tree, the raw picture, the marked picture."""

_QUALITY = 90


def video_pictures(scene: Scene) -> Iterator[Pair]:
    """Draw every frame of a video."""
    folder = naming.video_path(scene.index)
    for time, name in enumerate(naming.frame_names(scene.index, len(scene.frames))):
        found = patches(scene, time, VIDEO_SIZE)
        raw = picture(scene, found, VIDEO_SIZE)
        yield f"{folder}/{name}", raw, _marked(raw, found, "video")


def image_pictures(scene: Scene) -> Iterator[Pair]:
    """Draw an image."""
    found = patches(scene, 0, IMAGE_SIZE)
    raw = picture(scene, found, IMAGE_SIZE)
    yield naming.image_path(scene.index), raw, _marked(raw, found, "image")


def _marked(raw: Image.Image, found: list[Patch], style: str) -> Image.Image:
    masks = {number: encode(mask) for number, mask in visible(found, raw.size).items()}
    return Image.fromarray(marked(np.asarray(raw), masks, load(style)))


def save(folder: Path, pair: Pair, spoil: Callable[[bytes], bytes | None] | None = None) -> bool:
    """Write both pictures as JPEG below *folder*, and tell whether the marked one is there.

    *spoil* changes the bytes of the marked one, or takes them away.
    """
    path, raw, marked = pair
    _put(folder / path.replace("_vpt/", "_raw/", 1), _jpeg(raw))
    data = _jpeg(marked)
    kept = spoil(data) if spoil else data
    if kept is not None:
        _put(folder / path, kept)
    return kept is not None


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
