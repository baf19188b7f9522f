"""Measures of a dataset: tidy tables on disk or in memory, read lazily, so that no table need fit into memory."""

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from instit_tools.errors import SourceError
from instit_tools.statistics.columns import TABLES, polars_schema

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Measures", "file_of", "opened"]


class Measures(Struct, frozen=True, kw_only=True):
    """One table each of texts, frames, instances, masks, overlaps of masks, videos, images and training samples.

    The columns are those of `instit_tools.statistics.columns.TABLES`. A table of which nothing is in the data is empty.
    """

    texts: "pl.LazyFrame"
    frames: "pl.LazyFrame"
    instances: "pl.LazyFrame"
    masks: "pl.LazyFrame"
    overlaps: "pl.LazyFrame"
    videos: "pl.LazyFrame"
    images: "pl.LazyFrame"
    samples: "pl.LazyFrame"


def opened(folder: Path) -> Measures:
    """Open the tables in *folder*, where ``instit-tools stats`` wrote them.

    Raises `SourceError` where one is missing.
    """
    import polars as pl

    tables = {}
    for name in TABLES:
        path = folder / file_of(name)
        if not path.is_file():
            message = f"{folder} holds no {path.name}"
            raise SourceError(message, hint="make it with: instit-tools stats INPUT -o DIR")
        tables[name] = pl.scan_parquet(path, glob=False).match_to_schema(polars_schema(name))
    return Measures(**tables)


def file_of(table: str) -> str:
    """Name the file of a table."""
    return f"{table}.parquet"
