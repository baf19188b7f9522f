"""Splicing records: where values stand, which keys stand twice, and that nothing changes but what was asked for."""

import doctest
import json
import re
from itertools import pairwise

import msgspec
import pytest
from conftest import video
from hypothesis import assume, given
from hypothesis import strategies as st

from instit_tools.linting import edits, spans
from instit_tools.linting.edits import Drop, Order, Put, Rename, apply
from instit_tools.linting.spans import Repeated, find, may_repeat, nearest, path_of, pointer, repeated, shown, tree

TRICKY = (
    '"',
    "\\",
    "/",
    "~",
    "~1",
    ": ",
    ", ",
    "{",
    "]",
    "\n",
    "\x00",
    "u0022",
    "\\u0022",
    "é",
    "\N{GRINNING FACE}",
    "1",
)
STRINGS = st.lists(st.sampled_from(TRICKY), max_size=4).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=6
)
NUMBERS = st.integers(-(1 << 63), 1 << 63) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | STRINGS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4), max_leaves=12
)
STYLES = st.fixed_dictionaries(
    {
        "indent": st.sampled_from((None, None, 0, 1, 4, "\t")),
        "separators": st.sampled_from(((",", ":"), (", ", ": "), (" , ", " : "), (",\r\n  ", ":\n"))),
        "ensure_ascii": st.booleans(),
    }
)
SPACE = st.sampled_from(("", "", " ", "\n", "\r\n\t"))


class Pairs(list):
    """The members of an object as they stand, repeated keys included."""


WITH_REPEATS = st.recursive(
    st.sampled_from((None, 1, -2.5e3, "a", 'b"', "c\\")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(st.sampled_from(("a", "b", 'b"', "é")), inner)).map(Pairs)
    ),
    max_leaves=10,
)


@st.composite
def written(draw, value):
    """Write *value* by hand: whitespace anywhere, every string with or without escapes."""
    match value:
        case Pairs():
            members = [
                f"{draw(SPACE)}{draw(written(key))}{draw(SPACE)}:{draw(written(each))}{draw(SPACE)}"
                for key, each in value
            ]
            return f"{draw(SPACE)}{{{','.join(members) or draw(SPACE)}}}"
        case list():
            return f"[{draw(SPACE)}{','.join(draw(written(each)) for each in value)}]{draw(SPACE)}"
        case str() if draw(st.booleans()):
            escapes = "".join(f"\\u{ord(letter):04x}" for letter in value)
            return f'"{escapes}"'
        case _:
            return json.dumps(value, ensure_ascii=draw(st.booleans()))


def dumped(value, style):
    return json.dumps(value, **style).encode()


def walk(value, path=()):
    """Yield every path with what stands there."""
    yield path, value
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from walk(inner, (*path, step))


def same(raw, value):
    """Whether *raw* says *value*, the order of keys and the kinds of numbers included."""
    return json.dumps(msgspec.json.decode(raw)) == json.dumps(value)


def expected(value, changes, path=()):
    """Carry out *changes* on a decoded tree, the plain way."""
    here = {type(change): change for change in changes if change.path == path}
    if Put in here:
        return here[Put].value
    drops = {change.path for change in changes if isinstance(change, Drop)}
    names = {change.path: change.key for change in changes if isinstance(change, Rename)}
    if isinstance(value, dict):
        return {
            names.get((*path, key), key): expected(inner, changes, (*path, key))
            for key, inner in value.items()
            if (*path, key) not in drops
        }
    if isinstance(value, list):
        inner = [expected(each, changes, (*path, index)) for index, each in enumerate(value)]
        order = here[Order].order if Order in here else range(len(value))
        return [inner[index] for slot, index in enumerate(order) if (*path, slot) not in drops]
    return value


@st.composite
def change_of(draw, value):
    """An edit of something in *value*."""
    path, inner = draw(st.sampled_from(list(walk(value))))
    possible = [st.builds(Put, st.just(path), VALUES)]
    if path:
        possible.append(st.just(Drop(path)))
    if path and isinstance(path[-1], str):
        siblings = next(each for above, each in walk(value) if above == path[:-1])
        keys = STRINGS.filter(lambda key: key not in siblings)
        possible.append(st.builds(Rename, st.just(path), keys))
    if isinstance(inner, list):
        possible.append(st.permutations(range(len(inner))).map(lambda order: Order(path, tuple(order))))
    return draw(st.one_of(possible))


def apart(changes):
    """Whether no edit speaks of what another one changes, and no two give a key one name."""
    paths = [change.path for change in changes]
    names = [(change.path[:-1], change.key) for change in changes if isinstance(change, Rename)]
    return len(set(names)) == len(names) and not any(
        first[: len(second)] == second or second[: len(first)] == first
        for number, first in enumerate(paths)
        for second in paths[:number]
    )


