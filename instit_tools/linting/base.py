"""What a rule is, what it finds, and how that can be mended: plain values that cross process borders."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from msgspec import Struct

from instit_tools.linting.edits import Edit
from instit_tools.linting.spans import Path

__all__ = ["Example", "Finding", "Fix", "Judge", "Noted", "Place", "Problem", "Rule", "Severity", "Summary"]

Severity = Literal["error", "warning", "note"]
"""An error breaks training or evaluation, a warning harms it, a note is worth knowing and never a failure."""


class Example(Struct, frozen=True, kw_only=True):
    """What a rule objects to and what it does not: keys of a record of kind *on*, or a sentence where that is empty."""

    on: str
    bad: str
    good: str


class Rule(Struct, frozen=True, kw_only=True):
    """One thing that can be wrong.

    *summary* is one line, *why* says what it breaks. *safe* says what is repaired without changing what the data mean;
    *unsafe* what is repaired otherwise, and why that is not safe.
    """

    code: str
    severity: Severity
    summary: str
    why: str
    example: Example
    safe: str | None = None
    unsafe: str | None = None


class Fix(Struct, frozen=True, kw_only=True):
    """How one finding can be mended: by *edits* of the record, or by setting the whole record *aside*."""

    safe: bool = False
    edits: tuple[Edit, ...] = ()
    aside: bool = False


class Finding(Struct, frozen=True, kw_only=True):
    """What a rule found in one record; *path* leads to it, as keys and indices from 0."""

    code: str
    path: Path
    message: str
    fix: Fix | None = None


class Place(Struct, frozen=True, kw_only=True):
    """Where a record stands: file, number from 1 (*line* if so counted), id, and its bytes where the file is JSON."""

    file: str
    number: int | None
    unit: str = "record"
    id: int | str | None = None
    start: int | None = None
    stop: int | None = None

    @property
    def shown(self) -> str:
        """The place in words: file and record, or line."""
        return self.file if self.number is None else f"{self.file}, {self.unit} {self.number}"

    def seen_from(self, other: "Place") -> str:
        """Give the place in words, without the file where *other* is in the same."""
        return self.shown if self.number is None or other.file != self.file else f"{self.unit} {self.number}"


class Noted(Struct, frozen=True, kw_only=True):
    """Something that a record leaves to be remembered, because other records are judged by it."""

    topic: str
    key: str
    path: Path = ()
    data: Any = None


class Judge:
    """Judges records by other records: what `Across` of a module of rules is; by itself it has nothing to say."""

    REPAIRS: ClassVar[bool] = False
    """Whether its findings have repairs, so that a record that is set aside must be forgotten."""

    def see(self, place: Place, noted: Noted) -> Iterator[Finding]:  # noqa: ARG002  # for those that remember
        """Be told what the record at *place* left, in the order of the files; give what can be said of it by now."""
        return iter(())

    def end(self) -> Iterator[tuple[Place, Finding]]:
        """Give what can only be said when every record was seen."""
        return iter(())

    def forget(self, place: Place) -> None:
        """Take back what the record seen last left: it is set aside."""


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding with its place: what is reported.

    *record* is its number in the file from 1 (of JSON lines, the line), ``None`` where the whole file is meant. *path*
    is a JSON pointer into the record, *field* the same for people. *line* and *column* count from 1, in characters, in
    the uncompressed text; a Parquet file has none. *repair* is ``safe`` or ``unsafe`` where ``repair`` can mend it.
    """

    code: str
    severity: Severity
    file: str
    message: str
    record: int | None = None
    id: int | str | None = None
    path: str = ""
    field: str = ""
    line: int | None = None
    column: int | None = None
    repair: Literal["safe", "unsafe"] | None = None


class Summary(Struct, kw_only=True):
    """What was looked at and how much was found: *counts* by code.

    *unread* counts records with a shape so wrong that only that was looked at; *pictures* those that were opened, and
    *unseen* the records whose pictures were not, because no media were given.
    """

    files: tuple[str, ...] = ()
    records: int = 0
    unread: int = 0
    pictures: int = 0
    unseen: int = 0
    counts: dict[str, int] = {}
    repairs: dict[str, int] = {}
