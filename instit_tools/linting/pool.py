"""Work on many tasks at once, in order, with only a few of them under way, so that nothing piles up.

Each worker is a process with a pipe of its own. A worker that dies closes its pipe, which is how it is noticed at once
and whenever it happens; ``concurrent.futures`` can wait for ever for one that dies while another is being started.
"""

import multiprocessing
import os
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

    *work* is a function of a module, tasks and results cross process borders. Raises what *work* raises, and an
    `InstitError` when a process was killed.
    """
    if workers <= 1:
        yield from map(work, tasks)
        return
    crew = [_Worker(work) for _ in range(workers)]
    try:
        yield from _in_order(crew, enumerate(tasks))
    finally:
        for worker in crew:
            worker.stop()


def _in_order(crew: "list[_Worker]", tasks: Iterator[tuple[int, T]]) -> Iterator[R]:
    idle, busy = list(crew), dict[Connection, _Worker]()
    done: dict[int, R] = {}
    given = due = 0
    while True:
        while idle and given < due + _AHEAD * len(crew) and (task := next(tasks, None)) is not None:
            worker = idle.pop()
            worker.give(task)
            busy[worker.pipe] = worker
            given += 1
        if due in done:
            yield done.pop(due)
            due += 1
        elif busy:
            for pipe in cast("list[Connection]", wait(list(busy))):
                worker = busy.pop(pipe)
                number, result = worker.take()
                done[number] = result
                idle.append(worker)
        else:
            return


class _Worker:
    """A process that works on one task at a time."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()  # so that the pipe ends when the process does

    def give(self, task: object) -> None:
        """Hand a task over."""
        try:
            self.pipe.send(task)
        except OSError as error:
            raise _killed() from error

    def take(self) -> tuple[int, Any]:
        """Take the result with the number of its task; raise what the work raised."""
        try:
            number, result, failure = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise _killed() from error
        if failure is not None:
            raise failure
        return number, result

    def stop(self) -> None:
        """End the process, politely first."""
        self.pipe.close()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()


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
                error.add_note("".join(traceback.format_exception(error)))
                pipe.send((number, None, error))
