"""``instit-tools styles``."""

from typing import Annotated

import typer

from instit_tools import console
from instit_tools.cli.guard import guarded

__all__ = ["styles"]


@guarded
def styles(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Print this one, to start one's own from.")
    ] = None,
) -> None:
    """List the styles of marks, or print one.

    Example: instit-tools styles clear > mine.toml
    """
    from instit_tools.rendering.style import available, load, source

    if name is None:
        console.listing([(each, load(each).description) for each in available()])
    else:
        console.result(source(name).rstrip())
