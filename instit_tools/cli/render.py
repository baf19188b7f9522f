"""``instit-tools render``."""

import shlex
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.cli.convert import tell, tell_part
from instit_tools.cli.guard import REJECTED, guarded
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
    SomePart,
    Style,
    Workers,
    limits_of,
    most_unpacked,
    part_of,
)
from instit_tools.media.limits import DEFAULT
from instit_tools.targets import RENDER

if TYPE_CHECKING:
    from instit_tools.conversion.settings import Settings

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
    return _run(settings, as_json=as_json)


def _run(settings: "Settings", *, as_json: bool) -> int:
    import msgspec

    from instit_tools import manifest
    from instit_tools.conversion import run

    if not settings.inputs:
        folder = made_up_data(settings.media, masks=True)
        settings = msgspec.structs.replace(settings, inputs=(folder,), media=folder)
    with console.meter("render") as meter:
        made = run.convert(settings, meter)
    if as_json:
        console.document(manifest.encode(made))
    elif settings.part:
        tell_part(settings, made)
    else:
        tell(settings.out, made, dry_run=settings.dry_run)
    if not settings.dry_run:
        said, command = ("when all parts are there", "merge") if settings.part else ("check it with", "verify")
        console.talk(f"{said}: instit-tools {command} {shlex.quote(settings.out)}")
    return REJECTED if made.totals.rejects else 0
