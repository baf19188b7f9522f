"""Repair: only what is wrong changes, everything that changes is listed, and nothing is lost on the way."""

import gzip
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from conftest import image, video
from fuzz.run import BOM, check_lists, records
from hypothesis import given, settings
from hypothesis import strategies as st

import instit_tools as it
from instit_tools.errors import OutputError, SourceError, UsageError
from instit_tools.linting.base import Finding, Fix
from instit_tools.linting.edits import Drop, Put, Rename
from instit_tools.linting.mending import mend
from instit_tools.linting.spans import find, path_of, tree
from instit_tools.linting.work import Seen

CAPTION = "image_level_caption"
PADDED = image(2, image_level_caption="[01] stands on [2].")
ZERO = image(3, image_level_caption="[1] stands on [2]. [0] is there.")
LOST = image(4, image_path="pictures/4.jpg")
TEXTS = ("[01] stands on [2].", "[1, 2] stand \u00c3\u00a9.", "[ 1 ] on [1-2]\N{LINE SEPARATOR}", 'A "cup" \\ [02].')
STYLES = st.fixed_dictionaries(
    {
        "indent": st.sampled_from((None, None, 0, 2, "\t")),
        "separators": st.sampled_from(((",", ":"), (", ", ": "), (" , ", " : "))),
        "ensure_ascii": st.booleans(),
    }
)


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def tree_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def codes(path, **options):
    return Counter(problem.code for problem in it.validate(path, media="none", **options).problems)


def jsonl(*found, end="\n"):
    return "".join(json.dumps(record) + end for record in found).encode()


# What is repaired


def test_only_what_means_the_same_is_repaired_unasked(run, array, tmp_path):
    source = array(image(1), PADDED, ZERO, LOST)
    done = run("repair", source, "-o", "out.json")
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [
        "1 of 4 records changed",
        "  for 1 id-padded",
        "  out.json",
        "  out.json.changes.jsonl",
    ]
    assert "2 problems left; --unsafe mends more, with a loss or a guess" in done.stderr.decode()
    mended = json.loads((tmp_path / "out.json").read_bytes())
    assert mended == [image(1), {**PADDED, CAPTION: "[1] stands on [2]."}, ZERO, LOST]
    assert codes(tmp_path / "out.json") == {"id-zero": 1, "path-prefix": 1}


def test_unsafe_repairs_lose_something_or_set_aside_and_exit_with_3(run, array, tmp_path):
    done = run("repair", array(image(1), PADDED, ZERO, LOST), "-o", "out.json", "--unsafe")
    assert done.returncode == 3
    assert done.stdout.decode().splitlines()[:2] == [
        "2 of 4 records changed, 1 set aside",
        "  for 1 id-padded, 1 id-zero, 1 path-prefix",
    ]
    sentence = "[1] stands on [2]."
    mended = json.loads((tmp_path / "out.json").read_bytes())
    assert mended == [image(1), {**PADDED, CAPTION: sentence}, {**ZERO, CAPTION: sentence}]
    assert not codes(tmp_path / "out.json")


def test_a_file_with_nothing_wrong_is_copied_byte_for_byte_and_exits_with_0(run, array, tmp_path):
    source = array(image(1), video(2))
    assert run("repair", source, "-o", "out.json").returncode == 0
    assert tree_of(tmp_path) == {source.name: source.read_bytes(), "out.json": source.read_bytes()}


def test_what_is_worth_no_more_than_a_note_is_no_problem_left(run, array):
    source = array(video(video_level_caption=""))
    assert codes(source) == {"video-uncaptioned": 1}
    assert run("repair", source, "-o", "out.json").returncode == 0


def test_what_only_several_records_show_is_left_too(run, tmp_path):
    question = {"question_id": "001-01", "question": "Who?", "answer": "[1].", "video_path": "videos_vpt/1"}
    (tmp_path / "bench.jsonl").write_bytes(jsonl(question, question))
    assert codes(tmp_path / "bench.jsonl") == {"question-repeated": 1}
    assert run("repair", "bench.jsonl", "-o", "out.jsonl").returncode == 1


def test_only_chosen_rules_repair(run, array, tmp_path):
    both = image(2, image_level_caption="[01] stands on [1, 2].")
    source = array(both)
    run("repair", source, "-o", "a.json", "--select", "id-list")
    run("repair", source, "-o", "b.json", "--ignore", "id-list")
    captions = [json.loads((tmp_path / name).read_bytes())[0][CAPTION] for name in ("a.json", "b.json")]
    assert captions == ["[01] stands on [1] [2].", "[1] stands on [1, 2]."]


