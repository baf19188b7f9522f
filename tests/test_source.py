"""Reading: the same records from every layout, and a sentence for every way in which a file is broken."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import image, video
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import RecordError, SourceError, UsageError
from instit_tools.records import (
    BenchItem,
    ImageRecord,
    ShortLong,
    VideoRecord,
    encode,
    kind_of,
    known_ids,
    masks,
    text_of,
)
from instit_tools.source import partition as partition_module
from instit_tools.source import unpacking as unpacking_module
from instit_tools.source.decode import Decoder, decode
from instit_tools.source.find import find
from instit_tools.source.hashes import Hashes
from instit_tools.source.opened import hashed, open_inputs
from instit_tools.source.partition import all_elements, elements, located, partitions, place
from instit_tools.source.read import read

RECORDS = [
    video(1),
    image(2),
    video(3, frames=1, questions=()),
    image(4, image_level_caption='Schön: \\ "[1]", {2}\u2028'),
]
SHAPES = "the published shapes are described in the README of Inst-IT/Inst-It-Dataset"
AGAIN = "the download is probably incomplete: fetch it again"
EXPORT = "fetch or export it again"
ARRAY = json.dumps(RECORDS).encode()
LINES = b"".join(json.dumps(record).encode() + b"\n" for record in RECORDS)


def published(*inputs):
    """What is read, as published JSON again."""
    return [json.loads(encode(record)) for record in read(list(map(str, inputs)))]


@pytest.fixture
def put(tmp_path):
    """Write a file and give its path."""

    def write(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@contextmanager
def fails(kind, message, hint):
    """Expect exactly this sentence, and this hint."""
    with pytest.raises(kind, match=f"^{re.escape(message)}$") as caught:
        yield
    assert caught.value.hint == hint
    assert caught.value.exit_code == 2


def gz(data):
    return gzip.compress(data, mtime=0)  # the same bytes every time: they are part of test names


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("compact.json", json.dumps(RECORDS, separators=(",", ":")).encode()),
        ("indented.json", json.dumps(RECORDS, indent=4).encode()),
        ("unescaped.json", json.dumps(RECORDS, ensure_ascii=False).encode()),
        ("bom.json", b"\xef\xbb\xbf" + ARRAY),
        ("spaced.json", b"\r\n\t " + ARRAY + b" \n\n"),
        ("no suffix", ARRAY),
        ("plain.jsonl", LINES),
        ("bom.jsonl", b"\xef\xbb\xbf" + LINES),
        ("blank.jsonl", b"\n\n" + LINES.replace(b"\n", b"\n \n\n")),
        ("blank lines.txt", b"\n\n" + LINES.replace(b"\n", b"\n \n\n")),
        ("unfinished.jsonl", LINES.removesuffix(b"\n")),
        ("windows.jsonl", LINES.replace(b"\n", b"\r\n")),
        ("lines.json", LINES),
        ("array.json.gz", gz(ARRAY)),
        ("lines.jsonl.gz", gz(LINES)),
        ("gzip by content.json", gz(ARRAY)),
        (
            "members.json.gz",
            gz(ARRAY[:99]) + gz(ARRAY[99:500]) + gz(ARRAY[500:]),
        ),
        ("array.json.zst", zstd(ARRAY)),
        ("lines.jsonl.zst", zstd(LINES)),
        ("frames.json.zst", zstd(ARRAY[:99]) + zstd(ARRAY[99:])),
    ],
)
def test_every_layout_reads_to_the_same_records(put, name, data):
    assert published(put(name, data)) == RECORDS


def test_our_parquet_reads_to_the_records_that_it_was_made_from(array, tmp_path):
    odd = [
        *RECORDS,
        video(5, segmentations={"1.jpg": {"1": {"mask": {"size": [2, 3], "counts": "x"}}}}, odd=[1]),
        image(6, instance_level_caption={"1,2": {"short": "a"}}, image_level_caption=None),
    ]
    convert(Settings(inputs=(str(array(*odd)),), out=str(tmp_path / "out"), target="parquet"))
    assert published(tmp_path / "out") == [*(odd[i] for i in (1, 3, 5)), *(odd[i] for i in (0, 2, 4))]
    assert published(tmp_path / "out" / "video-000000.parquet") == [odd[i] for i in (0, 2, 4)]


@pytest.mark.parametrize("data", [ARRAY, LINES, gz(ARRAY), zstd(LINES)])
def test_standard_input_is_read_whatever_its_layout(data):
    script = "import sys; from instit_tools.source.read import read; from instit_tools.records import encode\n"
    script += "for record in read(['-']): sys.stdout.buffer.write(encode(record) + b'\\n')"
    done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True, timeout=60)
    assert [json.loads(line) for line in done.stdout.splitlines()] == RECORDS


def test_broken_standard_input_is_called_so():
    script = (
        "from instit_tools.source.read import read\ntry: list(read(['-']))\nexcept Exception as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], input=b"", capture_output=True, check=True, timeout=60)
    assert done.stdout == b"standard input is empty\n"


def test_a_folder_means_the_annotation_files_in_it_by_name(tmp_path, put):
    put("b.jsonl", json.dumps(video(1)).encode())
    put("a.json.gz", gz(json.dumps([image(2)]).encode()))
    for ignored in (
        "manifest.json",
        "rejects.jsonl",
        "features.json",
        "synth.json",
        "planted.jsonl",
        ".a.json",
        "x.txt",
    ):
        put(ignored, b"not JSON")
    (tmp_path / "deep.json").mkdir()
    (tmp_path / "deep.json" / "c.json").write_bytes(b"not JSON")
    assert published(tmp_path) == [image(2), video(1)]


def test_a_glob_means_the_files_that_it_matches_by_name(tmp_path, put):
    for name, number in (("b.json", 2), ("a.json", 1), ("c.jsonl", 3)):
        put(name, json.dumps([video(number)] if name != "c.jsonl" else video(number)).encode())
    (tmp_path / "deep").mkdir()
    put("deep/d.json", json.dumps([video(4)]).encode())
    assert published(tmp_path / "*.json") == [video(1), video(2)]
    assert published(tmp_path / "**" / "*.json") == [video(1), video(2), video(4)]


def test_a_name_with_brackets_is_a_name_first(put):
    assert published(put("a[1].json", ARRAY)) == RECORDS


def test_files_are_read_in_the_order_given(put):
    first, second = put("b.json", json.dumps([video(1)]).encode()), put("a.json", json.dumps([video(2)]).encode())
    assert published(first, second) == [video(1), video(2)]


def test_the_real_record_is_read_and_written_again(real_record):
    data = json.loads(real_record.read_bytes())
    assert published(real_record) == data
    assert known_ids(next(read([str(real_record)]))) == frozenset(range(1, 7))


@pytest.mark.parametrize(
    ("name", "data", "message", "hint"),
    [
        ("a.json", b"", "is empty", "download or export it again"),
        ("a.json", b" \n\t\r\n", "holds nothing but white space", "download or export it again"),
        ("a.json", b"\xef\xbb\xbf \n", "holds nothing but white space", "download or export it again"),
        *(
            (
                "a.json",
                page,
                "is a web page, not annotations: the download met a login or an error page",
                "sign in, then: hf download Inst-IT/Inst-It-Dataset --repo-type dataset",
            )
            for page in (
                b"<!DOCTYPE html><html>",
                b"\n <html lang=en>",
                b'<?xml version="1.0"?>',
                b"\xef\xbb\xbf<HEAD>",
            )
        ),
        (
            "a.json",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
            "is a Git LFS pointer, not the file itself",
            "fetch the content: git lfs pull",
        ),
        ("a.json", ARRAY[:-1], f"stops in the middle, after {len(ARRAY) - 1:,} bytes", AGAIN),
        ("a.json", ARRAY[:700], "stops in the middle, after 700 bytes", AGAIN),
        ("a.json", b"[", "stops in the middle, after 1 bytes", AGAIN),
        ("a.json.gz", gz(ARRAY)[:-9], "cannot be unpacked: Truncated compressed stream", AGAIN),
        ("a.json.gz", gz(ARRAY)[:5], "cannot be unpacked: Truncated compressed stream", AGAIN),
        ("a.json.zst", zstd(ARRAY)[:-9], "cannot be unpacked: Truncated compressed stream", AGAIN),
        (
            "a.json",
            json.dumps(video()).encode(),
            "holds one JSON object (its first key is 'video_id'), not an array of records",
            "put it in [ ]",
        ),
        (
            "a.json",
            json.dumps(video(), indent=1).encode(),
            "holds one JSON object (its first key is 'video_id'), not an array of records",
            "put it in [ ]",
        ),
        (
            "a.json",
            json.dumps({"data": RECORDS}, indent=1).encode(),
            "holds one JSON object (its first key is 'data'), not an array of records",
            "the records are inside it: pass on that list alone",
        ),
        ("a.json", b"{}", "holds one JSON object, not an array of records", "put it in [ ]"),
        (
            "a.json",
            b'"text"',
            "is not JSON: it starts with '\"text\"'",
            "annotation files are .json arrays, .jsonl or .parquet",
        ),
        (
            "a.csv",
            b"id,text\n1,a",
            "is not JSON: it starts with 'id,text\\n1,a'",
            "annotation files are .json arrays, .jsonl or .parquet",
        ),
        *(
            (
                "a.json",
                data.encode(wide),
                "is not UTF-8 text (it looks like UTF-16 or UTF-32)",
                "convert it first: iconv -f UTF-16 -t UTF-8 {path}",
            )
            for wide in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")
            for data in (ARRAY.decode(), LINES.decode())
        ),
        (
            "a.json",
            b"PK\x03\x04rest",
            "is a zip archive, not annotations",
            "pictures are given with --media; annotations are unpacked first",
        ),
        (
            "a.json",
            b"a" * 257 + b"ustar\x0000" + bytes(248),
            "is a tar archive, not annotations",
            "pictures are given with --media; annotations are unpacked first",
        ),
        (
            "a.json.gz",
            gz(gz(ARRAY)),
            "is compressed twice, not annotations",
            "unpack it once",
        ),
        ("a.json.gz", gz(zstd(ARRAY)), "is compressed twice, not annotations", "unpack it once"),
        ("a.json.gz", gz(b""), "is empty", "download or export it again"),
        (
            "a.json",
            b'[{"video_id": 1}, {"video_id": }]',
            "is not well-formed JSON: JSON is malformed: invalid character (byte 31)",
            EXPORT,
        ),
        (
            "a.json",
            b'[{"video_id": 1} {"video_id": 2}]',
            "is not well-formed JSON: JSON is malformed: expected ',' or ']' (byte 17)",
            EXPORT,
        ),
        ("a.json", b"[] []", "is not well-formed JSON: JSON is malformed: trailing characters (byte 4)", EXPORT),
        ("a.json", b"[{},]", "is not well-formed JSON: JSON is malformed: trailing comma in array (byte 4)", EXPORT),
        (
            "a.json",
            b'[{"video_id": NaN}]',
            "is not well-formed JSON: JSON is malformed: invalid character (byte 14)",
            EXPORT,
        ),
        *(
            (
                "a.json",
                data,
                "is not well-formed JSON: maximum recursion depth exceeded while deserializing an object",
                EXPORT,
            )
            for data in (b"[" * 100_000, b'[{"a":' + b"[" * 100_000 + b"}]", b"[1, " + b"[" * 9999 + b"]" * 10_000)
        ),
        (
            "a.parquet",
            b"PAR1xxx",
            "is not a whole Parquet file: Parquet file size is 7 bytes, smaller than the minimum file footer (8 bytes)",
            AGAIN,
        ),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong_and_what_to_do(put, name, data, message, hint):
    path = put(name, data)
    with fails(SourceError, f"{path} {message}", hint.replace("{path}", str(path))):
        published(path)


def test_a_real_zip_and_real_pictures_are_told_from_annotations(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.json", "w") as archive:
        archive.writestr("a.json", ARRAY)
    with fails(
        SourceError,
        f"{tmp_path / 'a.json'} is a zip archive, not annotations",
        "pictures are given with --media; annotations are unpacked first",
    ):
        published(tmp_path / "a.json")
    for kind in ("JPEG", "PNG"):
        path = tmp_path / f"{kind}.jpg"
        Image.new("RGB", (4, 4)).save(path, kind)
        with fails(SourceError, f"{path} is a {kind} picture, not annotations", "name the annotation file"):
            published(path)


def test_a_truncated_parquet_is_named_as_an_incomplete_download(array, tmp_path, put):
    convert(Settings(inputs=(str(array(video())),), out=str(tmp_path / "out"), target="parquet"))
    whole = (tmp_path / "out" / "video-000000.parquet").read_bytes()
    path = put("half.parquet", whole[: len(whole) // 2])
    message = f"^{re.escape(str(path))} is not a whole Parquet file: Parquet magic bytes not found in footer"
    with pytest.raises(SourceError, match=message) as caught:
        published(path)
    assert caught.value.hint == AGAIN


def test_foreign_parquet_is_told_by_its_columns(tmp_path):
    path = tmp_path / "foreign.parquet"
    pq.write_table(pa.table({"url": ["a"], "caption": ["b"]}), path)
    message = f"{path} is Parquet, but not written by instit-tools: it has the columns caption, url"
    with fails(SourceError, message, "make it with: instit-tools convert --to parquet"):
        published(path)


def test_a_name_that_is_nearly_right_is_guessed(put, tmp_path):
    put("annotations.json", ARRAY)
    with fails(SourceError, f"{tmp_path}/anotations.json does not exist", f"did you mean {tmp_path}/annotations.json?"):
        find([f"{tmp_path}/anotations.json"])
    with fails(SourceError, f"{tmp_path}/zzz does not exist", f"{tmp_path} is there; see what it holds"):
        find([f"{tmp_path}/zzz"])
    with fails(SourceError, f"{tmp_path}/no/a.json does not exist", f"{tmp_path}/no does not exist either"):
        find([f"{tmp_path}/no/a.json"])


def test_a_glob_that_matches_nothing_is_an_error(tmp_path):
    with fails(SourceError, f"{tmp_path}/*.json matches no file", "** looks into folders of folders"):
        find([f"{tmp_path}/*.json"])


def test_a_folder_without_annotations_is_an_error(tmp_path, put):
    put("picture.jpg", b"")
    message = (
        f"{tmp_path} holds no annotation file (.json, .jsonl, .parquet, .json.gz, .jsonl.gz, .json.zst, .jsonl.zst)"
    )
    with fails(SourceError, message, "name the file, or the folder that holds it"):
        find([str(tmp_path)])


def test_a_folder_with_the_same_records_twice_is_an_error(tmp_path, put):
    put("video_21k.json", ARRAY)
    put("video_21k_w_mask.json", ARRAY)
    message = f"{tmp_path} holds both video_21k.json and video_21k_w_mask.json, the same records without and with masks"
    with fails(UsageError, message, "name the one you want"):
        find([str(tmp_path)])


def test_a_file_named_twice_is_an_error_however_it_is_spelled(tmp_path, put, monkeypatch):
    path = put("a.json", ARRAY)
    (tmp_path / "link.json").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    for again in (str(path), "a.json", "./a.json", f"{tmp_path}/*.json", "link.json"):
        with pytest.raises(UsageError, match=r"(a|link)\.json is named twice$") as caught:
            find([str(path), again])
        assert caught.value.hint == "name every file once"
    with fails(UsageError, "- is named twice", "name every file once"):
        find(["-", "-"])


def changed(path, inner, record=None):
    """A record with one value changed, deep down."""
    tree = record or video()
    at = tree
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = inner
    return tree


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "a record is a JSON object, not an array"),
        ("a", "a record is a JSON object, not a string"),
        (None, "a record is a JSON object, not null"),
        (7, "a record is a JSON object, not a number or a truth value"),
        ({}, "neither a video nor an image record, it has no key at all"),
        ({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, "neither a video nor an image record, it has a, b, c, d"),
        ({"video_id": 1}, "object missing required field `video_path`"),
        (video(video_path=3), "video_path: expected `str`, got `int`"),
        (video(video_id=None), "video_id: expected `int | str`, got `null`"),
        (video(frame_level_caption=None), "frame_level_caption: expected `array`, got `null`"),
        (
            changed(["frame_level_caption", 2, "timestamp"], "3"),
            "frame_level_caption[2].timestamp: expected `int`, got `str`",
        ),
        (
            changed(["frame_level_caption", 1, "instance_level", "1"], 7),
            "frame_level_caption[1].instance_level[...]: expected `str | object | null`, got `int`",
        ),
        (
            changed(["question_answer_pairs", 0, "answer"], ["a"]),
            "question_answer_pairs[0].answer: expected `str | null`, got `array`",
        ),
        (image(image_level_caption=1), "image_level_caption: expected `str | null`, got `int`"),
        ({"question_id": "1-1"}, "object missing required field `question`"),
    ],
)
def test_a_record_of_no_published_shape_is_told_with_its_place_and_field(array, record, message):
    path = array(video(1), record)
    with fails(RecordError, f"{path}, record 2: {message}", SHAPES):
        published(path)


def test_a_broken_line_is_told_by_its_number_blank_lines_counted(put):
    path = put("a.jsonl", b"\n\r\n" + LINES + b" \n\n" + b'{"video_id": \n' + LINES)
    with fails(RecordError, f"{path}, line 9: not well-formed JSON: Input data was truncated", None):
        published(path)


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize("record", [DEEP, b'{"video_id":' + DEEP + b"}"])
def test_nesting_too_deep_is_the_fault_of_its_record(put, record):
    message = "not well-formed JSON: maximum recursion depth exceeded while deserializing an object"
    path = put("a.jsonl", LINES + record + b"\n")
    with fails(RecordError, f"{path}, line 5: {message}", None):
        published(path)
    path = put("a.json", ARRAY.rstrip()[:-1] + b",\n" + record + b"]")
    with fails(RecordError, f"{path}, record 5: {message}", None):
        published(path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b'"\\ud800"', "holds \\ud800, half a character"),
        (b'"a\\udc00b"', "holds \\udc00, half a character"),
        (b'{"\\ud83d": 1}', "holds \\ud83d, half a character, in a key"),
        (b"1e999", "holds 1e999, which is no number that a reader can hold"),
    ],
)
def test_what_only_a_lenient_reader_takes_is_the_fault_of_its_record_and_field(put, text, fault):
    record = b'{"image_id": 5, "image_path": "images_vpt/5.jpg", "image_level_caption": ' + text + b"}"
    path = put("a.jsonl", LINES + record)
    with fails(RecordError, f"{path}, line 5: not well-formed JSON: image_level_caption {fault}", None):
        published(path)
    for end in (b",{}]", b"]"):
        path = put("a.json", ARRAY.rstrip()[:-1] + b",\n" + record + end)
        with fails(RecordError, f"{path}, record 5: not well-formed JSON: image_level_caption {fault}", None):
            published(path)


@pytest.mark.parametrize(
    "data",
    [
        b'[{"a": "\\ud800"}, 1]',
        b'[{"a": "\\ud800"} {}]',
        b'[{"a": "\\ud800"},, {}]',
        b'[{"a": "\\ud800"}] []',
        b'[{"a": "\\ud800"}, {"b": }]',
        b'[{"a": "\\ud800"}, {"b": "c"d"}]',
    ],
)
def test_beside_half_a_character_any_other_fault_is_still_one_of_the_whole_file(put, data):
    with pytest.raises(SourceError, match=r"is not well-formed JSON: JSON is malformed: "):
        published(put("a.json", data))


@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_elements_beside_a_malformed_one_stay_what_and_where_they_are(put, monkeypatch, piece):
    monkeypatch.setattr(partition_module, "_PIECE", piece)
    odd = rb'{"x": "\ud800 ] } , [ { \" ", "y": [[], {}]}'
    texts = [LINES.splitlines()[0], odd, b"[1, 2]", LINES.splitlines()[1], odd]
    path = put("a.json", b"\xef\xbb\xbf [ " + b" ,\n ".join(texts) + b" ]\n")
    with tempfile.TemporaryDirectory() as spool:
        (source,) = open_inputs([str(path)], Path(spool))
        for size in (1, 1 << 20):
            cut = partitions(source, size)
            assert [bytes(each.json) for part in cut for each in elements(part)] == texts
            found = [(start, bytes(each.json)) for part in cut for each, start in located(part)]
            assert all(path.read_bytes()[start:].startswith(text) for start, text in found)


@pytest.mark.parametrize("pack", [gz, zstd])
def test_a_compressed_bomb_is_stopped_long_before_it_fills_the_disk(put, tmp_path, monkeypatch, pack):
    monkeypatch.setattr(unpacking_module, "_ANY", 1 << 20)
    path = put("a.json.gz", pack(b"[" * (64 << 20)))
    size, most = path.stat().st_size, max(1 << 20, 100 * path.stat().st_size)
    message = f"{path} has {size:,} bytes and unpacks to more than {most:,}: annotations never do"
    spool = tmp_path / "spool"
    with fails(SourceError, message, "--max-unpacked SIZE sets another limit"):
        list(open_inputs([str(path)], spool))
    assert sum(each.stat().st_size for each in spool.iterdir()) <= most + (1 << 20)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_text_that_is_no_utf_8_is_an_error_of_its_record(put, name):
    data = (ARRAY if name == "a.json" else LINES).replace(b"A cat, seen 1", b"A c\xff", 1)
    path = put(name, data)
    message = (
        r"(record|line) 1: not well-formed JSON: 'utf-8' codec can't decode byte 0xff in position 3: invalid start byte"
    )
    with pytest.raises(RecordError, match=f"^{re.escape(str(path))}, {message}$"):
        published(path)


# Cutting


gaps = st.text(" \n\t\r", max_size=3)
trees = st.recursive(
    st.none() | st.integers() | st.text(max_size=4) | st.sampled_from(["],[", '"', "\\", "}\n{", "[{", ","]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
sizes = st.integers(1, 60) | st.just(1 << 40)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Write bytes, overwriting the last, and open them as an input."""
    folder = tmp_path_factory.mktemp("cut")

    def open_one(name, data):
        (folder / name).write_bytes(data)
        (source,) = open_inputs([str(folder / name)], folder / "spool")
        return source

    return open_one


