"""Input that means harm, through the command line as a process: a sentence, an exit code, and nothing outside touched.

What is outside is watched by the kernel (`watching.Watch`), and listed before and after. Beside these, and not repeated
here: ``test_media.py`` holds paths, links, damaged archives and headers against the stores themselves,
``test_source.py`` broken, foreign, deep and bomb-like annotation files against the reader, ``test_masks.py``
impossible runs against pycocotools, ``test_verify.py`` damaged finished datasets, ``test_recipes.py`` recipes,
``test_cli.py`` markup on the terminal, ``test_page.py`` the report in a browser; ``tests/fuzz`` makes up what nobody
thought of.
"""

import ast
import gzip
import io
import json
import os
import re
import socket
import struct
import tarfile
import threading
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import image, video
from PIL import Image
from terminal import on_a_terminal
from watching import Watch

import instit_tools
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings

FILE = "annotations.json"
PATH = "images_vpt/sa_000001/1.jpg"
OTHER = "images_vpt/sa_000001/2.jpg"
HERE = f"{FILE}, record 1 (id 1)"
INSIDE = "paths are relative, with forward slashes and without .."
REJECT = "--on-error reject leaves out what is at fault and lists it in rejects.jsonl"
ROOTS = "--media takes a folder, a .zip or a .tar"
AGAIN = "the download is probably incomplete: fetch it again"
UNPACKED = "--max-unpacked SIZE sets another limit"
MOST = "claims to have more than 178,956,970 pixels"

LLAVA = ("convert", FILE, "--to", "llava", "-o", "out")
STATS = ("stats", FILE, "-o", "out", "--no-report")
NAMING = (LLAVA, STATS)
"""Commands that only name pictures."""


BARE = 100 << 20
"""Bytes of memory that a command may have beside its data."""


def packing(media):
    """Give the command that opens pictures soonest."""
    return ("convert", FILE, "--to", "webdataset", "-o", "out", "--media", media)


def reading(media):
    """Give all commands that open pictures, but for `validate`."""
    return (
        packing(media),
        (*LLAVA, "--media", media),
        ("convert", FILE, "--to", "parquet", "--embed-media", "-o", "out", "--media", media),
        (*STATS, "--media", media),
    )


def picture(format_="JPEG", size=(32, 24)):
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, format_)
    return out.getvalue()


JPEG = picture()


