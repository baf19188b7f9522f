"""Places that are elsewhere: how they are spelled, what is at them, and a sentence for whatever goes wrong there."""

import json
import re
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest
from conftest import image, video
from hub import hub
from hypothesis import given, settings
from hypothesis import strategies as st
from objects import environment, serving

from instit_tools.addresses import is_address, local, parent, shown
from instit_tools.errors import AccessError, MissingPictureError, PlaceError, SourceError, UsageError
from instit_tools.media.remote import RemoteArchive
from instit_tools.media.store import beside, open_store, packed, prefetch
from instit_tools.places import Place
from instit_tools.source.find import find
from instit_tools.source.hashes import Hashes
from instit_tools.source.opened import hashed, open_inputs
from instit_tools.writing import WritablePlace

SIGN_IN = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
NO_NETWORK = "is there a network, and is AWS_ENDPOINT_URL right, if it is set?"
LONG = bytes(range(251)) * 12_000 + b"the end"
"""Longer than a few blocks, and different everywhere near."""
RECORDS = json.dumps([video(1), image(2)]).encode()


@contextmanager
def fails(kind, message, hint):
    with pytest.raises(kind, match=f"^{re.escape(message)}$") as caught:
        yield
    assert caught.value.hint == hint


@pytest.fixture
def memory():
    """Put files into fsspec's memory, which is a place like any other, and empty it."""
    fs = fsspec.filesystem("memory")
    fs.store.clear()

    def put(path, content):
        fs.pipe_file(path, content)
        return f"memory://{path}"

    yield put
    fs.store.clear()


def refused(run, tmp_path, address, *, env, code=2):
    """Convert what is at *address*, which ends in one error; give what was said."""
    done = run("convert", address, "--to", "llava", "-o", tmp_path / "out", env=env)
    assert done.returncode == code, done.stderr.decode()
    assert not done.stdout
    assert not (tmp_path / "out").exists()
    return done.stderr.decode().removesuffix("\n")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://bucket/key", "s3://bucket/key"),
        ("https://me:secret@host/a.json", "https://host/a.json"),
        ("https://token@host/a.json", "https://host/a.json"),
        ("https://host/a.jsonl?X-Amz-Signature=abc&X-Amz-Credential=d/e", "https://host/a.jsonl"),
        ("zip://a.json::https://me:secret@host/a.zip", "zip://a.json::https://host/a.zip"),
        ("hf://datasets/owner/name@main/a.json", "hf://datasets/owner/name@main/a.json"),
        ("abfs://container@account.dfs.core.windows.net/a", "abfs://container@account.dfs.core.windows.net/a"),
        ("s3://bucket/picture?.json", "s3://bucket/picture?.json"),
        ("plain/path@home.json", "plain/path@home.json"),
    ],
)
def test_an_address_is_written_without_its_secrets(address, said):
    assert shown(address) == said


@given(st.text(alphabet="abc/:@?=.", max_size=20))
def test_writing_an_address_without_secrets_twice_changes_nothing_more(text):
    once = shown(f"https://{text}")
    assert shown(once) == once


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("s3://bucket/data/a.json", "s3://bucket/data"),
        ("s3://bucket/data/", "s3://bucket"),
        ("s3://bucket", "s3://bucket"),
        ("https://", "https://"),
        ("zip://in/a.json::s3://bucket/a.zip", "zip://in/a.json::s3://bucket/a.zip"),
        ("https://host/data/a.json?token=a/b", "https://host/data"),
        ("data/a.json", Path("data")),
        ("file:///data/a.json", Path("/data")),
    ],
)
def test_the_folder_of_an_address_is_an_address_and_that_of_a_path_a_path(name, folder):
    assert parent(name) == folder


def test_file_addresses_are_paths(array):
    path = array(video())
    assert local(f"file://{path}") == str(path)
    assert not is_address(f"file://{path}")
    assert find([f"file://{path}"]) == [str(path)]
    assert find([f"FILE://{path.parent}/*.json"]) == [str(path)]
    with fails(UsageError, f"{path} is named twice", "name every file once"):
        find([f"file://{path}", str(path)])


def test_pictures_may_be_named_by_a_file_address(run, tmp_path):
    assert run("synth", "data", "--videos", "2", "--images", "1", "--media").returncode == 0
    root = (tmp_path / "data").as_uri()
    assert run("convert", "data", "--to", "llava", "-o", "out", "--media", root).returncode == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_bytes())["media"] == "../data"
    assert run("verify", "out", "--media", root).returncode == 0
    assert run("validate", "data", "--media", root).returncode == 0
    assert (
        run("convert", "data", "--to", "ms-swift", "--frames", "video-list", "-o", "list", "--media", root).returncode
        == 0
    )


