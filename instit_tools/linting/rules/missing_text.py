"""Texts that should be there and are ``null`` or absent."""

from collections.abc import Iterator

from msgspec import UnsetType

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.edits import Drop
from instit_tools.linting.fixes import ASIDE, DROPS_A_TEXT, without_caption
from instit_tools.linting.spans import Path
from instit_tools.linting.view import View
from instit_tools.records import (
    FRAMES,
    QUESTIONS,
    BenchItem,
    ImageRecord,
    InstanceCaptions,
    ShortLong,
    VideoRecord,
    text_of,
)
from instit_tools.references import ids_of_key

FAMILY = "shape"

NULL = Rule(
    code="text-null",
    severity="warning",
    summary="null, or nothing at all, where a text is expected",
    why="Scripts that write the value into a prompt write the word None. The published data have null in one place "
    "only: the temporal change of a first frame.",
    example=Example(on="image", bad='{"image_level_caption": null}', good='{"image_level_caption": "[1] on [2]."}'),
    unsafe=DROPS_A_TEXT,
)
UNCAPTIONED = Rule(
    code="video-uncaptioned",
    severity="note",
    summary="a video without a caption of the whole",
    why="Known of 46 of the 21,418 published videos (Table 9 counts 21,372 captions). No summary sample is made of it.",
    example=Example(on="video", bad='{"video_level_caption": ""}', good='{"video_level_caption": "[1] greets [2]."}'),
)
RULES = (NULL, UNCAPTIONED)


def check(view: View) -> Iterator[Finding]:
    """Look for texts that are not there."""
    match view.record:
        case VideoRecord():
            yield from _of_video(view, view.record)
        case ImageRecord():
            yield from _of_instances(view, view.record.instances, ("instance_level_caption",), 0)
            if not isinstance(view.record.caption, str):
                yield _finding(("image_level_caption",), view.record.caption)
        case BenchItem():
            if not isinstance(view.record.answer, str):
                yield _finding(("answer",), view.record.answer)
        case _:
            return


def _of_video(view: View, record: VideoRecord) -> Iterator[Finding]:
    for index, frame in enumerate(record.frames):
        yield from _of_instances(view, frame.instances, (FRAMES, index, "instance_level"), index)
        if not isinstance(frame.caption, str):
            yield _finding((FRAMES, index, "image_level"), frame.caption)
    for index, pair in enumerate(record.questions or ()):
        for key, text in (("question", pair.question), ("answer", pair.answer)):
            if not isinstance(text, str):
                drop = Fix(edits=(Drop(path=(QUESTIONS, index)),))
                yield _finding((QUESTIONS, index, key), text, drop)
    if not isinstance(record.questions, tuple):
        yield _finding((QUESTIONS,), record.questions, what="a list of questions")
    if not text_of(record.caption):
        yield Finding(code=UNCAPTIONED.code, path=("video_level_caption",), message="the video has no caption")


def _of_instances(view: View, captions: InstanceCaptions, path: Path, frame: int) -> Iterator[Finding]:
    if not isinstance(captions, dict):
        yield _finding(path, captions, what="a map of captions")
        return
    for key, caption in captions.items():
        if caption is None or (isinstance(caption, ShortLong) and not _has_text(caption)):
            yield _finding((*path, key), None, without_caption(view, (*path, key), frame, ids_of_key(key)))


def _has_text(caption: ShortLong) -> bool:
    return isinstance(caption.short, str) or isinstance(caption.long, str)


def _finding(path: Path, value: UnsetType | None, fix: Fix = ASIDE, *, what: str = "a text") -> Finding:
    told = "nothing is there" if isinstance(value, UnsetType) else "is null"
    return Finding(code=NULL.code, path=path, message=f"{told} where {what} is expected", fix=fix)
