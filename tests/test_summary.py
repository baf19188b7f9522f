"""Summaries: numbers against numpy, the schema, groups, tokenizers, and what is said where one cannot be had."""

import json
from functools import partial

import measuring
import nltk
import numpy as np
import polars as pl
import pytest
from conftest import image, video
from jsonschema import Draft202012Validator
from nltk.tokenize import NLTKWordTokenizer
from tokenizers import Tokenizer, models, pre_tokenizers

import instit_tools as it
from instit_tools.errors import SourceError, UsageError
from instit_tools.made_up.annotate import image_records, video_records
from instit_tools.schemas import schema
from instit_tools.statistics.measures import file_of, opened
from instit_tools.statistics.motion import Motion
from instit_tools.statistics.quantities import QUANTITIES
from instit_tools.statistics.summary import read


@pytest.fixture
def measured(tmp_path):
    return partial(measuring.measured, tmp_path)


def made_up(videos=12, images=8):
    return [*video_records(videos), *image_records(images)]


def test_every_distribution_of_the_summary_is_numpys_of_the_column(tmp_path, measured):
    it.synth(tmp_path / "data", videos=20, images=10, masks=True)
    (tmp_path / "data" / "more.json").write_text(json.dumps([OVERLAPPING]))  # as nothing that is made up
    folder, summary = measured(tmp_path / "data", by="source")
    named = {each.name: each for each in QUANTITIES}
    checked = set()
    for each in summary.distributions:
        quantity = named[each.quantity]
        frame = pl.read_parquet(folder / file_of(each.table))
        if quantity.group:
            frame = frame.filter(pl.col(quantity.group) == each.group)
        if quantity.videos_only:
            frame = frame.filter(pl.col("kind") == "video")
        if each.by:
            frame = frame.filter(pl.col("source").eq_missing(each.by["source"]))
        first, *others = (frame[name].drop_nulls() for name in quantity.columns)
        values = np.array([len(value) for value in first] if quantity.length else first.to_list(), float)
        values /= 1e6 if quantity.millionths else 1
        if others:
            whole = others[0].to_numpy()
            values = np.floor(1e6 * values[whole > 0] / whole[whole > 0] + 0.5) / 1e6
        assert each.distribution.n == len(values)
        assert each.distribution.mean == pytest.approx(values.mean())
        assert each.distribution.sd == pytest.approx(values.std())
        assert each.distribution.quantiles["95"] == pytest.approx(np.quantile(values, 0.95))
        checked.add(each.quantity)
    assert checked == named.keys() - {"tokens"}


BENCH = [
    {"question_id": "001-01", "question": "Who runs?", "answer": "B", "options": {"A": "[1].", "B": "[2]."}},
    {"question_id": "001-01", "question": "What is [1]?", "answer": "A cup.", "image_id": 1},
]


def column_at(left):
    """Make a mask of one column of a picture of ten."""
    return {"mask": {"size": [2, 10], "counts": [2 * left, 2, 18 - 2 * left]}}


MOVING = {f"{place}.jpg": {"1": column_at(2 * place), "2": column_at(0)} for place in (1, 2, 3)}
"""The first moves, the second does not; change captions name both."""
OVERLAPPING = image(1, segmentations={"1": column_at(0), "2": column_at(0)})


def test_what_captions_name_is_compared_with_what_else_is_in_the_frame(array, measured):
    record = video(frames=5, segmentations={})
    changes = [None, "[1] moves.", "[2] stays.", "[1] moves.", "[1] and [2]."]
    for frame, change in zip(record["frame_level_caption"], changes, strict=True):
        frame["temporal_change"] = change
    ways = {1: (0, 1, 2, 2, 5), 2: (0, 0, 0, 0, 0), 3: (9, 9, 9, 9, 9)}
    record["segmentations"] = {
        f"{place}.jpg": {str(number): column_at(way[place - 1]) for number, way in ways.items()}
        for place in range(1, 6)
    }
    _, summary = measured(array(record))
    # <2>: [1] farther than [2] and [3]; <3>: [2] less than [1], like [3]; <4>: [1] like both; <5>: both against [3]
    assert summary.motion == Motion(pairs=8, farther=3, alike=4, share=5 / 8)
    assert summary.find("shift", "named").n == 5
    assert summary.find("shift", "not named").n == 7
    assert summary.find("mask kept", "named").maximum == 1
    assert (summary.totals.captions_without_mask, summary.totals.masks_without_caption) == (0, 5)
    assert summary.find("masks without a caption", "video").mean == 1


