"""Masks and captions that belong together, and one of the two is not there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from instit_tools.linting.base import Example, Finding, Rule
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.view import View
from instit_tools.records import VideoRecord
from instit_tools.references import ids_of_key

if TYPE_CHECKING:
    from instit_tools.linting.spans import Path

FAMILY = "masks"

_ONE, _TWO = '{"mask": {"size": [2, 3], "counts": [1, 2, 3]}}', '{"mask": {"size": [2, 3], "counts": [3, 3]}}'
_BOTH = f'{{"segmentations": {{"1": {_ONE}, "2": {_TWO}}}}}'

MISSING = Rule(
    code="mask-missing",
    severity="warning",
    summary="an instance with a caption and without a mask in that frame",
    why="Loaders that take the mask of every captioned id fail (those of images do so without a check), and a question "
    "about the instance has no region there.",
    example=Example(on="image", bad=f'{{"segmentations": {{"1": {_ONE}}}}}', good=_BOTH),
    unsafe="sets the record aside. Not safe: it is lost. --ignore mask-missing keeps it.",
)
UNCAPTIONED = Rule(
    code="mask-uncaptioned",
    severity="note",
    summary="a mask of an instance that has no caption in that frame",
    why="It is marked on the picture and nothing is said of it: small or hidden instances were skipped when the data "
    "were annotated.",
    example=Example(
        on="image",
        bad=f'{{"segmentations": {{"1": {_ONE}, "2": {_TWO}, "3": {_TWO}}}}}',
        good=_BOTH,
    ),
)
FRAME = Rule(
    code="mask-frame-unknown",
    severity="error",
    summary="masks of a frame that the record does not have",
    why="They are found by the name of the frame, so nobody will ever find these; most often the name lacks its "
    "extension or has another one.",
    example=Example(
        on="video",
        bad=f'{{"segmentations": {{"1.jpg": {{"1": {_ONE}, "2": {_TWO}}}, "2.jpg": {{"1": {_ONE}, "2": {_TWO}}}, '
        f'"3": {{"1": {_ONE}}}}}}}',
        good=f'{{"segmentations": {{"1.jpg": {{"1": {_ONE}, "2": {_TWO}}}, "2.jpg": {{"1": {_ONE}, "2": {_TWO}}}}}}}',
    ),
    unsafe="sets the record aside. Not safe: it is lost.",
)
RULES = (MISSING, UNCAPTIONED, FRAME)


def check(view: View) -> Iterator[Finding]:
    """Compare the ids of captions and masks, frame by frame."""
    if view.masks is None:
        return
    masked: dict[int, frozenset[int]] = {}
    same = _frames_of_one_name(view)
    for path, frame, found in view.masks:
        ids = frozenset(number for key in found for number in ids_of_key(key))
        if frame < 0:
            message = f"there is no frame {path[-1]!r}"
            yield Finding(code=FRAME.code, path=path, message=message, fix=ASIDE)
            continue
        masked[frame] = ids
        captioned = frozenset().union(*(view.captioned[place] for place, last in enumerate(same) if last == frame))
        for key in found:
            named = ids_of_key(key)  # of what is no id, or 0, key-word and key-zero say so
            if any(named) and captioned.isdisjoint(named):
                message = f"the mask of {key} has no caption in this frame"
                yield Finding(code=UNCAPTIONED.code, path=(*path, key), message=message)
    yield from _missing(view, masked, same)


def _missing(view: View, masked: dict[int, frozenset[int]], same: list[int]) -> Iterator[Finding]:
    for frame, captioned in enumerate(view.captioned):
        lost = sorted(captioned - masked.get(same[frame], frozenset()))
        if lost:
            path: Path = ("segmentations",)
            if isinstance(view.record, VideoRecord):
                path = (*path, view.record.frames[frame].name)
            message = f"no mask of the captioned instance{'s' * (len(lost) > 1)} {', '.join(map(str, lost))}"
            yield Finding(code=MISSING.code, path=path, message=message, fix=ASIDE)


def _frames_of_one_name(view: View) -> list[int]:
    """For each frame, the index of the frame that its masks were put down under: the last one of its name."""
    if not isinstance(view.record, VideoRecord):
        return [0]
    names = [frame.name for frame in view.record.frames]
    last = {name: index for index, name in enumerate(names)}
    return [last[name] for name in names]
