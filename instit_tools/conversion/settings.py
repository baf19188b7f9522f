"""What the user asked for, as one value, and whether it fits together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from instit_tools import targets
from instit_tools.addresses import is_address, local
from instit_tools.conversion.paths import refuse_unnameable
from instit_tools.errors import RecipeError, UsageError
from instit_tools.executors import refuse
from instit_tools.grounding import GROUNDING
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.paths import Marks
from instit_tools.media.store import beside
from instit_tools.recipes.load import Recipe, load
from instit_tools.targets.base import Choices, Target

__all__ = ["Settings", "checked", "choices_of", "marks_of", "recipe_of", "shard_size_of", "warnings_of", "with_media"]

_SHARD_SIZE, _NO_LIMIT = 256_000_000, 1 << 62
_NO_MEDIA = "none"
_BEST = 100
_FLAGS = {
    "dialect": "--dialect",
    "embed_media": "--embed-media",
    "group": "--group",
    "pack": "--pack",
    "frames": "--frames",
    "recipe": "--recipe",
    "max_frames": "--max-frames",
    "max_instances": "--max-instances",
    "seed": "--seed",
}
_PICTURES_ONLY = {
    "1.5": "LLaVA-1.5 reads no video files",
    GROUNDING: "ms-swift takes boxes in pictures only",
}
_ABOUT_SAMPLES = frozenset({"recipe", "max_frames", "max_instances", "seed"})


class Settings(Struct, frozen=True, kw_only=True):
    """One conversion. ``None`` stands for the default of the target or recipe; *shard_size* is in bytes.

    *max_unpacked* is in bytes too, see `Unpacking`. *workers* of ``None`` is one a core. *part* is a number and of
    how many: only that share of the work is done. *style* and *quality* are for *marks* that are to be drawn, *pack*
    for marked pictures that are the output themselves.
    """

    @property
    def draws(self) -> bool:
        """Whether marks are drawn by this run."""
        return self.marks == "render"

    inputs: tuple[str, ...]
    out: str
    target: str
    dialect: str | None = None
    recipe: str | None = None
    media: str | None = None
    marks: Marks | Literal["render"] | None = None
    style: str | None = None
    quality: int | None = None
    pack: Literal["tar", "zip"] | None = None
    max_frames: int | None = None
    max_instances: int | None = None
    shard_size: int | None = None
    seed: int | None = None
    on_error: Literal["stop", "reject"] = "stop"
    embed_media: bool | None = None
    group: Literal["sample", "record"] | None = None
    frames: Literal["images", "video-list", "mp4"] | None = None
    overwrite: bool = False
    dry_run: bool = False
    limit: int | None = None
    limits: Limits = DEFAULT
    max_unpacked: int | None = None
    workers: int | None = None
    engine: str = "local"
    address: str | None = None
    part: tuple[int, int] | None = None
    fresh: bool = False


def checked(settings: Settings) -> Target[Any]:
    """Load the target of *settings*; raise `UsageError` for an option that it would ignore or a number below 1."""
    target = targets.load(settings.target)
    _check_dialect(settings, target)
    used = target.OPTIONS | (_ABOUT_SAMPLES if target.TAKES == "samples" else frozenset())
    if settings.dialect == GROUNDING:
        used -= {"recipe"}
    for name, flag in _FLAGS.items():
        if name not in used and getattr(settings, name) is not None:
            message = f"{flag} means nothing to the target {settings.target}"
            whole = " (it writes whole records)" if name in _ABOUT_SAMPLES else ""
            whole = f" with --dialect {GROUNDING}" if settings.dialect == GROUNDING else whole
            raise UsageError(f"{message}{whole}", hint=f"leave {flag} out")
    if target.WHOLES and settings.shard_size is not None:
        message = f"--shard-size means nothing to the target {settings.target} (it writes one file of a kind)"
        raise UsageError(message, hint="leave --shard-size out")
    if settings.frames is not None and settings.frames not in target.FRAMES:
        message = f"the target {settings.target} cannot show frames as {settings.frames}"
        raise UsageError(message, hint=f"choose {' or '.join(target.FRAMES)}")
    refuse_unnameable([settings.out, *settings.inputs, *([] if settings.media is None else [settings.media])])
    _check_spread(settings)
    _check_drawing(settings, target)
    for name in ("max_frames", "max_instances", "shard_size", "limit"):
        number = getattr(settings, name)
        if number is not None and number < 1:
            message = f"--{name.replace('_', '-')} is {number}, and must be 1 at least"
            raise UsageError(message)
    return target


def _check_dialect(settings: Settings, target: Target[Any]) -> None:
    if settings.dialect is not None and target.DIALECTS and settings.dialect not in target.DIALECTS:
        message = f"the target {settings.target} has no dialect {settings.dialect!r}"
        raise UsageError(message, hint=f"choose {' or '.join(target.DIALECTS)}")
    if settings.frames not in {None, "images"} and settings.dialect in _PICTURES_ONLY:
        message = _PICTURES_ONLY[settings.dialect]
        raise UsageError(message, hint="leave --frames out, or --dialect")


def _check_spread(settings: Settings) -> None:
    refuse(settings.engine, settings.address, settings.workers)
    if settings.part and not 1 <= settings.part[0] <= settings.part[1]:
        message = f"--part {settings.part[0]}/{settings.part[1]} is no part: the first is 1/{max(1, settings.part[1])}"
        raise UsageError(message)
    if settings.part and settings.dry_run:
        message = "--dry-run does all the work, and --part only some of it"
        raise UsageError(message, hint="leave one of them out")


def _check_drawing(settings: Settings, target: Target[Any]) -> None:
    for name in ("style", "quality"):
        if getattr(settings, name) is not None and not settings.draws:
            message = f"--{name} is for marks that are drawn, and --marks {settings.marks or 'keep'} draws none"
            raise UsageError(message, hint=f"--marks render, or leave --{name} out")
    if settings.quality is not None and not 1 <= settings.quality <= _BEST:
        message = f"--quality is {settings.quality}, and goes from 1 to {_BEST}"
        raise UsageError(message)
    if settings.draws and target.MARKS == "raw":
        message = f"--marks render draws ids, and --to {settings.target} is for pictures without"
        raise UsageError(message, hint="leave --marks out: masks say which instance is meant")
    if settings.draws and not target.FILES and not target.needs_media(choices_of(settings, target)):
        message = f"--marks render draws pictures, and --to {settings.target} holds none"
        hint = "--embed-media puts them in" if "embed_media" in target.OPTIONS else "--marks vpt names marked ones"
        raise UsageError(message, hint=hint)


def warnings_of(settings: Settings) -> Sequence[str]:
    """Say what *settings* cost, each with what to do instead; raise `UsageError` as `checked` does."""
    target = checked(settings)
    return target.warnings(choices_of(settings, target))


def choices_of(settings: Settings, target: Target[Any]) -> Choices:
    """Fill in the target's defaults."""
    return Choices(
        dialect=settings.dialect or (target.DIALECTS[0] if target.DIALECTS else None),
        embed=bool(settings.embed_media),
        group=settings.group or "sample",
        frames=settings.frames or target.FRAMES[0],
        root=_root(settings),
        pack=settings.pack,
        marks=marks_of(settings, target),
    )


