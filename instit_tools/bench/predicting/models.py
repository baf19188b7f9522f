"""A model of the user's own in place of an endpoint: a plug-in, found by name or as ``module:attribute``.

A package offers one under the entry point group ``instit_tools.models``. It is a class (or any function) that is called
once with the options that the user gives, and gives back something that is called with one `Prompt` after another and
returns text. What it raises is a question without an answer. Its answers are remembered by all that it is given and by
the file that it is in, so that another version of the code is asked anew; what else it reads, such as weights under the
same path, is not seen.
"""

import asyncio
import hashlib
import inspect
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import FunctionType
from typing import Any, Protocol, cast

from msgspec import Struct

from instit_tools.bench.asking.base import NoAnswer, Reply
from instit_tools.bench.forms import Form, Split
from instit_tools.bench.predicting.pictures import Picture
from instit_tools.errors import UsageError
from instit_tools.registry import hint

__all__ = ["GROUP", "LocalClient", "Model", "Plugin", "Prompt", "available", "find", "key_of"]

GROUP = "instit_tools.models"
_SHOWN = 300


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


class Plugin(Struct, frozen=True):
    """What makes a model, by its *name*; *version* tells its code from another version's."""

    name: str
    made_by: Callable[..., object]
    version: str

    def make(self, options: Mapping[str, str]) -> Model:
        """Make the model with *options*; raise `UsageError` where it does not take them, or makes no model."""
        try:
            model = self.made_by(**options)
        except TypeError as error:
            if error.__traceback__ and error.__traceback__.tb_next:  # from within the model: its own bug
                raise
            hint = "--option KEY=VALUE gives it what it needs"
            raise UsageError(f"{self.name} cannot be made: {error}", hint=hint) from error
        if not callable(model):
            raise UsageError(f"{self.name} makes {type(model).__name__}, which cannot be called with a prompt")
        return cast("Model", model)


def find(name: str) -> Plugin:
    """Find the model *name*, a plug-in or ``module:attribute``.

    Raises `UsageError` where there is none. What goes wrong inside it is its own.
    """
    point = available().get(name)
    if point is None and not re.fullmatch(r"[\w.]+:[\w.]+", name, re.ASCII):
        message = f"no model is called {name!r}"
        known = sorted(available())
        raise UsageError(message, hint=hint(name, known) if known else "name one as module:Class, or install a plug-in")
    made = cast("object", point.load()) if point else _named(name)
    if not callable(made):
        raise UsageError(f"{name} is no class and no function, but {type(made).__name__}")
    return Plugin(name, made, _version(made) if isinstance(made, type | FunctionType) else "")


@cache
def _version(made: type | FunctionType) -> str:
    """Compute the sha256 of the file that *made* is in, once: what is edited later is not what was imported."""
    try:
        return hashlib.sha256(Path(inspect.getfile(made)).read_bytes()).hexdigest()
    except (TypeError, OSError):  # it is in no file
        return ""


def _named(place: str) -> object:
    module, _, attribute = place.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as python -m does
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
    return cast("object", found)


class LocalClient:
    """A model in this process, asked as an endpoint is; one question at a time, beside the event loop."""

    def __init__(self, model: Model) -> None:
        """Ask *model*."""
        self._model = model
        self._alone = threading.Lock()

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        """Let the model answer."""
        return await asyncio.to_thread(self._answer, cast("Prompt", request["prompt"]))

    def _answer(self, prompt: Prompt) -> Reply:
        try:
            with self._alone:
                text: object = self._model(prompt)
        except Exception as error:  # whatever it is that a user's model raises, the other questions can be asked
            raise NoAnswer(_told(error)) from error
        if not isinstance(text, str):
            raise NoAnswer(f"the model gave {type(text).__name__}, not text")
        return Reply(text=text.encode("utf-8", "replace").decode())

    async def close(self) -> None:
        """Do nothing: the model goes with the process."""


def key_of(identity: str, request: Mapping[str, Any]) -> str:
    """Name *request* by the *identity* of the model, its code and options, and by all that it is given."""
    prompt = cast("Prompt", request["prompt"])
    told = (identity, prompt.id, prompt.split, prompt.form, prompt.text, str(prompt.labels))
    digest = hashlib.sha256()
    for part in (*(each.encode("utf-8", "surrogatepass") for each in told), *_sums(prompt.pictures)):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _told(error: Exception) -> str:
    """Say what went wrong in a model, and in which line of it."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    said = " ".join(str(error).split())[:_SHOWN]
    return f"{type(error).__name__}: {said} ({Path(where.filename).name}, line {where.lineno})"


def _sums(pictures: Sequence[Picture]) -> list[bytes]:
    return [f"{picture.timestamp}".encode() + picture.data for picture in pictures]
