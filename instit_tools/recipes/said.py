"""What a record says, as bare texts: all that a sample needs where nothing is rejected.

The drafts of a part are its units, one for one and in the same order, without what only a reject would name: no field,
no object for a line, which at a million lines is half the time. They may be used in place of the units because they
are only where the whole record is clear; a text with a fault has `UNCLEAR` in its place, which no record that is clear
can hold. ``tests/test_clear.py`` holds what is made of both against each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter

from instit_tools import records, samples
from instit_tools.recipes.exchanges import labelled, named
from instit_tools.recipes.load import Part, Recipe, TurnKind
from instit_tools.records import ImageRecord, InstanceCaptions, VideoRecord, text_of

__all__ = ["UNCLEAR", "Draft", "Said", "drafts", "texts_of"]

Said = tuple[TurnKind, str, str, tuple[int, ...]]
"""One turn: its kind, the question if the record asks one, the answer, and the ids of the one instance it is about."""

Draft = tuple[str, tuple[samples.Frame, ...], Sequence[Said]]
"""One sample: what its name ends in, the pictures, and the turns; those without an answer count, but are not taken."""

UNCLEAR = "["
"""A bracket that opens no instance."""

_TIMESTAMP = attrgetter("timestamp")
_FIRST = itemgetter(0)
_HALF: Said = ("questions", UNCLEAR, UNCLEAR, ())
_NO_FRAME_BEFORE: Said = ("change", "", UNCLEAR, ())


def drafts(
    record: VideoRecord | ImageRecord, frames: tuple[samples.Frame, ...], recipe: Recipe
) -> list[tuple[Part, Sequence[Draft]]]:
    """List what each part of *recipe* makes of *record*, whose pictures are *frames* by timestamp, if it makes any."""
    if isinstance(record, ImageRecord):  # has no frames to compare and no questions
        said = [
            (part, [("", frames, _about_one(part, record, recipe.caption))])
            for part in recipe.parts
            if part.pictures == "one"
        ]
    else:
        ordered = sorted(record.frames, key=_TIMESTAMP)
        said = [(part, _of_video(part, record, ordered, frames, recipe.caption)) for part in recipe.parts]
    return [(part, _split(found) if part.split else found) for part, found in said if found]


def texts_of(drafts: Sequence[Draft], part: Part) -> list[str]:
    """List all texts of the *drafts* of *part*."""
    texts = [answer for _, _, turns in drafts for _, _, answer, _ in turns]
    if "questions" in part.turns:
        texts += [asked for _, _, turns in drafts for _, asked, _, _ in turns]
    return texts


def _split(whole: Sequence[Draft]) -> list[Draft]:
    return [
        (f"{suffix}-{number:03d}", shown, (said,))
        for suffix, shown, turns in whole
        for number, said in enumerate(turns, 1)
    ]


def _of_video(
    part: Part,
    record: VideoRecord,
    ordered: Sequence[records.Frame],
    frames: tuple[samples.Frame, ...],
    prefer: str,
) -> list[Draft]:
    match part.pictures:
        case "one":
            return [
                (f"-{place:03d}", (picture,), _about_one(part, said, prefer))
                for place, (said, picture) in enumerate(zip(ordered, frames, strict=True), 1)
            ]
        case "pair":
            return list(_pairs(ordered, frames))
        case "all":
            return [("", frames, _whole(record, part))]


def _about_one(part: Part, shown: records.Frame | ImageRecord, prefer: str) -> Sequence[Said]:
    turns: list[Said] = []
    for kind in part.turns:
        if kind == "scene":
            turns.append((kind, "", text_of(shown.caption), ()))
        elif kind == "instances":
            turns.append((kind, "", "\n".join(_captions(shown.instances, prefer)[0]), ()))
        else:
            turns += [
                (kind, "", text, named(key).ids) for text, key in zip(*_captions(shown.instances, prefer), strict=True)
            ]
    return turns


def _captions(captions: InstanceCaptions, prefer: str) -> tuple[Sequence[str], Iterable[str]]:
    """Give the captions as they are read, each behind its label, and beside them their keys."""
    if not isinstance(captions, dict):
        return (), ()
    try:  # in C, where every caption is a text that needs its label, and every key an id
        texts = list(map(str.strip, captions.values()))  # type: ignore[arg-type]  # what is no text raises
        if all(texts) and "[" not in map(_FIRST, texts):
            return [label + text for label, text in zip(map(_label, captions), texts, strict=True)], captions
    except (TypeError, _NoIdError):
        pass
    return _odd_captions(captions, prefer)


def _odd_captions(
    captions: dict[str, str | records.ShortLong | None], prefer: str
) -> tuple[Sequence[str], Sequence[str]]:
    texts: list[str] = []
    keys: list[str] = []
    for key, caption in captions.items():
        if text := text_of(caption, prefer=prefer):
            whose = named(key)
            texts.append(labelled(whose, text) if whose.ids else UNCLEAR)
            keys.append(key)
    return texts, keys


class _NoIdError(Exception):
    """A key names no instance."""


@lru_cache(maxsize=4096)
def _label(key: str) -> str:
    whose = named(key)
    if not whose.ids:
        raise _NoIdError
    return whose.label


def _pairs(ordered: Sequence[records.Frame], frames: tuple[samples.Frame, ...]) -> Iterator[Draft]:
    for first in ordered[:1]:
        if text_of(first.change):
            yield "-001", frames[:1], (_NO_FRAME_BEFORE,)
    for place in range(1, len(ordered)):
        said: Said = ("change", "", text_of(ordered[place].change), ())
        yield f"-{place + 1:03d}", frames[place - 1 : place + 1], (said,)


def _whole(record: VideoRecord, part: Part) -> Sequence[Said]:
    turns: list[Said] = []
    for kind in part.turns:
        if kind == "summary":
            turns.append((kind, "", text_of(record.caption), ()))
        elif kind == "questions":
            for pair in record.questions or ():
                asked, answer = text_of(pair.question), text_of(pair.answer)
                turns.append((kind, asked, answer, ()) if asked and answer else _HALF)
    return turns
