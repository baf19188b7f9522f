"""Two datasets side by side: the same numbers of both, by how much they differ, and what makes them hard to compare."""

from functools import partial

import measuring
import msgspec
import numpy as np
import polars as pl
import pytest
from conftest import image, video
from PIL import Image
from tokenizers import Tokenizer, models

import instit_tools as it
from instit_tools.errors import SourceError, UsageError
from instit_tools.made_up.annotate import image_records, video_records
from instit_tools.statistics.comparison import Comparison, compare
from instit_tools.statistics.measures import file_of

NAMES = ("first", "second")


@pytest.fixture
def measured(tmp_path):
    return partial(measuring.measured, tmp_path)


@pytest.fixture
def beside(array, measured):
    """Compare two lists of records, each measured by its own options."""

    def both(one, other, first=None, second=None):
        summaries = [
            measured(array(*records, name=f"{name}.json"), **(options or {}))[1]
            for name, records, options in (("a", one, first), ("b", other, second))
        ]
        return compare(*summaries, NAMES)

    return both


def row(comparison, what, group=None, statistic="number"):
    (found,) = (row for row in comparison.rows if (row.what, row.group, row.statistic) == (what, group, statistic))
    return found


def test_totals_differ_by_what_one_has_more(beside):
    found = beside([video(1), image(2)], [video(1), video(2, frames=5), image(2), image(3)])
    assert found.names == NAMES
    videos = row(found, "videos")
    assert (videos.first, videos.second, videos.difference, videos.change) == (1, 2, 1, 100)
    frames = row(found, "video frames")
    assert (frames.first, frames.second, frames.difference) == (3, 8, 5)
    assert frames.change == pytest.approx(500 / 3)
    captions = row(found, "captions", "instance")
    assert (captions.first, captions.second) == (8, 2 * 8 + 4)
    nothing = row(found, "bench items")
    assert (nothing.first, nothing.second, nothing.difference, nothing.change) == (0, 0, 0, None)


def test_means_and_quantiles_are_those_of_the_two_tables(array, measured):
    sides = [
        measured(array(*video_records(count), *image_records(count), name=f"{count}.json"), recipes=())
        for count in (6, 11)
    ]
    found = compare(sides[0][1], sides[1][1], NAMES)
    texts = [pl.read_parquet(folder / file_of("texts")) for folder, _ in sides]
    for level in ("instance", "frame", "question"):
        words = [each.filter(pl.col("level") == level)["words"].to_numpy() for each in texts]
        for statistic, of in (("mean", np.mean), ("median", np.median), ("95 %", lambda each: np.quantile(each, 0.95))):
            told = row(found, "words", level, statistic)
            assert (told.first, told.second) == pytest.approx(tuple(of(each) for each in words))
            assert told.difference == pytest.approx(of(words[1]) - of(words[0]))
            assert told.change == pytest.approx(100 * told.difference / of(words[0]), nan_ok=False)
    assert not [each for each in found.rows if each.what == "samples above a context"]


def test_a_number_that_only_one_has_has_no_difference(beside):
    found = beside([image(1)], [video(1)])
    told = row(found, "words", "video", "mean")
    assert (told.first, told.difference, told.change) == (None, None, None)
    assert told.second > 0
    told = row(found, "instances an image", None, "mean")
    assert (told.first, told.second, told.difference) == (2, None, None)


def test_a_dataset_beside_itself_differs_in_nothing_and_says_that_it_is_the_same(beside):
    records = [video(1), image(2)]
    found = beside(records, records)
    assert {each.difference for each in found.rows} == {0}
    assert {each.change for each in found.rows} == {0, None}
    assert found.notes == ("both were made of the same files",)
    assert all(each.change is None for each in found.rows if each.first == 0)


def test_shares_of_samples_above_a_context_are_those_of_all_parts_or_of_the_only_one(beside):
    found = beside([image(1)], [image(2), video(3, frames=40)])
    contexts = [each for each in found.rows if each.what == "samples above a context"]
    assert {each.statistic for each in contexts} == {f"{number} tokens" for number in (4096, 6144, 8192, 32768)}
    alone = row(found, "samples above a context", "anyres, paper, all frames", "4096 tokens")
    assert (alone.first, alone.second) == (0, 0)
    long = row(found, "samples above a context", "unpooled, paper, all frames", "8192 tokens")
    assert (long.first, long.second, long.difference) == (None, 2 / 41, None)
    both = row(found, "samples above a context", "qwen-vl, paper, all frames", "8192 tokens")
    assert (both.first, both.second, both.difference) == (0, 2 / 82, 2 / 82)


def test_samples_of_each_recipe_and_limit_are_compared_with_the_same(beside):
    options = {"recipes": ("paper", "qa"), "max_frames": (2, 4)}
    found = beside([video(1, frames=6)], [video(2, frames=6)], options, options | {"max_frames": (4,)})
    groups = {each.group for each in found.rows if each.what == "samples above a context" and each.second is None}
    assert "pooled, qa, 2 frames" in groups
    assert not {group for group in groups if "4 frames" in group}


def test_the_frame_is_the_rows_as_a_table(beside):
    found = beside([image(1)], [video(1)])
    frame = found.frame()
    assert frame.columns == ["what", "group", "statistic", "first", "second", "difference", "change", "share"]
    assert frame.dtypes == [pl.String] * 3 + [pl.Float64] * 4 + [pl.Boolean]
    assert frame.rows() == [msgspec.structs.astuple(each) for each in found.rows]
    assert Comparison(names=NAMES, rows=(), notes=()).frame().shape == (0, 8)