class World:
    """A folder to work in, beside one that nothing may touch."""

    def __init__(self, tmp_path, run):
        self.work, self.outside = tmp_path / "work", tmp_path / "outside"
        (self.work / "media").mkdir(parents=True)
        (self.outside / "images_vpt" / "sa_000001").mkdir(parents=True)
        (self.outside / "1.jpg").write_bytes(JPEG)
        (self.outside / PATH).write_bytes(JPEG)
        os.mkfifo(self.outside / "pipe.jpg")  # whoever opens it waits for ever
        self.memory = None
        self._run = run
        self._before = self._listed()
        self._watch = Watch(self.outside, *(path for path in self.outside.rglob("*") if path.is_dir()))

    def write(self, *records, name=FILE):
        (self.work / name).write_text(json.dumps(records), encoding="utf-8")

    def put(self, path=PATH, data=None):
        """Give the place of a picture below the media root, its folder made; with *data*, written."""
        place = self.work / "media" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if data is not None:
            place.write_bytes(data)
        return place

    def run(self, *command):
        done = self._run(*command, cwd=self.work, memory=self.memory)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert b"Warning" not in done.stderr, done.stderr.decode()
        assert b"\x1b" not in done.stdout + done.stderr
        return done

    def refused(self, *command):
        """Run what must be refused, with nothing written; give the sentence and the hint."""
        before = sorted(self.work.rglob("*"))
        done = self.run(*command)
        assert done.returncode == 2, (command, done)
        assert sorted(self.work.rglob("*")) == before
        told = done.stderr.decode().removesuffix("\n").split("\nhint: ")
        assert told[0].startswith("error: ")
        return told[0].removeprefix("error: "), *told[1:]

    def problems(self, *options):
        """Validate; give rule, record, field and sentence of each problem."""
        done = self.run("validate", FILE, "--json", *options)
        assert done.returncode in {0, 1}
        found = json.loads(done.stdout)["problems"]
        return [(each["code"], each["record"], each.get("field", ""), each["message"]) for each in found]

    def is_untouched(self):
        seen = self._watch.seen()
        self._watch.close()
        assert seen == []
        assert self._listed() == self._before

    def _listed(self):
        return [(str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in sorted(self.outside.rglob("*"))]


@pytest.fixture
def world(tmp_path, run):
    world = World(tmp_path, run)
    yield world
    world.is_untouched()


def test_the_watch_sees_what_is_opened_and_made(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    watch = Watch(tmp_path)
    assert watch.seen() == []
    (tmp_path / "a").read_bytes()
    (tmp_path / "b").touch()
    assert {(str(tmp_path / "a"), "opened"), (str(tmp_path / "a"), "read"), (str(tmp_path / "b"), "made")} <= {
        *watch.seen()
    }
    watch.close()


# Paths in annotations


@pytest.mark.parametrize(
    "path",
    ["../outside/1.jpg", "images_vpt/../../outside/1.jpg", "{outside}/1.jpg", "..\\outside\\1.jpg", "C:\\1.jpg",
     "C:/1.jpg", "images_vpt/1.jpg\0.png", "", "file:///etc/passwd"],
)  # fmt: skip
def test_a_path_that_leads_out_is_told_with_file_record_and_field(world, path):
    path = path.format(outside=world.outside)
    world.write(image(1, image_path=path))
    sentence = f"{path!r} is not a path inside the media root"
    told = (f"{HERE}: image_path: {sentence}".replace("\0", "\\x00"), INSIDE)
    for command in (*NAMING, packing("media")):
        assert world.refused(*command) == told
    assert ("path-outside", 1, "image_path") in [each[:3] for each in world.problems("--media", "media", "--deep")]


def test_a_frame_whose_name_leads_out_is_told_by_its_number(world):
    record = video(1)
    record["frame_level_caption"][1]["frame_name"] = "../../../outside/1.jpg"
    world.write(record)
    field = "frame_level_caption[1].frame_name"
    path = "videos_vpt/LVVIS/00001/../../../outside/1.jpg"
    for command in NAMING:
        assert world.refused(*command) == (f"{HERE}: {field}: {path!r} is not a path inside the media root", INSIDE)
    assert ("path-outside", 1, field) in [each[:3] for each in world.problems()]


def test_a_path_that_leads_out_is_left_out_and_listed_where_that_is_asked_for(world):
    world.write(image(1, image_path="../outside/1.jpg"), image(2))
    done = world.run(*LLAVA, "--on-error", "reject")
    assert done.returncode == 3
    (reject,) = map(json.loads, (world.work / "out" / "rejects.jsonl").read_text().splitlines())
    assert (reject["number"], reject["record"], reject["reason"]) == (1, 1, "media")
    assert reject["message"] == "image_path: '../outside/1.jpg' is not a path inside the media root"
    assert b"outside" not in b"".join(path.read_bytes() for path in (world.work / "out").glob("image-*"))


def test_a_very_long_path_is_a_sentence_where_it_is_opened(world):
    world.write(image(1, image_path=f"images_vpt/{'x' * 300}/{'y/' * 3000}1.jpg"))
    (world.work / "media" / "images_vpt").mkdir()
    for command in reading("media")[:-1]:
        sentence, hint = world.refused(*command)
        assert sentence.startswith(f"{HERE}: images_vpt/xxx")
        assert sentence.endswith("/1.jpg cannot be opened: File name too long")
        assert hint == REJECT
    assert world.refused(*STATS)[0] == f"{HERE}: path: it has 6,317 characters"


# Media roots


@pytest.mark.parametrize("target", ["../../../outside/1.jpg", "{outside}/1.jpg", "{outside}/pipe.jpg", "/dev/zero"])
def test_a_link_out_of_the_root_is_not_followed(world, target):
    world.write(image(1))
    target = target.format(outside=world.outside)
    place = world.put()
    place.symlink_to(target if target.startswith("/") else f"../{target}")
    sentence = f"{PATH} leads out of the media root, to {place.resolve()}"
    for command in reading("media"):
        assert world.refused(*command) == (f"{HERE}: {sentence}", "links may only stay inside it")
    assert ("file-undecodable", 1, "image_path", sentence) in world.problems("--media", "media", "--deep")


def test_a_folder_that_is_a_link_out_of_the_root_is_not_followed(world):
    world.write(image(1))
    (world.work / "media" / "images_vpt").symlink_to(world.outside / "images_vpt")
    for command in reading("media"):
        sentence, hint = world.refused(*command)
        assert sentence == f"{HERE}: {PATH} leads out of the media root, to {world.outside / PATH}"
        assert hint == "links may only stay inside it"


def test_a_loop_of_links_is_a_sentence(world):
    world.write(image(1))
    place = world.put()
    place.symlink_to(place.name)
    for command in reading("media"):
        assert world.refused(*command)[0] == f"{HERE}: {PATH} cannot be opened: Too many levels of symbolic links"


def as_pipe(place):
    os.mkfifo(place)


def as_folder(place):
    place.mkdir()


def as_socket(place):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(place))  # an absolute one may be longer than sockets take


@pytest.mark.parametrize("make", [as_pipe, as_folder, as_socket])
def test_what_is_no_file_is_no_picture_and_nobody_waits_for_it(world, make, monkeypatch):
    world.write(image(1))
    monkeypatch.chdir(world.work)
    make(world.put())
    for command in reading("media") if make is as_pipe else [packing("media")]:
        assert world.refused(*command) == (f"{HERE}: {PATH} is not a file", REJECT)
    assert ("file-undecodable", 1, "image_path", f"{PATH} is not a file") in world.problems("--media", "media")


def test_a_media_root_that_is_a_pipe_is_refused_and_not_waited_for(world):
    world.write(image(1))
    os.mkfifo(world.work / "pipe")
    told = ("the media root pipe is neither a folder nor a file", ROOTS)
    for command in (*reading("pipe"), ("validate", FILE, "--media", "pipe")):
        assert world.refused(*command) == told


def test_a_pipe_in_place_of_an_archive_is_not_opened(world):
    world.write(image(1))
    as_pipe(world.work / "media" / "images_vpt.zip")
    for command in reading("media"):
        sentence, hint = world.refused(*command)
        assert (sentence, hint) == (f"{HERE}: {PATH} is missing", f"looked in {world.work / 'media'}")


# Archives


def in_zip(world, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(world.work / "media.zip", "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return world.work / "media.zip"


def patched(path, kind, places):
    """Write other numbers into the first header of a kind (``PK\\1\\2`` central, ``PK\\3\\4`` local) of a zip."""
    data = bytearray(path.read_bytes())
    start = data.index(kind)
    for offset, form, value in places:
        struct.pack_into(form, data, start + offset, value)
    path.write_bytes(data)


CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
FLAGS, METHOD, CRC, PACKED, SIZE, OFFSET = 8, 10, 16, 20, 24, 42


def told_by_all(world, media, told, code="file-undecodable"):
    assert world.refused(*packing(media)) == (f"{HERE}: {told[0]}", told[1])
    assert world.problems("--media", media, "--deep") == [(code, 1, "image_path", told[0])]


@pytest.mark.parametrize("name", [f"../{PATH}", f"/{PATH}", f"images_vpt/../../{PATH}", f"./../{PATH}"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_member_that_would_be_unpacked_outside_is_not_there(world, name, kind):
    world.write(image(1))
    if kind == "zip":
        in_zip(world, [(name, JPEG)])
    else:
        in_tar(world, [(tarfile.TarInfo(name), JPEG)])
    before = sorted(world.work.parent.iterdir())
    assert world.problems("--media", f"media.{kind}", "--deep") == [
        ("file-missing", 1, "image_path", f"{PATH} is missing")
    ]
    assert world.refused(*packing(f"media.{kind}")) == (f"{HERE}: {PATH} is missing", f"looked in media.{kind}")
    assert sorted(world.work.parent.iterdir()) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_members_of_one_name_a_zip_gives_the_last(world):
    world.write(image(1))
    in_zip(world, [(PATH, b"<html>"), (PATH, JPEG)])
    assert world.problems("--media", "media.zip", "--deep") == []
    assert world.run(*packing("media.zip")).returncode == 0


def test_a_member_that_claims_more_than_the_archive_has_is_told(world):
    world.write(image(1))
    path = in_zip(world, [(PATH, JPEG)])
    size = 1_000_000
    patched(path, CENTRAL, [(PACKED, "<I", size), (SIZE, "<I", size)])
    sentence = f"{PATH} claims {size:,} bytes at byte {30 + len(PATH)} of an archive of {path.stat().st_size:,}"
    told_by_all(world, "media.zip", (sentence, "fetch the archive again"))


def test_a_member_that_claims_less_than_it_has_is_told_by_its_checksum(world):
    world.write(image(1))
    patched(in_zip(world, [(PATH, JPEG)]), CENTRAL, [(PACKED, "<I", 100), (SIZE, "<I", 100)])
    told = (f"{PATH} is damaged: its checksum in the archive does not hold", "fetch the archive again")
    told_by_all(world, "media.zip", told)


def test_sizes_of_64_bits_that_no_file_has_are_told(world):
    world.write(image(1))
    path = in_zip(world, [(PATH, JPEG)])
    data = bytearray(path.read_bytes())
    start, end = data.index(CENTRAL), data.index(b"PK\x05\x06")
    extra = struct.pack("<HHQQ", 1, 16, 1 << 63, 1 << 63)
    struct.pack_into("<II", data, start + PACKED, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", data, start + 30, len(extra))
    struct.pack_into("<I", data, end + 12, end - start + len(extra))
    data[end:end] = extra
    path.write_bytes(data)
    told_by_all(world, "media.zip", too_large(1 << 63))


def test_an_encrypted_member_is_told(world):
    world.write(image(1))
    path = in_zip(world, [(PATH, JPEG)])
    patched(path, CENTRAL, [(FLAGS, "<H", 1)])
    hint = "unpack the archive with its password, and give --media the folder"
    told_by_all(world, "media.zip", (f"{PATH} is encrypted in media.zip", hint))


def test_a_member_whose_entry_lies_elsewhere_is_told(world):
    world.write(image(1))
    patched(in_zip(world, [(PATH, JPEG)]), CENTRAL, [(OFFSET, "<I", 0xFFFFF0)])
    told_by_all(world, "media.zip", (f"{PATH} cannot be read from media.zip: its entry is damaged", REJECT))


def overlapping(world, method):
    """Write a zip with two entries, of which the second is said to be where the first is."""
    path = in_zip(world, [(PATH, JPEG), (OTHER, JPEG)], method)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rindex(CENTRAL) + OFFSET, 0)
    path.write_bytes(data)


def test_two_entries_of_a_zip_at_one_place_give_those_bytes_twice(world):
    world.write(image(1), image(2))
    overlapping(world, zipfile.ZIP_STORED)
    assert world.problems("--media", "media.zip") == []
    assert world.run(*packing("media.zip")).returncode == 0
    with tarfile.open(world.work / "out" / "image-000000.tar") as made:
        pictures = [made.extractfile(each).read() for each in made if each.name.endswith(".jpg")]
    assert pictures == [JPEG] * len(pictures)
    assert len(pictures) >= 2


def test_two_packed_entries_of_a_zip_at_one_place_are_told(world):
    world.write(image(1), image(2))
    overlapping(world, zipfile.ZIP_DEFLATED)
    sentence, hint = world.refused(*packing("media.zip"))
    assert re.fullmatch(
        rf"{FILE}, record ([12]) \(id \1\): images_vpt/sa_000001/\1\.jpg cannot be read from media\.zip:"
        " (File name in directory|Overlapped entries).*",
        sentence,
    )
    assert hint == REJECT


def test_an_entry_of_a_zip_that_reaches_over_the_next_gives_what_is_in_the_archive_and_no_more(world):
    world.write(image(1), image(2))
    path = in_zip(world, [(PATH, JPEG), (OTHER, JPEG)])
    data = path.read_bytes()
    start, size = 30 + len(PATH), 2 * len(JPEG) + 30 + len(OTHER)
    both = data[start : start + size]
    patched(path, CENTRAL, [(CRC, "<I", zlib.crc32(both)), (PACKED, "<I", size), (SIZE, "<I", size)])
    assert world.problems("--media", "media.zip") == []
    assert world.run(*packing("media.zip")).returncode == 0
    with tarfile.open(world.work / "out" / "image-000000.tar") as made:
        assert {made.extractfile(each).read() for each in made if each.name.endswith(".jpg")} == {both, JPEG}


def too_large(size):
    sentence = f"{PATH} in media.zip has {size:,} bytes, and a picture may have 268,435,456"
    return sentence, "--max-picture SIZE sets another limit"


def zeros(world, megabytes):
    path = world.work / "media.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(PATH, "w") as member:
        for _ in range(megabytes):
            member.write(bytes(1 << 20))
    return path


def test_a_zip_bomb_is_refused_by_what_it_says(world):
    world.write(image(1))
    zeros(world, 1024)
    told_by_all(world, "media.zip", too_large(1 << 30))


def test_a_zip_bomb_that_lies_about_its_size_is_unpacked_no_further_than_that(world):
    world.write(image(1))
    patched(zeros(world, 1024), CENTRAL, [(SIZE, "<I", 1000)])
    world.memory = 700 << 20
    told_by_all(world, "media.zip", (f"{PATH} cannot be read from media.zip: Bad CRC-32 for file '{PATH}'", REJECT))


def in_tar(world, members, field=None):
    """Write a tar; *field* becomes the size in the first header, and the checksum is made to hold."""
    path = world.work / "media.tar"
    with tarfile.open(path, "w") as archive:
        for info, data in members:
            info.size = len(data or b"")
            archive.addfile(info, io.BytesIO(data) if data else None)
    if field is not None:
        data = bytearray(path.read_bytes())
        data[124:136] = field
        data[148:156] = b" " * 8
        data[148:156] = b"%06o\0 " % sum(data[:512])
        path.write_bytes(data)
    return path


def member(kind, link=""):
    info = tarfile.TarInfo(PATH)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    ("kind", "link"),
    [(tarfile.SYMTYPE, "/etc/passwd"), (tarfile.SYMTYPE, "../../../outside/1.jpg"), (tarfile.LNKTYPE, "other.jpg"),
     (tarfile.CHRTYPE, ""), (tarfile.BLKTYPE, ""), (tarfile.FIFOTYPE, ""), (tarfile.DIRTYPE, "")],
)  # fmt: skip
def test_what_is_no_ordinary_file_in_a_tar_is_not_there(world, kind, link):
    world.write(image(1))
    in_tar(world, [(tarfile.TarInfo("other.jpg"), JPEG), (member(kind, link), b"")])
    assert world.problems("--media", "media.tar") == [("file-missing", 1, "image_path", f"{PATH} is missing")]
    assert world.refused(*packing("media.tar")) == (f"{HERE}: {PATH} is missing", "looked in media.tar")


TERABYTE = str(1 << 40)
SPARSE = {
    "GNU": None,
    "PAX 0.0": {"GNU.sparse.size": TERABYTE, "GNU.sparse.numblocks": "1", "GNU.sparse.offset": "0",
                "GNU.sparse.numbytes": "1000", "path": PATH},
    "PAX 0.1": {"GNU.sparse.size": TERABYTE, "GNU.sparse.map": "0,1000", "GNU.sparse.name": PATH},
    "PAX 1.0": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": TERABYTE,
                "GNU.sparse.name": PATH},
}  # fmt: skip
"""Ways to say that a file of 1,000 bytes is one of a terabyte, most of it holes."""


def sparse(path, way, name=PATH):
    if way == "GNU":
        return path.write_bytes(gnu_sparse(name) + bytes(1024))
    data = b"1\n0\n1000\n".ljust(512, b"\0") * (way == "PAX 1.0") + bytes(1000)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("GNUSparseFile.0/1.jpg")
        info.pax_headers = {key: value.replace(PATH, name) for key, value in SPARSE[way].items()}
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return None


def gnu_sparse(name, *, extended=False):
    """Make the header of a sparse file that has a terabyte and no bytes; *extended*, it goes on in the next block."""
    info = tarfile.TarInfo(name)
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT)[:512])
    header[386:410] = b"00000000000\0" * 2
    header[482] = extended
    header[483:495] = b"\x80" + (1 << 40).to_bytes(11)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize("way", SPARSE)
def test_a_sparse_file_in_a_tar_is_told_and_its_holes_are_not_filled(world, way):
    world.write(image(1))
    sparse(world.work / "media.tar", way)
    world.memory = 700 << 20
    hint = "pack the archive again without --sparse"
    told_by_all(world, "media.tar", (f"{PATH} is a sparse file in media.tar", hint))


def test_a_sparse_file_in_a_shard_is_told_and_its_holes_are_not_filled(world):
    world.write(image(1))
    world.put(data=JPEG)
    assert world.run(*packing("media")).returncode == 0
    sparse(world.work / "out" / "image-000000.tar", "PAX 1.0", "sa_000001.json")
    world.memory = 700 << 20
    done = world.run("verify", "out")
    assert done.returncode == 1
    assert "image-000000.tar: cannot be read after sample 0: 'sa_000001.json' is a sparse file" in done.stdout.decode()
    sentence = "out/image-000000.tar cannot be read as a tar: 'sa_000001.json' is a sparse file"
    assert world.refused("validate", "out")[0] == sentence


def chained(kind):
    """Make a tar of 3,000 headers that each only say more of the next."""
    info = tarfile.TarInfo("x")
    info.type, body = kind, b"name\0" if kind == tarfile.GNUTYPE_LONGNAME else b"12 path=a/b\n"
    info.size = len(body)
    return (info.tobuf() + body.ljust(512, b"\0")) * 3000 + tarfile.TarInfo("z").tobuf() + bytes(1024)


DAMAGED_TARS = {
    "sparse and cut short": gnu_sparse("x", extended=True),
    "sparse without an end": gnu_sparse("x", extended=True) + (bytes(504) + b"\1" + bytes(7)) * 3,
    "long names of long names": chained(tarfile.GNUTYPE_LONGNAME),
    "PAX headers of PAX headers": chained(tarfile.XHDTYPE),
    "global headers of global headers": chained(tarfile.XGLTYPE),
}


@pytest.mark.parametrize("name", DAMAGED_TARS)
def test_a_tar_whose_headers_lead_nowhere_is_refused(world, name):
    world.write(image(1))
    start = tarfile.TarInfo("first").tobuf()
    (world.work / "media.tar").write_bytes(DAMAGED_TARS[name])
    (world.work / "other.tar").write_bytes(start + DAMAGED_TARS[name])
    none = "media.tar is neither a folder, nor a whole zip, nor a whole tar"
    hint = "if it was downloaded, the download is probably incomplete"
    assert world.refused(*packing("media.tar")) == (none, hint)
    told = ("other.tar cannot be read as a tar: its headers are damaged", AGAIN)
    assert world.refused(*packing("other.tar")) == told


@pytest.mark.parametrize(
    ("field", "what"),
    [
        (b"77777777777\0", "unexpected end of data"),
        (b"\xff" * 12, f"{PATH!r} has a size of -1 bytes"),
        (b"\xff" * 10 + b"\xfe\0", f"{PATH!r} has a size of -512 bytes"),
        (b"\xff" * 10 + b"\xfc\0", f"{PATH!r} has a size of -1,024 bytes"),
    ],
)
def test_a_tar_of_impossible_sizes_is_refused_and_not_read_round_and_round(world, field, what):
    world.write(image(1))
    in_tar(world, [(tarfile.TarInfo(PATH), JPEG)], field)
    told = (f"media.tar cannot be read as a tar: {what}", AGAIN)
    assert world.refused("validate", FILE, "--media", "media.tar") == told
    assert world.refused(*packing("media.tar")) == told


# Annotation files


def test_ten_gigabytes_of_zeros_or_brackets_in_a_gzip_are_not_unpacked(world):
    for byte in (b"\0", b"["):
        packed = gzip.compress(byte * (64 << 20)) * 16
        (world.work / FILE).write_bytes(packed)
        most = 100 * len(packed)
        message = f"{FILE} has {len(packed):,} bytes and unpacks to more than {most:,}: annotations never do"
        assert world.refused(*LLAVA) == (message, UNPACKED)
        assert world.refused("validate", FILE) == (message, UNPACKED)
        assert world.refused(*STATS) == (message, UNPACKED)


def zstd(data):
    return pa.compress(data, codec="zstd", asbytes=True)


def test_ten_gigabytes_in_a_zstd_are_not_unpacked_and_nothing_is_left_on_the_disk(world, monkeypatch):
    (world.work / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(world.work / "tmp"))
    packed = zstd(b"[" * (64 << 20)) * 160
    (world.work / FILE).write_bytes(packed)
    world.memory = 300 << 20
    most = max(64 << 20, 100 * len(packed))
    message = f"{FILE} has {len(packed):,} bytes and unpacks to more than {most:,}: annotations never do"
    for command in (LLAVA, (*LLAVA, "--dry-run")):
        assert world.refused(*command) == (message, UNPACKED)
    assert world.refused(*LLAVA, "--max-unpacked", "10MB") == (
        f"{FILE} has {len(packed):,} bytes and unpacks to more than 10,000,000",
        UNPACKED,
    )


def test_a_zstd_that_wants_gigabytes_to_look_back_into_is_refused(world):
    window, block = bytes([21 << 3]), ((1 << 17) << 3 | 1 << 1 | 1).to_bytes(3, "little")
    (world.work / FILE).write_bytes(b"\x28\xb5\x2f\xfd\0" + window + block + b"[")
    world.memory = 300 << 20
    sentence, hint = world.refused(*LLAVA)
    assert sentence.startswith(f"{FILE} cannot be unpacked: ZSTD decompress failed: Frame requires too much memory")
    assert hint == AGAIN


LONG = 50 << 20
"""Bytes of a text."""


@pytest.mark.parametrize("name", ["annotations.json", "lines.jsonl"])
def test_a_record_of_50_megabytes_is_converted_in_five_times_its_size(world, name):
    text = json.dumps(image(1)).replace("stands on", "x" * LONG)
    (world.work / name).write_text(f"[{text}]" if name == FILE else f"{text}\n")
    world.memory = BARE + 5 * LONG
    assert world.run("convert", name, "--to", "jsonl", "-o", "out").returncode == 0
    assert (world.work / "out" / "image-000000.jsonl").stat().st_size > LONG


# Pipes


@pytest.fixture
def pipe(world):
    """Make a pipe, and have someone write into it for whoever opens it."""
    path = world.work / "pipe"
    os.mkfifo(path)

    def write(data):
        writer = threading.Thread(target=path.write_bytes, args=(data,), daemon=True)
        writer.start()
        return writer

    return write


@pytest.mark.parametrize(
    ("command", "made"),
    [(("convert", "pipe", "--to", "jsonl", "-o", "out"), "out/image-000000.jsonl"),
     (("stats", "pipe", "-o", "out", "--no-report"), "out/summary.json"),
     (("repair", "pipe", "-o", "out.json"), "out.json"),
     (("validate", "pipe"), None)],
)  # fmt: skip
def test_what_comes_out_of_a_named_pipe_is_read_as_a_file_is(world, pipe, command, made):
    writer = pipe(gzip.compress(json.dumps([image(1), image(2)]).encode()))
    done = world.run(*command)
    writer.join()
    assert done.returncode == 0
    assert made is None or (world.work / made).stat().st_size


def test_a_bomb_from_a_named_pipe_is_refused(world, pipe):
    packed = gzip.compress(bytes(70 << 20))
    message = f"has {len(packed):,} bytes and unpacks to more than 67,108,864: annotations never do"
    writer = pipe(packed)
    assert world.refused("convert", "pipe", "--to", "llava", "-o", "out") == (f"pipe {message}", UNPACKED)
    writer.join()


def test_a_pipe_in_a_folder_of_annotations_is_not_opened(world):
    (world.work / "folder").mkdir()
    world.write(image(1), name=f"folder/{FILE}")
    os.mkfifo(world.work / "folder" / "other.json")
    assert world.run("convert", "folder", "--to", "jsonl", "-o", "out").returncode == 0


DEEP = "[" * 100_000 + "]" * 100_000
TOO_DEEP = "maximum recursion depth exceeded while deserializing an object"
BROKEN = {
    "nested in an unknown key": (f'{{"image_id": 1, "image_path": "{PATH}", "x": {DEEP}}}', TOO_DEEP),
    "nested in segmentations": (f'{{"image_id": 1, "image_path": "{PATH}", "segmentations": {DEEP}}}', TOO_DEEP),
    "nested": (DEEP, TOO_DEEP),
    "half a character": (
        f'{{"image_id": 1, "image_path": "{PATH}", "image_level_caption": "a\\ud800b"}}',
        "image_level_caption holds \\ud800, half a character",
    ),
    "half a character in an id": ('{"image_id": "\\udfff"}', "image_id holds \\udfff, half a character"),
    "half a character in a key": ('{"a": {"\\ud800": 1}}', "a holds \\ud800, half a character, in a key"),
    "a number beyond all": ('{"image_id": 1e999}', "image_id holds 1e999, which is no number that a reader can hold"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_record_that_no_reader_takes_is_one_fault_in_an_array_and_in_lines(world, name):
    text, fault = BROKEN[name]
    texts = [json.dumps(image(7)), text, json.dumps(image(8))]
    (world.work / FILE).write_text(f"[{','.join(texts)}]")
    (world.work / "lines.jsonl").write_text("\n".join(texts))
    message = f"not well-formed JSON: {fault}"
    assert world.problems("--media", "none", "--select", "json-malformed") == [("json-malformed", 2, "", message)]
    for file, place in ((FILE, f"{FILE}, record 2"), ("lines.jsonl", "lines.jsonl, line 2")):
        assert world.refused("stats", file, "-o", "out", "--no-report") == (f"{place}: {message}", REJECT)
        done = world.run("convert", file, "--to", "jsonl", "-o", file[:3], "--on-error", "reject")
        assert done.returncode == 3
        (reject,) = map(json.loads, (world.work / file[:3] / "rejects.jsonl").read_text().splitlines())
        assert (reject["number"], reject["message"]) == (2, message)
        assert (world.work / file[:3] / "image-000000.jsonl").read_bytes().count(b"\n") == 2


def test_a_byte_order_mark_in_the_middle_is_told_with_its_place(world):
    texts = [json.dumps(image(7)), "\ufeff" + json.dumps(image(8))]
    (world.work / "lines.jsonl").write_text("\n".join(texts), encoding="utf-8")
    message = "lines.jsonl, line 2: not well-formed JSON: JSON is malformed: invalid character (byte 0)"
    assert world.refused("convert", "lines.jsonl", "--to", "llava", "-o", "out") == (message, REJECT)


@pytest.mark.parametrize("number", ["-0", "1" + "0" * 400, "-9223372036854775809"])
def test_an_odd_whole_number_as_an_id_is_kept_letter_for_letter(world, number):
    (world.work / FILE).write_text(json.dumps([image(5)]).replace('"image_id": 5', f'"image_id": {number}'))
    done = world.run("convert", FILE, "--to", "parquet", "-o", "out")
    assert done.returncode == 0
    assert world.run("verify", "out").returncode == 0
    assert world.run("convert", "out", "--to", "jsonl", "-o", "back").returncode == 0
    assert json.loads((world.work / "back" / "image-000000.jsonl").read_bytes())["image_id"] == int(number)


def test_an_id_that_stands_behind_one_of_its_own_key_is_still_known_again(world):
    (world.work / FILE).write_text(
        f'[{{"image_id": {{}}, "image_id": 1, "image_path": "{PATH}"}}, {json.dumps(image(1))}]'
    )
    sentence, hint = world.refused(*LLAVA)
    assert sentence == f"{FILE}, record 2: its id 1 is also that of {FILE}, record 1"
    assert hint == "ids name samples, so each is used once"


def test_of_a_repeated_key_the_last_counts_and_validate_says_so(world):
    (world.work / FILE).write_text(
        f'[{{"image_id": 7, "image_id": 1, "image_path": "/etc/x", "image_path": "{PATH}"}}]'
    )
    assert ("json-key-repeated", 1, "image_path") in [each[:3] for each in world.problems("--media", "none")]
    assert world.run("convert", FILE, "--to", "jsonl", "-o", "out").returncode == 0
    written = json.loads((world.work / "out" / "image-000000.jsonl").read_bytes())
    assert written == {"image_id": 1, "image_path": PATH}


# Parquet


IMAGE = {
    "image_id": [1, 2, 3],
    "instance_level_caption": pa.nulls(3),
    "image_level_caption": ["A cup.", "A jug.", "A mug."],
    "image_path": [f"images_vpt/sa_000001/{number}.jpg" for number in (1, 2, 3)],
    "extra": pa.nulls(3, pa.string()),
}


def table(world, *, without=(), **columns):
    held = {name: values for name, values in (IMAGE | columns).items() if name not in without}
    pq.write_table(pa.table(held), world.work / "rows.parquet", compression="zstd")


def refused_rows(world):
    told = {world.refused("convert", "rows.parquet", "--to", "llava", "-o", "out"),
            world.refused("stats", "rows.parquet", "-o", "out", "--no-report"),
            world.refused("validate", "rows.parquet")}  # fmt: skip
    (only,) = told
    return only


def test_a_parquet_that_is_cut_short_is_refused(world):
    table(world)
    path = world.work / "rows.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    sentence, hint = refused_rows(world)
    assert sentence.startswith("rows.parquet is not a whole Parquet file: ")
    assert hint == AGAIN


MAKE = "make it with: instit-tools convert --to parquet"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"instance_level_caption": [5, 6, 7]}, "its column instance_level_caption holds int64"),
        (
            {"instance_level_caption": [["a"], [], None]},
            "its column instance_level_caption holds list<element: string>",
        ),
        ({"image_id": ["a", "b", "c"]}, "its column image_id holds string"),
        ({"image_path": [b"\xff", b"a", b"b"]}, "its column image_path holds binary"),
        ({"extra": [1.5, 2.5, None]}, "its column extra holds double"),
        ({"without": ["image_level_caption"]}, "lacks the column image_level_caption"),
    ],
)
def test_a_parquet_of_other_types_is_told_by_its_column(world, changes, sentence):
    table(world, **changes)
    assert refused_rows(world) == (f"rows.parquet is Parquet, but {sentence}", MAKE)


