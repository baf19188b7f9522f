"""The published figures are measured where they can be, and their contradictions follow from the figures."""

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instit_tools.statistics.columns import TABLES, polars_schema
from instit_tools.statistics.contradictions import checks
from instit_tools.statistics.facts import source_named
from instit_tools.statistics.measures import Measures
from instit_tools.statistics.published import EVERY, FIGURES, PARTS, SOURCES
from instit_tools.statistics.reference import Reference, against_paper, measured

TAGGED = dict(zip(PARTS, (3, 2, 1, 2, 2), strict=True))
CONTRADICTORY = {
    "words of a video caption",
    "thousands in the headlines",
    "one video caption a video",
    "classes of complexity",
    "benchmark questions on videos",
    "accuracy of the released predictions",
    "splits of SA-1B",
    "source datasets",
    "training samples",
    "training samples added",
    "gain on POPE",
}


def measures(**tables):
    frames = {
        name: pl.DataFrame(tables.get(name, []), schema=polars_schema(name), orient="row").lazy() for name in TABLES
    }
    return Measures(**frames)


def text(level, words, *, kind="video", characters=40, sentences=1, **others):
    counted = {"characters": characters, "words": words, "sentences": sentences}
    return {"kind": kind, "record": "1", "level": level, **counted, **others}


def video(instances=4, *, source="UVO", frames=2, questions=3):
    return {"record": "1", "source": source, "frames": frames, "instances": instances, "questions": questions}


def image(instances=4, *, source="SA-1B"):
    return {"record": "1", "source": source, "instances": instances}


def small(**tagged):
    """Two videos of two frames each, one without a caption; one image."""
    return measures(
        texts=[
            *(text("instance", words, **tagged) for words in (10, 20, 25)),
            text("instance", 45, kind="image", **tagged),
            *(text("frame", 100, characters=460, sentences=6, **tagged) for _ in range(4)),
            text("frame", 50, kind="image", characters=60, sentences=1, **tagged),
            *(text("temporal", words, **tagged) for words in (60, 75)),
            text("video", 342, sentences=14, **tagged),
            *(text(level, 1000) for level in ("question", "answer", "option")),
        ],
        videos=[video(3, source="BRUST"), video(4, source="lv_vis", questions=4)],
        images=[image(8, source="sa_000001")],
    )


def row(reference, key):
    return next(row for row in reference.rows if row.key == key)


def changed(key, value):
    return {**EVERY, key: msgspec.structs.replace(EVERY[key], value=value)}


def check(what, figures=EVERY):
    return next(check for check in checks(figures) if check.what == what)


def test_every_published_figure_is_measured_or_has_its_reason():
    for data in (measures(), small(), small(**TAGGED)):
        reference = against_paper(data)
        assert [row.key for row in reference.rows] == list(FIGURES)
        for row in reference.rows:
            missing = row.measured is None
            assert missing == (row.verdict == "not measured") == (row.difference is None)
            assert row.note or not missing
        assert {row.key: row.measured for row in reference.rows} == measured(data)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("headline.videos", 2),
        ("headline.images", 1),
        ("headline.video_frames", 4),
        ("headline.questions", 7),
        ("headline.captions_a_video", 1 / 2),
        ("headline.frames_a_video", 2),
        ("headline.questions_a_video", 3.5),
        ("captions.instance.number", 4),
        ("captions.instance.words", 25),
        ("captions.frame.words", 90),
        ("captions.frame.characters", 380),
        ("captions.frame.sentences", 5),
        ("captions.temporal.words", 67.5),
        ("captions.video.words", 342),
        ("captions.all.number", 12),
        ("captions.all.words", (100 + 450 + 135 + 342) / 12),
        ("captions.all.nouns", 100 * 3 * 12 / (100 + 450 + 135 + 342)),
        ("captions.instance.nouns", 12),
        ("captions.instance.adverbs", 4),
        ("text.video.words", 342),
        ("instances.video.number", 7),
        ("instances.video.mean", 3.5),
        ("instances.all.number", 15),
        ("instances.all.mean", 5),
        ("complexity.simple", 100 / 3),
        ("complexity.medium", 100 / 3),
        ("complexity.hard", 100 / 3),
        ("sources.BURST", 1),
        ("sources.LV-VIS", 1),
        ("sources.SA-1B", 1),
        ("sources.UVO", None),
        ("sources.videos", 2),
        ("derived.video_frames", 4),
        ("derived.unchanged_frames", 2),
        ("derived.unchanged_a_video", 1),
        ("derived.uncaptioned_videos", 1),
        ("derived.instance_captions_a_frame", 4 / 5),
    ],
)
def test_a_figure_is_measured_as_the_paper_defines_it(key, value):
    assert measured(small(**TAGGED))[key] == value


