"""Paths of pictures: the published prefixes, the switch between marked and raw media, and what no path may do."""

from typing import Literal

from instit_tools.errors import MediaError

__all__ = ["PREFIXES", "Marks", "absolute", "checked", "joined", "source_of", "with_marks", "without_prefix"]

Marks = Literal["vpt", "raw", "keep"]
_SWITCHED = {f"{kind}{old}": kind for kind in ("images", "videos") for old in ("_vpt", "_raw", "")}
PREFIXES = tuple(_SWITCHED)
"""The first component of every published path."""


def with_marks(path: str, marks: Marks) -> str:
    """Point *path* at the marked (``vpt``) or the unmarked (``raw``) tree, which are isomorphic; ``keep`` leaves it.

    Raises `MediaError` when the path starts with none of the published prefixes.

    >>> with_marks("videos_vpt/LVVIS/00000", "raw")
    'videos_raw/LVVIS/00000'
    """
    if marks == "keep":
        return path
    first, slash, rest = path.partition("/")
    if first not in _SWITCHED or not slash:
        message = f"{path!r} does not start with images_vpt/, videos_vpt/, images_raw/, videos_raw/, images/ or videos/"
        raise MediaError(message, hint="--marks keep takes paths as they are")
    return f"{_SWITCHED[first]}_{marks}/{rest}"


def without_prefix(path: str) -> str:
    """Give what a path says beside the published folder that it starts with, which is the same with and without marks.

    >>> without_prefix("videos_vpt/LVVIS/00000/"), without_prefix("clips/1")
    ('LVVIS/00000', 'clips/1')
    """
    first, _, rest = path.partition("/")
    return rest.strip("/") if first in PREFIXES else path


def source_of(path: str) -> str | None:
    """Name the dataset that a picture was taken from, the second component of a published path, if it has one.

    >>> source_of("videos_vpt/LVVIS/00000"), source_of("images_vpt/001.jpg")
    ('LVVIS', None)
    """
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else None  # noqa: PLR2004  # prefix, source, name


def joined(folder: str, name: str) -> str:
    """Put the name of a frame behind the path of its video."""
    return f"{folder.rstrip('/')}/{name}"


def absolute(root: str | None, path: str) -> str:
    """Put the media folder *root* before *path*; without one, leave it relative."""
    return path if root is None else f"{root.rstrip('/')}/{path}"


def checked(path: str) -> str:
    """Give *path* back if it can only mean something inside the media root.

    Raises `MediaError` for an absolute path, one with ``..``, a backslash, a drive or a NUL, and an empty one.
    """
    parts = path.split("/")
    if not path or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path or ":" in parts[0]:
        message = f"{path!r} is not a path inside the media root"
        raise MediaError(message, hint="paths are relative, with forward slashes and without ..")
    return path
