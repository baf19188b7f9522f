"""The published table is as printed, one's own results stand where they belong, and every form says the same."""

import csv
import doctest
import io
import json
import re
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image
from rich.cells import cell_len
from terminal import on_a_terminal

from instit_tools import plots
from instit_tools.bench import drawing, leaderboard_notes, scores, standings
from instit_tools.bench.leaderboard_formats import comma_separated, flat, markdown, types
from instit_tools.bench.leaderboard_formats import json as document
from instit_tools.bench.leaderboard_notes import INCOMPLETE
from instit_tools.bench.leaderboard_text import lines, notes, text
from instit_tools.bench.printed import COLUMNS, JUDGE, printed
from instit_tools.bench.standings import table
from instit_tools.errors import SourceError, UsageError
from instit_tools.plots.style import RED
from instit_tools.spelling_out import harmless

REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "dataset.md"
MC, OE = "multiple-choice", "open-ended"
HOSTILE = (
    "[bold]x[/bold]",
    "a|b",
    "two\nlines",
    "\x1b[31mred\u202e",
    '=cmd()|"x"',
    "",
    "<b>&amp;",
    "`*_~^[^1]",
    "千问",
)


def headline(split, form, by, mean, *, half=0.033, of=1000, complete=True):
    estimate = {"mean": mean, "questions": of, "clusters": 206}
    if mean is not None and half is not None:
        estimate |= {"low": max(mean - half, 0), "high": min(mean + half, 1)}
    return {"split": split, "form": form, "by": by, "estimate": estimate, "complete": complete}


def choices(split, upstream, strict, *, of=1000, **others):
    return [headline(split, MC, "upstream", upstream, of=of, **others), headline(split, MC, "strict", strict, **others)]


@pytest.fixture
def result(tmp_path):
    """Write a result as bench score and bench judge do, and give its folder."""

    def write(*headlines, name="mine", folder=None):
        path = tmp_path / (folder or f"result-{len(list(tmp_path.iterdir()))}")
        path.mkdir()
        told = {"name": name, "headlines": headlines, "answers": [{"more": "that others need"}]}
        (path / "result.json").write_text(json.dumps(told), encoding="utf-8")
        return path

    return write


def mine(board):
    (row,) = (row for row in board.rows if row.yours)
    return row


def names(board):
    return [row.model for row in board.rows]


def cells(document):
    """Take a table of Markdown apart at the pipes that are none of its text."""
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in document.splitlines()
        if line.startswith("|")
    ]


# The published table


def test_the_published_table_is_the_reference_page_cell_for_cell():
    if not REFERENCE.exists():
        pytest.skip("the reference pages are not beside this checkout")
    section = REFERENCE.read_text(encoding="utf-8").partition("## 5. ")[2].partition("\n## ")[0]
    (_, _, *rows) = cells(section.partition("\n\n")[0])
    dash = dict.fromkeys(COLUMNS, "-")
    ours = [
        [
            row.model,
            row.llm or "-",
            row.tuning,
            *(dash | {key: str(value) for key, value in row.scores.items()}).values(),
        ]
        for row in printed().rows
    ]
    assert ours == [row[:7] for row in rows]
    for row, (*_, where) in zip(printed().rows, rows, strict=True):
        assert ("neurips" in row.sources) == ("NIPS" in where or where == "all")
        assert ("arxiv" in row.sources) == (where == "all" or where.endswith("V3"))
        assert "project-page" in row.sources


def test_what_is_known_of_the_published_table_without_the_reference():
    rows = printed().rows
    assert len(rows) == len({(row.model, row.llm) for row in rows}) == 19
    assert sum(len(row.scores) for row in rows) == 2 + 14 * 4 + 4 * 2
    guess, *others = rows
    assert (guess.model, guess.by, guess.scores) == ("Random", "chance", {"image-mc": 25.0, "video-mc": 25.0})
    assert all(row.by is None and 16 <= score <= 85 for row in others for score in row.scores.values())
    best = {column: max(rows, key=lambda row: row.scores.get(column, 0)).model for column in COLUMNS}
    assert set(best.values()) == {"GPT-4o"}
    ours = {row.llm: row.scores for row in rows if row.model == "LLaVA-NeXT-Inst-IT"}
    assert ours["Vicuna-7B"]["video-mc"] == 42.1
    assert ours["Qwen2-7B"] == {"image-oe": 67.9, "image-mc": 75.3, "video-oe": 45.7, "video-mc": 53.3}