@pytest.mark.parametrize("extra", ["{", '{"drop": ["/x/y"]}', '{"set": {"/x/y": 1}}', "[]", '{"drop": [1]}'])
def test_an_extra_that_fits_no_record_is_told_by_its_row(world, extra):
    table(world, extra=[None, extra, None])
    sentence, hint = refused_rows(world)
    assert sentence.startswith("rows.parquet, record 2: extra does not fit the other columns: ")
    assert hint == MAKE


def test_a_parquet_that_lies_about_its_rows_is_told(world):
    table(world)
    path = world.work / "rows.parquet"
    data = path.read_bytes()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    rows = b"\x16\x06"  # a number of 64 bits, 3
    assert rows in data[footer:]
    path.write_bytes(data[:footer] + data[footer:].replace(rows, b"\x16\x7e"))
    sentence, _ = refused_rows(world)
    assert sentence.startswith("rows.parquet ")


def test_a_parquet_that_laughs_a_billion_times_is_not_read(world):
    table(world, image_id=list(range(2000)), instance_level_caption=pa.nulls(2000), extra=pa.nulls(2000, pa.string()),
          image_level_caption=["ha" * (1 << 19)] * 2000, image_path=[PATH] * 2000)  # fmt: skip
    size = (world.work / "rows.parquet").stat().st_size
    assert size < 1 << 20
    most = max(64 << 20, 100 * size)
    world.memory = 1 << 30
    sentence, hint = refused_rows(world)
    assert re.fullmatch(
        rf"rows\.parquet has {size:,} bytes and unpacks to [12],[0-9,]{{11}}, more than {most:,}: annotations never do",
        sentence,
    )
    assert hint == UNPACKED


