"""``instit-tools show`` as a person uses it: how a record is named and found, what is told of it, and how."""

import gzip
import json
import re

import pyarrow.parquet as pq
import pytest
from conftest import image, video
from terminal import on_a_terminal

import instit_tools as it
from instit_tools.cli.record.timeline import ASCII, BLOCKS, Seen, bands

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def told(done):
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def refused(done):
    assert done.returncode == 2
    assert done.stdout == b""
    return done.stderr.decode().splitlines()


def test_a_video_is_told_frame_by_frame_with_its_presence_and_its_questions(run, array):
    record = video(7, frames=2, video_level_caption="Both stay.\n\nFrom <1> to <2>.")
    record["frame_level_caption"][1]["instance_level"] = {"2": "A dog."}
    assert told(run("show", "7", array(record))) == (
        "video 7  LVVIS\n"
        "videos_vpt/LVVIS/00007\n"
        f"{array(record)}, record 1\n"
        "2 frames, 2 instances, 1 question\n"
        "\n"
        "Presence  █ caption  · absent\n"
        "      1\n"
        "  [1] █·  1 of 2\n"
        "  [2] ██  2 of 2\n"
        "\n"
        "Frames\n"
        "  <1>  1.jpg\n"
        "    [1]    A cat, seen 1 times.\n"
        "    [2]    A dog.\n"
        "    frame  [1] sits beside [2] in picture 1.\n"
        "  <2>  2.jpg\n"
        "    [2]    A dog.\n"
        "    frame  [1] sits beside [2] in picture 2.\n"
        "    ! note  [1] has no caption in this frame, only in others  id-not-in-frame\n"
        "    change [1] has moved away from [2].\n"
        "\n"
        "Video caption\n"
        "    Both stay.\n"
        "    From <1> to <2>.\n"
        "\n"
        "Questions and answers\n"
        "   1 Q What is [1]?\n"
        "     A [1] is a cat.\n"
    )


def test_an_image_and_a_question_of_the_benchmark_are_told_too(run, array):
    item = {
        "question_id": "001-01", "question": "What is [1]?", "answer": "B", "image_path": "images_vpt/001.jpg",
        "image_id": 1, "options": {"A": "A cat.", "B": "A dog.", "C": "A cow.", "D": "A hen."},
    }  # fmt: skip
    path = array(image(3, image_level_caption="[1] stands on [2]."))
    assert told(run("show", "3", path)).splitlines()[3:] == [
        "2 instances", "", "Captions", "    [1]    A red cup.", "    [2]    A blue plate.",
        "    image  [1] stands on [2].",
    ]  # fmt: skip
    assert told(run("show", "001-01", array(item, name="bench.json"))).splitlines()[3:] == [
        "", "Question", "    What is [1]?", "    A      A cat.", "    B *    A dog.", "    C      A cow.",
        "    D      A hen.",
    ]  # fmt: skip


def test_a_question_is_told_alike_in_both_shapes_and_its_answer_is_a_letter_as_the_rules_have_it(run, array):
    asked = {"question_id": "001-01", "question": "What?", "video_id": 1, "video_path": "videos_vpt/001"}
    texts = {"A": "A cat.", "B": "A cat.", "C": "A cow.", "D": "A hen."}
    both = {"image_path": "images_vpt/1.jpg"}
    as_rows = {f"choice_{letter.lower()}": text for letter, text in texts.items()}
    for options in ({"options": texts}, as_rows):
        shown = told(run("show", "001-01", array(asked | both | options | {"answer": "b"}))).splitlines()
        assert shown[1] == "videos_vpt/001"
        assert [line for line in shown if " *" in line] == []
        assert "    answer b" in shown
        assert re.match(r"    ! error +the answer 'b' is none of A, B, C, D", shown[shown.index("    answer b") + 1])
    assert re.search("two options have the same text", shown[shown.index("    A      A cat.") + 1])


