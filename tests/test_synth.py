"""Made-up data: the same every time, of the published shapes, valid where it should be, spoilt where it says so."""

import itertools
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from statistics import fmean

import msgspec
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from instit_tools import references
from instit_tools.errors import OutputError, UsageError
from instit_tools.made_up import Options, image_records, naming, video_records, write
from instit_tools.made_up.chance import chance, fill
from instit_tools.made_up.defects import registry
from instit_tools.made_up.raster import IMAGE_SIZE, VIDEO_SIZE, image_masks, video_masks
from instit_tools.made_up.scene import SHAPES, video_scene
from instit_tools.made_up.story import appearances, stretches
from instit_tools.records import ImageRecord, VideoRecord, known_ids

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, numpy 2

MANY = 2000
SPOILT = Options(videos=96, images=58, masks=True, media=True, defects=1.0, seed=5)


@cache
def videos():
    return list(video_records(MANY))


@cache
def images():
    return list(image_records(MANY))


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth") / "clean"
    return folder, write(folder, Options(videos=12, images=8, masks=True, media=True, bench=True, seed=3))


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth") / "spoilt"
    return folder, write(folder, SPOILT)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def listed(folder):
    return [json.loads(line) for line in (folder / "planted.jsonl").read_text(encoding="utf-8").splitlines()]


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def resolve(tree, pointer):
    """Follow a JSON pointer; a name that is not there gives ``KeyError``."""
    for part in pointer.split("/")[1:]:
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree


def dangling(text, ids, times):
    """List the ids and timestamps in *text* that are not among *ids* and *times*."""
    spoken = references.instance_ids(text), references.timestamps(text)
    return [*(number for number in spoken[0] if number not in ids), *(time for time in spoken[1] if time not in times)]


def texts(record):
    """Yield every text of a video record that may speak of any frame."""
    yield record["video_level_caption"]
    for pair in record["question_answer_pairs"]:
        yield from pair.values()


def ids(record):
    """Collect the ids that are captioned anywhere in a video record."""
    keys = {key for frame in record["frame_level_caption"] for key in frame["instance_level"]}
    return {number for key in keys for number in references.ids_of_key(key)}


def mean_length(found):
    return fmean(len(text) for text in found)


# ---------------------------------------------------------------------------------------------------- the same again


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    options = Options(videos=6, images=4, masks=True, media=True, defects=0.5, seed=11)
    one, other = write(tmp_path / "one", options), write(tmp_path / "other", options)
    assert content(tmp_path / "one") == content(tmp_path / "other")
    assert one.files == other.files


def test_another_seed_gives_other_records():
    assert next(video_records(1, seed=1)) != next(video_records(1, seed=2))
    assert next(image_records(1, seed=1)) != next(image_records(1, seed=2))


def test_a_record_does_not_depend_on_how_many_there_are():
    assert list(video_records(7)) == videos()[:7]
    assert list(image_records(7)) == images()[:7]


def test_texts_are_the_same_with_and_without_masks():
    for plain, masked in zip(videos()[:20], video_records(20, masks=video_masks), strict=True):
        assert masked.pop("segmentations")
        assert masked == plain


def test_importing_it_loads_neither_numpy_nor_pillow():
    code = "import sys, instit_tools.made_up; list(instit_tools.made_up.video_records(2)); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, env=_path())
    assert not {"numpy", "PIL", "pycocotools"} & set(done.stdout.split())


def _path():
    return {"PYTHONPATH": str(Path(__file__).parents[1])}


# -------------------------------------------------------------------------------------------------------- the shapes


def test_keys_are_the_published_ones_in_the_published_order():
    video, image = videos()[0], images()[0]
    tail = ["question_answer_pairs", "video_level_caption", "video_path"]
    assert list(video) == ["video_id", "frame_level_caption", *tail]
    frame_keys = ["timestamp", "frame_name", "instance_level", "image_level", "temporal_change"]
    assert all(list(frame) == frame_keys for frame in video["frame_level_caption"])
    assert list(image) == ["image_id", "instance_level_caption", "image_level_caption", "image_path"]


