"""Rules about the shape of records, their keys, frames and masks, at the edges."""

import json
from functools import cache

import pytest
from conftest import image, video

import instit_tools as it
from instit_tools.linting import rules
from instit_tools.linting.mending import mend
from instit_tools.linting.rules import masks as mask_rules
from instit_tools.linting.view import View
from instit_tools.linting.work import Looker, Who


@cache
def looker():
    return Looker(Who(codes=frozenset(rules.every())))


def look(record):
    return looker()(record if isinstance(record, bytes) else json.dumps(record).encode()).findings


def found(record):
    return [finding.code for finding in look(record)]


def mended(record, *, unsafe=False):
    raw = record if isinstance(record, bytes) else json.dumps(record).encode()
    done = mend(raw, looker(), unsafe=unsafe)
    assert len(done.changes) < 12, "each edit changes something"
    return None if done.aside else json.loads(done.raw)


def captions(*keys, text="A cup."):
    return image(instance_level_caption=dict.fromkeys(keys, text), image_level_caption="Cups on a shelf.")


def frames_at(*timestamps, question="What is [1]?", **changes):
    record = video(frames=len(timestamps), questions=[(question, "A cat.")], **changes)
    for frame, timestamp in zip(record["frame_level_caption"], timestamps, strict=True):
        frame["timestamp"] = timestamp
    first = min(range(len(timestamps)), key=timestamps.__getitem__)
    for index, frame in enumerate(record["frame_level_caption"]):
        frame["temporal_change"] = None if index == first else "[1] has moved."
    return record | {"video_level_caption": "[1] and [2] stay."}


def stamps(record):
    return [frame["timestamp"] for frame in record["frame_level_caption"]]


# ------------------------------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("keys", "codes", "then"),
    [
        (["1", "2"], [], ["1", "2"]),
        (["2", "1", "10", "999"], [], ["2", "1", "10", "999"]),
        ([], [], []),
        (["0"], ["key-zero"], None),
        (["00"], ["key-zero"], None),
        (["01"], ["key-padded"], ["1"]),
        ([" 1"], ["key-padded"], ["1"]),
        (["1 "], ["key-padded"], ["1"]),
        (["1", "01"], ["key-repeated"], ["1"]),
        (["01", "1"], ["key-repeated"], ["1"]),
        (["1,2"], ["key-group"], ["1", "2"]),
        (["1, 2", "3"], ["key-group"], ["1", "2", "3"]),
        (["1,1"], ["key-group"], ["1"]),
        (["1", "1,2"], ["key-repeated"], ["1"]),
        (["0,1"], ["key-zero", "key-group"], None),
        (["2024"], ["key-word"], []),
        (["background"], ["key-word"], []),
        ([""], ["key-word"], []),
        (["\uff11"], ["key-word"], []),
        (["-1"], ["key-word"], []),
        (["1.0"], ["key-word"], []),
        (["[1]"], ["key-word"], []),
        (["1", "a/b~c"], ["key-word"], ["1"]),
    ],
)
def test_each_key_that_is_no_plain_id_has_its_code(keys, codes, then):
    record = captions(*keys)
    assert found(record) == codes
    done = mended(record, unsafe=True)
    assert done is None if then is None else list(done["instance_level_caption"]) == then


def test_keys_of_masks_are_judged_as_those_of_captions():
    rle = {"mask": {"size": [2, 2], "counts": [1, 3]}}

    def masked(*keys):
        return image(segmentations=dict.fromkeys(keys, rle))

    assert found(masked("1", "2")) == []
    assert found(masked("01", "2")) == ["key-padded"]
    assert list(mended(masked("01", "2"))["segmentations"]) == ["1", "2"]
    assert found(masked("1,2")) == ["key-group"]
    assert found(masked("1", "2", "background")) == ["key-word"]
    assert found(masked("1", "2", "0")) == ["key-zero"]
    assert found(masked("1", "2", "02")) == ["key-repeated"]
    assert list(mended(masked("1,2"), unsafe=True)["segmentations"]) == ["1", "2"]


