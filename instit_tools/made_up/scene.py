"""What there is to see: coloured shapes on a grid of cells, and how they come, move and go.

Every text and every picture is made from a `Scene`, so the texts are true of the pictures. In any frame each shape has
a cell of its own and is smaller than the distance between neighbouring centres, so shapes may overlap but no centre is
ever covered: a shape that is there can always be seen.
"""

from random import Random

from msgspec import Struct

from instit_tools.made_up.chance import Weighted, chance, choose, shuffled

__all__ = [
    "CELLS",
    "COLORS",
    "COLUMNS",
    "FLOORS",
    "PATTERNS",
    "ROWS",
    "SHAPES",
    "SIZES",
    "WALLS",
    "Scene",
    "Thing",
    "image_scene",
    "spot",
    "video_scene",
]

COLUMNS, ROWS = 7, 4
CELLS = COLUMNS * ROWS

SHAPES = ("circle", "square", "triangle", "star", "diamond", "hexagon", "pentagon", "heart", "cross", "oval")
SIZES = ("small", "medium-sized", "large")
PATTERNS = ("plain", "striped", "dotted", "glossy")
COLORS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "gray", "white", "turquoise")
WALLS = ("pale blue", "crème", "soft gray", "mint green", "lavender", "peach", "light yellow", "powder pink")
FLOORS = ("sandy", "café-au-lait", "slate gray", "oak-colored", "terracotta", "dusty rose", "olive")

# Means 7.31 frames and 3.72 instances a video, 6.88 instances an image; together 31 % of the samples have at most 3
# instances and 30 % have 8 or more (arXiv 2412.03565, section C.2).
_FRAMES = Weighted(
    {2: 20, 3: 50, 4: 110, 5: 120, 6: 150, 7: 140, 8: 120, 9: 80, 10: 80, 11: 40, 12: 30, 13: 20, 14: 10, 15: 10}
    | {16: 6, 17: 7, 20: 8}
)
_IN_VIDEO = Weighted({1: 70, 2: 180, 3: 300, 4: 170, 5: 130, 6: 70, 7: 40, 8: 16, 9: 10, 10: 7, 11: 4, 12: 3})
_IN_IMAGE = Weighted(
    {1: 40, 2: 70, 3: 100, 4: 100, 5: 100, 6: 90, 7: 90, 8: 86, 9: 80, 10: 70, 11: 50, 12: 40, 13: 30, 14: 20, 15: 34}
)

