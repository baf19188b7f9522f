"""From files of predictions, and the questions beside them, to a score."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.addresses import shown
from instit_tools.bench.forms import Form, Split
from instit_tools.bench.items import Item, read_items
from instit_tools.bench.predictions import Answer, Missing, joined, read_predictions
from instit_tools.bench.results import NAME, encode, given, stem, write
from instit_tools.bench.scoring import Score, Told, Verdict, score, verdicts
from instit_tools.errors import UsageError
from instit_tools.spelling_out import printable

__all__ = ["Answers", "answered", "questions", "scored", "write_score"]


class Answers(Struct, frozen=True):
    """Answers to questions of one form; *unanswered* questions have no prediction and were to be left out."""

    answers: list[Answer]
    unanswered: frozenset[tuple[Split, str]]
    options_known: bool

    @property
    def left_out(self) -> int:
        """How many questions are left out."""
        return len(self.unanswered)


def questions(inputs: Sequence[str], form: Form) -> list[Item]:
    """Read the questions of one *form* in *inputs*; raise `UsageError` where there are only others."""
    items = read_items(inputs)
    kept = [item for item in items if item.form == form]
    if not kept:
        other = "bench judge scores open-ended answers" if form == "multiple-choice" else "bench score scores letters"
        message = f"{', '.join(map(shown, inputs))}: none of the {len(items):,} questions is {form}"
        raise UsageError(message, hint=f"name the {form} questions; {other}")
    return kept


def answered(
    predictions: Sequence[str], items: Sequence[str] = (), *, form: Form, missing: Missing = "stop"
) -> Answers:
    """Read and join *predictions* with the questions of that *form* in *items*, if any are given.

    Raises as `read_items`, `read_predictions` and `joined` do, and `UsageError` where *missing* has nothing to go by.
    """
    if missing != "stop" and not items:
        message = f"--missing {missing}: which questions are missing is not known"
        raise UsageError(message, hint="name the questions: --items video_multi_choices.json")
    asked = questions(items, form) if items else None
    found = read_predictions(predictions, asked)
    answers = joined(found, asked, missing=missing)
    splits = {split for _, split, _ in found}
    expected = {item.key for item in asked or () if item.split in splits}
    return Answers(answers, frozenset(expected.difference(each.key for each in answers)), asked is not None)


def scored(
    predictions: Sequence[str],
    items: Sequence[str] = (),
    *,
    name: str | None = None,
    missing: Missing = "stop",
    seed: int = 0,
) -> tuple[Score, list[Verdict]]:
    """Score multiple-choice *predictions*, and give what each of them was read as.

    Raises an `InstitError` for anything that the caller can mend.
    """
    found = answered(predictions, items, form="multiple-choice", missing=missing)
    read = verdicts(found.answers)
    told = Told(
        name=printable(name or stem(predictions)),
        predictions=given(predictions),
        items=given(items),
        left_out=found.left_out,
        seed=seed,
    )
    return score(read, told, options_known=found.options_known), read


def write_score(folder: Path, result: Score, read: Sequence[Verdict], *, overwrite: bool = False) -> None:
    """Write ``result.json`` and ``verdicts.jsonl``, a line an answer, into the new *folder*."""
    lines = (msgspec.json.encode(each) + b"\n" for each in read)
    write(folder, {NAME: [encode(result)], "verdicts.jsonl": lines}, overwrite=overwrite)
