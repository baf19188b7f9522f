"""Samples as human/gpt conversations, the LLaVA family's dialect, in which ``<image>`` stands for a picture.

A sample's text never holds a placeholder; this is where they come in, and where they are counted again.
"""

from instit_tools.samples import Sample

__all__ = ["IMAGE", "RESERVED", "conversation", "labels"]

IMAGE = "<image>"

RESERVED = (
    "<image>",
    "<video>",
    "<audio>",
    "<im_start>",
    "<im_end>",
    "<im_patch>",
    "</s>",
    " ASSISTANT: ",
    "<|im_start|>",
    "<|im_end|>",
    "QA_GT_caption_based_noisy",
)
"""What LLaVA's code takes for a placeholder, for the end of an answer, or deletes (llava/constants.py, train.py)."""


def conversation(sample: Sample) -> list[dict[str, str]]:
    """Lay the turns out as ``{"from", "value"}``, the pictures' placeholders before the first question."""
    opening = labels(len(sample.frames))
    messages = []
    for turn in sample.turns:
        messages += [{"from": "human", "value": opening + turn.user}, {"from": "gpt", "value": turn.assistant}]
        opening = ""
    return messages


def labels(pictures: int) -> str:
    """Name each picture before its placeholder; a single one needs no name, LLaVA would move it to the front."""
    if pictures == 1:
        return f"{IMAGE}\n"
    return "".join(f"Frame <{number}>: {IMAGE}\n" for number in range(1, pictures + 1))
