"""Records as columns: whatever the JSON said, the Parquet says it too."""

import io
import json

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import image, video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import tries

from instit_tools import columnar, columns
from instit_tools.card import IMAGE, arrow_features, sequence, value
from instit_tools.errors import RecordError
from instit_tools.records import encode
from instit_tools.source.decode import Decoder

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
keys = st.one_of(
    st.sampled_from(["1", "2", "03", "1,2", "", "/", "~", "~1", "a/b~0c", "0", "(extra)", "short", "mask"]), words
)
integers = st.one_of(st.integers(-5, 5), st.sampled_from([2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**30]))
texts = st.one_of(st.none(), words)
scalars = st.one_of(texts, st.booleans(), integers, st.floats(allow_nan=False, allow_infinity=False))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2), max_leaves=3
)
ids = st.one_of(integers, words)
rles = st.fixed_dictionaries(
    {
        "mask": st.fixed_dictionaries(
            {"size": st.tuples(st.integers(1, 9), st.integers(1, 9)).map(list), "counts": words}
        )
    }
)
odd_rles = st.one_of(
    anything,
    st.fixed_dictionaries({"mask": anything}, optional={"more": anything}),
    st.fixed_dictionaries(
        {
            "mask": st.fixed_dictionaries(
                {"size": st.lists(scalars, max_size=3), "counts": scalars}, optional={"more": anything}
            )
        }
    ),
)
segments = st.dictionaries(keys, st.one_of(rles, odd_rles), max_size=3)


@st.composite
def shapes(draw, required, optional=None):
    """An object with the keys of a shape, absent where they may be, and sometimes keys that nobody published."""
    known = draw(st.fixed_dictionaries(required, optional=optional or {}))
    unknown = {key: inner for key, inner in draw(strangers).items() if key not in {*required, *(optional or {})}}
    return known | unknown


strangers = st.one_of(st.just({}), st.dictionaries(keys, anything, max_size=2))
captions = st.one_of(st.none(), st.dictionaries(keys, texts | shapes({}, {"short": texts, "long": texts}), max_size=3))
frames = shapes(
    {"timestamp": integers, "frame_name": words},
    {"instance_level": captions, "image_level": texts, "temporal_change": texts},
)
videos = shapes(
    {"video_id": ids, "video_path": words, "frame_level_caption": st.lists(frames, max_size=3)},
    {
        "question_answer_pairs": st.none() | st.lists(shapes({}, {"question": texts, "answer": texts}), max_size=3),
        "video_level_caption": texts,
        "segmentations": st.none() | st.dictionaries(keys, segments | anything, max_size=3),
    },
).filter(lambda tree: "question_id" not in tree)
images = shapes(
    {"image_id": ids, "image_path": words},
    {"instance_level_caption": captions, "image_level_caption": texts, "segmentations": st.none() | segments},
).filter(lambda tree: "question_id" not in tree)


def typed(tree, decode=None):
    return (decode or Decoder())(json.dumps(tree).encode())


def table(*trees, images=None):
    """Lay the records out, all of one kind, and make a table of them."""
    kind = "video" if "video_id" in trees[0] else "image"
    rows = [columnar.laid(typed(tree)) for tree in trees]
    rows = [msgspec.structs.replace(row, images=images) for row in rows]
    made = columnar.table(rows, columns.schema(kind, embedded=images is not None))
    made.validate(full=True)
    return made


def row(tree):
    (found,) = table(tree).to_pylist()
    return found


def through_parquet(*trees):
    """Lay the records out, write them as a Parquet file, and rebuild them from the bytes."""
    file = io.BytesIO()
    pq.write_table(table(*trees), file)
    return [columns.restored(row) for row in pq.read_table(io.BytesIO(file.getvalue())).to_pylist()]


@settings(max_examples=tries(250), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(videos, min_size=1, max_size=2))
def test_any_video_record_survives_the_columns(trees):
    assert through_parquet(*trees) == trees


@settings(max_examples=tries(250), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(images, min_size=1, max_size=2))
def test_any_image_record_survives_the_columns(trees):
    assert through_parquet(*trees) == trees


