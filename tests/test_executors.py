"""Executors: results in order whoever does the work, a dead worker replaced, and nothing that hangs or outlives."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import closing
from functools import partial
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from working import (
    dies_once,
    double,
    gives_what_cannot_cross,
    kills_its_worker,
    never_ends,
    runs_out_of_memory,
    slow_first,
    stubborn,
    tells,
    tells_and_dies_once,
)

from instit_tools import executors
from instit_tools.errors import UsageError, WorkerError
from instit_tools.executors import local
from instit_tools.executors.base import TRIES, Job, Told, unwatched
from instit_tools.executors.cores import cores, crew


def spread(work, tasks, workers, **changes):
    return executors.spread(work, list(tasks), name=lambda task: f"task {task}", workers=workers, **changes)


@pytest.mark.parametrize("engine", ["serial", "local"])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_tasks(engine, workers):
    assert list(spread(double, range(20), workers, engine=engine)) == [2 * number for number in range(20)]


@given(st.lists(st.integers(), max_size=6))
@settings(max_examples=5, deadline=None)
def test_however_many_tasks_none_is_lost_or_done_twice(tasks):
    assert list(spread(double, tasks, 2)) == [2 * number for number in tasks]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_task_that_fails_shows_where_it_is_due(workers):
    with pytest.raises(ValueError, match="the third"):
        list(spread(slow_first, range(6), workers))
    with closing(spread(slow_first, range(6), workers)) as results:
        assert [next(results), next(results)] == [0, 1]


def test_an_error_that_cannot_be_sent_comes_as_its_traceback():
    with pytest.raises(RuntimeError, match="StubbornError: ab"):
        list(spread(stubborn, range(3), 2))


def test_a_result_that_cannot_be_sent_is_no_killed_worker():
    with pytest.raises(TypeError, match=r"cannot pickle .*thread\.lock"):
        list(spread(gives_what_cannot_cross, range(3), 2))


def test_workers_that_do_not_end_are_ended(monkeypatch):
    monkeypatch.setattr(local, "_PATIENCE", 1.0)
    results = spread(never_ends, [0, 1, 1, 1, 1], 4)
    assert next(results) is None
    mine = children()
    results.close()
    assert mine
    assert not any(Path(f"/proc/{pid}").exists() for pid in mine)


def test_whoever_stops_in_the_middle_leaves_no_worker_and_no_changed_output():
    own = sys.stdout
    seen = []

    def stops(_result):
        seen.append(sys.stdout)
        raise LookupError

    with pytest.raises(LookupError) as caught, closing(spread(never_ends, [0, 1, 1], 2)) as results:
        deque(map(stops, results))
    assert seen == [own]
    assert children() == []
    del caught  # and the traceback, which keeps all that it went through


def test_a_worker_that_dies_is_replaced_and_its_task_done(tmp_path):
    assert list(spread(partial(dies_once, str(tmp_path)), range(5), 2)) == [0, 1, 2, 3, 4]


def test_a_task_that_kills_every_worker_is_named_and_ends_the_run():
    message = rf"^task 3: its worker process died {TRIES} times \(killed by SIGKILL\)$"
    with pytest.raises(WorkerError, match=message) as caught:
        list(spread(kills_its_worker, range(8), 2))
    assert caught.value.exit_code == 3
    assert caught.value.hint == "most likely for want of memory: fewer --workers need less"


def test_a_worker_without_memory_is_as_good_as_dead():
    with pytest.raises(WorkerError, match=r"^task 1: its worker process died 3 times \(no memory left\)$"):
        list(spread(runs_out_of_memory, range(3), 2))


def watched(work, tasks, workers, engine="local"):
    watch = Told()
    job = Job(work=work, tasks=tasks, name=str, workers=workers, watch=watch)
    assert list(executors.load(engine).run(job)) == tasks
    return watch


@pytest.mark.parametrize("engine", ["serial", "local"])
@pytest.mark.parametrize("workers", [1, 3])
def test_what_workers_tell_adds_up(engine, workers):
    assert watched(tells, [3, 0, 40, 7], workers, engine) == Told(size=500, records=50, shards=4)


def test_what_a_worker_told_before_it_died_is_taken_back(tmp_path):
    work = partial(tells_and_dies_once, str(tmp_path))
    assert watched(work, [1, 2, 3], 2) == Told(size=3000, records=300)


PARENT = """
import os, sys, time
from instit_tools import executors
from working import never_ends
results = executors.spread(never_ends, [0, 1, 1], name=str, workers=2)
next(results)
print(*open(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read().split(), flush=True)
time.sleep(60)
"""


def test_no_worker_outlives_a_parent_that_is_killed():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=Path(__file__).parent, text=True
    ) as parent:
        workers = [pid for pid in parent.stdout.readline().split() if b"spawn_main" in command_line(pid)]
        parent.kill()
    assert len(workers) == 2
    deadline = time.monotonic() + 30
    while any(is_alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(is_alive(pid) for pid in workers)


def test_a_worker_does_its_tasks_where_the_system_cannot_end_it_with_its_parent(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace())  # as on macOS
    inwards, tasks = Pipe(duplex=False)
    results, outwards = Pipe(duplex=False)
    tasks.send((7, 21))
    tasks.close()  # after which the worker ends
    heeded = signal.getsignal(signal.SIGINT)
    try:
        local._serve(
            SimpleNamespace(recv=inwards.recv, send=outwards.send, send_bytes=outwards.send_bytes),
            partial(unwatched, double),
            os.getppid(),
        )
    finally:
        signal.signal(signal.SIGINT, heeded)
    assert [results.recv(), results.recv()] == [Told(), (7, 42, None)]


def command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children():
    own = f"/proc/{os.getpid()}/task/{threading.get_native_id()}/children"
    return [pid for pid in Path(own).read_text().split() if b"spawn_main" in command_line(pid)]


def test_every_engine_says_what_it_is():
    assert executors.available() == ("local", "ray", "serial")
    assert all(executors.load(name).SUMMARY for name in executors.available())


def test_an_engine_that_does_not_exist_is_said_so():
    with pytest.raises(UsageError, match=r"^there is no engine 'locl'$") as caught:
        executors.refuse("locl", None, None)
    assert caught.value.hint == "did you mean local?"


@pytest.mark.parametrize("name", ["local", "serial"])
def test_an_address_that_would_be_ignored_is_refused(name):
    with pytest.raises(UsageError, match=f"^--address means nothing to --engine {name}$") as caught:
        executors.refuse(name, "10.0.0.1:6379", None)
    assert caught.value.hint == "--engine ray, or leave --address out"


def test_no_worker_at_all_is_refused():
    with pytest.raises(UsageError, match=r"^--workers is 0, and must be 1 at least$"):
        executors.refuse("local", None, 0)


def test_several_workers_of_an_engine_that_has_none_are_refused():
    with pytest.raises(UsageError, match=r"^--workers 2 means nothing to --engine serial$") as caught:
        executors.refuse("serial", None, 2)
    assert caught.value.hint == "--engine local, or leave --workers out"
    for engine, workers in (("serial", 1), ("local", 2), ("ray", 2)):
        executors.refuse(engine, None, workers)


@pytest.mark.parametrize(
    ("asked", "tasks", "worth", "expected"),
    [(7, 9, True, 7), (7, 9, False, 7), (7, 3, False, 3), (1, 9, True, 1), (2, 0, True, 1), (None, 9, False, 1)],
)
def test_who_asks_for_workers_gets_them_as_far_as_there_are_tasks(asked, tasks, worth, expected):
    assert crew(asked, tasks, worth=worth) == expected


def test_who_asks_for_none_gets_one_a_core_where_the_work_is_worth_it():
    assert crew(None, 1000, worth=True) == cores()
    assert crew(None, 1, worth=True) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max 100000", None), ("150000 100000", 2), ("50000 100000", 1), ("nonsense", None), ("6400000 100000", None)],
)
def test_a_container_with_a_quota_has_fewer_cores(tmp_path, text, expected):
    bound = len(os.sched_getaffinity(0))
    (tmp_path / "cpu.max").write_text(text)
    assert cores(tmp_path / "cpu.max") == (bound if expected is None else min(bound, expected))
    assert cores(tmp_path / "missing") == bound


def test_without_affinity_all_cores_of_the_machine_are_used(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert cores(tmp_path / "missing") == 12
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores(tmp_path / "missing") == 1


def test_work_that_tells_nothing_fits_a_job():
    assert unwatched(double, 4, Told()) == 8
