"""``instit-tools convert``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console, targets
from instit_tools.addresses import is_address
from instit_tools.cli.guard import FINDINGS, REJECTED, guarded
from instit_tools.cli.made_up_data import OUTPUT, made_up_data
from instit_tools.cli.options import (
    MAX_PICTURE,
    Address,
    AsJson,
    Engine,
    Inputs,
    MaxPicture,
    MaxPixels,
    MaxUnpacked,
    OnError,
    Overwrite,
    Quality,
    Resume,
    ShardSize,
    SomePart,
    Style,
    Workers,
    byte_count,
    limits_of,
    most_unpacked,
    part_of,
)
from instit_tools.media.limits import DEFAULT
from instit_tools.media.store import packed
from instit_tools.recipes.load import available

if TYPE_CHECKING:
    from instit_tools.conversion.settings import Settings
    from instit_tools.manifest import Manifest

__all__ = ["convert", "tell", "tell_part"]

_TARGETS = ", ".join(targets.available())


@guarded
def convert(
    inputs: Inputs = None,
    *,
    to: Annotated[
        str,
        typer.Option("--to", metavar="TARGET", help=f"What to write: {_TARGETS}.", autocompletion=targets.available),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            "-o", "--out", help="The new folder to write; an address too.", show_default="instit-output/TARGET"
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help=f"Which samples to make: {', '.join(available())}, or a TOML file."),
    ] = None,
    media: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|ZIP|TAR|none",
            help="Where the pictures are: a folder or address that holds videos_vpt/ or videos_vpt.zip, or an archive.",
            show_default="beside the first input, where they are there",
        ),
    ] = None,
    marks: Annotated[
        Literal["vpt", "raw", "keep", "render"] | None,
        typer.Option(
            help="Pictures with drawn ids, without, or as the paths say; or raw ones, on which they are drawn now.",
            show_default="keep; raw for videorefer and pixelrefer",
        ),
    ] = None,
    style: Style = None,
    quality: Quality = None,
    max_frames: Annotated[
        int | None, typer.Option(min=1, help="Frames a sample at most; texts are renumbered.")
    ] = None,
    max_instances: Annotated[int | None, typer.Option(min=1, help="Instances a record at most.")] = None,
    dialect: Annotated[str | None, typer.Option(help="llava: next or 1.5; ms-swift: plain or grounding.")] = None,
    embed_media: Annotated[bool, typer.Option("--embed-media", help="parquet: put the pictures in.")] = False,
    group: Annotated[
        Literal["sample", "record"] | None,
        typer.Option(help="webdataset: one tar sample a training sample, or one a record with each picture once."),
    ] = None,
    frames: Annotated[
        Literal["images", "video-list", "mp4"] | None,
        typer.Option(help="Frames as pictures, as a video's list (llama-factory, ms-swift), or as a video file."),
    ] = None,
    shard_size: ShardSize = None,
    seed: Annotated[int | None, typer.Option(help="Picks the wordings.", show_default="0")] = None,
    on_error: OnError = "stop",
    overwrite: Overwrite = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all the work, write nothing.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many records.")] = None,
    max_pixels: MaxPixels = DEFAULT.max_pixels,
    max_picture: MaxPicture = MAX_PICTURE,
    max_unpacked: MaxUnpacked = None,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
    part: SomePart = None,
    resume: Resume = True,
    as_json: AsJson = False,
) -> int:
    """Convert annotations to what a trainer reads.

    Example: instit-tools convert inst_it_dataset_video_21k.json --to llava -o llava --media .
    """
    from instit_tools.conversion.settings import Settings

    targets.offered(to)
    settings = Settings(
        inputs=tuple(inputs or ()),
        out=str(out or OUTPUT / to),
        target=to,
        dialect=dialect,
        recipe=recipe,
        media=media,
        marks=marks,
        style=style,
        quality=quality,
        max_frames=max_frames,
        max_instances=max_instances,
        shard_size=None if shard_size is None else byte_count(shard_size),
        seed=seed,
        on_error=on_error,
        embed_media=embed_media or None,
        group=group,
        frames=frames,
        overwrite=overwrite,
        dry_run=dry_run,
        limit=limit,
        limits=limits_of(max_pixels, max_picture),
        max_unpacked=most_unpacked(max_unpacked),
        workers=workers,
        engine=engine,
        address=address,
        part=None if part is None else part_of(part),
        fresh=not resume,
    )
    return _run(settings, as_json=as_json)


def _run(settings: "Settings", *, as_json: bool) -> int:
    import msgspec

    from instit_tools import manifest
    from instit_tools.conversion import run
    from instit_tools.conversion.settings import checked, choices_of, warnings_of

    made_up = not settings.inputs
    if made_up:
        target = checked(settings)
        masks = settings.draws or target.needs_masks(choices_of(settings, target))
        folder = made_up_data(settings.media, masks=masks)
        settings = msgspec.structs.replace(settings, inputs=(folder,), media=folder)
    for warning in warnings_of(settings):
        console.warn(warning)
    with console.meter(f"convert to {settings.target}") as meter:
        made = run.convert(settings, meter)
    if as_json:
        console.document(manifest.encode(made))
    elif settings.part:
        tell_part(settings, made)
    else:
        tell(settings.out, made, dry_run=settings.dry_run)
    if made_up and not settings.dry_run and not settings.part:
        return _verified(settings) or (REJECTED if made.totals.rejects else 0)
    if not settings.dry_run:
        said, command = ("when all parts are there", "merge") if settings.part else ("check it with", "verify")
        console.talk(f"{said}: instit-tools {command} {shlex.quote(settings.out)}")
    return REJECTED if made.totals.rejects else 0


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
