"""JSON lines: each row's bytes, one after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from instit_tools.conversations import Spelling, conversation, text_size, video_label
from instit_tools.media.paths import absolute
from instit_tools.samples import Sample
from instit_tools.showing import MP4, Clips, is_clip, shard_kind
from instit_tools.sinks.base import Clip, Row
from instit_tools.sinks.blocks import Blocks

__all__ = ["Lines", "Spell", "chat", "line", "lines"]

_ENCODE = msgspec.json.Encoder().encode

Spell = Callable[[Sample, bool, Clip | None], Mapping[str, Any]]
"""Makes the object of a sample, shown as a clip or not, and of the video file where there is one."""


def line(
    element: Mapping[str, Any], sample: Sample, *, kind: str | None = None, clip: Clip | None = None
) -> Row[bytes]:
    """Write *element*, which stands for *sample*, as a line."""
    encoded = _ENCODE(element) + b"\n"
    return Row(
        payload=encoded,
        size=len(encoded),
        kind=kind,
        text=text_size(sample),
        pictures=len(sample.frames),
        clip=clip,
        names=() if clip else sample.frames,
    )


def lines(
    key: str, samples: Iterable[Sample], frames: str, spell: Spell, *, even: bool = False
) -> Iterator[Row[bytes]]:
    """Write each of a record's *samples* as a line that *spell* makes, its *frames* shown as the user chose."""
    clips = Clips(key, even=even)
    for sample in samples:
        shown = is_clip(sample, frames)
        clip = clips.clip(sample.frames) if shown and frames == MP4 else None
        yield line(spell(sample, shown, clip), sample, kind=shard_kind(sample, frames), clip=clip)


def chat(
    column: str,
    spelling: Spelling,
    root: str | None,
    sample: Sample,
    shown: bool,  # noqa: FBT001  # as Spell has it
    clip: Clip | None,
) -> dict[str, Any]:
    """Spell a sample with its turns in *column* and ``images`` or ``videos``; the first three are for `partial`.

    Pictures are below *root*, or relative without one.
    """
    paths = [absolute(root, frame.path) for frame in sample.frames]
    return {
        "id": sample.id,
        column: conversation(sample, spelling, video_label(len(paths)) if shown else None),
        **({"videos": [clip.name if clip else paths]} if shown else {"images": paths}),
        "timestamps": [frame.timestamp for frame in sample.frames],
        "instances": sample.instances,
    }


class Lines:
    """Writes rows that are whole lines, as they come."""

    fields: tuple[str, ...] = ()
    index = b""

    def __init__(self, out: BinaryIO) -> None:
        """Write to *out*."""
        self._blocks = Blocks(out)

    @property
    def size(self) -> int:
        """Bytes of the lines so far."""
        return self._blocks.size

    def add(self, row: Row[bytes]) -> None:
        """Write one line."""
        self._blocks.write(row.payload)

    def close(self) -> None:
        """Write the lines that wait."""
        self._blocks.flush()

    def abort(self) -> None:
        """Nothing is held open."""
