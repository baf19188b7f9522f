"""Targets: one contract for all of them, and what each promises to its reader, read with the reader's own library."""

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import REAL, REGIONS, VARIANTS, image, masked, squares, video
from PIL import Image

from instit_tools import columns, targets
from instit_tools.card import arrow_features
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import InstitError, OutputError, RecipeError, RecordError, TextError, UsageError
from instit_tools.made_up import Options, write
from instit_tools.recipes.load import available as recipes
from instit_tools.recipes.load import source as recipe_text
from instit_tools.targets.base import Whole
from instit_tools.verification.run import verify_folder

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:webdataset"),  # webdataset's own
    pytest.mark.filterwarnings("ignore:.*:ResourceWarning"),  # datasets and webdataset leave tar files to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # as the line above, later
]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("targets") / "made-up"
    write(folder, Options(videos=6, images=6, media=True, masks=True, seed=0))
    return folder


ONE_FILE = {"coco"}
"""Variants that write one file of a kind, whose bytes a dry run does not know."""


@pytest.fixture(params=sorted(VARIANTS))
def variant(request):
    return request.param


@pytest.fixture(params=sorted(VARIANTS.keys() - ONE_FILE))
def sharded(request):
    return request.param


@pytest.fixture
def into(made_up, tmp_path):
    """Convert the made-up data to a variant, and give the manifest."""

    def make(variant, out="out", **changes):
        settings = {
            "inputs": tuple(str(path) for path in sorted(made_up.glob("made_up_*.json"))),
            "out": str(tmp_path / out),
            "target": variant,
            "media": str(made_up),
        }
        if variant in ONE_FILE:
            changes.pop("shard_size", None)
        return convert(Settings(**(settings | VARIANTS.get(variant, {}) | changes)))

    return make


@pytest.fixture
def cache(tmp_path):
    return str(tmp_path / "cache")


def pictures(root, *records):
    """Draw a picture for every frame of *records*, each of another size."""
    for record in records:
        frames = record.get("frame_level_caption")
        paths = (
            [record["image_path"]] if frames is None else [f"{record['video_path']}/{f['frame_name']}" for f in frames]
        )  # one row a line
        for number, path in enumerate(paths, 1):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (30 + number, 20), (number, 0, 0)).save(root / path)


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def rows_of(folder, found):
    """Read the rows of all shards, by kind, in order."""
    rows = defaultdict(list)
    for shard in found.shards:
        path = folder / shard.name
        match path.suffix:
            case ".jsonl":
                rows[shard.kind] += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            case ".json":
                rows[shard.kind] += json.loads(path.read_text(encoding="utf-8"))
            case ".parquet":
                rows[shard.kind] += pq.read_table(path).to_pylist()
            case ".tar":
                rows[shard.kind] += members(path)
    return rows


def members(path):
    with tarfile.open(path) as archive:
        return [(member.name, archive.extractfile(member).read()) for member in archive]


# The contract


def test_there_are_the_targets_of_the_documentation():
    assert targets.available() == (
        "coco", "energon", "jsonl", "llama-factory", "llava", "ms-swift", "parquet", "pixelrefer", "qwen-vl", "trl",
        "videorefer", "webdataset"
    )  # fmt: skip
    assert {VARIANTS[name].get("target", name) for name in VARIANTS} == set(targets.available())


FUNCTIONS = ("needs_media", "needs_folder", "needs_masks", "warnings", "rows", "sink", "beside")


@pytest.mark.parametrize("name", [*targets.available(), targets.RENDER])
def test_a_target_has_the_whole_interface(name):
    target = targets.load(name)
    assert target.__doc__.startswith(f"``{name}``: ")
    assert isinstance(target.SUMMARY, str)
    assert target.SUFFIX.startswith(".")
    assert target.TAKES in {"records", "samples"}
    assert isinstance(target.OPTIONS, frozenset)
    assert all(isinstance(each, str) for each in (*target.DIALECTS, *target.RESERVED))
    assert all(isinstance(each, Whole) for each in target.WHOLES)
    assert ("dialect" in target.OPTIONS) == bool(target.DIALECTS)
    assert target.FRAMES[0] == "images"
    assert target.MARKS in {"keep", "raw", "vpt"}
    assert (target.RECIPE in recipes()) == (target.TAKES == "samples") == (target.RECIPE is not None)
    assert ("frames" in target.OPTIONS) == (len(target.FRAMES) > 1)
    assert all(callable(getattr(target, function)) for function in FUNCTIONS)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lava", "did you mean llava?"),
        ("base", f"choose {', '.join(targets.available())}"),
        ("packing", f"choose {', '.join(targets.available())}"),
        ("", "choose coco, energon, jsonl, llama-factory, "),
    ],  # one row a line
)
def test_a_target_that_does_not_exist_is_refused(name, hint):
    with pytest.raises(UsageError, match=f"^there is no target '{name}'$") as caught:
        targets.load(name)
    assert caught.value.hint.startswith(hint)


