"""Going on after a stop: what was finished is kept, what matters is compared, and the end is the same to the byte."""

import errno
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import fsspec
import pytest
from faults.data import make, tree
from starting import begin
from thorough import FULL

import instit_tools as it
from instit_tools.conversion import run as module
from instit_tools.conversion.settings import Settings
from instit_tools.depots import local
from instit_tools.errors import InstitError, Interrupted, OutputError, RecordError, SourceError

DYING = Path(__file__).parent / "faults" / "dying.py"
STRIDE = 1 if FULL else 6
MOMENTS = 90
"""More than the moments at which the conversion below changes a file; a test says so."""


def settings_of(data, out, **changes):
    given = {"inputs": (str(data),), "out": str(out), "target": "webdataset", "media": str(data), "workers": 1}
    return Settings(**(given | changes))


class Stopping:
    """Progress that stops the run with *error* when that many records are done."""

    def __init__(self, records, error):
        self.left = records
        self.error = error
        self.before = None

    def start(self, total, *, done=0, unit="bytes"):
        assert unit == "records"
        assert total == 50
        self.before = done

    def advance(self, size, records=0, shards=0):
        self.left -= records
        if self.left < 0:
            raise self.error


def stopped(data, out, *, after=25, **changes):
    """Convert until *after* records are done, and give the progress of the run that is stopped then."""
    progress = Stopping(after, KeyboardInterrupt())
    with pytest.raises(Interrupted):
        module.convert(settings_of(data, out, **changes), progress)
    return progress


def test_a_stopped_run_goes_on_and_ends_the_same(data, whole, tmp_path):
    assert stopped(data, tmp_path / "out").before == 0
    assert [path.name for path in tmp_path.iterdir()] == [".out.partial"]
    progress = Stopping(50, AssertionError("more was done than was missing"))
    module.convert(settings_of(data, tmp_path / "out"), progress)
    assert progress.before == 22, "two of five parts were finished"
    assert progress.left == 22
    assert tree(tmp_path) == {f"out/{name}": content for name, content in whole.items()}


def test_an_interrupt_says_what_is_kept(data, tmp_path):
    with pytest.raises(Interrupted, match=r"^2 of 5 parts are finished and kept: the same command goes on with the"):
        module.convert(settings_of(data, tmp_path / "out"), Stopping(25, KeyboardInterrupt()))


def test_an_interrupt_before_anything_is_finished_keeps_nothing(data, tmp_path):
    with pytest.raises(Interrupted, match=r"^nothing was finished yet, and nothing is kept$"):
        module.convert(settings_of(data, tmp_path / "out"), Stopping(3, KeyboardInterrupt()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "the output cannot be written: No space left on device"),
        (errno.EDQUOT, "the output cannot be written: Disk quota exceeded"),
        (errno.EROFS, "the output cannot be written: Read-only file system"),
        (errno.EAGAIN, "the run needs more than the system gives it: Resource temporarily unavailable"),
        (errno.EMFILE, "the run needs more than the system gives it: Too many open files"),
        (errno.EIO, "the run cannot go on: Input/output error"),
    ],
)
def test_the_output_is_blamed_only_for_what_it_may_have_done(data, tmp_path, number, told):
    with pytest.raises(InstitError) as caught:
        module.convert(settings_of(data, tmp_path / "out"), Stopping(25, OSError(number, os.strerror(number))))
    assert caught.value.message == told
    assert isinstance(caught.value, OutputError) is told.startswith("the output")
    hint = {errno.EIO: "", errno.EAGAIN: LIMITS, errno.EMFILE: LIMITS}.get(number, "choose another -o or make room; ")
    assert caught.value.hint == f"{hint}2 of 5 parts are finished and kept: the same command goes on with the rest"


LIMITS = "fewer --workers need less; ulimit -a shows the limits; "


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EIO])
def test_a_file_that_is_named_is_told_from_the_output(data, tmp_path, number):
    for file in (str(data / "video.json"), b"/elsewhere", str(tmp_path / ".out.partial-not")):
        with pytest.raises(InstitError) as caught:
            module.convert(settings_of(data, tmp_path / "out"), Stopping(0, OSError(number, "No", file)))
        assert caught.value.message == f"{os.fsdecode(file)}: No"
        assert not isinstance(caught.value, OutputError)
    for file in (tmp_path / ".out.partial", tmp_path / ".out.partial" / "parts" / "0" / "x"):
        with pytest.raises(OutputError, match=r"^the output cannot be written: No$"):
            module.convert(settings_of(data, tmp_path / "out"), Stopping(0, OSError(number, "No", str(file))))


