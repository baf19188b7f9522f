"""A sample: one training example, independent of any trainer.

Ordered frames, turns of text without any placeholder, the ids it may speak of, and where it came from. The k-th frame
of a sample is ``<k>`` in its text, always: recipes renumber.
"""

from typing import Literal

from msgspec import Struct

__all__ = ["Frame", "Provenance", "Reason", "Reject", "Sample", "Turn"]


class Frame(Struct, frozen=True, kw_only=True, gc=False):
    """One picture: *path* below the media root; *timestamp* is its number in the record.

    *width* and *height* in pixels, and the *extension* that the content deserves, are ``None`` where no media were
    given to look at.
    """

    path: str
    timestamp: int
    width: int | None = None
    height: int | None = None
    extension: str | None = None


class Turn(Struct, frozen=True, gc=False):
    """What the user says and what the assistant answers."""

    user: str
    assistant: str


class Provenance(Struct, frozen=True, kw_only=True, gc=False):
    """What a sample was made from: the record, and the part of the recipe."""

    file: str
    number: int
    record: int | str
    recipe: str
    part: str


class Sample(Struct, frozen=True, kw_only=True, gc=False):
    """One training example; *instances* are the ids of the record as the text may speak of them."""

    id: str
    kind: str
    frames: tuple[Frame, ...]
    turns: tuple[Turn, ...]
    instances: tuple[int, ...]
    provenance: Provenance


Reason = Literal["record", "media", "sample", "text", "reserved", "dropped-frame", "dropped-instance", "dropped-sample"]
"""Why something was left out; what is right but has no place in the sample starts with ``dropped``."""


def is_fault(reason: str) -> bool:
    """Say whether the data are at fault, and not only a limit or the choice of frames in the way."""
    return not reason.startswith("dropped")


class Reject(Struct, frozen=True, kw_only=True, gc=False):
    """Something that was left out: where it stood, why, and its text."""

    file: str
    number: int
    record: int | str | None
    field: str
    reason: Reason
    message: str
    text: str | None = None

    @property
    def is_fault(self) -> bool:
        """Whether the data are at fault, and not only a limit or the choice of frames in the way."""
        return is_fault(self.reason)
