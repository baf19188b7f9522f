"""The files of the benchmark held against each other: questions, predictions, masks."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from instit_tools.linting.base import Example, Finding, Noted, Place, Rule
from instit_tools.linting.kinds import MASKS, PREDICTION
from instit_tools.linting.view import View
from instit_tools.records import BenchItem
from instit_tools.references import ids_of_key, instance_ids

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


class _Asked(Struct):
    """A question as it stood in one file."""

    place: Place
    data: Mapping[str, Any]


def note(view: View) -> Iterator[Noted]:
    """Remember questions, predictions, and the ids of masks."""
    if isinstance(view.record, BenchItem):
        yield _question(view.record, view)
    elif view.kind == PREDICTION and isinstance(view.tree, dict):
        data = {key: view.tree.get(key) for key in ("question", "ground_truth", "split")}
        yield Noted(topic="prediction", key=str(view.tree.get("question_id")), path=("question_id",), data=data)
    elif view.kind == MASKS and isinstance(view.tree, dict):
        for owner, found in (view.tree.get("segmentations") or {}).items():
            yield Noted(topic="masks", key=_owner(owner), data=sorted(_ids(found)))


def _question(item: BenchItem, view: View) -> Noted:
    owner = item.video_path if isinstance(item.video_path, str) else item.image_path
    number = next((each for each in (item.video_id, item.image_id) if isinstance(each, int | str)), None)
    stem = str(owner or "").rstrip("/").rpartition("/")[2].partition(".")[0]
    data = {
        "question": item.question,
        "answer": item.answer if isinstance(item.answer, str) else None,
        "choice": bool(item.choices),
        "split": "video" if isinstance(item.video_path, str) or isinstance(item.video_id, int | str) else "image",
        "owner": _owner(str(number) if number is not None else stem or item.id.partition("-")[0]),
        "ids": [(said.path, number) for said in view.texts for number in dict.fromkeys(instance_ids(said.text))],
    }
    return Noted(topic="question", key=item.id, path=("question_id",), data=data)


class Across:
    """All questions, predictions and masks that were named together."""

    def __init__(self) -> None:
        """Start with none."""
        self._questions: dict[tuple[str, bool], dict[str, _Asked]] = {}
        self._predictions: dict[str, dict[str, _Asked]] = {}
        self._masks: dict[str, frozenset[int]] = {}
        self._files: dict[str, Place] = {}

    def see(self, place: Place, noted: Noted) -> Iterator[Finding]:
        """Remember, and object to what stands twice in a file."""
        if noted.topic == "masks":
            self._masks[noted.key] = frozenset(noted.data)
            return
        self._files.setdefault(place.file, Place(file=place.file, number=None))
        if noted.topic == "question":
            known = self._questions.setdefault((place.file, noted.data["choice"]), {})
            rule, noun = REPEATED, "question"
        else:
            known = self._predictions.setdefault(place.file, {})
            rule, noun = TWICE, "prediction for"
        if noted.key in known:
            message = f"{noun} {noted.key} stands in {known[noted.key].place.shown} already"
            yield Finding(code=rule.code, path=noted.path, message=message)
        known.setdefault(noted.key, _Asked(place, noted.data))

    def end(self) -> Iterator[tuple[Place, Finding]]:
        """Hold the files against each other."""
        yield from self._disagreeing()
        yield from self._without_mask()
        for file, predictions in self._predictions.items():
            yield from self._predicted(file, predictions)

    def _disagreeing(self) -> Iterator[tuple[Place, Finding]]:
        for (_, choice), ours in self._questions.items():
            for (other, other_choice), theirs in self._questions.items():
                if choice == other_choice or _split(ours) != _split(theirs):
                    continue
                for key, asked in ours.items():
                    if key not in theirs:
                        yield asked.place, _finding(DISAGREE, f"question {key} is not in {other}")
                    elif choice and asked.data["question"] != theirs[key].data["question"]:
                        where = theirs[key].place.shown
                        yield asked.place, _finding(DISAGREE, f"question {key} is another one in {where}", "question")

    def _without_mask(self) -> Iterator[tuple[Place, Finding]]:
        if not self._masks:
            return
        for known in self._questions.values():
            for key, asked in known.items():
                masked = self._masks.get(asked.data["owner"])
                if masked is None:
                    continue
                for path, number in asked.data["ids"]:
                    if number not in masked:
                        have = ", ".join(map(str, sorted(masked))) or "none"
                        message = f"[{number}] of question {key} has no mask; masks are of {have}"
                        yield asked.place, Finding(code=ID.code, path=path, message=message)

    def _predicted(self, file: str, predictions: Mapping[str, _Asked]) -> Iterator[tuple[Place, Finding]]:
        truth = self._truth_of(predictions)
        if truth is None:
            return
        for key, asked in predictions.items():
            if key not in truth:
                yield asked.place, _finding(UNKNOWN, f"there is no question {key}", "question_id")
                continue
            for ours, theirs in (("question", "question"), ("ground_truth", "answer")):
                said, true = asked.data[ours], truth[key].data[theirs]
                if isinstance(said, str) and isinstance(true, str) and said.strip() != true.strip():
                    message = f"the {ours.replace('_', ' ')} of {key} is not that of {truth[key].place.shown}"
                    yield asked.place, _finding(CHANGED, message, ours)
        for key, asked in truth.items():
            if key not in predictions:
                yield self._files[file], _finding(MISSING, f"no prediction for question {key} of {asked.place.file}")

    def _truth_of(self, predictions: Mapping[str, _Asked]) -> Mapping[str, _Asked] | None:
        """Find the questions that *predictions* are of: of their split, and with the most true answers in common."""
        split = _split(predictions)
        found = [known for known in self._questions.values() if split in {None, _split(known)}]
        return max(found, key=lambda known: _in_common(predictions, known), default=None)


def _in_common(predictions: Mapping[str, _Asked], known: Mapping[str, _Asked]) -> tuple[int, int]:
    shared = predictions.keys() & known.keys()
    return sum(predictions[key].data["ground_truth"] == known[key].data["answer"] for key in shared), len(shared)


def _split(known: Mapping[str, _Asked]) -> object:
    return next((asked.data["split"] for asked in known.values()), None)


def _owner(key: str) -> str:
    """Name a video or image the same whether it is called 1, "1" or "001"."""
    return key.lstrip("0") if key.isdigit() else key


def _ids(tree: object) -> set[int]:
    """Collect the ids from maps of masks, with or without frames between."""
    if not isinstance(tree, dict):
        return set()
    inner = [value for value in tree.values() if isinstance(value, dict)]
    if any("mask" in value or "counts" in value for value in inner):
        return {number for key in tree for number in ids_of_key(key)}
    return {number for value in inner for number in _ids(value)}


def _finding(rule: Rule, message: str, *path: str) -> Finding:
    return Finding(code=rule.code, path=path, message=message)