# Masks


@pytest.mark.parametrize(
    ("size", "counts", "rule", "sentence"),
    [
        ([10, 10], [50, 49], "mask-runs", "the runs make 99 pixels, and 10 x 10 are 100"),
        ([10, 10], [-1, 101], "schema", "counts[0] is -1 where at least 0 is expected"),
        ([10, 10], [10**30], "mask-runs", "the runs are damaged: no mask can be made of them"),
        ([0, 0], [], "schema", "size[0] is 0 where at least 1 is expected"),
        ([10**9, 10**9], [10**18], "mask-runs", "the runs are damaged: no mask can be made of them"),
        ([10, 10], "~~~", "mask-runs", "the runs are damaged: no mask can be made of them"),
        ([10, 10], "0" * 100_000, "mask-runs", "the runs make 0 pixels, and 10 x 10 are 100"),
        ("x", None, "schema", "size is a string where a list is expected"),
    ],
)  # fmt: skip
def test_runs_that_are_no_mask_are_told_and_counted_and_never_decoded(world, size, counts, rule, sentence):
    mask = {"mask": {"size": size, "counts": counts}}
    world.write(image(1, segmentations={"1": mask, "2": mask}))
    assert (rule, 1, sentence) in [(code, number, text) for code, number, _, text in world.problems("--media", "none")]
    done = world.run(*STATS, "--json")
    assert done.returncode == 0
    totals = json.loads(done.stdout)["totals"]
    assert (totals["masks"], totals["damaged_masks"]) == (2, 2)


