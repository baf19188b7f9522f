"""A short run of the fuzzing that the modules of `tests/fuzz` do at length."""

import pytest
from fuzz import annotations, media, run

RUNS, AT_ONCE = 300, 30
SHORT = {annotations: 60, media: 100}
"""Inputs of those that write whole datasets."""


@pytest.mark.parametrize("first", range(0, RUNS, AT_ONCE))
def test_whatever_the_input_the_end_is_a_normal_one_or_a_sentence(tmp_path, first):
    for number in range(first, first + AT_ONCE):
        run.trial(f"0/{number}", tmp_path)


@pytest.mark.parametrize(("fuzz", "first"), [(fuzz, first) for fuzz in SHORT for first in range(0, SHORT[fuzz], 20)])
def test_whatever_is_converted_and_measured_ends_well_or_with_a_sentence(tmp_path, fuzz, first):
    (tmp_path / "in").mkdir()
    for number in range(first, first + 20):
        fuzz.trial(f"0/{number}", tmp_path / "in")
    assert list(tmp_path.iterdir()) == [tmp_path / "in"]