_ALWAYS_THERE = 0.66
_COMES_BACK = 0.2
_AN_ID_IS_SKIPPED = 0.12
_STEPS = ((0, 0), (0, 0), (0, 0), (1, 0), (1, 0), (-1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


class Thing(Struct, frozen=True, kw_only=True):
    """One instance: *id* is drawn on the picture, *shift* is where it sits in its cell (-1 to 1 across, down)."""

    id: int
    size: str
    color: str
    shape: str
    pattern: str
    shift: tuple[float, float]
    who: str
    what: str


class Scene(Struct, frozen=True, kw_only=True):
    """One video or image: the things by id, and for each frame the cells of those in view (id to cell)."""

    index: int
    things: dict[int, Thing]
    frames: tuple[dict[int, int], ...]
    wall: str
    floor: str


def spot(cell: int) -> tuple[int, int]:
    """Give column and row of *cell*, from 0 at the upper left."""
    row, column = divmod(cell, COLUMNS)
    return column, row


def video_scene(index: int, *, seed: int) -> Scene:
    """Make up video *index*: it depends on nothing but *index* and *seed*."""
    rng = chance(seed, "video-scene", index)
    things = _things(rng, _IN_VIDEO.draw(rng))
    present = _presence(rng, list(things), _FRAMES.draw(rng))
    _take_away(chance(seed, "video-return", index), present)
    return _scene(rng, index, things, _play(rng, present))


def image_scene(index: int, *, seed: int) -> Scene:
    """Make up image *index*: it depends on nothing but *index* and *seed*."""
    rng = chance(seed, "image-scene", index)
    things = _things(rng, _IN_IMAGE.draw(rng))
    frame = dict(zip(things, rng.sample(range(CELLS), len(things)), strict=True))
    return _scene(rng, index, things, (frame,))


def _scene(rng: Random, index: int, things: dict[int, Thing], frames: tuple[dict[int, int], ...]) -> Scene:
    return Scene(index=index, things=things, frames=frames, wall=choose(rng, WALLS), floor=choose(rng, FLOORS))


def _things(rng: Random, count: int) -> dict[int, Thing]:
    ids = list(range(1, count + 1))
    if rng.random() < _AN_ID_IS_SKIPPED:
        skipped = choose(rng, ids)
        ids = [number + (number >= skipped) for number in ids]
    return {number: _thing(rng, number) for number in ids}


def _thing(rng: Random, number: int) -> Thing:
    size, color, shape = choose(rng, SIZES), choose(rng, COLORS), choose(rng, SHAPES)
    return Thing(
        id=number,
        size=size,
        color=color,
        shape=shape,
        pattern=choose(rng, PATTERNS),
        shift=(2 * rng.random() - 1, 2 * rng.random() - 1),
        who=f"[{number}]",
        what=f"{size} {color} {shape}",
    )


def _play(rng: Random, present: dict[int, list[bool]]) -> tuple[dict[int, int], ...]:
    """Move every thing through the frames that it is in; one that comes back may be anywhere."""
    ids = sorted(present)
    steps = {number: choose(rng, _STEPS) for number in ids}
    frames: list[dict[int, int]] = []
    cells: dict[int, int] = {}
    for time in range(len(present[ids[0]])):
        before, cells = cells, {}
        staying = [number for number in ids if present[number][time] and number in before]
        taken = {before[number] for number in staying}
        for number in staying:
            cells[number], steps[number] = _step(rng, before[number], steps[number], taken)
            taken.add(cells[number])
        coming = [number for number in ids if present[number][time] and number not in before]
        free = [cell for cell in range(CELLS) if cell not in taken]
        cells |= zip(coming, rng.sample(free, len(coming)), strict=True)
        frames.append(dict(sorted(cells.items())))
    return tuple(frames)


def _presence(rng: Random, ids: list[int], length: int) -> dict[int, list[bool]]:
    """Say for each thing in which frames it is; one is there from first to last, so no frame is empty."""
    constant, *others = shuffled(rng, ids)
    present = {constant: [True] * length}
    for number in others:
        first, last = sorted((int(rng.random() * length), int(rng.random() * length)))
        always = rng.random() < _ALWAYS_THERE
        present[number] = [always or first <= time <= last for time in range(length)]
    return present


def _take_away(rng: Random, present: dict[int, list[bool]]) -> None:
    """Let some things be gone for a while, all but the one that comes first, which is always there."""
    for seen in list(present.values())[1:]:
        first, last = seen.index(True), len(seen) - 1 - seen[::-1].index(True)
        if last - first > 1 and rng.random() < _COMES_BACK:
            one, other = (first + 1 + int(rng.random() * (last - first - 1)) for _ in range(2))
            for time in range(min(one, other), max(one, other) + 1):
                seen[time] = False


def _step(rng: Random, cell: int, step: tuple[int, int], taken: set[int]) -> tuple[int, tuple[int, int]]:
    """Go one cell on; turn round at the border, wait where another thing is in the way, sometimes pause."""
    column, row = spot(cell)
    across, down = step
    across = -across if not 0 <= column + across < COLUMNS else across
    down = -down if not 0 <= row + down < ROWS else down
    target = (row + down) * COLUMNS + column + across
    if target in taken or rng.random() < 0.2:  # noqa: PLR2004  # one step in five is a pause
        return cell, (across, down)
    taken.discard(cell)
    return target, (across, down)
