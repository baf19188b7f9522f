"""The loader of the first VideoRefer (videorefer/train.py, ``LazySupervisedDataset``; mm_utils.py, line 168).

A folder of frames is read whole, in the order of names, and frames with masks are taken from it by number. It looks for
each ``<region>`` behind the placeholder of the picture or video, and compares no counts (videorefer_arch.py, lines 244
to 264). ``segmentation`` of null is an all-zero mask. Anything that fails is replaced by another row at random.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from instit_tools.conversations import IMAGE, VIDEO
from instit_tools.errors import MediaError
from instit_tools.manifest import Shard
from instit_tools.media.clips import Measured
from instit_tools.verification.base import Problem, Scope, moment_problems
from instit_tools.verification.media import clip_problems, look_ahead, looked_at
from instit_tools.verification.regions import (
    Found,
    Size,
    identity_problems,
    mask_problems,
    of_frames,
    size_of,
    speech_problems,
)
from instit_tools.verification.rows import element_problems

TARGETS = frozenset({"videorefer"})

_Seen = tuple[list[Size] | None, list[tuple[str, str]]]
"""The size of each frame, or ``None`` where nothing can be shown, and what is wrong with the media."""


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every element of the array."""
    return element_problems(path, shard, scope, partial(_judge, scope=scope))


def _judge(row: Mapping[str, Any], scope: Scope) -> Found:
    annotation = row.get("annotation")
    objects = len(annotation) if isinstance(annotation, list) else 0
    if not objects:
        yield "annotation", "has no mask of any object"
    yield from identity_problems(row, objects, scope)
    sizes, found = _media(row, scope)
    yield from found
    if sizes is None:
        return
    yield from moment_problems(row.get("timestamps"), len(sizes))
    yield from _annotation_problems(annotation if isinstance(annotation, list) else [], sizes)
    yield from speech_problems(row, IMAGE if "image" in row else VIDEO, len(sizes), objects)


def _annotation_problems(annotation: list[Any], sizes: list[Size]) -> Found:
    masks = []
    for place, entry in enumerate(annotation):
        found, wrong = of_frames(entry, f"annotation[{place}]", len(sizes))
        yield from wrong
        for number, held in found.items():
            where = f'annotation[{place}]["{number}"]'
            if not isinstance(held, Mapping) or "segmentation" not in held:
                yield where, "has no segmentation"
            elif held["segmentation"] is None:
                yield where, "is null, which the loader takes for an empty mask"
            else:
                masks.append((where, held["segmentation"], sizes[number]))
    yield from mask_problems(masks, "annotation")


def _media(row: Mapping[str, Any], scope: Scope) -> _Seen:
    if "image" in row:
        return _image(row, scope)
    video = row.get("video")
    if not isinstance(video, str):
        return None, [("video", "is no folder of frames and no video file, and there is no image")]
    return _clip(video, row, scope) if video in scope.names else _folder(video, row, scope)


def _image(row: Mapping[str, Any], scope: Scope) -> _Seen:
    if not isinstance(row["image"], str):
        return None, [("image", "is not the path of a picture")]
    picture, wrong = looked_at(row["image"], scope, absolute=True)
    found = [("image", each) for each in wrong]
    if "video" in row:
        found.append(("video", "is ignored beside image"))
    return [size_of(picture)], found


def _clip(video: str, row: Mapping[str, Any], scope: Scope) -> _Seen:
    moments = row.get("timestamps")
    frames = len(moments) if isinstance(moments, list) else 0
    found = [("video", each) for each in clip_problems(video, frames, scope)]
    about = scope.clips.get(video)
    return [about.size if isinstance(about, Measured) else None] * frames, found


def _folder(video: str, row: Mapping[str, Any], scope: Scope) -> _Seen:
    names = row.get("frames")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return None, [
            ("frames", f"do not say which files {video} should have, and it is no video file of this dataset")
        ]
    found = []
    if names != sorted(names):
        found.append(("frames", "are not in the order of their names, in which the loader reads them"))
    if scope.store is None:
        return [None] * len(names), found
    try:
        there = scope.store.names(video)
    except MediaError as error:
        return None, [("video", error.message)]
    if there != sorted(names):
        found.append(("video", f"{video} has {len(there)} files, and they are not its {len(names)} frames"))
        return [None] * len(names), found
    paths = [f"{video}/{name}" for name in names]
    look_ahead(paths, scope)
    seen = [looked_at(path, scope) for path in paths]
    return [size_of(picture) for picture, _ in seen], found + [("video", each) for _, wrong in seen for each in wrong]
