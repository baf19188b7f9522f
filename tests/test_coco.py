"""COCO files: what pycocotools makes of them, what becomes of what has no mask, and that parts join to one file."""

import json
import re
import shutil
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from conftest import image, squares, video
from damaging import found, rewritten
from hypothesis import given
from hypothesis import strategies as st
from objects import environment
from PIL import Image
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import instit_tools as it
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.conversion.wholes import joined
from instit_tools.conversion.work import Done
from instit_tools.errors import MaskError, MediaError, RecordError, SampleError, UsageError
from instit_tools.instances import told
from instit_tools.made_up import Options, write
from instit_tools.manifest import Shard
from instit_tools.masks import encode
from instit_tools.records import ShortLong
from instit_tools.targets.coco import WHOLES

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, numpy 2

FILES = ("instances_video", "captions_video", "instances_image", "captions_image")


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coco") / "made-up"
    write(folder, Options(videos=6, images=6, media=True, masks=True, seed=0))
    return folder


@pytest.fixture(scope="module")
def whole(made_up):
    """The made-up data as COCO files; not to be changed."""
    out = made_up.parent / "whole"
    it.convert(made_up, out, to="coco")
    return out


def records(folder):
    """The records of both kinds, as JSON, by kind and id."""
    read = [json.loads(path.read_text()) for path in sorted(folder.glob("made_up_*.json"))]
    return {("video" if "video_id" in each else "image", each.get("video_id", each.get("image_id"))): each
            for every in read for each in every}  # fmt: skip


def masks_of(record, timestamp=None):
    """The published masks of a picture."""
    if timestamp is None:
        return record["segmentations"]
    names = {frame["timestamp"]: frame["frame_name"] for frame in record["frame_level_caption"]}
    return record["segmentations"][names[timestamp]]


def decoded(segment):
    size = segment["mask"]["size"]
    code = segment["mask"]
    return rle.decode(code if isinstance(code["counts"], str) else rle.frPyObjects(code, *size))


@pytest.fixture
def files(tmp_path, array):
    """Convert records, by default without pictures, and give the files that there are, by name."""

    def make(*given, **changes):
        settings = {"inputs": (str(array(*given)),), "out": str(tmp_path / "out"), "target": "coco", "media": "none"}
        convert(Settings(**(settings | changes)))
        paths = {name: tmp_path / "out" / "annotations" / f"{name}.json" for name in FILES}
        return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}

    return make


def masked(number=1, *, frames=3, keys=("1", "2"), **changes):
    """A video with squares for masks in every frame."""
    return video(number, frames=frames, **{"segmentations": {f"{t}.jpg": squares(*keys) for t in range(1, frames + 1)},
                                           **changes})  # fmt: skip


# What pycocotools makes of it


@pytest.mark.parametrize("kind", ["video", "image"])
def test_pycocotools_gives_back_the_masks_of_the_records(whole, made_up, kind):
    coco = COCO(whole / "annotations" / f"instances_{kind}.json")
    published = records(made_up)
    seen = 0
    for shown in coco.loadImgs(coco.getImgIds()):
        record = published[kind, shown.get("video_id", shown.get("record_id"))]
        masks = masks_of(record, shown.get("timestamp"))
        with Image.open(made_up / shown["file_name"]) as picture:
            assert picture.size == (shown["width"], shown["height"])
        each = coco.loadAnns(coco.getAnnIds(shown["id"], catIds=[1], iscrowd=False))
        assert {str(annotation["attributes"]["inst_id"]) for annotation in each} == masks.keys()
        for annotation in each:
            plane = decoded(masks[str(annotation["attributes"]["inst_id"])])
            assert np.array_equal(coco.annToMask(annotation), plane)
            rows, columns = np.nonzero(plane)
            left, top = columns.min(), rows.min()
            assert annotation["bbox"] == [left, top, columns.max() - left + 1, rows.max() - top + 1]
            assert annotation["area"] == plane.sum()
            seen += 1
    assert seen == sum(
        len(masks) for (of, _), record in published.items() if of == kind
        for masks in (record["segmentations"].values() if kind == "video" else [record["segmentations"]])
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["video", "image"])
@pytest.mark.parametrize("what", ["segm", "bbox"])
def test_the_evaluation_of_the_truth_against_itself_is_perfect(whole, kind, what):
    truth = COCO(whole / "annotations" / f"instances_{kind}.json")
    key = {"segm": "segmentation", "bbox": "bbox"}[what]
    same = [
        {"image_id": each["image_id"], "category_id": each["category_id"], key: each[key], "score": 1.0}
        for each in truth.loadAnns(truth.getAnnIds())
    ]
    judged = COCOeval(truth, truth.loadRes(same), what)
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    assert judged.stats[0] == pytest.approx(1.0)
    assert judged.stats[8] == pytest.approx(1.0)


