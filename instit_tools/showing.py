"""How a sample's frames are shown: as pictures, or as one clip where the user asks for clips.

A clip begins at three frames. Models that merge two frames into one step could not see the change that a pair is
about, so samples of one or two frames stay pictures, whatever is asked for.
"""

from instit_tools.samples import Frame, Sample
from instit_tools.sinks.base import Clip

__all__ = ["CLIPS", "IMAGES", "MERGED", "MP4", "VIDEO_LIST", "Clips", "is_clip", "shard_kind"]

IMAGES, VIDEO_LIST, MP4 = "images", "video-list", "mp4"
CLIPS = "clips"
"""The folder of video files below the output."""

MERGED = (
    "Qwen-VL merges every two frames of a clip into one step, and Qwen3-VL writes seconds of its own beside <t>, so "
    "<t> is not exact; --frames images (the default) keeps each frame apart"
)
"""What becomes of ``<t>`` in the clips of these models, and what to do instead."""

_FEWEST = 3


def is_clip(sample: Sample, frames: str) -> bool:
    """Say whether *sample* is shown as a clip, where *frames* is what the user chose."""
    return frames != IMAGES and sample.kind == "video" and len(sample.frames) >= _FEWEST


def shard_kind(sample: Sample, frames: str) -> str | None:
    """Give the kind of shard for *sample* where clips and pictures must not share one; ``None``: that of its record."""
    if frames == IMAGES:
        return None
    return "video" if is_clip(sample, frames) else "image"


class Clips:
    """The clips of one record, each named once, however many samples show it."""

    def __init__(self, key: str, *, even: bool = False) -> None:
        """Name clips after *key*; with *even*, repeat the last frame of an odd clip, which would else be dropped."""
        self._key = key
        self._even = even
        self._names: dict[tuple[Frame, ...], str] = {}

    def clip(self, frames: tuple[Frame, ...]) -> Clip:
        """Give the clip of *frames*."""
        if frames not in self._names:
            number = f"-{len(self._names) + 1}" if self._names else ""
            self._names[frames] = f"{CLIPS}/{self._key}{number}.mp4"
        doubled = frames[-1:] if self._even and len(frames) % 2 else ()
        return Clip(name=self._names[frames], frames=frames + doubled)
