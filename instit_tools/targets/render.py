"""``render``: marked pictures, for every command that takes ``--media``; made by the command of this name.

The pictures themselves are made beside the shards, as files or in an archive. A shard lists them, a record a line, with
sizes and with the ids that are drawn on each, so that `verify` can hold them against the raw ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from instit_tools.guides import counts, guide, shell
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.samples import Frame
from instit_tools.sinks.base import Row
from instit_tools.sinks.lines import Lines
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "marked pictures, as files or in an archive, and lists of them"
SUFFIX = ".jsonl"
TAKES = "records"
OPTIONS = frozenset({"pack"})
DIALECTS: tuple[str, ...] = ()
FRAMES: tuple[str, ...] = ("images",)
FILES = False
RECIPE: str | None = None
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()
RESERVED: tuple[str, ...] = ()


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say yes: that is what it makes."""
    return True


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: no path is followed."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say yes: masks say where marks are drawn."""
    return True


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of nothing."""
    return ()


def rows(made: Made, context: Context) -> Iterator[Row[bytes]]:
    """List the pictures of a record on one line."""
    pictures = [_picture(frame, made.drawn.get(frame.path, ())) for frame in made.frames]
    line = msgspec.json.encode({"id": made.key, "record": made.record.id, "pictures": pictures}) + b"\n"
    yield Row(payload=line, size=len(line), samples=len(pictures), names=made.frames)


def _picture(frame: Frame, drawn: tuple[int, ...]) -> dict[str, object]:
    return {
        "path": frame.path,
        "timestamp": frame.timestamp,
        "width": frame.width,
        "height": frame.height,
        "drawn": drawn,
    }


def sink(out: BinaryIO, kind: str, choices: Choices) -> Lines:  # part of the interface
    """Write lines to *out*."""
    return Lines(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Say what the pictures are and how to use them."""
    values = {
        "counts": counts(shards, place.records, place.left_out, "pictures"),
        "folder": shell(place.folder),
        "where": f"`videos_vpt.{choices.pack}` and `images_vpt.{choices.pack}`"
        if choices.pack
        else "`videos_vpt/` and `images_vpt/`",
    }
    return {"README.md": guide("render", values).encode()}
