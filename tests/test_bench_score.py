"""Scores: every published shape of questions and predictions, what does not fit together, and what is counted."""

import doctest
import gzip
import json
import re
import subprocess
import sys

import polars as pl
import pytest
from conftest import REAL, image, video
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from terminal import on_a_terminal

from instit_tools.bench import forms, intervals, kinds, results
from instit_tools.bench.answers import questions, scored, write_score
from instit_tools.bench.intervals import Values, estimate
from instit_tools.bench.items import read_items
from instit_tools.bench.predictions import joined, read_predictions
from instit_tools.bench.results import encode, read_headlines
from instit_tools.bench.results import given as inputs_given
from instit_tools.cli.bench import tables
from instit_tools.errors import OutputError, RecordError, SourceError, UsageError
from instit_tools.schemas import schema

PREDICTIONS = REAL / "Inst-It-Bench" / "predictions" / "video_mc_inference.json"
OPTIONS = {"A": "Left", "B": "Right", "C": "Up", "D": "Down"}
SHAPE = "a prediction has question_id, question, model_prediction, ground_truth and split, as the published ones do"
ORDER = "files of predictions are given first, those of questions with --items"


def question(number="001-01", *, split="video", **changes):
    """A multiple-choice question in the published shape, with *changes* to its keys."""
    owner = number.partition("-")[0]
    path = f"videos_vpt/{owner}" if split == "video" else f"images_vpt/{owner}.jpg"
    record = {
        "question_id": number,
        f"{split}_id": owner,
        f"{split}_path": path,
        "question": "Where does [1] go at <2>?",
        "answer": "B",
        "options": OPTIONS,
    }
    return record | changes


def prediction(number="001-01", said="B", **changes):
    """A prediction in the published shape, with *changes* to its keys; one that is ``...`` is left out."""
    record = {
        "question_id": number,
        "question": "Where does [1] go at <2>?",
        "model_prediction": said,
        "ground_truth": "B",
        "split": "video",
    }
    return {key: value for key, value in (record | changes).items() if value is not ...}


@pytest.fixture
def file(tmp_path):
    """Write rows in the format that the name says, and give the path."""

    def write(name, *rows):
        path = tmp_path / name
        if name.endswith(".parquet"):
            pl.DataFrame(list(rows)).write_parquet(path)
            return str(path)
        by_line = "".join(f"{json.dumps(row)}\n" for row in rows)
        text = (by_line if ".jsonl" in name else json.dumps(rows)).encode()
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return str(path)

    return write


def in_columns(record):
    """The shape of the benchmark's Parquet: an option a column, no ids of videos and images."""
    options = {f"choice_{letter.lower()}": text for letter, text in record["options"].items()}
    dropped = {"options", "video_id", "image_id", "image_path"}
    return {key: value for key, value in record.items() if key not in dropped} | options


def failed(kind, act):
    """The message and the hint that *act* ends with."""
    with pytest.raises(kind) as caught:
        act()
    assert type(caught.value) is kind
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize("module", [forms, results, tables])
def test_the_examples_in_the_docstrings_hold(module):
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)


# Questions


@pytest.mark.parametrize("name", ["q.json", "q.json.gz", "q.jsonl", "q.jsonl.gz"])
def test_questions_are_read_from_json_in_every_wrapping(file, name):
    path = file(name, question("001-01"), question("002-01", answer="C"))
    first, second = read_items([path])
    assert (first.id, first.split, first.truth, first.choices) == ("001-01", "video", "B", OPTIONS)
    assert (first.path, first.cluster, first.source, first.embedded) == ("videos_vpt/001", "1", None, None)
    assert (first.form, first.key, first.file) == ("multiple-choice", ("video", "001-01"), path)
    assert (second.id, second.truth, second.cluster) == ("002-01", "C", "2")


def test_questions_are_read_from_parquet_with_an_option_a_column(file):
    (item,) = read_items([file("q.parquet", in_columns(question("007-02")))])
    assert (item.id, item.split, item.truth, item.choices) == ("007-02", "video", "B", OPTIONS)
    assert (item.path, item.cluster, item.embedded) == ("videos_vpt/007", "7", None)


def test_questions_about_pictures_that_are_in_the_parquet_file_say_in_which_row(file):
    picture = {"bytes": b"\xff\xd8\xff", "path": "001.jpg"}
    rows = [in_columns(question(f"00{number}-01", split="image")) | {"image": picture} for number in (1, 2)]
    found = read_items([file("test.parquet", *rows)])
    assert [(item.id, item.split, item.path, item.embedded) for item in found] == [
        ("001-01", "image", None, 1),
        ("002-01", "image", None, 2),
    ]
    assert [item.cluster for item in found] == ["001", "002"]