def test_a_second_record_of_one_id_is_set_aside_and_one_that_is_itself_set_aside_is_not_the_first(array, tmp_path):
    source = array(image(1, image_path="x/1.jpg"), image(1), image(1, image_path="images_vpt/other.jpg"))
    done = it.repair(source, tmp_path / "out.json", unsafe=True)
    assert (done.aside, done.changes) == (2, {"path-prefix": 1, "record-id-repeated": 1})
    assert json.loads((tmp_path / "out.json").read_bytes()) == [image(1)]


def test_the_result_as_json_counts_the_same(run, array):
    done = run("repair", array(PADDED, ZERO, LOST), "-o", "out.json", "--unsafe", "--json")
    told = json.loads(done.stdout)
    assert (told["records"], told["changed"], told["aside"], told["left"]) == (3, 2, 1, {})
    assert told["changes"] == {"id-padded": 1, "id-zero": 1, "path-prefix": 1}
    assert told["written"] == ["out.json", "out.json.rejects.jsonl", "out.json.changes.jsonl"]


def test_the_function_and_the_command_do_the_same(run, array, tmp_path):
    source = array(PADDED, ZERO, LOST)
    run("repair", source, "-o", "a.json", "--unsafe")
    done = it.repair(source, tmp_path / "b.json", unsafe=True)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert done == msgspec.structs.replace(it.repair(source, None, unsafe=True), written=done.written)


# What stays


def spans(raw, paths):
    """What is left of *raw* without the values at *paths*."""
    nodes = sorted((find(tree(raw), path) for path in paths), key=lambda node: node.start)
    kept, end = [], 0
    for node in nodes:
        kept.append(raw[end : node.start])
        end = node.stop
    return [*kept, raw[end:]]


@settings(deadline=None)
@given(
    style=STYLES,
    chosen=st.lists(st.booleans(), min_size=1, max_size=5),
    texts=st.lists(st.sampled_from(TEXTS), min_size=5, max_size=5),
    layout=st.sampled_from(("array", "array", "lines")),
    gap=st.sampled_from(("", "\n", "\r\n", "\n\n", " \t\n ")),
    bom=st.booleans(),
)
def test_no_byte_changes_but_those_of_the_repaired_values(style, chosen, texts, layout, gap, bom):
    found = [
        (video if number % 2 else image)(number, **{f"{'video' if number % 2 else 'image'}_level_caption": text})
        if spoiled
        else image(number)
        for number, (spoiled, text) in enumerate(zip(chosen, texts, strict=False), 1)
    ]
    written = [json.dumps(record, **style) for record in found]
    if layout == "lines":
        raw = "\n".join(" ".join(each.splitlines()) if style["indent"] is not None else each for each in written) + gap
    else:
        raw = f"[{gap}{f',{gap}'.join(written)}{gap}]{gap}"
    with tempfile.TemporaryDirectory() as folder:
        source, out = (Path(folder, f"{name}.json{'l' * (layout == 'lines')}") for name in ("in", "out"))
        source.write_bytes(BOM * bom + raw.encode())
        done = it.repair(source, out)
        assert done.changed == sum(chosen)
        check_lists(source, out, done)
        before, after = Path(source).read_bytes(), out.read_bytes()
        made = listed(out)
        for number, old in records(source):
            position = before.index(old)
            assert before[:position] == after[:position]
            paths = [path_of(change["path"], json.loads(old)) for change in made if change["record"] == number]
            new = dict(records(out))[number]
            assert after[position : position + len(new)] == new
            assert spans(old, set(paths)) == spans(new, set(paths))
            before, after = before[position + len(old) :], after[position + len(new) :]
        assert before == after


