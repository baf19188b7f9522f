"""Two judges of the same answers: how far they agree, against tables worked out by hand and formulas tried in full."""

import doctest
import itertools
import json
import math
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_folders import judged, prediction, predictions, scored

from instit_tools.bench import agreement, concordance, standing_in
from instit_tools.bench.agreement import agree
from instit_tools.bench.concordance import Table, kappa, pearson, spearman, weighted_kappa
from instit_tools.bench.intervals import Estimate
from instit_tools.errors import InstitError, UsageError

QUICKLY = settings(max_examples=60, deadline=None)
TENTHS = st.integers(0, 10).map(lambda tenth: tenth / 10)
PAIRS = st.lists(st.tuples(TENTHS, TENTHS), min_size=1, max_size=40)
FINE = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40)


def run(*arguments, cwd):
    command = [sys.executable, "-m", "instit_tools", "bench", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


SHOWN = """\
A  mine, judged by gpt (gpt-0)
B  mine, judged by qwen (qwen-0)

answers to 40 questions about 8 videos that both judged
measure                                   value
mean score of A                            46.5
mean score of B                            48.0
B - A, points                              +1.5
  95 % analytic                    -2.5 to +5.5
  95 % bootstrap                   -2.0 to +3.8
Pearson correlation                        0.92
Spearman correlation                       0.91
% the same score                           65.0
% within 0.1                               97.5
kappa, quadratic weights, tenths           0.92
% both right or both wrong at 0.5          95.0
kappa at 0.5                               0.90

at 0.5   B right  B wrong
A right       19        1
A wrong        1       19

Whether one judge can stand in for the other cannot be told: B - A is +1.5 points on average, not surely \
within 3 points (95 % interval -2.5 to +5.5); whether they rank models alike cannot be told from the answers \
of one model.

questions with  number     A     B  B - A          95 %  Pearson  kappa  at 0.5
one id              40  46.5  48.0   +1.5  -2.5 to +5.5     0.92   0.92    0.90
no timestamp        40  46.5  48.0   +1.5  -2.5 to +5.5     0.92   0.92    0.90
kappa: of tenths, with quadratic weights; at 0.5: kappa of right and wrong

14 answers with different scores, the largest difference first
question     A      B  B - A
002-09    80.0   10.0  -70.0
001-01     0.0   10.0  +10.0
001-04    30.0   40.0  +10.0
002-07    60.0   70.0  +10.0
002-10    90.0  100.0  +10.0
003-13    10.0   20.0  +10.0
004-16    40.0   50.0  +10.0
004-19    70.0   80.0  +10.0
005-25    20.0   30.0  +10.0
006-28    50.0   60.0  +10.0
and 4 more, in found.json
"""


@pytest.fixture
def folders(tmp_path):
    """Write the scores of two judges, and give their folders."""

    def write(a, b, **others):
        number = len(list(tmp_path.iterdir()))
        return [
            judged(
                tmp_path / f"{judge}-{number}",
                [scored(place, score, **others) for place, score in enumerate(scores, 1)],
                judge=judge,
            )
            for judge, scores in (("gpt", a), ("qwen", b))
        ]

    return write


def whole_of(*folders):
    (split,) = agree(*folders).splits
    return split.whole


# Measures by hand


def test_cohens_kappa_of_a_printed_table():
    # 50 proposals, both say yes to 20 and no to 15: 0.7 observed, 0.5 by chance
    assert kappa(Table(both=20, only_a=5, only_b=10, neither=15)) == pytest.approx(0.4)
    # 0.6 observed both times, with other margins: 0.54 by chance, and 0.46
    assert kappa(Table(both=45, only_a=15, only_b=25, neither=15)) == pytest.approx((0.6 - 0.54) / (1 - 0.54))
    assert kappa(Table(both=25, only_a=35, only_b=5, neither=35)) == pytest.approx((0.6 - 0.46) / (1 - 0.46))


def test_weighted_kappa_of_a_small_table_by_hand():
    # squared distances of tenths: 0, 1, 4, 0: mean 5/4. All pairs of {0, 5, 8, 10} and {0, 6, 10, 10}:
    # (0+36+100+100 + 25+1+25+25 + 64+4+4+4 + 100+16+0+0) / 16 = 504/16
    found = weighted_kappa([0.0, 0.5, 0.8, 1.0], [0.0, 0.6, 1.0, 1.0])
    assert found == pytest.approx(1 - (5 / 4) / (504 / 16))


@QUICKLY
@given(PAIRS)
def test_weighted_kappa_is_that_of_the_table_of_eleven_by_eleven(pairs):
    # as sklearn defines its cohen_kappa_score(weights="quadratic"): 1 - sum(w * observed) / sum(w * expected)
    a, b = ([round(10 * each) for each in side] for side in zip(*pairs, strict=True))
    levels = range(11)
    table = {
        (row, column): sum(pair == (row, column) for pair in zip(a, b, strict=True))
        for row in levels
        for column in levels
    }
    observed = sum((row - column) ** 2 * count for (row, column), count in table.items())
    expected = sum(
        (row - column) ** 2 * a.count(row) * b.count(column) / len(pairs)
        for row, column in itertools.product(levels, repeat=2)
    )
    found = weighted_kappa(*([each / 10 for each in side] for side in (a, b)))
    assert found is None if expected == 0 else found == pytest.approx(1 - observed / expected)


def test_scores_are_rounded_to_the_nearest_tenth_and_halves_up():
    assert weighted_kappa([0.25, 0.0], [0.3, 0.0]) == weighted_kappa([0.349, 0.04], [0.26, 0.0]) == 1.0
    assert weighted_kappa([0.15, 0.0], [0.1, 0.0]) < 1


def test_spearman_by_the_formula_of_squared_differences_of_ranks():
    # ranks 1 2 3 4 5 and 2 1 4 3 5: 1 - 6 * 4 / (5 * 24)
    assert spearman([0.1, 0.2, 0.3, 0.4, 0.5], [0.5, 0.1, 0.8, 0.7, 1.0]) == pytest.approx(0.8)


def test_equal_scores_share_the_mean_of_their_ranks():
    # ranks 1, 2.5, 2.5, 4 and 1.5, 1.5, 3, 4: deviations -1.5 0 0 1.5 and -1 -1 .5 1.5
    assert spearman([0.0, 0.5, 0.5, 1.0], [0.2, 0.2, 0.4, 0.9]) == pytest.approx(3.75 / math.sqrt(4.5 * 4.5))
    assert spearman([0.0, 0.1 + 0.2, 0.3], [0.0, 0.5, 0.5]) == 1.0  # 0.1 + 0.2 is 0.3


def test_pearson_by_hand():
    # deviations -.3 -.1 .4 and -.4 .1 .3: products .12 - .01 + .12, squares .26 and .26
    assert pearson([0.1, 0.3, 0.8], [0.2, 0.7, 0.9]) == pytest.approx(0.23 / 0.26)


@QUICKLY
@given(FINE)
def test_correlations_are_between_minus_1_and_1_or_none(pairs):
    a, b = (list(side) for side in zip(*pairs, strict=True))
    for measure in (pearson, spearman, weighted_kappa):
        found = measure(a, b)
        assert found is None or -1 <= found <= 1
        assert found == measure(b, a)


@QUICKLY
@given(
    st.lists(st.tuples(TENTHS, TENTHS), min_size=2, max_size=40, unique_by=(lambda pair: pair[0], lambda pair: pair[1]))
)
def test_without_equal_scores_spearman_is_the_formula(pairs):
    a, b = (list(side) for side in zip(*pairs, strict=True))
    apart = sum((sorted(a).index(first) - sorted(b).index(second)) ** 2 for first, second in pairs)
    assert spearman(a, b) == pytest.approx(1 - 6 * apart / (len(a) * (len(a) ** 2 - 1)))


# Two folders


def test_two_judges_are_set_side_by_side(folders):
    a = [0.0, 0.5, 0.8, 1.0, 0.4, 0.6, None, 1.0]
    b = [0.0, 0.6, 1.0, 1.0, 0.5, 0.2, 0.3, None]
    found = agree(*folders(a, b))
    (split,) = found.splits
    whole = split.whole
    assert (found.a.judge, found.b.judge, found.prompts_differ) == ("gpt", "qwen", ())
    assert (split.questions, split.clusters, split.failed_a, split.failed_b) == (6, 2, 1, 1)
    assert (whole.a, whole.b) == (pytest.approx(0.55), pytest.approx(0.55))
    assert whole.difference.mean == pytest.approx(0, abs=1e-12)
    # by video: +0.4 of 5 answers, -0.4 of 1; squared 0.32, times 2 for 2 videos
    assert whole.difference.error == pytest.approx(math.sqrt(2 * 0.32) / 6)
    measured = whole.concordance
    assert measured.equal == pytest.approx(2 / 6)
    assert measured.near == pytest.approx(4 / 6)  # 0.5 and 0.6, whose difference is a little below 0.1, and 0.4 and 0.5
    assert measured.table == Table(both=3, only_a=1, only_b=1, neither=1)
    assert measured.agreed == pytest.approx(4 / 6)
    assert measured.kappa == pytest.approx((4 / 6 - 20 / 36) / (1 - 20 / 36))
    assert [(each.question_id, each.a, each.b) for each in split.disagreements] == [
        ("002-06", 0.6, 0.2), ("001-03", 0.8, 1.0), ("001-02", 0.5, 0.6), ("001-05", 0.4, 0.5),
    ]  # fmt: skip


def test_images_and_videos_are_apart_and_kinds_within(tmp_path):
    lines = [
        scored(number, number / 20, split=split, kinds=[["instances", "one id" if number % 2 else "no id"]])
        for split in ("image", "video")
        for number in range(1, 21)
    ]
    a, b = judged(tmp_path / "a", lines), judged(tmp_path / "b", lines, prompts={"image": "9", "video": "2" * 64})
    found = agree(a, b)
    assert [split.split for split in found.splits] == ["image", "video"]
    assert found.prompts_differ == ("image",)
    assert [each.kind for each in found.splits[0].groups] == ["all", "no id", "one id"]
    assert found.frame().shape == (6, 17)
    assert found.frame().filter(pl.col("kind") == "all")["weighted_kappa"].to_list() == [1.0, 1.0]


def test_answers_that_one_judge_has_not_seen_are_left_out(tmp_path):
    a = judged(tmp_path / "a", [scored(number, 0.5) for number in range(1, 11)])
    b = judged(tmp_path / "b", [scored(number, 0.5) for number in range(6, 13)])
    found = agree(a, b)
    assert (found.only_a, found.only_b, found.splits[0].questions) == (5, 2, 5)


def refusal(*arguments):
    with pytest.raises(InstitError) as error:
        agree(*arguments)
    assert isinstance(error.value, UsageError)
    return error.value.message, error.value.hint


def test_other_predictions_are_refused_with_how_many_and_which(tmp_path):
    a = judged(tmp_path / "a", [scored(number, 0.5) for number in range(1, 11)])
    b = judged(
        tmp_path / "b", [scored(number, 0.5, said="A dog." if number > 8 else "A cat.") for number in range(1, 11)]
    )
    assert refusal(a, b) == (
        "A and B judged different predictions: 2 of 10 are not the same (video 002-09, video 002-10)",
        "judge one file of predictions twice; bench compare compares two models",
    )


def test_only_what_a_judge_scored_has_an_agreement(tmp_path):
    file = predictions(tmp_path / "a.json", [prediction(1, "A")])
    folder = judged(tmp_path / "judged", [scored(1, 0.5)])
    assert refusal(file, folder) == (f"{file} is no folder", "name two folders that bench judge -o wrote")
    assert run("score", file, "-o", "score", cwd=tmp_path).returncode == 0
    assert refusal(folder, tmp_path / "score")[0] == f"{tmp_path / 'score'} is multiple choice: there is no judge in it"


# Where there is nothing to measure


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([0.5] * 10, [0.5] * 10),
        ([0.5] * 10, [0.7] * 10),
        ([0.5], [0.7]),
        ([0.5, 0.1], [0.5, 0.1]),
        ([None], [0.5]),
        ([0.0] * 10, [0.0, 1.0] * 5),
    ],
)
def test_what_cannot_be_measured_is_null_and_a_dash_and_never_a_warning(folders, tmp_path, a, b):
    one, other = folders(a, b)
    found = agree(one, other)
    assert "NaN" not in json.dumps(json.loads(run("agree", one, other, "--json", cwd=tmp_path).stdout))
    shown = run("agree", one, other, cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "nan" not in shown.stdout.lower()
    measured = found.splits[0].whole.concordance
    assert (measured.pearson is None) == (measured.spearman is None) == (len(set(a)) == 1 or len(set(b)) == 1)
    for each in measured.__struct_fields__:
        assert getattr(measured, each) == getattr(measured, each)  # NaN is not equal to itself


def test_scores_that_do_not_vary_have_no_kappa_unless_they_differ(folders):
    same, apart = (whole_of(*folders([0.5] * 10, [score] * 10)).concordance for score in (0.5, 0.7))
    assert (same.weighted_kappa, same.kappa, same.equal) == (None, None, 1.0)
    assert (apart.weighted_kappa, apart.kappa, apart.equal) == (0.0, None, 0.0)


# Whether one can stand in for the other


@pytest.mark.parametrize(
    ("difference", "measure", "sentence"),
    [
        (
            Estimate(mean=0.004, low=-0.01, high=0.018),
            0.91,
            "Either judge can stand in for the other on the answers of this model: B - A is +0.4 points on average (95"
            " % interval -1.0 to +1.8), within 3 points, and single scores agree, with a weighted kappa of 0.91;"
            " whether they rank models alike cannot be told from the answers of one model.",
        ),
        (
            Estimate(mean=0.004, low=-0.01, high=0.018),
            0.62,
            "Either judge can stand in for the other for the mean of this model, not for its single answers, with a"
            " weighted kappa of 0.62, below 0.8: B - A is +0.4 points on average (95 % interval -1.0 to +1.8), within 3"
            " points; whether they rank models alike cannot be told from the answers of one model.",
        ),
        (
            Estimate(mean=-0.05, low=-0.07, high=-0.031),
            0.95,
            "Neither judge can stand in for the other: B - A is -5.0 points on average (95 % interval -7.0 to -3.1),"
            " beyond 3 points; whether they rank models alike cannot be told from the answers of one model.",
        ),
        (
            Estimate(mean=0.02, low=0.005, high=0.035),
            0.95,
            "Whether one judge can stand in for the other cannot be told: B - A is +2.0 points on average, not surely"
            " within 3 points (95 % interval +0.5 to +3.5); whether they rank models alike cannot be told from the"
            " answers of one model.",
        ),
        (
            Estimate(mean=0.0, low=-0.01, high=0.01),
            None,
            "Whether one judge can stand in for the other cannot be told: B - A is 0.0 points on average (95 % interval"
            " -1.0 to +1.0), within 3 points, and all scores are the same; whether they rank models alike cannot be"
            " told from the answers of one model.",
        ),
        (
            Estimate(mean=0.1),
            0.9,
            "Whether one judge can stand in for the other cannot be told: all answers are about one video.",
        ),
        (
            Estimate(),
            None,
            "Whether one judge can stand in for the other cannot be told: there is no answer that both have a score"
            " for.",
        ),
    ],
)
def test_the_conclusion_follows_the_criterion(difference, measure, sentence):
    assert standing_in.standing_in(difference, measure, "video") == sentence


# What must not matter


@QUICKLY
@given(PAIRS)
def test_agreement_does_not_ask_who_is_first(tmp_path_factory, pairs):
    folder = tmp_path_factory.mktemp("judges")
    a, b = (
        judged(folder / judge, [scored(number, score) for number, score in enumerate(scores, 1)], judge=judge)
        for judge, scores in zip(("gpt", "qwen"), zip(*pairs, strict=True), strict=True)
    )
    (one,), (other,) = agree(a, b).splits, agree(b, a).splits
    for ours, theirs in zip(one.groups, other.groups, strict=True):
        for name in ("pearson", "spearman", "equal", "near", "weighted_kappa", "agreed", "kappa"):
            assert getattr(ours.concordance, name) == getattr(theirs.concordance, name)
        assert ours.concordance.table.only_a == theirs.concordance.table.only_b
        assert ours.difference.mean == -theirs.difference.mean
        assert ours.difference.low is None or ours.difference.low == pytest.approx(-theirs.difference.high)
    assert [each.question_id for each in one.disagreements] == [each.question_id for each in other.disagreements]


@QUICKLY
@given(st.lists(TENTHS, min_size=1, max_size=40))
def test_a_judge_agrees_with_itself(tmp_path_factory, scores):
    folder = judged(
        tmp_path_factory.mktemp("judges") / "one", [scored(number, score) for number, score in enumerate(scores, 1)]
    )
    (split,) = agree(folder, folder).splits
    found = split.whole.concordance
    assert (found.equal, found.near, found.agreed, split.whole.difference.mean) == (1.0, 1.0, 1.0, 0.0)
    assert {found.pearson, found.spearman, found.weighted_kappa, found.kappa} <= {1.0, None}
    assert (found.pearson is None) == (len(set(scores)) == 1)
    assert split.disagreements == ()


# The command


def test_the_command_says_it_as_people_read_it(folders, tmp_path):
    a = [number % 11 / 10 for number in range(40)]
    b = [min(score + 0.1 * (number % 3 == 0), 1.0) for number, score in enumerate(a)]
    b[8] = 0.1
    one, other = folders(a, b)
    done = run("agree", one.name, other.name, "-o", "found.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "found.json holds all of it as JSON\n")
    assert done.stdout == SHOWN
    assert json.loads((tmp_path / "found.json").read_bytes()) == json.loads(
        run("agree", one.name, other.name, "--json", cwd=tmp_path).stdout
    )


@pytest.mark.parametrize("module", [agreement, concordance, standing_in])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0
