"""Repairing a file: what is untouched stays byte for byte, what is changed or set aside is listed, one line each."""

import difflib
import mmap
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Self, cast

import msgspec
from msgspec import Struct

from instit_tools.commit import whole
from instit_tools.errors import UsageError
from instit_tools.linting import rules
from instit_tools.linting.base import Finding, Place
from instit_tools.linting.mending import Mended, mend
from instit_tools.linting.run import Progress, who_of
from instit_tools.linting.settings import Settings
from instit_tools.linting.spans import pointer
from instit_tools.linting.work import Looker, store_at
from instit_tools.source.find import STDIN, find
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.partition import Partition, located, partitions

__all__ = ["Job", "Repaired", "diffs", "repair"]

_SIZE = 4 << 20
_COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
_CHANGES, _REJECTS = ".changes.jsonl", ".rejects.jsonl"


class Job(Struct, frozen=True, kw_only=True):
    """One repair: rules and media as for `validate`, whether repairs that change the meaning are wanted, and where to.

    *rejects* is the file for what is set aside; beside *out*, ``.changes.jsonl`` lists every change.
    """

    settings: Settings
    unsafe: bool = False
    rejects: str | None = None
    overwrite: bool = False


class Repaired(Struct, kw_only=True):
    """What was done: records read, changed and set aside; changes by rule, and what is *left* by rule."""

    file: str
    out: str | None = None
    changes_file: str | None = None
    rejects_file: str | None = None
    records: int = 0
    changed: int = 0
    aside: int = 0
    changes: dict[str, int] = {}
    left: dict[str, int] = {}


class _Listed(Struct, kw_only=True, omit_defaults=True):
    """A line of the list of changes: an edit of a record, or that it was set aside."""

    file: str
    record: int | None
    id: int | str | None
    action: str
    rule: str
    path: str
    before: Any = msgspec.UNSET
    after: Any = msgspec.UNSET
    message: str | None = None


class _Aside(Struct, kw_only=True):
    """A line of the file of rejects: a record that was set aside, why, and what it was (a text, where it is no JSON)."""

    file: str
    record: int | None
    id: int | str | None
    reasons: list[dict[str, str]]
    content: Any


class _Step(Struct, frozen=True):
    """One record with what stood between it and the one before, and what became of it."""

    place: Place
    between: bytes
    old: bytes
    mended: Mended


def repair(job: Job, out: Path | None, progress: Progress | None = None) -> Repaired:
    """Repair the one file that *job* names and write it to *out*; with ``None``, only count what would be done.

    Array stays array and lines stay lines, with the white space and the order of the keys. Nothing stands under the
    final names until all is written. Raises `UsageError` for what is no such file and `OutputError` for *out*.
    """
    with _source(job) as source:
        done = Repaired(file=source.name)
        if out is None:
            for step in _steps(job, source, progress):
                _count(done, step)
            return done
        _refuse_input(source, out)
        changes, rejects = out.with_name(out.name + _CHANGES), Path(job.rejects or str(out) + _REJECTS)
        with whole(changes, rejects, out, overwrite=job.overwrite) as parts:
            _write(done, source, _steps(job, source, progress), parts)
        done.out = str(out)
        done.changes_file = str(changes) if done.changes or done.aside else None
        done.rejects_file = str(rejects) if done.aside else None
    return done


def diffs(job: Job) -> Iterator[str]:
    """Yield what `repair` would do as unified diffs, record by record."""
    with _source(job) as source:
        for step in _steps(job, source, None):
            new = b"" if step.mended.aside else step.mended.raw
            if new != step.old:
                named = f"{step.place.shown}{'' if step.place.id is None else f' (id {step.place.id})'}"
                old_lines, new_lines = _text(step.old), _text(new)
                yield from difflib.unified_diff(old_lines, new_lines, named, f"{named}, repaired", lineterm="")


def _text(raw: bytes) -> list[str]:
    return raw.decode("utf-8", "replace").splitlines()


@contextmanager
def _source(job: Job) -> Generator[Input]:
    found = job.settings.inputs
    if len(found) != 1 or Path(found[0]).is_dir() or (found[0] != STDIN and len(find(found)) != 1):
        message = f"repair takes one file, and {' '.join(found)} is not one"
        raise UsageError(message, hint="name the annotation files one by one")
    with TemporaryDirectory(prefix="instit-") as spool:
        source = next(open_inputs(found, Path(spool)))
        if source.layout == "parquet":
            message = f"{source.name} is Parquet, and repair changes JSON"
            raise UsageError(message, hint="turn it back first: instit-tools convert FILE --to jsonl -o DIR")
        yield source


def _refuse_input(source: Input, out: Path) -> None:
    if out.exists() and out.resolve() == Path(source.name).resolve():
        message = f"{out} is the file that is read"
        raise UsageError(message, hint="choose another -o; what was read stays as it was")


