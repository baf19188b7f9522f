"""Masks: runs that fill the picture, the size of the picture, and something in them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from instit_tools.errors import InstitError
from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.edits import Put
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.kinds import MASKS
from instit_tools.linting.spans import Path
from instit_tools.linting.view import View
from instit_tools.masks import Runs, runs
from instit_tools.records import FRAMES

FAMILY = "masks"


def _segments(*masks: str) -> str:
    return '{"segmentations": {' + ", ".join(f'"{id_}": {{"mask": {mask}}}' for id_, mask in enumerate(masks, 1)) + "}}"


_ONE, _TWO = '{"size": [2, 3], "counts": [1, 2, 3]}', '{"size": [2, 3], "counts": [3, 3]}'
_SOUND = _segments(_ONE, _TWO)

RUNS = Rule(
    code="mask-runs",
    severity="error",
    summary="runs that do not add up to height times width",
    why="pycocotools answers with memory that it never wrote, or with an area larger than the picture, and says "
    "nothing.",
    example=Example(on="image", bad=_segments('{"size": [2, 3], "counts": [1, 2, 4]}', _TWO), good=_SOUND),
    unsafe="sets the record aside. Not safe: it is lost; the mask cannot be restored.",
)
SIZE = Rule(
    code="mask-size",
    severity="error",
    summary="a mask of another size than its picture",
    why="The mask lies elsewhere on the picture. Without pictures, a mask is held against the other masks of its "
    "record.",
    example=Example(
        on="image",
        bad=_segments(_ONE, _TWO)[:-2] + ', "3": {"mask": {"size": [3, 2], "counts": [3, 3]}}}, '
        '"instance_level_caption": {"1": "A cup.", "2": "A plate.", "3": "A jug."}}',
        good=_SOUND,
    ),
    unsafe="swaps height and width where that is the size of the picture, and sets the record aside otherwise. Not "
    "safe: the runs may have been made for the wrong size.",
)
EMPTY = Rule(
    code="mask-empty",
    severity="error",
    summary="a mask of no pixel",
    why="Training on regions fails on it, or learns from nothing; it has no box and no place for a mark.",
    example=Example(on="image", bad=_segments('{"size": [2, 3], "counts": [6]}', _TWO), good=_SOUND),
    unsafe="sets the record aside. Not safe: it is lost.",
)
RULES = (RUNS, SIZE, EMPTY)


class _Mask(Struct):
    """One mask with its path, the index of its frame, and what it says of itself."""

    path: Path
    frame: int
    size: tuple[int, int]
    counts: Any


def check(view: View) -> Iterator[Finding]:
    """Add up the runs of every mask, and compare sizes; in the file of the benchmark's, picture by picture."""
    if view.kind == MASKS:
        for trees in _of_bench(view.tree):
            for finding in _judged([mask for path, tree in trees for mask in _masks(path, 0, tree)], {}):
                yield replace(finding, fix=None)  # to set the whole file aside is no repair
    elif view.masks:
        found = [mask for path, frame, tree in view.masks for mask in _masks(path, frame, tree)]
        yield from _judged(found, _of_pictures(view))


def _judged(found: list[_Mask], opened: Mapping[int, tuple[int, int]]) -> Iterator[Finding]:
    usual = _usual(found)
    for mask, added in zip(found, runs([mask.counts for mask in found]), strict=True):
        yield from _runs(mask, added)
        size = opened.get(mask.frame, usual)
        if size and mask.size != size:
            yield _wrong_size(mask, size, "the picture is" if mask.frame in opened else "most others are")


def _of_bench(tree: Mapping[str, Any]) -> Iterator[list[tuple[Path, Mapping[str, Any]]]]:
    """Give the masks of each image, or of each frame of each video, with their paths."""
    for owner, found in (tree.get("segmentations") or {}).items():
        path: Path = ("segmentations", owner)
        instances = {key: each for key, each in found.items() if "mask" in each}
        yield [(path, instances), *(((*path, key), each) for key, each in found.items() if "mask" not in each)]


def _masks(path: Path, frame: int, tree: Mapping[str, Any]) -> Iterator[_Mask]:
    for key, segment in tree.items():
        mask = segment["mask"]
        yield _Mask((*path, key, "mask"), frame, tuple(mask["size"]), mask["counts"])


def _runs(mask: _Mask, found: Runs) -> Iterator[Finding]:
    height, width = mask.size
    path = (*mask.path, "counts")
    if not found.sound:
        yield Finding(code=RUNS.code, path=path, message="the runs are damaged: no mask can be made of them", fix=ASIDE)
    elif found.total != height * width:
        message = f"the runs make {found.total:,} pixels, and {height} x {width} are {height * width:,}"
        yield Finding(code=RUNS.code, path=path, message=message, fix=ASIDE)
    elif not found.area:
        yield Finding(code=EMPTY.code, path=path, message="the mask has no pixel", fix=ASIDE)


def _usual(found: list[_Mask]) -> tuple[int, int] | None:
    """Give the size that most masks of the record have, if any is that of most."""
    sizes = Counter(mask.size for mask in found).most_common(2)
    clear = len(sizes) == 1 or (len(sizes) > 1 and sizes[0][1] > sizes[1][1])
    return sizes[0][0] if clear else None


def _of_pictures(view: View) -> dict[int, tuple[int, int]]:
    """Give the size of each picture that could be opened, by the index of its frame."""
    return {
        int(each.path[1]) if each.path[0] == FRAMES else 0: (each.found.height, each.found.width)
        for each in view.pictures
        if not isinstance(each.found, InstitError)
    }


def _wrong_size(mask: _Mask, size: tuple[int, int], others: str) -> Finding:
    (height, width), (right_height, right_width) = mask.size, size
    message = f"the mask is {height} high and {width} wide, and {others} {right_height} high and {right_width} wide"
    swapped = mask.size[::-1] == size
    fix = Fix(edits=(Put(path=(*mask.path, "size"), value=list(size)),)) if swapped else ASIDE
    return Finding(code=SIZE.code, path=(*mask.path, "size"), message=message, fix=fix)