def test_both_splits_use_the_same_ids_and_are_told_apart(file):
    names = [file(f"{split}.json", question(split=split)) for split in ("image", "video")]
    assert [item.key for item in read_items(names)] == [("image", "001-01"), ("video", "001-01")]
    told = question(image_path=..., video_path=..., video_id=...)
    bare = {key: value for key, value in told.items() if value is not ...}
    assert [item.split for item in read_items([file("image_mc.json", bare)])] == ["image"]


def test_keys_that_nobody_published_and_open_ended_questions_are_let_through(file):
    path = file("q.json", question(difficulty=3), question(options=None, answer="To the right."))
    choice, open_ended = read_items([path])
    assert (choice.form, open_ended.form) == ("multiple-choice", "open-ended")
    assert open_ended.truth == "To the right."
    assert questions([path], "multiple-choice") == [choice]
    assert questions([path], "open-ended") == [open_ended]


def test_the_dataset_that_a_picture_is_from_is_known_from_its_path(file):
    (item,) = read_items([file("q.json", question(video_path="videos_vpt/LVVIS/00012"))])
    assert (item.source, item.cluster) == ("LVVIS", "1")


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (
            {"options": {"A": "Left", "B": "Right"}},
            "{}, record 1: question_id 001-01: options: there are A, B, not A, B, C, D",
            "every multiple-choice question of the benchmark has four options",
        ),
        (
            {"answer": "Right"},
            "{}, record 1: question_id 001-01: answer: 'Right' is not A, B, C or D",
            "the answer to a multiple-choice question is the letter of an option",
        ),
        (
            {"question_id": " "},
            "{}, record 1: question_id: it is empty",
            "every question has an id of its own, such as 001-01",
        ),
        (
            {"video_path": None, "video_id": None},
            "{}, record 1: question_id 001-01: neither image_path nor video_path says what is asked about",
            "or let the name of the file have image or video in it",
        ),
        ({"model_prediction": "B"}, "{}, record 1: a prediction, not a question", ORDER),
    ],
)
def test_a_question_that_is_none_of_the_benchmark_is_said_so(file, change, message, hint):
    path = file("q.json", question(**change))
    assert failed(RecordError, lambda: read_items([path])) == (message.format(path), hint)


def test_questions_are_held_against_other_kinds_of_files(file, tmp_path):
    path = file("q.json", video())
    message = f"{path}, record 1: a record for training, not a question"
    assert failed(RecordError, lambda: read_items([path])) == (
        message,
        "the questions are in files such as video_multi_choices.json",
    )
    path = file("p.jsonl", prediction(question=...))
    assert failed(RecordError, lambda: read_items([path])) == (f"{path}, line 1: a prediction, not a question", ORDER)
    path = file("none.json")
    assert failed(SourceError, lambda: read_items([path]))[0] == f"{path}: there is no question in it"
    path = file("open.json", question(options=None, answer="To the right."))
    assert failed(UsageError, lambda: questions([path], "multiple-choice")) == (
        f"{path}: none of the 1 questions is multiple-choice",
        "name the multiple-choice questions; bench judge scores open-ended answers",
    )


def test_a_question_that_stands_twice_is_said_so_and_one_of_another_form_is_not(file):
    first, second = file("a.json", question()), file("b.json", question("002-01"), question())
    assert failed(RecordError, lambda: read_items([first, second])) == (
        f"{second}, record 2: question_id: 001-01 stands a second time, the first is {first}, record 1",
        "give each file of questions once",
    )
    assert len(read_items([file("c.json", question(), question(options=None, answer="Right."))])) == 2


# Predictions


@pytest.mark.parametrize("name", ["p.json", "p.json.gz", "p.jsonl", "p.parquet"])
def test_predictions_are_read_from_every_format(file, name):
    path = file(name, prediction("001-01", "B", seconds=1.5), prediction("001-02", None))
    found = read_predictions([path])
    assert [(split, each.question_id, each.prediction) for _, split, each in found] == [
        ("video", "001-01", "B"),
        ("video", "001-02", None),
    ]
    unit = "line" if name == "p.jsonl" else "record"
    assert [where for where, *_ in found] == [f"{path}, {unit} 1", f"{path}, {unit} 2"]


