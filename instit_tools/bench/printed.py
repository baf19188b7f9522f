"""The table of results that the authors printed, as data: every row, every cell, and where each row stands.

The figures are in ``leaderboard.toml`` beside this module, as they were printed.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

from instit_tools.bench.forms import JUDGE, Form, Split

__all__ = ["CHANCE", "COLUMNS", "JUDGE", "SCRIPT", "STRICT", "Column", "Printed", "Source", "Table", "printed"]

Column = Literal["image-oe", "image-mc", "video-oe", "video-mc"]
COLUMNS: Mapping[Column, tuple[Split, Form]] = {
    "image-oe": ("image", "open-ended"),
    "image-mc": ("image", "multiple-choice"),
    "video-oe": ("video", "open-ended"),
    "video-mc": ("video", "multiple-choice"),
}
"""The columns of the table, in order, and what each is about."""
SCRIPT, STRICT = "upstream", "strict"
"""Who reads answers to multiple-choice questions: the authors' script, as for the printed scores, or the strict one."""
CHANCE = "chance"


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place where results are printed; *short* names it in a table."""

    short: str
    title: str
    version: str
    date: str
    where: str


class Printed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A printed row: scores of 100, the size of the instruction-tuning data as printed, keys of sources.

    *by* is there where nobody read answers: ``chance``.
    """

    model: str
    llm: str | None = None
    tuning: str
    scores: dict[Column, float]
    sources: tuple[str, ...]
    by: Literal["chance"] | None = None
    note: str | None = None


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows in the order of print, and their sources by key."""

    sources: dict[str, Source]
    rows: tuple[Printed, ...]


@cache
def printed() -> Table:
    """Read the printed table."""
    text = files("instit_tools.bench").joinpath("leaderboard.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=Table)
