"""Progress: how much of what is done, how fast, and how long the rest takes, on a terminal and elsewhere."""

import re

import pytest
from faults.data import make
from terminal import on_a_terminal

from instit_tools import console


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def test_a_line_each_half_minute_says_what_is_done_how_fast_and_what_is_left(clock, capsys):
    meter = console.Meter("convert to llava", None)
    meter.start(4000, unit="records")
    for seconds in (10, 20, 31, 40, 62):
        clock[0] = seconds
        meter.advance(100_000_000, 500, 1)
    assert capsys.readouterr().err.splitlines() == [
        "convert to llava: 38 %, 1,500 records, 3 shards, 9.7 MB/s, 52 s left",
        "convert to llava: 62 %, 2,500 records, 5 shards, 8.1 MB/s, 37 s left",
    ]


def test_what_an_earlier_run_did_counts_but_not_for_the_pace(clock, capsys):
    meter = console.Meter("convert to llava", None)
    meter.start(1000, done=600, unit="records")
    clock[0] = 40
    meter.advance(1000, 200)
    assert capsys.readouterr().err == "convert to llava: 80 %, 200 records, 25 B/s, 40 s left\n"


def test_what_is_taken_back_is_not_done(clock, capsys):
    meter = console.Meter("measure", None)
    meter.start(100)
    meter.advance(60)
    meter.advance(-60)
    clock[0] = 31
    meter.advance(0)
    assert capsys.readouterr().err == "measure: 0 %\n"


@pytest.mark.parametrize(("seconds", "told"), [(42, "42 s"), (61.4, "1 min 1 s"), (3700, "1 h 1 min"), (0, "0 s")])
def test_a_time_is_told_in_two_units(seconds, told):
    assert console._duration(seconds) == told


def test_a_terminal_of_eighty_columns_shows_the_bar_on_one_line(tmp_path):
    data = make(tmp_path / "data", 60)
    told = on_a_terminal(["convert", data, "--to", "webdataset", "-o", "out", "--workers", "2"], tmp_path)
    lines = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in re.split(r"[\r\n]+", told)]
    bars = [line for line in lines if line.startswith("convert to webdataset") and "%" in line]
    assert bars
    assert all(len(line) <= 80 for line in bars)
    assert any(re.search(r"\d+ records, (\d+ shards?, )?[\d.]+ [kM]?B/s", line) for line in bars)
