"""Every column of every table against counts made another way: plain JSON and loops, NLTK, numpy, pycocotools."""

import json

import numpy as np
import pytest
from conftest import image, video
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_counts import expected
from pycocotools import mask as coco

import instit_tools as it
from instit_tools.errors import RecordError
from instit_tools.made_up.annotate import image_records, video_records
from instit_tools.source.decode import decode
from instit_tools.statistics.columns import TABLES, arrow_table
from instit_tools.statistics.counting import counter
from instit_tools.statistics.measure import measure

MEASURED = [name for name in TABLES if name != "samples"]


def rows(record):
    """Measure a record given as plain JSON: a dictionary a row."""
    measured = measure(decode(json.dumps(record).encode()), counter("nltk"))
    tables = {
        name: [dict(zip(list(TABLES[name])[:-1], row, strict=True)) for row in getattr(measured, name)]
        for name in MEASURED
    }
    assert len(measured.said) == len(tables["texts"])
    return tables


def column(table, name, **where):
    return [row[name] for row in table if all(row[key] == value for key, value in where.items())]


def test_a_record_written_by_hand_has_the_rows_that_one_counts_on_fingers():
    found = rows(video(7, frames=2))
    assert found["videos"] == [
        {
            "record": "7",
            "source": "LVVIS",
            "path": "videos_vpt/LVVIS/00007",
            "frames": 2,
            "instances": 2,
            "questions": 1,
        }
        | {"changed": 0, "changeable": 2}
    ]
    assert [row["path"] for row in found["frames"]] == ["videos_vpt/LVVIS/00007/1.jpg", "videos_vpt/LVVIS/00007/2.jpg"]
    assert column(found["frames"], "appeared") == [None, 0]
    assert [(row["id"], row["first"], row["last"], row["frames"]) for row in found["instances"]] == [
        (1, 1, 2, 2),
        (2, 1, 2, 2),
    ]
    (summary,) = (row for row in found["texts"] if row["level"] == "video")
    assert (summary["ids"], summary["times"], summary["characters"]) == ([1, 2], [1, 2], 33)
    assert found["images"] == []


@pytest.mark.parametrize(
    "record", [video(), video(frames=1), video(frames=0), image()], ids=lambda each: str(len(each))
)
def test_records_written_by_hand_are_counted_as_plain_loops_count(record):
    assert rows(record) == expected(record)


@pytest.mark.parametrize("seed", [0, 5])
def test_made_up_records_are_counted_as_plain_loops_count(seed):
    for record in (*video_records(25, seed=seed), *image_records(25, seed=seed)):
        assert rows(record) == expected(record)


def test_made_up_masks_are_added_up_as_pycocotools_does(tmp_path):
    it.synth(tmp_path / "data", videos=6, images=6, masks=True)
    for name in ("video", "image"):
        for record in json.loads((tmp_path / "data" / f"made_up_{name}_w_mask.json").read_text()):
            found = rows(record)
            assert found == expected(record)
            assert sum(column(found["instances"], "mask_pixels")) > 0


def test_the_real_record_is_counted_as_plain_loops_count(real_record):
    (record,) = json.loads(real_record.read_text())
    found = rows(record)
    assert found == expected(record)
    assert column(found["frames"], "instances") == [3, 5, 5, 4, 3, 3, 3, 3, 4, 4, 4, 3]
    assert column(found["instances"], "id") == [1, 2, 3, 4, 5, 6]
    (whole,) = found["videos"]
    assert (whole["frames"], whole["questions"], whole["instances"]) == (12, 20, 6)


def seen_in(*frames, timestamps=None):
    """Make a video that shows the ids of each of *frames*."""
    return video(
        frame_level_caption=[
            {
                "timestamp": timestamp,
                "frame_name": f"{timestamp}.jpg",
                "instance_level": {str(n): "A cat." for n in ids},
            }
            for timestamp, ids in zip(timestamps or range(1, len(frames) + 1), frames, strict=True)
        ]
    )


