"""When each instance is there, drawn with characters: a row an instance, a column a frame."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

__all__ = ["ASCII", "BLOCKS", "Band", "Glyphs", "Seen", "bands"]

_EVERY = 5


class Glyphs(Struct, frozen=True):
    """One character each for a frame with a caption of the instance, with its mask alone, and without it."""

    captioned: str
    masked: str
    absent: str


BLOCKS, ASCII = Glyphs("█", "░", "·"), Glyphs("#", "-", ".")


class Seen(Struct, frozen=True):
    """One frame: its timestamp, and the ids with a caption and with a mask there."""

    timestamp: int
    captioned: frozenset[int]
    masked: frozenset[int]


class Band(Struct, frozen=True):
    """So many frames as fit side by side: a ruler of timestamps above, and the cells of each instance by id."""

    ruler: str
    cells: dict[int, str]


def bands(frames: Sequence[Seen], instances: Sequence[int], glyphs: Glyphs, width: int) -> Iterator[Band]:
    """Draw *frames* in bands of *width* characters at most."""
    most = max(width, _EVERY)
    for first in range(0, len(frames), most):
        shown = frames[first : first + most]
        yield Band(
            _ruler([frame.timestamp for frame in shown], first),
            {number: "".join(_cell(frame, number, glyphs) for frame in shown) for number in instances},
        )


def _cell(frame: Seen, number: int, glyphs: Glyphs) -> str:
    if number in frame.captioned:
        return glyphs.captioned
    return glyphs.masked if number in frame.masked else glyphs.absent


def _ruler(timestamps: Sequence[int], first: int) -> str:
    """Write every fifth timestamp above its column, and the first, where there is room for it.

    >>> _ruler([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0)
    '1   5    10'
    """
    ruler = ""
    for place, timestamp in enumerate(timestamps):
        wanted = place == 0 or (first + place + 1) % _EVERY == 0
        if wanted and len(ruler) < place + (place == 0):
            ruler = f"{ruler:<{place}}{timestamp}"
    return ruler