def listed(out):
    path = out.with_name(out.name + ".changes.jsonl")
    return lines(path) if path.exists() else []


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (b"[]", b"[]"),
        (b" [ \n ] ", b" [ \n ] "),
        (b"[\n  A,\n  Z,\n  A\n]\n", b"[\n  A,\n  A\n]\n"),
        (b"[\n  Z,\n  A,\n  A\n]\n", b"[\n  A,\n  A\n]\n"),
        (b"[\n  A,\n  A,\n  Z\n]\n", b"[\n  A,\n  A\n]\n"),
        (b"[\r\n\tZ\r\n]\r\n", b"[\r\n\t\r\n]\r\n"),
        (b"[Z,Z,Z]", b"[]"),
        (b"[Z, A, Z, A, Z]", b"[A, A]"),
        (b"A\nZ\nA\n", b"A\nA\n"),
        (b"Z\nA\nA", b"A\nA"),
        (b"A\nA\nZ", b"A\nA"),
        (b"A\r\n\r\nA\r\nZ\r\n", b"A\r\n\r\nA\r\n"),
        (b"\n\nZ\n\n", b"\n\n\n\n"),
        (BOM + b"Z\nA\n", BOM + b"A\n"),
        (BOM + b"[Z,A]", BOM + b"[A]"),
        (b"A\n?\nA\n", b"A\nA\n"),
        (b'?\n\n{"image_id": 1\nA\n', b"A\n"),
        (b"[]\nA\n", b"A\n"),
    ],
)
def test_arrays_and_lines_stay_what_they_are_when_records_are_set_aside(tmp_path, raw, left):
    sound = [json.dumps(image(number, image_path=f"images_vpt/{number}.jpg")).encode() for number in range(1, 4)]
    given, lost = iter(sound), json.dumps(LOST).encode()
    raw = re.sub(b"[AZ]", lambda found: lost if found[0] == b"Z" else next(given), raw)
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(raw)
    done = it.repair(source, out, unsafe=True)
    got = out.read_bytes()
    for each in sound:
        got = got.replace(each, b"A")
    assert got == left
    check_lists(source, out, done)


@pytest.mark.parametrize("ending", [".json", ".json.gz", ".jsonl.zst"])
@pytest.mark.parametrize("given", ["", ".gz", ".zst"])
def test_files_are_unpacked_and_packed_as_their_names_say(tmp_path, given, ending):
    raw = json.dumps([image(1), PADDED]).encode()
    source, out = tmp_path / f"in.json{given}", tmp_path / f"out{ending}"
    packed = {"": raw, ".gz": gzip.compress(raw), ".zst": pa.compress(raw, codec="zstd", asbytes=True)}
    source.write_bytes(packed[given])
    it.repair(source, out)
    found = out.read_bytes()
    if not ending.endswith(".json"):
        with pa.input_stream(str(out), compression="gzip" if ending.endswith("gz") else "zstd") as stream:
            found = stream.read()
    assert found == raw.replace(b"[01]", b"[1]")


def test_a_folder_is_repaired_into_a_folder(run, array, tmp_path):
    for name in ("a.json", "b.json"):
        (tmp_path / "data").mkdir(exist_ok=True)
        array(PADDED, image(1), name=f"data/{name}")
    (tmp_path / "data" / "c.jsonl").write_bytes(jsonl(image(7)))
    assert run("repair", "data", "-o", "mended", "--ignore", "record-id-repeated,path-repeated").returncode == 0
    assert set(tree_of(tmp_path / "mended")) == {
        "a.json", "a.json.changes.jsonl", "b.json", "b.json.changes.jsonl", "c.jsonl",
    }  # fmt: skip
    for name in ("a.json", "b.json"):
        expected = (tmp_path / "data" / name).read_bytes().replace(b"[01]", b"[1]")
        assert (tmp_path / "mended" / name).read_bytes() == expected
    assert run("repair", "mended", "-o", "twice", "--unsafe", "--select", "references").returncode == 0
    assert not list((tmp_path / "twice").glob("*.changes.jsonl"))


def test_standard_input_is_repaired_to_a_file(run, tmp_path):
    for raw in (jsonl(PADDED), json.dumps([PADDED]).encode(), gzip.compress(jsonl(PADDED, image(1)))):
        done = run("repair", "-", "-o", "out.json", "--overwrite", stdin=raw)
        assert (done.returncode, done.stderr.count(b"error")) == (0, 0)
        plain = gzip.decompress(raw) if raw[:1] == b"\x1f" else raw
        assert (tmp_path / "out.json").read_bytes() == plain.replace(b"[01]", b"[1]")
        assert lines(tmp_path / "out.json.changes.jsonl")[0]["file"] == "standard input"


def test_what_is_left_of_json_lines_is_read_again_whatever_its_name(tmp_path):
    (tmp_path / "in.json").write_bytes(jsonl(image(1), LOST))
    it.repair(tmp_path / "in.json", tmp_path / "out.json", unsafe=True)
    again = it.repair(tmp_path / "out.json", tmp_path / "twice.json", unsafe=True)
    assert (again.records, again.changed, again.aside) == (1, 0, 0)
    assert (tmp_path / "twice.json").read_bytes() == (tmp_path / "out.json").read_bytes() == jsonl(image(1))