@settings(max_examples=tries(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(videos, min_size=1, max_size=3) | st.lists(images, min_size=1, max_size=3))
def test_the_table_of_some_records_is_that_of_each_one_after_another(trees):
    assert table(*trees).equals(pa.concat_tables(map(table, trees)).combine_chunks())


@settings(max_examples=tries(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(videos, images))
def test_any_record_survives_being_typed_and_written_again(tree):
    assert msgspec.json.decode(encode(typed(tree))) == tree


def test_a_record_of_the_published_shape_needs_no_patch():
    for record in (video(), image()):
        assert row(record)["extra"] is None


def test_the_columns_have_the_published_names_and_objects_become_lists():
    assert row(video(frames=1))["frame_level_caption"][0]["instance_level"] == [
        {"key": "1", "ids": [1], "caption": "A cat, seen 1 times.", "short": None, "long": None},
        {"key": "2", "ids": [2], "caption": "A dog.", "short": None, "long": None},
    ]
    assert row(image()).keys() - image().keys() == {"segmentations", "extra"}


def test_a_caption_in_two_lengths_shows_the_long_one_and_keeps_both():
    tree = image(instance_level_caption={"1,2": {"short": "Cups.", "long": "Two red cups."}})
    assert row(tree)["instance_level_caption"] == [
        {"key": "1,2", "ids": [1, 2], "caption": "Two red cups.", "short": "Cups.", "long": "Two red cups."}
    ]
    assert row(tree)["extra"] is None
    assert through_parquet(tree) == [tree]


@pytest.mark.parametrize(
    "lengths",
    [
        {},
        {"short": None},
        {"long": None},
        {"short": None, "long": None},
        {"short": "a"},
        {"long": "a"},
        {"short": ""},
        {"short": "a", "long": None},
        {"weird": 1},
        {"short": None, "weird": [1]},
        {"short": "a", "x/y": {}},
    ],
)
def test_every_way_to_leave_out_a_length_survives(lengths):
    tree = image(instance_level_caption={"1": lengths})
    assert through_parquet(tree) == [tree]


def test_absent_and_null_stay_different():
    absent = {key: inner for key, inner in video().items() if key != "video_level_caption"}
    null = video(video_level_caption=None)
    assert through_parquet(absent, null) == [absent, null]
    assert json.loads(row(absent)["extra"]) == {"drop": ["/video_level_caption"]}
    assert row(null)["extra"] is None


def test_what_the_columns_cannot_hold_is_told_by_pointer():
    tree = video(frames=1, video_id="a-7", new={"deep": [1]})
    tree["frame_level_caption"][0]["a/b~c"] = 2
    assert row(tree)["video_id"] is None
    assert json.loads(row(tree)["extra"]) == {
        "set": {"/video_id": "a-7", "/new": {"deep": [1]}, "/frame_level_caption/0/a~1b~0c": 2}
    }
    assert through_parquet(tree) == [tree]


@pytest.mark.parametrize("size", [[2**31, 1], [1, -(2**31) - 1], [True, 1], [1.5, 1], [1], [1, 2, 3], "12", None])
def test_a_mask_of_an_impossible_size_survives(size):
    tree = image(
        segmentations={"1": {"mask": {"size": size, "counts": "abc"}}, "2": {"mask": {"size": [4, 5], "counts": "d"}}}
    )
    assert [segment["mask"] for segment in row(tree)["segmentations"]] == [None, {"size": [4, 5], "counts": "d"}]
    assert through_parquet(tree) == [tree]


def test_masks_are_kept_by_frame_and_key():
    mask = {"mask": {"size": [720, 1280], "counts": "XYZ"}}
    tree = video(segmentations={"1.jpg": {"1": mask, "2": mask}, "2.jpg": {}, "odd/name~": {"1": None}})
    assert row(tree)["segmentations"][0] == {
        "frame_name": "1.jpg",
        "instances": [{"key": "1", "mask": mask["mask"]}, {"key": "2", "mask": mask["mask"]}],
    }
    assert through_parquet(tree) == [tree]


def test_segmentations_that_are_no_object_are_an_error_with_the_record_in_it():
    with pytest.raises(RecordError, match=r"^video record 7: segmentations: Expected `object \| null`, got `array`$"):
        columnar.laid(typed(video(7, segmentations=[1])))


def test_extra_keys_do_not_change_the_record_they_were_read_from():
    record = typed(image("x", odd=1))
    columnar.laid(record)
    assert record.extra == {"/odd": 1}


def test_pictures_are_no_part_of_the_record():
    images = [{"bytes": b"x", "path": "1.jpg"}]
    (found,) = table(image(), images=images).to_pylist()
    assert found["images"] == images
    assert columns.restored(found) == image()


def test_the_real_record_survives_the_columns(real_record):
    tree = json.loads(real_record.read_bytes())
    trees = tree if isinstance(tree, list) else [tree]
    assert through_parquet(*trees) == trees


def features(kind, *, embedded):
    """What `datasets` itself says of a schema, told by the metadata that our Parquet carries."""
    import datasets

    schema = columns.schema(kind, embedded=embedded)
    told = json.dumps({"info": {"features": arrow_features(schema)}}).encode()
    return datasets.Features.from_arrow_schema(schema.with_metadata({"huggingface": told}))


@pytest.mark.parametrize("kind", ["video", "image"])
@pytest.mark.parametrize("embedded", [False, True])
def test_datasets_reads_our_features_as_they_are_meant(kind, embedded):
    schema = columns.schema(kind, embedded=embedded)
    found = features(kind, embedded=embedded)
    assert found.to_dict() == arrow_features(schema)
    assert found.arrow_schema.equals(schema, check_metadata=False)
    assert json.loads(found.arrow_schema.metadata[b"huggingface"]) == {"info": {"features": arrow_features(schema)}}


@pytest.mark.parametrize("kind", ["video", "image"])
def test_datasets_infers_the_same_features_from_the_schema_alone(kind):
    import datasets

    assert datasets.Features.from_arrow_schema(columns.schema(kind)) == features(kind, embedded=False)


def test_the_features_are_those_one_would_write_by_hand():
    from datasets import Features, Image, List, Value

    text = Value("string")
    instances = List({"key": text, "ids": List(Value("int32")), "caption": text, "short": text, "long": text})
    segments = List({"key": text, "mask": {"size": List(Value("int32")), "counts": text}})
    frame = {
        "timestamp": Value("int64"),
        "frame_name": text,
        "instance_level": instances,
        "image_level": text,
        "temporal_change": text,
    }
    assert features("video", embedded=True) == Features(
        {
            "video_id": Value("int64"),
            "frame_level_caption": List(frame),
            "question_answer_pairs": List({"question": text, "answer": text}),
            "video_level_caption": text,
            "video_path": text,
            "segmentations": List({"frame_name": text, "instances": segments}),
            "extra": text,
            "images": List(Image()),
        }
    )
    assert features("image", embedded=False) == Features(
        {
            "image_id": Value("int64"),
            "instance_level_caption": instances,
            "image_level_caption": text,
            "image_path": text,
            "segmentations": segments,
            "extra": text,
        }
    )


def test_only_embedded_pictures_make_an_image_column():
    assert arrow_features(columns.schema("video", embedded=True))["images"] == sequence(IMAGE)
    assert "images" not in arrow_features(columns.schema("video"))
    assert arrow_features(pa.schema({"a": pa.struct({"path": pa.string()})})) == {"a": {"path": value("string")}}


@pytest.mark.parametrize("stranger", [{}, {"/a": 1}, None, [], 3])
def test_a_key_with_the_name_of_our_own_field_is_a_key_nobody_published(stranger):
    for tree in (video(**{"(extra)": stranger}), image(**{"(extra)": stranger})):
        decode = Decoder()
        decode(json.dumps(tree).encode())  # now it expects this kind, and takes the fast path
        record = typed(tree, decode)
        assert record.extra == {"/(extra)": stranger}
        assert json.loads(encode(record)) == tree
        assert through_parquet(tree) == [tree]
