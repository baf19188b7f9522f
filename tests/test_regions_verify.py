"""Checks of rows for region models: each defect that their loaders fall for is told by exactly one sentence."""

import json
import shutil

import numpy as np
import pytest
from conftest import image, masked, video
from PIL import Image

import instit_tools as it
from instit_tools.masks import encode

pytestmark = pytest.mark.filterwarnings("ignore:videorefer takes a folder:UserWarning")

SIZE = 40, 24
EMPTY = encode(np.zeros(SIZE[::-1], bool)).rle()
SMALLER = encode(np.ones((24, 38), bool)).rle()
DAMAGED = {"size": [24, 40], "counts": "08"}
FAR = "videos_raw/LVVIS/00001"


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """One video of three frames and one image, converted each way; tests damage copies."""
    root = tmp_path_factory.mktemp("regions")
    questions = [("What is [1] at <2>?", "[1] is a cat."), ("Who is beside [1] and [2]?", "[2] is, [1].")]
    records = [masked(video(questions=questions), lambda _: SIZE), masked(image(), lambda _: SIZE)]
    for path in [*(f"{FAR}/{number}.jpg" for number in (1, 2, 3)), "images_raw/sa_000001/1.jpg"]:
        (root / "media" / path).parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise(SIZE, 40).convert("RGB").save(root / "media" / path)
    (root / "records.json").write_text(json.dumps(records))
    for name, options in {
        "pixelrefer": {"to": "pixelrefer"},
        "videorefer": {"to": "videorefer"},
        "mp4": {"to": "videorefer", "frames": "mp4"},
    }.items():
        it.convert(root / "records.json", root / name, media=root / "media", **options)
    return root


def damaged(converted, tmp_path, name, key, change):
    """Change the row called *key*; give the problems as (file, row, field, message)."""
    shutil.copytree(converted / name, tmp_path / "copy")
    path = next((tmp_path / "copy").glob(f"{key.split('-')[0]}-000000.json*"))
    lines = path.suffix == ".jsonl"
    text = path.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    place = next(place for place, row in enumerate(rows) if row["id"] == key)
    change(rows[place])
    path.write_text("\n".join(map(json.dumps, rows)) + "\n" if lines else json.dumps(rows), encoding="utf-8")
    report = it.verify(tmp_path / "copy", media=converted / "media", edited=True)
    assert {(each.file, each.row) for each in report.problems} <= {(path.name, place + 1)}
    return [(each.field, each.message) for each in report.problems]


def set_(**changes):
    return lambda row: row.update(changes)


def asked(old, new):
    def change(row):
        turn = row["conversations"][0]
        assert old in turn["value"]
        turn["value"] = turn["value"].replace(old, new)

    return change


def answered(text):
    return lambda row: row["conversations"][1].update(value=text)


def mask(place, key, value):
    """Put *value* in the place of a mask of ``masks``; *key* is the frame, ``None`` in an image."""

    def change(row):
        holder, step = (row["masks"], place) if key is None else (row["masks"][place], key)
        assert holder[step]
        holder[step] = value

    return change


def segmentation(place, key, value):
    def change(row):
        assert row["annotation"][place][key]["segmentation"]
        row["annotation"][place][key]["segmentation"] = value

    return change


def moved(place, old, new, column="masks"):
    return lambda row: row[column][place].update({new: row[column][place].pop(old)})


QA1, QA2 = "video-000001-qa-001", "video-000001-qa-002"
SCENE, ONE, WHOLE = "image-000001-scene", "image-000001-instance-001", "video-000001-video"
WHOLE_PICTURE = "is empty, and the loader takes an empty mask for the whole picture"
OTHER_SIZE = "is 24 high and 38 wide, and its picture is 24 high and 40 wide"
RUNS = "is damaged: its runs make 8 pixels, and 24 x 40 are 960"
INTRODUCED = "There is 2 objects in the video: <object0><region>, <object1><region>.\n"

