"""Questions and pictures to a model, and what it says in the published shape: endpoints, plug-ins, order, resuming."""

import base64
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from judges import Judge, asked, chosen
from PIL import Image

from instit_tools.bench.asking.endpoint import Endpoint
from instit_tools.bench.asking.service import Service
from instit_tools.bench.predicting.files import write_predictions
from instit_tools.bench.predicting.models import Prompt
from instit_tools.bench.predicting.pictures import Shots, pictures_of
from instit_tools.bench.predicting.run import predict
from instit_tools.bench.predicting.settings import Settings
from instit_tools.bench.prompts import own
from instit_tools.errors import MediaError, UsageError
from instit_tools.made_up import Options, write
from instit_tools.media.store import open_store

MC = "video_multi_choices.json"


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench") / "made"
    write(folder, Options(videos=3, images=3, media=True, bench=True))
    return folder


@pytest.fixture
def predicting(run, made, tmp_path):
    """Run ``bench predict`` on the made-up benchmark; give the process and the folder."""

    def command(*arguments, questions=(MC,), out="out", **environment):
        env = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)} | environment
        named = [made / "bench" / name for name in questions]
        done = run("bench", "predict", *named, "--media", made, "-o", out, *arguments, env=env)
        return done, tmp_path / out

    return command


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def settings(made, url, tmp_path, *questions, **options):
    named = tuple(str(made / "bench" / name) for name in questions or (MC,))
    endpoint = Endpoint(model="m", url=url, max_tokens=options.pop("max_tokens", None))
    service = Service(endpoint=endpoint, cache=tmp_path / "answers")
    return Settings(items=named, service=service, media=str(made), **options)


def pictures(body):
    return [
        base64.b64decode(part["image_url"]["url"].partition(",")[2])
        for part in body["messages"][0]["content"]
        if part["type"] == "image_url"
    ]


def test_every_question_is_answered_in_the_published_shape_and_scored_by_the_next_command(predicting, made, run):
    with Judge(answer=chosen) as model:
        names = ("video_multi_choices.json", "image_open_ended.json", "image_multi_choices.json")
        done, out = predicting("--model", "m", "--endpoint", model.url, questions=names)
    assert done.returncode == 0, done.stderr.decode()
    written = ["image_mc_inference.json", "image_oe_inference.json", "video_mc_inference.json"]
    assert done.stdout.decode().split() == [f"out/{name}" for name in written]
    for name in written:
        split, form, _ = name.split("_")
        asked_for = read(made / f"bench/{split}_{'multi_choices' if form == 'mc' else 'open_ended'}.json")
        rows = read(out / name)
        assert [row["question_id"] for row in rows] == sorted(row["question_id"] for row in asked_for)
        assert all(
            list(row) == ["question_id", "question", "model_prediction", "ground_truth", "split"] for row in rows
        )
        assert {row["split"] for row in rows} == {split}
        assert [row["ground_truth"] for row in rows] == [row["answer"] for row in asked_for]
    scored = run("bench", "score", out / "video_mc_inference.json", "--items", made / "bench" / MC, "--json")
    assert scored.returncode == 0
    assert json.loads(scored.stdout)["splits"][0]["groups"][0]["readers"]["strict"]["parsed"] == len(rows)


def test_a_model_gets_all_frames_of_a_video_in_the_order_of_its_annotations_each_behind_its_timestamp(predicting, made):
    with Judge(answer=chosen) as model:
        predicting("--model", "m", "--endpoint", model.url)
    record = {each["video_path"]: each for each in read(made / "made_up_video.json")}
    items = read(made / "bench" / MC)
    assert len(model.bodies) == len(items)
    for body in model.bodies:
        texts = asked(body).splitlines()
        item = next(item for item in items if {item["question"], f"A. {item['options']['A']}"} <= {*texts})
        frames = record[item["video_path"]]["frame_level_caption"]
        files = [made / item["video_path"] / frame["frame_name"] for frame in frames]
        assert pictures(body) == [file.read_bytes() for file in files]
        labels = [part["text"] for part in body["messages"][0]["content"] if part["type"] == "text"][:-1]
        assert labels == [f"<{frame['timestamp']}>" for frame in frames]


