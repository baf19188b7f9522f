"""Marks drawn on raw pictures: as a tree or an archive of their own, and on the fly, whatever stops the run."""

import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import REGIONS, VARIANTS, image, video
from faults.data import tree
from hypothesis import given, settings
from hypothesis import strategies as st
from objects import environment
from PIL import Image, ImageCms
from pycocotools import mask as coco
from starting import begin
from thorough import FULL

import instit_tools as it
from instit_tools.conversion.heaps import Pieces, ending
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import (
    DamagedPictureError,
    InstitError,
    Interrupted,
    MaskError,
    MediaError,
    MissingPictureError,
    OutputError,
    RecordError,
    UsageError,
)
from instit_tools.media.limits import DEFAULT
from instit_tools.media.store import open_store
from instit_tools.rendering.pictures import drawn_on
from instit_tools.sinks.zips import Entry, directory

DYING = Path(__file__).parent / "faults" / "dying.py"
STRIDE = 11 if FULL else 97
WIDTH, HEIGHT = 96, 64


def rectangle(x, y, width, height, *, size=(WIDTH, HEIGHT)):
    """The mask of a rectangle, as published."""
    pixels = np.zeros((size[1], size[0]), np.uint8, order="F")
    pixels[y : y + height, x : x + width] = 1
    found = coco.encode(pixels)
    return {"mask": {"size": found["size"], "counts": found["counts"].decode()}}


MASKS = {"1": rectangle(8, 20, 30, 36), "2": rectangle(50, 24, 40, 34)}


def masked_video(number=1, *, frames=3, **changes):
    """A video whose second frame has no masks."""
    masks = {f"{at}.jpg": MASKS for at in range(1, frames + 1) if at != 2}
    return video(number, frames=frames, **({"segmentations": masks} | changes))


def masked_image(number=1, **changes):
    return image(number, **({"segmentations": MASKS} | changes))


def paths_of(record):
    if "image_path" in record:
        return [record["image_path"].replace("_vpt", "_raw")]
    folder = record["video_path"].replace("_vpt", "_raw")
    return [f"{folder}/{frame['frame_name']}" for frame in record["frame_level_caption"]]


