"""The work on one partition: a pure function of its task, so that any process may do it."""

import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from instit_tools import depots, targets
from instit_tools.conversion.beside import Beside, beside
from instit_tools.conversion.heaps import Heap, heap
from instit_tools.conversion.plan import Planned, Repeated
from instit_tools.conversion.shards import Shards, shards
from instit_tools.depots.base import RECEIPT
from instit_tools.errors import (
    DroppedError,
    InstitError,
    MediaError,
    RecordError,
    SampleError,
    SourceError,
    TextError,
)
from instit_tools.executors.base import Watch
from instit_tools.manifest import File, Shard
from instit_tools.media.ahead import paths_of
from instit_tools.media.frames import frames_of
from instit_tools.media.held import Held
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import Marks, with_marks
from instit_tools.media.store import Stamp, noted, opened_once
from instit_tools.recipes.load import Recipe
from instit_tools.recipes.make import Origin, make, numbers_of, record_key
from instit_tools.records import BenchItem, ImageRecord, VideoRecord, encode, kind_of
from instit_tools.rendering.marked import Drawing, Marked
from instit_tools.samples import Frame, Reason, Reject, Sample
from instit_tools.sinks.base import Row
from instit_tools.source.decode import Decoder
from instit_tools.source.partition import Element, elements, place
from instit_tools.targets.base import Choices, Context, Made, Target

__all__ = ["PICTURES", "REJECTED", "Done", "Job", "Task", "work"]

REJECTED = "rejects"
"""The file of a part that lists what was left out of it."""
PICTURES = "pictures"
"""The file of a part that notes by what the pictures that were read for it are seen to have changed."""

_LINES = msgspec.json.Encoder().encode_lines


class Job(Struct, frozen=True, kw_only=True):
    """What all partitions of a conversion share; plain data."""

    target: str
    choices: Choices
    recipe: Recipe | None
    media: str | None
    marks: Marks
    shard_size: int
    seed: int
    reject: bool
    limits: Limits = DEFAULT
    drawing: Drawing | None = None


class Task(Struct, frozen=True, kw_only=True):
    """One partition of a job, by its number; it is kept as the part *key* of *depot*, or thrown away without one."""

    job: Job
    planned: Planned
    number: int
    key: str
    depot: str | None


class Done(Struct, frozen=True, kw_only=True):
    """What came of a task, and the receipt of its part; the rejects themselves are in a file of the part."""

    shards: tuple[Shard, ...]
    beside: tuple[File, ...]
    pieces: tuple[File, ...]
    records: int
    rejects: dict[str, int]
    indexes: tuple[File, ...] = ()

    @property
    def files(self) -> tuple[File, ...]:
        """All that go into the output, but for the rejects."""
        return (*self.shards, *self.indexes, *self.beside, *self.pieces)


def work(task: Task, watch: Watch) -> Done:
    """Convert one partition.

    Raises the `InstitError` of the first fault, unless the job says to reject.
    """
    if not Path(task.planned.part.path).exists():  # on another machine, for here it was just looked at
        message = f"{task.planned.part.name} is not to be seen on {platform.node()}"
        raise SourceError(message, hint="a cluster needs input, pictures and output on storage that all nodes share")
    if task.depot is None:
        return _converted(task, None, watch)
    with depots.part(task.depot, task.key) as folder:
        done = _converted(task, folder, watch)
        (folder / RECEIPT).write_bytes(msgspec.json.encode(done))
    return done


def _converted(task: Task, folder: Path | None, watch: Watch) -> Done:
    target: Target[Any] = targets.load(task.job.target)
    prefix = f"{task.number:06d}"
    with (
        _listing(folder, REJECTED) as listing,
        _listing(folder, PICTURES) as pictures,
        shards(target, task.job.choices, folder, prefix=prefix, limit=task.job.shard_size) as writing,
        beside(folder, _heap(task.job, target, folder)) as made,
    ):
        worker = _Worker(task, target, writing, listing, made)
        for element, following in _followed(elements(task.planned.part)):
            if following:
                worker.expect(following)
            worker.record(element)
            if noted_now := worker.noted():
                pictures.write(_LINES(noted_now.items()))
            watch.advance(len(memoryview(element.json)), 1)
    watch.advance(0, 0, len(writing.done))
    return Done(
        shards=tuple(writing.done),
        beside=made.files,
        pieces=made.pieces,
        records=worker.records,
        rejects=worker.rejects,
        indexes=tuple(writing.indexes),
    )


def _heap(job: Job, target: Target[Any], folder: Path | None) -> Heap | None:
    """Say where pictures go that are made by this run, and are not in the rows."""
    makes = job.drawing is not None and (target.FILES or job.target == targets.RENDER)
    return heap(folder, job.choices.pack) if makes else None


def _listing(folder: Path | None, name: str) -> BinaryIO:
    return (folder / name if folder else Path(os.devnull)).open("wb")


