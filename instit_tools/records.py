"""The published annotation shapes as typed, frozen records: what they hold, and how they become JSON again.

Good names inside, published names on the wire (``video_level_caption`` is ``caption`` here). The shapes are those of
the dataset's README, of its ``_w_mask`` files and of the benchmark. A text that may be absent or ``null`` keeps that
difference (``UNSET`` or ``None``), so that a record written again is the record that was read. Keys that nobody
published are kept in ``extra``, each under its JSON pointer.
"""

from functools import lru_cache
from importlib import import_module
from typing import Annotated, Any, dataclass_transform

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

from instit_tools.errors import RecordError
from instit_tools.references import ids_of_key

__all__ = [
    "FRAMES",
    "QUESTIONS",
    "BenchItem",
    "Frame",
    "ImageRecord",
    "InstanceCaptions",
    "MaskTree",
    "QuestionAnswer",
    "Record",
    "ShortLong",
    "Text",
    "VideoRecord",
    "encode",
    "escaped",
    "kind_of",
    "known_ids",
    "masks",
    "put",
    "text_of",
]

Text = str | UnsetType | None
"""A text as published: present, ``null``, or absent."""

MaskTree = dict[str, Any]
"""Masks as published: by frame name (videos only), then by id, ``{"mask": RLE}``."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class _Shape(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Immutable, keyword-only, and loud about keys nobody told it about."""


class ShortLong(_Shape, kw_only=True):
    """An instance caption in two lengths, as some copies of the image file have it."""

    short: Text = UNSET
    long: Text = UNSET


InstanceCaptions = dict[str, str | ShortLong | None] | UnsetType | None
"""Captions by key; a key is an id (``"3"``), a group (``"1,2"``), or something unknown that is kept."""


class Frame(_Shape, kw_only=True):
    """What is said about one frame of a video; *timestamp* counts from 1."""

    timestamp: int
    name: str = field(name="frame_name")
    instances: InstanceCaptions = field(name="instance_level", default=UNSET)
    caption: Text = field(name="image_level", default=UNSET)
    change: Text = field(name="temporal_change", default=UNSET)


class QuestionAnswer(_Shape, kw_only=True):
    """One open-ended question about a video and its answer."""

    question: Text = UNSET
    answer: Text = UNSET


FRAMES, QUESTIONS = "frame_level_caption", "question_answer_pairs"
"""The keys of a video record that hold lists."""

_NEVER_READ = msgspec.Meta(min_length=1 << 62)  # no JSON object fits: a key that is called the same is unknown too


class _Record(_Shape, kw_only=True):
    """What every record has: *extra* holds the keys that nobody published, by JSON pointer."""

    extra: Annotated[dict[str, Any], _NEVER_READ] = field(name="(extra)", default_factory=dict)

    def _repr_html_(self) -> str:
        """Show the record in a notebook; by name, for what shows records lies above them."""
        page: str = import_module("instit_tools.viewing.notebook").html(self)
        return page


class VideoRecord(_Record, kw_only=True):
    """One element of ``inst_it_dataset_video_21k.json`` (or of its ``_w_mask`` twin)."""

    id: int | str = field(name="video_id")
    path: str = field(name="video_path")
    frames: tuple[Frame, ...] = field(name=FRAMES)
    questions: tuple[QuestionAnswer, ...] | UnsetType | None = field(name=QUESTIONS, default=UNSET)
    caption: Text = field(name="video_level_caption", default=UNSET)
    segmentations: Raw | UnsetType = UNSET


class ImageRecord(_Record, kw_only=True):
    """One element of ``inst_it_dataset_image_51k.json`` (or of its ``_w_mask`` twin)."""

    id: int | str = field(name="image_id")
    path: str = field(name="image_path")
    instances: InstanceCaptions = field(name="instance_level_caption", default=UNSET)
    caption: Text = field(name="image_level_caption", default=UNSET)
    segmentations: Raw | UnsetType = UNSET