def check_cut(source, size, expected, numbers):
    looked = []
    parts = partitions(source, size, looked.append)
    assert parts == partitions(source, size)
    taken = [list(elements(part)) for part in parts]
    assert [len(each) for each in taken] == [part.count for part in parts]
    assert all(part.count for part in parts)
    assert all(before.stop <= after.start for before, after in pairwise(parts))
    assert [part.first for part in parts] == [each[0].number for each in taken]
    assert all(part.stop - part.start <= size for part in parts if part.count > 1)
    found = [element for each in taken for element in each]
    assert [json.loads(bytes(element.json)) for element in found] == expected
    assert [element.number for element in found] == numbers
    stripped = [(element.number, bytes(element.json).strip()) for element in found]
    for piece in (1, 40):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(partition_module, "_PIECE", piece)
            cut = partitions(source, size)
        assert [msgspec.structs.replace(part, cuts=()) for part in cut] == parts
        again = [element for part in cut for element in elements(part)]
        assert [(element.number, bytes(element.json).strip()) for element in again] == stripped
    for whole in (all_elements(source), looked):
        assert [(element.number, bytes(element.json).strip()) for element in whole] == stripped


@given(st.lists(trees, max_size=8), st.lists(gaps, min_size=20, max_size=20), sizes, st.booleans(), st.booleans())
def test_partitions_of_an_array_cover_every_record_once(opened, records, spaces, size, bom, ascii_only):
    gap = iter(spaces)
    inner = ",".join(next(gap) + json.dumps(record, ensure_ascii=ascii_only) + next(gap) for record in records)
    data = (spaces[-1] + "[" + inner + "]" + spaces[-2]).encode("utf-8")
    source = opened("array.json", b"\xef\xbb\xbf" * bom + data)
    check_cut(source, size, records, list(range(1, len(records) + 1)))


