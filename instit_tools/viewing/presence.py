"""Who is where when: a row an instance, a cell a frame."""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

__all__ = ["Cell", "Present", "Row", "rows"]

State = Literal["captioned", "masked", "both", "absent"]


class Present(Struct, frozen=True):
    """Which instances a frame has a caption of that says something, and of which a mask."""

    anchor: str
    timestamp: int
    captioned: frozenset[int]
    masked: frozenset[int]


class Cell(Struct, frozen=True):
    """One instance in one frame."""

    anchor: str
    timestamp: int
    state: State


class Row(Struct, frozen=True):
    """One instance in all frames."""

    id: int
    cells: tuple[Cell, ...]

    @property
    def frames(self) -> int:
        """In how many frames it is."""
        return sum(cell.state != "absent" for cell in self.cells)


def rows(frames: Sequence[Present], ids: Iterable[int]) -> tuple[Row, ...]:
    """Make a row for each of *ids*."""
    return tuple(Row(id, tuple(_cell(frame, id) for frame in frames)) for id in ids)  # noqa: A001  # what it is


def _cell(frame: Present, number: int) -> Cell:
    states: dict[tuple[bool, bool], State] = {
        (True, True): "both",
        (True, False): "captioned",
        (False, True): "masked",
        (False, False): "absent",
    }
    return Cell(frame.anchor, frame.timestamp, states[number in frame.captioned, number in frame.masked])
