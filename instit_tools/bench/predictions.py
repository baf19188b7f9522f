"""Answers of a model, in the shape that the authors' inference scripts write, and joined with what was asked.

A prediction carries its own question and ground truth, so a file of them can be scored alone; with the questions beside
it, it is held against them: none missing, none twice, none unknown, and the same question with the same answer.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from instit_tools.addresses import shown
from instit_tools.bench.forms import SPLITS, Split, cluster_of, split_of_name
from instit_tools.bench.items import Item
from instit_tools.bench.mistaken import mistaken
from instit_tools.errors import RecordError, SourceError, UsageError
from instit_tools.source.malformed import malformed
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.partition import all_elements, place
from instit_tools.source.unpacking import DEFAULT, Unpacking

__all__ = ["Answer", "Missing", "Prediction", "joined", "read_predictions"]

Missing = Literal["stop", "wrong", "leave-out"]
"""What becomes of a question without a prediction: it stops the command, counts as wrong, or does not count."""

_Text = str | None | UnsetType
_SOME = 3
_ANSWERS = "name the published questions, which have answers"


class Prediction(Struct, frozen=True, kw_only=True):
    """One element of a published file of predictions; other keys of it are a model's own."""

    question_id: str
    question: _Text = UNSET
    prediction: str | None = field(name="model_prediction")
    ground_truth: _Text = UNSET
    split: _Text = UNSET


class Answer(Struct, frozen=True, kw_only=True):
    """What a model said to a question, with all that is known of the question.

    *prediction* is ``None`` where there is none, which `joined` lets through only if it is asked to.
    """

    id: str
    split: Split
    cluster: str
    source: str | None
    question: str
    choices: dict[str, str]
    truth: str
    prediction: str | None

    @property
    def key(self) -> tuple[Split, str]:
        """Name the question among those of its form."""
        return self.split, self.id


class _Read(Struct, frozen=True):
    """A prediction and where it stands."""

    where: str
    prediction: Prediction
    split: Split | None

    def of(self, items: dict[tuple[Split, str], Item] | None) -> Split:
        """Settle the split by the questions where the prediction does not say it."""
        if self.split:
            return self.split
        fitting = [split for split in SPLITS if items is not None and (split, self.prediction.question_id) in items]
        if len(fitting) != 1:
            message = f"{self.where}: {self.prediction.question_id}: split: neither image nor video"
            raise RecordError(message, hint="or let the name of the file have image or video in it")
        return fitting[0]


def read_predictions(
    inputs: Sequence[str], items: Sequence[Item] | None = None, *, unpacking: Unpacking = DEFAULT
) -> list[tuple[str, Split, Prediction]]:
    """Read the predictions in *inputs*: where each stands, the split it belongs to, and itself.

    *items*, which are of one form, settle the split of those that do not say it. Raises `SourceError` for a file that
    cannot be read or holds none, `RecordError` for what is no prediction, and for a question that is answered twice.
    """
    known = None if items is None else {item.key: item for item in items}
    seen: dict[tuple[Split, str], str] = {}
    found = []
    with tempfile.TemporaryDirectory(prefix="instit-") as spool:
        for source in open_inputs(inputs, Path(spool), unpacking=unpacking):
            for read in _of_file(source):
                key = read.of(known), read.prediction.question_id
                if key in seen:
                    message = f"{read.where}: question_id: {key[1]} is answered a second time, the first is {seen[key]}"
                    raise RecordError(message, hint="keep one prediction for each question")
                seen[key] = read.where
                found.append((read.where, key[0], read.prediction))
    if not found:
        message = f"{', '.join(map(shown, inputs))}: there is no prediction in it"
        raise SourceError(message, hint="name a file such as video_mc_inference.json")
    return found


def _of_file(source: Input) -> list[_Read]:
    found = []
    for element in all_elements(source):
        where = place(source, element.number)
        try:
            prediction = msgspec.json.decode(element.json, type=Prediction)
        except msgspec.ValidationError as error:
            other = mistaken(element.json, "prediction") or RecordError(_worded(error), hint=_HINT)
            raise other.at(where) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecordError(f"{where}: {malformed(bytes(element.json), error)}") from error
        if not prediction.question_id.strip():
            raise RecordError(f"{where}: question_id: it is empty", hint=_HINT)
        found.append(_Read(where, prediction, _split(prediction, source.name, where)))
    return found