def test_the_split_of_a_prediction_is_its_own_or_of_the_name_of_its_file_or_of_its_question(file):
    bare = prediction(split=...)
    assert [split for _, split, _ in read_predictions([file("my_image_answers.json", bare)])] == ["image"]
    assert [split for _, split, _ in read_predictions([file("my_image.json", prediction())])] == ["video"]
    items = read_items([file("q.json", question())])
    assert [split for _, split, _ in read_predictions([file("mine.json", bare)], items)] == ["video"]
    mixed = file("mixed.json", prediction(), prediction(split="image"))
    assert [split for _, split, _ in read_predictions([mixed])] == ["video", "image"]


def test_a_split_that_nothing_settles_is_said_so(file):
    path = file("mine.json", prediction(split=None))
    expected = (
        f"{path}, record 1: 001-01: split: neither image nor video",
        "or let the name of the file have image or video in it",
    )
    assert failed(RecordError, lambda: read_predictions([path])) == expected
    both = read_items([file("q.json", question(), question(split="image"))])
    assert failed(RecordError, lambda: read_predictions([path], both)) == expected
    path = file("odd.json", prediction(split="test"))
    assert failed(RecordError, lambda: read_predictions([path])) == (
        f"{path}, record 1: 001-01: split: 'test' is neither image nor video",
        None,
    )


@pytest.mark.parametrize(
    ("row", "message", "hint"),
    [
        (prediction(model_prediction=...), "object missing required field `model_prediction`", SHAPE),
        (prediction(model_prediction=["B"]), "model_prediction: expected `str | null`, got `array`", SHAPE),
        (prediction(12), "question_id: expected `str`, got `int`", SHAPE),
        (prediction(10**5000), "question_id: number out of range", SHAPE),
        (prediction(""), "question_id: it is empty", SHAPE),
        (7, "expected `object`, got `int`", SHAPE),
        (None, "expected `object`, got `null`", SHAPE),
        (question(), "a question, not a prediction", ORDER),
        (
            video(),
            "a record for training, not a prediction",
            "the predictions are in files such as video_mc_inference.json",
        ),
        (
            image(),
            "a record for training, not a prediction",
            "the predictions are in files such as video_mc_inference.json",
        ),
    ],
)
def test_what_is_no_prediction_is_said_so(file, row, message, hint):
    sys.set_int_max_str_digits(0)
    try:
        path = file("p.json", prediction("000-01"), row)
    finally:
        sys.set_int_max_str_digits(4300)
    assert failed(RecordError, lambda: read_predictions([path])) == (f"{path}, record 2: {message}", hint)


def test_a_question_that_is_answered_twice_is_said_so_within_a_file_and_between_two(file):
    twice = file("twice.json", prediction(), prediction("002-01"), prediction())
    message = "{}: question_id: 001-01 is answered a second time, the first is {}"
    hint = "keep one prediction for each question"
    assert failed(RecordError, lambda: read_predictions([twice])) == (
        message.format(f"{twice}, record 3", f"{twice}, record 1"),
        hint,
    )
    one, other = file("one.jsonl", prediction()), file("other.json", prediction())
    assert failed(RecordError, lambda: read_predictions([one, other])) == (
        message.format(f"{other}, record 1", f"{one}, line 1"),
        hint,
    )


def test_a_file_without_predictions_is_said_so(file):
    path = file("none.json")
    assert failed(SourceError, lambda: read_predictions([path])) == (
        f"{path}: there is no prediction in it",
        "name a file such as video_mc_inference.json",
    )


def test_json_that_cannot_be_decoded_names_the_record(tmp_path):
    deep = (
        '{"question_id": "001-01", "model_prediction": "B", "split": "video", "x": '
        + "[" * 100_000
        + "]" * 100_000
        + "}"
    )
    half = '{"question_id": "001-01", "model_prediction": "\\ud800", "split": "video"}'
    for text, said in (
        (deep, "maximum recursion depth exceeded"),
        (half, r"model_prediction holds \ud800, half a character"),
    ):
        path = tmp_path / "p.json"
        path.write_text(f"[{text}]", encoding="utf-8")
        message, _ = failed(RecordError, lambda path=path: read_predictions([str(path)]))
        assert message.startswith(f"{path}, record 1: not well-formed JSON: {said}")


def test_a_byte_order_mark_crlf_blank_lines_and_a_key_that_stands_twice_are_read_as_python_reads_them(tmp_path):
    path = tmp_path / "video.jsonl"
    line = '{"question_id": "001-0%d", "model_prediction": "A", "model_prediction": "B", "ground_truth": "B"}\r\n'
    path.write_bytes(b"\xef\xbb\xbf" + (line % 1 + "\r\n" + line % 2).encode())
    assert [each.prediction for _, _, each in read_predictions([str(path)])] == ["B", "B"]
    result, _ = scored([str(path)])
    assert (result.splits[0].questions, result.splits[0].whole["strict"].right) == (2, 2)