@pytest.mark.parametrize("first", [b"?", b"null", b"[]", b'{"image_id": 1', b'"text"', b"\xff", b"<p>", b"[1, {}]"])
def test_a_first_line_that_is_no_record_is_a_problem_of_that_line_and_no_end_of_the_run(run, tmp_path, first):
    raw = first + b"\n\n" + jsonl(image(1), image(2))
    (tmp_path / "in.jsonl").write_bytes(raw)
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(raw))
    for name in ("in.jsonl", "in.jsonl.gz"):
        (problem,) = it.validate(tmp_path / name).problems
        assert problem.code in {"json-malformed", "schema"}
        assert (problem.record, problem.line) == (1, 1)
    piped = run("validate", "-", "--json", stdin=raw)
    assert (piped.returncode, len(json.loads(piped.stdout)["problems"])) == (1, 1)
    (tmp_path / "in.json").write_bytes(raw)
    with pytest.raises(SourceError):
        it.validate(tmp_path / "in.json")


# What is listed


@pytest.fixture(scope="module")
def unsound(tmp_path_factory):
    """Made-up records, every other of which has a defect."""
    folder = tmp_path_factory.mktemp("unsound") / "data"
    it.synth(folder, videos=60, images=60, masks=True, defects=0.7, seed=3)
    return folder


@pytest.mark.parametrize("unsafe", [False, True])
def test_the_lists_alone_lead_from_the_input_to_the_output(unsound, tmp_path, unsafe):
    for path in sorted(unsound.glob("made_up_*.json")):
        out = tmp_path / path.name
        done = it.repair(path, out, unsafe=unsafe, media="none")
        assert done.changed
        assert bool(done.aside) is unsafe
        check_lists(path, out, done)


def test_a_repaired_file_is_clean_of_what_was_repaired_and_repairing_it_again_changes_nothing(unsound, tmp_path):
    out, twice = tmp_path / "out", tmp_path / "twice"
    done = it.repair(unsound, out, unsafe=True, media="none")
    problems = it.validate(out, media="none").problems
    assert {problem.severity for problem in problems} <= {"note"}
    assert not any(problem.repair for problem in problems)
    again = it.repair(out, twice, unsafe=True, media="none")
    assert (again.changes, again.aside, again.records) == ({}, 0, done.records - done.aside)
    assert {path.name: path.read_bytes() for path in out.glob("*.json")} == tree_of(twice)


def test_a_safe_repair_leaves_nothing_that_is_safe_to_repair(unsound, tmp_path):
    it.repair(unsound, tmp_path / "out", media="none")
    assert "safe" not in {problem.repair for problem in it.validate(tmp_path / "out", media="none").problems}
    again = it.repair(tmp_path / "out", None, media="none")
    assert again.changed == 0


def test_a_change_says_where_what_and_why(array, tmp_path):
    source = array(image(1), image(7, image_level_caption="[01] on [2].", instance_level_caption={"01": "A", "2": "B"}))
    it.repair(source, tmp_path / "out.json")
    common = {"file": str(source), "record": 2, "id": 7, "action": "safe"}
    assert lines(tmp_path / "out.json.changes.jsonl") == [
        {**common, "rule": "key-padded", "path": "/instance_level_caption/01", "edit": "rename",
         "before": "01", "after": "1"},
        {**common, "rule": "id-padded", "path": "/image_level_caption", "edit": "put",
         "before": "[01] on [2].", "after": "[1] on [2]."},
    ]  # fmt: skip


def test_of_a_repeated_key_the_value_that_went_is_listed(tmp_path):
    raw = json.dumps([image(1)]).replace('"1": ', '"1": "An old cup.", "1": ').encode()
    (tmp_path / "in.json").write_bytes(raw)
    it.repair(tmp_path / "in.json", tmp_path / "out.json", unsafe=True)
    (change,) = lines(tmp_path / "out.json.changes.jsonl")
    assert (change["rule"], change["edit"], change["occurrence"]) == ("json-key-repeated", "drop", 0)
    assert change["before"] == "An old cup."
    assert json.loads((tmp_path / "out.json").read_bytes()) == [image(1)]


