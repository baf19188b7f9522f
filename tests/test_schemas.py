"""JSON Schemas: what they take, what they refuse, and that two engines and the typed reader say the same of it."""

import copy
import json
import math
import subprocess
import sys
import tarfile
from collections import Counter
from functools import cache

import msgspec
import pyarrow.parquet as pq
import pytest
from conftest import REAL, VARIANTS, image, video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from thorough import tries

from instit_tools import schemas, targets
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.linting.engines import Fault, engine, faults, fits
from instit_tools.made_up import Options, write
from instit_tools.records import BenchItem, ImageRecord, VideoRecord

NAMES = schemas.names()
TYPED = {"bench-item": BenchItem, "image-record": ImageRecord, "video-record": VideoRecord}
ALL = VARIANTS | {"llava 1.5 of all": {"target": "llava", "dialect": "1.5", "on_error": "reject"}}
PROPERTY = settings(max_examples=tries(100), deadline=None, suppress_health_check=list(HealthCheck))


def example(name, number=0):
    return copy.deepcopy(schemas.schema(name)["examples"][number])


def verdict(name, tree):
    """What both engines say, which must be the same."""
    said = {fits(name, engine=engine)(tree) for engine in ("fast", "reference")}
    assert len(said) == 1, (name, tree)
    return said.pop()


def messages(name, tree):
    assert not verdict(name, tree)
    return [fault.message for fault in faults(name, tree)]


def walked(tree, path=()):
    """Every place of *tree*, with its path."""
    yield path, tree
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, child in children:
        yield from walked(child, (*path, step))


# The schemas themselves.


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_fits_the_metaschema_and_says_what_it_is(name):
    schema = schemas.schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["version"] == 1
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/{name}-{schema['version']}.schema.json")
    assert schema["title"]
    assert schema["description"].endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_uses_each_of_its_definitions_and_defines_each_that_it_uses(name):
    schema = schemas.schema(name)
    used = {value for path, value in walked(schema) if path[-1:] == ("$ref",)}
    assert used == {f"#/$defs/{each}" for each in schema.get("$defs", {})}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"manifest", "recipe"}])
def test_every_property_is_described_or_stands_in_a_shape_that_is(name):
    for path, value in walked({**schemas.schema(name), "examples": []}):
        if path[-2:-1] == ("properties",) and not {"const", "$ref"} & value.keys():
            narrows = path[0] != "properties" and set(value) <= {"type"}
            assert "description" in value or narrows or path[-1] in {"mask", "type", "question", "answer"}, path


@pytest.mark.parametrize("name", NAMES)
def test_every_example_fits_its_schema(name):
    examples = schemas.schema(name)["examples"]
    assert examples
    for each in examples:
        assert verdict(name, each)
        assert faults(name, each) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_is_required_is_missed(name):
    for number, whole in enumerate(schemas.schema(name)["examples"]):
        for key in schemas.schema(name).get("required", ()):
            tree = example(name, number)
            del tree[key]
            assert messages(name, tree) == [f"has no {key}"]
        assert len(whole) >= len(schemas.schema(name).get("required", ()))


def test_every_target_has_a_schema_for_its_rows():
    for target in targets.available():
        assert set(schemas_of(target)) <= set(NAMES), target


# Rows as they are written.


def schemas_of(target):
    """The schemas of what *target* writes for videos and for images."""
    forms = {"coco": "coco", "energon": "webdataset-row", "jsonl": "{}-record", "parquet": "{}-parquet-row"}
    form = forms.get(target, f"{target}-row")
    return form.format("video"), form.format("image")


def rows(path):
    """The rows of a shard; of a Parquet file without the bytes of its pictures."""
    match path.suffix:
        case ".json":
            tree = json.loads(path.read_text())
            return tree if isinstance(tree, list) else [tree]
        case ".jsonl":
            return [json.loads(line) for line in path.read_text().splitlines()]
        case ".tar":
            with tarfile.open(path) as tar:
                return [json.load(tar.extractfile(member)) for member in tar if member.name.endswith(".json")]
    file = pq.ParquetFile(path)
    columns = [file.schema.column(number).path for number in range(len(file.schema))]
    return file.read(columns=[each for each in columns if not each.endswith(".bytes")]).to_pylist()


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas") / "made-up"
    write(folder, Options(videos=6, images=6, media=True, masks=True, seed=0))
    return folder


