"""From one record to its rows in the tables of measures: pure, so that any process may do it.

An instance is in a frame where it has a caption there that says something; a group such as ``"1,2"`` puts each of its
ids there. Frames are taken by timestamp. Masks are measured from their run lengths, without decoding any.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from instit_tools.errors import RecordError
from instit_tools.media.paths import joined, source_of
from instit_tools.records import (
    BenchItem,
    Frame,
    ImageRecord,
    InstanceCaptions,
    QuestionAnswer,
    Record,
    ShortLong,
    VideoRecord,
    kind_of,
    masks,
    text_of,
)
from instit_tools.references import Instances, distinct, ids_of_key, numbers
from instit_tools.statistics import mask_rows, masked
from instit_tools.statistics.counting import Length

__all__ = ["Count", "Measured", "Row", "measure"]

Row = tuple[Any, ...]
_BEYOND = 1 << 63
_LONGEST = {"id": 256, "path": 4096}


class Count(Protocol):
    """Counts one text."""

    def __call__(self, text: str, /) -> Length:
        """Count characters, words and the rest."""


class Measured(Struct, frozen=True, kw_only=True):
    """The rows of one record, by table, in the order of the tables' columns; *said* are the texts of their rows."""

    texts: list[Row]
    said: list[str]
    frames: list[Row]
    instances: list[Row]
    videos: list[Row]
    images: list[Row]
    masks: list[Row]
    overlaps: list[Row]


class _Moment(Struct, frozen=True):
    """One frame: its captions that say something, by key, and its masks, ``None`` where the record has none.

    *change* is ``None`` for an image, which has nothing before it.
    """

    timestamp: int
    path: str
    captions: Mapping[str, str]
    masks: masked.Frame | None
    caption: str
    change: str | None

    @property
    def ids(self) -> frozenset[int]:
        """The ids captioned here."""
        return frozenset(number for key in self.captions for number in ids_of_key(key))


def measure(record: Record, count: Count) -> Measured:
    """Measure *record*, its texts by *count*.

    Raises `RecordError` for masks that are no object, and for a timestamp that no table holds.
    """
    _check_names(record)
    source = _source(record)
    who = (kind_of(record), str(record.id), source)
    moments = _moments(record)
    said = list(_texts(record, moments))
    videos: list[Row] = []
    images: list[Row] = []
    if isinstance(record, VideoRecord):
        videos.append(
            (str(record.id), source, record.path, *_summed(moments), len(record.questions or ()), *_churn(moments))
        )
    elif isinstance(record, ImageRecord):
        images.append((str(record.id), source, record.path, len(moments[0].ids)))
    return Measured(
        texts=[(*who, *where, *_measured(text, count)) for *where, text in said],
        said=[text for *_, text in said],
        frames=list(_frames(who, moments)),
        instances=list(_instances(who, moments)),
        videos=videos,
        images=images,
        masks=[(*who, m.timestamp, *row) for m in moments for row in mask_rows.of_masks(m.masks, m.ids, m.change)],
        overlaps=[(*who, m.timestamp, *row) for m in moments for row in mask_rows.of_overlaps(m.masks)],
    )


def _check_names(record: Record) -> None:
    """Raise `RecordError` for an id or a path that nothing is called: it would stand in every row."""
    names = {"id": str(record.id)} | ({} if isinstance(record, BenchItem) else {"path": record.path})
    for field, name in names.items():
        if len(name) > _LONGEST[field]:
            message = f"{field}: it has {len(name):,} characters"
            raise RecordError(message, hint=f"there are {_LONGEST[field]:,} at most")


def _source(record: Record) -> str | None:
    return None if isinstance(record, BenchItem) else source_of(record.path)


def _measured(text: str, count: Count) -> Row:
    length = count(text)
    ids, times = set[int](), set[int]()
    for piece in distinct(text):
        (ids if isinstance(piece, Instances) else times).update(numbers(piece))
    return length.characters, length.words, length.sentences, length.tokens, sorted(ids), sorted(times), *length.parts


def _texts(record: Record, moments: Sequence[_Moment]) -> Iterator[tuple[str, int | None, str | None, str]]:
    """Yield level, timestamp, key and text of everything that is said."""
    if isinstance(record, BenchItem):
        yield from _bench(record)
        return
    for moment in moments:
        for key, text in moment.captions.items():
            yield "instance", moment.timestamp, key, text
        if moment.caption:
            yield "frame", moment.timestamp, None, moment.caption
        if moment.change:
            yield "temporal", moment.timestamp, None, moment.change
    if isinstance(record, VideoRecord):
        if caption := text_of(record.caption):
            yield "video", None, None, caption
        yield from _questions(record.questions or ())