def test_a_group_in_the_masks_covers_its_ids():
    rle = {"mask": {"size": [2, 2], "counts": [1, 3]}}
    record = video(frames=2, segmentations={"1.jpg": {"1,2": rle}, "2.jpg": {"1": rle, "2": rle}})
    assert found(record) == ["key-group"]


# ----------------------------------------------------------------------------------------------------------- frames


@pytest.mark.parametrize(
    ("timestamps", "codes", "safely", "unsafely"),
    [
        ((1,), [], [1], [1]),
        ((1, 2, 3), [], [1, 2, 3], [1, 2, 3]),
        ((3, 1, 2), ["frames-unordered"], [1, 2, 3], [1, 2, 3]),
        ((0, 1, 2), ["timestamp-gap"], [0, 1, 2], [1, 2, 3]),
        ((5, 6, 7), ["timestamp-gap"], [5, 6, 7], [1, 2, 3]),
        ((1, 2, 4), ["timestamp-gap"], [1, 2, 4], [1, 2, 3]),
        ((-1, 1, 2), ["timestamp-gap"], [-1, 1, 2], [1, 2, 3]),
        ((1, 1, 2), ["timestamp-repeated"], [1, 1, 2], [1, 2, 3]),
        ((1, 1, 1), ["timestamp-repeated"] * 2, [1, 1, 1], [1, 2, 3]),
        ((4, 1, 1), ["timestamp-gap", "frames-unordered", "timestamp-repeated"], [1, 1, 4], [1, 2, 3]),
        ((10**9, 1), ["frames-unordered", "timestamp-gap"], [1, 10**9], [1, 2]),
    ],
)
def test_each_way_of_counting_frames_has_its_codes(timestamps, codes, safely, unsafely):
    record = frames_at(*timestamps)
    assert sorted(found(record)) == sorted(codes)
    assert stamps(mended(record)) == safely
    done = mended(record, unsafe=True)
    assert stamps(done) == unsafely
    assert found(done) == []


def test_timestamps_from_0_are_renumbered_in_the_texts_too():
    record = frames_at(0, 1, 2, question="Where is [1] during <0>-<2> and at <1>?")
    (finding,) = look(record)
    assert finding.message == "timestamps are 0, 1, 2, not 1 to 3"
    assert finding.path == ("frame_level_caption", 0, "timestamp")
    (pair,) = mended(record, unsafe=True)["question_answer_pairs"]
    assert pair["question"] == "Where is [1] during <1>-<3> and at <2>?"


def test_a_text_that_counts_otherwise_than_the_frames_is_not_guessed_at():
    record = frames_at(0, 1, 2, question="Where is [1] at <3>?")
    assert found(record) == ["timestamp-gap", "timestamp-beyond"]


def test_the_frames_that_there_are_are_told_where_they_have_gaps():
    record = frames_at(1, 3, question="Where is [1] at <2>?")
    (finding,) = (each for each in look(record) if each.code == "timestamp-beyond")
    assert finding.message == "there is no frame <2>; the frames are <1>, <3>"


def test_a_frame_name_that_stands_three_times_is_found_twice():
    record = video()
    for frame in record["frame_level_caption"]:
        frame["frame_name"] = "1.jpg"
    assert found(record) == ["frame-name-repeated"] * 2
    assert look(record)[0].message == "1.jpg is the picture of frame <1> already"


@pytest.mark.parametrize("name", ["", "/1.jpg", "../1.jpg", "a\\1.jpg", "C:/1.jpg", "1\0.jpg"])
def test_a_frame_name_that_leads_elsewhere_is_found(name):
    record = video()
    record["frame_level_caption"][1]["frame_name"] = name
    assert found(record) == ["path-outside"]


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("images_vpt/1.jpg", []),
        ("images/1.jpg", []),
        ("images_raw/a b/1.jpg", []),
        ("1.jpg", ["path-prefix"]),
        ("Images_vpt/1.jpg", ["path-prefix"]),
        ("./images_vpt/1.jpg", ["path-prefix"]),
        ("/images_vpt/1.jpg", ["path-outside"]),
        ("images_vpt/../1.jpg", ["path-outside"]),
        ("https://example.org/1.jpg", ["path-outside"]),
        ("", ["path-outside"]),
    ],
)
def test_each_path_that_leads_elsewhere_has_its_code(path, codes):
    assert found(image(image_path=path)) == codes