def test_every_record_decodes_into_the_typed_records(clean):
    folder, _ = clean
    masked = (folder / "made_up_video_w_mask.json", VideoRecord), (folder / "made_up_image_w_mask.json", ImageRecord)
    for path, kind in masked:
        found = msgspec.json.decode(path.read_bytes(), type=list[kind])
        assert found
        assert all(not record.extra and known_ids(record) for record in found)
    assert msgspec.convert(videos(), list[VideoRecord])
    assert msgspec.convert(images(), list[ImageRecord])


def test_counts_in_the_note_are_counts_of_the_files(clean):
    folder, written = clean
    video, image = read(folder / "made_up_video_w_mask.json"), read(folder / "made_up_image_w_mask.json")
    frames = [frame for record in video for frame in record["frame_level_caption"]]
    maps = [frame["instance_level"] for frame in frames] + [record["instance_level_caption"] for record in image]
    distinct = [{key for frame in record["frame_level_caption"] for key in frame["instance_level"]} for record in video]
    shown = [[set(frame["instance_level"]) for frame in record["frame_level_caption"]] for record in video]
    pairs = [pair for each in shown for pair in itertools.pairwise(each)]
    missing = [
        [later - earlier - 1 for earlier, later in itertools.pairwise(at) if later - earlier > 1]
        for each in shown
        for key in set().union(*each)
        for at in [[place for place, keys in enumerate(each) if key in keys]]
    ]
    counted = {
        "videos": len(video),
        "images": len(image),
        "frames": len(frames),
        "instances": sum(map(len, distinct)) + sum(len(record["instance_level_caption"]) for record in image),
        "instance_captions": sum(map(len, maps)),
        "frame_captions": len(frames) + len(image),
        "temporal_captions": len(frames) - len(video),
        "video_captions": sum(bool(record["video_level_caption"]) for record in video),
        "questions": sum(len(record["question_answer_pairs"]) for record in video),
        "appeared": sum(len(here - before) for before, here in pairs),
        "gone": sum(len(before - here) for before, here in pairs),
        "gaps": sum(sum(lasting) for lasting in missing),
        "returns": sum(map(len, missing)),
        "pictures": sum(1 for root in ("videos_vpt", "images_vpt") for _ in (folder / root).rglob("*.jpg")),
        "bench_questions": sum(len(read(folder / "bench" / f"{kind}_open_ended.json")) for kind in ("video", "image")),
        "planted": {},
    }
    note = read(folder / "synth.json")
    assert note["counts"] == counted
    assert note["options"] == msgspec.to_builtins(
        Options(videos=12, images=8, masks=True, media=True, bench=True, seed=3)
    )
    assert {key: getattr(written, key) for key in counted} == counted
    assert set(written.files) == {path.name for path in folder.iterdir() if path.is_file()}


def test_a_kind_that_was_not_asked_for_has_no_file(tmp_path):
    written = write(tmp_path / "out", Options(videos=2, images=0))
    assert written.files == ("made_up_video.json", "synth.json")
    assert len(read(tmp_path / "out" / "made_up_video.json")) == 2


# ------------------------------------------------------------------------------------------------------- the content


def test_every_reference_names_something_that_is_there():
    for record in videos():
        times = range(1, len(record["frame_level_caption"]) + 1)
        known = ids(record)
        for text in texts(record):
            assert dangling(text, known, times) == []
            assert references.normalise(text) == text
            spans = (piece for piece in references.parse(text) if isinstance(piece, references.Span))
            assert all(span.first < span.last for span in spans)


def test_frame_captions_speak_of_their_own_frame_and_changes_of_the_one_before_too():
    for record in videos():
        frames = record["frame_level_caption"]
        for frame in frames:
            for text in (frame["image_level"], *frame["instance_level"].values()):
                assert set(references.instance_ids(text)) <= set(map(int, frame["instance_level"]))
                assert references.timestamps(text) == []
        for before, frame in pairwise(frames):
            known = set(map(int, before["instance_level"] | frame["instance_level"]))
            assert set(references.instance_ids(frame["temporal_change"])) <= known
        assert frames[0]["temporal_change"] is None
        assert [frame["timestamp"] for frame in frames] == list(range(1, len(frames) + 1))


def test_image_captions_speak_of_captioned_instances_only():
    for record in images():
        known = set(map(int, record["instance_level_caption"]))
        for text in (record["image_level_caption"], *record["instance_level_caption"].values()):
            assert set(references.instance_ids(text)) <= known


