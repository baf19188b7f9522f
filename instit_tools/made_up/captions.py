"""Captions of one frame or image: each instance, the whole scene, and what changed since the frame before."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

from instit_tools.made_up.chance import choose, fill, noise, shuffled
from instit_tools.made_up.scene import Scene, Thing, spot
from instit_tools.made_up.wording import (
    BACKDROPS,
    CAME,
    CLOSINGS,
    COUNTED,
    DOING,
    FRAME_OPENINGS,
    IMAGE_DETAILS,
    MOVED,
    PLACES,
    RELATED,
    SAME,
    SEEN,
    STAYED,
    SURFACES,
    WAYS,
    WENT,
)
from instit_tools.references import print_instances

__all__ = ["change", "image_caption", "in_frame", "in_image", "movement", "of_frame", "relation"]

# Characters. Table 9 of arXiv 2412.03565 gives means over both files (instance 102.1, frame 458.0, temporal 306.6);
# the image file is too large for its captions to be no longer than the video's, so the shares differ by file.
_IN_FRAME = 67.4
_IN_IMAGE = 152.0
_OF_FRAME = (240.0, 53.3)  # base, and for each instance in view
_OF_IMAGE = (250.0, 53.8)
_CHANGE = (129.0, 54.0)

_SAYS_HOW_IT_IS_PAINTED = 0.5


def in_frame(scene: Scene, time: int, rng: Random) -> dict[str, str]:
    """Describe every instance in view at frame *time*, counted from 0."""
    cells = scene.frames[time]
    return {
        str(number): fill(_short(scene, time, scene.things[number], cell, rng), _IN_FRAME * noise(rng), between="")
        for number, cell in cells.items()
    }


def in_image(scene: Scene, rng: Random) -> dict[str, str]:
    """Describe every instance of an image, in about twice as many words as in a frame."""
    return {
        str(number): fill(_long(scene, scene.things[number], cell, rng), _IN_IMAGE * noise(rng))
        for number, cell in scene.frames[0].items()
    }


def of_frame(scene: Scene, time: int, rng: Random) -> str:
    """Describe frame *time*, counted from 0, as a whole."""
    return _whole(scene, scene.frames[time], rng, _OF_FRAME)


def image_caption(scene: Scene, rng: Random) -> str:
    """Describe an image as a whole."""
    return _whole(scene, scene.frames[0], rng, _OF_IMAGE)


def change(scene: Scene, time: int, rng: Random) -> str:
    """Say what changed between frame *time* - 1 and frame *time*, which is not the first."""
    base, each = _CHANGE
    changed = len(scene.frames[time].keys() | scene.frames[time - 1].keys())
    return fill(_changes(scene, time, rng), (base + each * changed) * noise(rng))


def movement(before: int, after: int) -> tuple[int, int]:
    """Give the direction from one cell to another: -1, 0 or 1 across and down."""
    (column, row), (new_column, new_row) = spot(before), spot(after)
    return _sign(new_column - column), _sign(new_row - row)


def relation(cell: int, other: int) -> str:
    """Say where *cell* is, seen from another cell."""
    across, down = movement(other, cell)
    if across:
        return "to the right of" if across > 0 else "to the left of"
    return "below" if down > 0 else "above"


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _short(scene: Scene, time: int, thing: Thing, cell: int, rng: Random) -> Iterator[str]:
    yield f"A {thing.what}"
    surface, place = choose(rng, SURFACES[thing.pattern]), PLACES[cell]
    earlier = scene.frames[time - 1].get(thing.id) if time else None
    if rng.random() < _SAYS_HOW_IT_IS_PAINTED:
        yield f" {surface}"
    yield f", {place}"
    if earlier is not None:
        yield ", " + choose(rng, DOING[earlier != cell]).format(way=WAYS[movement(earlier, cell)])
    yield choose(rng, CLOSINGS)


def _long(scene: Scene, thing: Thing, cell: int, rng: Random) -> Iterator[str]:
    yield f"A {thing.what} {choose(rng, SURFACES[thing.pattern])}, {PLACES[cell]}"
    cells = scene.frames[0]
    other = choose(rng, list(cells))
    if other != thing.id:
        yield f"It is {relation(cell, cells[other])} {scene.things[other].who}, the {scene.things[other].what}"
    for detail in shuffled(rng, IMAGE_DETAILS):
        yield detail.format(
            wall=scene.wall,
            floor=scene.floor,
            color=thing.color,
            size=thing.size,
            shape=thing.shape,
            count=COUNTED[len(cells)],
        )


def _whole(scene: Scene, cells: dict[int, int], rng: Random, lengths: tuple[float, float]) -> str:
    base, each = lengths
    return fill(_sentences(scene, cells, rng), (base + each * len(cells)) * noise(rng))


def _sentences(scene: Scene, cells: dict[int, int], rng: Random) -> Iterator[str]:
    setting = {"wall": scene.wall, "floor": scene.floor}
    yield choose(rng, FRAME_OPENINGS).format(count=COUNTED[len(cells)], ids=print_instances(cells), **setting)
    order = shuffled(rng, cells)
    for number in order:
        thing = scene.things[number]
        surface = choose(rng, SURFACES[thing.pattern])
        yield choose(rng, SEEN).format(who=thing.who, what=thing.what, place=PLACES[cells[number]], surface=surface)
    rest = shuffled(rng, BACKDROPS)
    for pair in pairwise(order):
        yield _related(scene, cells, rng, pair)
        yield rest.pop().format(**setting)
        if not rest:
            return
    for sentence in rest:
        yield sentence.format(**setting)


def _related(scene: Scene, cells: dict[int, int], rng: Random, pair: tuple[int, int]) -> str:
    thing, other = scene.things[pair[0]], scene.things[pair[1]]
    return choose(rng, RELATED).format(
        who=thing.who,
        what=thing.what,
        relation=relation(cells[thing.id], cells[other.id]),
        other=other.who,
        thing=other.what,
    )


def _changes(scene: Scene, time: int, rng: Random) -> Iterator[str]:
    before, after = scene.frames[time - 1], scene.frames[time]
    for number in shuffled(rng, before | after):
        yield _changed(scene.things[number], before, after, rng)
    for sentence in shuffled(rng, SAME):
        yield sentence.format(wall=scene.wall, floor=scene.floor, earlier=len(before), count=len(after))


def _changed(thing: Thing, before: dict[int, int], after: dict[int, int], rng: Random) -> str:
    if thing.id not in after:
        return choose(rng, WENT).format(who=thing.who, what=thing.what, before=PLACES[before[thing.id]])
    if thing.id not in before:
        return choose(rng, CAME).format(who=thing.who, what=thing.what, place=PLACES[after[thing.id]])
    start, end = before[thing.id], after[thing.id]
    return choose(rng, STAYED if start == end else MOVED).format(
        who=thing.who, what=thing.what, place=PLACES[end], before=PLACES[start], way=WAYS[movement(start, end)]
    )
