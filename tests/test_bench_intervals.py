"""Intervals and p-values against independent computations: by hand, by trying everything, and by simulation."""

import doctest
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instit_tools.bench import intervals, student
from instit_tools.bench.intervals import RESAMPLES, Estimate, Values, estimate, paired
from instit_tools.bench.student import quantile, within

TENTHS = st.integers(-10, 10).map(lambda number: number / 10)
CLUSTERED = st.lists(st.lists(TENTHS, min_size=1, max_size=5), min_size=2, max_size=9)
APART = (-1.0, 1.0)
QUICKLY = settings(max_examples=50, deadline=None)  # ten thousand draws take as long as they take


def values(*clusters):
    return Values(
        [str(number) for number, cluster in enumerate(clusters) for _ in cluster],
        [value for cluster in clusters for value in cluster],
    )


def by_all_signs(sums):
    """Try every pattern of signs, one after another."""
    observed = abs(sum(sums))
    reached = [
        abs(sum(sign * each for sign, each in zip(signs, sums, strict=True))) >= observed - 1e-9
        for signs in itertools.product((1, -1), repeat=len(sums))
    ]
    return sum(reached) / len(reached)


def questions(rng, clusters):
    """Right and wrong answers to some five questions each about *clusters* videos, which are easy or hard: 43 %."""
    share = rng.beta(4.3, 5.7, size=clusters)
    return [list((rng.random(1 + rng.poisson(3.9)) < each) * 1.0) for each in share]


# Student's distribution


@pytest.mark.parametrize(
    ("freedom", "printed"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (10, 2.228), (29, 2.045), (30, 2.042), (120, 1.980)],
)
def test_quantiles_are_those_of_printed_tables(freedom, printed):
    assert round(quantile(0.95, freedom), 3) == printed


@pytest.mark.parametrize("freedom", [1, 2, 3, 6, 7, 40, 205])
def test_the_series_is_the_integral_of_the_density(freedom):
    factor = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    steps = np.linspace(-1.7, 1.7, 200_001)
    density = factor * (1 + steps**2 / freedom) ** (-(freedom + 1) / 2)
    assert within(1.7, freedom) == pytest.approx(np.trapezoid(density, steps), abs=1e-8)


def test_many_degrees_of_freedom_come_to_the_normal_distribution():
    assert quantile(0.95, 10_000) == pytest.approx(1.959964, abs=5e-4)


# Standard errors


def test_the_standard_error_of_three_clusters_by_hand():
    # mean 3/6; residuals of totals 1 - 2/2, 1 - 1/2, 1 - 3/2; their squares 0, 1/4, 1/4; times 3/2 for 3 clusters
    found = estimate(values([1.0, 0.0], [1.0], [0.0, 0.0, 1.0]))
    assert found.mean == 0.5
    assert found.error == pytest.approx(math.sqrt(1.5 * 0.5) / 6)
    assert found.naive == pytest.approx(math.sqrt(0.25 / 6))
    assert (found.low, found.high) == (0.0, 1.0)  # 4.303 standard errors either way are beyond what a share can be
    assert (found.questions, found.clusters) == (6, 3)


def test_the_interval_is_students_with_one_degree_less_than_clusters():
    found = estimate(values([0.5, 0.5], [0.5], [0.4, 0.5, 0.6], [0.5, 0.3]))
    # sums 1, .5, 1.5, .8 of 3.8 / 8 = .475; residuals .05, .025, .075, -.15
    error = math.sqrt(4 / 3 * (0.05**2 + 0.025**2 + 0.075**2 + 0.15**2)) / 8
    assert found.error == pytest.approx(error)
    assert (found.low, found.high) == (pytest.approx(0.475 - 3.182446 * error), pytest.approx(0.475 + 3.182446 * error))


@QUICKLY
@given(CLUSTERED)
def test_the_standard_error_is_that_of_a_regression_on_a_constant_with_clusters(clusters):
    # the sandwich: bread 1/n, filling the sum over clusters of squared sums of residuals, G / (G - 1)
    flat = [value for cluster in clusters for value in cluster]
    mean = sum(flat) / len(flat)
    filling = sum(sum(value - mean for value in cluster) ** 2 for cluster in clusters)
    expected = math.sqrt(len(clusters) / (len(clusters) - 1) * filling) / len(flat)
    assert estimate(values(*clusters), bounded=APART).error == pytest.approx(expected, abs=1e-9)


