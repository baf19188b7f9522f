"""Recipes: which samples are made, that every reference stays true, and that nothing is lost without a word."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from conftest import image, video
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from instit_tools import references
from instit_tools.conversations import RESERVED
from instit_tools.errors import RecipeError
from instit_tools.made_up import image_records, video_records
from instit_tools.media.frames import frames_of
from instit_tools.recipes import load
from instit_tools.recipes.limits import kept_instances, uniform
from instit_tools.recipes.make import Origin, make
from instit_tools.recipes.wording import PROMPTS, pick, preamble, rendered
from instit_tools.samples import Reject, Sample
from instit_tools.schemas import schema
from instit_tools.source.decode import decode


def made(record, recipe="paper", *, marks="keep", seed=0, reserved=(), key="video-000001", **limits):
    """Make the samples and the rejects of a record given as a JSON object."""
    typed = decode(msgspec.json.encode(record))
    frames = frames_of(typed, store=None, marks=marks)
    chosen = recipe if isinstance(recipe, load.Recipe) else load.load(recipe)
    chosen = msgspec.structs.replace(chosen, **limits)
    origin = Origin(file="f.json", number=1, key=key, seed=seed, reserved=reserved)
    outcomes = list(make(typed, frames, chosen, origin))
    rejects = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    return [outcome for outcome in outcomes if isinstance(outcome, Sample)], rejects


def only_fault(record, **options):
    (reject,) = made(record, **options)[1]
    assert reject.is_fault
    return reject.reason, reject.field, reject.message


def answers(samples):
    return [turn.assistant for sample in samples for turn in sample.turns]


def texts(sample):
    return [text for turn in sample.turns for text in (turn.user, turn.assistant)]


def parts(samples):
    return dict(Counter(sample.provenance.part for sample in samples))


def with_frame(number, **changes):
    record = video()
    record["frame_level_caption"][number - 1] |= changes
    return record


# What the built-in recipes make


@pytest.mark.parametrize("name", load.available())
def test_every_built_in_recipe_is_valid_and_makes_samples(name):
    recipe = load.load(name)
    assert recipe.name == name
    assert recipe.description
    videos = [made(record, name) for record in video_records(3, seed=1)]
    assert all(samples and not rejects for samples, rejects in videos)
    for samples, rejects in (made(record, name) for record in image_records(3, seed=1)):
        assert not rejects
        assert bool(samples) == any(part.pictures == "one" for part in recipe.parts)


@pytest.mark.parametrize("name", load.available())
def test_every_built_in_recipe_would_pass_as_one_of_a_user(name):
    assert load.load(str(Path(load.__file__).parent / f"{name}.toml")) == load.load(name)


def test_there_are_the_recipes_of_the_documentation():
    assert load.available() == ("captions", "instances", "paper", "qa", "regions", "temporal")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("paper", {"frame": 3, "change": 2, "video": 1, "qa": 1}),
        ("qa", {"qa": 2}),
        ("captions", {"scene": 3, "video": 1}),
        ("instances", {"instances": 3}),
        ("temporal", {"change": 2}),
    ],
)
def test_a_recipe_makes_so_many_samples_of_a_video(name, expected):
    record = video(questions=[("What is [1]?", "A cat."), ("And [2]?", "A dog.")])
    samples, rejects = made(record, name)
    assert parts(samples) == expected
    assert not rejects
    assert len({sample.id for sample in samples}) == len(samples)


def test_an_image_becomes_one_sample_of_two_turns():
    ((sample,), rejects) = made(image(7), key="image-000007")
    assert not rejects
    assert sample.id == "image-000007-frame"
    assert [turn.assistant for turn in sample.turns] == ["[1]: A red cup.\n[2]: A blue plate.", "[1] stands on [2]."]
    assert sample.instances == (1, 2)


def test_the_real_record_becomes_the_samples_that_the_paper_describes(real_record):
    (record,) = json.loads(real_record.read_text(encoding="utf-8"))
    samples, rejects = made(record)
    assert not rejects
    assert parts(samples) == {"frame": 12, "change": 11, "video": 1, "qa": 1}
    assert len(samples) == 25
    conversation = samples[-1]
    assert len(conversation.turns) == 20
    assert [frame.path for frame in conversation.frames] == [
        f"videos_vpt/website/example1/{number}.jpg" for number in range(1, 13)
    ]
    changes = [sample for sample in samples if sample.provenance.part == "change"]
    assert [[frame.timestamp for frame in sample.frames] for sample in changes] == [
        [number, number + 1] for number in range(1, 12)
    ]


def test_four_frames_of_the_real_record_are_spoken_of_by_their_new_numbers(real_record):
    (record,) = json.loads(real_record.read_text(encoding="utf-8"))
    whole, _ = made(record)
    samples, rejects = made(record, max_frames=4)
    shown = [1, 5, 8, 12]
    conversation = samples[-1]
    assert [frame.timestamp for frame in conversation.frames] == shown
    assert {reject.reason for reject in rejects} == {"dropped-frame"}
    assert not any(reject.is_fault for reject in rejects)
    asked = [reject for reject in rejects if reject.field.startswith("/question_answer_pairs/")]
    assert len(conversation.turns) + len(asked) == 20
    before = {turn.assistant for turn in whole[-1].turns}
    back = {position: timestamp for position, timestamp in enumerate(shown, 1)}  # noqa: C416  # says which is which
    for turn in conversation.turns:
        assert references.renumber(turn.assistant, timestamps=back) in before
    for reject in asked:
        assert not set(references.timestamps(reject.text)) <= set(shown)


def test_the_preamble_says_what_the_references_mean_once_and_only_if_it_is_wanted():
    samples, _ = made(video(), "paper")
    for sample in samples:
        assert sample.turns[0].user.startswith("Objects are labelled with numbers in the picture; [ID] means")
        assert ("<t> means frame number t" in sample.turns[0].user) == (len(sample.frames) > 1)
        assert not any("[ID]" in turn.user for turn in sample.turns[1:])
    for sample in made(video(), "paper", preamble=False)[0]:
        assert not any("[ID]" in turn.user for turn in sample.turns)


def test_where_no_marks_are_drawn_the_preamble_does_not_speak_of_any():
    assert preamble(1, raw=True) == "Objects have numbers; [ID] means the object with that number.\n"
    for sample in made(video(), marks="raw")[0]:
        assert sample.turns[0].user.startswith("Objects have numbers; ")


# Frames


@given(st.lists(st.integers(), unique=True), st.integers(1, 40))
def test_picking_evenly_keeps_order_and_both_ends(items, limit):
    picked = uniform(items, limit)
    places = [items.index(item) for item in picked]
    assert len(picked) == min(len(items), limit)
    assert places == sorted(set(places))
    if items:
        assert picked[0] == items[0]
        assert limit == 1 or picked[-1] == items[-1]


@given(st.integers(2, 60), st.integers(2, 60))
def test_picked_frames_are_at_even_distances(count, limit):
    picked = uniform(range(count), limit)
    steps = {after - before for before, after in pairwise(picked)}
    assert max(steps) - min(steps) <= 1


def test_without_a_limit_all_are_picked():
    assert uniform("abc", None) == ("a", "b", "c")


@st.composite
def told_videos(draw):
    """Videos in which each text has a number of its own and says the file of every frame that it speaks of."""
    moments = draw(st.lists(st.integers(1, 40), min_size=1, max_size=9, unique=True))
    names = {moment: f"{moment:03d}.jpg" for moment in moments}
    numbers = iter(range(10_000))

    def moment():
        one = draw(st.sampled_from(moments))
        return f"<{one}> is {names[one]};"

    def span():
        one, other = sorted((draw(st.sampled_from(moments)), draw(st.sampled_from(moments))))
        dash = draw(st.sampled_from([f"<{one}>-<{other}>", f"<{one}>-{other}", f"<{one}-{other}>"]))
        return f"{dash} are {names[one]} and {names[other]};"

    def told(most=3):
        said = [moment() if draw(st.booleans()) else span() for _ in range(draw(st.integers(0, most)))]
        return " ".join([f"text-{next(numbers)};", *said])

    frames = [
        {
            "timestamp": moment,
            "frame_name": names[moment],
            "instance_level": {"1": told(1)},
            "image_level": told(1),
            "temporal_change": None if moment == min(moments) else told(),
        }
        for moment in moments
    ]
    pairs = [{"question": told(), "answer": told()} for _ in range(draw(st.integers(0, 5)))]
    record = video(frame_level_caption=frames, question_answer_pairs=pairs, video_level_caption=told())
    return record, next(numbers)


_SAID = re.compile(r"<(\d+)>(?:-<(\d+)>)? (?:is|are) (\d+\.jpg)(?: and (\d+\.jpg))?;")


@given(told_videos(), st.sampled_from([None, 1, 2, 3, 4, 8]), st.sampled_from(["paper", "qa", "temporal", "captions"]))
def test_every_reference_to_a_frame_means_the_frame_that_it_meant(told, limit, recipe):
    record, _ = told
    for sample in made(record, recipe, max_frames=limit)[0]:
        names = [frame.path.rsplit("/", 1)[1] for frame in sample.frames]
        assert names == sorted(names)
        assert len(names) <= (limit or len(names))
        for text in texts(sample):
            assert all(1 <= moment <= len(names) for moment in references.timestamps(text))
            said = [match.groups() for match in _SAID.finditer(text)]
            assert len(said) == text.count(";") - len(re.findall(r"text-\d+;", text)) - _semicolons(sample, text)
            for first, last, one, other in said:
                assert names[int(first) - 1] == one
                if last:
                    assert names[int(last) - 1] == other


def _semicolons(sample, text):
    """Count those of the preamble."""
    return sum(line.count(";") for line in text.splitlines() if "[ID]" in line) if text == sample.turns[0].user else 0


@given(told_videos(), st.sampled_from([None, 1, 2, 3, 4, 8]))
def test_samples_and_rejects_together_account_for_every_text_once(told, limit):
    record, count = told
    samples, rejects = made(record, "paper", max_frames=limit)
    whole = "\n".join([*(text for sample in samples for text in texts(sample)), *(each.text for each in rejects)])
    assert sorted(map(int, re.findall(r"text-(\d+);", whole))) == list(range(count))
    if limit is None:
        assert not {reject.reason for reject in rejects} & {"dropped-instance"}


def test_a_change_is_dropped_where_only_one_picture_of_the_two_may_be_shown():
    samples, rejects = made(video(), "temporal", max_frames=1)
    assert not samples
    assert [(reject.reason, reject.field) for reject in rejects] == [
        ("dropped-frame", f"/frame_level_caption/{index}/temporal_change") for index in (1, 2)
    ]


def test_a_question_goes_with_its_answer_when_only_one_of_them_speaks_of_a_dropped_frame():
    record = video(frames=3, questions=[("What is at <2>?", "A cat."), ("What is it?", "A cat from <1> to <3>.")])
    samples, rejects = made(record, "qa", max_frames=2)
    assert answers(samples) == ["A cat from <1> to <2>."]
    assert [(each.reason, each.field, each.text) for each in rejects] == [
        ("dropped-frame", "/question_answer_pairs/0/question", "What is at <2>?\nA cat.")
    ]


def test_the_record_is_in_the_order_of_its_timestamps_whatever_the_order_in_the_file():
    record = video(frames=12)
    expected = made(record)[0]
    record["frame_level_caption"].reverse()
    assert [(each.id, each.frames, each.turns) for each in made(record)[0]] == [
        (each.id, each.frames, each.turns) for each in expected
    ]


def test_the_texts_of_a_video_without_frames_are_faults():
    samples, rejects = made(video(frame_level_caption=[]))
    assert not samples
    assert {(reject.reason, reject.message) for reject in rejects} == {("text", "the record has no frames")}


# Instances


@st.composite
def peopled_images(draw):
    """Images whose texts name every instance that they speak of."""
    ids = draw(st.lists(st.integers(1, 30), min_size=1, max_size=8, unique=True))

    def said():
        spoken = draw(st.lists(st.sampled_from(ids), max_size=3))
        return " ".join(f"[{number}] is thing-{number};" for number in spoken)

    captions = {str(number): f"this is thing-{number}; {said()}" for number in ids}
    return image(instance_level_caption=captions, image_level_caption=f"scene. {said()}"), ids


_THING = re.compile(r"\[(\d+)\](?: is|: this is) thing-(\d+);")


@given(peopled_images(), st.integers(1, 9))
def test_drawn_numbers_stay_and_others_are_counted_from_one(peopled, limit):
    record, ids = peopled
    kept = sorted(ids)[:limit]  # each is captioned once, so the smaller ids stay
    for marks in ("vpt", "raw"):
        samples, rejects = made(record, marks=marks, max_instances=limit)
        renumbered = marks == "raw" and len(ids) > limit
        for sample in samples:
            assert sample.instances == (tuple(range(1, len(kept) + 1)) if renumbered else tuple(kept))
            for text in texts(sample):
                for number, thing in _THING.findall(text):
                    assert int(thing) in kept
                    assert int(number) == (kept.index(int(thing)) + 1 if renumbered else int(thing))
        said = [line for text in answers(samples) for line in text.splitlines()]
        assert len(said) + len(rejects) == len(ids) + 1
        assert {reject.reason for reject in rejects} <= {"dropped-instance"}


def test_the_instances_captioned_in_most_frames_are_kept_and_of_equals_the_smaller():
    record = video(frames=3)
    record["frame_level_caption"][0]["instance_level"] = {"5": "A bird.", "2": "A dog.", "1": "A cat."}
    record["frame_level_caption"][1]["instance_level"] = {"5": "A bird.", "4": "A fly."}
    record["frame_level_caption"][2]["instance_level"] = {"5": "A bird.", "2": "A dog."}
    typed = decode(msgspec.json.encode(record))
    assert kept_instances(typed, 2, drawn=True).numbers == {2: 2, 5: 5}
    assert kept_instances(typed, 3, drawn=False).numbers == {1: 1, 2: 2, 5: 3}
    assert kept_instances(typed, None, drawn=False).numbers == {1: 1, 2: 2, 4: 4, 5: 5}


def test_a_group_is_described_by_all_its_numbers():
    ((sample,), rejects) = made(image(instance_level_caption={"1,2": "Two cups.", "3": "A plate."}))
    assert not rejects
    assert sample.turns[0].assistant == "[1] [2]: Two cups.\n[3]: A plate."
    assert sample.instances == (1, 2, 3)
    ((sample,), _) = made(image(instance_level_caption={"1,2": "Two cups."}, image_level_caption=None), "instances")
    assert "[1] [2]" in sample.turns[0].user


@pytest.mark.parametrize(
    ("prefer", "expected"), [("long", "[1]: A tall red cup.\n[2]: A plate."), ("short", "[1]: A cup.\n[2]: A plate.")]
)
def test_of_a_caption_in_two_lengths_the_recipe_says_which(prefer, expected):
    captions = {"1": {"short": "A cup.", "long": "A tall red cup."}, "2": {"short": None, "long": "A plate."}}
    ((sample,), _) = made(image(instance_level_caption=captions), caption=prefer)
    assert sample.turns[0].assistant == expected


def test_a_caption_that_opens_with_its_own_id_does_not_get_it_twice():
    captions = {"1": "[1] is a cup.", "2": "[01]: a plate.", "03": "Beside [1], a fork.", "4": "[1] hides it."}
    ((sample,), _) = made(image(instance_level_caption=captions))
    assert sample.turns[0].assistant.splitlines() == [
        "[1] is a cup.",
        "[2]: [1]: a plate.",
        "[3]: Beside [1], a fork.",
        "[4]: [1] hides it.",
    ]


# Faults


def test_a_key_that_is_no_id_is_a_fault():
    record = image(instance_level_caption={"1": "A cup.", "2": "A plate.", "cup/a": "A cup."})
    assert only_fault(record) == ("text", "/instance_level_caption/cup~1a", "the key 'cup/a' is no instance id")


def test_a_change_at_the_first_frame_is_a_fault():
    assert only_fault(with_frame(1, temporal_change="[1] has come.")) == (
        "text",
        "/frame_level_caption/0/temporal_change",
        "the first frame has no frame before it to change from",
    )


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ({"question": "What is [1]?", "answer": ""}, "a question without an answer: 'What is [1]?'"),
        ({"question": "What is [1]?", "answer": None}, "a question without an answer: 'What is [1]?'"),
        ({"question": "What is [1]?"}, "a question without an answer: 'What is [1]?'"),
        ({"question": "  ", "answer": "A cat."}, "an answer without a question"),
    ],
)
def test_half_an_exchange_is_a_fault(pair, message):
    assert only_fault(video(question_answer_pairs=[pair]))[1:] == ("/question_answer_pairs/0/question", message)


def test_nothing_asked_and_nothing_answered_is_no_text_and_no_fault():
    assert made(video(question_answer_pairs=[{"question": "", "answer": None}]), "qa") == ([], [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A cat at <0>.", "it speaks of <0>, but the frames are <1> to <3>"),
        ("A cat at <99>.", "it speaks of <99>, but the frames are <1> to <3>"),
        ("A cat from <2> to <4>-<9>.", "it speaks of <4>-<9>, but the frames are <1> to <3>"),
        ("The cat [99] and [0].", "it speaks of [99], [0], but the instances are [1] [2]"),
        ("The cats [1, 3].", "it speaks of [1, 3], but the instances are [1] [2]"),
    ],
)
def test_a_text_that_speaks_of_what_the_record_does_not_know_is_a_fault(text, message):
    assert only_fault(video(video_level_caption=text)) == ("text", "/video_level_caption", message)
    limited = made(video(video_level_caption=text), max_frames=2, max_instances=1)[1]
    (fault,) = [reject for reject in limited if reject.is_fault]  # no limit of the user's makes it less of one
    assert fault.message == message


def test_frames_that_are_not_in_a_row_are_listed_one_by_one():
    frames = [{"timestamp": number, "frame_name": f"{number}.jpg"} for number in (1, 4, 9)]
    message = "it speaks of <2>, but the frames are <1> <4> <9>"
    assert (
        only_fault(video(frame_level_caption=frames, video_level_caption="<2>", question_answer_pairs=[]))[2] == message
    )  # one row a line


def test_without_any_instance_each_id_is_a_fault():
    record = image(instance_level_caption={}, image_level_caption="A [1].")
    assert only_fault(record)[2] == "it speaks of [1], but the instances are none"


@pytest.mark.parametrize("literal", RESERVED)
def test_a_word_that_the_trainer_reserves_is_a_fault(literal):
    text = f"A cup{literal}and a plate."
    message = f"it holds {literal!r}, which the trainer takes for its own"
    assert only_fault(image(image_level_caption=text), reserved=RESERVED) == (
        "reserved",
        "/image_level_caption",
        message,
    )  # one row a line
    assert not made(image(image_level_caption=text))[1]


def test_a_fault_takes_only_its_own_line_with_it():
    samples, rejects = made(with_frame(2, instance_level={"1": "A cat beside [7].", "2": "A dog."}))
    assert len(rejects) == 1
    assert rejects[0].text == "[1]: A cat beside [7]."
    assert samples[1].turns[0].assistant == "[2]: A dog."


def test_references_are_written_in_their_published_spelling():
    ((sample,), _) = made(image(image_level_caption="[01] and [1, 2], [1-2]"), "captions")
    assert sample.turns[0].assistant == "[1] and [1] [2], [1] [2]"


def test_a_text_that_is_absent_makes_no_turn():
    record = video(question_answer_pairs=None, video_level_caption="  ")
    assert parts(made(record)[0]) == {"frame": 3, "change": 2}


# Wording


def test_a_wording_depends_on_seed_and_record_and_on_nothing_else():
    records = list(video_records(4, seed=2))
    keys = [f"video-{number:06d}" for number in range(4)]
    forward = {key: made(record, key=key)[0] for key, record in zip(keys, records, strict=True)}
    backward = {key: made(record, key=key)[0] for key, record in reversed(list(zip(keys, records, strict=True)))}
    assert forward == backward
    assert forward[keys[0]] != made(records[0], key=keys[0], seed=1)[0]
    asked = {sample.turns[0].user for samples in forward.values() for sample in samples}
    assert len(asked) > 4


@given(st.text(max_size=5))
def test_a_wording_is_one_of_those_that_there_are(key):
    assert pick(PROMPTS["scene"], key) in PROMPTS["scene"]
    assert pick(PROMPTS["scene"], key) == pick(PROMPTS["scene"], key)


def test_every_wording_is_taken_for_some_record():
    for kind, wordings in PROMPTS.items():
        assert {pick(wordings, f"{kind} {number}") for number in range(200)} == set(wordings)


def test_nothing_in_a_wording_is_evaluated():
    assert rendered("{ids} {first.__class__} {0} {{count}}", {"ids": "[1]", "count": "3"}) == (
        "[1] {first.__class__} {0} {3}"
    )


def test_wordings_of_ones_own_are_filled_in(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'preamble = false\n[prompts]\nsummary = ["{count} frames, {first} to {last}"]\nchange = ["{first} {last}"]\n'
        '[[parts]]\nname = "all"\npictures = "all"\nturns = ["summary"]\n'
        '[[parts]]\nname = "two"\npictures = "pair"\nturns = ["change"]\n'
    )
    recipe = load.load(str(tmp_path / "mine.toml"))
    assert recipe.name == "mine"
    samples, _ = made(video(frames=5), recipe)
    assert [sample.turns[0].user for sample in samples] == ["5 frames, <1> to <5>", *["<1> <2>"] * 4]
    assert samples[0].id == "video-000001-all"
    assert samples[2].id == "video-000001-two-003"


def test_a_split_part_makes_a_sample_of_each_turn(tmp_path):
    (tmp_path / "mine.toml").write_text(
        '[[parts]]\nname = "one"\npictures = "one"\nturns = ["instance", "scene"]\nsplit = true\n'
    )
    samples, _ = made(video(frames=2), load.load(str(tmp_path / "mine.toml")))
    assert [sample.id for sample in samples] == [
        f"video-000001-one-{frame:03d}-{turn:03d}" for frame in (1, 2) for turn in (1, 2, 3)
    ]
    assert all(len(sample.turns) == 1 and "[ID]" in sample.turns[0].user for sample in samples)


# Recipe files


_PART = '[[parts]]\nname = "a"\npictures = "one"\nturns = ["scene"]\n'
_TURNS = "['instances', 'instance', 'scene']"


@pytest.mark.parametrize(
    ("toml", "message", "hint"),
    [
        (f"colour = 1\n{_PART}", "the file: Additional properties are not allowed ('colour' was unexpected)", "recipes"),  # noqa: E501  # one row a line
        (f"{_PART}color = 1\n", "parts.0: Additional properties are not allowed ('color' was unexpected)", "recipes"),
        ("preamble = true\n", "the file: 'parts' is a required property", "recipes"),
        (f"max_frames = 0\n{_PART}", "max_frames: 0 is less than the minimum of 1", "recipes"),
        (f'{_PART}\n[prompts]\nscene = ["{{id}}"]\n', "prompts.scene: there is no placeholder {id}", "{count}, {first}"),  # noqa: E501  # one row a line
        (f"{_PART}{_PART}", "parts: two are called 'a'", "names go into sample ids"),
        (_PART.replace('"scene"', '"change"'), f"parts.0.turns: 'change' does not go with pictures = 'one', only {_TURNS} do", "recipes"),  # noqa: E501  # one row a line
        (_PART.replace('"one"', '"some"'), "parts.0.pictures: 'some' is not one of ['one', 'pair', 'all']", "recipes"),
        (_PART.replace('"a"', '"A b"'), "parts.0.name: 'A b' does not match '^[a-z0-9]+(_[a-z0-9]+)*$'", "recipes"),
        (f'{_PART}\n[prompts]\nquestions = ["x"]\n', "prompts: Additional properties are not allowed ('questions' was unexpected)", "recipes"),  # noqa: E501  # one row a line
    ],
)  # fmt: skip
def test_a_recipe_that_does_not_say_what_it_should_is_refused_with_the_place(tmp_path, toml, message, hint):
    path = tmp_path / "mine.toml"
    path.write_text(toml)
    with pytest.raises(RecipeError, match=f"^{re.escape(f'{path}: {message}')}$") as caught:
        load.load(str(path))
    assert hint in caught.value.hint


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("parts = [\n")
    with pytest.raises(RecipeError, match=f"^{re.escape(str(path))} is not valid TOML: "):
        load.load(str(path))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match=f"^{re.escape(str(path))} is not valid TOML: 'utf-8' codec"):
        load.load(str(path))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RecipeError, match=r"mine\.toml cannot be read: No such file or directory$"):
        load.load(str(tmp_path / "mine.toml"))


def test_a_folder_is_no_recipe(tmp_path):
    with pytest.raises(RecipeError, match=f"^{re.escape(str(tmp_path))} cannot be read: Is a directory$"):
        load.load(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("papers", "did you mean paper?"),
        ("temporl", "did you mean temporal?"),
        ("xyz", "choose captions, instances, paper, qa, regions, temporal, or name a .toml file"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_the_nearest(name, hint):
    with pytest.raises(RecipeError, match=f"^there is no recipe '{name}'$") as caught:
        load.load(name)
    assert caught.value.hint == hint


def test_a_built_in_recipe_can_be_printed_and_loaded_again(tmp_path):
    (tmp_path / "paper.toml").write_text(load.source("paper"))
    assert load.load(str(tmp_path / "paper.toml")) == load.load("paper")


def test_the_schema_is_valid_and_so_are_its_examples():
    tree = schema("recipe")
    Draft202012Validator.check_schema(tree)
    assert tree["examples"]
    for example in tree["examples"]:
        Draft202012Validator(tree).validate(example)
        msgspec.convert(example, load.Recipe)


def test_the_schema_and_the_recipe_know_the_same_keys():
    fields = {field.name for field in msgspec.structs.fields(load.Recipe)} - {"name"}
    assert fields == schema("recipe")["properties"].keys()
    assert schema("recipe")["properties"]["prompts"]["properties"].keys() == PROMPTS.keys()


def test_an_instance_has_no_place_in_a_wording_about_the_whole_picture(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[prompts]\nscene = ["Describe {ids}."]\n[[parts]]\nname = "s"\npictures = "one"\nturns = ["scene"]\n'
    )
    with pytest.raises(RecipeError, match=r"mine\.toml: prompts\.scene: there is no placeholder \{ids\}"):
        load.load(str(path))