# Where things stand


@given(VALUES, STYLES)
def test_every_value_stands_where_its_path_says(value, style):
    raw = dumped(value, style)
    root = tree(raw)
    for path, inner in walk(value):
        node = find(root, path)
        assert same(raw[node.start : node.stop], inner)
        if path and isinstance(path[-1], str):
            assert msgspec.json.decode(raw[node.key_start : node.key_stop]) == path[-1] == node.key
            assert raw[node.key_stop : node.start].strip() == b":"
        else:
            assert (node.key, node.key_start) == (None, node.start)


def test_whitespace_around_a_record_is_not_the_record():
    root = tree(b' \n{"a" : [ ] }\n')
    assert (root.start, root.stop) == (2, 14)
    assert (find(root, ("a",)).start, find(root, ("a",)).stop) == (9, 12)


def test_nothing_is_found_where_nothing_is_and_the_nearest_is_what_would_hold_it():
    root = tree(b'{"a": [1, {"b": 2}], "0": 3}')
    for path in (("c",), (0,), ("a", 2), ("a", -1), ("a", "0"), ("a", 0, "x"), ("a", 1, "c", "d")):
        assert find(root, path) is None
    assert nearest(root, ("a", 1, "c", "d")) is find(root, ("a", 1))
    assert nearest(root, ("c", "d")) is root
    assert nearest(root, ("a", 1, "b")) is find(root, ("a", 1, "b"))


def test_of_a_repeated_key_the_last_is_found_and_all_are_kept():
    root = tree(b'{"a": 1, "b": 2, "a": 3}')
    assert find(root, ("a",)).start == 22
    assert [member.key for member in root.members] == ["a", "b", "a"]
    assert list(root.children) == ["a", "b"]


def test_depth_needs_no_recursion():
    depth = 10_000
    raw = b'[{"a":' * depth + b"1" + b"}]" * depth
    path = (0, "a") * depth
    assert find(tree(raw), path).start == raw.index(b"1")
    assert repeated(raw) == []
    assert apply(raw, [Put(path, "x"), Rename(path, "b")]) == b'[{"a":' * (depth - 1) + b'[{"b":"x"' + b"}]" * depth
    assert path_of(pointer(path), []) == (0, *map(str, path[1:]))
    assert repeated(raw.replace(b"1", b'{"x":1,"x":2}'))[0].path == (*path, "x")


# Repeated keys


def planted(value, path=()):
    """List the repeated keys of a tree of `Pairs`, in the order of the text."""
    found = []
    if isinstance(value, Pairs):
        for number, (key, inner) in enumerate(value):
            if before := [other for other, _ in value[:number]].count(key):
                found.append(((*path, key), before))
            found += planted(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += planted(inner, (*path, index))
    return found


@given(st.data(), WITH_REPEATS)
def test_repeated_keys_are_found_where_they_were_planted(data, value):
    raw = data.draw(written(value)).encode()
    found = repeated(raw)
    assert [(each.path, each.occurrence) for each in found] == planted(value)
    for each in found:
        key, _ = json.JSONDecoder().raw_decode(raw[each.start :].decode())
        assert key == each.path[-1]


@given(st.data(), WITH_REPEATS)
def test_no_repeated_key_is_ever_overlooked(data, value):
    raw = data.draw(written(value)).encode()
    possible = may_repeat(raw, msgspec.json.decode(raw))
    assert possible or not planted(value)
    assert possible == bool(planted(value)) or rb"\u0022" in raw


@given(VALUES, STYLES)
def test_no_style_makes_a_record_suspect(value, style):
    raw = dumped(value, style)
    assert not may_repeat(raw, msgspec.json.decode(raw)) or rb"\u0022" in raw


def test_what_is_too_deep_to_be_written_is_suspect():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert may_repeat(b"[]", deep)


def test_an_extra_occurrence_has_its_place():
    raw = b'{"a": {"b": 1, "b": 2}, "a": 0, "\\u0061": []}'
    assert repeated(raw) == [
        Repeated(("a", "b"), 1, raw.index(b'"b": 2')),
        Repeated(("a",), 1, raw.index(b'"a": 0')),
        Repeated(("a",), 2, raw.index(b'"\\u0061"')),
    ]


# Names of places


@given(VALUES)
def test_a_pointer_leads_back_to_its_path(value):
    for path, _ in walk(value):
        assert path_of(pointer(path), value) == path


def test_what_a_pointer_misses_is_a_key():
    assert path_of("/a/0/-/01", {"a": [[1]]}) == ("a", 0, "-", "01")
    assert path_of("/a/7/0", {"a": []}) == ("a", 7, "0")
    assert path_of("", 1) == ()
    assert path_of("/", {"": 1}) == ("",)


@given(st.lists(STRINGS | st.integers(0, 1000)))
def test_what_is_shown_of_a_path_says_all_of_it(path):
    read, text = [], shown(tuple(path))
    while text:
        match = re.match(r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([A-Za-z_]\w*)', text, re.ASCII)
        index, key, name = match.groups()
        read.append(int(index) if index else json.loads(key) if key else name)
        text = text[match.end() :]
    assert read == path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("video_id",), "video_id"),
        (("question_answer_pairs", 0, "question"), "question_answer_pairs[0].question"),
        (("1,2", "é"), '["1,2"]["é"]'),
        ((0, "a"), "[0].a"),
    ],
)
def test_paths_are_shown_the_way_people_write_them(path, text):
    assert shown(path) == text