SPEECH = {
    "a region too few": (
        QA2, asked(", <object1><region>", ""), ("conversations", "have 1 <region> for 2 objects with masks"),
    ),
    "a region too many": (
        ONE, asked("<region>", "<region> or <region>"), ("conversations", "have 2 <region> for 1 object with masks"),
    ),
    "a region in an answer": (
        ONE, answered("A <region>."), ("conversations[1].value", "holds <region>, and a region is named in a question"),
    ),
    "objects that nobody introduces": (
        ONE, answered("<object0> is a cup."),
        ("conversations[0].value", "does not say which <region> each object is, from <object0> on"),
    ),
    "objects introduced in another order": (
        QA2, asked("<object0><region>, <object1><region>", "<object1><region>, <object0><region>"),
        ("conversations[0].value", "does not say which <region> each object is, from <object0> on"),
    ),
    "an object beyond the last": (
        QA2, answered("<object2> is."), ("conversations", "speak of <object2>, and there are 2 objects"),
    ),
    "an id": (
        ONE, answered("[1] is a cup."),
        ("conversations[1].value", "speaks of [1], and ids mean nothing here: objects are <object0> and so on"),
    ),
    "a frame beyond the last": (
        QA1, answered("<object0> at <4>."), ("conversations[1].value", "speaks of <4>, but there are 3 picture(s)"),
    ),
    "no placeholder": (QA1, asked("<video>\n", ""), ("conversations[0].value", "has 0 <video> for 1 video")),
    "a placeholder behind the question": (
        QA1, lambda row: row["conversations"][0].update(value=row["conversations"][0]["value"][8:] + "\n<video>"),
        ("conversations[0].value", "does not start with its video"),
    ),
    "no placeholder of an image": (
        ONE, asked("<image>\n", ""), ("conversations[0].value", "has 0 <image> for 1 picture"),
    ),
    "a placeholder in an answer": (
        ONE, answered("<image>"), ("conversations[1].value", "holds '<image>', which the trainer takes for its own"),
    ),
    "a speaker of another dialect": (
        ONE, lambda row: row["conversations"][1].update({"from": "assistant"}),
        ("conversations[1].from", "is 'assistant' where 'gpt' is due: roles alternate"),
    ),
    "no turns": (QA1, set_(conversations=[]), ("conversations", "have 0 <region> for 1 object with masks")),
    "ids of other objects": (QA2, set_(objects=[[1]]), ("objects", "does not have the ids of 2 objects")),
    "an id that is no text": (ONE, set_(id=3), ("id", "is 3 and not a text")),
    "a picture that is not there": (
        ONE, set_(image="images_raw/gone.jpg"), ("image", "images_raw/gone.jpg is missing"),
    ),
    "a list of one picture": (
        ONE, set_(image=["images_raw/sa_000001/1.jpg"]), ("image", "is not the path of a picture"),
    ),
}  # fmt: skip

