"""The cluster engine, on two nodes that are both this machine: the same bytes, and a sentence where it cannot be."""

import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from itertools import takewhile
from pathlib import Path

import pytest
from faults.data import tree
from thorough import FULL
from working import dies_once, double, kills_its_worker, slow_first

import instit_tools as it
from instit_tools import executors
from instit_tools.errors import WorkerError

RAY = Path(sys.executable).parent / "ray"
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "PYTHONPATH": str(Path(__file__).parent)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(*options):
    """Run a node until the block ends; only its own processes end then, for others may have clusters here too."""
    command = [RAY, "start", "--block", "--num-cpus=1", "--object-store-memory=100000000", *options]
    with subprocess.Popen(
        [*command, "--disable-usage-stats"],
        env=os.environ | QUIET,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as node:
        said = list(takewhile(lambda line: "Ray runtime started" not in line, node.stdout))
        assert node.poll() is None, "".join(said)
        draining = threading.Thread(target=node.stdout.read)  # or a full pipe would stop it
        draining.start()
        try:
            yield
        finally:
            node.terminate()
            node.wait(timeout=60)
            draining.join()


@pytest.fixture(scope="module")
def cluster():
    """The address of a cluster of two nodes with one core each."""
    address = f"127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    with (
        started("--head", f"--port={port}", "--node-ip-address=127.0.0.1", "--include-dashboard=false"),
        started(f"--address={address}", "--node-ip-address=127.0.0.2"),
    ):
        yield address


@pytest.fixture
def command(run, cluster):
    """Run a command on the cluster."""
    return partial(run, env=os.environ | QUIET | {"RAY_ADDRESS": cluster})


@pytest.mark.parametrize("target", ["webdataset", "llava", "parquet"] if FULL else ["webdataset"])
def test_a_cluster_of_two_nodes_makes_the_same_bytes(data, tmp_path, command, target):
    done = command("convert", data, "--to", target, "-o", "out", "--engine", "ray")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"out holds ")
    made = tree(tmp_path / "out")
    it.convert(data, tmp_path / "out", to=target, media=data, overwrite=True)
    assert tree(tmp_path / "out") == made


@pytest.mark.skipif(not FULL, reason="takes a minute, and convert goes the same way")
def test_statistics_of_a_cluster_are_the_same_bytes(data, tmp_path, run, cluster):
    bare = ("stats", data, "--no-report", "--tokenizer", "whitespace")
    env = os.environ | QUIET
    done = run(*bare, "-o", "out", "--engine", "ray", "--address", cluster, env=env)
    assert done.returncode == 0, done.stderr.decode()
    assert run(*bare, "-o", "alone", "--workers", "1").stdout == done.stdout
    assert tree(tmp_path / "out") == tree(tmp_path / "alone")


def test_a_fault_in_the_data_is_the_same_sentence(data, tmp_path, command, array):
    source = array({"video_id": 1})
    done = command("convert", source, "--to", "llava", "-o", "out", "--engine", "ray")
    alone = command("convert", source, "--to", "llava", "-o", "out")
    assert done.returncode == alone.returncode == 2
    assert done.stderr == alone.stderr
    assert b"Traceback" not in done.stderr


ON_THE_CLUSTER = """
import sys
from functools import partial
from instit_tools import executors
from instit_tools.errors import WorkerError
import working as work
name, *arguments = sys.argv[1:]
try:
    print(list(executors.spread(
        partial(getattr(work, name), *arguments), range(6), name=lambda task: f"task {task}", workers=2, engine="ray"
    )))
except (ValueError, WorkerError) as error:
    print(type(error).__name__, error, getattr(error, "exit_code", ""))
"""


def spread(cluster, name, *arguments):
    environment = os.environ | QUIET | {"RAY_ADDRESS": cluster}
    done = subprocess.run(
        [sys.executable, "-c", ON_THE_CLUSTER, name, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_results_come_in_the_order_of_the_tasks(cluster):
    assert spread(cluster, double.__name__) == str([0, 2, 4, 6, 8, 10])


def test_a_task_that_fails_shows_where_it_is_due(cluster):
    assert spread(cluster, slow_first.__name__) == "ValueError the third"


def test_a_worker_that_dies_is_replaced_and_its_task_done(cluster, tmp_path):
    assert spread(cluster, dies_once.__name__, str(tmp_path)) == str([0, 1, 2, 3, 4, 5])


def test_a_task_that_kills_every_worker_is_named_and_ends_the_run(cluster):
    told = spread(cluster, kills_its_worker.__name__)
    assert told == f"{WorkerError.__name__} task 3: its worker process died 3 times (WorkerCrashedError) 3"


def test_where_there_is_no_cluster_that_is_said(run, array):
    source = array({"video_id": 1})
    address = f"127.0.0.1:{free_port()}"
    done = run("convert", source, "--to", "llava", "--engine", "ray", "--address", address)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        f"error: no Ray cluster can be reached at {address}: Connection refused",
        "hint: start one with: ray start --head, and give --address HOST:PORT; RAY_AUTH_MODE=token where it wants a"
        " token",
    ]


WITHOUT_RAY = """
import sys
sys.modules["ray"] = None
from instit_tools.cli import main
sys.argv[0] = "instit-tools"
main()
"""


def test_without_ray_its_extra_is_named(array):
    arguments = ["convert", str(array({"video_id": 1})), "--to", "llava", "--engine", "ray"]
    done = subprocess.run([sys.executable, "-c", WITHOUT_RAY, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: --engine ray needs Ray, which is not installed",
        'hint: pip install "instit-tools[ray]"',
    ]


def test_only_one_module_imports_ray():
    package = Path(executors.__file__).parents[1]
    importing = re.compile(r"^\s*(import|from) ray\b", re.MULTILINE)
    found = [path for path in package.rglob("*.py") if importing.search(path.read_text())]
    assert [path.relative_to(package).as_posix() for path in found] == ["executors/ray.py"]
