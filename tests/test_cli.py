import contextlib
import io
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import image, video
from hypothesis import example, given
from hypothesis import strategies as st
from terminal import on_a_terminal

from instit_tools import console, targets
from instit_tools.cli import app
from instit_tools.errors import InstitError

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(command.name for command in app.registered_commands)
HEAVY = {"polars", "pyarrow", "datasets", "matplotlib", "nltk", "jsonschema", "numpy", "PIL", "huggingface_hub"}


def lines(output):
    return output.decode().splitlines()


def test_help_is_fast_because_it_imports_nothing_heavy():
    code = "import sys, instit_tools.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert not HEAVY & set(loaded.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_its_help_has_an_example(run, command):
    assert re.search(rf"instit-tools {command}\b", README)
    shown = run(command, "--help")
    assert shown.returncode == 0
    assert b"Example: instit-tools" in shown.stdout


@pytest.mark.parametrize("target", targets.available())
def test_every_target_is_in_the_readme(target):
    assert f"`{target}`" in README


def test_convert_without_input_makes_a_verified_dataset_and_says_what_it_used(run, tmp_path):
    done = run("convert", "--to", "llava")
    assert done.returncode == 0
    assert re.fullmatch(
        r"instit-output/llava holds [\d,]+ samples of 40 records in 2 shards, [\d.]+ kB\n", done.stdout.decode()
    )
    talk = lines(done.stderr)
    assert talk[0] == "no input named: using 20 videos and 20 images of made-up data in instit-output/made-up"
    assert re.fullmatch(r"verified: [\d,]+ samples as llava-next reads them, 0 problems", talk[-1])
    assert run("verify", "instit-output/llava").returncode == 0


def test_a_second_run_into_the_same_folder_is_refused_and_overwrite_allows_it(run, array):
    source = array(video())
    assert run("convert", source, "--to", "jsonl", "-o", "out").returncode == 0
    again = run("convert", source, "--to", "jsonl", "-o", "out")
    assert again.returncode == 2
    assert lines(again.stderr)[0] == "error: out already holds README.md"
    assert run("convert", source, "--to", "jsonl", "-o", "out", "--overwrite").returncode == 0


def test_overwrite_never_deletes_a_file_that_no_manifest_lists(run, array, tmp_path):
    source = array(video())
    run("convert", source, "--to", "jsonl", "-o", "out")
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    refused = run("convert", source, "--to", "jsonl", "-o", "out", "--overwrite")
    assert refused.returncode == 2
    assert b"out holds thesis.tex, which no manifest there lists, so it is not replaced" in refused.stderr
    assert (tmp_path / "out" / "thesis.tex").read_text() == "years of work"


def test_a_fault_stops_with_file_record_and_field_and_leaves_nothing(run, array, tmp_path):
    source = array(video(1), video(7, questions=[("What happens at <0>?", "[1] jumps.")]))
    stopped = run("convert", source, "--to", "llava", "-o", "out")
    assert stopped.returncode == 2
    assert lines(stopped.stderr) == [
        f"error: {source}, record 2 (id 7), /question_answer_pairs/0/question:"
        f" it speaks of <0>, but the frames are <1> to <3>",
        "hint: --on-error reject leaves out what is at fault and lists it in rejects.jsonl",
    ]
    assert stopped.stdout == b""
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


def test_rejects_are_counted_on_the_screen_listed_in_a_file_and_in_the_exit_code(run, array, tmp_path):
    source = array(video(1), video(7, questions=[("What happens at <0>?", "[1] jumps.")]), {"video_id": 9})
    done = run("convert", source, "--to", "llava", "-o", "out", "--on-error", "reject")
    assert done.returncode == 3
    assert "left out: 1 record, 1 text; all are listed in out/rejects.jsonl" in done.stderr.decode()
    listed = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    assert [(each["number"], each["reason"]) for each in listed] == [(2, "text"), (3, "record")]
    assert listed[0]["text"] == "What happens at <0>?\n[1] jumps."
    assert run("verify", "out").returncode == 0


def test_json_goes_to_stdout_alone_and_equals_the_manifest(run, array, tmp_path):
    done = run("convert", array(image(1)), "--to", "llava", "-o", "out", "--json")
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "manifest.json").read_text())


def test_verify_finds_damage_and_exits_with_1(run, array, tmp_path):
    run("convert", array(video()), "--to", "llava", "-o", "out")
    shard = tmp_path / "out" / "video-000000.json"
    shard.write_text(shard.read_text().replace("Frame <1>: <image>", "Frame <1>:", 1))
    found = run("verify", "out")
    assert found.returncode == 1
    assert "row 4: conversations[0].value: has 1 <image> for 2 pictures" in found.stdout.decode()
    report = json.loads(run("verify", "out", "--json").stdout)
    assert report["count"] == len(report["problems"]) == 2


def test_captions_that_look_like_markup_or_emoji_reach_the_screen_as_they_are(run, array):
    record = video(1, questions=[("Is [bold]this :dog: at <9>?", "[1] is.")])
    stopped = run("convert", array(record, name="a[bold]:dog:.json"), "--to", "llava")
    assert "a[bold]:dog:.json, record 1" in stopped.stderr.decode()


