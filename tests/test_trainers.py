"""The trainers' dialects, read with the libraries that the trainers read them with, and the guides beside them."""

import json
import re
import runpy
import zipfile

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import VARIANTS, image, video
from hypothesis import given
from hypothesis import strategies as st

import instit_tools as it
from instit_tools import targets
from instit_tools.conversations import MESSAGES, SHAREGPT, conversation, text_size
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import TextError, UsageError
from instit_tools.guides import tokens
from instit_tools.made_up import Options, write
from instit_tools.manifest import Shard
from instit_tools.media.paths import absolute
from instit_tools.samples import Frame, Provenance, Sample, Turn
from instit_tools.showing import is_clip, shard_kind
from instit_tools.verification.run import verify_folder

pytestmark = pytest.mark.filterwarnings("ignore:.*:ResourceWarning")  # datasets leaves files to the collector


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trainers") / "made-up"
    write(folder, Options(videos=4, images=4, media=True, seed=1))
    return folder


@pytest.fixture
def into(made_up, tmp_path):
    def make(variant, **changes):
        settings = {
            "inputs": tuple(str(path) for path in sorted(made_up.glob("made_up_*.json"))),
            "out": str(tmp_path / "out"),
            "target": variant,
            "media": str(made_up),
        }
        return convert(Settings(**(settings | VARIANTS.get(variant, {}) | changes)))

    return make


def rows_of(folder, found, kind):
    """Read the JSON lines of one kind."""
    names = [shard.name for shard in found.shards if shard.kind == kind]
    return [json.loads(line) for name in names for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def sample(frames=3, turns=(("Q", "A"),), kind="video"):
    return Sample(
        id="video-1-p",
        kind=kind,
        frames=tuple(Frame(path=f"{number}.jpg", timestamp=number) for number in range(1, frames + 1)),
        turns=tuple(Turn(*turn) for turn in turns),
        instances=(1,),
        provenance=Provenance(file="f", number=1, record=1, recipe="r", part="p"),
    )


# What all of them share


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=4), st.integers(1, 9))
def test_the_two_spellings_say_the_same_and_placeholders_stand_in_the_first_question_only(turns, frames):
    made = sample(frames, turns)
    sharegpt, messages = conversation(made, SHAREGPT), conversation(made, MESSAGES)
    assert [each["value"] for each in sharegpt] == [each["content"] for each in messages]
    assert [each["from"] for each in sharegpt] == ["human", "gpt"] * len(turns)
    assert [each["role"] for each in messages] == ["user", "assistant"] * len(turns)
    added = sharegpt[0]["value"].removesuffix(turns[0][0])
    assert added.count("<image>") == frames
    assert [each["value"] for each in sharegpt[1:]] == [text for turn in turns for text in turn][1:]


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=4), st.integers(1, 9))
def test_no_byte_level_tokenizer_makes_more_tokens_of_a_text_than_its_bound(turns, frames):
    made = sample(frames, turns)
    spoken = sum(len(each["value"].encode()) for each in conversation(made))
    assert text_size(made) >= spoken + 10 * 2 * len(turns)


@pytest.mark.parametrize(("frames", "clip"), [(1, False), (2, False), (3, True), (12, True)])
def test_a_clip_begins_at_three_frames_and_pictures_and_clips_never_share_a_shard(frames, clip):
    for choice in ("video-list", "mp4"):
        assert is_clip(sample(frames), choice) is clip
        assert shard_kind(sample(frames), choice) == ("video" if clip else "image")
        assert not is_clip(sample(frames, kind="image"), choice)
    assert not is_clip(sample(frames), "images")
    assert shard_kind(sample(frames), "images") is None


def test_the_limit_for_tokens_holds_the_longest_of_all_shards():
    shard = Shard(name="a", bytes=1, sha256="", kind="video", samples=1, text=1000, pictures=3)
    small = Shard(name="b", bytes=1, sha256="", kind="video", samples=1, text=10, pictures=1)
    assert tokens([small, shard], 8) == 1024
    assert tokens([small, shard], 9) == 2048
    assert tokens([], 9) == 1024


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_every_output_has_a_readme_with_its_counts_and_no_open_end(into, tmp_path, variant):
    found = into(variant, on_error="reject")
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "$" not in re.sub(r"\$\{", "", text)
    assert f"instit-tools verify . --for {found.target}" in text or "instit-tools" in text
    if variant not in {"parquet", "parquet embedded", "webdataset", "webdataset by record"}:
        assert f"{found.totals.samples:,} " in text
        assert "of 8 records" in text
        assert "Nothing was left out." in text or "rejects.jsonl" in text