class BenchItem(_Record, kw_only=True):
    """One question of Inst-IT Bench: multiple choice with *options* (JSON) or *choice_a* to *choice_d* (Parquet)."""

    id: str = field(name="question_id")
    question: str
    answer: Text = UNSET
    options: dict[str, str] | UnsetType | None = UNSET
    choice_a: Text = UNSET
    choice_b: Text = UNSET
    choice_c: Text = UNSET
    choice_d: Text = UNSET
    image_id: int | str | UnsetType | None = UNSET
    image_path: Text = UNSET
    video_id: int | str | UnsetType | None = UNSET
    video_path: Text = UNSET
    meta_info: Raw | UnsetType = UNSET

    @property
    def choices(self) -> dict[str, str]:
        """The options by letter, whichever way they were published; empty for an open-ended question."""
        if self.options:
            return self.options
        letters = {"A": self.choice_a, "B": self.choice_b, "C": self.choice_c, "D": self.choice_d}
        return {letter: choice for letter, choice in letters.items() if isinstance(choice, str)}

    @property
    def right(self) -> str | None:
        """The letter of the option that is the answer; ``None`` where the answer is none of them, as in an open one."""
        answer = text_of(self.answer)
        return answer if answer in self.choices else None

    @property
    def path(self) -> str:
        """The path of the video that is asked about, or else of the image; ``""`` where neither is named."""
        return next((path for path in (self.video_path, self.image_path) if isinstance(path, str)), "")

    def option_path(self, letter: str) -> tuple[str, ...]:
        """Say where the option *letter* stands in the record."""
        return ("options", letter) if self.options else (f"choice_{letter.lower()}",)


Record = VideoRecord | ImageRecord | BenchItem


def kind_of(record: Record) -> str:
    """Name the kind of *record*: ``video``, ``image`` or ``bench``."""
    match record:
        case VideoRecord():
            return "video"
        case ImageRecord():
            return "image"
        case BenchItem():
            return "bench"


def text_of(value: str | ShortLong | UnsetType | None, *, prefer: str = "long") -> str:
    """Give the text, stripped, or ``""`` where there is none; of a caption in two lengths the one to *prefer*."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, ShortLong):
        first, second = (value.short, value.long) if prefer == "short" else (value.long, value.short)
        return text_of(first) or text_of(second)
    return ""


def known_ids(record: VideoRecord | ImageRecord) -> frozenset[int]:
    """Collect the ids that *record* knows: those with a caption in any frame and those with a mask."""
    if isinstance(record, VideoRecord):
        captions = [frame.instances for frame in record.frames]
        trees = list(masks(record).values())
    else:
        captions, trees = [record.instances], [masks(record)]
    return _ids_of(frozenset().union(*[mapping for mapping in (*captions, *trees) if isinstance(mapping, dict)]))


@lru_cache(maxsize=1024)
def _ids_of(keys: frozenset[str]) -> frozenset[int]:
    return frozenset([number for key in keys for number in ids_of_key(key)])


def masks(record: VideoRecord | ImageRecord) -> MaskTree:
    """Decode the masks of *record*; ``{}`` where it has none.

    Left undecoded until asked for, because they are two thirds of a ``_w_mask`` file.

    Raises `RecordError` when ``segmentations`` is not an object.
    """
    if isinstance(record.segmentations, UnsetType):
        return {}
    try:
        return msgspec.json.decode(record.segmentations, type=MaskTree | None) or {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{kind_of(record)} record {record.id}: segmentations: {error}"
        raise RecordError(message) from error


def encode(record: Record) -> bytes:
    """Write *record* as one line of JSON in its published shape, extra keys back in their places."""
    if not record.extra:
        return msgspec.json.encode(record)
    plain = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(record, extra={})))
    for pointer, value in record.extra.items():
        put(plain, pointer, value)
    return msgspec.json.encode(plain)


def put(tree: Any, pointer: str, value: object) -> None:  # noqa: ANN401  # JSON of any shape
    """Put *value* at a JSON pointer into *tree*; ``UNSET`` takes away what is there."""
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in parents:
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    if isinstance(value, UnsetType):
        del tree[last]
    else:
        tree[last] = value


def escaped(key: str) -> str:
    """Write *key* as one step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