def test_gaps_and_returns_of_one_that_comes_and_goes():
    found = rows(seen_in([1, 2], [2], [1], [], [1, 3], [3]))
    one, two, three = found["instances"]
    assert [one[name] for name in ("first", "last", "frames", "gaps", "returns")] == [1, 5, 3, 2, 2]
    assert [two[name] for name in ("first", "last", "frames", "gaps", "returns")] == [1, 2, 2, 0, 0]
    assert [three[name] for name in ("first", "last", "frames", "gaps", "returns")] == [5, 6, 2, 0, 0]
    assert column(found["frames"], "appeared") == [None, 0, 1, 0, 2, 0]
    assert column(found["frames"], "gone") == [None, 1, 1, 1, 0, 1]
    assert (found["videos"][0]["changed"], found["videos"][0]["changeable"]) == (7, 2 + 2 + 1 + 2 + 2)


@given(st.lists(st.frozensets(st.integers(1, 5)), max_size=9))
def test_presence_and_churn_are_those_of_a_matrix(frames):
    found = rows(seen_in(*frames))
    shown = np.array([[number in frame for number in range(1, 6)] for frame in frames], bool).reshape(len(frames), 5)
    step = np.diff(shown.astype(int), axis=0)
    assert column(found["frames"], "appeared")[1:] == (step > 0).sum(axis=1).tolist()
    assert column(found["frames"], "gone")[1:] == (step < 0).sum(axis=1).tolist()
    assert found["videos"][0]["changed"] == np.abs(step).sum()
    assert found["videos"][0]["changeable"] == (shown[1:] | shown[:-1]).sum()
    for row in found["instances"]:
        places = np.flatnonzero(shown[:, row["id"] - 1])
        assert (row["first"], row["last"], row["frames"]) == (places[0] + 1, places[-1] + 1, len(places))
        assert row["gaps"] == (np.diff(places) - 1).sum()
        assert row["returns"] == (np.diff(places) > 1).sum()


def test_frames_out_of_order_are_taken_by_their_timestamps():
    shuffled = seen_in([2], [1, 2], [1], timestamps=[30, 4, 11])
    found = rows(shuffled)
    assert found == expected(shuffled)
    assert column(found["frames"], "timestamp") == [4, 11, 30]
    assert column(found["frames"], "gone") == [None, 1, 1]
    assert [(row["first"], row["last"]) for row in found["instances"]] == [(4, 11), (4, 30)]
    assert column(found["texts"], "timestamp", level="instance") == [4, 4, 11, 30]


def test_a_group_puts_each_of_its_ids_into_the_frame_and_is_one_text():
    found = rows(image(instance_level_caption={"1,2": "Two cups.", "2": "A cup.", " 4 , 5": "Plates."}))
    assert found["frames"][0]["present"] == [1, 2, 4, 5]
    assert found["images"][0]["instances"] == 4
    assert column(found["texts"], "key", level="instance") == ["1,2", "2", " 4 , 5"]


def test_keys_with_noughts_are_ids_and_keys_that_name_nothing_keep_their_text():
    found = rows(image(instance_level_caption={"03": "A cup.", "3": "The cup.", "cat": "A cat.", "2024": "A year."}))
    assert found["frames"][0]["present"] == [3]
    assert column(found["instances"], "id") == [3]
    assert column(found["texts"], "key", level="instance") == ["03", "3", "cat", "2024"]


def test_texts_that_are_blank_or_null_or_absent_have_no_row_and_put_nothing_into_a_frame():
    record = video(frames=2, video_level_caption=" \n", questions=[("", " A cat. "), ("What?", "")])
    record["frame_level_caption"][0] |= {"instance_level": {"1": " ", "2": None, "3": "A dog."}, "image_level": None}
    del record["frame_level_caption"][1]["instance_level"], record["frame_level_caption"][1]["image_level"]
    record["question_answer_pairs"].append({})
    found = rows(record)
    assert [(row["level"], row["timestamp"], row["key"], row["characters"]) for row in found["texts"]] == [
        ("instance", 1, "3", 6),
        ("temporal", 2, None, 28),
        ("answer", None, "1", 6),
        ("question", None, "2", 5),
    ]
    assert column(found["frames"], "present") == [[3], []]
    assert found["videos"][0]["questions"] == 3
    for absent in ({"question_answer_pairs": None}, {"video_level_caption": None}):
        assert rows(video() | absent)["videos"][0]["questions"] == (0 if "question_answer_pairs" in absent else 1)