def test_two_conversions_give_the_same_bytes(into, variant, tmp_path):
    first = into(variant)
    before = contents(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    assert into(variant) == first
    assert contents(tmp_path / "out") == before


def test_the_manifest_tells_the_truth_about_every_file(into, variant, tmp_path):
    found = into(variant)
    there = contents(tmp_path / "out")
    said = {file.name: (file.bytes, file.sha256) for file in (*found.shards, *found.files)}
    assert said == {name: (len(data), sha256(data)) for name, data in there.items() if name != "manifest.json"}
    assert msgspec.json.decode(there["manifest.json"], type=type(found)) == found
    assert found.totals.records == 12
    assert found.totals.samples == sum(shard.samples for shard in found.shards)
    assert str(tmp_path).encode() not in there["manifest.json"]


def test_small_shards_together_hold_what_one_shard_holds(into, sharded, tmp_path):
    variant, limit = sharded, 5_000
    one = into(variant, "one")
    many = into(variant, "many", shard_size=limit)
    assert len(many.shards) > len(one.shards) + 2
    assert rows_of(tmp_path / "many", many) == rows_of(tmp_path / "one", one)
    assert many.totals == one.totals
    for kind in ("video", "image"):
        names = [shard.name for shard in many.shards if shard.kind == kind]
        assert names == [f"{kind}-{number:06d}{Path(names[0]).suffix}" for number in range(len(names))]
    if "parquet" not in variant:  # whose shards are measured before they are compressed, and have a footer
        assert all(shard.bytes <= limit or shard.samples == 1 or "record" in variant for shard in many.shards)


def test_every_row_may_have_a_shard_of_its_own(into, sharded):
    found = into(sharded, shard_size=1)
    assert len(found.shards) == (12 if "record" in sharded else found.totals.samples)


def test_a_dry_run_writes_nothing_and_reports_the_same(into, variant, tmp_path):
    dry = into(variant, dry_run=True)
    assert not list(tmp_path.iterdir())
    real = into(variant)
    assert dry.totals == real.totals
    unknown = {"sha256": None} if variant in ONE_FILE else {}
    assert dry.shards == tuple(msgspec.structs.replace(shard, **unknown) for shard in real.shards)
    assert dry.files == ()


def test_a_fault_in_the_middle_leaves_no_final_name_and_keeps_what_was_finished(variant, tmp_path, array):
    records = [masked(image(number)) for number in range(1, 8)]
    records[4]["image_path"] = "../outside.jpg"
    pictures(tmp_path / "media", *records[:4], *records[5:])
    inputs = (str(array(*records)),)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(
        InstitError, match=r"record 5 \(id 5\): image_path: '../outside.jpg' is not a path inside the media root$"
    ):
        convert(Settings(**({"inputs": inputs, "out": str(tmp_path / "out"), "target": variant,
                             "shard_size": None if variant in ONE_FILE else 100,
                             "media": str(tmp_path / "media"), "marks": "keep", "workers": 1}
                            | VARIANTS[variant])))  # fmt: skip
    assert sorted(tmp_path.iterdir()) == sorted([*before, *tmp_path.glob(".out.partial")])


def test_a_fault_is_listed_and_left_out_where_that_is_asked_for(variant, tmp_path, array):
    records = [image(number, segmentations=squares("1", "2")) for number in range(1, 8)]
    records[4]["image_path"] = "../outside.jpg"
    pictures(tmp_path / "media", *records[:4], *records[5:])
    settings = {"inputs": (str(array(*records)),), "out": str(tmp_path / "out"), "target": variant,
                "media": str(tmp_path / "media"), "marks": "keep", "on_error": "reject"}  # fmt: skip
    found = convert(Settings(**(settings | VARIANTS[variant])))
    assert found.totals.records == 7
    # in trl a row is an answer, and an image has two; with boxes there is one of where and one of what
    samples = {"trl": 2, "ms-swift grounding": 2, **dict.fromkeys(REGIONS, 3)}.get(variant, 1)
    assert found.totals.samples == 6 * samples
    assert found.totals.rejects == {"media": 1}
    (reject,) = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    assert (reject["record"], reject["number"], reject["reason"]) == (5, 5, "media")
    assert not verify_folder(tmp_path / "out").count


def test_a_finished_dataset_is_replaced_only_when_asked(into, variant, tmp_path):
    into(variant, shard_size=20_000)
    before = contents(tmp_path / "out")
    with pytest.raises(OutputError, match=f"^{re.escape(str(tmp_path / 'out'))} already holds ") as caught:
        into(variant, limit=1)
    assert "--overwrite" in caught.value.hint
    assert contents(tmp_path / "out") == before
    found = into(variant, limit=1, overwrite=True)
    assert found.totals.records == 1
    assert set(contents(tmp_path / "out")) == {
        "manifest.json", *(file.name for file in (*found.shards, *found.files))
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_that_no_manifest_lists_is_never_replaced(into, variant, tmp_path):
    into(variant)
    (tmp_path / "out" / "notes.txt").write_text("mine")
    message = f"{tmp_path / 'out'} holds notes.txt, which no manifest there lists, so it is not replaced"
    with pytest.raises(OutputError, match=f"^{re.escape(message)}$"):
        into(variant, overwrite=True)
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_a_limit_takes_the_first_records_of_all_files(into, variant, limit):
    found = into(variant, limit=limit, shard_size=20_000)
    assert found.totals.records == min(limit, 12)
    assert {shard.kind for shard in found.shards} == ({"image"} if limit < 7 else {"image", "video"})


def test_an_output_can_be_verified_and_has_no_problem(into, variant, tmp_path):
    into(variant, shard_size=50_000)
    report = verify_folder(tmp_path / "out")
    assert (report.count, report.problems) == (0, ())


@pytest.mark.parametrize(
    ("target", "changes", "message"),
    [
        ("jsonl", {"dialect": "1.5"}, "--dialect means nothing to the target jsonl"),
        ("parquet", {"recipe": "paper"}, "--recipe means nothing to the target parquet (it writes whole records)"),
        ("jsonl", {"max_frames": 4}, "--max-frames means nothing to the target jsonl (it writes whole records)"),
        ("llava", {"embed_media": True}, "--embed-media means nothing to the target llava"),
        ("llava", {"group": "record"}, "--group means nothing to the target llava"),
        ("llava", {"dialect": "2"}, "the target llava has no dialect '2'"),
        ("llava", {"max_frames": 0}, "--max-frames is 0, and must be 1 at least"),
        ("jsonl", {"shard_size": 0}, "--shard-size is 0, and must be 1 at least"),
    ],
)
def test_options_that_a_target_would_ignore_are_refused(into, target, changes, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        into(target, **changes)


def test_where_one_file_is_written_its_size_is_no_option(made_up, tmp_path):
    settings = Settings(inputs=(str(made_up),), out=str(tmp_path / "out"), target="coco", shard_size=1_000)
    message = "--shard-size means nothing to the target coco (it writes one file of a kind)"
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        convert(settings)


@pytest.mark.parametrize("target", ["energon", "webdataset", "parquet"])
def test_a_target_that_packs_pictures_needs_some(tmp_path, array, target):
    embed = True if target == "parquet" else None
    with pytest.raises(UsageError, match=f"^--to {target} packs the pictures, and no media root is given$") as caught:
        convert(Settings(inputs=(str(array(image())),), out=str(tmp_path / "out"), target=target, embed_media=embed))
    assert caught.value.hint.startswith("--media DIR")


def test_a_text_that_a_trainer_reserves_is_refused_by_the_targets_that_write_for_it(tmp_path, array):
    path = str(array(image(image_level_caption="A cup <image> and a plate.")))
    message = "(id 1), /image_level_caption: it holds '<image>', which the trainer takes for its own"
    pictures(tmp_path / "media", image())
    for target in ("energon", "llava", "webdataset"):
        with pytest.raises(TextError, match=f"{re.escape(message)}$"):
            convert(Settings(inputs=(path,), out=str(tmp_path / "o"), target=target, media=str(tmp_path / "media")))
    assert convert(Settings(inputs=(path,), out=str(tmp_path / "o"), target="jsonl")).totals.samples == 1


# llava


def llava(tmp_path, array, *records, **changes):
    settings = {"inputs": (str(array(*records)),), "out": str(tmp_path / "out"), "target": "llava"}
    found = convert(Settings(**(settings | changes)))
    return [row for rows in rows_of(tmp_path / "out", found).values() for row in rows]


@pytest.mark.parametrize("recipe", ["mine.toml", None])
def test_a_wording_that_the_trainer_takes_for_its_own_is_told_with_the_name_of_the_recipe(
    tmp_path, array, monkeypatch, recipe
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(recipe_text("regions"))
    monkeypatch.setattr(targets.load("pixelrefer"), "RESERVED", ("in detail",))
    settings = Settings(inputs=(str(array(image())),), out="out", target="pixelrefer", recipe=recipe)
    with pytest.raises(
        RecipeError, match=rf"^{recipe or 'regions'}: the wording '.*' holds 'in detail', which the trainer"
    ):
        convert(settings)


def plain_recipe(tmp_path, pictures_, turn):
    path = tmp_path / "plain.toml"
    path.write_text(
        f'preamble = false\n[prompts]\n{turn} = ["Q"]\n[[parts]]\nname = "p"\npictures = "{pictures_}"\n'
        f'turns = ["{turn}"]\n'
    )
    return str(path)


def test_a_sample_of_one_picture_is_a_path_and_one_tag(tmp_path, array):
    rows = llava(tmp_path, array, image(), recipe=plain_recipe(tmp_path, "one", "scene"))
    assert rows == [
        {
            "id": "image-000001-p",
            "image": "images_vpt/sa_000001/1.jpg",
            "conversations": [
                {"from": "human", "value": "<image>\nQ"},
                {"from": "gpt", "value": "[1] stands on [2]."},
            ],
            "timestamps": [1],
            "instances": [1, 2],
        }
    ]


def test_a_sample_of_several_pictures_names_each_and_has_ten_after_nine(tmp_path, array):
    record = video(frames=12)
    record["frame_level_caption"].sort(key=lambda frame: frame["frame_name"])  # 1, 10, 11, 12, 2, ...
    rows = llava(tmp_path, array, record, recipe=plain_recipe(tmp_path, "all", "summary"))
    opening = "".join(f"Frame <{number}>: <image>\n" for number in range(1, 13))
    assert rows == [
        {
            "id": "video-000001-p",
            "image": [f"videos_vpt/LVVIS/00001/{number}.jpg" for number in range(1, 13)],
            "conversations": [
                {"from": "human", "value": f"{opening}Q"},
                {"from": "gpt", "value": "[1] and [2] stay from <1> to <12>."},
            ],
            "timestamps": list(range(1, 13)),
            "instances": [1, 2],
        }
    ]


def test_tags_stand_only_in_the_first_question(into, tmp_path):
    found = into("llava")
    for rows in rows_of(tmp_path / "out", found).values():
        for row in rows:
            paths = row["image"] if isinstance(row["image"], list) else [row["image"]]
            counts = [turn["value"].count("<image>") for turn in row["conversations"]]
            assert counts == [len(paths), *[0] * (len(counts) - 1)]
            assert [turn["from"] for turn in row["conversations"]] == ["human", "gpt"] * (len(counts) // 2)


def test_the_mixture_names_every_shard(into, tmp_path, made_up):
    found = into("llava", shard_size=20_000)
    text = (tmp_path / "out" / "mixture.yaml").read_text()
    assert f"--image_folder {made_up}" in text
    entries = yaml.safe_load(text)["datasets"]
    assert [Path(entry["json_path"]) for entry in entries] == [tmp_path / "out" / shard.name for shard in found.shards]
    for entry in entries:
        assert entry["sampling_strategy"] == "all"
        assert json.loads(Path(entry["json_path"]).read_text(encoding="utf-8"))


def test_a_folder_with_odd_letters_is_quoted_in_the_mixture(into, tmp_path):
    into("llava", out='a "b": #ü')
    entries = yaml.safe_load((tmp_path / 'a "b": #ü' / "mixture.yaml").read_text(encoding="utf-8"))["datasets"]
    assert all(Path(entry["json_path"]).is_file() for entry in entries)


def test_llava_rows_are_read_by_datasets(into, tmp_path, cache):
    from datasets import load_dataset

    found = into("llava", shard_size=20_000)
    for kind in ("video", "image"):
        files = [str(tmp_path / "out" / shard.name) for shard in found.shards if shard.kind == kind]
        loaded = load_dataset("json", data_files=files, split="train", cache_dir=cache)
        rows = rows_of(tmp_path / "out", found)[kind]
        for column in ("id", "image", "conversations"):
            assert loaded[column][:] == [row[column] for row in rows]


def test_llava_1_5_takes_one_path_and_needs_no_mixture(into, tmp_path):
    found = into("llava 1.5")
    assert [file.name for file in found.files] == ["README.md"]
    for rows in rows_of(tmp_path / "out", found).values():
        assert all(isinstance(row["image"], str) for row in rows)


def test_llava_1_5_refuses_a_sample_of_several_pictures(into):
    message = "LLaVA-1.5 takes one picture a sample, and video-000001-change-002 has 2"
    with pytest.raises(InstitError, match=f"{re.escape(message)}$") as caught:
        into("llava 1.5", recipe="temporal")
    assert "--on-error reject keeps the samples of one picture" in caught.value.hint


def test_pictures_are_named_in_the_tree_that_is_asked_for(into, tmp_path):
    found = into("llava", marks="raw", max_frames=2)
    assert not verify_folder(tmp_path / "out").count
    for kind, rows in rows_of(tmp_path / "out", found).items():
        for row in rows:
            paths = row["image"] if isinstance(row["image"], list) else [row["image"]]
            assert len(paths) <= 2
            assert all(path.startswith(f"{kind}s_raw/") for path in paths)


# webdataset


def tar_files(tmp_path, found, kind="video"):
    return [str(tmp_path / "out" / shard.name) for shard in found.shards if shard.kind == kind]


def media_bytes(made_up, frames):
    return [(made_up / frame["path"]).read_bytes() for frame in frames]


@pytest.mark.parametrize("group", ["sample", "record"])
def test_shards_are_read_by_webdataset_with_the_original_pictures(into, tmp_path, made_up, group):
    import webdataset

    found = into("webdataset", group=group, shard_size=200_000)
    for kind in ("video", "image"):
        files = tar_files(tmp_path, found, kind)
        samples = list(webdataset.WebDataset(files, shardshuffle=False))
        assert len(samples) == (6 if group == "record" else sum(s.samples for s in found.shards if s.kind == kind))
        for sample in samples:
            about = json.loads(sample["json"])
            assert sample["__key__"] == about["id"]
            fields = sorted(field for field in sample if not field.startswith("__") and field != "json")
            assert fields == [frame["file"] for frame in about["frames"]]
            assert [sample[field] for field in fields] == media_bytes(made_up, about["frames"])


def test_webdataset_decodes_the_pictures_to_the_sizes_that_are_written_beside_them(into, tmp_path):
    import webdataset

    found = into("webdataset", limit=8)
    for sample in webdataset.WebDataset(tar_files(tmp_path, found), shardshuffle=False).decode("pil"):
        for frame in sample["json"]["frames"]:
            assert sample[frame["file"]].size == (frame["width"], frame["height"])


@pytest.mark.parametrize("group", ["sample", "record"])
def test_shards_are_read_by_datasets_through_the_card(into, tmp_path, made_up, cache, group):
    from datasets import load_dataset

    found = into("webdataset", group=group, shard_size=200_000)
    loaded = load_dataset(str(tmp_path / "out"), "video", split="train", cache_dir=cache)
    counts = set()
    for row in loaded:
        frames = row["json"]["frames"]
        counts.add(len(frames))
        shown = [row[frame["file"]] for frame in frames]
        assert [picture.size for picture in shown] == [(frame["width"], frame["height"]) for frame in frames]
        assert all(row[field] is None for field in row if field.endswith(".jpg") and field > frames[-1]["file"])
        paths = [str(made_up / frame["path"]) for frame in frames]
        assert shown[0].tobytes() == Image.open(paths[0]).convert(shown[0].mode).tobytes()
    assert len(counts) > 1
    assert len(loaded) == (6 if group == "record" else sum(s.samples for s in found.shards if s.kind == "video"))


@pytest.mark.parametrize("kind", ["video", "image"])
def test_shards_are_read_by_datasets_through_the_features_beside_them(into, tmp_path, cache, kind):
    from datasets import Features, load_dataset

    found = into("webdataset", shard_size=200_000)
    features = json.loads((tmp_path / "out" / "features.json").read_text())
    loaded = load_dataset(
        "webdataset", data_files=tar_files(tmp_path, found, kind), split="train", cache_dir=cache,
        features=Features.from_dict(features[kind]),
    )  # fmt: skip
    expected = [json.loads(data) for name, data in rows_of(tmp_path / "out", found)[kind] if name.endswith(".json")]
    assert loaded["json"][:] == expected


def test_members_tell_nothing_of_the_run_and_have_one_dot_before_their_field(into, tmp_path):
    found = into("webdataset", shard_size=200_000)
    for shard in found.shards:
        path = tmp_path / "out" / shard.name
        with tarfile.open(path) as archive:
            infos = archive.getmembers()
        assert {(info.mtime, info.uid, info.gid, info.uname, info.gname) for info in infos} == {(0, 0, 0, "", "")}
        assert all(re.fullmatch(r"[a-z0-9_-]+\.(json|[0-9]{3}\.jpg)", info.name) for info in infos)
        end = infos[-1].offset_data + -(-infos[-1].size // 512) * 512
        assert path.stat().st_size == shard.bytes == end + 1024


def test_by_record_each_picture_is_stored_once(into, tmp_path, made_up):
    found = into("webdataset by record")
    names = [name for name, _ in rows_of(tmp_path / "out", found)["video"] if name.endswith(".jpg")]
    assert len(names) == len(set(names)) == len(list((made_up / "videos_vpt").rglob("*.jpg")))
    for name, data in rows_of(tmp_path / "out", found)["video"]:
        if name.endswith(".json"):
            about = json.loads(data)
            for sample in about["samples"]:
                assert sample["conversations"][0]["value"].count("<image>") == len(sample["pictures"])
                assert max(sample["pictures"]) <= len(about["frames"])


def test_a_picture_is_named_for_its_content_and_datasets_reads_both(tmp_path, array, cache):
    from datasets import load_dataset

    records = [image(1), image(2)]
    pictures(tmp_path / "media", *records)
    Image.new("RGB", (9, 9)).save(tmp_path / "media" / records[1]["image_path"], "PNG")
    found = convert(Settings(inputs=(str(array(*records)),), out=str(tmp_path / "out"), target="webdataset",
                             media=str(tmp_path / "media")))  # fmt: skip
    assert found.shards[0].fields == ("001.jpg", "001.png", "json")
    loaded = load_dataset(str(tmp_path / "out"), "image", split="train", cache_dir=cache)
    assert [(row["001.jpg"] is None, row["001.png"] is None) for row in loaded] == [(False, True), (True, False)]


@pytest.mark.parametrize("key", ["a.b/c d", "ü", "../x", "-"])
def test_a_key_never_holds_what_a_name_in_a_tar_must_not(tmp_path, array, key):
    record = image(key, image_path="images_vpt/1.jpg")
    pictures(tmp_path / "media", record)
    found = convert(Settings(inputs=(str(array(record)),), out=str(tmp_path / "out"), target="webdataset",
                             media=str(tmp_path / "media")))  # fmt: skip
    assert not verify_folder(tmp_path / "out").count
    for name, _ in rows_of(tmp_path / "out", found)["image"]:
        assert re.fullmatch(r"image-[A-Za-z0-9_]*-frame\.(json|001\.jpg)", name)


def test_an_id_too_long_for_a_tar_is_a_fault(tmp_path, array):
    record = image("x" * 200, image_path="images_vpt/1.jpg")
    pictures(tmp_path / "media", record)
    with pytest.raises(InstitError, match=r"is too long: a name in a tar has at most 100 bytes$"):
        convert(Settings(inputs=(str(array(record)),), out=str(tmp_path / "out"), target="webdataset",
                         media=str(tmp_path / "media")))  # fmt: skip


# parquet


def odd_records():
    grouped = image(3, instance_level_caption={"1,2": "Two cups.", "03": {"short": "A cup.", "long": "A red cup."}})
    unknown = video(4, source="LVVIS", video_level_caption=None)
    unknown["frame_level_caption"][0]["note"] = {"by": ["me", 1.5, None]}
    del unknown["frame_level_caption"][1]["temporal_change"]
    unknown["question_answer_pairs"].append({"question": "Why?", "difficulty": 2})
    return [image(1), grouped, image("four"), image(5, image_level_caption=None, extra={"a/b": 1}), video(2), unknown]


def both_ways(inputs, tmp_path, **changes):
    convert(Settings(inputs=inputs, out=str(tmp_path / "parquet"), target="parquet", **changes))
    shards = tuple(str(path) for path in sorted((tmp_path / "parquet").glob("*.parquet")))
    found = convert(Settings(inputs=shards, out=str(tmp_path / "jsonl"), target="jsonl"))
    return [row for rows in rows_of(tmp_path / "jsonl", found).values() for row in rows]


@pytest.mark.parametrize("embed", [None, True])
@pytest.mark.parametrize("shard_size", [256_000_000, 20_000])
def test_made_up_records_come_back_from_parquet_as_they_were(made_up, tmp_path, embed, shard_size):
    inputs = tuple(str(path) for path in sorted(made_up.glob("made_up_*.json")))
    records = [record for path in inputs for record in json.loads(Path(path).read_text(encoding="utf-8"))]
    assert all("segmentations" in record for record in records)
    assert both_ways(inputs, tmp_path, embed_media=embed, media=str(made_up), shard_size=shard_size) == records


def test_odd_records_come_back_from_parquet_as_they_were(tmp_path, array):
    records = odd_records()
    assert both_ways((str(array(*records)),), tmp_path) == records


@pytest.mark.parametrize("kind", ["video", "image"])
@pytest.mark.parametrize("embed", [None, True])
def test_parquet_is_read_by_datasets_from_the_folder_and_from_the_files(into, tmp_path, cache, kind, embed):
    from datasets import Features, load_dataset

    found = into("parquet", embed_media=embed, shard_size=40_000)
    by_card = load_dataset(str(tmp_path / "out"), kind, split="train", cache_dir=cache)
    by_file = load_dataset("parquet", data_files=tar_files(tmp_path, found, kind), split="train", cache_dir=cache)
    described = Features.from_dict(dict(arrow_features(columns.schema(kind, embedded=bool(embed)))))
    assert by_card.features == by_file.features == described
    assert len(by_card) == len(by_file) == 6
    expected = [row[f"{kind}_id"] for row in rows_of(tmp_path / "out", found)[kind]]
    assert by_card[f"{kind}_id"][:] == expected


def test_embedded_pictures_are_the_original_bytes_in_the_order_of_the_frames(into, tmp_path, made_up, cache):
    from datasets import Image as Picture
    from datasets import load_dataset

    found = into("parquet embedded")
    for row in rows_of(tmp_path / "out", found)["video"]:
        names = [
            frame["frame_name"] for frame in sorted(row["frame_level_caption"], key=lambda each: each["timestamp"])
        ]  # one row a line
        paths = [f"{row['video_path']}/{name}" for name in names]
        assert row["images"] == [{"bytes": (made_up / path).read_bytes(), "path": path} for path in paths]
    loaded = load_dataset(str(tmp_path / "out"), "video", split="train", cache_dir=cache)
    assert loaded.features["images"].feature == Picture()
    assert all(picture.width > 1 for row in loaded for picture in row["images"])


@pytest.mark.parametrize(("embed", "rows", "groups"), [(None, 1001, [1000, 1]), (True, 101, [100, 1])])
def test_row_groups_are_capped(tmp_path, array, embed, rows, groups):
    records = [image(number, image_path="images_vpt/1.jpg") for number in range(rows)]
    pictures(tmp_path / "media", records[0])
    out, media = str(tmp_path / "out"), str(tmp_path / "media")
    inputs = (str(array(*records)),)
    found = convert(Settings(inputs=inputs, out=out, target="parquet", embed_media=embed, media=media))
    metadata = pq.read_metadata(tmp_path / "out" / found.shards[0].name)
    assert [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)] == groups


def test_the_schema_of_a_shard_is_the_one_of_its_kind_and_tells_its_features(into, tmp_path):
    found = into("parquet embedded")
    for shard in found.shards:
        schema = pq.read_schema(tmp_path / "out" / shard.name)
        assert schema.equals(columns.schema(shard.kind, embedded=True))
        assert tuple(schema.names) == shard.fields
        assert json.loads(schema.metadata[b"huggingface"])["info"]["features"]["images"] == {
            "feature": {"_type": "Image"},
            "_type": "List",
        }


# jsonl


def test_records_are_written_as_they_were_key_for_key(tmp_path, array):
    records = odd_records()
    found = convert(Settings(inputs=(str(array(*records)),), out=str(tmp_path / "out"), target="jsonl"))
    lines = (tmp_path / "out" / found.shards[0].name).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == records[:4]
    assert [list(json.loads(line)) for line in lines] == [list(record) for record in records[:4]]


def test_numbers_are_written_as_they_were(tmp_path):
    (tmp_path / "a.json").write_text(
        '[{"image_id": 1, "image_path": "images/1.jpg", "odd": [1.50, 1e3, 10000000000000000000000]}]'
    )  # one row a line
    found = convert(Settings(inputs=(str(tmp_path / "a.json"),), out=str(tmp_path / "out"), target="jsonl"))
    assert '"odd":[1.50,1e3,10000000000000000000000]' in (tmp_path / "out" / found.shards[0].name).read_text()


def test_records_are_read_by_datasets(into, tmp_path, cache):
    from datasets import load_dataset

    found = into("jsonl")
    for kind in ("video", "image"):
        files = tar_files(tmp_path, found, kind)
        loaded = load_dataset("json", data_files=files, split="train", cache_dir=cache)
        assert loaded[f"{kind}_id"][:] == [row[f"{kind}_id"] for row in rows_of(tmp_path / "out", found)[kind]]


# The real record


def test_the_real_record_goes_to_every_target_and_passes_its_check(real_record, variant, tmp_path):
    settings = {"inputs": (str(real_record),), "out": str(tmp_path / "out"), "target": variant,
                "media": str(REAL / "Inst-It-Dataset")}  # fmt: skip
    if variant in REGIONS or "grounding" in variant:
        purpose = "which region models are trained on" if variant in REGIONS else "whose boxes are asked for"
        message = f"record 1 (id 1): it holds no masks, {purpose}"
        with pytest.raises(RecordError, match=f"{re.escape(message)}$") as caught:
            convert(Settings(**(settings | VARIANTS[variant] | {"marks": "vpt"})))
        assert caught.value.hint == "give the file whose name ends in _w_mask"
        return
    found = convert(Settings(**(settings | VARIANTS[variant])))
    report = verify_folder(tmp_path / "out")
    assert (report.problems, report.pictures) == ((), True)
    assert found.totals.rejects == {}


def test_the_pictures_of_the_real_record_are_kept_byte_for_byte_and_named_for_their_content(real_record, tmp_path):
    media = REAL / "Inst-It-Dataset"
    found = convert(Settings(inputs=(str(real_record),), out=str(tmp_path / "out"), target="webdataset",
                             media=str(media), group="record"))  # fmt: skip
    stored = dict(rows_of(tmp_path / "out", found)["video"])
    about = json.loads(stored.pop("video-000001.json"))
    for number, ((name, data), frame) in enumerate(zip(stored.items(), about["frames"], strict=True), 1):
        assert data == (media / f"videos_vpt/website/example1/{number}.jpg").read_bytes()
        assert Image.open(io.BytesIO(data)).format.lower().replace("jpeg", "jpg") == name.rpartition(".")[2]
        assert name == f"video-000001.{frame['file']}"


def test_nothing_is_left_in_the_folder_for_temporary_files(into, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))  # it is looked up once a process
    into("jsonl", dry_run=True)
    into("jsonl")
    assert not os.listdir(scratch)  # noqa: PTH208  # nothing but names is needed