@pytest.mark.parametrize(
    ("target", "flag"),
    [
        ("llama-factory", "cutoff_len: "),
        ("ms-swift", "--max_length "),
        ("qwen-vl", "--model_max_length "),
        ("llava", "--model_max_length "),
    ],
)
def test_the_limit_in_the_readme_is_at_least_what_the_longest_sample_needs(into, tmp_path, target, flag):
    found = into(target)
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    limit = int(re.search(rf"{re.escape(flag)}(\d+)", text)[1])
    a_picture = 576
    kinds = ("video", "image")
    if target == "llava":
        rows = [row for shard in found.shards for row in json.loads((tmp_path / "out" / shard.name).read_text())]
    else:
        rows = [row for kind in kinds for row in rows_of(tmp_path / "out", found, kind)]
    for row in rows:
        turns = row.get("conversations") or row["messages"]
        text_bytes = sum(len((turn.get("value") or turn["content"]).encode()) for turn in turns)
        assert limit >= text_bytes + a_picture * len(row["timestamps"])


@pytest.mark.parametrize(
    ("target", "frames", "hint"),
    [
        ("qwen-vl", "video-list", "choose images or mp4"),
        ("llava", "video-list", "choose images or mp4"),
        ("trl", "mp4", None),
        ("webdataset", "mp4", None),
        ("jsonl", "video-list", None),
    ],
)
def test_a_way_to_show_frames_that_a_target_does_not_have_is_refused(into, target, frames, hint):
    with pytest.raises(UsageError) as caught:
        into(target, frames=frames)
    if hint:
        assert caught.value.message == f"the target {target} cannot show frames as {frames}"
        assert caught.value.hint == hint
    else:
        assert caught.value.message.startswith(f"--frames means nothing to the target {target}")


@pytest.mark.parametrize(("target", "frames"), [("ms-swift", "video-list"), ("llama-factory", "mp4")])
def test_absolute_paths_need_a_folder_of_pictures(tmp_path, array, target, frames):
    source = str(array(video()))
    with pytest.raises(UsageError, match=f"^--to {target} --frames {frames} .*, and no media root is given$"):
        convert(Settings(inputs=(source,), out=str(tmp_path / "out"), target=target, frames=frames))
    with zipfile.ZipFile(tmp_path / "videos_vpt.zip", "w"):
        pass
    with pytest.raises(UsageError, match=r"names pictures as files, and .*\.zip is packed$") as caught:
        convert(Settings(inputs=(source,), out=str(tmp_path / "out"), target=target, frames=frames,
                         media=str(tmp_path / "videos_vpt.zip")))  # fmt: skip
    assert caught.value.hint == "unpack the archive, and give --media the folder that holds videos_vpt/"


@given(st.sampled_from(["/media", "/media/"]), st.text(alphabet="abc/.", min_size=1))
def test_an_absolute_path_is_the_root_and_the_path(root, path):
    assert absolute(root, path) == f"/media/{path}"
    assert absolute(None, path) == path


@pytest.mark.parametrize("name", sorted(targets.available()))
def test_control_tokens_are_kept_out_of_what_these_models_train_on(tmp_path, array, name):
    target = targets.load(name)
    if target.TAKES == "records":
        return
    media = tmp_path / "media"
    write(media, Options(videos=0, images=1, media=True))
    path = next(media.glob("images_vpt/**/*.*")).relative_to(media).as_posix()
    source = str(array(image(image_level_caption="It says <|im_end|>.", image_path=path)))
    settings = Settings(inputs=(source,), out=str(tmp_path / "out"), target=name, media=str(media))
    with pytest.raises(TextError, match=r"holds '<\|', which the trainer takes for its own$"):
        convert(settings)


