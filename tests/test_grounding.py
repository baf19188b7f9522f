"""ms-swift's rows with boxes: what they ask, whose box it is, what is in none, and what verify finds in them."""

import json
import re
import shutil

import datasets
import msgspec
import numpy as np
import pytest
from conftest import image, squares, video
from damaging import found, rewritten
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as rle

import instit_tools as it
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import MaskError, RecordError, TextError, UsageError
from instit_tools.grounding import Grounded, ground
from instit_tools.made_up import Options, write
from instit_tools.recipes.gate import Origin
from instit_tools.recipes.load import Recipe
from instit_tools.records import ImageRecord
from instit_tools.samples import Frame, Reject

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:ResourceWarning"),  # datasets leaves files to the collector
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # pycocotools, numpy 2
]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grounding") / "made-up"
    write(folder, Options(videos=6, images=6, media=True, masks=True, seed=0))
    return folder


@pytest.fixture(scope="module")
def whole(made_up):
    """The made-up data as rows with boxes; not to be changed."""
    out = made_up.parent / "whole"
    it.convert(made_up, out, to="ms-swift", dialect="grounding")
    return out


@pytest.fixture
def rows(tmp_path, array):
    """Convert records, by default without pictures, and give the rows by id."""

    def make(*given, **changes):
        settings = {"inputs": (str(array(*given)),), "out": str(tmp_path / "out"), "target": "ms-swift",
                    "dialect": "grounding", "media": "none"}  # fmt: skip
        convert(Settings(**(settings | changes)))
        return {row["id"]: row for row in read(tmp_path / "out")}

    return make


def read(folder):
    return [json.loads(line) for path in sorted(folder.glob("*-0*.jsonl")) for line in path.read_text().splitlines()]


def rejects(tmp_path):
    path = tmp_path / "out" / "rejects.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def masked(number=1, *, frames=3, keys=("1", "2"), **changes):
    """A video with squares for masks in every frame."""
    return video(number, frames=frames, **{"segmentations": {f"{t}.jpg": squares(*keys) for t in range(1, frames + 1)},
                                           **changes})  # fmt: skip


def asked(row):
    """Questions and answers, without the pictures' placeholders and the preamble."""
    texts = [message["content"] for message in row["messages"]]
    return [texts[0].rpartition("\n")[2], *texts[1:]]


def filled(row):
    """The texts as the trainer sees them: the next name and the next box in each place."""
    names, boxes = iter(row["objects"]["ref"]), iter(row["objects"]["bbox"])
    fill = {"<ref-object>": lambda: next(names), "<bbox>": lambda: str(next(boxes))}
    texts = [re.sub("<ref-object>|<bbox>", lambda match: fill[match[0]](), text) for text in asked(row)]
    assert (next(names, None), next(boxes, None)) == (None, None)
    return texts


FIRST, SECOND = [0, 2, 4, 6], [5, 2, 9, 6]


# What the rows are


def test_a_picture_makes_a_row_of_where_and_one_of_what(rows):
    made = rows(image(1, segmentations=squares("1", "2")))
    assert list(made) == ["image-000001-where", "image-000001-what"]
    where, what = made.values()
    assert where["objects"] == {
        "ref": ["A red cup.", "A blue plate."], "bbox": [FIRST, SECOND], "bbox_type": "real", "image_id": [0, 0],
    }  # fmt: skip
    assert [text.count("<ref-object>") for text in asked(where)] == [1, 0, 1, 0]
    assert asked(where)[1::2] == ["<bbox>", "<bbox>"]
    assert what["objects"] == where["objects"]
    assert [text.count("<bbox>") for text in asked(what)] == [1, 0, 1, 0]
    assert asked(what)[1::2] == ["<ref-object>", "<ref-object>"]
    assert filled(what)[1::2] == ["A red cup.", "A blue plate."]
    assert where["messages"][0]["content"].startswith("<image>\nObjects are labelled with numbers")
    assert where["images"] == what["images"] == ["images_vpt/sa_000001/1.jpg"]
    assert (where["timestamps"], where["instances"]) == ([1], [1, 2])


