"""``instit-tools convert``."""

from typing import Annotated, Literal

import typer

from instit_tools import targets
from instit_tools.cli.converted import carried_out
from instit_tools.cli.guard import guarded
from instit_tools.cli.made_up_data import OUTPUT
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
from instit_tools.recipes.load import available

__all__ = ["convert"]

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
    return carried_out(settings, as_json=as_json)
