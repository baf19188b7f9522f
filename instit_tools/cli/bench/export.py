"""``instit-tools bench export``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.addresses import is_address, local
from instit_tools.cli.bench.options import PromptFile
from instit_tools.cli.guard import guarded
from instit_tools.cli.options import MAX_PICTURE, AsJson, MaxPicture, MaxPixels, MaxUnpacked, limits_of, most_unpacked
from instit_tools.media.limits import DEFAULT

if TYPE_CHECKING:
    from instit_tools.bench.exporting import Exported

__all__ = ["export"]


def _harnesses() -> tuple[str, ...]:
    from instit_tools.bench.exporting import available

    return available()


@guarded
def export(
    questions: Annotated[
        list[str], typer.Argument(metavar="QUESTIONS...", help="Files of questions, such as video_multi_choices.json.")
    ],
    *,
    harness: Annotated[str, typer.Option(metavar="NAME", help="Who will ask them.", autocompletion=_harnesses)],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The new folder.")],
    media: Annotated[
        str | None,
        typer.Option(
            "--media",
            metavar="DIR|ZIP|TAR",
            help="Where the pictures are: a folder or address that holds videos_vpt/ or videos_vpt.zip, or an archive.",
            show_default="beside the questions, where they are there",
        ),
    ] = None,
    marks: Annotated[
        Literal["vpt", "raw", "keep"], typer.Option(help="Pictures with marks, without, or as the paths say.")
    ] = "vpt",
    copy: Annotated[bool, typer.Option("--copy", help="Copy pictures that could be named, too.")] = False,
    prompts: PromptFile = None,
    max_pixels: MaxPixels = DEFAULT.max_pixels,
    max_picture: MaxPicture = MAX_PICTURE,
    max_unpacked: MaxUnpacked = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier export.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write Inst-IT Bench as a folder that an evaluation harness loads: lmms-eval or VLMEvalKit.

    Example: instit-tools bench export video_multi_choices.json --harness lmms-eval --media . -o tasks
    """
    from instit_tools.bench import exporting
    from instit_tools.bench.frames import root_of
    from instit_tools.bench.items import read_items
    from instit_tools.bench.prompts import load
    from instit_tools.media.store import open_store
    from instit_tools.source.find import find
    from instit_tools.source.unpacking import Unpacking

    exporting.load(harness)
    media = local(media) if media else root_of(find(questions))
    limits = limits_of(max_pixels, max_picture)
    store = open_store(media, limits) if media else None
    root = None if media is None or copy or is_address(media) else media
    items = read_items(questions, unpacking=Unpacking(most_unpacked(max_unpacked)))
    words = load(prompts)
    made = exporting.export(
        items, store, out, harness=harness, root=root, marks=marks, limits=limits, prompts=words, overwrite=overwrite
    )
    _tell(made, as_json=as_json)


def _tell(made: "Exported", *, as_json: bool) -> None:
    import msgspec

    if as_json:
        console.document(msgspec.json.format(msgspec.json.encode(made), indent=2))
        return
    console.result(f"{made.folder} holds {', '.join(f'{name} ({count:,})' for name, count in made.tasks.items())}")
    if made.copied:
        console.talk(f"{console.counted(made.copied, 'picture')} copied")
    if made.media:
        console.talk(f"pictures are read from {made.media}")
    console.talk(f"to run it: {made.runs}")