def test_parts_of_speech_are_shares_of_the_words_that_were_tagged():
    data = measures(texts=[text("frame", 10, **TAGGED), text("frame", 30)])
    assert measured(data)["captions.frame.nouns"] == 30


def test_parts_of_speech_that_nobody_asked_for_are_not_measured():
    reference = against_paper(small())
    assert row(reference, "captions.frame.verbs").note == "parts of speech were not tagged, which --pos does"
    assert row(against_paper(measures()), "captions.frame.verbs").note == "the data hold no frame and image captions"


def test_without_videos_their_totals_are_nought_and_their_means_are_not_measured():
    reference = against_paper(measures(images=[image()]))
    assert row(reference, "headline.videos").measured == 0
    assert row(reference, "headline.frames_a_video").note == "the data hold no videos"
    assert row(reference, "instances.video.mean").note == "the data hold no videos"
    assert row(reference, "instances.image.mean").measured == 4
    assert row(reference, "derived.instance_captions_a_frame").note == "the data hold no frame and image captions"


@pytest.mark.parametrize(
    ("words", "verdict", "difference"),
    [
        ((24, 25), "differs", 0.2),
        ((24, 24), "differs", -0.3),
        ((24,) * 7 + (25,) * 3, "agrees", 0),
        ((24,) * 3 + (25,), "agrees", -0.05),
    ],
)
def test_a_mean_agrees_where_it_would_be_printed_the_same(words, verdict, difference):
    found = row(against_paper(measures(texts=[text("instance", each) for each in words])), "captions.instance.words")
    assert (found.published, found.verdict, found.difference) == (24.3, verdict, difference)
    assert found.relative == pytest.approx(100 * difference / 24.3, abs=1e-6)


def test_thousands_agree_up_to_the_next_thousand_since_headlines_cut_off():
    for videos, verdict in ((20_999, "differs"), (21_000, "agrees"), (21_999, "agrees"), (22_000, "differs")):
        assert row(against_paper(measures(videos=[video()] * videos)), "headline.videos").verdict == verdict


def test_a_part_of_the_data_says_that_its_totals_cannot_agree():
    note = "The data hold 2 videos and 1 image, the published ones 21,418 videos and 51,101 images: "
    assert against_paper(small()).note == f"{note}totals cannot agree, means and shares can."
    whole = measures(videos=[video()] * 21_418, images=[image()] * 51_101)
    assert not against_paper(whole).note
    assert row(against_paper(whole), "instances.image.mean").measured == 4


def test_three_instances_are_simple_and_eight_are_hard_and_the_notes_say_how_many_that_moves():
    counts = (0, 3, 3, 4, 7, 8, 8, 8, 9, 20)
    reference = against_paper(measures(images=[image(count) for count in counts]))
    assert [row(reference, f"complexity.{each}").measured for each in ("simple", "medium", "hard")] == [30, 20, 50]
    assert "20.0 %" in row(reference, "complexity.simple").note
    assert "30.0 %" in row(reference, "complexity.hard").note
    assert all(share in row(reference, "complexity.medium").note for share in ("20.0 %", "30.0 %"))


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("BURST", "BURST"),
        ("BRUST", "BURST"),
        ("uvo_dense", "UVO"),
        ("OVIS", "OVIS"),
        ("LVVIS", "LV-VIS"),
        ("LV-VIS", "LV-VIS"),
        ("YoutubeVIS-2021", "YouTubeVIS-2021"),
        ("YTVIS21", "YouTubeVIS-2021"),
        ("BenSMOT", "BenSMOT"),
        ("VidOR", "VidOR"),
        ("SA-1B", "SA-1B"),
        ("sa_000001", "SA-1B"),
        ("sa_223750", "SA-1B"),
        ("sausages", None),
        ("website", None),
        ("", None),
        (None, None),
    ],
)
def test_folders_are_matched_loosely(folder, name):
    assert source_named(folder) == name