def test_stretches_retell_the_path_of_a_thing_without_a_gap():
    for index in range(50):
        scene = video_scene(index, seed=0)
        for number in scene.things:
            first, last = appearances(scene, number)
            for part in stretches(scene, number):
                assert first <= part.first < part.last <= last
                assert scene.frames[part.first - 1][number] == part.start
                assert scene.frames[part.last - 1][number] == part.end


def test_questions_of_a_video_are_10_to_20_and_all_different():
    for record in videos():
        asked = [pair["question"] for pair in record["question_answer_pairs"]]
        assert 10 <= len(asked) <= 20
        assert len(set(asked)) == len(asked)


def test_texts_hold_some_unicode_but_nothing_that_looks_like_damage():
    everything = json.dumps([videos(), images()], ensure_ascii=False)
    assert {"\N{RIGHT SINGLE QUOTATION MARK}", "“", "é", "ï"} <= set(everything)
    assert not [word for word in ("â€", "\N{REPLACEMENT CHARACTER}", "<image>", "</s>", "sorry") if word in everything]
    assert "  " not in everything.replace("\\n", "")


def test_frame_names_need_care():
    names = [[frame["frame_name"] for frame in record["frame_level_caption"]] for record in videos()]
    assert any(found != sorted(found) for found in names), "some sort wrongly as text"
    assert any(found[0] == "00000.jpg" for found in names), "some are padded and start at 0"
    assert any(found[0] == "img_0000001.jpg" for found in names), "some have a prefix"
    assert all(len(set(found)) == len(found) for found in names)


# ------------------------------------------------------------------------------------------------- the distributions


@pytest.mark.parametrize(
    ("mean", "published"),
    [
        pytest.param(lambda: fmean(len(v["frame_level_caption"]) for v in videos()), 7.31, id="frames"),
        pytest.param(lambda: fmean(len(v["question_answer_pairs"]) for v in videos()), 15.64, id="questions"),
        pytest.param(lambda: fmean(len(ids(v)) for v in videos()), 3.72, id="instances-of-a-video"),
        pytest.param(
            lambda: fmean(len(i["instance_level_caption"]) for i in images()), 6.88, id="instances-of-an-image"
        ),
        pytest.param(lambda: fmean(map(len, _instance_maps())), 3.1, id="captions-of-a-frame"),
        pytest.param(lambda: mean_length(v["video_level_caption"] for v in videos()), 1441.8, id="video-caption"),
        pytest.param(
            lambda: mean_length(f["temporal_change"] for f in _frames() if f["temporal_change"]), 306.6, id="change"
        ),
        pytest.param(
            lambda: _both(mean_length(_frame_texts()), 156_561, mean_length(_image_texts()), 51_101), 458.0, id="frame"
        ),
        pytest.param(
            lambda: _both(mean_length(_in_frames()), 485_029, mean_length(_in_images()), 351_495), 102.1, id="instance"
        ),
    ],
)
def test_means_are_the_published_ones(mean, published):
    assert mean() == pytest.approx(published, rel=0.05)


def _frames():
    return [frame for record in videos() for frame in record["frame_level_caption"]]


def _instance_maps():
    return [frame["instance_level"] for frame in _frames()]


def _frame_texts():
    return [frame["image_level"] for frame in _frames()]


def _image_texts():
    return [record["image_level_caption"] for record in images()]


def _in_frames():
    return [text for found in _instance_maps() for text in found.values()]


def _in_images():
    return [text for record in images() for text in record["instance_level_caption"].values()]


def _both(video, video_weight, image, image_weight):
    """Weigh the means of the two files as the published counts do."""
    return (video * video_weight + image * image_weight) / (video_weight + image_weight)


def test_complexity_shares_are_the_published_ones():
    sizes = [len(ids(record)) for record in videos()], [len(record["instance_level_caption"]) for record in images()]
    for low, high, share in ((1, 3, 0.31), (4, 7, 0.39), (8, 99, 0.30)):
        parts = [fmean(low <= size <= high for size in found) for found in sizes]
        assert _both(parts[0], 21_418, parts[1], 51_101) == pytest.approx(share, abs=0.03)