def test_a_folder_means_the_files_in_it(file, tmp_path):
    (tmp_path / "readme.txt").write_text("hello", encoding="utf-8")
    file("a.jsonl", prediction("001-01"))
    file("b.json", prediction("002-01"))
    file("c.parquet", prediction("003-01"))
    assert [each.question_id for _, _, each in read_predictions([str(tmp_path)])] == ["001-01", "002-01", "003-01"]


def test_parquet_of_other_types_is_said_so(tmp_path):
    path = tmp_path / "p.parquet"
    pl.DataFrame([prediction() | {"question_id": 1}]).write_parquet(path)
    message, hint = failed(RecordError, lambda: read_predictions([str(path)]))
    assert message.startswith(f"{path}, record 1: question_id: expected `str`, got `int`")
    assert hint == SHAPE
    pl.DataFrame([prediction() | {"model_prediction": b"B"}]).write_parquet(path)
    assert failed(SourceError, lambda: read_predictions([str(path)])) == (
        f"{path} is Parquet, but its column model_prediction holds large_binary, not text",
        "write it as text",
    )


@pytest.mark.parametrize("read", [read_items, read_predictions])
def test_parquet_that_is_cut_short_is_said_so(tmp_path, read):
    path = tmp_path / "p.parquet"
    path.write_bytes(b"PAR1x")
    message, hint = failed(SourceError, lambda: read([str(path)]))
    assert message.startswith(f"{path} is not a whole Parquet file: ")
    assert hint == "the download is probably incomplete: fetch it again"


# Joined


def together(file, said, asked, **options):
    return scored([file("p.json", *said)], [file("q.json", *asked)] if asked else (), **options)


def test_predictions_are_joined_with_their_questions_in_the_order_of_these(file):
    said = [prediction("002-01", "right"), prediction("001-01", "A")]
    asked = [question("001-01"), question("002-01"), question("001-01", split="image")]
    items = read_items([file("q.json", *asked)])
    answers = joined(read_predictions([file("p.json", *said)], items), items)
    assert [(answer.id, answer.prediction, answer.choices, answer.cluster) for answer in answers] == [
        ("001-01", "A", OPTIONS, "1"),
        ("002-01", "right", OPTIONS, "2"),
    ]


@pytest.mark.parametrize("missing", ["stop", "wrong", "leave-out"])
def test_a_question_without_a_prediction_stops_or_is_wrong_or_is_left_out(file, missing):
    asked = [question(f"00{number}-01") for number in range(1, 8)] + [question(split="image")]
    act = lambda: together(file, [prediction()], asked, missing=missing)  # noqa: E731  # done twice
    if missing == "stop":
        assert failed(UsageError, act) == (
            "6 of 7 questions are without a prediction: 002-01, 003-01, 004-01, ...",
            "--missing wrong counts them as wrong, --missing leave-out leaves them out",
        )
        return
    result, read = act()
    (split,) = result.splits
    expected = {"wrong": (7, 6, 0, 7), "leave-out": (1, 0, 6, 1)}[missing]
    assert (split.questions, split.missing, result.left_out, len(read)) == expected
    assert (split.whole["strict"].right, split.whole["strict"].parsed) == (1, 1)
    assert [headline.complete for headline in result.headlines] == [False, False]
    assert {each.reason for each in read if each.prediction is None} == (
        {"no prediction"} if missing == "wrong" else set()
    )


def test_missing_needs_questions(file):
    path = file("p.json", prediction())
    assert failed(UsageError, lambda: scored([path], missing="wrong")) == (
        "--missing wrong: which questions are missing is not known",
        "name the questions: --items video_multi_choices.json",
    )


