import json

import pytest
from conftest import image

CLEAN = image(1)
PADDED = image(2, image_level_caption="[01] stands on [2].")
ASIDE = image(3, image_path="pictures/3.jpg")
LEFT = image(4, image_level_caption="[1 and 2] match.")
RULES = "id-padded,reference-unread,path-prefix"


def test_a_file_name_that_is_not_utf_8_is_spelled_in_json(run, array, tmp_path):
    array(PADDED).rename(tmp_path / "in\udcff.json")
    done = run("repair", "in\udcff.json", "-o", "out\udcff.json", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    told = json.loads(done.stdout)
    assert told["files"] == ["in\\xff.json"]
    assert told["written"] == ["out\\xff.json", "out\\xff.json.changes.jsonl"]
    (change,) = map(json.loads, (tmp_path / "out\udcff.json.changes.jsonl").read_text().splitlines())
    assert change["file"] == "in\\xff.json"


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--diff",), ("--dry-run",)])
def test_a_file_name_that_is_not_utf_8_stops_no_repair(run, array, tmp_path, arguments):
    array(PADDED).rename(tmp_path / "in\udcff.json")
    out = () if "--diff" in arguments else ("-o", "out\udcff.json")
    done = run("repair", "in\udcff.json", *out, *arguments)
    assert done.returncode in {0, 1}
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("how", ["--diff", "--dry-run"])
@pytest.mark.parametrize(
    ("records", "code"), [([CLEAN], 0), ([CLEAN, LEFT], 0), ([PADDED, LEFT], 1), ([ASIDE], 3), ([PADDED, ASIDE], 3)]
)
def test_a_diff_and_a_dry_run_exit_with_what_would_change(run, array, how, records, code):
    assert run("repair", array(*records), how, "--unsafe", "--select", RULES).returncode == code


def test_a_repair_exits_with_what_is_left(run, array):
    codes = [
        run("repair", array(*records), "-o", f"{number}.json", "--unsafe", "--select", RULES).returncode
        for number, records in enumerate(([PADDED], [PADDED, LEFT], [PADDED, LEFT, ASIDE]))
    ]
    assert codes == [0, 1, 3]


@pytest.mark.parametrize("others", [("-o", "out.json"), ("--dry-run",), ("--rejects", "out.jsonl")])
def test_a_diff_refuses_what_it_would_not_do(run, array, tmp_path, others):
    source = array(PADDED)
    failed = run("repair", source, "--diff", *others)
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert failed.stderr.decode().splitlines() == [
        f"error: --diff shows what would change and writes nothing: it contradicts {others[0]}",
        f"hint: leave out --diff or {others[0]}",
    ]
    assert list(tmp_path.iterdir()) == [source]
