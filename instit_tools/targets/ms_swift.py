"""``ms-swift``: JSON lines of ``messages`` with ``images`` or ``videos``.

The loader adds missing placeholders and keeps surplus ones as text, and fills in what looks like one of its templates,
``{{...}}`` (swift/template/base.py); it deletes a row that it cannot read (swift/dataset/preprocessor/core.py) and
replaces one that it cannot encode (swift/dataset/utils.py, ``LazyLLMDataset``), so counts are exact here. It resolves
no path inside a list of frames, so wherever clips are asked for, pictures are named by absolute path; a clip of an odd
number of frames would lose its last, so that is repeated. Boxes go into texts from the column ``objects``, which every
row of a file has or none, and belong to pictures only (swift/template/base.py, ``normalize_bbox``).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import BinaryIO

import msgspec

from instit_tools.conversations import MESSAGES, SWIFT_TOKENS
from instit_tools.grounding import GROUNDING, Grounded, ground
from instit_tools.guides import MEDIA, counts, guide, note, shell, tokens, unnamed
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.samples import Reject
from instit_tools.showing import IMAGES, MERGED, MP4, VIDEO_LIST
from instit_tools.sinks.base import Row
from instit_tools.sinks.lines import Lines, chat, line, lines
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "ms-swift: messages with images or videos (--dialect grounding: boxes from masks)"
SUFFIX = ".jsonl"
TAKES = "samples"
OPTIONS = frozenset({"dialect", "frames"})
DIALECTS = ("plain", GROUNDING)
FRAMES = (IMAGES, VIDEO_LIST, MP4)
FILES = True
RECIPE = "paper"
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()
RESERVED = SWIFT_TOKENS

_ABSOLUTE = " Pictures are named by absolute path here; a clip of an odd number of frames shows its last twice."
_BOXES = (
    "\n- `objects` goes into the texts: `<ref-object>` is the next of `ref`, `<bbox>` the next of `bbox`, in pixels of"
    "\n  the picture that `image_id` counts from 0; each model gets its own spelling and scale. Rows that are not about"
    "\n  boxes are another dataset (`--dialect plain`): name the files of both after `--dataset`."
)
_MAX_PIXELS = 768 * 28 * 28
_TOKENS_PICTURE = 770
_TOKENS_BOX = 32
"""More than any template puts in the place of a box, or around a name."""


def needs_media(choices: Choices) -> bool:
    """Say whether clips are to be made."""
    return choices.frames == MP4


def needs_folder(choices: Choices) -> bool:
    """Say whether pictures are named by absolute path."""
    return choices.frames != IMAGES


def needs_masks(choices: Choices) -> bool:
    """Say whether boxes are asked for, which are those of masks."""
    return choices.dialect == GROUNDING


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of what becomes of ``<t>`` in a clip."""
    return () if choices.frames == IMAGES else (MERGED,)


def rows(made: Made, context: Context) -> Iterator[Row[bytes] | Reject]:
    """Make one line of each sample, or with ``--dialect grounding`` of each that captions and masks make."""
    if context.choices.dialect == GROUNDING and context.recipe:
        for each in ground(made.record, made.frames, context.recipe, made.origin):
            yield each if isinstance(each, Reject) else _grounded(each)
        return
    root = context.choices.root if needs_folder(context.choices) else None
    spell = partial(chat, "messages", MESSAGES, root)
    yield from lines(made.key, made.samples, context.choices.frames, spell, even=True)


def _grounded(made: Grounded) -> Row[bytes]:
    objects = {"ref": made.names, "bbox": made.corners, "bbox_type": "real", "image_id": made.pictures}
    element = chat("messages", MESSAGES, None, made.sample, shown=False, clip=None)
    row = line(element | {"objects": objects}, made.sample)
    inserted = sum(len(name.encode()) for name in made.names) + _TOKENS_BOX * (len(made.names) + len(made.corners))
    return msgspec.structs.replace(row, text=row.text + inserted)


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
        "boxes": _BOXES if choices.dialect == GROUNDING else "",
    }
    return {"README.md": guide("ms_swift", values).encode()}
