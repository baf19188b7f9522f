"""Pictures: found in folders, zips and tars, told by their content, refused when damaged or outside, put in order."""

import errno
import io
import os
import re
import struct
import tarfile
import zipfile
import zlib

import pytest
from conftest import image, video
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import encode
from PIL import Image

from instit_tools.errors import InstitError, MediaError, RecordError, UsageError
from instit_tools.media.frames import frames_of
from instit_tools.media.limits import DEFAULT
from instit_tools.media.paths import checked, with_marks
from instit_tools.media.picture import Picture, inspect
from instit_tools.media.store import open_store
from instit_tools.source.decode import decode

PATH = "videos_vpt/LVVIS/00001/1.jpg"
OUTSIDE = "is not a path inside the media root"


def exactly(message):
    return f"^{re.escape(str(message))}$"


def picture(format_="JPEG", size=(32, 24), color=0):
    out = io.BytesIO()
    noise = Image.effect_noise(size, 40).convert("RGB")
    noise.putpixel((0, 0), (color, color, color))
    noise.save(out, format_)
    return out.getvalue()


def looked_at(data, path="a/1.jpg"):
    return inspect(io.BytesIO(data), path)


def content(root, path):
    with open_store(root).open(path) as stream:
        return stream.read()


def in_folder(tmp_path, files):
    root = tmp_path / "media"
    root.mkdir()
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def in_zip(tmp_path, files, method=zipfile.ZIP_STORED, name="videos_vpt.zip"):
    root = tmp_path / name
    with zipfile.ZipFile(root, "w", method) as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    return root


def in_tar(tmp_path, files, mode="w", name="videos_vpt.tar"):
    root = tmp_path / name
    with tarfile.open(root, mode) as archive:
        for member, data in files.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return root


def deflated(tmp_path, files):
    return in_zip(tmp_path, files, zipfile.ZIP_DEFLATED)


def zip_in_folder(tmp_path, files):
    (tmp_path / "media").mkdir()
    return in_zip(tmp_path / "media", files).parent


def tar_in_folder(tmp_path, files):
    (tmp_path / "media").mkdir()
    return in_tar(tmp_path / "media", files).parent


ARCHIVES = [in_zip, deflated, in_tar, zip_in_folder, tar_in_folder]


# Where pictures are


@pytest.mark.parametrize("write", [in_folder, *ARCHIVES])
def test_a_picture_is_read_byte_for_byte_wherever_it_is(tmp_path, write):
    one, two = picture(color=1), picture(color=2)
    root = write(tmp_path, {PATH: one, "videos_vpt/LVVIS/00001/2.jpg": two})
    assert content(root, PATH) == one
    assert content(root, "videos_vpt/LVVIS/00001/2.jpg") == two


@pytest.mark.parametrize("write", ARCHIVES)
def test_an_archive_need_not_repeat_the_first_component(tmp_path, write):
    data = picture()
    assert content(write(tmp_path, {"LVVIS/00001/1.jpg": data}), PATH) == data


@pytest.mark.parametrize("write", [in_folder, *ARCHIVES])
def test_a_missing_picture_is_said_to_be_missing_and_where_it_was_looked_for(tmp_path, write):
    root = write(tmp_path, {PATH: picture()})
    path = "videos_vpt/LVVIS/00001/9.jpg"
    with pytest.raises(MediaError, match=exactly(f"{path} is missing")) as caught:
        content(root, path)
    assert str(tmp_path) in caught.value.hint


def test_a_missing_first_component_without_an_archive_is_missing(tmp_path):
    root = in_folder(tmp_path, {PATH: picture()})
    with pytest.raises(MediaError, match=exactly("images_vpt/1.jpg is missing")):
        content(root, "images_vpt/1.jpg")