def test_where_no_frame_has_both_there_is_no_such_comparison(array, measured):
    _, summary = measured(array(video(segmentations=MOVING), image()))
    assert summary.motion is None
    assert summary.find("shift", "named").n == 4


def test_captions_without_a_mask_are_counted_only_where_the_record_has_masks(array, measured):
    segmentations = {"1.jpg": {"1": column_at(0), "9": column_at(1)}}
    _, summary = measured(array(video(1, segmentations=segmentations), video(2), image(3)))
    assert (summary.totals.captions_without_mask, summary.totals.masks_without_caption) == (1 + 2 + 2, 1)
    assert summary.find("captions without a mask", "video").n == 3
    assert summary.find("captions without a mask", "image") is None


@pytest.mark.parametrize(
    ("records", "options"),
    [
        ([], {}),
        ([], {"reference": True}),
        ([image(1), image(2)], {}),
        ([video(frames=0)], {"by": "source"}),
        (BENCH, {"by": "kind"}),
        ([video(1), image(2), *BENCH, {"cat": 3}], {"by": "kind", "on_error": "reject", "reference": True}),
        (
            [video(1), image(2, image_path="images_vpt/2.jpg")],
            {"by": "source", "max_frames": (2, 4), "recipes": ("qa",)},
        ),
        ([video(1)], {"vision": "siglip-384", "recipes": (), "tokenizer": "whitespace"}),
        (made_up(4, 4), {"reference": True}),
        ([video(1, segmentations=MOVING)], {"by": "kind"}),
    ],
)
def test_a_summary_fits_its_schema(array, measured, records, options):
    folder, _ = measured(array(*records), **options)
    Draft202012Validator.check_schema(schema("summary"))
    Draft202012Validator(schema("summary")).validate(json.loads((folder / "summary.json").read_bytes()))


def test_questions_of_the_benchmark_are_counted_though_both_splits_use_the_same_ids(array, measured):
    _, summary = measured(array(*BENCH))
    assert (summary.totals.bench_items, summary.totals.records, summary.totals.questions) == (2, 2, 0)
    assert (summary.find("words", "option").n, summary.find("words", "answer").n) == (2, 1)


def test_everything_is_told_apart_by_source_or_kind_where_a_table_has_it(array, measured):
    source = array(video(1), image(2), image(3, image_path="images_vpt/3.jpg"))
    _, by_source = measured(source, by="source")
    told = [each.by for each in by_source.distributions if each.quantity == "instances an image"]
    assert told == [{}, {"source": "sa_000001"}, {"source": None}]
    assert by_source.find("words", "frame").n == 5
    assert by_source.find("words", "frame", source="LVVIS").n == 3
    assert by_source.find("words", "frame", source="sa_000001").n == 1
    _, by_kind = measured(source, by="kind")
    told = {(each.group, *each.by.items()) for each in by_kind.distributions if each.quantity == "words"}
    assert {("frame", ("kind", "image")), ("frame", ("kind", "video")), ("temporal", ("kind", "video"))} <= told
    assert {tuple(each.by) for each in by_kind.distributions if each.table in {"videos", "instances"}} == {()}


