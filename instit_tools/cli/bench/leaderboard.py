"""``instit-tools bench leaderboard``."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from instit_tools import console
from instit_tools.cli.guard import guarded
from instit_tools.commit import whole
from instit_tools.errors import UsageError

if TYPE_CHECKING:
    from instit_tools.bench.standings import Leaderboard
    from instit_tools.plots import Format as Picture

__all__ = ["leaderboard"]

Format = Literal["text", "csv", "markdown", "json"]
_SUFFIXES: dict[str, Format] = {".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".json": "json"}
_PICTURES = (".svg", ".png", ".pdf")


@guarded
def leaderboard(
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RESULT]...",
            help="Your own results: folders that bench score or bench judge wrote. None: the published table alone.",
            show_default=False,
        ),
    ] = None,
    *,
    sort: Annotated[
        Literal["image-oe", "image-mc", "video-oe", "video-mc"] | None,
        typer.Option(help="Best first by this column.", show_default="the first with a result of yours, or video-mc"),
    ] = None,
    format: Annotated[  # noqa: A002  # the word of the command line
        Format | None, typer.Option(help="How it is written.", show_default="as FILE's name says, or text")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write it to this file instead of the screen.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it too: a name that ends in .svg, .png or .pdf.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Set results on Inst-IT Bench beside the published ones, with intervals and sources.

    Example: instit-tools bench leaderboard my-model-score --plot leaderboard.svg
    """
    from instit_tools.bench.standings import table

    form = _format(format, out, as_json=as_json)
    files = _files(out, plot)
    board = table(results or (), sort=sort)
    with whole(*files, overwrite=overwrite) if files else nullcontext(()) as parts:
        for file, part in zip(files, parts, strict=True):
            _draw(board, part, file.suffix.lower()) if file is plot else part.write_bytes(_written(board, form))
    if out is None:
        _print(board, form)
    _say(board, out, plot)


def _format(given: Format | None, out: Path | None, *, as_json: bool) -> Format:
    if as_json and given not in {None, "json"}:
        message = f"--json and --format {given} contradict each other"
        raise UsageError(message, hint="leave one out")
    if as_json or given:
        return given or "json"
    return _SUFFIXES.get(out.suffix.lower(), "text") if out else "text"


def _files(out: Path | None, plot: Path | None) -> list[Path]:
    if plot is not None and plot.suffix.lower() not in _PICTURES:
        message = f"--plot {plot}: its name ends in none of {', '.join(_PICTURES)}"
        raise UsageError(message, hint="--plot leaderboard.svg")
    if out is not None and plot is not None and out.absolute() == plot.absolute():
        message = f"--out and --plot are both {out}"
        raise UsageError(message, hint="give each a name of its own")
    return [file for file in (out, plot) if file is not None]


def _written(board: "Leaderboard", form: Format) -> bytes:
    from instit_tools.bench import leaderboard_formats, leaderboard_text

    if form == "text":
        return leaderboard_text.text(board).encode()
    writers = {
        "csv": leaderboard_formats.comma_separated,
        "markdown": leaderboard_formats.markdown,
        "json": leaderboard_formats.json,
    }
    return writers[form](board)


def _print(board: "Leaderboard", form: Format) -> None:
    from rich.text import Text

    from instit_tools.bench.leaderboard_text import lines, notes

    if form != "text":
        console.pieces([_written(board, form)])
        return
    for each in lines(board, console.room()):
        console.line(console.plain(each.text, "bold" if each.strong else ""))
    console.result("")
    for head, body in notes(board):
        console.line(console.plain(body), head=Text(f"{head} " if head else ""))


def _draw(board: "Leaderboard", file: Path, suffix: str) -> None:
    from instit_tools import plots
    from instit_tools.bench.drawing import boxed, draw

    plots.save(draw(board), file, cast("Picture", suffix[1:]))
    for name in boxed(board) if suffix != ".svg" else ():
        console.warn(
            f"the font of plots lacks characters of {name}, which are boxes; an .svg shows them in the reader's"
        )


def _say(board: "Leaderboard", out: Path | None, plot: Path | None) -> None:
    from instit_tools.bench.drawing import CAPTION

    if out is not None:
        console.talk(f"{out} holds {console.counted(len(board.rows), 'row')}")
    if plot is not None:
        console.talk(f"{plot} shows: {CAPTION}")