@pytest.mark.parametrize(
    ("change", "asked", "message", "hint"),
    [
        (
            {"question_id": "001-02"},
            {},
            "{}, record 1: question_id: 001-02 is no question about videos among those of --items",
            "predictions and questions are of different files, or of different versions",
        ),
        (
            {"split": "image"},
            {},
            "{}, record 1: question_id: 001-01 is no question about images among those of --items",
            "predictions and questions are of different files, or of different versions",
        ),
        (
            {"question": "Who is it?"},
            {},
            "{}, record 1: 001-01: question: 'Who is it?', while the question's file has 'Where does [1] go at <2>?'",
            "the predictions were made for another version of the benchmark",
        ),
        (
            {"ground_truth": "C"},
            {},
            "{}, record 1: 001-01: ground_truth: 'C', while the question's file has 'B'",
            "the predictions were made for another version of the benchmark",
        ),
        (
            {"ground_truth": None},
            {"answer": None},
            "{}, record 1: 001-01: ground_truth: neither the prediction nor the question has it",
            "name the published questions, which have answers",
        ),
    ],
)
def test_predictions_of_other_questions_are_said_so(file, change, asked, message, hint):
    act = lambda: together(file, [prediction(**change)], [question(**asked)])  # noqa: E731  # said once
    found = failed(RecordError, act)
    assert found == (message.format(file("p.json", prediction(**change))), hint)


def test_white_space_makes_no_other_question(file):
    result, _ = together(file, [prediction(question=" Where does\n[1] go at <2>? ", ground_truth=" B\n")], [question()])
    assert result.splits[0].whole["strict"].right == 1


def test_a_right_answer_that_nobody_has_is_said_so(file):
    path = file("p.json", prediction(ground_truth=...))
    assert failed(RecordError, lambda: scored([path])) == (
        f"{path}, record 1: 001-01: ground_truth: there is none",
        "name the questions beside it: --items video_multi_choices.json",
    )
    asked = [question(), question("002-01", answer=None)]
    message, hint = failed(RecordError, lambda: together(file, [prediction()], asked, missing="wrong"))
    assert message.endswith("q.json: 002-01: answer: there is none, and no prediction that has it")
    assert hint == "name the published questions, which have answers"


def test_open_ended_answers_are_for_a_judge(file):
    path = file("p.json", prediction(said="He leaves.", ground_truth="[1] leaves the room."))
    assert failed(UsageError, lambda: scored([path])) == (
        "001-01: the right answer is '[1] leaves the room.', no letter from A to D",
        "open-ended answers are scored by a judge: instit-tools bench judge",
    )


# Scores

SAID = ["B", "Best option: B", "The answer is C.", "B or C", "b", "", "Right", "A cat is seen, so B"]
"""Strictly: right, right, wrong, none, right, none, none (right with the options), right."""


def some(of=SAID):
    return [prediction(f"00{number}-0{1 + number % 2}", said) for number, said in enumerate(of)]


def test_right_answers_are_counted_over_all_and_over_those_that_could_be_read(file):
    result, read = together(file, some(), None)
    (split,) = result.splits
    assert (split.split, split.questions, split.clusters, split.missing) == ("video", 8, 8, 0)
    strict, upstream = split.whole["strict"], split.whole["upstream"]
    assert (strict.right, strict.parsed, strict.questions) == (4, 5, 8)
    assert (strict.of_all.mean, strict.of_parsed.mean) == (4 / 8, 4 / 5)
    assert (upstream.right, upstream.parsed) == (3, 5)
    assert (upstream.of_all.mean, upstream.of_parsed.mean) == (3 / 8, 3 / 5)
    assert [each.strict for each in read] == ["B", "B", "C", None, "B", None, None, "B"]
    assert [each.upstream for each in read] == ["B", "B", "C", "B", None, None, None, "A"]
    assert [each.question_id for each in result.unparsed] == ["003-02", "005-02", "006-01"]
    assert [each.question_id for each in result.disagreements] == ["003-02", "004-01", "007-02"]
    assert [(each.by, each.estimate.mean, each.complete) for each in result.headlines] == [
        ("strict", 4 / 8, True),
        ("upstream", 3 / 5, True),
    ]


def test_the_texts_of_the_options_are_read_where_they_are_known(file):
    result, _ = together(file, some(), [question(row["question_id"]) for row in some()])
    assert result.options_known
    assert result.splits[0].whole["strict"].right == 5
    assert not together(file, some(), None)[0].options_known


def test_questions_are_told_apart_by_what_they_ask_and_where_they_are_from(file):
    texts = ["Who is it?", "Where is [1]?", "Is [1] with [2] at <1>?", "What happens in <1>-<3>?"]
    sources = ["LVVIS", "OVIS", "LVVIS", "LVVIS"]
    asked = [
        question(f"00{number}-01", question=text, video_path=f"videos_vpt/{source}/{number}")
        for number, (text, source) in enumerate(zip(texts, sources, strict=True))
    ]
    said = [prediction(row["question_id"], "B", question=row["question"]) for row in asked]
    (split,) = together(file, said, asked)[0].splits
    assert [(group.grouping, group.kind, group.questions) for group in split.groups] == [
        ("all", "all", 4),
        ("instances", "no id", 2),
        ("instances", "one id", 1),
        ("instances", "several ids", 1),
        ("time", "no timestamp", 2),
        ("time", "one timestamp", 1),
        ("time", "several timestamps", 1),
        ("source", "LVVIS", 3),
        ("source", "OVIS", 1),
    ]
    assert kinds.KINDS.keys() == {"instances", "time"}


