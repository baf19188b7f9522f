"""Shards for Megatron-Energon: their indexes, read by a reader of its own, and what stands in ``.nv-meta``.

That Energon itself loads them as they are, and that ``energon prepare`` writes the same indexes, `tests/peers` shows.
"""

import io
import itertools
import json
import shutil
import struct
import tarfile
from pathlib import Path

import pytest
import webdataset
import yaml
from conftest import image, video
from damaging import found, rewritten
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import instit_tools as it
from instit_tools.errors import OutputError, UsageError
from instit_tools.sinks.base import Row
from instit_tools.sinks.tar import IndexedTar, taken

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:webdataset"),  # webdataset's own
    pytest.mark.filterwarnings("ignore:.*:ResourceWarning"),  # webdataset leaves tar files to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # as the line above, later
]

SHARD = "video-000000.tar"
INDEX = f"{SHARD}.idx"


def offsets(index):
    """The offsets of an index, read as itar.py does."""
    content = index.read_bytes()
    return struct.unpack(f"={len(content) // 8}Q", content)


def sample_at(shard, start, stop):
    """One sample, by nothing but the bytes from *start* to *stop*."""
    with shard.open("rb") as stream:
        stream.seek(start)
        content = stream.read(stop - start)
    with tarfile.open(fileobj=io.BytesIO(content + bytes(1024)), mode="r:") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


@pytest.fixture
def small(tmp_path, array):
    """Two videos and two images, converted, in one shard each or in smaller ones."""

    def make(**changes):
        records = [video(1), video(2), image(1), image(2)]
        for record in records:
            frames = record.get("frame_level_caption")
            paths = [f"{record['video_path']}/{f['frame_name']}" for f in frames] if frames else [record["image_path"]]
            for path in paths:
                (tmp_path / "media" / path).parent.mkdir(parents=True, exist_ok=True)
                Image.effect_noise((80, 60), 40).convert("RGB").save(tmp_path / "media" / path)
        it.convert(array(*records), tmp_path / "out", to="energon", media=tmp_path / "media", **changes)
        return tmp_path / "out"

    return make


# The index


@pytest.mark.parametrize("size", [None, 60_000])
def test_every_offset_leads_to_one_whole_sample_and_all_of_them_are_the_shard(small, size):
    folder = small(shard_size=size)
    shards = sorted(folder.glob("*.tar"))
    assert (len(shards) == 2) == (size is None)
    for shard in shards:
        starts = offsets(folder / f"{shard.name}.idx")
        assert starts[0] == 0
        assert starts[-1] == shard.stat().st_size - 1024
        read = [sample_at(shard, *pair) for pair in itertools.pairwise(starts)]
        with tarfile.open(shard) as archive:
            assert [name for sample in read for name in sample] == archive.getnames()
        for sample in read:
            (key,) = {name.partition(".")[0] for name in sample}
            about = json.loads(sample[f"{key}.json"])
            assert about["id"] == key
            assert [f"{key}.{frame['file']}" for frame in about["frames"]] == list(sample)[1:]
            for name in list(sample)[1:]:
                Image.open(io.BytesIO(sample[name])).verify()


@given(st.lists(st.lists(st.binary(max_size=1500), min_size=1, max_size=4), max_size=6))
def test_the_index_says_where_each_row_begins_whatever_is_in_it(rows):
    out = io.BytesIO()
    sink = IndexedTar(out)
    for number, contents in enumerate(rows):
        members = tuple((f"{place:03d}.jpg", content) for place, content in enumerate(contents))
        sink.add(Row(payload=(f"key-{number}", members), size=taken(members)))
    sink.close()
    starts = struct.unpack(f"={len(rows) + 1}Q", sink.index)
    with tarfile.open(fileobj=io.BytesIO(out.getvalue()), mode="r:") as archive:
        first = {}
        for member in archive:
            first.setdefault(member.name.partition(".")[0], member.offset)
    assert list(starts[:-1]) == list(first.values())
    assert starts[-1] == len(out.getvalue()) - 1024


def test_webdataset_reads_the_shards_as_its_own(small):
    folder = small()
    for shard in sorted(folder.glob("*.tar")):
        read = list(webdataset.WebDataset(str(shard), shardshuffle=False).decode("pil"))
        assert len(read) == len(offsets(folder / f"{shard.name}.idx")) - 1


# Beside the shards


def test_meta_names_every_shard_once_with_its_samples(small):
    folder = small(shard_size=60_000)
    info = json.loads((folder / ".nv-meta" / ".info.json").read_text())
    made = json.loads((folder / "manifest.json").read_text())
    assert list(info["shard_counts"].items()) == [(each["name"], each["samples"]) for each in made["shards"]]
    split = yaml.safe_load((folder / ".nv-meta" / "split.yaml").read_text())
    assert split == {
        "split_parts": {"train": [each["name"] for each in made["shards"]], "val": [], "test": []}, "exclude": [],
    }  # fmt: skip
    assert yaml.safe_load((folder / ".nv-meta" / "dataset.yaml").read_text()) == {
        "__module__": "megatron.energon", "__class__": "CrudeWebdataset",
    }  # fmt: skip


def test_keys_are_unique_over_all_shards(small):
    folder = small(shard_size=60_000)
    keys = []
    for shard in folder.glob("*.tar"):
        with tarfile.open(shard) as archive:
            keys += [name.removesuffix(".json") for name in archive.getnames() if name.endswith(".json")]
    assert len(keys) == len(set(keys)) == it.verify(folder).rows


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_is_the_same_however_the_work_is_divided(data, tmp_path):
    out, made = tmp_path / "out", []
    for workers in (1, 2):
        it.convert(data, out, to="energon", media=data, workers=workers)
        made.append(contents(out))
        shutil.rmtree(out)
    for number in (1, 2):
        it.convert(data, out, to="energon", media=data, part=(number, 2))
    it.merge(out)
    assert made == [contents(out)] * 2
    assert sum(name.endswith(".idx") for name in made[0]) == sum(name.endswith(".tar") for name in made[0]) > 2


