"""``instit-tools view``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.cli.guard import REJECTED, guarded
from instit_tools.cli.made_up_data import OUTPUT, made_up_data
from instit_tools.cli.options import (
    MAX_PICTURE,
    AsJson,
    Inputs,
    MaxPicture,
    MaxPixels,
    MaxUnpacked,
    Media,
    Workers,
    limits_of,
    most_unpacked,
)
from instit_tools.errors import Interrupted, UsageError
from instit_tools.media.limits import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from instit_tools.viewing.settings import Settings
    from instit_tools.viewing.site import Site

__all__ = ["view"]

_PORT = 8642


@guarded
def view(
    context: typer.Context,
    inputs: Inputs = None,
    *,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The new folder to write.", show_default="instit-output/view")
    ] = None,
    media: Media = None,
    pictures: Annotated[
        Literal["link", "copy", "thumbs", "none"] | None,
        typer.Option(
            help="Large pictures: link to them where they are, copy them into the site, to send it; only small ones;"
            " none.",
            show_default="link; copy where they are packed or elsewhere",
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(metavar="PIXELS", help="The longer side of a copied picture, at most.", show_default="960"),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="IDS",
            help="Only records of these ids: globs, commas, or once more.",
            show_default="all",
        ),
    ] = None,
    problems_only: Annotated[
        bool, typer.Option("--problems-only", help="Only records with errors or warnings, as validate finds them.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many records.", show_default="all")] = None,
    on_error: Annotated[
        Literal["stop", "reject"],
        typer.Option(help="At a record of no published shape: stop, or leave it out and list it."),
    ] = "stop",
    serve: Annotated[
        bool, typer.Option("--serve", help="Then show it to browsers of this machine, until Ctrl-C.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Where --serve listens; 0: any port that is free.", show_default=f"{_PORT}"
        ),
    ] = None,
    max_pixels: MaxPixels = DEFAULT.max_pixels,
    max_picture: MaxPicture = MAX_PICTURE,
    max_unpacked: MaxUnpacked = None,
    workers: Workers = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older site.")] = False,
    as_json: AsJson = False,
) -> int:
    """Make a site to look at the data: a gallery to search and filter, a page a record. It needs no network, no server.

    Example: instit-tools view inst_it_dataset_video_21k_w_mask.json --limit 1000 -o site
    """
    from instit_tools.viewing.settings import Settings

    if port is not None and not serve:
        message = f"--port {port} means nothing without --serve"
        raise UsageError(message, hint="add --serve, or open index.html")
    if serve and (finished := _finished(inputs or ())):
        _refuse_options(context, finished)
    settings = Settings(
        inputs=tuple(inputs or ()),
        media=media,
        pictures=pictures,
        size=size,
        select=tuple(each.strip() for given in select or () for each in given.split(",") if each.strip()),
        problems_only=problems_only,
        limit=limit,
        on_error=on_error,
        overwrite=overwrite,
        limits=limits_of(max_pixels, max_picture),
        max_unpacked=most_unpacked(max_unpacked),
        workers=workers,
    )
    site, folder = _built(settings, out, serve=serve)
    _say(site, folder, as_json=as_json)
    if serve:
        _serve(site, folder, _PORT if port is None else port)
    return REJECTED if site.rejected else 0


def _finished(inputs: "Sequence[str]") -> str | None:
    """Give the input that is a finished site, where it is the only one."""
    from instit_tools.viewing.site import read

    return inputs[0] if len(inputs) == 1 and read(Path(inputs[0])) else None


def _refuse_options(context: typer.Context, site: str) -> None:
    """Refuse what is for making a site where one is served that is made."""
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if option.name not in _FOR_SERVING and source is not None and source.name == "COMMANDLINE":
            flag = max(option.opts, key=len)
            message = f"{site} is a finished site, and {flag} is for making one"
            raise UsageError(message, hint=f"leave {flag} out, or name the annotations")


_FOR_SERVING = frozenset({"inputs", "serve", "port", "as_json"})


def _built(settings: "Settings", out: Path | None, *, serve: bool) -> "tuple[Site, Path]":
    """Build the site, or take the one that is named as the only input, to be served."""
    from msgspec.structs import replace

    from instit_tools.viewing.site import build, read

    if serve and len(settings.inputs) == 1 and (site := read(Path(settings.inputs[0]))):
        return site, Path(settings.inputs[0])
    folder = out or OUTPUT / "view"
    if not settings.inputs:
        settings = replace(settings, inputs=(made_up_data(settings.media, masks=True),))
    with console.meter("view") as meter:
        return build(settings, folder, meter), folder


def _say(site: "Site", folder: Path, *, as_json: bool) -> None:
    import msgspec

    from instit_tools.viewing.site import INDEX, REJECTS

    if as_json:
        told = msgspec.to_builtins(msgspec.structs.replace(site, files=()))
        del told["files"]
        console.document(msgspec.json.format(msgspec.json.encode(told | {"index": str(folder / INDEX)}), indent=1))
    else:
        of_each = [console.counted(count, _NOUNS[kind]) for kind, count in site.records.items()]
        console.result(f"{folder} holds {', '.join(of_each)} in {console.size(site.bytes)}")
    if site.rejected:
        left = console.counted(site.rejected, "record")
        console.talk(f"{left} left out, each with its reason in {shlex.quote(str(folder / REJECTS))}")
    if site.pictures == "link":
        console.talk("large pictures are linked to where they are; --pictures copy makes a site to send")
    console.talk(f"to look at: {folder / INDEX}")


_NOUNS = {"video": "video", "image": "image", "bench": "question"}


def _serve(site: "Site", folder: Path, port: int) -> None:
    """Serve until interrupted, which is how serving ends."""
    from instit_tools.viewing.serving import serving

    with serving(folder, site, port) as (address, server):
        console.talk(f"serving {address} to this machine; Ctrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt as error:
            message = f"{folder} is not served any more"
            raise Interrupted(message) from error
