"""The whole run: every partition of every file measured, however many processes do it, and the rows put on disk.

Rows stand in the order of the records, in row groups of a fixed number of rows, so the files are the same bytes however
the work was cut and shared out. At any moment only a few partitions and one row group a table are in memory.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec
from msgspec import Struct

from instit_tools.executors import spread
from instit_tools.media.store import opened_once
from instit_tools.samples import Reject
from instit_tools.source.hashes import Hashes
from instit_tools.source.opened import Input, hashed, open_inputs
from instit_tools.source.partition import described, partitions
from instit_tools.source.unpacking import Unpacking
from instit_tools.statistics.budget import LeftOut
from instit_tools.statistics.columns import TABLES, arrow_schema
from instit_tools.statistics.extremes import Extreme, Extremes
from instit_tools.statistics.measures import file_of
from instit_tools.statistics.settings import Settings, checked, recipes_of
from instit_tools.statistics.work import Done, Task, work

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["REJECTS", "Progress", "Ran", "run"]

REJECTS = "rejects.jsonl"
_SIZE = 4 << 20
_GROUP = 1 << 16
_WORTH_A_POOL = 8 << 20
"""Bytes of annotations below which starting processes takes longer than the work."""


class Progress(Protocol):
    """Told how far the work is, in bytes of annotations."""

    def start(self, total: int) -> None:
        """Expect *total* bytes."""

    def advance(self, size: int, records: int = 0, shards: int = 0) -> None:
        """Count more bytes and records."""


class Ran(Struct, frozen=True, kw_only=True):
    """What a run came to, beside the tables that it wrote."""

    inputs: tuple[Input, ...]
    records: int
    bench_items: int
    rejects: dict[str, int]
    left_out: tuple[LeftOut, ...]
    extremes: tuple[Extreme, ...]


def run(settings: Settings, folder: Path, progress: Progress | None = None, *, strict: bool = True) -> Ran:
    """Measure what *settings* name into the tables of *folder*, which is there and empty.

    Where that is not *strict*, a picture that is missing or damaged is one of unknown size.

    Raises the `InstitError` of the first fault, unless the settings say to reject; then what was left out is in
    ``rejects.jsonl``.
    """
    checked(settings)
    opened_once.cache_clear()  # the pictures may have changed since an earlier run of this process
    unpacking = Unpacking(settings.max_unpacked)
    with tempfile.TemporaryDirectory(prefix="instit-") as spool, Hashes() as hashes:
        inputs = tuple(open_inputs(settings.inputs, Path(spool), hashes=hashes, unpacking=unpacking))
        tasks = _tasks(settings, inputs, strict=strict)
        total = sum(task.part.stop - task.part.start for task in tasks)
        if progress:
            progress.start(total)
        done = _Sums()
        results = spread(
            work,
            tasks,
            name=lambda task: described(task.part),
            workers=settings.workers,
            worth=total > _WORTH_A_POOL,
            engine=settings.engine,
            address=settings.address,
        )
        with _Tables(folder) as tables, closing(results):
            for task, each in zip(tasks, results, strict=True):
                tables.add(each)
                done.add(each)
                if progress:
                    progress.advance(task.part.stop - task.part.start, each.records)
        return done.ran(tuple(hashed(inputs, hashes)))


def _tasks(settings: Settings, inputs: Iterable[Input], *, strict: bool) -> list[Task]:
    recipes = recipes_of(settings)
    return [
        Task(
            part=part,
            tokenizer=settings.tokenizer,
            pos=settings.pos,
            recipes=recipes,
            vision=settings.vision,
            media=settings.media,
            strict=strict,
            reject=settings.on_error == "reject",
            limits=settings.limits,
        )
        for source in inputs
        for part in partitions(source, _SIZE)
    ]


class _Sums:
    """Adds up what is no table."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._records = self._bench_items = 0
        self._rejects: Counter[str] = Counter()
        self._left_out: Counter[tuple[str, int | None, str]] = Counter()
        self._extremes = Extremes()

    def add(self, done: Done) -> None:
        """Add one partition."""
        self._records += done.records
        self._bench_items += done.bench_items
        self._rejects.update(reject.reason for reject in done.rejects)
        self._left_out.update(done.left_out)
        self._extremes.add(done.extremes)

    def ran(self, inputs: tuple[Input, ...]) -> Ran:
        """Give the sums."""
        return Ran(
            inputs=inputs,
            records=self._records,
            bench_items=self._bench_items,
            rejects=dict(sorted(self._rejects.items())),
            left_out=tuple(
                LeftOut(recipe=recipe, max_frames=limit, reason=reason, texts=texts)
                for (recipe, limit, reason), texts in sorted(self._left_out.items(), key=_in_order)
            ),
            extremes=self._extremes.found(),
        )


def _in_order(found: tuple[tuple[str, int | None, str], int]) -> tuple[str, int, str]:
    (recipe, limit, reason), _ = found
    return recipe, limit or 0, reason


class _Tables:
    """The files of a folder while they are written."""

    def __init__(self, folder: Path) -> None:
        """Write into *folder*."""
        self._folder = folder
        self._open = ExitStack()
        self._waiting: dict[str, list[Any]] = {}
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Open all files but the one of rejects, which only is there where something was rejected."""
        import pyarrow.parquet as pq

        for name in TABLES:
            schema = arrow_schema(name)
            writer = pq.ParquetWriter(self._folder / file_of(name), schema, compression="zstd")
            self._writers[name] = self._open.enter_context(writer)
            self._waiting[name] = []
        return self

    def add(self, done: Done) -> None:
        """Put the rows of one partition behind those before it."""
        import pyarrow as pa

        for name, found in done.tables.items():
            waiting = [*self._waiting[name], found] if len(found) else self._waiting[name]
            full = sum(map(len, waiting)) >= _GROUP
            self._waiting[name] = self._written(name, pa.concat_tables(waiting)) if full else waiting
        if done.rejects:
            self._list(done.rejects)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Finish the files; after an error they are only closed, for whoever made the folder takes it away."""
        with self._open:
            if kind is None:
                import pyarrow as pa

                for name, waiting in self._waiting.items():
                    if waiting:  # in one piece: where pieces meet, pages may end
                        rows = pa.concat_tables(waiting).combine_chunks()
                        self._writers[name].write_table(rows, row_group_size=_GROUP)

    def _written(self, name: str, rows: "pa.Table") -> "list[pa.Table]":
        """Write all full row groups of *rows*, and give what is left."""
        while len(rows) >= _GROUP:
            self._writers[name].write_table(rows.slice(0, _GROUP).combine_chunks(), row_group_size=_GROUP)
            rows = rows.slice(_GROUP)
        return [rows] if len(rows) else []

    def _list(self, rejects: Iterable[Reject]) -> None:
        with (self._folder / REJECTS).open("ab") as listing:
            listing.write(msgspec.json.Encoder().encode_lines(list(rejects)))
