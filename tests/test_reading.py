"""Pictures read whole: once for all samples of a record, and from nowhere but below the root."""

import os
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from conftest import image, video
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import encode
from PIL import Image

from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import MediaError
from instit_tools.media.ahead import paths_of
from instit_tools.media.folder import FolderStore
from instit_tools.media.frames import frames_of
from instit_tools.media.held import Held
from instit_tools.media.store import open_store
from instit_tools.sinks.tar import header
from instit_tools.source.decode import decode

PATH = "videos_vpt/LVVIS/00001/1.jpg"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "media"
    for name in ("1", "2", "3"):
        put(root / f"videos_vpt/LVVIS/00001/{name}.jpg", name.encode() * 10_000)
    return root


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def opened(store, path):
    with store.open(path) as stream:
        return stream.read()


def read(store, path):
    return store.read(path)


def handles(root):
    """Count what is open below *root* in this process."""
    places = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the listing's own
            places.append(link.readlink())
    return sum(place.is_relative_to(root) for place in places)


@pytest.mark.parametrize("path", [PATH, "videos_vpt//LVVIS/./00001//1.jpg", "./videos_vpt/LVVIS/00001/1.jpg"])
def test_a_file_is_read_whole_however_its_path_is_spelt(root, path):
    store = open_store(root)
    assert read(store, path) == opened(store, path) == b"1" * 10_000


@pytest.mark.parametrize("take", [opened, read])
def test_a_folder_that_becomes_a_link_out_of_the_root_is_not_followed(root, tmp_path, take):
    store = open_store(root)
    assert take(store, PATH) == b"1" * 10_000
    (root / "videos_vpt/LVVIS").rename(root / "videos_vpt/kept")
    put(tmp_path / "secret/00001/1.jpg", b"secret")
    put(tmp_path / "secret/00002/1.jpg", b"secret")
    (root / "videos_vpt/LVVIS").symlink_to(tmp_path / "secret")
    assert take(store, PATH) == b"1" * 10_000  # of the folder that is open
    outside = "videos_vpt/LVVIS/00002/1.jpg"
    with pytest.raises(MediaError, match=f"^{outside} leads out of the media root, to {tmp_path}/secret/00002/1.jpg$"):
        take(store, outside)


@pytest.mark.parametrize("take", [opened, read])
def test_a_file_that_becomes_a_link_out_of_the_root_is_refused(root, tmp_path, take):
    store = open_store(root)
    assert take(store, PATH) == b"1" * 10_000
    put(tmp_path / "secret.jpg", b"secret")
    (root / PATH).unlink()
    (root / PATH).symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(MediaError, match=f"^{PATH} leads out of the media root, to {tmp_path}/secret.jpg$"):
        take(store, PATH)


@pytest.mark.parametrize("take", [opened, read])
def test_links_that_stay_inside_are_followed(root, take):
    (root / "videos_raw").symlink_to("videos_vpt")
    (root / "videos_vpt/LVVIS/00001/link.jpg").symlink_to("2.jpg")
    store = open_store(root)
    assert take(store, "videos_raw/LVVIS/00001/1.jpg") == b"1" * 10_000
    assert take(store, "videos_vpt/LVVIS/00001/link.jpg") == b"2" * 10_000


@pytest.mark.parametrize("take", [opened, read])
def test_a_pipe_is_no_picture_and_is_not_waited_for(root, take):
    os.mkfifo(root / "videos_vpt/pipe.jpg")
    with pytest.raises(MediaError, match=r"^videos_vpt/pipe\.jpg is not a file$"):
        take(open_store(root), "videos_vpt/pipe.jpg")


@pytest.mark.parametrize("take", [opened, read])
def test_a_file_that_comes_later_is_found(root, take):
    store = open_store(root)
    for path in (PATH.replace("1.jpg", "9.jpg"), "videos_vpt/LVVIS/00002/1.jpg"):
        with pytest.raises(MediaError, match=f"^{path} is missing$"):
            take(store, path)
        put(root / path, b"here")
        assert take(store, path) == b"here"


def test_however_many_folders_are_read_two_stay_open(root):
    for number in range(50):
        put(root / f"videos_vpt/LVVIS/{number}/1.jpg", b"here")
    store = open_store(root)
    for number in range(50):
        assert read(store, f"videos_vpt/LVVIS/{number}/1.jpg") == b"here"
        with pytest.raises(MediaError):
            read(store, f"videos_vpt/LVVIS/{number}/none.jpg")
    assert handles(root) == 2
    del store
    assert handles(root) == 0


def test_a_picture_is_read_once_until_it_is_forgotten(root):
    held = Held(open_store(root))
    first = held.read(PATH)
    (root / PATH).write_bytes(b"changed")
    assert held.read(PATH) is first
    assert opened(held, PATH) == first
    held.forget()
    assert held.read(PATH) == b"changed"
    assert held.names("videos_vpt/LVVIS/00001") == ["1.jpg", "2.jpg", "3.jpg"]
    assert held.limits == open_store(root).limits


