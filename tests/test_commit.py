"""Whole or absent: no name stands for half a file, and nobody's files are ever replaced unasked."""

import ctypes
import hashlib
import io
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instit_tools.commit import fingerprint, refuse_to_replace, staged
from instit_tools.errors import OutputError
from instit_tools.receipt import Receipt

HOLDER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from instit_tools.commit import staged

with staged(Path(sys.argv[1])) as partial:
    (partial / "half.jsonl").write_text("half")
    (partial / "deep").mkdir()
    (partial / "deep" / "half").write_text("half")
    print("held", flush=True)
    sys.stdin.read()
"""


class BrokenError(Exception):
    """Something goes wrong in the middle."""


@contextmanager
def another_run(folder):
    """Let another process be in the middle of writing *folder*, until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.stdin.close()


def tree(folder):
    """All that *folder* holds, hidden or not: contents of files, ``None`` for folders."""
    return {
        path.relative_to(folder).as_posix(): path.read_text() if path.is_file() else None for path in folder.rglob("*")
    }


def fill(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def break_off(error, folder, files):
    fill(folder, files)
    raise error("half way")


def test_a_staged_folder_appears_whole_at_the_end(tmp_path):
    folder = tmp_path / "new" / "out"
    with staged(folder) as partial:
        fill(partial, {"a.jsonl": "a", "deep/b.jsonl": "b"})
        assert not folder.exists()
    assert tree(tmp_path / "new") == {"out": None, "out/a.jsonl": "a", "out/deep": None, "out/deep/b.jsonl": "b"}


def test_an_empty_folder_is_filled(tmp_path):
    folder = tmp_path / "out"
    (folder / "empty").mkdir(parents=True)
    with staged(folder) as partial:
        fill(partial, {"a.jsonl": "a"})
    assert tree(tmp_path) == {"out": None, "out/a.jsonl": "a"}


def test_a_relative_folder_is_one_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with staged(Path("out")) as partial:
        fill(partial, {"a.jsonl": "a"})
    assert tree(tmp_path) == {"out": None, "out/a.jsonl": "a"}


@pytest.mark.parametrize("name", [".", "..", "../here"])
def test_the_current_folder_is_refused(tmp_path, monkeypatch, name):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    message = f"^{re.escape(name)} is the current folder or above it, and cannot appear all at once$"
    with pytest.raises(OutputError, match=message) as caught, staged(Path(name)):
        pytest.fail("the work began")
    assert caught.value.hint == "name a new folder in it"


def test_a_mount_point_is_refused_before_any_work():
    with pytest.raises(OutputError, match=r"^/proc is where a file system is mounted, and cannot appear") as caught:
        refuse_to_replace(Path("/proc"), frozenset())
    assert caught.value.hint == "name a new folder in it"


@pytest.mark.parametrize("error", [BrokenError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_no_trace(tmp_path, error):
    with pytest.raises(error, match=r"^half way$"), staged(tmp_path / "out") as partial:
        break_off(error, partial, {"a.jsonl": "a", "deep/b.jsonl": "b"})
    assert tree(tmp_path) == {}


def test_an_exception_leaves_the_old_folder_as_it_was(tmp_path):
    fill(tmp_path, {"out/a.jsonl": "old"})
    with (
        pytest.raises(BrokenError, match=r"^half way$"),
        staged(tmp_path / "out", replaces=frozenset({"a.jsonl"})) as partial,
    ):
        break_off(BrokenError, partial, {"a.jsonl": "new"})
    assert tree(tmp_path) == {"out": None, "out/a.jsonl": "old"}


def test_a_folder_that_holds_something_is_refused_before_any_work(tmp_path):
    fill(tmp_path, {"out/notes.txt": "mine"})
    with pytest.raises(OutputError, match=r"/out already holds notes\.txt$") as caught, staged(tmp_path / "out"):
        pytest.fail("the work began")
    assert caught.value.hint == "choose another folder; --overwrite replaces what an earlier run finished there"
    assert tree(tmp_path) == {"out": None, "out/notes.txt": "mine"}


def test_a_hidden_file_is_something(tmp_path):
    fill(tmp_path, {"out/.git/config": "mine"})
    with pytest.raises(OutputError, match=r"/out already holds \.git/config$"), staged(tmp_path / "out"):
        pytest.fail("the work began")


def test_listed_files_are_exchanged_for_the_new_ones(tmp_path):
    fill(tmp_path, {"out/a.jsonl": "old", "out/b.jsonl": "old"})
    with staged(tmp_path / "out", replaces=frozenset({"a.jsonl", "b.jsonl", "c.jsonl"})) as partial:
        fill(partial, {"a.jsonl": "new"})
        assert tree(tmp_path / "out") == {"a.jsonl": "old", "b.jsonl": "old"}
    assert tree(tmp_path) == {"out": None, "out/a.jsonl": "new"}


@pytest.mark.parametrize("name", ["notes.txt", "deep/a.jsonl", ".hidden"])
def test_a_file_that_is_not_listed_is_never_replaced(tmp_path, name):
    fill(tmp_path, {"out/a.jsonl": "old", f"out/{name}": "mine"})
    before = tree(tmp_path)
    message = rf"/out holds {name}, which no manifest there lists, so it is not replaced$"
    with (
        pytest.raises(OutputError, match=message) as caught,
        staged(tmp_path / "out", replaces=frozenset({"a.jsonl"})),
    ):
        pytest.fail("the work began")
    assert caught.value.hint == "choose another folder, or move that file away"
    assert tree(tmp_path) == before


def test_a_file_that_comes_while_the_work_goes_on_is_not_replaced(tmp_path):
    fill(tmp_path, {"out/a.jsonl": "old"})
    message = r"/out holds notes\.txt, which no manifest there lists, so it is not replaced$"
    with (
        pytest.raises(OutputError, match=message),
        staged(tmp_path / "out", replaces=frozenset({"a.jsonl"})) as partial,
    ):
        fill(tmp_path, {f"{partial.name}/a.jsonl": "new", "out/notes.txt": "mine"})
    assert tree(tmp_path) == {"out": None, "out/a.jsonl": "old", "out/notes.txt": "mine"}


def test_a_file_where_the_folder_should_be_is_refused(tmp_path):
    fill(tmp_path, {"out": "mine"})
    with pytest.raises(OutputError, match=r"/out exists and is not a folder$") as caught, staged(tmp_path / "out"):
        pytest.fail("the work began")
    assert caught.value.hint == "choose another folder"
    assert tree(tmp_path) == {"out": "mine"}


def test_a_link_where_the_folder_should_be_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match=r"/out exists and is not a folder$"), staged(tmp_path / "out"):
        pytest.fail("the work began")


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    fill(tmp_path, {"file": "mine"})
    message = r"/file/deep cannot be written: Not a directory$"
    with pytest.raises(OutputError, match=message) as caught, staged(tmp_path / "file" / "deep" / "out"):
        pytest.fail("the work began")
    assert caught.value.hint == "choose another folder"


def test_a_second_run_on_the_same_folder_is_refused_and_the_first_not_disturbed(tmp_path):
    with another_run(tmp_path / "out") as process:
        message = r"/\.out\.partial belongs to a run that is still going$"
        with pytest.raises(OutputError, match=message) as caught, staged(tmp_path / "out"):
            pytest.fail("the work began")
        assert caught.value.hint == "wait for it, or choose another folder"
    assert process.returncode == 0
    assert tree(tmp_path) == {
        "out": None,
        "out/half.jsonl": "half",
        "out/deep": None,
        "out/deep/half": "half",
    }


def test_a_run_on_another_folder_goes_on_beside_it(tmp_path):
    with another_run(tmp_path / "out"), staged(tmp_path / "out2") as partial:
        fill(partial, {"a.jsonl": "a"})
    assert tree(tmp_path / "out2") == {"a.jsonl": "a"}


def test_what_a_killed_run_left_is_cleaned_away(tmp_path):
    with another_run(tmp_path / "out") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = {".out.partial", ".out.partial/half.jsonl", ".out.partial/deep", ".out.partial/deep/half"}
    assert left <= tree(tmp_path).keys()
    assert not (tmp_path / "out").exists()
    with staged(tmp_path / "out") as partial:
        assert [path.name for path in partial.iterdir() if path.name != ".instit-tools.lock"] == []
        fill(partial, {"a.jsonl": "a"})
    assert tree(tmp_path) == {"out": None, "out/a.jsonl": "a"}


@pytest.mark.parametrize("old", [{"out/a.jsonl": "old"}, {}])
def test_a_run_killed_while_it_exchanged_folders_is_no_obstacle(tmp_path, old):
    fill(tmp_path, {".out.retired/a.jsonl": "older", **old})
    with staged(tmp_path / "out", replaces=frozenset({"a.jsonl"})) as partial:
        fill(partial, {"a.jsonl": "new"})
    assert tree(tmp_path) == {"out": None, "out/a.jsonl": "new"}


@given(st.lists(st.binary(max_size=50) | st.binary(min_size=1, max_size=3).map(lambda part: part * 200_000)))
def test_a_receipt_counts_and_hashes_what_passes(chunks):
    out = io.BytesIO()
    receipt = Receipt(out)
    for chunk in chunks:
        assert receipt.write(chunk) == len(chunk)
        assert receipt.tell() == receipt.size == len(out.getvalue())
    whole = b"".join(chunks)
    assert out.getvalue() == whole
    assert receipt.size == len(whole)
    assert receipt.sha256 == hashlib.sha256(whole).hexdigest()


def test_a_receipt_is_a_stream_to_write_to_and_leaves_the_file_open(tmp_path):
    path = tmp_path / "shard"
    with path.open("wb") as out:
        receipt = Receipt(out)
        receipt.write(memoryview(b"abc"))
        assert receipt.writable()
        assert not receipt.readable()
        receipt.close()
        out.write(b"d")
    assert path.read_bytes() == b"abcd"


def test_a_receipt_does_without_early_writing_where_the_system_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace())  # as on macOS
    path = tmp_path / "shard"
    with path.open("wb") as out:
        receipt = Receipt(out)
        receipt.write(bytes(9 << 20))
        receipt.write(b"end")
    assert receipt.size == path.stat().st_size == (9 << 20) + 3
    assert receipt.sha256 == fingerprint(path)


def test_a_receipt_has_the_hash_of_the_file(tmp_path):
    path = tmp_path / "shard"
    with path.open("wb") as out:
        receipt = Receipt(out)
        receipt.write(os.urandom(100_000))
        receipt.write(b"")
        receipt.write(os.urandom(3))
    assert receipt.size == path.stat().st_size == 100_003
    assert receipt.sha256 == fingerprint(path) == hashlib.sha256(path.read_bytes()).hexdigest()
