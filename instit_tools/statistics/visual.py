"""How many tokens a picture takes in LLaVA-NeXT and in Qwen-VL, from its width and height in pixels.

LLaVA-NeXT's numbers depend on its vision encoder, of which the paper trains two (section 3.1): CLIP-ViT-L/14 at 336
pixels beside Vicuna, SigLIP-SO400M/14 at 384 beside Qwen2.
"""

import math
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

__all__ = ["ASSUMED", "ENCODERS", "SIZES", "VISION", "Encoder", "Vision", "anyres", "pooled", "qwen_vl", "unpooled"]

Vision = Literal["clip-336", "siglip-384"]
VISION: Vision = "clip-336"
"""The encoder unless another is asked for."""

SIZES: Mapping[str, tuple[int, int]] = {"video": (1280, 720), "image": (960, 640)}
"""Width and height assumed of a picture that nothing is known of, by kind of record.

They are those of the frames in the authors' demo and of their marked image. The record on their project page has frames
of 640x424, a third of the tokens in Qwen-VL: what is read from pictures is better than what is assumed.
"""

ASSUMED = " and ".join(f"{width}x{height} for {kind}s" for kind, (width, height) in SIZES.items()) + ", assumed"


class Encoder(Struct, frozen=True):
    """A vision encoder: it sees squares of *side* pixels as *grid* x *grid* patches of 14 pixels.

    *vicuna* says whether the language model behind it is Vicuna, or else Qwen2.
    """

    side: int
    grid: int
    vicuna: bool


ENCODERS: Mapping[Vision, Encoder] = {
    "clip-336": Encoder(336, 24, vicuna=True),
    "siglip-384": Encoder(384, 27, vicuna=False),
}

_TILINGS = ((1, 2), (2, 1), (2, 2), (3, 1), (1, 3))
"""Columns and rows of tiles that AnyRes chooses from, beside the whole picture.

They are the ``image_grid_pinpoints`` of LLaVA-NeXT's first checkpoints; the paper says "up to 4" (section 3.1).
"""

_POOLED_BY = 2
_QWEN_PATCH = 28
_QWEN_LEAST, _QWEN_MOST = 56 * 56, 12_845_056
_QWEN_AROUND = 2


def anyres(width: int, height: int, encoder: Encoder = ENCODERS[VISION]) -> int:
    """Count the tokens of a single picture in LLaVA-NeXT: the whole picture, and its tiles without their padding.

    The tiling is the one that keeps most pixels of the picture, and of those the one that wastes least; each row of
    patches ends with a token for the line break (LLaVA-NeXT: ``select_best_resolution`` in ``mm_utils.py``,
    ``unpad_image`` and ``mm_patch_merge_type`` ``spatial_unpad`` in ``llava_arch.py``).

    >>> anyres(640, 640), anyres(1280, 720), anyres(1280, 720, ENCODERS["siglip-384"])
    (2928, 1948, 2379)
    """
    columns, rows = (number * encoder.grid for number in _tiling(width, height, encoder.side))
    if width * rows > height * columns:  # wider than the tiles: padded above and below
        rows -= 2 * ((rows - int(height * (columns / width))) // 2)
    else:
        columns -= 2 * ((columns - int(width * (rows / height))) // 2)
    return encoder.grid**2 + rows * (columns + 1)


def _tiling(width: int, height: int, side: int) -> tuple[int, int]:
    best, most, least = _TILINGS[0], 0, math.inf
    for columns, rows in _TILINGS:
        scale = min(columns * side / width, rows * side / height)
        kept = min(int(width * scale) * int(height * scale), width * height)
        wasted = columns * rows * side**2 - kept
        if kept > most or (kept == most and wasted < least):
            best, most, least = (columns, rows), kept, wasted
    return best


def pooled(frames: int, encoder: Encoder = ENCODERS[VISION]) -> int:
    """Count the tokens of a video in LLaVA-NeXT as the authors use it: each frame a square, pooled two by two.

    Bilinear pooling rounds up, and no token stands for a line break (LLaVA-NeXT: ``get_2dPool`` in ``llava_arch.py``;
    ``mm_spatial_pool_stride=2``, ``mm_newline_position=no_token`` in the authors' ``inference_video.py``).

    >>> pooled(8), pooled(8, ENCODERS["siglip-384"])
    (1152, 1568)
    """
    return frames * math.ceil(encoder.grid / _POOLED_BY) ** 2


def unpooled(frames: int, encoder: Encoder = ENCODERS[VISION]) -> int:
    """Count the tokens of several pictures as LLaVA-NeXT's own loader shows them: each a padded square, not pooled.

    That is what becomes of a list under ``image`` (``train.py``: ``image_aspect_ratio`` ``pad``), one token for a line
    break behind each picture (``llava_arch.py``: ``spatial_unpad``).

    >>> unpooled(8)
    4616
    """
    return frames * (encoder.grid**2 + 1)


def qwen_vl(width: int, height: int) -> int:
    """Count the tokens of a picture in Qwen2-VL and Qwen2.5-VL, the two around it included.

    Both sides are rounded to whole patches of 28 pixels, and scaled where there are more than 12,845,056 pixels or
    fewer than 3,136 (``smart_resize`` in ``qwen_vl_utils``; limits of the published ``preprocessor_config.json``).

    >>> qwen_vl(1280, 720), qwen_vl(20, 20), qwen_vl(10000, 10000)
    (1198, 6, 16131)
    """
    wide, high = (max(_QWEN_PATCH, round(each / _QWEN_PATCH) * _QWEN_PATCH) for each in (width, height))
    if wide * high > _QWEN_MOST:
        scale = math.sqrt(width * height / _QWEN_MOST)
        wide, high = (
            max(_QWEN_PATCH, math.floor(each / scale / _QWEN_PATCH) * _QWEN_PATCH) for each in (width, height)
        )
    elif wide * high < _QWEN_LEAST:
        scale = math.sqrt(_QWEN_LEAST / (width * height))
        wide, high = (math.ceil(each * scale / _QWEN_PATCH) * _QWEN_PATCH for each in (width, height))
    return wide * high // _QWEN_PATCH**2 + _QWEN_AROUND
