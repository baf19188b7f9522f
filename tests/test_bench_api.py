"""The benchmark in Python: the commands as functions, with tables."""

import json

import pytest
from judges import Judge, chosen, score

import instit_tools as it
from instit_tools.errors import OutputError, UsageError
from instit_tools.made_up import Options, write


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api") / "made"
    write(folder, Options(videos=4, images=2, media=True, bench=True))
    return folder


@pytest.fixture
def bench(made):
    return made / "bench"


def test_every_name_of_the_namespace_is_there_and_nothing_heavy_comes_with_it():
    assert sorted(it.bench.__all__) == it.bench.__all__
    assert all(callable(getattr(it.bench, name)) for name in it.bench.__all__)
    assert {*it.bench.__all__} <= {*dir(it.bench)}
    with pytest.raises(AttributeError, match="has no attribute 'scor'"):
        _ = it.bench.scor


def test_scored_answers_are_a_table_with_a_row_an_answer(bench):
    found = it.bench.score(
        bench / "predictions/video_mc_inference.json", bench / "video_multi_choices.json", name="mine"
    )
    table = found.frame()
    assert table.height == len(it.bench.questions(bench / "video_multi_choices.json"))
    assert {"question_id", "truth", "strict", "upstream", "instances", "time", "source"} <= {*table.columns}
    assert "kinds" not in table.columns
    right = (table["strict"] == table["truth"]).sum()
    assert right == found.score.splits[0].whole["strict"].right
    assert found.score.name == "mine"


def test_a_judge_is_asked_from_python_and_its_scores_are_a_table(bench, tmp_path):
    with Judge(answer=score) as judge:
        found = it.bench.judge(
            bench / "predictions/video_oe_inference.json", endpoint=judge.url, cache=tmp_path / "c", concurrency=2
        )
        assert judge.calls == found.frame().height == found.spent.calls
        again = it.bench.judge(
            bench / "predictions/video_oe_inference.json", endpoint=judge.url, cache=str(tmp_path / "c")
        )
    assert again.spent.calls == 0
    assert again.judged == found.judged
    assert found.frame()["score"].mean() == pytest.approx(found.judged.splits[0].groups[0].of_scored.mean)


def test_a_model_is_asked_from_python_and_its_predictions_are_written(made, tmp_path):
    with Judge(answer=chosen) as model:
        found = it.bench.predict(
            made / "bench/video_multi_choices.json",
            model="m",
            endpoint=model.url,
            media=made,
            cache=tmp_path / "c",
            out=tmp_path / "out",
        )
        assert {body["max_tokens"] for body in model.bodies} == {128}
    rows = json.loads((tmp_path / "out/video_mc_inference.json").read_text())
    assert [row["model_prediction"] for row in rows] == [text for _, text in found.answers]
    scored = it.bench.score(tmp_path / "out/video_mc_inference.json")
    assert scored.score.splits[0].questions == len(rows)


def test_comparisons_agreement_and_the_leaderboard_take_what_the_commands_write(bench, run, tmp_path):
    predictions = bench / "predictions/video_mc_inference.json"
    assert run("bench", "score", predictions, "-o", "scored", "--name", "mine").returncode == 0
    itself = it.bench.compare(tmp_path / "scored", tmp_path / "scored")
    assert itself.splits[0].conclusion.startswith("No difference can be told")
    table = it.bench.leaderboard(tmp_path / "scored").frame()
    assert "mine" in table["model"].to_list()
    assert it.bench.leaderboard().frame().height == table.height - 1


def test_a_task_for_a_harness_is_written_from_python(made, tmp_path):
    written = it.bench.export(
        made / "bench/video_multi_choices.json", tmp_path / "tasks", harness="lmms-eval", media=made
    )
    assert written.tasks == {"video_mc": len(it.bench.questions(made / "bench/video_multi_choices.json"))}
    assert (tmp_path / "tasks/exported.json").is_file()


def test_options_that_do_not_exist_are_named_with_those_that_do(bench):
    with pytest.raises(UsageError, match="there is no option 'heat'") as caught:
        it.bench.judge(bench / "predictions/video_oe_inference.json", heat=0)
    assert "temperature" in caught.value.hint
    with pytest.raises(UsageError, match="who is asked"):
        it.bench.predict(bench / "video_multi_choices.json")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda it, file: it.compare(file, file, reader="Strict"), "reader: there is no 'Strict'"),
        (lambda it, file: it.score(file, missing="skip"), "missing: there is no 'skip'"),
        (lambda it, _: it.leaderboard(sort="video"), "sort: there is no 'video'"),
        (lambda it, file: it.judge(file, failures="zeros"), "failures: invalid enum value 'zeros'"),
        (lambda it, file: it.judge(file, answer_format="xml"), "answer_format: invalid enum value 'xml'"),
        (lambda it, file: it.judge(file, concurrency=0), "concurrency: 0 is less than 1"),
        (lambda it, file: it.judge(file, requests_a_minute=0), "requests_a_minute: 0 is less than 1"),
        (lambda it, file: it.judge(file, price=5), "price: expected `array | null`, got `int`"),
        (lambda it, file: it.judge(file, concurrency="8"), "concurrency: expected `int`, got `str`"),
        (lambda it, file: it.predict(file, model="m", max_frames=0), "max_frames: 0 is less than 1"),
        (lambda it, file: it.predict(file, model="m", limit=-1), "limit: -1 is less than 1"),
        (lambda it, file: it.predict(file, model="m", name="x"), "there is no option 'name'"),
    ],
)
def test_an_option_of_a_wrong_value_never_means_something_else(bench, call, message):
    with pytest.raises(UsageError) as caught:
        call(it.bench, bench / "predictions/video_oe_inference.json")
    assert caught.value.message == message


def test_a_folder_that_holds_something_is_refused_before_a_model_is_asked(made, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with Judge(answer=chosen) as model:
        with pytest.raises(OutputError, match=r"already holds mine\.txt"):
            it.bench.predict(
                made / "bench/video_multi_choices.json", model="m", endpoint=model.url, media=made, out=tmp_path / "out"
            )
        assert model.calls == 0


def test_results_are_shown_in_few_lines_and_taken_by_the_leaderboard_as_they_are(bench):
    found = it.bench.score(bench / "predictions/video_mc_inference.json", name="mine")
    assert repr(found).splitlines()[0] == "mine"
    assert len(repr(found).splitlines()) == 3
    board = it.bench.leaderboard(found)
    assert board.frame().equals(it.bench.leaderboard([found]).frame())
    assert "mine" in board.frame()["model"].to_list()
    assert board._repr_html_().startswith("<div>")


def test_the_address_of_the_environment_is_asked_where_none_is_named(bench, tmp_path, monkeypatch):
    with Judge(answer=score) as judge:
        monkeypatch.setenv("OPENAI_BASE_URL", judge.url)
        found = it.bench.judge(bench / "predictions/video_oe_inference.json", cache=tmp_path / "c")
        assert judge.calls == found.spent.calls
