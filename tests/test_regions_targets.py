"""Targets for region models: what loaders that were written from the outside show for a region is that object."""

import json
import re
import warnings

import numpy as np
import pytest
from conftest import image, video
from PIL import Image
from region_loaders import VideoLlama2, VideoLlama3

import instit_tools as it
from instit_tools.errors import MaskError, RecordError, SampleError, TextError, UsageError
from instit_tools.masks import decode, encode, read
from instit_tools.verification.run import verify_folder

pytestmark = [
    pytest.mark.filterwarnings("ignore:videorefer takes a folder:UserWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # pycocotools' own
]

WIDE, HIGH = 48, 32
ROUTES = [("pixelrefer", "images"), ("videorefer", "images"), ("videorefer", "mp4")]
SHADES = (40, 110, 180, 250)


def color(number, time):
    """The color of instance *number* in the frame at *time*; blue is that of the background."""
    return SHADES[number - 1], 10 + 20 * time, 0


def plane(number, time=1, size=(WIDE, HIGH)):
    """Where an instance is: a bar that grows with time, so that it is largest at the end."""
    found = np.zeros((size[1], size[0]), bool)
    found[2 : 12 + time, 10 * (number - 1) + 2 : 10 * number] = True
    return found


def rle(number, time=1, size=(WIDE, HIGH)):
    return {"mask": encode(plane(number, time, size)).rle()}


def seen(captions):
    return sorted({int(number) for key in captions for number in key.split(",")})


def drawn(root, record, *, size=(WIDE, HIGH), masks=True):
    """Draw the raw pictures of *record*, each instance in a color that tells it and the frame; give it with masks."""
    frames = record.get("frame_level_caption")
    shown = [record["instance_level_caption"]] if frames is None else [frame["instance_level"] for frame in frames]
    path = record["image_path"] if frames is None else record["video_path"]
    names = [""] if frames is None else [f"/{frame['frame_name']}" for frame in frames]
    found = {}
    for place, (captions, name) in enumerate(zip(shown, names, strict=True)):
        time = 1 if frames is None else frames[place]["timestamp"]
        canvas = np.full((size[1], size[0], 3), (0, 0, 255), np.uint8)
        for number in seen(captions):
            canvas[plane(number, time, size)] = color(number, time)
        file = root / (path + name).replace("_vpt/", "_raw/")
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(canvas).save(file, "PNG")
        found[name[1:]] = {str(number): rle(number, time, size) for number in seen(captions)}
    return record | ({"segmentations": found[""] if frames is None else found} if masks else {})


def story(frames=3, number=1, *, padded=True, **changes):
    """A video in which texts call instance n number n, and frame t time t."""
    record = video(
        number,
        frames=frames,
        questions=(
            ("What is [2] at <2>?", "[2] is number 2."),
            ("Who stands beside [1]?", "[3] is number 3, beside number 1."),
            ("What of [1] and [3]?", "[1] is number 1, [3] is number 3."),
        ),
        video_level_caption="[1] is number 1 and [2] is number 2 from <1> to <2>.",
    )
    for frame in record["frame_level_caption"]:
        frame["instance_level"] = {str(each): f"A bar, number {each}." for each in (1, 2, 3)}
        frame["image_level"] = "[2] is number 2 and [1] is number 1."
        frame["temporal_change"] = "[3] is number 3 and grows." if frame["timestamp"] > 1 else None
        frame["frame_name"] = f"{frame['timestamp']:0{3 if padded else 1}d}.jpg"
    return record | changes


@pytest.fixture
def made(tmp_path):
    """Convert records, and give the rows and the loader that reads them, by kind."""

    def make(target, *records, frames="images", **options):
        path = tmp_path / "records.json"
        path.write_text(json.dumps(records))
        out = tmp_path / "out"
        options = {"media": tmp_path, **({"frames": frames} if target == "videorefer" else {})} | options
        done = it.convert(path, out, to=target, overwrite=True, **options)
        root = out if frames == "mp4" else tmp_path
        loader = VideoLlama3 if target == "pixelrefer" else VideoLlama2
        found = {shard.kind: loader(out / shard.name, root) for shard in done.shards}
        assert verify_folder(out).problems == ()
        return [(row, found[kind]) for kind in found for row in found[kind].rows]

    return make


def rejects(tmp_path):
    path = tmp_path / "out" / "rejects.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(each["reason"], each["message"]) for each in map(json.loads, lines)]


def texts(row):
    return [turn["value"] for turn in row["conversations"]]


def check(row, loader, *, exact=True):
    """Hold what the loader shows against colors and texts; give the ids and times of the regions."""
    frames, regions = loader(row)
    told = []
    for ids, shown in zip(row["objects"], regions, strict=True):
        times = []
        for pixels, mask in shown:
            assert pixels.shape[:2] == mask.shape
            red, green, blue = (float(each) for each in np.median(pixels[mask], axis=0))
            assert not exact or len(np.unique(pixels[mask], axis=0)) == 1
            assert int(np.abs(np.array(SHADES) - red).argmin()) + 1 in ids
            assert blue < 100
            times.append(round((green - 10) / 20))
            assert abs((green - 10) / 20 - times[-1]) <= (0 if exact else 0.45)
        told.append((ids, times))
    for text in texts(row):
        for place, number in re.findall(r"<object(\d+)> is number (\d)", text):
            assert row["objects"][int(place)] == [int(number)]
    assert "image" in row or len(frames) == len(row["timestamps"])
    return told


# What a loader shows is the object that the texts speak of


@pytest.mark.parametrize(("target", "frames"), ROUTES)
def test_each_region_shows_the_object_that_the_texts_speak_of(made, tmp_path, target, frames):
    records = [drawn(tmp_path, story()), drawn(tmp_path, image(), size=(40, 24))]
    rows = made(target, *records, frames=frames)
    told = {row["id"]: check(row, loader, exact=frames == "images") for row, loader in rows}
    videos = {
        "video-000001-qa-001": [([2], [1, 2, 3])],
        "video-000001-qa-002": [([1], [1, 2, 3]), ([2], [1, 2, 3]), ([3], [1, 2, 3])],
        "video-000001-qa-003": [([1], [1, 2, 3]), ([3], [1, 2, 3])],
        "video-000001-video": [([1], [1, 2, 3]), ([2], [1, 2, 3]), ([3], [1, 2, 3])],
    }
    one = {"video-000001-qa-001": [2], "video-000001-video": [1]}  # the frame asked for, or else the largest
    for key, regions in videos.items():
        expected = [(ids, one.get(key, [3])) for ids, _ in regions] if target == "pixelrefer" else regions
        if key == "video-000001-video" and target == "pixelrefer":
            assert [ids for ids, _ in told[key]] == [ids for ids, _ in regions]
        else:
            assert told[key] == expected
    assert told["image-000001-instance-002"] == [([2], [1])]
    assert told["image-000001-scene"] == [([1], [1]), ([2], [1])]
    assert told["video-000001-instance-003-002"] == [([2], [3])]
    assert ("video-000001-change-003" in told) == (frames == "mp4" or target == "pixelrefer")


@pytest.mark.parametrize(("target", "frames"), [ROUTES[0], ROUTES[2]])
def test_ten_comes_after_nine(made, tmp_path, target, frames):
    rows = made(target, drawn(tmp_path, story(12, padded=False)), frames=frames)
    for row, loader in rows:
        if "-qa-" in row["id"]:
            shown, _ = loader(row)
            backgrounds = [pixels[5, 5] for pixels in shown]  # where instance 1 is
            assert [round((int(each[1]) - 10) / 20) for each in backgrounds] == list(range(1, 13))
            check(row, loader, exact=target == "pixelrefer")


@pytest.mark.parametrize(("target", "frames"), [ROUTES[0], ROUTES[2]])
def test_frames_that_were_picked_are_counted_anew(made, tmp_path, target, frames):
    rows = made(target, drawn(tmp_path, story(9, padded=False)), frames=frames, max_frames=3, recipe="qa")
    (row, loader) = next((row, loader) for row, loader in rows if row["id"].endswith("qa-003"))
    assert [times for _, times in check(row, loader, exact=target == "pixelrefer")] == (
        [[9], [9]] if target == "pixelrefer" else [[1, 5, 9], [1, 5, 9]]
    )
    if target == "pixelrefer":
        assert row["timestamps"] == [0.0, 4.0, 8.0]


@pytest.mark.parametrize(("target", "frames"), ROUTES)
def test_made_up_data_come_through_the_loaders_with_the_masks_of_the_record(tmp_path, target, frames):
    it.synth(tmp_path / "data", videos=4, images=8, masks=True, media=True)
    options = {"frames": frames} if target == "videorefer" else {}
    done = it.convert(tmp_path / "data", tmp_path / "out", to=target, **options)
    masks = {
        f"{kind}-{record[f'{kind}_id']:06d}": record["segmentations"]
        for kind in ("video", "image")
        for record in json.loads((tmp_path / "data" / f"made_up_{kind}_w_mask.json").read_text())
    }
    count = 0
    for shard in done.shards:
        loader = (VideoLlama3 if target == "pixelrefer" else VideoLlama2)(
            tmp_path / "out" / shard.name, tmp_path / ("out" if frames == "mp4" else "data")
        )
        for row in loader.rows:
            tree = masks["-".join(row["id"].split("-")[:2])]
            _, regions = loader(row)
            for ids, shown in zip(row["objects"], regions, strict=True):
                of = [tree] if row["id"].startswith("image") else list(tree.values())
                known = [decode(read(each[str(ids[0])]["mask"])) for each in of if str(ids[0]) in each]
                assert all(any(np.array_equal(mask, other) for other in known) for _, mask in shown)
                count += 1
    assert count > 200


def test_frames_with_masks_stand_in_the_order_in_which_masks_come_to_them(made, tmp_path):
    record = drawn(tmp_path, story(question_answer_pairs=[{"question": "Do [1] and [2] meet?", "answer": "Yes."}]))
    tree = record["segmentations"]
    record["segmentations"] = {"001.jpg": {"2": tree["001.jpg"]["2"]}, "003.jpg": {"1": tree["003.jpg"]["1"]}}
    ((row, loader),) = made("pixelrefer", record, recipe="qa")
    assert row["masked_video"] == ["videos_raw/LVVIS/00001/003.jpg", "videos_raw/LVVIS/00001/001.jpg"]
    assert check(row, loader) == [([1], [3]), ([2], [1])]


# Texts


def test_one_object_named_once_is_a_region_and_several_are_introduced(made, tmp_path):
    rows = {row["id"]: texts(row) for row, _ in made("pixelrefer", drawn(tmp_path, story()))}
    asked, answered = rows["video-000001-instance-002-001"]
    assert re.fullmatch(r"<image>\n[^<>]*<region>[^<>]*", asked)
    assert answered == "A bar, number 1."
    assert rows["video-000001-qa-003"] == [
        "<video>\nThere is 2 objects in the video: <object0><region>, <object1><region>.\n"
        "What of <object0> and <object1>?",
        "<object0> is number 1, <object1> is number 3.",
    ]
    assert rows["video-000001-qa-001"] == [
        "<video>\nThere is 1 object in the video: <object0><region>.\n"
        "The video has 3 frames: <1> at 0.0s, <2> at 1.0s, <3> at 2.0s.\nWhat is <object0> at <2>?",
        "<object0> is number 2.",
    ]
    assert rows["video-000001-scene-001"][0].startswith(
        "<image>\nThere is 3 objects in the image: <object0><region>, <object1><region>, <object2><region>.\n"
    )


def test_the_first_version_is_told_the_numbers_of_frames_only(made, tmp_path):
    rows = {row["id"]: texts(row) for row, _ in made("videorefer", drawn(tmp_path, story()))}
    assert rows["video-000001-qa-001"][0] == (
        "<video>\nThere is 1 object in the video: <object0><region>.\n"
        "The video has 3 frames, <1> to <3>.\nWhat is <object0> at <2>?"
    )


@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_of_several_turns_the_first_question_holds_all_regions(made, tmp_path, target):
    rows = made(target, drawn(tmp_path, story()), recipe="instances")
    assert rows
    for row, loader in rows:
        first, *others = texts(row)
        assert len(others) == 5
        assert first.count("<region>") == 3
        assert "[ID]" not in first
        assert others[0] == "<object0>: A bar, number 1."
        check(row, loader)


def test_an_answer_that_brings_in_an_object_does_not_find_it_alone_in_the_list(made, tmp_path):
    rows = {row["id"]: row for row, _ in made("pixelrefer", drawn(tmp_path, story()))}
    assert rows["video-000001-qa-002"]["objects"] == [[1], [2], [3]]
    assert texts(rows["video-000001-qa-002"])[1] == "<object2> is number 3, beside number 1."


def test_ids_that_share_a_mask_are_one_object(made, tmp_path):
    record = drawn(tmp_path, image(instance_level_caption={"1,2": "Two cups.", "3": "A plate."},
                                   image_level_caption="[1] [2] stand on [3], and [2] is full."))  # fmt: skip
    both = {"mask": encode(plane(1) | plane(2)).rle()}
    record["segmentations"] = {"1,2": both, "3": rle(3)}
    for row, _ in made("pixelrefer", record):
        if row["id"].endswith("scene"):
            assert row["objects"] == [[1, 2], [3]]
            assert texts(row)[1] == "<object0> stand on <object1>, and <object0> is full."
        elif "-instance-001" in row["id"]:
            assert (row["objects"], texts(row)[1]) == ([[1, 2]], "Two cups.")
            assert row["masks"] == [both["mask"]]


def test_two_ids_with_masks_of_their_own_are_two_objects(made, tmp_path):
    record = drawn(tmp_path, image(instance_level_caption={"1,2": "Two cups."}, image_level_caption=None))
    ((row, loader),) = made("pixelrefer", record)
    assert check(row, loader) == [([1], [1]), ([2], [1])]
    assert texts(row)[1] == "<object0> <object1>: Two cups."


@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_the_default_recipe_and_five_instances_pass_what_unipixel_asks_of_such_data(tmp_path, target):
    it.synth(tmp_path / "data", videos=20, images=20, masks=True)
    done = it.convert(tmp_path / "data", tmp_path / "out", to=target, max_instances=5, media="none")
    assert done.totals.samples > 500
    for shard in done.shards:
        for row in (VideoLlama3 if target == "pixelrefer" else VideoLlama2)(tmp_path / "out" / shard.name, "").rows:
            question, _ = texts(row)
            assert question.startswith(("<video>\n", "<image>\n"))
            objects = row["masks" if target == "pixelrefer" else "annotation"]
            assert question.count("<region>") == len(objects)
            assert 1 <= len(objects) <= 5


def test_instances_that_a_limit_numbers_anew_keep_their_masks(made, tmp_path):
    record = story()
    for frame in record["frame_level_caption"]:
        del frame["instance_level"]["1"]
        frame["image_level"] = "[3] is number 3."
    record["frame_level_caption"][0]["instance_level"]["1"] = "A bar, number 1."
    rows = made("pixelrefer", drawn(tmp_path, record), max_instances=2, recipe="captions")
    for row, loader in rows:
        told, pixels = loader(row)
        assert texts(row)[1] == "<object1> is number 3."
        assert [int(shown[0][0][shown[0][1]][0][0]) for shown in pixels] == [SHADES[1], SHADES[2]]
        assert len(told) == 1


# Masks


@pytest.mark.parametrize(("target", "frames"), ROUTES)
def test_an_empty_mask_is_never_written(made, tmp_path, target, frames):
    record = drawn(tmp_path, story())
    empty = encode(np.zeros((HIGH, WIDE), bool)).rle()
    record["segmentations"]["003.jpg"]["1"] = {"mask": empty}
    rows = made(target, record, frames=frames)
    assert empty["counts"] not in json.dumps([row for row, _ in rows])
    told = {row["id"]: check(row, loader, exact=frames == "images") for row, loader in rows}
    assert {ids[0]: times for ids, times in told["video-000001-qa-003"]} == (
        {1: [2], 3: [3]} if target == "pixelrefer" else {1: [1, 2], 3: [1, 2, 3]}
    )
    lost = "video-000001-instance-003-001 speaks of [1], of which there is no mask in what it shows"
    assert ("dropped-sample", lost) in rejects(tmp_path)


def test_an_instance_whose_masks_are_all_empty_is_a_fault(made, tmp_path):
    record = drawn(tmp_path, image())
    record["segmentations"]["2"] = {"mask": encode(np.zeros((HIGH, WIDE), bool)).rle()}
    lost = (
        "image-000001-instance-002 speaks of [2], of which every mask is empty: it would be taken for the whole picture"
    )
    with pytest.raises(SampleError, match=f"{re.escape(lost)}$") as caught:
        made("pixelrefer", record)
    assert caught.value.hint == "--on-error reject leaves such samples out"
    assert [row["id"] for row, _ in made("pixelrefer", record, on_error="reject")] == ["image-000001-instance-001"]
    assert rejects(tmp_path) == [("sample", lost), ("sample", lost.replace("instance-002", "scene"))]


def test_an_instance_without_a_mask_anywhere_is_a_fault(made, tmp_path):
    record = drawn(tmp_path, image())
    del record["segmentations"]["2"]
    lost = "image-000001-instance-002 speaks of [2], of which there is no mask in the record"
    with pytest.raises(SampleError, match=f"record 1 \\(id 1\\): {re.escape(lost)}$"):
        made("videorefer", record)
    made("videorefer", record, on_error="reject")
    assert rejects(tmp_path) == [("sample", lost), ("sample", lost.replace("instance-002", "scene"))]


def test_a_sample_about_no_object_is_listed_and_no_fault(made, tmp_path):
    record = drawn(tmp_path, image(image_level_caption="A kitchen."))
    rows = made("pixelrefer", record)
    assert len(rows) == 2
    lost = "image-000001-scene speaks of no object, and a region model is trained on regions"
    assert rejects(tmp_path) == [("dropped-sample", lost)]


@pytest.mark.parametrize("changes", [{}, {"segmentations": None}])
@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_a_record_without_masks_is_told_where_they_are(made, tmp_path, target, changes):
    record = drawn(tmp_path, story(), masks=False) | changes
    with pytest.raises(RecordError, match=r": it holds no masks, which region models are trained on$") as caught:
        made(target, record)
    assert caught.value.hint == "give the file whose name ends in _w_mask"


@pytest.mark.parametrize("segmentations", [{}, {"1.jpg": {}}])
@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_a_record_that_says_that_it_has_no_masks_is_taken_at_its_word(made, tmp_path, target, segmentations):
    record = drawn(tmp_path, story(), masks=False) | {"segmentations": segmentations}
    with pytest.raises(SampleError, match=r" speaks of \[.*\], of which there is no mask in the record$"):
        made(target, record)


def test_run_lengths_are_written_compressed(made, tmp_path):
    record = drawn(tmp_path, image())
    before = [record["segmentations"][key]["mask"] for key in "12"]
    runs = np.diff(np.flatnonzero(np.diff(plane(1).T.ravel(), prepend=0, append=2) != 0), prepend=0)
    record["segmentations"]["1"]["mask"] = {"size": [HIGH, WIDE], "counts": runs.tolist()}
    rows = made("pixelrefer", record)
    (scene,) = [row for row, _ in rows if row["id"].endswith("scene")]
    assert scene["masks"] == before


def test_a_mask_of_another_size_than_its_picture_is_a_fault(made, tmp_path):
    record = drawn(tmp_path, image())
    record["segmentations"]["2"] = rle(2, size=(WIDE, HIGH + 1))
    message = 'segmentations["2"]: is 33 high and 48 wide, and its picture is 32 high and 48 wide'
    with pytest.raises(MaskError, match=f"{re.escape(message)}$"):
        made("pixelrefer", record)


@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_masks_that_cannot_be_stacked_are_a_fault(made, tmp_path, target):
    record = drawn(tmp_path, story(2, questions=[]))
    record["segmentations"]["002.jpg"] = {key: rle(int(key), 2, (WIDE, HIGH + 2)) for key in "123"}
    file = tmp_path / "videos_raw" / "LVVIS" / "00001" / "002.jpg"
    Image.open(file).resize((WIDE, HIGH + 2)).save(file, "PNG")
    del record["segmentations"]["001.jpg"]["1"], record["segmentations"]["002.jpg"]["3"]
    record["video_level_caption"] = "[1] comes as [3] goes."
    record["question_answer_pairs"] = []
    for frame in record["frame_level_caption"]:
        frame.update(instance_level={"2": "A bar, number 2."}, image_level=None, temporal_change=None)
    message = "video-000001-video has masks of 32 x 48 and 34 x 48 (height x width), and the loader stacks them"
    with pytest.raises(SampleError, match=f"{re.escape(message)}$"):
        made(target, record)


@pytest.mark.parametrize("literal", ["<region>", "<object0>", "<video>", "<image>", "<|im_end|>", "</s>"])
@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_what_the_loaders_take_for_their_own_is_in_no_caption(made, tmp_path, target, literal):
    with pytest.raises(TextError, match=r"which the trainer takes for its own$"):
        made(target, drawn(tmp_path, image(image_level_caption=f"[1] says {literal}.")))


# Folders of frames


def video_rows(rows):
    return [row for row, _ in rows if "video" in row]


def test_a_folder_is_named_where_it_shows_what_the_sample_does(made, tmp_path):
    rows = video_rows(made("videorefer", drawn(tmp_path, story())))
    assert {row["video"] for row in rows} == {"videos_raw/LVVIS/00001"}
    assert [row["frames"] for row in rows] == [["001.jpg", "002.jpg", "003.jpg"]] * 4
    why = "video-000001-change-002 cannot be shown by a folder of frames, which is read whole and by name"
    assert ("dropped-sample", f"{why}: it shows 2 of 3 frames") in rejects(tmp_path)


def test_a_folder_whose_names_are_not_in_order_is_not_named(made, tmp_path):
    rows = made("videorefer", drawn(tmp_path, story(12, padded=False)))
    assert video_rows(rows) == []
    why = "video-000001-video cannot be shown by a folder of frames, which is read whole and by name"
    assert ("dropped-sample", f"{why}: 10.jpg comes before 2.jpg there") in rejects(tmp_path)


def test_a_folder_that_holds_more_is_not_named(made, tmp_path):
    record = drawn(tmp_path, story())
    (tmp_path / "videos_raw" / "LVVIS" / "00001" / "thumbs.db").write_text("")
    assert video_rows(made("videorefer", record)) == []
    why = "video-000001-video cannot be shown by a folder of frames, which is read whole and by name"
    assert ("dropped-sample", f"{why}: videos_raw/LVVIS/00001 holds other files beside its frames") in rejects(tmp_path)


def test_frames_in_several_folders_are_not_one(made, tmp_path):
    record = story()
    for frame in record["frame_level_caption"]:
        frame["frame_name"] = f"{frame['timestamp']}/1.jpg"
    assert video_rows(made("videorefer", drawn(tmp_path, record))) == []
    assert any(message.endswith("its frames are in several folders") for _, message in rejects(tmp_path))


def test_a_clip_of_odd_pictures_has_masks_of_its_own_size(made, tmp_path):
    rows = made("videorefer", drawn(tmp_path, story(), size=(WIDE + 1, HIGH + 1)), frames="mp4")
    sizes = {tuple(each["segmentation"]["size"]) for row in video_rows(rows) for entry in row["annotation"]
             for each in entry.values()}  # fmt: skip
    assert sizes == {(HIGH + 2, WIDE + 2)}
    for row, loader in rows:
        check(row, loader, exact=False)


# Pictures and what is said


@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_pictures_are_those_without_marks_unless_others_are_asked_for(made, tmp_path, target):
    record = drawn(tmp_path, image())
    ((first, _), *_) = made(target, record)
    assert first["image"] == "images_raw/sa_000001/1.jpg"
    (tmp_path / "images_raw").rename(tmp_path / "images_vpt")
    for marks in ("vpt", "keep"):
        message = rf"^--marks {marks} trains on pictures that may have ids drawn .*; --marks raw \(the default here\)"
        with pytest.warns(UserWarning, match=message):
            ((first, _), *_) = made(target, record, marks=marks)
        assert first["image"] == "images_vpt/sa_000001/1.jpg"


@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_a_folder_with_marked_pictures_only_is_told_apart(made, tmp_path, target):
    record = drawn(tmp_path, image())
    (tmp_path / "images_raw").rename(tmp_path / "images_vpt")
    message = f"--to {target} is for pictures without marks, and {tmp_path} has no images_raw, no videos_raw"
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$") as caught:
        made(target, record)
    assert caught.value.hint == "put them there, or take those with marks: --marks vpt"


def test_what_folders_of_frames_cost_is_said_once(tmp_path, made):
    records = [drawn(tmp_path, story()), drawn(tmp_path, image())]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made("videorefer", *records)
    (said,) = [str(each.message) for each in caught]
    assert re.match(r"videorefer takes a folder of frames whole .*; --frames mp4 makes a video file of each$", said)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made("videorefer", *records, frames="mp4")
        made("pixelrefer", *records)


@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_without_pictures_rows_are_made_all_the_same(tmp_path, target):
    record = drawn(tmp_path / "elsewhere", story())
    (tmp_path / "records.json").write_text(json.dumps([record]))
    done = it.convert(tmp_path / "records.json", tmp_path / "out", to=target, media="none")
    assert done.totals.samples > 10
    report = verify_folder(tmp_path / "out")
    assert (report.problems, report.pictures) == ((), False)


@pytest.mark.parametrize("target", ["pixelrefer", "videorefer"])
def test_with_no_input_made_up_data_with_masks_are_taken(run, tmp_path, target):
    done = run("convert", "--to", target)
    assert b"made-up data in instit-output/made-up-with-masks" in done.stderr
    assert b"0 problems" in done.stderr
    assert done.returncode == (3 if target == "videorefer" else 0)
    guide = (tmp_path / "instit-output" / target / "README.md").read_text()
    assert "--data_folder" in guide
    assert "$" not in guide
