"""The whole conversion: plan, work, and publish all of it or nothing.

Parts that are finished are kept beside the output until all are, so that a run that was stopped, whatever stopped it,
goes on where it was when the same command is given again.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import msgspec

from instit_tools import depots, executors
from instit_tools.addresses import is_address, shown
from instit_tools.conversion import slices
from instit_tools.conversion.finish import manifest_of, publish, shards_of
from instit_tools.conversion.jobs import job_of, sizing
from instit_tools.conversion.outline import Outline, keys_of, outline_of
from instit_tools.conversion.plan import Plan, plan
from instit_tools.conversion.refusals import refused
from instit_tools.conversion.resuming import begin, kept, telling
from instit_tools.conversion.settings import Settings, checked, with_media
from instit_tools.conversion.work import Done, Job, Task, work
from instit_tools.depots.base import Depot
from instit_tools.errors import OutputError
from instit_tools.executors.base import Job as Spread
from instit_tools.executors.base import Told, Watch
from instit_tools.executors.cores import WORTH_WITH_PICTURES
from instit_tools.manifest import Manifest
from instit_tools.media.store import stamps
from instit_tools.source.find import find
from instit_tools.source.opened import changed
from instit_tools.source.partition import described
from instit_tools.source.unpacking import Unpacking
from instit_tools.targets.base import Target

__all__ = ["Progress", "convert"]

_WORTH_A_POOL = 8 << 20
"""Bytes of annotations below which starting processes takes longer than the work, where no pictures are read."""
_Seen = dict[str, tuple[object, ...]]


class Progress(Watch, Protocol):
    """Told how much there is to do, and how far the work is."""

    def start(self, total: int, *, done: int = 0, unit: str = "bytes") -> None:
        """Expect *total* of *unit*, *done* of them by an earlier run."""


class _Nobody(Told):
    def start(self, total: int, *, done: int = 0, unit: str = "bytes") -> None:
        """Tell nobody."""


def convert(settings: Settings, progress: Progress | None = None) -> Manifest:
    """Convert the files that *settings* name, and publish a dataset folder with its manifest.

    Nothing stands under a final name until everything is written. Raises an `InstitError` for whatever the user can
    mend; of the data's faults the first, unless ``on_error`` is ``reject``, which lists them in ``rejects.jsonl``.
    """
    target = checked(settings)
    found = find(settings.inputs)
    settings = with_media(msgspec.structs.replace(settings, inputs=tuple(found)), found)
    _refuse_to_eat(found, settings.out)
    seen = _stamps(settings)
    job = job_of(settings, target)  # opens the pictures
    watch = progress or _Nobody()
    return _tried(settings, target, job, watch) if settings.dry_run else _made(settings, target, job, seen, watch)


def _tried(settings: Settings, target: Target[Any], job: Job, watch: Progress) -> Manifest:
    """Do all the work, and keep nothing."""
    with TemporaryDirectory(prefix="instit-") as spool:
        planned = _plan(settings, target, Path(spool), hashed=False)
        outline = outline_of(settings, job, planned)
        done = tuple(_done(settings, _tasks(job, planned, outline, None), {}, watch).values())
    return manifest_of(outline, done, shards_of(done, target), (), settings.out)


def _made(settings: Settings, target: Target[Any], job: Job, seen: _Seen, watch: Progress) -> Manifest:
    """Do what is not done yet, and publish, unless what was *seen* before has changed."""
    with _opened(settings) as depot:
        planned = _plan(settings, target, depot.spool, hashed=True)
        outline = outline_of(settings, job, planned)
        begin(depot, outline, fresh=settings.fresh)
        tasks = _tasks(job, planned, outline, depot.address)
        before = kept(tasks, depot)
        with telling(depot, len(tasks)):
            done = _done(settings, tasks, before, watch)
            _refuse_changed(settings, seen, depot)
        if outline.slice:
            return slices.publish(outline, done, depot, settings.out)
        return publish(outline, tuple(done.values()), depot, settings.out)


def _plan(settings: Settings, target: Target[Any], spool: Path, *, hashed: bool) -> Plan:
    return plan(
        settings.inputs,
        spool,
        sized=sizing(settings, target),
        limit=settings.limit,
        unpacking=Unpacking(settings.max_unpacked),
        hashed=hashed,
        paths=settings.draws,
    )


def _tasks(job: Job, planned: Plan, outline: Outline, depot: str | None) -> list[Task]:
    return [
        Task(job=job, planned=each, number=number, key=key, depot=depot)
        for number, (each, key) in enumerate(zip(planned.parts, keys_of(outline), strict=True))
        if outline.slice is None or outline.slice.holds(number)
    ]


def _done(settings: Settings, tasks: Sequence[Task], before: dict[int, Done], watch: Progress) -> dict[int, Done]:
    """Do the *tasks* that were not done *before*; give what came of all, by number."""
    left = [task for task in tasks if task.number not in before]
    records = sum(done.records for done in before.values())
    watch.start(records + sum(task.planned.part.count for task in left), done=records, unit="records")
    job = Spread(
        work=work,
        tasks=left,
        name=lambda task: described(task.planned.part),
        workers=settings.workers,
        worth=_size(left) > (_WORTH_A_POOL if settings.media is None else WORTH_WITH_PICTURES),
        watch=watch,
        address=settings.address,
    )
    with closing(executors.load(settings.engine).run(job)) as results:
        done = before | {task.number: each for task, each in zip(left, results, strict=True)}
    return dict(sorted(done.items()))


def _size(tasks: Iterable[Task]) -> int:
    return sum(task.planned.part.stop - task.planned.part.start for task in tasks)


def _refuse_to_eat(files: Iterable[str], out: str) -> None:
    """Keep a conversion from replacing what it reads."""
    for file in files:
        if _lies_in(file, out):
            message = f"{file} is read, and lies in {out}, which would be replaced"
            raise OutputError(message, hint="choose another -o")


def _lies_in(file: str, out: str) -> bool:
    if is_address(file) or is_address(out):
        return file.startswith(f"{out.rstrip('/')}/")
    return Path(file).resolve().is_relative_to(Path(out).resolve())


@contextmanager
def _opened(settings: Settings) -> Generator[Depot]:
    """Have the depot of the output for this run alone."""
    out, replaces = settings.out, depots.listed(settings.out) if settings.overwrite else None
    if settings.part:
        out = slices.place(out, settings.part)
        replaces = slices.replaceable(out)
    places = [out]
    try:
        with depots.opened(out, replaces=replaces) as depot:
            places.append(depot.address)
            yield depot
    except OSError as error:
        raise refused(error, out, *places, kept="nothing was published; ") from error


def _stamps(settings: Settings) -> _Seen:
    """Note by what a file is seen to have changed: which one it is, its size, when it was written; archives too."""
    found: _Seen = {}
    for file in settings.inputs:
        if (path := Path(file)).is_file():
            about = path.stat()
            found[file] = (about.st_ino, about.st_size, about.st_mtime_ns)
    if settings.media is not None:
        found[f"an archive of pictures at {shown(settings.media)}"] = stamps(settings.media)
    return found


def _refuse_changed(settings: Settings, before: _Seen, depot: Depot) -> None:
    now = _stamps(settings)
    for name, stamp in before.items():
        if now.get(name) != stamp:
            depot.forget()
            raise changed(name)
