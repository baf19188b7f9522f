"""``ms-swift``: JSON lines of ``messages`` with ``images`` or ``videos``.

The loader adds missing placeholders and keeps surplus ones as text, and fills in what looks like one of its templates,
``{{...}}`` (swift/template/base.py); it deletes a row that it cannot read (swift/dataset/preprocessor/core.py) and
replaces one that it cannot encode (swift/dataset/utils.py, ``LazyLLMDataset``), so counts are exact here. It resolves
no path inside a list of frames, so wherever clips are asked for, pictures are named by absolute path; a clip of an odd
number of frames would lose its last, so that is repeated.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import BinaryIO

from instit_tools.conversations import MESSAGES, SWIFT_TOKENS
from instit_tools.guides import MEDIA, counts, guide, note, shell, tokens, unnamed
from instit_tools.manifest import Shard
from instit_tools.showing import IMAGES, MERGED, MP4, VIDEO_LIST
from instit_tools.sinks.base import Row
from instit_tools.sinks.lines import Lines, chat, lines
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "ms-swift: messages with images or videos, one row a line"
SUFFIX = ".jsonl"
TAKES = "samples"
OPTIONS = frozenset({"frames"})
DIALECTS: tuple[str, ...] = ()
FRAMES = (IMAGES, VIDEO_LIST, MP4)
FILES = True
WHOLES: tuple[Whole, ...] = ()
RESERVED = SWIFT_TOKENS

_ABSOLUTE = " Pictures are named by absolute path here; a clip of an odd number of frames shows its last twice."
_MAX_PIXELS = 768 * 28 * 28
_TOKENS_PICTURE = 770


def needs_media(choices: Choices) -> bool:
    """Say whether clips are to be made."""
    return choices.frames == MP4


def needs_folder(choices: Choices) -> bool:
    """Say whether pictures are named by absolute path."""
    return choices.frames != IMAGES


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of what becomes of ``<t>`` in a clip."""
    return () if choices.frames == IMAGES else (MERGED,)


def rows(made: Made, context: Context) -> Iterator[Row[bytes]]:
    """Make one line of each sample."""
    root = context.choices.root if needs_folder(context.choices) else None
    spell = partial(chat, "messages", MESSAGES, root)
    return lines(made.key, made.samples, context.choices.frames, spell, even=True)


def sink(out: BinaryIO, kind: str, choices: Choices) -> Lines:  # part of the interface
    """Write lines to *out*."""
    return Lines(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Say how to start the training."""
    media = place.folder if choices.frames == MP4 else (place.media or MEDIA)
    values = {
        "counts": counts(shards, place.records, place.left_out) + unnamed(place.media),
        "name": shell(place.folder.name),
        "media": shell(media),
        "datasets": " ".join(shell(place.folder / shard.name) for shard in shards),
        "tokens": tokens(shards, _TOKENS_PICTURE),
        "pixels": _MAX_PIXELS,
        "frames": max((shard.pictures for shard in shards), default=0) + 1,
        "pictures": "" if choices.frames == IMAGES else _ABSOLUTE,
        "route": "" if choices.frames == IMAGES else note(MERGED),
    }
    return {"README.md": guide("ms_swift", values).encode()}
