"""Every rule keeps the contract; what is planted is found, and nothing else; the real data are judged as people do."""

import inspect
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from conftest import REAL

import instit_tools as it
from instit_tools.linting import rules
from instit_tools.linting.base import Judge
from instit_tools.linting.mending import mend
from instit_tools.linting.work import Looker, Who

RULES = list(rules.every().values())
RUNNABLE = [rule for rule in RULES if rule.example.on]

TEMPLATES = {
    "video": {
        "video_id": 1,
        "frame_level_caption": [
            {
                "timestamp": timestamp,
                "frame_name": f"{timestamp}.jpg",
                "instance_level": {"1": "A cat.", "2": "A dog."},
                "image_level": "[1] beside [2].",
                "temporal_change": change,
            }
            for timestamp, change in ((1, None), (2, "[1] has sat down."))
        ],
        "question_answer_pairs": [{"question": "Where is [1]?", "answer": "On the sofa."}],
        "video_level_caption": "[1] greets [2].",
        "video_path": "videos_vpt/LVVIS/00001",
    },
    "image": {
        "image_id": 1,
        "instance_level_caption": {"1": "A cup.", "2": "A plate."},
        "image_level_caption": "[1] on [2].",
        "image_path": "images_vpt/sa_000001/1.jpg",
    },
    "bench": {
        "question_id": "001-01",
        "question": "Where is [1]?",
        "answer": "On the sofa.",
        "video_path": "videos_vpt/001",
    },
    "prediction": {
        "question_id": "001-01",
        "question": "Where is [1]?",
        "model_prediction": "B",
        "ground_truth": "B",
        "split": "video",
    },
}
"""A sound record of each kind, into which an example of a rule is put."""

WITHOUT_EXAMPLE = {
    "bench-disagree", "bench-id-unknown", "dataset-unsound", "file-html", "file-missing", "file-png", "file-truncated",
    "file-undecodable", "id-uncaptioned", "id-without-mask", "json-key-repeated", "json-malformed", "leak-name",
    "leak-path", "leak-picture", "path-repeated", "picture-sizes", "prediction-disagrees", "prediction-missing",
    "prediction-repeated", "prediction-unknown", "question-repeated", "record-id-repeated", "text-long",
}  # fmt: skip
"""Rules whose example is a sentence: each has tests of its own in test_rules_texts, _records and _files."""


@cache
def looker():
    return Looker(Who(codes=frozenset(rules.every())))


def findings(record):
    return looker()(json.dumps(record).encode()).findings


def merged(rule, fragment):
    return TEMPLATES[rule.example.on] | json.loads(fragment)


def ids(found):
    return [rule.code for rule in found]


# --------------------------------------------------------------------------------------------------------- contract


@pytest.mark.parametrize("rule", RULES, ids=ids(RULES))
def test_a_rule_says_what_is_wrong_and_why(rule):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.code)
    assert "\n" not in rule.summary
    assert 0 < len(rule.summary) <= 80
    assert rule.summary[0].islower() or rule.summary.startswith(("<", "[", "UTF-8"))
    assert rule.why.endswith(".")
    assert rule.example.bad
    assert rule.example.good
    assert rule.example.bad != rule.example.good


def test_no_two_rules_have_one_code():
    codes = [rule.code for module in rules.loaded() for rule in module.RULES]
    assert len(codes) == len(set(codes)) == len(RULES)
    assert not set(rules.families()) & set(codes), "a family is no rule"


@pytest.mark.parametrize("rule", RULES, ids=ids(RULES))
def test_a_note_is_never_repaired_and_a_repair_says_what_it_costs(rule):
    if rule.severity == "note":
        assert rule.safe is None
        assert rule.unsafe is None
    if rule.unsafe:
        assert "Not safe: " in rule.unsafe


@pytest.mark.parametrize("kind", TEMPLATES)
def test_the_templates_are_sound(kind):
    assert findings(TEMPLATES[kind]) == ()


def test_every_rule_without_a_runnable_example_is_known():
    assert {rule.code for rule in RULES} - {rule.code for rule in RUNNABLE} == WITHOUT_EXAMPLE


@pytest.mark.parametrize("rule", RUNNABLE, ids=ids(RUNNABLE))
def test_the_bad_example_shows_that_fault_and_no_other(rule):
    found = findings(merged(rule, rule.example.bad))
    assert {finding.code for finding in found} == {rule.code}


@pytest.mark.parametrize("rule", RUNNABLE, ids=ids(RUNNABLE))
def test_the_good_example_is_sound(rule):
    assert findings(merged(rule, rule.example.good)) == ()


@pytest.mark.parametrize("rule", RUNNABLE, ids=ids(RUNNABLE))
def test_the_bad_example_is_repaired_as_the_rule_says(rule):
    fixes = [finding.fix for finding in findings(merged(rule, rule.example.bad))]
    if rule.safe or rule.unsafe:
        assert all(fix and fix.safe == bool(rule.safe) for fix in fixes)
    else:
        assert not any(fixes)