@pytest.mark.parametrize("write", [in_zip, in_tar])
def test_a_picture_in_an_archive_can_be_searched_like_a_file(tmp_path, write):
    data = picture("PNG", (50, 40))
    with open_store(write(tmp_path, {"LVVIS/00001/0.jpg": b"before", "LVVIS/00001/1.jpg": data})).open(PATH) as stream:
        assert inspect(stream, PATH) == Picture("png", 50, 40)
        assert stream.seek(-4, io.SEEK_END) == len(data) - 4
        assert stream.read() == data[-4:]
        assert stream.seek(0) == 0
        assert stream.read(8) == b"\x89PNG\r\n\x1a\n"
        assert stream.seek(10, io.SEEK_CUR) == 18
        assert stream.seek(1 << 20) == len(data)
        assert stream.read() == b""


def test_of_two_members_of_one_name_a_tar_gives_the_last(tmp_path):
    root = tmp_path / "media.tar"
    with tarfile.open(root, "w") as archive:
        for data in (b"old", b"newer"):
            info = tarfile.TarInfo(f"./{PATH}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert content(root, PATH) == b"newer"


def test_a_link_in_a_tar_is_no_picture(tmp_path):
    root = tmp_path / "media.tar"
    with tarfile.open(root, "w") as archive:
        info = tarfile.TarInfo(PATH)
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(MediaError, match=exactly(f"{PATH} is missing")):
        content(root, PATH)


def test_a_folder_is_no_picture(tmp_path):
    root = in_folder(tmp_path, {PATH: picture()})
    with pytest.raises(MediaError, match=exactly("videos_vpt/LVVIS is not a file")):
        content(root, "videos_vpt/LVVIS")


def test_a_file_on_the_way_is_a_missing_picture(tmp_path):
    root = in_folder(tmp_path, {"images_vpt/1.jpg": picture()})
    with pytest.raises(MediaError, match=exactly("images_vpt/1.jpg/2.jpg is missing")):
        content(root, "images_vpt/1.jpg/2.jpg")


def test_a_name_too_long_for_the_disk_is_said_to_be_so(tmp_path):
    root = in_folder(tmp_path, {PATH: picture()})
    name = f"videos_vpt/{'x' * 300}.jpg"
    with pytest.raises(MediaError, match=exactly(f"{name} cannot be opened: File name too long")):
        content(root, name)


# Roots that cannot be used


def test_a_root_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(UsageError, match=exactly(f"the media root {tmp_path / 'none'} does not exist")):
        open_store(tmp_path / "none")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_compressed_tar_is_refused(tmp_path, mode):
    root = in_tar(tmp_path, {PATH: picture()}, mode)
    message = f"{root} is a compressed tar, in which no picture can be found without unpacking all"
    with pytest.raises(UsageError, match=exactly(message)):
        open_store(root)


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_zip_is_refused(tmp_path, kept):
    root = in_zip(tmp_path, {PATH: picture()})
    whole = root.read_bytes()
    root.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(UsageError, match=exactly(f"{root} is neither a folder, nor a whole zip, nor a whole tar")):
        open_store(root)


def test_a_zip_whose_directory_is_damaged_is_refused(tmp_path):
    root = in_zip(tmp_path, {PATH: picture()})
    whole = root.read_bytes()
    root.write_bytes(whole.replace(b"PK\x01\x02", b"PK\x09\x09"))
    with pytest.raises(UsageError, match=f"^{re.escape(str(root))} cannot be read as a zip: "):
        open_store(root)


def test_a_truncated_tar_is_refused(tmp_path):
    root = in_tar(tmp_path, {f"videos_vpt/{number}.jpg": picture() for number in range(5)})
    os.truncate(root, 4000)
    with pytest.raises(UsageError, match=exactly(f"{root} cannot be read as a tar: unexpected end of data")):
        open_store(root)


def test_a_web_page_in_place_of_an_archive_is_refused(tmp_path):
    root = tmp_path / "videos_vpt.zip"
    root.write_text("<!doctype html><title>404</title>")
    with pytest.raises(UsageError, match="is neither a folder, nor a whole zip, nor a whole tar"):
        open_store(root)


def test_a_damaged_archive_in_a_folder_is_noticed_when_it_is_needed(tmp_path):
    root = in_folder(tmp_path, {"videos_vpt.zip": b"not a zip", "images_vpt/1.jpg": b"fine"})
    assert content(root, "images_vpt/1.jpg") == b"fine"
    with pytest.raises(UsageError, match=r"videos_vpt\.zip is neither a folder, nor a whole zip, nor a whole tar"):
        content(root, PATH)


def test_a_deflated_member_that_is_damaged_is_refused(tmp_path):
    data = bytes(range(256)) * 40
    root = deflated(tmp_path, {PATH: data})
    whole = bytearray(root.read_bytes())
    start = 30 + len(PATH)
    whole[start : start + 8] = b"\xff" * 8
    root.write_bytes(whole)
    with pytest.raises(MediaError, match=f"^{re.escape(PATH)} cannot be read from {re.escape(str(root))}: "):
        content(root, PATH)


def test_a_deflated_member_of_the_wrong_checksum_is_refused(tmp_path):
    root = deflated(tmp_path, {PATH: b"the picture" * 50})
    sum_ = struct.pack("<I", zlib.crc32(b"the picture" * 50))
    root.write_bytes(root.read_bytes().replace(sum_, b"\0\0\0\0"))
    with pytest.raises(MediaError, match=r"cannot be read from .*: Bad CRC-32"):
        content(root, PATH)


def test_a_stored_member_whose_entry_is_damaged_is_refused(tmp_path):
    root = in_zip(tmp_path, {PATH: picture()})
    root.write_bytes(root.read_bytes().replace(b"PK\x03\x04", b"PK\x09\x09"))
    with pytest.raises(MediaError, match=exactly(f"{PATH} cannot be read from {root}: its entry is damaged")):
        content(root, PATH)


# What no path may do


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "../secret.jpg", "videos_vpt/../../secret.jpg", "videos_vpt/..", "a\\b.jpg",
        "..\\secret.jpg", "C:/secret.jpg", "file:///etc/passwd", "a/\0.jpg",
    ],
)  # fmt: skip
@pytest.mark.parametrize("write", [in_folder, in_zip, in_tar])
def test_a_path_that_could_lead_out_is_refused_as_such(tmp_path, write, path):
    (tmp_path / "secret.jpg").write_bytes(picture())
    root = write(tmp_path, {PATH: picture()})
    with pytest.raises(MediaError, match=exactly(f"{path!r} {OUTSIDE}")) as caught:
        content(root, path)
    assert caught.value.hint == "paths are relative, with forward slashes and without .."


