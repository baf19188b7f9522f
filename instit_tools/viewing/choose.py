"""Choosing what is shown: every record looked at by the rules, judged beside the others, named, and put in order."""

from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from typing import Protocol

from msgspec import Struct

from instit_tools.addresses import local
from instit_tools.errors import RecordError, UsageError
from instit_tools.executors import spread
from instit_tools.linting import rules
from instit_tools.linting.base import Place
from instit_tools.linting.work import Who
from instit_tools.recipes.make import record_key
from instit_tools.samples import Reject
from instit_tools.source.opened import Input
from instit_tools.source.partition import Partition, described, partitions, place
from instit_tools.spelling_out import printable
from instit_tools.viewing.look import Look, Looked, look, trouble
from instit_tools.viewing.make import Chosen
from instit_tools.viewing.pages import Around
from instit_tools.viewing.said import Trouble
from instit_tools.viewing.settings import Settings

__all__ = ["Choice", "Progress", "choose"]

_SIZE = 256 << 10
"""Bytes of a partition: small, for its pictures take much longer than its text."""
_WORTH_A_POOL = 4 << 20
_LONGEST_NAME = 80

_Key = tuple[int, int]  # of the partition, of the record in its file


class Choice(Struct, frozen=True):
    """The records of each partition that are shown, in order, and what was left out."""

    shown: tuple[tuple[Partition, tuple[Chosen, ...]], ...]
    rejects: tuple[Reject, ...]


class _Candidate(Struct):
    key: _Key
    name: str
    troubles: list[Trouble]


class Progress(Protocol):
    """Told how far the work is, in bytes of annotations."""

    def start(self, total: int) -> None:
        """Expect *total* bytes."""

    def advance(self, size: int, records: int = 0, shards: int = 0) -> None:
        """Count more bytes and records."""


def choose(settings: Settings, inputs: Sequence[Input], title: str, progress: Progress | None = None) -> Choice:
    """Look at the records of *inputs* and choose those that *settings* ask for.

    Raises `RecordError` for the first that cannot be read, unless they are to be rejected, and `UsageError` where
    none is left.
    """
    parts = [part for source in inputs for part in partitions(source, _SIZE)]
    if progress:
        progress.start(sum(part.stop - part.start for part in parts))
    chooser = _Chooser(settings, parts)
    with closing(_results(settings, parts)) as results:
        for index, found in enumerate(results):
            if progress:
                progress.advance(parts[index].stop - parts[index].start, len(found))
            if not chooser.add(index, found):
                break
    return chooser.choice(title)


def _results(settings: Settings, parts: Sequence[Partition]) -> Generator[list[Looked]]:
    codes = rules.chosen((), ())
    media = None if settings.media is None else local(settings.media)
    who = Who(codes=codes, media=media, limits=settings.limits)
    tasks = [Look(part=part, who=who, select=settings.select) for part in parts]
    size = sum(part.stop - part.start for part in parts)
    return spread(
        look,
        tasks,
        name=lambda task: described(task.part),
        workers=settings.workers,
        worth=size > _WORTH_A_POOL,
    )


class _Chooser:
    """Takes what was found, partition by partition."""

    def __init__(self, settings: Settings, parts: Sequence[Partition]) -> None:
        """Start with nothing chosen."""
        self._settings = settings
        self._parts = parts
        self._judges = rules.judges()
        self._candidates: list[_Candidate] = []
        self._by_place: dict[tuple[str, int | None], _Candidate] = {}
        self._rejects: list[Reject] = []
        self._names: set[str] = set()
        self._again: Counter[str] = Counter()

    def add(self, index: int, found: Iterable[Looked]) -> bool:
        """Take the records of one partition; say whether more are wanted."""
        limit = None if self._settings.problems_only else self._settings.limit
        for looked in found:
            if limit is not None and len(self._candidates) >= limit:
                return False
            if looked.fault:
                self._reject(self._parts[index], looked)
            else:
                self._take(index, looked)
        return limit is None or len(self._candidates) < limit

    def _take(self, index: int, looked: Looked) -> None:
        part = self._parts[index]
        where = Place(file=part.name, number=looked.number, unit=_unit(part), id=looked.id)
        found = _Candidate((index, looked.number), self._named(looked), list(looked.troubles))
        self._candidates.append(found)
        self._by_place[part.name, looked.number] = found
        for name, noted in looked.noted:
            found.troubles += map(trouble, self._judges[name].see(where, noted))

    def _named(self, looked: Looked) -> str:
        """Name a page after its record, so that a link to it stays right; no two alike, in any case of letters."""
        base = name = record_key(looked.kind, looked.id if looked.id is not None else "")[:_LONGEST_NAME]
        again = self._again[base.lower()]  # not counted up from the first: any number of records may have one id
        while not again or name.lower() in self._names:
            again += 1
            name = base if again == 1 else f"{base}-{again}"
        self._again[base.lower()] = again
        self._names.add(name.lower())
        return name

    def _reject(self, part: Partition, looked: Looked) -> None:
        if self._settings.on_error == "stop":
            message = f"{place(part, looked.number)}: {looked.fault}"
            hint = looked.hint or "--on-error reject leaves out what is at fault and lists it in rejects.jsonl"
            raise RecordError(message, hint=hint)
        file = printable(part.name)
        self._rejects.append(
            Reject(file=file, number=looked.number, record=None, field="", reason="record", message=looked.fault)
        )

    def choice(self, title: str) -> Choice:
        """Give what is shown, in order, each page with its neighbours."""
        for judge in self._judges.values():
            for where, finding in judge.end():
                if candidate := self._by_place.get((where.file, where.number)):
                    candidate.troubles.append(trouble(finding))
        found = [each for each in self._candidates if not self._settings.problems_only or _is_faulty(each)]
        found = found[: self._settings.limit]
        if not found:
            raise self._nothing()
        return Choice(self._shown(found, title), tuple(self._rejects))

    def _nothing(self) -> UsageError:
        settings = self._settings
        if settings.select:
            return UsageError(f"no record has an id like {' or '.join(settings.select)}", hint="globs: --select '12*'")
        if settings.problems_only and self._candidates:
            return UsageError("the rules find nothing but notes in any record", hint="leave --problems-only out")
        return UsageError("there is no record to show")

    def _shown(self, found: Sequence[_Candidate], title: str) -> tuple[tuple[Partition, tuple[Chosen, ...]], ...]:
        names = [None, *(each.name for each in found), None]
        by_part: defaultdict[int, list[Chosen]] = defaultdict(list)
        for number, each in enumerate(found, 1):
            around = Around(
                title=title, number=number, total=len(found), before=names[number - 1], after=names[number + 1]
            )
            index, place_ = each.key
            by_part[index].append(Chosen(number=place_, name=each.name, troubles=tuple(each.troubles), around=around))
        return tuple((self._parts[index], tuple(chosen)) for index, chosen in by_part.items())


def _is_faulty(candidate: _Candidate) -> bool:
    return any(each.severity != "note" for each in candidate.troubles)


def _unit(part: Partition) -> str:
    return "line" if part.layout == "lines" else "record"
