"""References in text: what is one, what is none, and that nothing else of a text is ever touched."""

import doctest
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instit_tools import references
from instit_tools.references import (
    Instances,
    Moment,
    Plain,
    Span,
    ids_of_key,
    instance_ids,
    normalise,
    parse,
    print_instances,
    print_moment,
    renumber,
    text,
    timestamps,
    unknown,
)

PIECES = ("[", "]", "<", ">", "-", "\N{EN DASH}", ",", " ", "\n", "\N{NO-BREAK SPACE}", "0", "1", "2", "3", "12", "999")
WRITTEN = (
    "[1]",
    "[2] [3]",
    "[1, 2]",
    "[1-3]",
    "[01]",
    "<3>",
    "<5>-<7>",
    "<5>-7",
    "<5-7>",
    "[sic]",
    "<b>",
    "a",
    "\u0663",
)
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES + WRITTEN), max_size=12).map("".join))
numbers = st.integers(0, 999)
mappings = st.dictionaries(st.integers(0, 30), numbers)
SMALL = dict.fromkeys(range(1000))


@st.composite
def bijections(draw):
    """Move the numbers of a text about among themselves and a few others."""
    members = draw(st.lists(numbers, unique=True, max_size=8))
    return {number: number for number in SMALL} | dict(zip(members, draw(st.permutations(members)), strict=True))


def total(mapping):
    """Let every number that is not moved stay where it is."""
    return {number: number for number in SMALL} | mapping


def test_the_examples_in_the_docstrings_are_true():
    assert doctest.testmod(references).failed == 0
    assert doctest.testmod(references).attempted >= 3


@given(texts)
def test_printing_what_was_parsed_gives_the_text_back(string):
    assert text(parse(string)) == string


@given(texts)
def test_the_pieces_are_never_empty_and_plain_ones_never_touch(string):
    pieces = list(parse(string))
    assert all(piece.raw for piece in pieces)
    assert not any(isinstance(a, Plain) and isinstance(b, Plain) for a, b in pairwise(pieces))


@given(texts)
def test_normalising_twice_is_normalising_once(string):
    assert normalise(normalise(string)) == normalise(string)


@given(texts)
def test_normalising_keeps_what_is_spoken_of(string):
    assert instance_ids(normalise(string)) == instance_ids(string)
    assert timestamps(normalise(string)) == timestamps(string)


@given(texts)
def test_normalising_leaves_the_plain_text_alone(string):
    plain = [piece.raw for piece in parse(string) if isinstance(piece, Plain)]
    rest = normalise(string)
    for each in plain:
        before, found, rest = rest.partition(each)
        assert found == each
        assert text(parse(before)) == before


@given(texts)
def test_renumbering_everything_to_itself_changes_no_letter(string):
    assert renumber(string, timestamps=total({}), instances=total({})) == string


@given(texts)
def test_renumbering_nothing_changes_no_letter(string):
    assert renumber(string) == string


@given(texts, mappings, mappings, mappings, mappings)
def test_renumbering_twice_is_renumbering_by_the_composition(string, first, second, third, fourth):
    f, g, h, k = map(total, (first, second, third, fourth))
    twice = renumber(renumber(string, timestamps=f, instances=h), timestamps=g, instances=k)
    both = renumber(string, timestamps={n: g[f[n]] for n in f}, instances={n: k[h[n]] for n in h})
    assert normalise(twice) == normalise(both)


@given(texts, bijections(), bijections())
def test_renumbering_there_and_back_gives_the_normalised_text(string, frames, instances):
    there = renumber(string, timestamps=frames, instances=instances)
    back = renumber(
        there,
        timestamps={new: old for old, new in frames.items()},
        instances={new: old for old, new in instances.items()},
    )
    assert normalise(back) == normalise(string)


@given(texts, mappings)
def test_renumbering_moves_every_number_and_only_of_its_kind(string, mapping):
    moved = renumber(string, timestamps=total(mapping))
    assert timestamps(moved) == [total(mapping)[number] for number in timestamps(string)]
    assert instance_ids(moved) == instance_ids(string)
    moved = renumber(string, instances=total(mapping))
    assert instance_ids(moved) == [total(mapping)[number] for number in instance_ids(string)]
    assert timestamps(moved) == timestamps(string)