def test_a_video_makes_one_more_of_where_each_instance_is_in_which_frame(rows):
    record = masked()
    del record["segmentations"]["2.jpg"]["2"]
    made = rows(record)
    assert list(made)[:4] == [f"video-000001-{part}-00{time}" for time in (1, 2) for part in ("where", "what")]
    track = made["video-000001-track"]
    assert asked(track)[1::2] == ["<1>: <bbox>\n<2>: <bbox>\n<3>: <bbox>", "<1>: <bbox>\n<3>: <bbox>"]
    assert track["objects"] == {
        "ref": ["A cat, seen 1 times.", "A dog."],
        "bbox": [FIRST, FIRST, FIRST, SECOND, SECOND],
        "bbox_type": "real",
        "image_id": [0, 1, 2, 0, 2],
    }
    assert track["messages"][0]["content"].startswith("Frame <1>: <image>\nFrame <2>: <image>\nFrame <3>: <image>\n")


def test_with_fewer_frames_boxes_are_in_those_that_are_shown(rows):
    record = masked(frames=5)
    track = rows(record, max_frames=2)["video-000001-track"]
    assert track["timestamps"] == [1, 5]
    assert track["objects"]["image_id"] == [0, 1, 0, 1]
    assert asked(track)[1] == "<1>: <bbox>\n<2>: <bbox>"


def test_a_group_has_the_box_of_all_its_members(rows):
    record = image(1, instance_level_caption={"1,2": "Two things."}, segmentations=squares("1", "2"))
    assert rows(record)["image-000001-where"]["objects"]["bbox"] == [[0, 2, 9, 6]]


def test_made_up_rows_fill_to_the_boxes_of_the_masks(whole, made_up):
    records = {f"image-{each['image_id']:06d}": each
               for each in json.loads((made_up / "made_up_image_w_mask.json").read_text())}  # fmt: skip
    seen = 0
    for row in read(whole):
        texts = filled(row)
        assert all(texts)
        if row["id"].endswith("-where") and row["id"].startswith("image"):
            record = records[row["id"].removesuffix("-where")]
            for place, (key, caption) in enumerate(record["instance_level_caption"].items()):
                plane = rle.decode(record["segmentations"][key]["mask"])
                down, across = np.nonzero(plane)
                box = [across.min(), down.min(), across.max() + 1, down.max() + 1]
                assert texts[2 * place].endswith(caption.strip())
                assert texts[2 * place + 1] == str(list(map(int, box)))
                seen += 1
    assert seen > 6


def test_the_wording_follows_from_the_seed_and_nothing_else(rows):
    records = [image(number, segmentations=squares("1", "2")) for number in range(1, 20)]
    first, again, other = rows(*records), rows(*records, overwrite=True), rows(*records, overwrite=True, seed=1)
    assert first == again
    assert first.keys() == other.keys()
    assert {asked(row)[0] for row in first.values()} == {asked(row)[0] for row in other.values()}
    assert [asked(row)[0] for row in first.values()] != [asked(row)[0] for row in other.values()]
    assert len({asked(row)[0] for row in first.values()}) == 8


@pytest.mark.parametrize("kind", ["video", "image"])
def test_datasets_reads_the_rows_with_one_schema(whole, kind, tmp_path):
    path = str(whole / f"{kind}-000000.jsonl")
    loaded = datasets.load_dataset("json", data_files=path, split="train", cache_dir=str(tmp_path))
    assert loaded.to_list() == [json.loads(line) for line in (whole / f"{kind}-000000.jsonl").read_text().splitlines()]


def test_rows_of_what_alone_have_the_same_schema(rows, tmp_path):
    rows(image(1, segmentations=squares("1")), shard_size=1)
    paths = [str(path) for path in sorted((tmp_path / "out").glob("image-*.jsonl"))]
    assert len(paths) == 2
    loaded = datasets.load_dataset("json", data_files=paths[::-1], split="train", cache_dir=str(tmp_path / "cache"))
    assert [row["objects"]["ref"] for row in loaded] == [["A red cup."]] * 2


def test_a_record_without_masks_is_told_where_they_are(tmp_path, array):
    settings = Settings(
        inputs=(str(array(image())),), out=str(tmp_path / "out"), target="ms-swift", dialect="grounding"
    )
    with pytest.raises(
        RecordError, match=r"record 1 \(id 1\): it holds no masks, whose boxes are asked for$"
    ) as caught:
        convert(settings)
    assert caught.value.hint == "give the file whose name ends in _w_mask"


