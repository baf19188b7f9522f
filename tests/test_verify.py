"""Verifying: a clean dataset has no problem, and each kind of damage is told by exactly one sentence."""

import io
import json
import os
import re
import shutil
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import VARIANTS, image, video
from damaging import found, rewritten
from PIL import Image

from instit_tools import targets
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import OutputError, UsageError
from instit_tools.made_up import Options, write
from instit_tools.verification import available, load
from instit_tools.verification.run import verify_folder

PACKED = {"energon", "trl", "webdataset"}
CHANGED = "does not have the sha256 that the manifest says: it was changed"


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """All variants of made-up data, converted once; tests damage copies."""
    root = tmp_path_factory.mktemp("verify")
    write(root / "media", Options(videos=6, images=6, media=True, masks=True, seed=0))
    inputs = tuple(str(path) for path in sorted((root / "media").glob("made_up_*.json")))
    for name, changes in VARIANTS.items():
        out = str(root / name)
        settings = {"inputs": inputs, "out": out, "target": name, "media": str(root / "media"), "shard_size": 100_000}
        if targets.load(changes.get("target", name)).WHOLES:
            settings["shard_size"] = None
        convert(Settings(**(settings | changes)))
    return root


@pytest.fixture(params=sorted(VARIANTS))
def copy(request, made_up, tmp_path):
    shutil.copytree(made_up / request.param, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def small(tmp_path):
    """Convert one video of three frames and one image, with real pictures, and give the folder."""

    def make(target, *records, **changes):
        records = records or (video(), image())
        (tmp_path / "records.json").write_text(json.dumps(records))
        for record in records:
            frames = record.get("frame_level_caption")
            names = [f["frame_name"] for f in frames or ()]
            for path in [f"{record['video_path']}/{name}" for name in names] if frames else [record["image_path"]]:
                (tmp_path / "media" / path).parent.mkdir(parents=True, exist_ok=True)
                Image.effect_noise((80, 60), 40).convert("RGB").save(tmp_path / "media" / path)
        convert(
            Settings(
                inputs=(str(tmp_path / "records.json"),), out=str(tmp_path / "out"), target=target,
                media=str(tmp_path / "media"), **changes,
            )
        )  # fmt: skip
        return tmp_path / "out"

    return make


def files_of(folder):
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in paths if name != "manifest.json")


def shards_of(folder):
    return [shard["name"] for shard in json.loads((folder / "manifest.json").read_text())["shards"]]


# Any dataset


def test_a_clean_dataset_has_no_problem(copy, made_up):
    assert found(copy, media=made_up / "media") == []


def test_pictures_are_found_where_the_manifest_says(made_up):
    for name in VARIANTS:
        report = verify_folder(made_up / name)
        assert (report.problems, report.pictures) == ((), True)
        assert report.shards == len(shards_of(made_up / name))


def test_without_pictures_the_texts_are_checked_all_the_same(copy, made_up):
    report = verify_folder(copy)  # moved, so the manifest's way to the media leads nowhere
    assert report.count == 0
    told = json.loads((copy / "manifest.json").read_text())
    assert report.pictures == (told["target"] in PACKED or told["settings"]["embed_media"])


@pytest.mark.parametrize("where", [0.0, 0.3, 0.99])
def test_one_changed_byte_in_any_file_is_noticed(copy, where):
    before = {name: (copy / name).read_bytes() for name in files_of(copy)}
    for name, content in before.items():
        after = bytearray(content)
        after[int(len(after) * where)] ^= 0x81
        (copy / name).write_bytes(after)
    assert {problem[0] for problem in found(copy) if problem[1:] == (None, "", CHANGED)} == before.keys()
    for name, content in before.items():
        (copy / name).write_bytes(content)
    assert found(copy) == []


def test_a_missing_file_is_noticed(copy):
    names = files_of(copy)
    for name in names:
        (copy / name).unlink()
    missing = [problem for problem in found(copy) if problem[3] == "is missing"]
    assert sorted(missing) == sorted((name, None, "", "is missing") for name in names)


def test_an_extra_file_is_noticed(copy):
    (copy / "notes.txt").write_text("mine")
    assert found(copy) == [("notes.txt", None, "", "is not in the manifest")]