class _Worker:
    """Takes the records of a partition one by one."""

    def __init__(self, task: Task, target: Target[Any], writing: Shards, listing: BinaryIO, beside: Beside) -> None:
        """Open the media and get ready to decode."""
        self._beside = beside
        self.records = 0
        self.rejects: dict[str, int] = {}
        self._task = task
        self._target = target
        self._writing = writing
        self._listing = listing
        self._decode = Decoder()
        job = task.job
        store = opened_once(job.media, job.limits) if job.media else None
        self._held = Held(store) if store and (job.drawing or target.needs_media(job.choices)) else None
        self._marked = Marked(self._held, job.drawing) if self._held and job.drawing else None
        self._context = Context(choices=job.choices, store=self._marked or self._held or store, recipe=job.recipe)
        self.noted()  # and from now on

    def noted(self) -> Mapping[str, Stamp]:
        """Say by what the pictures that were read since the last time are seen to have changed."""
        return noted(self._context.store) if self._context.store else {}

    def expect(self, element: Element) -> None:
        """Have the pictures of a later record read meanwhile, if pictures are packed."""
        if self._held:
            for path in paths_of(element.json, "raw" if self._marked else self._task.job.marks):
                self._held.expect(path)

    def record(self, element: Element) -> None:
        """Convert one record, or reject it with its reason."""
        self.records += 1
        if self._held:
            self._held.forget()
        record: VideoRecord | ImageRecord | None = None
        try:
            record = self._typed(element)
            made = self._made(element, record)
            rows = list(self._target.rows(made, self._context))  # all of a record before any of it is written
            if self._context.store is not None:
                rows = self._beside.made(rows, self._context.store)
        except (RecordError, MediaError) as error:
            self._reject(self._fault(element, record, error), error)
            return
        for left in rows:
            if isinstance(left, Reject):
                self._reject(left, None)
            elif isinstance(left, SampleError):
                self._reject(self._fault(element, record, left), left)
        self._writing.add(kind_of(record), [row for row in rows if isinstance(row, Row)])

    def _typed(self, element: Element) -> VideoRecord | ImageRecord:
        record = self._decode(element.json)
        if isinstance(record, BenchItem):
            message = f"{record.id} is a question of the benchmark, which is not for training"
            raise RecordError(message, hint="convert takes the dataset's video and image files")
        if earlier := self._task.planned.repeated.get(element.number):
            raise _again(record, earlier)
        return record

    def _made(self, element: Element, record: VideoRecord | ImageRecord) -> Made:
        job = self._task.job
        key = record_key(kind_of(record), record.id)
        frames = self._frames(record)
        samples: list[Sample] = []
        origin = self._origin(element.number, key)
        for outcome in make(record, frames, job.recipe, origin) if job.recipe and job.recipe.parts else ():
            if isinstance(outcome, Sample):
                samples.append(outcome)
            else:
                self._reject(outcome, None)
        switched = _switched(record, job.marks)
        json = element.json if switched is record else msgspec.Raw(encode(switched))
        return Made(
            key=key,
            json=json,
            number=self._task.planned.before + self.records,
            origin=origin,
            record=switched,
            frames=frames,
            samples=tuple(samples),
            numbers=numbers_of(record, frames, job.recipe) if job.recipe else None,
            drawn=self._marked.drawn() if self._marked else {},
        )

    def _frames(self, record: VideoRecord | ImageRecord) -> tuple[Frame, ...]:
        if self._marked:
            return self._marked.show(record)
        return frames_of(record, store=self._context.store, marks=self._task.job.marks)

    def _origin(self, number: int, key: str) -> Origin:
        return Origin(
            file=self._task.planned.part.name,
            number=number,
            key=key,
            seed=self._task.job.seed,
            reserved=self._target.RESERVED,
        )

    def _fault(self, element: Element, record: VideoRecord | ImageRecord | None, error: InstitError) -> Reject:
        reasons: dict[type[InstitError], Reason] = {
            MediaError: "media",
            DroppedError: "dropped-sample",
            SampleError: "sample",
        }
        found = (name for kind, name in reasons.items() if isinstance(error, kind))
        return Reject(
            file=self._task.planned.part.name,
            number=element.number,
            record=record.id if record else None,
            field="",
            reason=next(found, "record"),
            message=error.message,
        )

    def _reject(self, reject: Reject, error: InstitError | None) -> None:
        """List *reject*, or stop with it if it is a fault and the job does not go on."""
        if reject.is_fault and not self._task.job.reject:
            where = place(self._task.planned.part, reject.number)
            about = f" (id {reject.record})" if reject.record is not None else ""
            field = f", {reject.field}" if reject.field else ""
            stopped = error or TextError(reject.message)
            hint = stopped.hint or "--on-error reject leaves out what is at fault and lists it in rejects.jsonl"
            raise type(stopped)(f"{where}{about}{field}: {reject.message}", hint=hint) from error
        self.rejects[reject.reason] = self.rejects.get(reject.reason, 0) + 1
        self._listing.write(msgspec.json.encode(reject) + b"\n")


def _again(record: VideoRecord | ImageRecord, earlier: Repeated) -> RecordError:
    if earlier.what == "id":
        message = f"its id {record.id} is also that of {earlier.place}"
        return RecordError(message, hint="ids name samples, so each is used once")
    message = f"its pictures in {record.path} are also those of {earlier.place}"
    return RecordError(message, hint="marks are drawn on a picture once: render the records to two folders")


def _followed(records: Iterable[Element]) -> Iterator[tuple[Element, Element | None]]:
    """Give each of *records* with the one after it."""
    one = None
    for other in records:
        if one:
            yield one, other
        one = other
    if one:
        yield one, None


def _switched(record: VideoRecord | ImageRecord, marks: Marks) -> VideoRecord | ImageRecord:
    path = with_marks(record.path, marks)
    return record if path == record.path else msgspec.structs.replace(record, path=path)
