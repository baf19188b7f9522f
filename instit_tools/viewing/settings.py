"""What the user asked to see, as one value, and whether it fits together."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from instit_tools import manifest
from instit_tools.addresses import is_address, local, parent, shown
from instit_tools.conversion.paths import refuse_unnameable
from instit_tools.errors import OutputError, UsageError
from instit_tools.executors import refuse
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.store import beside, packed
from instit_tools.source.find import STDIN, find

__all__ = ["Pictures", "Settings", "located", "wanted"]

Pictures = Literal["link", "copy", "thumbs", "none"]
_NO_MEDIA = "none"
_SIZES = range(64, 8193)
_SIZE = 960
"""Half of a screen."""


_OTHERWISE: dict[Pictures, str] = {
    "link": "pages link to them where they are",
    "thumbs": "only small ones are shown",
    "none": "none are shown",
}


class Settings(Struct, frozen=True, kw_only=True):
    """One site.

    *media* is the root of the pictures, ``none`` for none, ``None`` for what lies beside the first file. *pictures*
    says what is shown large: a ``link`` to the picture where it is, a ``copy`` whose longer side is *size* pixels at
    most (``None``: 960), or only ``thumbs``; ``None`` links where pictures are files of this machine, and copies what
    is packed or elsewhere. *select* names records by id, by globs, of which one must fit; *problems_only* leaves out
    records in which the rules find nothing but notes. At most *limit* records are shown. *max_unpacked* is in bytes,
    see `Unpacking`; *workers* of ``None`` means one a core.
    """

    inputs: tuple[str, ...]
    media: str | None = None
    pictures: Pictures | None = None
    size: int | None = None
    select: tuple[str, ...] = ()
    problems_only: bool = False
    limit: int | None = None
    on_error: Literal["stop", "reject"] = "stop"
    overwrite: bool = False
    limits: Limits = DEFAULT
    max_unpacked: int | None = None
    workers: int | None = None


def located(settings: Settings) -> Settings:
    """Say where the pictures are, ``None`` for nowhere, and what is shown of them; raise `UsageError` for a riddle.

    Raises as `find` does, too.
    """
    _check(settings)
    media = settings.media
    if media is None and settings.pictures != "none":
        files = find(settings.inputs)
        media = None if STDIN in files else beside(files) or _of_dataset(files)
    elif media == _NO_MEDIA or settings.pictures == "none":
        media = None
    media = None if media is None else local(media)
    if media is None and settings.pictures not in {None, "none"}:
        message = f"--pictures {settings.pictures}: there are no pictures beside the annotations"
        raise UsageError(message, hint="--media DIR says where they are")
    pictures = _pictures(settings, media)
    _refuse_what_is_not_used(settings, media, pictures)
    return msgspec.structs.replace(settings, media=media, pictures=pictures, size=settings.size or _SIZE)


def _refuse_what_is_not_used(settings: Settings, media: str | None, pictures: Pictures) -> None:
    if settings.size is not None and pictures != "copy":
        message = f"--size {settings.size} is for copied pictures, and {_OTHERWISE[pictures]}"
        raise UsageError(message, hint="leave --size out" if media is None else "--pictures copy, or leave --size out")
    if media is not None and pictures == "link":
        refuse_unnameable([media], "page")


def _of_dataset(files: Sequence[str]) -> str | None:
    """Look up where the pictures of a finished dataset are, where the first of *files* is in one."""
    folder = parent(files[0]) if files else None
    if not isinstance(folder, Path) or not (folder / manifest.NAME).is_file():
        return None
    try:
        named = manifest.read(folder).media
    except OutputError:  # a manifest of another tool
        return None
    if named is None or is_address(named):
        return named
    return str(folder / named) if (folder / named).exists() else None


def _pictures(settings: Settings, media: str | None) -> Pictures:
    if media is None:
        return "none"
    if settings.pictures == "link" and packed(media):
        message = f"the pictures in {shown(media)} are packed, and no page can link to them"
        raise UsageError(message, hint="--pictures copy puts them into the site")
    return settings.pictures or ("copy" if packed(media) else "link")


def _check(settings: Settings) -> None:
    if settings.media is not None:
        refuse_unnameable([settings.media], "page")
    if not settings.inputs:
        message = "no input is named"
        raise UsageError(message, hint="name annotation files or a folder of them")
    if settings.size is not None and settings.size not in _SIZES:
        message = f"size is {settings.size}, and must be from {_SIZES.start} to {_SIZES.stop - 1} pixels"
        raise UsageError(message, hint=f"{_SIZE} is half of a screen")
    if settings.limit is not None and settings.limit < 1:
        message = f"limit is {settings.limit}, and must be 1 at least"
        raise UsageError(message, hint="leave it out for all records")
    refuse("local", None, settings.workers)


def wanted(select: Iterable[str], key: int | str) -> bool:
    """Say whether one of the globs *select* fits the id *key*; none at all lets every id pass.

    >>> wanted(["1*", "b"], 12), wanted(["1"], "12"), wanted([], 7)
    (True, False, True)
    """
    globs = tuple(select)
    return not globs or any(fnmatchcase(str(key), glob) for glob in globs)


def linked_from(media: str, folder: Path) -> str:
    """Give the way from the pages in *folder* to the media root, as an address that a browser follows."""
    import os
    from urllib.parse import quote

    way = os.path.relpath(os.path.realpath(media), os.path.realpath(folder))
    return quote(os.fsencode(way.replace(os.sep, "/")))  # bytes: a link may lead to a name that is no UTF-8