@pytest.fixture
def written(made_up, tmp_path):
    """Convert, and give the rows with the schema of each."""

    def make(*inputs, **chosen):
        given = {"inputs": tuple(map(str, inputs)), "out": str(tmp_path / "out"), "media": str(made_up)}
        done = convert(Settings(**(given | chosen)))
        of = dict(zip(("video", "image"), schemas_of(done.target), strict=True))
        return [(of[shard.kind], row) for shard in done.shards for row in rows(tmp_path / "out" / shard.name)]

    return make


@pytest.mark.parametrize("variant", sorted(ALL))
def test_every_row_that_is_written_fits(made_up, written, variant):
    inputs = sorted(made_up.glob("made_up_*.json"))
    found = written(*inputs, **({"target": variant} | ALL[variant]))
    assert found
    for name, row in found:
        assert verdict(name, row), (faults(name, row), row)


@pytest.mark.parametrize("target", ["jsonl", "parquet"])
def test_rows_of_odd_records_fit(array, written, target):
    empty = {"timestamp": 1 << 65, "frame_name": "x", "instance_level": {"x": {}, "1,2": None}}
    odd = [
        video(frames=0, video_id="seven", question_answer_pairs=None, segmentations={"1.jpg": None}),
        video(video_id=1 << 70, video_level_caption=None, segmentations={"2.jpg": {"1": {"mask": 3}}}),
        video(8, frame_level_caption=[empty]),
        image(1, segmentations=None, instance_level_caption={"3": {"short": "a", "long": None}}),
        {"image_id": 2, "image_path": "2.png"},
    ]
    found = written(array(*odd), target=target, media=None)
    assert len(found) == len(odd)
    unfit = Counter(fault.path[0] for name, row in found for fault in faults(name, row))
    assert unfit == ({"segmentations": 2} if target == "jsonl" else {})


MISTAKES = [
    ("llava-row", {"image": ["only-one.jpg"]}, "image has 1 element where at least 2 are expected"),
    ("llava-row", {"video": "clips/a.mp4"}, "has both image and video"),
    ("llava-row", {"conversations": "hello"}, "conversations is a string where a list is expected"),
    ("llava-row", {"timestamps": ["1"]}, "timestamps[0] is a string where an integer is expected"),
    ("llama-factory-row", {"images": "a.jpg"}, "images is a string where a list is expected"),
    ("llama-factory-row", {"images": []}, "images has 0 elements where at least 1 is expected"),
    ("llama-factory-row", {"image": "a.jpg"}, "holds a key that has no place there: image"),
    ("ms-swift-row", {"id": "video.1"}, 'id is "video.1", which does not match ^[A-Za-z0-9_-]+$'),
    ("ms-swift-row", {"instances": None}, "instances is null where a list is expected"),
    ("qwen-vl-row", {"image": "a.jpg"}, "image is a string where a list is expected"),
    ("trl-row", {"images": [{}]}, "has no path"),
    ("trl-row", {"completion": []}, "completion has 0 elements where at least 1 is expected"),
    ("webdataset-row", {"kind": "clip"}, 'kind is "clip" where "video" or "image" is expected'),
    ("webdataset-row", {"record": 12}, "record is an integer where a string is expected"),
    ("video-parquet-row", {"extra": {}}, "extra is an object where a string or null is expected"),
    ("image-parquet-row", {"segmentations": {}}, "segmentations is an object where a list or null is expected"),
    ("bench-item", {"options": ["a", "b"]}, "options is a list where an object or null is expected"),
    ("bench-item", {"options": {"A": 1}}, "A is an integer where a string is expected"),
    ("bench-item", {"question_id": 1}, "question_id is an integer where a string is expected"),
    ("bench-prediction", {"model_prediction": ["B"]}, "model_prediction is a list where a string or null is expected"),
    ("bench-masks", {"segmentations": {"1": {"1": {"mask": 1}}}}, "mask is an integer where an object is expected"),
    ("bench-masks", {"segmentations": {"1": {"1.jpg": {"1": {}}}}}, "has no mask"),
    ("video-record", {"reviewer": "R"}, "holds a key that nobody published: reviewer"),
    ("video-record", {"two words": 1}, 'holds a key that nobody published: "two words"'),
    ("video-record", {"video_id": 1.5}, "video_id is 1.5 where an integer or a string is expected"),
    ("video-record", {"frame_level_caption": None}, "frame_level_caption is null where a list is expected"),
    ("image-record", {"image_path": None}, "image_path is null where a string is expected"),
    ("image-record", {"segmentations": {"1": {"mask": None}}}, "mask is null where an object is expected"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "message"), MISTAKES)
