"""Processes of this machine, each with a pipe of its own and one task at a time.

They are spawned, not forked: libraries with threads do not survive a fork. A worker that dies closes its pipe, which is
how it is noticed at once and whenever it happens; ``concurrent.futures`` can wait for ever for one that dies while
another is being started. Another takes its place and its task. Workers never outlive this process, however it ends (on
macOS by no more than the task they are at), and an interrupt is this process's business alone.
"""

import ctypes
import multiprocessing
import os
import pickle
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar, cast

from instit_tools.errors import WorkerError
from instit_tools.executors import serial
from instit_tools.executors.base import TRIES, Job, Told, died, portable

__all__ = ["MANY", "REMOTE", "SUMMARY", "run"]

T = TypeVar("T")
R = TypeVar("R")

SUMMARY = "processes of this machine"
REMOTE = False
MANY = True
_AHEAD = 3
"""How many tasks a worker may be ahead of the one whose result is due, so that nothing piles up."""
_PATIENCE = 2.0
_EVERY = 0.25
_NO_MEMORY = 77
_ENDING = {signal.SIGINT, signal.SIGTERM}
_PARENT_DEATH = 1  # PR_SET_PDEATHSIG of linux/prctl.h


def run(job: Job[T, R]) -> Generator[R]:
    """Do the tasks in ``job.crew`` processes, or with one in none but this one."""
    if job.crew <= 1:
        yield from serial.run(job)
        return
    crew = _Crew(job)
    try:
        yield from crew.results()
    finally:
        crew.stop()


class _Crew(Generic[T, R]):
    """The workers of a job, the tasks that wait for them and the results that wait for their turn."""

    def __init__(self, job: Job[T, R]) -> None:
        """Start with no worker."""
        self._job = job
        self._size = job.crew
        self._waiting = deque(enumerate(job.tasks))
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, _Worker] = {}
        self._done: dict[int, tuple[R, Exception | None]] = {}
        self._tries: Counter[int] = Counter()

    def results(self) -> Iterator[R]:
        """Yield the results in order."""
        for due in range(len(self._job.tasks)):
            while due not in self._done:
                self._give(due)
                for pipe in cast("list[Connection]", wait(list(self._busy))):
                    self._hear(self._busy[pipe])
            self._give(due)  # nobody waits while the result is looked at
            result, failure = self._done.pop(due)
            if failure is not None:
                raise failure
            yield result

    def stop(self) -> None:
        """End all processes: the idle ones by themselves, with one patience for all."""
        crew = [*self._idle, *self._busy.values()]
        for worker in crew:
            worker.pipe.close()
        for worker in self._busy.values():
            worker.process.terminate()
        deadline = time.monotonic() + _PATIENCE
        for worker in crew:
            worker.process.join(min(_PATIENCE, max(0.0, deadline - time.monotonic())))
        for worker in crew:
            worker.process.kill()
            worker.process.join()
            worker.process.close()

    def _give(self, due: int) -> None:
        """Hand out tasks while there are workers for them, and none too far ahead of the one that is *due*."""
        furthest = due + _AHEAD * self._size
        while self._waiting and self._waiting[0][0] < furthest and len(self._busy) < self._size:
            worker = self._idle.pop() if self._idle else _Worker(self._job.work)
            self._busy[worker.pipe] = worker
            worker.give(*self._waiting.popleft())

    def _hear(self, worker: "_Worker") -> None:
        try:
            heard = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker)
            return
        if isinstance(heard, Told):
            worker.told.advance(heard.size, heard.records, heard.shards)
            heard.passed_on(self._job.watch)
            return
        number, result, failure = heard
        self._done[number] = result, failure
        self._idle.append(self._busy.pop(worker.pipe))

    def _replace(self, worker: "_Worker") -> None:
        """Give the task of a worker that died to another, unless it has used up its tries."""
        worker.pipe.close()
        worker.process.join()
        del self._busy[worker.pipe]
        worker.told.passed_on(self._job.watch, sign=-1)
        self._tries[worker.number] += 1
        if self._tries[worker.number] == TRIES:
            raise _given_up(self._job.name(worker.task), worker.process.exitcode)
        self._waiting.appendleft((worker.number, worker.task))


class _Worker:
    """A process that works on one task at a time."""

    def __init__(self, work: Callable[..., Any]) -> None:
        """Start the process, deaf to interrupts from its first moment on."""
        self.number = -1
        self.task: Any = None
        self.told = Told()
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work, os.getpid()), daemon=True)
        resource_tracker.ensure_running()  # which would lift the mask when it is started
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # a process that is half started says strange things
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)
            theirs.close()  # so that the pipe ends when the process does

    def give(self, number: int, task: object) -> None:
        """Hand a task over; to a worker that is dead already it does not matter, for that shows on the pipe."""
        self.number, self.task, self.told = number, task, Told()
        with suppress(OSError):
            self.pipe.send((number, task))


def _given_up(name: str, code: int | None) -> WorkerError:
    """Say how the last worker of a task ended."""
    if code == _NO_MEMORY:
        return died(name, "no memory left")
    if code is not None and code < 0:
        return died(name, f"killed by {signal.Signals(-code).name}")
    return died(name, f"exit {code}", hint="a script that asks for workers works below: if __name__ == '__main__':")


def _serve(pipe: Connection, work: Callable[..., Any], parent: int) -> None:
    """Work until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    _die_with_parent()
    if os.getppid() != parent:  # it died before that was asked for
        return
    with suppress(EOFError, OSError):
        while True:
            number, task = pipe.recv()
            result, failure = _outcome(work, task, _Pipe(pipe))
            pipe.send_bytes(_packed(number, result, failure))


def _die_with_parent() -> None:
    """Have the system kill this process when its parent ends; where it cannot, the pipe's end shows after the task."""
    if (prctl := getattr(ctypes.CDLL(None), "prctl", None)) is not None:  # not on macOS
        prctl(_PARENT_DEATH, signal.SIGKILL)


def _outcome(work: Callable[..., Any], task: object, watch: "_Pipe") -> tuple[Any, Exception | None]:
    try:
        result = work(task, watch)
        watch.flush()
    except MemoryError:
        os._exit(_NO_MEMORY)  # what is left of the process is not to be relied on
    except Exception as error:  # noqa: BLE001  # whatever it is, it is raised where the result is awaited
        return None, portable(error)
    return result, None


def _packed(number: int, result: object, failure: Exception | None) -> bytes:
    """Pack an outcome for the other process, or what stands in the way of that."""
    try:
        return pickle.dumps((number, result, failure))
    except Exception as error:  # noqa: BLE001  # whatever the result's own pickling raises
        return pickle.dumps((number, None, portable(error)))


class _Pipe:
    """Tells the other process how far the work is, a few times a second."""

    def __init__(self, pipe: Connection) -> None:
        """Tell it through *pipe*."""
        self._pipe = pipe
        self._told = Told()
        self._said = time.monotonic()

    def advance(self, size: int, records: int = 0, shards: int = 0) -> None:
        """Count more, and tell it if that was not done just now."""
        self._told.advance(size, records, shards)
        if time.monotonic() - self._said > _EVERY:
            self.flush()

    def flush(self) -> None:
        """Tell what has not been told."""
        self._pipe.send(self._told)
        self._told = Told()
        self._said = time.monotonic()
