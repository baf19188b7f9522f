"""The work on one partition: a pure function of its task, whose result is plain tables."""

from collections import Counter as Tally
from functools import partial
from typing import Any

from msgspec import Struct

from instit_tools.errors import InstitError, MediaError, RecordError
from instit_tools.media.limits import Limits
from instit_tools.media.store import opened_once
from instit_tools.recipes.load import Recipe
from instit_tools.recipes.make import Origin, record_key
from instit_tools.records import BenchItem, Record, kind_of
from instit_tools.samples import Reason, Reject
from instit_tools.source.decode import Decoder
from instit_tools.source.partition import Element, Partition, elements, place
from instit_tools.spelling_out import printable
from instit_tools.statistics.budget import sample_rows
from instit_tools.statistics.columns import TABLES, arrow_table
from instit_tools.statistics.counting import Counter, counter
from instit_tools.statistics.extremes import Extreme, Extremes
from instit_tools.statistics.measure import Measured, Row, measure
from instit_tools.statistics.sizes import sized_frames
from instit_tools.statistics.visual import ENCODERS, Vision

__all__ = ["Done", "Task", "work"]


class Task(Struct, frozen=True, kw_only=True):
    """One partition and how it is measured."""

    part: Partition
    tokenizer: str
    pos: bool
    recipes: tuple[Recipe, ...]
    vision: Vision
    media: str | None
    strict: bool
    reject: bool
    limits: Limits


class Done(Struct, frozen=True, kw_only=True):
    """What came of a task: the rows of each table, the longest and shortest texts, what was left out."""

    tables: dict[str, Any]  # pyarrow.Table, which msgspec does not know
    extremes: tuple[Extreme, ...]
    records: int
    bench_items: int
    rejects: tuple[Reject, ...]
    left_out: dict[tuple[str, int | None, str], int]  # texts in no sample, by recipe, limit and reason


def work(task: Task) -> Done:
    """Measure one partition; raise the `InstitError` of the first fault, unless the task says to reject."""
    worker = _Worker(task)
    for element in elements(task.part):
        worker.record(element)
    return worker.done()


class _Worker:
    """Measures the records of a partition one by one."""

    def __init__(self, task: Task) -> None:
        """Get ready to decode and count."""
        self._task = task
        self._decode = Decoder()
        self._count: Counter = counter(task.tokenizer, pos=task.pos)
        self._store = opened_once(task.media, task.limits) if task.media else None
        self._rows: dict[str, list[Row]] = {name: [] for name in TABLES}
        self._extremes = Extremes()
        self._rejects: list[Reject] = []
        self._left_out: Tally[tuple[str, int | None, str]] = Tally()
        self._records = self._bench_items = 0

    def record(self, element: Element) -> None:
        """Measure one record, all of it or none."""
        self._records += 1
        record: Record | None = None
        try:
            record = self._decode(element.json)
            measured = measure(record, self._count)
            samples, left_out = self._samples(element, record)
        except (RecordError, MediaError) as error:
            self._reject(element, record, error)
            return
        self._keep(measured, samples)
        self._left_out.update(left_out)
        self._bench_items += isinstance(record, BenchItem)

    def _keep(self, measured: Measured, samples: list[Row]) -> None:
        file = printable(self._task.part.name)
        for name in TABLES:
            rows = samples if name == "samples" else getattr(measured, name)
            self._rows[name] += ((*row, file) for row in rows)
        for row, text in zip(measured.texts, measured.said, strict=True):
            self._extremes.see(row, text)

    def _samples(self, element: Element, record: Record) -> "tuple[list[Row], Tally[tuple[str, int | None, str]]]":
        """Make the samples of all recipes; only their sizes are kept, and how many texts are in none."""
        rows: list[Row] = []
        left_out: Tally[tuple[str, int | None, str]] = Tally()
        if isinstance(record, BenchItem):
            return rows, left_out
        frames = sized_frames(record, self._store, strict=self._task.strict)
        origin = Origin(file=self._task.part.name, number=element.number, key=record_key(kind_of(record), record.id))
        make = partial(
            sample_rows,
            record,
            frames,
            origin=origin,
            encoder=ENCODERS[self._task.vision],
            count=self._count.budget,
        )
        for recipe in self._task.recipes:
            for row in make(recipe):
                if isinstance(row, str):
                    left_out[recipe.name, recipe.max_frames, row] += 1
                else:
                    rows.append(row)
        return rows, left_out

    def _reject(self, element: Element, record: Record | None, error: InstitError) -> None:
        """Note what is left out, or stop."""
        number = record.id if record else None
        if not self._task.reject:
            about = "" if number is None else f" (id {number})"
            hint = error.hint or "--on-error reject leaves out what is at fault and lists it in rejects.jsonl"
            raise type(error)(f"{place(self._task.part, element.number)}{about}: {error.message}", hint=hint) from error
        reason: Reason = "media" if isinstance(error, MediaError) else "record"
        self._rejects.append(
            Reject(
                file=printable(self._task.part.name),
                number=element.number,
                record=number,
                field="",
                reason=reason,
                message=error.message,
            )
        )

    def done(self) -> Done:
        """Give everything."""
        return Done(
            tables={name: arrow_table(name, rows) for name, rows in self._rows.items()},
            extremes=self._extremes.found(),
            records=self._records,
            bench_items=self._bench_items,
            rejects=tuple(self._rejects),
            left_out=dict(self._left_out),
        )