def test_a_folder_elsewhere_means_the_annotation_files_directly_in_it(memory):
    for name in ("b.jsonl", "a.json", "a.changes.jsonl", ".hidden.json", "synth.json", "deeper/c.json", "d.txt"):
        memory(f"/data/{name}", b"[]")
    assert find(["memory://data/"]) == ["memory://data/a.json", "memory://data/b.jsonl"]


def test_a_glob_elsewhere_is_expanded_and_an_exact_name_is_not_taken_for_one(memory):
    for name in ("a1.json", "a2.json", "a[1].json", "deeper/a3.json"):
        memory(f"/data/{name}", b"[]")
    assert find(["memory://data/a?.json"]) == ["memory:///data/a1.json", "memory:///data/a2.json"]
    assert find(["memory://data/**/a3.json"]) == ["memory:///data/deeper/a3.json"]
    assert find(["memory://data/a[1].json"]) == ["memory://data/a[1].json"]
    with fails(SourceError, "memory://data/*.jsn matches no file", "** looks into folders of folders"):
        find(["memory://data/*.jsn"])


def test_what_is_not_there_is_said_as_of_local_files(memory):
    memory("/data/annotations.json", b"[]")
    memory("/empty/a.txt", b"")
    hint = "did you mean memory://data/annotations.json?"
    with fails(SourceError, "memory://data/anotations.json does not exist", hint):
        find(["memory://data/anotations.json"])
    with fails(SourceError, "memory://data/x does not exist", "memory://data is there; see what it holds"):
        find(["memory://data/x"])
    with fails(SourceError, "memory://nowhere/x does not exist", "memory://nowhere does not exist either"):
        find(["memory://nowhere/x"])
    with fails(UsageError, "memory://data/annotations.json is named twice", "name every file once"):
        find(["memory://data", "memory://data/annotations.json"])
    with pytest.raises(SourceError, match=r"^memory://empty holds no annotation file \(\.json, "):
        find(["memory://empty"])


def test_folders_elsewhere_are_refused_where_local_ones_are(memory):
    memory("/masks/a.json", b"[]")
    memory("/masks/a_w_mask.json", b"[]")
    message = "memory://masks holds both a.json and a_w_mask.json, the same records without and with masks"
    with fails(UsageError, message, "name the one you want"):
        find(["memory://masks"])
    memory("/made/manifest.json", json.dumps({"target": "llava"}).encode())
    memory("/made/video-000000.json", b"[]")
    message = "memory://made is what convert --to llava wrote: training samples, no longer records"
    with fails(UsageError, message, "name the annotations that it was made from; verify checks what convert wrote"):
        find(["memory://made"])
    memory("/lossless/manifest.json", json.dumps({"target": "jsonl"}).encode())
    memory("/lossless/video-000000.jsonl", b"[]")
    assert find(["memory://lossless"]) == ["memory://lossless/video-000000.jsonl"]


def test_a_file_elsewhere_is_copied_once_and_called_by_its_address(memory, tmp_path):
    address = memory("/data/annotations.json", RECORDS)
    with Hashes() as hashes:
        (source,) = hashed(open_inputs([address], tmp_path / "spool", hashes=hashes), hashes)
    (copy,) = (tmp_path / "spool").iterdir()
    assert (source.name, source.path, source.size) == (address, str(copy), len(RECORDS))
    assert copy.read_bytes() == RECORDS


def test_pictures_beside_a_file_elsewhere_are_found(memory):
    address = memory("/data/annotations.json", RECORDS)
    assert beside([address]) is None
    memory("/data/videos_vpt.zip", b"")
    assert beside([address]) == "memory:///data"
    assert packed("memory://data")


def test_a_picture_elsewhere_is_missing_in_the_words_of_a_local_one(memory):
    memory("/data/videos_vpt/1/1.jpg", b"one")
    store = open_store("memory://data")
    with store.open("videos_vpt/1/./1.jpg") as stream:
        assert stream.read() == b"one"
    assert store.names("videos_vpt/1") == ["1.jpg"]
    assert store.names("videos_vpt/2") == []
    prefetch(store, ["videos_vpt/1/1.jpg", "videos_vpt/1/2.jpg", "../out.jpg"])
    with fails(MissingPictureError, "videos_vpt/1/2.jpg is missing", "looked in memory://data"):
        store.open("videos_vpt/1/2.jpg")
    with fails(
        UsageError, "the media root memory://nowhere does not exist", "--media takes a folder, a .zip or a .tar"
    ):
        open_store("memory://nowhere")