def test_every_row_has_its_sources_in_full_and_a_note_where_one_is_missing():
    known = printed()
    assert known.sources["project-page"].version == "commit 4b9f1a7"
    assert known.sources["arxiv"].where == "https://arxiv.org/abs/2412.03565v3"
    for source in known.sources.values():
        assert source.title.startswith("Inst-IT: Boosting ")
        assert re.fullmatch(r"20\d\d(-\d\d-\d\d)?", source.date)
    for row in known.rows:
        assert set(row.sources) <= known.sources.keys()
        assert bool(row.note) == (len(row.sources) < 3 or row.by == "chance")


@pytest.mark.parametrize("module", [drawing, leaderboard_notes, scores, standings])
def test_the_examples_in_the_docstrings_hold(module):
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)


# One's own rows


def test_results_of_one_name_are_one_row_whatever_folder_they_are_from(result):
    folders = [
        result(*choices("video", 429 / 1001, 428 / 1001, of=1001)),
        result(headline("video", OE, JUDGE, 0.433)) / "result.json",
        result(*choices("image", 0.7, 0.7), name="another"),
    ]
    board = table(folders)
    assert sum(row.yours for row in board.rows) == 2
    row = next(row for row in board.rows if row.model == "mine")
    assert [str(row.shown(column) or "-") for column in COLUMNS] == ["-", "-", "43.3 ±3.3", "42.9 ±3.3"]
    assert row.shown("video-mc").result == str(folders[0])
    assert row.shown("video-oe").result == str(folders[1])


def test_the_authors_script_is_what_compares_and_the_strict_reading_is_beside_it(result):
    row = mine(table([result(*choices("video", 0.612, 0.598, of=978)[::-1])]))
    assert [(score.by, score.comparable) for score in row.scores["video-mc"]] == [("upstream", True), ("strict", False)]
    assert row.remarks == {
        "video-mc": "authors' script, of the 978 answers that it can read; strict, of all 1,000 questions: 59.8 ±3.3"
    }
    assert row.rank == 5


def test_a_strict_reading_alone_has_its_place_and_no_rank(result):
    board = table([result(headline("video", MC, "strict", 0.598))])
    row = mine(board)
    assert row.rank is None
    assert row.remarks["video-mc"] == (
        "strict, of all 1,000 questions, while the published scores are by the authors' script:"
        " not comparable, not ranked"
    )
    assert [row.rank for row in board.rows][3:6] == [4, None, 5]


@pytest.mark.parametrize(
    ("by", "comparable"),
    [
        (JUDGE, True),
        (f"openai/{JUDGE}", True),
        (f"http://host:8000 {JUDGE}", True),
        ("gpt-4o", False),
        (f"not-{JUDGE}", False),
        (f"{JUDGE}-mini", False),
        ("Qwen2.5-72B", False),
    ],
)
def test_a_judge_other_than_the_papers_does_not_compare_and_is_named(result, by, comparable):
    row = mine(table([result(headline("image", OE, by, 0.581))]))
    assert row.shown("image-oe").comparable is comparable
    assert row.rank == (8 if comparable else None)
    told = f"judged by {by}, as the published scores are (1,000 answers)"
    other = f"judged by {by}, the published scores by {JUDGE}: not comparable, not ranked"
    assert row.remarks["image-oe"] == (told if comparable else other)


def test_of_two_judges_the_papers_is_shown_and_the_other_is_in_the_note(result):
    row = mine(
        table([result(headline("image", OE, "Qwen2.5", 0.6)), result(headline("image", OE, JUDGE, 0.5, half=0.02))])
    )
    assert str(row.shown("image-oe")) == "50.0 ±2.0"
    assert row.remarks["image-oe"].endswith("(1,000 answers); judged by Qwen2.5: 60.0 ±3.3")