@given(st.text("./\\:ab\0", max_size=8))
def test_a_checked_path_stays_below_the_root(path):
    try:
        assert checked(path) == path
    except MediaError as error:
        assert OUTSIDE in error.message  # noqa: PT017  # either is right, and which one is the question
    else:
        assert os.path.normpath(os.path.join("/root", path)).startswith("/root")  # noqa: PTH118  # pathlib would not join  # noqa: E501  # one row a line


def test_a_link_out_of_the_root_is_refused(tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(picture())
    root = in_folder(tmp_path, {PATH: picture()})
    (root / "videos_vpt" / "link.jpg").symlink_to(secret)
    (root / "out").symlink_to(tmp_path)
    for path in ("videos_vpt/link.jpg", "out/secret.jpg"):
        with pytest.raises(MediaError, match=exactly(f"{path} leads out of the media root, to {secret}")):
            content(root, path)


def test_an_archive_that_is_a_link_out_of_the_root_is_refused(tmp_path):
    archive = in_zip(tmp_path, {PATH: picture()}, name="elsewhere.zip")
    root = in_folder(tmp_path, {"images_vpt/1.jpg": picture()})
    (root / "videos_vpt.zip").symlink_to(archive)
    with pytest.raises(MediaError, match=exactly(f"{PATH} leads out of the media root, to {archive}")):
        content(root, PATH)


def test_a_link_inside_the_root_is_followed(tmp_path):
    data = picture()
    root = in_folder(tmp_path, {PATH: data})
    (root / "videos_raw").symlink_to("videos_vpt")
    assert content(root, PATH.replace("vpt", "raw")) == data


def test_the_root_itself_may_be_a_link(tmp_path):
    data = picture()
    in_folder(tmp_path, {PATH: data})
    (tmp_path / "link").symlink_to("media")
    assert content(tmp_path / "link", PATH) == data


def test_a_loop_of_links_is_refused(tmp_path):
    root = in_folder(tmp_path, {PATH: picture()})
    (root / "loop").symlink_to("loop")
    with pytest.raises(MediaError, match=r"^loop/1\.jpg cannot be opened: "):
        content(root, "loop/1.jpg")


@pytest.mark.parametrize("write", [in_zip, in_tar])
@pytest.mark.parametrize("member", ["../evil.jpg", "/evil.jpg", "videos_vpt/../../evil.jpg", "..\\evil.jpg"])
def test_a_member_whose_name_leads_out_cannot_be_reached(tmp_path, write, member):
    before = sorted(tmp_path.rglob("*"))
    root = write(tmp_path, {member: picture()})
    for path in (member, f"videos_vpt/{member}", f"videos_vpt//{member}"):
        with pytest.raises(MediaError, match=f"{OUTSIDE}|is missing"):
            content(root, path)
    assert sorted(tmp_path.rglob("*")) == [*before, root]


# What a picture is


@pytest.mark.parametrize(
    ("format_", "extension"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif"), ("BMP", "bmp")]
)
def test_a_picture_is_told_by_its_content_and_not_by_its_name(format_, extension):
    assert looked_at(picture(format_, (40, 30)), "a/1.jpg") == Picture(extension, 40, 30)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_short_anywhere_is_refused(format_):
    data = picture(format_)
    for size in {1, 3, 12, 20, 30, 200, len(data) // 2, len(data) - 1}:
        with pytest.raises(MediaError, match=r"^a/1\.jpg (is cut short|is not a picture|has a damaged header)"):
            looked_at(data[:size])


@pytest.mark.parametrize(("format_", "extension"), [("JPEG", "jpg"), ("PNG", "png")])
def test_a_picture_that_lacks_its_second_half_is_called_cut_short(format_, extension):
    data = picture(format_, (200, 150))
    message = f"a/1.jpg is cut short: a {extension} file that lacks its end"
    with pytest.raises(MediaError, match=exactly(message)) as caught:
        looked_at(data[: len(data) // 2])
    assert caught.value.hint == "fetch it again"


def test_padding_behind_the_end_of_a_jpeg_is_no_damage():
    assert looked_at(picture() + b"\r\n\0\0").extension == "jpg"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html></html>", "is not a picture: it holds a web page"),
        (b"\n  <html>404</html>", "is not a picture: it holds a web page"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
            "is not a picture: it holds a Git LFS pointer",
        ),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "is not a picture: it holds a video"),
        (b"hello, picture", "is not a picture: it holds something that starts with b'hello, p'"),
    ],
)
def test_what_is_no_picture_is_called_what_it_is(data, message):
    with pytest.raises(MediaError, match=exactly(f"a/1.jpg {message}")):
        looked_at(data)


def png_header(width, height):
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunks + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))


