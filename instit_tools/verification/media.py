"""What rows name: pictures that are there, whole and where the reader looks, and clips with all of their frames."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from instit_tools.errors import MediaError
from instit_tools.media.clips import Measured, installed, measure
from instit_tools.media.paths import checked
from instit_tools.media.picture import Picture, inspect
from instit_tools.media.store import prefetch
from instit_tools.verification.base import Scope, Shown, clip_shown, pictures_shown

__all__ = ["clip_problems", "look_ahead", "looked_at", "path_problems", "seen_clip", "seen_pictures"]

Seen = tuple[Shown | None, list[tuple[str, str]]]
"""What a row shows, ``None`` where that cannot be known, and what is wrong with it: (field, message)."""


def seen_pictures(field: str, image: Any, scope: Scope) -> Seen:  # noqa: ANN401  # as read, of any shape
    """Look at the pictures of a row: a path, or a list of paths."""
    paths = [image] if isinstance(image, str) else image
    if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
        return None, [(field, "is neither a path nor a list of paths")]
    look_ahead(paths, scope)
    return pictures_shown(len(paths)), [(field, each) for path in paths for each in path_problems(path, scope)]


def look_ahead(paths: Sequence[str], scope: Scope) -> None:
    """Say which pictures are looked at next: those that are far away are fetched together."""
    if scope.store is not None:
        prefetch(scope.store, paths)


def seen_clip(field: str, clip: str, row: Mapping[str, Any], scope: Scope, tag: str, *, even: bool = False) -> Seen:
    """Look at the video file of a row, which has a frame for each of its timestamps."""
    moments = row.get("timestamps")
    frames = len(moments) if isinstance(moments, list) else 0
    return clip_shown(frames, tag), [(field, each) for each in clip_problems(clip, frames, scope, even=even)]


def path_problems(path: str, scope: Scope, *, absolute: bool = False) -> Iterator[str]:
    """Yield what is wrong with the path of a picture, and with the picture where there is a store to look in.

    Paths are relative; with *absolute* they may also be absolute, below the folder of the pictures.
    """
    yield from looked_at(path, scope, absolute=absolute)[1]


def looked_at(path: str, scope: Scope, *, absolute: bool = False) -> tuple[Picture | None, list[str]]:
    """Give the picture at *path*, ``None`` where it cannot be looked at, and what is wrong, as `path_problems` does."""
    if absolute and path.startswith("/"):
        if scope.root is None:
            scope.unseen = True
            return None, []
        if not Path(path).is_relative_to(scope.root):
            return None, [f"{path} is not below the pictures' folder {scope.root}"]
        path = Path(path).relative_to(scope.root).as_posix()
    found = None
    try:
        checked(path)
        if scope.store is not None:
            with scope.store.open(path) as stream:
                found = inspect(stream, path, scope.limits)
            if scope.files and not (scope.root and (scope.root / path).exists()) and scope.is_new("/archive"):
                return found, [_no_file(path, scope)]
    except MediaError as error:
        return None, [error.message]
    return found, []


def _no_file(path: str, scope: Scope) -> str:
    if scope.away:
        return f"{path} is at {scope.away}, as others may be, and the trainer opens files: copy them to this machine"
    return f"{path} is in an archive, as others may be, and the trainer opens files: unpack it"


def clip_problems(name: str, frames: int, scope: Scope, *, even: bool = False) -> Iterator[str]:
    """Yield what is wrong with a clip of *frames* frames; with *even*, the last of an odd number is there twice."""
    if name not in scope.names:
        yield f"{name} is no video file of this dataset"
        return
    if name not in scope.clips:
        scope.clips[name] = _measured(scope.folder / name)
    found = scope.clips[name]
    if isinstance(found, str):
        yield found
    elif found is not None:
        due = frames + (frames % 2 if even else 0)
        if found.frames != due:
            yield f"{name} has {found.frames} frame(s) where {due} are due"
        if found.rate != Fraction(1):
            yield f"{name} has {found.rate} frames a second where 1 is due"


def _measured(path: Path) -> Measured | str | None:
    if not installed():
        return None
    try:
        return measure(path)
    except MediaError as error:
        return error.message
    except OSError as error:
        return f"{path.name} cannot be opened: {error.strerror}"