def test_an_incomplete_result_is_marked_and_not_ranked(result):
    board = table([result(*choices("video", 0.9, 0.8, complete=False))])
    assert board.rows[0].yours
    assert [row.rank for row in board.rows][:2] == [None, 1]
    written = text(board)
    assert " 90.0 ±3.3*ᵃ\n" in written
    assert f"\n* {INCOMPLETE}\n" in written
    assert "strict, of all 1,000 questions: 80.0 ±3.3 (incomplete)" in written


def test_a_mean_of_nothing_is_no_score_and_says_so(result):
    row = mine(table([result(headline("video", OE, JUDGE, None, of=0))]))
    assert row.scores == {}
    assert row.remarks == {"video-oe": "there is a result, of no answer that counts"}


def test_a_score_without_an_interval_has_none_and_one_at_the_edge_tells_its_far_side(result):
    sure = result(headline("image", OE, JUDGE, 0.5, half=None), headline("video", OE, JUDGE, 0.99))
    row = mine(table([sure]))
    assert (str(row.shown("image-oe")), str(row.shown("video-oe"))) == ("50.0", "99.0 ±3.3")


# Order


@pytest.mark.parametrize("column", COLUMNS)
def test_rows_are_sorted_by_the_column_asked_for_and_those_without_are_last(column):
    board = table(sort=column)
    found = [row.shown(column).score if row.shown(column) else None for row in board.rows]
    there = [score for score in found if score is not None]
    assert found == sorted(there, reverse=True) + [None] * (len(found) - len(there))
    assert board.rows[0].rank == 1
    assert [row.rank for row in board.rows if row.shown(column) is None] == [None] * found.count(None)


def test_without_a_wish_the_first_column_with_a_result_of_ones_own_sorts(result):
    assert table().sort == "video-mc"
    assert table([result(*choices("video", 0.4, 0.4), headline("image", OE, JUDGE, 0.5))]).sort == "image-oe"
    assert table([result(*choices("image", 0.4, 0.4))]).sort == "image-mc"


def test_scores_that_read_the_same_share_a_rank_and_guessing_has_none(result):
    board = table([result(*choices("video", 0.42149, 0.42))])
    ranks = {(row.model, row.llm): row.rank for row in board.rows}
    assert ranks["mine", None] == ranks["LLaVA-NeXT-Inst-IT", "Vicuna-7B"] == 11
    assert ranks["LLaVA-OV (SI)", "Qwen2-7B"] == 13
    assert ranks["Random", None] is None
    assert names(board).index("Random") == 13


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=6))
def test_a_rank_is_one_more_than_the_number_of_better_ranked_rows(tmp_path_factory, given_results):
    folder = tmp_path_factory.mktemp("many")
    for number, (mean, complete) in enumerate(given_results):
        told = {"name": f"m{number}", "headlines": [headline("video", MC, "upstream", mean, complete=complete)]}
        (folder / f"{number}.json").write_text(json.dumps(told))
    board = table([folder / f"{number}.json" for number in range(len(given_results))])
    assert len(board.rows) == 19 + len(given_results)
    ranked = {
        row.model + str(row.llm): (row.rank, f"{row.shown('video-mc').score:.1f}") for row in board.rows if row.rank
    }
    for rank, score in ranked.values():
        assert rank == 1 + sum(float(other) > float(score) for _, other in ranked.values())


# Errors


def test_two_results_of_the_same_answers_by_the_same_reader_are_refused_by_name(result):
    first, second = result(*choices("video", 0.4, 0.4)), result(*choices("video", 0.5, 0.5))
    with pytest.raises(UsageError) as raised:
        table([first, second])
    assert raised.value.message == f"{first} and {second} are both results of 'mine': video multiple-choice by upstream"
    assert raised.value.hint == "leave one out, or score it under another --name"
    with pytest.raises(UsageError):
        table([first, first])


def test_a_mean_that_is_no_share_is_refused(result):
    folder = result(headline("video", MC, "upstream", 42.9))
    with pytest.raises(SourceError) as raised:
        table([folder])
    assert raised.value.message == f"{folder}: video multiple-choice by upstream: 42.9 is not between 0 and 1"


