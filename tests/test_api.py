import json

import pytest
from conftest import image, video
from PIL import Image

import instit_tools as it
from instit_tools.errors import OutputError, UsageError


def test_read_gives_typed_records_of_a_path_a_string_or_several(array):
    one, other = array(video(1), name="a.json"), array(image(2), name="b.json")
    assert [record.id for record in it.read(one)] == [1]
    assert [record.id for record in it.read([str(one), other])] == [1, 2]
    (record,) = it.read(one)
    assert record.frames[1].change == "[1] has moved away from [2]."


def test_scan_counts_what_the_record_holds(array, tmp_path):
    tables = it.scan(array(video(1, frames=4), image(5)))
    (row,) = tables.videos.rows(named=True)
    assert (row["record"], row["path"]) == ("1", "videos_vpt/LVVIS/00001")
    assert (row["source"], row["frames"], row["instances"], row["questions"]) == ("LVVIS", 4, 2, 1)
    assert tables.images.drop("file").rows() == [("5", "sa_000001", "images_vpt/sa_000001/5.jpg", 2)]
    assert tables.texts["file"].unique().to_list() == [str(tmp_path / "annotations.json")]
    assert tables.frames["instances"].to_list() == [2] * 5
    presence = tables.instances.select("kind", "record", "id", "first", "last", "frames").rows()
    assert presence[:2] == [("video", "1", 1, 1, 4, 4), ("video", "1", 2, 1, 4, 4)]
    levels = dict(tables.captions.group_by("level").len().rows())
    assert levels == {"instance": 10, "frame": 5, "temporal": 3, "video": 1}
    assert tables.qa.drop("file").rows() == [("1", 1, "What is [1]?", "[1] is a cat.")]


def test_scan_agrees_with_a_plain_count_of_the_real_record(real_record):
    (record,) = json.loads(real_record.read_text())
    tables = it.scan(real_record)
    shown = tables.frames["instances"].to_list()
    assert shown == [len(frame["instance_level"]) for frame in record["frame_level_caption"]]
    assert shown == [3, 5, 5, 4, 3, 3, 3, 3, 4, 4, 4, 3]
    assert tables.qa.height == 20
    assert tables.instances["id"].to_list() == [1, 2, 3, 4, 5, 6]


def test_convert_verify_and_load_belong_together(array, tmp_path):
    manifest = it.convert(array(video(1), image(1)), tmp_path / "out", to="llava", recipe="captions")
    assert manifest.totals.samples == 5
    assert it.verify(tmp_path / "out").count == 0
    dataset = it.load(tmp_path / "out", "image")
    assert dataset[0]["conversations"][1] == {"from": "gpt", "value": "[1] stands on [2]."}


def test_a_call_that_cannot_work_raises_what_the_command_line_would_say(array, tmp_path):
    source = array(image(1))
    with pytest.raises(UsageError, match="convert has no option 'frame'"):
        it.convert(source, tmp_path / "out", to="llava", frame=3)
    with pytest.raises(OutputError, match=r"manifest\.json does not exist"):
        it.load(tmp_path / "nowhere")
    it.convert(source, tmp_path / "out", to="llava")
    with pytest.raises(UsageError, match="has no video shards"):
        it.load(tmp_path / "out", "video")


def test_synth_makes_what_scan_counts(tmp_path):
    made = it.synth(tmp_path / "made", videos=5, images=4)
    tables = it.scan(tmp_path / "made")
    assert (tables.videos.height, tables.images.height) == (made.videos, made.images) == (5, 4)
    assert tables.qa.height == made.questions


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group": "bogus"}, "convert: group: invalid enum value 'bogus'"),
        ({"on_error": "skip"}, "convert: on_error: invalid enum value 'skip'"),
        ({"marks": "RAW"}, "convert: marks: invalid enum value 'RAW'"),
        ({"max_frames": "4"}, "convert: max_frames: expected `int | null`, got `str`"),
        ({"recipe": {"a": 1}}, "convert: recipe: expected `str | null`, got `object`"),
    ],
)
def test_a_value_that_the_command_line_would_refuse_is_refused(array, tmp_path, options, message):
    with pytest.raises(UsageError) as raised:
        it.convert(array(video()), tmp_path / "out", to="llava", **options)
    assert str(raised.value) == message
    assert not (tmp_path / "out").exists()


