"""Repairs that several rules share: another text, a text without the sentence at fault, a text taken away.

What a record cannot do without is never invented: then the whole record is set aside, which is a repair as well.
"""

import re
from collections.abc import Collection, Mapping

from instit_tools.linting.base import Fix
from instit_tools.linting.edits import Drop, Put
from instit_tools.linting.spans import Path
from instit_tools.linting.view import Said, View
from instit_tools.records import QUESTIONS, ImageRecord, ShortLong, VideoRecord, text_of
from instit_tools.references import distinct, instance_ids, replaced

__all__ = [
    "ASIDE",
    "DROPS_A_SENTENCE",
    "DROPS_A_TEXT",
    "respelled",
    "without_caption",
    "without_sentences",
    "without_text",
]

ASIDE = Fix(aside=True)

DROPS_A_SENTENCE = (
    "takes the sentence away that says it; a question with nothing else in it goes with its answer, and a record whose "
    "caption would be empty then is set aside. Not safe: what the sentence said is lost."
)
DROPS_A_TEXT = (
    "takes a question away with its answer, or a caption of an instance, unless a text speaks of it that no other "
    "frame describes; a record whose caption of a frame, image or change this is, is set aside. Not safe: data are "
    "lost."
)

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def respelled(said: Said, spellings: Mapping[str, str], *, safe: bool) -> Fix:
    """Write each of *spellings*, which are whole references, in its new form in one text."""
    text = replaced(said.text, lambda piece: spellings.get(piece.raw, piece.raw))
    return Fix(safe=safe, edits=(Put(path=said.path, value=text),))


def without_sentences(view: View, said: Said, lost: Collection[str]) -> Fix:
    """Take the sentences away that hold one of the references *lost*; where none is left, the text."""
    sentences = _SENTENCE.split(said.text)
    left = [each for each in sentences if all(piece.raw not in lost for piece in distinct(each))]
    text = " ".join(left).strip()
    if not text or len(left) == len(sentences):
        return without_text(view, said)
    return Fix(edits=(Put(path=said.path, value=text),))


def without_text(view: View, said: Said) -> Fix:
    """Take one text away, and what cannot be without it."""
    match said.level:
        case "question" | "answer" if said.path[0] == QUESTIONS:
            return Fix(edits=(Drop(path=said.path[:2]),))
        case "video":
            return Fix(edits=(Put(path=said.path, value=None),))
        case "instance" if _has_other_half(view, said):
            return Fix(edits=(Drop(path=said.path),))
        case "instance":
            return without_caption(view, said.path, said.frame, said.ids)
        case _:
            return ASIDE


def _has_other_half(view: View, said: Said) -> bool:
    """Whether *said* is the short or the long caption of an instance that also has the other one."""
    match view.record:
        case VideoRecord():
            captions, key = view.record.frames[said.frame].instances, said.path[3]
        case ImageRecord():
            captions, key = view.record.instances, said.path[1]
        case _:
            return False
    caption = captions.get(str(key)) if isinstance(captions, dict) else None
    if not isinstance(caption, ShortLong):
        return False
    return bool(text_of(caption.long if said.path[-1] == "short" else caption.short))


def without_caption(view: View, path: Path, frame: int, ids: tuple[int, ...]) -> Fix:
    """Take the caption of an instance away, unless a text speaks of it and no other frame says what it is."""
    elsewhere = frozenset().union(*(found for index, found in enumerate(view.captioned) if index != frame))
    lost = set(ids) - elsewhere
    if any(lost & set(instance_ids(said.text)) for said in view.texts if said.path != path):
        return ASIDE
    return Fix(edits=(Drop(path=path),))