def test_what_is_no_result_ends_with_a_sentence_and_nothing_written(run, tmp_path):
    (tmp_path / "other.json").write_text('{"name": 3}')
    for given_path, told in (
        ("nowhere", "error: nowhere cannot be read: No such file or directory"),
        ("other.json", "error: other.json is no result of bench score or bench judge: "),
    ):
        stopped = run("bench", "leaderboard", given_path, "-o", "out.csv", "--plot", "out.svg")
        assert (stopped.returncode, stopped.stdout) == (2, b"")
        assert stopped.stderr.decode().startswith(told)
        assert b"hint: name a folder that bench score -o or bench judge -o wrote" in stopped.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["other.json"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--json", "--format", "csv"], "error: --json and --format csv contradict each other"),
        (["--plot", "a.gif"], "error: --plot a.gif: its name ends in none of .svg, .png, .pdf"),
        (["-o", "a.svg", "--plot", "./a.svg"], "error: --out and --plot are both a.svg"),
        (["-o", "is/not/there.csv"], "error: is/not/there.csv cannot be written: No such file or directory"),
    ],
)
def test_options_that_do_not_fit_are_refused(run, options, told):
    stopped = run("bench", "leaderboard", *options)
    assert (stopped.returncode, stopped.stdout) == (2, b"")
    assert stopped.stderr.decode().splitlines()[0] == told


# The command line


def test_the_command_prints_the_table_and_its_notes(run, result):
    done = run("bench", "leaderboard", result(*choices("video", 429 / 1001, 428 / 1001, of=1001)))
    assert (done.returncode, done.stderr) == (0, b"")
    shown = done.stdout.decode().splitlines()
    assert shown[0] == " # model               LLM             #IT    img OE  img MC  vid OE  vid MC▼"
    assert shown[6] == " 6 LLaVA-NeXT-Inst-IT  Qwen2-7B        920K   67.9    75.3    45.7    53.3"
    assert shown[11] == "11 mine                                          -       -       -    42.9 ±3.3ᶜ"
    assert (
        shown[-6:]
        == [
            "ᵃ on the project page only",
            "ᵇ not in the text of arXiv v3, perhaps lost in its conversion",
            "ᶜ authors' script, of the 1,001 answers that it can read; strict, of all 1,000 questions: 42.8 ±3.3",
            "ᵈ what guessing gives, of four options; not ranked",
            "Published: project page at commit 4b9f1a7 (2024-12-07), NeurIPS 2025, arXiv 2412.03565v3 (2026-03-16);"
            " a row is in all of them unless a note says otherwise.",
        ][-6:]
        or len(shown) > 20
    )


def test_one_run_writes_a_table_and_a_plot_and_replaces_them_only_when_told(run, result, tmp_path):
    asked = ["bench", "leaderboard", result(*choices("video", 0.4, 0.4)), "-o", "board.md", "--plot", "board.png"]
    done = run(*asked)
    assert (done.returncode, done.stdout) == (0, b"")
    told = done.stderr.decode().splitlines()
    assert told[0] == "board.md holds 20 rows"
    assert told[1].startswith("board.png shows: scores on Inst-IT Bench, of 100, ")
    first = (tmp_path / "board.md").read_bytes(), (tmp_path / "board.png").read_bytes()
    assert first[0] == markdown(table(asked[2:3]))
    again = run(*asked)
    assert again.returncode == 2
    assert again.stderr.decode().splitlines()[0] == "error: board.md exists already"
    assert run(*asked, "--overwrite").returncode == 0
    assert ((tmp_path / "board.md").read_bytes(), (tmp_path / "board.png").read_bytes()) == first


def test_json_on_stdout_and_in_a_file_are_the_same_bytes(run, tmp_path):
    shown = run("bench", "leaderboard", "--json").stdout
    assert run("bench", "leaderboard", "-o", "board.json").returncode == 0
    assert (tmp_path / "board.json").read_bytes() == shown == document(table())