@QUICKLY
@given(st.lists(TENTHS, min_size=2, max_size=30))
def test_clusters_of_one_give_the_textbook_standard_error(flat):
    found = estimate(values(*([value] for value in flat)), bounded=APART)
    assert found.error == pytest.approx(np.std(flat, ddof=1) / math.sqrt(len(flat)), abs=1e-9)


# The bootstrap


def test_the_bootstrap_is_that_of_all_draws_of_whole_clusters():
    clusters = ([1.0, 0.0, 0.0], [1.0], [0.0, 0.0], [1.0, 1.0, 0.0, 1.0], [0.0])
    means = []
    for draw in itertools.product(clusters, repeat=len(clusters)):
        drawn = [value for cluster in draw for value in cluster]
        means.append(sum(drawn) / len(drawn))
    found = estimate(values(*clusters))
    low, high = np.quantile(means, (0.025, 0.975))
    assert found.boot_low == pytest.approx(low, abs=0.02)
    assert found.boot_high == pytest.approx(high, abs=0.02)


# Coverage


@pytest.mark.parametrize(("clusters", "runs"), [(5, 1500), (30, 1500), (206, 300)])
def test_the_analytic_interval_holds_the_true_share_about_95_times_in_100(clusters, runs):
    rng = np.random.default_rng(20)
    found = [estimate(values(*questions(rng, clusters))) for _ in range(runs)]
    covered = np.mean([each.low <= 0.43 <= each.high for each in found])
    assert 0.95 - 3.5 * math.sqrt(0.95 * 0.05 / runs) < covered < 0.95 + 3.5 * math.sqrt(0.95 * 0.05 / runs)


def test_the_bootstrap_holds_the_true_share_about_95_times_in_100_where_clusters_are_many():
    rng, runs = np.random.default_rng(21), 300
    found = [estimate(values(*questions(rng, 206))) for _ in range(runs)]
    assert 0.92 < np.mean([each.boot_low <= 0.43 <= each.boot_high for each in found]) < 0.975


def test_an_interval_that_ignores_clusters_would_be_too_narrow():
    rng = np.random.default_rng(22)
    alike = [[value] * 5 for value in rng.integers(0, 2, size=200).astype(float)]
    found = estimate(values(*alike))
    assert found.error / found.naive == pytest.approx(math.sqrt(5), rel=0.01)


# Where there is nothing to estimate a spread from


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_at_its_end_has_wilsons_interval_of_as_many_trials_as_clusters(share):
    found = estimate(values(*[[share, share]] * 20))
    squared = 1.959963984540054**2
    centre, half = (share + squared / 40) / (1 + squared / 20), squared / 40 / (1 + squared / 20)
    assert (found.low, found.high) == (pytest.approx(centre - half, abs=1e-12), pytest.approx(centre + half))
    assert found.error == 0
    assert (found.boot_low, found.boot_high) == (share, share)


def test_no_difference_at_all_is_not_taken_for_one_of_half_the_range():
    found = estimate(values(*[[0.0] * 5] * 206), bounded=APART)
    assert found.high == -found.low == pytest.approx(0.0183, abs=1e-4)


def test_the_rounding_of_equal_scores_is_no_spread():
    exact, rounded = values(*[[0.5] * 3] * 10), values(*[[0.1, 0.7, 0.7], [0.7, 0.1, 0.7]] * 5)
    assert estimate(exact).error == estimate(rounded).error == 0
    assert estimate(rounded).high - estimate(rounded).low == pytest.approx(estimate(exact).high - estimate(exact).low)


@QUICKLY
@given(st.sampled_from((2, 3, 10, 206)), TENTHS)
def test_equal_clusters_have_an_interval_around_their_mean_within_the_bounds(number, value):
    found = estimate(values(*[[value]] * number), bounded=APART)
    assert -1 <= found.low <= found.mean <= found.high <= 1
    assert found.high - found.low == pytest.approx(2 * 1.959963984540054**2 / (number + 1.959963984540054**2))


def test_of_one_cluster_there_is_a_mean_only_and_of_none_nothing():
    assert estimate(values([1.0, 0.0])) == Estimate(mean=0.5, naive=0.5 / math.sqrt(2), questions=2, clusters=1)
    assert estimate(values()) == Estimate()
    assert paired(values([1.0, 0.0])) is None
    assert paired(values()) is None


