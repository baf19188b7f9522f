"""A short run of the fuzzing that `tests/fuzz/run.py` does at length."""

import pytest
from fuzz.run import trial

RUNS, AT_ONCE = 300, 30


@pytest.mark.parametrize("first", range(0, RUNS, AT_ONCE))
def test_whatever_the_input_the_end_is_a_normal_one_or_a_sentence(tmp_path, first):
    for number in range(first, first + AT_ONCE):
        trial(f"0/{number}", tmp_path)
