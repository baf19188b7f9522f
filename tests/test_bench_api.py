"""The benchmark in Python: the commands as functions, with tables."""

import json

import pytest
from judges import Judge, chosen, score

import instit_tools as it
from instit_tools.errors import UsageError
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