@pytest.mark.parametrize("target", ["webdataset", "trl", "parquet"])
def test_a_conversion_reads_each_picture_once(array, tmp_path, target, monkeypatch):
    paths = [f"videos_vpt/LVVIS/{number:05d}/{frame}.jpg" for number in (1, 2) for frame in (1, 2, 3)]
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16)).save(tmp_path / path)
    seen = []
    whole = FolderStore.read
    monkeypatch.setattr(FolderStore, "read", lambda self, path: (seen.append(path), whole(self, path))[1])
    file = str(array(video(1), video(2)))
    embed = True if target == "parquet" else None
    convert(Settings(inputs=(file,), out=str(tmp_path / "out"), target=target, media=str(tmp_path), embed_media=embed))
    assert seen == paths


# What will be read is named before


@pytest.mark.parametrize("marks", ["keep", "raw"])
@pytest.mark.parametrize("record", [video(7, frames=12), video(8, video_path="a//b/"), image(3), video(9, frames=0)])
def test_the_pictures_of_a_record_are_named_without_reading_the_rest_of_it(record, marks):
    raw = msgspec.Raw(msgspec.json.encode(record | {"video_level_caption": 1, "image_level_caption": 1}))
    try:
        wanted = [frame.path for frame in frames_of(decode(encode(record)), store=None, marks=marks)]
    except MediaError:
        wanted = []
    assert paths_of(raw, marks) == wanted


@pytest.mark.parametrize(
    "record",
    [
        b"", b"[]", b"{", b"7", b"{}", b'{"video_path": 7}', b'{"video_path": "videos_vpt/1"}', b'"\xff"',
        b'{"video_path": "videos_vpt/1", "frame_level_caption": [{}]}', b"[" * 100_000, b'{"a": ' * 100_000,
    ],
)  # fmt: skip
def test_of_a_record_with_anything_wrong_no_picture_is_named(record):
    assert paths_of(msgspec.Raw(record), "keep") == []


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../secret.jpg", "none/1.jpg", "videos_vpt/none.jpg", "out/1.jpg"])
@pytest.mark.parametrize("packed", [False, True])
def test_whatever_is_expected_nothing_comes_of_it(root, tmp_path, path, packed):
    put(tmp_path / "outside/1.jpg", b"secret")
    (root / "out").symlink_to(tmp_path / "outside")
    put(root / "images_vpt.zip", b"not a zip")
    if packed:
        with zipfile.ZipFile(tmp_path / "videos_vpt.zip", "w") as archive:
            archive.writestr(PATH, b"here")
    held = Held(open_store(tmp_path / "videos_vpt.zip" if packed else root))
    for each in (path, PATH, "images_vpt/1.jpg"):
        held.expect(each)
    assert handles(tmp_path) <= 2  # the archive, with and without zipfile; or two folders
    assert held.read(PATH) == (b"here" if packed else b"1" * 10_000)


@pytest.mark.parametrize("pack", ["zip", "tar", None])
def test_the_right_part_of_the_right_file_is_expected(root, tmp_path, monkeypatch, pack):
    said = []
    monkeypatch.setattr(os, "posix_fadvise", lambda number, *part: said.append((os.fstat(number).st_ino, *part)))
    place = root / PATH
    if pack == "zip":
        with zipfile.ZipFile(tmp_path / "videos_vpt.zip", "w") as archive:
            archive.writestr("first.txt", b"x" * 70)
            archive.writestr(PATH, b"here")
        place, part = tmp_path / "videos_vpt.zip", (109, 34)
    elif pack == "tar":
        with tarfile.open(tmp_path / "videos_vpt.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
            archive.add(root / PATH, PATH)
        place, part = tmp_path / "videos_vpt.tar", (512, 10_000)
    else:
        part = (0, 256 << 20)
    open_store(place if pack else root).expect(PATH)
    assert said == [(place.stat().st_ino, *part, os.POSIX_FADV_WILLNEED)]


def test_a_conversion_names_the_pictures_of_a_record_while_the_one_before_is_at_work(array, tmp_path, monkeypatch):
    said = []
    for number in (1, 2, 3):
        path = f"videos_vpt/LVVIS/{number:05d}/1.jpg"
        (tmp_path / path).parent.mkdir(parents=True)
        Image.new("RGB", (16, 16)).save(tmp_path / path)
    whole, expect = FolderStore.read, FolderStore.expect
    monkeypatch.setattr(FolderStore, "read", lambda self, path: (said.append(("read", path[-7])), whole(self, path))[1])
    monkeypatch.setattr(
        FolderStore, "expect", lambda self, path: (said.append(("expected", path[-7])), expect(self, path))[1]
    )
    file = str(array(*(video(number, frames=1) for number in (1, 2, 3))))
    convert(Settings(inputs=(file,), out=str(tmp_path / "out"), target="webdataset", media=str(tmp_path)))
    assert said == [("expected", "2"), ("read", "1"), ("expected", "3"), ("read", "2"), ("read", "3")]


def made_by_tarfile(name, size):
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


def outcome(make, name, size):
    try:
        return make(name, size)
    except ValueError as error:
        return str(error)


@given(
    st.one_of(st.text(max_size=120), st.text("abc/.", min_size=95, max_size=260)),
    st.one_of(st.integers(0, 1 << 34), st.sampled_from([8**11 - 1, 8**11])),
)
def test_the_header_of_a_member_is_the_one_that_tarfile_makes(name, size):
    assert outcome(header, name, size) == outcome(made_by_tarfile, name, size)
