"""Masks: the one place where run lengths are trusted, after they were checked.

`runs` adds run lengths up without decoding them, `whole` makes masks of those that fill their picture, and all else
takes only such masks. So nothing that pycocotools answers with garbage (runs that are too few, too long or empty,
pictures of two sizes, 256 masks at once) ever reaches it.
"""

from instit_tools.masks.runs import Runs, runs
from instit_tools.masks.shapes import Deepest, deepest, edge, outlines
from instit_tools.masks.whole import (
    Box,
    Mask,
    boxes,
    by_group,
    by_id,
    cut,
    decode,
    encode,
    iou,
    overlaps,
    read,
    read_all,
    union,
)

__all__ = [
    "Box",
    "Deepest",
    "Mask",
    "Runs",
    "boxes",
    "by_group",
    "by_id",
    "cut",
    "decode",
    "deepest",
    "edge",
    "encode",
    "iou",
    "outlines",
    "overlaps",
    "read",
    "read_all",
    "runs",
    "union",
]
