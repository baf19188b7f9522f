"""What a record says, as bare texts: all that a sample needs where nothing is rejected.

The drafts of a part are its units, one for one and in the same order, without what only a reject would name: no field,
no object for a line, which at a million lines is half the time. They may be used in place of the units because they
are only where the whole record is clear; a text with a fault has `UNCLEAR` in its place, which no record that is clear
can hold. ``tests/test_clear.py`` holds what is made of both against each other.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from instit_tools import records, samples
from instit_tools.recipes.exchanges import labelled, named
from instit_tools.recipes.load import Part, Recipe, TurnKind
from instit_tools.records import ImageRecord, InstanceCaptions, VideoRecord, text_of

__all__ = ["UNCLEAR", "Draft", "Said", "drafts"]

Said = tuple[TurnKind, str, str, tuple[int, ...]]
"""One turn: its kind, the question if the record asks one, the answer, and the ids of the one instance it is about."""

Draft = tuple[str, tuple[samples.Frame, ...], Sequence[Said]]
"""One sample: what its name ends in, the pictures, and the turns; those without an answer count, but are not taken."""

UNCLEAR = "["
"""A bracket that opens no instance."""

_TIMESTAMP = attrgetter("timestamp")
_HALF: Said = ("questions", UNCLEAR, UNCLEAR, ())
_NO_FRAME_BEFORE: Said = ("change", "", UNCLEAR, ())


def drafts(
    record: VideoRecord | ImageRecord, frames: Sequence[samples.Frame], part: Part, recipe: Recipe
) -> Sequence[Draft]:
    """List what *part* makes of *record*, whose pictures are *frames* by timestamp."""
    found = _drafts(record, tuple(frames), part, recipe.caption)
    if not part.split:
        return found
    return [
        (f"{suffix}-{number:03d}", shown, (said,))
        for suffix, shown, turns in found
        for number, said in enumerate(turns, 1)
    ]


def _drafts(
    record: VideoRecord | ImageRecord, frames: tuple[samples.Frame, ...], part: Part, prefer: str
) -> Sequence[Draft]:
    if isinstance(record, ImageRecord):
        return [("", frames, _about_one(part, record, prefer))] if part.pictures == "one" else []
    if part.pictures == "all":
        return [("", frames, _whole(record, part))]
    ordered = sorted(record.frames, key=_TIMESTAMP)
    if part.pictures == "pair":
        return list(_pairs(ordered, frames))
    return [
        (f"-{place:03d}", (picture,), _about_one(part, said, prefer))
        for place, (said, picture) in enumerate(zip(ordered, frames, strict=True), 1)
    ]


def _about_one(part: Part, shown: records.Frame | ImageRecord, prefer: str) -> Sequence[Said]:
    turns: list[Said] = []
    for kind in part.turns:
        if kind == "scene":
            turns.append((kind, "", text_of(shown.caption), ()))
        elif kind == "instances":
            turns.append((kind, "", "\n".join(_captions(shown.instances, prefer)[0]), ()))
        else:
            turns += [(kind, "", text, ids) for text, ids in zip(*_captions(shown.instances, prefer), strict=True)]
    return turns


def _captions(captions: InstanceCaptions, prefer: str) -> tuple[Sequence[str], Sequence[tuple[int, ...]]]:
    """Give the captions as they are read, each behind its label, and beside them whom each is about."""
    texts: list[str] = []
    ids: list[tuple[int, ...]] = []
    for key, caption in captions.items() if isinstance(captions, dict) else ():
        text = caption.strip() if isinstance(caption, str) else text_of(caption, prefer=prefer)
        if text:
            whose = named(key)
            if not whose.ids:
                text = UNCLEAR
            elif text[0] == "[":
                text = labelled(whose, text)
            else:
                text = whose.label + text
            texts.append(text)
            ids.append(whose.ids)
    return texts, ids


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
