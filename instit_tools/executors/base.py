"""What an executor is, and what all of them do alike: how often a task is tried, and how a failure crosses borders.

A worker that dies (killed, out of memory, its node gone) says nothing about the task, so the task is tried again; a
task that raises would raise again, so its error is passed on where the result is due.
"""

import pickle
import traceback
from collections.abc import Callable, Generator, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from instit_tools.errors import WorkerError
from instit_tools.executors.cores import crew

__all__ = ["TRIES", "Executor", "Job", "Told", "Watch", "died", "portable", "unwatched"]

T = TypeVar("T")
R = TypeVar("R")

TRIES = 3
"""How often a task is given to a worker before it is said that it kills them."""


class Watch(Protocol):
    """Told how far the work is; amounts are taken back where a worker died and its task begins again."""

    def advance(self, size: int, records: int = 0, shards: int = 0) -> None:
        """Count *size* more bytes of annotations, *records* and *shards*; less where they are negative."""


class Told(Struct):
    """Counts what a task tells, to pass it on at once or to take it back."""

    size: int = 0
    records: int = 0
    shards: int = 0

    def advance(self, size: int, records: int = 0, shards: int = 0) -> None:
        """Count more."""
        self.size += size
        self.records += records
        self.shards += shards

    def passed_on(self, watch: Watch, *, sign: int = 1) -> None:
        """Tell *watch* everything; with a *sign* of -1, take it back."""
        watch.advance(sign * self.size, sign * self.records, sign * self.shards)


class Job(Struct, Generic[T, R], frozen=True, kw_only=True):
    """What is to be done.

    *work* is a function of a module, and tasks and results are plain data, for they cross process borders. *name* says
    which task it is, for people. *workers* is how many somebody asked for, ``None`` if nobody did; then it matters
    whether the work is *worth* more than one. *address* is where a cluster is, for executors that have one.
    """

    work: Callable[[T, Watch], R]
    tasks: Sequence[T]
    name: Callable[[T], str]
    watch: Watch
    workers: int | None = None
    worth: bool = True
    address: str | None = None

    @property
    def crew(self) -> int:
        """How many workers that makes on this machine."""
        return crew(self.workers, len(self.tasks), worth=self.worth)


class Executor(Protocol):
    """A module in this folder."""

    SUMMARY: str
    REMOTE: bool
    """Whether it may be somewhere else, at an address."""
    MANY: bool
    """Whether it may have more than one worker."""

    def run(self, job: Job[T, R]) -> Generator[R]:
        """Yield the results of all tasks, in order; to be closed by whoever may stop before the last.

        Raises what the work raises, where its result is due, and `WorkerError` for a task whose worker died `TRIES`
        times.
        """


def unwatched(work: Callable[[T], R], task: T, watch: Watch) -> R:  # noqa: ARG001  # the signature of a job's work
    """Do work that tells nothing while it is at it."""
    return work(task)


def died(name: str, how: str, hint: str = "most likely for want of memory: fewer --workers need less") -> WorkerError:
    """Say that the task called *name* has used up its tries; *how* is what became of its last worker."""
    return WorkerError(f"{name}: its worker process died {TRIES} times ({how})", hint=hint)


def portable(error: Exception) -> Exception:
    """Give *error* with its traceback, which does not cross process borders; some errors do not either."""
    told = "".join(traceback.format_exception(error))
    try:
        error.add_note(told)
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    except Exception:  # noqa: BLE001  # whatever stands in the way
        return RuntimeError(told)
    return error
