"""The manifest: what a finished dataset consists of. It is written last, so a folder without one is not finished.

It holds no time and no absolute path of the output: the same input and settings give the same bytes.
``schemas/manifest.schema.json`` describes it.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from instit_tools.errors import OutputError

__all__ = [
    "NAME",
    "REJECTS",
    "File",
    "InputFile",
    "Manifest",
    "Shard",
    "Totals",
    "decoded",
    "encode",
    "files_of",
    "is_name",
    "read",
]

NAME = "manifest.json"
REJECTS = "rejects.jsonl"
_NAME = (
    r"^((annotations|clips)/|\.nv-meta/\.?)?[A-Za-z0-9_][A-Za-z0-9_.-]*$"
    r"|^(images|videos)_vpt(/(?!\.{1,2}(/|$))[^/\\\x00-\x1f\x7f]+)+$"
)
"""Of our own files, and of pictures in the published folders; never any that leads out of the output."""
FORMAT = "instit-tools dataset"
VERSION = 1


class File(Struct, frozen=True, kw_only=True):
    """One file of the dataset, measured while it was written; a dry run knows no *sha256* of what is joined."""

    name: Annotated[str, Meta(pattern=_NAME)]
    bytes: int
    sha256: str | None


class Shard(File, frozen=True, kw_only=True, omit_defaults=True):
    """One file of samples; *kind* is ``video`` or ``image``, *fields* the columns or members that occur in it.

    *text* bounds the tokens of its longest sample without pictures, *pictures* is the most that a sample has.
    """

    kind: str
    samples: int
    fields: tuple[str, ...] = ()
    text: int = 0
    pictures: int = 0


class InputFile(Struct, frozen=True, kw_only=True):
    """One annotation file as it was read: its sha256 is the one that the Hub shows."""

    name: str
    bytes: int
    sha256: str | None
    records: int


class Totals(Struct, frozen=True, kw_only=True):
    """What was read, what was written, and what was left out by reason."""

    records: int
    samples: int
    rejects: Mapping[str, int]


class Manifest(Struct, frozen=True, kw_only=True):
    """A finished dataset; *settings* are the user's choices, *media* is relative to the folder."""

    format: str = FORMAT
    version: int = VERSION
    made_by: str
    target: str
    settings: Mapping[str, str | int | bool | None]
    media: str | None
    inputs: tuple[InputFile, ...]
    shards: tuple[Shard, ...]
    files: tuple[File, ...]
    totals: Totals


def encode(manifest: Manifest) -> bytes:
    """Write *manifest* as JSON that a person can read."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read(folder: Path) -> Manifest:
    """Read the manifest of *folder*.

    Raises `OutputError` when there is none or it is no manifest of ours.
    """
    path = folder / NAME
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        message = f"{path} does not exist, so {folder} is not a finished dataset"
        raise OutputError(message, hint="make one with: instit-tools convert") from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise OutputError(message) from error
    return decoded(content, str(path))


def decoded(content: bytes, path: str) -> Manifest:
    """Decode *content*, speaking of it as *path*; raise `OutputError` when it is no manifest of ours."""
    try:
        found = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{path} is not a manifest: {error}"
        raise OutputError(message, hint="make the dataset again with: instit-tools convert --overwrite") from error
    if found.format != FORMAT or found.version != VERSION:
        message = (
            f"{path} is {found.format!r} version {found.version}, and this tool knows {FORMAT!r} version {VERSION}"
        )
        raise OutputError(message, hint="pip install -U instit-tools")
    return found


def is_name(name: str) -> bool:
    """Say whether a manifest may list a file called *name*."""
    return re.search(_NAME, name) is not None and name.encode(errors="replace").decode() == name


def files_of(manifest: Manifest) -> frozenset[str]:
    """Name all files of a finished dataset, the manifest included."""
    return frozenset({NAME, *(file.name for file in (*manifest.shards, *manifest.files))})