def test_of_a_caption_in_two_lengths_the_long_one_is_measured():
    captions = {
        "1": {"short": "A cup.", "long": "A red cup with a handle."},
        "2": {"short": "A plate.", "long": " "},
        "3": {},
    }
    found = rows(image(instance_level_caption=captions))
    assert column(found["texts"], "characters", level="instance") == [24, 8]
    assert found["frames"][0]["present"] == [1, 2]


def test_a_video_without_frames_is_a_video():
    found = rows(video(frames=0))
    assert found["frames"] == found["instances"] == []
    assert [found["videos"][0][name] for name in ("frames", "instances", "changed", "changeable")] == [0, 0, 0, 0]
    assert column(found["texts"], "level") == ["video", "question", "answer"]


@pytest.mark.parametrize(
    ("text", "ids", "times"),
    [
        ("[1] [2] pass [1].", [1, 2], []),
        ("[01] and [2, 3] and [5-7]", [1, 2, 3, 5, 6, 7], []),
        ("<3> to <1>-<5>, <7-9>", [], [1, 3, 5, 7, 9]),
        ("[10] at <10>, [2] at <9>", [2, 10], [9, 10]),
        ("[sic], [2024], x < 3, <b>", [], []),
    ],
)
def test_what_a_text_speaks_of_is_listed_once_and_in_order(text, ids, times):
    found = rows(image(image_level_caption=text))
    assert column(found["texts"], "ids", level="frame") == [ids]
    assert column(found["texts"], "times", level="frame") == [times]


def test_characters_are_code_points_without_the_white_space_around():
    found = rows(image(image_level_caption=" \t Ein süßes Kätzchen \N{CAT FACE}\u0301 \n"))
    assert column(found["texts"], "characters", level="frame") == [21]


def rectangle(height, width, pixels):
    """Make a mask of the first *pixels* in column order, compressed by pycocotools."""
    drawn = np.zeros(height * width, np.uint8)
    drawn[:pixels] = 1
    code = coco.encode(np.asfortranarray(drawn.reshape(height, width, order="F")))
    return {"mask": {"size": [height, width], "counts": code["counts"].decode()}}


def test_an_instance_with_masks_only_has_no_first_and_is_in_no_frame():
    segmentations = {"1.jpg": {"1": rectangle(4, 5, 3), "9": rectangle(4, 5, 7)}, "3.jpg": {"9": rectangle(4, 5, 20)}}
    found = rows(video(segmentations=segmentations))
    assert column(found["frames"], "masked") == [2, 0, 1]
    assert column(found["frames"], "present") == [[1, 2]] * 3
    one, two, nine = found["instances"]
    assert [one[name] for name in ("frames", "masks", "mask_pixels", "picture_pixels")] == [3, 1, 3, 20]
    assert [two[name] for name in ("frames", "masks", "mask_pixels", "picture_pixels", "damaged")] == [3, 0, 0, 0, 0]
    assert [nine[name] for name in ("first", "last", "frames", "gaps", "returns")] == [None, None, 0, 0, 0]
    assert [nine[name] for name in ("masks", "mask_pixels", "picture_pixels")] == [2, 27, 40]
    assert found["videos"][0]["instances"] == 2


def drawn(*lines):
    """Make a mask of rows of ``#`` and ``.``."""
    plane = np.array([[character == "#" for character in line] for line in lines], np.uint8, order="F")
    return {"mask": {"size": list(plane.shape), "counts": coco.encode(plane)["counts"].decode()}}


planes = st.lists(st.booleans(), min_size=12, max_size=12).filter(any)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.integers(1, 4), planes, max_size=4), min_size=1, max_size=4))
def test_masks_of_any_shape_are_measured_as_decoded_ones_are(moments):
    segmentations = {
        f"{place}.jpg": {
            str(number): drawn(*("".join(".#"[each] for each in plane[row : row + 4]) for row in (0, 4, 8)))
            for number, plane in shown.items()
        }
        for place, shown in enumerate(moments, 1)
    }
    record = video(frames=len(moments), segmentations=segmentations)
    assert rows(record) == expected(record)