def test_captions_open_too_and_are_those_of_the_pictures(whole, made_up):
    published = records(made_up)
    for kind in ("video", "image"):
        coco = COCO(whole / "annotations" / f"captions_{kind}.json")
        expected = Counter(
            text for (of, _), record in published.items() if of == kind
            for text in ([frame["image_level"] for frame in record["frame_level_caption"]] if kind == "video"
                         else [record["image_level_caption"]]) if text
        )  # fmt: skip
        assert Counter(each["caption"] for each in coco.loadAnns(coco.getAnnIds())) == expected
        assert set(coco.getImgIds()) >= {each["image_id"] for each in coco.anns.values()}


def test_every_text_of_the_records_is_in_one_of_the_files(whole, made_up):
    written = {name: json.loads((whole / "annotations" / f"{name}.json").read_text()) for name in FILES}
    said = {text for tree in written.values() for text in texts(tree)}
    for record in records(made_up).values():
        for text in texts({key: value for key, value in record.items() if key != "segmentations"}):
            assert text.strip() in said or "frame" in text or "/" in text or text.endswith(("jpg", "png", "webp"))


def texts(tree):
    """Every text that is not empty."""
    if isinstance(tree, str):
        return {tree} if tree.strip() else set()
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return {text for child in children for text in texts(child)}


# Ids


def test_ids_are_unique_in_all_files_and_say_where_they_are_from(whole, made_up):
    written = [json.loads((whole / "annotations" / f"{name}.json").read_text()) for name in FILES]
    assert max(Counter(each["id"] for tree in written for each in tree["annotations"]).values()) == 1
    images = [each for tree in written[::2] for each in tree["images"]]
    assert max(Counter(each["id"] for each in images).values()) == 1
    order = list(records(made_up))
    for each in images:
        kind, number = ("video", each["video_id"]) if "video_id" in each else ("image", each["record_id"])
        assert each["id"] // 1000 == order.index((kind, number)) + 1
        assert each["id"] % 1000 == each.get("frame_id", 0) + 1
    for tree in written:
        assert all(each["id"] // 1000 == each["image_id"] for each in tree["annotations"])


@pytest.fixture
def several(tmp_path, made_up):
    """The made-up records in six files, each of which is a part of the work at least."""
    folder = tmp_path / "several"
    folder.mkdir()
    every = list(records(made_up).values())
    for number in range(6):
        (folder / f"{number}.json").write_text(json.dumps(every[2 * number : 2 * number + 2]))
    return folder


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_files_are_the_same_however_the_work_is_divided(several, made_up, tmp_path, whole):
    out, made = tmp_path / "out", []
    for workers in (1, 2):
        it.convert(several, out, to="coco", media=made_up, workers=workers)
        made.append(contents(out))
        shutil.rmtree(out)
    for number in (1, 2, 3):
        it.convert(several, out, to="coco", media=made_up, part=(number, 3))
    it.merge(out)
    assert made == [contents(out)] * 2
    for name in FILES:
        key = f"annotations/{name}.json"
        assert made[0][key] == (whole / key).read_bytes()


def test_a_run_that_was_stopped_goes_on_to_the_same_files(several, made_up, tmp_path):
    it.convert(several, tmp_path / "good", to="coco", media=made_up)
    media = tmp_path / "media"
    shutil.copytree(made_up, media)
    (missing,) = (media / each["image_path"] for each in json.loads((several / "2.json").read_text())[-1:])
    missing.rename(missing.with_suffix(".away"))
    with pytest.raises(MediaError, match="is missing"):
        it.convert(several, tmp_path / "out", to="coco", media=media, workers=1)
    assert not (tmp_path / "out").exists()
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / ".out.partial" / "parts").iterdir()}
    assert len(kept) == 2
    missing.with_suffix(".away").rename(missing)
    it.convert(several, tmp_path / "out", to="coco", media=media)
    for name in FILES:
        key = f"annotations/{name}.json"
        assert (tmp_path / "out" / key).read_bytes() == (tmp_path / "good" / key).read_bytes()