@given(texts, mappings, mappings)
def test_renumbering_fails_exactly_where_a_number_has_no_replacement(string, frames, instances):
    missing = not (set(timestamps(string)) <= frames.keys() and set(instance_ids(string)) <= instances.keys())
    assert (renumber(string, timestamps=frames, instances=instances) is None) == missing
    assert (renumber(string, timestamps=frames) is None) == (not set(timestamps(string)) <= frames.keys())
    assert (renumber(string, instances=instances) is None) == (not set(instance_ids(string)) <= instances.keys())


@given(texts, st.sets(numbers), st.sets(numbers))
def test_unknown_references_are_there_exactly_where_a_number_is_unknown(string, frames, instances):
    lost = unknown(string, frame=frames.__contains__, instance=instances.__contains__)
    assert bool(lost) == (not (set(timestamps(string)) <= frames and set(instance_ids(string)) <= instances))
    assert len(set(lost)) == len(lost)
    assert all(raw in string for raw in lost)
    for raw in lost:
        assert not (set(timestamps(raw)) <= frames and set(instance_ids(raw)) <= instances)


@given(texts)
def test_every_reference_passes_a_question_that_is_not_asked(string):
    assert unknown(string) == []
    assert bool(unknown(string, frame=lambda _: False)) == bool(timestamps(string))
    assert bool(unknown(string, instance=lambda _: False)) == bool(instance_ids(string))


@given(st.text())
def test_any_key_is_read_without_complaint(key):
    assert all(isinstance(number, int) for number in ids_of_key(key))


@given(st.lists(numbers, min_size=1))
def test_printed_ids_are_read_back(ids):
    assert instance_ids(print_instances(ids)) == ids
    assert ids_of_key(",".join(map(str, ids))) == tuple(ids)
    assert normalise(print_instances(ids)) == print_instances(ids)


@given(numbers, numbers)
def test_printed_moments_are_read_back(first, last):
    assert timestamps(print_moment(first, last)) == ([first] if first == last else [first, last])
    assert timestamps(print_moment(first)) == [first]


@pytest.mark.parametrize(
    ("string", "piece", "normal"),
    [
        ("[1]", Instances("[1]", (1,)), "[1]"),
        ("[0]", Instances("[0]", (0,)), "[0]"),
        ("[999]", Instances("[999]", (999,)), "[999]"),
        ("[01]", Instances("[01]", (1,)), "[1]"),
        ("[ 1 ]", Instances("[ 1 ]", (1,)), "[1]"),
        ("[1, 2]", Instances("[1, 2]", (1, 2)), "[1] [2]"),
        ("[1,2]", Instances("[1,2]", (1, 2)), "[1] [2]"),
        ("[1 2]", Instances("[1 2]", (1, 2)), "[1] [2]"),
        ("[2, 1]", Instances("[2, 1]", (2, 1)), "[2] [1]"),
        ("[1-3]", Instances("[1-3]", (1, 2, 3)), "[1] [2] [3]"),
        ("[1\N{EN DASH}3]", Instances("[1\N{EN DASH}3]", (1, 2, 3)), "[1] [2] [3]"),
        ("[3-1]", Instances("[3-1]", (3, 2, 1)), "[3] [2] [1]"),
        ("[1-2, 5]", Instances("[1-2, 5]", (1, 2, 5)), "[1] [2] [5]"),
        ("<3>", Moment("<3>", 3), "<3>"),
        ("<03>", Moment("<03>", 3), "<3>"),
        ("<5>-<7>", Span("<5>-<7>", 5, 7), "<5>-<7>"),
        ("<5> - <7>", Span("<5> - <7>", 5, 7), "<5>-<7>"),
        ("<5>\N{EN DASH}<7>", Span("<5>\N{EN DASH}<7>", 5, 7), "<5>-<7>"),
        ("<5>-7", Span("<5>-7", 5, 7), "<5>-<7>"),
        ("<5-7>", Span("<5-7>", 5, 7), "<5>-<7>"),
        ("<7>-<5>", Span("<7>-<5>", 7, 5), "<7>-<5>"),
    ],
)
def test_one_reference_is_read_and_spelled(string, piece, normal):
    assert list(parse(string)) == [piece]
    assert normalise(string) == normal


