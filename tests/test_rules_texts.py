"""Rules about texts and what they speak of, at the edges: what must be found there, and what must not."""

import json
import time
from functools import cache

import pytest
from conftest import image, video
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import tries

from instit_tools.linting import rules
from instit_tools.linting.edits import apply
from instit_tools.linting.mending import mend
from instit_tools.linting.work import Looker, Who
from instit_tools.targets import available


@cache
def looker():
    return Looker(Who(codes=frozenset(rules.every())))


def look(record):
    return looker()(json.dumps(record).encode()).findings


def found(record):
    return [finding.code for finding in look(record)]


def asked(question, **changes):
    return video(questions=[(question, "On the sofa with [1].")], **changes)


def pictured(text, **changes):
    return image(image_level_caption=text, **changes)


def mended(record, *, unsafe=False):
    done = mend(json.dumps(record).encode(), looker(), unsafe=unsafe)
    assert len(done.changes) < 12, "each edit changes something"
    return None if done.aside else json.loads(done.raw)


# ------------------------------------------------------------------------------------------------------- references


@pytest.mark.parametrize(
    ("spelt", "codes", "safe"),
    [
        ("[1]", [], None),
        ("[0]", ["id-zero"], None),
        ("[00]", ["id-zero"], None),
        ("[01]", ["id-padded"], "[1]"),
        ("[ 1 ]", ["id-padded"], "[1]"),
        ("[001]", ["id-padded"], "[1]"),
        ("[1,2]", ["id-list"], "[1] [2]"),
        ("[1, 2]", ["id-list"], "[1] [2]"),
        ("[1 2]", ["id-list"], "[1] [2]"),
        ("[01, 2]", ["id-list"], "[1] [2]"),
        ("[1-2]", ["id-range"], "[1] [2]"),
        ("[1\N{EN DASH}2]", ["id-range"], "[1] [2]"),
        ("[2-1]", ["id-range"], "[2] [1]"),
        ("[1-3]", ["id-unknown", "id-range"], "[1] [2] [3]"),
        ("[0-2]", ["id-zero", "id-range"], "[0] [1] [2]"),
        ("[9]", ["id-unknown"], None),
        ("[999]", ["id-unknown"], None),
        ("[2024]", [], None),
        ("[sic]", [], None),
        ("[1.5]", [], None),
        ("[]", [], None),
        ("[\uff11]", [], None),
    ],
)
def test_each_spelling_of_an_id_has_its_code(spelt, codes, safe):
    for record in (pictured(f"[1] on {spelt}."), asked(f"Where is [1] with {spelt}?")):
        assert found(record) == codes
        text = json.dumps(mended(record))
        assert (safe or spelt).replace("\N{EN DASH}", "-") in text.replace("\\u2013", "-").replace("\\uff11", "\uff11")


@pytest.mark.parametrize(
    ("spelt", "codes", "safe"),
    [
        ("<1>", [], None),
        ("<1>-<3>", [], None),
        ("<2>-<2>", [], None),
        ("<0>", ["timestamp-zero"], None),
        ("<00>", ["timestamp-zero"], None),
        ("<000>", ["timestamp-zero"], None),
        ("<0>-<3>", ["timestamp-zero"], None),
        ("<0>-<0>", ["timestamp-zero"], None),
        ("<01>", ["timestamp-padded"], "<1>"),
        ("<01>-<03>", ["timestamp-padded"], "<1>-<3>"),
        ("<4>", ["timestamp-beyond"], None),
        ("<1>-<99>", ["timestamp-beyond"], None),
        ("<98>-<99>", ["timestamp-beyond"], None),
        ("<0>-<99>", ["timestamp-zero", "timestamp-beyond"], None),
        ("<3>-<1>", ["interval-backwards"], None),
        ("<3>-1", ["interval-backwards"], None),
        ("<3>-<0>", ["timestamp-zero", "interval-backwards"], None),
        ("<1>-3", ["interval-unfinished"], "<1>-<3>"),
        ("<1-3>", ["interval-unfinished"], "<1>-<3>"),
        ("<1> - <3>", ["interval-unfinished"], "<1>-<3>"),
        ("<1>\N{EN DASH}<3>", ["interval-unfinished"], "<1>-<3>"),
        ("<0-3>", ["timestamp-zero", "interval-unfinished"], "<0>-<3>"),
        ("<0\N{EN DASH}3>", ["timestamp-zero", "interval-unfinished"], "<0>-<3>"),
        ("<0>-3", ["timestamp-zero", "interval-unfinished"], "<0>-<3>"),
        ("<1000>", [], None),
        ("<-1>", [], None),
        ("<t>", [], None),
    ],
)
def test_each_spelling_of_a_timestamp_has_its_code(spelt, codes, safe):
    record = asked(f"Where is [1] at {spelt}?")
    assert found(record) == codes
    (pair,) = mended(record)["question_answer_pairs"]
    assert pair["question"] == f"Where is [1] at {safe or spelt}?"


