"""A run of statistics: the same bytes however the work is cut and shared out, all of a record or none of it."""

import gzip
import json
import os
import re
from functools import partial

import measuring
import polars as pl
import pyarrow.parquet as pq
import pytest
from conftest import image, video
from PIL import Image
from test_executors import children

import instit_tools as it
from instit_tools.errors import MediaError, RecordError, SourceError
from instit_tools.made_up.annotate import image_records, video_records
from instit_tools.source.opened import open_inputs
from instit_tools.source.partition import elements, partitions
from instit_tools.statistics import run as module
from instit_tools.statistics.columns import TABLES, arrow_table
from instit_tools.statistics.measures import file_of, opened
from instit_tools.statistics.run import REJECTS, Ran, run
from instit_tools.statistics.settings import Settings
from instit_tools.statistics.visual import qwen_vl
from instit_tools.statistics.work import Done

LARGE = 1 << 30


@pytest.fixture
def measured(tmp_path):
    return partial(measuring.measured, tmp_path)


@pytest.fixture
def cut(monkeypatch):
    """Cut the work into parts of so many bytes, and think it worth so many processes."""

    def into(size, *, pool=False):
        monkeypatch.setattr(module, "_SIZE", size)
        monkeypatch.setattr(module, "_WORTH_A_POOL", 0 if pool else LARGE)

    return into


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def tables(folder):
    """The rows of all tables, but for the file that they come from."""
    return {name: pl.read_parquet(folder / file_of(name)).drop("file").rows() for name in TABLES}


def made_up(videos=12, images=8):
    return [*video_records(videos), *image_records(images)]


def broken(number):
    """Make a video of which the last frame says something impossible, after all that is right."""
    record = video(number)
    record["frame_level_caption"][-1]["timestamp"] = 1
    return record


def test_the_files_are_the_same_for_any_number_of_workers(array, measured, cut):
    source = array(*made_up(), broken(99), {"video_id": 98})
    cut(20_000, pool=True)
    options = {"by": "source", "max_frames": (4, 8), "on_error": "reject"}
    alone, summary = measured(source, **options)
    assert summary.totals.rejected == {"record": 2}
    for workers in (2, 3):
        together, _ = measured(source, workers=workers, **options)
        assert contents(together) == contents(alone)


def test_the_files_are_the_same_however_the_work_is_cut(array, measured, cut):
    source = array(*made_up())
    cut(LARGE)
    whole, _ = measured(source)
    for size in (1, 5_000, 60_000):
        cut(size)
        assert contents(measured(source)[0]) == contents(whole)


def test_the_files_are_the_same_where_a_table_has_more_than_a_page(array, measured, cut):
    frames = [{"timestamp": number, "frame_name": f"{number}.jpg"} for number in range(1, 12)]
    records = [
        {"video_id": number, "video_path": f"videos_vpt/x/{number}{'y' * 40}", "frame_level_caption": frames}
        for number in range(5_500)
    ]
    source = array(*records)
    found = []
    for size in (LARGE, 300_000, 50_000):
        cut(size)
        found.append(contents(measured(source, recipes=())[0]))
    assert found[0] == found[1] == found[2]