def test_a_path_that_would_command_the_terminal_is_shown_as_text(run, array, tmp_path):
    record = video(video_path="videos_vpt/\x1b[31mred")
    (tmp_path / "videos_vpt").mkdir()
    stopped = run("convert", array(record), "--to", "llava")
    assert b"\x1b" not in stopped.stderr
    assert b"videos_vpt/\\x1b[31mred/1.jpg is missing" in stopped.stderr


def test_an_id_and_a_file_name_of_several_lines_are_told_on_one(run, array):
    record = video(video_id="[bold]7\n8\x9b\u202e", video_level_caption="[9] is here.")
    stopped = run("convert", array(record), "--to", "llava")
    assert stopped.returncode == 2
    told, hint = stopped.stderr.decode().splitlines()
    assert ", record 1 (id [bold]7\\n8\\x9b\\u202e), /video_level_caption: " in told
    assert hint.startswith("hint: --on-error reject ")
    (told, *_) = run("validate", "no\nsuch\x1b31m.json").stderr.decode().splitlines()
    assert told == "error: no\\nsuch\\x1b31m.json does not exist"


@given(st.text(st.characters() | st.sampled_from("[]/\\:\n\r\t\x1b\x9b\u2028\u202e\u2066\udcff")))
@example("[bold]red[/bold] :dog: [/] \\[1] \\")
def test_whatever_is_told_is_one_line_letter_by_letter_where_it_can_be_shown(text):
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        console.error(InstitError(text))
        console.warn(text)
    told = [f"error: {text}", f"warning: {text}"]
    assert len(shown.getvalue().splitlines()) == len(told)
    assert not set(shown.getvalue()) & set("\r\t\x1b\x9b\u2028\u202e\u2066\udcff")
    assert shown.getvalue().splitlines() == told or not text.isprintable()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["convert", "x.json", "--to", "lava"], "there is no target 'lava'"),
        (["convert", "--to", "llava", "--recipe", "papers"], "there is no recipe 'papers'"),
        (["convert", "missing.json", "--to", "llava"], "missing.json does not exist"),
        (["convert", "--to", "jsonl", "--recipe", "qa"], "--recipe means nothing to the target jsonl"),
        (["convert", "--to", "jsonl", "--dialect", "1.5"], "--dialect means nothing to the target jsonl"),
        (["convert", "--to", "llava", "--embed-media"], "--embed-media means nothing to the target llava"),
        (["convert", "--to", "llava", "--media", "x"], "--media says where the pictures of an input are"),
        (["convert", "--to", "llava", "--shard-size", "3x"], "'3x' is no size such as 256MB or 1GiB"),
        (["verify", "nowhere"], "nowhere/manifest.json does not exist, so nowhere is not a finished dataset"),
        (["recipes", "nothing"], "there is no recipe 'nothing'"),
        (["synth", "."], ". is the current folder or above it, and cannot appear all at once"),
        (["synth", "full"], "full already holds something"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence_and_exit_code_2(run, tmp_path, arguments, message):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("here")
    failed = run(*arguments)
    assert failed.returncode == 2
    assert message in failed.stderr.decode()
    assert "Traceback" not in failed.stderr.decode()
    assert failed.stdout == b""


def test_standard_input_is_read_where_a_dash_says_so(run, tmp_path):
    done = run("convert", "-", "--to", "jsonl", "-o", "out", stdin=json.dumps([video()]).encode())
    assert done.returncode == 0
    assert json.loads((tmp_path / "out" / "video-000000.jsonl").read_text()) == video()


def test_a_closed_pipe_is_no_finding_and_no_traceback(run, tmp_path):
    command = f"{sys.executable} -m instit_tools recipes paper | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True, cwd=tmp_path)
    assert b"Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1].endswith((b"0", b"141"))


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_conversion_leaves_no_final_name_and_a_rerun_succeeds(run, many, tmp_path, name):
    going = subprocess.Popen(
        [sys.executable, "-m", "instit_tools", "convert", many, "--to", "llava", "-o", "out"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    partial = tmp_path / ".out.partial"
    while going.poll() is None and not list(partial.glob("parts/.*/video.*")):
        time.sleep(0.01)
    going.send_signal(name)
    _, talk = going.communicate(timeout=60)
    assert not (tmp_path / "out").exists()
    if name != signal.SIGKILL:
        assert going.returncode == 130
        assert talk.startswith(b"interrupted; ")
        assert b"Traceback" not in talk
    assert run("convert", many, "--to", "llava", "-o", "out").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert run("verify", "out").returncode == 0


def test_a_terminal_gets_colour_and_no_color_takes_it_away(tmp_path):
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        shown = on_a_terminal(["verify", "nowhere"], tmp_path, codes={2}, **variables)
        assert ("\x1b[1;31m" in shown) is coloured


def test_quiet_keeps_only_the_result_and_verbose_adds_the_shards(run, array):
    source = array(video())
    assert run("-q", "convert", source, "--to", "llava", "-o", "a").stderr == b""
    loud = run("-v", "convert", source, "--to", "llava", "-o", "b")
    assert b"video-000000.json" in loud.stderr


def test_version_is_one_line(run):
    assert re.fullmatch(rb"instit-tools \d+\.\d+\.\d+\n", run("--version").stdout)


def test_a_recipe_that_is_printed_can_be_used(run, array, tmp_path):
    (tmp_path / "mine.toml").write_bytes(run("recipes", "qa").stdout)
    done = run("convert", array(video()), "--to", "llava", "--recipe", "mine.toml", "-o", "out")
    assert done.returncode == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["settings"]["recipe"] == "mine"


def test_llava_1_5_keeps_every_sample_of_one_picture_and_lists_every_other(run, array, tmp_path):
    source = array(video(frames=4))
    done = run("convert", source, "--to", "llava", "--dialect", "1.5", "--on-error", "reject", "-o", "out")
    assert done.returncode == 3
    made = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (made["totals"]["samples"], made["totals"]["rejects"]) == (4, {"sample": 5})
    listed = [json.loads(line)["message"] for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    assert [message.split(", and ")[1] for message in listed] == [
        "video-000001-change-002 has 2",
        "video-000001-change-003 has 2",
        "video-000001-change-004 has 2",
        "video-000001-video has 4",
        "video-000001-qa has 4",
    ]
    assert run("verify", "out").stdout == b"out: whole; 4 samples in 1 shard, read as llava-1.5\n"


def test_a_folder_of_training_samples_is_not_taken_for_annotations(run, array):
    run("convert", array(video()), "--to", "llava", "-o", "out")
    again = run("convert", "out", "--to", "parquet")
    assert again.returncode == 2
    assert b"out is what convert --to llava wrote: training samples, no longer records" in again.stderr


def test_a_recipe_that_makes_nothing_says_so(run, array):
    done = run("convert", array(image()), "--to", "llava", "--recipe", "qa", "-o", "out")
    assert b"no sample was made: the recipe asks for what these records do not have" in done.stderr


def test_a_conversion_never_replaces_what_it_reads(run, array, tmp_path):
    run("convert", array(video(1), video(2)), "--to", "jsonl", "-o", "out")
    eaten = run("convert", "out", "--to", "jsonl", "--limit", "1", "-o", "out", "--overwrite")
    assert eaten.returncode == 2
    assert b"out/video-000000.jsonl is read, and lies in out, which would be replaced" in eaten.stderr
    assert len((tmp_path / "out" / "video-000000.jsonl").read_text().splitlines()) == 2


def test_a_timestamp_of_any_size_is_a_sentence_and_no_crash(run, array):
    record = video(questions=[("What is at <2>?", "[1].")])
    record["frame_level_caption"][1]["timestamp"] = 10**18
    stopped = run("convert", array(record), "--to", "llava")
    assert stopped.returncode == 2
    assert b"it speaks of <2>, but the frames are <1> <3> <1000000000000000000>" in stopped.stderr


def test_closed_and_full_streams_end_with_a_code_and_no_traceback(run, array, tmp_path):
    source = array(video())
    for redirect, expected in ((">&-", 0), ("2>&-", 0), ("> /dev/full", 2)):
        command = f"{sys.executable} -m instit_tools convert {source} --to llava -o out --overwrite {redirect}"
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False)
        assert (redirect, done.returncode) == (redirect, expected)
        assert b"Traceback" not in done.stderr


# Signals before a command has begun

SIGNALLED = """
import os, runpy, signal, sys

_, number, moment, before, *sys.argv[1:] = sys.argv
signal.signal(int(number), getattr(signal, before))
sys.addaudithook(lambda event, args: event == "import" and args[0] == moment and os.kill(os.getpid(), int(number)))
runpy.run_module("instit_tools", run_name="__main__", alter_sys=True)
"""
"""Runs the command line, with a signal to itself when it is about to import a module."""


def signalled(folder, number, moment, before):
    command = [sys.executable, "-c", SIGNALLED, str(int(number)), moment, before, "recipes", "paper"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)


@pytest.mark.parametrize(
    ("number", "before"), [(signal.SIGINT, "default_int_handler"), (signal.SIGTERM, "SIG_DFL")], ids=["INT", "TERM"]
)
@pytest.mark.parametrize("moment", ["instit_tools.cli", "msgspec", "instit_tools.cli.verify"])
def test_a_signal_while_a_command_is_imported_ends_it_with_130_and_one_line(tmp_path, number, before, moment):
    ended = signalled(tmp_path, number, moment, before)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "interrupted; nothing was begun\n")
    assert not list(tmp_path.iterdir())


def test_a_signal_that_whoever_started_us_ignores_stays_ignored(tmp_path):
    ended = signalled(tmp_path, signal.SIGINT, "instit_tools.cli", "SIG_IGN")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


def test_nothing_is_imported_before_signals_are_heard():
    code = "import sys; before = {*sys.modules}; import instit_tools; print(*{*sys.modules} - before)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert shown.split() == ["instit_tools"]
