"""The only module that prints. Results go to stdout, talk and progress to stderr; JSON never passes through Rich.

Nothing is printed as Rich's markup, in which data such as ``[1]`` or ``:dog:`` would mean something, and in which not
all that they hold can be spelled. What is told beside the result is one line each, whatever ids, names and paths hold.
"""

import sys
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from instit_tools.errors import InstitError
from instit_tools.spelling_out import harmless

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from instit_tools.verification.base import Problem

__all__ = [
    "Meter",
    "can_show",
    "columns",
    "counted",
    "detail",
    "difference",
    "document",
    "error",
    "level",
    "line",
    "listing",
    "meter",
    "pieces",
    "plain",
    "problem",
    "result",
    "room",
    "size",
    "talk",
    "warn",
]


class _Console(Console):
    """A console that leaves it to the command what becomes of a pipe that nobody reads any more."""

    def on_broken_pipe(self) -> None:
        """Let the error through; Rich would exit with 1, which means findings here."""
        raise BrokenPipeError


_out = _Console(highlight=False, soft_wrap=True, emoji=False)
_err = _Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
_DIFFERENCE = {"---": "bold", "+++": "bold", "-": "red", "+": "green", "@@": "cyan", "#": "dim"}
_NARROWEST = 24
_BETWEEN = "  "
_level = 0
_EVERY = 30.0


def plain(text: str, style: str = "") -> Text:
    """Show text from data on one line: what would break or reorder the line, or command the terminal, is spelled."""
    return Text(harmless(text), style)


def level(number: int) -> None:
    """Say more (1) or only the result (-1)."""
    global _level  # noqa: PLW0603  # one process has one console
    _level = number


def result(text: str) -> None:
    """Print a line of the result, or a text of several lines."""
    _out.print(Text(harmless(text, keep="\n\t")))


def document(json: bytes) -> None:
    """Print JSON, byte for byte."""
    sys.stdout.flush()
    sys.stdout.buffer.write(json.rstrip(b"\n") + b"\n")
    sys.stdout.buffer.flush()


def pieces(chunks: Iterable[bytes]) -> None:
    """Print a document that comes in pieces, byte for byte."""
    sys.stdout.flush()
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def difference(text: str) -> None:
    """Print a line of a diff: in colour and harmless on a terminal, as it is anywhere else."""
    if not _out.is_terminal:
        pieces([f"{text}\n".encode("utf-8", "surrogateescape")])
        return
    style = next((style for start, style in _DIFFERENCE.items() if text.startswith(start)), "")
    line(plain(text, style))


def talk(text: str) -> None:
    """Tell the user something beside the result."""
    if _level >= 0:
        _err.print(plain(text))


def warn(text: str) -> None:
    """Tell the user what will not be as they may expect, and what to do instead."""
    if _level >= 0:
        _err.print(Text.assemble(("warning:", "bold yellow"), " ", plain(text)))


def detail(text: str) -> None:
    """Tell the user something that only ``-v`` asks for."""
    if _level > 0:
        _err.print(plain(text, "dim"))


def error(found: InstitError) -> None:
    """Print what the user can mend, and how."""
    _err.print(Text.assemble(("error:", "bold red"), " ", plain(found.message)))
    if found.hint:
        _err.print(Text.assemble(("hint:", "bold cyan"), " ", plain(found.hint)))


def problem(found: "Problem") -> None:
    """Print one problem of a finished dataset, file and row first."""
    row = f" row {found.row}" if found.row is not None else ""
    field = f" {found.field}:" if found.field else ""
    _out.print(Text.assemble(plain(found.file, "bold"), plain(f"{row}:{field} {found.message}")))


def room() -> int | None:
    """Say how many columns a line of the result may have; ``None`` where it goes to no terminal."""
    return _out.width if _out.is_terminal else None