def test_a_caption_in_two_lengths_a_group_and_an_unknown_key_are_told_as_they_are(run, array):
    captions = {"1,2": "Two cups.", "03": {"short": "A jug.", "long": "A jug of tin."}, "left": "A spoon."}
    shown = told(run("show", "1", array(image(instance_level_caption=captions, also={"a": 1}))))
    assert "also holds: /also\n" in shown
    assert re.findall(r"^ {4}(?!!|image)(.*)$", shown, re.MULTILINE) == [
        "[1] [2]",
        "       Two cups.",
        "[03]   A jug of tin.",
        "[03]   A jug.",
        "[left] A spoon.",
    ]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("2", 1),
        ("b", 2),
        ("record:3", 3),
        ("videos_vpt/UVO/deep/99e3", 3),
        ("videos_raw/UVO/deep/99e3", 3),
        ("videos_vpt/UVO/deep/99e3/4.jpg", 3),
        ("99e3", 3),
        ("deep", 3),
        ("images_vpt/sa_000001/5.jpg", 4),
        ("sa_000001/5", 4),
        ("5.jpg", 4),
    ],
)
@pytest.mark.parametrize("written", ["json", "jsonl", "jsonl.gz"])
def test_a_record_is_named_by_its_id_its_path_a_part_of_that_or_its_place(run, tmp_path, name, number, written):
    records = [
        video(2),
        video(video_id="b", video_path="videos_vpt/UVO/x/b7"),
        video(9, video_path="videos_vpt/UVO/deep/99e3"),
        image(5),
    ]
    path = tmp_path / f"data.{written}"
    if written == "json":
        path.write_text(json.dumps(records, indent=1))
    else:
        lines = "\n".join(map(json.dumps, records)).encode()
        path.write_bytes(gzip.compress(lines) if written == "jsonl.gz" else lines)
    found = json.loads(run("show", name, path, "--json").stdout)
    assert found == records[number - 1]


def test_what_is_printed_as_json_is_the_record_byte_for_byte(run, tmp_path):
    (tmp_path / "data.json").write_text(f'[{json.dumps(video(1))},\n  {{ "image_id" : 2,"x":1e3, "image_path":"é" }} ]')
    assert run("show", "2", "data.json", "--json").stdout.decode() == '{ "image_id" : 2,"x":1e3, "image_path":"é" }\n'


def test_records_in_parquet_are_found_by_id_path_and_place(run, array, tmp_path):
    records = [video(1), video(video_id="two"), video(3, video_path="videos_vpt/UVO/zz")]
    it.convert(array(*records), tmp_path / "out", to="parquet")
    (file,) = (tmp_path / "out").glob("*.parquet")
    pq.write_table(pq.read_table(file), tmp_path / "small.parquet", row_group_size=1)
    for path in (file, tmp_path / "small.parquet"):
        for name, record in (("1", 0), ("two", 1), ("zz", 2), ("record:2", 1)):
            assert json.loads(run("show", name, path, "--json").stdout) == records[record]


def test_an_id_wins_over_a_place_and_a_path_and_a_whole_path_over_a_part_of_one(run, array):
    path = array(
        video(8, video_path="videos_vpt/UVO/clip"),
        video(9, video_path="videos_vpt/UVO/clip2"),
        video(video_id="record:1", video_path="videos_vpt/UVO/9"),
    )
    for name, number in (("clip", 8), ("9", 9), ("record:1", "record:1")):
        assert json.loads(run("show", name, path, "--json").stdout)["video_id"] == number


def test_several_records_of_one_name_are_listed_with_a_command_that_shows_one(run, array):
    one, two = array(video(17), image(17), name="one.json"), array(video(17), video(4), name="two.json")
    assert refused(run("show", "17", "one.json", "two.json")) == [
        "video 17  videos_vpt/LVVIS/00017  one.json, record 1",
        "image 17  images_vpt/sa_000001/17.jpg  one.json, record 2",
        "video 17  videos_vpt/LVVIS/00017  two.json, record 1",
        "error: 17 may be any of 3 records",
        "hint: instit-tools show record:1 one.json",
    ]
    assert refused(run("show", "17", one))[-1] == f"hint: instit-tools show 17 {one} --kind video"
    assert refused(run("show", "17", one, two, "--kind", "video"))[-1] == f"hint: instit-tools show 17 {one}"
    assert refused(run("show", "LVVIS", two))[-1] == f"hint: instit-tools show 17 {two}"
    assert told(run("show", "17", one, "--kind", "image")).startswith("image 17")


def test_of_very_many_of_one_name_the_first_are_listed_and_all_counted(run, array):
    *listed, more, error, _ = refused(run("show", "LVVIS", array(*map(video, range(1, 31)))))
    assert len(listed) == 20
    assert (more, error) == ("and 10 more", "error: LVVIS may be any of 30 records")


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["9"], "there is no record 9", "nearest are 7, 12, 1"),
        (["vlip"], "there is no record vlip", "did you mean clip?"),
        (["nothing"], "there is no record nothing", "there are 1, 12, 7 and 4 more"),
        (["1", "--kind", "bench"], "there is no bench 1", "the inputs hold no bench at all"),
        (["1", "--kind", "video", "--frame", "9"], "video 1 has no frame 9", "there are 1, 2, 3"),
        (["1", "--kind", "video", "--instance", "9"], "video 1 has no instance 9", "there are 1, 2"),
        (["1", "--kind", "image", "--frame", "1"], "image 1 has no frame 1", "it has no frame at all"),
        (
            ["1", "--kind", "video", "--json", "--frame", "1"],
            "--json prints the whole record, and cannot be narrowed",
            "leave --frame, --instance and --questions out",
        ),
    ],
)
def test_what_is_not_there_is_one_sentence_and_what_is_near(run, array, arguments, error, hint):
    clip = video(7, video_path="videos_vpt/UVO/clip")
    path = array(video(1), image(1), video(12, video_path="videos_vpt/UVO/other"), clip)
    first, *others = arguments
    assert refused(run("show", first, path, *others)) == [f"error: {error}", f"hint: {hint}"]