# Texts that would be more than texts

COMMANDS = ("\x1b[31m", "\x1b]", "\x07", "\x9b", "\u202e", "\u2066", "\x1b[2J")
EVIL = "<script>alert(1)</script>\x1b[31mred\x1b]0;owned\x07\x9b2J\u202etxt\u2066 [1]"


def test_texts_ids_and_names_reach_no_terminal_as_commands(world):
    name = "evil\x1b[2J\u202e.json"
    record = image(EVIL, image_level_caption=EVIL, instance_level_caption={EVIL: EVIL}, image_path=f"images_vpt/{EVIL}")
    world.write(record, name=name)
    commands = (
        ["validate", name, "--media", "none"],
        ["convert", name, "--to", "llava", "-o", "a"],
        ["convert", name, "--to", "llava", "-o", "b", "--media", "."],
        ["stats", name, "-o", "c", "--media", "."],
        ["stats", name, "-o", "d", "--media", "none"],
    )
    for command in commands:
        shown = on_a_terminal(command, world.work, codes={0, 1, 2}, NO_COLOR="1")
        assert [piece for piece in COMMANDS if piece in shown] == []
        assert "\\u202e" in shown or command[-1] == "none"


def test_texts_ids_and_names_are_escaped_in_the_report(world):
    world.write(image(EVIL, image_level_caption=EVIL, instance_level_caption={EVIL: EVIL, "1": EVIL}))
    assert world.run("stats", FILE, "-o", "out", "--media", "none").returncode == 0
    page = (world.work / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not set("\x1b\x07\x9b\u202e\u2066") & set(page)


# Recipes and manifests


def test_a_recipe_of_huge_or_odd_texts_is_a_recipe_or_a_sentence(world):
    world.write(image(1))
    recipe = world.run("recipes", "qa").stdout.decode()
    (world.work / "big.toml").write_text(f"{recipe}\n# {'x' * (5 << 20)}\n", encoding="utf-8")
    assert world.run(*LLAVA, "--recipe", "big.toml").returncode == 0
    other = ("convert", FILE, "--to", "llava", "-o", "other", "--recipe")
    (world.work / "odd.toml").write_text('name = "\\uD800"\n')
    sentence, *_ = world.refused(*other, "odd.toml")
    assert sentence.startswith("odd.toml")
    (world.work / "deep.toml").write_text(f"a = {'[' * 100_000}{']' * 100_000}\n")
    sentence, *_ = world.refused(*other, "deep.toml")
    assert sentence.startswith("deep.toml")


def made_here(world):
    convert(Settings(inputs=(str(world.work / FILE),), out=str(world.work / "out"), target="llava", media="none"))


@pytest.mark.parametrize("name", ["../outside/1.jpg", "{outside}/1.jpg", "clips/../../outside/1.jpg", "a/../b", ".x"])
@pytest.mark.parametrize("part", ["shards", "files"])
def test_a_manifest_that_names_a_file_outside_is_refused_and_that_is_not_opened(world, name, part):
    world.write(image(1), video(2))
    made_here(world)
    path = world.work / "out" / "manifest.json"
    made = json.loads(path.read_bytes())
    made[part][0]["name"] = name.format(outside=world.outside)
    path.write_text(json.dumps(made))
    sentence, hint = world.refused("verify", "out")
    assert sentence.startswith("out/manifest.json is not a manifest: Expected `str` matching regex ")
    assert sentence.endswith(f" - at `$.{part}[0].name`")
    assert hint == "make the dataset again with: instit-tools convert --overwrite"


def test_a_shard_that_is_a_link_or_a_pipe_is_no_shard(world):
    world.write(image(1))
    made_here(world)
    shard = world.work / "out" / "image-000000.json"
    shard.unlink()
    os.mkfifo(shard)
    done = world.run("verify", "out")
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[0] == "image-000000.json: is missing"


# Pictures


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *extra, pixels=b"\0" * 100):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"".join((b"\x89PNG\r\n\x1a\n", header, *extra, chunk(b"IDAT", zlib.compress(pixels)), chunk(b"IEND", b"")))


