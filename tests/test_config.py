import os
from pathlib import Path

import pytest

from instit_tools.errors import UsageError
from instit_tools.linting.config import Config, load, nearest
from instit_tools.linting.rules import every, families
from instit_tools.linting.settings import Settings, ignored_for
from instit_tools.source.find import PIPED

CODE = next(iter(every()))
FAMILY = next(iter(families()))
FULL = f"""
select = ["all"]
ignore = ["{CODE}", "{FAMILY}"]
strict = true
max-problems = 0
per-file-ignores = {{"old/*.json" = ["{CODE}"]}}
"""


@pytest.fixture
def file(tmp_path):
    """Write a file below the temporary folder and give its path."""

    def write(text, name="instit.toml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_says_what_the_command_line_could(file, tmp_path):
    assert load(file(FULL)) == Config(
        select=("all",),
        ignore=(CODE, FAMILY),
        strict=True,
        max_problems=0,
        per_file_ignores={str(tmp_path / "old" / "*.json"): (CODE,)},
    )


def test_a_table_in_pyproject_says_the_same(file):
    table = FULL.replace("\nper-file-ignores", "\n[tool.instit-tools.per-file-ignores]\n#")
    config = load(file("[tool.instit-tools]" + table + f'"old/*.json" = ["{CODE}"]', "pyproject.toml"))
    assert config == load(file(FULL))


def test_without_a_file_the_defaults_hold(tmp_path):
    assert nearest(tmp_path / "not" / "there") == Config()


def test_the_nearest_file_holds_alone(file, tmp_path):
    file("strict = true\nmax-problems = 5")
    file("max-problems = 3", "a/instit.toml")
    inside = tmp_path / "a" / "b" / "c"
    assert nearest(inside) == Config(max_problems=3)
    assert nearest(tmp_path) == Config(strict=True, max_problems=5)


def test_instit_toml_wins_over_pyproject_beside_it(file, tmp_path):
    file("[tool.instit-tools]\nmax-problems = 1", "pyproject.toml")
    assert nearest(tmp_path).max_problems == 1
    file("max-problems = 2")
    assert nearest(tmp_path).max_problems == 2


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'", "tool = 3", "[tool.ruff]\nline-length = 3"])
def test_a_pyproject_without_the_table_is_passed_over(file, tmp_path, text):
    file("max-problems = 7")
    file(text, "a/pyproject.toml")
    assert nearest(tmp_path / "a").max_problems == 7
    with pytest.raises(UsageError, match=r"pyproject\.toml has no table \[tool\.instit-tools\]"):
        load(tmp_path / "a" / "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("selectt = []", "selectt: there is no such key", "did you mean select?"),
        ("max_problems = 3", "max_problems: there is no such key", "did you mean max-problems?"),
        ("x = 1", "x: there is no such key", "choose select, ignore, strict"),
        ("strict = 'yes'", "strict must be true or false", "remove strict"),
        ("strict = 1", "strict must be true or false", "remove strict"),
        ("max-problems = -1", "max-problems must be a whole number from 0", "remove max-problems"),
        ("max-problems = true", "max-problems must be a whole number from 0", "remove max-problems"),
        ("max-problems = 1.5", "max-problems must be a whole number from 0", "remove max-problems"),
        (f"select = '{CODE}'", "select must be a list of rules or families", "remove select"),
        ("ignore = [1]", "ignore must be a list of rules or families", "remove ignore"),
        ("per-file-ignores = ['a']", "per-file-ignores must be a table of lists", "remove per-file-ignores"),
        (
            f"per-file-ignores = {{a = '{CODE}'}}",
            "per-file-ignores must be a table of lists",
            "remove per-file-ignores",
        ),
        (f"select = ['{CODE}x']", f"select: '{CODE}x' is no rule", f"did you mean {CODE}?"),
        ("ignore = ['qqqq']", "ignore: 'qqqq' is no rule", "instit-tools rules lists them all"),
        (f"per-file-ignores = {{'a*' = ['{CODE}x']}}", f"per-file-ignores.'a*': '{CODE}x' is no rule", "did you mean"),
        ("select = [", "instit.toml is not valid TOML", "mend it"),
        ("a = 1\na = 2", "instit.toml is not valid TOML", "mend it"),
    ],
)
def test_what_a_file_must_not_say_is_one_sentence_with_file_key_and_hint(file, text, message, hint):
    path = file(text)
    with pytest.raises(UsageError) as raised:
        load(path)
    assert str(raised.value).startswith(str(path))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert hint in raised.value.hint