def test_a_usual_mistake_is_one_fault_in_plain_words(name, change, message):
    assert messages(name, example(name) | change) == [message]


@pytest.mark.parametrize("name", ["llava-row", "llama-factory-row", "ms-swift-row", "qwen-vl-row", "trl-row"])
def test_a_speaker_that_is_misspelt_or_out_of_turn_is_found(name):
    column = {"ms-swift-row": "messages", "trl-row": "prompt"}.get(name, "conversations")
    for wrong in ("bot", "gpt" if column == "conversations" else "assistant"):
        row = example(name)
        speaker = next(key for key in row[column][0] if key in {"from", "role"})
        row[column][0][speaker] = wrong
        right = "human" if column == "conversations" else "user"
        assert messages(name, row) == [f'{speaker} is "{wrong}" where "{right}" is expected']


def test_a_caption_is_named_by_its_instance():
    wrong = image(instance_level_caption={"3": 3})
    expected = 'instance_level_caption "3" is an integer where a string, null or an object is expected'
    assert messages("image-record", wrong) == [expected]


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ([0, 2], "size[0] is 0 where at least 1 is expected"),
        ([2], "size has 1 element where at least 2 are expected"),
        ([1, 2, 3], "size has 3 elements where at most 2 are expected"),
        ([1, 2.5], "size[1] is 2.5 where an integer is expected"),
    ],
)
def test_the_size_of_a_mask_is_two_numbers_of_pixels(size, message):
    assert messages("image-record", image(segmentations={"1": {"mask": {"size": size, "counts": ""}}})) == [message]


def test_a_part_of_a_message_is_a_text_or_a_picture_and_not_both():
    row = example("trl-row")
    row["prompt"][0]["content"][0]["text"] = "a picture"
    assert messages("trl-row", row) == ["text is a string where null is expected"]


def test_only_what_is_published_and_what_is_made_is_closed():
    assert verdict("bench-prediction", example("bench-prediction") | {"model": "ours"})
    assert verdict("bench-masks", example("bench-masks") | {"captions": 1})
    rle = {"size": [1, 1], "counts": "1", "order": "column"}
    assert verdict("image-record", image(segmentations={"1": {"mask": rle, "score": 1}}))


def test_the_real_record_fits(real_record):
    for record in json.loads(real_record.read_text()):
        assert verdict("video-record", record)


def test_the_real_predictions_fit():
    files = sorted((REAL / "Inst-It-Bench" / "predictions").glob("*.json"))
    if not files:
        pytest.skip("the real data are not beside this checkout")
    for path in files:
        predictions = json.loads(path.read_text())
        assert all(map(fits("bench-prediction"), predictions))
        assert verdict("bench-prediction", predictions[0])


# Two engines and a typed reader.