def test_row_groups_are_full_but_for_the_last_and_change_nothing(array, measured, cut, monkeypatch):
    source = array(*made_up())
    whole, _ = measured(source)
    for group, size in ((64, LARGE), (64, 3_000), (1, 20_000)):
        monkeypatch.setattr(module, "_GROUP", group)
        cut(size)
        folder, _ = measured(source)
        assert tables(folder) == tables(whole)
        for name, rows in tables(folder).items():
            about = pq.ParquetFile(folder / file_of(name)).metadata
            sizes = [about.row_group(place).num_rows for place in range(about.num_row_groups)]
            assert sizes[:-1] == [group] * (len(rows) // group - (len(rows) % group == 0))
            assert sum(sizes) == len(rows)


def test_no_more_than_a_row_group_of_a_table_waits_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_GROUP", 1000)
    row = ("1", "UVO", "videos_vpt/UVO/1", 3, 2, 1, 0, 0, "a.json")
    with module._Tables(tmp_path) as writing:
        for rows in (999, 1, 2500, 0, 4000, 17):
            found = {name: arrow_table(name, [row] * rows if name == "videos" else []) for name in TABLES}
            writing.add(Done(tables=found, extremes=(), records=rows, bench_items=0, rejects=(), left_out={}))
            assert sum(map(len, writing._waiting["videos"])) < 1000
    assert pq.ParquetFile(tmp_path / "videos.parquet").metadata.num_rows == 7517


def test_one_file_and_the_same_records_in_several_have_the_same_tables(array, measured, tmp_path):
    records = made_up()
    whole, summary = measured(array(*records, name="whole.json"))
    pieces = [array(*records[at : at + 7], name=f"piece{at:02d}.json") for at in range(0, len(records), 7)]
    split, others = measured(*pieces)
    assert tables(split) == tables(whole)
    assert [each.name for each in others.inputs] == [str(piece) for piece in pieces]
    for name in ("totals", "distributions", "budgets", "extremes"):
        assert getattr(others, name) == getattr(summary, name)


def test_what_is_compressed_or_in_lines_or_in_parquet_is_measured_the_same(array, measured, tmp_path):
    records = [video(number) for number in range(1, 9)]
    source = array(*records)
    whole, summary = measured(source)
    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    lines = tmp_path / "lines.jsonl"
    lines.write_text("\n".join(map(json.dumps, records)))
    it.convert(source, tmp_path / "parquet", to="parquet")
    for other in (packed, lines, tmp_path / "parquet"):
        folder, found = measured(other)
        assert tables(folder) == tables(whole)
        assert (found.totals, found.distributions) == (summary.totals, summary.distributions)
    assert measured(packed)[1].inputs[0].bytes == packed.stat().st_size


@pytest.mark.parametrize("seed", [0, 3, 11])
@pytest.mark.parametrize("masks", [False, True])
def test_totals_are_those_that_synth_counted(tmp_path, measured, seed, masks):
    made = it.synth(tmp_path / "data", videos=15, images=9, seed=seed, masks=masks)
    noted = json.loads((tmp_path / "data" / "synth.json").read_text())["counts"]
    folder, summary = measured(tmp_path / "data", recipes=())
    totals = summary.totals
    assert (totals.records, totals.videos, totals.images, totals.bench_items) == (24, 15, 9, 0)
    assert (totals.video_frames, totals.instances, totals.questions) == (
        noted["frames"], noted["instances"], noted["questions"],
    )  # fmt: skip
    assert totals.captions == {
        level: noted[f"{level}_captions"] for level in ("instance", "frame", "temporal", "video")
    }
    assert (totals.masks > 0, totals.damaged_masks) == (masks, 0)
    counts = opened(folder).frames.select(pl.col("appeared").sum(), pl.col("gone").sum()).collect().row(0)
    assert counts == (made.appeared, made.gone)
    counts = opened(folder).instances.select(pl.col("gaps").sum(), pl.col("returns").sum()).collect().row(0)
    assert counts == (made.gaps, made.returns)


def test_the_longest_and_the_shortest_text_of_a_level_are_the_first_of_their_length(array, measured, cut):
    cut(1)
    captions = {"1": "A cup.", "2": "A mug."}, {"1": "A pot.", "2": "x" * 400}
    source = array(*(image(number, instance_level_caption=each) for number, each in enumerate(captions)))
    _, summary = measured(source)
    found = {each.end: each for each in summary.extremes if each.level == "instance"}
    assert (found["shortest"].record, found["shortest"].key, found["shortest"].excerpt) == ("0", "1", "A cup.")
    assert (found["longest"].record, found["longest"].characters) == ("1", 400)
    assert found["longest"].excerpt == "x" * 279 + "…"


def test_rejected_records_are_listed_with_their_reasons_and_nothing_of_them_is_counted(array, measured, tmp_path):
    good = [video(1), image(2)]
    bad = [broken(3), {"video_id": 4}, 5, image(6, segmentations=3), {"cat": 1}]
    pictures = tmp_path / "media"
    for path in ("videos_vpt/LVVIS/00001/1.jpg", "videos_vpt/LVVIS/00001/2.jpg", "videos_vpt/LVVIS/00001/3.jpg"):
        (pictures / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 48)).save(pictures / path)
    Image.new("RGB", (64, 48)).save(folder_of(pictures / good[1]["image_path"]))
    options = {"on_error": "reject", "media": str(pictures)}
    folder, summary = measured(array(good[0], *bad, good[1], image(7)), **options)
    listed = [json.loads(line) for line in (folder / REJECTS).read_text().splitlines()]
    assert [(each["number"], each["record"], each["reason"]) for each in listed] == [
        (2, 3, "record"),
        (3, None, "record"),
        (4, None, "record"),
        (5, 6, "record"),
        (6, None, "record"),
        (8, 7, "media"),
    ]
    assert "1.jpg and 3.jpg both have timestamp 1" in listed[0]["message"]
    assert (summary.totals.records, summary.totals.rejected) == (8, {"media": 1, "record": 5})
    alone, others = measured(array(*good, name="good.json"), **options)
    assert tables(folder) == tables(alone)
    assert summary.distributions == others.distributions
    assert summary.extremes == others.extremes
    assert not (alone / REJECTS).exists()