@pytest.mark.parametrize("rule", RUNNABLE, ids=ids(RUNNABLE))
def test_a_repair_leaves_nothing_of_its_rule_and_takes_few_steps(rule):
    record = json.dumps(merged(rule, rule.example.bad)).encode()
    done = mend(record, looker(), unsafe=True)
    assert len(done.changes) <= 4, "an edit that changes nothing would be made again and again"
    if rule.safe or rule.unsafe:
        assert done.aside or not done.left


# ---------------------------------------------------------------------------------------------------------- planted


def planted_in(folder):
    """List what was planted as code, file, number of the record and JSON pointer; a picture by where it is named."""
    found = Counter()
    for line in (folder / "planted.jsonl").read_text().splitlines():
        entry = json.loads(line)
        (path,) = folder.glob(f"made_up_{entry['kind']}*.json")
        pointer = entry.get("field")
        if "file" in entry:
            record = json.loads(path.read_bytes())[entry["index"]]
            names = [frame["frame_name"] for frame in record.get("frame_level_caption", ())]
            name = entry["file"].rpartition("/")[2]
            pointer = f"/frame_level_caption/{names.index(name)}/frame_name" if names else "/image_path"
        found[entry["code"], path.name, entry["index"] + 1, pointer] += 1
    return found


def problems_of(folder, **options):
    report = it.validate(folder, **options)
    return Counter((each.code, Path(each.file).name, each.record, each.path) for each in report.problems)


@pytest.mark.parametrize(("seed", "rich"), [(1, False), (22, False), (333, True)])
def test_what_is_planted_is_found_where_it_is_and_nothing_else(tmp_path, seed, rich):
    folder = tmp_path / "data"
    it.synth(folder, videos=50, images=36, masks=rich, media=rich, defects=0.8, seed=seed)
    planted = planted_in(folder)
    assert len(planted) > 60
    assert problems_of(folder) == planted

    media = folder if rich else None
    out = tmp_path / "repaired"
    it.repair(folder, out, unsafe=True, media=media)
    left = it.validate(out, media=media)
    assert {problem.code for problem in left.problems if problem.severity != "note"} == set()

    again = tmp_path / "again"
    assert it.repair(out, again, unsafe=True, media=media).changes == {}, "repairing twice changes nothing"


@pytest.mark.parametrize("rich", [False, True], ids=["plain", "with masks and media"])
def test_a_sound_dataset_has_no_problem(tmp_path, rich):
    folder = tmp_path / "data"
    it.synth(folder, videos=24, images=24, masks=rich, media=rich, seed=7)
    counts = it.validate(folder, deep=rich).summary.counts
    assert counts.pop("video-uncaptioned", 0) <= 3
    assert counts == {}


# -------------------------------------------------------------------------------------------------------- real data


def test_the_real_record_is_judged_as_a_person_would(real_record):
    report = it.validate(real_record)
    assert Counter((each.severity, each.code) for each in report.problems) == {
        ("note", "file-png"): 12,
        ("note", "caption-own-id"): 10,
        ("note", "question-no-id"): 6,
        ("warning", "text-markup"): 1,
    }
    (markup,) = (each for each in report.problems if each.code == "text-markup")
    assert markup.field == "frame_level_caption[11].temporal_change", "it ends with a piece of the authors' page"
    assert '<h5 style="text-align' in markup.message


@pytest.mark.parametrize("kind", ["mc", "oe"])
def test_the_real_predictions_hold_one_interval_in_another_spelling(kind):
    path = REAL / "Inst-It-Bench" / "predictions" / f"video_{kind}_inference.json"
    if not path.exists():
        pytest.skip("the real data are not beside this checkout")
    (problem,) = it.validate(path).problems
    assert (problem.code, problem.id, problem.path) == ("interval-unfinished", "137-03", "/question")
    assert problem.message == "<15> - <16> should be written <15>-<16>"


def test_the_two_real_prediction_files_do_not_disturb_each_other():
    folder = REAL / "Inst-It-Bench" / "predictions"
    if not folder.exists():
        pytest.skip("the real data are not beside this checkout")
    assert it.validate(folder).summary.counts == {"interval-unfinished": 2}


@pytest.mark.parametrize("module", rules.loaded(), ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_module_of_rules_offers_what_the_run_asks_for_and_nothing_else(module):
    """A misspelt name would never be called."""
    offered = {name for name, value in vars(module).items() if inspect.isfunction(value) and not name.startswith("_")}
    own = {name for name in offered if vars(module)[name].__module__ == module.__name__}
    assert own <= {"check", "note"}
    assert hasattr(module, "note") == hasattr(module, "Across")
    assert own or module.__name__.endswith(".datasets"), "which verify does the work of"
    assert issubclass(getattr(module, "Across", Judge), Judge)
    assert module.RULES
    assert module.FAMILY in rules.families()
