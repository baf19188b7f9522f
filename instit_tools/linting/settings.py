"""What is to be looked at, and by which rules, as one value."""

import glob
import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

from instit_tools.addresses import is_address
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.source.find import PIPED

__all__ = ["Settings", "anchored", "ignored_for"]


class Settings(Struct, frozen=True, kw_only=True):
    """One run of the rules.

    *select* and *ignore* name rules, families or patterns; *per_file_ignores* does so for files by glob, as
    `ignored_for` says. *media* is the root of the pictures, ``none`` not to look at them, ``None`` to take what lies
    beside each file. *deep* decodes pictures. *workers* is the number of processes, ``None`` for one a core.
    *max_unpacked* is in bytes, see `Unpacking`.
    """

    inputs: tuple[str, ...]
    media: str | None = None
    deep: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = {}
    workers: int | None = 1
    limits: Limits = DEFAULT
    max_unpacked: int | None = None


def ignored_for(settings: Settings, name: str) -> Iterator[str]:
    """Yield the rules that *settings* ignore for the file *name*, however that is spelled.

    A glob without a slash means the last part of a name; one with a slash means a place, seen from the working
    directory where it does not say from where. As a star means any characters, ``a/*.json`` means also ``a/b/c.json``.
    """
    places = () if name == PIPED else (name,) if is_address(name) else (os.path.abspath(name), os.path.realpath(name))  # noqa: PTH100
    for pattern, rules in settings.per_file_ignores.items():
        if "/" not in pattern:
            fits = fnmatchcase(os.path.basename(name), pattern)  # noqa: PTH119
        else:
            wanted = (pattern, anchored(pattern, os.getcwd()))  # noqa: PTH109
            fits = any(_fits(place, each) for place in places for each in wanted)
        if fits:
            yield from rules


def anchored(pattern: str, folder: str) -> str:
    """Let a glob with a slash that begins nowhere begin in *folder*.

    >>> anchored("./old/*.json", "/data"), anchored("*.json", "/data"), anchored("/all/*.json", "/data")
    ('/data/old/*.json', '*.json', '/all/*.json')
    """
    return os.path.normpath(os.path.join(glob.escape(folder), pattern)) if "/" in pattern else pattern  # noqa: PTH118


def _fits(place: str, pattern: str) -> bool:
    """Match; ``**`` between two slashes may also mean no folder at all."""
    return fnmatchcase(place, pattern) or fnmatchcase(place, pattern.replace("/**/", "/"))