def test_the_prompt_is_the_question_and_its_options_a_line_each_and_greedy_by_default(predicting, made):
    with Judge(answer=chosen) as model:
        predicting("--model", "m", "--endpoint", model.url, "--limit", "1")
    (body,) = model.bodies
    first = min(read(made / "bench" / MC), key=lambda item: item["question_id"])
    around = own().tree()["video_mc"]
    options = "\n".join(f"{letter}. {text}" for letter, text in first["options"].items())
    assert asked(body) == f"{around['pre_prompt']}\n{first['question']}\n{options}\n{around['post_prompt']}"
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m", 0, 128)
    assert "seed" not in body
    assert "response_format" not in body


def test_the_authors_prompts_are_read_from_their_python_file(predicting, tmp_path):
    (tmp_path / "prompts.py").write_text(
        'prompt_template = {"video_mc": {"pre_prompt": "Look.", "post_prompt": "The best answer is: "}}\n'
        f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    )
    with Judge(answer=chosen) as model:
        done, _ = predicting("--model", "m", "--endpoint", model.url, "--prompts", "prompts.py", "--limit", "2")
    assert done.returncode == 0
    assert all(asked(body).startswith("Look.\n") for body in model.bodies)
    assert all(asked(body).endswith("\nThe best answer is: ") for body in model.bodies)
    assert not (tmp_path / "ran").exists()


def test_raw_pictures_fewer_frames_smaller_pictures_and_no_labels_are_what_is_sent(predicting, made):
    with Judge(answer=chosen) as model:
        options = ("--marks", "raw", "--max-frames", "2", "--max-side", "64", "--no-frame-labels", "--limit", "3")
        done, out = predicting("--model", "m", "--endpoint", model.url, *options)
    assert done.returncode == 0
    for body in model.bodies:
        sizes = [Image.open(io.BytesIO(data)).size for data in pictures(body)]
        assert len(sizes) == 2
        assert all(max(size) == 64 for size in sizes)
        assert len([part for part in body["messages"][0]["content"] if part["type"] == "text"]) == 1
    ran = read(out / "run.json")
    assert (ran["marks"], ran["max_frames"], ran["max_side"], ran["labels"]) == ("raw", 2, 64, False)


def test_kept_frames_are_the_first_the_last_and_evenly_between_with_their_own_timestamps(tmp_path):
    folder = tmp_path / "videos_vpt" / "001"
    folder.mkdir(parents=True)
    for number in range(1, 12):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number}.jpg")
    item = item_of("001-01", "videos_vpt/001")
    kept = pictures_of(item, Shots(store=open_store(tmp_path), max_frames=3))
    assert [picture.timestamp for picture in kept] == [1, 6, 11]
    assert [picture.data for picture in kept] == [(folder / f"{number}.jpg").read_bytes() for number in (1, 6, 11)]


def test_frames_go_by_their_numbers_and_what_is_no_frame_is_left_alone(tmp_path):
    folder = tmp_path / "videos_vpt" / "001"
    folder.mkdir(parents=True)
    for name in ("frame_2.jpg", "frame_10.jpg", "frame_1.png"):
        Image.new("RGB", (8, 8)).save(folder / name, "PNG")
    for name in (".DS_Store", "._frame_1.jpg", "notes.txt", "Thumbs.db"):
        (folder / name).write_bytes(b"junk")
    found = pictures_of(item_of("001-01", "videos_vpt/001"), Shots(store=open_store(tmp_path)))
    assert [picture.timestamp for picture in found] == [1, 2, 3]
    assert [picture.mime for picture in found] == ["image/png"] * 3
    order = [(folder / name).read_bytes() for name in ("frame_1.png", "frame_2.jpg", "frame_10.jpg")]
    assert [picture.data for picture in found] == order


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "videos_vpt/001 holds no pictures"),
        (["1.jpg", "01.jpg"], "videos_vpt/001/01.jpg and 1.jpg have the same number"),
        (["first.jpg"], "videos_vpt/001/first.jpg has no number in its name, so its place among the frames is unknown"),
    ],
    ids=["none", "one number twice", "no number"],
)
def test_frames_whose_order_is_not_known_are_refused(tmp_path, names, message):
    (tmp_path / "videos_vpt/001").mkdir(parents=True)
    for name in names:
        Image.new("RGB", (8, 8)).save(tmp_path / "videos_vpt/001" / name)
    with pytest.raises(MediaError) as caught:
        pictures_of(item_of("001-01", "videos_vpt/001"), Shots(store=open_store(tmp_path)))
    assert caught.value.message == f"video question 001-01: {message}"