def test_elements_that_go_are_listed_so_that_each_can_be_dropped_in_turn(array, tmp_path):
    questions = [(f"What is [{number}]?", "A cat.") for number in (1, 9, 2, 9, 9)]
    source = array(video(questions=questions))
    done = it.repair(source, tmp_path / "out.json", unsafe=True)
    paths = [change["path"] for change in lines(tmp_path / "out.json.changes.jsonl")]
    assert paths == [f"/question_answer_pairs/{index}" for index in (4, 3, 1)]
    check_lists(source, tmp_path / "out.json", done)


def test_what_is_set_aside_is_whole_with_its_reasons(array, tmp_path):
    text = json.dumps([{**LOST, "image_id": 4, "reviewer": {"huge": 1}}], indent=3).replace("1\n", "1e300\n", 1)
    (tmp_path / "in.json").write_text(text)
    it.repair(tmp_path / "in.json", tmp_path / "out.json", unsafe=True)
    (reject,) = lines(tmp_path / "out.json.rejects.jsonl")
    assert reject["content"] == json.loads(text)[0]
    assert (reject["file"], reject["record"], reject["id"]) == (str(tmp_path / "in.json"), 1, 4)
    (reason,) = reject["reasons"]
    assert (reason["rule"], reason["path"]) == ("path-prefix", "/image_path")
    (change,) = lines(tmp_path / "out.json.changes.jsonl")
    assert (change["action"], change["rule"]) == ("set aside", "path-prefix")