def test_an_index_that_is_lost_from_a_slice_is_noticed_when_it_is_merged(data, tmp_path):
    out = tmp_path / "out"
    for number in (1, 2):
        it.convert(data, out, to="energon", media=data, part=(number, 2))
    lost = next((tmp_path / "out.part-1-of-2").rglob("*.idx"))
    lost.unlink()
    with pytest.raises(OutputError, match=rf"{lost.name} is missing$"):
        it.merge(out)


def test_the_guide_names_the_command_and_code_that_compiles(small):
    folder = small()
    text = (folder / "README.md").read_text()
    compile(text.partition("```python\n")[2].partition("```")[0], "README.md", "exec")
    command = "energon prepare --non-interactive --force-overwrite --split-ratio 8,1,1 --sample-type CrudeWebdataset"
    assert f"{command} {folder}\n" in text


def test_datasets_is_not_asked_to_read_it(small):
    with pytest.raises(UsageError, match=r"^datasets does not read what --to energon writes$"):
        it.load(small(), kind="video")


# What verify finds


def packed(*starts):
    return struct.pack(f"={len(starts)}Q", *starts)


def test_a_start_that_is_wrong_is_told(small):
    folder = small()
    starts = list(offsets(folder / INDEX))
    rewritten(folder, INDEX, packed(*starts[:2], starts[2] + 512, *starts[3:]))
    message = f"{INDEX} says that sample 3 begins at {starts[2] + 512:,}, and that is at {starts[2]:,}"
    assert found(folder) == [(SHARD, None, "", message)]
    rewritten(folder, INDEX, packed(*starts[:-1], starts[-1] + 1024))
    message = f"{INDEX} says that the last sample ends at {starts[-1] + 1024:,}, and that is at {starts[-1]:,}"
    assert found(folder) == [(SHARD, None, "", message)]


def test_an_index_of_another_length_is_told(small):
    folder = small()
    starts = offsets(folder / INDEX)
    rewritten(folder, INDEX, packed(*starts[:-1]))
    count = len(starts) - 1
    assert found(folder) == [(SHARD, None, "", f"{INDEX} has {count - 1} samples, and the shard {count}")]
    rewritten(folder, INDEX, packed(*starts) + b"\0")
    size = 8 * len(starts) + 1
    assert found(folder) == [(SHARD, None, "", f"{INDEX} has {size} bytes, and each place takes 8")]


def test_an_index_that_is_not_there_is_told(small):
    folder = small()
    (folder / INDEX).unlink()
    assert found(folder) == [
        (INDEX, None, "", "is missing"),
        (SHARD, None, "", f"has no {INDEX} beside it, by which samples are found"),
    ]


META = {
    "a wrong count": (
        ".info.json", lambda text: text.replace(f'"{SHARD}": ', f'"{SHARD}": 1'),
        (SHARD, None, "", "has {count} samples, and .nv-meta/.info.json says 1{count}"),
    ),
    "a shard that is not counted": (
        ".info.json", lambda text: text.replace(SHARD, "x.tar"), (SHARD, None, "", "is not in .nv-meta/.info.json"),
    ),
    "another order": (
        ".info.json",
        lambda text: json.dumps({"shard_counts": dict(reversed(json.loads(text)["shard_counts"].items()))}),
        (".nv-meta/.info.json", None, "",
         "lists the shards in another order than the manifest: samples are numbered by it"),
    ),
    "a shard in no split": (
        "split.yaml", lambda text: text.replace(f"  - {SHARD}\n", ""),
        (".nv-meta/split.yaml", None, "", f"names {SHARD} 0 times, and each shard is in one part"),
    ),
    "a shard in two splits": (
        "split.yaml", lambda text: text.replace("val: []", f"val: [{SHARD}]"),
        (".nv-meta/split.yaml", None, "", f"names {SHARD} 2 times, and each shard is in one part"),
    ),
    "no split": (
        "split.yaml", lambda text: text[:20] + "[",
        (".nv-meta/split.yaml", None, "", "has no split_parts with lists of shards"),
    ),
    "another class": (
        "dataset.yaml", lambda text: text.replace("CrudeWebdataset", "VQAWebdataset"),
        (".nv-meta/dataset.yaml", None, "",
         "does not name megatron.energon's CrudeWebdataset, which takes samples of any shape"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", META)
def test_damaged_meta_is_told_by_one_sentence(small, damage):
    name, change, expected = META[damage]
    folder = small()
    path = folder / ".nv-meta" / name
    rewritten(folder, f".nv-meta/{name}", change(path.read_text()).encode())
    count = len(offsets(folder / INDEX)) - 1
    file, row, field, message = expected
    assert found(folder) == [(file, row, field, message.format(count=count))]


def test_the_counts_of_the_shards_are_read_once(small, monkeypatch):
    folder = small(shard_size=60_000)
    reads = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: reads.append(path.name) or read(path))
    assert found(folder) == []
    assert len(list(folder.glob("*.tar"))) > 2
    assert reads.count(".info.json") == 1


def test_what_webdataset_forbids_is_told_too(small):
    folder = small()
    with tarfile.open(folder / SHARD) as archive:
        members = [(member.name, archive.extractfile(member).read()) for member in archive]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in [*members, members[0]]:  # the first key once more
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    rewritten(folder, SHARD, out.getvalue())
    messages = [message for *_, message in found(folder)]
    assert "stands more than once, or its members are not next to each other" in messages