def picture(number=0, *, size=(WIDTH, HEIGHT), kind="JPEG", **options):
    """A picture with some detail, as the bytes of a file."""
    noise = np.random.default_rng(number).integers(60, 200, (size[1] // 8 + 1, size[0] // 8 + 1, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(out, kind, **options)
    return out.getvalue()


def with_pictures(root, *records, **options):
    """Write the annotation file of *records* to *root*, and a raw picture for each path."""
    number = 0
    for record in records:
        for path in paths_of(record):
            number += 1
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(picture(number, **options))
    (root / "w_mask.json").write_text(json.dumps(records))
    return root


@pytest.fixture
def few(tmp_path):
    """Two videos of three frames and an image."""
    return with_pictures(tmp_path / "data", masked_video(1), masked_video(2), masked_image(7))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Videos with texts so long that they make several parts; not to be changed."""
    chance = random.Random(0)  # noqa: S311  # a seed, not a secret
    records = [
        masked_video(number, video_level_caption=" ".join(chance.choices(("a", "cat", "sits"), k=14_000)) + ".")
        for number in range(1, 41)
    ]
    images = [masked_image(number) for number in range(1, 5)]
    return with_pictures(tmp_path_factory.mktemp("many"), *images, *records)


@pytest.fixture(scope="module")
def rendered(many, tmp_path_factory):
    """What an undisturbed run makes of them, by kind of archive."""
    out = tmp_path_factory.mktemp("rendered")
    found = {}
    for pack in (None, "tar", "zip"):
        it.render(many, out / "out", media=many, pack=pack)
        found[pack] = shown(out / "out")
        shutil.rmtree(out / "out")
    return found


def shown(folder):
    """What does not say where the folder is."""
    found = tree(folder)
    made = json.loads(found.pop("manifest.json"))
    del found["README.md"], made["media"]
    made["files"] = [file for file in made["files"] if file["name"] != "README.md"]
    return found | {"manifest.json": made}


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def rejects(folder):
    return [json.loads(line) for line in (folder / "rejects.jsonl").read_text().splitlines()]


def lines(output):
    return output.decode().splitlines()


# The command


def test_render_makes_a_media_root_for_every_other_command(run, few):
    done = run("render", "data/w_mask.json", "-o", "marked")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"marked holds 7 pictures of 3 records, [\d.]+ kB\n", done.stdout.decode())
    assert lines(done.stderr) == ["check it with: instit-tools verify marked"]
    verified = run("verify", "marked")
    assert verified.stdout == b"marked: whole; 7 pictures in 2 shards, read as render\n"
    assert verified.stderr == b""
    plain = [{key: value for key, value in masked_video(number).items() if key != "segmentations"} for number in (1, 2)]
    (few / "video.json").write_text(json.dumps(plain))
    converted = run("convert", "data/video.json", "--to", "llava", "-o", "llava", "--media", "marked")
    assert converted.returncode == 0, converted.stderr
    assert run("verify", "llava").returncode == 0


def test_marks_are_where_masks_are_and_a_picture_without_is_copied(few):
    out = few.parent / "marked"
    it.render(few, out)
    names = {name for name in tree(out) if name.endswith(".jpg")}
    assert names == {path.replace("_raw", "_vpt") for path in tree(few) if path.endswith(".jpg")}
    for name in names:
        raw, marked = ((root / path).read_bytes() for root, path in ((few, name.replace("_vpt", "_raw")), (out, name)))
        if name.endswith("/2.jpg"):
            assert marked == raw
            continue
        assert marked != raw
        apart = np.abs(pixels(raw) - pixels(marked)).max(axis=2)
        assert apart.shape == (HEIGHT, WIDTH)
        assert apart[:, 8:38].max() > 60, "an instance is marked"
        assert apart[:, :2].max() < 30, "what is far from both is as it was, but for compression"


def test_a_list_says_what_is_drawn(few):
    it.render(few, few.parent / "marked")
    (line,) = (few.parent / "marked" / "image-000000.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "id": "image-000007",
        "record": 7,
        "pictures": [
            {
                "path": "images_vpt/sa_000001/7.jpg", "timestamp": 1, "width": WIDTH, "height": HEIGHT, "drawn": [1, 2],
            }
        ],
    }  # fmt: skip
    first = json.loads((few.parent / "marked" / "video-000000.jsonl").read_text().splitlines()[0])
    assert [each["drawn"] for each in first["pictures"]] == [[1, 2], [], [1, 2]]


def test_the_manifest_says_how_marks_were_drawn(few):
    made = it.render(few, few.parent / "marked", quality=80)
    assert made.target == "render"
    assert made.media == "../data"
    assert {key: made.settings[key] for key in ("marks", "quality", "video_style", "image_style")} == {
        "marks": "render", "quality": 80, "video_style": "video 1", "image_style": "image 1",
    }  # fmt: skip
    assert len(made.settings["video_style_sha256"]) == 64


def test_render_without_input_draws_on_made_up_data(run):
    done = run("render")
    assert done.returncode == 0, done.stderr
    assert lines(done.stderr)[0] == (
        "no input named: using 20 videos and 20 images of made-up data in instit-output/made-up-with-masks"
    )
    assert run("verify", "instit-output/render").returncode == 0


def test_a_dry_run_draws_everything_and_writes_nothing(run, few, tmp_path):
    before = tree(tmp_path)
    done = run("render", "data", "-o", "marked", "--dry-run")
    assert done.stdout == b"marked would hold 7 pictures of 3 records\n"
    assert tree(tmp_path) == before
    damaged = few / paths_of(masked_video(1))[0]
    damaged.write_bytes(damaged.read_bytes()[:200])
    assert run("render", "data", "-o", "marked", "--dry-run").returncode == 2


def test_json_is_the_manifest_and_limit_counts_records(run, few):
    done = run("render", "data", "-o", "marked", "--limit", "1", "--json")
    assert json.loads(done.stdout)["totals"] == {"records": 1, "samples": 3, "rejects": {}}


# What becomes of a picture


def test_png_stays_png_whatever_its_name_and_loses_nothing(tmp_path):
    data = with_pictures(tmp_path / "data", masked_video(1), kind="PNG")
    it.render(data, tmp_path / "marked")
    marked = (tmp_path / "marked" / "videos_vpt/LVVIS/00001/1.jpg").read_bytes()
    assert Image.open(io.BytesIO(marked)).format == "PNG"
    apart = np.abs(pixels(marked) - pixels((data / "videos_raw/LVVIS/00001/1.jpg").read_bytes()))
    assert apart[:, :2].max() == 0
    assert it.verify(tmp_path / "marked").count == 0


def test_jpeg_is_written_as_the_marked_frames_of_the_authors_are(few):
    it.render(few, few.parent / "marked")
    marked = Image.open(io.BytesIO((few.parent / "marked" / "images_vpt/sa_000001/7.jpg").read_bytes()))
    assert marked.format == "JPEG"
    assert marked.quantization[0][:8] == [2, 1, 1, 2, 2, 4, 5, 6]  # those of som_frame_1.jpg: quality 95
    assert [layer[1:3] for layer in marked.layer] == [(2, 2), (1, 1), (1, 1)]


def test_a_lower_quality_makes_smaller_files(few):
    sizes = [
        sum(file.bytes for file in it.render(few, few.parent / f"marked-{quality}", quality=quality).files)
        for quality in (20, 95, 100)
    ]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"progressive": True}, {"quality": 30}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_opencv_and_pillow_see_the_same_pixels(options, mode):
    out = io.BytesIO()
    Image.open(io.BytesIO(picture(size=(101, 77)))).convert(mode).save(out, "JPEG", **options)
    seen = []
    drawn_on(out.getvalue(), "1.jpg", lambda found: seen.append(found.copy()) or found, quality=95, limits=DEFAULT)
    assert (seen[0] == pixels(out.getvalue())).all()


@pytest.mark.parametrize("mode", ["CMYK", "P", "RGBA", "LA"])
def test_pictures_of_any_mode_become_colour(mode):
    out = io.BytesIO()
    Image.open(io.BytesIO(picture())).convert(mode).save(out, "JPEG" if mode == "CMYK" else "PNG")
    marked = drawn_on(out.getvalue(), "1.png", lambda found: found, quality=100, limits=DEFAULT)
    assert Image.open(io.BytesIO(marked)).mode == "RGB"
    assert np.abs(pixels(marked) - pixels(out.getvalue())).mean() < 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_marked_picture_is_shown_as_the_raw_one_is(kind):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret place"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    raw = picture(kind=kind, exif=exif.tobytes(), icc_profile=profile)
    found = Image.open(io.BytesIO(drawn_on(raw, "1", lambda found: found, quality=95, limits=DEFAULT)))
    assert dict(found.getexif()) == {0x0112: 6}
    assert found.info["icc_profile"] == profile
    assert found.size == (WIDTH, HEIGHT)
    assert found.format == ("JPEG" if kind == "JPEG" else "PNG")


def test_a_picture_of_sixteen_bits_is_not_drawn_on():
    out = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint16)).save(out, "PNG")
    with pytest.raises(MediaError, match=r"^1\.png has pixels of mode I;16, on which no marks are drawn$"):
        drawn_on(out.getvalue(), "1.png", lambda found: found, quality=95, limits=DEFAULT)


def test_a_picture_that_cannot_be_decoded_is_said_so():
    damaged = bytearray(picture(kind="PNG", size=(200, 200)))
    damaged[len(damaged) // 2 : len(damaged) // 2 + 40] = bytes(40)
    with pytest.raises(DamagedPictureError, match=r"^1\.png cannot be decoded: "):
        drawn_on(bytes(damaged), "1.png", lambda found: found, quality=95, limits=DEFAULT)


def test_opencv_is_left_with_the_threads_that_it_had(few):
    before = cv2.getNumThreads()
    it.render(few, few.parent / "marked")
    assert cv2.getNumThreads() == before


# Archives


@pytest.mark.parametrize("pack", ["tar", "zip"])
def test_an_archive_holds_the_files_and_is_read_in_their_place(few, pack):
    it.render(few, few.parent / "marked")
    made = it.render(few, few.parent / "packed", pack=pack)
    files = {name: content for name, content in tree(few.parent / "marked").items() if name.endswith(".jpg")}
    assert {file.name for file in made.files} == {f"images_vpt.{pack}", f"videos_vpt.{pack}", "README.md"}
    for root in (few.parent / "packed", few.parent / "packed" / f"videos_vpt.{pack}"):
        store = open_store(root)
        for name, content in files.items():
            if root.is_dir() or name.startswith("videos"):
                assert store.read(name) == content
    assert it.verify(few.parent / "packed").count == 0
    it.convert(few, few.parent / "out", to="webdataset", media=few.parent / "packed")
    assert it.verify(few.parent / "out").count == 0


def test_other_tools_unpack_the_archives(few, tmp_path):
    for pack, tool in (("tar", ["tar", "xf"]), ("zip", [sys.executable, "-m", "zipfile", "-e"])):
        it.render(few, tmp_path / pack, pack=pack)
        (tmp_path / f"un{pack}").mkdir()
        rest = ["-C", tmp_path / f"un{pack}"] if pack == "tar" else [tmp_path / f"un{pack}"]
        subprocess.run([*tool, tmp_path / pack / f"videos_vpt.{pack}", *rest], check=True)
    it.render(few, tmp_path / "marked")
    assert tree(tmp_path / "untar") == tree(tmp_path / "unzip")
    assert tree(tmp_path / "untar" / "videos_vpt") == tree(tmp_path / "marked" / "videos_vpt")


@pytest.mark.parametrize("pack", [None, "tar", "zip"])
def test_names_of_any_length_and_language_are_kept(tmp_path, pack):
    long = f"videos_vpt/LVVIS/{'very-' * 30}long/{'x' * 120}/猫"
    data = with_pictures(tmp_path / "data", masked_video(1, video_path=long))
    it.render(data, tmp_path / "out", pack=pack)
    assert (
        open_store(tmp_path / "out").read(f"{long}/2.jpg")
        == (data / long.replace("_vpt", "_raw") / "2.jpg").read_bytes()
    )
    assert it.verify(tmp_path / "out").count == 0


names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=150)


@settings(deadline=None)
@given(
    st.dictionaries(names, st.binary(max_size=1500), min_size=1, max_size=8),
    st.integers(1, 5),
    st.sampled_from(["tar", "zip"]),
)
def test_pieces_of_any_number_make_one_archive(tmp_path_factory, files, count, pack):
    folder = tmp_path_factory.mktemp("pieces")
    pieces, sizes, entries = [], [], []
    for number in range(count):
        (folder / str(number)).mkdir()
        heap = Pieces(folder / str(number), pack)
        for name, content in list(files.items())[number::count]:
            heap.add(f"videos_vpt/{name}", content)
        heap.close()
        if heap.pieces:
            pieces.append((folder / str(number) / f"videos_vpt.{pack}").read_bytes())
            sizes.append(heap.pieces[0].bytes)
            listed = folder / str(number) / "videos_vpt.zip.entries"
            entries += [listed.read_bytes()] if pack == "zip" else []
    archive = io.BytesIO(b"".join(pieces) + ending(pack, sizes, entries))
    wanted = {f"videos_vpt/{name}": content for name, content in files.items()}
    if pack == "zip":
        with zipfile.ZipFile(archive) as opened:
            assert opened.testzip() is None
            assert {name: opened.read(name) for name in opened.namelist()} == wanted
        return
    with tarfile.open(fileobj=archive) as opened:
        found = {member.name: opened.extractfile(member).read() for member in opened}
    assert found == {name.rstrip("/"): content for name, content in wanted.items()}


def test_a_zip_may_be_larger_than_four_gigabytes(tmp_path):
    heap = Pieces(tmp_path, "zip")
    heap.add("videos_vpt/1.jpg", b"first")
    heap.close()
    first = (tmp_path / "videos_vpt.zip").read_bytes()
    entry = (tmp_path / "videos_vpt.zip.entries").read_bytes()
    start = 5 << 30
    with (tmp_path / "large.zip").open("wb") as out:
        out.seek(start)
        out.write(first + ending("zip", [start, len(first)], [b"[]", entry]))
    with zipfile.ZipFile(tmp_path / "large.zip") as opened:
        assert opened.read("videos_vpt/1.jpg") == b"first"
    assert open_store(tmp_path / "large.zip").read("videos_vpt/1.jpg") == b"first"


def test_a_zip_may_have_more_than_65535_members():
    listed = directory([Entry(f"{number}", 0, 0, 0) for number in range(70_000)], 0)
    with zipfile.ZipFile(io.BytesIO(listed)) as opened:
        assert len(opened.namelist()) == 70_000


# The same whoever works and whatever stops it


@pytest.mark.parametrize("pack", [None, "tar", "zip"])
@pytest.mark.parametrize("workers", [1, 2])
def test_the_bytes_are_the_same_however_many_work(run, many, rendered, tmp_path, pack, workers):
    packed = ["--pack", pack] if pack else []
    done = run("render", many, "-o", "out", "--media", many, "--workers", workers, *packed)
    assert done.returncode == 0, done.stderr
    assert shown(tmp_path / "out") == rendered[pack]


@pytest.mark.parametrize("pack", [None, "tar", "zip"])
def test_parts_merge_to_what_one_run_makes(run, many, rendered, tmp_path, pack):
    packed = ["--pack", pack] if pack else []
    for number in (1, 2, 3):
        done = run("render", many, "-o", "out", "--media", many, "--part", f"{number}/3", *packed)
        assert done.returncode == 0, done.stderr
        assert re.match(
            rf"out\.part-{number}-of-3 holds part {number} of 3: \d+ pictures of \d+ records\n", done.stdout.decode()
        )
    merged = run("merge", "out")
    assert re.match(r"out holds 124 pictures of 44 records, ", merged.stdout.decode()), merged.stderr
    assert shown(tmp_path / "out") == rendered[pack]


@pytest.mark.parametrize("pack", ["tar", "zip"])
def test_a_piece_of_an_archive_that_was_cut_short_is_not_merged(many, tmp_path, pack):
    it.render(many, tmp_path / "out", media=many, pack=pack, part=(1, 1))
    piece = sorted(tmp_path.glob(f"out.part-1-of-1/*/videos_vpt.{pack}"))[1]
    os.truncate(piece, 10)
    with pytest.raises(OutputError, match=rf"^{piece} has 10 bytes where [\d,]+ were written$"):
        it.merge(tmp_path / "out")


class Stopping:
    """Progress that stops a run when half of the records are done."""

    left = 22

    def start(self, total, *, done=0, unit="bytes"):
        self.before = done

    def advance(self, size, records=0, shards=0):
        self.left -= records
        if self.left < 0:
            raise KeyboardInterrupt


def settings_of(many, out, **changes):
    given = {"inputs": (str(many),), "out": str(out), "media": str(many), "workers": 1}
    return Settings(**(given | {"target": "render", "marks": "render"} | changes))


def stopped(many, out, **changes):
    with pytest.raises(Interrupted):
        convert(settings_of(many, out, **changes), Stopping())


@pytest.mark.parametrize("pack", [None, "tar", "zip"])
def test_a_stopped_run_goes_on(many, rendered, tmp_path, pack):
    stopped(many, tmp_path / "out", pack=pack)
    going = Stopping()
    going.left = 44
    convert(settings_of(many, tmp_path / "out", pack=pack), going)
    assert 0 < going.before < 44
    assert shown(tmp_path / "out") == rendered[pack]


@pytest.mark.parametrize("pack", [None, "zip"])
def test_a_run_may_be_killed_at_any_moment(many, rendered, tmp_path, pack):
    """Each kill is in a run that goes on from the one before, until one ends."""
    packed = ["--pack", pack] if pack else []
    arguments = ["render", many, "-o", tmp_path / "out", "--media", many, "--workers", "1", *packed]
    for moment in range(5, 5000, STRIDE):
        died = subprocess.run(
            [sys.executable, DYING, str(moment), "SIGKILL", *map(str, arguments)], capture_output=True, check=False
        )
        if died.returncode != -signal.SIGKILL:
            break
        assert not (tmp_path / "out").exists() or shown(tmp_path / "out") == rendered[pack]
    assert died.returncode in {0, 2}, died.stderr  # killed when it had published, the next finds that
    assert shown(tmp_path / "out") == rendered[pack]
    assert it.verify(tmp_path / "out").count == 0


def test_a_kill_of_the_process_while_it_works_is_survived(many, rendered, tmp_path):
    process = begin("render", many, "-o", "out", "--media", many, "--workers", "2", cwd=tmp_path)
    parts = tmp_path / ".out.partial" / "parts"
    while process.poll() is None and not (parts.exists() and [path for path in parts.iterdir() if path.name[0] != "."]):
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if not (tmp_path / "out").exists():
        it.render(many, tmp_path / "out", media=many)
    assert shown(tmp_path / "out") == rendered[None]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quality": 80}, "drawing quality was 95 and is 80"),
        ({"style": "clear"}, "the style of the marks is another one or has changed"),
        ({"pack": "tar"}, "pack was nothing and is tar"),
    ],
)
def test_what_was_drawn_otherwise_is_not_mixed_in(many, rendered, tmp_path, changes, told):
    stopped(many, tmp_path / "out")
    with pytest.raises(OutputError, match=rf"keeps what a stopped run finished, and {told}$"):
        convert(settings_of(many, tmp_path / "out", **changes))
    convert(settings_of(many, tmp_path / "out"))
    assert shown(tmp_path / "out") == rendered[None]


def test_a_raw_picture_that_has_changed_since_is_noticed(many, tmp_path):
    data = Path(shutil.copytree(many, tmp_path / "data"))
    stopped(data, tmp_path / "out")
    changed = data / "images_raw/sa_000001/1.jpg"
    changed.write_bytes(picture(99))
    with pytest.raises(OutputError, match=r"and images_raw/sa_000001/1\.jpg has changed since$"):
        convert(settings_of(data, tmp_path / "out"))


def test_an_output_elsewhere_is_the_same(many, rendered, server, bucket, tmp_path):
    for options in ([], ["--pack", "zip"]):
        arguments = ["render", many, "-o", bucket.at("out"), "--media", many, "--workers", "1", "--overwrite", *options]
        process = begin(*arguments, env=environment(server.url))
        out, told = process.communicate()
        assert process.returncode == 0, told
        process = begin("verify", bucket.at("out"), "--media", many, env=environment(server.url))
        out, told = process.communicate()
        assert out.decode().startswith(f"{bucket.at('out')}: whole; 124 pictures in "), told
    packed = server.ask("GET", f"/{bucket.name}/out/videos_vpt.zip")
    assert packed == rendered["zip"]["videos_vpt.zip"]


# What is wrong with what is given


def test_a_file_without_masks_is_an_error_that_says_which_to_give(run, tmp_path):
    with_pictures(tmp_path / "data", video(1))
    done = run("render", "data/w_mask.json", "-o", "marked")
    assert done.returncode == 2
    assert lines(done.stderr) == [
        "error: data/w_mask.json, record 1 (id 1): it holds no masks, which say where marks are drawn",
        "hint: give the file whose name ends in _w_mask",
    ]
    assert not (tmp_path / "marked").exists()


def test_a_record_that_says_that_it_has_no_masks_is_copied(tmp_path):
    data = with_pictures(tmp_path / "data", masked_video(1, segmentations={}), masked_image(1, segmentations={}))
    it.render(data, tmp_path / "out")
    assert tree(tmp_path / "out" / "videos_vpt") == tree(data / "videos_raw")
    assert tree(tmp_path / "out" / "images_vpt") == tree(data / "images_raw")
    assert it.verify(tmp_path / "out").count == 0


def test_a_mask_of_no_pixel_is_not_drawn(tmp_path):
    data = with_pictures(tmp_path / "data", masked_image(1, segmentations={"1": rectangle(0, 0, 0, 0)}))
    it.render(data, tmp_path / "out")
    assert tree(tmp_path / "out" / "images_vpt") == tree(data / "images_raw")


def test_what_is_at_fault_is_left_out_and_listed(run, tmp_path):
    odd = {"1.jpg": {"1": rectangle(0, 0, 9, 9, size=(HEIGHT, WIDTH))}}
    records = [
        video(1), masked_video(2, segmentations=odd), masked_video(3), masked_video(4), masked_image(5),
        masked_image(6, segmentations={"3": {"mask": {"size": [HEIGHT, WIDTH], "counts": [5, 5]}}}),
    ]  # fmt: skip
    data = with_pictures(tmp_path / "data", *records)
    (data / paths_of(records[2])[0]).unlink()
    damaged = data / paths_of(records[3])[2]
    damaged.write_bytes(bytes(60) + damaged.read_bytes())
    done = run("render", "data", "-o", "marked", "--on-error", "reject")
    assert done.returncode == 3, done.stderr
    listed = {each["record"]: (each["reason"], each["message"]) for each in rejects(tmp_path / "marked")}
    assert sorted(listed) == [1, 2, 3, 4, 6]
    assert listed[1] == ("record", "it holds no masks, which say where marks are drawn")
    assert listed[2][0] == "record"
    assert listed[2][1].startswith('segmentations["1.jpg"]["1"]')
    assert listed[3] == ("media", "videos_raw/LVVIS/00003/1.jpg is missing")
    assert listed[4][0] == "media"
    assert listed[6][1].startswith('segmentations["3"]')
    assert [name for name in tree(tmp_path / "marked") if name.endswith(".jpg")] == ["images_vpt/sa_000001/5.jpg"]
    assert run("verify", "marked").returncode == 0


@pytest.mark.parametrize(
    ("record", "error"),
    [
        (masked_video(1, segmentations={"1.jpg": {"1": rectangle(0, 0, 9, 9, size=(HEIGHT, WIDTH))}}), MaskError),
        (masked_video(1, segmentations=[1]), RecordError),
        (
            masked_video(1, segmentations={"1.jpg": {"1": {"mask": {"size": [1 << 40, 1 << 40], "counts": "0"}}}}),
            MaskError,
        ),
        (masked_video(1, video_path="clips/1"), MediaError),
        (masked_video(1, video_path="videos_vpt/../../etc"), MediaError),
        (masked_image(1, image_path="images_vpt/a\x01b.jpg"), MediaError),
        (masked_image(1, image_path="images_vpt/./b.jpg"), MediaError),
    ],
)
def test_a_hostile_record_is_one_error(array, tmp_path, record, error):
    if "clips" not in str(record) and ".." not in str(record):
        with_pictures(tmp_path, record)
    with pytest.raises(error) as caught:
        it.render(array(record), tmp_path / "out", media=tmp_path)
    assert caught.value.message.startswith(f"{tmp_path / 'annotations.json'}, record 1 (id 1)")
    assert not (tmp_path / "out").exists()


def test_two_records_of_one_picture_are_not_drawn_over_each_other(tmp_path):
    twin = masked_video(2, video_path=masked_video(1)["video_path"].replace("_vpt", "_raw"))
    data = with_pictures(tmp_path / "data", masked_video(1), twin)
    with pytest.raises(RecordError, match=r"its pictures in videos_raw/LVVIS/00001 are also those of .* record 1$"):
        it.render(data, tmp_path / "out")
    made = it.render(data, tmp_path / "out", on_error="reject")
    assert made.totals.rejects == {"record": 1}
    assert it.verify(tmp_path / "out").count == 0


def test_a_video_in_the_folder_of_another_is_not_drawn_over_it(tmp_path):
    one = masked_video(1, frames=1, video_path="videos_vpt/a", segmentations={})
    one["frame_level_caption"][0]["frame_name"] = "b/1.jpg"
    other = masked_video(2, frames=1, video_path="videos_vpt/a/b", segmentations={})
    data = with_pictures(tmp_path / "data", one, other)
    with pytest.raises(
        OutputError, match=r"^two records have a picture videos_vpt/a/b/1\.jpg, and there is room for one$"
    ):
        it.render(data, tmp_path / "out")


def test_no_media_is_said_with_where_raw_pictures_are_looked_for(run, array):
    done = run("render", array(masked_video(1)), "-o", "marked")
    assert done.returncode == 2
    assert lines(done.stderr) == [
        "error: marks are drawn on the raw pictures, and no media root is given",
        "hint: --media DIR, the folder that holds videos_raw/ or videos_raw.zip",
    ]


def test_marked_pictures_are_no_raw_ones(tmp_path, array):
    data = with_pictures(tmp_path / "data", masked_video(1))
    (data / "videos_raw").rename(data / "videos_vpt")
    with pytest.raises(MissingPictureError, match=r": videos_raw/LVVIS/00001/1\.jpg is missing$"):
        it.render(data, tmp_path / "out")


def test_an_output_that_exists_is_kept_and_overwrite_replaces_it(run, few, tmp_path):
    assert run("render", "data", "-o", "marked").returncode == 0
    again = run("render", "data", "-o", "marked")
    assert again.returncode == 2
    assert lines(again.stderr)[0].startswith("error: marked already holds ")
    assert run("render", "data", "-o", "marked", "--pack", "tar", "--overwrite").returncode == 0
    assert sorted(path.name for path in (tmp_path / "marked").iterdir()) == [
        "README.md", "image-000000.jsonl", "images_vpt.tar", "manifest.json", "video-000000.jsonl", "videos_vpt.tar",
    ]  # fmt: skip
    assert run("render", "data", "-o", "marked", "--overwrite").returncode == 0
    (tmp_path / "marked" / "videos_vpt" / "mine.jpg").write_bytes(b"mine")
    refused = run("render", "data", "-o", "marked", "--overwrite")
    assert b"marked holds videos_vpt/mine.jpg, which no manifest there lists, so it is not replaced" in refused.stderr


def test_raw_pictures_are_not_replaced_by_marked_ones(run, few):
    done = run("render", "data", "-o", "data", "--overwrite")
    assert done.returncode == 2
    assert (few / "w_mask.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quality": 0}, "--quality is 0, and goes from 1 to 100"),
        ({"quality": 101}, "--quality is 101, and goes from 1 to 100"),
        ({"max_frames": 2}, "--max-frames means nothing to the target render (it writes whole records)"),
        ({"frames": "mp4"}, "--frames means nothing to the target render"),
    ],
)
def test_options_that_mean_nothing_are_refused(few, options, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        it.render(few, few.parent / "out", **options)


@pytest.mark.parametrize("how", ["absent.toml", "clar"])
def test_a_style_that_is_none_is_refused_before_any_work(few, how):
    with pytest.raises(InstitError) as caught:
        it.render(few, few.parent / "out", style=how)
    assert how.removesuffix(".toml") in caught.value.message
    assert not (few.parent / "out").exists()


def test_a_style_file_that_is_wrong_is_named(run, few, tmp_path):
    for content in ("colour = [", "name = 3\n", "nonsense = true\n"):
        (tmp_path / "mine.toml").write_text(content)
        done = run("render", "data", "-o", "marked", "--style", "mine.toml")
        assert done.returncode == 2
        assert b"mine.toml" in done.stderr
        assert b"Traceback" not in done.stderr


# verify


def test_verify_finds_what_is_not_as_it_was(few, tmp_path):
    it.render(few, tmp_path / "marked")
    (tmp_path / "marked/videos_vpt/LVVIS/00001/1.jpg").write_bytes(picture(50))
    (tmp_path / "marked/videos_vpt/LVVIS/00001/2.jpg").write_bytes(picture(51, size=(40, 40)))
    shutil.copy(few / "videos_raw/LVVIS/00001/3.jpg", tmp_path / "marked/videos_vpt/LVVIS/00001/3.jpg")
    (tmp_path / "marked/videos_vpt/LVVIS/00002/1.jpg").unlink()
    (tmp_path / "marked/videos_vpt/more").mkdir()
    found = {(each.file, each.field, each.message) for each in it.verify(tmp_path / "marked").problems}
    folder = "videos_vpt/LVVIS/00001"
    messages = {message for _, field, message in found if field}
    assert messages == {
        f"{folder}/2.jpg is 40x40, and listed as {WIDTH}x{HEIGHT}",
        f"{folder}/2.jpg is 40x40, and videos_raw/LVVIS/00001/2.jpg is {WIDTH}x{HEIGHT}",
        f"{folder}/2.jpg is not videos_raw/LVVIS/00001/2.jpg, and nothing should be drawn on it",
        f"{folder}/3.jpg is videos_raw/LVVIS/00001/3.jpg itself, and ids should be drawn on it",
        "videos_vpt/LVVIS/00002/1.jpg is missing",
    }
    assert {file for file, field, _ in found if not field} == {
        f"{folder}/1.jpg", f"{folder}/2.jpg", f"{folder}/3.jpg", "videos_vpt/LVVIS/00002/1.jpg", "videos_vpt/more",
    }  # fmt: skip


def test_verify_does_not_miss_raw_pictures_that_are_gone(few, tmp_path):
    it.render(few, tmp_path / "marked", pack="zip")
    shutil.rmtree(few)
    assert it.verify(tmp_path / "marked").count == 0


# convert --marks render

DRAWING = sorted(name for name in VARIANTS if name not in {"jsonl", "parquet"} | REGIONS)


@pytest.mark.filterwarnings("ignore::UserWarning")  # of what clips cost
@pytest.mark.parametrize("variant", DRAWING)
def test_every_target_with_pictures_has_them_drawn_and_is_whole(few, tmp_path, variant):
    options = {"target": variant} | VARIANTS[variant]
    target = options.pop("target")
    made = it.convert(few, tmp_path / "out", to=target, media=few, marks="render", **options)
    assert made.settings["marks"] == "render"
    assert made.totals.samples > 0
    report = it.verify(tmp_path / "out")
    assert report.problems == ()
    assert report.pictures
    assert not [name for name in tree(tmp_path / "out") if "_raw" in name]


@pytest.mark.parametrize("target", ["llava", "webdataset", "parquet"])
def test_drawing_on_the_fly_is_rendering_and_then_converting(few, tmp_path, target):
    options = {"embed_media": True} if target == "parquet" else {}
    it.render(few, tmp_path / "marked")
    one = it.convert(few, tmp_path / "one", to=target, media=few, marks="render", **options)
    two = it.convert(few, tmp_path / "two", to=target, media=tmp_path / "marked", **options)
    assert one.shards == two.shards
    if target == "llava":
        assert one.media == "."
        assert tree(tmp_path / "one" / "videos_vpt") == tree(tmp_path / "marked" / "videos_vpt")
        assert f"--image_folder {tmp_path / 'one'}" in (tmp_path / "one" / "mixture.yaml").read_text()


def test_only_frames_that_are_used_are_drawn(few, tmp_path):
    it.convert(
        few, tmp_path / "out", to="llava", media=few, marks="render", recipe="qa", max_frames=1, on_error="reject"
    )
    names = [name for name in tree(tmp_path / "out") if name.endswith(".jpg")]
    assert names == ["videos_vpt/LVVIS/00001/1.jpg", "videos_vpt/LVVIS/00002/1.jpg"]


def test_a_name_by_absolute_path_leads_into_the_output(few, tmp_path):
    with pytest.warns(UserWarning, match="Qwen-VL merges"):
        it.convert(few, tmp_path / "out", to="ms-swift", media=few, marks="render", frames="video-list")
    rows = [json.loads(line) for path in (tmp_path / "out").glob("*.jsonl") for line in path.read_text().splitlines()]
    paths = [path for row in rows for path in (row.get("images") or row["videos"][0])]
    assert paths
    assert all(Path(path).is_relative_to(tmp_path / "out") and Path(path).is_file() for path in paths)


def test_convert_on_the_fly_as_a_command_goes_on_and_merges(run, many, tmp_path):
    arguments = ["convert", many, "--to", "llava", "--media", many, "--marks", "render", "-o", "out"]
    assert run(*arguments).returncode == 0
    whole = shown(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "whole")
    for number in (1, 2):
        assert run(*arguments, "--part", f"{number}/2").returncode == 0
    assert run("merge", "out").returncode == 0
    assert shown(tmp_path / "out") == whole
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(Interrupted):
        convert(settings_of(many, tmp_path / "out", target="llava"), Stopping())
    assert run(*arguments).returncode == 0
    assert shown(tmp_path / "out") == whole


NOTHING = "--marks render draws pictures, and --to {} holds none"
UNMARKED = "--marks render draws ids, and --to {} is for pictures without"
UNDRAWN = "--{} is for marks that are drawn, and --marks {} draws none"


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"to": "jsonl"}, NOTHING.format("jsonl"), "--marks vpt"),
        ({"to": "parquet"}, NOTHING.format("parquet"), "--embed-media"),
        ({"style": "clear", "marks": "keep"}, UNDRAWN.format("style", "keep"), "--marks render"),
        ({"quality": 9, "marks": "vpt"}, UNDRAWN.format("quality", "vpt"), "--marks render"),
        ({"pack": "tar"}, "--pack means nothing to the target llava", "leave --pack out"),
        ({"media": "none"}, "marks are drawn on the raw pictures, and no media root is given", "--media DIR"),
        ({"to": "videorefer"}, UNMARKED.format("videorefer"), "leave --marks out"),
        ({"to": "pixelrefer"}, UNMARKED.format("pixelrefer"), "leave --marks out"),
        ({"to": "render"}, "there is no target 'render'", "did you mean"),
    ],
)
def test_what_cannot_be_drawn_is_refused(few, tmp_path, options, message, hint):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$") as caught:
        it.convert(few, tmp_path / "out", **({"media": few, "marks": "render", "to": "llava"} | options))
    assert caught.value.hint.startswith(hint)


def test_pictures_elsewhere_have_no_absolute_path_here(few):
    settings = settings_of(few, "s3://bucket/out", target="ms-swift", frames="video-list")
    with pytest.raises(UsageError, match=r"names pictures as files, and s3://bucket/out, where"):
        convert(settings)
