"""The tables of measures: their columns, the types of these, and in words what each holds.

One row a text, frame, instance, mask, overlap of masks, video, image, training sample. All numbers are integers, so
that sums of them do not depend on the order of the work; shares are made of two columns at the end.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

__all__ = ["TABLES", "Column", "arrow_schema", "arrow_table", "polars_schema"]


class Column(Struct, frozen=True):
    """One column: ``text``, ``number`` or ``numbers`` (a list), and what it holds."""

    type: str
    meaning: str


_FILE = Column("text", "the input that the record stands in; with kind and record it names one record")
_KIND = Column("text", "video, image or bench: the kind of the record")
_RECORD = Column("text", "the record's id, as text")
_SOURCE = Column("text", "the dataset that the pictures were taken from, second component of their path; null if none")
_TIMESTAMP = Column("number", "the frame's number, from 1; null where a text is about the whole video; 1 for an image")

_COLUMNS: dict[str, dict[str, Column]] = {
    "texts": {
        "kind": _KIND,
        "record": _RECORD,
        "source": _SOURCE,
        "level": Column("text", "instance, frame, temporal, video: the caption's; or question, answer, option"),
        "timestamp": _TIMESTAMP,
        "key": Column("text", "of an instance caption the instance's key, of a question and answer their number"),
        "characters": Column("number", "Unicode code points, white space at both ends left out"),
        "words": Column("number", "words, as the chosen tokenizer counts them"),
        "sentences": Column("number", "sentences, as NLTK's Punkt finds them"),
        "tokens": Column("number", "tokens of the model's tokenizer, where its file was given; null otherwise"),
        "ids": Column("numbers", "the instances spoken of as [ID], each once, ascending"),
        "times": Column("numbers", "the timestamps spoken of, ends of intervals included, each once, ascending"),
        "nouns": Column("number", "words tagged NN, NNS, NNP or NNPS by NLTK's tagger; null where it was not asked"),
        "adjectives": Column("number", "words tagged JJ, JJR or JJS; null as nouns"),
        "adverbs": Column("number", "words tagged RB, RBR or RBS; null as nouns"),
        "verbs": Column("number", "words tagged VB, VBD, VBG, VBN, VBP or VBZ; null as nouns"),
        "prepositions": Column("number", "words tagged IN; null as nouns"),
    },
    "frames": {
        "kind": _KIND,
        "record": _RECORD,
        "source": _SOURCE,
        "timestamp": _TIMESTAMP,
        "path": Column("text", "the frame's picture"),
        "instances": Column("number", "ids with a caption in this frame; a group such as 1,2 counts each id"),
        "masked": Column("number", "ids with a mask in this frame; null where the record has no masks"),
        "appeared": Column("number", "ids captioned here and not in the frame before; null in the first frame"),
        "gone": Column("number", "ids captioned in the frame before and not here; null in the first frame"),
        "present": Column("numbers", "the ids captioned here, ascending"),
        "unmasked": Column("number", "ids with a caption and no mask here; null where the record has no masks"),
        "uncaptioned": Column("number", "ids with a mask and no caption here; null as unmasked"),
        "covered": Column("number", "pixels in any mask; null where no mask is whole"),
        "picture_pixels": Column("number", "pixels of the picture, as its masks tell: what covered is a share of"),
        "pairs": Column("number", "pairs of whole masks, two ids of one group being none; null as unmasked"),
        "overlapping": Column("number", "those of these pairs that share pixels"),
    },
    "instances": {
        "kind": _KIND,
        "record": _RECORD,
        "source": _SOURCE,
        "id": Column("number", "the instance"),
        "first": Column("number", "timestamp of the first frame with its caption; null for one with masks only"),
        "last": Column("number", "timestamp of the last frame with its caption"),
        "frames": Column("number", "frames with its caption"),
        "gaps": Column("number", "frames between its first and its last that lack its caption"),
        "returns": Column("number", "how often it comes back after such a gap"),
        "masks": Column("number", "frames with its mask; null where the record has no masks"),
        "mask_pixels": Column("number", "pixels of these masks together"),
        "picture_pixels": Column("number", "pixels of these frames together: what mask_pixels is a share of"),
        "damaged": Column("number", "masks among them whose runs do not fit their size: in no sum of pixels"),
    },
    "masks": {
        "kind": _KIND,
        "record": _RECORD,
        "source": _SOURCE,
        "timestamp": _TIMESTAMP,
        "id": Column("number", "the instance; the mask of a group has a row for each id that has none of its own"),
        "x": Column("number", "left edge of the box around the mask; this and the next seven null if damaged"),
        "y": Column("number", "upper edge of the box"),
        "width": Column("number", "width of the box"),
        "height": Column("number", "height of the box"),
        "pixels": Column("number", "pixels of the mask"),
        "picture_width": Column("number", "width of the picture"),
        "picture_height": Column("number", "height of the picture"),
        "picture_pixels": Column("number", "pixels of the picture: what pixels is a share of"),
        "damaged": Column("number", "1 where the runs do not fit the size, 0 otherwise"),
        "captioned": Column("number", "1 where the instance has a caption in this frame, 0 otherwise"),
        "change": Column("text", "named or not named in the frame's change caption, no text without one; null: image"),
        "shift": Column("number", "way of the box's middle since the frame before, in millionths of the diagonal;"
                                  " null where the instance has no whole mask there, as for the next two"),
        "kept": Column("number", "pixels that are also in its mask of the frame before"),
        "either": Column("number", "pixels in one of the two masks at least: what kept is a share of"),
    },
    "overlaps": {
        "kind": _KIND,
        "record": _RECORD,
        "source": _SOURCE,
        "timestamp": _TIMESTAMP,
        "id": Column("number", "one of two instances whose masks share pixels, the lower id"),
        "other": Column("number", "the other"),
        "shared": Column("number", "pixels in both masks"),
        "smaller": Column("number", "pixels of the smaller mask"),
        "either": Column("number", "pixels in one of them at least: shared is this share of it, the IoU"),
    },
    "videos": {
        "record": _RECORD,
        "source": _SOURCE,
        "path": Column("text", "the video's folder"),
        "frames": Column("number", "annotated frames"),
        "instances": Column("number", "different ids with a caption in any frame"),
        "questions": Column("number", "question-answer pairs"),
        "changed": Column("number", "instances in only one of two neighbouring frames, all pairs added up"),
        "changeable": Column("number", "instances in either of two neighbouring frames, all pairs added up"),
    },
    "images": {
        "record": _RECORD,
        "source": _SOURCE,
        "path": Column("text", "the picture"),
        "instances": Column("number", "ids with a caption"),
    },
    "samples": {
        "recipe": Column("text", "the recipe that made the sample"),
        "max_frames": Column("number", "frames a sample at most; null for all"),
        "kind": _KIND,
        "record": _RECORD,
        "source": _SOURCE,
        "part": Column("text", "the part of the recipe"),
        "pictures": Column("number", "pictures in the sample"),
        "turns": Column("number", "turns: a question with its answer"),
        "text_tokens": Column("number", "tokens of all texts, prompts too; words where no tokenizer file was given"),
        "llava_template": Column("number", "tokens of LLaVA-NeXT's chat template, vicuna_v1 or with SigLIP ChatML"),
        "qwen_template": Column("number", "tokens of Qwen-VL's chat template, ChatML"),
        "anyres": Column("number", "visual tokens in LLaVA-NeXT with AnyRes; null for more than one picture"),
        "pooled": Column("number", "visual tokens in LLaVA-NeXT, frames pooled 2x2; null for one picture"),
        "unpooled": Column("number", "visual tokens in LLaVA-NeXT, frames not pooled; null for one picture"),
        "qwen_vl": Column("number", "visual tokens in Qwen2-VL and Qwen2.5-VL, each frame an image"),
    },
}  # fmt: skip

TABLES: dict[str, dict[str, Column]] = {name: {**columns, "file": _FILE} for name, columns in _COLUMNS.items()}


def arrow_schema(table: str) -> "pa.Schema":
    """Give the Arrow schema of a table, meanings as the metadata of its fields."""
    import pyarrow as pa

    types = {"text": pa.string(), "number": pa.int64(), "numbers": pa.list_(pa.int32())}
    return pa.schema(
        [pa.field(name, types[each.type], metadata={"meaning": each.meaning}) for name, each in TABLES[table].items()]
    )


def polars_schema(table: str) -> "dict[str, pl.DataType]":
    """Give the polars schema of a table."""
    import polars as pl

    types: dict[str, pl.DataType] = {"text": pl.String(), "number": pl.Int64(), "numbers": pl.List(pl.Int32())}
    return {name: types[each.type] for name, each in TABLES[table].items()}


def arrow_table(name: str, rows: Sequence[tuple[Any, ...]]) -> "pa.Table":
    """Make the table *name* of *rows*."""
    import pyarrow as pa

    schema = arrow_schema(name)
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
