"""Outputs elsewhere: the same files as on this machine, whole or not at all, though nothing can be renamed there."""

import json
import signal
import subprocess
import sys

import pytest
from faults.data import make
from objects import environment

MOMENTS = range(2, 51, 8)
"""Requests at which a run is killed; a run takes 51."""


@pytest.fixture(scope="module")
def whole(whole):
    return shards(whole)


def shards(files):
    """What does not depend on where the pictures are."""
    return {name: content for name, content in files.items() if name.endswith(".tar")}


class There:
    """A bucket as files."""

    def __init__(self, bucket):
        self.bucket = bucket

    def tree(self):
        listing = self.bucket.server.ask("GET", f"/{self.bucket.name}?list-type=2&max-keys=1000").decode()
        names = [piece.partition("</Key>")[0] for piece in listing.split("<Key>")[1:]]
        return {name: self.bucket.server.ask("GET", f"/{self.bucket.name}/{name}") for name in sorted(names)}


@pytest.fixture
def there(bucket):
    return There(bucket)


def command(data, out, *options, url, verb="convert"):
    arguments = [verb, str(data), "--to", "webdataset", "-o", out, "--workers", "1", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "instit_tools", *arguments],
        env=environment(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process, code=0):
    out, told = process.communicate(timeout=120)
    assert process.returncode == code, told
    assert "Traceback" not in told
    return out, told


def test_an_output_elsewhere_has_the_same_shards_and_nothing_beside_them(data, whole, server, bucket, there, run):
    out, _ = ended(command(data, bucket.at("deep/out"), url=server.url))
    assert out == f"{bucket.at('deep/out')} holds 290 samples of 50 records in 5 shards, 2.3 MB\n"
    found = there.tree()
    assert all(name.startswith("deep/out/") for name in found)
    assert shards({name.removeprefix("deep/out/"): content for name, content in found.items()}) == whole
    verified = run("verify", bucket.at("deep/out"), env=environment(server.url))
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.decode().startswith(f"{bucket.at('deep/out')}: whole; 290 samples in 5 shards")


def test_what_was_changed_elsewhere_is_found(data, server, bucket, run):
    ended(command(data, bucket.at("out"), url=server.url))
    bucket.put("out/video-000000.tar", b"no tar")
    verified = run("verify", bucket.at("out"), env=environment(server.url))
    assert verified.returncode == 1
    assert b"video-000000.tar: has 6 bytes, and the manifest says " in verified.stdout


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_is_killed_at_any_request_leaves_no_manifest_and_goes_on(data, whole, there, proxy, moment):
    bucket, server = there.bucket, there.bucket.server
    out = bucket.at("out")
    process = command(data, out, url=proxy.url)

    def before():
        if len(proxy.asked) == moment:
            process.kill()

    proxy.before = before
    process.communicate(timeout=120)
    if process.returncode != -signal.SIGKILL:
        pytest.fail(f"there are only {len(proxy.asked)} requests")
    if "out/manifest.json" not in there.tree():
        ended(command(data, out, url=server.url))
    found = there.tree()
    assert shards({name.removeprefix("out/"): content for name, content in found.items()}) == whole
    assert json.loads(found["out/manifest.json"])["totals"]["samples"] == 290


def test_an_interrupted_run_says_what_is_kept_and_goes_on(data, whole, server, bucket, there, proxy):
    process = command(data, bucket.at("out"), url=proxy.url)

    def before():
        if sum("parts" in path and method == "PUT" for method, path, _ in proxy.asked) == 7:
            process.send_signal(signal.SIGINT)

    proxy.before = before
    _, told = ended(process, 130)
    assert told == "interrupted; 2 of 5 parts are finished and kept: the same command goes on with the rest\n"
    assert {name.split("/")[0] for name in there.tree()} == {".out.partial"}
    ended(command(data, bucket.at("out"), url=server.url))
    assert len(there.tree()) == len(whole) + 3


