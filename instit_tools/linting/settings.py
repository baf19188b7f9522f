"""What is to be looked at, and by which rules, as one value."""

from collections.abc import Mapping

from msgspec import Struct

__all__ = ["Settings"]


class Settings(Struct, frozen=True, kw_only=True):
    """One run of the rules.

    *select* and *ignore* name rules, families or patterns; *per_file_ignores* does so for files by glob. *media* is the
    root of the pictures, ``none`` not to look at them, ``None`` to take what lies beside each file. *deep* decodes
    pictures. *workers* is the number of processes, ``None`` for one a core.
    """

    inputs: tuple[str, ...]
    media: str | None = None
    deep: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = {}
    workers: int | None = 1
