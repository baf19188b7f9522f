"""ms-swift's loader (swift/dataset/preprocessor/core.py, swift/template/base.py, template_inputs.py, vision_utils.py).

It deletes, after ten lines in its log, every row that it cannot read (core.py, ``batched_preprocess``): a role that it
does not know, content that is null, an ``objects`` column that is not grounding. In place of a row that it cannot
encode (a picture that is missing or cut short, more tokens than ``max_length``) it takes another at random
(swift/dataset/utils.py, ``LazyLLMDataset``). It never compares counts: missing placeholders are put before the first
question, surplus ones stay as text (base.py, ``_add_default_tags``). A path that is no file may be taken for base64
(vision_utils.py, ``_check_path``), and paths in a list of frames are not resolved at all (base.py,
``_preprocess_inputs``). A video file loses the last of an odd number of frames (qwen_vl_utils). What stands in double
braces is filled in (base.py). Roles by other names are known to it, and kept out here.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from instit_tools.conversations import MESSAGES, SWIFT_TOKENS
from instit_tools.manifest import Shard
from instit_tools.verification.base import Problem, Rules, Scope
from instit_tools.verification.rows import line_problems, media_problems, sample_problems

TARGETS = frozenset({"ms-swift"})

_RULES = Rules(
    field="messages",
    spelling=MESSAGES,
    reserved=SWIFT_TOKENS,
)
TAKEN = (
    "objects",
    "label",
    "channel",
    "tools",
    "margin",
    "rejected_response",
    "rejected_messages",
    "rejected_images",
    "chat_template_kwargs",
    "conversation",
    "conversations",
    "image",
    "video",
    "audio",
    "audios",
    "system",
    "query",
    "response",
)
"""Columns that mean something of their own to the loader."""


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every line."""

    def judge(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for key in TAKEN:
            if key in row:
                yield key, "is a column that the loader takes for its own"
        shown, found = media_problems(row, scope, even=True, absolute=True)
        yield from found
        yield from sample_problems(row, shown, _RULES, scope)

    return line_problems(path, shard, scope, judge, uniform=True)
