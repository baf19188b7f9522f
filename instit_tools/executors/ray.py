"""Tasks of a Ray cluster: the same functions on the same tasks, on any node that sees the same storage.

The only module that imports Ray (the extra ``ray``). A few tasks for each core are in flight; what comes back is the
result, and what the task told, which is passed on when it is done. Ray itself tries again what died with its worker or
node. Every node needs this version of the package.
"""

import os
import socket
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TypeVar

from instit_tools.errors import UsageError, WorkerError
from instit_tools.executors.base import TRIES, Job, Told, Watch, died, portable
from instit_tools.version import __version__

__all__ = ["REMOTE", "SUMMARY", "run"]

T = TypeVar("T")
R = TypeVar("R")

SUMMARY = "a Ray cluster (the extra ray)"
REMOTE = True
_AHEAD = 3
_PATIENCE = 10.0
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
_Outcome = tuple[Any, Exception | None, Told]


def run(job: Job[T, R]) -> Iterator[R]:
    """Do the tasks on the cluster at ``job.address``, or on one that is started on this machine and stopped again."""
    with redirect_stdout(sys.stderr), _cluster(job) as ray:  # Ray prints what it has to say among the results
        yield from _in_order(ray, job)


def _in_order(ray: Any, job: Job[T, R]) -> Iterator[R]:  # noqa: ANN401  # a module that is there or not
    remote = ray.remote(max_retries=TRIES - 1, num_cpus=1)(_outcome)
    work = ray.put(job.work)
    flying: dict[Any, int] = {}
    done: dict[int, _Outcome] = {}
    given = 0
    ahead = _AHEAD * max(job.workers, int(ray.cluster_resources().get("CPU", 1)))
    for due in range(len(job.tasks)):
        while due not in done:
            while given < min(due + ahead, len(job.tasks)):
                flying[remote.remote(work, job.tasks[given], __version__)] = given
                given += 1
            for reference in ray.wait(list(flying), num_returns=1)[0]:
                number = flying.pop(reference)
                done[number] = _taken(ray, reference, job.name(job.tasks[number]))
                done[number][2].passed_on(job.watch)
        result, failure, _ = done.pop(due)
        if failure is not None:
            raise failure
        yield result


def _taken(ray: Any, reference: Any, name: str) -> _Outcome:  # noqa: ANN401  # Ray's own
    try:
        outcome: _Outcome = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        message = f"{name}: a node of the cluster cannot do it: {error.cause}"
        raise WorkerError(message, hint=f"every node needs instit-tools {__version__}") from error
    except ray.exceptions.RayError as error:
        raise died(name, type(error).__name__) from error
    return outcome


def _outcome(work: Callable[[T, Watch], R], task: T, version: str) -> _Outcome:
    """Do one task, on whatever node this is."""
    if version != __version__:
        message = f"this node has instit-tools {__version__}, and {version} gave the task"
        return None, WorkerError(message, hint=f"pip install instit-tools=={version} on every node"), Told()
    told = Told()
    try:
        return work(task, told), None, told
    except MemoryError:
        os._exit(1)  # as if the system had killed it: Ray tries again
    except Exception as error:  # noqa: BLE001  # whatever it is, it is raised where the result is awaited
        return None, portable(error), Told()


@contextmanager
def _cluster(job: Job[Any, Any]) -> Generator[Any]:
    """Connect to the cluster, or start one, and let go of it at the end."""
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    ray = _imported()
    address = job.address or os.environ.get("RAY_ADDRESS")
    place: dict[str, Any] = {"address": address}
    if address:
        _refuse_nobody(address)
    else:
        place = {"address": "local", "num_cpus": job.workers, "include_dashboard": False}
    try:
        ray.init(**place, log_to_driver=False, logging_level="error")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise _unreachable(address or "this machine", " ".join(str(error).split())[:200]) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _refuse_nobody(address: str) -> None:
    """Raise `UsageError` where nobody listens at HOST:PORT, for there Ray would end the process."""
    host, _, port = address.rpartition(":")
    if "/" in address or not port.isdigit():  # another of Ray's ways to name a cluster, for Ray to judge
        return
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except OSError as error:
        raise _unreachable(address, error.strerror or str(error)) from error


def _unreachable(address: str, why: str) -> UsageError:
    message = f"no Ray cluster can be reached at {address}: {why}"
    hint = "start one with: ray start --head, and give --address HOST:PORT; RAY_AUTH_MODE=token where it wants a token"
    return UsageError(message, hint=hint)


def _imported() -> Any:  # noqa: ANN401  # a module that is there or not
    try:
        import ray
    except ImportError as error:
        message = "--engine ray needs Ray, which is not installed"
        raise UsageError(message, hint='pip install "instit-tools[ray]"') from error
    return ray