def folder_of(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_the_first_fault_stops_with_file_record_and_id(array, measured):
    source = array(video(1), broken(42))
    with pytest.raises(RecordError) as raised:
        measured(source)
    assert raised.value.message == (
        f"{source}, record 2 (id 42): frame_level_caption: 1.jpg and 3.jpg both have timestamp 1"
    )
    assert "--on-error reject" in raised.value.hint
    with pytest.raises(RecordError, match=r"record 2: "):
        measured(array(video(1), {"video_id": 4}))


def test_a_fault_in_another_process_is_told_the_same_and_stops_it_all(array, measured, cut):
    cut(1, pool=True)
    source = array(video(1), video(2), broken(42), broken(43))
    with pytest.raises(RecordError, match=r"record 3 \(id 42\): .*both have timestamp 1"):
        measured(source, workers=2)


def test_progress_that_fails_leaves_no_worker(array, tmp_path, cut):
    class Failing:
        def start(self, total):
            pass

        def advance(self, size, records=0, shards=0):
            raise LookupError

    cut(1, pool=True)
    (tmp_path / "out").mkdir()
    with pytest.raises(LookupError) as raised:
        run(Settings(inputs=(str(array(video(1), video(2))),), workers=2), tmp_path / "out", Failing())
    assert children() == []
    del raised  # and the traceback, which keeps all that it went through


def test_a_file_name_that_is_no_unicode_is_spelled_out_in_what_is_written(tmp_path, measured):
    source = tmp_path / os.fsdecode(b"caf\xe9.json")
    source.write_text(json.dumps([video(1), {"video_id": 4}]))
    folder, summary = measured(source, on_error="reject")
    assert summary.inputs[0].name == f"{tmp_path}/caf\\xe9.json"
    (listed,) = (folder / REJECTS).read_text().splitlines()
    assert json.loads(listed)["file"] == f"{tmp_path}/caf\\xe9.json"


def test_pictures_that_changed_are_looked_at_again(array, measured, tmp_path):
    record = image()
    picture = folder_of(tmp_path / "media" / record["image_path"])
    source = array(record)
    for size in ((64, 64), (640, 480)):
        Image.new("RGB", size).save(picture)
        folder, _ = measured(source, media=str(tmp_path / "media"))
        assert pl.read_parquet(folder / file_of("samples"))["qwen_vl"].to_list() == [qwen_vl(*size)]


def test_progress_is_told_in_bytes_until_all_is_done(array, tmp_path, cut):
    class Heard:
        total = done = 0

        def start(self, total):
            self.total = total

        def advance(self, size, records=0):
            self.done += size

    cut(1)
    (tmp_path / "out").mkdir()
    source = array(video(1), video(2), image(3))
    ran = run(Settings(inputs=(str(source),), workers=1), tmp_path / "out", heard := Heard())
    assert isinstance(ran, Ran)
    assert 0 < heard.done == heard.total <= source.stat().st_size


def test_an_input_that_shrinks_while_it_is_read_is_no_shorter_dataset(array, tmp_path):
    source = array(*(video(number) for number in range(30)))
    whole = source.read_bytes()
    (opened,) = open_inputs([str(source)], tmp_path)
    parts = partitions(opened, 2000)
    assert len(parts) > 3
    for length in (parts[-1].start, parts[-1].start + 100, parts[2].start, 10):
        source.write_bytes(whole[:length])
        with pytest.raises(SourceError, match="has changed while it was read"):
            list(elements(parts[-1]))


def test_a_folder_with_brackets_in_its_name_is_no_pattern(array, tmp_path):
    it.stats(array(video(1), video(2)), tmp_path / "a", report=False, recipes=[])
    stats = it.stats(array(video(1)), tmp_path / "[a]*", report=False, recipes=[])
    assert (stats.summary.totals.videos, stats.measures.videos.collect().height) == (1, 1)


def test_names_and_texts_that_nothing_has_are_faults_of_their_record(array):
    for record, message in (
        (video(1, video_id="x" * 300), "id: it has 300 characters"),
        (video(1, video_path="videos_vpt/" + "x" * 5000), "path: it has 5,011 characters"),
        (video(1, video_level_caption="Ha. " * 30_000), "a text has 119,999 characters, which is no caption: 'Ha. Ha."),
    ):
        with pytest.raises(RecordError, match=re.escape(message)):
            it.stats(array(record), recipes=[])


def test_pictures_that_were_not_named_may_be_missing_and_named_ones_may_not(array, tmp_path):
    records = [video(1), image(2)]
    source = array(*records)
    picture = tmp_path / records[1]["image_path"]
    picture.parent.mkdir(parents=True)
    Image.new("RGB", (280, 560)).save(picture)
    tokens = it.stats(source).measures.samples.filter(pl.col("kind") == "image").select("qwen_vl").collect().item()
    assert tokens == 10 * 20 + 2
    with pytest.raises(MediaError, match=r"1\.jpg is missing"):
        it.stats(source, media=tmp_path)
