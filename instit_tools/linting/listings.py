"""The two lists beside a repaired file: every change that was made, and every record that was set aside, as it was."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self

import msgspec
from msgspec import Raw, Struct

from instit_tools.linting.spans import pointer
from instit_tools.linting.steps import Step
from instit_tools.spelling_out import printable

__all__ = ["Lines", "changed", "set_aside"]


class _Listed(Struct, kw_only=True, omit_defaults=True):
    """A line of the list of changes: an edit of a record, or that it was set aside."""

    file: str
    record: int | None
    id: int | str | None
    action: str
    rule: str
    path: str
    edit: str | msgspec.UnsetType = msgspec.UNSET
    occurrence: int | msgspec.UnsetType = msgspec.UNSET
    before: Any = msgspec.UNSET
    after: Any = msgspec.UNSET
    message: str | None = None


class _Aside(Struct, kw_only=True):
    """A line of the file of rejects: a record that was set aside, why, and what it was (a text, if it is no JSON)."""

    file: str
    record: int | None
    id: int | str | None
    reasons: list[dict[str, str]]
    content: Any


def changed(step: Step) -> Iterator[_Listed]:
    """List what was done to one record."""
    place, mended = step.place, step.mended
    for finding in mended.aside:
        yield _Listed(
            file=printable(place.file),
            record=place.number,
            id=place.id,
            action="set aside",
            rule=finding.code,
            path=pointer(finding.path),
            message=printable(finding.message),
        )
    for change in () if mended.aside else mended.changes:
        yield _Listed(
            file=printable(place.file),
            record=place.number,
            id=place.id,
            action="safe" if change.safe else "unsafe",
            rule=change.rule,
            path=change.path,
            edit=change.edit,
            occurrence=change.occurrence,
            before=change.before,
            after=change.after,
        )


def set_aside(step: Step) -> Iterator[_Aside]:
    """List one record as it was, if it was set aside."""
    if step.mended.aside:
        reasons = [
            {"rule": each.code, "path": pointer(each.path), "message": printable(each.message)}
            for each in step.mended.aside
        ]
        file = printable(step.place.file)
        yield _Aside(file=file, record=step.place.number, id=step.place.id, reasons=reasons, content=_content(step.old))


def _content(raw: bytes) -> Raw | str:
    try:
        msgspec.json.decode(raw)
        return Raw(msgspec.json.format(raw, indent=-1))  # on one line, and otherwise as it was written
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw.decode("utf-8", "backslashreplace")


class Lines:
    """Writes JSON lines to a file that is there only if there are any."""

    def __init__(self, path: Path) -> None:
        """Write nothing yet."""
        self._path = path
        self._stream: BinaryIO | None = None
        self._encode = msgspec.json.Encoder().encode

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, if there is one."""
        if self._stream:
            self._stream.close()

    def write(self, lines: Iterable[Struct]) -> None:
        """Write one line for each."""
        for line in lines:
            self._stream = self._stream or self._path.open("wb")
            self._stream.write(self._encode(line) + b"\n")