# Edits


@given(st.data(), VALUES, STYLES)
def test_an_edit_says_in_the_text_what_it_says_of_the_tree(data, value, style):
    raw = dumped(value, style)
    change = data.draw(change_of(value))
    assert same(apply(raw, [change]), expected(value, [change]))


@given(st.data(), VALUES, STYLES)
def test_edits_of_different_places_do_not_disturb_each_other(data, value, style):
    raw = dumped(value, style)
    changes = []
    for change in data.draw(st.lists(change_of(value), min_size=2, max_size=8)):
        if apart([*changes, change]):
            changes.append(change)
    assert same(apply(raw, changes), expected(value, changes))


@given(st.data(), st.lists(SCALARS, max_size=8) | st.dictionaries(STRINGS, SCALARS, max_size=8), STYLES)
def test_any_members_can_go_together(data, value, style):
    steps = list(value) if isinstance(value, dict) else list(range(len(value)))
    changes = [Drop((step,)) for step in steps if data.draw(st.booleans())]
    raw = dumped(value, style)
    assert same(apply(raw, changes), expected(value, changes))


@given(st.data(), VALUES, STYLES)
def test_only_the_bytes_of_the_place_change(data, value, style):
    raw = dumped(value, style)
    change = data.draw(change_of(value))
    new = apply(raw, [change])
    node = find(tree(raw), change.path)
    match change:
        case Put():
            assert new.startswith(raw[: node.start])
            assert new.endswith(raw[node.stop :])
        case Rename():
            assert new.startswith(raw[: node.key_start])
            assert new.endswith(raw[node.key_stop :])
        case Drop():
            less = len(raw) - len(new)
            assert any(raw[:cut] + raw[cut + less :] == new for cut in range(node.start + 1))
        case Order():
            assert gaps(new, change.path) == gaps(raw, change.path)


def gaps(raw, path):
    """What stands between, before and behind the elements of an array."""
    node = find(tree(raw), path)
    around = [(0, node.start + 1), *((each.start, each.stop) for each in node.members), (node.stop - 1, len(raw))]
    return [raw[first[1] : second[0]] for first, second in pairwise(around)]


@given(VALUES, STYLES)
def test_putting_what_is_there_changes_nothing(value, style):
    raw = dumped(value, style)
    assume(b"\x7f" not in raw)  # Python escapes it only where it escapes all that is not ASCII
    for path, inner in walk(value):
        if not isinstance(inner, list | dict):
            assert apply(raw, [Put(path, inner)]) == raw


def test_no_edits_change_nothing():
    raw = b' {"a" :1}\r\n'
    assert apply(raw, []) == raw


@given(st.data(), st.lists(st.tuples(st.sampled_from("abc"), st.integers()), min_size=1), SPACE)
def test_one_occurrence_goes_and_the_others_stay(data, pairs, space):
    members = [f'{space}"{key}"{space}:{each}{space}' for key, each in pairs]
    raw = f"{{{','.join(members)}}}".encode()
    gone = data.draw(st.sets(st.integers(0, len(pairs) - 1)))
    changes = [Drop((pairs[index][0],), [key for key, _ in pairs[:index]].count(pairs[index][0])) for index in gone]
    left = [pair for index, pair in enumerate(pairs) if index not in gone]
    assert json.loads(apply(raw, changes), object_pairs_hook=list) == left


def test_of_a_repeated_key_all_go_all_are_renamed_and_the_last_is_replaced():
    raw = b'{"a": 1, "b": 2, "a": 3}'
    assert apply(raw, [Drop(("a",))]) == b'{"b": 2}'
    assert apply(raw, [Rename(("a",), "c")]) == b'{"c": 1, "b": 2, "c": 3}'
    assert apply(raw, [Put(("a",), 4)]) == b'{"a": 1, "b": 2, "a": 4}'
    assert apply(raw, [Drop(("a",), 0), Put(("b",), 0)]) == b'{"b": 0, "a": 3}'