def test_lengths_are_spread_and_not_all_alike():
    lengths = sorted(map(len, _frame_texts()))
    assert lengths[-1] > 3 * lengths[0]
    assert {len(record["frame_level_caption"]) for record in videos()} >= set(range(2, 16))


def test_sources_and_empty_captions_have_the_published_counts():
    found = Counter(naming.source_of(index).name for index in range(naming.VIDEOS))
    assert found == {source.name: source.videos for source in naming.SOURCES}
    assert naming.VIDEOS == 21_418
    assert sum(map(naming.lacks_caption, range(naming.VIDEOS))) == 46
    assert sum(not record["video_level_caption"] for record in videos()) == 4


def test_paths_are_never_used_twice():
    paths = [naming.video_path(index) for index in range(naming.VIDEOS)]
    paths += [naming.image_path(index) for index in range(51_101)]
    assert len(set(paths)) == len(paths)


def test_a_text_is_filled_to_its_target_on_average():
    rng = chance(0, "test", 0)
    made = [fill(["word " * (1 + int(rng.random() * 9)) for _ in range(99)], target) for target in range(200, 600)]
    assert mean_length(made) == pytest.approx(400, rel=0.02)


# ------------------------------------------------------------------------------------------------- masks and pictures


def test_masks_fit_their_picture_and_cover_the_captioned_instances_without_overlap():
    for record in islice(video_records(40, masks=video_masks), 40):
        for frame in record["frame_level_caption"]:
            masks = record["segmentations"][frame["frame_name"]]
            assert list(masks) == list(frame["instance_level"])
            _check_masks(masks, VIDEO_SIZE)
    for record in image_records(40, masks=image_masks):
        assert list(record["segmentations"]) == list(record["instance_level_caption"])
        _check_masks(record["segmentations"], IMAGE_SIZE)


def _check_masks(masks, size):
    width, height = size
    together = np.zeros((height, width), int)
    for found in masks.values():
        assert found["mask"]["size"] == [height, width]
        decoded = coco.decode(found["mask"])
        assert sum(_runs(found["mask"]["counts"])) == height * width
        assert decoded.sum() >= 40, "an instance that is there can be seen"
        together += decoded
    assert together.max() <= 1


def _runs(counts):
    """Read compressed runs, independently of pycocotools."""
    runs, value, shift = [], 0, 0
    for letter in counts:
        bits = ord(letter) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            value -= (1 << shift) if bits & 0x10 else 0
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    return runs


def test_every_shape_can_be_recognized_by_its_area():
    from instit_tools.made_up.raster import _cover

    areas = {shape: float(_cover(shape, (50.0, 50.0), 40.0, (100, 100)).sum()) / 1600 for shape in SHAPES}
    assert areas["circle"] == pytest.approx(np.pi, rel=0.01)
    assert areas["square"] == pytest.approx(2, rel=0.01)
    assert areas["triangle"] == pytest.approx(3 * 3**0.5 / 4, rel=0.02)
    assert areas["hexagon"] == pytest.approx(3 * 3**0.5 / 2, rel=0.01)
    assert min(areas.values()) > 0.6


def test_the_marked_and_the_raw_tree_have_the_same_files(clean):
    folder, written = clean
    trees = {}
    for style in ("vpt", "raw"):
        roots = [folder / f"{kind}_{style}" for kind in ("videos", "images")]
        trees[style] = {path.relative_to(root).as_posix() for root in roots for path in root.rglob("*.jpg")}
    assert trees["vpt"] == trees["raw"]
    assert len(trees["vpt"]) == written.pictures == written.frames + written.images


def test_every_path_in_the_records_is_a_picture_of_the_right_size(clean):
    folder, _ = clean
    for record in read(folder / "made_up_video_w_mask.json"):
        for frame in record["frame_level_caption"]:
            _check_picture(folder, f"{record['video_path']}/{frame['frame_name']}", VIDEO_SIZE)
    for record in read(folder / "made_up_image_w_mask.json"):
        _check_picture(folder, record["image_path"], IMAGE_SIZE)