def test_at_an_address_the_files_are_joined_to_the_same_bytes(several, made_up, tmp_path, run, bucket):
    it.convert(several, tmp_path / "out", to="coco", media=made_up)
    here, env = contents(tmp_path / "out"), environment(bucket.server.url)
    done = run("convert", several, "--to", "coco", "-o", bucket.at("out"), "--media", made_up, env=env)
    assert done.returncode == 0, done.stderr
    for name in FILES:
        key = f"annotations/{name}.json"
        assert bucket.server.ask("GET", f"/{bucket.name}/out/{key}") == here[key]
    done = run("verify", bucket.at("out"), "--media", made_up, env=env)
    assert (done.returncode, done.stdout.decode().endswith("read as coco\n")) == (0, True)


PIECES = {part for each in WHOLES for part in each.parts if isinstance(part, str)}


def _shard(kind, text, elements):
    return Shard(name=kind, kind=kind, samples=len(elements), bytes=len(text), sha256="")


@given(st.lists(st.dictionaries(st.sampled_from(sorted(PIECES)), st.lists(st.integers(), min_size=1)), max_size=5))
def test_pieces_join_to_one_list_of_their_elements_in_order(parts):
    written = [
        {kind: b",\n".join(str(number).encode() for number in numbers) for kind, numbers in part.items()}
        for part in parts
    ]
    done = [
        Done(
            shards=tuple(_shard(kind, text, part[kind]) for kind, text in bytes_of.items()),
            beside=(),
            pieces=(),
            records=0,
            rejects={},
        )
        for part, bytes_of in zip(parts, written, strict=True)
    ]
    for each in joined(WHOLES, done):
        content = b"".join(
            piece if isinstance(piece, bytes) else written[piece[0]][piece[1].kind] for piece in each.pieces
        )
        assert each.size == len(content)
        tree = json.loads(content)
        for before, kind in zip(each.whole.parts, each.whole.parts[1:], strict=False):
            if isinstance(kind, str):
                name = re.search(rb'"(\w+)":\[\n$', before)[1].decode()
                assert tree[name] == [number for part in parts for number in part.get(kind, ())]


# What has no mask, and what has no caption


def test_an_instance_without_a_mask_has_no_box_and_keeps_its_caption(files):
    tree = files(masked(keys=("1",)))["instances_video"]
    assert [each["attributes"] for each in tree["annotations"]] == [
        {"inst_id": 1, "caption": f"A cat, seen {time} times."} for time in (1, 2, 3)
    ]
    assert [each["without_mask"] for each in tree["images"]] == [[{"key": "2", "caption": "A dog."}]] * 3


def test_a_mask_without_a_caption_is_an_annotation_all_the_same(files):
    tree = files(masked(keys=("1", "2", "7")))["instances_video"]
    assert [each["attributes"] for each in tree["annotations"][:3]] == [
        {"inst_id": 1, "caption": "A cat, seen 1 times."}, {"inst_id": 2, "caption": "A dog."}, {"inst_id": 7},
    ]  # fmt: skip


def test_a_mask_of_no_pixel_has_no_box(files):
    empty = {"mask": {"size": [20, 31], "counts": [620]}}
    record = masked(frames=1, segmentations={"1.jpg": {**squares("1"), "2": empty, "3": empty}})
    tree = files(record)["instances_video"]
    assert [each["attributes"]["inst_id"] for each in tree["annotations"]] == [1]
    assert tree["images"][0]["without_mask"] == [{"key": "2", "caption": "A dog."}, {"key": "3"}]


