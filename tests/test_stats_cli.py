"""``instit-tools stats`` as a process: what it prints where, its exit codes, what it leaves on the disk."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import polars as pl
import pytest
from conftest import image, video
from rich.cells import cell_len
from terminal import on_a_terminal
from thorough import FULL

import instit_tools as it
from instit_tools.statistics.contradictions import checks
from instit_tools.statistics.measures import opened
from instit_tools.statistics.published import FIGURES
from instit_tools.statistics.reference import against_paper

TABLES = [
    f"{name}.parquet" for name in ("frames", "images", "instances", "masks", "overlaps", "samples", "texts", "videos")
]
EVIL = "[bold]A :dog: \x1b[31mred\x1b[0m \u202etxet\u2069 <script>alert(1)</script> \x07 \N{CAT FACE}"


def lines(output):
    return output.decode().splitlines()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def broken(number):
    record = video(number)
    record["frame_level_caption"][2]["timestamp"] = 1
    return record


@pytest.fixture
def stats(run):
    """Run ``stats`` without the page, which takes its time."""

    def command(*arguments, **options):
        return run("stats", "--no-report", *arguments, **options)

    return command


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder of statistics; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "video.json").write_text(json.dumps([video()]))
    it.stats(folder / "video.json", folder / "out", report=False)
    return folder / "out"


def test_without_input_it_measures_made_up_data_and_says_so(run, tmp_path):
    done = run("stats")
    assert done.returncode == 0
    told = r"20 videos, [\d,]+ frames, 20 images, [\d,]+ instances, [\d,]+ questions"
    assert re.fullmatch(told, lines(done.stdout)[0])
    talk = lines(done.stderr)
    assert talk[0] == "no input named: using 20 videos and 20 images of made-up data in instit-output/made-up"
    assert any("instit-output/stats" in line for line in talk[1:])
    assert names(tmp_path / "instit-output" / "stats") == sorted([*TABLES, "report.html", "summary.json"])


def test_json_goes_to_stdout_alone_and_equals_the_file(stats, array, tmp_path):
    done = stats(array(video(), image()), "-o", "out", "--json")
    assert done.returncode == 0
    assert done.stdout == (tmp_path / "out" / "summary.json").read_bytes()
    summary = json.loads(done.stdout)
    assert summary["files"] == [*TABLES, "summary.json"]
    assert sorted(summary["files"]) == names(tmp_path / "out")
    assert summary["totals"]["captions"] == {"instance": 8, "frame": 4, "temporal": 2, "video": 1}


def test_quiet_keeps_only_the_result(run, array):
    source = array(video(), image())
    quiet, loud = (run(*more, "stats", "--no-report", source, "-o", name) for more, name in ((["-q"], "a"), ([], "b")))
    assert (quiet.stderr, quiet.stdout) == (b"", loud.stdout)
    assert loud.stderr


def test_standard_input_and_a_compressed_file_are_measured(stats, tmp_path):
    done = stats("-", "-o", "out", "--json", stdin=json.dumps([video()]).encode())
    assert json.loads(done.stdout)["inputs"][0]["name"] == "standard input"
    assert done.returncode == 0


def test_the_same_data_give_the_same_files_twice(stats, array, tmp_path):
    source = array(video(1), image(2))
    for name in ("a", "b"):
        stats(source, "-o", name, "--workers", "2")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_rejects_are_counted_on_the_screen_listed_in_a_file_and_in_the_exit_code(stats, array, tmp_path):
    done = stats(array(video(1), broken(7), {"video_id": 9}), "-o", "out", "--on-error", "reject")
    assert done.returncode == 3
    assert "2 records left out, each with its reason in out/rejects.jsonl" in done.stderr.decode()
    listed = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    assert [(each["number"], each["record"], each["reason"]) for each in listed] == [
        (2, 7, "record"),
        (3, None, "record"),
    ]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["files"][5] == "rejects.jsonl"


def test_a_fault_stops_with_file_record_and_id_and_leaves_nothing(stats, array, tmp_path):
    source = array(video(1), broken(7))
    stopped = stats(source, "-o", "out")
    assert stopped.returncode == 2
    assert lines(stopped.stderr) == [
        f"error: {source}, record 2 (id 7): frame_level_caption: 1.jpg and 3.jpg both have timestamp 1",
        "hint: --on-error reject leaves out what is at fault and lists it in rejects.jsonl",
    ]
    assert stopped.stdout == b""
    assert names(tmp_path) == [source.name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.json"], "missing.json does not exist"),
        (["here.json", "--tokenizer", "nltkk"], "nltkk is neither a tokenizer"),
        (["here.json", "--tokenizer", "here.json"], "here.json is no tokenizer that the package tokenizers reads"),
        (["here.json", "-o", "full"], "full already holds something"),
        (["here.json", "-o", "here.json"], "here.json exists and is not a folder"),
        (["here.json", "-o", "."], ". is the current folder or above it"),
        (["here.json", "--recipe", "papers"], "there is no recipe 'papers'"),
        (["here.json", "--recipe", "qa", "--recipe", "qa"], "is named twice"),
        (["here.json", "--media", "nowhere"], "nowhere"),
        (["--media", "x"], "--media says where the pictures of an input are"),
        (["broken.json"], "broken.json stops in the middle"),
        (["--compare", "here.json", "missing.json"], "missing.json does not exist"),
        (["--compare", "here.json", "damaged"], "damaged/summary.json is no summary of instit-tools stats"),
    ],
)
def test_what_the_user_can_mend_is_a_sentence_and_exit_code_2(stats, array, tmp_path, arguments, message):
    array(video(), name="here.json")
    (tmp_path / "broken.json").write_text('[{"video_id": 1')
    for name, file in (("full", "something"), ("damaged", "summary.json")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    failed = stats(
        *arguments, *(["--report"] if "--compare" in arguments else [] if "-o" in arguments else ["-o", "out"])
    )
    assert failed.returncode == 2
    assert message in failed.stderr.decode()
    assert "Traceback" not in failed.stderr.decode()
    assert failed.stdout == b""
    assert sorted(tmp_path.rglob("*")) == before


def test_parts_of_speech_without_nltks_data_are_one_sentence_with_a_hint(stats, array, tmp_path):
    env = os.environ | {"NLTK_DATA": str(tmp_path), "HOME": str(tmp_path)}
    failed = stats(array(video()), "--pos", env=env)
    if failed.returncode == 0:
        pytest.skip("NLTK's tagger is installed where every process finds it")
    assert failed.returncode == 2
    assert "hint: python -m nltk.downloader averaged_perceptron_tagger_eng" in failed.stderr.decode()


def test_overwrite_replaces_an_older_run_and_never_a_foreign_file(stats, array, tmp_path):
    source = array(video(1), broken(2))
    assert stats(source, "-o", "out", "--on-error", "reject").returncode == 3
    again = stats(array(image(3)), "-o", "out")
    assert again.returncode == 2
    assert "out already holds" in again.stderr.decode()
    assert stats(array(image(3)), "-o", "out", "--overwrite").returncode == 0
    assert names(tmp_path / "out") == sorted([*TABLES, "summary.json"])
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    refused = stats(array(image(4)), "-o", "out", "--overwrite")
    assert refused.returncode == 2
    assert "out holds thesis.tex" in refused.stderr.decode()
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["extremes"][0]["record"] == "3"
    assert names(tmp_path / "out") == sorted([*TABLES, "summary.json", "thesis.tex"])


def test_files_and_folders_are_compared_alike(run, stats, array, tmp_path):
    array(video(1), image(2), name="a.json")
    array(video(1), image(2), image(3), name="b.json")
    stats("b.json", "-o", "b")
    done = run("stats", "--compare", "a.json", "b.json", "--json")
    found = json.loads(done.stdout)
    from_folder = json.loads(run("stats", "--compare", "a.json", "b", "--json").stdout)
    assert found["names"] == ["a.json", "b.json"]
    assert found["rows"] == from_folder["rows"]
    assert [row["difference"] for row in found["rows"][:3]] == [0, 1, 0]
    shown = lines(run("stats", "--compare", "a.json", "b.json").stdout)
    assert shown[:2] == ["A is a.json", "B is b.json"]
    (images,) = (line for line in shown if line.startswith("images, number "))
    assert images.split() == ["images,", "number", "1", "2", "+100.0", "%"]
    assert names(tmp_path) == ["a.json", "b", "b.json"]


@pytest.mark.parametrize(
    "option",
    [
        ["x.json"], ["-o", "x"], ["--plots", "svg"], ["--video", "1"], ["--no-report"], ["--reference", "paper"],
        ["--overwrite"], ["--on-error", "reject"],
    ],
)  # fmt: skip
def test_compare_refuses_what_means_nothing_to_it(run, array, option):
    source = array(video())
    refused = run("stats", *option, "--compare", source, source)
    assert refused.returncode == 2
    assert "means nothing to it" in refused.stderr.decode()
    assert {"-o": "--out"}.get(option[0], option[0]) in refused.stderr.decode()


@pytest.mark.parametrize(
    "option",
    [
        ["--tokenizer", "whitespace"], ["--by", "source"], ["--recipe", "qa"], ["--max-frames", "4"], ["--pos"],
        ["--vision", "siglip-384"], ["--media", "x"], ["--workers", "2"], ["--max-unpacked", "1GB"],
    ],
)  # fmt: skip
def test_compare_of_two_finished_folders_refuses_to_measure_otherwise(run, finished, option):
    refused = run("stats", "--compare", finished, finished, *option)
    assert refused.returncode == 2
    assert f"both folders hold what stats measured, and {option[0]}" in refused.stderr.decode()


def test_the_papers_figures_are_all_there_with_the_contradictions_among_them(stats, array, tmp_path):
    source = array(video(1), image(2))
    done = stats(source, "-o", "out", "--reference", "paper")
    assert done.returncode == 0
    reference = json.loads((tmp_path / "out" / "summary.json").read_text())["reference"]
    assert [row["key"] for row in reference["rows"]] == list(FIGURES)
    shown = [" ".join(line.split()) for line in lines(done.stdout)]
    for row in against_paper(opened(tmp_path / "out")).rows:
        assert any(row.printed in line for line in shown)
    verdicts = [row["verdict"] for row in reference["rows"]]
    for verdict in ("agrees", "differs"):
        assert sum(line.endswith(f" {verdict}") for line in shown) == verdicts.count(verdict) > 0
    for check in checks():
        told = any(check.what in line and check.arithmetic in line and check.conclusion in line for line in shown)
        assert told is not check.holds


def test_hostile_texts_reach_terminal_and_json_harmlessly(stats, array, tmp_path):
    record = video(1, video_id=EVIL, video_path=f"videos_vpt/{EVIL.replace('/', '|')}/1", video_level_caption=EVIL)
    record["frame_level_caption"][0]["instance_level"][EVIL] = EVIL
    source = array(record, image(2, image_path="images_vpt/[red]:cat:/2.jpg"), name="[bold]:dog:.json")
    done = stats(source, "-o", "out", "--by", "source")
    assert done.returncode == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", done.stdout.decode())
    assert "[bold]A :dog: \\x1b[31mred" in done.stdout.decode()
    assert "[red]:cat:" in done.stdout.decode()
    assert b"\x1b" not in done.stderr
    as_json = stats(source, "-o", "other", "--by", "source", "--json")
    assert b"\x1b" not in as_json.stdout
    summary = json.loads(as_json.stdout)
    assert summary["inputs"][0]["name"].endswith("[bold]:dog:.json")
    assert {each["record"] for each in summary["extremes"]} == {EVIL, "2"}
    assert {each["excerpt"] for each in summary["extremes"] if each["level"] == "video"} == {EVIL}
    assert {EVIL} <= set(pl.read_parquet(tmp_path / "out" / "texts.parquet")["key"].drop_nulls())


def test_a_hostile_path_in_an_error_is_shown_as_text(stats, array, tmp_path):
    (tmp_path / "media").mkdir()
    failed = stats(array(image(1, image_path="images_vpt/\x1b[31mred.jpg")), "--media", "media")
    assert failed.returncode == 2
    assert b"\x1b" not in failed.stderr
    assert b"\\x1b[31mred.jpg" in failed.stderr


def test_a_file_name_that_is_no_unicode_is_spelled_out_everywhere(run, stats, array, tmp_path):
    name = os.fsdecode(b"caf\xe9.json")
    array(video(1), {"cat": 1}, name=name)
    done = stats(name, "-o", "out", "--on-error", "reject", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["inputs"][0]["name"] == "caf\\xe9.json"
    array(video(1), name=name)
    compared = run("stats", "--compare", name, name, "--json")
    assert json.loads(compared.stdout)["names"] == ["caf\\xe9.json"] * 2


def test_a_terminal_of_80_columns_holds_the_tables_and_no_color_takes_colour_away(array, tmp_path):
    source = array(video(1), image(2))
    arguments = ["stats", source, "--no-report", "--overwrite", "-o", "out"]
    coloured = on_a_terminal(arguments, tmp_path)
    assert "\x1b[1m" in coloured
    bare = on_a_terminal(arguments, tmp_path, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", bare)
    shown = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in coloured.splitlines()]
    assert any(line.startswith("unpooled") for line in shown)
    assert [line for line in shown if cell_len(line) > 80] == []


def test_a_pipe_that_is_closed_early_is_no_finding_and_no_traceback(array, tmp_path):
    source = array(video(1))
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "instit_tools", "stats", "--no-report", source, "-o", "out"]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, check=False, cwd=tmp_path)
    os.close(theirs)
    assert done.returncode == 141
    assert b"Traceback" not in done.stderr
    assert names(tmp_path / "out") == sorted([*TABLES, "summary.json"])


@pytest.mark.parametrize(
    "options",
    [
        ["--video", "1", "--no-report"],
        ["--recipe", "none", "--recipe", "qa"],
        ["--recipe", "none", "--media", "x"],
        ["--recipe", "none", "--vision", "siglip-384"],
        ["--recipe", "none", "--max-frames", "3"],
    ],
)
def test_an_option_that_would_mean_nothing_is_refused(run, array, tmp_path, options):
    refused = run("stats", array(video(1)), "-o", "out", *options)
    assert refused.returncode == 2
    assert lines(refused.stderr)[0].startswith("error: ")
    assert lines(refused.stderr)[1].startswith("hint: ")
    assert not (tmp_path / "out").exists()


def test_pictures_beside_the_input_are_looked_at_where_they_are_there(run, tmp_path):
    run("synth", "data", "--videos", "3", "--images", "2", "--media")
    done = run("stats", "data", "-o", "out")
    assert b"pictures: read from the pictures in data" in done.stdout
    (tmp_path / "data" / "images_vpt").rename(tmp_path / "elsewhere")
    assert run("stats", "data", "-o", "out", "--overwrite").returncode == 0
    named = run("stats", "data", "-o", "out", "--overwrite", "--media", "data")
    assert named.returncode == 2
    assert b"images_vpt" in named.stderr
    unseen = run("stats", "data", "-o", "out", "--overwrite", "--media", "none")
    assert b"pictures: from masks; else 1280x720 for videos and 960x640 for images, assumed" in unseen.stdout


def test_many_sources_are_told_apart_up_to_a_number(run, array, tmp_path):
    records = [video(n, frames=1 + (n < 5), video_path=f"videos_vpt/s{n:03d}/{n}") for n in range(60)]
    done = run("stats", array(*records), "-o", "out", "--by", "source", "--recipe", "none", "--no-report")
    assert b"20 sources with few frames are counted together, as (others)" in done.stdout
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    told = [each for each in summary["distributions"] if each["quantity"] == "frames a video"]
    assert [each["by"] for each in told[:2]] == [{}, {"source": "(others)"}]
    assert {each["distribution"]["n"] for each in told[2:]} == {1}
    assert (told[0]["distribution"]["n"], told[1]["distribution"]["n"], len(told)) == (60, 20, 42)


@pytest.mark.parametrize(
    "name", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL] if FULL else [signal.SIGINT, signal.SIGKILL]
)
def test_an_interrupted_run_leaves_no_final_name_and_a_rerun_succeeds(stats, many, tmp_path, name):
    going = subprocess.Popen(
        [sys.executable, "-m", "instit_tools", "stats", "--no-report", many, "-o", "out"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    partial = tmp_path / ".out.partial"
    while going.poll() is None and not any(path.stat().st_size > 4096 for path in partial.glob("*.parquet")):
        time.sleep(0.01)  # until rows are on the disk
    going.send_signal(name)
    _, talk = going.communicate(timeout=60)
    assert not (tmp_path / "out").exists()
    if name != signal.SIGKILL:
        assert going.returncode == 130
        assert b"Traceback" not in talk
        assert not partial.exists()
    small = tmp_path / "small.json"
    small.write_text(json.dumps([video()]))
    assert stats("small.json", "-o", "out").returncode == 0
    assert names(tmp_path) == ["out", "small.json"]


def test_masks_have_a_table_of_their_own_with_what_is_missing_and_what_moved_in_words(run, array, tmp_path):
    def column_at(left):
        return {"mask": {"size": [2, 10], "counts": [2 * left, 2, 18 - 2 * left]}}

    record = video(frames=2)
    record["segmentations"] = {f"{n}.jpg": {"1": column_at(3 * n), "2": column_at(0)} for n in (1, 2)}
    record["segmentations"]["2.jpg"]["7"] = column_at(0)
    record["frame_level_caption"][1]["temporal_change"] = "[1] has moved."
    shown = run("stats", array(record), "-o", "out", "--recipe", "none").stdout.decode()
    _, _, masks = shown.partition("\nMasks\n")
    rows = {line[:33].strip(): line[33:].split() for line in masks.splitlines()}
    assert rows["overlap (video)"] == ["1", "1", "1", "1", "1"]
    assert rows["shift (named)"] == ["1", "0.294", "0.294", "0.294", "0.294"]
    assert rows["mask kept (not named)"] == ["1", "1", "1", "1", "1"]
    assert masks.splitlines()[-2:] == [
        "by frame and instance: 0 captions without a mask, 1 mask without a caption",
        "an instance that the change caption names moved farther than one it does not name in 100 % of 1 pair in one"
        " frame",
    ]
    page = (tmp_path / "out" / "report.html").read_text()
    assert '<section id="masks">' in page
    assert 'id="plot-motion"' in page
    assert 'id="plot-mask-area"' in page
    without = run("stats", array(video()), "-o", "plain", "--recipe", "none").stdout.decode()
    assert "Masks" not in without
    assert '<section id="masks">' not in (tmp_path / "plain" / "report.html").read_text()