def test_a_table_that_is_none_is_a_mistake_and_not_passed_over(file, tmp_path):
    file("[tool]\ninstit-tools = 3", "pyproject.toml")
    with pytest.raises(UsageError, match=r"tool\.instit-tools must be a table"):
        nearest(tmp_path)


def test_a_file_that_is_no_text_or_not_there_is_a_sentence(tmp_path):
    (tmp_path / "instit.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not valid TOML"):
        nearest(tmp_path)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load(tmp_path / "missing.toml")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize("config", ["nearest", "absolute", "relative", "linked"])
@pytest.mark.parametrize("glob", ["data/*.json", "./data/x.json", "data/**/*.json", "x.*", "**/x.json", "../*/data/*"])
def test_a_glob_fits_a_file_however_that_is_spelled_and_wherever_the_command_runs(
    file, tmp_path, monkeypatch, glob, config
):
    path = file(f"per-file-ignores = {{'{glob}' = ['{CODE}']}}", "data [1]/instit.toml")
    (folder := path.parent / "data").mkdir()
    (folder / "x.json").touch()
    (tmp_path / "link").symlink_to(path.parent)
    for here, names in (
        (path.parent, ["data/x.json", "./data/x.json", "data/../data/x.json"]),
        (folder, ["x.json", "./x.json", "../data/x.json"]),
    ):
        monkeypatch.chdir(here)
        ways = {"absolute": path, "relative": os.path.relpath(path), "linked": tmp_path / "link" / "instit.toml"}
        project = nearest(Path.cwd()) if config == "nearest" else load(Path(ways[config]))
        settings = Settings(inputs=(), per_file_ignores=project.per_file_ignores)
        for name in (*names, str(folder / "x.json"), str(tmp_path / "link" / "data" / "x.json")):
            assert list(ignored_for(settings, name)) == [CODE], name


@pytest.mark.parametrize("glob", ["data/*.json", "/data/x.json", "other/x.json", "y*", "x", "*/data/x.json"])
def test_a_glob_with_a_slash_begins_in_the_folder_of_the_file_and_one_without_means_the_last_part(
    file, tmp_path, monkeypatch, glob
):
    path = file(f"per-file-ignores = {{'{glob}' = ['{CODE}']}}")
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    settings = Settings(inputs=(), per_file_ignores=load(path).per_file_ignores)
    assert list(ignored_for(settings, "data/x.json")) == ([CODE] if glob == "*/data/x.json" else [])


def test_a_glob_of_a_call_begins_in_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(inputs=(), per_file_ignores={"data/*.json": (CODE,), "*.jsonl": (FAMILY,)})
    assert list(ignored_for(settings, str(tmp_path / "data" / "x.json"))) == [CODE]
    assert list(ignored_for(settings, "./data/x.jsonl")) == [FAMILY]
    assert list(ignored_for(settings, "x.json")) == []


def test_standard_input_lies_in_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(inputs=(), per_file_ignores={"./*": (CODE,), PIPED: (FAMILY,)})
    assert list(ignored_for(settings, PIPED)) == [FAMILY]


def test_two_spellings_of_one_glob_both_hold(file):
    path = file(f"per-file-ignores = {{'a/x' = ['{CODE}'], './a/x' = ['{FAMILY}']}}")
    assert list(load(path).per_file_ignores.values()) == [(CODE, FAMILY)]