@pytest.mark.parametrize("size", [(100_000, 100_000), (13_378, 13_378), (178_956_971, 1)])
def test_a_header_that_claims_too_many_pixels_is_refused(size):
    with pytest.raises(MediaError, match=exactly("a/1.jpg claims to have more than 178,956,970 pixels")):
        looked_at(png_header(*size))


def test_a_large_picture_below_the_limit_is_let_through_without_a_warning():
    assert 13_377**2 <= DEFAULT.max_pixels < 13_378**2
    with pytest.raises(MediaError, match=exactly("a/1.jpg is cut short: a png file that lacks its end")):
        looked_at(png_header(13_377, 13_377))
    assert looked_at(png_header(13_377, 13_377) + b"\0\0\0\0IEND\xaeB`\x82") == Picture("png", 13_377, 13_377)


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP"]), st.data())
def test_whatever_the_bytes_the_answer_is_a_picture_or_a_reason(format_, data):
    spoilt = bytearray(FIXED[format_])
    for place in data.draw(st.lists(st.integers(0, len(spoilt) - 1), max_size=6)):
        spoilt[place] = data.draw(st.integers(0, 255))
    try:
        found = looked_at(bytes(spoilt))
    except MediaError as error:
        assert error.message.startswith("a/1.jpg ")  # noqa: PT017  # either is right
    else:
        assert found.width >= 0
        assert found.height >= 0


