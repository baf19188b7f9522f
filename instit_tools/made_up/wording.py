# ruff: noqa: RUF001  # curly apostrophes are meant
"""The sentences that captions are put together from, true of every scene that their fields are taken from.

Sentences have no full stop: `chance.fill` puts it. Fields: *who* ``[2]``, *what* ``large red circle``, *place* where it
is, *surface* how it is painted, *way* where it went, *before* where it was, *ids* ``[1] [2]``, *count* ``two shapes``.
"""

__all__ = [
    "BACKDROPS",
    "CAME",
    "CAMERA",
    "CLOSINGS",
    "COUNTED",
    "DOING",
    "FRAME_OPENINGS",
    "IMAGE_DETAILS",
    "MOVED",
    "PLACES",
    "RELATED",
    "SAME",
    "SEEN",
    "STAYED",
    "SURFACES",
    "WAYS",
    "WENT",
]

_COLUMN = (
    "at the far left",
    "on the left",
    "left of the middle",
    "in the middle",
    "right of the middle",
    "on the right",
    "at the far right",
)
_ROW = ("near the top", "in the upper half", "in the lower half", "near the bottom")
PLACES = tuple(f"{column} {row}" for row in _ROW for column in _COLUMN)
"""A phrase for each cell of the grid."""

_NUMBERS = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
)
COUNTED = ("no shapes", "one shape", *(f"{number} shapes" for number in _NUMBERS))

WAYS = {
    (0, 0): "nowhere",
    (1, 0): "to the right",
    (-1, 0): "to the left",
    (0, -1): "upward",
    (0, 1): "downward",
    (1, -1): "up and to the right",
    (-1, -1): "up and to the left",
    (1, 1): "down and to the right",
    (-1, 1): "down and to the left",
}

SURFACES = {
    "plain": ("in one plain color", "with a plain, even surface", "without any pattern"),
    "striped": ("with fine slanting stripes", "painted with stripes", "with a striped, awning-like surface"),
    "dotted": ("with small light dots", "covered in a pattern of dots", "with a dotted, almost naïve pattern"),
    "glossy": ("with a glossy highlight", "with a bright spot of light on it", "with a polished, glacé-like sheen"),
}

DOING = {False: ("resting in place", "keeping still", "not moving"), True: ("moving {way}", "on its way {way}")}

CLOSINGS = (
    ". It casts a soft shadow below itself",
    ". Its edges are clean and easy to follow",
    ". It’s easy to tell from the background",
    ". It catches the light from above",
)

IMAGE_DETAILS = (
    "It casts a soft shadow below itself",
    "It stands out against the {wall} wall and the {floor} floor",
    "Its edges are crisp, and its color is a clear {color}",
    "It is one of {count} in the picture",
    "It’s a {size} shape, and its outline is that of a {shape}",
    "The light falls on it evenly from above",
    "Nothing is written on it apart from its mark",
    "Seen as a whole, it looks like a {shape} cut out of {color} paper",
)

FRAME_OPENINGS = (
    "The frame shows {count}, {ids}, in front of a {wall} wall and a {floor} floor",
    "In this scene {ids} can be seen before a {wall} wall, with a {floor} floor below",
    "A quiet indoor setting with {count} is visible: {ids}",
    "The picture contains {count} that are marked {ids}, set against a {wall} wall",
    "Against a {wall} backdrop the viewer finds {ids}, which makes {count} in all",
)

SEEN = (
    "{who} is a {what} {surface}, placed {place}",
    "{who}, a {what}, can be found {place}",
    "The {what} {who} sits {place}, {surface}",
    "Located {place}, {who} is a {what} {surface}",
    "A {what}, {who}, appears {place}, {surface}",
)

RELATED = (
    "{who} is {relation} {other}, and the two can be told apart at a glance",
    "Seen from the viewer, {who} lies {relation} {other}",
    "The {what} {who} is placed {relation} {other}, the {thing}",
)

BACKDROPS = (
    "The wall behind is {wall} and has no windows, doors or pictures on it",
    "The floor is {floor} and meets the wall in a straight, level line",
    "The light is soft and comes from above, so that every shape casts a faint shadow",
    "The camera looks straight ahead, and nothing in the scene is out of focus",
    "There are no people, animals or words in the scene, only plain geometric shapes",
    "The {wall} wall and the {floor} floor give the scene a calm, “studio-like” mood",
    "The shapes seem to hover freely, as if they were hung from the ceiling on invisible threads",
    "The arrangement looks like a mobile or a child’s papier-mâché collage",
    "The overall impression is tidy, and each shape is large enough to be recognized",
)

MOVED = (
    "{who} has moved {way} since the previous frame and is now {place}",
    "Compared with the previous frame, {who} has shifted {way}; it now sits {place}",
    "The {what} {who} has slid {way}, from a spot {before} to one {place}",
    "{who}, the {what}, has drifted {way} and can now be seen {place}",
)

STAYED = (
    "{who} has kept its position {place} and looks just as it did in the previous frame",
    "{who} remains {place}, with no change in size or color",
    "The {what} {who} has not moved and is still {place}",
)

CAME = (
    "{who}, a {what}, was not visible in the previous frame and has now appeared {place}",
    "A {what}, {who}, has entered the scene and is located {place}",
    "New in this frame is {who}, which can be seen {place}",
)

WENT = (
    "{who}, which was {before} in the previous frame, is no longer visible",
    "The {what} {who} has left the scene; in the previous frame it was still {before}",
    "{who} has disappeared from its place {before}",
)

SAME = (
    "The {wall} wall and the {floor} floor look the same as in the previous frame",
    "The camera angle and the distance to the scene have not changed",
    "The light is as even as before, and the shadows are as soft",
    "No shape has changed its color, its size or its pattern",
    "The number of shapes in view was {earlier} in the previous frame and is {count} now",
    "Wall, floor and light show no difference between the two frames",
    "The setting as a whole has stayed the same, and nothing new has been added to the background",
    "The shift from the previous frame to this one is a small one, typical of a slow and steady “parallax” scene",
)

CAMERA = (
    "The camera never moves, and the {wall} wall and the {floor} floor stay the same from {first} to {last}",
    "Throughout {whole}, the light is soft and even, and the shadows below the shapes follow them closely",
    "No text, person or animal appears at any moment, so that the attention remains on the marked shapes",
    "Taken together, the {frames} frames read like a slow ballet of colored paper, calm from beginning to end",
    "None of the shapes changes its color or its size during {whole}; only the positions and the company change",
    "The background is kept simple on purpose, a {wall} wall above a {floor} floor, like a stage in a puppet theater",
    "Overlapping shapes cover each other only in part, and each one can be recognized whenever it is in view",
    "The mood is that of a “tableau vivant”, unhurried and orderly, without any sudden event or cut",
    "The sequence starts at {first} and closes at {last}, and the viewpoint is the same in both",
)
