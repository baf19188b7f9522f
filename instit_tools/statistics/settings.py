"""What the user asked to be measured, as one value, and whether it fits together."""

from typing import Literal

import msgspec
from msgspec import Struct

from instit_tools.addresses import local
from instit_tools.errors import UsageError
from instit_tools.executors import refuse
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.store import beside
from instit_tools.recipes.load import Recipe, load
from instit_tools.source.find import STDIN, find
from instit_tools.spelling_out import printable
from instit_tools.statistics.counting import checked as checked_tokenizer
from instit_tools.statistics.counting import counter
from instit_tools.statistics.visual import VISION, Vision

__all__ = ["BY", "By", "Settings", "checked", "located", "recipes_of"]

By = Literal["level", "source", "kind"]
BY: tuple[By, ...] = ("level", "source", "kind")
_NO_MEDIA = "none"
_MOST_FRAMES = 1_000_000


class Settings(Struct, frozen=True, kw_only=True):
    """One run of statistics.

    *recipes* and *max_frames* say for which samples the token budget is made, each recipe with all frames and
    with each limit; *vision* is the encoder of LLaVA-NeXT's visual tokens. *media* is the root of the pictures,
    whose sizes are read, ``none`` not to look at them, ``None`` to take what lies beside the first file.
    *max_unpacked* is in bytes, see `Unpacking`. *workers* of ``None`` means one a CPU; *engine* is who does the work,
    and *address* where a cluster is.
    """

    inputs: tuple[str, ...]
    tokenizer: str = "nltk"
    pos: bool = False
    by: By = "level"
    recipes: tuple[str, ...] = ("paper",)
    max_frames: tuple[int, ...] = ()
    vision: Vision = VISION
    media: str | None = None
    on_error: Literal["stop", "reject"] = "stop"
    limits: Limits = DEFAULT
    max_unpacked: int | None = None
    workers: int | None = None
    engine: str = "local"
    address: str | None = None


def checked(settings: Settings) -> Settings:
    """Give *settings* back; raise `UsageError` or `RecipeError` for what cannot be counted or made."""
    checked_tokenizer(settings.tokenizer)
    if settings.pos:
        counter(settings.tokenizer, pos=True)
    if settings.max_frames and not settings.recipes:
        message = "--max-frames is about training samples, and no recipe makes any"
        raise UsageError(message, hint="name a recipe, or leave --max-frames out")
    for limit in settings.max_frames:
        if not 1 <= limit <= _MOST_FRAMES:
            message = f"max_frames is {limit}, and must be from 1 to {_MOST_FRAMES:,}"
            raise UsageError(message, hint="the published videos have 20 frames at most")
    refuse(settings.engine, settings.address, settings.workers)
    if len(set(settings.max_frames)) < len(settings.max_frames) or len(set(settings.recipes)) < len(settings.recipes):
        message = "a recipe or a number of frames is named twice"
        raise UsageError(message, hint="name each once")
    named = [recipe.name for recipe in map(load, settings.recipes)]
    if twice := next((name for name in named if named.count(name) > 1), None):
        message = f"two recipes are called {twice!r}, and their samples could not be told apart"
        raise UsageError(message, hint="give one of the files another name")
    return settings


def recipes_of(settings: Settings) -> tuple[Recipe, ...]:
    """Load every recipe with every limit of frames."""
    return tuple(
        msgspec.structs.replace(recipe, name=printable(recipe.name), max_frames=limit)
        for recipe in map(load, settings.recipes)
        for limit in dict.fromkeys((recipe.max_frames, *settings.max_frames))
    )


def located(settings: Settings) -> Settings:
    """Say where the pictures are, ``None`` for nowhere; only a token budget needs them.

    Raises as `find` does.
    """
    if settings.media == _NO_MEDIA or not settings.recipes:
        return msgspec.structs.replace(settings, media=None)
    if settings.media:
        return msgspec.structs.replace(settings, media=local(settings.media))
    files = find(settings.inputs)
    return msgspec.structs.replace(settings, media=None if STDIN in files else beside(files))
