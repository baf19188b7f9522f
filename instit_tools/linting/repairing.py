"""Repairing a file: what is untouched stays byte for byte, what is changed or set aside is listed, one line each."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from instit_tools.commit import whole
from instit_tools.linting.listings import Lines, changed, set_aside
from instit_tools.linting.outputs import opened, outputs
from instit_tools.linting.run import Progress
from instit_tools.linting.steps import Job, Judges, Step, sources, steps
from instit_tools.source.opened import Input

__all__ = ["Job", "Repaired", "repair"]


class Repaired(Struct, kw_only=True):
    """What was done: records read, changed and set aside; changes by rule, and what is *left* by rule."""

    files: list[str] = []
    written: list[str] = []
    records: int = 0
    changed: int = 0
    aside: int = 0
    changes: dict[str, int] = {}
    left: dict[str, int] = {}


def repair(job: Job, out: Path | None, progress: Progress | None = None) -> Repaired:
    """Repair what *job* names and write it to *out*: one file to a file, a folder to a folder. ``None`` only counts.

    Array stays array and lines stay lines, with the white space and the order of the keys. ``.changes.jsonl`` beside a
    repaired file lists every change, ``.rejects.jsonl`` holds what was set aside; no file stands under its final name
    until it is whole. Raises `UsageError` for what cannot be repaired and `OutputError` for *out*.
    """
    done = Repaired()
    with sources(job) as found:
        judges = Judges(unsafe=job.unsafe)
        targets = outputs(job, found, out) if out else []
        if progress:
            progress.start(sum(Path(source.path).stat().st_size for source in found))
        for number, source in enumerate(found):
            done.files.append(source.name)
            each = (_counted(done, step) for step in steps(job, source, judges, progress))
            if targets:
                with whole(*targets[number], overwrite=job.overwrite) as parts:
                    _write(source, each, parts, targets[number][-1])
                done.written += [str(path) for path in reversed(targets[number]) if path.exists()]
            else:
                for _ in each:
                    pass
        _add(done.left, (finding.code for finding in judges.end()))
    return done


def _write(source: Input, found: Iterator[Step], parts: tuple[Path, ...], final: Path) -> None:
    changes, rejects, out = parts
    with Lines(changes) as listed, Lines(rejects) as rejected, opened(out, final) as stream:
        end = kept = 0
        for step in found:
            listed.write(changed(step))
            rejected.write(set_aside(step))
            if not end or (kept and not step.mended.aside):  # before the first it opens the array
                stream.write(step.between)
            if not step.mended.aside:
                stream.write(step.mended.raw)
                kept += 1
            end += len(step.between) + len(step.old)
        with Path(source.path).open("rb") as rest:
            rest.seek(end)
            shutil.copyfileobj(rest, stream)


def _counted(done: Repaired, step: Step) -> Step:
    mended = step.mended
    done.records += 1
    if mended.aside:
        done.aside += 1
        _add(done.changes, {each.code for each in mended.aside})
    else:
        done.changed += bool(mended.changes)
        _add(done.changes, (each.rule for each in mended.changes))
        _add(done.left, (each.code for each in mended.left))
    return step


def _add(counts: dict[str, int], codes: Iterable[str]) -> None:
    for code in codes:
        counts[code] = counts.get(code, 0) + 1
