"""``instit-tools repair``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from instit_tools import console
from instit_tools.cli.guard import FINDINGS, REJECTED, guarded
from instit_tools.cli.options import AsJson, Config, Ignore, MaxUnpacked, Media, Select, project_settings
from instit_tools.errors import UsageError

if TYPE_CHECKING:
    from instit_tools.linting.repairing import Job, Repaired

__all__ = ["repair"]


@guarded
def repair(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="An annotation file, a folder of them, its address, or - for standard input."
        ),
    ],
    *,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The new file, or the new folder where a folder is repaired.")
    ] = None,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Also repairs that lose something or guess; instit-tools rules says which.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and write nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would change, and write nothing.")] = False,
    rejects: Annotated[
        str | None, typer.Option(metavar="FILE", help="For records set aside.", show_default="OUT.rejects.jsonl")
    ] = None,
    media: Media = None,
    select: Select = None,
    ignore: Ignore = None,
    max_unpacked: MaxUnpacked = None,
    config: Config = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT.")] = False,
    as_json: AsJson = False,
) -> int:
    """Mend what validate finds: spelling and order by themselves, what loses or guesses only with --unsafe.

    What is untouched stays byte for byte. OUT.changes.jsonl lists every change, OUT.rejects.jsonl holds every record
    set aside. Exits with 0 where nothing is left but notes, 1 where problems are, 3 where records were set aside; with
    --diff or --dry-run, 0 where nothing would change, 1 where something would, 3 where records would be set aside.

    Example: instit-tools repair inst_it_dataset_video_21k.json -o mended.json
    """
    from instit_tools.linting.repairing import Job

    if out is None and not (diff or dry_run):
        message = "repair needs -o: it never changes the file that it reads"
        raise UsageError(message, hint="-o NEW, or --diff to see what would change")
    if diff:
        _check_alone(as_json=as_json, others={"-o": out, "--dry-run": dry_run, "--rejects": rejects})
    settings, _ = project_settings(
        inputs, media=media, select=select, ignore=ignore, config=config, max_unpacked=max_unpacked
    )
    job = Job(settings=settings, unsafe=unsafe, rejects=rejects, overwrite=overwrite)
    return _differing(job) if diff else _run(job, None if dry_run else out, as_json=as_json)


def _check_alone(*, as_json: bool, others: dict[str, object]) -> None:
    """Refuse what contradicts --diff."""
    if as_json:
        message = "--diff is for people to read, and contradicts --json"
        raise UsageError(message, hint="-o NEW writes NEW.changes.jsonl, a line of JSON for each change")
    for option, value in others.items():
        if value:
            message = f"--diff shows what would change and writes nothing: it contradicts {option}"
            raise UsageError(message, hint=f"leave out --diff or {option}")


def _differing(job: "Job") -> int:
    from instit_tools.linting.differing import diffs

    changed = aside = 0
    for step, lines in diffs(job):
        for line in lines:
            console.difference(line)
        changed += not step.mended.aside
        aside += bool(step.mended.aside)
    return _would(changed, aside)


def _would(changed: int, aside: int) -> int:
    """Give the exit code where nothing is written: --diff and --dry-run agree."""
    return REJECTED if aside else FINDINGS if changed else 0


def _run(job: "Job", out: Path | None, *, as_json: bool) -> int:
    import msgspec

    from instit_tools.linting.formats.base import encode
    from instit_tools.linting.repairing import repair as mend

    with console.meter("repair") as meter:
        done = mend(job, out, meter)
    if as_json:
        console.document(msgspec.json.format(encode(done), indent=2))
    else:
        _tell(job, done, out)
    if out is None:
        return _would(done.changed, done.aside)
    if done.aside:
        return REJECTED
    return FINDINGS if _failing(done) else 0


def _failing(done: "Repaired") -> int:
    from instit_tools.linting.rules import every

    return sum(count for code, count in done.left.items() if every()[code].severity != "note")


def _tell(job: "Job", done: "Repaired", out: Path | None) -> None:
    would = "would be " if out is None else ""
    changed = f"{done.changed:,} of {console.counted(done.records, 'record')} {would}changed"
    aside = f", {done.aside:,} {would}set aside" if done.aside else ""
    console.result(f"{changed}{aside}")
    if done.changes:
        made = ", ".join(f"{count:,} {code}" for code, count in sorted(done.changes.items()))
        console.result(f"  for {made}")
    for path in done.written:
        console.result(f"  {path}")
    if failing := _failing(done):
        hint = "" if job.unsafe else "; --unsafe mends more, with a loss or a guess"
        console.talk(f"{console.counted(failing, 'problem')} left{hint}")
    if out is not None:
        left = done.records > done.aside
        console.talk(
            f"check it with: instit-tools validate {shlex.quote(str(out))}" if left else "nothing is left of it"
        )
