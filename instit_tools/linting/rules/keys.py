"""Keys of captions and of masks: each should be one id, written plainly, once."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.edits import Drop, Put, Rename
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.spans import Path
from instit_tools.linting.view import View
from instit_tools.records import FRAMES, ImageRecord, VideoRecord
from instit_tools.references import ids_of_key

FAMILY = "shape"

GROUP = Rule(
    code="key-group",
    severity="warning",
    summary="one caption, or mask, for several instances",
    why='Keys such as "1,2" occur in the image file. Scripts that call int() on a key fail on them, others drop the '
    "caption; a mask of that key does not exist.",
    example=Example(
        on="image",
        bad='{"instance_level_caption": {"1,2": "Two cups."}, "image_level_caption": "[1] beside [2]."}',
        good='{"instance_level_caption": {"1": "A cup.", "2": "A cup."}, "image_level_caption": "[1] beside [2]."}',
    ),
    unsafe="gives the caption, or mask, to each of its ids. Not safe: what is said of several is then said of each.",
)
WORD = Rule(
    code="key-word",
    severity="error",
    summary="a key that is no id",
    why="No mark is drawn for it and no text can refer to it; scripts that call int() on a key fail, "
    "and convert stops.",
    example=Example(
        on="image",
        bad='{"instance_level_caption": {"1": "A cup.", "2": "A plate.", "background": "A wall."}}',
        good='{"instance_level_caption": {"1": "A cup.", "2": "A plate."}}',
    ),
    unsafe="takes the caption, or mask, away. Not safe: it is lost.",
)
PADDED = Rule(
    code="key-padded",
    severity="warning",
    summary="an id with zeros or spaces before it",
    why='A caption of "03" is not found under "3", which is how texts and masks name the instance.',
    example=Example(
        on="image",
        bad='{"instance_level_caption": {"01": "A cup.", "2": "A plate."}}',
        good='{"instance_level_caption": {"1": "A cup.", "2": "A plate."}}',
    ),
    safe="writes the id plainly, unless that key is taken.",
)
ZERO = Rule(
    code="key-zero",
    severity="error",
    summary="a caption or mask of instance 0, which does not exist",
    why="Ids count from 1. Either all ids are off by one, or this caption belongs to nothing that is marked.",
    example=Example(
        on="image",
        bad='{"instance_level_caption": {"0": "A cup.", "1": "A cup.", "2": "A plate."}}',
        good='{"instance_level_caption": {"1": "A cup.", "2": "A plate."}}',
    ),
    unsafe="sets the record aside. Not safe: the whole record is lost.",
)
TWICE = Rule(
    code="key-repeated",
    severity="error",
    summary="two keys name the same instance",
    why='"1" and "01", or "1" and "1,2": which caption is that of [1] depends on the script that reads it.',
    example=Example(
        on="image",
        bad='{"instance_level_caption": {"1": "A cup.", "2": "A plate.", " 1": "A jug."}}',
        good='{"instance_level_caption": {"1": "A cup.", "2": "A plate."}}',
    ),
    unsafe="takes the later caption, or mask, away. Not safe: it is lost.",
)
RULES = (GROUP, WORD, PADDED, ZERO, TWICE)

_DIGITS = 3


def check(view: View) -> Iterator[Finding]:
    """Look at the keys of every map of captions, and of every map of masks."""
    match view.record:
        case VideoRecord():
            for index, frame in enumerate(view.record.frames):
                yield from _keys(frame.instances, (FRAMES, index, "instance_level"), "caption")
        case ImageRecord():
            yield from _keys(view.record.instances, ("instance_level_caption",), "caption")
        case _:
            return
    for path, _, masks in view.masks or ():
        yield from _keys(masks, path, "mask")


def _keys(captions: object, path: Path, what: str) -> Iterator[Finding]:
    if not isinstance(captions, dict) or all(map(_is_plain, captions)):
        return
    named = Counter(number for key in captions for number in ids_of_key(key))
    seen: set[int] = set()
    for key in captions:
        ids = ids_of_key(key)
        where = (*path, key)
        if not ids:
            drop = Fix(edits=(Drop(path=where),))
            yield Finding(code=WORD.code, path=where, message=f"the key {key!r} is no id", fix=drop)
        elif twice := [number for number in ids if number in seen]:
            said = f"the key {key!r} names instance {twice[0]}, which has a {what} already"
            yield Finding(code=TWICE.code, path=where, message=said, fix=Fix(edits=(Drop(path=where),)))
        else:
            yield from _spelled((*path, key), ids, captions, named, what)
        seen.update(ids)


def _is_plain(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= _DIGITS and not key.startswith("0")


def _spelled(
    where: Path, ids: tuple[int, ...], captions: dict[str, Any], named: Counter[int], what: str
) -> Iterator[Finding]:
    key = str(where[-1])
    if 0 in ids:
        yield Finding(code=ZERO.code, path=where, message=f"the key {key!r} names instance 0", fix=ASIDE)
    if len(ids) > 1:
        each = dict.fromkeys(str(number) for number in ids if named[number] == 1)
        spread = [(one, captions[key]) for one in each] if each else [(str(ids[0]), captions[key])]
        pairs = [pair for old in captions.items() for pair in (spread if old[0] == key else [old])]
        fix = Fix(edits=(Put(path=where[:-1], value=msgspec.to_builtins(dict(pairs))),))
        yield Finding(code=GROUP.code, path=where, message=f"one {what} for the instances {key}", fix=fix)
    elif ids[0] and key != str(ids[0]) and named[ids[0]] == 1:
        new = str(ids[0])
        plain = Fix(safe=True, edits=(Rename(path=where, key=new),))
        yield Finding(code=PADDED.code, path=where, message=f"the key {key!r} should be written {new!r}", fix=plain)