def item_of(name, path):
    from instit_tools.bench.items import Item

    return Item(
        id=name, split="video", question="Q?", truth="A", choices={}, path=path, cluster="1", source=None, file="q.json"
    )


def test_pictures_come_out_of_a_zip_as_well(predicting, made, tmp_path):
    shutil.copytree(made / "bench", tmp_path / "zipped/bench")
    with zipfile.ZipFile(tmp_path / "zipped/videos_vpt.zip", "w") as archive:
        for file in sorted((made / "videos_vpt").rglob("*.jpg")):
            archive.write(file, file.relative_to(made))
    sent = []
    for media in (made, tmp_path / "zipped"):
        with Judge(answer=chosen) as model:
            done, _ = predicting(
                "--model",
                "m",
                "--endpoint",
                model.url,
                "--limit",
                "2",
                "--media",
                media,
                "--fresh",
                out=f"o{len(sent)}",
            )
            assert done.returncode == 0, done.stderr.decode()
            sent.append(sorted(map(pictures, model.bodies)))
    assert sent[0] == sent[1]


def test_pictures_inside_a_published_parquet_file_are_sent_by_row(made, tmp_path):
    items = read(made / "bench/image_multi_choices.json")
    table = [
        {
            "question_id": item["question_id"],
            "question": item["question"],
            "answer": item["answer"],
            "image": {"bytes": (made / item["image_path"]).read_bytes(), "path": None},
            **{f"choice_{letter.lower()}": text for letter, text in item["options"].items()},
        }
        for item in items
    ]
    pq.write_table(pa.Table.from_pylist(table), tmp_path / "test-00000.parquet", row_group_size=2)
    with Judge(answer=chosen) as model:
        asked_for = settings(made, model.url, tmp_path)
        found = predict(Settings(items=(str(tmp_path / "test-00000.parquet"),), service=asked_for.service))
    assert len(found.answers) == len(items)
    by_question = {(item["question"], tuple(item["options"].values())): item for item in items}
    for body in model.bodies:
        item = next(
            item for (question, options), item in by_question.items()
            if question in asked(body) and all(option in asked(body) for option in options)
        )  # fmt: skip
        assert pictures(body) == [(made / item["image_path"]).read_bytes()]