@given(
    st.lists(st.dictionaries(st.text(max_size=3), trees, max_size=3) | st.none(), min_size=1, max_size=8).filter(any),
    st.sampled_from(["\n", "\r\n", " \n", "\t\r\n"]),
    sizes,
    st.booleans(),
    st.booleans(),
)
def test_partitions_of_lines_cover_every_record_once(opened, records, end, size, bom, finished):
    lines = ["" if record is None else json.dumps(record, ensure_ascii=False) for record in records]
    data = end.join(lines) + end * finished
    source = opened("lines.jsonl", b"\xef\xbb\xbf" * bom + data.encode())
    numbers = [number for number, record in enumerate(records, 1) if record is not None]
    check_cut(source, size, [record for record in records if record is not None], numbers)


def test_partitions_of_parquet_are_its_row_groups(tmp_path, array):
    records = [video(number) for number in range(1, 6)]
    convert(Settings(inputs=(str(array(*records)),), out=str(tmp_path / "out"), target="parquet"))
    path = tmp_path / "cut.parquet"
    pq.write_table(pq.read_table(tmp_path / "out" / "video-000000.parquet"), path, row_group_size=2)
    (source,) = open_inputs([str(path)], tmp_path)
    parts = partitions(source, 1)
    assert [(part.first, part.count) for part in parts] == [(1, 2), (3, 2), (5, 1)]
    looked = []
    partitions(source, 1, looked.append)
    found = [element for part in parts for element in elements(part)]
    assert looked == found
    assert [json.loads(bytes(element.json)) for element in found] == records
    assert [element.number for element in found] == [1, 2, 3, 4, 5]