@pytest.mark.parametrize(
    ("error", "told", "hint"),
    [
        (OSError(errno.EMFILE, "Too many", "x.json"), "x.json: Too many", f"; {LIMITS.rstrip('; ')}"),
        (OSError(errno.EIO, "Damaged", "x.json"), "x.json: Damaged", ""),
        (OSError(errno.ENOSPC, "Full"), "{} cannot be written: Full", "; choose another -o or make room"),
    ],
)
def test_what_fails_before_the_work_is_told_from_the_output_too(data, tmp_path, monkeypatch, error, told, hint):
    monkeypatch.setattr(module, "plan", lambda *_given, **_options: raising(error))
    with pytest.raises(InstitError) as caught:
        module.convert(settings_of(data, tmp_path / "out"))
    assert caught.value.message == told.format(tmp_path / "out")
    assert caught.value.hint == f"nothing was published{hint}"


def raising(error):
    raise error


def test_fresh_begins_again(data, whole, tmp_path):
    stopped(data, tmp_path / "out")
    progress = Stopping(50, AssertionError)
    module.convert(settings_of(data, tmp_path / "out", fresh=True), progress)
    assert progress.before == 0
    assert tree(tmp_path / "out") == whole


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": 1}, "seed was 0 and is 1"),
        ({"group": "record"}, "group was sample and is record"),
        ({"max_frames": 2}, "recipe max_frames was nothing and is 2"),
        ({"recipe": "qa"}, "recipe description is another one"),
        ({"shard_size": 10**6}, "shard_size was 256000000 and is 1000000"),
        ({"limit": 45}, "limit was nothing and is 45"),
        ({"marks": "vpt"}, "marks was keep and is vpt"),
    ],
)
def test_a_run_that_is_another_one_is_refused_by_name(data, whole, tmp_path, changes, told):
    stopped(data, tmp_path / "out")
    message = f"^{re.escape(str(tmp_path))}/.out.partial keeps what a stopped run finished, and {told}$"
    with pytest.raises(OutputError, match=message) as caught:
        module.convert(settings_of(data, tmp_path / "out", **changes))
    assert caught.value.hint == "--fresh drops what is kept and begins again; as it was, the run goes on"
    module.convert(settings_of(data, tmp_path / "out"))
    assert tree(tmp_path / "out") == whole


def test_what_a_file_may_unpack_to_is_no_part_of_a_run(data, whole, tmp_path):
    stopped(data, tmp_path / "out", max_unpacked=10**9)
    progress = Stopping(50, AssertionError("more was done than was missing"))
    module.convert(settings_of(data, tmp_path / "out", max_unpacked=10**6), progress)
    assert progress.before == 22
    assert tree(tmp_path / "out") == whole


def test_another_target_is_another_run(data, tmp_path):
    stopped(data, tmp_path / "out")
    with pytest.raises(OutputError, match=r"and target was webdataset and is trl$"):
        it.convert(data, tmp_path / "out", to="trl", media=data)


def test_another_version_is_another_run(data, tmp_path, monkeypatch):
    stopped(data, tmp_path / "out")
    plan = tmp_path / ".out.partial" / "plan.json"
    plan.write_bytes(re.sub(rb"instit-tools [^\"]+", b"instit-tools 0.0.1", plan.read_bytes()))
    with pytest.raises(OutputError, match=r"and it was made by instit-tools 0\.0\.1, and this is instit-tools "):
        module.convert(settings_of(data, tmp_path / "out"))


def test_input_that_has_changed_is_another_run(tmp_path):
    data = make(tmp_path / "data")
    stopped(data, tmp_path / "out")
    records = json.loads((data / "video.json").read_text())
    records[-1]["video_level_caption"] = "[1] leaves."
    (data / "video.json").write_text(json.dumps(records))
    with pytest.raises(OutputError, match=r"and the input is another one or has changed$"):
        module.convert(settings_of(data, tmp_path / "out"))


def test_an_archive_of_pictures_that_has_changed_is_another_run(tmp_path):
    data = make(tmp_path / "data")
    shutil.make_archive(str(data / "videos_vpt"), "zip", data, "videos_vpt")
    shutil.rmtree(data / "videos_vpt")
    stopped(data, tmp_path / "out")
    os.utime(data / "videos_vpt.zip", ns=(1, 1))
    with pytest.raises(OutputError, match=r"and an archive of pictures is another one or has changed$"):
        module.convert(settings_of(data, tmp_path / "out"))