@pytest.mark.parametrize(
    ("spelt", "then"),
    [
        ("<0>", "<1>"), ("<000>", "<1>"), ("<0>-<3>", "<1>-<3>"), ("<0-3>", "<1>-<3>"), ("<0>-3", "<1>-<3>"),
        ("<0\N{EN DASH}3>", "<1>-<3>"), ("<0>-<0>", "<1>-<1>"), ("<3>-<1>", "<1>-<3>"), ("<3>-<0>", "<1>-<3>"),
    ],
)  # fmt: skip
def test_an_unsafe_repair_writes_a_frame_that_is_there(spelt, then):
    done = mended(asked(f"Where is [1] at {spelt}?"), unsafe=True)
    assert done["question_answer_pairs"][0]["question"] == f"Where is [1] at {then}?"


def test_a_repair_of_one_spelling_leaves_longer_ones_alone():
    record = asked("Where is [1] during <1>-2 or <1>-23 or <1>-<2>?", frames=23)
    (pair,) = mended(record)["question_answer_pairs"]
    assert pair["question"] == "Where is [1] during <1>-<2> or <1>-<23> or <1>-<2>?"


def test_one_kind_of_spelling_is_mended_in_one_step():
    record = pictured("[01] on [02]. [1, 2] match, as do [01] and [2, 1].")
    done = mend(json.dumps(record).encode(), looker(), unsafe=False)
    assert [(change.rule, change.safe) for change in done.changes] == [("id-padded", True), ("id-list", True)]
    assert json.loads(done.raw)["image_level_caption"] == "[1] on [2]. [1] [2] match, as do [1] and [2] [1]."


def test_several_faults_of_one_text_are_all_mended():
    record = asked("Is [01] with [1, 2] at <0> or during <3>-<1>? And [9] at <7>? <1>-3?")
    (pair,) = mended(record, unsafe=True)["question_answer_pairs"]
    assert pair["question"] == "Is [1] with [1] [2] at <1> or during <1>-<3>? <1>-<3>?"