def test_an_empty_array_has_no_partition_and_no_record(opened):
    source = opened("empty.json", b"[ \n ]")
    assert partitions(source, 10) == []
    assert list(all_elements(source)) == []


def test_a_partition_can_go_to_another_process(opened):
    parts = partitions(opened("array.json", ARRAY), 100)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(parts), type=list[type(parts[0])])
    assert [json.loads(bytes(element.json)) for part in again for element in elements(part)] == RECORDS


def test_an_input_is_measured_as_it_was_given(put, tmp_path):
    data = gz(ARRAY)
    path = put("a.json.gz", data)
    with Hashes() as hashes:
        (source,) = hashed(open_inputs([str(path)], tmp_path / "spool", hashes=hashes), hashes)
    assert (source.name, source.size, source.layout) == (str(path), len(data), "array")
    assert Path(source.path).read_bytes() == ARRAY
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert place(source, 3) == f"{path}, record 3"


def test_a_file_that_is_gone_before_it_is_hashed_is_an_error_with_its_name(put, tmp_path):
    (source,) = open_inputs([str(put("a.json", ARRAY))], tmp_path)
    with Hashes() as hashes:
        hashes.begin(source.name, tmp_path / "gone")
        with fails(SourceError, f"{source.name} cannot be read: No such file or directory", None):
            list(hashed([source], hashes))