# ------------------------------------------------------------------------------------------------------------ shape


@pytest.mark.parametrize(
    "record",
    [
        [], "text", 7, None, {}, {"other": 1}, {"video_id": 1}, image(image_id=True), image(image_id=1.5),
        image(image_id=1.0),
        image(image_id=None), image(image_path=None), image(instance_level_caption=["A cup."]),
        image(instance_level_caption={"1": 7}), image(image_level_caption={"a": "b"}), video(video_path=7),
        video(question_answer_pairs={}), video(question_answer_pairs=["Who?"]), video(frame_level_caption=None),
        video(frame_level_caption=[None]), image(segmentations=[]), image(segmentations={"1": None}),
        image(segmentations={"1": {"mask": None}}), image(segmentations={"1": {"mask": {"size": [2, 2]}}}),
        image(segmentations={"1": {"mask": {"size": [2], "counts": [4]}}}),
        image(segmentations={"1": {"mask": {"size": [0, 0], "counts": []}}}),
        image(segmentations={"1": {"mask": {"size": [2, 2], "counts": [5, -1]}}}),
        image(segmentations={"1": {"mask": {"size": [2, 2], "counts": {"a": 1}}}}),
    ],
)  # fmt: skip
def test_another_shape_is_found_and_nothing_else_is_tried(record):
    codes = set(found(record))
    assert codes == {"schema"}
    assert all(finding.message for finding in look(record))
    assert mended(record, unsafe=True) is None


@pytest.mark.parametrize("id_", ["kitchen-3", "1", "", 0, -1, 2**63])
def test_an_id_may_be_a_text_or_any_number(id_):
    assert found(image(image_id=id_)) == []
    assert found(video() | {"video_id": id_}) == []


def test_a_key_that_nobody_published_is_found_at_every_level():
    record = video()
    record |= {"extra": 1}
    record["frame_level_caption"][0] |= {"shot": 1}
    record["question_answer_pairs"][0] |= {"type": "what"}
    record["frame_level_caption"][0]["instance_level"]["1"] = {"long": "A cat.", "medium": "A cat."}
    paths = sorted(map(str, (finding.path for finding in look(record))))
    assert found(record) == ["key-unknown"] * 4
    assert paths == sorted(
        map(
            str,
            [
                ("extra",),
                ("frame_level_caption", 0, "shot"),
                ("question_answer_pairs", 0, "type"),
                ("frame_level_caption", 0, "instance_level", "1", "medium"),
            ],
        )
    )
    assert found(mended(record, unsafe=True)) == []


def test_a_misspelt_key_is_found_with_what_it_leaves_out():
    record = image()
    record["image_level_captions"] = record.pop("image_level_caption")
    assert sorted(found(record)) == ["key-unknown", "text-null"]


def test_a_key_that_stands_twice_is_found_at_any_depth():
    raw = json.dumps(video()).replace('"1": "A cat, seen 2 times."', '"1": "A cat.", "1": "A dog."').encode()
    assert found(raw) == ["json-key-repeated"]
    assert look(raw)[0].path == ("frame_level_caption", 1, "instance_level", "1")
    done = mended(raw, unsafe=True)
    assert done["frame_level_caption"][1]["instance_level"]["1"] == "A dog."
    assert found(done) == []


def test_a_key_that_stands_twice_with_one_value_is_mended_safely():
    raw = json.dumps(image()).replace('"1": "A red cup."', '"1": "A red cup.", "1": "A red cup."').encode()
    assert found(raw) == ["json-key-repeated"]
    assert mended(raw) == image()