def test_a_range_of_unknown_ids_is_one_problem_that_names_them():
    (finding,) = (each for each in look(pictured("[1] on [2-5].")) if each.code == "id-unknown")
    assert finding.message == "[2-5]: there is no caption of 3, 4, 5"


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        (pictured("[9] on [2]."), "id-unknown", "[9] has no caption"),
        (asked("Who is [9]?"), "id-unknown", "[9] has no caption in any frame"),
        (asked("Is [1] at <9>?"), "timestamp-beyond", "there is no frame <9>; the frames are <1> to <3>"),
        (
            asked("Is [1] there during <2>-<9>?"),
            "timestamp-beyond",
            "<2>-<9>: there is no frame <9>; the frames are <1> to <3>",
        ),
        (pictured("[01] on [2]."), "id-padded", "[01] should be written [1]"),
        (asked("Is [1] at <0>?"), "timestamp-zero", "<0> names frame 0; timestamps count from 1"),
    ],
)
def test_a_message_says_what_is_wrong_in_one_plain_sentence(record, code, message):
    assert [(each.code, each.message) for each in look(record)] == [(code, message)]


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("[1 and 2] match.", "[1 and 2]"),
        ("[1, 2 and 2] match.", "[1, 2 and 2]"),
        ("[1, 2, and 2] match.", "[1, 2, and 2]"),
        ("[1;2] match.", "[1;2]"),
        ("[1/2] match.", "[1/2]"),
        ("[1 & 2] match.", "[1 & 2]"),
        ("Here [ID 4] sits.", "[ID 4]"),
        ("Here [id: 4] sits.", "[id: 4]"),
        ("[1 is walking to [2].", "[1"),
        ("Here [1 is walking.", "[1"),
        ("[1] at < 2 >.", "< 2 >"),
        ("[1] at <2 >.", "<2 >"),
        ("[1] at <frame 2>.", "<frame 2>"),
        ("[1] at <t=2>.", "<t=2>"),
        ("[1] at <1, 2>.", "<1, 2>"),
        ("[1] from <1 to 3>.", "<1 to 3>"),
        ("\u30101\u3011 sits.", "\u30101\u3011"),
    ],
)
def test_what_looks_like_a_reference_and_is_none_is_found(text, raw):
    record = asked(text)
    (finding,) = (each for each in look(record) if each.code == "reference-unread")
    assert finding.message == f"{raw} is read as no reference"


@pytest.mark.parametrize(
    "text",
    [
        "[1] [2]", "[1, 2]", "[1-3]", "[1 2]", "[ 1 ]", "[1]s", "<1>-<3>", "<1>-3", "<1-3>", "<1> and <3>", "<t>",
        "[sic]", "[12:30]", "[1.5]", "[2024]", "[3 of 5]", "[a1]", "x < 3 and 5 > 2", "I <3 you", "[1] to [2]",
        "[1]/[2]", "[1], [2]",
    ],
)  # fmt: skip
def test_what_is_a_reference_or_none_at_all_is_not_called_unread(text):
    assert "reference-unread" not in found(asked(f"{text} is here with [1]?"))


def test_a_timestamp_in_the_caption_of_an_image_is_nobodys_fault():
    assert found(pictured("[1] on [2] says I <3 you, <3>.")) == []


def test_of_a_change_the_frame_before_counts():
    record = video()
    frames = record["frame_level_caption"]
    del frames[2]["instance_level"]["2"]
    frames[2]["image_level"] = "[1] is alone."
    frames[2]["temporal_change"] = "[2] has left [1]."
    assert found(record) == []
    frames[2]["image_level"] = "[1] and [2]."
    assert found(record) == ["id-not-in-frame"]
    frames[0]["instance_level"] = {"1": "A cat."}
    frames[0]["image_level"] = "[1] is alone."
    frames[1] |= {"instance_level": {"1": "A cat."}, "image_level": "[1].. alone", "temporal_change": "[2] is away."}
    frames[2] |= {"instance_level": {"2": "A dog."}, "image_level": "Only [2].", "temporal_change": "[1] has left."}
    assert found(record) == ["id-not-in-frame"], "of frame 2, where neither it nor the one before has [2]"


def test_a_video_without_frames_is_one_problem():
    record = video(frames=0, questions=[("What is [1] at <1>?", "[1] sleeps during <2>-<3>.")])
    assert found(record) == ["frames-none"]


def test_masks_count_as_knowing_an_id():
    rle = {"mask": {"size": [2, 2], "counts": [1, 3]}}
    record = pictured("[3] beside [1] [2].", segmentations={"1": rle, "2": rle, "3": rle})
    assert found(record) == ["id-uncaptioned", "mask-uncaptioned"]
    assert look(record)[0].message == "[3] has a mask but no caption"