# The test of signs


@QUICKLY
@given(CLUSTERED)
def test_the_p_value_of_few_clusters_is_that_of_all_patterns_of_signs(clusters):
    assert paired(values(*clusters)) == pytest.approx(by_all_signs([sum(cluster) for cluster in clusters]))


def test_thirteen_clusters_are_tried_in_full_and_more_by_chance():
    sums = [0.3, -0.1, 0.7, 0.2, -0.4, 1.1, 0.5, 0.9, -0.2, 0.6, 0.1, -0.8, 0.4]
    assert paired(values(*([each] for each in sums))) == by_all_signs(sums)
    exact = by_all_signs([*sums, 0.35])
    found = paired(values(*([each] for each in [*sums, 0.35])))
    assert found == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / RESAMPLES))
    assert found * (RESAMPLES + 1) == pytest.approx(round(found * (RESAMPLES + 1)))


def test_clusters_that_differ_by_one_question_give_the_binomial_sign_test():
    tail = sum(math.comb(30, more) for more in range(21, 31)) / 2**30
    found = paired(values(*[[1.0]] * 21, *[[-1.0]] * 9))
    assert found == pytest.approx(2 * tail, abs=4 * math.sqrt(2 * tail / RESAMPLES))


def test_clusters_without_a_difference_change_no_p_value():
    moved = [[1.0], [0.4], [0.3], [-0.2]]
    assert paired(values(*moved, *[[0.0, 0.0]] * 200)) == paired(values(*moved)) == by_all_signs([1.0, 0.4, 0.3, -0.2])


def test_a_difference_that_no_drawn_pattern_reaches_has_the_least_p_value_there_is():
    assert paired(values(*[[1.0]] * 40)) == 1 / (1 + RESAMPLES)
    assert paired(values(*[[0.0]] * 40)) == 1.0


def test_under_the_hypothesis_5_in_100_p_values_are_below_5_in_100():
    rng, runs = np.random.default_rng(23), 2000
    found = [paired(values(*rng.normal(size=(10, 3)).tolist())) for _ in range(runs)]
    assert np.mean([each <= 0.05 for each in found]) == pytest.approx(0.05, abs=3.5 * math.sqrt(0.05 * 0.95 / runs))


# What must not matter


@QUICKLY
@given(CLUSTERED, st.randoms(use_true_random=False))
def test_names_of_clusters_change_nothing(clusters, random):
    found = values(*clusters)
    names = [str(number) for number in range(100)]
    random.shuffle(names)
    renamed = Values([names[int(cluster)] for cluster in found.clusters], found.values)
    assert estimate(renamed, bounded=APART) == estimate(found, bounded=APART)
    assert paired(renamed) == paired(found)


@QUICKLY
@given(CLUSTERED, st.randoms(use_true_random=False))
def test_the_order_of_questions_changes_no_analytic_interval(clusters, random):
    found = values(*clusters)
    order = list(range(len(found.values)))
    random.shuffle(order)
    shuffled = Values([found.clusters[place] for place in order], [found.values[place] for place in order])
    one, other = estimate(found, bounded=APART), estimate(shuffled, bounded=APART)
    for name in ("mean", "error", "low", "high", "naive"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-12)
    assert paired(found) == paired(shuffled)


@QUICKLY
@given(st.lists(st.lists(TENTHS, min_size=1, max_size=3), min_size=2, max_size=30))
def test_the_opposite_differences_have_the_opposite_interval_and_the_same_p_value(clusters):
    found, opposite = values(*clusters), values(*([-value for value in cluster] for cluster in clusters))
    one, other = estimate(found, bounded=APART), estimate(opposite, bounded=APART)
    assert other.mean == -one.mean
    assert (other.low, other.high) == (-one.high, -one.low)
    assert other.boot_low == pytest.approx(-one.boot_high, abs=1e-12)
    assert other.boot_high == pytest.approx(-one.boot_low, abs=1e-12)
    assert paired(opposite) == paired(found)


@QUICKLY
@given(CLUSTERED)
def test_an_interval_holds_its_mean(clusters):
    found = estimate(values(*clusters), bounded=APART)
    assert -1 <= found.low <= found.mean <= found.high <= 1


@pytest.mark.parametrize("module", [intervals, student])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0