def test_a_wrong_count_is_noticed(copy):
    tree = json.loads((copy / "manifest.json").read_text())
    shard = tree["shards"][-1]
    shard["samples"] += 1
    (copy / "manifest.json").write_text(json.dumps(tree))
    message = f"has {shard['samples'] - 1} samples, and the manifest says {shard['samples']}"
    total = tree["totals"]["samples"]
    assert found(copy) == [
        (shard["name"], None, "", message),
        ("manifest.json", None, "totals", f"says {total:,} samples, and the shards have {total + 1:,}"),
    ]


def test_a_file_of_the_wrong_length_is_noticed(copy):
    name = shards_of(copy)[-1]
    size = (copy / name).stat().st_size
    os.truncate(copy / name, size - 1)
    assert (name, None, "", f"has {size - 1:,} bytes, and the manifest says {size:,}") in found(copy)


def test_all_problems_are_counted_and_the_first_thousand_kept(small):
    folder = small("jsonl")
    for number in range(1100):
        (folder / f"{number:04d}.txt").touch()
    report = verify_folder(folder)
    assert (report.count, len(report.problems)) == (1100, 1000)


# What cannot be verified


def test_a_folder_without_a_manifest_is_no_finished_dataset(tmp_path):
    message = f"{tmp_path / 'manifest.json'} does not exist, so {tmp_path} is not a finished dataset"
    with pytest.raises(OutputError, match=f"^{re.escape(message)}$") as caught:
        verify_folder(tmp_path)
    assert caught.value.hint == "make one with: instit-tools convert"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "instit-tools dataset"}', "\xff"])
def test_a_manifest_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="latin-1")
    with pytest.raises(OutputError, match=f"^{re.escape(str(tmp_path / 'manifest.json'))} is not a manifest: "):
        verify_folder(tmp_path)


def test_a_manifest_of_a_later_version_is_refused(small):
    folder = small("jsonl")
    tree = json.loads((folder / "manifest.json").read_text()) | {"version": 2}
    (folder / "manifest.json").write_text(json.dumps(tree))
    message = (
        f"{folder / 'manifest.json'} is 'instit-tools dataset' version 2, "
        "and this tool knows 'instit-tools dataset' version 1"
    )
    with pytest.raises(OutputError, match=f"^{re.escape(message)}$"):
        verify_folder(folder)


def test_a_reader_that_does_not_read_the_target_is_refused(small):
    with pytest.raises(UsageError, match=r"^webdataset does not read what --to jsonl writes$") as caught:
        verify_folder(small("jsonl"), reader="webdataset")
    assert caught.value.hint == "leave --for out, or make it with --to energon or webdataset"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("llava-nxt", "did you mean llava-next?"),
        (
            "run",
            "choose coco, energon, jsonl, llama-factory, llava-1.5, llava-next, ms-swift, ms-swift-grounding, parquet,"
            " pixelrefer, qwen-vl, render, trl, videorefer, webdataset",
        ),
    ],
)
def test_a_reader_without_rules_is_refused(small, name, hint):
    with pytest.raises(UsageError, match=f"^there are no rules for '{name}'$") as caught:
        verify_folder(small("jsonl"), reader=name)
    assert caught.value.hint == hint


def test_the_readers_are_those_of_the_documentation_and_each_names_its_rules():
    assert available() == (
        "coco", "energon", "jsonl", "llama-factory", "llava-1.5", "llava-next", "ms-swift", "ms-swift-grounding",
        "parquet", "pixelrefer", "qwen-vl", "render", "trl", "videorefer", "webdataset"
    )  # fmt: skip
    for name in available():
        check = load(name)
        assert check.TARGETS
        assert check.__doc__


def test_what_llava_next_takes_may_be_too_much_for_llava_1_5(small):
    folder = small("llava", recipe="temporal")
    assert found(folder) == []
    assert {message for *_, message in found(folder, reader="llava-1.5")} == {"is a list, and the trainer takes 1 path"}


# llava


SHARD = "video-000000.json"
VIDEO, CHANGE, FRAME = 6, 4, 1  # rows of the sample of all frames, of the first two, and of the first


def first_text(text):
    return lambda row: row["conversations"][0].update(value=text(row["conversations"][0]["value"]))


def answer(text):
    return lambda row: row["conversations"][1].update(value=text)