def test_a_comparison_is_the_same_after_json(beside):
    found = beside([image(1)], [video(1)])
    assert msgspec.json.decode(msgspec.json.encode(found), type=Comparison) == found


def test_what_makes_them_hard_to_compare_is_noted(beside, tmp_path):
    picture = tmp_path / "media" / image(1)["image_path"]
    picture.parent.mkdir(parents=True)
    Image.new("RGB", (64, 64)).save(picture)
    given = {"tokenizer": "whitespace", "vision": "siglip-384", "media": str(tmp_path / "media"), "by": "source"}
    assert beside([image(1)], [image(1), image(1)], {}, given).notes == (
        "words were counted by nltk in the first and whitespace in the second",
        "the first is told apart by level, the second by source: only the whole of each is compared",
        "visual tokens are of clip-336 in the first and siglip-384 in the second",
        "sizes of pictures are known of only one of them, which changes the visual tokens",
    )


def test_pictures_that_were_looked_at_in_two_places_are_known_of_both(beside, tmp_path):
    for name in ("one", "other"):
        picture = tmp_path / name / image(1)["image_path"]
        picture.parent.mkdir(parents=True)
        Image.new("RGB", (64, 64)).save(picture)
    sides = [{"media": str(tmp_path / name)} for name in ("one", "other")]
    assert beside([image(1)], [image(1), image(1)], *sides).notes == ()


def test_groups_by_source_are_compared_by_source_and_those_without_one_are_named_none(beside):
    nowhere = image(3, image_path="images_vpt/3.jpg")
    options = {"by": "source", "recipes": ()}
    found = beside([image(1), nowhere], [image(2), video(4)], options, options)
    told = row(found, "words", "frame/sa_000001", "mean")
    assert told.difference == 0
    told = row(found, "words", "frame/none", "mean")
    assert (told.first > 0, told.second) == (True, None)
    told = row(found, "words", "frame/LVVIS", "mean")
    assert (told.first, told.second > 0) == (None, True)
    assert row(found, "instances an image", "none", "mean").first == 2


def test_a_whole_is_never_compared_with_a_group_of_the_other(beside):
    records = [image(1, image_path="images_vpt/1.jpg")]
    found = beside(records, records, {"by": "level"}, {"by": "source"})
    whole = row(found, "words", "frame", "mean")
    assert whole.first == whole.second
    assert {row.group for row in found.rows if row.what == "words"} == {"instance", "frame"}
    assert any("told apart by level" in note for note in found.notes)


def test_from_python_files_and_folders_are_compared_alike(array, tmp_path):
    one, other = array(video(1), name="a.json"), array(video(1), image(2), name="b.json")
    from_files = it.compare(one, other, recipes=["qa"])
    it.stats(other, tmp_path / "out", report=False, recipes=["qa"])
    from_folder = it.compare(str(one), tmp_path / "out", recipes=["qa"])
    assert from_folder.rows == from_files.rows
    assert from_folder.names == (str(one), str(tmp_path / "out"))
    assert row(from_files, "images").second == 1


def test_from_python_paths_are_taken_for_media_tokenizers_and_recipes(array, tmp_path):
    picture = tmp_path / "media" / image(1)["image_path"]
    picture.parent.mkdir(parents=True)
    Image.new("RGB", (640, 480)).save(picture)
    (tmp_path / "mine.toml").write_text('[[parts]]\nname = "x"\npictures = "one"\nturns = ["scene"]\n')
    Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]")).save(str(tmp_path / "t.json"))  # noqa: S106
    options = {
        "media": tmp_path / "media",
        "tokenizer": tmp_path / "t.json",
        "recipes": [tmp_path / "mine.toml", "captions"],
    }
    found = it.stats(array(image(1)), **options)
    assert found.summary.method.tokenizer == str(tmp_path / "t.json")
    assert [each.recipe for each in found.summary.budgets if each.model == "anyres"] == ["mine", "captions"]
    assert found.measures.samples.collect()["qwen_vl"].to_list() == [23 * 17 + 2] * 2
    assert {each.difference for each in it.compare(array(image(1)), tmp_path / "annotations.json", **options).rows} == {
        0
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "colour"}, "stats: by: invalid enum value 'colour'"),
        ({"recipes": {"a": 1}}, "stats: recipes: expected `array`, got `object`"),
        ({"max_frames": ["4"]}, r"stats: max_frames\[0\]: expected `int`, got `str`"),
        ({"plots": "svg"}, "stats: plots is about files, and no folder for them is named"),
        ({"overwrite": True}, "stats: overwrite is about files"),
    ],
)
def test_an_option_that_stats_cannot_use_is_refused(array, options, message):
    with pytest.raises(UsageError, match=message):
        it.stats(array(image()), **options)


def test_an_option_that_stats_does_not_have_is_answered_with_all_that_it_has(array):
    with pytest.raises(UsageError, match="stats has no option 'bogus'") as raised:
        it.stats(array(image()), bogus=1)
    named = set(raised.value.hint.removeprefix("there are ").split(", "))
    assert {"tokenizer", "by", "recipes", "media", "plots", "report", "video", "reference", "overwrite"} <= named


def test_comparing_with_nothing_is_one_sentence(array, tmp_path):
    with pytest.raises(SourceError, match="does not exist"):
        it.compare(array(image()), tmp_path / "nowhere.json")
    with pytest.raises(UsageError, match="compare has no option 'plots'"):
        it.compare(array(image()), array(image()), plots="svg")
