"""A judged run: answers in, a score or a reason for each, and the mean with what became of failures.

What is written does not say when or how often was asked: a run that was killed and run again gives the same bytes as
one that was not, for the same scores come out of the cache.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from instit_tools.bench.asking.base import Reply
from instit_tools.bench.asking.run import Asking, Outcome, ask_all, run
from instit_tools.bench.forms import SPLITS, Split
from instit_tools.bench.intervals import Estimate, Values, estimate
from instit_tools.bench.judging.reply import Format, query, score_of
from instit_tools.bench.kinds import by_kind, kinds_of
from instit_tools.bench.predictions import Answer
from instit_tools.bench.prompts import Prompts, fingerprint
from instit_tools.bench.results import NAME, Given, Headline, encode, write
from instit_tools.version import __version__

__all__ = [
    "Failures",
    "Judged",
    "JudgedGroup",
    "JudgedSplit",
    "Scored",
    "Told",
    "judged",
    "judged_answers",
    "write_judged",
]

Failures = Literal["leave-out", "zero"]
"""What a question that the judge did not score counts: nothing, as in the published script, or 0."""
FORMAT, VERSION = "instit-tools bench judge", 1


class Scored(Struct, frozen=True, kw_only=True):
    """One answer with its *score* from 0 to 1, or the reason of the *failure*."""

    question_id: str
    split: Split
    cluster: str
    kinds: tuple[tuple[str, str], ...]
    prediction_sha256: str
    score: float | None = None
    failure: str | None = None


class JudgedGroup(Struct, frozen=True, kw_only=True):
    """The questions of one *kind*: mean score *of_scored*, and *of_all* with 0 for those that have none."""

    grouping: str
    kind: str
    questions: int
    scored: int
    of_all: Estimate
    of_scored: Estimate


class JudgedSplit(Struct, frozen=True, kw_only=True):
    """What the judge found about images, or about videos; the first group is all of it."""

    split: Split
    questions: int
    clusters: int
    missing: int
    failed: int
    groups: tuple[JudgedGroup, ...]


class Told(Struct, frozen=True, kw_only=True):
    """What a result says of how it was made."""

    name: str
    judge: str
    prompts_from: str
    answer_format: Format
    parameters: dict[str, float | int | str | None]
    failures: Failures
    predictions: tuple[Given, ...] = ()
    items: tuple[Given, ...] = ()
    left_out: int = 0
    seed: int = 0


class Judged(Struct, frozen=True, kw_only=True):
    """All that ``bench judge`` finds; *models* and *fingerprints* are what the endpoint called itself, with counts."""

    format: str = FORMAT
    version: int = VERSION
    tool: str = __version__
    name: str
    headlines: tuple[Headline, ...]
    judge: str
    prompts: dict[Split, str]
    told: Told
    models: dict[str, int]
    fingerprints: dict[str, int]
    splits: tuple[JudgedSplit, ...]
    failed: dict[str, int]


def judged_answers(
    answers: Sequence[Answer], prompts: Prompts, form: Format, asking: Asking
) -> list[tuple[Scored, Outcome[float] | None]]:
    """Have every answer judged; what has no prediction is not asked about, and scores 0.

    Raises an `InstitError` where no question would be answered.
    """
    there = [answer for answer in answers if answer.prediction is not None]
    queries = [query(answer, prompts.judge(answer.split), form) for answer in there]
    outcomes = iter(run(ask_all(asking, queries, score_of)))
    pairs = [(answer, None if answer.prediction is None else next(outcomes)) for answer in answers]
    return [(_scored(answer, outcome), outcome) for answer, outcome in pairs]


def _scored(answer: Answer, outcome: Outcome[float] | None) -> Scored:
    said = answer.prediction
    return Scored(
        question_id=answer.id,
        split=answer.split,
        cluster=answer.cluster,
        kinds=tuple(kinds_of(answer)),
        prediction_sha256=hashlib.sha256((said or "").encode("utf-8", "surrogatepass")).hexdigest(),
        score=0.0 if outcome is None else outcome.value,
        failure="no prediction" if outcome is None else outcome.failure,
    )


def judged(found: Sequence[tuple[Scored, Outcome[float] | None]], prompts: Prompts, told: Told) -> Judged:
    """Put scores together."""
    scores = [scored for scored, _ in found]
    present = [split for split in SPLITS if any(each.split == split for each in scores)]
    splits = tuple(_split(split, [each for each in scores if each.split == split], told.seed) for split in present)
    replies = [outcome.reply for _, outcome in found if outcome and outcome.reply]
    return Judged(
        name=told.name,
        headlines=tuple(_headline(split, told, fingerprint(prompts.judge(split.split))) for split in splits),
        judge=told.judge,
        prompts={split: fingerprint(prompts.judge(split)) for split in present},
        told=told,
        models=_counted(replies, "model"),
        fingerprints=_counted(replies, "fingerprint"),
        splits=splits,
        failed=_reasons(scores),
    )


def _counted(replies: Sequence[Reply], field: Literal["model", "fingerprint"]) -> dict[str, int]:
    named = sorted(str(value) for reply in replies if (value := getattr(reply, field)) is not None)
    return {name: named.count(name) for name in dict.fromkeys(named)}


def _reasons(scores: Sequence[Scored]) -> dict[str, int]:
    reasons = [each.failure for each in scores if each.score is None and each.failure]
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def _split(split: Split, scores: list[Scored], seed: int) -> JudgedSplit:
    return JudgedSplit(
        split=split,
        questions=len(scores),
        clusters=len({each.cluster for each in scores}),
        missing=sum(each.failure == "no prediction" for each in scores),
        failed=sum(each.score is None for each in scores),
        groups=tuple(_group(pair, mine, seed) for pair, mine in by_kind(scores).items()),
    )


def _group(pair: tuple[str, str], scores: list[Scored], seed: int) -> JudgedGroup:
    known = [each for each in scores if each.score is not None]
    return JudgedGroup(
        grouping=pair[0],
        kind=pair[1],
        questions=len(scores),
        scored=len(known),
        of_all=estimate(_values(scores), seed=seed),
        of_scored=estimate(_values(known), seed=seed),
    )


def _values(scores: Sequence[Scored]) -> Values:
    return Values([each.cluster for each in scores], [each.score or 0.0 for each in scores])


def _headline(split: JudgedSplit, told: Told, prompt: str) -> Headline:
    whole = split.groups[0]
    return Headline(
        split=split.split,
        form="open-ended",
        by=told.judge,
        estimate=whole.of_all if told.failures == "zero" else whole.of_scored,
        complete=not (split.failed or split.missing or told.left_out),
        prompt=prompt,
    )


def write_judged(folder: Path, result: Judged, scores: Sequence[Scored], *, overwrite: bool = False) -> None:
    """Write ``result.json``, ``scores.jsonl``, and where there are any ``failures.jsonl``, into the new *folder*."""
    files = {NAME: [encode(result)], "scores.jsonl": [msgspec.json.encode(each) + b"\n" for each in scores]}
    failed = [msgspec.json.encode(each) + b"\n" for each in scores if each.score is None]
    write(folder, files | ({"failures.jsonl": failed} if failed else {}), overwrite=overwrite)