def _check_picture(folder, path, size):
    pixels = {}
    for style in ("vpt", "raw"):
        with Image.open(folder / path.replace("_vpt/", f"_{style}/")) as picture:
            assert (picture.format, picture.size, picture.mode) == ("JPEG", size, "RGB")
            pixels[style] = np.asarray(picture, int)
    changed = (np.abs(pixels["vpt"] - pixels["raw"]).max(axis=2) > 40).mean()
    assert 0 < changed < 0.15, "marks are there, and are small"


# ---------------------------------------------------------------------------------------------------------- defects


def test_every_kind_of_defect_is_planted_and_listed(spoilt):
    folder, written = spoilt
    for kind, count in (("video", SPOILT.videos), ("image", SPOILT.images)):
        found = [entry for entry in listed(folder) if entry["kind"] == kind]
        assert {entry["code"] for entry in found} == set(registry(kind, masks=True, media=True))
        assert [entry["index"] for entry in found] == list(range(count)), "each record has one"
    assert written.planted == Counter(entry["code"] for entry in listed(folder))
    assert read(folder / "synth.json")["counts"]["planted"] == written.planted


def test_a_listed_pointer_points_at_what_is_no_longer_sound(spoilt):
    folder, _ = spoilt
    dirty = {kind: read(folder / f"made_up_{kind}_w_mask.json") for kind in ("video", "image")}
    sound = {
        "video": list(video_records(SPOILT.videos, seed=SPOILT.seed, masks=video_masks)),
        "image": list(image_records(SPOILT.images, seed=SPOILT.seed, masks=image_masks)),
    }
    for entry in listed(folder):
        before, after = sound[entry["kind"]][entry["index"]], dirty[entry["kind"]][entry["index"]]
        assert after[f"{entry['kind']}_id"] == entry["record"]
        if "file" in entry:
            assert before == after, entry
            continue
        value = resolve(after, entry["field"])
        try:
            assert value != resolve(before, entry["field"]), entry
        except KeyError:
            assert entry["code"].startswith("key-"), entry


def test_records_without_a_planted_defect_are_sound(tmp_path):
    options = Options(videos=60, images=60, defects=0.3, seed=4)
    write(tmp_path / "out", options)
    for kind, sound in (("video", video_records(60, seed=4)), ("image", image_records(60, seed=4))):
        spoilt_ones = {entry["index"] for entry in listed(tmp_path / "out") if entry["kind"] == kind}
        assert 5 < len(spoilt_ones) < 35
        for index, (after, before) in enumerate(
            zip(read(tmp_path / "out" / f"made_up_{kind}.json"), sound, strict=True)
        ):
            assert (after == before) == (index not in spoilt_ones)


def test_text_defects_leave_no_other_reference_dangling(spoilt):
    folder, _ = spoilt
    bad = {"timestamp-zero", "timestamp-beyond", "id-unknown", "id-zero"}
    dirty = read(folder / "made_up_video_w_mask.json")
    for entry in listed(folder):
        if entry["kind"] == "image":
            continue
        record = dirty[entry["index"]]
        times = {frame["timestamp"] for frame in record["frame_level_caption"]}
        known = ids(record)
        captions = [frame["image_level"] or "" for frame in record["frame_level_caption"]]
        everything = [*texts(record), *captions]
        lost = [number for text in everything for number in dangling(text, known, times)]
        assert len(lost) == (entry["code"] in bad), entry


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("timestamp-zero", "<0>"),
        ("interval-unfinished", "<1>-2"),
        ("id-unknown", "[99]"),
        ("id-zero", "[0]"),
        ("id-padded", "[0"),
        ("id-list", ", "),
        ("id-range", "-"),
        ("reserved-image", "<image>"),
        ("reserved-end", "</s>"),
        ("text-refusal", "I'm sorry, I can't"),
        ("text-replacement", "\N{REPLACEMENT CHARACTER}"),
        ("text-mojibake", "â€™"),
    ],
)
def test_a_spoilt_text_shows_its_defect(spoilt, code, shown):
    folder, _ = spoilt
    found = [entry for entry in listed(folder) if entry["code"] == code]
    assert found
    for entry in found:
        record = read(folder / f"made_up_{entry['kind']}_w_mask.json")[entry["index"]]
        assert shown in resolve(record, entry["field"])


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        ("mask-runs", lambda mask: sum(_runs(mask["counts"])) != mask["size"][0] * mask["size"][1]),
        ("mask-size", lambda mask: mask["size"][0] > mask["size"][1]),
        ("mask-empty", lambda mask: not coco.decode(mask).any()),
    ],
)
def test_a_spoilt_mask_shows_its_defect(spoilt, code, holds):
    folder, _ = spoilt
    found = [entry for entry in listed(folder) if entry["code"] == code]
    assert found
    for entry in found:
        record = read(folder / f"made_up_{entry['kind']}_w_mask.json")[entry["index"]]
        assert holds(resolve(record, entry["field"].rpartition("/")[0]))


