"""What a target is: rows made of records and samples, a sink that writes them, and the files beside the shards.

A target is a module that has the names of `Target`. Making rows is pure but for reading pictures; a sink writes to the
stream that it is given and knows no path; naming, cutting and committing shards is done by ``convert``.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, TypeVar

from msgspec import Raw, Struct

from instit_tools.errors import SampleError
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.media.store import Store
from instit_tools.recipes.gate import Origin
from instit_tools.recipes.load import Recipe
from instit_tools.records import ImageRecord, VideoRecord
from instit_tools.samples import Frame, Reject, Sample
from instit_tools.sinks.base import Row, Sink

__all__ = ["Choices", "Context", "Made", "Place", "Target", "Whole"]

P = TypeVar("P")


class Made(Struct, frozen=True, kw_only=True):
    """One record, undecoded and typed, its pictures in order, and the samples that the recipe made of it.

    *key* names the record in ids: letters, digits, hyphens and underscores only, unique in the whole output. *number*
    is its place among all records of all inputs, from 1; *origin* says where it stands, and the seed of wordings.
    *numbers* says how samples call the ids of the record, where ``--max-instances`` may have changed that, else
    ``None``. *drawn* are the ids that this run draws on each picture, by its path.
    """

    key: str
    json: Raw
    number: int
    origin: Origin
    record: VideoRecord | ImageRecord
    frames: tuple[Frame, ...]
    samples: tuple[Sample, ...] = ()
    numbers: Mapping[int, int] | None = None
    drawn: Mapping[str, tuple[int, ...]] = {}  # msgspec copies it


class Choices(Struct, frozen=True, kw_only=True):
    """Those of the user's settings that a target acts on; ``OPTIONS`` of the target says which.

    *root* is the absolute path of the media folder, ``None`` where none was given or it is an archive; where marks are
    drawn, of the output, in which the pictures are made. *pack* is the kind of archive that they are put in. *marks*
    says which pictures are meant, see `with_marks`.
    """

    dialect: str | None = None
    embed: bool = False
    group: str = "sample"
    frames: str = "images"
    root: str | None = None
    marks: str = "keep"
    pack: Literal["tar", "zip"] | None = None


class Context(Struct, frozen=True, kw_only=True):
    """What is known while rows are made: the choices, the pictures where they are given, the recipe if there is one."""

    choices: Choices
    store: Store | None = None
    recipe: Recipe | None = None


class Whole(Struct, frozen=True, kw_only=True):
    """A file that is one for all parts of a conversion: bytes as they are, and for each name all rows of that kind.

    It is not made where no row is of the kind that it *needs*. *kind* is that of a shard; without, it stands beside.
    """

    name: str
    needs: str
    parts: tuple[bytes | str, ...]
    kind: str = ""


class Place(Struct, frozen=True, kw_only=True):
    """Where a finished dataset stands, for the files beside its shards; *media* is ``None`` unless it is a folder.

    *records* is how many were read, *left_out* how many texts and records were not taken, by reason.
    """

    folder: Path
    media: Path | None
    records: int
    left_out: Mapping[str, int]


class Target(Protocol[P]):
    """A module in this folder."""

    SUMMARY: str
    SUFFIX: str
    TAKES: str
    OPTIONS: frozenset[str]
    DIALECTS: tuple[str, ...]
    FRAMES: tuple[str, ...]
    RESERVED: tuple[str, ...]
    FILES: bool
    """Whether its reader opens pictures as files, so that archives must be unpacked."""
    RECIPE: str | None
    """The recipe where the user names none; ``None`` where whole records are written."""
    MARKS: Marks
    """The pictures that are meant where the user names none; a target of ``raw`` ones has no marks drawn either."""
    WHOLES: tuple[Whole, ...]
    """The files that all shards become, where the reader takes one; else they are numbered as they are."""

    def needs_media(self, choices: Choices) -> bool:
        """Say whether the pictures themselves go into the shards."""

    def needs_folder(self, choices: Choices) -> bool:
        """Say whether pictures are named by absolute path, so that they must be files."""

    def needs_masks(self, choices: Choices) -> bool:
        """Say whether it is masks that it is made of, so that records without any give little or nothing."""

    def warnings(self, choices: Choices) -> Sequence[str]:
        """Say what these choices cost, each with what to do instead; said once a conversion."""

    def rows(self, made: Made, context: Context) -> Iterator[Row[P] | SampleError | Reject]:
        """Make the rows of one record, with a `SampleError` in place of each sample that the dialect cannot express.

        A `Reject` stands for what is in none of them, where the target reads more of the record than its samples.
        """

    def sink(self, out: BinaryIO, kind: str, choices: Choices) -> Sink[P]:
        """Start a shard of ``video`` or ``image`` rows on *out*."""

    def beside(self, shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
        """Give the small files that stand beside the shards, by name."""
