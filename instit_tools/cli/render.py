"""``instit-tools render``."""

from typing import Annotated, Literal

import typer

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
    SomePart,
    Style,
    Workers,
    limits_of,
    most_unpacked,
    part_of,
)
from instit_tools.media.limits import DEFAULT
from instit_tools.targets import RENDER

__all__ = ["render"]


@guarded
def render(
    inputs: Inputs = None,
    *,
    out: Annotated[
        str | None,
        typer.Option(
            "-o", "--out", help="The new folder to write; an address too.", show_default=f"instit-output/{RENDER}"
        ),
    ] = None,
    media: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|ZIP|TAR",
            help="Where the raw pictures are: a folder or address that holds videos_raw/ or videos_raw.zip, or an"
            " archive.",
            show_default="beside the first input, where they are there",
        ),
    ] = None,
    style: Style = None,
    quality: Quality = None,
    pack: Annotated[
        Literal["tar", "zip"] | None,
        typer.Option(
            help="Write videos_vpt.tar and images_vpt.tar (or .zip), which --media reads in place.",
            show_default="a file a picture",
        ),
    ] = None,
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
    """Draw the ids on raw pictures, where the masks say, and write them as a folder for --media.

    Example: instit-tools render inst_it_dataset_video_21k_w_mask.json --media . -o marked
    """
    from instit_tools.conversion.settings import Settings

    settings = Settings(
        inputs=tuple(inputs or ()),
        out=str(out or OUTPUT / RENDER),
        target=RENDER,
        media=media,
        marks="render",
        style=style,
        quality=quality,
        pack=pack,
        on_error=on_error,
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