PIXELREFER = SPEECH | {
    "an empty mask": (ONE, mask(0, None, EMPTY), ("masks[0]", WHOLE_PICTURE)),
    "an empty mask in a video": (QA1, mask(0, "1", EMPTY), ('masks[0]["1"]', WHOLE_PICTURE)),
    "a mask of another size": (ONE, mask(0, None, SMALLER), ("masks[0]", OTHER_SIZE)),
    "a mask that is cut short": (QA1, mask(0, "1", DAMAGED), ('masks[0]["1"]', RUNS)),
    "a polygon": (
        ONE, mask(0, None, [[1, 1, 5, 5, 1, 5]]), ("masks[0]", "is no mask in COCO run lengths, with size and counts"),
    ),
    "a mask in a wrapper": (
        QA1, mask(0, "1", {"segmentation": {}}),
        ('masks[0]["1"]', "is no mask in COCO run lengths, with size and counts"),
    ),
    "a frame that is not there": (
        QA1, moved(0, "1", "3"), ("masks[0]", "has a mask in frame '3', and there are 3 frames, counted from 0"),
    ),
    "a frame by its name": (
        QA1, moved(0, "1", "2.jpg"),
        ("masks[0]", "has a mask in frame '2.jpg', and there are 3 frames, counted from 0"),
    ),
    "an object with two masks": (
        QA1, lambda row: row["masks"][0].update({"2": row["masks"][0]["1"]}),
        ("masks[0]", "has masks in 2 frames, and an object has one"),
    ),
    "an object without a mask": (QA1, lambda row: row["masks"][0].clear(), ("masks[0]", "has no mask in any frame")),
    "frames of masks in another order": (
        QA2, lambda row: (moved(1, "0", "2")(row), row.update(masked_video=[f"{FAR}/3.jpg", f"{FAR}/1.jpg"])),
        ("masked_video", "is not the frames with masks, in the order in which masks come to them"),
    ),
    "another frame than that of the mask": (
        QA1, set_(masked_video=[f"{FAR}/1.jpg"]),
        ("masked_video", "is not the frames with masks, in the order in which masks come to them"),
    ),
    "no frames of masks": (
        QA1, lambda row: row.pop("masked_video"),
        ("masked_video", "is not the frames with masks, in the order in which masks come to them"),
    ),
    "no times": (
        QA1, lambda row: row.pop("timestamps"), ("timestamps", "are not the seconds of its frames, in order"),
    ),
    "a time too few": (QA1, set_(timestamps=[0.0, 1.0]), ("timestamps", "are not the seconds of its frames, in order")),
    "times that fall": (
        QA1, set_(timestamps=[0.0, 2.0, 1.0]), ("timestamps", "are not the seconds of its frames, in order"),
    ),
    "times in words": (
        QA1, set_(timestamps=["0", "1", "2"]), ("timestamps", "are not the seconds of its frames, in order"),
    ),
    "a video that is a text": (QA1, set_(video=FAR), ("video", "is a text, and the loader takes a list of frames")),
    "a video that is a list of a folder": (
        QA1, set_(video=[FAR]),
        ("video", "is a list of one, which the loader takes for a file or a folder, and resamples"),
    ),
    "a video without frames": (QA1, set_(video=[]), ("video", "has no frame")),
    "no video": (QA1, lambda row: row.pop("video"), ("video", "is no list of frames, and there is no image")),
    "a frame that is missing": (
        QA2, lambda row: row["video"].__setitem__(2, f"{FAR}/9.jpg"), ("video", f"{FAR}/9.jpg is missing"),
    ),
    "a video beside an image": (ONE, set_(video=["a.jpg", "b.jpg"]), ("video", "is ignored beside image")),
}  # fmt: skip

VIDEOREFER = SPEECH | {
    "an empty mask": (ONE, segmentation(0, "0", EMPTY), ('annotation[0]["0"]', WHOLE_PICTURE)),
    "an empty mask among others": (QA1, segmentation(0, "1", EMPTY), ('annotation[0]["1"]', WHOLE_PICTURE)),
    "a mask of null": (
        QA1, segmentation(0, "1", None), ('annotation[0]["1"]', "is null, which the loader takes for an empty mask"),
    ),
    "a mask of another size": (ONE, segmentation(0, "0", SMALLER), ('annotation[0]["0"]', OTHER_SIZE)),
    "a mask that is cut short": (QA1, segmentation(0, "2", DAMAGED), ('annotation[0]["2"]', RUNS)),
    "a mask without its wrapper": (
        ONE, lambda row: row["annotation"].__setitem__(0, {"0": EMPTY}),
        ('annotation[0]["0"]', "has no segmentation"),
    ),
    "a frame that is not there": (
        QA1, moved(0, "2", "3", "annotation"),
        ("annotation[0]", "has a mask in frame '3', and there are 3 frames, counted from 0"),
    ),
    "a second frame of an image": (
        ONE, moved(0, "0", "1", "annotation"),
        ("annotation[0]", "has a mask in frame '1', and there is 1 frame, counted from 0"),
    ),
    "an object without a mask": (
        QA1, lambda row: row["annotation"][0].clear(), ("annotation[0]", "has no mask in any frame"),
    ),
    "no video": (
        QA1, lambda row: row.pop("video"), ("video", "is no folder of frames and no video file, and there is no image"),
    ),
    "a list of frames": (
        QA1, set_(video=[f"{FAR}/1.jpg", f"{FAR}/2.jpg"]),
        ("video", "is no folder of frames and no video file, and there is no image"),
    ),
    "a folder that is not there": (
        QA1, set_(video="videos_raw/gone"), ("video", "videos_raw/gone has 0 files, and they are not its 3 frames"),
    ),
    "a folder out of the media": (
        QA1, set_(video="../elsewhere"), ("video", "'../elsewhere' is not a path inside the media root"),
    ),
    "a file that is not of the dataset": (
        QA1, lambda row: (row.pop("frames"), row.update(video="clips/gone.mp4")),
        ("frames", "do not say which files clips/gone.mp4 should have, and it is no video file of this dataset"),
    ),
    "names that are out of order": (
        QA1, set_(frames=["1.jpg", "3.jpg", "2.jpg"]),
        ("frames", "are not in the order of their names, in which the loader reads them"),
    ),
    "numbers of frames that are not those": (
        QA1, set_(timestamps=[1, 2]), ("timestamps", "are not those of its pictures, in order"),
    ),
    "a video beside an image": (ONE, set_(video=FAR), ("video", "is ignored beside image")),
}  # fmt: skip


