"""From one record to its rows in the tables of measures: pure, so that any process may do it.

An instance is in a frame where it has a caption there that says something; a group such as ``"1,2"`` puts each of its
ids there. Frames are taken by timestamp. Masks are added up from their run lengths, without decoding any.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from instit_tools.errors import RecordError
from instit_tools.masks import runs
from instit_tools.media.paths import joined, source_of
from instit_tools.records import (
    BenchItem,
    Frame,
    ImageRecord,
    InstanceCaptions,
    QuestionAnswer,
    Record,
    ShortLong,
    Text,
    VideoRecord,
    kind_of,
    masks,
    text_of,
)
from instit_tools.references import Instances, distinct, ids_of_key, numbers
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


class _Mask(Struct, frozen=True):
    """What is known of one mask: pixels of it and of its picture, 0 for one that is damaged."""

    pixels: int
    picture: int
    damaged: bool


class _Moment(Struct, frozen=True):
    """One frame: its captions that say something, by key, and its masks by id, ``None`` where the record has none."""

    timestamp: int
    path: str
    captions: Mapping[str, str]
    masks: Mapping[int, _Mask] | None
    caption: str
    change: str = ""

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
        found = _masks(tree) if tree else None
        return [_moment(1, record.path, record.instances, found, (record.caption, None))]
    ordered: list[Frame] = sorted(record.frames, key=lambda frame: frame.timestamp)
    for frame in (*ordered[:1], *ordered[-1:]):
        if abs(frame.timestamp) >= _BEYOND:
            message = f"frame_level_caption: {frame.name} has a timestamp of {len(str(abs(frame.timestamp)))} digits"
            raise RecordError(message, hint="timestamps count the frames, from 1")
    return [
        _moment(
            frame.timestamp,
            joined(record.path, frame.name),
            frame.instances,
            _masks(tree.get(frame.name)) if tree else None,
            (frame.caption, frame.change),
        )
        for frame in ordered
    ]


def _moment(
    timestamp: int, path: str, captions: InstanceCaptions, found: Mapping[int, _Mask] | None, texts: tuple[Text, Text]
) -> _Moment:
    return _Moment(timestamp, path, _saying(captions), found, text_of(texts[0]), text_of(texts[1]))


def _saying(captions: InstanceCaptions) -> dict[str, str]:
    """Keep the captions that say something."""
    if not isinstance(captions, dict):
        return {}
    said: Iterator[tuple[str, str | ShortLong | None]] = iter(captions.items())
    return {key: text for key, caption in said if (text := text_of(caption))}


def _masks(tree: object) -> dict[int, _Mask]:
    """Add up the masks of one picture, by id; what has not the shape of a mask counts as damaged."""
    keyed = tree.items() if isinstance(tree, dict) else ()
    found = [(number, _shape(value)) for key, value in keyed for number in ids_of_key(key)]
    added = runs([shape[1] for _, shape in found])
    return {
        number: _Mask(each.area, pixels, damaged=False)
        if each.sound and each.total == pixels and pixels
        else _Mask(0, 0, damaged=True)
        for (number, (pixels, _)), each in zip(found, added, strict=True)
    }


def _shape(value: object) -> tuple[int, str | Sequence[int]]:
    """Give the pixels of the picture and the run lengths of one published mask; 0 and none where it is none."""
    match value:
        case {"mask": {"size": [int(height), int(width)], "counts": str() | list() as counts}}:
            whole = isinstance(counts, str) or all(isinstance(run, int) for run in counts)
            return (height * width, counts) if whole and min(height, width) > 0 else (0, [])
        case _:
            return 0, []


def _frames(who: Row, moments: Sequence[_Moment]) -> Iterator[Row]:
    before: frozenset[int] | None = None
    for moment in moments:
        here = moment.ids
        masked = None if moment.masks is None else len(moment.masks)
        changes = (None, None) if before is None else (len(here - before), len(before - here))
        yield *who, moment.timestamp, moment.path, len(here), masked, *changes, sorted(here)
        before = here


def _instances(who: Row, moments: Sequence[_Moment]) -> Iterator[Row]:
    places: dict[int, list[int]] = {}
    shown: dict[int, list[_Mask]] = {}
    for place, moment in enumerate(moments):
        for number in moment.ids:
            places.setdefault(number, []).append(place)
        for number, mask in (moment.masks or {}).items():
            shown.setdefault(number, []).append(mask)
    has_masks = any(moment.masks is not None for moment in moments)
    for number in sorted(places.keys() | shown.keys()):
        found = shown.get(number, []) if has_masks else None
        yield *who, number, *_presence(places.get(number, []), moments), *_areas(found)


def _presence(places: Sequence[int], moments: Sequence[_Moment]) -> Row:
    """Give first and last timestamp, frames, frames missing between, and how often it came back."""
    if not places:
        return None, None, 0, 0, 0
    first, last = places[0], places[-1]
    returns = sum(later - earlier > 1 for earlier, later in itertools.pairwise(places))
    missing = last - first + 1 - len(places)
    return moments[first].timestamp, moments[last].timestamp, len(places), missing, returns


def _areas(found: Iterable[_Mask] | None) -> Row:
    if found is None:
        return None, None, None, None
    each = list(found)
    damaged = sum(mask.damaged for mask in each)
    return len(each), sum(mask.pixels for mask in each), sum(mask.picture for mask in each), damaged


def _summed(moments: Sequence[_Moment]) -> Row:
    return len(moments), len(frozenset[int]().union(*(moment.ids for moment in moments)))


def _churn(moments: Sequence[_Moment]) -> Row:
    """Add up, over neighbouring frames, the ids in only one of the two, and the ids in either."""
    pairs = [(one.ids, other.ids) for one, other in itertools.pairwise(moments)]
    return sum(len(one ^ other) for one, other in pairs), sum(len(one | other) for one, other in pairs)