def test_hashing_stops_where_nobody_waits_for_it():
    with Hashes() as hashes:
        hashes.begin("endless", Path("/dev/zero"))
        hashes.begin("never", Path("/dev/zero"))
    assert hashes.of("other") is None


# Decoding


def typed(tree):
    return Decoder()(json.dumps(tree).encode())


def test_kinds_are_told_from_their_keys_in_any_order_of_records():
    decoder = Decoder()
    trees = [image(1), video(1), image(2), {"question_id": "1", "question": "?"}, video(2)]
    found = [decoder(json.dumps(tree).encode()) for tree in trees]
    assert [type(record) for record in found] == [ImageRecord, VideoRecord, ImageRecord, BenchItem, VideoRecord]
    assert [kind_of(record) for record in found] == ["image", "video", "image", "bench", "video"]
    assert [json.loads(encode(record)) for record in found] == trees


def test_keys_that_nobody_published_are_kept_by_pointer_and_written_back():
    tree = video(license="CC", **{"a/b": {"c": [1]}, "~": None})
    tree["frame_level_caption"][1]["score"] = 0.5
    tree["frame_level_caption"][2]["instance_level"]["1/~"] = {"long": "A cat.", "tone": "dry"}
    tree["question_answer_pairs"][0]["type"] = "what"
    record = typed(tree)
    assert record.extra == {
        "/license": "CC",
        "/a~1b": {"c": [1]},
        "/~0": None,
        "/frame_level_caption/1/score": 0.5,
        "/frame_level_caption/2/instance_level/1~1~0/tone": "dry",
        "/question_answer_pairs/0/type": "what",
    }
    assert json.loads(encode(record)) == tree
    assert decode(encode(record)) == record


