"""Questions of the benchmark, each by itself: its options, its answer, its id."""

import re
from collections.abc import Iterator

from instit_tools.linting.base import Example, Finding, Rule
from instit_tools.linting.kinds import PREDICTION
from instit_tools.linting.view import View
from instit_tools.records import BenchItem

FAMILY = "bench"

_OPTIONS = '"options": {"A": "Left.", "B": "Right.", "C": "Up.", "D": "Down."}'

LETTERS = Rule(
    code="options-letters",
    severity="error",
    summary="options that are not A, B, C and D",
    why="Prompts print four options and scorers look for one of four letters; a question with others cannot be scored.",
    example=Example(
        on="bench",
        bad='{"options": {"A": "Left.", "B": "Right."}, "answer": "A"}',
        good=f'{{{_OPTIONS}, "answer": "A"}}',
    ),
)
ANSWER = Rule(
    code="answer-not-option",
    severity="error",
    summary="an answer that is none of the options",
    why="No prediction can be right.",
    example=Example(on="bench", bad=f'{{{_OPTIONS}, "answer": "E"}}', good=f'{{{_OPTIONS}, "answer": "B"}}'),
)
SAME = Rule(
    code="options-repeated",
    severity="warning",
    summary="two options with the same text",
    why="Two letters are right, and one of them is counted as wrong.",
    example=Example(
        on="bench",
        bad='{"options": {"A": "Left.", "B": "Left.", "C": "Up.", "D": "Down."}, "answer": "C"}',
        good=f'{{{_OPTIONS}, "answer": "C"}}',
    ),
)
FORM = Rule(
    code="question-id-form",
    severity="warning",
    summary="a question id that is not of the form 001-01",
    why="Three digits for the video or image, two for the question: tools group questions by what stands before the "
    "hyphen.",
    example=Example(on="bench", bad='{"question_id": "1_1"}', good='{"question_id": "001-01"}'),
)
NO_PREDICTION = Rule(
    code="prediction-empty",
    severity="error",
    summary="a prediction without a text",
    why="The model gave none, or the run broke off; the published scorer then leaves the question out of the "
    "denominator, which raises the score.",
    example=Example(on="prediction", bad='{"model_prediction": ""}', good='{"model_prediction": "B"}'),
)
RULES = (LETTERS, ANSWER, SAME, FORM, NO_PREDICTION)

_FORM = re.compile(r"[0-9]{3}-[0-9]{2}", re.ASCII)
_LETTERS = ("A", "B", "C", "D")


def check(view: View) -> Iterator[Finding]:
    """Look at one question, or one prediction."""
    if isinstance(view.record, BenchItem):
        yield from _item(view.record)
    elif view.kind == PREDICTION and isinstance(view.tree, dict):
        yield from _form(view.tree.get("question_id"))
        said = view.tree.get("model_prediction")
        if not isinstance(said, str) or not said.strip():
            told = "null" if said is None else "empty"
            yield Finding(code=NO_PREDICTION.code, path=("model_prediction",), message=f"the prediction is {told}")


def _item(item: BenchItem) -> Iterator[Finding]:
    yield from _form(item.id)
    choices = item.choices
    if not choices:
        if item.options == {}:
            yield Finding(code=LETTERS.code, path=("options",), message="there are no options")
        return
    where = ("options",) if item.options else ("choice_a",)
    if sorted(choices) != list(_LETTERS):
        yield Finding(code=LETTERS.code, path=where, message=f"the options are {', '.join(choices)}, not A, B, C, D")
    if isinstance(item.answer, str) and item.answer not in choices:
        message = f"the answer {item.answer!r} is none of {', '.join(choices)}"
        yield Finding(code=ANSWER.code, path=("answer",), message=message)
    texts = [choice.strip().lower() for choice in choices.values()]
    if len(set(texts)) < len(texts):
        yield Finding(code=SAME.code, path=where, message="two options have the same text")


def _form(question_id: object) -> Iterator[Finding]:
    if isinstance(question_id, str) and not _FORM.fullmatch(question_id):
        message = f"{question_id!r} is not three digits, a hyphen and two digits"
        yield Finding(code=FORM.code, path=("question_id",), message=message)