@pytest.mark.parametrize("results", [0, 1, 4])
def test_the_table_fits_a_terminal_of_80_columns_with_ones_own_rows_bold(result, tmp_path, results):
    whole = [
        *choices("video", 0.4, 0.4),
        *choices("image", 0.7, 0.7, complete=False),
        headline("image", OE, "other", 0.5),
        headline("video", OE, JUDGE, 0.5),
    ]
    folders = [result(*whole, name=f"{'a-long-name-' * number}千问 {number}") for number in range(results)]
    shown = on_a_terminal(["bench", "leaderboard", *folders], tmp_path)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(cell_len, plain)) <= 80
    bold = [line for line in shown.splitlines() if line.startswith("\x1b[1m")]
    assert len(bold) >= 1 + results
    assert all(each in shown for each in ("InternLM2.5-7B", "81.0", "38.2"))
    assert ("#IT" in shown) == (results == 0)


def test_a_narrow_terminal_still_has_every_number(result):
    board = table([result(*choices("video", 0.4, 0.4), name="x" * 70)])
    shown = "\n".join(line.text for line in lines(board, 40))
    assert shown.count("x") == 70
    assert all(f"{score:.1f}" in shown for row in printed().rows for score in row.scores.values())


# Other programs


def test_csv_is_one_line_a_model_that_two_readers_read_alike(result):
    board = table([result(*choices("video", 0.612, 0.598, of=978), name=name) for name in HOSTILE])
    written = comma_separated(board)
    assert written.count(b"\n") == 1 + len(board.rows)
    rows = list(csv.DictReader(io.StringIO(written.decode())))
    assert list(rows[0]) == list(types())
    frame = pl.read_csv(io.BytesIO(written), infer_schema_length=None)
    assert frame["model"].fill_null("").to_list() == [row["model"] for row in rows]
    assert frame["video_mc"].to_list() == board.frame()["video_mc"].to_list()
    assert {row["video_mc_strict"] for row in rows} == {"", "59.8"}
    assert all(not row["model"].startswith(("=", "+", "-", "@")) for row in rows)
    assert '\'=cmd()|"x"' in [row["model"] for row in rows]
    sources = {row["model"]: row["sources"] for row in rows}
    assert sources["GPT-4o"] == "project page; NeurIPS 2025; arXiv v3"
    assert "result-" in sources["a|b"]


def test_the_frame_has_a_type_a_column_even_where_there_is_nothing(result):
    frame = table().frame()
    assert frame.shape == (19, len(types()))
    assert frame.schema["video_mc_strict"] == frame.schema["image_oe_low"] == pl.Float64
    assert frame.schema["rank"] == pl.Int64
    assert frame.filter(pl.col("model") == "MiniCPM-V 2.6").select("image_oe", "video_mc", "notes").row(0) == (
        57.6,
        45.2,
        "on the project page only",
    )
    with_mine = table([result(*choices("video", 0.612, 0.598))])
    assert with_mine.frame().schema == frame.schema
    assert with_mine.frame().to_dicts() == flat(with_mine)


def test_markdown_is_a_table_whatever_names_hold_and_every_foot_note_is_there(result):
    board = table([result(*choices("video", 0.6, 0.6, complete=False), name=name) for name in HOSTILE])
    written = markdown(board).decode()
    heads, rules, *rows = cells(written)
    assert heads == ["#", "model", "LLM", "#IT", "image OE", "image MC", "video OE", "video MC ▼"]
    assert all(re.fullmatch(":--|--:", rule) for rule in rules)
    assert {len(row) for row in (rules, *rows)} == {8}
    assert len(rows) == len(board.rows)
    assert sum(row[1].startswith("**") for row in rows) == len(HOSTILE)
    used = set(re.findall(r"(?<!\\)\[\^(\w+)\](?!:)", written))
    defined = re.findall(r"^\[\^(\w+)\]: \S", written, flags=re.MULTILINE)
    assert sorted(used) == sorted(defined)
    assert "incomplete" in used
    assert r"**\<b\>\&amp;**" in written
    assert not any(unicodedata.category(character) in {"Cc", "Cf"} for character in written.replace("\n", ""))


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("[]|*_`<>&\\~$^!#+-.:"), max_size=40))
@example("a | b \\")
@example("&amp; <b> [x](y) **c** `d` ~~e~~ \\| www.f.g")
def test_a_name_in_markdown_is_shown_letter_by_letter(tmp_path_factory, name):
    file = tmp_path_factory.mktemp("one") / "result.json"
    file.write_text(json.dumps({"name": name, "headlines": choices("video", 0.95, 0.95)}), encoding="utf-8")
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    board = table([file])
    cell = [token for token in parser.parse(markdown(board).decode()) if token.type == "inline"][9]
    shown = [child.content for child in cell.children if child.type not in {"strong_open", "strong_close"}]
    assert {child.type for child in cell.children} <= {"text", "text_special", "strong_open", "strong_close"}
    assert "".join(shown) == (harmless(mine(board).model).strip() or "(empty)")


