"""The plan: every repeated id is known to the part that its record is in, and to no other."""

import json
from itertools import pairwise

import pyarrow.parquet as pq
import pytest
from conftest import image
from hypothesis import given
from hypothesis import strategies as st

import instit_tools as it
from instit_tools.conversion.plan import plan
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.source.partition import elements
from instit_tools.source.unpacking import Unpacking

IDS = [*range(1, 31), 3, *range(31, 41), 1, 40, 41, 7]
"""Of which some come again, far from where they stood and in several parts."""


def as_array(folder, ids):
    path = folder / "a.json"
    path.write_text(json.dumps([image(number) for number in ids]))
    return path


def as_lines(folder, ids):
    """Lines with many blank ones between, which have numbers too."""
    path = folder / "a.jsonl"
    path.write_text("".join("\n" * (number % 5) + json.dumps(image(number)) + "\n" for number in ids))
    return path


def as_parquet(folder, ids):
    """A file of few records a row group."""
    path = folder / "a.parquet"
    for place, number in enumerate(ids):  # no conversion writes an id twice
        it.convert(as_array(folder, [number]), folder / "one", to="parquet", overwrite=place > 0)
        table = pq.read_table(folder / "one" / "image-000000.parquet")
        if place == 0:
            writer = pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()
    return path


def planned(path, folder, size, limit=None):
    folder.mkdir(exist_ok=True)
    return plan(
        [str(path)], folder, sized=lambda _: size, limit=limit, unpacking=Unpacking(), hashed=False
    ).parts  # fmt: skip


def numbers_again(path, folder):
    """The numbers of the records whose id stood earlier."""
    (whole,) = planned(path, folder, 1 << 30)
    seen, again = set(), []
    for element in elements(whole.part):
        found = json.loads(bytes(element.json))["image_id"]
        if found in seen:
            again.append(element.number)
        seen.add(found)
    return again


@pytest.mark.parametrize(("written", "size"), [(as_array, 900), (as_lines, 900), (as_parquet, 5000)])
def test_a_part_knows_the_repeats_in_it_and_no_others(tmp_path, written, size):
    path = written(tmp_path, IDS)
    parts = planned(path, tmp_path / "spool", size)
    assert len(parts) > 5
    again = numbers_again(path, tmp_path / "spool")
    assert len(again) == 4
    assert [number for each in parts for number in each.repeated] == again
    for each in parts:
        inside = {element.number for element in elements(each.part)}
        assert set(each.repeated) == inside.intersection(again)


def test_of_a_file_without_records_nothing_is_planned(tmp_path):
    assert planned(as_array(tmp_path, []), tmp_path / "spool", 900) == ()


@given(ids=st.lists(st.integers(1, 5), min_size=1, max_size=12), size=st.integers(1, 900), lines=st.booleans())
def test_however_a_file_is_cut_all_repeats_are_shared_out(tmp_path_factory, ids, size, lines):
    folder = tmp_path_factory.mktemp("plan")
    path = (as_lines if lines else as_array)(folder, ids)
    parts = planned(path, folder / "spool", size)
    assert [number for each in parts for number in each.repeated] == numbers_again(path, folder / "spool")
    for each, other in pairwise(parts):
        assert all(each.part.first <= number < other.part.first for number in each.repeated)


@pytest.mark.parametrize("written", [as_array, as_lines])
@pytest.mark.parametrize("limit", [None, 33])
def test_repeats_far_apart_are_rejected_where_they_are(tmp_path, written, limit):
    path = written(tmp_path, IDS)
    given = {"inputs": (str(path),), "target": "jsonl", "media": "none", "on_error": "reject", "shard_size": 2000}
    made = convert(Settings(out=str(tmp_path / "out"), workers=1, limit=limit, **given))
    assert made.totals.rejects == {"record": 4 if limit is None else 1}
    listed = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    again = numbers_again(path, tmp_path / "spool")
    assert [each["number"] for each in listed] == (again if limit is None else again[:1])
