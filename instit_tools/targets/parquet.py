"""``parquet``: the records as typed columns, without loss; with ``--embed-media`` the pictures too.

Objects keyed by instance id become lists, because as columns they would be one for each id that occurs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from instit_tools import columnar, columns
from instit_tools.card import arrow_features, card
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.media.store import Store
from instit_tools.samples import Frame
from instit_tools.sinks.base import Row
from instit_tools.sinks.table import Table
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "the records as Parquet, lossless, for datasets, polars and pyarrow"
SUFFIX = ".parquet"
TAKES = "records"
OPTIONS = frozenset({"embed_media"})
DIALECTS: tuple[str, ...] = ()
FRAMES: tuple[str, ...] = ("images",)
FILES = False
RECIPE: str | None = None
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()
RESERVED: tuple[str, ...] = ()


def needs_media(choices: Choices) -> bool:
    """Say whether pictures are to be embedded."""
    return choices.embed


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: no path is followed."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say no: those that records have are kept."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of nothing: every record is whole."""
    return ()


def rows(made: Made, context: Context) -> Iterator[Row[columnar.Laid]]:
    """Lay the record out for the columns, its pictures in the order of its frames."""
    images = None
    size = len(memoryview(made.json))
    laid = columnar.laid(made.record)
    if context.choices.embed and context.store:
        images = [_picture(frame, context.store) for frame in made.frames]
        size += sum(len(picture["bytes"]) for picture in images)
        laid = msgspec.structs.replace(laid, images=images)
    yield Row(payload=laid, size=size)


def _picture(frame: Frame, store: Store) -> columns.Row:
    return {"bytes": store.read(frame.path), "path": frame.path}


def sink(out: BinaryIO, kind: str, choices: Choices) -> Table:
    """Write a Parquet file to *out*."""
    return Table(out, columns.schema(kind, embedded=choices.embed), columnar.table)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Write a dataset card with one configuration for videos and one for images."""
    kinds = list(dict.fromkeys(shard.kind for shard in shards))
    features = {kind: arrow_features(columns.schema(kind, embedded=choices.embed)) for kind in kinds}
    text = (
        "# Inst-IT records\n\n"
        "Written by instit-tools. `manifest.json` lists every shard with its size and sha256. Objects keyed by\n"
        "instance id are lists of `{key, ids, caption, short, long}` here; `extra` holds what the columns cannot, and\n"
        "`instit-tools convert --to jsonl` gives back the JSON that this was made from.\n\n"
        "```python\n"
        "from datasets import load_dataset\n"
        f'load_dataset(".", "{kinds[0] if kinds else ""}", split="train")\n'
        "```\n"
    )
    return {"README.md": card(shards, features, text)}