def test_a_run_that_was_killed_asks_only_what_was_not_answered_and_ends_the_same(made, tmp_path):
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "instit_tools", "bench", "predict", str(made / "bench" / MC), "--media", str(made)]
    with Judge(answer=chosen) as model:
        asking = [*command, "--model", "m", "--endpoint", model.url, "--concurrency", "2", "-o"]
        killed = subprocess.Popen([*asking, "out"], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
        model.until(4, answered=True)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert not (tmp_path / "out").exists()
        again = subprocess.run([*asking, "out"], cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert again.returncode == 0, again.stderr.decode()
        assert len(model.received) == len(read(made / "bench" / MC))
        assert sum(count - 1 for count in model.received.values()) <= 2
        fresh = subprocess.run([*asking, "other", "--fresh"], cwd=tmp_path, env=environment, check=False)
        assert fresh.returncode == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["run.json", "video_mc_inference.json"]
    assert all((tmp_path / "out" / name).read_bytes() == (tmp_path / "other" / name).read_bytes() for name in names)


def test_questions_without_an_answer_are_listed_and_the_next_run_asks_those_alone(predicting, made, tmp_path):
    questions = [item["question"] for item in read(made / "bench" / MC)]

    def script(question, before):
        return "refusal" if questions[0] in question or questions[1] in question else None

    with Judge(script, answer=chosen) as model:
        done, out = predicting("--model", "m", "--endpoint", model.url, "--as", "my model")
        assert done.returncode == 3
        failures = [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]
        assert {failure["failure"] for failure in failures} == {"the model refuses: I cannot help with that."}
        answered = read(out / "video_mc_inference.json")
        assert len(answered) + len(failures) == len(questions)
        assert f"my model answered {len(answered)} of {len(questions)} questions" in done.stderr.decode()
    with Judge(answer=chosen) as model:
        done, out = predicting("--model", "m", "--endpoint", model.url, "--as", "my model", "--overwrite")
        assert done.returncode == 0
        assert model.calls == len(failures)
    assert len(read(out / "video_mc_inference.json")) == len(questions)
    assert not (out / "failures.jsonl").exists()


def test_answers_that_were_cut_at_the_most_tokens_are_counted_and_said(predicting):
    with Judge(["length"] * 3, answer=chosen) as model:
        done, out = predicting("--model", "m", "--endpoint", model.url, "--limit", "3")
    assert done.returncode == 0
    assert read(out / "run.json")["cut"] == 3
    assert b"video_mc_inference.json" in done.stdout
    assert "warning: 3 answers ended at 128 tokens, in the middle: --max-tokens allows more" in done.stderr.decode()


def test_a_missing_picture_stops_before_anybody_is_asked(predicting, made, tmp_path):
    with Judge(answer=chosen) as model:
        done, out = predicting("--model", "m", "--endpoint", model.url, "--media", tmp_path)
        assert model.calls == 0
    assert done.returncode == 2
    said = done.stderr.decode().splitlines()
    assert said[0].startswith("error: video question 001-01: ")
    assert said[0].endswith(" holds no pictures")
    assert not out.exists()


def test_an_older_result_is_refused_before_anything_is_paid_for(predicting):
    with Judge(answer=chosen) as model:
        assert predicting("--model", "m", "--endpoint", model.url, "--limit", "1")[0].returncode == 0
        calls = model.calls
        done, _ = predicting("--model", "m", "--endpoint", model.url)
        assert model.calls == calls
    assert done.returncode == 2
    assert "error: out already holds " in done.stderr.decode()


def test_a_dry_run_counts_and_asks_nobody(predicting, made):
    done, out = predicting("--model", "m", "--endpoint", "http://127.0.0.1:9/v1", "--dry-run", "--price", "1", "2")
    assert done.returncode == 0
    shown = dict(line.split("  ", 1) for line in done.stdout.decode().splitlines())
    assert shown["to ask"].strip() == str(len(read(made / "bench" / MC)))
    assert shown["cost"].strip().startswith("$0.")
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "who is asked: --model, a name that the endpoint serves, or --local, a plug-in"),
        (
            ("--model", "m", "--local", "x:y"),
            "--model m is served by an endpoint, and --local x:y is a plug-in: only one",
        ),
        (("--model", "m", "--option", "a=b"), "--option a=b is for a plug-in, and none is named"),
        (("--local", "x:y", "--temperature", "1"), "--temperature is for an endpoint, and --local is a plug-in"),
        (("--local", "nothing"), "no model is called 'nothing'"),
        (("--local", "not_there:Model"), "not_there:Model: there is no module not_there"),
        (("--local", "json:Model"), "json:Model: json has no Model"),
        (("--local", "x:y", "--option", "ab"), "--option ab is no KEY=VALUE"),
    ],
    ids=["nobody", "two", "option", "of an endpoint", "no plug-in", "no module", "no attribute", "no value"],
)
def test_who_is_asked_is_said_clearly_or_refused(predicting, arguments, message):
    done, _ = predicting(*arguments)
    assert done.returncode == 2
    assert f"error: {message}" in done.stderr.decode()


MODEL = '''
class Counting:
    """Says how many pictures it got."""

    def __init__(self, letter="A", fail=""):
        self.letter, self.fail = letter, fail

    def __call__(self, prompt):
        if self.fail and prompt.id == self.fail:
            raise RuntimeError("the GPU is gone")
        return f"{self.letter} ({len(prompt.pictures)} pictures, {prompt.pictures[0].mime}, {prompt.form})"
'''


