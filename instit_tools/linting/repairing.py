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
from instit_tools.errors import OutputError, UsageError
from instit_tools.linting import rules
from instit_tools.linting.base import Finding, Place
from instit_tools.linting.mending import Mended, mend
from instit_tools.linting.run import Progress, who_of
from instit_tools.linting.settings import Settings
from instit_tools.linting.spans import pointer
from instit_tools.linting.work import Looker, store_at
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.partition import Partition, located, partitions

__all__ = ["Job", "Repaired", "diffs", "repair"]

_SIZE = 4 << 20
_COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
_CHANGES, _REJECTS = ".changes.jsonl", ".rejects.jsonl"


class Job(Struct, frozen=True, kw_only=True):
    """One repair: files, rules and media as for `validate`, and whether repairs that change the meaning are wanted.

    *rejects* is the file for what is set aside, where one file is repaired; by default it is beside the output.
    """

    settings: Settings
    unsafe: bool = False
    rejects: str | None = None
    overwrite: bool = False


class Repaired(Struct, kw_only=True):
    """What was done: records read, changed and set aside; changes by rule, and what is *left* by rule."""

    files: list[str] = []
    written: list[str] = []
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
    """A line of the file of rejects: a record that was set aside, why, and what it was (a text, if it is no JSON)."""

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
    """Repair what *job* names and write it to *out*: one file to a file, a folder to a folder. ``None`` only counts.

    Array stays array and lines stay lines, with the white space and the order of the keys. ``.changes.jsonl`` beside a
    repaired file lists every change, ``.rejects.jsonl`` holds what was set aside; no file stands under its final name
    until it is whole. Raises `UsageError` for what cannot be repaired and `OutputError` for *out*.
    """
    done = Repaired()
    with _sources(job) as sources:
        judges = _Judges(unsafe=job.unsafe)
        targets = _targets(job, sources, out) if out else []
        if progress:
            progress.start(sum(Path(source.path).stat().st_size for source in sources))
        for number, source in enumerate(sources):
            done.files.append(source.name)
            steps = _steps(job, source, judges, progress)
            if not targets:
                for step in steps:
                    _count(done, step)
                continue
            target = targets[number]
            with whole(*target, overwrite=job.overwrite) as parts:
                _write(done, source, steps, parts)
            done.written += [str(path) for path in reversed(target) if path.exists()]
    return done


def diffs(job: Job) -> Iterator[str]:
    """Yield what `repair` would do as unified diffs, record by record."""
    with _sources(job) as sources:
        judges = _Judges(unsafe=job.unsafe)
        for step in (step for source in sources for step in _steps(job, source, judges, None)):
            new = b"" if step.mended.aside else step.mended.raw
            if new != step.old:
                named = f"{step.place.shown}{'' if step.place.id is None else f' (id {step.place.id})'}"
                told = "set aside" if step.mended.aside else "repaired"
                yield from difflib.unified_diff(_text(step.old), _text(new), named, f"{named}, {told}", lineterm="")


def _text(raw: bytes) -> list[str]:
    return raw.decode("utf-8", "replace").splitlines()


@contextmanager
def _sources(job: Job) -> Generator[list[Input]]:
    with TemporaryDirectory(prefix="instit-") as spool:
        sources = list(open_inputs(job.settings.inputs, Path(spool)))
        for source in sources:
            if source.layout == "parquet":
                message = f"{source.name} is Parquet, and repair changes JSON"
                raise UsageError(message, hint="turn it back first: instit-tools convert FILE --to jsonl -o DIR")
        yield sources


def _targets(job: Job, sources: list[Input], out: Path) -> list[tuple[Path, Path, Path]]:
    """Name the files to write for each source: changes, rejects, and the repaired file, which is written last."""
    several = len(sources) > 1 or Path(job.settings.inputs[0]).is_dir()
    if several and job.rejects:
        message = "--rejects names one file, and several are repaired"
        raise UsageError(message, hint="leave it out: each has its own, beside it")
    if several:
        if out.exists() and not out.is_dir():
            message = f"{out} is a file, and several files are to be written"
            raise OutputError(message, hint="name a new folder after -o")
        out.mkdir(parents=True, exist_ok=True)
    elif not out.parent.is_dir():
        message = f"{out.parent} does not exist"
        raise OutputError(message, hint="make the folder first, or choose another -o")
    found = []
    for source in sources:
        file = out / Path(source.name).name if several else out
        if file.exists() and file.resolve() == Path(source.name).resolve():
            message = f"{file} is the file that is read"
            raise OutputError(message, hint="choose another -o; what was read stays as it was")
        rejects = Path(job.rejects) if job.rejects else file.with_name(file.name + _REJECTS)
        found.append((file.with_name(file.name + _CHANGES), rejects, file))
    return found


def _steps(job: Job, source: Input, judges: "_Judges", progress: Progress | None) -> Iterator[_Step]:
    """Mend every record, one after another, because later ones are judged by those before them."""
    store_at.cache_clear()
    folder = None if source.name == "standard input" else Path(source.name).parent
    look = Looker(who_of(job.settings, source.name, folder=folder))
    parts = partitions(source, _SIZE)
    with Path(source.path).open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = 0
        for part in parts:
            for number, start, old in _records(part):
                mended = mend(old, look, unsafe=job.unsafe)
                unit = "line" if part.layout == "lines" else "record"
                place = Place(file=source.name, number=number, unit=unit, id=mended.seen.id)
                yield _Step(place, data[end:start], old, judges.judged(place, mended, look.codes))
                end = start + len(old)
            if progress:
                progress.advance(part.stop - part.start)


def _records(part: Partition) -> Iterator[tuple[int, int, bytes]]:
    for element, start in located(part):
        yield element.number, cast("int", start), bytes(element.json)


class _Judges:
    """Judges each record by those before it, as long as they stay."""

    def __init__(self, *, unsafe: bool) -> None:
        """Start with no record."""
        self._unsafe = unsafe
        self._judges = {
            module.__name__: module.Across()
            for module in rules.loaded()
            if hasattr(getattr(module, "Across", None), "forget")  # only such a judge has repairs
        }

    def judged(self, place: Place, mended: Mended, codes: frozenset[str]) -> Mended:
        """Add what other records show; a record that is set aside leaves nothing to be remembered."""
        if mended.aside:
            return mended
        found: list[Finding] = []
        for name, noted in mended.seen.noted:
            if name in self._judges:
                found += [each for each in self._judges[name].see(place, noted) if each.code in codes]
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
    return _Aside(file=step.place.file, record=step.place.number, id=step.place.id, reasons=reasons, content=content)


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
    final = out.name.removesuffix(".partial").rpartition(".")[0]  # without the process that writes it
    packed = next((codec for ending, codec in _COMPRESSED.items() if final.endswith(ending)), None)
    if packed is None:
        return out.open("wb")
    import pyarrow as pa

    return cast("AbstractContextManager[BinaryIO]", pa.output_stream(str(out), compression=packed))
