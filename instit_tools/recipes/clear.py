"""Records whose texts pass the gate just as they are, which is nearly every one: seen once a record, not once a line.

All texts of a record are joined, with a NUL between, which is no part of any reference. They are clear where every
``[`` opens an instance in the published spelling (``[3]``) that the record knows and whose number stays; every ``<``
opens a known moment (``<3>``) that is alone or one end of an interval in the published spelling (``<3>-<5>``); and no
literal that the trainer reserves is there. The gate would find nothing to object to in such a text, and nothing to
write anew but numbers of frames: what has any goes through it, wherever the frames of a sample do not keep theirs.

A record that is not clear need not be wrong (``x < 3``). It goes through the gate, which alone decides and words.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from instit_tools.recipes.gate import Subject
from instit_tools.recipes.load import Part
from instit_tools.recipes.said import Draft

__all__ = ["is_clear", "keeps_its_frames"]

_NOTHING = "(?!)"
_NO_REFERENCE = re.compile(r"[\[<]\D")


def is_clear(subject: Subject, texts: Iterable[str]) -> bool:
    """Say whether *texts*, which are all that is said, are right as they are, but for the numbers of frames."""
    if not subject.moments:
        return False
    text = "\0".join(texts)
    for literal in _beyond_brackets(subject.origin.reserved):
        if literal in text:
            return False
    if _no_instance(subject.kept.unmoved).search(text):
        return False
    return "<" not in text or not _no_moment(subject.moments).search(text)


def keeps_its_frames(subject: Subject, part: Part, draft: Draft) -> bool:
    """Say whether *draft*, of a clear record, shows what it is about and names no frame by a number it has no more."""
    _, frames, turns = draft
    limit = subject.recipe.max_frames
    shown = len(frames) if limit is None else min(limit, len(frames))
    if part.pictures == "pair" and shown < len(frames):
        return False
    if subject.counted and shown == len(subject.moments):
        return True
    return not any("<" in asked or "<" in answer for _, asked, answer, _ in turns)


@lru_cache(maxsize=4096)
def _no_instance(numbers: tuple[int, ...]) -> re.Pattern[str]:
    return _unclear("[", numbers, r"\]")


@lru_cache(maxsize=4096)
def _no_moment(numbers: frozenset[int]) -> re.Pattern[str]:
    return _unclear("<", numbers, r">(?:-<|(?!\s?[-\N{EN DASH}]))")


def _unclear(opening: str, numbers: Iterable[int], closing: str) -> re.Pattern[str]:
    """Find an *opening* bracket that opens none of *numbers*."""
    usual = "|".join(map(str, sorted(numbers))) or _NOTHING
    return re.compile(rf"{re.escape(opening)}(?!(?:{usual}){closing})")


@lru_cache
def _beyond_brackets(reserved: tuple[str, ...]) -> tuple[str, ...]:
    """Give those of the *reserved* literals whose bracket is not unclear already, without the space around them.

    The space would be looked for first, and is everywhere.
    """
    return tuple(literal.strip() for literal in reserved if not _NO_REFERENCE.match(literal))