def test_with_no_input_made_up_data_with_masks_are_taken(run):
    done = run("convert", "--to", "ms-swift", "--dialect", "grounding")
    assert done.returncode == 0, done.stderr
    assert b"made-up data in instit-output/made-up-with-masks" in done.stderr
    assert b"as ms-swift-grounding reads them, 0 problems" in done.stderr


def test_it_is_the_same_however_the_work_is_divided(tmp_path, made_up):
    out, made = tmp_path / "out", []
    for workers in (1, 2):
        it.convert(made_up, out, to="ms-swift", dialect="grounding", workers=workers)
        made.append(contents(out))
        shutil.rmtree(out)
    for number in (1, 2):
        it.convert(made_up, out, to="ms-swift", dialect="grounding", part=(number, 2))
    it.merge(out)
    assert made == [contents(out)] * 2


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# What is in no row


def test_an_instance_without_a_mask_is_in_no_row_and_listed(rows, tmp_path):
    made = rows(masked(frames=1, keys=("1",)))
    assert list(made) == ["video-000001-where-001", "video-000001-what-001"]
    assert made["video-000001-where-001"]["objects"]["ref"] == ["A cat, seen 1 times."]
    assert rejects(tmp_path) == [
        {
            "file": str(tmp_path / "annotations.json"), "number": 1, "record": 1,
            "field": "/frame_level_caption/0/instance_level/2", "reason": "dropped-instance",
            "message": "it is of an instance without a mask, and so without a box", "text": "A dog.",
        }
    ]  # fmt: skip


def test_an_empty_mask_is_none(rows, tmp_path):
    masks = {"1": {"mask": {"size": [20, 31], "counts": [620]}}}
    assert rows(image(1, instance_level_caption={"1": "A cup."}, segmentations=masks)) == {}
    assert [each["reason"] for each in rejects(tmp_path)] == ["dropped-instance"]


def test_a_mask_without_a_caption_is_asked_about_by_nobody(rows, tmp_path):
    assert rows(image(1, instance_level_caption={}, segmentations=squares("1"))) == {}
    assert rejects(tmp_path) == []


def test_a_key_that_is_no_id_is_a_fault(rows):
    record = image(1, instance_level_caption={"x": "A cup."}, segmentations=squares("1"))
    with pytest.raises(TextError, match=r"/instance_level_caption/x: the key 'x' is no instance id$"):
        rows(record)


@pytest.mark.parametrize("literal", ["<bbox>", "<ref-object>", "<image>", "<|box_start|>", "{{"])
def test_a_text_that_holds_a_place_of_its_own_is_refused(rows, tmp_path, literal):
    record = image(
        1, instance_level_caption={"1": f"A {literal} cup.", "2": "A plate."}, segmentations=squares("1", "2")
    )
    with pytest.raises(TextError, match=r"it holds '[^']+', which the trainer takes for its own$"):
        rows(record)
    made = rows(record, on_error="reject")
    assert made["image-000001-where"]["objects"]["ref"] == ["A plate."]
    assert [each["reason"] for each in rejects(tmp_path)] == ["reserved"]


def test_a_text_about_a_frame_that_a_picture_does_not_show_is_only_in_the_row_of_the_video(rows, tmp_path):
    record = masked(keys=("1",))
    for frame in record["frame_level_caption"]:
        frame["instance_level"] = {"1": "A cat, back at <3>."}
    made = rows(record)
    assert list(made) == ["video-000001-where-003", "video-000001-what-003", "video-000001-track"]
    assert made["video-000001-track"]["objects"]["ref"] == ["A cat, back at <3>."]
    assert {each["reason"] for each in rejects(tmp_path)} == {"dropped-frame"}


def test_instances_that_are_too_many_are_left_out_and_listed(rows, tmp_path):
    made = rows(image(1, segmentations=squares("1", "2")), max_instances=1)
    assert made["image-000001-where"]["objects"]["ref"] == ["A red cup."]
    assert [each["message"] for each in rejects(tmp_path)] == ["it is of an instance that --max-instances leaves out"]