def test_a_group_is_an_annotation_in_a_category_of_its_own(files):
    captions = {"1": "A cat.", "1,2": "Two animals.", "3,4": "A pair.", "5,6": "Others."}
    record = image(1, instance_level_caption=captions, segmentations=squares("1", "2", "3,4", "5"))
    tree = files(record)["instances_image"]
    told_of = [(each["category_id"], each["attributes"], each["area"]) for each in tree["annotations"]]
    assert told_of == [
        (1, {"inst_id": 1, "caption": "A cat."}, 16),
        (2, {"inst_ids": "1,2", "caption": "Two animals."}, 32),  # what its members are together
        (1, {"inst_id": 2}, 16),
        (2, {"inst_ids": "3,4", "caption": "A pair."}, 16),
        (1, {"inst_id": 5}, 16),
    ]
    assert tree["images"][0]["without_mask"] == [{"key": "5,6", "caption": "Others."}]  # 6 has no mask


def test_both_lengths_of_a_caption_are_kept(files):
    captions = {"1": {"short": "A cat.", "long": "A cat that sleeps."}, "2": {"short": "A dog.", "long": None}}
    tree = files(image(1, instance_level_caption=captions, segmentations=squares("1", "2")))["instances_image"]
    assert [each["attributes"] for each in tree["annotations"]] == [
        {"inst_id": 1, "caption": "A cat that sleeps.", "caption_short": "A cat."}, {"inst_id": 2, "caption": "A dog."},
    ]  # fmt: skip


def test_texts_of_whole_videos_and_changes_have_their_places(files):
    tree = files(masked(4))
    assert tree["captions_video"]["videos"] == [
        {
            "id": 4,
            "name": "videos_vpt/LVVIS/00004",
            "length": 3,
            "caption": "[1] and [2] stay from <1> to <3>.",
            "question_answer_pairs": [{"question": "What is [1]?", "answer": "[1] is a cat."}],
        }
    ]
    changes = [each.get("temporal_change") for each in tree["instances_video"]["images"]]
    assert changes == [None, "[1] has moved away from [2].", "[1] has moved away from [2]."]
    assert tree["captions_video"]["images"] == tree["instances_video"]["images"]


def test_frames_are_in_the_order_of_their_timestamps(files):
    record = masked()
    record["frame_level_caption"].reverse()
    tree = files(record)["instances_video"]
    assert [(each["frame_id"], each["timestamp"], each["file_name"][-5:]) for each in tree["images"]] == [
        (0, 1, "1.jpg"), (1, 2, "2.jpg"), (2, 3, "3.jpg"),
    ]  # fmt: skip


HOSTILE = ['"', "\\", "\n\r\t", "\u2028\u2029", "</script>", "<image> <bbox> <|im_end|>", "é🙂\u0000", "]}", ",\n"]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_caption_says_is_kept_letter_for_letter(files, tmp_path, text):
    said = f"a{text}z"
    record = masked(frames=1, video_level_caption=said)
    record["frame_level_caption"][0] |= {"instance_level": {"1": said, "x": said, "9": said}, "image_level": said}
    tree = files(record)
    assert tree["instances_video"]["annotations"][0]["attributes"]["caption"] == said
    bare = tree["instances_video"]["images"][0]["without_mask"]
    assert bare == [{"key": "x", "caption": said}, {"key": "9", "caption": said}]
    assert tree["captions_video"]["annotations"][0]["caption"] == said
    assert tree["captions_video"]["videos"][0]["caption"] == said
    assert found(tmp_path / "out") == []


CAPTIONS = st.one_of(st.none(), st.sampled_from(["", " ", "A cat."]), st.builds(ShortLong, short=st.just("cat")))
KEYS = st.one_of(
    st.integers(0, 4).map(str),
    st.sets(st.integers(0, 4), min_size=2).map(lambda ids: ",".join(map(str, sorted(ids)))),
    st.sampled_from(["x", "01", "1, 2", ""]),
)
MASKS = st.dictionaries(
    st.sets(st.integers(0, 4), min_size=1, max_size=3).map(lambda ids: tuple(sorted(ids))),
    st.booleans().map(lambda full: encode(np.full((4, 5), full))),
)