def test_of_questions_whose_text_is_unknown_no_kind_is_made_up(file):
    (split,) = together(file, [prediction(question=...)], None)[0].splits
    assert [group.kind for group in split.groups] == ["all"]


def test_images_and_videos_are_scored_apart(file):
    said = [prediction(), prediction(split="image", said="A"), prediction("001-02", split="image")]
    image_score, video_score = together(file, said, None)[0].splits
    assert (image_score.split, image_score.whole["strict"].right, image_score.questions) == ("image", 1, 2)
    assert (video_score.split, video_score.whole["strict"].right, video_score.questions) == ("video", 1, 1)


def test_one_video_alone_has_no_interval(file):
    (split,) = together(file, [prediction("001-01"), prediction("001-02", "C")], None)[0].splits
    share = split.whole["strict"].of_all
    assert (share.mean, share.clusters, share.low, share.boot_low, share.error) == (0.5, 1, None, None, None)


@pytest.mark.parametrize(("said", "mean"), [("B", 1.0), ("C", 0.0)])
def test_where_all_is_right_or_all_is_wrong_the_interval_is_not_empty(file, said, mean):
    (split,) = together(file, [prediction(f"00{number}-01", said) for number in range(9)], None)[0].splits
    share = split.whole["strict"].of_all
    assert (share.mean, share.error) == (mean, 0)
    wilson = 1.959963984540054**2 / (9 + 1.959963984540054**2)
    low, high = (1 - wilson, 1) if mean else (0, wilson)
    assert (share.low, share.high) == pytest.approx((low, high))
    assert (share.boot_low, share.boot_high) == (mean, mean)


def test_where_nothing_can_be_read_there_is_no_share_of_what_can(file):
    (split,) = together(file, [prediction("001-01", "dunno"), prediction("002-01", None)], None)[0].splits
    for tally in split.whole.values():
        assert (tally.right, tally.parsed, tally.of_all.mean, tally.of_parsed.mean) == (0, 0, 0.0, None)


