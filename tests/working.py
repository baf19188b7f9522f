"""Work for the workers of executors, in a module that each of them imports quickly."""

import os
import signal
import threading
import time
from pathlib import Path


def double(number):
    return 2 * number


def slow_first(number):
    """Work whose third task fails at once, while the first takes its time."""
    if number == 0:
        time.sleep(0.3)
    if number == 2:
        raise ValueError("the third")
    return number


class StubbornError(Exception):
    """An error that does not cross process borders."""

    def __init__(self, one, other):
        super().__init__(one + other)


def stubborn(_number):
    raise StubbornError("a", "b")


def gives_what_cannot_cross(_number):
    return threading.Lock()


def never_ends(number):
    while number:
        time.sleep(60)


def kills_its_worker(number, *, of=3):
    if number == of:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def runs_out_of_memory(number):
    if number == 1:
        raise MemoryError
    return number


def dies_once(mark, number):
    """Kill the worker of each task the first time it is tried."""
    path = Path(mark) / str(number)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def tells(number, watch):
    for _ in range(number):
        watch.advance(10, 1)
    watch.advance(0, 0, 1)
    return number


def tells_and_dies_once(mark, number, watch):
    watch.advance(1000, 100)
    watch.flush()
    dies_once(mark, number)
    return number
