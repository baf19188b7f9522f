"""Executors: who does the work on many tasks. One module each; listing this folder is the registry.

All of them are a map over tasks that are plain data, with the results in the order of the tasks, so what is made of
the results is the same whoever did the work.
"""

from collections.abc import Callable, Generator, Sequence
from functools import cache, partial
from importlib import import_module
from typing import Any, TypeVar, cast

from instit_tools.errors import UsageError
from instit_tools.executors.base import Executor, Job, Told, unwatched
from instit_tools.registry import hint, modules

__all__ = ["available", "load", "refuse", "spread"]

T = TypeVar("T")
R = TypeVar("R")


@cache
def available() -> tuple[str, ...]:
    """Name every executor, without importing the libraries behind any of them."""
    return modules(__path__, beside=frozenset({"base", "cores"}))


def load(name: str) -> Executor:
    """Import the executor called *name*, which there is."""
    return cast("Executor", import_module(f"{__name__}.{name}"))


def refuse(name: str, address: str | None, workers: int | None) -> None:
    """Raise `UsageError` for an engine that does not exist, no worker, or what the engine would ignore."""
    if name not in available():
        message = f"there is no engine {name!r}"
        raise UsageError(message, hint=hint(name, available()))
    if address is not None and not load(name).REMOTE:
        message = f"--address means nothing to --engine {name}"
        raise UsageError(message, hint="--engine ray, or leave --address out")
    if workers is not None and workers < 1:
        message = f"--workers is {workers}, and must be 1 at least"
        raise UsageError(message, hint="leave it out for one a core")
    if workers is not None and workers > 1 and not load(name).MANY:
        message = f"--workers {workers} means nothing to --engine {name}"
        raise UsageError(message, hint="--engine local, or leave --workers out")


def spread(  # noqa: PLR0913  # what a job is made of
    work: Callable[[T], R],
    tasks: Sequence[T],
    *,
    name: Callable[[T], str],
    workers: int | None,
    worth: bool = True,
    engine: str = "local",
    address: str | None = None,
) -> Generator[R]:
    """Yield the results of *work*, which tells nothing while it is at it, on each of *tasks*, in order.

    *workers* and *worth* are those of `Job`. Raises, and is to be closed, as `Executor.run` is.
    """
    job: Job[Any, Any] = Job(
        work=partial(unwatched, work),
        tasks=tasks,
        name=name,
        watch=Told(),
        workers=workers,
        worth=worth,
        address=address,
    )
    return load(engine).run(job)