def test_a_plug_in_of_an_installed_package_is_found_by_its_name_and_asked_once_a_question(predicting, made, tmp_path):
    (tmp_path / "my_model.py").write_text(MODEL)
    installed = tmp_path / "my_model-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: my-model\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[instit_tools.models]\ncounting = my_model:Counting\n")
    done, out = predicting("--local", "counting", "--option", "letter=D")
    assert done.returncode == 0, done.stderr.decode()
    rows = read(out / "video_mc_inference.json")
    assert all(row["model_prediction"].startswith("D (") for row in rows)
    assert all(row["model_prediction"].endswith(" pictures, image/jpeg, multiple-choice)") for row in rows)
    assert read(out / "run.json")["model"] == "counting letter=D"
    again, _ = predicting("--local", "counting", "--option", "letter=D", out="again")
    assert f"0 calls, {len(rows)} from the cache" in again.stderr.decode()
    unknown, _ = predicting("--local", "countings", out="third")
    assert "hint: did you mean counting?" in unknown.stderr.decode()


def test_what_a_plug_in_raises_is_a_question_without_an_answer_and_the_others_are_asked(predicting, made, tmp_path):
    (tmp_path / "my_model.py").write_text(MODEL)
    last = max(item["question_id"] for item in read(made / "bench" / MC))
    done, out = predicting("--local", "my_model:Counting", "--option", f"fail={last}")
    assert done.returncode == 3
    line = next(number for number, text in enumerate(MODEL.splitlines(), 1) if "raise" in text)
    (failure,) = [json.loads(text) for text in (out / "failures.jsonl").read_text().splitlines()]
    assert failure["failure"] == f"RuntimeError: the GPU is gone (my_model.py, line {line})"
    assert failure["question_id"] == last
    assert b"Traceback" not in done.stderr
    assert len(read(out / "video_mc_inference.json")) == len(read(made / "bench" / MC)) - 1


def test_other_code_or_other_options_of_a_plug_in_are_asked_anew(predicting, made, tmp_path):
    questions = len(read(made / "bench" / MC))
    name = ("--local", "my_model:Counting", "--as", "mine")
    for number, (code, options) in enumerate(
        ((MODEL, ()), (MODEL, ("--option", "letter=B")), (MODEL.replace("pictures,", "images,"), ()), (MODEL, ()))
    ):
        (tmp_path / "my_model.py").write_text(code)
        done, _ = predicting(*name, *options, out=f"out{number}")
        known = questions if number == 3 else 0
        assert f"{questions - known} calls, {known} from the cache" in done.stderr.decode()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("thing = 3", "my_model:thing is no class and no function, but int"),
        ("def thing(): return 'text'", "my_model:thing makes str, which cannot be called with a prompt"),
        (
            "def thing(path): pass",
            "my_model:thing cannot be made: thing() missing 1 required positional argument: 'path'",
        ),
    ],
    ids=["no function", "no model", "no option"],
)
def test_what_is_no_model_is_said_so(predicting, tmp_path, code, message):
    (tmp_path / "my_model.py").write_text(code)
    done, _ = predicting("--local", "my_model:thing")
    assert done.returncode == 2
    assert f"error: {message}" in done.stderr.decode()


def test_a_model_that_gives_no_text_is_a_question_without_an_answer(predicting, tmp_path):
    (tmp_path / "my_model.py").write_text("def thing(): return lambda prompt: None if prompt.id == '001-01' else 'B'\n")
    done, out = predicting("--local", "my_model:thing")
    assert done.returncode == 3
    (failure,) = [json.loads(text) for text in (out / "failures.jsonl").read_text().splitlines()]
    assert failure["failure"] == "the model gave NoneType, not text"


def test_pictures_are_found_in_the_folder_above_the_questions(run, made, tmp_path):
    with Judge(answer=chosen) as model:
        options = ("--model", "m", "--endpoint", model.url, "-o", tmp_path / "out", "--limit", 1)
        done = run("bench", "predict", made / "bench" / MC, *options, "--cache", tmp_path / "cache")
        assert done.returncode == 0, done.stderr.decode()
        assert all(pictures(body) for body in model.bodies)


