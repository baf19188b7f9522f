"""Samples as conversations, in the two spellings that trainers read, with a placeholder for each picture or clip.

A sample's text never holds a placeholder; this is where they come in, and where they are counted again.
"""

from collections.abc import Sequence
from functools import cache

from msgspec import Struct

from instit_tools.samples import Sample, Turn

__all__ = [
    "CHAT_TOKENS",
    "IMAGE",
    "MESSAGES",
    "RESERVED",
    "SHAREGPT",
    "SWIFT_TOKENS",
    "VIDEO",
    "Spelling",
    "conversation",
    "frames_said",
    "labels",
    "laid_out",
    "text_size",
    "video_label",
]

IMAGE, VIDEO = "<image>", "<video>"

RESERVED = (
    "<image>",
    "<video>",
    "<audio>",
    "<im_start>",
    "<im_end>",
    "<im_patch>",
    "<unk>",
    "</s>",
    " ASSISTANT: ",
    "<|",
    "QA_GT_caption_based_noisy",
)
"""What LLaVA's code takes for a placeholder, for the end of an answer, or deletes (llava/constants.py, train.py)."""

CHAT_TOKENS = (
    "<image>",
    "<video>",
    "<audio>",
    "<|",
    "</s>",
    "[INST]",
    "[/INST]",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<img>",
    "</img>",
    "<IMG_CONTEXT>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<image_soft_token>",
)
"""Placeholders and control tokens of the models that LLaMA-Factory, ms-swift, Qwen-VL and TRL train.

In text they become control tokens: Qwen writes all of its own as ``<|...|>`` but for those of thoughts and tools.
"""

SWIFT_TOKENS = (*CHAT_TOKENS, "<bbox>", "<ref-object>", "<cot-process>", "<start-image>", "{{")
"""And ms-swift's own placeholders, and the braces of its templates (swift/template/base.py)."""

_TEMPLATE_TOKENS = 16
"""More than any of these models' chat templates puts around a message."""


class Spelling(Struct, frozen=True, kw_only=True):
    """How a message is written: the keys for who speaks and what, and the names of the two speakers."""

    role: str
    content: str
    user: str
    assistant: str


SHAREGPT = Spelling(role="from", content="value", user="human", assistant="gpt")
MESSAGES = Spelling(role="role", content="content", user="user", assistant="assistant")


def conversation(sample: Sample, spelling: Spelling = SHAREGPT, opening: str | None = None) -> list[dict[str, str]]:
    """Lay the turns out as messages, *opening* (by default the pictures' placeholders) before the first question."""
    return laid_out(sample.turns, spelling, labels(len(sample.frames)) if opening is None else opening)


def laid_out(turns: Sequence[Turn], spelling: Spelling, before: str) -> list[dict[str, str]]:
    """Lay *turns* out as messages, *before* in front of the first question."""
    role, content, user, assistant = spelling.role, spelling.content, spelling.user, spelling.assistant
    messages: list[dict[str, str]] = []
    for turn in turns:  # a comprehension of pairs takes twice the time, and a run has a million turns
        messages.append({role: user, content: before + turn.user})
        messages.append({role: assistant, content: turn.assistant})
        before = ""
    return messages


@cache
def labels(pictures: int) -> str:
    """Name each picture before its placeholder; a single one needs no name, LLaVA would move it to the front."""
    if pictures == 1:
        return f"{IMAGE}\n"
    return "".join(f"Frame <{number}>: {IMAGE}\n" for number in range(1, pictures + 1))


def video_label(frames: int, placeholder: str = VIDEO) -> str:
    """Stand for a whole clip by one placeholder, and say which numbers its frames have."""
    return f"{placeholder}\n{frames_said(frames)}"


def frames_said(frames: int) -> str:
    """Say which numbers the frames of a video have."""
    return f"The video has {frames} frames, <1> to <{frames}>.\n"


def text_size(sample: Sample) -> int:
    """Bound the tokens of the text, chat template included: no byte-level tokenizer makes more of them than bytes."""
    size = len(labels(len(sample.frames))) + _TEMPLATE_TOKENS * (2 * len(sample.turns) + 1)
    for turn in sample.turns:
        for text in (turn.user, turn.assistant):
            size += len(text) if text.isascii() else len(text.encode())  # to encode takes longer than to ask
    return size