def test_captions_in_two_lengths_are_typed_and_either_can_be_preferred():
    captions = {"1": {"short": " A cup. ", "long": "A red cup."}, "2": {"short": "A plate."}, "1,2": "Both.", "3": None}
    record = typed(image(instance_level_caption=captions))
    assert record.instances["1"] == ShortLong(short=" A cup. ", long="A red cup.")
    assert text_of(record.instances["1"]) == "A red cup."
    assert text_of(record.instances["1"], prefer="short") == "A cup."
    assert text_of(record.instances["2"]) == "A plate."
    assert text_of(record.instances["3"]) == ""
    assert known_ids(record) == {1, 2, 3}
    assert json.loads(encode(record)) == image(instance_level_caption=captions)


def test_groups_name_several_instances_and_other_keys_none():
    record = typed(image(instance_level_caption={"1, 4": "Both.", "background": "Sky.", "07": "A bird."}))
    assert known_ids(record) == {1, 4, 7}


def test_a_question_of_the_benchmark_has_choices_either_way():
    common = {"question_id": "001-01", "question": "What?", "answer": "B", "video_id": 1, "video_path": "v/1"}
    options = typed(common | {"options": {"A": "a", "B": "b"}, "meta_info": {"x": [1]}})
    columns = typed(common | {"choice_a": "a", "choice_b": "b", "choice_c": None})
    assert isinstance(options, BenchItem)
    assert options.choices == columns.choices == {"A": "a", "B": "b"}
    assert typed(common).choices == {}
    assert json.loads(encode(options)) == common | {"options": {"A": "a", "B": "b"}, "meta_info": {"x": [1]}}
    assert json.loads(encode(typed(common | {"split": "video"}))) == common | {"split": "video"}


