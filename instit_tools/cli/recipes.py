"""``instit-tools recipes``."""

from typing import Annotated

import typer

from instit_tools import console
from instit_tools.cli.guard import guarded

__all__ = ["recipes"]


@guarded
def recipes(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Print this one, to start one's own from.")
    ] = None,
) -> None:
    """List the recipes, or print one.

    Example: instit-tools recipes paper > mine.toml
    """
    from instit_tools.recipes.load import available, load, source

    if name is None:
        console.listing([(each, load(each).description) for each in available()])
    else:
        console.result(source(name).rstrip())