def _plain(format_):
    out = io.BytesIO()
    Image.new("RGB", (9, 7), (200, 100, 50)).save(out, format_)
    return out.getvalue()


FIXED = {format_: _plain(format_) for format_ in ("JPEG", "PNG", "WEBP", "GIF", "BMP")}


# In which order


def record_of(**changes):
    return decode(encode(video(**changes)))


def frames_named(*pairs):
    return [{"timestamp": timestamp, "frame_name": name} for timestamp, name in pairs]


def test_frames_are_in_the_order_of_their_timestamps_ten_after_nine():
    names = [(number, f"{number}.jpg") for number in range(1, 13)]
    for shuffled in (names[::-1], sorted(names, key=lambda pair: pair[1])):
        record = record_of(frame_level_caption=frames_named(*shuffled))
        frames = frames_of(record, store=None, marks="keep")
        assert [frame.path for frame in frames] == [f"videos_vpt/LVVIS/00001/{n}.jpg" for n in range(1, 13)]
        assert [frame.timestamp for frame in frames] == list(range(1, 13))


def test_the_timestamp_counts_and_not_the_number_in_the_name():
    record = record_of(frame_level_caption=frames_named((2, "00000.jpg"), (1, "00030.jpg")))
    assert [frame.path.rsplit("/", 1)[1] for frame in frames_of(record, store=None, marks="keep")] == [
        "00030.jpg",
        "00000.jpg",
    ]


def test_two_frames_of_one_timestamp_are_refused():
    record = record_of(frame_level_caption=frames_named((1, "a.jpg"), (2, "b.jpg"), (1, "c.jpg")))
    with pytest.raises(RecordError, match=exactly("frame_level_caption: a.jpg and c.jpg both have timestamp 1")):
        frames_of(record, store=None, marks="keep")


def test_with_media_each_frame_has_the_size_and_the_type_of_its_content(tmp_path):
    files = {f"videos_raw/LVVIS/00001/{n}.jpg": picture(f, (20 + n, 10)) for n, f in ((1, "PNG"), (2, "JPEG"))}
    store = open_store(in_folder(tmp_path, files))
    frames = frames_of(record_of(frames=2), store=store, marks="raw")
    assert [(frame.path, frame.extension, frame.width, frame.height) for frame in frames] == [
        ("videos_raw/LVVIS/00001/1.jpg", "png", 21, 10),
        ("videos_raw/LVVIS/00001/2.jpg", "jpg", 22, 10),
    ]


def test_an_image_is_its_own_first_frame():
    (frame,) = frames_of(decode(encode(image(7))), store=None, marks="keep")
    assert (frame.path, frame.timestamp, frame.width) == ("images_vpt/sa_000001/7.jpg", 1, None)


@pytest.mark.parametrize("name", ["../../secret.jpg", "..\\secret.jpg", "a/../../../../x.jpg"])
def test_a_frame_name_that_leads_out_is_refused_even_without_media(name):
    record = record_of(frame_level_caption=frames_named((1, name)))
    with pytest.raises(
        MediaError, match=exactly(f"frame_level_caption[0].frame_name: {f'videos_vpt/LVVIS/00001/{name}'!r} {OUTSIDE}")
    ):
        frames_of(record, store=None, marks="keep")


# Marked and unmarked


