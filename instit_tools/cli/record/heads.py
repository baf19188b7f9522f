"""What stands above the texts of a record: what it is and where, how much it holds, when its instances are there."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from instit_tools import console
from instit_tools.cli.record import chips
from instit_tools.cli.record.parts import instances
from instit_tools.cli.record.timeline import ASCII, BLOCKS, Seen, bands
from instit_tools.media.paths import source_of
from instit_tools.records import BenchItem, Record, VideoRecord, kind_of

__all__ = ["SOFT", "headline", "presence", "title"]

SOFT = "dim"
_UNWRAPPED = 200
"""Columns of the timeline where no terminal says how many there are."""


def headline(record: Record, where: str, frames: Sequence[Seen]) -> None:
    """Print what *record* is, its path, *where* it stands, and how much it holds."""
    source = "" if isinstance(record, BenchItem) else source_of(record.path)
    name = console.plain(f"{kind_of(record)} {record.id}", "bold")
    console.line(Text.assemble(name, console.plain(f"  {source}" if source else "", SOFT)))
    for each in (record.path, where, ", ".join(_counts(record, frames))):
        if each:
            console.line(console.plain(each))
    for pointer in record.extra:
        console.line(console.plain(pointer), head=Text("also holds: ", SOFT))


def _counts(record: Record, frames: Sequence[Seen]) -> Iterator[str]:
    if isinstance(record, BenchItem):
        return
    if isinstance(record, VideoRecord):
        yield console.counted(len(frames), "frame")
    yield console.counted(len(instances(record)), "instance")
    if isinstance(record, VideoRecord):
        yield console.counted(len(record.questions or ()), "question")
    if masked := sum(len(frame.masked) for frame in frames):
        yield console.counted(masked, "mask")


def presence(record: Record, frames: Sequence[Seen], only: int | None = None) -> None:
    """Draw when each instance of *record* is there, or *only* one, with the number of frames that caption it."""
    numbers = [number for number in instances(record) if only in {None, number}]
    if not numbers:
        return
    glyphs = BLOCKS if console.can_show(BLOCKS.captioned + BLOCKS.masked + BLOCKS.absent) else ASCII
    mask = f"{glyphs.masked} mask only  " if any(frame.masked for frame in frames) else ""
    title("Presence", f"{glyphs.captioned} caption  {mask}{glyphs.absent} absent")
    wide = max(len(f"[{number}]") for number in numbers)
    counts = {number: sum(number in frame.captioned for frame in frames) for number in numbers}
    room = (console.room() or _UNWRAPPED) - wide - len(f"     {len(frames)} of {len(frames)}")
    for band in bands(frames, numbers, glyphs, room):
        console.line(Text(f"{'':{wide + 3}}{band.ruler}", SOFT))
        for number in numbers:
            label = Text.assemble(" " * (2 + wide - len(f"[{number}]")), chips.chip(number), " ")
            told = Text(f"  {counts[number]} of {len(frames)}", SOFT)
            console.line(Text.assemble(label, band.cells[number], told))


def title(text: str, beside: str = "") -> None:
    """Print the title of a section."""
    console.line(Text(""))
    console.line(Text.assemble((text, "bold underline"), (f"  {beside}" if beside else "", SOFT)))