def test_what_is_there_is_refused_and_replaced_where_that_is_asked_for(data, whole, server, bucket, there):
    ended(command(data, bucket.at("out"), "--limit", "15", url=server.url))
    _, told = ended(command(data, bucket.at("out"), url=server.url), 2)
    assert told.splitlines() == [
        f"error: {bucket.at('out')} already holds README.md",
        "hint: choose another place; --overwrite replaces what an earlier run made",
    ]
    ended(command(data, bucket.at("out"), "--overwrite", url=server.url))
    assert shards({name.removeprefix("out/"): content for name, content in there.tree().items()}) == whole
    bucket.put("out/mine.txt", b"mine")
    _, told = ended(command(data, bucket.at("out"), "--overwrite", url=server.url), 2)
    assert "holds mine.txt, which no manifest there lists, so it is not replaced" in told
    assert there.tree()["out/mine.txt"] == b"mine"


def test_a_second_run_is_refused_while_the_first_goes_on_and_a_dead_one_is_no_obstacle(data, server, bucket, proxy):
    first = command(data, bucket.at("out"), url=proxy.url)
    second = []

    def before():
        if not second and any("parts" in path for _, path, _ in proxy.asked):
            second.append(command(data, bucket.at("out"), url=server.url))
            second.append(second[0].communicate(timeout=120))

    proxy.before = before
    ended(first)
    assert second[0].returncode == 2
    held = f"error: {bucket.at('.out.partial')} belongs to a run that is still going: process {first.pid} on "
    assert second[1][1].startswith(held)


def test_a_lock_of_another_machine_is_respected(data, server, bucket):
    holder = {"host": "elsewhere", "boot": "x", "process": 1, "started": "1"}
    bucket.put(".out.partial/lock.json", json.dumps(holder).encode())
    _, told = ended(command(data, bucket.at("out"), url=server.url), 2)
    assert "belongs to a run that is still going: process 1 on elsewhere" in told
    assert f"if that run is dead, remove {bucket.at('.out.partial/lock.json')}" in told


def test_parts_elsewhere_are_merged_there(data, whole, server, bucket, there, run):
    for number in (2, 1):
        ended(command(data, bucket.at("out"), "--part", f"{number}/2", url=server.url))
    done = run("merge", bucket.at("out"), env=environment(server.url))
    assert done.returncode == 0, done.stderr
    found = {name.removeprefix("out/"): content for name, content in there.tree().items() if name.startswith("out/")}
    assert shards(found) == whole
    assert any(name.startswith("out.part-1-of-2/") for name in there.tree())


def test_everything_may_be_elsewhere_and_done_by_many(data, whole, server, bucket, there, run):
    bucket.put_folder(data, "data")
    options = ["--to", "webdataset", "-o", bucket.at("out"), "--workers", "2"]
    done = run("convert", bucket.at("data"), *options, env=environment(server.url))
    assert done.returncode == 0, done.stderr
    found = {name.removeprefix("out/"): content for name, content in there.tree().items() if name.startswith("out/")}
    assert shards(found) == whole


def test_rejects_elsewhere_are_listed(tmp_path, server, bucket, there):
    data = make(tmp_path / "data")
    for number in (3, 37):
        (data / "videos_vpt" / "LVVIS" / f"{number:05d}" / "1.jpg").unlink()
    ended(command(data, bucket.at("out"), "--on-error", "reject", url=server.url), 3)
    assert len(there.tree()["out/rejects.jsonl"].splitlines()) == 2


@pytest.mark.parametrize(
    ("address", "code", "message"),
    [
        (
            "s3://no-such-bucket/out",
            2,
            "error: s3://no-such-bucket/.out.partial cannot be written: The specified bucket does not exist\n",
        ),
        ("nowhere://x/out", 2, "error: nowhere://x/.out.partial: there is no place of the kind nowhere://\n"),
    ],
)
def test_a_place_that_is_not_there_is_a_sentence(data, server, address, code, message):
    _, told = ended(command(data, address, url=server.url), code)
    assert message in told
    assert told.startswith("error: ")


def test_nothing_is_left_on_this_machine(data, server, bucket, tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "instit_tools", "convert", str(data), "--to", "webdataset", "-o", bucket.at("out")],
        env=environment(server.url) | {"TMPDIR": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert list(tmp_path.iterdir()) == []
