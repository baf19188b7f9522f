"""Data in S3 give what the same data give on this machine: every command that reads, against a server of objects."""

import gzip
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from objects import environment

import instit_tools as it

VIDEOS, IMAGES = "made_up_video.json", "made_up_image.json"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Made-up data with pictures; a zip in place of the folder of the videos' pictures, and a tar of all."""
    root = tmp_path_factory.mktemp("elsewhere")
    it.synth(root / "data", videos=4, images=3, media=True)
    pictures = sorted(path for path in (root / "data").rglob("*.jpg") if "_vpt" in str(path))
    (root / "packed").mkdir()
    with zipfile.ZipFile(root / "packed" / "videos_vpt.zip", "w") as videos:
        for path in pictures:
            name = path.relative_to(root / "data").as_posix()
            if name.startswith("videos_vpt/"):
                videos.write(path, name.removeprefix("videos_vpt/"))
    shutil.copytree(root / "data" / "images_vpt", root / "packed" / "images_vpt")
    with tarfile.open(root / "all.tar", "w") as everything:
        for path in pictures:
            everything.add(path, path.relative_to(root / "data").as_posix())
    for name in (VIDEOS, IMAGES):
        content = (root / "data" / name).read_bytes()
        (root / "packed" / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
    it.convert(root / "data", root / "lossless", to="parquet", media="none")
    return root


def made(folder):
    """A finished dataset: its shards as bytes, and its manifest without the place of the pictures."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    media = manifest.pop("media")
    naming_places = {"README.md", "mixture.yaml"}
    manifest["files"] = [each for each in manifest["files"] if each["name"] not in naming_places]
    return manifest, {each["name"]: (folder / each["name"]).read_bytes() for each in manifest["shards"]}, media


def done_with(run, *arguments, env, code=0):
    done = run(*arguments, env=env)
    assert done.returncode == code, done.stderr.decode()
    return done


@pytest.mark.parametrize(
    ("folder", "media", "options"),
    [
        ("data", None, "--to webdataset"),
        ("packed", None, "--to parquet --embed-media"),
        ("lossless", "all.tar", "--to webdataset --group record"),
        ("packed", "all.tar", "--to llava --frames mp4"),
    ],
)
def test_a_conversion_from_s3_is_that_of_the_local_copy(run, tmp_path, data, bucket, folder, media, options):  # noqa: PLR0917  # three fixtures, three parameters, and run
    options = options.split()
    env = environment(bucket.server.url)
    address = bucket.put_folder(data / folder, folder)
    away = ["--media", bucket.put(media, data / media)] if media else []
    here = ["--media", data / media] if media else []
    done_with(run, "convert", address, *away, *options, "-o", "away", env=env)
    done_with(run, "convert", data / folder, *here, *options, "-o", "here", env=env)
    manifest, shards, root = made(tmp_path / "away")
    assert (manifest, shards) == made(tmp_path / "here")[:2]
    assert root == (away[1] if away else address)
    assert shards
    done_with(run, "verify", "away", env=env, code=1 if "llava" in options else 0)


def test_a_glob_and_single_addresses_are_the_same_files(run, tmp_path, data, bucket):
    env = environment(bucket.server.url)
    address = bucket.put_folder(data / "data", "data")
    options = ["--to", "jsonl", "--media", "none"]
    done_with(run, "convert", f"{address}/*_video.json", *options, "-o", "glob", env=env)
    done_with(run, "convert", f"{address}/{VIDEOS}", *options, "-o", "name", env=env)
    assert made(tmp_path / "glob") == made(tmp_path / "name")


def test_validate_says_of_addresses_what_it_says_of_files(run, tmp_path, bucket):
    it.synth(tmp_path / "unsound", videos=6, images=6, media=True, defects=0.5)
    env = environment(bucket.server.url)
    address = bucket.put_folder(tmp_path / "unsound", "unsound")
    for report in ("jsonl", "sarif", "github"):
        away = done_with(run, "validate", address, "--format", report, "--workers", "1", env=env, code=1)
        here = done_with(run, "validate", "unsound", "--format", report, "--workers", "1", env=env, code=1)
        said = away.stdout.decode()
        assert address.replace(":", "%3A" if report == "github" else ":") in said
        if report == "jsonl":
            assert said.replace(address, "unsound") == here.stdout.decode()


def test_stats_measure_the_pictures_at_an_address(run, tmp_path, data, bucket):
    env = environment(bucket.server.url)
    address = bucket.put_folder(data / "data", "data")
    away = done_with(run, "stats", address, "-o", "away", "--no-report", "--json", env=env)
    here = done_with(run, "stats", data / "data", "-o", "here", "--no-report", "--json", env=env)
    assert away.stdout.decode().replace(address, str(data / "data")) == here.stdout.decode()


def test_repair_reads_an_address_and_writes_here(run, tmp_path, bucket):
    it.synth(tmp_path / "unsound", videos=6, images=2, defects=0.5)
    env = environment(bucket.server.url)
    address = bucket.put_folder(tmp_path / "unsound", "unsound")
    away = run("repair", f"{address}/{VIDEOS}", "-o", "away.json", env=env)
    here = run("repair", f"unsound/{VIDEOS}", "-o", "here.json", env=env)
    assert away.returncode == here.returncode
    assert (tmp_path / "away.json").read_bytes() == (tmp_path / "here.json").read_bytes()
    assert run("repair", address, "-o", "several", env=env).returncode == here.returncode
    assert (tmp_path / "several" / VIDEOS).read_bytes() == (tmp_path / "here.json").read_bytes()


def test_python_reads_and_scans_addresses(data, bucket):
    address = bucket.put_folder(data / "data", "data")
    code = (
        "import sys, instit_tools as it\n"
        "print(sum(1 for _ in it.read(sys.argv[1])), it.scan(sys.argv[1]).videos['file'].unique().to_list())\n"
        "print(len(it.validate(sys.argv[1]).problems))\n"
    )
    env = environment(bucket.server.url)
    found = subprocess.run([sys.executable, "-c", code, address], capture_output=True, check=True, text=True, env=env)
    assert found.stdout == f"7 ['{address}/{VIDEOS}']\n0\n"
    assert not found.stderr


def test_a_picture_that_is_missing_in_s3_is_a_fault_of_its_record(run, tmp_path, data, bucket):
    env = environment(bucket.server.url)
    address = bucket.put("data/made_up_image.json", data / "data" / IMAGES)
    options = [address, "--to", "webdataset", "--media", bucket.at("data")]
    stopped = done_with(run, "convert", *options, "-o", "out", env=env, code=2)
    name = json.loads((data / "data" / IMAGES).read_bytes())[0]["image_path"]
    assert f"{name} is missing\nhint: looked in {bucket.at('data')}\n" in stopped.stderr.decode()
    done_with(run, "convert", *options, "--on-error", "reject", "-o", "out", env=env, code=3)
    assert len((tmp_path / "out" / "rejects.jsonl").read_bytes().splitlines()) == 3


def test_a_path_that_leads_out_of_an_address_is_never_asked_for(run, tmp_path, data, bucket, proxy):
    record = json.loads((data / "data" / IMAGES).read_bytes())[0]
    bucket.put("secret.jpg", b"secret")
    bucket.put("data/images_vpt/1.jpg", b"x")
    record["image_path"] = "images_vpt/../../secret.jpg"
    address = bucket.put("a.json", json.dumps([record]).encode())
    env = environment(proxy.url)
    stopped = done_with(
        run, "convert", address, "--to", "webdataset", "--media", bucket.at("data"), "-o", "out", env=env, code=2
    )
    assert b"'images_vpt/../../secret.jpg' is not a path inside the media root" in stopped.stderr
    assert proxy.got("a.json")
    assert not [path for _, path, _ in proxy.asked if "secret" in path]


def test_an_outage_stops_a_conversion_and_rejects_no_record(run, tmp_path, data, bucket, proxy):
    address = bucket.put_folder(data / "data", "data")

    def out(status, headers, body):
        return (403, {"Content-Length": "0"}, b"") if body[:2] == b"\xff\xd8" else (status, headers, body)

    proxy.answer = out
    options = ["--to", "webdataset", "--on-error", "reject", "-o", "out"]
    stopped = done_with(run, "convert", address, *options, env=environment(proxy.url), code=4)
    assert f"error: access to {address} was refused\n" in stopped.stderr.decode()
    assert not (tmp_path / "out").exists()


def test_trainers_that_take_absolute_paths_refuse_pictures_elsewhere(run, data, bucket):
    address = bucket.put_folder(data / "data", "data")
    options = ["--to", "ms-swift", "--frames", "video-list", "-o", "out"]
    stopped = done_with(run, "convert", address, *options, env=environment(bucket.server.url), code=2)
    assert stopped.stderr.decode().endswith(
        f"error: --to ms-swift --frames video-list names pictures as files, and {address} is not on this machine\n"
        "hint: copy the pictures here, and give --media the folder that holds videos_vpt/\n"
    )


def test_trainers_that_open_files_are_told_to_copy_them_and_verify_says_so(run, tmp_path, data, bucket):
    env = environment(bucket.server.url)
    address = bucket.put_folder(data / "data", "data")
    talk = done_with(run, "convert", address, "--to", "llava", "-o", "out", env=env).stderr.decode()
    assert f"llava is read with pictures as files: copy them from {address} before training\n" in talk
    found = done_with(run, "verify", "out", env=env, code=1).stdout.decode()
    assert f"is at {address}, as others may be, and the trainer opens files: copy them to this machine\n" in found
    assert "out: 1 problem; " in found
    done_with(run, "verify", "out", "--media", data / "data", env=env)
    unseen = done_with(run, "verify", "out", "--media", "none", env=env)
    assert unseen.stderr == b"pictures were not looked at: --media says where they are\n"


def test_the_pictures_of_a_record_are_asked_for_once_each(run, data, bucket, proxy):
    address = bucket.put_folder(data / "data", "data")
    done_with(run, "convert", address, "--to", "webdataset", "-o", "out", env=environment(proxy.url))
    pictures = [path for _, path, _ in proxy.asked if ".jpg" in path]
    assert len(pictures) == len(set(pictures))
    assert pictures


def test_a_tar_is_indexed_in_blocks_and_not_header_by_header(run, tmp_path, bucket, proxy):
    source = tmp_path / "a.json"
    with tarfile.open(tmp_path / "all.tar", "w") as everything:
        for number in range(2000):
            path = tmp_path / "picture.jpg"
            path.write_bytes(bytes(3000))
            everything.add(path, f"images_vpt/{number}.jpg")
    source.write_text("[]")
    media = bucket.put("all.tar", tmp_path / "all.tar")
    size = (tmp_path / "all.tar").stat().st_size
    done_with(run, "convert", source, "--media", media, "--to", "llava", "-o", "out", env=environment(proxy.url))
    asked = proxy.got("all.tar")
    assert size > 7_000_000
    assert len(asked) <= 5


def test_a_zip_that_is_cut_short_and_what_is_no_archive_are_said_so(run, tmp_path, data, bucket):
    env = environment(bucket.server.url)
    source = data / "data" / IMAGES
    content = (data / "packed" / "videos_vpt.zip").read_bytes()
    for name in ("cut.zip", "none.tar"):
        media = bucket.put(name, content[:1000] if name == "cut.zip" else b"nothing")
        said = done_with(
            run, "convert", source, "--media", media, "--to", "llava", "-o", "out", env=env, code=2
        ).stderr.decode()
        assert said == (
            f"error: {media} is neither a folder, nor a whole zip, nor a whole tar\n"
            "hint: if it was downloaded, the download is probably incomplete\n"
        )
    gone = done_with(
        run, "convert", source, "--media", bucket.at("gone.zip"), "--to", "llava", "-o", "out", env=env, code=2
    )
    assert gone.stderr.decode() == (
        f"error: the media root {bucket.at('gone.zip')} does not exist\n"
        "hint: --media takes a folder, a .zip or a .tar\n"
    )


def test_a_compressed_tar_elsewhere_is_refused_as_here(run, tmp_path, data, bucket):
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as everything:
        everything.add(data / "data" / IMAGES, "a.json")
    media = bucket.put("all.tar.gz", tmp_path / "all.tar.gz")
    env = environment(bucket.server.url)
    stopped = done_with(
        run, "convert", data / "data" / IMAGES, "--media", media, "--to", "llava", "-o", "out", env=env, code=2
    )
    assert f"{media} is a compressed tar, in which no picture can be found" in stopped.stderr.decode()
    assert Path(tmp_path / "out").exists() is False