def packed(data):
    """Put all pictures of *data* into a zip in place of the folder of those of the videos; give that."""
    with zipfile.ZipFile(data / "videos_vpt.zip", "w") as archive:
        for path in sorted(data.rglob("*.jpg")):
            archive.write(path, path.relative_to(data))
    shutil.rmtree(data / "videos_vpt")
    return data / "videos_vpt.zip"


def with_other_pictures(archive):
    """Give the bytes of *archive* with one picture in place of all."""
    out = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(out, "w") as new:
        names = [name for name in old.namelist() if name.endswith(".jpg")]
        for name in names:
            new.writestr(name, old.read(names[0]))
    return out.getvalue()


@pytest.fixture
def elsewhere():
    """Put files into fsspec's memory, below the address that this gives first, and empty it."""
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    yield "memory:///data", lambda name, content: fs.pipe_file(f"/data/{name}", content)
    fs.store.clear()


class Meanwhile(Stopping):
    """Progress that does something once, when the first record is done."""

    def __init__(self, do):
        super().__init__(1_000_000, AssertionError())
        self.do = do

    def advance(self, size, records=0, shards=0):
        self.do()
        self.do = lambda: None


def refused_as_changed(data, out, media, replace):
    with pytest.raises(SourceError) as caught:
        module.convert(settings_of(data, out, media=media), Meanwhile(replace))
    assert caught.value.message == f"an archive of pictures at {media} has changed while it was read"
    assert caught.value.hint == "run it again when nothing else writes the file"
    assert [path.name for path in out.parent.iterdir()] == ["data"]


def test_an_archive_of_pictures_that_is_replaced_during_the_run_is_an_error_and_nothing_is_kept(tmp_path):
    data, out = make(tmp_path / "data"), tmp_path / "out"
    archive = packed(data)
    other = with_other_pictures(archive)

    def replace():
        (data / "new").write_bytes(other)
        (data / "new").replace(archive)

    refused_as_changed(data, out, str(data), replace)


def test_an_archive_of_pictures_that_is_replaced_before_it_is_looked_into_is_an_error(tmp_path, monkeypatch):
    data = make(tmp_path / "data")
    archive = packed(data)
    plan = module.plan

    def replacing(*arguments, **options):
        os.utime(archive, ns=(1, 1))
        return plan(*arguments, **options)

    monkeypatch.setattr(module, "plan", replacing)
    with pytest.raises(SourceError, match=r"^an archive of pictures at .* has changed while it was read$"):
        module.convert(settings_of(data, tmp_path / "out"))


@pytest.mark.parametrize("inside", [True, False])
def test_an_archive_elsewhere_that_is_replaced_during_the_run_or_since_is_noticed(tmp_path, elsewhere, inside):
    data, out = make(tmp_path / "data"), tmp_path / "out"
    archive = packed(data)
    address, put = elsewhere
    put("videos_vpt.zip", archive.read_bytes())
    for path in (data / "images_vpt").rglob("*.jpg"):
        put(path.relative_to(data).as_posix(), path.read_bytes())
    media = address if inside else f"{address}/videos_vpt.zip"
    refused_as_changed(data, out, media, lambda: put("videos_vpt.zip", with_other_pictures(archive)))
    stopped(data, out, media=media)
    put("videos_vpt.zip", archive.read_bytes())
    with pytest.raises(OutputError, match=r"and an archive of pictures is another one or has changed$"):
        module.convert(settings_of(data, out, media=media))


@pytest.mark.parametrize("target", ["webdataset", "llava"])
@pytest.mark.parametrize("how", ["touched", "replaced", "gone"])
def test_a_picture_that_has_changed_since_its_part_was_finished_is_said_so(tmp_path, target, how):
    data, out = make(tmp_path / "data"), tmp_path / "out"
    stopped(data, out, target=target)
    noted = sorted((tmp_path / ".out.partial" / "parts").glob("*/pictures"))
    path = json.loads(noted[-1].read_text().splitlines()[-1])[0]
    picture = data / path
    content = picture.read_bytes()
    match how:
        case "touched":
            os.utime(picture, ns=(1, 1))
        case "replaced":
            picture.write_bytes(content + b"!")
        case "gone":
            picture.unlink()
    with pytest.raises(
        OutputError, match=rf"keeps what a stopped run finished, and {path} has changed since$"
    ) as caught:
        module.convert(settings_of(data, out, target=target))
    assert caught.value.hint == "--fresh drops what is kept and begins again; as it was, the run goes on"
    picture.write_bytes(content)
    module.convert(settings_of(data, out, target=target, fresh=True))
    module.convert(settings_of(data, tmp_path / "other", target=target))
    assert shards(out) == shards(tmp_path / "other")


