"""Two results are compared on the same questions, and no more is said of them than the numbers hold."""

import doctest
import json
import math
import re
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from conftest import REAL
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_folders import judged, prediction, predictions, scored
from terminal import on_a_terminal

from instit_tools.bench import comparing, concluding, pairing
from instit_tools.bench.answers import scored as score_of
from instit_tools.bench.answers import write_score
from instit_tools.bench.comparing import Told, compare, compared, holm
from instit_tools.bench.comparison import Group
from instit_tools.bench.concluding import conclusion
from instit_tools.bench.intervals import Estimate
from instit_tools.bench.pairing import pair_up
from instit_tools.bench.sides import Point, Side
from instit_tools.cli.bench import sided
from instit_tools.errors import InstitError, RecordError, SourceError, UsageError

REAL_ANSWERS = REAL / "Inst-It-Bench" / "predictions" / "video_mc_inference.json"
QUICKLY = settings(max_examples=30, deadline=None)
A, B = Side(name="a", given="a"), Side(name="b", given="b")


def run(*arguments, cwd):
    command = [sys.executable, "-m", "instit_tools", "bench", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def points(values, *, clusters=None, split="video", kinds=None, truth="A"):
    """Answers to as many questions, five about a video unless said otherwise."""
    return [
        Point(
            question_id=f"{number:03d}",
            split=split,
            cluster=str(number // 5) if clusters is None else clusters[number],
            kinds=(("instances", "one id" if number % 2 else "no id"),) if kinds is None else kinds[number],
            value=value,
            truth=truth,
        )
        for number, value in enumerate(values)
    ]


def found_of(a, b, *, reader="strict", **others):
    """Compare values of multiple choice, or of a judge where there is no *reader*."""
    truth = "A" if reader else None
    pairs = pair_up(points(a, truth=truth, **others), points(b, truth=truth, **others)).pairs
    return compared(pairs, Told(a=A, b=B, reader=reader))


def whole_of(*arguments, **others):
    (split,) = found_of(*arguments, **others).splits
    return split.whole


SHOWN = """\
A  video_mc (base/video_mc.json)
B  video_mc (tuned/video_mc.json)

20 questions about 4 videos, multiple choice read by strict
       score   95 % analytic  95 % bootstrap
A       50.0    0.0 to 100.0    0.0 to 100.0
B       65.0    0.0 to 100.0    20.0 to 95.0
B - A  +15.0  -55.6 to +85.6  -15.0 to +60.0
both right on 9, only A on 1, only B on 4, neither on 6

No difference can be told: B is ahead by 15.0 points, no more than videos drawn anew would explain \
(95 % interval of B - A -55.6 to +85.6, p = 1.000).

questions with  number     A     B  B - A            95 %  only A/B      p   Holm
one id              20  50.0  65.0  +15.0  -55.6 to +85.6       1/4  1.000  1.000
no timestamp        20  50.0  65.0  +15.0  -55.6 to +85.6       1/4  1.000  1.000
p of 2 kinds; Holm: adjusted for being so many

5 questions that only one got right
question  right  A  B
002-10    A      A  C
003-11    A      B  A
003-12    A      B  A
003-13    A      B  A
003-14    A      B  A
"""


@pytest.fixture
def files(tmp_path):
    """Two files of answers to 20 questions about 4 videos: A has 10 right, B those and 4 more, and one of A's wrong."""
    a = ["A"] * 10 + ["B"] * 10
    b = ["Answer: A", *["A"] * 8, "C", *["A"] * 4, *["D"] * 6]
    return [
        predictions(
            tmp_path / name / "video_mc.json", [prediction(number, said) for number, said in enumerate(says, 1)]
        )
        for name, says in (("base", a), ("tuned", b))
    ]


# What is counted


def test_two_files_are_counted_question_by_question(files):
    found = compare(*files)
    (split,) = found.splits
    whole = split.whole
    assert (split.questions, split.clusters, found.form, found.reader) == (20, 4, "multiple-choice", "strict")
    assert (whole.both, whole.a_better, whole.b_better, whole.neither, whole.same) == (9, 1, 4, 6, 15)
    assert (whole.a.mean, whole.b.mean, whole.difference.mean) == (0.5, 0.65, pytest.approx(0.15))
    changed = [(each.question_id, each.better, each.a_letter, each.b_letter) for each in split.changed]
    assert changed == [("002-10", "A", "A", "C"), *((f"003-{number}", "B", "B", "A") for number in range(11, 15))]


def test_the_interval_and_the_p_value_are_those_of_whole_videos_by_hand(files):
    # differences by video: 0, -1, +4, 0, of 5 questions each; mean 3/20; residuals -.75, -1.75, 3.25, -.75
    whole = compare(*files).splits[0].whole
    error = math.sqrt(4 / 3 * (0.75**2 + 1.75**2 + 3.25**2 + 0.75**2)) / 20
    assert whole.difference.error == pytest.approx(error)
    assert whole.difference.high == pytest.approx(0.15 + 3.182446 * error)
    # of the four patterns of signs of -1 and 4, all reach 3: 5, 3, -3, -5
    assert whole.p == 1.0


def test_kinds_are_compared_apart_with_p_values_of_their_own():
    kinds = [
        (("instances", ("no id", "one id", "several ids")[number // 40]), ("time", "no timestamp"))
        for number in range(120)
    ]
    a = [0.0] * 120
    b = [1.0] * 40 + [1.0 * (number % 10 == 0) for number in range(40)] + [0.0] * 40
    (split,) = found_of(a, b, kinds=kinds).splits
    none, one, several, untimed = split.groups[1:]
    assert [each.kind for each in split.groups] == ["all", "no id", "one id", "several ids", "no timestamp"]
    assert (none.difference.mean, one.difference.mean, several.difference.mean) == (1.0, pytest.approx(0.1), 0.0)
    assert none.p == 2 / 2**8  # eight videos, all one way
    assert one.p == 2 / 2**4
    assert several.p == 1.0
    assert split.tested == 4
    assert [none.p_adjusted, one.p_adjusted, several.p_adjusted] == [3 * none.p, 2 * one.p, 1.0]
    assert untimed.p == split.whole.p
    assert untimed.p_adjusted == 4 * untimed.p
    assert split.whole.p_adjusted is None


@pytest.mark.parametrize(
    ("found", "adjusted"),
    [([], []), ([0.2], [0.2]), ([0.01, 0.02, 0.03, 0.04], [0.04, 0.06, 0.06, 0.06]), ([0.9, 0.6], [1.0, 1.0])],
)
def test_holms_adjustment_by_hand(found, adjusted):
    assert holm(found) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holms_adjustment_rejects_what_stepping_down_does(found):
    rejected, order = set(), sorted(range(len(found)), key=lambda place: found[place])
    for rank, place in enumerate(order):
        if found[place] * (len(found) - rank) > 0.05:
            break
        rejected.add(place)
    assert {place for place, each in enumerate(holm(found)) if each <= 0.05} == rejected


def test_a_kind_of_one_video_has_no_p_value_and_is_not_among_those_tested():
    kinds = [(("instances", "one id" if number < 5 else "no id"),) for number in range(20)]
    (split,) = found_of([0.0] * 20, [1.0] * 20, kinds=kinds).splits
    one = next(each for each in split.groups if each.kind == "one id")
    assert (one.clusters, one.p, one.p_adjusted, one.difference.low, split.tested) == (1, None, None, None, 1)


def test_images_and_videos_are_never_pooled(tmp_path):
    a, b = (
        predictions(
            tmp_path / name,
            [prediction(number, said, split=split) for split, said in says.items() for number in range(1, 11)],
        )
        for name, says in (("a.json", {"image": "A", "video": "B"}), ("b.json", {"image": "B", "video": "A"}))
    )
    found = compare(a, b)
    assert [(split.split, split.whole.difference.mean) for split in found.splits] == [("image", -1.0), ("video", 1.0)]


def test_an_answer_without_a_letter_is_wrong_for_both_readers(tmp_path):
    rows = [prediction(number, "A") for number in range(1, 11)]
    a = predictions(tmp_path / "a.json", rows)
    b = predictions(tmp_path / "b.json", [*rows[:-1], prediction(10, "no idea")])
    for reader in ("strict", "upstream"):
        (split,) = compare(a, b, reader=reader).splits
        assert (split.questions, split.whole.b.mean) == (10, 0.9)
        assert split.changed[0].b_letter is None


def test_the_reader_decides_what_is_right(tmp_path):
    rows = [prediction(number, "Best answer: C", truth="C") for number in range(1, 11)]
    a = predictions(tmp_path / "a.json", rows)
    b = predictions(tmp_path / "b.json", [prediction(number, "C", truth="C") for number in range(1, 11)])
    assert compare(a, b).splits[0].whole.difference.mean == 0
    assert compare(a, b, reader="upstream").splits[0].whole.difference.mean == 1


# What is read


def test_a_file_and_the_folder_that_was_scored_from_it_are_the_same_side(files, tmp_path):
    for each in files:
        write_score(tmp_path / f"{each.parent.name}-score", *score_of([str(each)]))
    folders = [tmp_path / "base-score", tmp_path / "tuned-score"]
    of_files, mixed, of_folders = compare(*files), compare(files[0], folders[1]), compare(*folders)
    assert of_files.splits == mixed.splits == of_folders.splits
    assert (of_folders.a.name, of_folders.a.given) == ("video_mc", str(folders[0]))


def test_questions_beside_files_of_predictions_name_videos_and_sources(files, tmp_path):
    questions = [
        {
            "question_id": f"{1 + (number - 1) // 5:03d}-{number:02d}",
            "question": "What is [1]?",
            "options": dict(zip("ABCD", ("a cat", "a dog", "a cup", "a car"), strict=True)),
            "answer": "A",
            "video_path": f"videos_vpt/{'LVVIS' if number <= 10 else 'BURST'}/{1 + (number - 1) // 5:05d}",
        }
        for number in range(1, 21)
    ]
    beside = predictions(tmp_path / "video_multi_choices.json", questions)
    found = compare(*files, items=[str(beside)])
    assert [each.kind for each in found.splits[0].groups] == ["all", "one id", "no timestamp", "BURST", "LVVIS"]
    write_score(tmp_path / "with", *score_of([str(files[0])], [str(beside)]))
    mixed = compare(tmp_path / "with", files[1])
    assert mixed.splits == compare(files[0], tmp_path / "tuned" / "video_mc.json", items=[str(beside)]).splits
    with pytest.raises(UsageError) as error:
        compare(tmp_path / "with", files[1], items=[str(beside)])
    where = tmp_path / "with"
    assert (
        error.value.message == f"--items joins predictions with questions, and {where} is a folder, where that is done"
    )


def test_questions_that_neither_answers_are_counted(tmp_path):
    questions = [
        {
            "question_id": f"{1 + (number - 1) // 5:03d}-{number:02d}",
            "question": "What is [1]?",
            "options": dict(zip("ABCD", ("a cat", "a dog", "a cup", "a car"), strict=True)),
            "answer": "A",
            "video_path": f"videos_vpt/LVVIS/{1 + (number - 1) // 5:05d}",
        }
        for number in range(1, 21)
    ]
    predictions(tmp_path / "video_multi_choices.json", questions)
    for name, numbers in (("a", range(1, 11)), ("b", range(1, 11)), ("c", range(2, 20))):
        predictions(tmp_path / f"{name}.json", [prediction(number, "A") for number in numbers])
    asked = ("--items", "video_multi_choices.json")
    done = run("compare", "a.json", "b.json", *asked, cwd=tmp_path)
    assert "10 questions of --items are without an answer of either: left out\n" in done.stdout
    assert json.loads(run("compare", "a.json", "b.json", *asked, "--json", cwd=tmp_path).stdout)["unanswered"] == 10
    done = run("compare", "a.json", "c.json", *asked, "--common", cwd=tmp_path)
    assert "left out: 1 question only in A, 9 only in B\n" in done.stdout
    assert "1 question of --items is without an answer of either: left out\n" in done.stdout
    assert "without an answer" not in run("compare", "a.json", "b.json", cwd=tmp_path).stdout


def test_of_a_long_answer_the_end_is_shown_where_the_letter_mostly_is(tmp_path):
    a = predictions(tmp_path / "a.json", [prediction(1, "A"), prediction(2, "A")])
    long = "The man opens the door and walks along the street with the dog. " * 3 + "So the answer is C"
    b = predictions(tmp_path / "b.json", [prediction(1, "A"), prediction(2, long)])
    assert "C: 'The man opens the  ... o the answer is C'\n" in run("compare", a, b, cwd=tmp_path).stdout


def test_scores_of_a_judge_are_compared_and_questions_without_one_left_out(tmp_path):
    numbers = range(1, 21)
    a = judged(tmp_path / "a", [scored(number, None if number == 1 else 0.5) for number in numbers])
    b = judged(tmp_path / "b", [scored(number, None if number in {1, 2} else 0.5 + number / 100) for number in numbers])
    found = compare(a, b)
    (split,) = found.splits
    assert (found.form, found.reader, found.a.judge) == ("open-ended", None, "gpt-4o-2024-08-06")
    assert (split.questions, split.failed, split.failed_a, split.failed_b) == (18, 2, 1, 2)
    assert split.whole.difference.mean == pytest.approx(sum(range(3, 21)) / 1800)
    assert (split.whole.a_better, split.whole.b_better, split.whole.same, split.whole.both) == (0, 18, 0, None)
    assert [each.question_id for each in split.changed[:2]] == ["004-20", "004-19"]


def test_a_judge_that_failed_on_everything_leaves_nothing_to_tell(tmp_path):
    a, b = (judged(tmp_path / name, [scored(1, None), scored(2, 0.5 if name == "b" else None)]) for name in "ab")
    shown = run("compare", a, b, cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "left out: 2 questions without a score, 2 of A and 1 of B\n" in shown.stdout
    assert "Nothing can be told: there is no question that both have a score for.\n" in shown.stdout
    (split,) = compare(a, b).splits
    assert (split.questions, split.whole.difference.mean, split.whole.p) == (0, None, None)


def test_scores_that_differ_by_a_rounding_are_the_same():
    found = found_of([0.1 + 0.2] * 10, [0.3] * 10, reader=None)
    assert (found.splits[0].whole.same, found.splits[0].changed) == (10, ())


def test_two_sides_that_divide_videos_differently_are_compared_by_the_coarser_division():
    a = points([0.0] * 12, clusters=[str(number) for number in range(12)])
    b = points([1.0] * 12, clusters=[f"video {number // 4}" for number in range(12)])
    for first, second in ((a, b), (b, a)):
        (split,) = compared(pair_up(first, second).pairs, Told(a=A, b=B)).splits
        assert split.clusters == 3


# What does not compare


def refusal(*arguments, kind=UsageError, **options):
    with pytest.raises(InstitError) as error:
        compare(*arguments, **options)
    assert type(error.value) is kind
    return error.value.message, error.value.hint


def test_different_questions_are_refused_with_counts_and_the_first_of_them(tmp_path):
    a = predictions(tmp_path / "a.json", [prediction(number, "A") for number in range(1, 16)])
    b = predictions(tmp_path / "b.json", [prediction(number, "A") for number in range(5, 17)])
    assert refusal(a, b) == (
        "A and B answer different questions: 11 questions in both, 4 questions only in A"
        " (video 001-01, video 001-02, video 001-03, ...), 1 question only in B (video 004-16)",
        "--common compares them on the questions that both have",
    )
    found = compare(a, b, common=True)
    assert (found.only_a, found.only_b, found.splits[0].questions) == (4, 1, 11)


def test_no_question_in_common_is_refused_even_with_common(tmp_path):
    a = predictions(tmp_path / "a.json", [prediction(1, "A")])
    b = predictions(tmp_path / "b.json", [prediction(1, "A", split="image")])
    message, _ = refusal(a, b, common=True)
    assert message == "A and B have no question in common: 1 question in A, 1 question in B"


def test_another_right_answer_or_another_question_is_another_version(tmp_path):
    a = predictions(tmp_path / "a.json", [prediction(1, "A")])
    b = predictions(tmp_path / "b.json", [prediction(1, "A", truth="B")])
    c = predictions(tmp_path / "c.json", [prediction(1, "A", question="What are [1] and [2]?")])
    assert refusal(a, b)[0] == "video 001-01: the right answer is A in A and B in B"
    assert refusal(a, c)[0] == "video 001-01: instances: 'one id' in A and 'several ids' in B"


def test_a_judge_and_multiple_choice_do_not_compare(files, tmp_path):
    folder = judged(tmp_path / "judged", [scored(1, 0.5)])
    expected = f"{folder} has scores of a judge, {files[0]} is multiple choice: they do not compare"
    assert refusal(files[0], folder)[0] == refusal(folder, files[0])[0] == expected
    assert refusal(folder, files[0], anyway=True)[0] == expected


def test_different_judges_or_prompts_are_compared_only_anyway(tmp_path):
    lines = [scored(number, 0.5) for number in range(1, 11)]
    a, b = judged(tmp_path / "a", lines), judged(tmp_path / "b", lines, judge="qwen")
    c = judged(tmp_path / "c", lines, prompts={"image": "1" * 64, "video": "3" * 64})
    d = judged(tmp_path / "d", lines, prompts={"image": "3" * 64, "video": "2" * 64})
    assert refusal(a, b) == (
        "A was judged by gpt-4o-2024-08-06, B by qwen: a difference may be the judges'",
        "judge both alike; --anyway compares them as they are; bench agree sets two judges of one model side by side",
    )
    assert refusal(a, c)[0] == (
        "A and B were judged by gpt-4o-2024-08-06 with different prompts about videos: a difference may be theirs"
    )
    assert compare(a, b, anyway=True).b.judge == "qwen"
    assert compare(a, c, anyway=True).splits == compare(a, d).splits  # nothing of d is about images


def test_an_option_that_says_nothing_of_the_two_is_refused(files, tmp_path):
    folder = judged(tmp_path / "judged", [scored(1, 0.5)])
    assert (
        refusal(folder, folder, reader="strict")[0] == "--reader strict reads letters, and both have scores of a judge"
    )
    assert refusal(*files, anyway=True)[0] == (
        "--anyway is about different judges or prompts, and both are multiple choice"
    )


def test_folders_that_no_command_wrote_are_said_so(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    good = judged(tmp_path / "good", [scored(1, 0.5)])
    message, hint = refusal(folder, good, kind=SourceError)
    assert message == f"{folder / 'result.json'} cannot be read: No such file or directory"
    assert hint == "name a folder that bench score -o or bench judge -o wrote, or a file of multiple-choice predictions"
    (folder / "result.json").write_text("[]")
    assert refusal(folder, good, kind=SourceError)[0] == (
        f"{folder / 'result.json'} is no result of bench score or bench judge: Expected `object`, got `array`"
    )
    (folder / "result.json").write_text('{"name": "x"}')
    assert refusal(folder, good, kind=SourceError)[0] == f"{folder} holds neither verdicts.jsonl nor scores.jsonl"
    (folder / "scores.jsonl").write_text("")
    assert refusal(folder, good, kind=SourceError)[0] == (
        f"{folder / 'result.json'} does not say which judge wrote scores.jsonl beside it"
    )
    (folder / "result.json").write_text('{"name": "x", "judge": "y"}')
    assert refusal(folder, good)[0] == f"{folder / 'scores.jsonl'} is empty: there is nothing to compare"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"score": 1.5}, "line 2: Expected `float` <= 1.0 - at `$.score`"),
        ({"split": "sound"}, "line 2: Invalid enum value 'sound' - at `$.split`"),
        ({}, "line 2: question_id: 001-01 stands a second time"),
    ],
)
def test_a_line_that_no_judge_wrote_is_named(tmp_path, line, said):
    folder = judged(tmp_path / "bad", [scored(1, 0.5), scored(1, 0.5) | line])
    assert refusal(folder, folder, kind=SourceError)[0] == f"{folder / 'scores.jsonl'}: {said}"


def test_a_file_that_is_cut_short_is_said_so(files):
    files[1].write_bytes(files[1].read_bytes()[:-50])
    with pytest.raises((SourceError, RecordError), match=r"video_mc\.json"):
        compare(*files)


# What is concluded


def group(mean=0.02, low=0.01, high=0.03, p=0.01, *, same=50, both=40):
    return Group(
        grouping="all", kind="all", questions=100, clusters=20, a=Estimate(), b=Estimate(),
        difference=Estimate(mean=mean, low=low, high=high), p=p,
        a_better=20, b_better=80 - same, same=same, both=both,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("whole", "sentence"),
    [
        (
            group(),
            "B is better by 2.0 points, more than videos drawn anew would explain"
            " (95 % interval of B - A +1.0 to +3.0, p = 0.010).",
        ),
        (
            group(-0.0212, -0.04, -0.0001, 0.0004),
            "A is better by 2.1 points, more than videos drawn anew would explain"
            " (95 % interval of B - A -4.0 to 0.0, p < 0.001).",
        ),
        (
            group(0.004, -0.012, 0.02, 0.61),
            "No difference can be told: B is ahead by 0.4 points, no more than videos drawn anew would explain"
            " (95 % interval of B - A -1.2 to +2.0, p = 0.610).",
        ),
        (
            group(0.0, -0.012, 0.012, 1.0),
            "No difference can be told: the two are level, no more than videos drawn anew would explain"
            " (95 % interval of B - A -1.2 to +1.2, p = 1.000).",
        ),
        (
            group(0.02, 0.001, 0.04, 0.0502),
            "The difference is on the edge of what can be told: B is ahead by 2.0 points, which the interval tells from"
            " zero and the test does not (95 % interval of B - A +0.1 to +4.0, p = 0.0502).",
        ),
        (
            group(-0.0001, -0.04, 0.001, 0.04),
            "The difference is on the edge of what can be told: A is ahead by less than 0.1 points, which the test"
            " tells from zero and the interval does not (95 % interval of B - A -4.0 to +0.1, p = 0.040).",
        ),
        (
            group(0.3, None, None, None),
            "No difference can be told: B is ahead by 30.0 points, and all questions are about one video.",
        ),
        (group(0.0, same=100), "No difference can be told: A and B are right about the same questions."),
        (
            group(0.0, same=100, both=None),
            "No difference can be told: A and B have the same score on every question.",
        ),
        (group(None), "Nothing can be told: there is no question that both have a score for."),
    ],
)
def test_the_conclusion_claims_what_the_numbers_hold(whole, sentence):
    assert conclusion(whole, "video") == sentence


def test_models_of_one_quality_are_rarely_called_different():
    rng, called = np.random.default_rng(24), 0
    for _ in range(300):
        easy = [rng.beta(1.5, 1.5) for _ in range(12)]
        a, b = ([1.0 * (rng.random() < easy[number // 5]) for number in range(60)] for _ in range(2))
        called += "is better" in found_of(a, b).splits[0].conclusion
    assert called / 300 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


# What must not matter

VALUES = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)
SCORES = st.lists(st.tuples(*[st.integers(0, 10).map(lambda tenth: tenth / 10)] * 2), min_size=1, max_size=40)


@QUICKLY
@given(VALUES | SCORES)
def test_the_comparison_of_b_with_a_is_the_mirror_of_that_of_a_with_b(values):
    reader = "strict" if all(isinstance(first, bool) for first, _ in values) else None
    a, b = ([float(each) for each in side] for side in zip(*values, strict=True))
    for one, other in zip(
        found_of(a, b, reader=reader).splits[0].groups, found_of(b, a, reader=reader).splits[0].groups, strict=True
    ):
        assert (one.a, one.b, one.p, one.p_adjusted) == (other.b, other.a, other.p, other.p_adjusted)
        assert (one.a_better, one.b_better, one.both, one.neither) == (
            other.b_better, other.a_better, other.both, other.neither,
        )  # fmt: skip
        for name, mirrored in (("mean", "mean"), ("low", "high"), ("boot_low", "boot_high"), ("error", None)):
            ours, theirs = getattr(one.difference, name), getattr(other.difference, mirrored or name)
            sign = -1 if mirrored else 1
            assert (ours is None) == (theirs is None)
            assert ours is None or ours == pytest.approx(sign * theirs, abs=1e-12)


@QUICKLY
@given(VALUES)
def test_a_result_compared_with_itself_has_no_difference_and_p_1(values):
    a = [float(first) for first, _ in values]
    (split,) = found_of(a, a).splits
    for each in split.groups:
        assert each.difference.mean == 0
        assert each.p == (1.0 if each.clusters > 1 else None)
        assert each.a_better == each.b_better == 0
        assert each.difference.low is None or each.difference.low < 0 < each.difference.high
    assert split.changed == ()
    assert split.conclusion == "No difference can be told: A and B are right about the same questions."


@QUICKLY
@given(VALUES, st.randoms(use_true_random=False))
def test_names_of_videos_change_nothing(values, rng):
    a, b = ([float(each) for each in side] for side in zip(*values, strict=True))
    names = [f"video {number}" for number in range(len(values))]
    rng.shuffle(names)
    plain, renamed = found_of(a, b), found_of(a, b, clusters=[names[number // 5] for number in range(len(values))])
    assert plain.splits[0].groups == renamed.splits[0].groups


@QUICKLY
@given(VALUES)
def test_counts_add_up(values):
    a, b = ([float(each) for each in side] for side in zip(*values, strict=True))
    (split,) = found_of(a, b).splits
    for each in split.groups:
        assert each.both + each.neither == each.same
        assert each.same + each.a_better + each.b_better == each.questions
        assert each.difference.mean == pytest.approx((each.b_better - each.a_better) / each.questions)
        assert each.difference.mean == pytest.approx(each.b.mean - each.a.mean)
    assert len(split.changed) == split.whole.a_better + split.whole.b_better
    assert sum(each.questions for each in split.groups[1:]) == split.questions


def test_the_same_inputs_give_the_same_bytes_and_another_seed_another_bootstrap(files, tmp_path):
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        done = run("compare", *files, "-o", f"{name}.json", "--seed", seed, cwd=tmp_path)
        assert done.returncode == 0
    one, two, three = ((tmp_path / f"{name}.json").read_bytes() for name in ("one", "two", "three"))
    assert one == two != three


# The table, the command


def test_the_table_has_a_row_a_kind(files):
    frame = compare(*files).frame()
    assert frame["kind"].to_list() == ["all", "one id", "no timestamp"]
    assert frame.schema["low"] == pl.Float64
    whole = frame.row(0, named=True)
    assert (whole["a"], whole["b"], whole["a_better"]) == (0.5, 0.65, 1)
    one = compare(*files, common=True).frame().filter(pl.col("kind") == "one id")
    assert one["p_adjusted"].to_list() == [1.0]


def test_the_command_says_it_as_people_read_it(files, tmp_path):
    done = run("compare", "base/video_mc.json", "tuned/video_mc.json", "-o", "found.json", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == "found.json holds all of it as JSON\n"
    assert done.stdout == SHOWN


def test_json_on_the_screen_is_json_in_the_file(files, tmp_path):
    done = run("compare", *files, "--json", "-o", "found.json", cwd=tmp_path)
    assert json.loads(done.stdout) == json.loads((tmp_path / "found.json").read_bytes())
    assert json.loads(done.stdout)["format"] == "instit-tools bench compare"
    again = run("compare", *files, "-o", "found.json", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (
        2, "error: found.json exists already\nhint: choose another name, or --overwrite it\n"
    )  # fmt: skip
    assert run("compare", *files, "-o", "found.json", "--overwrite", cwd=tmp_path).returncode == 0


def test_the_command_ends_with_2_and_a_hint_where_questions_differ(files, tmp_path):
    rows = json.loads(files[0].read_bytes())[:-1]
    less = predictions(tmp_path / "less.json", rows)
    done = run("compare", less, files[1], cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: A and B answer different questions: 19 questions in both, 1 question only in B (video 004-20)\n"
        "hint: --common compares them on the questions that both have\n"
    )
    done = run("compare", less, files[1], "--common", cwd=tmp_path)
    assert done.returncode == 0
    assert "left out: 0 questions only in A, 1 only in B\n" in done.stdout


def test_it_fits_a_terminal_of_80_columns(tmp_path):
    asked = ["What is [1] at <1>?", "What are [1] and [2] from <1> to <3>?", "What is it?"] * 60
    a, b = (
        predictions(
            tmp_path / f"{name}.json",
            [
                prediction(number, said if number % 4 else "Option A, the cat that left at <3>", question=question)
                for number, question in enumerate(asked, 1)
            ],
        )
        for name, said in (("a", "A"), ("b", "I am not sure, but it may be the cat that left at <3>"))
    )
    shown = on_a_terminal(("bench", "compare", a.name, b.name), tmp_path)
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in shown.splitlines()) <= 80
    assert "several timestamps" in shown


def test_more_than_ten_changes_are_in_the_file(tmp_path):
    a = predictions(tmp_path / "a.json", [prediction(number, "A") for number in range(1, 16)])
    b = predictions(tmp_path / "b.json", [prediction(number, "I would say \x1b[31mB\n" * 9) for number in range(1, 16)])
    done = run("compare", a, b, cwd=tmp_path)
    assert "15 questions that only one got right\n" in done.stdout
    assert "and 5 more, all of them with -o FILE or --json\n" in done.stdout
    assert "\x1b" not in done.stdout
    assert len(json.loads(run("compare", a, b, "--json", cwd=tmp_path).stdout)["splits"][0]["changed"]) == 15


@pytest.mark.skipif(not REAL_ANSWERS.exists(), reason="the real predictions are not beside this checkout")
def test_the_real_predictions_with_some_answers_mended_are_better_by_what_was_mended(tmp_path):
    rows = json.loads(REAL_ANSWERS.read_bytes())
    rng, mended, spoilt = np.random.default_rng(25), 0, 0
    for row in rows:
        right, chance = row["model_prediction"].strip() == row["ground_truth"], rng.random()
        if not right and chance < 0.08:
            row["model_prediction"], mended = f"Answer: {row['ground_truth']}", mended + 1
        elif right and chance < 0.02:
            row["model_prediction"], spoilt = "I cannot tell.", spoilt + 1
    other = predictions(tmp_path / "video_mc_mended.json", rows)
    found = compare(REAL_ANSWERS, other)
    (split,) = found.splits
    whole = split.whole
    assert (split.questions, split.clusters, whole.both + whole.a_better) == (1001, 206, 429)
    assert (whole.b_better, whole.a_better) == (mended, spoilt)
    assert whole.difference.mean == pytest.approx((mended - spoilt) / 1001)
    assert split.conclusion.startswith("B is better by ")
    assert [each.questions for each in split.groups[1:]] == [314, 503, 184, 74, 505, 422]
    with_itself = compare(REAL_ANSWERS, REAL_ANSWERS).splits[0]
    assert (with_itself.whole.p, with_itself.whole.difference.high) == (1.0, pytest.approx(0.0183, abs=1e-4))


@pytest.mark.parametrize("module", [comparing, concluding, pairing, sided])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0
