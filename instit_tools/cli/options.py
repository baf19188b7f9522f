"""Options that several commands share, declared once, and how their values are read."""

import re
import shlex
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import executors
from instit_tools.addresses import shown
from instit_tools.errors import UsageError
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.rendering.style import available as styles

if TYPE_CHECKING:
    from instit_tools.linting.config import Config as Project
    from instit_tools.linting.settings import Settings

__all__ = [
    "MAX_PICTURE",
    "Address",
    "AsJson",
    "Config",
    "Engine",
    "Ignore",
    "Inputs",
    "MaxPicture",
    "MaxPixels",
    "MaxUnpacked",
    "Media",
    "OnError",
    "Overwrite",
    "Quality",
    "Resume",
    "Select",
    "ShardSize",
    "SomePart",
    "Style",
    "Workers",
    "again",
    "byte_count",
    "limits_of",
    "most_unpacked",
    "part_of",
    "project_settings",
]

_SIZE = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,3})?)\s*(?P<unit>[KMGT]?)(?P<binary>i?)B?", re.IGNORECASE)
_PART = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def limits_of(max_pixels: int, max_picture: str) -> Limits:
    """Put the limits of a picture together."""
    return Limits(max_pixels=max_pixels, max_picture=byte_count(max_picture, "--max-picture"))


def most_unpacked(text: str | None) -> int | None:
    """Read the value of ``--max-unpacked`` in bytes; ``None`` stays, and means what `Unpacking` says."""
    return None if text is None else byte_count(text, "--max-unpacked")


def byte_count(text: str, option: str = "--shard-size") -> int:
    """Read ``256MB``, ``1GiB``, ``64M`` or a plain number of bytes, given for *option*.

    >>> byte_count("256MB"), byte_count("1GiB")
    (256000000, 1073741824)
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        message = f"{text!r} is no size such as 256MB or 1GiB"
        raise UsageError(message, hint=f"{option} 256MB")
    base = 1024 if match["binary"] else 1000
    return int(Decimal(match["number"]) * base ** _POWERS[match["unit"].upper()])


def part_of(text: str) -> tuple[int, int]:
    """Read ``3/8``, the third of eight parts.

    >>> part_of("3/8")
    (3, 8)
    """
    match = _PART.fullmatch(text.strip())
    if match is None:
        message = f"--part {text} is no part such as 3/8, the third of eight"
        raise UsageError(message)
    return int(match[1]), int(match[2])


def project_settings(  # the options themselves, as they were given
    inputs: list[str],
    *,
    media: str | None,
    select: list[str] | None,
    ignore: list[str] | None,
    config: Path | None,
    max_unpacked: str | None,
) -> "tuple[Settings, Project]":
    """Put the options about rules and files together with the project's file, over which they win."""
    from instit_tools.linting.config import load, nearest
    from instit_tools.linting.settings import Settings

    project = load(config) if config else nearest(Path.cwd())
    settings = Settings(
        inputs=tuple(inputs),
        media=media,
        select=_names(select, project.select),
        ignore=_names(ignore, project.ignore),
        per_file_ignores=project.per_file_ignores,
        max_unpacked=most_unpacked(max_unpacked),
    )
    return settings, project


def again(settings: "Settings") -> str:
    """Write the options about rules, media and files as the next command needs them."""
    named = {
        "--media": settings.media and shown(settings.media),
        "--select": ",".join(settings.select),
        "--ignore": ",".join(settings.ignore),
        "--max-unpacked": "" if settings.max_unpacked is None else str(settings.max_unpacked),
    }
    return " ".join(f"{option} {shlex.quote(value)}" for option, value in named.items() if value)


def _names(given: list[str] | None, otherwise: tuple[str, ...] | None) -> tuple[str, ...]:
    """Take rules apart at commas; what the command line names takes the place of what the project's file does."""
    if given is None:
        return otherwise or ()
    return tuple(name.strip() for each in given for name in each.split(",") if name.strip())


Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INPUT]...",
        help="Annotation files, folders, quoted globs, addresses (s3://, hf://, https://), or - for standard input."
        " None: a small made-up dataset.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
ShardSize = Annotated[
    str | None,
    typer.Option(
        "--shard-size",
        metavar="SIZE",
        help="No shard grows beyond this, unless one sample does.",
        show_default="256MB; none for --dialect 1.5",
    ),
]
Media = Annotated[
    str | None,
    typer.Option(
        "--media",
        metavar="DIR|ZIP|TAR|none",
        help="Where the pictures are: a folder or address that holds videos_vpt/ or videos_vpt.zip, or an archive.",
        show_default="beside each input, where they are there",
    ),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one a core")]
Engine = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Who does the work: local processes, ray (a cluster), or serial (this process alone, for debugging).",
        autocompletion=executors.available,
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="ray: where the cluster is; --workers is how many of its cores are used at most.",
        show_default="RAY_ADDRESS, or one started for this run",
    ),
]
MaxPixels = Annotated[
    int,
    typer.Option("--max-pixels", min=1, help="A picture that claims more is refused.", show_default=True),
]
MaxPicture = Annotated[
    str, typer.Option("--max-picture", metavar="SIZE", help="A picture's file that is larger is refused.")
]
MaxUnpacked = Annotated[
    str | None,
    typer.Option(
        "--max-unpacked",
        metavar="SIZE",
        help="A compressed or Parquet file of annotations that unpacks to more is refused.",
        show_default="100 times its own size, 64MiB at least",
    ),
]
OnError = Annotated[
    Literal["stop", "reject"],
    typer.Option(help="At the first fault in the data: stop, or leave it out and list it in rejects.jsonl."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a finished dataset.")]
SomePart = Annotated[
    str | None,
    typer.Option("--part", metavar="I/N", help="Do only every N-th part of the work, from the I-th on; then: merge."),
]
Resume = Annotated[
    bool,
    typer.Option("--resume/--fresh", help="Go on with what a stopped run kept, or drop that and begin again."),
]
Style = Annotated[
    str | None,
    typer.Option(
        "--style",
        metavar="NAME|FILE",
        help=f"How marks are drawn: {', '.join(styles())}, or a TOML file.",
        show_default="as the authors do: video for videos, image for images",
    ),
]
Quality = Annotated[
    int | None,
    typer.Option(min=1, max=100, help="That of marked JPEG files; what was PNG stays PNG.", show_default="95"),
]
MAX_PICTURE = f"{DEFAULT.max_picture >> 20}MiB"
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select", metavar="RULES", help="Only these rules or families: commas, or once more.", show_default="all"
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="RULES", help="Not these rules or families: commas, or once more.", show_default="none"
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings of the project.",
        show_default="the nearest instit.toml, or pyproject.toml with [tool.instit-tools]",
    ),
]