@given(st.dictionaries(KEYS, CAPTIONS), MASKS)
def test_each_caption_and_each_mask_is_in_one_place(captions, masks):
    made = told(captions, masks)
    spoken = [each.key for each in made.drawn if each.captions] + [each.key for each in made.bare if each.captions]
    assert sorted(spoken) == sorted(key for key, text in captions.items() if text not in (None, "", " "))
    drawn = [each.ids for each in made.drawn]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) >= {ids for ids, mask in masks.items() if mask.area}
    assert all(each.mask.area for each in made.drawn)
    for ids in set(drawn) - masks.keys():  # a group that is what its members are together
        assert all(masks[number,].area for number in ids)


# Sizes, and masks that do not fit


def test_without_pictures_sizes_are_those_of_the_masks(files):
    record = masked(segmentations={"2.jpg": squares("1")})
    tree = files(record)["instances_video"]
    assert {(each["width"], each["height"]) for each in tree["images"]} == {(31, 20)}


def test_a_picture_of_no_known_size_is_refused_with_what_to_do(files, tmp_path):
    message = "the size of images_vpt/sa_000001/1.jpg is not known: it was not looked at, and has no mask"
    with pytest.raises(SampleError, match=rf"record 1 \(id 1\): {re.escape(message)}$") as caught:
        files(image())
    assert caught.value.hint == "--media DIR, the folder that holds the pictures"
    files(image(), image(2, segmentations=squares("1")), on_error="reject")
    (reject,) = map(json.loads, (tmp_path / "out" / "rejects.jsonl").read_text().splitlines())
    assert (reject["record"], reject["reason"], reject["message"]) == (1, "sample", message)


def test_sizes_of_two_kinds_say_nothing_of_a_frame_without_a_mask(files):
    record = masked(segmentations={"1.jpg": squares("1"), "2.jpg": squares("1", width=40)})
    with pytest.raises(SampleError, match=r"the size of videos_vpt/LVVIS/00001/3.jpg is not known"):
        files(record)


def test_a_mask_of_another_size_than_its_picture_stops_the_conversion(files, tmp_path):
    path = tmp_path / "media" / "images_vpt" / "sa_000001" / "1.jpg"
    path.parent.mkdir(parents=True)
    Image.new("RGB", (20, 31)).save(path)
    with pytest.raises(MaskError, match=r'segmentations\["1"\]: is 20 high and 31 wide, and its picture is 31 high'):
        files(image(segmentations=squares("1")), media=str(tmp_path / "media"))


@pytest.mark.parametrize("counts", ["", "0", [1, 2], "~~~", [700], None, [-1, 621]])
def test_a_damaged_mask_stops_the_conversion_or_leaves_its_record_out(files, tmp_path, counts):
    broken = image(1, segmentations={"1": {"mask": {"size": [20, 31], "counts": counts}}})
    with pytest.raises(MaskError, match=r'record 1 \(id 1\): segmentations\["1"\]: is '):
        files(broken)
    tree = files(broken, image(2, segmentations=squares("1")), on_error="reject")["instances_image"]
    assert [each["id"] for each in tree["images"]] == [2001]
    assert found(tmp_path / "out") == []


def test_masks_of_a_frame_that_is_not_there_are_listed(files, tmp_path):
    record = masked(frames=1, segmentations={"1.jpg": squares("1"), "9/x.jpg": squares("1"), "8.jpg": {}})
    files(record)
    (reject,) = map(json.loads, (tmp_path / "out" / "rejects.jsonl").read_text().splitlines())
    assert (reject["field"], reject["reason"]) == ("/segmentations/9~1x.jpg", "dropped-frame")
    assert reject["message"] == "it holds masks of a frame that the record does not have"


def test_more_frames_than_ids_are_made_for_are_refused(files):
    with pytest.raises(RecordError, match=r"has 1,000 frames, or annotations in one: ids are made for 999$"):
        files(masked(frames=1000, keys=("1",)))