def test_the_parquet_of_the_benchmark_is_read(tmp_path):
    item = {
        "question_id": "001-01",
        "question": "What?",
        "answer": "B",
        "choice_a": "a",
        "choice_b": "b",
        "video_id": 1,
    }
    path = tmp_path / "bench.parquet"
    pq.write_table(pa.table({**{key: [inner] for key, inner in item.items()}, "image": [b"pixels"]}), path)
    (record,) = read([str(path)])
    assert record.choices == {"A": "a", "B": "b"}
    assert json.loads(encode(record)) == item


def test_masks_are_decoded_only_when_asked_for():
    tree = image(segmentations={"1": {"mask": {"size": [2, 3], "counts": "abc"}}, "5": {"mask": None}})
    record = typed(tree)
    assert isinstance(record.segmentations, msgspec.Raw)
    assert masks(record) == tree["segmentations"]
    assert known_ids(record) == {1, 2, 5}
    assert known_ids(typed(video(segmentations={"1.jpg": {"9": {}}, "2.jpg": None}))) == {1, 2, 9}
    assert masks(typed(image())) == masks(typed(image(segmentations=None))) == {}
    assert json.loads(encode(record)) == tree


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (b"5", r"Expected `object \| null`, got `int`"),
        (b"[]", r"Expected `object \| null`, got `array`"),
        (b'{"1": "\xff"}', r"'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b'{"1": 1e999}', r"Number out of range - at `\$\[\.\.\.\]`"),
    ],
)
def test_odd_masks_are_an_error_only_when_asked_for(odd, message):
    decoder = Decoder()
    decoder(json.dumps(image(7)).encode())  # from now on it expects images, and leaves masks alone
    record = decoder(json.dumps(image(8)).encode()[:-1] + b', "segmentations": ' + odd + b"}")
    with pytest.raises(RecordError, match=f"^image record 8: segmentations: {message}$"):
        masks(record)