def _questions(pairs: Sequence[QuestionAnswer]) -> Iterator[tuple[str, None, str, str]]:
    for number, pair in enumerate(pairs, 1):
        for level, text in (("question", text_of(pair.question)), ("answer", text_of(pair.answer))):
            if text:
                yield level, None, str(number), text


def _bench(item: BenchItem) -> Iterator[tuple[str, None, str | None, str]]:
    """Yield the texts of a question of the benchmark; the letter of the right option is none."""
    if question := text_of(item.question):
        yield "question", None, None, question
    for letter, choice in item.choices.items():
        if text := text_of(choice):
            yield "option", None, letter, text
    if not item.choices and (answer := text_of(item.answer)):
        yield "answer", None, None, answer


def _moments(record: Record) -> list[_Moment]:
    if isinstance(record, BenchItem):
        return []
    tree = masks(record)
    if isinstance(record, ImageRecord):
        found = masked.frames([tree])[0] if tree else None
        return [_Moment(1, record.path, _saying(record.instances), found, text_of(record.caption), None)]
    ordered: list[Frame] = sorted(record.frames, key=lambda frame: frame.timestamp)
    for frame in (*ordered[:1], *ordered[-1:]):
        if abs(frame.timestamp) >= _BEYOND:
            message = f"frame_level_caption: {frame.name} has a timestamp of {len(str(abs(frame.timestamp)))} digits"
            raise RecordError(message, hint="timestamps count the frames, from 1")
    each = masked.frames([tree.get(frame.name) for frame in ordered]) if tree else itertools.repeat(None)
    return [_moment(record.path, frame, found) for frame, found in zip(ordered, each, strict=False)]


def _moment(path: str, frame: Frame, found: masked.Frame | None) -> _Moment:
    return _Moment(
        frame.timestamp,
        joined(path, frame.name),
        _saying(frame.instances),
        found,
        text_of(frame.caption),
        text_of(frame.change),
    )


def _saying(captions: InstanceCaptions) -> dict[str, str]:
    """Keep the captions that say something."""
    if not isinstance(captions, dict):
        return {}
    said: Iterator[tuple[str, str | ShortLong | None]] = iter(captions.items())
    return {key: text for key, caption in said if (text := text_of(caption))}


def _frames(who: Row, moments: Sequence[_Moment]) -> Iterator[Row]:
    before: frozenset[int] | None = None
    for moment in moments:
        here = moment.ids
        shown = None if moment.masks is None else len(moment.masks.regions)
        changes = (None, None) if before is None else (len(here - before), len(before - here))
        covered = mask_rows.of_frame(moment.masks, here)
        yield *who, moment.timestamp, moment.path, len(here), shown, *changes, sorted(here), *covered
        before = here


def _instances(who: Row, moments: Sequence[_Moment]) -> Iterator[Row]:
    places: dict[int, list[int]] = {}
    shown: dict[int, list[masked.Region]] = {}
    for place, moment in enumerate(moments):
        for number in moment.ids:
            places.setdefault(number, []).append(place)
        for number, region in moment.masks.regions.items() if moment.masks else ():
            shown.setdefault(number, []).append(region)
    has_masks = any(moment.masks is not None for moment in moments)
    for number in sorted(places.keys() | shown.keys()):
        found = shown.get(number, []) if has_masks else None
        yield *who, number, *_presence(places.get(number, []), moments), *mask_rows.of_instance(found)


def _presence(places: Sequence[int], moments: Sequence[_Moment]) -> Row:
    """Give first and last timestamp, frames, frames missing between, and how often it came back."""
    if not places:
        return None, None, 0, 0, 0
    first, last = places[0], places[-1]
    returns = sum(later - earlier > 1 for earlier, later in itertools.pairwise(places))
    missing = last - first + 1 - len(places)
    return moments[first].timestamp, moments[last].timestamp, len(places), missing, returns


def _summed(moments: Sequence[_Moment]) -> Row:
    return len(moments), len(frozenset[int]().union(*(moment.ids for moment in moments)))


def _churn(moments: Sequence[_Moment]) -> Row:
    """Add up, over neighbouring frames, the ids in only one of the two, and the ids in either."""
    pairs = [(one.ids, other.ids) for one, other in itertools.pairwise(moments)]
    return sum(len(one ^ other) for one, other in pairs), sum(len(one | other) for one, other in pairs)