TEXTS = st.none() | st.text(max_size=8)
CAPTIONS = st.none() | st.dictionaries(
    st.sampled_from(["1", "03", "1,2", "x", ""]) | st.text(max_size=3),
    TEXTS | st.fixed_dictionaries({}, optional={"short": TEXTS, "long": TEXTS}),
    max_size=3,
)
NUMBERS = st.integers() | st.just(10**30)
RLES = st.fixed_dictionaries(
    {
        "size": st.lists(st.integers(1, 1 << 40), min_size=2, max_size=2),
        "counts": st.text(max_size=5) | st.lists(st.integers(0), max_size=3),
    },
    optional={"area": NUMBERS},
)
MASKS = st.dictionaries(
    st.text(max_size=3), st.fixed_dictionaries({"mask": RLES}, optional={"bbox": TEXTS}), max_size=2
)
FRAMES = st.fixed_dictionaries(
    {"timestamp": NUMBERS, "frame_name": st.text(max_size=8)},
    optional={"instance_level": CAPTIONS, "image_level": TEXTS, "temporal_change": TEXTS},
)
PAIRS = st.fixed_dictionaries({}, optional={"question": TEXTS, "answer": TEXTS})
RECORDS = {
    "video-record": st.fixed_dictionaries(
        {
            "video_id": NUMBERS | st.text(max_size=4),
            "video_path": st.text(max_size=8),
            "frame_level_caption": st.lists(FRAMES, max_size=3),
        },
        optional={
            "question_answer_pairs": st.none() | st.lists(PAIRS, max_size=2),
            "video_level_caption": TEXTS,
            "segmentations": st.none() | st.dictionaries(st.text(max_size=3), MASKS, max_size=2),
        },
    ),
    "image-record": st.fixed_dictionaries(
        {"image_id": NUMBERS | st.text(max_size=4), "image_path": st.text(max_size=8)},
        optional={
            "instance_level_caption": CAPTIONS,
            "image_level_caption": TEXTS,
            "segmentations": st.none() | MASKS,
        },
    ),
}
PLAIN = [None, True, False, 0, 1, -1, 999, 1 << 64, -(10**400), 10**400, 0.5, "", "x", "1\n", "image", "user"]
PLAIN += [[], [1], [[]], [None], ["a.jpg", "b.jpg"], {}, {"mask": {}}, {"short": None}, {"long": 1}, {"samples": []}]
PLAIN += [99 * "w "]
STRANGE = [1.0, -0.0, 1e300, math.nan, math.inf, -math.inf, "\ud800", {"\ud800": 1}, ["a", "\udfff"], b"x"]
KEYS = ["(extra)", "extra", "video", "images", "mask", "samples", "short", "", "\u2028", "segmentations"]


@cache
def decoder(name):
    return msgspec.json.Decoder(TYPED[name])


def decodes(name, tree):
    """Whether the strict decoder takes the tree as JSON."""
    try:
        decoder(name).decode(json.dumps(tree))
    except msgspec.ValidationError:
        return False
    return True


@st.composite
def mutated(draw, name, values=tuple(PLAIN)):
    """An example, or a record made up, that was dropped from, renamed in, retyped and inserted into at random."""
    trees = st.sampled_from(schemas.schema(name)["examples"])
    tree = {"": copy.deepcopy(draw(trees | RECORDS[name] if name in RECORDS else trees))}
    for _ in range(draw(st.integers(0, 3))):
        places = [(path, found) for path, found in walked(tree) if path]
        path, found = draw(st.sampled_from(places))
        holder = tree
        for step in path[:-1]:
            holder = holder[step]
        action = draw(st.sampled_from(["drop", "rename", "retype", "insert"]))
        value = copy.deepcopy(draw(st.sampled_from(values)))
        match action, holder, found:
            case "retype", _, _:
                holder[path[-1]] = value
            case "insert", _, dict():
                found[draw(st.sampled_from(KEYS))] = value
            case "insert", _, list():
                found.insert(draw(st.integers(0, len(found))), value)
            case "drop", _, _ if len(path) > 1:
                del holder[path[-1]]
            case "rename", dict(), _ if len(path) > 1:
                holder[draw(st.sampled_from(KEYS))] = holder.pop(path[-1])
    return tree[""]


@pytest.mark.parametrize("name", NAMES)
@PROPERTY
@given(data=st.data())
def test_the_two_engines_agree_and_there_is_a_fault_exactly_where_a_tree_does_not_fit(name, data):
    tree = data.draw(mutated(name, (*PLAIN, *STRANGE)))
    found = faults(name, tree)
    assert verdict(name, tree) == (not found)
    assert fits(name)(tree) == (not found)
    places = {path for path, _ in walked(tree)}
    for fault in found:
        assert fault.path in places or fault.path[:-1] in places
        assert fault.message
        assert fault.message.isprintable()
        assert len(fault.message) < 200
    assert found == faults(name, tree)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_in_json_is_none_to_both_engines(value):
    tree = example("summary")
    tree["distributions"][0]["distribution"]["total"] = value
    assert messages("summary", tree) == [f"total is {json.dumps(value)} where a number is expected"]


