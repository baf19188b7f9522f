"""The command line: parse, one call, print."""

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from instit_tools import console
from instit_tools.cli import (
    bench,
    convert,
    merge,
    recipes,
    render,
    repair,
    rules,
    show,
    stats,
    styles,
    synth,
    validate,
    verify,
    view,
)
from instit_tools.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    name="instit-tools",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001  # the signature of an option callback
    if value:
        console.result(f"instit-tools {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print only the result.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Tell more.")] = False,
    version: Annotated[  # noqa: ARG001  # its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Convert and check Inst-IT annotations for training multimodal models.

    Without data at hand, try: instit-tools convert --to llava
    """
    if quiet and verbose:
        message = "-q and -v contradict each other"
        raise typer.BadParameter(message)
    console.level(verbose - quiet)


app.command("convert")(convert.convert)
app.command("render")(render.render)
app.command("merge")(merge.merge)
app.command("validate")(validate.validate)
app.command("rules")(rules.rules)
app.command("repair")(repair.repair)
app.command("stats")(stats.stats)
app.command("show")(show.show)
app.command("verify")(verify.verify)
app.command("view")(view.view)
app.command("synth")(synth.synth)
app.command("recipes")(recipes.recipes)
app.command("styles")(styles.styles)
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run the command line."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # for as long as we run
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a character is no reason to stop
    app()
