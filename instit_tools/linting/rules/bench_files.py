"""The files of the benchmark held against each other: questions, predictions, masks."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from instit_tools.linting.base import Example, Finding, Judge, Noted, Place, Rule
from instit_tools.linting.bench import masked_ids, owner_of, question_of, split_of_masks
from instit_tools.linting.kinds import MASKS, PREDICTION
from instit_tools.linting.view import View
from instit_tools.records import BenchItem

FAMILY = "bench"

REPEATED = Rule(
    code="question-repeated",
    severity="error",
    summary="a question id that stands twice in one file",
    why="Predictions are joined by it: one of the two questions gets the answer of the other.",
    example=Example(on="", bad='"001-01" twice', good='"001-01" and "001-02"'),
)
DISAGREE = Rule(
    code="bench-disagree",
    severity="error",
    summary="multiple-choice and open-ended files that do not ask the same",
    why="They hold the same questions under the same ids. Results of the two cannot be compared where they differ.",
    example=Example(
        on="",
        bad='"001-01" is "Where is [1]?" in one file and "Who is [2]?" in the other',
        good="the same question in both",
    ),
)
ID = Rule(
    code="bench-id-unknown",
    severity="error",
    summary="a question or an option speaks of an id that the mask file does not have",
    why="Question 002-01 of the published image file offers [7], and its masks stop at 6 (issue 5 of the authors' "
    "repository): nothing on the picture bears that number.",
    example=Example(on="", bad='"Where is [7]?" with masks of 1 to 6', good="masks of 1 to 7"),
)
MISSING = Rule(
    code="prediction-missing",
    severity="error",
    summary="a question without a prediction",
    why="The published scorer divides by the predictions that it can read, so a missing one raises the score.",
    example=Example(on="", bad="1,001 questions and 1,000 predictions", good="a prediction for each question"),
)
TWICE = Rule(
    code="prediction-repeated",
    severity="error",
    summary="two predictions for one question in one file",
    why="The question counts twice, or which of the two counts depends on the scorer.",
    example=Example(on="", bad='two predictions for "001-01"', good="one"),
)
UNKNOWN = Rule(
    code="prediction-unknown",
    severity="error",
    summary="a prediction for a question that the benchmark does not have",
    why="It belongs to another version or another split, and so may all the others.",
    example=Example(on="", bad='a prediction for "999-01"', good='one for "001-01"'),
)
CHANGED = Rule(
    code="prediction-disagrees",
    severity="warning",
    summary="a prediction whose question or true answer is not the benchmark's",
    why="It was made with another version of the question, so the answer may be right for that and wrong for this.",
    example=Example(on="", bad='"ground_truth": "B" where the answer is "C"', good="the same in both"),
)
RULES = (REPEATED, DISAGREE, ID, MISSING, TWICE, UNKNOWN, CHANGED)


_LETTERS = frozenset("ABCD")


class _Asked(Struct):
    """A question as it stood in one file."""

    place: Place
    data: Mapping[str, Any]


def note(view: View) -> Iterator[Noted]:
    """Remember questions, predictions, and the ids of masks."""
    if isinstance(view.record, BenchItem):
        yield Noted(topic="question", key=view.record.id, path=("question_id",), data=question_of(view.record, view))
    elif view.kind == PREDICTION and isinstance(view.tree, dict):
        data = {key: view.tree.get(key) for key in ("question", "ground_truth", "split")}
        yield Noted(topic="prediction", key=str(view.tree.get("question_id")), path=("question_id",), data=data)
    elif view.kind == MASKS and isinstance(view.tree, dict):
        for owner, found in (view.tree.get("segmentations") or {}).items():
            yield Noted(topic="masks", key=owner_of(owner), data=(split_of_masks(found), sorted(masked_ids(found))))


class Across(Judge):
    """All questions, predictions and masks that were named together."""

    def __init__(self) -> None:
        """Start with none."""
        self._questions: dict[tuple[str, bool, str | None], dict[str, _Asked]] = {}
        self._predictions: dict[tuple[str, str | None], dict[str, _Asked]] = {}
        self._masks: dict[tuple[str | None, str], frozenset[int]] = {}
        self._files: dict[str, Place] = {}

    def see(self, place: Place, noted: Noted) -> Iterator[Finding]:
        """Remember, and object to what stands twice in a file."""
        if noted.topic == "masks":
            split, ids = noted.data
            self._masks[split, noted.key] = frozenset(ids)
            return
        self._files.setdefault(place.file, Place(file=place.file, number=None))
        if noted.topic == "question":
            known = self._questions.setdefault((place.file, noted.data["choice"], noted.data["split"]), {})
            rule, noun = REPEATED, "question"
        else:
            known = self._predictions.setdefault((place.file, noted.data["split"]), {})
            rule, noun = TWICE, "prediction for"
        if noted.key in known:
            message = f"{noun} {noted.key} stands in {known[noted.key].place.shown} already"
            yield Finding(code=rule.code, path=noted.path, message=message)
        known.setdefault(noted.key, _Asked(place, noted.data))

    def end(self) -> Iterator[tuple[Place, Finding]]:
        """Hold the files against each other."""
        yield from self._disagreeing()
        yield from self._without_mask()
        for (file, split), predictions in self._predictions.items():
            yield from self._predicted(file, split, predictions)

    def _disagreeing(self) -> Iterator[tuple[Place, Finding]]:
        for (_, choice, split), ours in self._questions.items():
            for (other, other_choice, other_split), theirs in self._questions.items():
                if choice == other_choice or not _may_be_one(split, other_split):
                    continue
                for key, asked in ours.items():
                    if key not in theirs:
                        yield asked.place, _finding(DISAGREE, f"question {key} is not in {other}")
                    elif choice and asked.data["question"].strip() != theirs[key].data["question"].strip():
                        where = theirs[key].place.shown
                        yield asked.place, _finding(DISAGREE, f"question {key} is another one in {where}", "question")

    def _without_mask(self) -> Iterator[tuple[Place, Finding]]:
        for known in self._questions.values() if self._masks else ():
            named_alike = any(self._masked(asked) is not None for asked in known.values())
            for key, asked in known.items() if named_alike else ():  # else the masks are of something else
                masked = self._masked(asked)
                have = (
                    f"masks are of {_listed(masked)}" if masked is not None else f"nothing of {_place(asked)} has one"
                )
                for path, number in asked.data["ids"]:
                    if masked is None or number not in masked:
                        message = f"[{number}] of question {key} has no mask; {have}"
                        yield asked.place, Finding(code=ID.code, path=path, message=message)

    def _masked(self, asked: _Asked) -> frozenset[int] | None:
        split, owner = asked.data["split"], asked.data["owner"]
        splits = ("image", "video", None) if split is None else (split, None)
        return next((self._masks[each, owner] for each in splits if (each, owner) in self._masks), None)

    def _predicted(
        self, file: str, split: str | None, predictions: Mapping[str, _Asked]
    ) -> Iterator[tuple[Place, Finding]]:
        truth = self._truth_of(split, predictions)
        if truth is None:
            return
        for key, asked in predictions.items():
            if key not in truth:
                yield asked.place, _finding(UNKNOWN, f"there is no question {key}", "question_id")
                continue
            for field in _changed(asked.data, truth[key].data):
                message = f"the {field.replace('_', ' ')} of {key} is not that of {truth[key].place.shown}"
                yield asked.place, _finding(CHANGED, message, field)
        for key, asked in truth.items():
            if key not in predictions:
                yield self._files[file], _finding(MISSING, f"no prediction for question {key} of {asked.place.file}")

    def _truth_of(self, split: str | None, predictions: Mapping[str, _Asked]) -> Mapping[str, _Asked] | None:
        """Find the questions that *predictions* are of: of their split, and with the most true answers in common."""
        found = [known for (_, _, of), known in self._questions.items() if _may_be_one(split, of)]
        return max(found, key=lambda known: _in_common(predictions, known), default=None)


def _in_common(predictions: Mapping[str, _Asked], known: Mapping[str, _Asked]) -> tuple[int, int]:
    shared = predictions.keys() & known.keys()
    return sum(predictions[key].data["ground_truth"] == known[key].data["answer"] for key in shared), len(shared)


def _changed(prediction: Mapping[str, Any], question: Mapping[str, Any]) -> Iterator[str]:
    """Name what a prediction says of its question that is not so; a letter and a text are true answers of two files."""
    said, asked = prediction["question"], question["question"]
    if isinstance(said, str) and said.strip() != asked.strip():
        yield "question"
    said, true = prediction["ground_truth"], question["answer"]
    comparable = isinstance(said, str) and isinstance(true, str) and (said.strip() in _LETTERS) == question["choice"]
    if comparable and said.strip() != true.strip():
        yield "ground_truth"


def _may_be_one(split: str | None, other: str | None) -> bool:
    return split is None or other is None or split == other


def _place(asked: _Asked) -> str:
    return f"{asked.data['split'] or 'picture'} {asked.data['owner']}"


def _listed(ids: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(ids))) or "none"


def _finding(rule: Rule, message: str, *path: str) -> Finding:
    return Finding(code=rule.code, path=path, message=message)
