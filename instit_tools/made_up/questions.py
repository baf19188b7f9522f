# ruff: noqa: RUF001  # curly apostrophes are meant
"""Questions about a video, with answers that are true of its scene."""

from collections.abc import Callable, Iterator
from random import Random

from instit_tools.made_up.captions import movement, relation
from instit_tools.made_up.chance import Weighted, choose
from instit_tools.made_up.scene import Scene, Thing
from instit_tools.made_up.story import appearances, stretches
from instit_tools.made_up.wording import COUNTED, PLACES, SURFACES, WAYS
from instit_tools.references import print_instances, print_moment

__all__ = ["questions"]

Exchange = tuple[str, str]

# Mean 15.64 between 10 and 20 (335k questions on 21,418 videos).
_COUNTS = Weighted({10: 80, 11: 30, 12: 60, 13: 60, 14: 70, 15: 240, 16: 80, 17: 70, 18: 90, 19: 50, 20: 170})
_TRIES = 400

_ASKING = ("", "", "In the video, ", "Going by what the frames show, ", "Looking closely at the scene, ")
_ANSWERING = ("", "", "As the frames show, ", "In this video, ", "Judging by what is visible in the frames, ")


def questions(scene: Scene, rng: Random) -> list[dict[str, str]]:
    """Ask 10 to 20 different questions."""
    wanted = _COUNTS.draw(rng)
    asked: dict[str, str] = {}
    for question, answer in _exchanges(scene, rng):
        asked.setdefault(_led(question, _ASKING, rng), _led(answer, _ANSWERING, rng))
        if len(asked) == wanted:
            break
    return [{"question": question, "answer": answer} for question, answer in asked.items()]


def _led(sentence: str, leads: tuple[str, ...], rng: Random) -> str:
    lead = choose(rng, leads)
    return lead + sentence[0].lower() + sentence[1:] if lead else sentence


def _exchanges(scene: Scene, rng: Random) -> Iterator[Exchange]:
    for _ in range(_TRIES):
        time = 1 + int(rng.random() * len(scene.frames))
        thing = scene.things[choose(rng, list(scene.frames[time - 1]))]
        yield choose(rng, _KINDS)(scene, time, thing, rng)


def _where(scene: Scene, time: int, thing: Thing, rng: Random) -> Exchange:
    wording = ("Where in the frame is the {} {} located at {}?", "At which place can the {} {} be found at {}?")
    question = choose(rng, wording)
    answer = (
        f"At {print_moment(time)}, the {thing.what} {thing.who} is located {PLACES[scene.frames[time - 1][thing.id]]}."
    )
    return question.format(thing.shape, thing.who, print_moment(time)), answer


def _looks(_scene: Scene, time: int, thing: Thing, rng: Random) -> Exchange:
    wording = ("What color and what shape does {} have at {}?", "How would you describe the appearance of {} at {}?")
    surface = choose(rng, SURFACES[thing.pattern])
    return choose(rng, wording).format(thing.who, print_moment(time)), f"{thing.who} is a {thing.what} {surface}."


def _what_changes(scene: Scene, time: int, thing: Thing, rng: Random) -> Exchange:
    if time == len(scene.frames):
        return _where(scene, time, thing, rng)
    span = f"{print_moment(time)} and {print_moment(time + 1)}"
    wording = ("What happens to {} between {}?", "How does the position of {} change between {}?")
    return choose(rng, wording).format(thing.who, span), _step(scene, time, thing)


def _step(scene: Scene, time: int, thing: Thing) -> str:
    before, after = scene.frames[time - 1][thing.id], scene.frames[time].get(thing.id)
    if after is None:
        return f"{thing.who} disappears: it is no longer visible at {print_moment(time + 1)}."
    if before == after:
        return f"Nothing happens to {thing.who}; it stays {PLACES[after]} in both frames."
    return f"{thing.who} moves {WAYS[movement(before, after)]}, from a spot {PLACES[before]} to one {PLACES[after]}."