def test_spoilt_files_are_spoilt_and_no_others(spoilt):
    folder, _ = spoilt
    files = {entry["file"]: entry["code"] for entry in listed(folder) if "file" in entry}
    assert set(files.values()) == {"file-missing", "file-truncated", "file-html", "file-png"}
    raw = [path for root in ("videos_raw", "images_raw") for path in (folder / root).rglob("*.jpg")]
    for path in raw:
        marked = folder / path.relative_to(folder).as_posix().replace("_raw/", "_vpt/", 1)
        assert _state(marked) == files.get(marked.relative_to(folder).as_posix(), "sound")


def _state(path):
    if not path.exists():
        return "file-missing"
    data = path.read_bytes()
    if data.startswith(b"<!DOCTYPE html"):
        return "file-html"
    if data.startswith(b"\x89PNG"):
        return "file-png"
    return "sound" if data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9") else "file-truncated"


# --------------------------------------------------------------------------------------------------- whole or absent


def test_a_failure_leaves_nothing_behind(tmp_path):
    def interrupt(kind, done, total):
        assert (kind, done, total) == ("video", 3, 3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", Options(videos=3, images=3, media=True), progress=interrupt)
    assert not (tmp_path / "out").exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(OutputError, match=r"already holds mine\.txt") as caught:
        write(tmp_path, Options(videos=1, images=1))
    assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    written = write(tmp_path / "out", Options(videos=1, images=1))
    assert written.files == ("made_up_image.json", "made_up_video.json", "synth.json")
    assert written.folder == str(tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(videos=-1), "-1 records cannot be made"),
        (Options(images=-2), "-2 records cannot be made"),
        (Options(defects=1.5), "a defect rate of 1.5 is no probability"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path, options, said):
    with pytest.raises(UsageError, match=said):
        write(tmp_path / "out", options)
    assert not (tmp_path / "out").exists()


def test_progress_is_told_up_to_the_last_record(tmp_path):
    told = []
    write(tmp_path / "out", Options(videos=70, images=2), progress=lambda *step: told.append(step))
    assert told == [("video", 64, 70), ("video", 70, 70), ("image", 2, 2)]


def test_a_made_up_benchmark_has_one_right_option_and_the_same_questions_in_both_forms(tmp_path):
    write(tmp_path / "made", Options(videos=12, images=8, bench=True))
    for kind in ("video", "image"):
        chosen = read(tmp_path / "made/bench" / f"{kind}_multi_choices.json")
        opened = read(tmp_path / "made/bench" / f"{kind}_open_ended.json")
        assert [row["question"] for row in chosen] == [row["question"] for row in opened]
        assert len({row["question_id"] for row in chosen}) == len(chosen) >= 20
        for row, other in zip(chosen, opened, strict=True):
            assert len(set(row["options"].values())) == 4
            assert row["options"][row["answer"]] in other["answer"]
            assert not any(
                text in other["answer"] for letter, text in row["options"].items() if letter != row["answer"]
            )


def test_a_made_up_model_answers_every_question_and_is_right_more_often_than_chance(tmp_path):
    from instit_tools.bench.answers import scored

    write(tmp_path / "made", Options(videos=60, images=40, bench=True))
    bench = tmp_path / "made/bench"
    for kind in ("video", "image"):
        result, _ = scored(
            [str(bench / f"predictions/{kind}_mc_inference.json")], [str(bench / f"{kind}_multi_choices.json")]
        )
        whole = result.splits[0].whole
        assert 0.55 < whole["strict"].of_all.mean < 0.85
        assert whole["upstream"].right < whole["strict"].right
        assert result.unparsed