def test_a_question_about_an_instance_without_any_mask_is_found_however_it_is_spelt():
    rle = {"mask": {"size": [2, 2], "counts": [1, 3]}}
    masks = {f"{number}.jpg": {"1": rle} for number in (1, 2, 3)}
    for spelt in ("[2]", "[1, 2]", "[1-2]"):
        record = video(questions=[(f"Is [1] here? Is it with {spelt}?", "On it.")], segmentations=masks)
        codes = found(record)
        assert codes.count("id-without-mask") == 1
        assert codes.count("mask-missing") == 3
        finding = next(each for each in look(record) if each.code == "id-without-mask")
        (edit,) = finding.fix.edits
        assert edit.value == "Is [1] here?"


# ------------------------------------------------------------------------------------------------------------ texts

REFUSED = [
    "I'm sorry, but I can't assist with that.",
    "I\N{RIGHT SINGLE QUOTATION MARK}m really sorry, but I can\N{RIGHT SINGLE QUOTATION MARK}t help.",
    " I'm sorry, but I can't see it.",
    "**I'm sorry, but I can't help with that.**",
    "Sorry, I can't help with identifying people.",
    "Sorry, but I can't provide that.",
    "Sorry, there is no image attached.",
    "I'm sorry, but the image is not visible.",
    "I'm sorry.",
    "I cannot see the image.",
    "I am unable to view images.",
    "I couldn't identify anybody.",
    "We cannot provide a description.",
    "Unfortunately, I cannot determine it.",
    "I don't have access to the image.",
    "I apologize for the confusion.",
    "As an AI language model, I look at [1].",
    "No image was provided.",
    "N/A",
    "None.",
    "TODO",
]

WRITTEN_BY_PEOPLE = [
    "I'm sorry for the delay, says [1] to [2].",
    "I'm sorry, says [1].",
    "[1] says: I'm sorry, I can't help.",
    "[1] cannot reach [2].",
    "Sorry sign on the wall behind [1].",
    "Sorry, we are closed, says the sign on [1].",
    '"I can\'t wait", reads the sign beside [1].',
    "I cannot live without coffee, says the text on [1].",
    "I love NY is written on [1].",
    "I can see [1] and [2] on a table.",
    "No image of a person; [1] is a cup.",
    "No frame is around [1].",
    "As an aid, [1] is used for [2].",
    "Unknown people stand around [1].",
    "Nothing else is there.",
    "None of the cups is full; [1] is empty.",
    "The image is not sharp, and [1] stands on [2].",
]


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_is_found_in_captions(text):
    assert "text-refusal" in found(pictured(text))


@pytest.mark.parametrize("text", REFUSED[:17])
def test_a_refusal_is_found_in_answers_but_never_in_questions(text):
    assert "text-refusal" in found(video(questions=[("Who is [1]?", text)]))
    assert "text-refusal" not in found(video(questions=[(f"{text} Who is [1]?", "A cat.")]))


@pytest.mark.parametrize("text", WRITTEN_BY_PEOPLE)
def test_what_people_write_is_no_refusal(text):
    assert found(pictured(text)) == []


@pytest.mark.parametrize(
    "answer", ["None.", "Unknown.", "No.", "2", "[2].", "Yes", "-", "\N{CJK UNIFIED IDEOGRAPH-732B}"]
)
def test_a_short_answer_is_an_answer(answer):
    assert found(video(questions=[("Who is with [1]?", answer)])) == []


def test_an_option_may_say_nothing():
    options = {"A": "None", "B": "N/A", "C": "Unknown", "D": "I cannot tell"}
    item = {"question_id": "001-01", "question": "Who?", "answer": "A", "options": options, "video_path": "videos/001"}
    assert found(item) == []


@pytest.mark.parametrize("text", ["A cup.", "A cat", "Cup", "\u732b", "\u4e00\u53ea\u732b", "[1] on [2].", "[1] sits."])
def test_a_caption_of_a_word_is_not_short(text):
    assert "text-short" not in found(pictured(text))
    assert "text-short" not in found(image(instance_level_caption={"1": text, "2": "A plate."}))


