"""``instit-tools synth``."""

from pathlib import Path
from typing import Annotated

import typer

from instit_tools import console
from instit_tools.cli.guard import guarded
from instit_tools.cli.options import AsJson

__all__ = ["synth"]


@guarded
def synth(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new folder to make.")],
    *,
    videos: Annotated[int, typer.Option(min=0, help="How many video records; the published file has 21,418.")] = 20,
    images: Annotated[int, typer.Option(min=0, help="How many image records; the published file has 51,101.")] = 20,
    masks: Annotated[bool, typer.Option("--masks", help="With exact masks, as the _w_mask files have.")] = False,
    media: Annotated[bool, typer.Option("--media", help="Draw the pictures, with marks and without.")] = False,
    defects: Annotated[
        float, typer.Option(metavar="RATE", min=0, max=1, help="Share of records with a planted, listed defect.")
    ] = 0.0,
    bench: Annotated[
        bool, typer.Option("--bench", help="A benchmark too, in bench/: questions, and a made-up model's predictions.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed, other data.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Make up a dataset in the true shapes and sizes: nothing to download, the same every time.

    Example: instit-tools synth made-up --videos 100 --images 100 --media
    """
    import msgspec

    from instit_tools.made_up import Options, write

    options = Options(videos=videos, images=images, masks=masks, media=media, defects=defects, bench=bench, seed=seed)
    with console.meter("make up data") as meter:
        seen = {"video": 0, "image": 0}
        meter.start(videos + images, unit="records")

        def progress(kind: str, done: int, total: int) -> None:  # noqa: ARG001  # the signature that synth calls
            meter.advance(0, done - seen[kind])
            seen[kind] = done

        written = write(folder, options, progress=progress)
    if as_json:
        console.document(msgspec.json.format(msgspec.json.encode(written), indent=2))
        return
    console.result(f"{folder} holds {', '.join(written.files)}")
    if written.bench_questions:
        console.talk(f"{folder / 'bench'} holds {console.counted(written.bench_questions, 'question')} in two forms")
    if written.planted:
        console.talk(f"planted {sum(written.planted.values()):,} defects, all listed in {folder / 'planted.jsonl'}")
