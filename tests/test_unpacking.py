"""The limit of what a compressed or Parquet file may unpack to: the rule, another one, and all that take it."""

import gzip
import io
import json
import re
from contextlib import contextmanager

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import image
from hypothesis import given
from hypothesis import strategies as st

import instit_tools as it
from instit_tools.errors import SourceError, UsageError
from instit_tools.source import unpacking as module
from instit_tools.source.unpacking import DEFAULT, Unpacking

HINT = "--max-unpacked SIZE sets another limit"
NEVER = ": annotations never do"
LONG = "very " * 16_000
TEXT = json.dumps(
    [image(1, image_level_caption=f"[1] stands on [2], {LONG}."), image(2, image_level_caption=LONG)]
).encode()
"""Some 160 kB that pack a hundred times as small and more."""


def zstd(data):
    return pa.compress(data, codec="zstd", asbytes=True)


def parquet(tmp_path):
    """Give the bytes of our own Parquet of the records."""
    (tmp_path / "plain.json").write_bytes(TEXT)
    it.convert(tmp_path / "plain.json", tmp_path / "columns", to="parquet", media="none")
    table = pq.read_table(tmp_path / "columns" / "image-000000.parquet")
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", use_dictionary=False, row_group_size=1)
    return out.getvalue()


PACKED = {
    "records.json.gz": lambda _: gzip.compress(TEXT),
    "records.json.zst": lambda _: zstd(TEXT),
    "records.parquet": parquet,
}


@pytest.fixture
def packed(request, tmp_path):
    path = tmp_path / request.param
    path.write_bytes(PACKED[request.param](tmp_path))
    return path


def unpacked(path):
    """Give the bytes that *path* unpacks to, as the limit counts them."""
    if path.suffix != ".parquet":
        return len(TEXT)
    about = pq.ParquetFile(path).metadata
    return sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))


@contextmanager
def refused(path, most, reason=""):
    """Expect the sentence of a file that unpacks to more than *most*."""
    to = f"{unpacked(path):,}, more than {most:,}" if path.suffix == ".parquet" else f"more than {most:,}"
    message = f"{path} has {path.stat().st_size:,} bytes and unpacks to {to}{reason}"
    with pytest.raises(SourceError, match=f"^{re.escape(message)}$") as caught:
        yield
    assert caught.value.hint == HINT


FUNCTIONS = {
    "read": lambda path, _, **options: list(it.read(path, **options)),
    "scan": lambda path, _, **options: it.scan(path, **options),
    "convert": lambda path, out, **options: it.convert(path, out, to="jsonl", **options),
    "try": lambda path, out, **options: it.convert(path, out, to="jsonl", dry_run=True, **options),
    "part": lambda path, out, **options: it.convert(path, out, to="jsonl", part=(1, 1), **options),
    "stats": lambda path, out, **options: it.stats(path, out, report=False, **options),
    "compare": lambda path, _, **options: it.compare(path, path, **options),
    "validate": lambda path, _, **options: it.validate(path, **options),
    "repair": lambda path, out, **options: it.repair(path, out.with_suffix(".json"), **options),
}


@pytest.mark.parametrize(
    ("packed", "name"),
    [(file, name) for file in PACKED for name in FUNCTIONS if (file, name) != ("records.parquet", "repair")],
    indirect=["packed"],
)  # repair changes JSON
def test_every_function_keeps_to_the_rule_and_takes_another_limit(packed, tmp_path, monkeypatch, name):
    call, size, out = FUNCTIONS[name], packed.stat().st_size, tmp_path / "out"
    monkeypatch.setattr(module, "_ANY", 1000)
    monkeypatch.setattr(module, "_TIMES", 10)
    with refused(packed, 10 * size, NEVER):
        call(packed, out)
    with refused(packed, unpacked(packed) - 1):
        call(packed, out, max_unpacked=unpacked(packed) - 1)
    assert not out.exists()
    call(packed, out, max_unpacked=unpacked(packed))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_higher_limit_holds_for_every_row_group_whoever_reads_it(tmp_path, monkeypatch, workers):
    path = tmp_path / "records.parquet"
    path.write_bytes(parquet(tmp_path))
    monkeypatch.setattr(module, "_ANY", 1000)
    monkeypatch.setattr(module, "_TIMES", 10)
    given = {"to": "jsonl", "shard_size": 1000, "workers": workers}
    made = it.convert(path, tmp_path / "out", max_unpacked=10**6, **given)
    assert [shard.samples for shard in made.shards] == [1, 1]
    with refused(path, 10 * path.stat().st_size, NEVER):
        it.convert(path, tmp_path / "other", **given)


COMMANDS = {
    "convert": ("--to", "jsonl", "-o", "out"),
    "stats": ("-o", "out", "--no-report"),
    "validate": (),
    "repair": ("-o", "out.json"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_reads_annotations_takes_the_option(run, tmp_path, name):
    data = gzip.compress(TEXT)
    (tmp_path / "records.json.gz").write_bytes(data)
    failed = run(name, "records.json.gz", *COMMANDS[name], "--max-unpacked", "100KiB")
    assert (failed.returncode, failed.stdout) == (2, b"")
    sentence = f"records.json.gz has {len(data):,} bytes and unpacks to more than 102,400"
    assert failed.stderr.decode() == f"error: {sentence}\nhint: {HINT}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["records.json.gz"]


def test_standard_input_has_the_limit_too(run, tmp_path):
    data = zstd(TEXT)
    command = ("convert", "-", "--to", "jsonl", "-o", "out", "--max-unpacked")
    failed = run(*command, "100000", stdin=data)
    sentence = f"standard input has {len(data):,} bytes and unpacks to more than 100,000"
    assert (failed.returncode, failed.stderr.decode()) == (2, f"error: {sentence}\nhint: {HINT}\n")
    assert list(tmp_path.iterdir()) == []
    assert run(*command, "1MB", stdin=data).returncode == 0


def test_a_file_at_an_address_has_the_limit_too():
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/unpacking/records.json.gz", data := gzip.compress(TEXT))
    address = "memory:///unpacking/records.json.gz"
    message = f"{address} has {len(data):,} bytes and unpacks to more than 100,000"
    with pytest.raises(SourceError, match=f"^{re.escape(message)}$"):
        list(it.read(address, max_unpacked=100_000))
    assert len(list(it.read(address, max_unpacked=len(TEXT)))) == 2
    fs.rm("/unpacking", recursive=True)


def test_what_is_not_packed_has_no_limit(array):
    assert len(list(it.read(array(image(1), image(2)), max_unpacked=1))) == 2


def test_a_size_that_is_none_is_told_with_its_option(run, array):
    failed = run("validate", array(image(1)), "--max-unpacked", "much")
    assert failed.returncode == 2
    assert failed.stderr.decode() == "error: 'much' is no size such as 256MB or 1GiB\nhint: --max-unpacked 256MB\n"


def test_a_size_in_python_is_a_number_of_bytes(array, tmp_path):
    with pytest.raises(UsageError, match=r"^convert: max_unpacked: expected `int \| null`, got `str`$"):
        it.convert(array(image(1)), tmp_path / "out", to="jsonl", max_unpacked="1GB")


@given(st.integers(min_value=0, max_value=1 << 50), st.integers(min_value=0, max_value=1 << 50))
def test_the_rule_is_100_times_the_size_and_64_mebibytes_at_least_and_a_limit_replaces_it(size, limit):
    assert DEFAULT.most(size) == max(64 * 1024 * 1024, 100 * size)
    assert Unpacking(limit).most(size) == limit