def test_json_has_these_keys_and_every_reading_of_an_answer(result):
    folder = result(*choices("video", 0.612, 0.598, of=978))
    told = json.loads(document(table([folder])))
    assert list(told) == ["sort", "rows", "sources"]
    row = next(row for row in told["rows"] if row["yours"])
    assert list(row) == ["rank", "model", "llm", "tuning", "yours", "scores", "sources", "note", "remarks"]
    first, second = row["scores"]["video-mc"]
    assert first == {
        "score": pytest.approx(61.2),
        "low": pytest.approx(57.9),
        "high": pytest.approx(64.5),
        "by": "upstream",
        "answers": 978,
        "complete": True,
        "comparable": True,
        "prompt": None,
        "result": str(folder),
    }
    assert second["by"] == "strict"
    assert list(told["sources"]["arxiv"]) == ["short", "title", "version", "date", "where"]
    printed_row = next(row for row in told["rows"] if row["model"] == "GPT-4o")
    assert printed_row["sources"] == ["project-page", "neurips", "arxiv"]
    assert printed_row["scores"]["image-oe"][0]["by"] == JUDGE


def test_a_hostile_name_is_text_on_the_screen(run, result):
    folders = [result(*choices("video", 0.6, 0.6), name=name) for name in HOSTILE]
    shown = run("bench", "leaderboard", *folders).stdout.decode()
    for spelled in ("[bold]x[/bold] ", "two\\nlines ", "\\x1b[31mred\\u202e ", "(empty) ", "千问 "):
        assert spelled in shown
    assert "\x1b" not in shown
    assert shown.count("±3.3") >= len(HOSTILE)


@given(st.text(max_size=60), st.integers(30, 120))
@example("\u202e\n\x1b", 30)
def test_no_name_breaks_the_lines_of_the_table(tmp_path_factory, name, room):
    folder = tmp_path_factory.mktemp("one")
    told = {"name": name, "headlines": choices("video", 0.5, 0.5)}
    (folder / "result.json").write_text(json.dumps(told), encoding="utf-8")
    board = table([folder])
    laid = lines(board, room)
    assert sum(line.text.endswith("25.0") for line in laid) == 1
    assert all(line.text.splitlines() == [line.text] for line in laid)
    assert comma_separated(board).count(b"\n") == 1 + len(board.rows)
    assert len(cells(markdown(board).decode())) == 2 + len(board.rows)
    assert all("\n" not in body for _, body in notes(board))


# The plot


def test_a_plot_has_the_same_bytes_twice_and_opens(result, tmp_path):
    folder = result(*choices("video", 0.6, 0.6), headline("image", OE, "other", 0.5), name=HOSTILE[3])
    for suffix in ("svg", "png", "pdf"):
        for name in ("first", "second"):
            plots.save(drawing.draw(table([folder])), tmp_path / f"{name}.{suffix}", suffix)
        assert (tmp_path / f"first.{suffix}").read_bytes() == (tmp_path / f"second.{suffix}").read_bytes()
    with Image.open(tmp_path / "first.png") as picture:
        picture.load()
        assert picture.width == 1300
    assert "\\x1b[31mred\\u202e" in (tmp_path / "first.svg").read_text()


def dots(axes):
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "o"]


def bars(axes):
    return {line.get_ydata()[0]: tuple(line.get_xdata()) for line in axes.lines if line.get_marker() == "None"}


