"""``instit-tools stats``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.addresses import shown
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
    Workers,
    limits_of,
    most_unpacked,
)
from instit_tools.errors import UsageError
from instit_tools.media.limits import DEFAULT
from instit_tools.statistics.visual import VISION, Vision

if TYPE_CHECKING:
    from instit_tools.reporting.folder import Outputs
    from instit_tools.statistics.settings import Settings
    from instit_tools.statistics.summary import Summary

__all__ = ["stats"]


@guarded
def stats(
    inputs: Inputs = None,
    *,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The new folder to write.", show_default="instit-output/stats")
    ] = None,
    tokenizer: Annotated[
        str,
        typer.Option(
            metavar="nltk|nltk-unsplit|whitespace|FILE",
            help="What counts words: NLTK's word_tokenize, its tokenizer on whole texts, white space; or a model's"
            " tokenizer.json, which counts tokens beside NLTK's words.",
        ),
    ] = "nltk",
    pos: Annotated[
        bool, typer.Option("--pos", help="Tag parts of speech too, with NLTK's tagger; that takes much longer.")
    ] = False,
    by: Annotated[
        Literal["level", "source", "kind"], typer.Option(help="Group everything by this, beside the level.")
    ] = "level",
    recipe: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE|none",
            help="The recipe whose samples are counted in tokens; may be repeated.",
            show_default="paper",
        ),
    ] = None,
    max_frames: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Count also samples of this many frames at most; may be repeated."),
    ] = None,
    vision: Annotated[
        Vision,
        typer.Option(help="LLaVA-NeXT's vision encoder: the one beside Vicuna, or the one beside Qwen2."),
    ] = VISION,
    media: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|ZIP|TAR|none",
            help="Where the pictures are, whose sizes count in visual tokens; none: from masks, or assumed.",
            show_default="beside the first input, where they are there",
        ),
    ] = None,
    plots: Annotated[
        Literal["svg", "png", "pdf"] | None, typer.Option(help="Write each plot as a file too.", show_default="none")
    ] = None,
    video: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The video in the plot of presence.", show_default="one with much to see"),
    ] = None,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
    reference: Annotated[
        Literal["paper"] | None, typer.Option(help="Set the paper's published figures beside those measured.")
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Set two datasets side by side: annotations, or folders that stats wrote."),
    ] = None,
    on_error: Annotated[
        Literal["stop", "reject"],
        typer.Option(help="At the first fault in the data: stop, or leave the record out and list it."),
    ] = "stop",
    max_pixels: MaxPixels = DEFAULT.max_pixels,
    max_picture: MaxPicture = MAX_PICTURE,
    max_unpacked: MaxUnpacked = None,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older run.")] = False,
    as_json: AsJson = False,
) -> int:
    """Measure captions, instances and time; write tables, a summary, plots and a report to look at.

    Example: instit-tools stats inst_it_dataset_video_21k.json -o stats --reference paper
    """  # fmt: skip
    from instit_tools.reporting.folder import Outputs
    from instit_tools.statistics.settings import Settings

    if video is not None and not report and plots is None:
        message = f"--video {video} is about a plot, and none is made"
        raise UsageError(message, hint="leave --no-report out, or add --plots svg")
    recipes = _recipes(recipe)
    if not recipes and (media not in {None, "none"} or vision != VISION):
        message = f"{'--media' if media else '--vision'} is about the token budget, and --recipe none makes none"
        raise UsageError(message, hint="name a recipe")
    settings = Settings(
        inputs=tuple(inputs or ()),
        tokenizer=tokenizer,
        pos=pos,
        by=by,
        recipes=recipes,
        max_frames=tuple(max_frames or ()),
        vision=vision,
        media=media,
        on_error=on_error,
        limits=limits_of(max_pixels, max_picture),
        max_unpacked=most_unpacked(max_unpacked),
        workers=workers,
        engine=engine,
        address=address,
    )
    outputs = Outputs(plots=plots, report=report, video=video, reference=reference is not None, overwrite=overwrite)
    if compare is not None:
        _refuse_beside_compare(settings, out, outputs)
        _refuse_beside_finished(settings, compare)
        return _compared(settings, compare, as_json=as_json)
    return _run(settings, out or OUTPUT / "stats", outputs, as_json=as_json)


def _recipes(given: list[str] | None) -> tuple[str, ...]:
    if given is None:
        return ("paper",)
    if "none" in given and len(given) > 1:
        message = "--recipe none stands beside another recipe"
        raise UsageError(message, hint="name recipes, or none")
    return () if given == ["none"] else tuple(given)


def _run(settings: "Settings", out: Path, outputs: "Outputs", *, as_json: bool) -> int:
    import msgspec

    from instit_tools.cli import stats_tables
    from instit_tools.reporting import folder
    from instit_tools.statistics.summary import encode

    if not settings.inputs:
        settings = msgspec.structs.replace(settings, inputs=(made_up_data(settings.media),))
    with console.meter("measure") as meter:
        summary = folder.write(settings, out, outputs, meter)
    if as_json:
        console.document(encode(summary))
    else:
        stats_tables.tell(summary)
    _say_files(summary, out)
    return REJECTED if summary.totals.rejected else 0


def _say_files(summary: "Summary", out: Path) -> None:
    from instit_tools.reporting.folder import PAGE, PLOTS
    from instit_tools.statistics.run import REJECTS
    from instit_tools.statistics.summary import NAME

    rejected = sum(summary.totals.rejected.values())
    if rejected:
        left = console.counted(rejected, "record")
        console.talk(f"{left} left out, each with its reason in {shlex.quote(str(out / REJECTS))}")
    tables = sum(name.endswith(".parquet") for name in summary.files)
    drawn = sum(name.startswith(f"{PLOTS}/") for name in summary.files)
    kinds = [NAME, console.counted(tables, "table"), *([console.counted(drawn, "plot")] if drawn else [])]
    console.talk(f"{out} holds {', '.join(kinds)}")
    if PAGE in summary.files:
        console.talk(f"to look at: {out / PAGE}")


def _refuse_beside_compare(settings: "Settings", out: Path | None, outputs: "Outputs") -> None:
    """Stop where something is asked for that a comparison, which only prints, would not do."""
    named = {
        shown(settings.inputs[0]) if settings.inputs else "an input": bool(settings.inputs),
        "--out": out is not None,
        "--plots": outputs.plots is not None,
        "--video": outputs.video is not None,
        "--no-report": not outputs.report,
        "--reference": outputs.reference,
        "--overwrite": outputs.overwrite,
        "--on-error reject": settings.on_error == "reject",
    }
    for option, given in named.items():
        if given:
            message = f"--compare prints two datasets side by side, and {option} means nothing to it"
            raise UsageError(message, hint="instit-tools stats --compare A B")


def _refuse_beside_finished(settings: "Settings", compare: tuple[str, str]) -> None:
    """Stop where it is said how to measure, and there is nothing to measure."""
    from instit_tools.statistics.summary import NAME

    if not all((Path(name) / NAME).is_file() for name in compare):
        return
    named = {
        f"--tokenizer {settings.tokenizer}": settings.tokenizer != "nltk",
        "--pos": settings.pos,
        f"--by {settings.by}": settings.by != "level",
        "--recipe": settings.recipes != ("paper",),
        "--max-frames": bool(settings.max_frames),
        f"--vision {settings.vision}": settings.vision != VISION,
        "--media": settings.media is not None,
        "--max-unpacked": settings.max_unpacked is not None,
        "--workers": settings.workers is not None,
        f"--engine {settings.engine}": settings.engine != "local",
        "--address": settings.address is not None,
    }
    for option, given in named.items():
        if given:
            message = f"both folders hold what stats measured, and {option} means nothing to that"
            raise UsageError(message, hint="name the annotations instead, to measure them again")


def _compared(settings: "Settings", compare: tuple[str, str], *, as_json: bool) -> int:
    import msgspec

    from instit_tools.cli import stats_tables
    from instit_tools.reporting.comparing import compared

    with console.meter("measure") as meter:
        comparison = compared(settings, compare, meter)
    if as_json:
        console.document(msgspec.json.format(msgspec.json.encode(comparison), indent=1))
    else:
        stats_tables.side_by_side(comparison)
    return 0
