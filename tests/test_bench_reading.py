"""What two readers make of an answer: line by line against a person's verdict, and by what must hold of any text."""

import ast
import doctest
import json
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from thorough import FULL, tries

from instit_tools.bench.reading import cues, denials, letters, lists, said, strict, texts, upstream, wording

HERE = Path(__file__).parent
LANDSCAPE = HERE.parents[1] / "shared" / "reference" / "landscape.md"
MODULES = (cues, denials, letters, lists, said, strict, texts, upstream, wording)
DIRECTIONS = {"A": "Left", "B": "Right", "C": "behind the car", "D": "<2>-<5>"}
PROPERTY = settings(max_examples=tries(300), deadline=None)


def phrasings(name):
    """Each line of a corpus: a text, the options if they are known, and the letter that a person reads, if any."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def families():
    found = defaultdict(list)
    for line in phrasings("phrasings.jsonl"):
        found[line["family"]].append(line)
    return dict(found)


FAMILIES = families()


# Verdicts of a person


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_phrasing_of_the_corpus_is_read_as_a_person_reads_it(family):
    wrong = [
        f"{line['text']!r} with {line['options']} is {line['verdict']} ({line['why']}), not {reading}"
        for line in FAMILIES[family]
        if (reading := strict.read(line["text"], line["options"])).letter != line["verdict"]
    ]
    assert wrong == []


def test_the_corpus_has_every_letter_and_none_in_every_kind_of_answer():
    lines = phrasings("phrasings.jsonl")
    assert len(lines) == 1170
    assert len(FAMILIES) == 20
    assert {line["verdict"] for line in lines} == {*"ABCD", None}
    assert len({(line["text"], str(line["options"])) for line in lines}) == len(lines)
    known = {(line["text"], str(line["options"])) for line in lines}
    assert not known & {(line["text"], str(line["options"])) for line in phrasings("phrasings_held_out.jsonl")}


def test_of_phrasings_that_nobody_looked_at_no_more_are_read_wrongly_than_was_measured():
    lines = phrasings("phrasings_held_out.jsonl")
    pairs = [(strict.read(line["text"], line["options"]).letter, line["verdict"]) for line in lines]
    wrong = [read for read, verdict in pairs if read != verdict]
    assert len(lines) == 239
    assert len(wrong) <= 12
    assert sum(read is not None for read in wrong) <= 2


def test_the_published_script_reads_two_thirds_of_the_corpus_wrongly():
    lines = phrasings("phrasings.jsonl")
    pairs = [(upstream.read(line["text"]), line["verdict"]) for line in lines]
    wrong = [read for read, verdict in pairs if read != verdict]
    assert (len(wrong), sum(read is not None for read in wrong)) == (800, 724)


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("B", None, "a letter alone"),
        ("The answer is B.", None, "a letter that is committed to"),
        (r"\boxed{B}", None, "marked as the answer"),
        ("right", DIRECTIONS, "the text of an option"),
        ("A: wrong\nB: correct\nC: wrong\nD: wrong", None, "the one that is called right"),
        ("", None, strict.NOTHING),
        ("...", None, strict.NOTHING),
        ("It is B or C.", None, strict.COMPETING),
        ("<answer>B</answer> <answer>C</answer>", None, strict.COMPETING),
        ("It is hard to say.", None, strict.UNCOMMITTED),
        ("<think>It is B", None, strict.ENDLESS),
        ("B. Left", DIRECTIONS, strict.CONTRADICTED),
        ("The answer is B. Wait, that is wrong.", None, strict.WITHDRAWN),
    ],
)
def test_a_reading_says_why(text, options, reason):
    refusals = {strict.NOTHING, strict.COMPETING, strict.UNCOMMITTED, strict.ENDLESS}
    refusals |= {strict.CONTRADICTED, strict.WITHDRAWN}
    assert strict.read(text, options) == (None if reason in refusals else "B", reason)


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_the_folder_can_be_copied_it_imports_the_standard_library_and_itself():
    folder = Path(strict.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} == {
        "__init__",
        *(m.__name__.rpartition(".")[2] for m in MODULES),
    }
    for path in folder.glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        assert not [node for node in nodes if isinstance(node, ast.Import) and not standard(node.names[0].name)]
        names = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert all(standard(name) or name.startswith("instit_tools.bench.reading.") for name in names)


def standard(name):
    return name.partition(".")[0] in sys.stdlib_module_names


# The published script

PROBES = [
    ("Best option: C", "B"),
    ("Best answer: C", "B"),
    ("Correct: D", "C"),
    ("Based on the image, the answer is C", "B"),
    ("Because [3] leaves, C", "B"),
    ("At <4> the correct choice is B", "A"),
    ("A dog is running, so C", "A"),
    ("c", None),
    ("Answer: c", None),
    ("[264] - A black car driving on the road.", "A"),
    ("The best option is C", "C"),
    ("The correct option is D", "D"),
    ("The best answer is A", "A"),
    ("Answer: Answer: D", "D"),
    ("Option: B", "B"),
    ("Option B", "B"),
    ("The answer is not A but B", "A"),
    ("BCD", "B"),
    ("", None),
    ("the option is clear", None),
]


@pytest.mark.parametrize(("text", "letter"), PROBES)
def test_the_published_script_is_followed_into_its_faults(text, letter):
    assert upstream.read(text) == letter


def test_the_verdicts_are_those_of_the_reference_page():
    if not LANDSCAPE.exists():
        pytest.skip("the reference pages are not beside this checkout")
    fact = next(line for line in LANDSCAPE.read_text(encoding="utf-8").splitlines() if line.startswith("| F2 |"))
    probes = re.findall(r"`([^`]+)`→([A-D])", fact)
    assert len(probes) == 7
    assert [(text, upstream.read(text)) for text, _ in probes] == probes
    invalid = re.search(r"`([^`]+)`/`([^`]+)`→invalid", fact)
    assert [upstream.read(text) for text in invalid.groups()] == [None, None]


def by_hand(text):
    """Derive anew what the reference page says: struck out in turn, two pairs fused, the first capital of the rest."""
    for noun in ("best answer", "correct answer", "answer"):
        text = "".join(text.split(f"The {noun} is"))
    for lead in ("The answer", "Answer", "answer:", "answer", "Option:"):  # "Answer:" has no "Answer" left to find
        text = "".join(text.split(lead))
    text = "".join(text.split("The correct option"))  # and of "The correct answer", "The correct " is left by now
    capital = re.search("[A-D]", text)
    return capital and capital[0]


PARTS = (
    "The ",
    "the ",
    "Best ",
    "best ",
    "correct ",
    "Answer",
    "answer",
    "Option",
    "option",
    ":",
    " is",
    " ",
    *"ABCDabcd",
)


@PROPERTY
@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join))
@example("The correct answer is The best answer is B")
@example("The best option isThe correct option isC")
@example("Best answer:Best option:D")
def test_the_published_script_is_what_the_reference_page_says_of_it(text):
    if "Best answer:Best option:" in text or "The best option isThe correct option is" in text:
        assert upstream.read(text) in {*"CD"}  # the fused ones, which nobody writes, are struck out as they are
    else:
        assert upstream.read(text) == by_hand(text)


@PROPERTY
@given(st.text())
def test_the_published_script_finds_a_letter_only_where_there_is_a_capital_of_the_four(text):
    letter = upstream.read(text)
    assert letter is None or letter in text
    if not set(text) & set("ABCD"):
        assert letter is None


# What holds of any text

WORDS = (
    *(
        "A",
        "B",
        "C",
        "D",
        "a",
        "b",
        "d",
        "(B)",
        "B.",
        "C)",
        "A dog",
        "the",
        "answer",
        "answer is",
        "option",
        "Option B",
    ),
    *("I think", "not", "or", "and", "but", "so", "wait,", "correct", "is correct", "right", "Left", "behind the car"),
    *(
        "<2>-<5>",
        "[3]",
        ".",
        ",",
        ":",
        "?",
        "\n",
        "\n\n",
        "- ",
        "<think>",
        "</think>",
        "\\boxed{C}",
        "答案是",
        "é",
        "D.",
    ),
    *('{"answer": "A"}', "<answer>B</answer>", "final", "if", "could be", "Both", "A:", "no", "1", "~~B~~", "it is"),
)
ANSWERS = st.lists(st.sampled_from(WORDS), max_size=12).flatmap(
    lambda words: st.sampled_from(["", " "]).map(lambda between: between.join(words))
) | st.sampled_from([line["text"] for line in phrasings("phrasings.jsonl")])
OPTIONS = st.sampled_from([None, DIRECTIONS])
AROUND = st.sampled_from(
    [
        *((" ", ""), ("", "\n"), ("\n\n", "  "), ("\t", "\r\n"), ("\u00a0", "\u2003")),
        *(("**", "**"), ("*", "*"), ("`", "`"), ("***", "***"), ("$", "$"), ("__", "__"), ("```\n", "\n```")),
        *(("", "<|im_end|>"), ("", "</s>"), ("<s> ", "</s>"), ("", "<|eot_id|>"), ("", "<end_of_turn>\n")),
        *(("<|im_start|>", "<|im_end|>"), ("", "<|endoftext|>"), ("[/INST] ", " </s>")),
    ]
)


@PROPERTY
@given(ANSWERS, OPTIONS, st.lists(AROUND, min_size=1, max_size=3))
@example("A: B", None, [("**", "**")])
def test_white_space_emphasis_and_template_tokens_around_an_answer_change_nothing(text, options, around):
    plain = strict.read(text, options)
    for before, after in around:
        text = f"{before}{text}{after}"
    assert strict.read(text, options).letter == plain.letter


@PROPERTY
@given(st.text(max_size=60) | ANSWERS.map(lambda text: re.sub("[A-Da-d]", "x", text)))
@example("The answer is Ё")
@example("The answer is E")
@example("\u0421")  # Cyrillic
def test_a_text_without_a_letter_from_a_to_d_is_no_answer_where_the_options_are_unknown(text):
    assume(not re.search("[A-Da-d]", unicodedata.normalize("NFKC", text)))
    assert strict.read(text).letter is None


@PROPERTY
@given(st.text(max_size=60) | ANSWERS, OPTIONS)
def test_any_text_gives_a_letter_with_a_reason_or_none_with_one(text, options):
    reading = strict.read(text, options)
    assert reading.letter in {*"ABCD", None}
    assert reading.reason
    assert strict.read(text, options) == reading


def means_a_letter(text):
    """Whether a text says a letter, whatever the options are called: B, (B), Option B."""
    rest = re.sub(r"option|choice|answer|letter|ans", "", text, flags=re.IGNORECASE)
    return re.fullmatch(r"[A-Da-d]?", "".join(sorted(set(re.findall(r"[^\W_]", rest))))) is not None


@PROPERTY
@given(st.lists(st.text(min_size=1, max_size=30) | ANSWERS, min_size=4, max_size=4), st.sampled_from("ABCD"))
@example(["The answer is B", "C or D", "<think>", "←"], "A")
@example(["B or C", "</s>", "not A", "**"], "D")
def test_the_text_of_an_option_alone_is_its_letter(choices, letter):
    assume(len({said.normal(choice) for choice in choices}) == 4)
    options = dict(zip("ABCD", choices, strict=True))
    assume(options[letter].strip() and not means_a_letter(options[letter]))
    assert strict.read(options[letter], options).letter == letter
    assert strict.read(f"\n{options[letter]} ", options).letter == letter


CHOICES = (
    *(
        "[1]",
        "[2]",
        "[1] and [2]",
        "[1], [2], and [3]",
        "<1>-<4>",
        "<4>-<7>",
        "<3>",
        "Yes",
        "No",
        "A red car",
        "a blue bag",
    ),
    *("The man sits down", "He is running towards the door", "Nothing", "twice", "3", "left", "to the left of [2]"),
    *("wearing a hat", "Behind the tree", "Cannot be determined", "Dancing", "Because [3] leaves", "Both [1] and [2]"),
)
SAYINGS = ("{}", "{}.", "**{}**", "The answer is {}.", "The correct answer is: {}", "Answer: {}", "<answer>{}</answer>")
SAYINGS += ("<think>Is it B or C?</think>{}", "\\boxed{{{}}}", "{}<|im_end|>", '"{}"', "So the answer is {}.")


@PROPERTY
@given(st.lists(st.sampled_from(CHOICES), min_size=4, max_size=4, unique=True), st.sampled_from("ABCD"))
def test_the_text_of_an_option_behind_a_lead_in_is_its_letter_and_so_is_the_letter_with_it(choices, letter):
    options = dict(zip("ABCD", choices, strict=True))
    other = "DABC"["ABCD".index(letter)]
    for saying in SAYINGS:
        assert strict.read(saying.format(options[letter]), options).letter == letter, saying
        assert strict.read(saying.format(f"{letter}. {options[letter]}"), options).letter == letter, saying
        assert strict.read(saying.format(f"{other}. {options[letter]}"), options).letter is None, saying


# Answers that run on for pages

ENDLESS = (
    *(
        "(",
        "not ",
        "answer ",
        "A or ",
        "\n",
        "<answer>",
        "in the video, ",
        '{"answer": ',
        "-",
        "answer is ",
        "is is ",
        "~~",
    ),
    *(
        "A: ",
        "\nA:",
        "*",
        "_",
        "so ",
        "based on ",
        "the best ",
        "not only left but ",
        "] , ",
        " ",
        "A ",
        "\\boxed{",
        "B. ",
    ),
    *(
        "wait, B ",
        "if B ",
        "no reason ",
        "people would ",
        "答案是",
        "。",
        "Left\n",
        "<2> to ",
        "between <2> and ",
        "</s>",
    ),
    *("<think>", "</think>", "either both ", "everything except ", ". ", "probably ", "doubt that ", "'", "only B "),
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ENDLESS)
def test_an_answer_that_runs_on_for_pages_comes_to_an_end(piece):
    length = 200_000 if FULL else 60_000
    text = (piece * (length // len(piece) + 1))[:length]
    for ending in ("", " hmm x B y"):
        for options in (None, DIRECTIONS) if FULL else (DIRECTIONS,):
            assert strict.read(text + ending, options).reason


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["-", "=", ":", "is ", "->", "to be ", "just ", "(", "| ", "not ", "think "])
def test_what_stands_between_an_answer_and_a_letter_is_looked_at_once(piece):
    for length in (20, 60, 150):
        assert strict.read(f"The answer {piece * length} hmm x B y").letter is None


def test_of_more_letters_than_anybody_reads_the_first_and_the_last_are_looked_at(monkeypatch):
    looked = []
    monkeypatch.setattr(strict, "commits", lambda token, *_: looked.append(token.start))
    strict.read("x B y " * 20_000)
    assert len(looked) == 110
    assert looked[:10] == list(range(2, 62, 6))
    assert looked[-1] == 6 * 20_000 - 4
