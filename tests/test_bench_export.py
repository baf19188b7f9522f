import csv
import io
import json
import re
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest
import yaml
from asked import FRAMES, OPTIONS, SAID, benchmark, choice, opened, parquet, picture
from hypothesis import given
from hypothesis import strategies as st

from instit_tools.bench import exporting
from instit_tools.bench.exporting import export
from instit_tools.bench.frames import in_order
from instit_tools.bench.items import read_items
from instit_tools.bench.predictions import joined, read_predictions
from instit_tools.bench.prompts import own
from instit_tools.bench.reading import strict, upstream
from instit_tools.errors import InstitError, MediaError, OutputError
from instit_tools.media.store import open_store

HARNESSES = ("lmms-eval", "vlmevalkit")
NUMERIC = [f"videos_vpt/001/{number}.jpg" for number in range(1, FRAMES + 1)]

TASK_KEYS = {  # of TaskConfig in lmms_eval/api/task.py 0.7.3, whose other keys are errors
    "task", "dataset_path", "dataset_kwargs", "test_split", "output_type", "doc_to_visual", "doc_to_text",
    "doc_to_target", "process_results", "generation_kwargs", "lmms_eval_specific_kwargs", "cluster_key", "score_key",
    "metric_list", "metadata",
}  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return benchmark(tmp_path_factory.mktemp("bench"))


def items_of(bench, *names):
    return read_items([str(bench / f"{name}.json") for name in names] if names else [str(bench)])


def exported(bench, out, harness, *names, **options):
    return export(items_of(bench, *names), open_store(bench), out, harness=harness, root=bench, **options)