def test_what_a_clip_costs_is_said_once_with_the_alternative(run, made_up):
    source = made_up / "made_up_video.json"
    done = run("convert", source, "--to", "llama-factory", "--frames", "video-list", "-o", "out")
    warnings = [line for line in done.stderr.decode().splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert "merges every two frames" in warnings[0]
    assert "--frames images" in warnings[0]
    assert done.returncode == 0
    assert b"warning" not in done.stdout
    assert b"warning" not in run("convert", source, "--to", "llama-factory", "-o", "plain").stderr
    assert b"warning" not in run("-q", "convert", source, "--to", "ms-swift", "--frames", "mp4", "-o", "quiet").stderr


def test_in_python_what_a_clip_costs_is_a_warning(tmp_path, made_up):
    with pytest.warns(UserWarning, match="merges every two frames .*; --frames images"):
        it.convert(made_up / "made_up_video.json", tmp_path / "out", to="qwen-vl", frames="mp4", limit=1)
    it.convert(made_up / "made_up_video.json", tmp_path / "plain", to="qwen-vl", limit=1)


# LLaMA-Factory


def test_every_shard_has_an_entry_that_names_all_columns_and_tags(into, tmp_path):
    found = into("llama-factory", shard_size=20_000)
    info = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
    assert [entry["file_name"] for entry in info.values()] == [shard.name for shard in found.shards]
    for entry in info.values():
        assert entry["formatting"] == "sharegpt"
        assert entry["columns"] == {"messages": "conversations", "images": "images"}
        assert {"role_tag", "content_tag", "user_tag", "assistant_tag", "system_tag"} <= entry["tags"].keys()
    train = yaml.safe_load((tmp_path / "out" / "train.yaml").read_text())
    assert train["dataset"].split(",") == list(info)
    assert train["dataset_dir"] == str(tmp_path / "out")


def test_clips_and_pictures_are_trained_on_in_two_runs(into, tmp_path):
    found = into("llama-factory list")
    info = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
    assert {shard.kind for shard in found.shards} == {"video", "image"}
    for run_name, column in (("train.yaml", "images"), ("train_clips.yaml", "videos")):
        train = yaml.safe_load((tmp_path / "out" / run_name).read_text())
        assert {tuple(info[name]["columns"]) for name in train["dataset"].split(",")} == {("messages", column)}
    for kind, column in (("video", "videos"), ("image", "images")):
        assert all(
            column in row and len(row.keys() & {"images", "videos"}) == 1
            for row in rows_of(tmp_path / "out", found, kind)
        )


def test_a_list_of_frames_is_one_video_with_one_placeholder(into, tmp_path):
    found = into("llama-factory list")
    for row in rows_of(tmp_path / "out", found, "video"):
        (frames,) = row["videos"]
        assert len(frames) == len(row["timestamps"]) > 2
        assert row["conversations"][0]["value"].startswith(
            f"<video>\nThe video has {len(frames)} frames, <1> to <{len(frames)}>.\n"
        )


@pytest.mark.parametrize("variant", ["llama-factory", "llama-factory list", "ms-swift", "ms-swift list", "qwen-vl"])
def test_datasets_reads_every_row_with_one_schema(into, tmp_path, variant):
    found = into(variant)
    for shard in found.shards:
        read = datasets.load_dataset(
            "json", data_files=str(tmp_path / "out" / shard.name), split="train", cache_dir=str(tmp_path / "cache")
        )
        assert len(read) == shard.samples


# ms-swift


def test_pictures_are_absolute_wherever_a_list_of_frames_may_be(into, tmp_path, made_up):
    found = into("ms-swift list")
    for row in rows_of(tmp_path / "out", found, "video"):
        assert all(path.startswith(f"{made_up}/videos_vpt/") for path in row["videos"][0])
    for row in rows_of(tmp_path / "out", found, "image"):
        assert all(path.startswith(f"{made_up}/") for path in row["images"])
    plain = into("ms-swift", out=str(tmp_path / "plain"))
    for row in rows_of(tmp_path / "plain", plain, "video"):
        assert all(path.startswith("videos_vpt/") for path in row["images"])


# Qwen-VL


def test_the_registration_can_be_imported_and_names_shards_and_folders(into, tmp_path, made_up):
    found = into("qwen-vl mp4")
    registered = runpy.run_path(str(tmp_path / "out" / "registration.py"))["DATASETS"]
    assert [entry["annotation_path"] for entry in registered.values()] == [
        str(tmp_path / "out" / shard.name) for shard in found.shards
    ]
    for (name, entry), shard in zip(registered.items(), found.shards, strict=True):
        assert "%" not in name
        assert entry["data_path"] == str(tmp_path / "out" if shard.kind == "video" else made_up)


def test_there_is_no_system_turn_and_pictures_are_lists(into, tmp_path):
    found = into("qwen-vl")
    for kind in ("video", "image"):
        for row in rows_of(tmp_path / "out", found, kind):
            assert isinstance(row["image"], list)
            assert {turn["from"] for turn in row["conversations"]} == {"human", "gpt"}


# TRL


def test_trl_rows_hold_every_answer_once_with_the_turns_before_it(into, tmp_path):
    found = into("trl")
    other = into("llava", out=str(tmp_path / "llava"))
    answers = [
        turn["value"]
        for shard in other.shards
        for row in json.loads((tmp_path / "llava" / shard.name).read_text())
        for turn in row["conversations"]
        if turn["from"] == "gpt"
    ]
    rows = [row for shard in found.shards for row in pq.read_table(tmp_path / "out" / shard.name).to_pylist()]
    said = [row["completion"][0]["content"][0]["text"] for row in rows]
    assert said == answers
    for row in rows:
        assert [message["role"] for message in row["prompt"]] == (["user", "assistant"] * len(row["prompt"]))[
            : len(row["prompt"])
        ]
        shown = [part["type"] for message in row["prompt"] for part in message["content"]].count("image")
        assert shown == len(row["images"]) == len(row["timestamps"])
        assert all(part.keys() == {"type", "text"} for message in row["prompt"] for part in message["content"])


def test_trl_pictures_are_the_original_bytes_and_datasets_decodes_them(into, tmp_path, made_up):
    found = into("trl")
    for shard in found.shards:
        for row in pq.read_table(tmp_path / "out" / shard.name).to_pylist():
            assert all(picture["bytes"] == (made_up / picture["path"]).read_bytes() for picture in row["images"])
    read = datasets.load_dataset(str(tmp_path / "out"), "video", split="train", cache_dir=str(tmp_path / "cache"))
    assert read.features["images"] == datasets.List(datasets.Image())
    assert read[0]["images"][0].size[0] > 0


def test_a_picture_that_many_answers_are_about_is_stored_once_a_row_group(into, tmp_path, made_up):
    found = into("trl", recipe="paper")
    (shard,) = [shard for shard in found.shards if shard.kind == "video"]
    table = pq.read_table(tmp_path / "out" / shard.name)
    held = [picture for row in table.column("images").to_pylist() for picture in row]
    repeated = sum(len(picture["bytes"]) for picture in held)
    once = sum(len((made_up / path).read_bytes()) for path in {picture["path"] for picture in held})
    assert repeated > 5 * once
    assert shard.bytes < 2 * once + 100_000
    groups = pq.ParquetFile(tmp_path / "out" / shard.name).metadata
    assert all(groups.row_group(number).num_rows <= 100 for number in range(groups.num_row_groups))


def test_the_script_to_try_a_training_with_is_python_and_stands_beside_the_shards(into, tmp_path):
    into("trl")
    source = (tmp_path / "out" / "try_training.py").read_text()
    compile(source, "try_training.py", "exec")
    assert "SFTTrainer" in source


def test_an_archive_beside_the_annotations_is_no_folder_of_files(tmp_path, made_up, run):
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "videos.json").write_bytes((made_up / "made_up_video.json").read_bytes())
    with zipfile.ZipFile(packed / "videos_vpt.zip", "w") as archive:
        for path in sorted((made_up / "videos_vpt").rglob("*.*")):
            archive.write(path, path.relative_to(made_up).as_posix())
    settings = Settings(
        inputs=(str(packed / "videos.json"),), out=str(tmp_path / "out"), target="ms-swift", frames="mp4"
    )
    with pytest.raises(UsageError, match=r"names pictures as files, and .* is packed$"):
        convert(settings)
    done = run("convert", packed / "videos.json", "--to", "llama-factory", "-o", "out")
    assert b"unpack the archive before training" in done.stderr
    checked = run("verify", "out")
    assert checked.returncode == 1
    assert checked.stdout.count(b"is in an archive, as others may be, and the trainer opens files: unpack it") == 1