@given(st.sampled_from(sorted(SOURCES)), st.randoms(use_true_random=False))
def test_a_source_is_known_in_any_case_and_with_any_marks(name, random):
    spelled = "".join(random.choice((each.lower(), each.upper())) + random.choice(("", "-", "_", " ")) for each in name)
    assert source_named(spelled) == name


def test_a_source_without_a_folder_is_not_measured_and_the_unknown_folders_are_named():
    folders = ["website", "TAO", *(f"more{number}" for number in range(4)), None]
    reference = against_paper(measures(videos=[video(source=each) for each in folders], images=[image(source=None)]))
    assert row(reference, "sources.UVO").note == (
        "no folder of videos is named like it; folders of no known source: TAO, more0, more1, more2, more3, ..."
    )
    assert row(reference, "sources.SA-1B").note == "no folder of images is named like it"


def test_videos_are_no_images_of_sa_1b_and_images_no_videos():
    found = measured(measures(videos=[video(source="SA-1B")], images=[image(source="UVO")] * 2))
    assert found["sources.SA-1B"] is found["sources.UVO"] is None


def test_the_published_sums_add_up():
    numbers = {key: figure.value for key, figure in FIGURES.items()}
    levels = ("instance", "frame", "temporal", "video")
    assert sum(numbers[f"captions.{level}.number"] for level in levels) == numbers["captions.all.number"] == 1_200_701
    assert numbers["instances.video.number"] + numbers["instances.image.number"] == numbers["instances.all.number"]
    assert sum(SOURCES.values()) - SOURCES["SA-1B"] == numbers["sources.videos"] == 21_418
    assert numbers["derived.video_frames"] == 156_561
    assert numbers["derived.unchanged_frames"] == numbers["sources.videos"]
    assert numbers["derived.uncaptioned_videos"] == 46
    assert len(EVERY) == len({figure.what + figure.where for figure in EVERY.values()})


def test_exactly_the_known_contradictions_are_found_and_all_other_arithmetic_holds():
    reference = against_paper(measures())
    assert {check.what for check in reference.contradictions} == CONTRADICTORY
    assert reference.contradictions + reference.consistent == checks()
    for each in checks():
        assert set(each.figures) <= set(EVERY)
        assert each.arithmetic.endswith(".")
        assert each.conclusion.endswith(".")


@pytest.mark.parametrize(
    ("what", "said", "conclusion"),
    [
        ("words of a video caption", "49.06 with the first and 48.72 with the second", "Use 342.2."),
        ("thousands in the headlines", "207,662 is printed as 207k and rounds to 208k", "use the exact counts"),
        ("one video caption a video", "1 x 21,418 - 21,372 = 46", "46 videos have none"),
        ("classes of complexity", "31 + 39 + 30 = 100 %", "Where 3 and 8 belong is not said"),
        ("benchmark questions on videos", "= 1.", "Use 1,001"),
        ("accuracy of the released predictions", "429 / 1,001 = 42.86 %, printed 42.1 %", "do not give"),
        ("splits of SA-1B", "50 % of 5 splits are about 27,500 images", "Use 1-10"),
        ("source datasets", "21,418 - 2,897 = 18,521 videos", "Use Table 8"),
        ("training samples", "All kinds together are 385,595", "243k cannot be rebuilt"),
        ("training samples", "= 250,452.", "243k cannot be rebuilt"),
        ("training samples added", "920k - 765k = 155k", "Take neither"),
        ("gain on POPE", "87.6 - 86.4 = 1.2, printed 0.2", "Use 1.2."),
        ("questions", "15.6 x 21,418 = 334.1k", "Within rounding."),
        ("parts of speech over all levels", "By captions it would be nouns 25.65", "shares of all words"),
    ],
)
def test_a_check_shows_its_arithmetic(what, said, conclusion):
    found = check(what)
    assert said in found.arithmetic
    assert conclusion in found.conclusion


