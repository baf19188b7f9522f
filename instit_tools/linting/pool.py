"""Work on many tasks at once, in order, with only a few of them in flight, so that nothing piles up."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from instit_tools.errors import InstitError

__all__ = ["cores", "spread"]

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def spread(work: Callable[[T], R], tasks: Iterable[T], workers: int) -> Iterator[R]:
    """Yield the results of *work* on each task, in order; *workers* processes, or none but this one.

    Raises what *work* raises, and an `InstitError` when a process was killed.
    """
    if workers <= 1:
        yield from map(work, tasks)
        return
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    waiting: deque[Future[R]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(work, task))
            if len(waiting) > _AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        message = "a worker process was killed, most likely for want of memory"
        raise InstitError(message, hint="--workers 1 needs least memory") from error
    finally:
        pool.shutdown(cancel_futures=True)
