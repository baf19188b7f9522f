"""One side of a comparison: a value for each question, read from predictions or from what an earlier command wrote.

``bench score`` leaves ``verdicts.jsonl``, a line an answer with the letters that were read, ``bench judge`` leaves
``scores.jsonl``, a line an answer with its score. A file of multiple-choice predictions is scored on the way.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from instit_tools.addresses import shown
from instit_tools.bench.answers import answered
from instit_tools.bench.forms import Split
from instit_tools.bench.results import NAME, stem
from instit_tools.bench.scoring import Reader, Verdict, verdicts
from instit_tools.errors import SourceError, UsageError
from instit_tools.spelling_out import printable

__all__ = ["JUDGED", "SCORED", "Point", "Side", "read_joined", "read_side"]

SCORED, JUDGED = "verdicts.jsonl", "scores.jsonl"
_HINT = "name a folder that bench score -o or bench judge -o wrote, or a file of multiple-choice predictions"
T = TypeVar("T", bound=Struct)


class Point(Struct, frozen=True, kw_only=True):
    """What is known of one answer.

    *value* is between 0 and 1, ``None`` where a judge failed. *text*, the *letter* that was read in it and the right
    one, *truth*, are those of multiple choice, *prediction_sha256* names an answer that was judged.
    """

    question_id: str
    split: Split
    cluster: str
    kinds: tuple[tuple[str, str], ...]
    value: float | None
    truth: str | None = None
    letter: str | None = None
    text: str | None = None
    prediction_sha256: str | None = None

    @property
    def key(self) -> tuple[Split, str]:
        """Name the question among those of its form."""
        return self.split, self.question_id

    @property
    def known(self) -> float:
        """The value, of an answer that has one."""
        if self.value is None:
            message = f"{self.question_id} has no value"
            raise ValueError(message)
        return self.value


class Side(Struct, frozen=True, kw_only=True):
    """Where values come from: *given* as it was named; *judge* and the sha256 of its *prompts* where one scored."""

    name: str
    given: str
    judge: str | None = None
    prompts: dict[str, str] = {}


class _Header(Struct, frozen=True):
    """What both commands write into ``result.json``, as far as it is needed here."""

    name: str
    judge: str | None = None
    prompts: dict[str, str] = field(default_factory=dict)


class _Scored(Struct, frozen=True):
    """A line of ``scores.jsonl``."""

    question_id: str
    split: Split
    cluster: str
    kinds: tuple[tuple[str, str], ...]
    prediction_sha256: str | None
    score: Annotated[float, Meta(ge=0, le=1)] | None


def read_joined(
    given: str, items: Sequence[str] = (), *, reader: Reader = "strict"
) -> tuple[Side, list[Point], frozenset[tuple[Split, str]]]:
    """Read what *given* names, a folder or a file of predictions, which is joined with the questions in *items*.

    Gives the questions in *items* without an answer, too. Raises an `InstitError` for what is neither.
    """
    if Path(given).is_dir():
        return *read_side(given, reader=reader), frozenset()
    side = Side(name=stem([given]), given=printable(shown(given)))
    found = answered([given], items, form="multiple-choice", missing="leave-out" if items else "stop")
    return side, [_of_verdict(each, reader) for each in verdicts(found.answers)], found.unanswered


def read_side(given: str, *, reader: Reader = "strict") -> tuple[Side, list[Point]]:
    """Read what *given* names, a folder or a file of predictions, on its own.

    Raises an `InstitError` for what is neither.
    """
    folder = Path(given)
    if not folder.is_dir():
        side, points, _ = read_joined(given, reader=reader)
        return side, points
    header = _header(folder)
    side = Side(name=header.name, given=printable(given), judge=header.judge, prompts=header.prompts)
    if (folder / JUDGED).is_file():
        if header.judge is None:
            raise SourceError(f"{folder / NAME} does not say which judge wrote {JUDGED} beside it", hint=_HINT)
        return side, _points(folder / JUDGED, [_of_score(each) for each in _lines(folder / JUDGED, _Scored)])
    if (folder / SCORED).is_file():
        read = [_of_verdict(each, reader) for each in _lines(folder / SCORED, Verdict)]
        return side, _points(folder / SCORED, read)
    raise SourceError(f"{folder} holds neither {SCORED} nor {JUDGED}", hint=_HINT)


def _header(folder: Path) -> _Header:
    path = folder / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Header)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}", hint=_HINT) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} is no result of bench score or bench judge: {error}", hint=_HINT) from error


def _lines(path: Path, kind: type[T]) -> Iterator[T]:
    decoder = msgspec.json.Decoder(kind)
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}", hint=_HINT) from error
    for number, line in enumerate(lines, 1):
        try:
            yield decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = f"{path}: line {number}: {error}"
            raise SourceError(message, hint="leave the file as bench score or bench judge wrote it") from error


def _points(path: Path, found: Sequence[Point]) -> list[Point]:
    seen: set[tuple[Split, str]] = set()
    for number, point in enumerate(found, 1):
        if point.key in seen:
            message = f"{path}: line {number}: question_id: {point.question_id} stands a second time"
            raise SourceError(message, hint="keep one line for each question")
        seen.add(point.key)
    if not found:
        raise UsageError(f"{path} is empty: there is nothing to compare", hint=_HINT)
    return list(found)


def _of_verdict(verdict: Verdict, reader: Reader) -> Point:
    return Point(
        question_id=verdict.question_id,
        split=verdict.split,
        cluster=verdict.cluster,
        kinds=verdict.kinds,
        value=float(verdict.right(reader)),
        truth=verdict.truth,
        letter=verdict.letter(reader),
        text=verdict.prediction,
    )


def _of_score(scored: _Scored) -> Point:
    return Point(
        question_id=scored.question_id,
        split=scored.split,
        cluster=scored.cluster,
        kinds=scored.kinds,
        value=scored.score,
        prediction_sha256=scored.prediction_sha256,
    )