def test_the_motion_of_an_instance_stands_beside_what_the_change_caption_names():
    left, middle, right = drawn("##....", "##...."), drawn(".##...", ".##..."), drawn("....##", "....##")
    whole = drawn("######", "######")
    record = video(
        frames=4,
        segmentations={
            "1.jpg": {"1": left, "2": whole},
            "2.jpg": {"1": middle, "2": whole, "3": left},
            "3.jpg": {"1": right},
            "4.jpg": {"2": whole},
        },
    )
    record["frame_level_caption"][1]["temporal_change"] = "[1]-[3] stay, or [1-3] and [3] do."
    record["frame_level_caption"][2]["temporal_change"] = "[2] has gone."
    record["frame_level_caption"][3]["temporal_change"] = " "
    found = rows(record)["masks"]
    diagonal = np.hypot(2, 6)
    assert [
        (row["timestamp"], row["id"], row["change"], row["shift"], row["kept"], row["either"]) for row in found
    ] == [
        (1, 1, "no text", None, None, None),
        (1, 2, "no text", None, None, None),
        (2, 1, "named", round(1e6 / diagonal), 2, 6),
        (2, 2, "named", 0, 12, 12),
        (2, 3, "named", None, None, None),
        (3, 1, "not named", round(3e6 / diagonal), 0, 8),
        (4, 2, "no text", None, None, None),
    ]
    assert column(found, "captioned") == [1, 1, 1, 1, 0, 1, 1]


def test_the_mask_of_a_group_is_that_of_each_id_without_its_own_and_overlaps_no_other_of_the_group():
    left, right = drawn("##..", "##.."), drawn("..##", "..##")
    found = rows(image(segmentations={"3": left, "1,2,3": drawn("####", "####"), "4": right, "none": left}))
    assert [(row["id"], row["pixels"]) for row in found["masks"]] == [(1, 8), (2, 8), (3, 4), (4, 4)]
    assert [(row["id"], row["other"], row["shared"], row["smaller"], row["either"]) for row in found["overlaps"]] == [
        (1, 3, 4, 4, 8),
        (1, 4, 4, 4, 8),
        (2, 3, 4, 4, 8),
        (2, 4, 4, 4, 8),
    ]
    (frame,) = found["frames"]
    assert [frame[name] for name in ("covered", "picture_pixels", "pairs", "overlapping")] == [8, 8, 5, 4]
    assert [frame[name] for name in ("masked", "unmasked", "uncaptioned")] == [4, 0, 2]


def test_masks_of_another_size_than_most_are_measured_and_compared_with_none():
    small, large = drawn("##", "##"), drawn("###", "###")
    record = video(
        segmentations={"1.jpg": {"1": small, "2": small, "3": large}, "2.jpg": {"1": large, "2": small}, "3.jpg": {}}
    )
    found = rows(record)
    assert column(found["masks"], "pixels") == [4, 4, 6, 6, 4]
    assert column(found["masks"], "kept") == [None] * 5
    assert column(found["frames"], "covered") == [4, 6, None]
    assert column(found["frames"], "pairs") == [1, 0, 0]
    assert [(row["id"], row["other"]) for row in found["overlaps"]] == [(1, 2)]


def test_an_empty_mask_has_no_box_and_neither_overlaps_nor_moves():
    nothing, whole = drawn("..", ".."), drawn("##", "##")
    record = video(segmentations={"1.jpg": {"1": whole}, "2.jpg": {"1": nothing, "2": whole}, "3.jpg": {"1": nothing}})
    found = rows(record)
    boxes = [[row[name] for name in ("x", "y", "width", "height", "pixels")] for row in found["masks"]]
    assert boxes == [[0, 0, 2, 2, 4], [0] * 5, [0, 0, 2, 2, 4], [0] * 5]
    assert column(found["masks"], "shift") == [None] * 4
    assert column(found["frames"], "covered") == [4, 4, 0]
    assert found["overlaps"] == []


@pytest.mark.parametrize("nothing", [{}, None])
def test_a_record_of_no_masks_does_not_know_how_many_it_has(nothing):
    found = rows(image(segmentations=nothing))
    assert column(found["frames"], "masked") == [None]
    assert column(found["instances"], "masks") == [None, None]