def test_a_damaged_mask_stops_the_conversion(rows, tmp_path):
    broken = image(1, segmentations={"1": {"mask": {"size": [20, 31], "counts": [3]}}})
    with pytest.raises(MaskError, match=r'record 1 \(id 1\): segmentations\["1"\]: is damaged: its runs make 3 pixels'):
        rows(broken)
    made = rows(broken, image(2, segmentations=squares("1", "2")), on_error="reject")
    assert list(made) == ["image-000002-where", "image-000002-what"]
    assert [each["reason"] for each in rejects(tmp_path)] == ["record"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recipe": "paper"}, "--recipe means nothing to the target ms-swift with --dialect grounding"),
        ({"frames": "video-list"}, "ms-swift takes boxes in pictures only"),
        ({"dialect": "boxes"}, "the target ms-swift has no dialect 'boxes'"),
    ],
)
def test_options_that_do_not_go_with_boxes_are_refused(rows, changes, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        rows(image(), **changes)


WORDS = st.sampled_from(
    ["A cup.", "A cup of [1].", "As [2] at <1>.", "Gone at <7>.", "<bbox>", "é\n\u2028", " ", "[9]"]
)


@given(
    st.dictionaries(st.sampled_from(["1", "2", "3", "1,2", "x"]), WORDS),
    st.lists(st.sampled_from(["1", "2", "3"]), unique=True),
)
def test_every_caption_is_in_a_row_or_listed_and_places_are_as_many_as_what_goes_in(captions, masks):
    segmentations = msgspec.Raw(json.dumps(squares(*masks)).encode())
    record = ImageRecord(id=1, path="images_vpt/1.jpg", instances=captions, segmentations=segmentations)
    frame = Frame(path="images_vpt/1.jpg", timestamp=1)
    origin = Origin(file="f", number=1, key="image-000001", reserved=("<bbox>", "<ref-object>"))
    made = list(ground(record, [frame], Recipe(), origin))
    rows = [each for each in made if isinstance(each, Grounded)]
    left = [each for each in made if isinstance(each, Reject)]
    asked = sum(len(each.sample.turns) for each in rows if each.sample.provenance.part == "where")
    assert asked + len(left) == sum(bool(text.strip()) for text in captions.values())
    for each in rows:
        text = "".join(turn.user + turn.assistant for turn in each.sample.turns)
        assert text.count("<bbox>") == len(each.corners) == len(each.pictures)
        assert text.count("<ref-object>") == len(each.names)
        assert all(0 <= left < right <= 31 and 0 <= top < bottom <= 20 for left, top, right, bottom in each.corners)


# What verify finds

SHARD = "image-000000.jsonl"


@pytest.fixture
def small(tmp_path, array):
    path = tmp_path / "media" / "images_vpt" / "sa_000001" / "1.jpg"
    path.parent.mkdir(parents=True)
    Image.new("RGB", (31, 20)).save(path)
    source = array(image(1, segmentations=squares("1", "2")))
    it.convert(source, tmp_path / "out", to="ms-swift", dialect="grounding", media=tmp_path / "media")
    return tmp_path / "out"


def objects(**values):
    return lambda row: row["objects"].update(values)


def content(place, old, new):
    def change(row):
        row["messages"][place]["content"] = row["messages"][place]["content"].replace(old, new)

    return change


DEFECTS = {
    "a box too few": (objects(bbox=[FIRST], image_id=[0]), "objects.bbox", "has 1 for 2 <bbox> in the texts"),
    "a place too few": (content(3, "<bbox>", "here"), "objects.bbox", "has 2 for 1 <bbox> in the texts"),
    "a place too many": (content(1, "<bbox>", "<bbox> <bbox>"), "objects.bbox", "has 2 for 3 <bbox> in the texts"),
    "a name too few": (objects(ref=["A red cup."]), "objects.ref", "has 1 for 2 <ref-object> in the texts"),
    "a name that is none": (objects(ref=["A red cup.", ""]), "objects.ref[1]", "is empty"),
    "a name with a place": (
        objects(ref=["A red cup.", "A <bbox>."]), "objects.ref[1]",
        "holds '<bbox>', which the trainer takes for its own",
    ),
    "a name of nobody": (
        objects(ref=["A red cup.", "Like [7]."]), "objects.ref[1]", "speaks of [7], which is none of its instances",
    ),
    "corners swapped": (
        objects(bbox=[FIRST, [9, 2, 5, 6]]), "objects.bbox[1]",
        "is [9, 2, 5, 6], which encloses nothing: x1 < x2 and y1 < y2",
    ),
    "a box of no height": (
        objects(bbox=[FIRST, [5, 2, 9, 2]]), "objects.bbox[1]",
        "is [5, 2, 9, 2], which encloses nothing: x1 < x2 and y1 < y2",
    ),
    "a box beyond the picture": (
        objects(bbox=[FIRST, [5, 2, 32, 6]]), "objects.bbox[1]", "is [5, 2, 32, 6], and its picture is 31 x 20",
    ),
    "a box before the picture": (
        objects(bbox=[FIRST, [-1, 2, 9, 6]]), "objects.bbox[1]", "is [-1, 2, 9, 6], and its picture is 31 x 20",
    ),
    "a box of three": (objects(bbox=[FIRST, [5, 2, 9]]), "objects.bbox[1]", "is [5,2,9] and not x1, y1, x2, y2"),
    "a picture that is not shown": (
        objects(image_id=[0, 1]), "objects.image_id[1]", "is 1, and there are 1 picture(s), from 0 on",
    ),
    "no picture for a box": (objects(image_id=[0]), "objects.image_id", "has 1 numbers for 2 boxes"),
    "boxes of another kind": (
        objects(bbox_type="norm1"), "objects.bbox_type", "is 'norm1' where 'real' is due: boxes are in pixels",
    ),
    "a text in an answer": (
        content(1, "<bbox>", "<bbox> <|im_end|>"), "messages[1].content",
        "holds '<|', which the trainer takes for its own",
    ),
    "a column that is taken": (
        lambda row: row.update(label=1), "label", "is a column that the loader takes for its own",
    ),
}  # fmt: skip


def damaged(folder, change):
    """Change the row of where, and leave no other for its columns to differ from."""
    row = json.loads((folder / SHARD).read_text().splitlines()[0])
    change(row)
    rewritten(folder, SHARD, json.dumps(row).encode() + b"\n", samples=1)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_told_by_one_sentence(small, defect):
    change, field, message = DEFECTS[defect]
    damaged(small, change)
    assert found(small) == [(SHARD, 1, field, message)]


def test_objects_of_another_shape_are_told(small):
    for value in (None, [], {}, {"ref": [], "bbox": []}):
        damaged(small, lambda row, value=value: row.update(objects=value))
        assert (SHARD, 1, "objects", "are not ref, bbox, bbox_type and image_id: the row is deleted") in found(small)


def test_objects_that_are_no_lists_are_told(small):
    damaged(small, objects(bbox="x"))
    assert found(small) == [(SHARD, 1, "objects", "ref, bbox and image_id are not all lists")]


def test_boxes_without_pictures_are_told(small):
    damaged(small, lambda row: row.update(videos=[row.pop("images")]))
    assert (SHARD, 1, "objects", "belong to pictures, and the row has none") in found(small)


def test_without_pictures_to_look_at_boxes_are_checked_all_the_same(small):
    assert found(small, media="none") == []
    damaged(small, objects(bbox=[FIRST, [-1, 2, 9, 6]]))
    assert found(small, media="none") == [(SHARD, 1, "objects.bbox[1]", "is [-1, 2, 9, 6], outside any picture")]


def test_rows_that_are_not_about_boxes_may_have_no_objects(small, tmp_path):
    messages = {message for *_, message in found(small, reader="ms-swift")}
    assert "is a column that the loader takes for its own" in messages
    assert "holds '<bbox>', which the trainer takes for its own" in messages
    it.convert(tmp_path / "annotations.json", tmp_path / "plain", to="ms-swift", media=tmp_path / "media")
    assert found(tmp_path / "plain") == []
    messages = {message for *_, message in found(tmp_path / "plain", reader="ms-swift-grounding")}
    assert messages == {"are not ref, bbox, bbox_type and image_id: the row is deleted"}


def test_the_guide_says_what_goes_where(small):
    text = (small / "README.md").read_text()
    assert "`<bbox>` the next of `bbox`" in text
    limit = int(re.search(r"--max_length (\d+)", text)[1])
    assert limit >= max(len(json.dumps(row)) for row in read(small)) - 400