def _steps(job: Job, source: Input, progress: Progress | None) -> Iterator[_Step]:
    """Mend every record, one after another, because later ones are judged by those before them."""
    store_at.cache_clear()
    folder = None if source.name == "standard input" else Path(source.name).parent
    look = Looker(who_of(job.settings, source.name, folder=folder))
    judges = _Judges(look.codes, unsafe=job.unsafe)
    parts = partitions(source, _SIZE)
    if progress:
        progress.start(sum(part.stop - part.start for part in parts))
    with Path(source.path).open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = 0
        for part in parts:
            for number, start, old in _records(part):
                mended = mend(old, look, unsafe=job.unsafe)
                unit = "line" if part.layout == "lines" else "record"
                place = Place(file=source.name, number=number, unit=unit, id=mended.seen.id)
                yield _Step(place, data[end:start], old, judges.judged(place, mended))
                end = start + len(old)
            if progress:
                progress.advance(part.stop - part.start)


def _records(part: Partition) -> Iterator[tuple[int, int, bytes]]:
    for element, start in located(part):
        yield element.number, cast("int", start), bytes(element.json)


class _Judges:
    """Judges each record by those before it, as long as they stay."""

    def __init__(self, codes: frozenset[str], *, unsafe: bool) -> None:
        """Start with no record."""
        self._codes = codes
        self._unsafe = unsafe
        self._judges = {
            module.__name__: module.Across() for module in rules.loaded() if hasattr(getattr(module, "Across", None), "forget")
        }

    def judged(self, place: Place, mended: Mended) -> Mended:
        """Add what other records show; a record that is set aside leaves nothing to be remembered."""
        if mended.aside:
            return mended
        found: list[Finding] = []
        for name, noted in mended.seen.noted:
            if name in self._judges:
                found += [each for each in self._judges[name].see(place, noted) if each.code in self._codes]
        aside = tuple(each for each in found if each.fix and (each.fix.safe or self._unsafe))
        if aside:
            for judge in self._judges.values():
                judge.forget(place)
        return msgspec.structs.replace(mended, aside=aside, left=(*mended.left, *found))


def _write(done: Repaired, source: Input, steps: Iterator[_Step], parts: tuple[Path, ...]) -> None:
    changes, rejects, out = parts
    with _Lines(changes) as listed, _Lines(rejects) as rejected, _opened(out) as stream:
        end = kept = 0
        for step in steps:
            _count(done, step)
            listed.write(_listed(step))
            end += len(step.between) + len(step.old)
            if done.records == 1 or (kept and not step.mended.aside):  # before the first it opens the array
                stream.write(step.between)
            if step.mended.aside:
                rejected.write([_rejected(step)])
            else:
                stream.write(step.mended.raw)
                kept += 1
        with Path(source.path).open("rb") as rest:
            rest.seek(end)
            shutil.copyfileobj(rest, stream)


def _count(done: Repaired, step: _Step) -> None:
    mended = step.mended
    done.records += 1
    left = mended.aside or mended.left
    if mended.aside:
        done.aside += 1
    elif mended.changes:
        done.changed += 1
    for rule in [each.rule for each in mended.changes] if not mended.aside else {each.code for each in left}:
        done.changes[rule] = done.changes.get(rule, 0) + 1
    for finding in () if mended.aside else mended.left:
        done.left[finding.code] = done.left.get(finding.code, 0) + 1


def _listed(step: _Step) -> Iterator[_Listed]:
    place, mended = step.place, step.mended
    for finding in mended.aside:
        yield _Listed(
            file=place.file,
            record=place.number,
            id=place.id,
            action="set aside",
            rule=finding.code,
            path=pointer(finding.path),
            message=finding.message,
        )
    for change in () if mended.aside else mended.changes:
        yield _Listed(
            file=place.file,
            record=place.number,
            id=place.id,
            action="safe" if change.safe else "unsafe",
            rule=change.rule,
            path=change.path,
            before=change.before,
            after=change.after,
        )


def _rejected(step: _Step) -> _Aside:
    try:
        content = msgspec.json.decode(step.old)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = step.old.decode("utf-8", "replace")
    reasons = [{"rule": each.code, "path": pointer(each.path), "message": each.message} for each in step.mended.aside]
    return _Aside(
        file=step.place.file, record=step.place.number, id=step.place.id, reasons=reasons, content=content
    )


class _Lines:
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


def _opened(out: Path) -> "AbstractContextManager[BinaryIO]":
    """Open *out* for writing, compressed where its name says so."""
    suffix = out.name.rpartition(".partial")[0].rpartition(".")[0]
    packed = next((codec for ending, codec in _COMPRESSED.items() if suffix.endswith(ending)), None)
    if packed is None:
        return out.open("wb")
    import pyarrow as pa

    return cast("AbstractContextManager[BinaryIO]", pa.output_stream(str(out), compression=packed))
