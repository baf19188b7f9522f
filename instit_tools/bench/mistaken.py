"""What an element of a file is that was given for another: questions for predictions, records for either."""

import msgspec

from instit_tools.errors import RecordError
from instit_tools.linting.kinds import ANNOTATIONS, BENCH, PREDICTION, kind_of_tree

__all__ = ["mistaken"]

_ORDER = "files of predictions are given first, those of questions with --items"
_OWN = {"answer", "options", "choice_a"}
"""Keys that a question has and no prediction."""


def mistaken(json: msgspec.Raw, expected: str) -> RecordError | None:
    """Say what *json* is where that is not what was *expected*, a ``prediction`` or a ``question``; else ``None``."""
    try:
        tree = msgspec.json.decode(json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    kind = kind_of_tree(tree)
    if kind in ANNOTATIONS:
        files = "video_mc_inference.json" if expected == "prediction" else "video_multi_choices.json"
        return RecordError(
            f"a record for training, not a {expected}", hint=f"the {expected}s are in files such as {files}"
        )
    if kind == PREDICTION and expected == "question":
        return RecordError("a prediction, not a question", hint=_ORDER)
    if kind == BENCH and expected == "prediction" and tree.keys() & _OWN:
        return RecordError("a question, not a prediction", hint=_ORDER)
    return None