def test_clusters_that_agree_up_to_rounding_have_the_interval_of_those_that_agree():
    clusters = [str(number // 49) for number in range(49 * 5)]
    values = [float(number % 49 < 9) for number in range(49 * 5)]
    found = estimate(Values(clusters, values))
    assert found.error == 0
    assert found.high - found.low > 0.4


def test_the_bootstrap_of_many_clusters_is_drawn_block_by_block(monkeypatch):
    values = Values([str(number // 3) for number in range(900)], [float(number % 7 < 3) for number in range(900)])
    whole = estimate(values)
    monkeypatch.setattr(intervals, "_DRAWN_AT_ONCE", 70_000)
    blocks = estimate(values)
    assert blocks != whole
    assert (blocks.boot_low, blocks.boot_high) == pytest.approx((whole.boot_low, whole.boot_high), abs=0.005)
    assert (blocks.low, blocks.high) == (whole.low, whole.high)


ANSWER = st.sampled_from(["A", "B", "The answer is B", "Best answer: B", "c", "B or C", "", "dunno", None])


@settings(max_examples=25, deadline=None)
@given(st.lists(ANSWER, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_counts_add_up_and_the_order_of_predictions_changes_nothing(tmp_path_factory, said, random):
    folder = tmp_path_factory.mktemp("order")
    rows = [prediction(f"{number // 3:03}-{number % 3:02}", each) for number, each in enumerate(said)]
    path = folder / "p.json"
    found = []
    for _ in range(2):
        path.write_text(json.dumps(rows), encoding="utf-8")
        result, _ = scored([str(path)])
        found.append((result.splits, result.unparsed, result.disagreements))
        random.shuffle(rows)
    assert found[0] == found[1]
    (split,) = result.splits
    for reader, tally in split.whole.items():
        assert tally.right <= tally.parsed <= tally.questions == len(said)
        assert sum(group.readers[reader].right for group in split.groups if group.grouping == "time") == tally.right
    assert len(result.unparsed) == len(said) - split.whole["strict"].parsed


def test_the_published_predictions_score_what_is_published():
    if not PREDICTIONS.exists():
        pytest.skip("the real data are not beside this checkout")
    result, read = scored([str(PREDICTIONS)])
    (split,) = result.splits
    upstream, strict = split.whole["upstream"], split.whole["strict"]
    assert (upstream.right, upstream.parsed, split.questions, split.clusters) == (429, 1001, 1001, 206)
    share = upstream.of_parsed
    assert f"{100 * share.mean:.3f}" == "42.857"
    assert 100 * 1.959963984540054 * share.naive == pytest.approx(3.07, abs=0.005)
    assert 100 * (share.high - share.low) / 2 == pytest.approx(3.25, abs=0.04)
    assert 100 * (share.boot_high - share.boot_low) / 2 == pytest.approx(3.25, abs=0.1)
    assert (strict.right, strict.parsed) == (429, 1000)
    assert [each.question_id for each in read if each.strict != each.upstream] == ["193-07"]
    assert [each.question_id for each in result.unparsed] == ["193-07"]


# What is written


@pytest.fixture
def out(file, tmp_path):
    """Write a score of some predictions into a folder, and give it."""

    def write(name="out", *, overwrite=False, said=SAID):
        result, read = together(file, some(said), None)
        write_score(tmp_path / name, result, read, overwrite=overwrite)
        return tmp_path / name

    return write


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_predictions_give_the_same_bytes(out):
    first, second = out("a"), out("b")
    assert content(first) == content(second)
    assert content(first).keys() == {"result.json", "verdicts.jsonl"}
    lines = [json.loads(line) for line in (first / "verdicts.jsonl").read_text().splitlines()]
    assert [line["prediction"] for line in lines] == SAID
    assert read_headlines(first).headlines == read_headlines(first / "result.json").headlines


def test_a_folder_that_holds_something_is_refused_and_an_older_result_replaced_on_demand(out, tmp_path):
    folder = out()
    message, hint = failed(OutputError, out)
    assert message == f"{folder} already holds result.json"
    assert hint == "choose another folder; --overwrite replaces what an earlier run finished there"
    out(overwrite=True, said=["C"])
    assert len((folder / "verdicts.jsonl").read_text().splitlines()) == 1
    (folder / "mine.txt").write_text("x", encoding="utf-8")
    message, hint = failed(OutputError, lambda: out(overwrite=True))
    assert message.startswith(f"{folder} holds mine.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "p.json"]


def test_what_is_interrupted_leaves_nothing(file, tmp_path):
    result, read = together(file, some(), None)

    def interrupted():
        yield from read[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_score(tmp_path / "out", result, interrupted())
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("said", [SAID, ["B"], ["dunno"], [None], ["B"] * 9])
def test_a_result_fits_its_schema(file, asked, said):
    rows = [prediction(f"00{number}-01", each) for number, each in enumerate(said)]
    items = [question(row["question_id"], video_path=f"videos_vpt/OVIS/{row['question_id']}") for row in rows]
    result, _ = together(
        file, rows, [*items, question("900-01")] if asked else None, missing="wrong" if asked else "stop"
    )
    tree = json.loads(encode(result))
    Draft202012Validator(schema("bench-score")).validate(tree)
    tree["splits"][0]["groups"][0]["readers"]["lenient"] = tree["splits"][0]["groups"][0]["readers"].pop("strict")
    assert not Draft202012Validator(schema("bench-score")).is_valid(tree)


def test_inputs_are_noted_with_the_sha256_of_their_bytes(file):
    path = file("p.json", prediction())
    (noted,) = inputs_given([path])
    digest = subprocess.run(["sha256sum", path], capture_output=True, check=True).stdout.split()[0].decode()
    assert (noted.name, noted.sha256) == (path, digest)
    assert [(each.name, each.sha256) for each in inputs_given(["-"])] == [("-", None)]


# The command


def lines_of(done):
    return done.stdout.decode().splitlines()


def test_the_command_shows_tables_and_json_that_is_the_file(run, file, tmp_path):
    path = file("video.json", *some())
    done = run("bench", "score", path, "-o", "out", "--name", "mine")
    assert done.returncode == 0
    assert lines_of(done) == [
        "mine: 8 questions about 8 videos, multiple choice",
        "",
        "Right answers in %, with 95 % intervals",
        "reader    of             right  of     %       analytic      bootstrap",
        *(line for line in lines_of(done)[4:8] if re.match(r"(strict|upstream)  +(all questions|answers read) ", line)),
        "as published: upstream, of the answers that it can read",
        "",
        "Right answers in %, by what is asked (± 95 %)",
        *lines_of(done)[11:14],
        "",
        "No letter by either: 2 answers",
        "  005-02  right B, strict none, upstream none",
        "          ''",
        "          nothing was said",
        "  006-01  right B, strict none, upstream none",
        "          'Right'",
        "          no option is committed to",
        "",
        "Read differently: 3 answers",
        "  003-02  right B, strict none, upstream B",
        "          'B or C'",
        "          two options compete",
        "  004-01  right B, strict B, upstream none",
        "          'b'",
        "  007-02  right B, strict B, upstream A",
        "          'A cat is seen, so B'",
    ]
    assert done.stderr.decode().splitlines() == [
        "",
        "out holds result.json and verdicts.jsonl, a line an answer",
        "the options are not known: --items lets strict read answers in words, too",
    ]
    again = run("bench", "score", path, "-o", "out", "--name", "mine", "--json", "--overwrite", "--seed", "0")
    assert again.returncode == 0
    assert again.stdout == (tmp_path / "out" / "result.json").read_bytes()


def test_standard_input_is_scored_and_named_so(run):
    done = run("bench", "score", "-", "--json", stdin=json.dumps(some()).encode())
    tree = json.loads(done.stdout)
    assert (tree["name"], tree["predictions"]) == ("standard input", [{"name": "-", "sha256": None}])
    assert tree["splits"][0]["questions"] == 8


@pytest.mark.parametrize(
    "arguments", [["nothing.json"], ["p.json", "--missing", "leave-out"], ["p.json", "--items", "p.json"]]
)
def test_what_the_user_can_mend_is_a_sentence_and_exit_code_2(run, file, arguments):
    file("p.json", *some())
    done = run("bench", "score", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert re.match(r"error: .+\nhint: .+\n\Z", done.stderr.decode())


def test_a_name_that_is_no_text_is_spelled_out(run, file):
    file("video_mc.json", prediction())
    done = run("bench", "score", "video_mc.json", "--name", "mine\udcff", "-o", "out")
    assert (done.returncode, lines_of(done)[0]) == (0, "mine\\xff: 1 question about 1 video, multiple choice")


def test_a_closed_pipe_ends_the_command_quietly(file, tmp_path):
    path = file("p.json", *some())
    command = f"{sys.executable} -m instit_tools bench score {path} | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True, cwd=tmp_path)
    assert b"Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1].endswith((b"0", b"141"))


HOSTILE = (
    "\x1b[31mred\x07",
    "[bold]B[/bold] :dog:",
    "two\nlines\r\n\ttab",
    "B\u202e\u2066\u200b",
    "B " * 500_000,
    "\0",
    "x" * 300,
)


def test_a_table_fits_80_columns_whatever_models_say_and_ids_are(file, tmp_path):
    said = [*SAID, *HOSTILE]
    rows = [prediction(f"{number:03}-01", each) for number, each in enumerate(said)]
    rows += [prediction("\x1b[2J[bold]\u202e" + "long" * 40, "dunno")]
    asked = [
        question(row["question_id"], video_path=f"videos_vpt/{'[i]' + 'n' * 90}/{number}")
        for number, row in enumerate(rows)
    ]
    arguments = [
        "bench",
        "score",
        file("p.json", *rows),
        "--items",
        file("q.json", *asked),
        "--name",
        "my\n\x1b[31mmodel",
    ]
    coloured, bare = on_a_terminal(arguments, tmp_path), on_a_terminal(arguments, tmp_path, NO_COLOR="1")
    assert "\x1b[1m" in coloured
    assert "\x1b" not in bare.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert re.sub(r"\x1b\[[01]m", "", coloured) == re.sub(r"\x1b\[[01]m", "", bare)
    plain = re.sub(r"\x1b\[[01]m", "", bare)
    assert max(map(len, plain.splitlines())) <= 80
    assert "[bold]B[/bold] :dog:" in plain
    assert not {"\u202e", "\u2066", "\x07", "\0", "\t"} & set(plain)
    piped = subprocess.run(
        [sys.executable, "-m", "instit_tools", *arguments], cwd=tmp_path, capture_output=True, check=True
    )
    assert piped.stdout.decode() == plain


def test_of_many_answers_ten_are_listed(file, run):
    path = file("video.json", *[prediction(f"{number:03}-01", "dunno") for number in range(13)])
    done = run("bench", "score", path)
    assert lines_of(done)[-1] == "  and 3 more, all with -o DIR"
    assert sum(line.startswith("  0") for line in lines_of(done)) == 10
