"""``instit-tools validate``."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from instit_tools import console
from instit_tools.cli.guard import FINDINGS, guarded
from instit_tools.cli.made_up_data import made_up_data
from instit_tools.cli.options import (
    MAX_PICTURE,
    Config,
    Ignore,
    Inputs,
    MaxPicture,
    MaxPixels,
    MaxUnpacked,
    Media,
    Select,
    Workers,
    again,
    limits_of,
    project_settings,
)
from instit_tools.cli.report import ending, problems, verdict
from instit_tools.errors import UsageError
from instit_tools.linting import formats
from instit_tools.media.limits import DEFAULT

if TYPE_CHECKING:
    from instit_tools.linting.base import Severity, Summary
    from instit_tools.linting.settings import Settings

__all__ = ["validate"]

_FORMATS = ("text", *formats.available())
_Found = TypeVar("_Found")


@guarded
def validate(
    inputs: Inputs = None,
    *,
    media: Media = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Decode every picture, and compare the benchmark's with the training data's.")
    ] = False,
    select: Select = None,
    ignore: Ignore = None,
    strict: Annotated[
        bool | None,
        typer.Option("--strict/--no-strict", help="Warnings fail as errors do; notes never do.", show_default=False),
    ] = None,
    report: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help=f"One of {', '.join(_FORMATS)}.", autocompletion=lambda: list(_FORMATS)
        ),
    ] = "text",
    as_json: Annotated[bool, typer.Option("--json", help="As --format json.")] = False,
    max_problems: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Show so many problems at most; 0: only the table. All are counted.",
            show_default="as text, 10 of each rule",
        ),
    ] = None,
    max_pixels: MaxPixels = DEFAULT.max_pixels,
    max_picture: MaxPicture = MAX_PICTURE,
    max_unpacked: MaxUnpacked = None,
    workers: Workers = None,
    config: Config = None,
) -> int:
    """Check annotations: shape, references, frames, texts, masks, pictures. Says what is wrong, where, and what to do.

    Exits with 0 where no error was found, 1 where one was, 2 where something could not be read.

    Example: instit-tools validate inst_it_dataset_video_21k.json --strict
    """
    import msgspec

    report = _format(report, as_json=as_json)
    folder = None if inputs else _made_up(media)
    settings, project = project_settings(
        [folder] if folder else list(inputs or ()),
        media=folder or media,
        select=select,
        ignore=ignore,
        config=config,
        max_unpacked=max_unpacked,
    )
    settings = msgspec.structs.replace(settings, deep=deep, workers=workers, limits=limits_of(max_pixels, max_picture))
    most = project.max_problems if max_problems is None else max_problems
    _say_engine()
    counts = _run(settings, report, most)
    return _code(counts, strict=project.strict if strict is None else strict)


def _format(name: str, *, as_json: bool) -> str:
    """Settle on a format before anything is read."""
    if as_json and name not in {"text", "json"}:
        message = f"--json means --format json, and contradicts --format {name}"
        raise UsageError(message, hint="leave one of them out")
    if name != "text":
        formats.load(name)
    return "json" if as_json else name


def _made_up(media: str | None) -> str:
    folder = made_up_data(media)
    console.talk("these data are sound; for some that are not: instit-tools synth unsound --defects 0.5")
    return folder


def _say_engine() -> None:
    from instit_tools.linting.engines import engine

    console.detail(f"schemas are checked by {engine()}")


def _run(settings: "Settings", report: str, most: int | None) -> "Mapping[Severity, int]":
    from instit_tools.linting.rules import severities
    from instit_tools.linting.run import Lint

    with console.meter("validate", document=report != "text") as meter:
        lint = Lint(settings, meter)
        found = _first(_begun(lint), most)
        if report == "text":
            shown = problems(found, meter.aside, each=most is None)
        else:
            console.pieces(formats.load(report).lines(found, lambda: lint.summary))
            shown = None
    counts = severities(lint.summary.counts)
    _end(lint.summary, verdict(lint.summary, counts), settings, shown)
    return counts


def _end(summary: "Summary", said: str, settings: "Settings", shown: int | None) -> None:
    if shown is None:
        console.talk(said)
    else:
        ending(summary, said, shown=shown, inputs=settings.inputs, options=again(settings))
    if summary.unseen and settings.media is None:
        console.talk("pictures were not looked at: --media says where they are")


def _begun(found: Iterable[_Found]) -> Iterator[_Found]:
    """Look for the first already now: what cannot be read at all leaves no half document."""
    rest = iter(found)
    first = list(islice(rest, 1))
    return chain(first, rest)


def _first(found: Iterable[_Found], most: int | None) -> Iterator[_Found]:
    """Give the first so many, and let the others be found and counted."""
    for number, each in enumerate(found):
        if most is None or number < most:
            yield each


def _code(counts: "Mapping[Severity, int]", *, strict: bool) -> int:
    if strict and counts["warning"] and not counts["error"]:
        console.talk("strict: warnings fail as errors do")
    return FINDINGS if counts["error"] or (strict and counts["warning"]) else 0