def with_exif(body):
    return JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 8) + b"Exif\0\0" + body + JPEG[2:]


def many(format_, frames):
    out = io.BytesIO()
    first, *others = (Image.effect_noise((32, 24), number + 1).convert("RGB") for number in range(frames))
    first.save(out, format_, save_all=True, append_images=others)
    return out.getvalue()


TEXT = "has a damaged header: Decompressed data too large for PngImagePlugin.MAX_TEXT_CHUNK"
FETCH = "fetch it again"
PIXELS = "--max-pixels N sets another limit"
BAD_PICTURES = {
    "a PNG of 100,000 x 100,000": (lambda: png(100_000, 100_000), MOST, PIXELS, "file-undecodable"),
    "a PNG of 4 billion pixels a side": (lambda: png(2**32 - 1, 2**32 - 1), MOST, PIXELS, "file-undecodable"),
    "a PNG with 100 MB in a small text": (
        lambda: png(32, 24, chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(100 << 20)))), TEXT, FETCH, "file-undecodable"
    ),
    "a PNG with 100 MB in a small profile": (
        lambda: png(32, 24, chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(100 << 20)))), TEXT, FETCH, "file-undecodable"
    ),
    "a PNG with 100 texts of 1 MB": (
        lambda: png(32, 24, *[chunk(b"tEXt", b"k\0" + b"x" * 900_000)] * 100),
        "has a damaged header: Too much memory used in text chunks: 67500000>MAX_TEXT_MEMORY", FETCH, "file-undecodable"
    ),
    "a BMP of negative sides": (
        lambda: b"BM" + struct.pack("<IIIIiiHHI", 100, 0, 54, 40, -5, -(2**31), 1, 24, 0) + bytes(40),
        MOST, PIXELS, "file-undecodable"
    ),
    "nothing": (lambda: b"", "is empty", REJECT, "file-truncated"),
    "half a JPEG": (lambda: JPEG[:-200], "is cut short: a jpg file that lacks its end", FETCH, "file-truncated"),
    "an SVG": (lambda: b"<svg/>", "is not a picture: it holds a web page", FETCH, "file-html"),
    "PostScript": (
        lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n(1.jpg) run\n",
        "is not a picture: it holds something that starts with b'%!PS-Ado'", FETCH, "file-html"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_picture_that_is_a_bomb_or_none_is_told_and_not_decoded(world, name):
    make, sentence, hint, rule = BAD_PICTURES[name]
    world.write(image(1))
    world.put(data=make())
    told_by_all(world, "media", (f"{PATH} {sentence}", hint), rule)


GOOD_PICTURES = {
    "a JPEG of 20,000 segments": lambda: JPEG[:2] + b"\xff\xfe\x00\x04ab" * 20_000 + JPEG[2:],
    "a JPEG with a megabyte of filling": lambda: JPEG[:2] + b"\xff" * 1_000_000 + JPEG[2:],
    "an EXIF that is its own part": lambda: with_exif(
        b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0x8769, 4, 1, 8, 8)
    ),
    "an EXIF of 4 GB": lambda: with_exif(
        b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0x10E, 2, 0xFFFFFFF0, 8, 0)
    ),
    "an animated GIF": lambda: many("GIF", 200),
    "an animated WEBP": lambda: many("WEBP", 50),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD_PICTURES)