def shards(folder):
    """What does not name the folder."""
    return {name: content for name, content in tree(folder).items() if name.startswith(("image-", "video-"))}


def test_a_picture_that_no_finished_part_has_read_may_change(data, whole, tmp_path):
    stopped(data, tmp_path / "out")
    read = "".join(path.read_text() for path in (tmp_path / ".out.partial" / "parts").glob("*/pictures"))
    pictures = [path for path in data.rglob("*.jpg") if f'"{path.relative_to(data)}"' not in read]
    assert len(pictures) > read.count("\n") > 0
    os.utime(pictures[0])
    module.convert(settings_of(data, tmp_path / "out"))
    assert tree(tmp_path / "out") == whole


def test_what_was_noted_of_pictures_is_not_published(whole):
    assert not [name for name in whole if "pictures" in name]


def test_the_number_of_workers_and_the_engine_are_no_part_of_a_run(data, whole, tmp_path):
    stopped(data, tmp_path / "out", engine="serial")
    module.convert(settings_of(data, tmp_path / "out", workers=2))
    assert tree(tmp_path / "out") == whole


def test_parts_that_are_damaged_are_made_again(data, whole, tmp_path):
    stopped(data, tmp_path / "out")
    first, second = sorted((tmp_path / ".out.partial" / "parts").glob("0*"))
    next(first.glob("*.0000*")).write_bytes(b"short")
    next(second.glob("*.0000*")).unlink()
    progress = Stopping(50, AssertionError)
    module.convert(settings_of(data, tmp_path / "out"), progress)
    assert progress.before == 0
    assert tree(tmp_path / "out") == whole


def test_a_fault_in_the_data_keeps_what_was_finished_before_it(tmp_path):
    data = make(tmp_path / "data")
    picture = data / "videos_vpt" / "LVVIS" / "00040" / "2.jpg"
    content = picture.read_bytes()
    picture.unlink()
    with pytest.raises(it.errors.MediaError, match=r"2\.jpg is missing$") as caught:
        module.convert(settings_of(data, tmp_path / "out"))
    kept = r"looked in .*; 4 of 5 parts are finished and kept: the same command goes on with the rest$"
    assert re.search(kept, caught.value.hint)
    picture.write_bytes(content)
    progress = Stopping(10, AssertionError)
    module.convert(settings_of(data, tmp_path / "out"), progress)
    assert progress.before == 46


def test_a_run_that_stopped_at_a_fault_goes_on_without_what_is_at_fault_and_back(tmp_path):
    data = make(tmp_path / "data")
    (data / "videos_vpt" / "LVVIS" / "00040" / "2.jpg").unlink()
    with pytest.raises(it.errors.MediaError):
        module.convert(settings_of(data, tmp_path / "out"))
    progress = Stopping(4, KeyboardInterrupt())
    made = module.convert(settings_of(data, tmp_path / "out", on_error="reject"), progress)
    assert progress.before == 46
    assert made.totals.rejects == {"media": 1}
    stopped(data, tmp_path / "other", after=49, on_error="reject")
    with pytest.raises(it.errors.MediaError, match=r"2\.jpg is missing$"):
        module.convert(settings_of(data, tmp_path / "other"))


def test_input_that_changes_during_the_run_is_an_error_and_nothing_is_kept(tmp_path):
    data = make(tmp_path / "data")

    class Changing(Stopping):
        def advance(self, size, records=0, shards=0):
            os.utime(data / "image.json", ns=(1, 1))

    message = r"/image\.json has changed while it was read$"
    with pytest.raises(SourceError, match=message) as caught:
        module.convert(settings_of(data, tmp_path / "out"), Changing(0, AssertionError))
    assert caught.value.hint == "run it again when nothing else writes the file"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_input_that_is_cut_short_during_the_run_is_an_error(tmp_path):
    data = make(tmp_path / "data")

    class Cutting(Stopping):
        def advance(self, size, records=0, shards=0):
            os.truncate(data / "video.json", 100)

    with pytest.raises(SourceError, match=r"/video\.json has changed while it was read$"):
        module.convert(settings_of(data, tmp_path / "out"), Cutting(0, AssertionError))


