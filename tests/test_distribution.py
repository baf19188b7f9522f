"""Distributions against numpy, whatever the values and however they came in; numbers as people read them."""

import itertools
import re
from collections import Counter
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instit_tools.statistics.columns import TABLES, polars_schema
from instit_tools.statistics.distribution import QUANTILES, distribution, histogram, quantile
from instit_tools.statistics.measures import Measures
from instit_tools.statistics.numbers import percent, written
from instit_tools.statistics.quantities import QUANTITIES, counted

VALUES = st.lists(st.integers(0, 60) | st.integers(-20, 5000) | st.integers(0, 10**9), min_size=1, max_size=60)
SCALES = st.sampled_from((1, 1000))


@given(VALUES, SCALES)
def test_moments_and_quantiles_are_those_of_numpy(values, scale):
    found = distribution(Counter(values), scale=scale)
    array = np.array(values) / scale
    assert found.n == len(values)
    assert found.total == pytest.approx(array.sum())
    assert found.mean == pytest.approx(array.mean())
    assert found.sd == pytest.approx(array.std(ddof=0), rel=1e-6, abs=1e-6)
    assert (found.minimum, found.maximum) == (array.min(), array.max())
    assert list(found.quantiles) == [str(number) for number in QUANTILES]
    expected = np.quantile(array, [number / 100 for number in QUANTILES], method="linear")
    assert list(found.quantiles.values()) == pytest.approx(expected.tolist())


@given(VALUES, st.fractions(0, 1))
def test_a_quantile_lies_between_the_values_and_never_falls(values, share):
    counts = Counter(values)
    assert min(values) <= quantile(counts, share) <= max(values)
    assert quantile(counts, share / 2) <= quantile(counts, share)
    assert quantile(counts, Fraction(0)) == min(values)
    assert quantile(counts, Fraction(1)) == max(values)


@given(VALUES, VALUES, SCALES)
def test_two_counts_added_up_describe_the_values_of_both(one, other, scale):
    merged = distribution(Counter(one) + Counter(other), scale=scale)
    assert merged == distribution(Counter(other + one), scale=scale)
    assert merged == distribution({**Counter(one + other), 10**12: 0}, scale=scale)


def test_a_sum_that_no_float_holds_has_an_exact_mean():
    found = distribution({10**17 + 1: 3, 10**17 + 3: 3})
    assert (found.mean, found.sd, found.quantiles["50"]) == (10**17 + 2, 1, 10**17 + 2)


@given(VALUES)
def test_every_value_lies_in_exactly_one_bin_and_there_are_few(values):
    found = histogram(Counter(values))
    assert 1 <= len(found.counts) <= 41
    edges = [found.start + place * found.width for place in range(len(found.counts) + 1)]
    assert list(found.counts) == [
        sum(low <= value < high for value in values) for low, high in itertools.pairwise(edges)
    ]
    assert sum(found.counts) == len(values)
    assert found.start <= 0
    assert found.counts[-1] > 0


@given(VALUES)
def test_bins_are_of_a_round_width_and_as_fine_as_forty_allow(values):
    found = histogram(Counter(values))
    assert re.fullmatch("[125]0*", str(int(found.width)))
    span = max(values) - min(0, *values) + 1
    finer = {"1": 2, "2": 2, "5": 2.5}[str(int(found.width))[0]]
    assert found.width * 40 >= span
    assert found.width == 1 or found.width / finer * 40 < span


@given(VALUES)
def test_a_scale_only_changes_what_is_shown(values):
    plain, scaled = histogram(Counter(values)), histogram(Counter(values), scale=1000)
    assert scaled.counts == plain.counts
    assert (scaled.start, scaled.width) == (plain.start / 1000, plain.width / 1000)


def test_one_value_is_its_own_distribution():
    found = distribution({7: 1})
    assert (found.n, found.total, found.mean, found.sd, found.minimum, found.maximum) == (1, 7, 7, 0, 7, 7)
    assert set(found.quantiles.values()) == {7}
    assert found.histogram.counts == (0,) * 7 + (1,)


def measures(**tables):
    frames = {
        name: pl.DataFrame(tables.get(name, []), schema=polars_schema(name), orient="row").lazy() for name in TABLES
    }
    return Measures(**frames)


def named(name):
    return next(each for each in QUANTITIES if each.name == name)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=20))
def test_a_share_is_in_millionths_with_halves_up_and_of_nothing_is_none(pairs):
    videos = [{"changed": min(pair), "changeable": max(pair)} for pair in pairs]
    found = counted(measures(videos=videos), named("churn"), None)
    shares = [Fraction(row["changed"], row["changeable"]) for row in videos if row["changeable"]]
    expected = Counter(int(1_000_000 * share + Fraction(1, 2)) for share in shares)
    assert found == ({(None, None): expected} if shares else {})


def test_a_quantity_counts_each_value_in_each_group_and_no_null():
    texts = [
        {"level": "frame", "source": "UVO", "words": 3, "ids": [1, 2], "times": []},
        {"level": "frame", "source": None, "words": 3, "ids": [1], "times": []},
        {"level": "video", "source": "UVO", "words": 5, "ids": [], "times": [1]},
        {"level": "video", "source": "UVO", "words": None, "ids": [4], "times": [2]},
    ]
    data = measures(texts=texts)
    assert counted(data, named("words"), None) == {("frame", None): {3: 2}, ("video", None): {5: 1}}
    assert counted(data, named("words"), "source") == {
        ("frame", "UVO"): {3: 1},
        ("frame", None): {3: 1},
        ("video", "UVO"): {5: 1},
    }
    assert counted(data, named("instances spoken of"), None) == {
        ("frame", None): {1: 1, 2: 1},
        ("video", None): {0: 1, 1: 1},
    }
    assert counted(data, named("tokens"), None) == {}


def test_every_quantity_is_made_of_columns_that_are_there_and_says_what_it_means():
    assert len({each.name for each in QUANTITIES}) == len(QUANTITIES)
    for each in QUANTITIES:
        assert {*each.columns, *filter(None, (each.group,))} <= TABLES[each.table].keys()
        assert each.meaning
        assert each.scale == (1_000_000 if len(each.columns) == 2 or each.millionths else 1)
        assert counted(measures(), each, "source") == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0"),
        (0.0, "0"),
        (1234567, "1,234,567"),
        (-1234, "-1,234"),
        (2.0, "2"),
        (24.316, "24.3"),
        (-24.316, "-24.3"),
        (1441.84, "1,441.8"),
        (0.0873, "0.087"),
        (-0.5, "-0.500"),
    ],
)
def test_a_number_has_as_many_digits_as_a_reader_wants(value, text):
    assert written(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "-"),
        (0, "0 %"),
        (1e-9, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.5, "50.0 %"),
        (0.99999, "99.9 %"),
        (1, "100 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_of_nothing_and_of_everything_mean_exactly_that(share, text):
    assert percent(share) == text


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_no_share_between_is_shown_as_nothing_or_as_everything(share):
    assert percent(share) not in {"0 %", "100 %", "0.0 %", "100.0 %"}


@given(st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12))
def test_a_number_that_is_written_is_near_the_number(value):
    text = written(value)
    if 0 < abs(value) < 0.001:
        assert text == ("<0.001" if value > 0 else ">-0.001")
    else:
        number = float(text.replace(",", ""))
        assert number == pytest.approx(value, abs=0.0501 if abs(value) >= 1 else 0.000501, rel=1e-9)