@pytest.mark.parametrize("name", sorted(RECORDS))
@PROPERTY
@given(data=st.data())
def test_a_record_of_the_published_shape_fits_and_is_read(name, data):
    tree = data.draw(RECORDS[name])
    assert verdict(name, tree)
    assert decodes(name, tree)


@pytest.mark.parametrize("name", sorted(TYPED))
@PROPERTY
@given(data=st.data())
def test_what_fits_is_what_the_typed_reader_takes_but_for_masks_which_it_leaves_unread(name, data):
    tree = data.draw(mutated(name))
    unread = "segmentations" if name in RECORDS else None
    unfit = [fault for fault in faults(name, tree) if fault.path[:1] != (unread,)]
    assert decodes(name, tree) == (not unfit)


def test_an_integer_written_with_a_point_fits_though_the_typed_reader_refuses_it():
    record = video(video_id=1.0)
    assert verdict("video-record", record)
    assert not decodes("video-record", record)


def test_a_pattern_ends_where_the_text_ends():
    row = example("llava-row") | {"id": "image-1\n"}
    assert messages("llava-row", row) == ['id is "image-1\\n", which does not match ^[A-Za-z0-9_-]+$']


def test_a_lone_surrogate_is_a_text_to_both_engines():
    assert verdict("image-record", image(image_path="\ud800"))
    assert messages("image-record", image() | {"\ud800": 1}) == ['holds a key that nobody published: "\\ud800"']


def test_a_tree_without_end_is_refused_and_not_descended_into():
    deep = []
    for _ in range(50_000):
        deep = [deep]
    assert not verdict("image-record", image(image_path=deep))
    (fault,) = faults("image-record", image(image_path=deep))
    assert "nested too deeply" in fault.message
    assert verdict("bench-item", example("bench-item") | {"meta_info": deep})


def test_of_a_choice_the_branch_that_comes_nearest_is_worded():
    recipe = example("recipe")
    recipe["parts"][0]["turns"] = ["scene"]
    expected = [
        Fault(("parts", 0, "turns", 0), "enum", 'turns[0] is "scene" where "summary" or "questions" is expected')
    ]
    assert faults("recipe", recipe) == expected


def test_faults_come_in_the_order_of_the_places_and_name_the_key_that_is_too_many():
    record = video(frames=11, more=1)
    for index in (10, 2):
        record["frame_level_caption"][index] = None
    record["question_answer_pairs"][0]["by"] = "R"
    assert [(fault.path, fault.keyword) for fault in faults("video-record", record)] == [
        (("frame_level_caption", 2), "type"),
        (("frame_level_caption", 10), "type"),
        (("more",), "additionalProperties"),
        (("question_answer_pairs", 0, "by"), "additionalProperties"),
    ]


def test_a_long_value_is_shortened():
    row = example("webdataset-row") | {"kind": 1000 * "x"}
    assert messages("webdataset-row", row) == [f'kind is "{37 * "x"}..." where "video" or "image" is expected']


def test_the_engine_names_itself_and_the_reference_stands_in_where_there_is_no_fast_one(monkeypatch):
    assert engine().startswith("jsonschema-rs ")
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    fits.cache_clear()
    try:
        assert engine().startswith("jsonschema 4.")
        assert fits("video-record")(video())
        assert not fits("video-record")(video(reviewer=1))
        with pytest.raises(ImportError, match="jsonschema-rs is not installed"):
            fits("video-record", engine="fast")
    finally:
        fits.cache_clear()


def test_neither_engine_is_imported_before_it_is_asked():
    code = "import sys, instit_tools.linting.engines; print({'jsonschema', 'jsonschema_rs'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert shown.strip() == "set()"