@pytest.mark.parametrize("text", ["[1].", "[1] [2]", "A", ".", "..", "[1] <-> [2]", "A [1]"])
def test_a_caption_without_a_word_is_short(text):
    assert "text-short" in found(pictured(text))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (image(instance_level_caption={"1": "A cup. " * 300, "2": "A plate."}), ["text-long"]),
        (pictured("[1] on [2]. " * 400), ["text-long"]),
        (pictured("[1] on [2]. " * 300), []),
        (video(video_level_caption="[1] walks. " * 1400), ["text-long"]),
        (asked("Where is [1]? " * 150), ["text-long"]),
    ],
)
def test_a_text_many_times_longer_than_usual_is_noted(record, expected):
    assert found(record) == expected


@pytest.mark.parametrize("level", ["instance_level", "image_level", "temporal_change"])
@pytest.mark.parametrize(
    ("text", "code"), [("", "text-empty"), (" \n\t", "text-blank"), ("\u00a0\u3000", "text-blank"), (None, "text-null")]
)
def test_what_is_not_there_is_found_in_every_text_of_a_frame(level, text, code):
    record = video()
    frame = record["frame_level_caption"][1]
    frame[level] = {"1": "A cat.", "2": text} if level == "instance_level" else text
    frame["image_level"] = frame["image_level"] if level == "image_level" else "[1] is there."
    frame["temporal_change"] = text if level == "temporal_change" else "[1] has moved."
    assert found(record) == ["change-missing" if level == "temporal_change" and text is None else code]


@pytest.mark.parametrize("place", ["question", "answer"])
@pytest.mark.parametrize(("text", "code"), [("", "text-empty"), (" ", "text-blank"), (None, "text-null")])
def test_what_is_not_there_is_found_in_questions(place, text, code):
    pair = {"question": "Where is [1]?", "answer": "Beside [2]."} | {place: text}
    record = video() | {"question_answer_pairs": [pair]}
    assert found(record) == [code]
    del pair[place]
    assert found(record) == ["text-null"]
    assert mended(record, unsafe=True)["question_answer_pairs"] == []


@pytest.mark.parametrize("caption", [None, "", "  "])
def test_a_video_without_a_caption_is_a_note_and_nothing_else(caption):
    assert found(video(video_level_caption=caption)) == ["video-uncaptioned"]
    record = video()
    del record["video_level_caption"]
    assert found(record) == ["video-uncaptioned"]


@pytest.mark.parametrize(("change", "expected"), [(None, []), ("", []), (" ", []), ("None", ["change-in-first"])])
def test_the_change_of_a_first_frame_is_nothing(change, expected):
    record = video()
    record["frame_level_caption"][0]["temporal_change"] = change
    assert found(record) == expected


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ({"short": "A cup.", "long": "A red cup."}, []),
        ({"short": "A cup."}, []),
        ({"short": None, "long": "A red cup."}, []),
        ({"short": "", "long": "A red cup."}, ["text-empty"]),
        ({"short": " ", "long": "A red cup."}, ["text-blank"]),
        ({"short": None, "long": None}, ["text-null"]),
        ({}, ["text-null"]),
    ],
)
def test_captions_in_two_lengths_need_one_of_them(caption, expected):
    record = image(instance_level_caption={"1": caption, "2": "A plate."})
    assert found(record) == expected
    if expected in (["text-empty"], ["text-blank"]):
        assert mended(record, unsafe=True)["instance_level_caption"]["1"] == {"long": "A red cup."}


# ----------------------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize(
    "text",
    [
        "S\u00e3o Paulo", "na\u00efve", "\u00c3", "\u00c2", "\u00a35", "\u201c[1]\u201d \u2018x\u2019 \u2014 \u2026",
        "\u732b\u304c\u5ea7\u308b", "\U0001f600", "CAF\u00c9\u201d", "\u2018CAF\u00c9\u2019", "Gr\u00f6\u00dfe",
        "\u0141\u00f3d\u017a", "\u00d1and\u00fa", "\u00c7\u00e0 et l\u00e0", "\u0153uvre", "10 \u00b0C",
        "a\u00b2 + b\u00b2",
        "El Ni\u00f1o\u2122", "M\u00dcNCHEN\u2122", "FR\u00c8RE\u2019s", "CITRO\u00cbN\u2019S", "\u00c0\u00c9\u00ce",
        "\u041f\u0440\u0438\u0432\u0435\u0442", "\u0645\u0631\u062d\u0628\u0627", "\ud55c\uad6d\uc5b4",
        "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1", "\u00c4\u201c", "\u00c3\u2026",
    ],
)  # fmt: skip
def test_letters_of_any_language_are_no_damage(text):
    assert found(pictured(f"{text} is written on [1].")) == []


