"""A conversion that is carried out at the command line, and what is said of it: `convert`, `render` and `merge`."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from instit_tools import console, manifest, targets
from instit_tools.addresses import is_address
from instit_tools.cli.guard import FINDINGS, REJECTED
from instit_tools.cli.made_up_data import made_up_data
from instit_tools.media.store import packed

if TYPE_CHECKING:
    from instit_tools.conversion.settings import Settings
    from instit_tools.manifest import Manifest

__all__ = ["carried_out", "tell", "tell_part"]


def carried_out(settings: "Settings", *, as_json: bool) -> int:
    """Convert, say what was made and what to do next, and give the exit code.

    Where no input is named, made-up data are taken, and what a trainer would read of them is verified at once.
    """
    from instit_tools.conversion import run
    from instit_tools.conversion.settings import warnings_of

    tried = not settings.inputs and settings.target != targets.RENDER
    settings = settings if settings.inputs else _on_made_up_data(settings)
    for warning in warnings_of(settings):
        console.warn(warning)
    with console.meter("render" if settings.target == targets.RENDER else f"convert to {settings.target}") as meter:
        made = run.convert(settings, meter)
    if as_json:
        console.document(manifest.encode(made))
    elif settings.part:
        tell_part(settings, made)
    else:
        tell(settings.out, made, dry_run=settings.dry_run)
    rejected = REJECTED if made.totals.rejects else 0
    if tried and not settings.dry_run and not settings.part:
        return _verified(settings) or rejected
    if not settings.dry_run:
        said, command = ("when all parts are there", "merge") if settings.part else ("check it with", "verify")
        console.talk(f"{said}: instit-tools {command} {shlex.quote(settings.out)}")
    return rejected


def _on_made_up_data(settings: "Settings") -> "Settings":
    from instit_tools.conversion.settings import checked, choices_of

    target = checked(settings)
    masks = settings.draws or target.needs_masks(choices_of(settings, target))
    folder = made_up_data(settings.media, masks=masks)
    return msgspec.structs.replace(settings, inputs=(folder,), media=folder)


def tell_part(settings: "Settings", made: "Manifest") -> None:
    """Say what of a whole was made."""
    from instit_tools.conversion.slices import place

    number, count = settings.part or (1, 1)
    console.result(
        f"{place(settings.out, (number, count))} holds part {number} of {count}:"
        f" {console.counted(made.totals.samples, _noun(made))} of {console.counted(made.totals.records, 'record')}"
    )
    _tell_left_out(made, f"; merge lists them in {settings.out}/rejects.jsonl")


def tell(out: str, made: "Manifest", *, dry_run: bool = False) -> None:
    """Say what was made, and what is to be known about it."""
    totals = made.totals
    would = "would hold" if dry_run else "holds"
    much = f"{console.counted(totals.samples, _noun(made))} of {console.counted(totals.records, 'record')}"
    if made.target == targets.RENDER:
        much += f", {console.size(sum(file.bytes for file in made.files))}" if made.files else ""
    else:
        written = console.size(sum(shard.bytes for shard in made.shards))
        much += f" in {console.counted(len(made.shards), 'shard')}, {written}"
    console.result(f"{out} {would} {much}")
    for shard in made.shards:
        console.detail(f"  {shard.name}  {console.counted(shard.samples, _noun(made))}  {console.size(shard.bytes)}")
    _tell_pictures(out, made)
    if not totals.samples and made.target != targets.RENDER:
        console.talk("no sample was made: the recipe asks for what these records do not have")
    _tell_left_out(made, "" if dry_run else f"; all are listed in {out}/rejects.jsonl")


def _noun(made: "Manifest") -> str:
    return "picture" if made.target == targets.RENDER else "sample"


def _tell_pictures(out: str, made: "Manifest") -> None:
    if made.settings.get("marks") == "render":
        return  # they were just made
    if made.media is None:
        console.talk("pictures were not looked at: --media says where they are")
    elif targets.load(made.target).FILES and is_address(made.media):
        console.talk(f"{made.target} is read with pictures as files: copy them from {made.media} before training")
    elif targets.load(made.target).FILES and packed(Path(out) / made.media):
        console.talk(f"{made.target} is read with pictures as files: unpack the archive before training")


def _tell_left_out(made: "Manifest", where: str) -> None:
    if rejects := made.totals.rejects:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in rejects.items())
        console.talk(f"left out: {reasons}{where}")


def _verified(settings: "Settings") -> int:
    from instit_tools.verification.run import verify_folder

    report = verify_folder(settings.out)
    for problem in report.problems:
        console.talk(f"{problem.file} row {problem.row}: {problem.field}: {problem.message}")
    console.talk(
        f"verified: {console.counted(report.rows, 'sample')} as {report.reader} reads them,"
        f" {console.counted(report.count, 'problem')}"
    )
    return FINDINGS if report.count else 0