def set_(**changes):
    return lambda row: row.update(changes)


def speaker(index, name):
    return lambda row: row["conversations"][index].update({"from": name})


OPENING = "Frame <1>: <image>\nFrame <2>: <image>\nFrame <3>: <image>\n"
DAMAGED = {
    "a tag too few": (
        VIDEO, first_text(lambda text: text.replace("Frame <3>: <image>\n", "")),
        ["conversations[0].value", "has 2 <image> for 3 pictures"],
    ),
    "a tag too many": (
        VIDEO, first_text(lambda text: "<image>\n" + text), ["conversations[0].value", "has 4 <image> for 3 pictures"],
    ),
    "tags out of order": (
        VIDEO, first_text(lambda text: text.replace("<2>: <", "<x>: <").replace("<3>: <", "<2>: <").replace("<x>", "<3>")),  # noqa: E501  # one row a line
        ["conversations[0].value", "does not start with its pictures in order, one a line"],
    ),
    "a tag in an answer": (
        VIDEO, answer("<image>"), ["conversations[1].value", "holds '<image>', which the trainer takes for its own"],
    ),
    "roles swapped": (
        FRAME, speaker(0, "gpt"), ["conversations[0].from", "is 'gpt' where 'human' is due: roles alternate"],
    ),
    "a role of another dialect": (
        FRAME, speaker(1, "assistant"), ["conversations[1].from", "is 'assistant' where 'gpt' is due: roles alternate"],
    ),
    "an odd number of turns": (
        FRAME, lambda row: row["conversations"].pop(),
        ["conversations", "has 3 turns: the last question has no answer"],
    ),
    "no turns": (FRAME, set_(conversations=[]), ["conversations", "is not a list of turns"]),
    "turns that are none": (FRAME, set_(conversations="hello"), ["conversations", "is not a list of turns"]),
    "a turn without a text": (
        FRAME, lambda row: row["conversations"][1].pop("value"), ["conversations[1]", "is not a turn with a text"],
    ),
    "an empty text": (FRAME, answer(" \n"), ["conversations[1].value", "is empty"]),
    "a reserved word": (
        FRAME, answer("a</s>b"), ["conversations[1].value", "holds '</s>', which the trainer takes for its own"],
    ),
    "a frame beyond the last": (
        CHANGE, answer("A cat at <3>."), ["conversations[1].value", "speaks of <3>, but there are 2 picture(s)"],
    ),
    "frame nought": (
        FRAME, answer("A cat at <0>."), ["conversations[1].value", "speaks of <0>, but there is 1 picture(s)"],
    ),
    "an unknown instance": (
        FRAME, answer("A cat, [99]."), ["conversations[1].value", "speaks of [99], which is none of its instances"],
    ),
    "a missing picture": (
        FRAME, set_(image="videos_vpt/none.jpg"), ["image", "videos_vpt/none.jpg is missing"],
    ),
    "an absolute path": (
        FRAME, set_(image="/etc/passwd"), ["image", "'/etc/passwd' is not a path inside the media root"],
    ),
    "a path that leads out": (
        FRAME, set_(image="videos_vpt/../../x.jpg"),
        ["image", "'videos_vpt/../../x.jpg' is not a path inside the media root"],
    ),
    "no picture": (FRAME, set_(image=None), ["image", "is neither a path nor a list of paths"]),
    "an empty list of pictures": (FRAME, set_(image=[]), ["image", "is neither a path nor a list of paths"]),
    "a list of other things": (FRAME, set_(image=[1]), ["image", "is neither a path nor a list of paths"]),
    "an id that stands twice": (
        2, set_(id="video-000001-frame-001"), ["id", "video-000001-frame-001 stands more than once"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_row_of_llava_is_told_by_one_sentence(small, damage):
    number, change, expected = DAMAGED[damage]
    folder = small("llava")
    rows = json.loads((folder / SHARD).read_text())
    change(rows[number - 1])
    rewritten(folder, SHARD, json.dumps(rows).encode())
    assert found(folder) == [(SHARD, number, *expected)]


def test_a_row_that_is_no_object_is_told(small):
    folder = small("llava")
    rewritten(folder, SHARD, b"[1]", samples=1)
    assert found(folder) == [(SHARD, 1, "", "is not an object")]


@pytest.mark.parametrize("data", [b"", b"{}", b"[{]", b"[{}", b"null"])
def test_a_shard_that_is_no_array_is_told(small, data):
    folder = small("llava")
    rewritten(folder, SHARD, data, samples=0)
    ((name, row, field, message),) = found(folder)
    assert (name, row, field) == (SHARD, None, "")
    assert message.startswith("is not a JSON array: ")


def test_a_row_that_is_no_utf_8_is_told(small):
    folder = small("llava")
    rewritten(folder, SHARD, (folder / SHARD).read_bytes().replace(b"A dog.", b"A d\xffg.", 1))
    ((name, row, field, message),) = found(folder)
    assert (name, row, field) == (SHARD, 1, "")
    assert message.startswith("is not well-formed JSON: ")


def test_a_truncated_picture_is_told_for_every_row_that_shows_it(small, tmp_path):
    folder = small("llava")
    path = "videos_vpt/LVVIS/00001/3.jpg"
    os.truncate(tmp_path / "media" / path, 1500)
    message = f"{path} is cut short: a jpg file that lacks its end"
    assert found(folder) == [(SHARD, row, "image", message) for row in (3, 5, 6, 7)]


def test_a_list_is_too_much_for_llava_1_5(small):
    folder = small("llava", dialect="1.5", recipe="instances")
    rows = json.loads((folder / SHARD).read_text())
    rows[0]["image"] = [rows[0]["image"]]
    rewritten(folder, SHARD, json.dumps(rows).encode())
    assert found(folder) == [(SHARD, 1, "image", "is a list, and the trainer takes 1 path")]


def test_an_id_that_stands_in_two_shards_is_told(small):
    folder = small("llava")
    rows = json.loads((folder / SHARD).read_text())
    rows[0]["id"] = "image-000001-frame"
    rewritten(folder, SHARD, json.dumps(rows).encode())
    (problem,) = found(folder)
    assert problem[2:] == ("id", "image-000001-frame stands more than once")


# webdataset


TAR = "video-000000.tar"
KEY = "video-000001-frame-001"


def members(folder, name=TAR):
    with tarfile.open(folder / name) as archive:
        return [(member.name, archive.extractfile(member).read()) for member in archive]


def packed(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def repacked(folder, entries, **changes):
    rewritten(folder, TAR, packed(entries), **changes)


@pytest.mark.parametrize("first", [True, False])
def test_a_key_with_a_dot_is_told_wherever_it_stands(small, first):
    folder = small("webdataset")
    entries = members(folder)
    entries.insert(0 if first else len(entries), ("a.b.json", b"{}"))
    repacked(folder, entries)
    (problem,) = found(folder)
    assert problem[2:] == ("a.b.json", "is not named KEY.json or KEY.001.jpg")


def test_members_that_are_not_next_to_each_other_are_told(small):
    folder = small("webdataset")
    entries = members(folder)
    repacked(folder, [entries[0], *entries[2:], entries[1]])
    assert [problem[2:] for problem in found(folder)] == [
        (f"{KEY}.json", "its frames are not the pictures beside it, in order"),
        (KEY, "stands more than once, or its members are not next to each other"),
        (f"{KEY}.json", "is missing or no JSON: Input data was truncated"),
    ]


def test_a_sample_without_its_json_is_told(small):
    folder = small("webdataset")
    repacked(folder, members(folder)[1:], samples=6)
    assert found(folder) == [(TAR, 1, f"{KEY}.json", "is missing or no JSON: Input data was truncated")]


def test_a_json_that_is_no_object_is_told(small):
    folder = small("webdataset")
    repacked(folder, [(f"{KEY}.json", b"[]"), *members(folder)[1:]], samples=6)
    assert found(folder) == [(TAR, 1, f"{KEY}.json", "is not an object")]


@pytest.mark.parametrize("frames", [None, 5, [], [{"file": "002.jpg"}], ["001.jpg"]])
def test_frames_that_are_not_the_pictures_are_told(small, frames):
    folder = small("webdataset")
    entries = members(folder)
    about = json.loads(entries[0][1]) | {"frames": frames}
    repacked(folder, [(f"{KEY}.json", json.dumps(about).encode()), *entries[1:]])
    problems = [problem[2:] for problem in found(folder)]
    assert problems[0] == (f"{KEY}.json", "its frames are not the pictures beside it, in order")


def test_swapped_pictures_are_told(small):
    folder = small("webdataset")
    entries = members(folder)
    place = [name for name, _ in entries].index("video-000001-video.json")
    about = json.loads(entries[place][1])
    about["frames"][0]["file"], about["frames"][1]["file"] = about["frames"][1]["file"], about["frames"][0]["file"]
    entries[place] = (entries[place][0], json.dumps(about).encode())
    repacked(folder, entries)
    (problem,) = found(folder)
    assert problem[2:] == ("video-000001-video.json", "its frames are not the pictures beside it, in order")


def test_a_wrong_extension_is_told(small):
    folder = small("webdataset")
    entries = members(folder)
    out = io.BytesIO()
    Image.open(io.BytesIO(entries[1][1])).save(out, "PNG")
    repacked(folder, [entries[0], (entries[1][0], out.getvalue()), *entries[2:]])
    assert found(folder) == [(TAR, 1, f"{KEY}.001.jpg", "holds png data")]


def test_a_truncated_picture_in_a_tar_is_told(small):
    folder = small("webdataset")
    entries = members(folder)
    repacked(folder, [entries[0], (entries[1][0], entries[1][1][:1500]), *entries[2:]])
    message = f"{KEY}.001.jpg is cut short: a jpg file that lacks its end"
    assert found(folder) == [(TAR, 1, f"{KEY}.001.jpg", message)]


def test_a_member_that_stands_twice_is_told(small):
    folder = small("webdataset")
    entries = members(folder)
    repacked(folder, [entries[0], entries[1], *entries[1:]])
    assert found(folder) == [(TAR, 1, f"{KEY}.001.jpg", "stands twice")]


def test_a_truncated_tar_is_told(small):
    folder = small("webdataset")
    with tarfile.open(folder / TAR) as archive:
        last = archive.getmembers()[-1]
    rewritten(folder, TAR, (folder / TAR).read_bytes()[: last.offset_data + 600])
    assert found(folder) == [
        (TAR, None, "", "cannot be read after sample 6: unexpected end of data"),
        (TAR, None, "", "has 6 samples, and the manifest says 7"),
    ]


@pytest.mark.parametrize("data", [b"", b"no tar at all" * 100])
def test_a_shard_that_is_no_tar_is_told(small, data):
    folder = small("webdataset")
    rewritten(folder, TAR, data, samples=0)
    ((name, row, field, message),) = found(folder)
    assert (name, row, field) == (TAR, None, "")
    assert message.startswith("cannot be read after sample 0: ")


def test_a_key_that_stands_in_two_shards_is_told(small):
    folder = small("webdataset", video(), video(2), shard_size=30_000)
    names = [name for name in shards_of(folder) if name.startswith("video")]
    assert len(names) > 1
    entries = members(folder)[:2]
    last = members(folder, names[-1])
    samples = sum(name.endswith(".json") for name, _ in (*last, *entries))
    rewritten(folder, names[-1], packed([*last, *entries]), samples=samples)
    (problem,) = found(folder)
    assert (problem[0], *problem[2:]) == (
        names[-1], KEY, "stands more than once, or its members are not next to each other"
    )  # fmt: skip


def test_the_talk_in_a_tar_is_held_against_its_pictures(small):
    folder = small("webdataset")
    entries = members(folder)
    about = json.loads(entries[0][1])
    about["conversations"][1]["value"] = "A cat at <2>, [9]."
    repacked(folder, [(entries[0][0], json.dumps(about).encode()), *entries[1:]])
    assert [problem[2:] for problem in found(folder)] == [
        ("conversations[1].value", "speaks of <2>, but there is 1 picture(s)"),
        ("conversations[1].value", "speaks of [9], which is none of its instances"),
    ]


@pytest.mark.parametrize("shown", [[], [0], [4], ["1"], None, [[1]]])
def test_by_record_the_pictures_of_a_sample_are_numbers_of_its_frames(small, shown):
    folder = small("webdataset", group="record")
    entries = members(folder)
    about = json.loads(entries[0][1])
    about["samples"][0]["pictures"] = shown
    repacked(folder, [(entries[0][0], json.dumps(about).encode()), *entries[1:]])
    assert found(folder) == [(TAR, 1, "pictures", "are not numbers from 1 to 3")]


# parquet and jsonl


PARQUET = "video-000000.parquet"


def rewritten_table(folder, change, **changes):
    out = io.BytesIO()
    pq.write_table(change(pq.read_table(folder / PARQUET)), out)
    rewritten(folder, PARQUET, out.getvalue(), **changes)


def test_a_table_without_the_metadata_of_datasets_is_told(small):
    folder = small("parquet")
    rewritten_table(folder, lambda table: table.replace_schema_metadata())
    assert found(folder) == [(PARQUET, None, "", "lacks the huggingface metadata that describes its columns")]


def test_a_truncated_table_is_told(small):
    folder = small("parquet")
    data = (folder / PARQUET).read_bytes()
    rewritten(folder, PARQUET, data[: len(data) // 2], samples=0)
    ((_, row, _, message),) = found(folder)
    assert row is None
    assert message.startswith("cannot be read after row 0: ")


def test_a_table_of_other_columns_is_told(small):
    folder = small("parquet")
    rewritten_table(folder, lambda table: table.drop_columns(["video_level_caption"]))
    messages = [message for *_, message in found(folder)]
    assert "does not have the columns of video records" in messages


def test_a_record_that_stands_twice_is_told(small):
    folder = small("parquet")
    rewritten_table(folder, lambda table: pa.concat_tables([table, table]), samples=2)
    assert found(folder) == [(PARQUET, 2, "", "its id 1 stands more than once")]


@pytest.mark.parametrize("extra", ["{", '{"set": 5}', '{"drop": ["/none/0"]}', '{"set": {"/video_id/x": 1}}'])
def test_an_extra_that_does_not_fit_its_record_is_told(small, extra):
    folder = small("parquet")

    def change(table):
        place = table.schema.get_field_index("extra")
        return table.set_column(place, table.schema.field(place), pa.array([extra]))

    rewritten_table(folder, change)
    ((_, row, field, message),) = found(folder)
    assert (row, field) == (1, "extra")
    assert message.startswith("does not fit the record: ")


def with_pictures(change):
    def changed(table):
        place = table.schema.get_field_index("images")
        field = table.schema.field(place)
        return table.set_column(place, field, pa.array([change(table["images"][0].as_py())], type=field.type))

    return changed


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        (lambda pictures: pictures[:2], "images", "has 2 pictures for 3 frames"),
        (
            lambda pictures: [pictures[0], {**pictures[1], "bytes": pictures[1]["bytes"][:1500]}, pictures[2]],
            "images[1]", "videos_vpt/LVVIS/00001/2.jpg is cut short: a jpg file that lacks its end",
        ),
        (
            lambda pictures: [{**pictures[0], "bytes": None}, *pictures[1:]],
            "images[0]", "videos_vpt/LVVIS/00001/1.jpg is empty",
        ),
        (lambda pictures: [None, *pictures[1:]], "images[0]", "is null"),
        (lambda pictures: pictures[::-1], "images[0]", "is videos_vpt/LVVIS/00001/3.jpg where videos_vpt/LVVIS/00001/1.jpg is due"),  # noqa: E501  # one row a line
    ],
)  # fmt: skip
def test_an_embedded_picture_that_is_not_what_it_should_be_is_told(small, change, field, message):
    folder = small("parquet", embed_media=True)
    rewritten_table(folder, with_pictures(change))
    assert (PARQUET, 1, field, message) in found(folder)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "not well-formed JSON: Input data was truncated"),
        (b'{"a": 1}', "neither a video nor an image record, it has a"),
        (json.dumps(image()).encode(), "is a image record in a shard of video records"),
        (json.dumps(video(2)).encode(), "videos_vpt/LVVIS/00002/1.jpg is missing"),
        (json.dumps(video()).encode(), "its id 1 stands more than once"),
    ],
)
def test_a_damaged_line_is_told(small, line, message):
    folder = small("jsonl")
    name = "video-000000.jsonl"
    rewritten(folder, name, (folder / name).read_bytes() + line + b"\n", samples=2)
    assert found(folder) == [(name, 2, "", message)]
