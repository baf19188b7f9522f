"""What the planting of a defect works on: a record, chance, and an earlier record; and what it gives back."""

from collections.abc import Callable, Iterator
from random import Random

from msgspec import Struct

from instit_tools.made_up.annotate import Json

__all__ = ["Defect", "Found", "Patient", "Place"]

Found = tuple[str, str]
"""Where a defect is, as a JSON pointer within the record or as a file, and what it is, in words."""

Place = tuple[str, Json, str]
"""A field: the pointer of its owner, the owner, the key."""


class Patient(Struct, frozen=True):
    """A record to spoil, chance, and an earlier record whose id and path are sound (``None`` for the first)."""

    kind: str
    record: Json
    rng: Random
    earlier: Json | None = None

    @property
    def frames(self) -> list[Json]:
        """The frames of a video; none for an image."""
        found: list[Json] = self.record.get("frame_level_caption", [])
        return found

    def captions(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield each map of instance captions, with its pointer."""
        if self.kind == "image":
            yield "/instance_level_caption", self.record["instance_level_caption"]
        for number, frame in enumerate(self.frames):
            yield f"/frame_level_caption/{number}/instance_level", frame["instance_level"]

    def scene_text(self) -> Place:
        """Choose a caption of a whole frame or image."""
        if self.kind == "image":
            return "", self.record, "image_level_caption"
        number = self.rng.randrange(len(self.frames))
        return f"/frame_level_caption/{number}", self.frames[number], "image_level"

    def exchange_text(self, key: str) -> Place:
        """Choose a question (*key* ``question``) or an answer of a video."""
        pairs: list[Json] = self.record["question_answer_pairs"]
        number = self.rng.randrange(len(pairs))
        return f"/question_answer_pairs/{number}", pairs[number], key

    def instance_text(self) -> Place:
        """Choose a caption of an instance."""
        pointer, captions = self.rng.choice(list(self.captions()))
        return pointer, captions, self.rng.choice(list(captions))

    def ids(self) -> list[int]:
        """List the ids that are captioned in every frame, so that any text may speak of them; at least one is."""
        return sorted(int(key) for key in set.intersection(*(set(captions) for _, captions in self.captions())))


Defect = Callable[[Patient], Found | None]
"""Spoils one thing in a record and says where, or leaves the record alone and says ``None``: it does not apply."""