def test_an_id_and_a_file_that_changed_places_are_put_right(run, array):
    path = array(video(1))
    message = f"error: {path} is a file, and the record's id comes first"
    assert refused(run("show", path, "1")) == [message, f"hint: instit-tools show 1 {path}"]
    assert refused(run("show", path)) == [message, f"hint: instit-tools show ID {path}"]


def test_without_input_it_is_a_record_of_the_made_up_data(run):
    done = run("show", "3", "--kind", "video")
    assert told(done).startswith("video 3  ")
    assert b"made-up data in instit-output/made-up" in done.stderr


def test_one_frame_one_instance_and_the_questions_alone(run, array):
    questions = (("Where is [2] during <2>-<4>?", "There."), ("What is [1]?", "A cat."))
    path = array(video(5, frames=4, questions=questions))
    frame = told(run("show", "5", path, "--frame", "3"))
    assert [line for line in frame.splitlines() if "<" in line] == ["  <3>  3.jpg"]
    assert "Presence" not in frame
    assert "Questions" not in frame
    instance = told(run("show", "5", path, "--instance", "2"))
    assert "  [2] ████  4 of 4\n" in instance
    assert "A cat" not in instance
    assert re.findall("Q .*|A .*", told(run("show", "5", path, "--questions"))) == [
        "Q Where is [2] during <2>-<4>?", "A There.", "Q What is [1]?", "A A cat.",
    ]  # fmt: skip
    for option in (("--frame", "3"), ("--instance", "2")):
        assert re.findall("Q .*", told(run("show", "5", path, "--questions", *option))) == [
            "Q Where is [2] during <2>-<4>?"
        ]


def test_what_validate_says_stands_below_the_text_that_it_is_about_and_the_rest_at_the_end(run, array):
    record = video(5, frames=2, video_path="videos/LVVIS/5", questions=(("What is [02]?", ""),))
    record["frame_level_caption"][0]["image_level"] = "[9] is there."
    path = array(record)
    lines = told(run("show", "5", path)).splitlines()
    below = lines.index("    frame  [9] is there.") + 1
    assert lines[below] == "    ! error  [9] has no caption in any frame  id-unknown"
    asked = lines.index("   1 Q What is [02]?") + 1
    assert lines[asked].endswith("[02] should be written [2]  id-padded")
    assert lines[asked + 1].endswith("  text-empty")
    part = run("show", "5", path, "--frame", "2")
    assert "!" not in told(part)
    assert part.stderr == b"3 problems elsewhere in the record\n"


def test_the_project_says_what_is_looked_for(run, array, tmp_path):
    path = array(video(5, questions=(("What is [02]?", "A cat."),)))
    assert "id-padded" in told(run("show", "5", path))
    (tmp_path / "instit.toml").write_text('ignore = ["id-padded"]')
    assert "id-padded" not in told(run("show", "5", path))


def test_a_record_of_no_published_shape_is_named_with_what_is_wrong_with_it(run, array):
    path = array(video(1), video(2, frame_level_caption=3))
    done = run("show", "2", path)
    assert done.returncode == 2
    assert b"  schema\n" in done.stdout
    error, hint = done.stderr.decode().splitlines()
    assert error.startswith(f"error: {path}, record 2: frame_level_caption: expected `array`")
    assert hint == "hint: --json prints it as it is"
    assert json.loads(run("show", "2", path, "--json").stdout)["frame_level_caption"] == 3


def test_a_record_that_no_reader_takes_is_found_by_its_place(run, tmp_path):
    (tmp_path / "data.json").write_text(json.dumps([video(1)])[:-1] + ', {"video_id": 2, "x": "\\ud800"}]')
    done = run("show", "record:2", "data.json")
    assert done.returncode == 2
    assert b"json-malformed" in done.stdout
    assert told(run("show", "1", "data.json")).startswith("video 1")


EVIL = "\x1b[31m\x07\u202e[red]:dog:\x9b2J\u2028\r[1\x85]"