@pytest.mark.parametrize("way", ["..", "link"])
def test_absolute_paths_are_those_that_verify_knows_however_the_folder_is_named(tmp_path, made_up, way):
    (tmp_path / "link").symlink_to(made_up)
    media = made_up / ".." / made_up.name if way == ".." else tmp_path / "link"
    source = str(made_up / "made_up_video.json")
    out = tmp_path / "out"
    convert(Settings(inputs=(source,), out=str(out), target="ms-swift", frames="video-list", media=str(media)))
    assert ".." not in (out / "video-000000.jsonl").read_text()
    report = verify_folder(out)
    assert (report.count, report.pictures) == (0, True)


def test_rows_that_were_changed_on_purpose_are_read_without_their_hashes(into, tmp_path):
    into("qwen-vl")
    path = tmp_path / "out" / "image-000000.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows[:-1]))
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert verify_folder(tmp_path / "out").count >= 3
    assert verify_folder(tmp_path / "out", edited=True).count == 0
    rows[0]["conversations"].pop()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (problem,) = verify_folder(tmp_path / "out", edited=True).problems
    assert (problem.row, problem.field) == (1, "conversations")


def test_llava_1_5_makes_no_clips(into):
    with pytest.raises(UsageError, match=r"^LLaVA-1.5 reads no video files$"):
        into("llava 1.5", frames="mp4")


