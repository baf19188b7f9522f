"""Frames: their timestamps, their order, their names, and what is said to have changed."""

from collections import Counter
from collections.abc import Iterator

from msgspec import UnsetType

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.edits import Edit, Order, Put
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.view import View
from instit_tools.records import FRAMES, VideoRecord, text_of
from instit_tools.references import renumber, timestamps

FAMILY = "frames"


def _frames(*changes: str) -> str:
    """Write two frames, with *changes* to the keys of each."""
    sound = (
        '"timestamp": 1, "frame_name": "1.jpg", "temporal_change": null',
        '"timestamp": 2, "frame_name": "2.jpg", "temporal_change": "[1] has sat down."',
    )
    texts = '"instance_level": {"1": "A cat.", "2": "A dog."}, "image_level": "[1] beside [2]."'
    found = ", ".join(f"{{{change or one}, {texts}}}" for change, one in zip(changes, sound, strict=True))
    return f'{{"frame_level_caption": [{found}]}}'


_GOOD = _frames("", "")

NONE = Rule(
    code="frames-none",
    severity="error",
    summary="a video without any frame",
    why="No sample can be made of it, and there is nothing that its texts could speak of.",
    example=Example(
        on="video",
        bad='{"frame_level_caption": [], "question_answer_pairs": [], "video_level_caption": "A cat walks."}',
        good=_GOOD,
    ),
    unsafe="sets the record aside. Not safe: its texts are lost.",
)
UNORDERED = Rule(
    code="frames-unordered",
    severity="warning",
    summary="frames that do not stand in the order of their timestamps",
    why="Scripts that take frames as they stand show the model <3> where the text says <2>.",
    example=Example(
        on="video",
        bad=_frames(
            '"timestamp": 2, "frame_name": "2.jpg", "temporal_change": "[1] has sat down."',
            '"timestamp": 1, "frame_name": "1.jpg", "temporal_change": null',
        ),
        good=_GOOD,
    ),
    safe="puts the frames in the order of their timestamps.",
)
REPEATED = Rule(
    code="timestamp-repeated",
    severity="error",
    summary="two frames with the same timestamp",
    why="Which of them <3> means cannot be known, and their order is open.",
    example=Example(
        on="video",
        bad=_frames("", '"timestamp": 1, "frame_name": "2.jpg", "temporal_change": "[1] has sat down."'),
        good=_GOOD,
    ),
    unsafe="numbers all frames from 1 as they stand; texts stay as they are. Not safe: the order may be another.",
)
GAP = Rule(
    code="timestamp-gap",
    severity="warning",
    summary="timestamps that are not 1, 2, 3, ...",
    why="<t> is the number of a frame in the order shown, so scripts that count frames show another one than the text "
    "means.",
    example=Example(
        on="video",
        bad=_frames("", '"timestamp": 3, "frame_name": "2.jpg", "temporal_change": "[1] has sat down."'),
        good=_GOOD,
    ),
    unsafe="numbers the frames from 1 in the order of their timestamps, in all texts too unless "
    "those do so already; a record with a text that "
    "speaks of a frame that is not there is set aside. Not safe: the pictures may be named by the old numbers.",
)
NAME = Rule(
    code="frame-name-repeated",
    severity="error",
    summary="two frames with the same picture",
    why="One of the two shows what the text of the other describes.",
    example=Example(
        on="video",
        bad=_frames("", '"timestamp": 2, "frame_name": "1.jpg", "temporal_change": "[1] has sat down."'),
        good=_GOOD,
    ),
    unsafe="sets the record aside. Not safe: it is lost; the right name cannot be known.",
)
FIRST = Rule(
    code="change-in-first",
    severity="warning",
    summary="a temporal change in the first frame",
    why="Nothing came before it that could have changed; the published first frames have null there.",
    example=Example(
        on="video",
        bad=_frames('"timestamp": 1, "frame_name": "1.jpg", "temporal_change": "[1] has come."', ""),
        good=_GOOD,
    ),
    unsafe="writes null in its place. Not safe: the text is lost.",
)
MISSING = Rule(
    code="change-missing",
    severity="warning",
    summary="a later frame without a temporal change",
    why="In the published data every frame but the first has one (135,143 of 156,561); no sample of the change from "
    "the frame before can be made.",
    example=Example(
        on="video", bad=_frames("", '"timestamp": 2, "frame_name": "2.jpg", "temporal_change": null'), good=_GOOD
    ),
    unsafe="sets the record aside. Not safe: it is lost; what changed cannot be invented. --ignore change-missing "
    "keeps it.",
)
RULES = (NONE, UNORDERED, REPEATED, GAP, NAME, FIRST, MISSING)