def test_a_record_without_its_texts_is_no_error_and_stays_without_them():
    bare = {"video_id": "v", "video_path": "p", "frame_level_caption": [{"timestamp": 1, "frame_name": "1.jpg"}]}
    record = typed(bare)
    assert text_of(record.caption) == ""
    assert known_ids(record) == frozenset()
    assert json.loads(encode(record)) == bare


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param(
            "/proc/self/mem",  # whose first bytes no disk has either
            "Input/output error",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc"),
        ),
        ("gone", "No such file or directory"),
    ],
)
def test_input_that_cannot_be_read_any_more_is_no_fault_of_the_output(tmp_path, name, path, reason):
    lines = json.dumps(video(1))
    (tmp_path / name).write_text(lines + "\n" if name.endswith("l") else f"[{lines}]")
    (source,) = open_inputs([str(tmp_path / name)], tmp_path)
    (part,) = partitions(source, 1 << 20)
    with pytest.raises(SourceError, match=f"^{re.escape(str(tmp_path / name))} cannot be read: {reason}$"):
        list(elements(msgspec.structs.replace(part, path=path)))
    gone = msgspec.structs.replace(source, path="gone")
    with pytest.raises(SourceError, match=f"^{re.escape(str(tmp_path / name))} cannot be read: No such file or dir"):
        list(all_elements(gone))