@pytest.mark.parametrize(
    "value", [None, 3, "x", [], [None], [[1], [1]], {"a": [1]}, [1, "a", None], 1e300, True, [[[[[[[[[[[[1]]]]]]]]]]]]]
)
@pytest.mark.parametrize("variant", ["llama-factory", "ms-swift list", "qwen-vl", "llava"])
def test_a_value_of_any_shape_in_any_column_is_a_finding_and_no_failure(made_up, tmp_path, variant, value):
    settings = {"inputs": (str(made_up / "made_up_video.json"),), "out": str(tmp_path / "out"), "target": variant,
                "media": str(made_up), "limit": 1}  # fmt: skip
    convert(Settings(**(settings | VARIANTS[variant])))
    (shard,) = sorted((tmp_path / "out").glob("video-*"))
    before = shard.read_text()
    whole = json.loads(before) if shard.suffix == ".json" else [json.loads(line) for line in before.splitlines()]
    for key in whole[-1].keys() - {"id"}:  # any text is an id, and LLaVA takes anything
        rows = [*whole[:-1], {**whole[-1], key: value}]
        text = json.dumps(rows) if shard.suffix == ".json" else "".join(json.dumps(row) + "\n" for row in rows)
        shard.write_text(text)
        assert verify_folder(tmp_path / "out", media=made_up, edited=True).count >= 1, key


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(prompt=None),
        lambda row: row.update(prompt=[None]),
        lambda row: row["prompt"][0].update(content=None),
        lambda row: row["prompt"][0].update(content=[None]),
        lambda row: row.update(timestamps=[None]),
        lambda row: row.update(instances=None),
        lambda row: row.update(images=[None]),
        lambda row: row["prompt"][0]["content"].reverse(),
        lambda row: row.update(id=None),
    ],
)
def test_a_damaged_row_of_trl_is_a_finding_and_no_failure(into, tmp_path, change):
    into("trl")
    path = tmp_path / "out" / "video-000000.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows[-1])
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    found = verify_folder(tmp_path / "out", edited=True).problems
    assert {problem.row for problem in found} == {len(rows)}


def test_another_schema_is_told_once_and_its_rows_are_counted(into, tmp_path):
    into("trl")
    path = tmp_path / "out" / "video-000000.parquet"
    table = pq.read_table(path)
    column = table.schema.get_field_index("prompt")
    pq.write_table(table.set_column(column, "prompt", pa.array(["text"] * len(table))), path)
    report = verify_folder(tmp_path / "out", edited=True)
    assert [problem.field for problem in report.problems if problem.field] == ["prompt"]
    assert report.rows > len(table)
