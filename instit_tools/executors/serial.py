"""One task after another in this process: nothing to start, and a debugger sees everything."""

from collections.abc import Generator
from typing import TypeVar

from instit_tools.executors.base import Job

__all__ = ["MANY", "REMOTE", "SUMMARY", "run"]

T = TypeVar("T")
R = TypeVar("R")

SUMMARY = "in this process, for debugging"
REMOTE = False
MANY = False


def run(job: Job[T, R]) -> Generator[R]:
    """Do the tasks one by one."""
    for task in job.tasks:
        yield job.work(task, job.watch)
