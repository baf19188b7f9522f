"""``instit-tools verify``."""

from typing import Annotated

import typer

from instit_tools import console
from instit_tools.cli.guard import FINDINGS, guarded
from instit_tools.cli.options import (
    MAX_PICTURE,
    AsJson,
    MaxPicture,
    MaxPixels,
    limits_of,
)
from instit_tools.media.limits import DEFAULT
from instit_tools.targets import RENDER
from instit_tools.verification import available

__all__ = ["verify"]

_SHOWN = 20


@guarded
def verify(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder that convert wrote; an address too.")],
    *,
    reader: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="READER",
            help=f"By whose rules: {', '.join(available())}.",
            autocompletion=available,
            show_default="the reader of the target",
        ),
    ] = None,
    media: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|ZIP|TAR|none",
            help="Where the pictures are; an address too.",
            show_default="where the manifest says",
        ),
    ] = None,
    edited: Annotated[
        bool, typer.Option("--edited", help="Rows were changed on purpose: check them, and not the hashes.")
    ] = False,
    max_pixels: MaxPixels = DEFAULT.max_pixels,
    max_picture: MaxPicture = MAX_PICTURE,
    as_json: AsJson = False,
) -> int:
    """Check a finished dataset: every byte against the manifest, every row as its reader reads it.

    Example: instit-tools verify llava --for llava-next
    """
    import msgspec

    from instit_tools.verification.run import verify_folder

    limits = limits_of(max_pixels, max_picture)
    report = verify_folder(folder, reader=reader, media=media, edited=edited, limits=limits)
    if as_json:
        console.document(msgspec.json.format(msgspec.json.encode(report), indent=2))
        return FINDINGS if report.count else 0
    for problem in report.problems[:_SHOWN]:
        console.problem(problem)
    if report.count > _SHOWN:
        console.result(f"... and {report.count - _SHOWN:,} more")
    verdict = console.counted(report.count, "problem") if report.count else "whole"
    noun = "picture" if report.reader == RENDER else "sample"
    rows, shards = console.counted(report.rows, noun), console.counted(report.shards, "shard")
    console.result(f"{report.folder}: {verdict}; {rows} in {shards}, read as {report.reader}")
    if not report.pictures:
        console.talk("pictures were not looked at: --media says where they are")
    if not report.clips:
        console.talk("video files were not opened: pip install 'instit-tools[video]'")
    return FINDINGS if report.count else 0