def test_a_question_that_speaks_of_a_frame_that_is_not_there_is_counted_and_said(predicting, made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    item = next(item for item in read(made / "bench" / MC) if "<" in item["question"])
    for frame in sorted((copy / item["video_path"]).iterdir())[1:]:
        frame.unlink()
    with Judge(answer=chosen) as model:
        done, out = predicting("--model", "m", "--endpoint", model.url, "--media", copy)
    assert done.returncode == 0, done.stderr.decode()
    assert read(out / "run.json")["beyond"] >= 1
    assert "speak of a frame that is not there: is a frame missing?" in done.stderr.decode()


def test_a_plug_in_that_does_not_take_an_option_is_a_sentence(predicting, tmp_path):
    (tmp_path / "my_model.py").write_text(MODEL)
    done, _ = predicting("--local", "my_model:Counting", "--option", "size=7")
    assert done.returncode == 2
    assert "error: my_model:Counting cannot be made: " in done.stderr.decode()


def test_a_plug_in_is_told_everything_that_an_endpoint_is(made, tmp_path, monkeypatch):
    seen = []

    def model(prompt):
        seen.append(prompt)
        return "B"

    (tmp_path / "plain_model.py").write_text("def make():\n    return MODEL\n")
    monkeypatch.syspath_prepend(tmp_path)
    import plain_model

    plain_model.MODEL = model
    asked_for = settings(made, "http://127.0.0.1:9/v1", tmp_path, local="plain_model:make", limit=2, labels=False)
    found = predict(asked_for)
    assert [text for _, text in found.answers] == ["B", "B"]
    assert all(isinstance(prompt, Prompt) for prompt in seen)
    assert [prompt.id for prompt in seen] == [item.id for item, _ in found.answers]
    assert not any(prompt.labels for prompt in seen)
    names = write_predictions(tmp_path / "out", found)
    assert names == ["video_mc_inference.json"]


def test_a_split_whose_prompt_is_not_in_the_file_is_refused_before_anybody_is_asked(made, tmp_path):
    (tmp_path / "judge.txt").write_text("Grade.")
    with pytest.raises(UsageError, match="has no prompt video_mc"):
        predict(settings(made, "http://127.0.0.1:9/v1", tmp_path, prompts=tmp_path / "judge.txt"))


def test_what_was_asked_of_whom_is_printed_as_json_on_demand(predicting):
    with Judge(answer=chosen) as model:
        done, out = predicting("--model", "m", "--endpoint", model.url, "--limit", "2", "--json")
    assert done.returncode == 0
    assert done.stdout == (out / "run.json").read_bytes()
    planned, _ = predicting("--model", "m", "--endpoint", "http://127.0.0.1:9/v1", "--dry-run", "--json")
    assert json.loads(planned.stdout)["dollars"] is None


def test_an_endpoint_that_refuses_them_is_sent_neither_a_temperature_nor_a_length(predicting):
    with Judge(answer=chosen) as model:
        predicting("--model", "m", "--endpoint", model.url, "--limit", "1", "--endpoint-defaults")
    (body,) = model.bodies
    assert {"temperature", "max_tokens", "seed"}.isdisjoint(body)


def test_a_folder_of_predictions_is_scored_and_judged_by_what_is_in_it(predicting, run, made, tmp_path):
    with Judge(answer=chosen) as model:
        names = (MC, "video_open_ended.json")
        done, out = predicting("--model", "m", "--endpoint", model.url, questions=names)
        assert done.returncode == 0
    scored = run("bench", "score", out, "--items", made / "bench" / MC, "--json")
    assert scored.returncode == 0, scored.stderr.decode()
    told = json.loads(scored.stdout)
    assert told["name"] == "out"
    assert [given["name"] for given in told["predictions"]] == [str(out / "video_mc_inference.json")]
    planned = run("bench", "judge", out, "--dry-run", "--json", "--cache", tmp_path / "c")
    assert json.loads(planned.stdout)["questions"] == len(read(out / "video_oe_inference.json"))