def many_groups(count):
    """A video of two frames, each with 60 masks and captions of *count* groups, which have no mask of their own."""
    keys = [f"{one},{other}" for one, other in list(combinations(range(1, 61), 2))[:count]]
    masks = squares(*(str(number) for number in range(1, 61)), width=301)
    record = masked(frames=2, segmentations={"1.jpg": masks, "2.jpg": masks})
    for frame in record["frame_level_caption"]:
        frame["instance_level"] = dict.fromkeys(keys, "Two of them.")
    return record


def test_ids_are_unique_whatever_is_drawn_of_groups(files, tmp_path):
    tree = files(many_groups(939), masked(2, frames=1))["instances_video"]
    ids = [each["id"] for each in tree["annotations"]]
    assert len(ids) == len(set(ids)) == 2 * (60 + 939) + 2
    assert found(tmp_path / "out") == []


def test_more_groups_than_ids_are_made_for_are_refused(files):
    with pytest.raises(RecordError, match=r"has 1,000 frames, or annotations in one: ids are made for 999$"):
        files(many_groups(1000))


def test_a_video_without_frames_and_a_dataset_without_records_of_a_kind(files):
    tree = files(video(frames=0))
    assert tree.keys() == {"instances_video", "captions_video"}
    assert tree["instances_video"]["images"] == tree["instances_video"]["annotations"] == []
    assert tree["captions_video"]["videos"][0]["length"] == 0


def test_datasets_is_not_asked_to_read_it(whole):
    with pytest.raises(UsageError, match=r"^datasets does not read what --to coco writes$") as caught:
        it.load(whole, kind="video")
    assert caught.value.hint == f"it is for pycocotools.coco.COCO: see {whole / 'README.md'}"


def test_captions_of_pictures_are_taken_from_records_without_masks_too(tmp_path, array):
    for name in ("1", "2"):
        path = tmp_path / "images_vpt" / "sa_000001" / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (31, 20)).save(path)
    it.convert(array(image(1), image(2)), tmp_path / "out", to="coco", media=tmp_path)
    annotations = tmp_path / "out" / "annotations"
    assert json.loads((annotations / "instances_image.json").read_text())["annotations"] == []
    assert len(json.loads((annotations / "captions_image.json").read_text())["annotations"]) == 2
    assert "A record without masks" in (tmp_path / "out" / "README.md").read_text()
    assert found(tmp_path / "out") == []


def test_with_no_input_made_up_data_with_masks_are_taken(run, tmp_path):
    done = run("convert", "--to", "coco")
    assert done.returncode == 0, done.stderr
    assert b"made-up data in instit-output/made-up-with-masks" in done.stderr
    tree = json.loads((tmp_path / "instit-output/coco/annotations/instances_image.json").read_text())
    assert tree["annotations"]


# What verify finds

FILE = "annotations/instances_image.json"


@pytest.fixture
def small(tmp_path, array):
    for number in (1, 2):
        path = tmp_path / "media" / "images_vpt" / "sa_000001" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (31, 20)).save(path)
    source = array(*(image(number, segmentations=squares("1", "2")) for number in (1, 2)))
    it.convert(source, tmp_path / "out", to="coco", media=tmp_path / "media")
    return tmp_path / "out"


def on(part, number, **values):
    return lambda tree: tree[part][number].update(values)


