"""One record told on the terminal, what `validate` says of a text right below it."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich.text import Text

from instit_tools import console
from instit_tools.cli.record import chips
from instit_tools.cli.record.heads import SOFT, headline, presence, title
from instit_tools.cli.record.parts import Part, Said, parts, seen, speaks_of_frame
from instit_tools.linting.base import Finding
from instit_tools.linting.rules import every
from instit_tools.linting.spans import Path, shown
from instit_tools.records import Record, VideoRecord

__all__ = ["Narrow", "problems", "tell"]

_INDENT, _WIDEST = "    ", 7
_SEVERITIES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


class Narrow(Struct, frozen=True, kw_only=True):
    """What of a record is told: one *frame* by timestamp, what is about one *instance*, the *questions* alone."""

    frame: int | None = None
    instance: int | None = None
    questions: bool = False

    def takes(self, part: Part) -> bool:
        """Say whether *part* is told, as far as its texts are."""
        if self.questions:
            return part.kind == "question"
        return self.frame is None or part.timestamp == self.frame

    def texts(self, part: Part) -> tuple[Said, ...]:
        """Give the texts that are told of *part*; a question with its answer or not at all."""
        kept = [said for said in part.said if self.instance is None or self.instance in said.ids]
        if part.kind == "question" and self.frame is not None:
            kept = [said for said in kept if speaks_of_frame(said, self.frame)]
        return part.said if part.kind == "question" and kept else tuple(kept)


class _Beside:
    """What `validate` found, taken as it is told."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Begin with everything."""
        self._left = list(findings)

    def below(self, path: Path) -> list[Finding]:
        """Take what was found at *path* or below."""
        taken = [each for each in self._left if each.path[: len(path)] == path]
        self._left = [each for each in self._left if each not in taken]
        return taken

    def rest(self) -> list[Finding]:
        """Take what is left."""
        return self.below(())


def tell(record: Record, where: str, findings: Sequence[Finding], narrow: Narrow) -> None:
    """Print *record*, which stands at *where*, with its *findings*."""
    frames = seen(record)
    headline(record, where, frames)
    if isinstance(record, VideoRecord) and narrow.frame is None and not narrow.questions:
        presence(record, frames, narrow.instance)
    beside, before = _Beside(findings), None
    for part in filter(narrow.takes, parts(record)):
        texts = narrow.texts(part)
        unsaid = [number for number in part.unsaid if narrow.instance in {None, number}]
        if texts or unsaid or (part.kind == "frame" and narrow.instance is None):
            _heading(part, before)
            _texts(texts, beside, part.title if part.kind == "question" else None)
            _others(part, unsaid, beside if narrow.instance is None else None)
            before = part.kind
    _rest(beside.rest(), all_of_it=narrow == Narrow())


def problems(findings: Sequence[Finding]) -> None:
    """Print findings with the places that they are about."""
    for each in findings:
        field = f"{shown(each.path)}: " if each.path else ""
        _problem(each, field)


_TITLES = {"frame": "Frames", "question": "Questions and answers"}


def _heading(part: Part, before: str | None) -> None:
    if part.kind == "whole":
        title(part.title.capitalize())
    elif part.kind != before:
        title(_TITLES[part.kind])
    if part.timestamp is not None:
        console.line(Text.assemble("  ", chips.moment(part.timestamp), "  ", console.plain(part.title, SOFT)))


def _texts(texts: Sequence[Said], beside: _Beside, number: str | None) -> None:
    """Print texts, of a question with its *number* before the first."""
    for said in texts:
        start, width = (_INDENT, _WIDEST if said.label else 0) if number is None else (f"{number:>4} ", 2)
        _said(said, start, width)
        number = number and " "
        for finding in beside.below(said.path):
            _problem(finding)


def _others(part: Part, unsaid: Sequence[int], beside: _Beside | None) -> None:
    """Print what is about none of the texts of *part*."""
    if unsaid:
        console.line(chips.ids(unsaid), head=Text("    mask, no caption: ", SOFT))
    for path in part.paths if beside else ():
        for finding in beside.below(path) if beside else ():
            _problem(finding, f"{shown(finding.path)}: ")


def _said(said: Said, start: str, width: int) -> None:
    """Print one text behind *start* and its label, which has a line of its own where *width* cannot hold it."""
    label = chips.key(said.label) if said.is_key else _label(said)
    if label and label.cell_len >= width:
        console.line(label, head=Text(start))
        label = Text()
    head = Text.assemble(start, label, " " * (width - label.cell_len))
    for line in chips.spoken(said.text):
        console.line(line, head=head)
        head = Text(" " * head.cell_len)


def _label(said: Said) -> Text:
    if said.is_right:
        return Text(f"{said.label} *", "bold green")
    return console.plain(said.label, "bold" if said.label == "Q" else SOFT)


def _problem(finding: Finding, field: str = "") -> None:
    severity = every()[finding.code].severity
    head = Text.assemble(_INDENT, ("! ", _SEVERITIES[severity]))
    body = Text.assemble((severity, _SEVERITIES[severity]), "  ", console.plain(f"{field}{finding.message}"))
    console.line(body, head=head, tail=console.plain(finding.code, "cyan"))


def _rest(findings: Sequence[Finding], *, all_of_it: bool) -> None:
    """Print what is about nothing that was told, or say how much that is where not all was to be told."""
    if not findings:
        return
    if all_of_it:
        title("Problems")
        problems(findings)
    else:
        console.talk(f"{console.counted(len(findings), 'problem')} elsewhere in the record")