def test_what_was_fetched_together_is_not_fetched_again(memory):
    memory("/data/videos_vpt/1/1.jpg", b"one")
    store = open_store("memory://data")
    prefetch(store, ["videos_vpt/1/1.jpg"])
    memory("/data/videos_vpt/1/1.jpg", b"another")
    prefetch(store, ["videos_vpt/1/1.jpg"])
    with store.open("videos_vpt/1/1.jpg") as stream:
        assert stream.read() == b"one"
    prefetch(store, [])
    with store.open("videos_vpt/1/1.jpg") as stream:
        assert stream.read() == b"another"


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_an_archive_elsewhere_reads_what_is_there_from_anywhere(data):
    content = LONG
    fsspec.filesystem("memory").pipe_file("/archive.bin", content)
    archive = RemoteArchive(Place("memory://archive.bin"))
    for _ in range(5):
        start = data.draw(st.integers(0, len(content) + 10))
        size = data.draw(st.one_of(st.integers(0, 600), st.integers(0, 2 * len(content))))
        assert archive.read(size, start) == content[start : start + size]
        archive.stream.seek(start)
        assert archive.stream.read(size) == content[start : start + size]


def test_an_archive_elsewhere_that_gets_shorter_while_it_is_read_is_said_so(memory):
    archive = RemoteArchive(Place(memory("/archive.bin", LONG)))
    fsspec.filesystem("memory").store["/archive.bin"].truncate(1_500_000)
    with fails(
        PlaceError,
        "memory:///archive.bin has changed while it was read",
        "run it again when nothing else writes the file",
    ):
        archive.read(100, 1_500_000)


def test_a_kind_of_place_that_nothing_knows_is_said_so(run, tmp_path):
    said = refused(run, tmp_path, "s4://bucket/a.json", env=environment(None))
    assert said == (
        "error: s4://bucket/a.json: there is no place of the kind s4://\n"
        "hint: there are s3://, hf://, gs://, az://, https:// and others that fsspec knows"
    )


@pytest.mark.parametrize(("address", "package"), [("gs://bucket/a.json", "gcsfs"), ("az://container/a.json", "adlfs")])
def test_a_package_that_is_not_installed_is_named_with_the_command(run, tmp_path, address, package):
    said = refused(run, tmp_path, address, env=environment(None))
    assert said == f"error: {address} cannot be read: {package} is not installed\nhint: pip install {package}"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("hf://datasets", "Repository id must be 'namespace/name', got 'datasets'. "),
        ("hf://", "Access to buckets and repositories lists is not implemented"),
        ("data://x", "not enough values to unpack"),
        ("github://a/b", "GithubFileSystem.__init__() missing 2 required positional arguments"),
    ],
)
def test_an_address_that_lacks_something_is_no_bug(address, said):
    with pytest.raises(UsageError, match=f"^{address} cannot be opened: {re.escape(said)}") as caught:
        find([address])
    assert caught.value.hint == "is the address whole?"


def test_a_file_in_an_archive_has_an_address_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/a.json", RECORDS)
    address = f"zip://in/a.json::file://{tmp_path}/a.zip"
    (source,) = open_inputs([address], tmp_path / "spool")
    assert Path(source.path).read_bytes() == RECORDS
    assert beside([address]) is None
    with fails(SourceError, f"{address.replace('a.json', 'b.json')} does not exist", None):
        find([address.replace("a.json", "b.json")])


def test_s3_without_its_package_names_the_extra(run, tmp_path):
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text("import sys\nsys.modules['s3fs'] = None\n")
    env = environment(None, PYTHONPATH=str(tmp_path / "blocked"))
    said = refused(run, tmp_path, "s3://bucket/a.json", env=env)
    assert said == (
        "error: s3://bucket/a.json cannot be read: s3fs is not installed\nhint: pip install 'instit-tools[s3]'"
    )


def test_what_s3_does_not_have_is_said_with_what_it_has(run, tmp_path, bucket):
    bucket.put("data/annotations.json", RECORDS)
    env = environment(bucket.server.url)
    assert refused(run, tmp_path, "s3://no-such-bucket/data/a.json", env=env) == (
        "error: s3://no-such-bucket/data/a.json does not exist\nhint: s3://no-such-bucket/data does not exist either"
    )
    assert refused(run, tmp_path, "s3://no-such-bucket", env=env) == "error: s3://no-such-bucket does not exist"
    assert refused(run, tmp_path, bucket.at("data/anotations.json"), env=env) == (
        f"error: {bucket.at('data/anotations.json')} does not exist\n"
        f"hint: did you mean {bucket.at('data/annotations.json')}?"
    )