DEFECTS = {
    "an id twice": (on("annotations", 1, id=1001001), 2, "annotations.id", "1001001 stands more than once"),
    "an id that is a text": (on("annotations", 0, id="7"), 1, "annotations.id", "is '7' and no whole number"),
    "an image that is not there": (
        on("annotations", 3, image_id=9), 4, "annotations.image_id", "is 9, and there is no such image",
    ),
    "no category": (
        on("annotations", 0, category_id=3), 1, "annotations.category_id", "is 3, and there is no such category",
    ),
    "a crowd": (
        on("annotations", 0, iscrowd=1), 1, "annotations.iscrowd",
        "is 1 where 0 is due: an evaluation leaves crowds out",
    ),
    "a wrong area": (on("annotations", 0, area=17.0), 1, "annotations.area", "is 17.0, and the mask has 16 pixels"),
    "a wrong box": (
        on("annotations", 0, bbox=[0, 2, 4, 5]), 1, "annotations.bbox",
        "is [0, 2, 4, 5], and the mask's is [0, 2, 4, 4]",
    ),
    "a damaged mask": (
        on("annotations", 0, segmentation={"size": [20, 31], "counts": [619]}), 1, "annotations.segmentation",
        "is damaged: its runs make 619 pixels, and 20 x 31 are 620",
    ),
    "an attribute of FiftyOne's": (
        on("annotations", 0, attributes={"label": "x"}), 1, "annotations.attributes.label",
        "is a name that FiftyOne keeps for its own",
    ),
    "an attribute that is a list": (
        on("annotations", 0, attributes={"ids": [1]}), 1, "annotations.attributes.ids",
        "is neither text nor number, and Datumaro takes no other",
    ),
    "no attributes": (on("annotations", 0, attributes=None), 1, "annotations.attributes", "are no object"),
    "a picture that is not there": (
        on("images", 0, file_name="images_vpt/none.jpg"), 1, "images.file_name", "images_vpt/none.jpg is missing",
    ),
    "a path that leads out": (
        on("images", 0, file_name="../x.jpg"), 1, "images.file_name", "'../x.jpg' is not a path inside the media root",
    ),
    "no path": (on("images", 0, file_name=3), 1, "images.file_name", "is 3 and no path"),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_told_by_one_sentence(small, defect):
    change, row, field, message = DEFECTS[defect]
    tree = json.loads((small / FILE).read_text())
    change(tree)
    rewritten(small, FILE, json.dumps(tree).encode())
    assert found(small) == [(FILE, row, field, message)]


def test_a_size_that_is_not_the_pictures_is_told_of_image_and_masks(small):
    tree = json.loads((small / FILE).read_text())
    tree["images"][0] |= {"width": 20, "height": 31}
    rewritten(small, FILE, json.dumps(tree).encode())
    path = "images_vpt/sa_000001/1.jpg"
    assert found(small) == [
        (FILE, 1, "images.width", f"and height are 20 x 31, and {path} is 31 x 20"),
        *((FILE, row, "annotations.segmentation", "is 31 x 20, and its image is 20 x 31") for row in (1, 2)),
    ]


def test_an_empty_mask_is_told(small):
    tree = json.loads((small / FILE).read_text())
    empty = {"size": [20, 31], "counts": [620]}
    tree["annotations"][0] |= {"segmentation": empty, "area": 0, "bbox": [0, 0, 0, 0]}
    rewritten(small, FILE, json.dumps(tree).encode())
    assert found(small) == [(FILE, 1, "annotations.segmentation", "has no pixel, and so no box")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "is no COCO file: Expected `object`, got `array`"),
        (b"", "is no COCO file: cannot mmap an empty file"),
        (b'{"images": []}', "is no COCO file: Object missing required field `annotations`"),
    ],
)
def test_a_file_that_is_none_is_told(small, content, message):
    rewritten(small, FILE, content, samples=0)
    assert (FILE, None, "", message) in found(small)


def test_a_wrong_caption_is_told(small):
    name = "annotations/captions_image.json"
    tree = json.loads((small / name).read_text())
    tree["annotations"][0]["caption"] = " "
    tree["annotations"][1]["image_id"] = 5
    tree["images"].pop()
    rewritten(small, name, json.dumps(tree).encode())
    assert found(small) == [
        (name, None, "images", "are not those of the instances"),
        (name, 1, "annotations.caption", "is no text"),
        (name, 2, "annotations.image_id", "is 5, and there is no such image"),
    ]


def test_elements_that_are_no_objects_are_told_and_break_nothing(small):
    tree = json.loads((small / FILE).read_text())
    tree["images"][0], tree["annotations"][3] = 7, ["x"]
    rewritten(small, FILE, json.dumps(tree).encode())
    told_of = found(small)
    assert (FILE, 1, "images.id", "is None and no whole number") in told_of
    assert (FILE, 4, "annotations.segmentation", "is no mask in COCO run lengths, with size and counts") in told_of