def test_a_plot_shows_every_score_in_the_order_of_the_table_and_guessing_as_a_line(result):
    board = table([result(*choices("video", 0.6, 0.58), headline("video", OE, JUDGE, 0.4))])
    rows = [row for row in board.rows if row.model != "Random"]
    figure = drawing.draw(board)
    for axes, column in zip(figure.axes, COLUMNS, strict=True):
        at = {place: row.shown(column).score for place, row in enumerate(rows) if row.shown(column)}
        assert dots(axes) == [(score, place) for place, score in at.items()]
        dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert [list(line.get_xdata()) for line in dashed] == ([[25, 25]] if column.endswith("mc") else [])
    *_, video_oe, video_mc = figure.axes
    place = rows.index(mine(board))
    assert bars(video_oe) == {place: (pytest.approx(36.7), pytest.approx(43.3))}
    assert bars(video_mc)[place] == (pytest.approx(56.7), pytest.approx(63.3))
    assert bars(video_mc)[0] == drawing.approximate(81.0)


def test_the_interval_of_a_published_score_is_what_the_authors_predictions_suggest():
    low, high = drawing.approximate(42.857)
    assert (high - low) / 2 == pytest.approx(3.26, abs=0.01)
    assert drawing.approximate(0.0) == (0.0, 0.0)
    assert "1.13" in drawing.CAPTION
    assert "1,000" in drawing.CAPTION


def test_what_does_not_compare_is_hollow_and_the_legend_says_so(result):
    def legend(board):
        return [text.get_text() for text in drawing.draw(board).legends[0].get_texts()]

    published = ["published, approximate interval", "guessing"]
    assert legend(table()) == published
    assert legend(table([result(*choices("video", 0.6, 0.6))])) == ["yours, 95 % interval", *published]
    other = table([result(headline("image", OE, "other", 0.5), name="another")])
    assert legend(other) == ["yours, 95 % interval", "incomplete, or not comparable", *published]


def test_names_that_the_font_lacks_are_told_of_for_a_picture_and_left_to_the_reader_in_an_svg(run, result, tmp_path):
    folder = result(*choices("video", 0.6, 0.6), name="千问")
    told = run("bench", "leaderboard", folder, "--plot", "board.png").stderr.decode()
    assert told.startswith("warning: the font of plots lacks characters of 千问, which are boxes;")
    told = run("bench", "leaderboard", folder, "--plot", "board.svg").stderr.decode()
    assert "warning" not in told
    assert ">千问</text>" in (tmp_path / "board.svg").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:Glyph")  # a box is what is measured
@pytest.mark.parametrize("name", ["W" * 100, "千" * 100, "i" * 100, "$\\frac{a}{b}$", ""], ids=range(5))
def test_a_name_in_a_plot_ends_before_the_panels(result, name):
    figure = drawing.draw(table([result(*choices("video", 0.6, 0.6), name=name)]))
    figure.set_dpi(200)
    figure.canvas.draw()
    (axes, *_) = figure.axes
    (own,) = (text for text in axes.texts if text.get_color() == RED)
    assert own.get_window_extent().x1 <= axes.get_window_extent().x0


def test_answers_to_less_than_the_benchmark_have_their_place_and_no_rank(result):
    few = result(headline("video", MC, "upstream", 0.9, of=250), headline("video", MC, "strict", 0.9, of=257))
    row = mine(table([few]))
    assert row.rank is None
    assert not row.shown("video-mc").complete


def test_a_judge_with_another_prompt_than_the_authors_does_not_compare_and_a_note_says_so(result):
    prompts = {"theirs": standings.AUTHORS["video"], "mine": "e1e778f851da" + "0" * 52}
    board = table(
        [result(headline("video", OE, JUDGE, 0.5) | {"prompt": prompt}, name=name) for name, prompt in prompts.items()]
    )
    rows = {row.model: row for row in board.rows if row.yours}
    assert rows["theirs"].rank is not None
    assert (
        rows["theirs"].remarks["video-oe"].startswith(f"judged by {JUDGE} with the authors' prompt, as the published")
    )
    assert rows["mine"].rank is None
    assert (
        rows["mine"]
        .remarks["video-oe"]
        .startswith(f"judged by {JUDGE} with another prompt than the authors' (e1e778f851da): not comparable")
    )