def test_a_dead_endpoint_is_an_error_and_no_traceback(run, tmp_path):
    said = refused(run, tmp_path, "s3://bucket/a.json", env=environment("http://127.0.0.1:1"))
    assert said == f"error: s3://bucket/a.json cannot be reached\nhint: {NO_NETWORK}"


def test_no_credentials_and_wrong_ones_end_with_4(run, tmp_path, bucket):
    address = bucket.put("a.json", RECORDS)
    nobody = environment(bucket.server.url, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    said = refused(run, tmp_path, address, env=nobody, code=4)
    assert said == f"error: no credentials for {address} were found\nhint: {SIGN_IN}"
    with serving(INITIAL_NO_AUTH_ACTION_COUNT="2") as strict:
        address = strict.bucket().put("a.json", RECORDS)
        said = refused(run, tmp_path, address, env=environment(strict.url), code=4)
    assert said == f"error: access to {address} was refused\nhint: {SIGN_IN}"
    assert AccessError.exit_code == 4
    assert not issubclass(AccessError, SourceError)


def test_credentials_in_an_address_are_used_and_never_said_or_written(run, tmp_path, bucket):
    bucket.put("data/a.json", RECORDS)
    host = bucket.server.url.removeprefix("http://")
    env = environment(bucket.server.url)
    address = f"http://me:pa55word@{host}/{bucket.name}/data/a.json?token=t0ken"
    done = run("convert", address, "--to", "jsonl", "-o", tmp_path / "made", env=env)
    assert done.returncode == 0, done.stderr.decode()
    found = run("validate", address, "--format", "jsonl", "--select", "path", env=env)
    gone = run("convert", address.replace("a.json", "b.json"), "--to", "jsonl", "-o", tmp_path / "not", env=env)
    assert f"http://{host}/{bucket.name}/data/b.json does not exist".encode() in gone.stderr
    unknown = refused(run, tmp_path, bucket.server.url + f"/{bucket.name}/data/a.json?token=t0ken", env=env, code=4)
    made = b"".join(path.read_bytes() for path in (tmp_path / "made").iterdir())
    said = b"".join(done.stdout + done.stderr for done in (done, found, gone)) + unknown.encode()
    for secret in (b"pa55word", b"t0ken"):
        assert secret not in made
        assert secret not in said


def test_the_hub_gives_files_folders_and_globs(run, tmp_path):
    with hub({"data/a.json": RECORDS, "data/b.txt": b""}) as url:
        env = environment(None, HF_ENDPOINT=url)
        for number, name in enumerate(("o/n/data/a.json", "o/n@main/data", "o/n/data/*.json")):
            done = run("convert", f"hf://datasets/{name}", "--to", "jsonl", "-o", f"{number}", env=env)
            assert done.returncode == 0, done.stderr.decode()
            assert json.loads((tmp_path / f"{number}" / "manifest.json").read_bytes())["inputs"][0]["name"] == "a.json"
        said = refused(run, tmp_path, "hf://datasets/o/n/data/c.json", env=env)
        assert said == (
            "error: hf://datasets/o/n/data/c.json does not exist\nhint: did you mean hf://datasets/o/n/data/a.json?"
        )
        said = refused(run, tmp_path, "hf://datasets/o/n/nowhere/*.json", env=env)
        assert said.startswith("error: hf://datasets/o/n/nowhere/*.json matches no file\n")


@pytest.mark.parametrize("changes", [{"HF_ENDPOINT": "http://127.0.0.1:1"}, {"HF_HUB_OFFLINE": "1"}])
def test_the_hub_out_of_reach_is_one_sentence(run, tmp_path, changes):
    address = "hf://datasets/Inst-IT/Inst-It-Dataset/inst_it_dataset_video_21k.json"
    said = refused(run, tmp_path, address, env=environment(None, **changes))
    assert said == (
        f"error: {address} cannot be reached\nhint: is there a network, and is HF_HUB_OFFLINE or HF_ENDPOINT set?"
    )


def test_the_hub_is_asked_for_the_dataset_that_an_address_names(run, tmp_path, proxy):
    proxy.answer = lambda *_: (401, {"Content-Length": "0"}, b"")
    address = "hf://datasets/Inst-IT/Inst-It-Dataset/a.json"
    said = refused(run, tmp_path, address, env=environment(None, HF_ENDPOINT=proxy.url), code=4)
    assert "/api/datasets/Inst-IT/Inst-It-Dataset" in [path.partition("?")[0] for _, path, _ in proxy.asked]
    assert said == (
        f"error: access to {address} was refused\n"
        "hint: is the name right? a private or gated dataset needs: hf auth login"
    )


@pytest.fixture
def place(bucket, proxy, monkeypatch):
    """A folder of S3 that can be written, and has one file, behind the proxy."""
    for name, value in environment(proxy.url).items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3").clear_instance_cache()
    bucket.put("folder/old", b"content")
    yield WritablePlace(bucket.at("folder"))
    fsspec.filesystem("s3").clear_instance_cache()


def upload(place, path):
    path.write_bytes(b"content")
    place.upload(path, "new")


@pytest.mark.parametrize(
    "write",
    [
        upload,
        lambda place, _: place.write("new", b"content"),
        lambda place, _: place.claim("new", b"content"),
        lambda place, _: place.copy(place, "old", "new"),
    ],
)
def test_what_cannot_be_written_is_not_said_to_be_unreadable(place, tmp_path, write):
    nowhere = WritablePlace("s3://no-such-bucket/folder")
    with fails(PlaceError, f"{nowhere} cannot be written: The specified bucket does not exist", None):
        write(nowhere, tmp_path / "file")


def refusal(proxy, code, said, status):
    """Have the server refuse what is sent to it, and not what it is asked for."""
    body = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>".encode()

    def answer(before, headers, content):
        if proxy.asked[-1][0] not in {"PUT", "POST"}:
            return before, headers, content
        return status, {"Content-Type": "application/xml", "Content-Length": str(len(body))}, body

    proxy.answer = answer


def test_an_upload_or_removal_that_the_server_refuses_is_said_so(place, proxy, tmp_path):
    refusal(proxy, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.", 400)
    with fails(PlaceError, f"{place} cannot be written: Your proposed upload exceeds the maximum allowed size", None):
        upload(place, tmp_path / "file")
    refusal(proxy, "InvalidRequest", "The folder is locked.", 400)
    with fails(PlaceError, f"{place} cannot be written: The folder is locked", None):
        place.remove(["old"])
    refusal(proxy, "AccessDenied", "Access Denied", 403)
    with fails(AccessError, f"access to {place} was refused", SIGN_IN):
        upload(place, tmp_path / "file")
    with fails(PlaceError, f"{place} cannot be read: The specified key does not exist", None):
        place.download("none", tmp_path / "none")


def test_a_file_replaced_while_it_is_read_is_an_error(run, tmp_path, bucket, proxy):
    line = json.dumps(video(1)).encode() + b"\n"
    address = bucket.put("a.jsonl", line * (40_000_000 // len(line)))

    def replace():
        if len(proxy.got("a.jsonl")) == 1:
            proxy.before = lambda: None
            bucket.put("a.jsonl", line)

    proxy.before = replace
    said = refused(run, tmp_path, address, env=environment(proxy.url))
    assert said == (
        f"error: {address} has changed while it was read\nhint: run it again when nothing else writes the file"
    )


def test_a_file_that_ends_early_is_an_error(run, tmp_path, bucket, proxy):
    address = bucket.put("a.json", RECORDS)

    def cut(status, headers, body):
        if not body or not RECORDS.endswith(body):
            return status, headers, body
        rest = body[:10] if body == RECORDS else b""
        return status, {**headers, "Content-Length": str(len(rest))}, rest

    proxy.answer = cut
    said = refused(run, tmp_path, address, env=environment(proxy.url))
    assert said == f"error: {address} ended after 10 of {len(RECORDS)} bytes\nhint: run it again"


def test_a_connection_that_breaks_off_is_tried_again(run, tmp_path, bucket, proxy):
    address = bucket.put("a.json", RECORDS)
    broken = []

    def once(status, headers, body):
        if body == RECORDS and not broken:
            broken.append(headers)
            return status, headers, body[:10]
        return status, headers, body

    proxy.answer = once
    done = run("convert", address, "--to", "jsonl", "-o", tmp_path / "out", env=environment(proxy.url))
    assert done.returncode == 0, done.stderr.decode()
    assert len(broken) == 1


def test_help_does_not_import_fsspec(run):
    import subprocess

    code = "import sys, instit_tools.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert not {"fsspec", "s3fs", "aiohttp", "botocore"} & set(loaded.split())


def test_an_error_of_a_place_is_none_of_the_data():
    assert not issubclass(PlaceError, SourceError)
    assert not issubclass(PlaceError, MissingPictureError.__base__)
