"""Work on many tasks at once, in order, with only a few of them under way, so that nothing piles up.

Each worker is a process with a pipe of its own. A worker that dies closes its pipe, which is how it is noticed at once
and whenever it happens; ``concurrent.futures`` can wait for ever for one that dies while another is being started. A
task that fails is another matter: that shows where its result is due, after all results before it, as without workers.
"""

import multiprocessing
import os
import pickle
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar, cast

from instit_tools.errors import InstitError

__all__ = ["cores", "spread"]

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 3
_PATIENCE = 2.0


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def spread(work: Callable[[T], R], tasks: Iterable[T], workers: int) -> Iterator[R]:
    """Yield the results of *work* on each task, in order; *workers* processes, or none but this one.

    *work* is a function of a module, tasks and results cross process borders. Raises what *work* raises (where that
    cannot cross them, a `RuntimeError` with its traceback), and an `InstitError` when a process was killed.
    """
    if workers <= 1:
        yield from map(work, tasks)
        return
    crew: list[_Worker] = []
    try:
        crew += (_Worker(work) for _ in range(workers))
        yield from _in_order(crew, enumerate(tasks))
    finally:
        _stop(crew)


def _in_order(crew: "list[_Worker]", tasks: Iterator[tuple[int, T]]) -> Iterator[R]:
    idle, busy = list(crew), dict[Connection, _Worker]()
    done: dict[int, tuple[R, Exception | None]] = {}
    given = due = 0
    while True:
        while idle and given < due + _AHEAD * len(crew) and (task := next(tasks, None)) is not None:
            worker = idle.pop()
            worker.give(task)
            busy[worker.pipe] = worker
            given += 1
        if due in done:
            result, failure = done.pop(due)
            if failure is not None:
                raise failure
            yield result
            due += 1
        elif busy:
            for pipe in cast("list[Connection]", wait(list(busy))):
                worker = busy.pop(pipe)
                number, result, failure = worker.take()
                done[number] = result, failure
                idle.append(worker)
        else:
            return


def _stop(crew: "list[_Worker]") -> None:
    """End all processes, politely first, and with one patience for all."""
    for worker in crew:
        worker.pipe.close()
    deadline = time.monotonic() + _PATIENCE
    for worker in crew:
        worker.process.join(max(0.0, deadline - time.monotonic()))
    late = [worker.process for worker in crew if worker.process.is_alive()]
    for process in late:
        process.terminate()
    for process in late:
        process.join()


class _Worker:
    """A process that works on one task at a time."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self.process.start()
        theirs.close()  # so that the pipe ends when the process does

    def give(self, task: object) -> None:
        """Hand a task over."""
        try:
            self.pipe.send(task)
        except OSError as error:
            raise _killed() from error

    def take(self) -> tuple[int, Any, Exception | None]:
        """Take the number of the task, its result, and what the work raised."""
        try:
            return cast("tuple[int, Any, Exception | None]", self.pipe.recv())
        except (EOFError, OSError) as error:
            raise _killed() from error


def _killed() -> InstitError:
    message = "a worker process was killed, most likely for want of memory"
    return InstitError(message, hint="--workers 1 needs least memory")


def _serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    """Work until the other end is closed; an interrupt is the business of the process that gives the tasks."""
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            number, task = pipe.recv()
            try:
                pipe.send((number, work(task), None))
            except Exception as error:  # noqa: BLE001  # whatever it is, it is raised where the result is awaited
                pipe.send((number, None, _portable(error)))


def _portable(error: Exception) -> Exception:
    """Give *error* with its traceback, which does not cross process borders; some errors do not either."""
    told = "".join(traceback.format_exception(error))
    try:
        error.add_note(told)
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    except Exception:  # noqa: BLE001  # whatever stands in the way
        return RuntimeError(told)
    return error
