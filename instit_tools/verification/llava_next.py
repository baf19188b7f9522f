"""LLaVA-NeXT's ``LazySupervisedDataset`` (LLaVA-VL/LLaVA-NeXT llava/train/train.py, lines 381 to 1240).

Its loader compares no counts: with a placeholder too few, pictures go to the next sample of the batch (llava_arch.py,
lines 447 to 484), and whatever it cannot open is replaced by the next sample (lines 1104 to 1135). So these rules ask
for more than it does: as many placeholders as pictures, all in the first question, and every picture there.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from instit_tools.conversations import IMAGE
from instit_tools.manifest import Shard
from instit_tools.verification.base import Problem, Scope, Shown, conversation_problems, moment_problems
from instit_tools.verification.media import seen_clip, seen_pictures
from instit_tools.verification.rows import element_problems

TARGETS = frozenset({"llava"})


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every element of the array."""
    return array_problems(path, shard, scope, single=False)


def array_problems(path: Path, shard: Shard, scope: Scope, *, single: bool) -> Iterator[Problem]:
    """Read every element of a LLaVA array; with *single*, each sample has one picture, by its path."""
    return element_problems(path, shard, scope, partial(_row_problems, scope=scope, single=single))


def _row_problems(sample: Mapping[str, Any], scope: Scope, *, single: bool) -> Iterator[tuple[str, str]]:
    key = str(sample.get("id"))
    if not scope.is_new(key):
        yield "id", f"{key} stands more than once"
    shown, found = _media(sample, scope, single=single)
    yield from found
    if shown is None:
        return
    instances = sample.get("instances")
    yield from moment_problems(sample.get("timestamps"), shown.frames)
    if not isinstance(instances, list):
        yield "instances", "is no list of ids"
    yield from conversation_problems(sample.get("conversations"), shown, instances)


def _media(sample: Mapping[str, Any], scope: Scope, *, single: bool) -> tuple[Shown | None, list[tuple[str, str]]]:
    if "image" not in sample and isinstance(clip := sample.get("video"), str) and not single:
        return seen_clip("video", clip, sample, scope, IMAGE)
    shown, found = seen_pictures("image", sample.get("image"), scope)
    if shown is None:
        return None, found
    if single and not isinstance(sample["image"], str):
        found.insert(0, ("image", "is a list, and the trainer takes 1 path"))
    if "video" in sample:
        found.append(("video", "is ignored beside image"))
    return shown, found