def test_an_odd_picture_is_one_picture_and_nothing_is_said_about_its_oddness(world, name):
    world.write(image(1))
    world.put(data=GOOD_PICTURES[name]())
    assert {code for code, *_ in world.problems("--media", "media", "--deep")} <= {"file-png"}
    assert world.run(*packing("media")).returncode == 0
    assert world.run("verify", "out").returncode == 0


# The code itself

EXECUTES = {
    "pickle": "runs what it is told to",
    "marshal": "crashes on what is not its own",
    "shelve": "is pickle",
    "dill": "is pickle",
    "joblib": "is pickle",
    "yaml": "yaml.load runs what it is told to",
    "eval": "runs any text",
    "exec": "runs any text",
    "compile": "is half of it",
    "__import__": "imports by a name from anywhere",
}
ALLOWED = {
    ("executors/base.py", "pickle"): "sees that an error of ours crosses to our own other process, before it does",
    ("executors/local.py", "pickle"): "packs results of ours for our own other process",
    ("verification/energon.py", "yaml"): "reads two small files with safe_load, which makes plain values only",
}


def suspicious(tree):
    """Name what a module imports or calls that would execute data; methods of that name are others' affair."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def test_nothing_in_the_package_executes_what_it_reads():
    root = Path(instit_tools.__file__).parent
    found = {
        (path.relative_to(root).as_posix(), name)
        for path in root.rglob("*.py")
        for name in suspicious(ast.parse(path.read_text(encoding="utf-8")))
        if name in EXECUTES
    }
    assert found == ALLOWED.keys()


def test_the_walk_finds_what_it_looks_for():
    tree = ast.parse("import pickle as p\nfrom yaml import load\nx = eval('1')\nre.compile('a')\n")
    assert {name for name in suspicious(tree) if name in EXECUTES} == {"pickle", "yaml", "eval"}