def test_synth_refuses_an_option_that_it_does_not_have(tmp_path):
    with pytest.raises(UsageError, match="synth has no option 'bogus'"):
        it.synth(tmp_path / "made", bogus=1)


def test_repair_takes_a_file_for_what_it_sets_aside(array, tmp_path):
    source = array(image(1, image_path="pictures/1.jpg"), image(2))
    done = it.repair(source, tmp_path / "out.json", unsafe=True, rejects=tmp_path / "aside.jsonl")
    assert (done.aside, done.written[0]) == (1, str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "aside.jsonl").read_text())["id"] == 1
    assert not (tmp_path / "out.json.rejects.jsonl").exists()


def test_repair_refuses_an_option_that_it_would_not_use(array, tmp_path):
    with pytest.raises(UsageError, match="repair has no option 'workers'") as raised:
        it.repair(array(image(1)), tmp_path / "out.json", workers=2)
    assert raised.value.hint == "there are deep, select, ignore, per_file_ignores, limits, max_unpacked"
    assert not (tmp_path / "out.json").exists()


def test_repair_with_deep_sees_what_only_decoded_pictures_show(array, tmp_path):
    source = array(image(1, image_path="images_vpt/1.png"))
    (picture := tmp_path / "images_vpt" / "1.png").parent.mkdir()
    Image.effect_noise((64, 64), 50).save(picture)
    data = bytearray(picture.read_bytes())
    data[len(data) // 2] ^= 0xFF
    picture.write_bytes(data)
    shallow, deep = (it.repair(source, None, deep=deep, select=["media"]).left for deep in (False, True))
    assert (shallow, deep) == ({}, {"file-undecodable": 1})
    assert it.repair(source, None, deep=True, unsafe=True, select=["media"]).aside == 1


def test_lazy_tables_of_statistics_outlive_the_value(array):
    texts = it.stats(array(video(1), image(2))).measures.texts
    assert texts.collect().height == 8 + 4 + 2 + 1 + 2


def test_statistics_are_tables_numbers_and_figures(array):
    stats = it.stats(array(video(1), image(2)), reference=True)
    assert repr(stats) == "Statistics(videos=1, images=1, captions=15)"
    assert stats.summary.find("words", "video").n == 1
    assert stats.frame().filter(quantity="words", group="video")["n"].to_list() == [1]
    assert stats.budget().filter(part="qa", model="pooled")["above_4096"].to_list() == [0]
    assert stats.reference().filter(key="headline.videos")["measured"].to_list() == [1]
    assert stats.figure("presence", record="1").axes
    with pytest.raises(UsageError, match="there is no video '9'"):
        stats.figure("presence", record="9")


def test_what_is_about_files_needs_a_folder(array, tmp_path):
    with pytest.raises(UsageError, match="stats: plots is about files, and no folder for them is named"):
        it.stats(array(video(1)), plots="svg")
    assert "plots/presence.pdf" in it.stats(array(video(1)), tmp_path / "out", plots="pdf").summary.files


def test_what_the_package_offers_is_there_when_it_is_asked_for_and_nothing_else():
    assert it.bench.__name__ == "instit_tools.bench"
    assert {getattr(it, name).__module__ for name in it.__all__ if name not in {"__version__", "bench"}} == {
        "instit_tools.api", "instit_tools.errors", "instit_tools.records"
    }  # fmt: skip
    assert set(it.__all__) <= set(dir(it))
    with pytest.raises(AttributeError, match="module 'instit_tools' has no attribute 'anything'"):
        it.anything  # noqa: B018  # asking is the point