@pytest.mark.parametrize(
    ("good", "encoding"),
    [
        ("doesn\u2019t", "cp1252"), ("caf\u00e9", "cp1252"), ("a \u2014 b", "cp1252"), ("\u00a35", "cp1252"),
        ("S\u00e3o", "latin-1"), ("na\u00efve", "cp1252"), ("\U0001f600", "cp1252"), ("it\u2019s", "latin-1"),
        ("\u00fcber", "cp1252"), ("\u201cyes\u2026", "cp1252"),
    ],
)  # fmt: skip
def test_misread_letters_are_found_and_safely_read_again(good, encoding):
    record = pictured(f"[1] says {good.encode().decode(encoding)} to [2].")
    assert found(record) == ["text-mojibake"]
    assert mended(record)["image_level_caption"] == f"[1] says {good} to [2]."


@pytest.mark.parametrize(
    ("damaged", "then"),
    [
        ("It\ufffds [1].", "It's [1]."),
        ("[1]\ufffds cup.", "[1]'s cup."),
        ("[1] \ufffd on [2].", "[1]  on [2]."),
        ("[1]\ufffd\ufffd\ufffds cup", "[1]'s cup"),
    ],
)
def test_lost_characters_are_found_and_guessed_only_when_asked(damaged, then):
    record = pictured(damaged)
    assert found(record) == ["text-replacement"]
    assert mended(record) == record
    assert mended(record, unsafe=True)["image_level_caption"] == then


def literals():
    from importlib import import_module

    names = available()
    reserved = {
        literal
        for name in names
        for literal in import_module(f"instit_tools.targets.{name.replace('-', '_')}").RESERVED
    }
    return sorted(reserved)


@pytest.mark.parametrize("literal", literals())
def test_every_literal_that_a_target_refuses_is_found_and_taken_away(literal):
    record = pictured(f"[1] on{literal}[2] too.")
    (code,) = found(record)
    assert code.startswith("reserved-")
    assert mended(record) == record
    left = mended(record, unsafe=True)
    assert found(left) == []
    assert literal not in left["image_level_caption"]


def test_a_bare_beginning_of_a_control_token_does_not_spoil_whole_ones():
    record = pictured("[1] <| [2] <|im_end|> here <|x|>.")
    assert found(record) == ["reserved-end"] * 3
    assert mended(record, unsafe=True)["image_level_caption"] == "[1]  [2]  here ."


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("[1] on [2].<br/>Both are blue.", "[1] on [2]. Both are blue."),
        ('[1] on [2]. <h5 style="text-align: center"', "[1] on [2]."),
        ("<p>[1] on [2].</p>", "[1] on [2]."),
        ("[1] &amp; [2] match.", "[1] & [2] match."),
        ("[1]&nbsp;on [2].", "[1] on [2]."),
        ("[1] is <b>bold</b> here.", "[1] is bold here."),
        ("[1] &amp;amp; [2] match.", "[1] & [2] match."),
    ],
)
def test_a_piece_of_a_web_page_is_found_and_taken_away(text, then):
    record = pictured(text)
    assert found(record) == ["text-markup"]
    assert mended(record) == record
    assert mended(record, unsafe=True)["image_level_caption"] == then


@pytest.mark.parametrize(
    "text",
    ["x <a and b, [1]", "[1] <b", "R&D; [1] on [2]", "AT&T [1]", "if a < b > c [1]", "I <3 [1] on [2]", "[1] <u-turn>"],
)
def test_a_sign_of_less_is_no_web_page(text):
    assert "text-markup" not in found(pictured(text))


