"""The whole run: every record of every file, in order, however many processes look; then records by each other."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from instit_tools import manifest
from instit_tools.addresses import is_address, local
from instit_tools.errors import OutputError
from instit_tools.executors import spread
from instit_tools.executors.cores import WORTH_WITH_PICTURES
from instit_tools.linting import rules
from instit_tools.linting.base import Finding, Place, Problem, Summary
from instit_tools.linting.inputs import Dataset, Input, datasets, parts
from instit_tools.linting.lines import Lines
from instit_tools.linting.rows import Rows
from instit_tools.linting.rules.datasets import UNSOUND
from instit_tools.linting.settings import Settings, ignored_for
from instit_tools.linting.spans import nearest, pointer, shown, tree
from instit_tools.linting.work import Done, Found, Task, Who, store_at, work
from instit_tools.media.store import holds_media
from instit_tools.source.partition import Partition, described
from instit_tools.source.unpacking import Unpacking

__all__ = ["Lint", "Progress", "who_of"]

_NO_MEDIA = "none"
_WORTH_A_POOL = 12 << 20
"""Bytes of annotations below which starting processes takes longer than the work, where no pictures are read."""


class Progress(Protocol):
    """Told how far the work is, in bytes of annotations."""

    def start(self, total: int) -> None:
        """Expect *total* bytes."""

    def advance(self, size: int, records: int = 0, shards: int = 0) -> None:
        """Count more bytes and records."""


class Lint:
    """The problems of what *settings* name: `summary` is complete when they end. Each iteration looks anew.

    Problems come file by file, record by record, as they are found; those of a record that only others show come with
    it where that is known by then, and at the end otherwise. Raises `UsageError` for rules that do not exist, and
    `SourceError` for a file that cannot be read, before the first problem.
    """

    def __init__(self, settings: Settings, progress: Progress | None = None) -> None:
        """Check the names of rules."""
        self._settings = settings
        self._progress = progress
        self._codes = rules.chosen(settings.select, settings.ignore)
        for codes in settings.per_file_ignores.values():
            rules.chosen(codes, ())
        self._begin()

    def _begin(self) -> None:
        self._counts: Counter[str] = Counter()
        self._repairs: Counter[str] = Counter()
        self._across = rules.judges()
        self.summary = Summary()

    def __iter__(self) -> Iterator[Problem]:
        """Yield the problems."""
        self._begin()
        store_at.cache_clear()  # the pictures may have changed since an earlier run of this process
        others, found = datasets(self._settings.inputs)
        with TemporaryDirectory(prefix="instit-") as spool:
            inputs = list(parts(others, found, Path(spool), Unpacking(self._settings.max_unpacked)))
            self.summary.files = tuple(each.name for each in inputs)
            if self._progress:
                self._progress.start(sum(part.stop - part.start for each in inputs for part in each.parts))
            yield from map(self._counted, self._looked(inputs))
        for dataset in found:
            yield from map(self._counted, self._verified(dataset))
        self.summary.counts, self.summary.repairs = dict(self._counts), dict(self._repairs)

    def _counted(self, problem: Problem) -> Problem:
        self._counts[problem.code] += 1
        if problem.repair:
            self._repairs[problem.repair] += 1
        return problem

    def _looked(self, inputs: Iterable[Input]) -> Iterator[Problem]:
        placed = [
            (_Placer(each, who_of(self._settings, each.name, folder=each.folder, kind=each.kind)), part)
            for each in inputs
            for part in each.parts
        ]
        tasks = [Task(part=part, who=placer.who) for placer, part in placed]
        workers, worth = self._settings.workers, _is_worth_a_pool(tasks)
        with closing(spread(work, tasks, name=lambda task: _told(task.part), workers=workers, worth=worth)) as results:
            for (placer, part), done in zip(placed, results, strict=True):
                self._count(done)
                for found in done.found:
                    yield from placer.problems(found, self._judged(found))
                if self._progress:
                    self._progress.advance(part.stop - part.start, done.records)
        by_file = {placer.name: placer for placer, _ in placed}
        for judge in self._across.values():
            for place, finding in judge.end():
                yield from by_file[place.file].problems(Found(place=place, findings=(), noted=()), [finding])

    def _judged(self, found: Found) -> list[Finding]:
        return [finding for name, noted in found.noted for finding in self._across[name].see(found.place, noted)]

    def _count(self, done: Done) -> None:
        self.summary.records += done.records
        self.summary.unread += done.unread
        self.summary.pictures += done.pictures
        self.summary.unseen += done.unseen

    def _verified(self, dataset: Dataset) -> Iterator[Problem]:
        from instit_tools.verification.run import verify_folder

        if UNSOUND.code not in self._codes:
            return
        named = self._settings.media not in {None, _NO_MEDIA}
        report = verify_folder(dataset.folder, media=self._settings.media if named else None)
        for found in report.problems:
            file = str(dataset.folder / found.file)
            if self._objects(file):
                yield _unsound(file, found.message, record=found.row, field=found.field)
        if (more := report.count - len(report.problems)) and self._objects(str(dataset.folder)):
            yield _unsound(str(dataset.folder), f"{more:,} more; instit-tools verify counts them all")

    def _objects(self, file: str) -> bool:
        return UNSOUND.code in who_of(self._settings, file, folder=None).codes


def _is_worth_a_pool(tasks: list[Task]) -> bool:
    least = WORTH_WITH_PICTURES if any(task.who.opens for task in tasks) else _WORTH_A_POOL
    return sum(task.part.stop - task.part.start for task in tasks) > least


def _unsound(file: str, message: str, *, record: int | None = None, field: str = "") -> Problem:
    return Problem(code=UNSOUND.code, severity=UNSOUND.severity, file=file, record=record, field=field, message=message)


def who_of(settings: Settings, name: str, *, folder: Path | str | None, kind: str | None = None) -> Who:
    """Say by which rules the file *name* is looked at, and where its pictures are."""
    codes = rules.chosen(settings.select, (*settings.ignore, *ignored_for(settings, name)))
    media = settings.media
    if media is None and folder is not None:
        media = _beside(folder)
    root = None if media is None or media == _NO_MEDIA else local(media)
    return Who(codes=codes, media=root, deep=settings.deep, kind=kind, limits=settings.limits)


def _beside(folder: Path | str) -> str | None:
    """Look for pictures in the folder of the annotations, or where the manifest there says."""
    if holds_media(folder):
        return str(folder)
    if isinstance(folder, str):
        return None
    try:
        named = manifest.read(folder).media
    except OutputError:
        return None
    if named and is_address(named):
        return named
    return str(folder / named) if named and (folder / named).exists() else None


class _Placer:
    """Makes problems of findings: it knows the file and counts its lines."""

    def __init__(self, each: Input, who: Who) -> None:
        """Speak of one input."""
        self.name = each.name
        self.who = who
        self._lines: Lines | None = None
        self._path = each.parts[0].path if each.parts else ""

    def problems(self, found: Found, others: list[Finding]) -> Iterator[Problem]:
        """Give the problems of one record: those that it shows by itself, and *others*, in the order of the file."""
        place = found.place
        every: list[tuple[Finding, int | None]] = [
            *found.findings,
            *((each, self._offset(place, each)) for each in others),
        ]
        if others and place.start is not None:
            every.sort(key=lambda each: each[1] or 0)
        for finding, offset in every:
            if finding.code in self.who.codes:
                yield self._problem(place, finding, offset)

    def _problem(self, place: Place, finding: Finding, offset: int | None) -> Problem:
        line, column = self._at(offset) if offset is not None else (None, None)
        return Problem(
            code=finding.code,
            severity=rules.every()[finding.code].severity,
            file=place.file,
            record=place.number,
            id=place.id,
            path=pointer(finding.path),
            field=shown(finding.path),
            line=line,
            column=column,
            message=finding.message,
            repair=("safe" if finding.fix.safe else "unsafe") if finding.fix else None,
        )

    def _at(self, offset: int) -> tuple[int, int]:
        if self._lines is None:
            self._lines = Lines(self._path)
        return self._lines.at(offset)

    def _offset(self, place: Place, finding: Finding) -> int | None:
        if place.start is None or place.stop is None:
            return None
        with Path(self._path).open("rb") as stream:
            stream.seek(place.start)
            raw = stream.read(place.stop - place.start)
        return place.start + nearest(tree(raw), finding.path).start


def _told(part: Partition | Rows) -> str:
    return part.name if isinstance(part, Rows) else described(part)