@pytest.mark.parametrize(
    "value",
    [
        {"mask": {"size": [2, 3], "counts": [1, 4]}},
        {"mask": {"size": [2, 3], "counts": [7, -1]}},
        {"mask": {"size": [2, 3], "counts": [1.5, 4.5]}},
        {"mask": {"size": [2, 3], "counts": []}},
        {"mask": {"size": [2, 3], "counts": "nonsense"}},
        {"mask": {"size": [2, 3], "counts": "\N{CAT FACE}"}},
        {"mask": {"size": [0, 3], "counts": [0]}},
        {"mask": {"size": [-2, -3], "counts": [1, 5]}},
        {"mask": {"size": [2.5, 3.0], "counts": [1, 6.5]}},
        {"mask": {"size": [10**30, 10**30], "counts": [10**60]}},
        {"mask": {"size": [6], "counts": [1, 5]}},
        {"mask": {"counts": [1, 5]}},
        {"mask": None},
        {"size": [2, 3], "counts": [1, 5]},
        None,
        "fTo01",
    ],
    ids=str,
)
def test_a_damaged_mask_is_counted_and_in_no_sum_of_pixels(value):
    good = {"mask": {"size": [2, 3], "counts": [1, 5]}}
    found = rows(image(segmentations={"1": value, "2": good}))
    pixels = ("masks", "mask_pixels", "picture_pixels", "damaged")
    assert [[row[name] for name in pixels] for row in found["instances"]] == [[1, 0, 0, 1], [1, 5, 6, 0]]
    (frame,) = found["frames"]
    assert [frame[name] for name in ("masked", "covered", "picture_pixels", "pairs")] == [2, 5, 6, 0]
    damaged, _ = found["masks"]
    assert [damaged[name] for name in ("damaged", "x", "pixels", "picture_pixels", "kept")] == [1, *[None] * 4]
    assert arrow_table("instances", [(*row.values(), None) for row in found["instances"]]).num_rows == 2


@pytest.mark.parametrize("masks", [[], "none", 3])
def test_masks_that_are_no_object_are_a_fault_of_the_record(masks):
    with pytest.raises(RecordError, match="segmentations"):
        rows(image(segmentations=masks))


def test_a_timestamp_that_no_table_holds_is_a_fault_of_the_record():
    for timestamp in (10**30, -(10**30), 1 << 63):
        with pytest.raises(RecordError, match=r"2\.jpg has a timestamp of \d\d digits"):
            rows(far(timestamp))
    assert column(rows(far((1 << 63) - 1))["frames"], "timestamp")[-1] == (1 << 63) - 1


def far(timestamp):
    record = video(frames=2)
    record["frame_level_caption"][1]["timestamp"] = timestamp
    return record


def test_a_multiple_choice_question_has_its_options_and_no_answer():
    item = {"question_id": "004-17", "question": "Who runs? ", "answer": "B", "video_id": 4, "video_path": "x/y/z"}
    as_json = item | {"options": {"A": "[1].", "B": "Both [1] [2]"}}
    as_rows = item | {"choice_a": "[1].", "choice_b": "Both [1] [2]", "choice_c": None}
    for record in (as_json, as_rows):
        found = rows(record)
        assert [(row["level"], row["key"], row["characters"], row["ids"]) for row in found["texts"]] == [
            ("question", None, 9, []),
            ("option", "A", 4, [1]),
            ("option", "B", 12, [1, 2]),
        ]
        assert {(row["kind"], row["record"], row["source"]) for row in found["texts"]} == {("bench", "004-17", None)}
        assert all(not found[name] for name in MEASURED if name != "texts")


def test_an_open_ended_question_has_its_answer():
    found = rows({"question_id": "1-1", "question": "Who runs at <2>?", "answer": "Nobody.", "image_id": 1})
    assert column(found["texts"], "level") == ["question", "answer"]
    assert column(found["texts"], "times") == [[2], []]


def test_scan_lays_out_the_same_rows_with_their_texts(array):
    two = {"1": rectangle(4, 5, 7), "2": rectangle(4, 5, 3)}
    records = [video(1, frames=2, segmentations={"1.jpg": two, "2.jpg": two}), image(5)]
    tables = it.scan(array(*records))
    together = [rows(record) for record in records]
    for name in ("frames", "instances", "masks", "overlaps", "videos", "images"):
        assert getattr(tables, name).drop("file").to_dicts() == [row for each in together for row in each[name]]
    texts = [row for each in together for row in each["texts"]]
    shown = tables.texts.drop("text", "file")
    assert shown.to_dicts() == [{key: row[key] for key in shown.columns} for row in texts]
    assert tables.texts["text"].str.len_chars().to_list() == tables.texts["characters"].to_list()
