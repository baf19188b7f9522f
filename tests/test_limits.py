"""Limits: how many pixels a header may claim, how many bytes a picture may have, wherever it lies."""

import io
import re
import struct
import tarfile
import tracemalloc
import zipfile
import zlib

import fsspec
import pytest
from objects import environment
from PIL import Image

from instit_tools.errors import MediaError
from instit_tools.media import remote
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.picture import Picture, inspect
from instit_tools.media.store import open_store, prefetch
from instit_tools.places import Place

PATH = "videos_vpt/LVVIS/1/1.jpg"
DATA = bytes(range(256)) * 4
SMALL = Limits(max_picture=1000)


def exactly(message):
    return f"^{re.escape(str(message))}$"


def png(width, height):
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return start + b"\0\0\0\0IDAT\x35\xaf\x06\x1e" + b"\0\0\0\0IEND\xaeB`\x82"


def webp(width, height):
    start = struct.pack("<I", 10) + b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + start


def whole_webp(width, height):
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, "WEBP")
    return out.getvalue()


def looked_at(data, limits):
    return inspect(io.BytesIO(data), "a/1.jpg", limits)


def in_folder(root):
    (root / PATH).parent.mkdir(parents=True)
    (root / PATH).write_bytes(DATA)
    return root, ""


def in_linked_folder(root):
    in_folder(root)
    (root / "videos_vpt").rename(root / "real")
    (root / "videos_vpt").symlink_to("real")
    return root, ""