def test_a_record_at_fault_in_the_first_part_leaves_nothing(array, tmp_path):
    with pytest.raises(RecordError):
        it.convert(array({"video_id": 1}), tmp_path / "out", to="llava")
    assert [path.name for path in tmp_path.iterdir()] == ["annotations.json"]


def command(data, out, *options, moment=0, number="SIGKILL"):
    arguments = (moment, number, "convert", data, "--to", "webdataset", "-o", out, "--engine", "serial", *options)
    process = begin(*arguments, program=DYING)
    _, told = process.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, stderr=told.decode())


def test_the_moments_are_as_many_as_are_tried(data, tmp_path):
    done = command(data, tmp_path / "out")
    assert done.returncode == 0
    assert 60 < int(done.stderr.splitlines()[-1]) < MOMENTS


@pytest.mark.parametrize("moment", range(1, MOMENTS, STRIDE))
def test_a_run_that_is_killed_at_any_moment_leaves_all_or_nothing_and_goes_on(data, whole, tmp_path, moment):
    out = tmp_path / "out"
    died = command(data, out, moment=moment)
    assert died.returncode in {0, -signal.SIGKILL}
    if out.exists():
        assert tree(out) == whole
        assert not it.verify(out).count
    else:
        assert command(data, out).returncode == 0
    assert tree(tmp_path) == {f"out/{name}": content for name, content in whole.items()} or out_is_all(tmp_path, whole)


def out_is_all(folder, whole):
    """Whether beside the output there is only what the next run there takes away."""
    names = {path.name for path in folder.iterdir()}
    return tree(folder / "out") == whole and names <= {"out", ".out.partial"}


@pytest.mark.parametrize("moment", range(1, MOMENTS, STRIDE))
def test_a_replacement_that_is_killed_at_any_moment_leaves_the_old_or_the_new(data, whole, tmp_path, moment):
    out = tmp_path / "out"
    it.convert(data, out, to="webdataset", media=data, limit=3)
    before = tree(out)
    command(data, out, "--overwrite", moment=moment)
    assert tree(out) in (before, whole)
    assert command(data, out, "--overwrite").returncode == 0
    assert tree(tmp_path) == {f"out/{name}": content for name, content in whole.items()}


def all_is_kept(data, out, **changes):
    """Convert to the end where all five parts were finished before."""
    progress = Stopping(0, AssertionError("a part was made again"))
    module.convert(settings_of(data, out, **changes), progress)
    return progress.before == 50


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_output_that_cannot_be_given_its_name_keeps_all_parts(data, whole, tmp_path, monkeypatch, overwrite):
    out = tmp_path / "out"
    if overwrite:
        it.convert(data, out, to="webdataset", media=data, limit=3)
    before = tree(tmp_path)

    def busy(*_):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(local, "exchange", busy)
    with pytest.raises(OutputError, match=rf"^{re.escape(str(out))} cannot be written: Device or resource busy$"):
        module.convert(settings_of(data, out, overwrite=overwrite))
    monkeypatch.undo()
    assert {name: content for name, content in tree(tmp_path).items() if name.startswith("out/")} == before
    assert all_is_kept(data, out, overwrite=overwrite)
    assert tree(tmp_path) == {f"out/{name}": content for name, content in whole.items()}


DYING_BETWEEN = """
import os, signal, sys
from instit_tools import commit
from instit_tools.cli import main

def half(new, folder, retired):
    folder.rename(retired)
    os.kill(os.getpid(), signal.SIGKILL)

commit._swapped = lambda new, folder: False
commit._exchange_in_two_steps = half
main()
"""


def test_a_kill_that_leaves_neither_the_old_nor_the_new_keeps_all_parts(data, whole, tmp_path):
    out = tmp_path / "out"
    it.convert(data, out, to="webdataset", media=data, limit=3)
    arguments = ["convert", str(data), "--to", "webdataset", "-o", str(out), "--media", str(data), "--overwrite"]
    died = subprocess.run([sys.executable, "-c", DYING_BETWEEN, *arguments], check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL
    assert not out.exists()
    assert all_is_kept(data, out)
    assert tree(out) == whole


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("moment", [1, 12, 30, 47, 61])
def test_a_signal_at_any_moment_ends_with_130_and_no_traceback(data, whole, tmp_path, moment, number):
    out = tmp_path / "out"
    ended = command(data, out, moment=moment, number=number)
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 130 if not out.exists() else tree(out) == whole
    if not out.exists():
        assert ended.stderr.startswith("interrupted; ")
        assert command(data, out).returncode == 0
    assert tree(out) == whole