@pytest.mark.parametrize("kind", ["images", "videos"])
@pytest.mark.parametrize("old", ["", "_vpt", "_raw"])
@pytest.mark.parametrize("marks", ["vpt", "raw"])
def test_switching_marks_replaces_the_first_component_only(kind, old, marks):
    rest = "images_vpt/videos_raw/1.jpg"
    assert with_marks(f"{kind}{old}/{rest}", marks) == f"{kind}_{marks}/{rest}"


@pytest.mark.parametrize("path", ["frames/1.jpg", "videos_vpt", "videos_vptx/1.jpg", "/videos_vpt/1.jpg", ""])
def test_a_foreign_prefix_cannot_be_switched_but_can_be_kept(path):
    message = f"{path!r} does not start with images_vpt/, videos_vpt/, images_raw/, videos_raw/, images/ or videos/"
    with pytest.raises(MediaError, match=exactly(message)) as caught:
        with_marks(path, "raw")
    assert caught.value.hint == "--marks keep takes paths as they are"
    assert with_marks(path, "keep") == path


def test_every_error_of_this_module_is_one_that_the_user_can_mend():
    assert issubclass(MediaError, InstitError)
    assert issubclass(UsageError, InstitError)


def test_an_archive_of_marked_pictures_never_answers_for_unmarked_ones(tmp_path):
    with zipfile.ZipFile(tmp_path / "videos_vpt.zip", "w") as archive:
        archive.writestr("LVVIS/1/1.jpg", b"with marks")
    store = open_store(tmp_path / "videos_vpt.zip")
    with store.open("videos_vpt/LVVIS/1/1.jpg") as stream:
        assert stream.read() == b"with marks"
    with pytest.raises(MediaError, match=r"^videos_raw/LVVIS/1/1\.jpg is missing$"):
        store.open("videos_raw/LVVIS/1/1.jpg")


def test_damage_inside_a_stored_member_of_a_zip_is_noticed_when_the_picture_is_read(tmp_path):
    path = tmp_path / "videos_vpt.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("videos_vpt/1.jpg", b"abcdefgh" * 5000)
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abcdefgX", 1))
    with (
        open_store(path).open("videos_vpt/1.jpg") as stream,
        pytest.raises(MediaError, match="is damaged: its checksum in the archive does not hold"),
    ):
        stream.read()


def test_a_member_that_ends_early_since_the_archive_was_opened_is_said_so(tmp_path):
    for write in (in_zip, in_tar):
        root = write(tmp_path, {"videos_vpt/1.jpg": b"abcdefgh" * 50_000, "videos_vpt/2.jpg": b"2"})
        store = open_store(root)
        with store.open("videos_vpt/1.jpg") as stream:
            os.truncate(root, 100_000)
            with pytest.raises(MediaError, match=exactly(f"videos_vpt/1.jpg ends early in {root}")) as caught:
                stream.read()
        assert caught.value.hint == "run it again when nothing else writes the archive"
        with pytest.raises(MediaError, match=exactly(f"videos_vpt/1.jpg ends early in {root}")):
            store.read("videos_vpt/1.jpg")


def test_a_picture_that_gets_shorter_while_it_is_read_is_said_so(tmp_path, monkeypatch):
    root = in_folder(tmp_path, {"videos_vpt/1.jpg": b"abcdefgh" * 100})
    store = open_store(root)
    read = os.read

    def cutting(number, size):
        os.truncate(root / "videos_vpt/1.jpg", 100)
        return read(number, size)

    monkeypatch.setattr(os, "read", cutting)
    with pytest.raises(MediaError, match=exactly("videos_vpt/1.jpg ends early")) as caught:
        store.read("videos_vpt/1.jpg")
    assert caught.value.hint == "run it again when nothing else writes the pictures"


@pytest.mark.parametrize("write", [in_zip, in_tar])
def test_a_disk_that_fails_under_an_archive_is_no_fault_of_the_output(tmp_path, write, monkeypatch):
    root = write(tmp_path, {"videos_vpt/1.jpg": b"1"})
    store = open_store(root)

    def failing(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pread", failing)
    with pytest.raises(MediaError, match=exactly(f"{root} cannot be read: Input/output error")):
        store.read("videos_vpt/1.jpg")
