"""Run-length codes are read without decoding them, and say what pycocotools says, or that they are damaged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco
from thorough import tries

from instit_tools.masks import Runs, runs

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, numpy 2

PICTURES = st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 1))
)
ALPHABET = st.characters(min_codepoint=48, max_codepoint=111)


def encoded(picture):
    return coco.encode(np.asfortranarray(picture))


def plain(picture):
    """Give the runs of *picture* as a list, background first, column by column."""
    flat = picture.flatten(order="F")
    edges = np.flatnonzero(np.diff(flat, prepend=0)).tolist()
    return [after - before for before, after in zip([0, *edges], [*edges, flat.size], strict=True)]


def written(counts):
    """Compress *counts*, of any size, as COCO does (maskApi.c, rleToString)."""
    text = ""
    for number, count in enumerate(counts):
        value = count - counts[number - 2] if number > 2 else count
        more = True
        while more:
            bits = value & 0x1F
            value >>= 5
            more = value != -1 if bits & 0x10 else value != 0
            text += chr((bits | 0x20 if more else bits) + 48)
    return text


def added(counts):
    return Runs(sum(counts), sum(counts[1::2]), gaps=0 in counts[1:])


def at_once(codes):
    """Add up *codes* in arrays: together they are long enough for that."""
    return runs([*codes, "1" * 1100])[:-1]


@given(PICTURES)
def test_a_mask_adds_up_to_its_picture_and_its_area(picture):
    code = encoded(picture)
    expected = Runs(picture.size, int(coco.area(code)))
    assert expected.area == picture.sum()
    text = code["counts"].decode()
    assert runs([text, plain(picture)]) == [expected, expected]
    assert at_once([text, plain(picture)]) == [expected, expected]


@given(st.lists(PICTURES, min_size=1, max_size=12))
def test_many_masks_at_once_are_each_by_itself(pictures):
    codes = [encoded(picture)["counts"].decode() for picture in pictures]
    mixed = [
        code if number % 3 else plain(picture)
        for number, (code, picture) in enumerate(zip(codes, pictures, strict=True))
    ]
    expected = [Runs(picture.size, int(picture.sum())) for picture in pictures]
    assert at_once(mixed) == [runs([code])[0] for code in mixed] == expected


@given(
    st.lists(
        st.one_of(st.text(ALPHABET, max_size=60), st.text(max_size=12), st.lists(st.integers(-9, 99))), max_size=20
    )
)
@settings(max_examples=tries(300))
def test_damaged_codes_are_judged_alike_one_by_one_and_at_once(codes):
    assert at_once(codes) == [runs([code])[0] for code in codes]


@given(st.text(max_size=200))
def test_no_text_is_too_odd(text):
    (found,) = runs([text])
    assert found.sound or found == Runs(0, 0, sound=False)


@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=40))
def test_what_is_written_is_read_again(counts):
    assert runs([written(counts)]) == at_once([written(counts)]) == [added(counts)]


@given(PICTURES, st.data())
def test_a_damaged_code_is_never_sound_with_another_total_than_its_runs(picture, data):
    text = encoded(picture)["counts"].decode()
    place = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:place] + data.draw(st.text(ALPHABET, max_size=3)) + text[place + 1 :]
    for found in (*runs([damaged]), *at_once([damaged])):
        if found.sound:
            assert found == added(_decoded(damaged))


def _decoded(text):
    """Read a code as slowly and plainly as it can be read."""
    found, value, shift = [], 0, 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            value -= (1 << shift) if bits & 0x10 else 0
            found.append(value + found[-2] if len(found) > 2 else value)
            value = shift = 0
    return found


@pytest.mark.parametrize(
    "code",
    [
        "",
        " ",
        "~",
        "P",
        "\u00e9",
        "12\n",
        "b'12'",
        "o" * 11 + "0",
        "o" * 2000,
        "N",
        "4N",
        [-1, 7],
        [3, -3, 6],
        [2**63],
        [2**70, 1],
    ],
)
def test_what_no_encoder_writes_is_damaged(code):
    assert runs([code]) == at_once([code]) == [Runs(0, 0, sound=False)]


def test_runs_that_come_round_again_in_64_bits_are_damaged():
    """Sixteen runs of 2**60 make 2**64, which is 0 to a machine."""
    once_round = written([2**60] * 16 + [6])
    twice = [2**63, 2**63, 6]
    for code in (once_round, twice, written([2**34 + 1, 6]), [2**34 + 1, 6]):
        assert not runs([code])[0].sound
        assert not at_once([code])[0].sound


def test_many_large_runs_still_add_up():
    counts = [2**31] * 5000
    assert runs([written(counts)]) == [added(counts)]


def test_no_masks_are_no_runs():
    assert runs([]) == []
    assert runs([[]]) == [Runs(0, 0)]
