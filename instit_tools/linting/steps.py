"""Mending a file record by record: what stood where, what became of it, and what other records say of it."""

import mmap
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import msgspec
from msgspec import Struct

from instit_tools.addresses import parent
from instit_tools.errors import SourceError, UsageError
from instit_tools.linting import rules
from instit_tools.linting.base import Finding, Place
from instit_tools.linting.mending import Mended, mend
from instit_tools.linting.run import Progress, who_of
from instit_tools.linting.settings import Settings
from instit_tools.linting.work import Looker, store_at
from instit_tools.source.find import PIPED
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.partition import Partition, located, partitions
from instit_tools.source.unpacking import Unpacking

__all__ = ["Job", "Judges", "Step", "sources", "steps"]

_SIZE = 4 << 20


class Job(Struct, frozen=True, kw_only=True):
    """One repair: files, rules and media as for `validate`, and whether repairs that change the meaning are wanted.

    *rejects* is the file for what is set aside, where one file is repaired; by default it is beside the output.
    """

    settings: Settings
    unsafe: bool = False
    rejects: str | None = None
    overwrite: bool = False


class Step(Struct, frozen=True):
    """One record with what stood between it and the one before, and what became of it."""

    place: Place
    between: bytes
    old: bytes
    mended: Mended


@contextmanager
def sources(job: Job) -> Generator[list[Input]]:
    """Open the files of *job*; raise `UsageError` for what cannot be repaired."""
    with TemporaryDirectory(prefix="instit-") as spool:
        unpacking = Unpacking(job.settings.max_unpacked)
        found = list(open_inputs(job.settings.inputs, Path(spool), objects=True, unpacking=unpacking))
        for source in found:
            if source.layout == "parquet":
                message = f"{source.name} is Parquet, and repair changes JSON"
                raise UsageError(message, hint="turn it back first: instit-tools convert FILE --to jsonl -o DIR")
            partitions(source, _SIZE)  # one that cannot be read stops it all before anything is written
        yield found


class Judges:
    """Judges each record by those before it, as long as they stay."""

    def __init__(self, *, unsafe: bool) -> None:
        """Start with no record."""
        self._unsafe = unsafe
        self._judges = rules.judges()
        self._codes: dict[str, frozenset[str]] = {}

    def judged(self, place: Place, mended: Mended, codes: frozenset[str]) -> Mended:
        """Add what other records show; a record that is set aside leaves nothing to be remembered."""
        if mended.aside:
            return mended
        self._codes[place.file] = codes
        found = self._seen(place, mended, repairing=True)
        aside = tuple(each for each in found if each.fix and (each.fix.safe or self._unsafe))
        if aside:
            for judge in self._judges.values():
                judge.forget(place)
            return msgspec.structs.replace(mended, aside=aside)
        found += self._seen(place, mended, repairing=False)
        return msgspec.structs.replace(mended, left=(*mended.left, *found))

    def _seen(self, place: Place, mended: Mended, *, repairing: bool) -> list[Finding]:
        """Ask the judges that have repairs, or the others."""
        asked = [
            (self._judges[name], noted) for name, noted in mended.seen.noted if repairing == self._judges[name].REPAIRS
        ]
        found = [each for judge, noted in asked for each in judge.see(place, noted)]
        return [each for each in found if each.code in self._codes[place.file]]

    def end(self) -> Iterator[Finding]:
        """Give what only all records together show."""
        for judge in self._judges.values():
            yield from (found for place, found in judge.end() if found.code in self._codes[place.file])


def steps(job: Job, source: Input, judges: Judges, progress: Progress | None = None) -> Iterator[Step]:
    """Mend every record, one after another, because later ones are judged by those before them."""
    store_at.cache_clear()
    folder = None if source.name == PIPED else parent(source.name)
    look = Looker(who_of(job.settings, source.name, folder=folder))
    parts = partitions(source, _SIZE)
    with _mapped(source) as data:
        end = 0
        for part in parts:
            for number, start, old in _records(part):
                mended = mend(old, look, unsafe=job.unsafe)
                unit = "line" if part.layout == "lines" else "record"
                place = Place(file=source.name, number=number, unit=unit, id=mended.seen.id)
                yield Step(place, data[end:start], old, judges.judged(place, mended, look.codes))
                end = start + len(old)
            if progress:
                progress.advance(part.stop - part.start)


@contextmanager
def _mapped(source: Input) -> Generator[mmap.mmap]:
    try:
        with Path(source.path).open("rb") as stream:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:  # or it would be taken for a fault of the output
        message = f"{source.name} cannot be read: {error.strerror or error}"
        raise SourceError(message, hint="it was there a moment ago: was it moved?") from error
    with data:
        yield data


def _records(part: Partition) -> Iterator[tuple[int, int, bytes]]:
    for element, start in located(part):
        yield element.number, cast("int", start), bytes(element.json)
