"""``instit-tools merge``."""

import shlex
from typing import Annotated

import typer

from instit_tools import console
from instit_tools.cli.converted import tell
from instit_tools.cli.guard import REJECTED, guarded
from instit_tools.cli.options import AsJson

__all__ = ["merge"]


@guarded
def merge(
    out: Annotated[str, typer.Argument(metavar="DIR", help="What convert --part was given as -o.")],
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a finished dataset.")] = False,
    as_json: AsJson = False,
) -> int:
    """Join the parts that convert --part I/N wrote to the dataset that one run would have written.

    Example: instit-tools merge llava
    """
    from instit_tools import manifest
    from instit_tools.conversion import slices

    made = slices.merge(out, overwrite=overwrite)
    if as_json:
        console.document(manifest.encode(made))
    else:
        tell(out, made)
    console.talk(f"the parts are no longer needed: rm -r {shlex.quote(out)}.part-*")
    console.talk(f"check it with: instit-tools verify {shlex.quote(out)}")
    return REJECTED if made.totals.rejects else 0