def marks_of(settings: Settings, target: Target[Any]) -> Marks:
    """Say which pictures are meant: as *settings* have it, or what *target* is for, or as the paths say.

    Where marks are drawn, those that have them.
    """
    return "vpt" if settings.marks == "render" else settings.marks or target.MARKS


def _root(settings: Settings) -> str | None:
    """Name the folder that the pictures are below when the run has ended."""
    media = settings.out if settings.draws else settings.media
    if media is None or is_address(media):
        return None
    root = Path(local(media)).resolve()
    return str(root) if settings.draws or root.is_dir() else None


def recipe_of(settings: Settings, target: Target[Any]) -> Recipe | None:
    """Load the recipe with the limits of *settings* in place of its own; none where whole records are written."""
    if target.RECIPE is None:
        return None
    recipe = Recipe(name=GROUNDING) if settings.dialect == GROUNDING else load(settings.recipe or target.RECIPE)
    _check_wordings(recipe, settings.recipe or recipe.name, target)
    return msgspec.structs.replace(
        recipe,
        max_frames=settings.max_frames or recipe.max_frames,
        max_instances=settings.max_instances or recipe.max_instances,
    )


def _check_wordings(recipe: Recipe, name: str, target: Target[Any]) -> None:
    for wording in (wording for wordings in recipe.prompts.values() for wording in wordings):
        if found := next((literal for literal in target.RESERVED if literal in wording), None):
            message = f"{name}: the wording {wording!r} holds {found!r}, which the trainer takes for its own"
            raise RecipeError(message)


def shard_size_of(settings: Settings, target: Target[Any]) -> int:
    """Give the limit for a shard in bytes; where a reader takes one file (LLaVA-1.5: by default) there is none."""
    one = settings.dialect == "1.5" or target.WHOLES
    return settings.shard_size or (_NO_LIMIT if one else _SHARD_SIZE)


def with_media(settings: Settings, files: Sequence[str]) -> Settings:
    """Look for the pictures beside the first of *files* where no media root is named; ``none`` means not to look."""
    if settings.media == _NO_MEDIA:
        return msgspec.structs.replace(settings, media=None)
    media = beside(files) if settings.media is None else local(settings.media)
    return msgspec.structs.replace(settings, media=media)
