"""Ways of writing that are common in the published data, and that some uses of them cannot bear."""

import re
from collections.abc import Iterator

from instit_tools.linting.base import Example, Finding, Rule
from instit_tools.linting.view import View
from instit_tools.records import QUESTIONS, VideoRecord, text_of
from instit_tools.references import Instances

FAMILY = "references"

NO_ID = Rule(
    code="question-no-id",
    severity="note",
    summary="a question and an answer without any [ID]",
    why="It asks about the scene and not about an instance; tools that train on regions skip it.",
    example=Example(
        on="video",
        bad='{"question_answer_pairs": [{"question": "What room is it?", "answer": "A kitchen."}]}',
        good='{"question_answer_pairs": [{"question": "What room is [1] in?", "answer": "A kitchen."}]}',
    ),
)
OWN_ID = Rule(
    code="caption-own-id",
    severity="note",
    summary="a caption of an instance that begins with its own id",
    why='"[1] is a cat." under the key "1": a prompt that puts the id before the caption says it twice.',
    example=Example(
        on="image",
        bad='{"instance_level_caption": {"1": "[1] is a cat.", "2": "A plate."}}',
        good='{"instance_level_caption": {"1": "A cat.", "2": "A plate."}}',
    ),
)
RULES = (NO_ID, OWN_ID)

_ID_FIRST = re.compile(r"\W*\[\s?0*(\d{1,3})\s?\]")


def check(view: View) -> Iterator[Finding]:
    """Look at questions, and at the first word of captions."""
    for said in view.texts:
        if said.level == "instance" and (match := _ID_FIRST.match(said.text)) and int(match[1]) in said.ids:
            yield Finding(code=OWN_ID.code, path=said.path, message=f"begins with its own id, [{match[1]}]")
    if isinstance(view.record, VideoRecord):
        yield from _questions(view, view.record)


def _questions(view: View, record: VideoRecord) -> Iterator[Finding]:
    named = {
        said.path[1]
        for said, pieces in view.spoken
        if said.path[0] == QUESTIONS and any(isinstance(piece, Instances) for piece in pieces)
    }
    for index, pair in enumerate(record.questions or ()):
        if index not in named and (text_of(pair.question) or text_of(pair.answer)):
            message = "neither question nor answer names an instance"
            yield Finding(code=NO_ID.code, path=(QUESTIONS, index), message=message)