def refusal(*rows, media, name="image_multi_choices", harness="lmms-eval", tmp_path):
    (tmp_path / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(InstitError) as caught:
        export(
            read_items([str(tmp_path / f"{name}.json")]),
            None if media is None else open_store(media),
            tmp_path / "out",
            harness=harness,
            root=media,
        )
    assert not (tmp_path / "out").exists()
    return f"{caught.value} | {caught.value.hint}"


def alone(folder, code, *arguments, site=None, env=None):
    """Run *code* in a Python that has nothing but its standard library, and the stand-ins in *site*."""
    program = f"import sys\nsys.path[:0] = {[str(site)] if site else []}\n{textwrap.dedent(code)}"
    command = [sys.executable, "-I", "-S", "-c", program, *map(str, arguments)]
    ran = subprocess.run(command, cwd=folder, env=env or {}, capture_output=True, text=True, check=False)
    assert not ran.returncode, ran.stderr
    return ran.stdout


# lmms-eval


class Loader(yaml.SafeLoader):
    """Reads a task as the harness does, with the functions as their names."""


Loader.add_constructor("!function", lambda loader, node: f"!{loader.construct_scalar(node)}")


def tasks_of(folder):
    found = {path.name: yaml.load(path.read_text(encoding="utf-8"), Loader) for path in folder.glob("*.yaml")}  # noqa: S506  # a safe one
    return found.pop("inst_it_bench.yaml"), found


def test_lmms_eval_gets_a_group_and_a_task_for_each_split_and_form_there_is(bench, tmp_path):
    made = exported(bench, tmp_path / "out", "lmms-eval")
    group, tasks = tasks_of(tmp_path / "out")
    names = ["image_mc", "video_mc", "image_oe", "video_oe"]
    assert made.tasks == dict.fromkeys(names, 6)
    assert group == {"group": "inst_it_bench", "task": [f"inst_it_bench_{name}" for name in names]}
    assert sorted(tasks) == sorted(f"{name}.yaml" for name in group["task"])
    for file, task in tasks.items():
        assert set(task) == TASK_KEYS
        assert f"{task['task']}.yaml" == file
        assert (tmp_path / "out" / task["dataset_kwargs"]["data_files"]["test"]).is_file()
        assert task["lmms_eval_specific_kwargs"]["default"]["media_root"] == str(bench)


def test_only_what_was_given_becomes_a_task(bench, tmp_path):
    exported(bench, tmp_path / "out", "lmms-eval", "video_open_ended")
    group, tasks = tasks_of(tmp_path / "out")
    assert group["task"] == ["inst_it_bench_video_oe"]
    assert list(tasks) == ["inst_it_bench_video_oe.yaml"]


def test_every_function_of_a_task_is_in_the_code_beside_it(bench, tmp_path):
    exported(bench, tmp_path / "out", "lmms-eval")
    named = set()
    for path in (tmp_path / "out").glob("*.yaml"):
        named |= set(re.findall(r"!function inst_it_bench\.(\w+)", path.read_text(encoding="utf-8")))
    code = GLUE + "print(*[name for name in sys.argv[1:] if callable(getattr(glue, name))])"
    told = alone(tmp_path / "out", code, *sorted(named))
    assert set(told.split()) == named
    assert len(named) == 7


GLUE = """
import importlib.util, json, pathlib
spec = importlib.util.spec_from_file_location("inst_it_bench", "inst_it_bench.py")
glue = importlib.util.module_from_spec(spec)
spec.loader.exec_module(glue)
"""


def worded(out):
    """What the first question of a task is to the exported code, with the words of its YAML."""
    _, tasks = tasks_of(out)
    ((_, task),) = tasks.items()
    words = task["lmms_eval_specific_kwargs"]["default"]
    doc = json.loads((out / task["dataset_kwargs"]["data_files"]["test"]).read_text(encoding="utf-8").splitlines()[0])
    return alone(out, GLUE + "print(glue.doc_to_text(*json.loads(sys.argv[1])), end='')", json.dumps([doc, words]))


@pytest.mark.parametrize("name", ["image_multi_choices", "video_multi_choices", "image_open_ended", "video_open_ended"])
def test_a_question_is_worded_and_laid_out_as_by_ourselves(bench, tmp_path, name):
    exported(bench, tmp_path / "out", "lmms-eval", name)
    item = items_of(bench, name)[0]
    assert worded(tmp_path / "out") == own().ask(item.split, item.form, item.question, item.choices)


def test_other_prompts_take_the_place_of_ours(run, bench, tmp_path):
    (tmp_path / "words.toml").write_text('[video_mc]\npre_prompt = "Look: $x \\"y\\""\npost_prompt = "A, B, C or D?"\n')
    options = ("--harness", "lmms-eval", "--prompts", tmp_path / "words.toml", "-o", tmp_path / "out")
    ran = run("bench", "export", bench / "video_multi_choices.json", *options)
    assert ran.returncode == 0
    assert worded(tmp_path / "out").splitlines() == [
        'Look: $x "y"',
        'What is "[1]" at <2>?',
        "A. None",
        "B. [2] is a dog.",
        "C. A cat, seen\tat <2>.",
        "D. NA",
        "A, B, C or D?",
    ]
    ran = run("bench", "export", bench / "video_open_ended.json", *options, "--overwrite")
    assert ran.returncode == 2
    assert ran.stderr.decode().startswith(f"error: {tmp_path / 'words.toml'} has no prompt video_oe\n")


def test_the_verdicts_of_the_exported_code_are_ours(bench, tmp_path):
    exported(bench, tmp_path / "out", "lmms-eval", "video_multi_choices")
    docs = [json.loads(line) for line in (tmp_path / "out" / "video_mc.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = [(doc, [said]) for doc in docs for said in SAID]
    code = GLUE + "print(json.dumps([glue.process_choice(*each) for each in json.load(open(sys.argv[1]))]))"
    (tmp_path / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    told = json.loads(alone(tmp_path / "out", code, tmp_path / "asked.json"))
    assert len(told) == len(docs) * len(SAID)
    for (doc, (said,)), scored in zip(asked, told, strict=True):
        read, theirs = strict.read(said, OPTIONS).letter, upstream.read(said)
        assert scored["accuracy_strict"]["score"] == (read == doc["answer"])
        assert scored["unparsed"]["score"] == (read is None)
        assert scored["accuracy_upstream"].get("score") == (None if theirs is None else theirs == doc["answer"])
        assert scored["accuracy_strict"]["cluster"] == doc["cluster"]


@pytest.mark.parametrize("corpus", ["phrasings.jsonl", "phrasings_held_out.jsonl"])
def test_the_exported_readers_read_every_phrasing_as_ours_do(bench, tmp_path, corpus):
    exported(bench, tmp_path / "out", "vlmevalkit", "video_multi_choices")
    path = Path(__file__).with_name(corpus)
    code = """
        import json, scoring
        for line in open(sys.argv[1], encoding="utf-8"):
            each = json.loads(line)
            print(json.dumps([scoring.strict.read(each["text"], each["options"]), scoring.upstream.read(each["text"])]))
    """
    told = [json.loads(line) for line in alone(tmp_path, code, path, site=tmp_path / "out").splitlines()]
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    ours = [[list(strict.read(row["text"], row["options"])), upstream.read(row["text"])] for row in rows]
    assert len(told) > 200
    assert told == ours


def test_two_exported_folders_in_one_process_have_each_their_own_readers(bench, tmp_path):
    for name in ("one", "two"):
        exported(bench, tmp_path / name, "lmms-eval", "video_multi_choices")
    changed = tmp_path / "two" / "reading" / "upstream.py"
    changed.write_text("def read(prediction): return 'D'\n", encoding="utf-8")
    code = """
        import importlib.util
        for name in ("one", "two"):
            spec = importlib.util.spec_from_file_location("inst_it_bench", f"{name}/inst_it_bench.py")
            glue = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(glue)
            print(glue.scoring.upstream.read("B"))
    """
    assert alone(tmp_path, code) == "B\nD\n"


def test_the_published_mean_leaves_out_what_is_not_valid_and_no_answer_at_all_is_zero(bench, tmp_path):
    exported(bench, tmp_path / "out", "lmms-eval", "video_multi_choices")
    code = GLUE + "print(glue.mean([{'score': 1.0}, {}, {'score': 0.0}]), glue.mean([{}]))"
    assert alone(tmp_path / "out", code) == "0.5 0.0\n"


@pytest.mark.parametrize(("form", "name"), [("choice", "video_multi_choices"), ("open", "video_open_ended")])
def test_the_answers_are_written_as_predictions_that_we_read(bench, tmp_path, form, name):
    exported(bench, tmp_path / "out", "lmms-eval", name)
    code = (
        GLUE
        + """
        docs = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
        class args: output_path = sys.argv[2]
        for _ in range(2):
            done = [getattr(glue, "process_" + sys.argv[3])(doc, ["B, ü"]) for doc in reversed(docs)]
            print(getattr(glue, "write_" + sys.argv[3])([each["answers_written"] for each in done], args=args))
    """.replace("\n        ", "\n")
    )
    task = "video_mc" if form == "choice" else "video_oe"
    told = alone(tmp_path / "out", code, f"{task}.jsonl", tmp_path / "results", form)
    written = sorted((tmp_path / "results" / "submissions").iterdir())
    assert len(written) == 2  # the second run replaces nothing
    command = "score" if form == "choice" else "judge"
    assert {f"instit-tools bench {command} {path}" for path in written} <= set(told.splitlines())
    items = items_of(bench, name)
    answers = joined(read_predictions([str(written[0])], items), items)
    assert [answer.id for answer in answers] == [item.id for item in items]
    assert {answer.prediction for answer in answers} == {"B, ü"}


# VLMEvalKit


VLMEVAL = {
    "vlmeval/__init__.py": "",
    "vlmeval/smp.py": "load = None",
    "vlmeval/dataset/__init__.py": "DATASET_CLASSES, SUPPORTED_DATASETS = [], []",
    "vlmeval/dataset/image_base.py": """
        class ImageBaseDataset:
            def __init__(self, dataset):
                self.dataset_name, self.data = dataset, self.load_data(dataset)
    """,
}


def kit(folder):
    """A stand-in for the kit with the little of it that the module uses; the real one is among the peers."""
    for name, text in VLMEVAL.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")
    return folder


def in_kit(out, site, code, *arguments, **env):
    program = "import inst_it_bench as b, json, sys\nb.register()\n" + textwrap.dedent(code)
    ran = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=out, env={"PYTHONPATH": f"{out}:{site}"} | env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not ran.returncode, ran.stderr
    return ran.stdout


def test_vlmevalkit_gets_a_table_for_each_split_and_form(bench, tmp_path):
    exported(bench, tmp_path / "out", "vlmevalkit")
    tables = sorted(path.name for path in (tmp_path / "out").glob("*.tsv"))
    assert tables == [
        "InstItBench_Frames_MC.tsv",
        "InstItBench_Frames_OpenEnded.tsv",
        "InstItBench_Image_MC.tsv",
        "InstItBench_Image_OpenEnded.tsv",
    ]
    text = (tmp_path / "out" / tables[0]).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
    assert [row["index"] for row in rows] == [str(index) for index in range(6)]
    assert {letter: rows[0][letter] for letter in "ABCD"} == OPTIONS
    assert rows[0]["image_path"] == repr([str(bench / path) for path in NUMERIC])
    assert json.loads(rows[0]["pictures"]) == NUMERIC


def test_no_name_of_a_dataset_means_anything_else_to_the_kit(bench, tmp_path):
    exported(bench, tmp_path / "out", "vlmevalkit")
    for path in (tmp_path / "out").glob("*.tsv"):
        assert "VIDEO" not in path.stem.upper()
        assert not any(each in path.stem.lower() for each in ("mmbench", "ccbench", "circular", "mmcr"))
        assert ("openended" in path.stem.lower()) == ("A" not in path.read_text().splitlines()[0].split("\t"))


def test_the_kit_shows_the_frames_in_order_and_keeps_an_option_called_none(bench, tmp_path):
    exported(bench, tmp_path / "out", "vlmevalkit", "video_multi_choices")
    code = """
        import vlmeval.dataset as d
        (name,) = d.SUPPORTED_DATASETS
        print(json.dumps(d.DATASET_CLASSES[0](dataset=name).build_prompt(0)))
    """
    *pictures, text = json.loads(in_kit(tmp_path / "out", kit(tmp_path / "site"), code))
    assert pictures == [{"type": "image", "value": str(bench / path)} for path in NUMERIC]
    assert text["value"].splitlines()[2] == "A. None"
    assert text["value"].splitlines()[5] == "D. NA"


def test_the_kit_scores_as_we_do_and_an_answer_it_did_not_get_is_none(bench, tmp_path):
    exported(bench, tmp_path / "out", "vlmevalkit", "video_multi_choices")
    said = ["A", "Best option: B", "None", "Failed to obtain answer via API.", "NA", "C"]
    code = """
        import pandas as pd
        one = b.InstItBenchMCQ(dataset="InstItBench_Frames_MC")
        one.data["prediction"] = json.loads(sys.argv[1])
        one.data.to_csv(sys.argv[2], sep="\\t", index=False)
        print(json.dumps(one.evaluate(sys.argv[2], model="gpt-4o-mini", nproc=4)))
    """
    told = in_kit(tmp_path / "out", kit(tmp_path / "site"), code, json.dumps(said), tmp_path / "m_d.tsv")
    scores = json.loads(told.splitlines()[-1])
    truths = "ABCABC"
    plain = ["" if each.startswith("Failed") else each for each in said]
    read = [strict.read(each, OPTIONS).letter for each in plain]
    theirs = [upstream.read(each) for each in plain]
    valid = [letter == truth for letter, truth in zip(theirs, truths, strict=True) if letter]
    assert scores["accuracy_strict"] == sum(letter == truth for letter, truth in zip(read, truths, strict=True)) / 6
    assert scores["unparsed"] == read.count(None) / 6
    assert scores["accuracy_upstream"] == sum(valid) / len(valid)
    assert (tmp_path / "m_d_acc.csv").is_file()
    (written,) = (tmp_path / "submissions").iterdir()
    assert [row["model_prediction"] for row in json.loads(written.read_text(encoding="utf-8"))] == [
        *said[:3], None, *said[4:],
    ]  # fmt: skip
    items = items_of(bench, "video_multi_choices")
    assert len(joined(read_predictions([str(written)], items), items)) == 6


def test_the_kit_writes_open_ended_answers_down(bench, tmp_path):
    exported(bench, tmp_path / "out", "vlmevalkit", "image_open_ended")
    code = """
        one = b.InstItBenchVQA(dataset="InstItBench_Image_OpenEnded")
        one.data["prediction"] = ["a dog", "", "NA", "x", "y", "z"]
        one.data.to_csv(sys.argv[1], sep="\\t", index=False)
        print(json.dumps(one.evaluate(sys.argv[1])))
    """
    told = in_kit(tmp_path / "out", kit(tmp_path / "site"), code, tmp_path / "m_d.tsv")
    assert json.loads(told.splitlines()[-1]) == {"unanswered": 1 / 6, "answers_written": 6}
    items = items_of(bench, "image_open_ended")
    answers = joined(read_predictions([str(tmp_path / "submissions")], items), items)
    assert [answer.prediction for answer in answers] == ["a dog", "", "NA", "x", "y", "z"]


# Pictures


@given(st.lists(st.integers(0, 10**6), unique=True, min_size=1), st.sampled_from(["", "frame_", "som-v2_", "x"]))
def test_frames_are_ordered_by_number_whatever_stands_before_it(numbers, prefix):
    names = [f"{prefix}{number}.jpg" for number in numbers]
    assert in_order(names, "v") == [f"{prefix}{number}.jpg" for number in sorted(numbers)]


@given(st.permutations([f"{number:04}.png" for number in range(1, 13)] + ["._0001.png", ".DS_Store", "notes.txt"]))
def test_what_systems_leave_beside_frames_is_left_out(names):
    assert in_order(names, "v") == [f"{number:04}.png" for number in range(1, 13)]


def test_two_frames_of_one_number_and_one_of_none_are_said_so():
    with pytest.raises(MediaError, match=re.escape("videos_vpt/001/1.jpg and 01.jpg have the same number")):
        in_order(["1.jpg", "01.jpg"], "videos_vpt/001")
    with pytest.raises(MediaError, match=re.escape("videos_vpt/001/cover.jpg has no number in its name")):
        in_order(["1.jpg", "cover.jpg"], "videos_vpt/001")
    with pytest.raises(MediaError, match=re.escape("v/1-of-8.jpg and 2-of-8.jpg have the same number")):
        in_order(["1-of-8.jpg", "2-of-8.jpg"], "v")


def test_pictures_without_marks_are_taken_where_that_is_asked_for(bench, tmp_path):
    shutil.copytree(bench / "videos_vpt", tmp_path / "media" / "videos_raw")
    items = items_of(bench, "video_multi_choices")
    options = {"harness": "lmms-eval", "root": tmp_path / "media", "marks": "raw"}
    export(items, open_store(tmp_path / "media"), tmp_path / "out", **options)
    wanted = [str(tmp_path / "media" / path.replace("_vpt", "_raw")) for path in NUMERIC]
    assert shown(tmp_path / "out", tmp_path / "media") == wanted


PIL = """
class Image:
    @staticmethod
    def open(path):
        return Opened(path)
class Opened:
    def __init__(self, path): self.path = path
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def convert(self, mode): return self.path
"""


def shown(out, root, *, env=None):
    """The pictures that the first question of a task shows, with a stand-in for Pillow that gives their paths."""
    site = out.parent / "pil"
    (site / "PIL").mkdir(parents=True, exist_ok=True)
    (site / "PIL" / "__init__.py").write_text(PIL, encoding="utf-8")
    (data,) = out.glob("*.jsonl")
    code = GLUE + (
        "doc = json.loads(open(sys.argv[1]).readline())\n"
        "print(json.dumps(glue.doc_to_visual(doc, {'media_root': sys.argv[2]})))"
    )
    return json.loads(alone(out, code, data.name, root, site=site, env=env))


def test_pictures_in_a_folder_are_named_and_those_in_an_archive_copied(bench, tmp_path):
    made = exported(bench, tmp_path / "named", "lmms-eval", "video_multi_choices")
    assert (made.copied, made.media) == (0, str(bench))
    assert shown(tmp_path / "named", bench) == [str(bench / path) for path in NUMERIC]
    with zipfile.ZipFile(tmp_path / "videos_vpt.zip", "w") as archive:
        for path in sorted((bench / "videos_vpt").rglob("*.jpg")):
            archive.write(path, path.relative_to(bench))
    items = items_of(bench, "video_multi_choices")
    store = open_store(tmp_path / "videos_vpt.zip")
    made = export(items, store, tmp_path / "copied", harness="lmms-eval", root=tmp_path / "videos_vpt.zip")
    assert (made.copied, made.media) == (2 * FRAMES, None)
    shutil.move(tmp_path / "copied", tmp_path / "moved")
    assert shown(tmp_path / "moved", "") == [str(tmp_path / "moved" / "media" / path) for path in NUMERIC]
    assert (tmp_path / "moved" / "media" / NUMERIC[3]).read_bytes() == (bench / NUMERIC[3]).read_bytes()


def test_the_environment_names_another_media_root(bench, tmp_path):
    exported(bench, tmp_path / "out", "lmms-eval", "video_multi_choices")
    shutil.copytree(bench / "videos_vpt", tmp_path / "elsewhere" / "videos_vpt")
    found = shown(tmp_path / "out", bench, env={"INST_IT_BENCH_MEDIA": str(tmp_path / "elsewhere")})
    assert found == [str(tmp_path / "elsewhere" / path) for path in NUMERIC]


def test_a_picture_that_is_gone_is_named_with_what_helps(bench, tmp_path):
    exported(bench, tmp_path / "out", "lmms-eval", "video_multi_choices")
    with pytest.raises(AssertionError, match=r"/none/videos_vpt/001/1.jpg is not there; INST_IT_BENCH_MEDIA=DIR names"):
        shown(tmp_path / "out", "/none")
    with pytest.raises(AssertionError, match=r"videos_vpt/001/1.jpg: INST_IT_BENCH_MEDIA=DIR names the folder"):
        shown(tmp_path / "out", "")


@pytest.mark.parametrize("harness", HARNESSES)
def test_pictures_in_a_parquet_file_become_files_called_by_question_and_content(tmp_path, harness):
    red, blue = picture("red", "PNG"), picture("blue")
    parquet(tmp_path / "choices.parquet", [("001-01", red), ("001/02", blue), *[(f"9-{n}", red) for n in range(40)]])
    items = read_items([str(tmp_path / "choices.parquet")])
    made = export(items, None, tmp_path / "out", harness=harness)
    images = tmp_path / "out" / "images"
    assert made.copied == 42
    assert made.media is None
    assert (images / "001-01.png").read_bytes() == red
    assert (images / "001_02.jpg").read_bytes() == blue
    if harness == "lmms-eval":
        assert shown(tmp_path / "out", "") == [str(images / "001-01.png")]


def test_another_picture_of_a_question_of_the_same_id_keeps_both(tmp_path):
    red, blue = picture("red"), picture("blue")
    (tmp_path / "a").mkdir()
    parquet(tmp_path / "a" / "one.parquet", [("1/1", red), ("1_1", blue), ("1:1", red)])
    made = export(read_items([str(tmp_path / "a")]), None, tmp_path / "out", harness="lmms-eval")
    assert made.copied == 2
    rows = [json.loads(line) for line in (tmp_path / "out" / "image_mc.jsonl").read_text().splitlines()]
    assert [row["pictures"] for row in rows] == [["./images/1_1.jpg"], ["./images/1_1-2.jpg"], ["./images/1_1.jpg"]]


# What stops an export


def test_a_missing_picture_is_named_with_its_question(tmp_path):
    (tmp_path / "media" / "videos_vpt").mkdir(parents=True)
    assert refusal(choice("image", "001", 1), media=tmp_path / "media", tmp_path=tmp_path) == (
        f"image question 001-01: images_vpt/001.jpg is missing | looked in {tmp_path / 'media'}"
    )
    row = opened("video", "003", 2)
    assert refusal(row, media=tmp_path / "media", name="video_open_ended", tmp_path=tmp_path) == (
        "video question 003-02: videos_vpt/003 holds no pictures | --media names the folder that holds videos_vpt/ or"
        " videos_vpt.zip"
    )


def test_a_file_that_is_no_picture_is_named_with_its_question(tmp_path):
    (tmp_path / "media" / "images_vpt").mkdir(parents=True)
    (tmp_path / "media" / "images_vpt" / "001.jpg").write_bytes(b"<html>not found</html>")
    told = refusal(choice("image", "001", 1), media=tmp_path / "media", tmp_path=tmp_path)
    assert told.startswith("image question 001-01: images_vpt/001.jpg is not a picture: it holds ")


def test_a_path_out_of_the_media_root_is_refused(tmp_path):
    (tmp_path / "media").mkdir()
    row = choice("image", "001", 1, image_path="images/../secret.jpg")
    told = refusal(row, media=tmp_path / "media", tmp_path=tmp_path)
    assert told.startswith("image question 001-01: 'images_vpt/../secret.jpg' is not a path inside the media root")


def test_pictures_that_nobody_says_the_place_of_are_asked_for(tmp_path):
    assert refusal(choice("image", "001", 1), media=None, tmp_path=tmp_path) == (
        "image question 001-01: images_vpt/001.jpg is not in the file, and nothing says where it is"
        " | --media names the folder that holds images_vpt/ and videos_vpt/"
    )


def test_a_question_without_a_path_or_an_answer_is_refused(bench, tmp_path):
    row = choice("image", "001", 1)
    del row["image_path"]
    assert refusal(row, media=bench, tmp_path=tmp_path) == (
        "image question 001-01: image_path: there is none | the published questions name their image or video"
    )
    row = choice("image", "001", 1)
    del row["answer"]
    assert refusal(row, media=bench, tmp_path=tmp_path) == (
        "image question 001-01 has no answer, and a task without answers scores nothing"
        " | export the published questions, which have answers"
    )


def test_a_picture_that_a_parquet_file_lacks_is_named(tmp_path):
    parquet(tmp_path / "choices.parquet", [("001-01", picture("red")), ("001-02", None)])
    with pytest.raises(MediaError) as caught:
        export(read_items([str(tmp_path / "choices.parquet")]), None, tmp_path / "out", harness="lmms-eval")
    where = f"image of row 2 of {tmp_path / 'choices.parquet'}"
    assert str(caught.value) == f"image question 001-02: {where} is not there"


def test_an_unknown_harness_is_told_with_those_there_are(run, tmp_path):
    ran = run("bench", "export", "x.json", "--harness", "helm", "-o", tmp_path / "out")
    assert ran.returncode == 2
    assert ran.stderr.decode() == "error: there is no harness 'helm'\nhint: choose lmms-eval, vlmevalkit\n"
    assert exporting.available() == HARNESSES


# The folder


def test_a_folder_with_something_in_it_is_left_alone(bench, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    for overwrite, message in (
        (False, f"{tmp_path / 'out'} already holds mine.txt"),
        (True, f"{tmp_path / 'out'} holds mine.txt, which no manifest there lists, so it is not replaced"),
    ):
        with pytest.raises(OutputError, match=re.escape(message)):
            exported(bench, tmp_path / "out", "lmms-eval", overwrite=overwrite)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_an_earlier_export_is_replaced_where_that_is_asked_for(bench, tmp_path):
    exported(bench, tmp_path / "out", "lmms-eval")
    for path in (tmp_path / "out", tmp_path / "out" / "reading"):
        (path / "__pycache__").mkdir()
        (path / "__pycache__" / "inst_it_bench.cpython-311.pyc").write_bytes(b"left by the harness")
    with pytest.raises(OutputError, match="already holds"):
        exported(bench, tmp_path / "out", "vlmevalkit")
    exported(bench, tmp_path / "out", "vlmevalkit", overwrite=True)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert "InstItBench_Image_MC.tsv" in names
    assert not {"inst_it_bench.yaml", "__pycache__"} & names
    listed = json.loads((tmp_path / "out" / "exported.json").read_text(encoding="utf-8"))
    assert {name.partition("/")[0] for name in listed["files"]} == names


def test_a_listing_that_is_none_of_ours_is_not_believed(bench, tmp_path):
    (tmp_path / "out").mkdir()
    for text in ("[1]", '{"files": [{}]}', "{", '{"files": null}'):
        (tmp_path / "out" / "exported.json").write_text(text)
        with pytest.raises(OutputError, match=r"exported\.json is not what an export writes"):
            exported(bench, tmp_path / "out", "lmms-eval", overwrite=True)


# The command


def test_the_command_tells_what_it_wrote_and_how_to_run_it(run, bench, tmp_path):
    out = tmp_path / "out"
    ran = run("bench", "export", bench / "video_multi_choices.json", "--harness", "lmms-eval", "-o", out)
    assert (ran.returncode, ran.stdout.decode()) == (0, f"{out} holds video_mc (6)\n")
    assert ran.stderr.decode() == (
        f"pictures are read from {bench}\n"
        f"to run it: lmms-eval --include_path {out} --tasks inst_it_bench_video_mc --output_path results --model NAME\n"
    )
    ran = run("bench", "export", bench, "--harness", "lmms-eval", "--media", f"file://{bench}", "-o", tmp_path / "all")
    assert ran.stderr.decode().startswith(f"pictures are read from {bench}\n")
    assert ran.stdout.decode() == f"{tmp_path / 'all'} holds image_mc (6), video_mc (6), image_oe (6), video_oe (6)\n"
    ran = run(
        "bench", "export", bench / "video_multi_choices.json", "--harness", "vlmevalkit", "--copy", "-o", out,
        "--overwrite", "--json",
    )  # fmt: skip
    assert json.loads(ran.stdout) == {
        "harness": "vlmevalkit",
        "folder": str(out),
        "tasks": {"video_mc": 6},
        "copied": 2 * FRAMES,
        "media": None,
        "runs": f"python {out}/inst_it_bench.py --data InstItBench_Frames_MC --model NAME",
    }


def test_every_readme_says_what_is_there_and_nothing_is_left_to_fill_in(bench, tmp_path):
    for harness in HARNESSES:
        exported(bench, tmp_path / harness, harness)
        text = (tmp_path / harness / "README.md").read_text(encoding="utf-8")
        assert text.count("| 6 |") == 4
        assert str(bench) in text
        assert not re.search(r"\$\w", text)
        assert re.findall(r"^instit-tools bench (\w+) \S+/\*_(\w+)_inference.json$", text, re.MULTILINE) == [
            ("score", "image_mc"),
            ("score", "video_mc"),
            ("judge", "image_oe"),
            ("judge", "video_oe"),
        ]