def test_a_key_in_quotes_or_escapes_is_no_second_one():
    assert found(image(image_level_caption='"1": "A", "1": "B" \\ " { [1]')) == []
    raw = json.dumps(image()).replace('"1": "A red cup."', '"1": "A red cup.", "\\u0031": "A jug."').encode()
    assert found(raw) == ["json-key-repeated"]


@pytest.mark.parametrize("depth", [50, 5_000, 200_000])
def test_deep_nesting_is_a_problem_and_no_crash(depth):
    raw = b'{"image_id": 1, "image_path": "images_vpt/1.jpg", "x": ' + b"[" * depth + b"]" * depth + b"}"
    assert set(found(raw)) <= {"key-unknown", "json-malformed", "text-null", "schema"}
    assert found(raw)


@pytest.mark.parametrize(
    "raw", [b'{"image_id": 1', b"", b"{", b"\xff\xfe", b'{"image_id": 1}}', b"nul", b'{"a": "\xff"}']
)
def test_what_is_no_json_is_found_as_such(raw):
    assert found(raw) == ["json-malformed"]
    assert look(raw)[0].message.startswith("not well-formed JSON: ")


def test_a_number_that_is_whole_but_written_as_a_fraction_is_no_crash():
    raw = json.dumps(video()).replace('"timestamp": 2', '"timestamp": 2.0').encode()
    (finding,) = look(raw)
    assert finding.code == "schema"
    assert "timestamp" in finding.message


def test_a_line_that_is_no_json_does_not_hide_the_others(tmp_path):
    path = tmp_path / "data.jsonl"
    good, bad = json.dumps(image()), json.dumps(image(2, image_level_caption="[9]!"))
    path.write_text(f'{good}\n{{"image_id": 3, "image_pa\n{bad}\n[]\n')
    report = it.validate(path)
    assert [(each.record, each.code) for each in report.problems] == [
        (2, "json-malformed"),
        (3, "id-unknown"),
        (3, "text-short"),
        (4, "schema"),
    ]


def test_records_of_different_kinds_may_stand_in_one_file(array):
    item = {"question_id": "001-01", "question": "Who is [1]?", "answer": "A cat.", "video_path": "videos_vpt/001"}
    said = {"question_id": "001-01", "model_prediction": "", "ground_truth": "A cat.", "split": "video"}
    report = it.validate(array(video(), image(), item, image(2, image_level_caption=""), said, {"odd": 1}))
    assert [(each.record, each.code) for each in report.problems] == [
        (4, "text-empty"),
        (5, "prediction-empty"),
        (6, "schema"),
    ]


def test_nulls_where_lists_or_maps_are_expected_are_texts_that_are_missing():
    assert found(video(question_answer_pairs=None)) == ["text-null"]
    assert look(video(question_answer_pairs=None))[0].message == "is null where a list of questions is expected"
    assert found(video(question_answer_pairs=[])) == []
    assert found(image(instance_level_caption=None, image_level_caption="A cup.")) == ["text-null"]
    record = image()
    del record["image_level_caption"]
    assert [each.message for each in look(record)] == ["nothing is there where a text is expected"]


# ------------------------------------------------------------------------------------------------------------ masks

ONE = {"mask": {"size": [2, 3], "counts": [1, 2, 3]}}
TWO = {"mask": {"size": [2, 3], "counts": "33"}}


def rle(counts, size=(2, 3)):
    return {"mask": {"size": list(size), "counts": counts}}


