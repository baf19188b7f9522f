"""Parts of a run, made one by one on any machine, and merged to what one run would have made."""

import json
import re
import shutil

import pytest
from faults.data import make, tree
from hypothesis import given
from hypothesis import strategies as st

import instit_tools as it
from instit_tools.cli.options import part_of
from instit_tools.conversion import run as module
from instit_tools.conversion.outline import Slice
from instit_tools.conversion.settings import Settings
from instit_tools.conversion.slices import merge
from instit_tools.errors import Interrupted, OutputError, UsageError


def sliced(data, out, number, count, **changes):
    return it.convert(data, out, to="webdataset", media=data, part=(number, count), **changes)


@given(st.integers(1, 50), st.integers(0, 500))
def test_every_partition_is_in_exactly_one_part(count, partition):
    assert sum(Slice(number, count).holds(partition) for number in range(1, count + 1)) == 1


@pytest.mark.parametrize("count", [1, 3, 7])
def test_parts_in_any_order_merge_to_the_same_bytes(data, whole, tmp_path, count):
    for number in reversed(range(1, count + 1)):
        sliced(data, tmp_path / "out", number, count)
    assert not (tmp_path / "out").exists()
    before = tree(tmp_path)
    merge(str(tmp_path / "out"))
    assert tree(tmp_path / "out") == whole
    assert before.items() <= tree(tmp_path).items(), "the parts are still there"
    assert not it.verify(tmp_path / "out").count


def test_the_commands_say_what_to_do_next(data, whole, tmp_path, run):
    for number in (1, 2):
        done = run("convert", data, "--to", "webdataset", "-o", "out", "--part", f"{number}/2")
        assert done.returncode == 0
        assert done.stderr == b"when all parts are there: instit-tools merge out\n"
    assert done.stdout == b"out.part-2-of-2 holds part 2 of 2: 168 samples of 24 records\n"
    done = run("merge", "out")
    assert done.returncode == 0
    assert done.stdout == b"out holds 290 samples of 50 records in 5 shards, 2.3 MB\n"
    assert done.stderr.splitlines() == [
        b"the parts are no longer needed: rm -r out.part-*",
        b"check it with: instit-tools verify out",
    ]
    assert tree(tmp_path / "out") == whole
    assert json.loads(run("merge", "out", "--overwrite", "--json").stdout) == json.loads(whole["manifest.json"])


def test_rejects_of_all_parts_are_listed_once_and_the_code_says_so(tmp_path, run):
    data = make(tmp_path / "data")
    for number in (3, 37):
        (data / "videos_vpt" / "LVVIS" / f"{number:05d}" / "1.jpg").unlink()
    options = ("--to", "webdataset", "--on-error", "reject")
    codes = [run("convert", data, *options, "-o", "out", "--part", f"{number}/2").returncode for number in (1, 2)]
    assert sorted(codes) in ([0, 3], [3, 3])
    assert run("merge", "out").returncode == 3
    assert run("convert", data, *options, "-o", "whole").returncode == 3
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
    assert len((tmp_path / "out" / "rejects.jsonl").read_text().splitlines()) == 2