@pytest.mark.parametrize(
    "string",
    [
        "",
        "[sic]",
        "[A]",
        "[1.5]",
        "[]",
        "[ ]",
        "[2024]",
        "[-1]",
        "[1,]",
        "[1",
        "1]",
        "[1][",
        "[1, A]",
        "[\u0661]",
        "<b>",
        "</b>",
        "<>",
        "<2024>",
        "<1.5>",
        "x < 3 > 2",
        "x < 3",
        "< 3 >",
        "<image>",
        "<-1>",
        "5-7",
        "<5-7",
        "<\u0661>",
    ],
)
def test_ordinary_brackets_are_ordinary_text(string):
    string = string.replace("[1][", "[1 [")
    assert [type(piece) for piece in parse(string)] == [Plain] * bool(string)
    assert normalise(string) == string
    assert renumber(string, timestamps={}, instances={}) == string


@pytest.mark.parametrize(
    ("string", "pieces"),
    [
        (
            "[1] [2] [3]",
            [Instances("[1]", (1,)), Plain(" "), Instances("[2]", (2,)), Plain(" "), Instances("[3]", (3,))],
        ),
        ("<5>-7th", [Moment("<5>", 5), Plain("-7th")]),
        ("<5>-77>", [Moment("<5>", 5), Plain("-77>")]),
        ("<5>-7000", [Moment("<5>", 5), Plain("-7000")]),
        ("<5>-7.", [Span("<5>-7", 5, 7), Plain(".")]),
        ("<1>-<2>-<3>", [Span("<1>-<2>", 1, 2), Plain("-"), Moment("<3>", 3)]),
        ("[[1]]", [Plain("["), Instances("[1]", (1,)), Plain("]")]),
        ("<<1>>", [Plain("<"), Moment("<1>", 1), Plain(">")]),
        ("[1] at <2>", [Instances("[1]", (1,)), Plain(" at "), Moment("<2>", 2)]),
    ],
)
def test_references_are_told_from_what_stands_around_them(string, pieces):
    assert list(parse(string)) == pieces


@pytest.mark.parametrize(
    ("key", "ids"),
    [
        ("3", (3,)),
        ("03", (3,)),
        (" 3 ", (3,)),
        ("1,2", (1, 2)),
        ("1 , 2", (1, 2)),
        ("2,1,2", (2, 1, 2)),
        ("\x1c1", (1,)),
        ("1,\u20032\x85", (1, 2)),
        ("", ()),
        ("A", ()),
        ("1,", ()),
        (",1", ()),
        ("1-3", ()),
        ("1 2", ()),
        ("[1]", ()),
        ("-1", ()),
        ("1.0", ()),
        ("1000", ()),
        ("\u0661", ()),
        ("person", ()),
    ],
)
def test_the_keys_of_instance_captions_are_ids_groups_or_nothing(key, ids):
    assert ids_of_key(key) == ids


def test_an_interval_is_lost_with_either_end():
    kept = {1: 1, 4: 2}
    assert renumber("<1>-<4>", timestamps=kept) == "<1>-<2>"
    assert renumber("<1>-<3>", timestamps=kept) is None
    assert renumber("<3>-<4>", timestamps=kept) is None
    assert renumber("[9] and <3>", instances={9: 1}) == "[1] and <3>"


def test_only_what_changes_is_spelled_anew():
    assert (
        renumber("[01] [02] <03> <1-2>", instances={1: 1, 2: 5}, timestamps={1: 1, 2: 2, 3: 4}) == "[01] [5] <4> <1-2>"
    )


def test_unknown_references_are_named_as_written_each_once():
    string = "[01, 7] and [7] and [7] from <1>-9 to <2>"
    assert unknown(string, frame={1, 2}.__contains__, instance={1}.__contains__) == ["[01, 7]", "[7]", "<1>-9"]


def test_a_long_text_without_references_is_read_in_no_time():
    string = "[1, " * 50_000 + "<5>-" * 50_000 + "[" * 50_000
    assert text(parse(string)) == string


@pytest.mark.parametrize(
    ("string", "normal"),
    [
        ("at <5> - 7 people leave", "at <5> - 7 people leave"),
        ("<5>-12-year-old", "<5>-12-year-old"),
        ("<5>-7.5 seconds", "<5>-7.5 seconds"),
        ("during <5>-7, [1] sits", "during <5>-<7>, [1] sits"),
        ("during <5> - <7>.", "during <5>-<7>."),
    ],
)
def test_a_bare_number_ends_an_interval_only_where_it_can_mean_nothing_else(string, normal):
    assert references.normalise(string) == normal
