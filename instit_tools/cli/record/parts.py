"""What is said in one record, in the order in which a person reads it: frame by frame, the whole, the questions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from instit_tools.cli.record.timeline import Seen
from instit_tools.linting.spans import Path
from instit_tools.present import captioned, known, masked, trees
from instit_tools.records import (
    FRAMES,
    QUESTIONS,
    BenchItem,
    Frame,
    ImageRecord,
    InstanceCaptions,
    QuestionAnswer,
    Record,
    ShortLong,
    VideoRecord,
    text_of,
)
from instit_tools.references import Instances, Span, distinct, ids_of_key, instance_ids, numbers

__all__ = ["Part", "Said", "instances", "parts", "seen", "speaks_of_frame"]


class Said(Struct, frozen=True, kw_only=True):
    """One text: its *label* (a word, or where *is_key* an instance's key), its place, the instances it is about."""

    label: str
    text: str
    path: Path
    ids: frozenset[int]
    is_key: bool = False
    is_right: bool = False


class Part(Struct, frozen=True, kw_only=True):
    """Texts that belong together, of the frame *timestamp* where they are of one.

    *kind* is ``frame``, ``whole`` or ``question``; *paths* lead to all of it; *unsaid* have a mask and no caption.
    """

    kind: str
    title: str
    said: tuple[Said, ...]
    paths: tuple[Path, ...]
    timestamp: int | None = None
    unsaid: tuple[int, ...] = ()


def parts(record: Record) -> Iterator[Part]:
    """Yield the parts of *record*."""
    match record:
        case VideoRecord():
            yield from _of_frames(record)
            yield _whole("video caption", _text("", record.caption, ("video_level_caption",)))
            yield from _of_questions(record.questions or ())
        case ImageRecord():
            yield _of_image(record)
        case BenchItem():
            yield _of_item(record)


def seen(record: Record) -> list[Seen]:
    """List the frames of *record* by timestamp, with the instances in each."""
    if isinstance(record, BenchItem):
        return []
    found = trees(record)
    if isinstance(record, ImageRecord):
        return [Seen(1, captioned(record.instances), masked(found.get("")))]
    return [
        Seen(frame.timestamp, captioned(frame.instances), masked(found.get(frame.name)))
        for _, frame in _by_time(record)
    ]


def instances(record: Record) -> list[int]:
    """List the instances of *record*, ascending."""
    return [] if isinstance(record, BenchItem) else sorted(known(record))


def speaks_of_frame(said: Said, timestamp: int) -> bool:
    """Say whether a text speaks of a frame, or of an interval that it lies in."""
    times = [piece for piece in distinct(said.text) if not isinstance(piece, Instances)]
    return any(
        min(numbers(piece)) <= timestamp <= max(numbers(piece))
        if isinstance(piece, Span)
        else timestamp in numbers(piece)
        for piece in times
    )


def _by_time(record: VideoRecord) -> list[tuple[int, Frame]]:
    return sorted(enumerate(record.frames), key=lambda each: each[1].timestamp)


def _of_frames(record: VideoRecord) -> Iterator[Part]:
    found = trees(record)
    for index, frame in _by_time(record):
        path = (FRAMES, index)
        yield Part(
            kind="frame",
            title=frame.name,
            timestamp=frame.timestamp,
            said=(
                *_captions(frame.instances, (*path, "instance_level")),
                *_text("frame", frame.caption, (*path, "image_level")),
                *_text("change", frame.change, (*path, "temporal_change")),
            ),
            paths=(path, ("segmentations", frame.name)),
            unsaid=tuple(sorted(masked(found.get(frame.name)) - captioned(frame.instances))),
        )


def _of_questions(pairs: Sequence[QuestionAnswer]) -> Iterator[Part]:
    for index, pair in enumerate(pairs):
        path = (QUESTIONS, index)
        said = (*_text("Q", pair.question, (*path, "question")), *_text("A", pair.answer, (*path, "answer")))
        yield Part(kind="question", title=str(index + 1), said=said, paths=(path,))


def _of_image(record: ImageRecord) -> Part:
    unsaid = masked(trees(record).get("")) - captioned(record.instances)
    said = (
        *_captions(record.instances, ("instance_level_caption",)),
        *_text("image", record.caption, ("image_level_caption",)),
    )
    return _whole("captions", said, ("segmentations",), unsaid=tuple(sorted(unsaid)))


def _of_item(record: BenchItem) -> Part:
    options = tuple(
        Said(label=key, text=text, path=record.option_path(key), ids=_spoken(text), is_right=key == record.right)
        for key, text in record.choices.items()
    )
    answer = () if record.right else _text("answer", record.answer, ("answer",))
    return _whole("question", (*_text("", record.question, ("question",)), *options, *answer), ("options",))


def _whole(title: str, said: Sequence[Said], *paths: Path, unsaid: tuple[int, ...] = ()) -> Part:
    return Part(kind="whole", title=title, said=tuple(said), paths=paths, unsaid=unsaid)


def _text(label: str, text: Any, path: Path) -> tuple[Said, ...]:  # noqa: ANN401  # as published: null, absent
    shown = text_of(text)
    return (Said(label=label, text=shown, path=path, ids=_spoken(shown)),) if shown else ()


def _captions(captions: InstanceCaptions, path: Path) -> Iterator[Said]:
    """Yield the captions of instances, those of the lowest ids first; of one in two lengths both."""
    found: Mapping[str, str | ShortLong | None] = captions if isinstance(captions, dict) else {}
    for key in sorted(found, key=lambda key: ids_of_key(key) or (float("inf"),)):
        caption = found[key]
        lengths = (text_of(caption), text_of(caption, prefer="short"))
        for text in dict.fromkeys(filter(None, lengths)):
            about = frozenset(ids_of_key(key)) | _spoken(text)
            yield Said(label=key, text=text, path=(*path, key), ids=about, is_key=True)


def _spoken(text: str) -> frozenset[int]:
    return frozenset(instance_ids(text))