def _comes(scene: Scene, _time: int, thing: Thing, rng: Random) -> Exchange:
    first, _ = appearances(scene, thing.id)
    wording = ("When does {} come into view for the first time?", "At which moment can the viewer first see {}?")
    place = PLACES[scene.frames[first - 1][thing.id]]
    return choose(rng, wording).format(thing.who), f"{thing.who} is first seen at {print_moment(first)}, {place}."


def _goes(scene: Scene, _time: int, thing: Thing, _rng: Random) -> Exchange:
    _, last = appearances(scene, thing.id)
    question = f"Does {thing.who} remain in view until the video ends at {print_moment(len(scene.frames))}?"
    if last == len(scene.frames):
        return question, f"Yes, {thing.who} can still be seen in the last frame, at {print_moment(last)}."
    return question, f"No, {thing.who} is seen for the last time at {print_moment(last)}."


def _moves(scene: Scene, time: int, thing: Thing, rng: Random) -> Exchange:
    found = stretches(scene, thing.id)
    if not found:
        return _looks(scene, time, thing, rng)
    part = choose(rng, found)
    span = print_moment(part.first, part.last)
    question = choose(rng, ("What does the {} {} do during {}?", "How does the {} {} move during {}?"))
    if part.way == (0, 0):
        answer = f"{thing.who} does not move during {span}; it rests {PLACES[part.end]}."
    else:
        answer = f"During {span}, {thing.who} moves {WAYS[part.way]} and ends up {PLACES[part.end]}."
    return question.format(thing.color, thing.who, span), answer


def _count(scene: Scene, time: int, _thing: Thing, rng: Random) -> Exchange:
    cells = scene.frames[time - 1]
    wording = ("How many marked shapes are visible at {}?", "Which of the marked shapes can be seen together at {}?")
    answer = f"At {print_moment(time)}, {COUNTED[len(cells)]} can be seen: {print_instances(cells)}."
    return choose(rng, wording).format(print_moment(time)), answer


def _beside(scene: Scene, time: int, thing: Thing, rng: Random) -> Exchange:
    cells = scene.frames[time - 1]
    other = scene.things[choose(rng, list(cells))]
    if other is thing:
        return _looks(scene, time, thing, rng)
    wording = ("Where is {} in relation to {} at {}?", "Seen from the viewer, how are {} and {} arranged at {}?")
    answer = (
        f"The {thing.what} {thing.who} is {relation(cells[thing.id], cells[other.id])} the {other.what} {other.who}."
    )
    return choose(rng, wording).format(thing.who, other.who, print_moment(time)), answer


def _left_of(scene: Scene, time: int, thing: Thing, rng: Random) -> Exchange:
    cells = scene.frames[time - 1]
    side = choose(rng, ("to the left of", "to the right of"))
    found = [number for number, cell in cells.items() if relation(cell, cells[thing.id]) == side]
    question = f"Which of the shapes are {side} {thing.who} at {print_moment(time)}?"
    if not found:
        return question, f"None of the shapes is {side} {thing.who} at {print_moment(time)}."
    return question, f"{print_instances(found)} can be seen {side} {thing.who}, the {thing.what}."


def _setting(scene: Scene, time: int, thing: Thing, rng: Random) -> Exchange:
    wording = (
        "What does the background behind {} look like at {}?",
        "What setting is {} shown in, for example at {}?",
    )
    answer = f"The background is a {scene.wall} wall above a {scene.floor} floor, lit softly from above."
    return choose(rng, wording).format(thing.who, print_moment(time)), answer


def _camera(_scene: Scene, _time: int, thing: Thing, rng: Random) -> Exchange:
    wording = (
        "Does the camera move while {} is being shown?",
        "Is {} seen from the viewer’s same standpoint all the time?",
    )
    answer = "The camera doesn’t move: the wall and the floor stay the same in every frame."
    return choose(rng, wording).format(thing.who), answer


_Kind = Callable[[Scene, int, Thing, Random], Exchange]
_KINDS: tuple[_Kind, ...] = (
    *(_where, _where, _looks, _looks, _what_changes, _what_changes, _what_changes, _moves, _moves, _moves),
    *(_beside, _beside, _beside, _left_of, _left_of, _count, _count, _comes, _goes, _setting, _camera),
)
