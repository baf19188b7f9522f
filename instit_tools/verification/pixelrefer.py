"""The loader of PixelRefer, which is that of VideoRefer-VideoLLaMA3 (pixelrefer/train.py, ``_convert_normal``).

A video must be a list; a list of one is taken for a file or a folder and resampled, so frames are two at least. Then
it needs ``timestamps``, and ``masked_video``: the frames that masks are in, in the order in which ``masks`` come to
them. It puts the features of each mask in the place of the next ``<region>``, in answers too, fails where there are too
few, and leaves surplus ones as text (``mm_utils.py``, ``annToMask``, ``resize_image_mask``). An object has one mask
(PixelRefer/README.md).
"""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from instit_tools.conversations import IMAGE, VIDEO
from instit_tools.manifest import Shard
from instit_tools.verification.base import Problem, Scope
from instit_tools.verification.media import look_ahead, looked_at
from instit_tools.verification.regions import (
    Found,
    Size,
    identity_problems,
    mask_problems,
    of_frames,
    size_of,
    speech_problems,
)
from instit_tools.verification.rows import line_problems

TARGETS = frozenset({"pixelrefer"})


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every line; columns may differ, for the loader reads each line by itself."""
    return line_problems(path, shard, scope, partial(_judge, scope=scope), uniform=False)


def _judge(row: Mapping[str, Any], scope: Scope) -> Found:
    masks = row.get("masks")
    objects = len(masks) if isinstance(masks, list) else 0
    if not objects:
        yield "masks", "has no mask, and the loader stacks them"
    yield from identity_problems(row, objects, scope)
    if "image" in row:
        yield from _image(row, scope)
        yield from speech_problems(row, IMAGE, 1, objects)
        return
    paths = row.get("video")
    if wrong := _not_frames(paths):
        yield "video", wrong
        return
    yield from _video(row, paths or [], scope)
    yield from speech_problems(row, VIDEO, len(paths or []), objects)


def _image(row: Mapping[str, Any], scope: Scope) -> Found:
    path = row["image"]
    if not isinstance(path, str):
        yield "image", "is not the path of a picture"
        return
    picture, found = looked_at(path, scope)
    yield from (("image", each) for each in found)
    for column in ("video", "timestamps", "masked_video"):
        if column in row:
            yield column, "is ignored beside image"
    yield from mask_problems(
        [(f"masks[{place}]", rle, size_of(picture)) for place, rle in enumerate(_listed(row))], "masks"
    )


def _not_frames(paths: Any) -> str | None:  # noqa: ANN401  # as read, of any shape
    if isinstance(paths, str):
        return "is a text, and the loader takes a list of frames"
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        return "is no list of frames, and there is no image"
    if len(paths) == 1:
        return "is a list of one, which the loader takes for a file or a folder, and resamples"
    return None if paths else "has no frame"


def _video(row: Mapping[str, Any], paths: list[str], scope: Scope) -> Found:
    look_ahead(paths, scope)
    sizes: list[Size] = []
    for path in paths:
        picture, found = looked_at(path, scope)
        sizes.append(size_of(picture))
        yield from (("video", each) for each in found)
    if not _rising(row.get("timestamps"), len(paths)):
        yield "timestamps", "are not the seconds of its frames, in order"
    yield from _masks(row, paths, sizes)


def _masks(row: Mapping[str, Any], paths: list[str], sizes: list[Size]) -> Found:
    masks, chosen = [], []
    sound = True
    for place, entry in enumerate(_listed(row)):
        where = f"masks[{place}]"
        found, wrong = of_frames(entry, where, len(paths))
        if len(found) > 1:
            wrong = [(where, f"has masks in {len(found)} frames, and an object has one")]
        sound = sound and not wrong
        yield from wrong
        chosen += [paths[number] for number in found]
        masks += [(f'{where}["{number}"]', rle, sizes[number]) for number, rle in found.items()]
    if sound and row.get("masked_video") != list(dict.fromkeys(chosen)):
        yield "masked_video", "is not the frames with masks, in the order in which masks come to them"
    yield from mask_problems(masks, "masks")


def _listed(row: Mapping[str, Any]) -> list[Any]:
    masks = row.get("masks")
    return masks if isinstance(masks, list) else []


def _rising(moments: Any, count: int) -> bool:  # noqa: ANN401  # as read, of any shape
    if not isinstance(moments, list) or len(moments) != count:
        return False
    return all(type(moment) in {int, float} for moment in moments) and all(a < b for a, b in pairwise(moments))
