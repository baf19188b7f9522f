"""What a model is told before and after a question; the question and its options stand between them."""

from typing import NamedTuple

from instit_tools.bench.forms import Form, Split

__all__ = ["Wording", "wording"]


class Wording(NamedTuple):
    """The lines *before* a question, and those *after* it."""

    before: str
    after: str


_BEFORE: dict[Split, str] = {
    "image": "The picture shows a number on each object. [3] means the object with the number 3.",
    "video": (
        "The pictures are the frames of one video, in order: <1> is the first. Each shows a number on every object, the"
        " same in all of them. [3] means the object with the number 3."
    ),
}
_AFTER: dict[Form, str] = {
    "multiple-choice": "Answer with the letter of the one option that is right.",
    "open-ended": "Answer briefly, and name objects by their numbers in brackets.",
}


def wording(split: Split, form: Form) -> Wording:
    """Give the words around a question about *split*, of *form*."""
    return Wording(_BEFORE[split], _AFTER[form])