def test_words_are_counted_by_the_tokenizer_that_was_asked_for(array, measured, tmp_path):
    source = array(*made_up(5, 5))
    texts = it.scan(source).texts["text"].to_list()
    words = NLTKWordTokenizer()
    for name, count in (
        ("whitespace", lambda text: len(text.split())),
        ("nltk-unsplit", lambda text: len(words.tokenize(text))),
    ):
        folder, summary = measured(source, tokenizer=name)
        rows = pl.read_parquet(folder / file_of("texts"))
        assert rows["words"].to_list() == [count(text) for text in texts]
        assert rows["tokens"].null_count() == len(rows)
        assert summary.method.tokenizer == name


def tokenizer(path, *known):
    words = {word: number for number, word in enumerate(["[UNK]", *known])}
    built = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))  # noqa: S106  # no password
    built.pre_tokenizer = pre_tokenizers.Split(" ", "removed") if known else pre_tokenizers.Whitespace()
    built.save(str(path))
    return str(path)


def test_a_tokenizer_whose_file_was_written_anew_is_read_anew(array, measured, tmp_path):
    source = array(image(1, instance_level_caption={"1": "A cup, red."}))
    totals = []
    for known in ((), ("cup",)):
        name = tokenizer(tmp_path / "tokenizer.json", *known)
        _, summary = measured(source, tokenizer=name)
        totals.append((summary.find("tokens", "instance").total, summary.find("words", "instance").total))
    assert totals == [(5, 5), (3, 5)]


@pytest.mark.parametrize(
    ("name", "hint"), [("nltkk", "did you mean nltk"), ("vicuna", "tokenizer.json"), (".", "tokenizer.json")]
)
def test_a_tokenizer_that_does_not_exist_is_one_sentence(array, measured, name, hint):
    with pytest.raises(UsageError, match="is neither a tokenizer") as raised:
        measured(array(image()), tokenizer=name)
    assert hint in raised.value.hint


def test_a_file_that_is_no_tokenizer_is_one_sentence(array, measured):
    source = array(image())
    with pytest.raises(UsageError, match="is no tokenizer that the package tokenizers reads"):
        measured(source, tokenizer=str(source))


def test_parts_of_speech_without_nltks_data_are_one_sentence(array, measured, monkeypatch):
    monkeypatch.setattr(nltk.data, "path", [])
    with pytest.raises(UsageError, match="parts of speech cannot be told without the data of NLTK's tagger") as raised:
        measured(array(image()), pos=True)
    assert raised.value.hint.startswith("python -m nltk.downloader averaged_perceptron_tagger_eng")


def test_a_folder_without_a_summary_or_a_table_says_what_makes_it(array, measured, tmp_path):
    with pytest.raises(SourceError, match=r"summary\.json cannot be read"):
        read(tmp_path)
    with pytest.raises(SourceError, match=r"holds no texts\.parquet"):
        opened(tmp_path)
    folder, _ = measured(array(image()))
    for text in ("", "{}", "[1]", '{"format": 1}', "\udcff"):
        (folder / "summary.json").write_bytes(text.encode(errors="surrogateescape"))
        with pytest.raises(SourceError, match="is no summary of instit-tools stats"):
            read(folder)


def test_a_summary_of_another_version_is_not_taken_for_one_of_this(array, measured):
    folder, _ = measured(array(image()))
    whole = json.loads((folder / "summary.json").read_text())
    for change in ({"version": 2}, {"format": "something else"}):
        (folder / "summary.json").write_text(json.dumps(whole | change))
        with pytest.raises(SourceError, match="is no summary of this version"):
            read(folder)


def test_scan_counts_words_by_the_tokenizer_that_was_asked_for_too(array):
    source = array(image(instance_level_caption={"1": "A cup, red. Not blue."}))
    words = {name: it.scan(source, tokenizer=name).texts["words"][0] for name in ("nltk", "nltk-unsplit", "whitespace")}
    assert words == {"nltk": 8, "nltk-unsplit": 7, "whitespace": 5}
    with pytest.raises(UsageError, match="nltkk is neither a tokenizer"):
        it.scan(source, tokenizer="nltkk")
