"""Outputs elsewhere: the same files as on this machine, whole or not at all, though nothing can be renamed there."""

import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from faults.data import make
from objects import environment
from starting import begin
from thorough import FULL

MOMENTS = range(2, 57, 2 if FULL else 14)
"""Requests at which a run is killed; a run takes 56."""


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


def command(data, out, *options, url):
    return started("convert", data, "--to", "webdataset", "-o", out, "--workers", "1", *options, url=url)


def started(*arguments, url):
    return begin(*arguments, env=environment(url))


def ended(process, code=0):
    out, told = (content.decode() for content in process.communicate(timeout=120))
    assert process.returncode == code, told
    assert "Traceback" not in told
    return out, told


def broken_off(proxy, process, name, how="killed"):
    """Let *process* be killed, or be told that it failed, once it has written *name*."""

    def answer(status, headers, body):
        method, path, _ = proxy.asked[-1]
        if method != "PUT" or not path.endswith(name):
            return status, headers, body
        if how == "killed":
            process.kill()
        return 403, headers, b""

    proxy.answer = answer
    process.communicate(timeout=120)
    assert process.returncode == (-signal.SIGKILL if how == "killed" else 2)
    proxy.answer = lambda *answer: answer
    proxy.asked.clear()


def parts_made(proxy):
    return sum(method == "PUT" and path.endswith("/receipt.json") for method, path, _ in proxy.asked)


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
    published = "out/manifest.json" in there.tree()
    ended(command(data, out, url=server.url), 2 if published else 0)
    found = there.tree()
    assert [name for name in found if not name.startswith("out/")] == []
    assert shards({name.removeprefix("out/"): content for name, content in found.items()}) == whole
    assert json.loads(found["out/manifest.json"])["totals"]["samples"] == 290


def test_an_interrupted_run_says_what_is_kept_and_goes_on(data, whole, server, bucket, there, proxy):
    process = command(data, bucket.at("out"), url=proxy.url)

    def before():
        if sum("parts" in path and method == "PUT" for method, path, _ in proxy.asked) == 8:  # of the third part
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
        "hint: choose another place; --overwrite replaces what an earlier run finished there",
    ]
    ended(command(data, bucket.at("out"), "--overwrite", url=server.url))
    assert shards({name.removeprefix("out/"): content for name, content in there.tree().items()}) == whole
    bucket.put("out/mine.txt", b"mine")
    _, told = ended(command(data, bucket.at("out"), "--overwrite", url=server.url), 2)
    assert "holds mine.txt, which no manifest there lists, so it is not replaced" in told
    assert there.tree()["out/mine.txt"] == b"mine"


@pytest.mark.parametrize("how", ["killed", "failing"])
def test_a_merge_that_breaks_off_while_it_copies_is_given_again(data, whole, bucket, there, proxy, how):
    for number in (1, 2):
        ended(command(data, bucket.at("out"), "--part", f"{number}/2", url=bucket.server.url))
    broken_off(proxy, started("merge", bucket.at("out"), url=proxy.url), "/out/video-000001.tar", how)
    assert "out/video-000001.tar" in there.tree()
    ended(started("merge", bucket.at("out"), url=bucket.server.url))
    found = {name: content for name, content in there.tree().items() if not name.startswith("out.part-")}
    assert shards({name.removeprefix("out/"): content for name, content in found.items()}) == whole
    assert all(name.startswith("out/") for name in found)


def test_a_run_that_breaks_off_while_it_copies_may_begin_again(data, whole, server, bucket, there, proxy):
    broken_off(proxy, command(data, bucket.at("out"), url=proxy.url), "/out/video-000001.tar")
    ended(command(data, bucket.at("out"), "--fresh", url=proxy.url))
    assert parts_made(proxy) == 5
    found = there.tree()
    assert shards({name.removeprefix("out/"): content for name, content in found.items()}) == whole
    assert all(name.startswith("out/") for name in found)


def test_a_beginning_again_that_breaks_off_too_is_no_obstacle(data, whole, server, bucket, there, proxy):
    broken_off(proxy, command(data, bucket.at("out"), url=proxy.url), "/out/video-000001.tar")
    broken_off(proxy, command(data, bucket.at("out"), "--fresh", url=proxy.url), "/receipt.json")
    assert "out/video-000001.tar" in there.tree()
    ended(command(data, bucket.at("out"), url=server.url))
    assert shards({name.removeprefix("out/"): content for name, content in there.tree().items()}) == whole


@pytest.mark.parametrize("options", [(), ("--fresh",)])
def test_a_replacement_by_less_that_breaks_off_is_given_again(data, whole, bucket, there, proxy, options):
    small = ("--limit", "15")
    ended(command(data, bucket.at("small"), *small, url=bucket.server.url))
    expected = {name.removeprefix("small/"): content for name, content in there.tree().items()}
    ended(command(data, bucket.at("out"), url=bucket.server.url))
    broken_off(proxy, command(data, bucket.at("out"), *small, "--overwrite", url=proxy.url), "/out/image-000000.tar")
    assert "out/manifest.json" not in there.tree()
    assert shards(whole).keys() > shards(expected).keys()
    ended(command(data, bucket.at("out"), *small, *options, url=bucket.server.url))
    found = {name: content for name, content in there.tree().items() if not name.startswith("small/")}
    assert found.keys() == {f"out/{name}" for name in expected}
    assert shards({name.removeprefix("out/"): content for name, content in found.items()}) == shards(expected)