def test_a_line_that_is_no_json_is_kept_as_text_even_where_it_is_no_unicode(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(jsonl(image(1)) + b'{"image_id": \xff\x00\n')
    it.repair(tmp_path / "in.jsonl", tmp_path / "out.jsonl", unsafe=True)
    (reject,) = lines(tmp_path / "out.jsonl.rejects.jsonl")
    assert reject["content"] == '{"image_id": \\xff\x00'
    assert reject["reasons"][0]["rule"] == "json-malformed"
    assert reject["record"] == 2


def test_rejects_go_where_the_option_says(run, array, tmp_path):
    (tmp_path / "lists").mkdir()
    source = array(image(1), LOST)
    assert run("repair", source, "-o", "out.json", "--unsafe", "--rejects", "lists/bad.jsonl").returncode == 3
    assert lines(tmp_path / "lists" / "bad.jsonl")[0]["content"] == LOST
    assert not (tmp_path / "out.json.rejects.jsonl").exists()


# What would change


def test_a_dry_run_counts_and_writes_nothing(run, array, tmp_path):
    source = array(PADDED, LOST)
    done = run("repair", source, "-o", "out.json", "--dry-run", "--unsafe")
    assert done.returncode == 3
    assert done.stdout.startswith(b"1 of 2 records would be changed, 1 would be set aside\n")
    assert set(tree_of(tmp_path)) == {source.name}


def test_a_diff_shows_the_lines_that_change_and_exits_with_1(run, tmp_path):
    (tmp_path / "in.jsonl").write_bytes(jsonl(image(1), PADDED, LOST))
    done = run("repair", "in.jsonl", "--diff")
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [
        "# id-padded",
        "--- in.jsonl, line 2 (id 2)",
        "+++ in.jsonl, line 2 (id 2), repaired",
        "@@ -4,6 +4,6 @@",
        '     "1": "A red cup.",',
        '     "2": "A blue plate."',
        "   },",
        '-  "image_level_caption": "[01] stands on [2].",',
        '+  "image_level_caption": "[1] stands on [2].",',
        '   "image_path": "images_vpt/sa_000001/2.jpg"',
        " }",
        "",
    ]
    unsafe = run("repair", "in.jsonl", "--diff", "--unsafe", "--select", "path-prefix").stdout.decode().splitlines()
    assert unsafe[0] == "# in.jsonl, line 3 (id 4) would be set aside"
    assert unsafe[1].startswith("# path-prefix at /image_path: 'pictures/4.jpg' starts with none of ")
    assert run("repair", "in.jsonl", "--diff", "--select", "masks").returncode == 0
    assert set(tree_of(tmp_path)) == {"in.jsonl"}


def test_a_diff_of_an_indented_file_shows_its_own_lines(run, tmp_path):
    (tmp_path / "in.json").write_text(json.dumps([PADDED], indent=7))
    shown = run("repair", "in.json", "--diff").stdout.decode().splitlines()
    assert f'-{" " * 14}"image_level_caption": "[01] stands on [2].",' in shown


def test_a_diff_keeps_odd_characters_in_a_pipe_whatever_the_locale(run, tmp_path):
    odd = "[01] \u202e \N{LATIN SMALL LETTER E WITH ACUTE}\N{LINE SEPARATOR} on [2]."
    (tmp_path / "in.jsonl").write_bytes(json.dumps(image(1, image_level_caption=odd), ensure_ascii=False).encode())
    shown = run("repair", "in.jsonl", "--diff", env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    assert f'-  "image_level_caption": "{odd}",'.encode() in shown.stdout.split(b"\n")


# What is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "repair needs -o: it never changes the file that it reads"),
        (["-o", "in.json"], "in.json is the file that is read"),
        (["-o", "./in.json", "--overwrite"], "in.json is the file that is read"),
        (["-o", "symbolic.json", "--overwrite"], "symbolic.json is the file that is read"),
        (["-o", "hard.json", "--overwrite"], "hard.json is the file that is read"),
        (["-o", "loop.json", "--overwrite"], "loop.json cannot be written: Symlink loop"),
        (["-o", "taken.json"], "taken.json exists already"),
        (["-o", "half.json"], "half.json.changes.jsonl exists already"),
        (["-o", "folder", "--overwrite"], "folder is a folder, and one file is to be written"),
        (["-o", ".", "--overwrite"], ". is a folder, and one file is to be written"),
        (["-o", "/dev/null", "--overwrite"], "/dev/null is no ordinary file"),
        (["-o", "nowhere/out.json"], "nowhere does not exist"),
        (["-o", "taken.json/out.json"], "taken.json does not exist"),
        (["-o", "x" * 300], "File name too long"),
        (["-o", "out.json", "--rejects", "in.json", "--overwrite"], "in.json is the file that is read"),
        (["-o", "out.json", "--rejects", "out.json"], "out.json would be written twice"),
        (["-o", "out.json", "--rejects", "out.json.changes.jsonl"], "out.json.changes.jsonl would be written twice"),
        (["-o", "out.json", "--rejects", "nowhere/rejects"], "nowhere does not exist"),
        (["taken.json", "-o", "new", "--rejects", "r"], "--rejects names one file, and several are repaired"),
        (["folder/in.json", "-o", "new"], "new/in.json would be written twice"),
        (["taken.json", "-o", "half.json.changes.jsonl"], "half.json.changes.jsonl is a file, and several files are"),
        (["taken.json", "-o", "."], "is the file that is read"),
        (["--diff", "--json"], "--diff is for people to read, and contradicts --json"),
        (["-o", "out.json", "--select", "id-pad"], "'id-pad' is no rule"),
        (["missing.json", "-o", "out"], "missing.json does not exist"),
        (["rows.parquet", "-o", "out"], "rows.parquet is Parquet, and repair changes JSON"),
        (["broken.json", "-o", "out"], "broken.json stops in the middle"),
        (["-", "-o", "out"], "standard input is repaired by itself"),
    ],
)
def test_what_cannot_be_is_a_sentence_with_exit_code_2_and_nothing_is_touched(run, array, tmp_path, arguments, message):
    source = array(PADDED, name="in.json")
    (tmp_path / "symbolic.json").symlink_to(source)
    (tmp_path / "hard.json").hardlink_to(source)
    (tmp_path / "loop.json").symlink_to("loop.json")
    array(image(9), name="taken.json")
    (tmp_path / "half.json.changes.jsonl").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "in.json").write_bytes(source.read_bytes())
    (tmp_path / "broken.json").write_bytes(source.read_bytes()[:-9])
    (tmp_path / "rows.parquet").write_bytes(b"PAR1" * 9)
    before = sorted((path, path.is_file() and path.read_bytes()) for path in tmp_path.rglob("*"))
    refused = run("repair", source, *arguments, stdin=jsonl(image(3)))
    assert refused.returncode == 2
    assert message in refused.stderr.decode()
    assert refused.stderr.startswith(b"error: ")
    assert b"Traceback" not in refused.stderr
    assert refused.stdout == b""
    assert sorted((path, path.is_file() and path.read_bytes()) for path in tmp_path.rglob("*")) == before


def test_the_function_raises_what_the_command_prints(array, tmp_path):
    source = array(PADDED)
    with pytest.raises(OutputError, match="is the file that is read"):
        it.repair(source, source)
    with pytest.raises(UsageError, match="repair has no option 'strict'"):
        it.repair(source, tmp_path / "out.json", strict=True)
    (tmp_path / "broken.json").write_text('[{"image_id": 1}')
    with pytest.raises(SourceError, match="stops in the middle"):
        it.repair(tmp_path / "broken.json", tmp_path / "out.json")
    with pytest.raises(OutputError, match="File name too long"):
        it.repair(source, tmp_path / ("x" * 250))