def test_a_part_that_runs_twice_is_no_error(data, tmp_path):
    for _ in range(2):
        sliced(data, tmp_path / "out", 1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["out.part-1-of-2"]


def test_a_part_that_has_nothing_to_do_is_a_part_too(data, whole, tmp_path):
    for number in range(1, 10):
        sliced(data, tmp_path / "out", number, 9)
    assert {path.name for path in (tmp_path / "out.part-9-of-9").iterdir()} == {"part.json"}
    merge(str(tmp_path / "out"))
    assert tree(tmp_path / "out") == whole


@pytest.mark.filterwarnings("ignore:LLaVA-NeXT keeps every frame")
def test_clips_are_merged_too(tmp_path):
    data = make(tmp_path / "data", videos=8, words=40_000)
    it.convert(data, tmp_path / "out", to="llava", frames="mp4", media=data)
    whole = tree(tmp_path / "out")
    for number in (1, 2):
        it.convert(data, tmp_path / "out", to="llava", frames="mp4", media=data, part=(number, 2))
    merge(str(tmp_path / "out"), overwrite=True)
    assert tree(tmp_path / "out") == whole
    assert any(name.startswith("clips/") for name in whole)


def test_a_missing_part_is_named(data, tmp_path):
    sliced(data, tmp_path / "out", 1, 12)
    message = rf"^part 2 of 12 is missing: there is no {re.escape(str(tmp_path))}/out\.part-02-of-12$"
    with pytest.raises(OutputError, match=message) as caught:
        merge(str(tmp_path / "out"))
    assert caught.value.hint == "make it with the command of the other parts and --part 2/12"


def test_an_unfinished_part_is_named(data, tmp_path):
    sliced(data, tmp_path / "out", 1, 1)
    (tmp_path / "out.part-1-of-1" / "part.json").unlink()
    with pytest.raises(OutputError, match=r"/out\.part-1-of-1 is not a finished part: it has no part\.json$"):
        merge(str(tmp_path / "out"))


def test_parts_of_different_runs_are_not_mixed(data, tmp_path):
    sliced(data, tmp_path / "out", 1, 2)
    sliced(data, tmp_path / "out", 2, 2, seed=5)
    message = r"out\.part-2-of-2 is of another run than .*/out\.part-1-of-2: seed was 0 and is 5$"
    with pytest.raises(OutputError, match=message) as caught:
        merge(str(tmp_path / "out"))
    assert caught.value.hint == "make all parts with one command, but for --part"


def test_parts_of_several_divisions_are_not_mixed(data, tmp_path):
    sliced(data, tmp_path / "out", 1, 2)
    sliced(data, tmp_path / "out", 1, 3)
    with pytest.raises(OutputError, match=r"^there are parts of .*/out of several divisions, by 2 and by 3$"):
        merge(str(tmp_path / "out"))


def test_where_there_are_no_parts_that_is_said(tmp_path):
    with pytest.raises(OutputError, match=r"^there are no parts of .*/out: no folder .*/out\.part-1-of-N$"):
        merge(str(tmp_path / "out"))


def test_what_is_there_is_not_merged_over(data, tmp_path):
    sliced(data, tmp_path / "out", 1, 1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(OutputError, match=r"/out already holds mine$"):
        merge(str(tmp_path / "out"))


def test_a_part_of_damaged_files_is_not_merged(data, tmp_path):
    sliced(data, tmp_path / "out", 1, 1)
    next((tmp_path / "out.part-1-of-1").glob("0*/video.*")).write_bytes(b"short")
    with pytest.raises(OutputError, match=r"/video\.00\S+ has 5 bytes where [0-9,]+ were written$"):
        merge(str(tmp_path / "out"))


@pytest.mark.parametrize("name", ["rejects", "receipt.json"])
def test_a_part_that_has_lost_a_list_is_not_merged(data, tmp_path, name):
    sliced(data, tmp_path / "out", 1, 1)
    lost = next((tmp_path / "out.part-1-of-1").glob(f"000003-*/{name}"))
    lost.unlink()
    with pytest.raises(OutputError, match=f"^{re.escape(str(lost))} is missing$") as caught:
        merge(str(tmp_path / "out"))
    assert caught.value.hint == "run the command of that part again"
    sliced(data, tmp_path / "out", 1, 1)
    assert merge(str(tmp_path / "out")).totals.samples == 290


def test_parts_may_differ_in_what_becomes_of_faults_and_the_manifest_says_reject(data, whole, tmp_path):
    sliced(data, tmp_path / "out", 1, 2)
    sliced(data, tmp_path / "out", 2, 2, on_error="reject")
    assert merge(str(tmp_path / "out")).settings["on_error"] == "reject"
    found = tree(tmp_path / "out")
    assert {name for name in whole if found[name] != whole[name]} == {"manifest.json"}
    assert found.keys() == whole.keys()


def test_a_file_of_the_users_in_a_part_is_not_replaced(data, tmp_path):
    sliced(data, tmp_path / "out", 1, 2)
    (tmp_path / "out.part-1-of-2" / "slurm.log").write_text("mine")
    before = tree(tmp_path)
    message = r"/out\.part-1-of-2 holds slurm\.log, which no manifest there lists, so it is not replaced$"
    with pytest.raises(OutputError, match=message):
        sliced(data, tmp_path / "out", 1, 2)
    assert tree(tmp_path) == before


def test_a_part_whose_list_cannot_be_read_is_neither_merged_nor_replaced(data, tmp_path):
    sliced(data, tmp_path / "out", 1, 1)
    folder = tmp_path / "out.part-1-of-1"
    (folder / "part.json").write_text("{}")
    for again in (lambda: sliced(data, tmp_path / "out", 1, 1), lambda: merge(str(tmp_path / "out"))):
        with pytest.raises(OutputError, match=r"/part\.json is not what convert --part writes: ") as caught:
            again()
        assert caught.value.hint == f"take {folder} away, and run the command of that part again"


class Stopped:
    """Progress that stops a run when two of its five parts are done."""

    def __init__(self):
        self.left = 25

    def start(self, total, *, done=0, unit="bytes"):
        assert total == 50

    def advance(self, size, records=0, shards=0):
        self.left -= records
        if self.left < 0:
            raise KeyboardInterrupt


def stopped(data, out, **changes):
    given = {"inputs": (str(data),), "out": str(out), "target": "webdataset", "media": str(data), "workers": 1}
    with pytest.raises(Interrupted):
        module.convert(Settings(**(given | changes)), Stopped())
    return tree(out.with_name(f".{out.name}.partial"))


def test_what_a_stopped_run_of_another_kind_finished_is_not_merged_over(data, whole, tmp_path):
    out, kept = tmp_path / "out", tmp_path / ".out.partial"
    sliced(data, out, 1, 1)
    before = stopped(data, out, seed=3)
    message = rf"^{re.escape(str(kept))} keeps what a stopped run finished, and seed was 3 and is 0$"
    with pytest.raises(OutputError, match=message) as caught:
        merge(str(out))
    hint = f"finish that run with its own command, or drop what it finished: remove {kept}/parts"
    assert caught.value.hint == hint
    assert tree(kept) == before
    shutil.rmtree(kept / "parts")
    merge(str(out))
    assert tree(out) == whole


def test_what_a_stopped_run_of_the_same_kind_finished_does_not_matter(data, whole, tmp_path):
    out, kept = tmp_path / "out", tmp_path / ".out.partial"
    sliced(data, out, 1, 1)
    before = stopped(data, out)
    lost = next((tmp_path / "out.part-1-of-1").glob("000003-*/rejects"))
    content = lost.read_bytes()
    lost.unlink()
    with pytest.raises(OutputError, match=r"/rejects is missing$"):
        merge(str(out))
    assert tree(kept) == before
    lost.write_bytes(content)
    next((kept / "parts").glob("000000-*/*.0000*")).write_bytes(b"short")
    merge(str(out))
    assert tree(out) == whole
    assert not kept.exists()


@pytest.mark.parametrize("text", ["3", "a/b", "1/2/3", "", "-1/2", "1.0/2"])
def test_what_is_no_part_is_said_so(text):
    with pytest.raises(UsageError, match=r"is no part such as 3/8, the third of eight$"):
        part_of(text)


@pytest.mark.parametrize(("number", "count"), [(0, 3), (4, 3), (1, 0)])
def test_a_part_outside_is_refused(data, tmp_path, number, count):
    with pytest.raises(UsageError, match=rf"^--part {number}/{count} is no part: the first is 1/{max(1, count)}$"):
        sliced(data, tmp_path / "out", number, count)
