"""What the cluster engine asks of Ray, and makes of what Ray raises; a stand-in has its errors and any number of cores.

`test_cluster` has the real one.
"""

import sys
from collections import deque
from contextlib import closing
from itertools import count
from types import SimpleNamespace

import pytest
from ray import exceptions
from test_executors import spread
from working import double

import instit_tools as it
from instit_tools.errors import WorkerError


class StandIn:
    """A cluster of so many *cores*, which does the oldest task when it is waited for, or raises *fails* then."""

    def __init__(self, cores, fails=None, full=None):
        self.exceptions = exceptions
        self.most = 0
        self.places = []
        self._cores = cores
        self._fails = fails
        self._full = full
        self._flying = {}
        self._numbers = count()

    def init(self, **place):
        sys.stdout.write("the cluster says hello\n")
        self.places.append(place)

    def shutdown(self):
        sys.stdout.write("the cluster says goodbye\n")
        self.places.append(None)

    def cluster_resources(self):
        return {"CPU": self._cores}

    def put(self, value):
        if self._full:
            raise self._full
        return value

    def remote(self, **_options):
        return lambda function: SimpleNamespace(remote=lambda *given: self._given(function, given))

    def _given(self, function, given):
        number = next(self._numbers)
        self._flying[number] = function, given
        self.most = max(self.most, len(self._flying))
        return number

    def wait(self, references, num_returns):
        return references[:num_returns], references[num_returns:]

    def get(self, reference):
        function, given = self._flying.pop(reference)
        if self._fails:
            raise self._fails
        return function(*given)


@pytest.fixture
def cluster(monkeypatch):
    """Have a stand-in for Ray, at an address that only a stand-in can reach."""

    def standing(cores, **fails):
        made = StandIn(cores, **fails)
        monkeypatch.setitem(sys.modules, "ray", made)
        return made

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    return standing


def on_the_cluster(tasks=range(40), workers=None, **changes):
    return spread(double, tasks, workers, **({"engine": "ray", "address": "ray://cluster"} | changes))


@pytest.mark.parametrize(("workers", "most"), [(4, 4), (1, 1), (50, 40), (None, 30)])
def test_of_a_shared_cluster_so_many_tasks_at_a_time_as_were_asked_for(cluster, workers, most):
    ray = cluster(10)
    assert list(on_the_cluster(workers=workers)) == [2 * number for number in range(40)]
    assert ray.most == most
    assert ray.places == [{"address": "ray://cluster", "log_to_driver": False, "logging_level": "error"}, None]


def test_no_task_is_far_ahead_of_the_one_that_is_due(cluster):
    ray = cluster(2)
    with closing(on_the_cluster(workers=2)) as results:
        next(results)
        assert len(ray._flying) == 2


@pytest.mark.parametrize(("workers", "worth", "cores"), [(3, True, 3), (3, False, 3), (None, False, 1)])
def test_a_cluster_of_its_own_has_a_core_for_each_worker(cluster, workers, worth, cores):
    ray = cluster(cores)
    assert sum(on_the_cluster(workers=workers, worth=worth, address=None)) == 40 * 39
    assert ray.places[0]["num_cpus"] == cores


def prints_and_stops(result):
    sys.stdout.write(f"{result}\n")
    raise LookupError


def test_what_ray_prints_is_no_output_and_what_others_print_meanwhile_is_theirs(cluster, capsys):
    ray = cluster(2)
    with pytest.raises(LookupError) as caught, closing(on_the_cluster()) as results:
        deque(map(prints_and_stops, results))
    printed = capsys.readouterr()
    assert printed.out == "0\n"
    assert printed.err == "the cluster says hello\nthe cluster says goodbye\n"
    assert ray.places[-1] is None
    del caught  # and the traceback, which keeps all that it went through


def test_what_rays_thread_says_of_dead_workers_is_no_output(cluster, capsys, monkeypatch):
    def said(data, ignore_prefix):
        stream = sys.stderr if data["is_err"] else sys.stdout
        stream.write(f"{ignore_prefix} {data['lines']}\n")

    thread = SimpleNamespace(print_to_stdstream=said)
    monkeypatch.setitem(sys.modules, "ray._private.worker", thread)
    for _ in range(2):
        cluster(2)
        list(on_the_cluster())
    capsys.readouterr()
    thread.print_to_stdstream({"lines": ["a worker died"], "pid": "raylet", "is_err": False}, ignore_prefix=False)
    assert capsys.readouterr() == ("", "False ['a worker died']\n")


@pytest.mark.parametrize(("asked", "most"), [({}, 5), ({"workers": 2}, 2)])
def test_a_conversion_in_python_uses_the_cluster_as_far_as_it_is_not_told_otherwise(
    cluster, data, tmp_path, asked, most
):
    ray = cluster(10)
    it.convert(data, tmp_path / "out", to="webdataset", media=data, engine="ray", address="ray://cluster", **asked)
    assert ray.most == most


LOST = "0123"


@pytest.mark.parametrize(
    "error",
    [
        exceptions.WorkerCrashedError(),
        exceptions.NodeDiedError("the node is gone"),
        exceptions.OutOfMemoryError("no more memory"),
        exceptions.ObjectLostError(LOST, None, ""),
        exceptions.ObjectReconstructionFailedError(LOST, reason_message="the tries are used up"),
    ],
)
def test_a_worker_or_node_that_died_three_times_is_said_so(cluster, error):
    cluster(2, fails=error)
    with pytest.raises(WorkerError) as caught:
        list(on_the_cluster())
    assert caught.value.message == f"task 0: its worker process died 3 times ({type(error).__name__})"
    assert caught.value.hint == "most likely for want of memory: fewer --workers need less"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (exceptions.TaskUnschedulableError("no node has it"), "The task is not schedulable: no node has it"),
        (exceptions.RuntimeEnvSetupError("pip failed"), "Failed to set up runtime environment."),
        (exceptions.OutOfDiskError("\x1b[31mno room\x1b[0m left\nat all"), "no room left"),
        (exceptions.LocalRayletDiedError(), "The task's local raylet died. Check raylet.out for more information."),
        (exceptions.RaySystemError(""), "System error:"),
        (
            exceptions.ObjectFetchTimedOutError(LOST, None, "here"),
            f"Failed to retrieve object {LOST}. The ObjectRef was created at: here",
        ),
        (exceptions.RayError(), "RayError"),
    ],
)
def test_whatever_else_ray_raises_is_said_as_ray_says_it(cluster, error, said):
    cluster(2, fails=error)
    with pytest.raises(WorkerError) as caught:
        list(on_the_cluster())
    assert caught.value.message == f"task 0: Ray: {said}"
    assert caught.value.hint is None


def test_a_store_that_is_full_before_the_first_task_is_said_so(cluster):
    cluster(2, full=exceptions.ObjectStoreFullError("no room for 3 GB"))
    with pytest.raises(WorkerError, match=r"^Ray: no room for 3 GB$"):
        list(on_the_cluster())
