"""One record as the rules look at it: its texts with their places, and what they may speak of."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, UnsetType

from instit_tools.linting.spans import Path
from instit_tools.records import (
    FRAMES,
    QUESTIONS,
    BenchItem,
    ImageRecord,
    InstanceCaptions,
    Record,
    ShortLong,
    VideoRecord,
    masks,
)
from instit_tools.references import Reference, distinct, ids_of_key

if TYPE_CHECKING:
    from instit_tools.linting.pictures import Looked
    from instit_tools.media.store import Store

__all__ = ["Said", "View"]


class Said(Struct, frozen=True, gc=False):
    """One text: where it is, its level (``instance``, ``frame``, ``change``, ``video``, ``question``, ``answer``).

    *frame* is the index of its frame in the record, -1 where it is of none; *ids* those that it is a caption of.
    """

    text: str
    path: Path
    level: str
    frame: int = -1
    ids: tuple[int, ...] = ()


class View:
    """A record, undecoded, as a plain tree and, where its shape allows, typed.

    *store* gives the pictures, ``None`` where they are not looked at; *deep* asks for them to be decoded.
    """

    def __init__(
        self,
        kind: str,
        raw: bytes,
        tree: Any,  # noqa: ANN401  # JSON of any shape
        record: Record | None = None,
        *,
        store: "Store | None" = None,
        deep: bool = False,
    ) -> None:
        """Look at one record."""
        self.kind = kind
        self.raw = raw
        self.tree = tree
        self.record = record
        self.store = store
        self.deep = deep

    @cached_property
    def texts(self) -> list[Said]:
        """All texts that are there, empty ones included."""
        match self.record:
            case VideoRecord():
                return list(_of_video(self.record))
            case ImageRecord():
                return list(_of_image(self.record))
            case BenchItem():
                return list(_of_item(self.record))
            case None:
                return list(_of_prediction(self.tree))

    @cached_property
    def joined(self) -> str:
        """All texts in one, to see quickly that something is in none of them."""
        return "\n".join([said.text for said in self.texts])

    @cached_property
    def spoken(self) -> list[tuple[Said, tuple[Reference, ...]]]:
        """The texts that hold references, with each spelling once."""
        found = [(said, distinct(said.text)) for said in self.texts]
        return [(said, pieces) for said, pieces in found if pieces]

    @cached_property
    def captioned(self) -> list[frozenset[int]]:
        """The ids that have a caption, by frame; an image is one frame."""
        match self.record:
            case VideoRecord():
                return [_ids(frame.instances) for frame in self.record.frames]
            case ImageRecord():
                return [_ids(self.record.instances)]
            case _:
                return []

    @cached_property
    def first_frame(self) -> int:
        """The index of the frame that is first in time; of several, the one that stands first."""
        if not isinstance(self.record, VideoRecord):
            return 0
        frames = self.record.frames
        return min(range(len(frames)), key=lambda index: frames[index].timestamp, default=0)

    def captioned_before(self, index: int) -> frozenset[int]:
        """Give the ids that have a caption in the frame that comes before frame *index* in time."""
        if not isinstance(self.record, VideoRecord):
            return frozenset()
        order = sorted((frame.timestamp, place) for place, frame in enumerate(self.record.frames))
        before = order.index((self.record.frames[index].timestamp, index)) - 1
        return self.captioned[order[before][1]] if before >= 0 else frozenset()

    @cached_property
    def anywhere(self) -> frozenset[int]:
        """The ids that have a caption in any frame."""
        return frozenset().union(*self.captioned)

    @cached_property
    def masks(self) -> list[tuple[Path, int, Mapping[str, Any]]] | None:
        """The masks of each frame: path, index of the frame (-1 where no frame has that name), masks by key.

        ``None`` where the record has no ``segmentations``, or ``null``.
        """
        record = self.record
        if not isinstance(record, VideoRecord | ImageRecord) or isinstance(record.segmentations, UnsetType):
            return None
        tree = masks(record)
        if not tree and bytes(record.segmentations).strip() == b"null":
            return None
        if isinstance(record, ImageRecord):
            return [(("segmentations",), 0, tree)]
        index = {frame.name: number for number, frame in enumerate(record.frames)}
        return [(("segmentations", name), index.get(name, -1), found) for name, found in tree.items()]

    @cached_property
    def masked(self) -> frozenset[int]:
        """The ids that have a mask in any frame."""
        return frozenset(number for _, _, found in self.masks or () for key in found for number in ids_of_key(key))

    @cached_property
    def timestamps(self) -> frozenset[int]:
        """The timestamps of the frames; of an image, 1."""
        if isinstance(self.record, VideoRecord):
            return frozenset(frame.timestamp for frame in self.record.frames)
        return frozenset({1})

    @cached_property
    def misnumbered(self) -> bool:
        """Whether the timestamps are not 1, 2, 3, ... in whatever order."""
        return self.timestamps != frozenset(range(1, len(self.timestamps) + 1))

    @cached_property
    def pictures(self) -> "list[Looked]":
        """Each picture, opened; none without a store."""
        from instit_tools.linting.pictures import looked_at

        if self.store is None or not isinstance(self.record, VideoRecord | ImageRecord | BenchItem):
            return []
        return list(looked_at(self.record, self.store, deep=self.deep))

    @property
    def opened(self) -> int:
        """How many pictures were opened so far: none, unless a rule asked for `pictures`."""
        return len(vars(self).get("pictures", ()))


def _of_video(record: VideoRecord) -> Iterator[Said]:
    for index, frame in enumerate(record.frames):
        path = (FRAMES, index)
        yield from _of_instances(frame.instances, (*path, "instance_level"), index)
        if isinstance(frame.caption, str):
            yield Said(frame.caption, (*path, "image_level"), "frame", index)
        if isinstance(frame.change, str):
            yield Said(frame.change, (*path, "temporal_change"), "change", index)
    for index, pair in enumerate(record.questions or ()):
        if isinstance(pair.question, str):
            yield Said(pair.question, (QUESTIONS, index, "question"), "question")
        if isinstance(pair.answer, str):
            yield Said(pair.answer, (QUESTIONS, index, "answer"), "answer")
    if isinstance(record.caption, str):
        yield Said(record.caption, ("video_level_caption",), "video")


def _of_image(record: ImageRecord) -> Iterator[Said]:
    yield from _of_instances(record.instances, ("instance_level_caption",), 0)
    if isinstance(record.caption, str):
        yield Said(record.caption, ("image_level_caption",), "frame", 0)


def _of_instances(captions: InstanceCaptions, path: Path, frame: int) -> Iterator[Said]:
    if not isinstance(captions, dict):
        return
    for key, caption in captions.items():
        if isinstance(caption, str):
            yield Said(caption, (*path, key), "instance", frame, ids_of_key(key))
        elif isinstance(caption, ShortLong):
            for name, text in (("short", caption.short), ("long", caption.long)):
                if isinstance(text, str):
                    yield Said(text, (*path, key, name), "instance", frame, ids_of_key(key))


def _of_item(item: BenchItem) -> Iterator[Said]:
    yield Said(item.question, ("question",), "question")
    if isinstance(item.answer, str) and not item.choices:
        yield Said(item.answer, ("answer",), "answer")
    for letter, choice in item.choices.items():
        yield Said(choice, item.option_path(letter), "option")


def _of_prediction(tree: object) -> Iterator[Said]:
    """Of what a model said nothing is asked; the question is the benchmark's."""
    if isinstance(tree, dict) and "question_id" in tree and isinstance(question := tree.get("question"), str):
        yield Said(question, ("question",), "question")


def _ids(captions: InstanceCaptions) -> frozenset[int]:
    if not isinstance(captions, dict):
        return frozenset()
    return frozenset(number for key in captions for number in ids_of_key(key))