def in_zip(root, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(root / "videos_vpt.zip", "w", method) as archive:
        archive.writestr(PATH, DATA)
    return root / "videos_vpt.zip", f" in {root / 'videos_vpt.zip'}"


def deflated(root):
    return in_zip(root, zipfile.ZIP_DEFLATED)


def in_tar(root):
    with tarfile.open(root / "videos_vpt.tar", "w") as archive:
        info = tarfile.TarInfo(PATH)
        info.size = len(DATA)
        archive.addfile(info, io.BytesIO(DATA))
    return root / "videos_vpt.tar", f" in {root / 'videos_vpt.tar'}"


def zip_in_folder(root):
    return root, in_zip(root)[1]


def tar_in_folder(root):
    return root, in_tar(root)[1]


PLACES = [in_folder, in_linked_folder, in_zip, deflated, in_tar, zip_in_folder, tar_in_folder]


@pytest.fixture
def elsewhere(bucket, proxy, monkeypatch):
    """A folder in S3; the proxy says what was asked for."""
    for name, value in environment(proxy.url).items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3").clear_instance_cache()
    bucket.put(f"data/{PATH}", DATA)
    yield bucket.at("data")
    fsspec.filesystem("s3").clear_instance_cache()


def opened(store):
    with store.open(PATH) as stream:
        return stream.read()


def read(store):
    return store.read(PATH)


def test_the_defaults_are_pillows_own_limit_and_256_mebibytes():
    assert Limits(max_pixels=2 * Image.MAX_IMAGE_PIXELS, max_picture=256 * 1024 * 1024) == DEFAULT == Limits()


@pytest.mark.parametrize("take", [opened, read])
@pytest.mark.parametrize("place", PLACES)
def test_a_file_of_more_bytes_than_the_limit_is_refused_wherever_it_lies(tmp_path, place, take):
    root, where = place(tmp_path)
    message = f"{PATH}{where} has 1,024 bytes, and a picture may have 1,000"
    with pytest.raises(MediaError, match=exactly(message)) as caught:
        take(open_store(root, SMALL))
    assert caught.value.hint == "--max-picture SIZE sets another limit"


@pytest.mark.parametrize("take", [opened, read])
@pytest.mark.parametrize("place", PLACES)
def test_a_file_of_just_the_limit_is_read(tmp_path, place, take):
    root, _ = place(tmp_path)
    assert take(open_store(root, Limits(max_picture=1024))) == DATA


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("take", [opened, read])
def test_of_a_picture_elsewhere_no_more_is_fetched_than_shows_that_it_is_too_large(elsewhere, proxy, take, together):
    store = open_store(elsewhere, SMALL)
    prefetch(store, [PATH] if together else [])
    with pytest.raises(MediaError, match=exactly(f"{PATH} has more than 1,000 bytes")) as caught:
        take(store)
    assert caught.value.hint == "--max-picture SIZE sets another limit"
    assert proxy.got(PATH) == ["bytes=0-1000"]
    exact = open_store(elsewhere, Limits(max_picture=1024))
    prefetch(exact, [PATH] if together else [])
    assert take(exact) == DATA
    assert proxy.got(PATH)[1:] == ["bytes=0-1024"]


def test_an_empty_picture_elsewhere_is_empty_and_a_missing_one_missing(elsewhere, bucket):
    bucket.put("data/videos_vpt/empty.jpg", b"")
    store = open_store(elsewhere)
    prefetch(store, ["videos_vpt/empty.jpg", "videos_vpt/none.jpg"])
    assert store.read("videos_vpt/empty.jpg") == b""
    with pytest.raises(MediaError, match=exactly("videos_vpt/none.jpg is missing")):
        store.read("videos_vpt/none.jpg")


def test_an_empty_picture_at_a_web_server_is_empty(bucket):
    content = Place(f"http://me:any@127.0.0.1:{bucket.server.port}/{bucket.name}").content
    for key in ("empty.jpg", "four.jpg"):
        bucket.put(key, b"" if key.startswith("e") else b"four")
    assert content(["empty.jpg", "four.jpg", "none.jpg"], 3) == [b"", b"fou", None]


def test_large_pictures_elsewhere_are_not_fetched_together(monkeypatch):
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    monkeypatch.setattr(remote, "_PIECE", 2)
    monkeypatch.setattr(remote, "_LARGE", 1000)
    monkeypatch.setattr(remote, "_HELD", 1500)
    names = [f"videos_vpt/{number}.jpg" for number in range(6)]
    for name in names:
        fs.pipe_file(f"/data/{name}", b"first" * (1000 if name == names[1] else 180))
    store = open_store("memory://data")
    prefetch(store, names)
    for name in names:
        fs.pipe_file(f"/data/{name}", b"later")
    assert [store.read(name)[:5] for name in names] == [b"first", b"later", b"first", b"first", b"later", b"later"]
    fs.store.clear()


@pytest.mark.parametrize("make", [png, webp, whole_webp])
def test_a_header_that_claims_more_pixels_than_the_limit_is_refused(make):
    with pytest.raises(MediaError, match=exactly("a/1.jpg claims to have more than 9,999 pixels")) as caught:
        looked_at(make(101, 100), Limits(max_pixels=9_999))
    assert caught.value.hint == "--max-pixels N sets another limit"


def test_a_higher_limit_holds_for_pillow_too():
    with pytest.raises(MediaError, match=exactly("a/1.jpg has a damaged header: could not create decoder object")):
        looked_at(webp(16_000, 16_000), Limits(max_pixels=16_000**2))


@pytest.mark.parametrize("make", [png, webp])
def test_the_limit_that_pillow_has_is_named_as_ours(make):
    with pytest.raises(MediaError, match=exactly("a/1.jpg claims to have more than 178,956,970 pixels")) as caught:
        looked_at(make(16_000, 16_000), DEFAULT)
    assert caught.value.hint == "--max-pixels N sets another limit"


def test_a_higher_limit_lets_larger_pictures_through_and_pillows_own_stays():
    before = Image.MAX_IMAGE_PIXELS
    higher = Limits(max_pixels=20_000 * 10_001)
    for name, extension in (("PNG", "png"), ("GIF", "gif"), ("BMP", "bmp")):
        out = io.BytesIO()
        Image.new("1", (20_000, 10_001)).save(out, name)
        assert looked_at(out.getvalue(), higher) == Picture(extension, 20_000, 10_001)
        with pytest.raises(MediaError, match=exactly("a/1.jpg claims to have more than 200,019,999 pixels")):
            looked_at(out.getvalue(), Limits(max_pixels=200_019_999))
    assert before == Image.MAX_IMAGE_PIXELS


def lying(tmp_path, unpacked, stated):
    """Write a zip whose entry states another size than its member unpacks to."""
    root = tmp_path / "videos_vpt.zip"
    with zipfile.ZipFile(root, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PATH, unpacked)
    whole = root.read_bytes()
    assert whole.count(struct.pack("<I", len(unpacked))) == 2
    root.write_bytes(whole.replace(struct.pack("<I", len(unpacked)), struct.pack("<I", stated)))
    return root


def test_a_member_that_unpacks_to_more_than_it_states_is_stopped_on_the_way(tmp_path):
    root = lying(tmp_path, bytes(100 << 20), 5000)
    store = open_store(root)
    tracemalloc.start()
    try:
        with pytest.raises(
            MediaError, match=exactly(f"{PATH} cannot be read from {root}: Bad CRC-32 for file '{PATH}'")
        ):
            store.read(PATH)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_packed_by_a_method_that_cannot_be_stopped_is_refused(tmp_path, method):
    root, where = in_zip(tmp_path, method)
    with pytest.raises(MediaError, match=exactly(f"{PATH}{where} is packed by a method that is not read")) as caught:
        read(open_store(root))
    assert caught.value.hint == "pack it again without compression: pictures do not get smaller"