@pytest.mark.parametrize("name", PIXELREFER)
def test_a_defect_for_pixelrefer_is_told_by_one_sentence(converted, tmp_path, name):
    key, change, expected = PIXELREFER[name]
    found = damaged(converted, tmp_path, "pixelrefer", key, change)
    assert expected in found
    assert found == [expected] or name == "no turns"


@pytest.mark.parametrize("name", VIDEOREFER)
def test_a_defect_for_videorefer_is_told_by_one_sentence(converted, tmp_path, name):
    key, change, expected = VIDEOREFER[name]
    found = damaged(converted, tmp_path, "videorefer", key, change)
    assert expected in found
    assert found == [expected] or name == "no turns"


@pytest.mark.parametrize(("target", "column"), [("pixelrefer", "masks"), ("videorefer", "annotation")])
@pytest.mark.parametrize("value", [[], None, "none"])
def test_a_row_without_masks_is_told(converted, tmp_path, target, column, value):
    found = damaged(converted, tmp_path, target, ONE, set_(**{column: value}))
    message = "has no mask, and the loader stacks them" if target == "pixelrefer" else "has no mask of any object"
    assert (column, message) in found


def test_masks_that_cannot_be_stacked_are_told_without_pictures_too(converted, tmp_path):
    shutil.copytree(converted / "pixelrefer", tmp_path / "copy")
    path = tmp_path / "copy" / "image-000000.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[-1]["masks"][1] = SMALLER
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    report = it.verify(tmp_path / "copy", media="none", edited=True)
    assert [(each.field, each.message) for each in report.problems] == [
        ("masks", "are of 24 x 38 and 24 x 40 (height x width), and the loader stacks them")
    ]


@pytest.mark.parametrize("text", ["[", "{}", '[{"id": "\\ud800"}]', "[1]"])
def test_what_is_no_array_of_rows_is_told(converted, tmp_path, text):
    shutil.copytree(converted / "videorefer", tmp_path / "copy")
    (tmp_path / "copy" / "image-000000.json").write_text(text)
    assert it.verify(tmp_path / "copy", media=converted / "media", edited=True).count


def test_a_folder_that_got_another_file_is_told(converted, tmp_path):
    shutil.copytree(converted / "media", tmp_path / "media")
    (tmp_path / "media" / FAR / "0.jpg").write_bytes(b"")
    found = it.verify(converted / "videorefer", media=tmp_path / "media").problems
    assert {each.message for each in found} == {f"{FAR} has 4 files, and they are not its 3 frames"}


def test_a_clip_has_the_size_of_its_masks(converted, tmp_path):
    key, change = QA1, segmentation(0, "1", SMALLER)
    assert damaged(converted, tmp_path, "mp4", key, change) == [('annotation[0]["1"]', OTHER_SIZE)]


def test_pictures_that_are_packed_are_told_to_be_unpacked(converted, tmp_path):
    shutil.make_archive(tmp_path / "media" / "videos_raw", "zip", converted / "media", "videos_raw")
    shutil.make_archive(tmp_path / "media" / "images_raw", "zip", converted / "media", "images_raw")
    for name in ("pixelrefer", "videorefer"):
        found = it.verify(converted / name, media=tmp_path / "media").problems
        assert [each.message.partition(" is in ")[2] for each in found] == [
            "an archive, as others may be, and the trainer opens files: unpack it"
        ]