def test_a_replacement_that_is_killed_before_it_takes_anything_away_keeps_its_parts(data, whole, bucket, there, proxy):
    ended(command(data, bucket.at("out"), "--limit", "15", url=proxy.url))
    broken_off(proxy, command(data, bucket.at("out"), "--overwrite", url=proxy.url), "/moves.json")
    assert "out/manifest.json" in there.tree()
    ended(command(data, bucket.at("out"), "--overwrite", url=proxy.url))
    assert parts_made(proxy) == 0
    found = there.tree()
    assert shards({name.removeprefix("out/"): content for name, content in found.items()}) == whole
    assert all(name.startswith("out/") for name in found)


def test_what_a_run_leaves_that_is_killed_when_it_has_published_goes_with_the_next(data, server, bucket, there, proxy):
    broken_off(proxy, command(data, bucket.at("out"), url=proxy.url), "/out/manifest.json")
    assert any(name.startswith(".out.partial/parts/") for name in there.tree())
    _, told = ended(command(data, bucket.at("out"), url=server.url), 2)
    assert told.startswith(f"error: {bucket.at('out')} already holds README.md\n")
    assert all(name.startswith("out/") for name in there.tree())


def test_where_an_output_that_broke_off_was_taken_away_a_file_is_nobody_elses(data, server, bucket, there, proxy):
    broken_off(proxy, command(data, bucket.at("out"), url=proxy.url), "/out/video-000001.tar")
    for name in there.tree():
        if name.startswith("out/"):
            server.ask("DELETE", f"/{bucket.name}/{name}")
    broken_off(proxy, command(data, bucket.at("out"), "--fresh", url=proxy.url), "/receipt.json")
    bucket.put("out/README.md", b"mine")
    _, told = ended(command(data, bucket.at("out"), url=server.url), 2)
    assert told.startswith(f"error: {bucket.at('out')} already holds README.md\n")


def test_a_second_run_is_refused_while_the_first_goes_on(data, server, bucket, proxy):
    first = command(data, bucket.at("out"), url=proxy.url)
    second = []

    def before():
        if not second and any("parts" in path for _, path, _ in proxy.asked):
            second.append(command(data, bucket.at("out"), url=server.url))
            second.append(second[0].communicate(timeout=120)[1].decode())

    proxy.before = before
    ended(first)
    assert second[0].returncode == 2
    held = f"error: {bucket.at('.out.partial')} belongs to a run that is still going: process {first.pid} on "
    assert second[1].startswith(held)


def gone():
    """Number a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


@pytest.mark.parametrize(
    ("boot", "process"),
    [(None, gone), (None, os.getpid), ("another", os.getpid)],
    ids=["it is gone", "its number is another's", "the machine was started again"],
)
def test_a_run_that_is_dead_is_no_obstacle(data, server, bucket, there, boot, process):
    boot = boot or Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    holder = {"host": platform.node(), "boot": boot, "process": process(), "started": "1"}
    bucket.put(".out.partial/lock.json", json.dumps(holder).encode())
    ended(command(data, bucket.at("out"), url=server.url))
    assert all(name.startswith("out/") for name in there.tree())


RIVAL = json.dumps({"host": "elsewhere", "boot": "x", "process": 1, "started": "1"}).encode()


def test_of_two_that_take_over_from_a_dead_run_the_first_gives_way(data, bucket, there, proxy):
    dead = {"host": platform.node(), "boot": "another", "process": 1, "started": "1"}
    bucket.put(".out.partial/lock.json", json.dumps(dead).encode())

    def answer(status, headers, body):
        method, path, _ = proxy.asked[-1]
        if method == "PUT" and path.endswith("/lock.json") and status == 200:
            bucket.put(".out.partial/lock.json", RIVAL)
        return status, headers, body

    proxy.answer = answer
    _, told = ended(command(data, bucket.at("out"), url=proxy.url), 2)
    assert "belongs to a run that is still going: process 1 on elsewhere" in told
    assert there.tree() == {".out.partial/lock.json": RIVAL}


def test_the_lock_of_another_run_is_not_taken_away(data, bucket, there, proxy):
    def answer(status, headers, body):
        if proxy.asked[-1][1].endswith("/out/manifest.json"):
            bucket.put(".out.partial/lock.json", RIVAL)
        return status, headers, body

    proxy.answer = answer
    ended(command(data, bucket.at("out"), url=proxy.url))
    assert there.tree()[".out.partial/lock.json"] == RIVAL


def test_a_lock_that_cannot_be_read_is_respected(data, server, bucket, there):
    bucket.put(".out.partial/lock.json", b'{"pid": 1}')
    _, told = ended(command(data, bucket.at("out"), url=server.url), 2)
    root = bucket.at(".out.partial")
    assert told.splitlines() == [
        f"error: {root} belongs to another run: {root}/lock.json does not say which",
        f"hint: wait for it, or choose another place; if that run is dead, remove {root}/lock.json",
    ]
    assert there.tree() == {".out.partial/lock.json": b'{"pid": 1}'}


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


def test_a_list_of_rejects_that_is_lost_is_said_so_and_made_again(tmp_path, bucket, there, proxy):
    data = make(tmp_path / "data")
    for number in (3, 37):
        (data / "videos_vpt" / "LVVIS" / f"{number:05d}" / "1.jpg").unlink()

    def answer(status, headers, body):
        method, path, _ = proxy.asked[-1]
        if method == "PUT" and path.endswith("/receipt.json"):
            bucket.server.ask("DELETE", path.replace("receipt.json", "rejects"))
        return status, headers, body

    proxy.answer = answer
    _, told = ended(command(data, bucket.at("out"), "--on-error", "reject", url=proxy.url), 2)
    assert told.startswith(f"error: {bucket.at('.out.partial/parts')}/")
    assert "/rejects is gone, and a run had finished it\n" in told
    assert not any(name.startswith("out/") for name in there.tree())
    proxy.answer = lambda *answer: answer
    ended(command(data, bucket.at("out"), "--on-error", "reject", url=proxy.url), 3)
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