def test_nothing_in_a_record_commands_the_terminal_or_is_taken_for_markup(run, tmp_path):
    record = video(
        video_id=EVIL,
        frame_level_caption=[
            {
                "timestamp": 1, "frame_name": EVIL, "instance_level": {EVIL: EVIL, "1": EVIL},
                "image_level": f"{EVIL}\n{EVIL}", "temporal_change": EVIL,
            }
        ],
        question_answer_pairs=[{"question": EVIL, "answer": EVIL}],
        video_level_caption=EVIL,
        video_path=f"videos_vpt/{EVIL}/x",
        **{EVIL: EVIL},
    )  # fmt: skip
    (tmp_path / "data.json").write_text(json.dumps([record, record]))
    done = run("show", "record:1", "data.json")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", told(done))
    assert told(done).count(r"\x1b[31m\x07\u202e[red]:dog:\x9b2J") > 8
    shown = on_a_terminal(["show", "record:1", "data.json"], tmp_path)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", ESCAPE.sub("", shown))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", "".join(refused(run("show", EVIL, "data.json"))))


LONG = "A man in a long grey coat walks past the window, looks at [2] and turns round at <2>. " * 3


@pytest.mark.parametrize("columns", [80, 40])
def test_a_terminal_gets_colours_and_lines_that_fit_below_each_other(array, tmp_path, columns):
    path = array(video(5, frames=2, video_level_caption=LONG, questions=((LONG, "Yes."),)))
    shown = on_a_terminal(["show", "5", path.name], tmp_path, COLUMNS=str(columns))
    chips = set(re.findall(r"\x1b\[[0-9;]*48;5;(\d+)m\[2\]", shown))
    assert len(chips) == 1
    assert re.search(r"\x1b\[1m<2>", shown)
    lines = ESCAPE.sub("", shown).splitlines()
    assert max(map(len, lines)) <= columns
    first = lines.index(next(line for line in lines if line.startswith("   1 Q A man")))
    assert lines[first + 1].startswith(" " * 7)
    assert " ".join(line.strip() for line in lines[first:-1])[len("1 Q ") :] == LONG.strip()


def test_no_color_takes_the_colours_and_keeps_the_numbers(array, tmp_path):
    shown = on_a_terminal(["show", "5", array(video(5)).name], tmp_path, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*[34]8;", shown)
    assert "[1]" in ESCAPE.sub("", shown)


def test_a_terminal_without_blocks_gets_plain_characters(array, tmp_path):
    shown = on_a_terminal(["show", "5", array(video(5)).name], tmp_path, PYTHONIOENCODING="ascii")
    assert "Presence  # caption  . absent" in ESCAPE.sub("", shown)
    assert "[1] ###  3 of 3" in ESCAPE.sub("", shown)


def frames(*pairs):
    return [Seen(place, frozenset(one), frozenset(other)) for place, (one, other) in enumerate(pairs, 1)]


def test_a_timeline_tells_captions_from_masks_alone():
    (band,) = bands(frames(([1], [1]), ([], [1]), ([2], []), ([], [])), [1, 2], BLOCKS, 20)
    assert band.cells == {1: "█░··", 2: "··█·"}


def test_a_timeline_that_is_too_long_goes_on_below_with_its_own_ruler():
    found = list(bands(frames(*[([1], [])] * 23), [1], ASCII, 10))
    assert [(band.ruler, band.cells[1]) for band in found] == [
        ("1   5    10", "#" * 10),
        ("11  15   20", "#" * 10),
        ("21", "###"),
    ]


def test_masks_without_a_caption_are_named(run, array):
    mask = {"mask": {"size": [2, 2], "counts": [1, 3]}}
    segmentations = {f"{number}.jpg": {"1": mask, "2": mask} for number in (1, 2, 3)}
    segmentations["2.jpg"]["7"] = mask
    shown = told(run("show", "5", array(video(5, segmentations=segmentations))))
    assert "3 frames, 3 instances, 1 question, 7 masks" in shown
    assert "  [7] ·░·  0 of 3\n" in shown
    assert "    mask, no caption: [7]\n" in shown


def test_completions_of_a_made_up_dataset_are_told_whatever_is_wrong_with_them(tmp_path, run):
    it.synth(tmp_path / "bad", videos=12, images=12, masks=True, defects=1.0)
    for number in range(1, 13):
        for kind in ("video", "image"):
            file = f"bad/made_up_{kind}_w_mask.json"
            done = run("show", f"record:{number}", file)
            assert done.returncode in {0, 2}
            assert b"Traceback" not in done.stderr
            assert b"! " in done.stdout