@pytest.mark.parametrize(
    ("what", "key", "value"),
    [
        ("words of a video caption", "text.video.words", 342.2),
        ("one video caption a video", "captions.video.number", 21_418),
        ("benchmark questions on videos", "bench.video.rows", 1_000),
        ("accuracy of the released predictions", "bench.video.right", 421),
        ("splits of SA-1B", "sa1b.splits.first", 10),
        ("source datasets", "readme.sources", 8),
        ("training samples", "training.samples", 250_000),
        ("training samples added", "training.ours", 1_008_000),
        ("gain on POPE", "pope.gain", 1.2),
    ],
)
def test_a_contradiction_goes_when_the_figure_is_mended(what, key, value):
    assert not check(what).holds
    mended = check(what, changed(key, value))
    assert mended.holds
    assert mended.conclusion != check(what).conclusion


def test_classes_that_do_not_overlap_are_used_as_printed():
    figures = changed("bounds.medium.least", 4)
    assert "8 would be in two classes" in check("classes of complexity", figures).arithmetic
    figures["bounds.medium.most"] = msgspec.structs.replace(EVERY["bounds.medium.most"], value=7)
    assert check("classes of complexity", figures).holds
    assert (
        "samples are counted twice or left out"
        in check("classes of complexity", changed("complexity.hard", 40)).arithmetic
    )


def test_the_mean_over_all_levels_decides_between_the_table_and_the_text():
    assert check("words of a video caption", changed("captions.all.words", 48.7)).conclusion == "Use 323.2."
    neither = check("words of a video caption", changed("captions.all.words", 60.0))
    assert neither.conclusion == "The mean over all levels does not tell which is right."


def test_thousands_that_round_are_no_contradiction_and_others_are_told():
    rounded = {
        **EVERY,
        **{
            key: msgspec.structs.replace(EVERY[key], value=value)
            for key, value in (
                ("headline.video_frames", 157_000),
                ("headline.instance_captions", 837_000),
                ("headline.frame_captions", 208_000),
            )
        },
    }
    assert check("thousands in the headlines", rounded).holds
    odd = check("thousands in the headlines", changed("headline.videos", 25_000))
    assert "cutting off does not explain all of these" in odd.conclusion


@pytest.mark.parametrize(
    ("what", "key", "value"),
    [
        ("captions of all levels", "captions.frame.number", 207_663),
        ("instances", "instances.all.number", 431_205),
        ("videos by source", "sources.OVIS", 600),
        ("thousands of frames", "headline.video_frames", 157_000),
        ("characters over all levels", "captions.instance.characters", 104.1),
        ("words over all levels", "captions.video.words", 323.2),
        ("sentences over all levels", "captions.all.sentences", 2.9),
        ("parts of speech over all levels", "captions.all.nouns", 25.65),
        ("frames a video", "headline.frames_a_video", 7.4),
        ("instances a video", "instances.video.mean", 3.8),
        ("instances an image", "instances.image.number", 361_495),
        ("instances a sample", "instances.all.mean", 6.0),
        ("benchmark questions a sample", "bench.image.samples", 438),
        ("quality as people judged it", "study.mean", 4.59),
        ("questions", "headline.questions", 336_000),
        ("questions", "headline.questions_a_video", 15.5),
        ("frames without a change caption", "captions.temporal.number", 135_144),
    ],
)
def test_a_check_that_holds_fails_when_a_figure_is_spoilt(what, key, value):
    assert check(what).holds
    spoilt = check(what, changed(key, value))
    assert not spoilt.holds
    assert spoilt.conclusion != check(what).conclusion


@given(
    st.lists(st.tuples(st.sampled_from(("instance", "frame", "temporal", "video")), st.integers(1, 400)), max_size=20)
)
def test_the_mean_of_all_captions_is_that_of_the_levels_by_their_numbers(captions):
    found = measured(measures(texts=[text(level, words) for level, words in captions]))
    words = [words for _, words in captions]
    assert found["captions.all.number"] == len(words)
    assert found["captions.all.words"] == (sum(words) / len(words) if words else None)
    levels = {level for level, _ in captions}
    assert {level for level in ("instance", "frame", "temporal", "video") if found[f"captions.{level}.words"]} == levels


def test_a_reference_is_the_same_after_json():
    reference = against_paper(small(**TAGGED))
    assert msgspec.json.decode(msgspec.json.encode(reference), type=Reference) == reference
