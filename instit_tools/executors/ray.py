"""Tasks of a Ray cluster: the same functions on the same tasks, on any node that sees the same storage.

The only module that imports Ray (the extra ``ray``). A few tasks for each core are in flight, or on a cluster that
others share as many as were asked for; what comes back is the result, and what the task told, which is passed on when
it is done. Ray itself tries again what died with its worker or node. Every node needs this version of the package.
"""

import os
import re
import socket
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, Generic, TypeVar

from instit_tools.errors import UsageError, WorkerError
from instit_tools.executors.base import TRIES, Job, Told, Watch, died, portable
from instit_tools.spelling_out import harmless
from instit_tools.version import __version__

__all__ = ["MANY", "REMOTE", "SUMMARY", "run"]

T = TypeVar("T")
R = TypeVar("R")

SUMMARY = "a Ray cluster (the extra ray)"
REMOTE = True
MANY = True
_AHEAD = 3
_PATIENCE = 10.0
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
_DEATHS = frozenset(
    {"WorkerCrashedError", "NodeDiedError", "OutOfMemoryError", "ObjectLostError", "ObjectReconstructionFailedError"}
)
"""What Ray raises when its own tries are used up, because the worker or what it gave back was lost."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_Outcome = tuple[Any, Exception | None, Told]


def run(job: Job[T, R]) -> Generator[R]:
    """Do the tasks on the cluster at ``job.address``, or on one that is started on this machine and stopped again.

    Of a cluster that is there, as many tasks at a time as ``job.workers`` says, if somebody said so.
    """
    address = job.address or os.environ.get("RAY_ADDRESS")
    with _cluster(address, job.crew) as ray:
        asked = job.workers if address else None
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        try:
            yield from _Flight(ray, job, ahead=_AHEAD * (asked or cores), most=asked or _AHEAD * cores).results()
        except ray.exceptions.RayError as error:
            raise WorkerError(_plain(error)) from error


class _Flight(Generic[T, R]):
    """The tasks that the cluster has, and the results that wait for their turn."""

    def __init__(self, ray: Any, job: Job[T, R], *, ahead: int, most: int) -> None:  # noqa: ANN401  # there or not
        """Have no more than *most* tasks on the cluster, and none further than *ahead* of the one that is due."""
        self._ray = ray
        self._job = job
        self._ahead = ahead
        self._most = most
        self._remote = ray.remote(max_retries=TRIES - 1, num_cpus=1)(_outcome)
        self._work = ray.put(job.work)
        self._given = 0
        self._flying: dict[Any, int] = {}
        self._done: dict[int, _Outcome] = {}

    def results(self) -> Iterator[R]:
        """Yield the results in order."""
        for due in range(len(self._job.tasks)):
            self._give(due)
            while due not in self._done:
                self._take()
                self._give(due)  # nobody waits while the result is looked at
            result, failure, _ = self._done.pop(due)
            if failure is not None:
                raise failure
            yield result

    def _give(self, due: int) -> None:
        furthest = min(due + self._ahead, len(self._job.tasks))
        while self._given < furthest and len(self._flying) < self._most:
            reference = self._remote.remote(self._work, self._job.tasks[self._given], __version__)
            self._flying[reference] = self._given
            self._given += 1

    def _take(self) -> None:
        for reference in self._ray.wait(list(self._flying), num_returns=1)[0]:
            number = self._flying.pop(reference)
            outcome = _taken(self._ray, reference, self._job.name(self._job.tasks[number]))
            outcome[2].passed_on(self._job.watch)
            self._done[number] = outcome


def _taken(ray: Any, reference: Any, name: str) -> _Outcome:  # noqa: ANN401  # Ray's own
    try:
        outcome: _Outcome = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        message = f"{name}: a node of the cluster cannot do it: {error.cause}"
        raise WorkerError(message, hint=f"every node needs instit-tools {__version__}") from error
    except ray.exceptions.RayError as error:
        if type(error).__name__ in _DEATHS:
            raise died(name, type(error).__name__) from error
        raise WorkerError(f"{name}: {_plain(error)}") from error
    return outcome


def _plain(error: Exception) -> str:
    """Give the first line of what Ray says, which may be in colours."""
    first = _COLOUR.sub("", str(error)).strip().partition("\n")[0].strip()
    return harmless(f"Ray: {first or type(error).__name__}")


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
def _cluster(address: str | None, workers: int) -> Generator[Any]:
    """Connect to the cluster at *address*, or start one of so many *workers*, and let go of it at the end."""
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    ray = _imported()
    place: dict[str, Any] = {"address": address}
    if address:
        _refuse_nobody(address)
    else:
        place = {"address": "local", "num_cpus": workers, "include_dashboard": False}
    try:
        with redirect_stdout(sys.stderr):  # Ray prints what it has to say among the results
            ray.init(**place, log_to_driver=False, logging_level="error")
            _told_as_errors()
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise _unreachable(address or "this machine", " ".join(str(error).split())[:200]) from error
    try:
        yield ray
    finally:
        with redirect_stdout(sys.stderr):
            ray.shutdown()


def _told_as_errors() -> None:
    """Have Ray's thread say on standard error what became of workers: it prints whenever it hears of it."""
    module: Any = sys.modules.get("ray._private.worker")
    said = getattr(module, "print_to_stdstream", None)
    if said is not None and not isinstance(said, _ToErrors):
        module.print_to_stdstream = _ToErrors(said)


class _ToErrors:
    """Says as an error what another function would say anywhere."""

    def __init__(self, said: Callable[..., None]) -> None:
        """Say it with *said*."""
        self._said = said

    def __call__(self, data: dict[str, Any], **how: Any) -> None:  # noqa: ANN401  # Ray's own
        """Say *data*."""
        self._said(data | {"is_err": True}, **how)


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
