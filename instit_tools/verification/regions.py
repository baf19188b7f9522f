"""What the loaders of region models share: masks that are whole and not empty, and a ``<region>`` for each.

They decode masks with pycocotools, which trusts run lengths, take an all-zero mask for the whole picture
(``resize_image_mask``), cut regions out of the picture by the coordinates of the mask, so that another size is another
place, and stack all masks of a row. A row that fails is replaced by another one at random.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from instit_tools.conversations import SHAREGPT
from instit_tools.errors import MaskError
from instit_tools.masks import Mask, read
from instit_tools.media.picture import Picture
from instit_tools.references import unknown
from instit_tools.referring import REGION, REGION_TOKENS
from instit_tools.verification.base import Rules, Scope, Shown, conversation_problems

__all__ = ["Found", "Size", "identity_problems", "mask_problems", "of_frames", "size_of", "speech_problems"]

Found = Iterator[tuple[str, str]]
"""What is wrong with a row: (field, message)."""
Size = tuple[int, int] | None
"""Width and height of a picture in pixels, where they are known."""

_RULES = Rules(field="conversations", spelling=SHAREGPT, reserved=REGION_TOKENS)
_OBJECT = re.compile(r"<object([0-9]+)>")
_INTRODUCED = re.compile(r"<object([0-9]+)> ?<region>")
_OURS = re.compile(r"<region>|<object[0-9]+>")
_STANDS_FOR = "it"


def identity_problems(row: Mapping[str, Any], objects: int, scope: Scope) -> Found:
    """Yield what is wrong with the id of a row and the ids of its objects."""
    key = row.get("id")
    if not isinstance(key, str) or not scope.is_new(key):
        yield "id", f"{key} stands more than once" if isinstance(key, str) else f"is {key!r} and not a text"
    ids = row.get("objects")
    if not isinstance(ids, list) or len(ids) != objects or not all(isinstance(each, list) and each for each in ids):
        yield "objects", f"does not have the ids of {_counted(objects, 'object')}"


def speech_problems(row: Mapping[str, Any], tag: str, frames: int, objects: int) -> Found:
    """Yield what is wrong with the texts about *objects* regions in *frames* frames that *tag* stands for."""
    messages = row.get(_RULES.field)
    if isinstance(messages, list):
        yield from _region_problems([_text(message) for message in messages], objects)
        messages = [_plain(message) for message in messages]
    noun = "video" if frames > 1 else "picture"
    shown = Shown(opening=f"{tag}\n", tag=tag, count=1, frames=frames, noun=noun)
    yield from conversation_problems(messages, shown, None, _RULES)


def _region_problems(texts: Sequence[str], objects: int) -> Found:
    for place, text in enumerate(texts):
        if place % 2 and REGION in text:
            yield _at(place), f"holds {REGION}, and a region is named in a question"
        if lost := unknown(text, instance=lambda _: False):
            yield _at(place), f"speaks of {', '.join(lost)}, and ids mean nothing here: objects are <object0> and so on"
    asked = sum(text.count(REGION) for text in texts[::2])
    if asked != objects:
        yield _RULES.field, f"have {asked} {REGION} for {_counted(objects, 'object')} with masks"
        return
    named = {int(number) for text in texts for number in _OBJECT.findall(text)}
    introduced = [int(number) for text in texts[:1] for number in _INTRODUCED.findall(text)]
    if named and introduced != list(range(objects)):
        yield _at(0), f"does not say which {REGION} each object is, from <object0> on"
    elif named and max(named) >= objects:
        yield _RULES.field, f"speak of <object{max(named)}>, and there {_are(objects, 'object')}"


def _at(place: int) -> str:
    return f"{_RULES.field}[{place}].{SHAREGPT.content}"


def _text(message: Any) -> str:  # noqa: ANN401  # as read, of any shape
    text = message.get(SHAREGPT.content) if isinstance(message, Mapping) else None
    return text if isinstance(text, str) else ""


def _plain(message: Any) -> Any:  # noqa: ANN401  # as read, of any shape
    """Put a word in the place of each of our placeholders, which are looked at already."""
    if not _text(message):
        return message
    return {**message, SHAREGPT.content: _OURS.sub(_STANDS_FOR, _text(message))}


def mask_problems(masks: Sequence[tuple[str, object, Size]], field: str) -> Found:
    """Yield what is wrong with *masks*, each with the field that it stands in and the size of its picture."""
    sizes = set()
    for place, rle, size in masks:
        found = _read(rle, size)
        if isinstance(found, str):
            yield place, found
        else:
            sizes.add((found.height, found.width))
            if not found.area:
                yield place, "is empty, and the loader takes an empty mask for the whole picture"
    if len(sizes) > 1:
        shown = " and ".join(f"{height} x {width}" for height, width in sorted(sizes))
        yield field, f"are of {shown} (height x width), and the loader stacks them"


def _read(rle: object, size: Size) -> Mask | str:
    try:
        return read(rle, size=size)
    except MaskError as error:
        return error.message


def of_frames(entry: object, place: str, frames: int) -> tuple[dict[int, Any], list[tuple[str, str]]]:
    """Give the masks of one object by number of the frame, and what is wrong with those numbers."""
    if not isinstance(entry, Mapping) or not entry:
        return {}, [(place, "has no mask in any frame")]
    found, wrong = {}, []
    for key, value in entry.items():
        if not key.isdecimal() or not int(key) < frames:
            wrong.append((place, f"has a mask in frame {key!r}, and there {_are(frames, 'frame')}, counted from 0"))
        else:
            found[int(key)] = value
    return found, wrong


def size_of(picture: Picture | None) -> Size:
    """Give the size of a picture that was looked at."""
    return (picture.width, picture.height) if picture else None


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _are(number: int, noun: str) -> str:
    return f"{'is' if number == 1 else 'are'} {_counted(number, noun)}"