def check(view: View) -> Iterator[Finding]:
    """Look at the frames of a video."""
    record = view.record
    if not isinstance(record, VideoRecord):
        return
    if not record.frames:
        yield Finding(code=NONE.code, path=(FRAMES,), message="the video has no frame", fix=ASIDE)
        return
    yield from _timestamps(view, record)
    yield from _names(record)
    yield from _changes(record, view.first_frame)


def _timestamps(view: View, record: VideoRecord) -> Iterator[Finding]:
    found = [frame.timestamp for frame in record.frames]
    if found == list(range(1, len(found) + 1)):
        return
    ordered = sorted(found)
    if found != ordered:
        index = next(index for index in range(1, len(found)) if found[index] < found[index - 1])
        order = tuple(sorted(range(len(found)), key=found.__getitem__))
        message = f"timestamp {found[index - 1]} stands before {found[index]}"
        fix = Fix(safe=True, edits=(Order(path=(FRAMES,), order=order),))
        yield Finding(code=UNORDERED.code, path=(FRAMES, index - 1, "timestamp"), message=message, fix=fix)
    distinct = sorted(set(found))
    if len(distinct) < len(found):
        yield from _repeated(found)
    if distinct != list(range(1, len(distinct) + 1)):
        message = f"timestamps are {_told(distinct)}, not 1 to {len(distinct)}"
        path = (FRAMES, found.index(_first_odd(distinct)), "timestamp")
        yield Finding(code=GAP.code, path=path, message=message, fix=_renumbered(view, record, distinct))


def _repeated(found: list[int]) -> Iterator[Finding]:
    seen: set[int] = set()
    edits = tuple(
        Put(path=(FRAMES, index, "timestamp"), value=index + 1) for index, old in enumerate(found) if old != index + 1
    )
    for index, timestamp in enumerate(found):
        if timestamp in seen:
            message = f"timestamp {timestamp} stands a second time"
            yield Finding(code=REPEATED.code, path=(FRAMES, index, "timestamp"), message=message, fix=Fix(edits=edits))
        seen.add(timestamp)


def _first_odd(distinct: list[int]) -> int:
    return next(number for place, number in enumerate(distinct, 1) if number != place)


def _told(distinct: list[int]) -> str:
    shown = ", ".join(map(str, distinct[:8]))
    return shown + (", ..." if len(distinct) > 8 else "")  # noqa: PLR2004  # enough to see what is the matter


def _renumbered(view: View, record: VideoRecord, distinct: list[int]) -> Fix:
    new = {old: place for place, old in enumerate(distinct, 1)}
    edits: list[Edit] = []
    for index, frame in enumerate(record.frames):
        if new[frame.timestamp] != frame.timestamp:
            edits.append(Put(path=(FRAMES, index, "timestamp"), value=new[frame.timestamp]))
    if _counted_already(view):
        return Fix(edits=tuple(edits))
    for said, _ in view.spoken:
        text = renumber(said.text, timestamps=new)
        if text is None:
            return ASIDE
        if text != said.text:
            edits.append(Put(path=said.path, value=text))
    return Fix(edits=tuple(edits))


def _counted_already(view: View) -> bool:
    """Whether the texts count frames from 1 as they should, and only the timestamps do not."""
    spoken = {number for said, _ in view.spoken for number in timestamps(said.text)}
    return not spoken <= view.timestamps and spoken <= set(range(1, len(view.timestamps) + 1))


def _names(record: VideoRecord) -> Iterator[Finding]:
    named = Counter(frame.name for frame in record.frames)
    if len(named) == len(record.frames):
        return
    seen: dict[str, int] = {}
    for index, frame in enumerate(record.frames):
        if frame.name in seen:
            message = f"{frame.name} is the picture of frame <{seen[frame.name]}> already"
            yield Finding(code=NAME.code, path=(FRAMES, index, "frame_name"), message=message, fix=ASIDE)
        seen.setdefault(frame.name, frame.timestamp)


def _changes(record: VideoRecord, first: int) -> Iterator[Finding]:
    for index, frame in enumerate(record.frames):
        path = (FRAMES, index, "temporal_change")
        if index == first and text_of(frame.change):
            fix = Fix(edits=(Put(path=path, value=None),))
            yield Finding(
                code=FIRST.code, path=path, message="a change in the first frame, before which is none", fix=fix
            )
        elif index != first and (frame.change is None or isinstance(frame.change, UnsetType)):
            message = f"frame <{frame.timestamp}> does not say what changed"
            yield Finding(code=MISSING.code, path=path, message=message, fix=ASIDE)
