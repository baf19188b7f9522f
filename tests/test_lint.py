"""The run of the rules: whatever holds the records, however many processes look, and where each finding stands."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import REGIONS, VARIANTS, image, video
from hypothesis import given
from hypothesis import strategies as st
from test_executors import children
from thorough import FULL

import instit_tools as it
from instit_tools import targets
from instit_tools.errors import SourceError, UsageError
from instit_tools.linting.lines import Lines
from instit_tools.linting.run import Lint, who_of
from instit_tools.linting.settings import Settings


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """Made-up annotations, every second one with a defect."""
    folder = tmp_path_factory.mktemp("lint") / "data"
    it.synth(folder, videos=120, images=120, masks=True, defects=0.5, seed=3)
    return folder


def problems(*inputs, **options):
    return list(Lint(Settings(inputs=tuple(map(str, inputs)), media="none", **options)))


def brief(found):
    return [(each.code, each.record, each.id, each.path) for each in found]


def resolve(tree, pointer):
    for part in pointer.split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        tree = tree[int(step)] if isinstance(tree, list) else tree[step]
    return tree


def test_line_and_column_are_where_an_editor_finds_the_value(spoilt):
    found = problems(spoilt)
    assert len(found) > 80
    texts = {path: path.read_text(encoding="utf-8").split("\n") for path in spoilt.glob("made_up_*.json")}
    for each in found:
        lines = texts[Path(each.file)]
        record = json.loads("\n".join(lines))[each.record - 1]
        try:
            value = resolve(record, each.path)
        except KeyError:
            assert each.code in {"text-null", "mask-missing"}, "what is not there has no place but that of its owner"
            continue
        rest = "\n".join([lines[each.line - 1][each.column - 1 :], *lines[each.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == value, each


@pytest.mark.parametrize(
    "written",
    [
        lambda records: json.dumps(records).encode(),
        lambda records: json.dumps(records, indent=4, ensure_ascii=False).encode(),
        lambda records: b"\xef\xbb\xbf" + json.dumps(records).encode(),
        lambda records: "\n".join(map(json.dumps, records)).encode(),
        lambda records: ("\r\n\r\n".join(map(json.dumps, records)) + "\r\n").encode(),
    ],
    ids=["one-line", "indented", "byte-order-mark", "lines", "lines-crlf-blank"],
)
def test_every_layout_gives_the_same_findings_at_its_own_places(tmp_path, written):
    records = [video(1), video(2, questions=[("Wo ist [9]? Straße é", "Hier.")]), image(3, image_level_caption="")]
    data = written(records)
    name = tmp_path / ("a.json" if data.lstrip(b"\xef\xbb\xbf").startswith(b"[") else "a.jsonl")
    name.write_bytes(data)
    found = problems(name)
    assert [(each.code, each.id) for each in found] == [("id-unknown", 2), ("text-empty", 3)]
    text = data.decode("utf-8-sig" if name.suffix == ".json" else "utf-8")
    lines = text.split("\n")
    at = [lines[each.line - 1][each.column - 1 :] for each in found]
    assert at[0].startswith('"Wo ist [9]?')
    assert at[1].startswith('""')


def test_compressed_piped_and_parquet_inputs_give_the_same_findings(tmp_path, spoilt, run):
    plain = spoilt / "made_up_video_w_mask.json"
    packed = tmp_path / "a.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    expected = brief(problems(plain))
    assert brief(problems(packed)) == expected
    piped = run("validate", "-", "--format", "jsonl", stdin=plain.read_bytes())
    told = [json.loads(line) for line in piped.stdout.splitlines()]
    assert [(each["code"], each["record"], each["path"]) for each in told] == [
        (code, record, path) for code, record, _, path in expected
    ]
    sound = it.synth(tmp_path / "sound", videos=5, images=5, masks=True).folder
    it.convert(sound, tmp_path / "parquet", to="parquet")
    assert problems(tmp_path / "parquet") == []


def test_records_in_parquet_are_judged_like_those_in_json_and_have_no_line(tmp_path, array):
    source = array(video(1), video(2, questions=[("What is [9]?", "A cat.")]))
    it.convert(source, tmp_path / "out", to="parquet", on_error="reject")
    (found,) = problems(tmp_path / "out")
    assert (found.code, found.id, found.path) == ("id-unknown", 2, "/question_answer_pairs/0/question")
    assert found.line is None


def test_the_number_of_processes_does_not_show(tmp_path, run):
    folder = tmp_path / "data"
    count, several = (1200, (1, 2, 3)) if FULL else (500, (1, 3))
    it.synth(folder, videos=count, images=count, defects=0.2)
    alone, *together = [run("validate", folder, "--format", "json", "--workers", each) for each in several]
    for each in together:
        assert alone.returncode == each.returncode == 1
        assert alone.stdout == each.stdout


@pytest.mark.filterwarnings("ignore::UserWarning")  # what clips cost is not the matter here
@pytest.mark.parametrize("variant", sorted(VARIANTS.keys() - {"coco"}))
def test_whatever_convert_writes_is_sound_to_validate(tmp_path, variant):
    options = {"target": variant, **VARIANTS[variant]}
    target = options.pop("target")
    if "mp4" in variant:
        pytest.importorskip("av")
    it.synth(tmp_path / "data", videos=3, images=3, media=True, masks=variant in REGIONS)
    reject = {"on_error": "reject"} if "dialect" in options else {}
    made = it.convert(tmp_path / "data", tmp_path / "out", to=target, media=tmp_path / "data", **options, **reject)
    lint = Lint(Settings(inputs=(str(tmp_path / "out"),)))
    assert list(lint) == []
    whole = targets.load(target).TAKES == "records" or options.get("group") == "record"
    assert lint.summary.records == (made.totals.records if whole else made.totals.samples)


def test_files_of_coco_are_for_verify(tmp_path):
    it.synth(tmp_path / "data", videos=1, images=1, media=True, masks=True)
    it.convert(tmp_path / "data", tmp_path / "out", to="coco", media=tmp_path / "data")
    with pytest.raises(UsageError, match=r"out is what convert --to coco wrote: .* no longer records$") as caught:
        list(Lint(Settings(inputs=(str(tmp_path / "out"),))))
    assert caught.value.hint == "name the annotations that it was made from; verify checks what convert wrote"


def test_a_folder_of_drawn_pictures_holds_no_records(tmp_path):
    it.synth(tmp_path / "data", videos=1, images=1, media=True, masks=True)
    it.render(tmp_path / "data", tmp_path / "marked")
    with pytest.raises(UsageError, match=r"marked is what render wrote: pictures, and no records$") as caught:
        list(Lint(Settings(inputs=(str(tmp_path / "marked"),))))
    assert caught.value.hint == "name the annotations that they were drawn from; verify checks what render wrote"


def test_a_row_that_was_spoilt_is_found_by_schema_and_by_verify(tmp_path, array):
    it.convert(array(video()), tmp_path / "out", to="llava", media="none")
    shard = tmp_path / "out" / "video-000000.json"
    shard.write_text(shard.read_text(encoding="utf-8").replace('"from":"gpt"', '"from":"bot"', 1), encoding="utf-8")
    found = problems(tmp_path / "out")
    assert {each.code for each in found} == {"schema", "dataset-unsound"}
    assert found[0].path == "/conversations/1/from"
    assert {each.code for each in problems(shard)} == {"schema"}


def test_a_shard_by_itself_is_known_by_its_manifest(tmp_path):
    it.synth(tmp_path / "data", videos=2, images=2, media=True)
    for target in ("trl", "webdataset"):
        it.convert(tmp_path / "data", tmp_path / target, to=target, media=tmp_path / "data")
    shards = [*(tmp_path / "trl").glob("*.parquet"), *(tmp_path / "webdataset").glob("*.tar")]
    assert len(shards) == 4
    assert problems(*shards) == []


def test_a_file_that_cannot_be_read_stops_before_the_first_problem(tmp_path, array):
    broken = tmp_path / "broken.json"
    broken.write_text('[{"video_id": 1')
    with pytest.raises(SourceError, match=r"broken\.json stops in the middle"):
        next(iter(Lint(Settings(inputs=(str(array({})), str(broken))))))


def test_a_rule_that_does_not_exist_is_refused_with_the_one_that_was_meant():
    with pytest.raises(UsageError, match="'id-unknwon' is no rule") as caught:
        Lint(Settings(inputs=("x",), ignore=("id-unknwon",)))
    assert caught.value.hint == "did you mean id-unknown?"


def test_rules_can_be_ignored_for_some_files(array):
    source = array(image(image_level_caption=""), name="old.json")
    assert [each.code for each in problems(source)] == ["text-empty"]
    assert problems(source, per_file_ignores={"old*": ("text",)}) == []
    assert problems(source, per_file_ignores={"new*": ("text",)})


@pytest.mark.parametrize(
    ("options", "opens"),
    [
        ({}, True),
        ({"select": ("text",)}, False),
        ({"select": ("masks",)}, True),
        ({"select": ("leaks",)}, False),
        ({"select": ("leaks",), "deep": True}, True),
        ({"media": "none"}, False),
    ],
)
def test_pictures_are_opened_only_where_a_rule_asks_for_them(tmp_path, options, opens):
    settings = Settings(**{"inputs": ("a.json",), "media": str(tmp_path)} | options)
    assert who_of(settings, "a.json", folder=None).opens is opens


def test_no_process_is_started_for_pictures_that_no_rule_asks_for(tmp_path, monkeypatch):
    it.synth(tmp_path / "data", videos=2, images=2, media=True)
    started = []

    def spread(work, tasks, **given):
        started.append(given["worth"])
        return (work(task) for task in tasks)

    monkeypatch.setattr("instit_tools.linting.run.spread", spread)
    monkeypatch.setattr("instit_tools.linting.run.WORTH_WITH_PICTURES", 0)
    for select in ((), ("text",)):
        list(Lint(Settings(inputs=(str(tmp_path / "data"),), select=select, workers=None)))
    assert started == [True, False]


def test_progress_that_fails_leaves_no_worker(tmp_path):
    class Failing:
        def start(self, total):
            pass

        def advance(self, size, records=0, shards=0):
            raise LookupError

    it.synth(tmp_path / "data", videos=2, images=2)
    with pytest.raises(LookupError) as raised:
        list(Lint(Settings(inputs=(str(tmp_path / "data"),), workers=2), Failing()))
    assert children() == []
    del raised  # and the traceback, which keeps all that it went through


def test_the_report_in_python_is_a_value_and_a_table(array):
    report = it.validate(array(image(image_level_caption=""), image(2, extra=1)))
    assert report.count == 2
    assert report.summary.counts == {"text-empty": 1, "key-unknown": 1}
    frame = report.frame()
    assert frame["code"].to_list() == ["text-empty", "key-unknown"]
    assert frame["id"].to_list() == ["1", "2"]
    assert it.validate(array(image())).frame().height == 0


def test_problems_come_before_the_last_record_is_read(spoilt):
    found = iter(Lint(Settings(inputs=(str(spoilt),), media="none")))
    assert next(found).record
    found.close()


@pytest.fixture
def at_work(many):
    """Start a run of two workers, and give it with the process of one of them."""
    going = subprocess.Popen(
        [sys.executable, "-m", "instit_tools", "validate", many, "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    worker = None
    deadline = time.monotonic() + 60
    while worker is None and time.monotonic() < deadline and going.poll() is None:
        children = Path(f"/proc/{going.pid}/task/{going.pid}/children").read_text().split()
        lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
        worker = next((pid for pid, line in lines.items() if b"spawn_main" in line), None)
    assert worker, "two workers are wanted for 50 MB"
    yield going, worker
    if going.poll() is None:
        os.killpg(going.pid, signal.SIGKILL)
        going.communicate()


def test_a_worker_that_is_killed_does_not_show(at_work, many, run):
    going, worker = at_work
    os.kill(worker, signal.SIGKILL)
    found, told = going.communicate(timeout=120)
    undisturbed = run("validate", many, "--workers", "1")
    assert (going.returncode, found) == (undisturbed.returncode, undisturbed.stdout)
    assert told == undisturbed.stderr


def test_an_interrupt_ends_the_run_with_130_and_no_traceback(at_work):
    going, _ = at_work
    os.killpg(going.pid, signal.SIGINT)  # as a terminal does: to the workers too
    _, told = going.communicate(timeout=60)
    assert going.returncode == 130
    assert b"Traceback" not in told


def test_two_questions_of_one_video_have_ids_of_their_own(array, run):
    items = [
        {
            "question_id": f"1-{number}",
            "video_id": 1,
            "video_path": "videos_vpt/1",
            "question": "Who is [1]?",
            "answer": "A",
        }
        for number in (1, 2)
    ]
    log = json.loads(run("validate", array(*items), "--format", "sarif").stdout)
    results = log["runs"][0]["results"]
    assert [each["ruleId"] for each in results] == ["question-id-form"] * 2
    assert len({json.dumps(each["partialFingerprints"]) for each in results}) == 2


def test_a_damaged_page_of_a_shard_is_a_sentence_with_the_file(tmp_path, run):
    it.synth(tmp_path / "data", videos=6, images=6, media=True)
    it.convert(tmp_path / "data", tmp_path / "out", to="trl", media=tmp_path / "data")
    shard = tmp_path / "out" / "video-000000.parquet"
    data = bytearray(shard.read_bytes())
    data[-20_000:-6_000] = bytes(14_000)
    shard.write_bytes(data)
    done = run("validate", "out/video-000000.parquet")
    assert done.returncode == 2
    assert b"error: out/video-000000.parquet is not a whole Parquet file" in done.stderr
    assert b"Traceback" not in done.stderr


def test_findings_of_verify_can_be_ignored_for_a_file_too(tmp_path, array):
    it.convert(array(video()), tmp_path / "out", to="llava", media="none")
    (tmp_path / "out" / "README.md").write_text("mine")
    assert [each.code for each in problems(tmp_path / "out")] == ["dataset-unsound"]
    assert problems(tmp_path / "out", per_file_ignores={"README.md": ("datasets",)}) == []


def test_the_count_of_what_was_looked_at_tells_unread_unseen_and_opened(tmp_path):
    path = tmp_path / "a.jsonl"
    missing = image(1, image_path="images_vpt/1.jpg")
    path.write_text(
        "\n".join(["{", "[]", *map(json.dumps, [{"image_id": None}, missing, video(2) | {"video_id": 1.0}])])
    )
    blind = it.validate(path).summary
    assert (blind.records, blind.unread, blind.unseen, blind.pictures) == (5, 4, 3, 0)
    (tmp_path / "media").mkdir()
    seen = it.validate(path, media=tmp_path / "media").summary
    assert (seen.records, seen.unread, seen.unseen, seen.pictures) == (5, 4, 0, 1)


def test_looking_twice_gives_the_same_twice(array):
    lint = Lint(Settings(inputs=(str(array(image(), image())),)))
    assert brief(lint) == brief(lint)
    assert lint.summary.counts == {"record-id-repeated": 1, "path-repeated": 1}


def test_a_leak_is_said_once_for_each_file_of_questions(array):
    train = array(video(), name="train.json")
    item = {
        "question_id": "001-01",
        "video_path": "videos_raw/LVVIS/00001",
        "question": "Who is [1]?",
        "answer": "A cat.",
    }
    choices = {"options": dict.fromkeys("ABCD", "A cat."), "answer": "A"}
    one = array(item | choices, item | choices | {"question_id": "001-02"}, name="mc.json")
    other = array(item, name="oe.json")
    found = problems(train, one, other, select=("leaks",))
    assert [(each.code, Path(each.file).name) for each in found] == [("leak-path", "mc.json"), ("leak-path", "oe.json")]
    left = problems(train, one, other, select=("leaks",), per_file_ignores={"mc.json": ("leaks",)})
    assert [Path(each.file).name for each in left] == ["oe.json"]


def test_a_byte_order_mark_has_no_column(tmp_path):
    path = tmp_path / "a"
    path.write_bytes("\ufeffé1\n2".encode())
    lines = Lines(str(path))
    assert [lines.at(offset) for offset in (3, 5, 7, 0, 3)] == [(1, 1), (1, 2), (2, 1), (1, 1), (1, 1)]


@given(st.text(st.sampled_from("a\n\r é🐈x"), max_size=60), st.data())
def test_counting_lines_forward_and_back_agrees_with_splitting(tmp_path_factory, text, data):
    path = tmp_path_factory.mktemp("lines") / "a"
    path.write_bytes(text.encode() + b"!")
    lines = Lines(str(path))
    for place in data.draw(st.lists(st.integers(0, len(text)), max_size=5)):
        before = text[:place]
        expected = before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1
        assert lines.at(len(before.encode())) == expected


def test_the_readme_names_every_format():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for name in ("json", "jsonl", "github", "sarif"):
        assert re.search(rf"`(--format )?{name}`", readme), name
