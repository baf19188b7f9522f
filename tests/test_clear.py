"""Records that are clear pass the gate as a whole: the outcome is the one of the gate, line by line."""

import msgspec
import pytest
from conftest import image, video
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import tries

from instit_tools.conversations import RESERVED, SWIFT_TOKENS
from instit_tools.media.frames import frames_of
from instit_tools.recipes import clear, load
from instit_tools.recipes import make as making
from instit_tools.recipes.make import Origin, make
from instit_tools.source.decode import decode

USUAL = (
    "[1]",
    "[2]",
    "[1] [2]",
    "<1>",
    "<2>",
    "<1>-<2>",
    "<2>-<3>",
    "a cat ",
    "sits. ",
    " ",
    "\N{RIGHT SINGLE QUOTATION MARK}",
)
ODD = (
    *("[3]", "[7]", "[01]", "[1, 2]", "[1-2]", "[ 1 ]", "[1", "]", "[", "[sic]", "[]", "[2024]", "[[1]]"),
    *(
        "<4>",
        "<9>",
        "<01>",
        "<1-2>",
        "<1>-2",
        "<1> - <2>",
        "<1>\N{EN DASH}<2>",
        "<2>-<1>",
        "<1>-",
        "-<2>",
        "< 1>",
        "<",
        ">",
    ),
    *(
        "-",
        " -",
        "\N{EN DASH}",
        "2",
        "2>",
        ".5",
        "\0",
        "\n",
        "x < 3",
        "\N{FULLWIDTH DIGIT ONE}",
        "[\N{FULLWIDTH DIGIT ONE}]",
    ),
    *RESERVED,
    *SWIFT_TOKENS,
    *(" ASSISTANT:", "ASSISTANT: ", "<|", "{", "{{"),
)


def texts(pieces):
    return st.lists(st.sampled_from(pieces), max_size=6).map("".join)


def strategies(draw):
    """Texts and captions of one record: most of it usual, for a single odd text makes a whole record unclear."""
    text = st.one_of(texts(USUAL), texts(USUAL + ODD)) if draw(st.booleans()) else texts(USUAL)
    lengths = st.fixed_dictionaries({}, optional={"short": st.none() | text, "long": st.none() | text})
    caption = st.none() | text | lengths
    odd = st.dictionaries(st.sampled_from(["1", "2", "3", "02", "1,2", "x", "1/2", ""]), caption, max_size=3)
    usual = st.fixed_dictionaries({"1": text, "2": text}, optional={"3": caption, "2,1": text})
    return text, odd if draw(st.integers(0, 5)) == 0 else usual


@st.composite
def videos(draw):
    text, captions = strategies(draw)
    moments = st.lists(st.sampled_from([1, 2, 3, 4, 7]), unique=True, max_size=4)
    record = video(questions=draw(st.lists(st.tuples(text, text), max_size=3)), video_level_caption=draw(text))
    record["frame_level_caption"] = [
        {
            "timestamp": timestamp,
            "frame_name": f"{timestamp}.jpg",
            "instance_level": draw(captions),
            "image_level": draw(text),
            "temporal_change": draw(st.none() | text) if timestamp > 1 or draw(st.integers(0, 5)) == 0 else None,
        }
        for timestamp in draw(st.one_of(st.just([1, 2, 3]), moments))
    ]
    return record


@st.composite
def images(draw):
    text, captions = strategies(draw)
    return image(instance_level_caption=draw(captions), image_level_caption=draw(text))


OWN = load.Recipe(
    name="own",
    preamble=False,
    caption="short",
    prompts={"scene": ("From {first} to {last}?", "All {count}?"), "instance": ("Say {ids}.",)},
    parts=(
        load.Part(name="each", pictures="one", turns=("scene", "instance", "instances"), split=True),
        load.Part(name="one", pictures="one", turns=("instance", "scene")),
        load.Part(name="two", pictures="pair", turns=("change",), split=True),
        load.Part(name="whole", pictures="all", turns=("questions", "summary")),
        load.Part(name="asked", pictures="all", turns=("summary", "questions"), split=True),
    ),
)
"""All that no built-in recipe does."""


@st.composite
def recipes(draw):
    recipe = draw(st.sampled_from([OWN, *map(load.load, load.available())]))
    limits = {name: draw(st.none() | st.integers(1, 3)) for name in ("max_frames", "max_instances")}
    return msgspec.structs.replace(recipe, **limits)


def outcomes(record, recipe, reserved=RESERVED, marks="keep"):
    typed = decode(msgspec.json.encode(record))
    origin = Origin(file="f.json", number=1, key="video-000001", reserved=reserved)
    return list(make(typed, frames_of(typed, store=None, marks=marks), recipe, origin))


@settings(max_examples=tries(400), deadline=None)
@given(
    st.one_of(videos(), images()),
    recipes(),
    st.sampled_from([(), RESERVED, SWIFT_TOKENS, ("[1]", "<", "x <", " ")]),
    st.sampled_from(["vpt", "raw"]),
)
def test_a_clear_record_gives_what_the_gate_gives_line_by_line(record, recipe, reserved, marks):
    found = outcomes(record, recipe, reserved, marks)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(making, "is_clear", lambda *_: False)
        assert found == outcomes(record, recipe, reserved, marks)


def is_clear(record, monkeypatch, reserved=RESERVED):
    seen = []
    monkeypatch.setattr(making, "is_clear", lambda *given: seen.append(clear.is_clear(*given)) or seen[-1])
    outcomes(record, load.load("paper"), reserved)
    return seen == [True]


@pytest.mark.parametrize(
    "text",
    ["[1] and [2] meet.", "At <1>, and from <2>-<3>.", "<1>-<2>-<3>", "No one.", "5 > 3", "1]", "a\0b", "<1>, -3"],
)
def test_a_text_in_the_published_spelling_is_clear(text, monkeypatch):
    assert is_clear(video(video_level_caption=text), monkeypatch)
    assert is_clear(video(), monkeypatch)
    assert is_clear(image(), monkeypatch)


@pytest.mark.parametrize(
    "text",
    [
        "[3]",
        "[01]",
        "[1, 2]",
        "[ 1]",
        "[sic]",
        "[",
        "<4>",
        "<b>",
        "x < 3",
        "<1-2>",
        "<1>-2",
        "<1> - <2>",
        "<1>\N{EN DASH}<2>",
    ],
)
def test_a_text_that_the_gate_must_look_at_is_not_clear(text, monkeypatch):
    assert not is_clear(video(video_level_caption=text), monkeypatch)
    assert not is_clear(video(questions=[("What?", text)]), monkeypatch)


def test_a_text_is_looked_at_by_itself_and_not_together_with_the_next(monkeypatch):
    record = video(questions=[("What is at <1>", "-<2> is nothing"), ("And [", "1] is what?")])
    assert not is_clear(record, monkeypatch)
    assert not [outcome for outcome in outcomes(record, load.load("qa")) if hasattr(outcome, "reason")]


@pytest.mark.parametrize("literal", RESERVED)
def test_a_reserved_literal_is_not_clear_even_where_the_label_of_an_instance_is_part_of_it(literal, monkeypatch):
    assert not is_clear(image(image_level_caption=f"It says{literal}here."), monkeypatch)
    assert not is_clear(image(instance_level_caption={"1": f"{literal.lstrip()}here."}), monkeypatch)
