"""What happens in a video as a whole: the stretches of rest and motion of each shape, and the video caption."""

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from instit_tools.made_up.captions import movement, relation
from instit_tools.made_up.chance import choose, fill, noise, shuffled
from instit_tools.made_up.scene import Scene, Thing
from instit_tools.made_up.wording import CAMERA, COUNTED, PLACES, SURFACES, WAYS
from instit_tools.references import print_instances, print_moment

__all__ = ["Stretch", "appearances", "stretches", "video_caption"]

# Characters: with 7.31 frames and 3.72 instances the mean is 1441.8 (Table 9 of arXiv 2412.03565).
_BASE, _EACH_FRAME, _EACH_INSTANCE = 600.0, 70.0, 88.8

_OPENINGS = (
    "The video shows {count}, {ids}, in front of a {wall} wall and above a {floor} floor, in {frames} frames, {whole}",
    "Over {frames} frames, during {whole}, the video follows {count} that are marked {ids} in a simple indoor setting",
    "The video opens at <1> on a stage-like setting, a {wall} wall and a {floor} floor, where {ids} play the parts",
)
_INTRODUCTIONS = (
    "{who} is a {what} {surface}, and it is first seen {place} at {first}",
    "At {first}, {who}, a {what}, can be seen {place}; it appears {surface}",
    "The {what} {who} comes into view at {first}, when it is found {place}",
)
_RESTS = (
    "During {span}, {who} stays {place} without moving at all, while it remains clearly visible to the viewer",
    "{who} keeps its place {place} during {span}, and nothing about its look changes in the meantime",
)
_MOVES = (
    "From {first} to {last}, {who} moves {way}, from a spot {before} to one {place}, at a steady and unhurried pace",
    "During {span}, the {what} {who} drifts {way} until it is {place}, having started {before}",
)
_GOES = (
    "After {last}, {who} is no longer visible, having been seen for the last time {place}",
    "The {what} {who} leaves the scene after {last}; until then it was {place}",
)
_MOMENTS = (
    "At {time}, {ids} are in view together, which makes {count} in front of the {wall} wall at that moment",
    "The view at {time} holds {count}, marked {ids}, with nothing else between them and the {wall} wall",
)
_PAIRS = (
    "At {time}, {who} is {relation} {other}, and the distance between the {what} and the {thing} is easy to judge",
    "Seen at {time}, the {what} {who} is {relation} the {thing} {other}",
)


class Stretch(Struct, frozen=True):
    """A run of frames, 1-based and inclusive, in which a thing keeps going one way; ``(0, 0)`` is rest."""

    first: int
    last: int
    way: tuple[int, int]
    start: int
    end: int


def stretches(scene: Scene, number: int) -> list[Stretch]:
    """Divide the path of thing *number* into stretches of one direction each, gaps in its presence left out."""
    found: list[Stretch] = []
    for time, (earlier, later) in enumerate(zip(scene.frames, scene.frames[1:], strict=False), start=1):
        if number not in earlier or number not in later:
            continue
        way = movement(earlier[number], later[number])
        if found and found[-1].last == time and found[-1].way == way:
            found[-1] = Stretch(found[-1].first, time + 1, way, found[-1].start, later[number])
        else:
            found.append(Stretch(time, time + 1, way, earlier[number], later[number]))
    return found


def appearances(scene: Scene, number: int) -> tuple[int, int]:
    """Give the timestamps at which thing *number* is seen for the first and for the last time."""
    times = [time for time, cells in enumerate(scene.frames, start=1) if number in cells]
    return times[0], times[-1]


def video_caption(scene: Scene, rng: Random) -> str:
    """Tell the whole video: who is there, who does what when, and what stays the same."""
    target = _BASE + _EACH_FRAME * len(scene.frames) + _EACH_INSTANCE * len(scene.things)
    return fill(_sentences(scene, rng), target * noise(rng))


def _sentences(scene: Scene, rng: Random) -> Iterator[str]:
    seen = [number for number in scene.things if any(number in cells for cells in scene.frames)]
    setting = _setting(scene)
    yield choose(rng, _OPENINGS).format(ids=print_instances(seen), count=COUNTED[len(seen)], **setting)
    order = shuffled(rng, seen)
    for number in order:
        yield _introduction(scene, scene.things[number], rng)
    yield choose(rng, CAMERA).format(**setting)
    for number in order:
        yield from _path(scene, scene.things[number], rng)
    rest = [*_moments(scene, rng), *(sentence.format(**setting) for sentence in CAMERA)]
    yield from shuffled(rng, dict.fromkeys(rest))


def _setting(scene: Scene) -> dict[str, str | int]:
    last = len(scene.frames)
    return {
        "wall": scene.wall,
        "floor": scene.floor,
        "frames": last,
        "whole": print_moment(1, last),
        "first": print_moment(1),
        "last": print_moment(last),
    }


def _introduction(scene: Scene, thing: Thing, rng: Random) -> str:
    first, _ = appearances(scene, thing.id)
    return choose(rng, _INTRODUCTIONS).format(
        who=thing.who,
        what=thing.what,
        surface=choose(rng, SURFACES[thing.pattern]),
        place=PLACES[scene.frames[first - 1][thing.id]],
        first=print_moment(first),
    )


def _path(scene: Scene, thing: Thing, rng: Random) -> Iterator[str]:
    for part in stretches(scene, thing.id):
        yield choose(rng, _RESTS if part.way == (0, 0) else _MOVES).format(
            who=thing.who,
            what=thing.what,
            first=print_moment(part.first),
            last=print_moment(part.last),
            span=print_moment(part.first, part.last),
            way=WAYS[part.way],
            before=PLACES[part.start],
            place=PLACES[part.end],
        )
    _, last = appearances(scene, thing.id)
    if last < len(scene.frames):
        place = PLACES[scene.frames[last - 1][thing.id]]
        yield choose(rng, _GOES).format(who=thing.who, what=thing.what, last=print_moment(last), place=place)


def _moments(scene: Scene, rng: Random) -> Iterator[str]:
    for time, cells in enumerate(scene.frames, start=1):
        ids = list(cells)
        yield choose(rng, _MOMENTS).format(
            time=print_moment(time), ids=print_instances(ids), count=COUNTED[len(ids)], wall=scene.wall
        )
        if len(ids) > 1:
            one, other = (scene.things[number] for number in rng.sample(ids, 2))
            yield choose(rng, _PAIRS).format(
                time=print_moment(time),
                who=one.who,
                what=one.what,
                relation=relation(cells[one.id], cells[other.id]),
                other=other.who,
                thing=other.what,
            )
