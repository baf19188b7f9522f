"""Options that several commands of ``bench`` share."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Items", "JsonFile", "Name", "Out", "Overwrite", "OverwriteFile", "Predictions", "Seed"]

Predictions = Annotated[
    list[str],
    typer.Argument(
        metavar="PREDICTIONS...",
        help="Files of predictions in the published shape: JSON, JSON lines or Parquet; - for standard input.",
    ),
]
Items = Annotated[
    list[str] | None,
    typer.Option(
        "--items",
        metavar="QUESTIONS",
        help="The benchmark's own file of questions, with which predictions are joined; may be repeated.",
        show_default="what each prediction says of its question",
    ),
]
Name = Annotated[
    str | None, typer.Option(help="What the model is called in results.", show_default="the first file's name")
]
Seed = Annotated[int, typer.Option(min=0, help="Of the bootstrap.")]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="DIR", help="The new folder to write.", show_default="none")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an older result.")]
JsonFile = Annotated[
    Path | None,
    typer.Option("-o", "--out", metavar="FILE", help="Write all of it as JSON to this file, too.", show_default="none"),
]
OverwriteFile = Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")]
