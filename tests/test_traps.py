"""Each trap of each trainer's loader is told by `verify`, at the row where it is, and is in the table of the docs."""

import itertools
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import VARIANTS
from traps import TRAPS, damaged

from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.made_up import Options, write
from instit_tools.verification.run import verify_folder

DOCS = Path(__file__).parents[1] / "docs" / "traps.md"


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    root = tmp_path_factory.mktemp("traps")
    write(root / "media", Options(videos=3, images=3, media=True, masks=True, seed=0))
    inputs = tuple(str(path) for path in sorted((root / "media").glob("made_up_*.json")))
    for name in {each.variant for each in TRAPS}:
        settings = {"inputs": inputs, "out": str(root / name), "target": name, "media": str(root / "media")}
        convert(Settings(**(settings | VARIANTS[name])))
    return root


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: f"{trap.reader}: {trap.name}")
def test_a_trap_is_told_by_verify(converted, tmp_path, trap):
    clean = verify_folder(converted / trap.variant, reader=trap.reader)
    assert clean.count == 0
    copy = damaged(converted / trap.variant, tmp_path / "copy", trap)
    report = verify_folder(copy, reader=trap.reader, media=converted / "media")
    assert any(trap.says in problem.message for problem in report.problems), report.problems
    assert not any("sha256" in problem.message for problem in report.problems)
    told = {(problem.file, problem.row) for problem in report.problems if problem.row is not None}
    assert told <= changed(converted / trap.variant, copy)


def changed(clean, copy):
    """Give file and number of each row that the damage touched."""
    found = set()
    for path in sorted(clean.glob("*-0*")):
        pairs = itertools.zip_longest(rows_of(path), rows_of(copy / path.name))
        found |= {(path.name, number) for number, (before, after) in enumerate(pairs, 1) if before != after}
    return found


def rows_of(path):
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else text.splitlines()


def test_there_are_at_least_25_traps_and_the_docs_have_them_all():
    assert len(TRAPS) >= 25
    table = DOCS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \|", table, flags=re.MULTILINE)
    assert rows == [(each.reader, each.name) for each in TRAPS]
