"""What the partitions of a conversion share, and how large they are: both follow from settings and input alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from instit_tools.addresses import is_address, rooted, shown
from instit_tools.conversion.settings import Settings, choices_of, marks_of, recipe_of, shard_size_of
from instit_tools.conversion.work import Job
from instit_tools.errors import UsageError
from instit_tools.executors import load
from instit_tools.media.clips import require
from instit_tools.media.store import ARCHIVES, holds_media, opened_once, packed
from instit_tools.rendering.marked import drawing
from instit_tools.showing import MP4
from instit_tools.targets.base import Choices, Target

__all__ = ["job_of", "sizing"]

_SMALLEST, _LARGEST, _PARTS = 4 << 20, 64 << 20, 16
_SMALLEST_PACKED, _LARGEST_PACKED, _PARTS_PACKED = 256 << 10, 16 << 20, 64
"""Where pictures go into the shards, the work on a byte of annotations is a hundred times as much."""


def job_of(settings: Settings, target: Target[Any]) -> Job:
    """Put together what every partition needs; raise `UsageError` where the pictures are not as *target* needs them."""
    choices = choices_of(settings, target)
    recipe = recipe_of(settings, target)
    if settings.media is not None:
        opened_once.cache_clear()  # the pictures may have changed since an earlier conversion of this process
        opened_once(settings.media, settings.limits)  # to say what is wrong with it before any work
        _refuse_other_marks(settings.media, settings, target)
    else:
        _refuse_without_media(settings, target, choices)
    if target.needs_folder(choices):
        _refuse_without_files(settings, f"--to {settings.target} --frames {choices.frames}")
    if choices.frames == MP4:
        require()
    return Job(
        target=settings.target,
        choices=choices,
        recipe=recipe,
        media=rooted(settings.media) if load(settings.engine).REMOTE else settings.media,
        marks=marks_of(settings, target),
        drawing=drawing(settings.style, settings.quality) if settings.draws else None,
        shard_size=shard_size_of(settings, target),
        seed=settings.seed or 0,
        reject=settings.on_error == "reject",
        limits=settings.limits,
    )


def _refuse_other_marks(media: str, settings: Settings, target: Target[Any]) -> None:
    """Raise `UsageError` where *target* is for pictures without marks, there are none, and nobody asked for others."""
    if settings.marks is not None or marks_of(settings, target) != "raw" or is_address(media):
        return
    raw = [Path(media) / f"{kind}_raw{suffix}" for kind in ("images", "videos") for suffix in ("", *ARCHIVES)]
    if holds_media(media) and not any(path.exists() for path in raw):
        message = f"--to {settings.target} is for pictures without marks, and {media} has no images_raw, no videos_raw"
        raise UsageError(message, hint="put them there, or take those with marks: --marks vpt")


def _refuse_without_files(settings: Settings, route: str) -> None:
    """Raise `UsageError` where the pictures that rows name by absolute path are no files."""
    if settings.draws and is_address(settings.out):
        message = (
            f"{route} names pictures as files, and {shown(settings.out)}, where they are made, is not this machine"
        )
        raise UsageError(message, hint="choose a folder for -o")
    if not settings.draws and settings.media and packed(settings.media):
        raise _no_files(settings.media, route)


def _no_files(media: str, route: str) -> UsageError:
    if is_address(media):
        message = f"{route} names pictures as files, and {shown(media)} is not on this machine"
        return UsageError(message, hint="copy the pictures here, and give --media the folder that holds videos_vpt/")
    message = f"{route} names pictures as files, and {media} is packed"
    return UsageError(message, hint="unpack the archive, and give --media the folder that holds videos_vpt/")


def _refuse_without_media(settings: Settings, target: Target[Any], choices: Choices) -> None:
    if settings.draws:
        message = "marks are drawn on the raw pictures, and no media root is given"
        raise UsageError(message, hint="--media DIR, the folder that holds videos_raw/ or videos_raw.zip")
    packs = target.needs_media(choices)
    if not packs and not target.needs_folder(choices):
        return
    route = f" --frames {choices.frames}" if len(target.FRAMES) > 1 else ""
    does = "makes clips of the pictures" if choices.frames == MP4 else "packs the pictures"
    if not packs:
        does = "names pictures by absolute path"
    message = f"--to {settings.target}{route} {does}, and no media root is given"
    raise UsageError(message, hint="--media DIR, the folder that holds videos_vpt/ or videos_vpt.zip")


def sizing(settings: Settings, target: Target[Any]) -> Callable[[int], int]:
    """Give the rule by which the bytes of all annotations decide how large a partition is, in bytes too.

    Enough parts for a few workers and for a run that goes on after it was stopped, and few enough for large shards.
    """
    limit = shard_size_of(settings, target)
    if settings.dialect == "1.5":  # one array an input file
        return lambda _: limit
    least, most, parts = _SMALLEST, _LARGEST, _PARTS
    if settings.draws or target.needs_media(choices_of(settings, target)):
        least, most, parts = _SMALLEST_PACKED, _LARGEST_PACKED, _PARTS_PACKED
    return lambda total: min(limit, max(least, min(most, total // parts)))