def test_overwrite_replaces_the_lists_as_well(run, array, tmp_path):
    run("repair", array(PADDED, LOST), "-o", "out.json", "--unsafe")
    array(image(1))
    assert run("repair", "annotations.json", "-o", "out.json", "--unsafe", "--overwrite").returncode == 0
    assert set(tree_of(tmp_path)) == {"annotations.json", "out.json"}


def test_a_folder_that_may_not_be_written_is_a_sentence(run, array):
    refused = run("repair", array(PADDED), "-o", "/sys/out.json")
    assert refused.returncode == 2
    assert refused.stderr.startswith(b"error: /sys/out.json cannot be written: ")
    assert b"Traceback" not in refused.stderr


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


@pytest.mark.parametrize("name", ["out.json", "out.json.gz", "out.json.zst"])
def test_a_disk_that_is_full_is_a_sentence_and_leaves_nothing(array, tmp_path, name):
    source = array(*(image(number, image_level_caption=f"[1] {os.urandom(60).hex()}.") for number in range(400)))
    done = subprocess.run(
        [sys.executable, "-m", "instit_tools", "repair", source, "-o", name],
        cwd=tmp_path, capture_output=True, check=False, preexec_fn=small_files, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {name} cannot be written: ".encode())
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_repair_leaves_nothing_and_a_closed_pipe_is_no_error(tmp_path, name):
    one = json.dumps(video(frames=30)).encode()
    (tmp_path / "in.jsonl").write_bytes((one + b"\n") * 4000)
    going = subprocess.Popen(
        [sys.executable, "-m", "instit_tools", "repair", "in.jsonl", "-o", "out.jsonl"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while going.poll() is None and not list(tmp_path.glob(".out*")):
        time.sleep(0.01)
    going.send_signal(name)
    _, talk = going.communicate(timeout=60)
    assert going.returncode == 130
    assert b"Traceback" not in talk
    assert set(tree_of(tmp_path)) == {"in.jsonl"}


def test_a_closed_pipe_ends_a_diff_quietly(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(jsonl(*(image(n, image_level_caption="[01] on [2].") for n in range(2000))))
    command = f"{sys.executable} -m instit_tools repair in.jsonl --diff | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == [b"# id-padded", b"141"]
    assert done.stderr == b""


# Coming to an end


def rule(*texts):
    """Look at a record as a rule would that writes each of *texts* in the place of the one before."""
    following = dict(pairwise(texts))

    def look(raw):
        text = json.loads(raw)["a"]
        fix = Fix(safe=True, edits=(Put(path=("a",), value=following[text]),)) if text in following else None
        found = (Finding(code="made-up", path=("a",), message="not so", fix=fix),) if fix else ()
        return Seen(id=None, findings=found, noted=())

    return look


def test_repairs_go_on_until_there_is_nothing_to_repair():
    made = mend(b'{"a": "0"}', rule(*map(str, range(300))), unsafe=False)
    assert (made.raw, len(made.changes), made.left) == (b'{"a": "299"}', 299, ())


@pytest.mark.parametrize("texts", ["xx", "xyx", "vwxyx", [*map(str, range(5000))]])
def test_a_record_whose_repair_comes_to_no_end_stays_as_it_was(texts):
    raw = json.dumps({"a": texts[0]}).encode()
    made = mend(raw, rule(*texts), unsafe=True)
    assert (made.raw, made.changes, made.aside) == (raw, (), ())
    assert [finding.code for finding in made.left] == ["made-up"]


def test_a_text_with_hundreds_of_faults_is_repaired(array, tmp_path):
    text = " ".join(f"[0{number}]" for number in range(1, 99)) + " on [2]." + " [ 1 ] [1,2] [2, 1] [1-2]" * 99
    captions = {str(number): "A cup." for number in range(1, 99)}
    source = array(image(1, image_level_caption=text, instance_level_caption=captions))
    it.repair(source, tmp_path / "out.json")
    assert not codes(tmp_path / "out.json", select=["references"])


def test_timestamps_from_0_are_mended_alone_where_the_texts_count_from_1(tmp_path):
    record = video(frames=3, questions=[("Where is [1] at <3>?", "Left of [2].")])
    sound = json.loads(json.dumps(record))
    for frame in record["frame_level_caption"]:
        frame["timestamp"] -= 1
    source, out = tmp_path / "a.json", tmp_path / "b.json"
    source.write_text(json.dumps([record]))
    it.repair(source, out, unsafe=True)
    assert json.loads(out.read_text()) == [sound]


def test_timestamps_from_0_are_mended_with_the_texts_that_count_so_too(tmp_path):
    record = video(frames=3, questions=[("Where is [1] at <2>?", "Left of [2].")], video_level_caption="[1] at <1>.")
    for frame in record["frame_level_caption"]:
        frame["timestamp"] -= 1
    source, out = tmp_path / "a.json", tmp_path / "b.json"
    source.write_text(json.dumps([record]))
    it.repair(source, out, unsafe=True)
    (mended,) = json.loads(out.read_text())
    assert mended["question_answer_pairs"][0]["question"] == "Where is [1] at <3>?"
    assert mended["video_level_caption"] == "[1] at <2>."


def test_a_misspelt_key_gets_its_name_and_keeps_its_value(tmp_path):
    record = video()
    misspelt = {("question_answer_pair" if key == "question_answer_pairs" else key): record[key] for key in record}
    source, out = tmp_path / "a.json", tmp_path / "b.json"
    source.write_text(json.dumps([misspelt | {"reviewer": "r7"}]))
    report = it.validate(source, select=("key-unknown",))
    assert "did you mean question_answer_pairs?" in report.problems[0].message
    it.repair(source, out, unsafe=True)
    assert json.loads(out.read_text()) == [record]


@pytest.mark.parametrize(
    "keys",
    [
        {"question_answer_pair": "kept", "question_answers": "lost"},
        {"question_answers": "lost", "question_answer_pair": "kept"},
        {"question_answer_pairs1": "kept", "1question_answer_pairs": "lost"},
    ],
    ids=["the nearest first", "the nearest last", "both as near"],
)
def test_of_keys_that_look_like_one_name_the_nearest_gets_it_and_the_others_are_listed(tmp_path, keys):
    record = video()
    values = {"kept": record.pop("question_answer_pairs"), "lost": [{"question": "Is it?", "answer": "It is."}]}
    source, out, again = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json"
    source.write_text(json.dumps([record | {key: values[which] for key, which in keys.items()}]))
    assert sum("did you mean" in each.message for each in it.validate(source, select=("key-unknown",)).problems) == 1
    it.repair(source, out)
    assert out.read_bytes() == source.read_bytes()
    assert it.repair(source, out, unsafe=True, overwrite=True).left == {}
    assert json.loads(out.read_text()) == [record | {"question_answer_pairs": values["kept"]}]
    assert {(each["edit"], json.dumps(each["before"])) for each in lines(tmp_path / "b.json.changes.jsonl")} == {
        ("rename", json.dumps(key)) if which == "kept" else ("drop", json.dumps(values["lost"]))
        for key, which in keys.items()
    }
    assert it.repair(out, again, unsafe=True).changes == {}
    assert again.read_bytes() == out.read_bytes()


def test_a_key_that_is_nearest_to_a_name_that_another_one_gets_means_the_next(tmp_path):
    source, record = tmp_path / "a.json", video()
    record["video_level_captions"], record["frame_level_captions"] = record.pop("video_level_caption", None), 1
    record["_level_caption"] = record.pop("frame_level_caption")
    source.write_text(json.dumps([record]))
    guesses = [each.message.rpartition("; ")[2] for each in it.validate(source, select=("key-unknown",)).problems]
    assert guesses == [
        "did you mean video_level_caption?",
        "did you mean frame_level_caption?",
        "holds a key that nobody published: _level_caption",
    ]


def test_edits_that_want_one_key_are_not_made_in_one_round():
    def look(raw):
        record = json.loads(raw)
        edits = [Drop(path=(key,)) if "b" in record else Rename(path=(key,), key="b") for key in record if key != "b"]
        found = [Finding(code="made-up", path=edit.path, message="not so", fix=Fix(edits=(edit,))) for edit in edits]
        return Seen(id=None, findings=tuple(found), noted=())

    made = mend(b'{"x": 1, "y": 2, "z": 3}', look, unsafe=True)
    assert made.raw == b'{"b": 1}'
    assert [(each.edit, each.path) for each in made.changes] == [("rename", "/x"), ("drop", "/z"), ("drop", "/y")]