def can_show(text: str) -> bool:
    """Say whether stdout can encode *text*."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def line(body: Text, *, head: Text | None = None, tail: Text | None = None) -> None:
    """Print a line of the result; on a terminal, what is too long goes on below the beginning of *body*."""
    head = head or Text()
    width = max(_out.width - head.cell_len, _NARROWEST) if _out.is_terminal else sys.maxsize
    lines = list(body.wrap(_out, width, overflow="fold")) if body.cell_len > width else [body]
    if tail and lines[-1].cell_len + 2 + tail.cell_len > width:
        lines.append(tail)
    elif tail:
        lines[-1] = Text.assemble(lines[-1], "  ", tail)
    for number, text in enumerate(lines):
        shown = Text.assemble(" " * head.cell_len if number else head, text)
        shown.rstrip()
        _out.print(shown)


def listing(rows: list[tuple[str, str]]) -> None:
    """Print names and what they mean, in two columns."""
    width = max((len(name) for name, _ in rows), default=0)
    for name, meaning in rows:
        _out.print(Text.assemble(plain(name.ljust(width), "bold"), "  ", plain(meaning)))


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> None:
    """Print a table: the first *left* columns to the left, numbers to the right.

    On a terminal that is too narrow, the first column goes on in the next line.
    """
    shown = [[harmless(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(cell_len(row[place]) for row in shown) for place in range(len(heads))]
    between = _BETWEEN
    over = sum(widths) + len(between) * (len(widths) - 1) - _out.width
    if _out.is_terminal and over > 0:
        between, over = between[1:], over - len(widths) + 1
        widths[0] = min(widths[0], max(widths[0] - max(over, 0), _NARROWEST))
    for number, (first, *others) in enumerate(shown):
        start, *rest = Text(first).wrap(_out, widths[0]) if cell_len(first) > widths[0] else [Text(first)]
        cells = [_padded(start.plain, widths[0], left=True)]
        cells += [
            _padded(cell, width, left=place < left)
            for place, (cell, width) in enumerate(zip(others, widths[1:], strict=True), 1)
        ]
        for text in (between.join(cells), *(f"  {line.plain}" for line in rest)):
            _out.print(Text(text.rstrip(), "" if number else "bold"))


def _padded(cell: str, width: int, *, left: bool) -> str:
    padding = " " * (width - cell_len(cell))
    return f"{cell}{padding}" if left else f"{padding}{cell}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> counted(1, "shard"), counted(1200, "record")
    ('1 shard', '1,200 records')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def size(number: float) -> str:
    """Write a number of bytes in the unit that suits it.

    >>> size(33721)
    '33.7 kB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:  # noqa: PLR2004  # decimal units, as disks are sold
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


class Meter:
    """How far the work is: a bar on a terminal, a line each half minute elsewhere."""

    def __init__(self, what: str, bar: "Bar | None") -> None:
        """Measure the progress of *what*."""
        self._what = what
        self._bar = bar
        self._task: TaskID | None = None
        self._total = self._before = 0
        self._unit = "bytes"
        self._counts = {"bytes": 0, "records": 0, "shards": 0}
        self._since = self._said = time.monotonic()

    def start(self, total: int, *, done: int = 0, unit: str = "bytes") -> None:
        """Expect *total* units, ``bytes`` or ``records``, *done* of them before this run."""
        self._total, self._before, self._unit = total, done, unit
        self._counts = dict.fromkeys(self._counts, 0)
        self._since = self._said = time.monotonic()
        if self._bar:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(self._what, total=total or None, completed=done, told="")

    def advance(self, size: int, records: int = 0, shards: int = 0) -> None:
        """Count *size* bytes more (or whatever the unit is), *records* and *shards*; less where they are negative."""
        for name, amount in zip(self._counts, (size, records, shards), strict=True):
            self._counts[name] += amount
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=self._done, told=self._told())
        elif time.monotonic() - self._said > _EVERY:
            self._said = time.monotonic()
            share = f"{100 * self._done / max(self._total, 1):.0f} %"
            talk(f"{self._what}: {', '.join(filter(None, (share, self._told(), self._left())))}")

    @property
    def _done(self) -> int:
        return self._before + self._counts[self._unit]

    def _told(self) -> str:
        """Say how much of what is done, and how fast."""
        seconds = max(time.monotonic() - self._since, 1e-3)
        counts = [counted(self._counts[name], name[:-1]) for name in ("records", "shards") if self._counts[name]]
        pace = [f"{size(self._counts['bytes'] / seconds)}/s"] if self._counts["bytes"] else []
        return ", ".join([*counts, *pace])

    def _left(self) -> str:
        """Say how long the rest takes at the pace so far."""
        done = self._done - self._before
        if done <= 0:
            return ""
        seconds = (time.monotonic() - self._since) * (self._total - self._done) / done
        return f"{_duration(seconds)} left"

    @contextmanager
    def aside(self) -> Generator[None]:
        """Take the bar away while results are printed on the terminal that shows it."""
        if self._bar is None or not _out.is_terminal:
            yield
            return
        self._bar.stop()
        yield
        self._bar.start()


def _duration(seconds: float) -> str:
    """Write a time in the two units that suit it.

    >>> _duration(42), _duration(3700)
    ('42 s', '1 h 1 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def meter(what: str, *, document: bool = False) -> Generator[Meter]:
    """Show progress on stderr while the block runs; nothing with ``-q``, or into a *document* on the same terminal."""
    if _level < 0 or not _err.is_terminal or (document and _out.is_terminal):
        yield Meter(what, None)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:.0f} %"),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_err, transient=True, expand=True) as bar:
        yield Meter(what, bar)