_HINT = "a prediction has question_id, question, model_prediction, ground_truth and split, as the published ones do"


def _worded(error: msgspec.ValidationError) -> str:
    message, _, path = str(error).partition(" - at ")
    column = path.strip("`").removeprefix("$").removeprefix(".")
    plain = message[0].lower() + message[1:]
    return f"{column}: {plain}" if column else plain


def _split(prediction: Prediction, file: str, where: str) -> Split | None:
    said = prediction.split
    if not isinstance(said, str):
        return split_of_name(file)
    for split in SPLITS:
        if said == split:
            return split
    raise RecordError(f"{where}: {prediction.question_id}: split: {said!r} is neither image nor video")


def joined(
    predictions: Sequence[tuple[str, Split, Prediction]],
    items: Sequence[Item] | None = None,
    *,
    missing: Missing = "stop",
) -> list[Answer]:
    """Join predictions with their questions by split and id, sorted by them; of *items*, which are of one form, all.

    Without *items*, what each prediction says of its question is taken. Raises `RecordError` for a prediction whose
    question is unknown or another one, and `UsageError` where questions are without one and *missing* says to stop.
    """
    if items is None:
        answers = [_alone(*each) for each in predictions]
    else:
        by_key = {item.key: item for item in items}
        answers = [_beside(*each, by_key) for each in predictions]
        splits = {split for _, split, _ in predictions}
        answers += _without(answers, [item for item in items if item.split in splits], missing)
    return sorted(answers, key=lambda answer: answer.key)


def _alone(where: str, split: Split, said: Prediction) -> Answer:
    if not isinstance(said.ground_truth, str):
        message = f"{where}: {said.question_id}: ground_truth: there is none"
        raise RecordError(message, hint="name the questions beside it: --items video_multi_choices.json")
    return Answer(
        id=said.question_id,
        split=split,
        cluster=cluster_of(said.question_id),
        source=None,
        question=said.question if isinstance(said.question, str) else "",
        choices={},
        truth=said.ground_truth.strip(),
        prediction=said.prediction or "",
    )


def _beside(where: str, split: Split, said: Prediction, items: dict[tuple[Split, str], Item]) -> Answer:
    item = items.get((split, said.question_id))
    if item is None:
        message = f"{where}: question_id: {said.question_id} is no question about {split}s among those of --items"
        raise RecordError(message, hint="predictions and questions are of different files, or of different versions")
    for name, theirs, ours in (
        ("question", said.question, item.question),
        ("ground_truth", said.ground_truth, item.truth),
    ):
        if isinstance(theirs, str) and ours is not None and theirs.split() != ours.split():
            message = (
                f"{where}: {said.question_id}: {name}: {theirs[:80]!r}, while the question's file has {ours[:80]!r}"
            )
            raise RecordError(message, hint="the predictions were made for another version of the benchmark")
    truth = item.truth if item.truth is not None else said.ground_truth
    if not isinstance(truth, str):
        message = f"{where}: {said.question_id}: ground_truth: neither the prediction nor the question has it"
        raise RecordError(message, hint=_ANSWERS)
    return _answer(item, truth.strip(), said.prediction or "")


def _without(answers: Sequence[Answer], items: Sequence[Item], missing: Missing) -> list[Answer]:
    answered = {answer.key for answer in answers}
    left = [item for item in items if item.key not in answered]
    if left and missing == "stop":
        some = ", ".join(item.id for item in left[:_SOME]) + (", ..." if len(left) > _SOME else "")
        message = f"{len(left):,} of {len(items):,} questions are without a prediction: {some}"
        raise UsageError(message, hint="--missing wrong counts them as wrong, --missing leave-out leaves them out")
    return [] if missing == "leave-out" else [_wrong(item) for item in left]


def _wrong(item: Item) -> Answer:
    if item.truth is None:
        message = f"{item.file}: {item.id}: answer: there is none, and no prediction that has it"
        raise RecordError(message, hint=_ANSWERS)
    return _answer(item, item.truth, None)


def _answer(item: Item, truth: str, prediction: str | None) -> Answer:
    return Answer(
        id=item.id,
        split=item.split,
        cluster=item.cluster,
        source=item.source,
        question=item.question,
        choices=item.choices,
        truth=truth,
        prediction=prediction,
    )