@pytest.mark.parametrize(
    ("mask", "codes"),
    [
        (rle([1, 2, 3]), []),
        (rle([0, 6]), []),
        (rle("123"), []),
        (rle("06"), []),
        (rle([1, 2, 3, 0]), []),
        (rle([1, 2, 4]), ["mask-runs"]),
        (rle([1, 2]), ["mask-runs"]),
        (rle([]), ["mask-runs"]),
        (rle(""), ["mask-runs"]),
        (rle("12"), ["mask-runs"]),
        (rle("12~"), ["mask-runs"]),
        (rle("12 "), ["mask-runs"]),
        (rle("12\u00e9"), ["mask-runs"]),
        (rle("b'123'"), ["mask-runs"]),
        (rle("PPPP"), ["mask-runs"]),
        (rle("o" * 40 + "0"), ["mask-runs"]),
        (rle("N3"), ["mask-runs"]),
        (rle([10**30, 6]), ["mask-runs"]),
        (rle([2**63, 2**63, 6]), ["mask-runs"]),
        (rle([6]), ["mask-empty"]),
        (rle([6, 0]), ["mask-empty"]),
        (rle([3, 3], size=(3, 2)), ["mask-size"]),
        (rle([2, 2, 2], size=(1, 6)), ["mask-size"]),
        (rle([2, 2], size=(1, 6)), ["mask-runs", "mask-size"]),
    ],
)
def test_each_damage_of_a_mask_has_its_code(mask, codes):
    record = image(
        instance_level_caption={"1": "A cup.", "2": "A plate.", "3": "A jug."},
        segmentations={"1": ONE, "2": TWO, "3": mask},
    )
    assert sorted(found(record)) == sorted(codes)
    for finding in look(record):
        assert finding.path[:3] == ("segmentations", "3", "mask")


def test_sizes_are_held_against_most_others_and_two_that_differ_are_not_judged():
    turned = rle([3, 3], size=(3, 2))
    assert found(image(segmentations={"1": ONE, "2": turned})) == []
    record = video(frames=3, segmentations={f"{n}.jpg": {"1": turned if n == 2 else ONE, "2": TWO} for n in (1, 2, 3)})
    (finding,) = look(record)
    assert finding.message == "the mask is 3 high and 2 wide, and most others are 2 high and 3 wide"
    done = mended(record, unsafe=True)
    assert done["segmentations"]["2.jpg"]["1"]["mask"]["size"] == [2, 3]


@pytest.mark.parametrize(
    ("segmentations", "codes"),
    [
        (None, []),
        ({}, ["mask-missing"] * 2),
        ({"1.jpg": {}, "2.jpg": {}}, ["mask-missing"] * 2),
        ({"1.jpg": {"1": ONE, "2": TWO}}, ["mask-missing"]),
        ({"1.jpg": {"1": ONE, "2": TWO}, "2.jpg": {"1": ONE, "2": TWO}}, []),
        ({"1.jpg": {"1": ONE, "2": TWO}, "2.jpg": {"1": ONE, "2": TWO}, "3.jpg": {}}, ["mask-frame-unknown"]),
        ({"1": {"1": ONE, "2": TWO}, "2.jpg": {"1": ONE, "2": TWO}}, ["mask-missing", "mask-frame-unknown"]),
        ({"1.jpg": {"1": ONE, "2": TWO, "7": TWO}, "2.jpg": {"1": ONE, "2": TWO}}, ["mask-uncaptioned"]),
    ],
)
def test_masks_and_captions_belong_together_frame_by_frame(segmentations, codes):
    record = video(frames=2, questions=[("Who is here?", "A cat, [1].")], segmentations=segmentations)
    shown = [code for code in found(record) if code != "id-without-mask"]
    assert sorted(shown) == sorted(codes)


def test_masks_of_an_image_need_one_for_each_caption():
    (finding,) = look(image(segmentations={"1": ONE}))
    assert (finding.code, finding.message) == ("mask-missing", "no mask of the captioned instance 2")
    (finding,) = look(image(segmentations={}))
    assert finding.message == "no mask of the captioned instances 1, 2"