def test_a_dropped_member_takes_its_line_and_its_comma_along():
    raw = json.dumps({"a": 1, "b": [2, 3], "c": 4}, indent=2).encode()
    assert apply(raw, [Drop(("a",))]) == json.dumps({"b": [2, 3], "c": 4}, indent=2).encode()
    assert apply(raw, [Drop(("c",)), Drop(("b", 0))]) == json.dumps({"a": 1, "b": [3]}, indent=2).encode()
    assert apply(raw, [Drop(("a",)), Drop(("b",)), Drop(("c",))]) == b"{}"


def test_a_value_and_its_key_can_change_together_and_keys_can_be_swapped():
    raw = b'{"a": 1, "b": 2}'
    assert apply(raw, [Rename(("a",), "c"), Put(("a",), 3)]) == b'{"c": 3, "b": 2}'
    assert apply(raw, [Rename(("a",), "b"), Rename(("b",), "a")]) == b'{"b": 1, "a": 2}'
    assert apply(raw, [Rename(("a",), "b"), Drop(("b",))]) == b'{"b": 1}'


def test_an_element_that_keeps_its_place_can_change_while_others_move():
    assert apply(b"[[1], 2, 3]", [Order((), (0, 2, 1)), Put((0, 0), 4)]) == b"[[4], 3, 2]"


@pytest.mark.parametrize(
    ("raw", "new"),
    [
        (b'{"a": "", "b": "\\u00e9"}', b'{"a": "\\u2019", "b": "\\u00e9"}'),
        (b'{"a": "", "b": "e"}', b'{"a": "\xe2\x80\x99", "b": "e"}'),
        (b'{"a": "", "b": "\xc3\xa9\\u0001"}', b'{"a": "\xe2\x80\x99", "b": "\xc3\xa9\\u0001"}'),
    ],
)
def test_new_text_is_in_the_alphabet_of_the_record(raw, new):
    assert apply(raw, [Put(("a",), "\N{RIGHT SINGLE QUOTATION MARK}")]) == new


@pytest.mark.parametrize("style", [{"indent": 1}, {"indent": "\t"}, {"separators": (",", ":")}, {}])
@pytest.mark.parametrize("path", [("frame_level_caption", 1, "instance_level"), ("question_answer_pairs",), ()])
def test_a_new_container_is_laid_out_like_those_around_it(style, path):
    record, value = video(), {"1": "A cat.", "2": ["A", "dog."]}
    new = apply(dumped(record, style), [Put(path, value)])
    assert new == dumped(expected(record, [Put(path, value)]), style)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ([Put(("a",), 1), Put(("a",), 2)], r"two edits overlap: Put a and Put a"),
        ([Drop(("a", 0)), Put(("a",), 1)], r"two edits overlap: Put a and Drop a\[0\]"),
        ([Drop(("a",)), Drop(("a",))], r"two edits overlap: Drop a and Drop a"),
        ([Drop(("b",)), Rename(("b",), "c")], r"two edits overlap: Drop b and Rename b"),
        ([Put((), 1), Rename(("a",), "c")], r"two edits overlap: Put the record and Rename a"),
        ([Order(("a",), (1, 0)), Put(("a", 1, "x"), 3)], r"two edits overlap: Order a and Put a\[1\]\.x"),
        ([Rename(("a",), "b")], r"renaming would repeat a key in the record"),
        ([Rename(("a",), "c"), Rename(("b",), "c")], r"renaming would repeat a key in the record"),
        ([Rename(("a", 0), "c")], r"an element of an array has no key to rename: a\[0\]"),
        ([Order(("a",), (0,))], r"this is no order of the elements of a: \(0,\)"),
        ([Order(("b",), ())], r"this is no order of the elements of b: \(\)"),
        ([Put(("a", 2), 1)], r"there is no a\[2\]"),
        ([Drop(("c",))], r"there is no c"),
        ([Drop(("b",), 1)], r"there is no occurrence 1 of b"),
        ([Drop(())], r"the record as a whole can neither be dropped nor renamed"),
        ([Put(("b",), float("nan"))], r"not JSON compliant"),
    ],
)
def test_edits_that_cannot_be_are_refused(changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        apply(b'{"a": [1, {"x": 2}], "b": {}}', changes)


def test_the_examples_in_the_docstrings_are_true():
    for module in (spans, edits):
        failed, tried = doctest.testmod(module)
        assert (failed, tried > 0) == (0, True)
