"""``qwen-vl-finetune`` (QwenLM/Qwen3-VL qwenvl/data/data_processor.py; the defaults in qwenvl/train/argument.py).

Everybody but ``human`` is the assistant and trained on, a system turn too; placeholders count in questions only, and
one too many or a picture left over is an error (``_build_messages``); a list under ``video`` is several videos, and a
list in it fails; ``data_path`` is overwritten. For a sample that fails it takes the next, without stopping
(``__getitem__``). A blank line fails when the file is read (``read_jsonl``).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from instit_tools.conversations import CHAT_TOKENS, SHAREGPT, VIDEO
from instit_tools.manifest import Shard
from instit_tools.verification.base import Problem, Rules, Scope, Shown
from instit_tools.verification.media import seen_clip, seen_pictures
from instit_tools.verification.rows import line_problems, sample_problems

TARGETS = frozenset({"qwen-vl"})

_RULES = Rules(field="conversations", spelling=SHAREGPT, reserved=CHAT_TOKENS)


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every line."""

    def judge(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        if "data_path" in row:
            yield "data_path", "is overwritten by the loader"
        shown, found = _media(row, scope)
        yield from found
        yield from sample_problems(row, shown, _RULES, scope)

    return line_problems(path, shard, scope, judge, uniform=False)


def _media(row: Mapping[str, Any], scope: Scope) -> tuple[Shown | None, list[tuple[str, str]]]:
    images, video = row.get("image"), row.get("video")
    if video is not None:
        if images or not isinstance(video, str):
            return None, [("video", "is not one video file and nothing else: a list is taken for several videos")]
        return seen_clip("video", video, row, scope, VIDEO, even=True)
    return seen_pictures("image", images, scope)
