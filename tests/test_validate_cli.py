import json
import os
import re
import signal
import subprocess
import sys

import pytest
from conftest import image, video
from jsonschema import Draft202012Validator
from terminal import on_a_terminal

from instit_tools.linting import formats
from instit_tools.linting.rules import every, families
from instit_tools.schemas import schema

ERROR = video(18, questions=[("What is [1] doing at <9>?", "[1] sleeps.")])
WARNING = image(1, instance_level_caption={"1,2": "Two cups."})
NOTE = video(1, questions=[("Is it day?", "Yes.")])
FILE = "annotations.json"


def lines(output):
    return output.decode().splitlines()


def uncoloured(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_the_command_line_starts_without_the_rules():
    code = "import sys, instit_tools.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert "instit_tools.linting.rules" not in loaded.split()


def test_sound_data_are_one_line_and_exit_code_0(run, array):
    array(image())
    done = run("validate", FILE)
    assert (done.returncode, done.stdout) == (0, b"no problem found in 1 record of annotations.json\n")


def test_the_report_says_what_is_wrong_where_and_what_to_do(run, array):
    array(video(1), ERROR)
    done = run("validate", FILE, "--select", "timestamp-beyond")
    assert done.returncode == 1
    heading, problem, blank, titles, row, _, verdict, *steps = lines(done.stdout)
    assert heading == "annotations.json, record 2 (id 18)"
    assert re.fullmatch(
        r"  error    1:\d+  question_answer_pairs\[0\]\.question: .*<9>.*  timestamp-beyond( \[[*!]\])?", problem
    )
    assert blank == ""
    assert titles.split() == ["severity", "rule", "found", "repair", "what", "it", "is"]
    assert row.split()[:4] == ["error", "timestamp-beyond", "1", "unsafe"]
    assert row.endswith(every()["timestamp-beyond"].summary)
    assert verdict == "1 error in 2 records of annotations.json"
    assert steps[-2:] == ["What a rule means, and why:", "    instit-tools rules RULE"]


def test_a_record_that_only_its_shape_was_looked_at_of_is_told(run, array):
    array(video(1), {"video_id": 7})
    done = run("validate", FILE)
    assert done.returncode == 1
    assert b"1 record with a shape so wrong that no other rule was tried: mend that, and validate again" in done.stdout


def test_warnings_fail_only_when_strict_and_notes_never(run, array):
    array(WARNING)
    assert run("validate", FILE, "--select", "key-group").returncode == 0
    strict = run("validate", FILE, "--select", "key-group", "--strict")
    assert strict.returncode == 1
    assert b"strict: warnings fail as errors do" in strict.stderr
    array(NOTE)
    noted = run("validate", FILE, "--select", "question-no-id", "--strict")
    assert noted.returncode == 0
    assert b"no errors and 1 note in 1 record of annotations.json" in noted.stdout


@pytest.mark.parametrize("name", ["text", *formats.available()])
def test_what_cannot_be_read_is_exit_code_2_and_leaves_no_half_document(run, name):
    failed = run("validate", "missing.json", "--format", name)
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert lines(failed.stderr)[0] == "error: missing.json does not exist"


def test_select_and_ignore_take_codes_and_families_with_commas_and_again(run, array):
    array(ERROR, WARNING, NOTE)

    def codes(*arguments):
        return set(json.loads(run("validate", FILE, "--json", *arguments).stdout)["summary"]["counts"])

    three = {"timestamp-beyond", "key-group", "question-no-id"}
    assert codes() >= three
    assert codes("--select", "timestamp-beyond,key-group", "--select", "question-no-id") == three
    assert codes("--select", "references", "--ignore", "question-no-id, id-*") == {"timestamp-beyond"}
    assert codes("--ignore", "all") == set()


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_rule_is_a_sentence_with_a_hint(run, array, option):
    array(ERROR)
    failed = run("validate", FILE, option, "timestamp-beyont")
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert lines(failed.stderr) == [
        "error: 'timestamp-beyont' is no rule, no family of rules and no pattern that fits one",
        "hint: did you mean timestamp-beyond?",
    ]


def test_ten_of_each_rule_are_shown_and_all_are_counted(run, array):
    array(*(ERROR | {"video_id": number} for number in range(1, 31)))
    shown = run("validate", FILE, "--select", "timestamp-beyond")
    assert shown.stdout.count(b"  error    1:") == 10
    assert b"30 errors in 30 records" in shown.stdout
    assert b"20 are not listed above: --max-problems lists more, --format json all" in shown.stdout


def test_max_problems_holds_for_every_format_and_the_counts_stay_whole(run, array):
    array(*(ERROR | {"video_id": number} for number in range(1, 31)))

    def printed(*arguments):
        return run("validate", FILE, "--select", "timestamp-beyond", *arguments).stdout

    assert printed("--max-problems", "12").count(b"  error    1:") == 12
    table = printed("--max-problems", "0")
    assert table.startswith(b"  severity  rule")
    assert b"30 errors in 30 records" in table
    report = json.loads(printed("--max-problems", "2", "--json"))
    assert (len(report["problems"]), report["summary"]["counts"]) == (2, {"timestamp-beyond": 30})
    assert len(printed("--max-problems", "3", "--format", "jsonl").splitlines()) == 3
    assert len(printed("--max-problems", "4", "--format", "github").splitlines()) == 4
    (log,) = json.loads(printed("--max-problems", "5", "--format", "sarif"))["runs"]
    assert (len(log["results"]), log["properties"]["counts"]) == (5, {"timestamp-beyond": 30})
    assert len(printed("--format", "jsonl").splitlines()) == 30


def test_json_is_alone_on_stdout_and_fits_its_schema(run, array):
    array(ERROR, WARNING, NOTE)
    done = run("validate", FILE, "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    Draft202012Validator(schema("report")).validate(report)
    assert report["summary"]["records"] == 3
    assert done.stdout == run("validate", FILE, "--format", "json").stdout
    verdict, pictures = lines(done.stderr)
    assert re.fullmatch(r"\d+ errors?.* in 3 records of annotations\.json", verdict)
    assert pictures == "pictures were not looked at: --media says where they are"
    assert lines(run("validate", FILE, "--json", "--media", "none").stderr) == [verdict]
    assert run("-q", "validate", FILE, "--json").stderr == b""
    both = run("validate", FILE, "--json", "--format", "github")
    assert both.returncode == 2
    assert b"--json means --format json, and contradicts --format github" in both.stderr


def test_an_unknown_format_is_a_sentence_with_a_hint(run, array):
    failed = run("validate", array(ERROR), "--format", "sarf")
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert lines(failed.stderr) == ["error: there is no format 'sarf'", "hint: did you mean sarif?"]


def test_github_gets_a_command_a_problem(run, array):
    source = array(ERROR)
    done = run("validate", source, "--select", "timestamp-beyond", "--format", "github")
    assert done.returncode == 1
    assert re.fullmatch(
        rb"::error file=annotations\.json,line=1,col=\d+,title=timestamp-beyond"
        rb"::record 1 \(id 18\), question_answer_pairs\[0\]\.question: [^\n]+\n",
        done.stdout,
    )


def test_the_projects_file_holds_and_the_command_line_wins(run, array, tmp_path):
    array(ERROR, WARNING)
    (tmp_path / "instit.toml").write_text('select = ["key-group"]\nstrict = true\nmax-problems = 0\n')
    done = run("validate", FILE, "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["problems"], report["summary"]["counts"]) == ([], {"key-group": 1})
    other = json.loads(run("validate", FILE, "--json", "--select", "timestamp-beyond", "--max-problems", "9").stdout)
    assert [each["code"] for each in other["problems"]] == ["timestamp-beyond"]
    (tmp_path / "mine.toml").write_text(f'per-file-ignores = {{"{FILE}" = ["all"]}}\n')
    assert run("validate", FILE, "--config", "mine.toml", "--strict").returncode == 0


def test_a_mistake_in_the_projects_file_is_exit_code_2(run, array, tmp_path):
    array(ERROR)
    (tmp_path / "instit.toml").write_text("ignored = []\n")
    failed = run("validate", FILE)
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert lines(failed.stderr) == [
        f"error: {tmp_path / 'instit.toml'}: ignored: there is no such key",
        "hint: did you mean ignore?",
    ]


def test_without_input_sound_made_up_data_are_checked_and_that_is_said(run):
    done = run("validate")
    assert done.returncode == 0
    talk = lines(done.stderr)
    assert talk[0] == "no input named: using 20 videos and 20 images of made-up data in instit-output/made-up"
    assert talk[1].startswith("these data are sound; for some that are not: instit-tools synth ")
    assert b" in 40 records of " in done.stdout
    refused = run("validate", "--media", "x")
    assert refused.returncode == 2
    assert b"--media says where the pictures of an input are, and no input is named" in refused.stderr


def test_standard_input_is_read_where_a_dash_says_so(run):
    done = run("validate", "-", "--select", "timestamp-beyond", stdin=json.dumps([ERROR]).encode())
    assert done.returncode == 1
    assert lines(done.stdout)[0] == "standard input, record 1 (id 18)"
    assert b"1 error in 1 record of standard input" in done.stdout


@pytest.mark.parametrize("name", formats.available())
def test_no_format_names_a_file_for_standard_input(run, name):
    done = run("validate", "-", "--select", "timestamp-beyond", "--format", name, stdin=json.dumps([ERROR]).encode())
    assert done.returncode == 1
    if name == "github":
        assert done.stdout.startswith(b"::error title=timestamp-beyond::record 1 (id 18), question_answer_pairs[0]")
    elif name == "sarif":
        (location,) = json.loads(done.stdout)["runs"][0]["results"][0]["locations"]
        assert list(location) == ["logicalLocations"]
    else:
        assert b'"file":"standard input"' in done.stdout


def test_the_projects_globs_begin_in_its_folder_wherever_the_command_runs(run, array, tmp_path):
    (tmp_path / "data").mkdir()
    array(ERROR, name="data/x.json")
    (tmp_path / "instit.toml").write_text('per-file-ignores = {"data/*.json" = ["all"]}\n')
    for folder, name in ((".", "data/x.json"), (".", "./data/x.json"), ("data", "x.json"), ("data", tmp_path / "data")):
        assert run("validate", name, cwd=tmp_path / folder).returncode == 0
    (tmp_path / "instit.toml").unlink()
    assert run("validate", "data/x.json").returncode == 1


def test_no_strict_wins_over_the_projects_file(run, array, tmp_path):
    array(WARNING)
    (tmp_path / "instit.toml").write_text('select = ["key-group"]\nstrict = true\n')
    assert run("validate", FILE).returncode == 1
    assert run("validate", FILE, "--no-strict").returncode == 0


def test_verbose_says_which_engine_checks_the_schemas(run, array):
    array(image())
    told = re.compile(rb"(?m)^schemas are checked by jsonschema(-rs)? [0-9.]+$")
    done = run("-v", "validate", FILE, "--json")
    assert told.search(done.stderr)
    assert json.loads(done.stdout)["problems"] == []
    assert not told.search(run("validate", FILE).stderr)


def test_data_that_look_like_markup_or_command_the_terminal_are_shown_as_text(run, array):
    array({**ERROR, "video_id": "[bold]\x1b[31m:dog:\nx\u202e"}, name="a[bold]:dog:.json")
    done = run("validate", "a[bold]:dog:.json", env=os.environ | {"FORCE_COLOR": "1"})
    assert done.returncode == 1
    shown = uncoloured(done.stdout.decode())
    assert "a[bold]:dog:.json, record 1" in shown
    assert b"\x1b[31m" not in done.stdout
    assert "\u202e" not in shown


def test_file_names_and_characters_that_the_output_cannot_show_stop_nothing(run, array, tmp_path):
    array(video(questions=[("Is [1] a \u96ea?", "\u96ea at <9>.")])).rename(tmp_path / "v\udcff.json")
    for name in ("text", *formats.available()):
        done = run("validate", ".", "--format", name, env=os.environ | {"PYTHONIOENCODING": "ascii"})
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr


def test_a_terminal_gets_colour_and_lines_that_fit_and_no_color_takes_the_colour_away(array, tmp_path):
    records = [ERROR, WARNING, NOTE, video(3, video_path="videos_vpt/" + "very_long_name/" * 20)]
    array(*records)
    shown = on_a_terminal(["validate", FILE], tmp_path, codes={1})
    assert "\x1b[1;31merror" in shown
    for line in uncoloured(shown).splitlines():
        assert len(line) <= 80 or line.startswith("    instit-tools")
    plain = on_a_terminal(["validate", FILE], tmp_path, codes={1}, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)


def test_a_pipe_gets_a_line_a_problem_and_no_colour(run, array):
    array(ERROR, WARNING, NOTE)
    shown = run("validate", FILE).stdout.decode()
    assert shown.isprintable() or set(re.findall(r"[^ -~]", shown)) == {"\n"}
    count = json.loads(run("validate", FILE, "--json").stdout)["summary"]["counts"]
    problems = [line for line in shown.splitlines() if re.match(r"  (error  |warning|note   )  (\d+:\d+)?  ", line)]
    assert len(problems) >= sum(count.values())


def test_a_closed_pipe_is_no_traceback(run, array, tmp_path):
    array(*(ERROR | {"video_id": number} for number in range(1, 2000)))
    for name in ("text", *formats.available()):
        command = (
            f"{sys.executable} -m instit_tools validate {FILE} --max-problems 9999 --format {name} | head -c 1 > taken"
        )
        done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, cwd=tmp_path)
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_check_ends_with_130_and_no_traceback(many, array, name):
    command = [sys.executable, "-m", "instit_tools", "validate", array({}), many, "--format", "jsonl"]
    going = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert going.stdout.read(1) == b"{"
    going.send_signal(name)
    _, talk = going.communicate(timeout=60)
    assert going.returncode == 130
    assert b"Traceback" not in talk


def test_rules_lists_every_rule_under_its_family(run, tmp_path):
    done = run("rules")
    assert done.returncode == 0
    listed = lines(done.stdout)
    named = [line.split()[1] for line in listed if line.startswith(("  error ", "  warning ", "  note "))]
    assert named == list(every())
    assert set(families()) <= set(listed) | {family for family, codes in families().items() if not codes}
    shown = uncoloured(on_a_terminal(["rules"], tmp_path))
    assert max(map(len, shown.splitlines())) <= 80
    assert all(f" {code} " in shown for code in every())


def test_rules_lists_one_family(run):
    shown = run("rules", "frames").stdout.decode()
    assert re.findall(r"(?m)^  (?:error|warning|note) +([\w-]+)", shown) == list(families()["frames"])


@pytest.mark.parametrize("code", [codes[-1] for codes in families().values() if codes] + ["json-key-repeated"])
def test_rules_explains_a_rule_in_full(run, code):
    rule = every()[code]
    done = run("rules", code)
    shown = done.stdout.decode()
    assert done.returncode == 0
    for part in (code, rule.severity, rule.summary, rule.why, rule.example.bad, rule.example.good):
        assert part in shown
    for part in (rule.safe, rule.unsafe):
        assert part is None or part in shown


def test_rules_as_json_have_every_field(run):
    told = json.loads(run("rules", "--json").stdout)
    assert [rule["code"] for rule in told] == list(every())
    for rule in told:
        assert set(rule) == {"code", "family", "severity", "summary", "why", "example", "safe", "unsafe"}
        assert set(rule["example"]) == {"on", "bad", "good"}
    assert json.loads(run("rules", told[0]["code"], "--json").stdout) == told[0]
    assert [rule["family"] for rule in json.loads(run("rules", "frames", "--json").stdout)] == ["frames"] * len(
        families()["frames"]
    )


def test_a_rule_that_does_not_exist_has_a_hint(run):
    failed = run("rules", "timestamp-beyont")
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert lines(failed.stderr) == [
        "error: there is no rule 'timestamp-beyont'",
        "hint: did you mean timestamp-beyond?",
    ]


def test_the_command_that_mends_is_told_with_the_options_that_found(run, array):
    source = array(image(image_level_caption="[01] on [2]."))
    shown = run("validate", source, "--select", "id-*", "--media", "none").stdout.decode()
    assert f"instit-tools repair {source} --media none --select 'id-*' -o NEW" in shown
    shown = run("validate", source, "--max-unpacked", "1MiB").stdout.decode()
    assert f"instit-tools repair {source} --max-unpacked 1048576 -o NEW" in shown