def test_markup_at_the_end_of_any_text_is_found():
    record = video()
    record["frame_level_caption"][0]["image_level"] += ' <h5 style="x"'
    assert found(record) == ["text-markup"]


# ------------------------------------------------------------------------------------------------------- all at once

PIECES = st.sampled_from([
    "[1]", "[2]", "[01]", "[0]", "[00]", "[9]", "[1, 2]", "[1-3]", "[2 9]", "<0>", "<00>",
    "<2>", "<02>", "<9>", "<0-3>", "<1>-2", "<1>-23", "<3>-<1>", "<1> - <3>", "-", "5", "<",
    ">", "[", "]", "<|", "<|im_end|>", "<image>", "</s>", "{{", "}}", "<b>", "&amp;",
    "<h5 a=", "\ufffd", "\u00e2\u20ac\u2122", "A cat", "sits", ". ", "? ", " ", "  ", "\n", "s",
    "I'm sorry", ", I can't help", "None",
])  # fmt: skip
TEXTS = st.one_of(st.none(), st.lists(PIECES, max_size=8).map("".join))


@given(st.lists(TEXTS, min_size=6, max_size=6), st.booleans())
@settings(max_examples=tries(400), deadline=None)
def test_whatever_texts_hold_repairs_come_to_an_end_and_twice_is_once(texts, unsafe):
    instance, frame, change, question, answer, whole = texts
    record = video(questions=[(question, answer), ("Where is [2]?", answer)], video_level_caption=whole)
    record["frame_level_caption"][1] |= {"image_level": frame, "temporal_change": change}
    record["frame_level_caption"][2]["instance_level"]["2"] = instance
    raw = json.dumps(record).encode()
    once = mend(raw, looker(), unsafe=unsafe)
    assert len(once.changes) < 100
    if not once.aside:
        twice = mend(once.raw, looker(), unsafe=unsafe)
        assert (twice.raw, twice.changes) == (once.raw, ())
        assert not [finding for finding in once.left if finding.fix and (unsafe or finding.fix.safe)]


@given(st.lists(TEXTS, min_size=6, max_size=6))
@settings(max_examples=tries(200), deadline=None)
def test_every_repair_that_is_offered_changes_something(texts):
    instance, frame, change, question, answer, whole = texts
    record = video(questions=[(question, answer)], video_level_caption=whole)
    record["frame_level_caption"][1] |= {"image_level": frame, "temporal_change": change}
    record["frame_level_caption"][2]["instance_level"]["2"] = instance
    raw = json.dumps(record).encode()
    for finding in look(record):
        if finding.fix and finding.fix.edits:
            assert json.loads(apply(raw, finding.fix.edits)) != record, finding


@pytest.mark.parametrize(
    "text",
    [
        "<!--" * 30_000,
        " " * 100_000 + "x",
        "I cannot " + "a" * 100_000,
        "\ufffd" * 50_000,
        "\u00e2\u20ac" * 20_000,
        "<a" + " " * 100_000,
        "[1, 2" * 30_000,
        "[1" + " " * 99_999,
        "[1 aa" * 30_000,
        "< 2" * 50_000,
        "[1" + "  1" * 30_000,
        "[1" + " 1" * 30_000,
        "[1" + ", 1" * 30_000,
        "<a b" * 30_000,
        "&amp;" * 20_000,
        "I'm sorry" + "," * 99_999,
    ],
)
def test_a_long_and_odd_text_takes_no_long_time(text):
    began = time.monotonic()
    look(pictured(f"[1] {text}"))
    look(pictured(text))
    assert time.monotonic() - began < 5


def test_a_text_of_a_thousand_spellings_is_mended_in_one_step():
    text = " ".join(f"[{first}, {last}]" for first in range(1, 60) for last in range(first + 1, 60))
    done = mend(json.dumps(pictured(text)).encode(), looker(), unsafe=False)
    assert len(done.changes) == 1
