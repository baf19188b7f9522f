"""Looking at one partition: which records there are, and what the rules find in each; a function of its task."""

from collections.abc import Iterator

from msgspec import Struct

from instit_tools.errors import RecordError
from instit_tools.linting import rules
from instit_tools.linting.base import Finding, Noted
from instit_tools.linting.spans import shown
from instit_tools.linting.work import Looker, Who
from instit_tools.records import kind_of
from instit_tools.source.decode import Decoder
from instit_tools.source.partition import Partition, elements
from instit_tools.viewing.said import Trouble
from instit_tools.viewing.settings import wanted

__all__ = ["Look", "Looked", "look", "trouble"]


class Look(Struct, frozen=True, kw_only=True):
    """One partition to look at, by whom, and the ids that are wanted of it, as globs."""

    part: Partition
    who: Who
    select: tuple[str, ...]


class Looked(Struct, frozen=True, kw_only=True):
    """One record: *fault* is why it cannot be shown, or ``""``; *noted* is what other records are judged by."""

    number: int
    kind: str = ""
    id: int | str | None = None
    fault: str = ""
    hint: str | None = None
    troubles: tuple[Trouble, ...] = ()
    noted: tuple[tuple[str, Noted], ...] = ()


def look(task: Look) -> list[Looked]:
    """Look at every record of a partition that is wanted."""
    return list(_looked(task))


def _looked(task: Look) -> Iterator[Looked]:
    decode, looker = Decoder(), Looker(task.who)
    for element in elements(task.part):
        raw = bytes(element.json)
        try:
            record = decode(raw)
        except RecordError as error:
            if not task.select:
                yield Looked(number=element.number, fault=error.message, hint=error.hint)
            continue
        if not wanted(task.select, record.id):
            continue
        seen = looker(raw)
        yield Looked(
            number=element.number,
            kind=kind_of(record),
            id=record.id,
            troubles=tuple(map(trouble, seen.findings)),
            noted=seen.noted,
        )


def trouble(finding: Finding) -> Trouble:
    """Take of *finding* what is shown of it."""
    severity = rules.every()[finding.code].severity
    return Trouble(finding.code, severity, finding.message, finding.path, shown(finding.path))