def test_masks_of_the_benchmark_are_held_against_those_of_their_own_picture():
    """What the linter does with such a file as a whole is not asked here: only what the rule says of it."""
    turned = rle([3, 3], size=(3, 2))
    tree = {
        "segmentations": {
            "001": {"1": ONE, "2": rle([1, 2])},
            "002": {
                "1.jpg": {"1": turned, "2": turned},
                "2.jpg": {"1": ONE, "2": turned, "3": rle("36", (3, 3))},
                "3.jpg": {},
            },
        }
    }
    shown = [(finding.code, finding.path[1:-2]) for finding in mask_rules.check(View("bench masks", b"", tree))]
    assert shown == [
        ("mask-runs", ("001", "2")),
        ("mask-size", ("002", "2.jpg", "1")),
        ("mask-size", ("002", "2.jpg", "3")),
    ]


# --------------------------------------------------------------------------------------------------- bench and notes

FOUR = {"A": "Left.", "B": "Right.", "C": "Up.", "D": "Down."}


def item(**changes):
    return {"question_id": "001-01", "question": "Where is [1]?", "answer": "B", "video_path": "videos/001"} | changes


@pytest.mark.parametrize(
    ("record", "codes"),
    [
        (item(options=FOUR), []),
        (item(options=dict(reversed(FOUR.items()))), []),
        (item(choice_a="a", choice_b="b", choice_c="c", choice_d="d"), []),
        (item(choice_a="a", choice_b="b", choice_c="c", choice_d=None), ["options-letters"]),
        (item(options=FOUR | {"E": "None."}), ["options-letters"]),
        (item(options={"a": "1", "b": "2", "c": "3", "d": "4"}), ["options-letters", "answer-not-option"]),
        (item(options={}), ["options-letters"]),
        (item(options=None, answer="Left."), []),
        (item(options=FOUR, answer="E"), ["answer-not-option"]),
        (item(options=FOUR, answer="b"), ["answer-not-option"]),
        (item(options=FOUR, answer=" B"), ["answer-not-option"]),
        (item(options=FOUR, answer="Right."), ["answer-not-option"]),
        (item(options=FOUR, answer=None), ["text-null"]),
        (item(options=FOUR | {"D": " left. "}), ["options-repeated"]),
        (item(options=FOUR | {"D": ""}), ["text-empty"]),
        (item(answer="", options=None), ["text-empty"]),
        (item(question_id="1-1", options=FOUR), ["question-id-form"]),
        (item(question_id="001-001", options=FOUR), ["question-id-form"]),
        (item(question_id="\uff10\uff10\uff11-01", options=FOUR), ["question-id-form"]),
        (item(question_id=101, options=FOUR), ["schema"]),
        (item(question="Where is [01] at <1>-3?", options=FOUR), ["id-padded", "interval-unfinished"]),
        (item(options=FOUR | {"A": "[1, 2]"}), ["id-list"]),
    ],
)
def test_each_fault_of_a_question_has_its_code(record, codes):
    assert found(record) == codes


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("B", []),
        ("[264] - A car", []),
        ("", ["prediction-empty"]),
        (" ", ["prediction-empty"]),
        (None, ["prediction-empty"]),
    ],
)
def test_a_prediction_may_say_anything_but_nothing(said, codes):
    record = {"question_id": "001-01", "question": "Who?", "model_prediction": said, "ground_truth": "B"}
    assert found(record) == codes


@pytest.mark.parametrize(
    ("caption", "codes"),
    [
        ("[1] is a cup.", ["caption-own-id"]),
        (" [01] is a cup.", ["id-padded", "caption-own-id"]),
        ("A cup, [1].", []),
        ("[2] holds it.", []),
        ("Beside [2].", []),
    ],
)
def test_a_caption_that_begins_with_its_own_id_is_noted(caption, codes):
    assert sorted(found(image(instance_level_caption={"1": caption, "2": "A plate."}))) == sorted(codes)


def test_a_question_without_an_id_is_noted_unless_the_answer_has_one():
    assert found(video(questions=[("Is it day?", "Yes, it is.")])) == ["question-no-id"]
    assert found(video(questions=[("Who is there?", "[2].")])) == []
    assert found(video(questions=[("Who is there?", "[1, 2].")])) == ["id-list"]
