"""A model of the user's own in place of an endpoint: a plug-in, found by name or as ``module:attribute``.

A package offers one under the entry point group ``instit_tools.models``. It is a class (or any function) that is called
once with the options that the user gives, and gives back something that is called with a `Prompt` and returns text.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, cast

from msgspec import Struct

from instit_tools.bench.asking.base import Reply
from instit_tools.bench.forms import Form, Split
from instit_tools.bench.predicting.pictures import Picture
from instit_tools.errors import UsageError
from instit_tools.registry import hint

__all__ = ["GROUP", "LocalClient", "Model", "Prompt", "available", "load"]

GROUP = "instit_tools.models"


class Prompt(Struct, frozen=True, kw_only=True):
    """What a model is asked: *text* about *pictures*, which are in order; *labels* says to name each frame ``<t>``."""

    id: str
    split: Split
    form: Form
    text: str
    pictures: tuple[Picture, ...]
    labels: bool


class Model(Protocol):
    """What a plug-in gives: called with one prompt after another, it answers each."""

    def __call__(self, prompt: Prompt) -> str:
        """Answer *prompt*."""


def available() -> dict[str, EntryPoint]:
    """Give the plug-ins that are installed, by name."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load(name: str, options: Mapping[str, str]) -> Model:
    """Make the model *name*, a plug-in or ``module:attribute``, with *options*.

    Raises `UsageError` where there is none, or it does not take the options. What goes wrong inside it is its own.
    """
    point = available().get(name)
    if point is None and ":" not in name:
        message = f"no model is called {name!r}"
        known = sorted(available())
        raise UsageError(message, hint=hint(name, known) if known else "name one as module:Class, or install a plug-in")
    made = _made(point.value if point else name)
    try:
        return made(**options)
    except TypeError as error:
        if error.__traceback__ and error.__traceback__.tb_next:  # from within the model: its own bug
            raise
        raise UsageError(f"{name} does not take these options: {error}") from error


def _made(place: str) -> Callable[..., Model]:
    module, _, attribute = place.partition(":")
    try:
        found: Any = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise UsageError(f"{place}: there is no module {error.name}", hint="install it, or set PYTHONPATH") from error
    except AttributeError as error:
        raise UsageError(f"{place}: {module} has no {attribute}") from error
    return cast("Callable[..., Model]", found)


class LocalClient:
    """A model in this process, asked as an endpoint is; one question at a time, beside the event loop."""

    def __init__(self, model: Model, called: str) -> None:
        """Ask *model*, which the cache knows as *called*."""
        self._model, self._called = model, called

    def key(self, request: Mapping[str, Any]) -> str:
        """Name *request* by the model, the text and the pictures."""
        prompt = cast("Prompt", request["prompt"])
        digest = hashlib.sha256()
        for part in (self._called.encode(), prompt.text.encode(), str(prompt.labels).encode(), *_sums(prompt.pictures)):
            digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        """Let the model answer."""
        return Reply(text=await asyncio.to_thread(self._model, cast("Prompt", request["prompt"])))

    async def close(self) -> None:
        """Do nothing: the model goes with the process."""


def _sums(pictures: Sequence[Picture]) -> list[bytes]:
    return [f"{picture.timestamp}".encode() + picture.data for picture in pictures]
