"""Multiple-choice answers scored by two readers side by side, with both denominators and how sure each number is.

``strict`` reads the answer that a person would, ``upstream`` what the published script does. *of_all* divides by all
questions, *of_parsed* by those in whose answer the reader found a letter, as the published numbers do: by that, a model
that refuses what it does not know scores higher. Questions about one image or video are one cluster of the intervals.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from instit_tools.bench.forms import LETTERS, SPLITS, Split
from instit_tools.bench.intervals import RESAMPLES, Estimate, Values, estimate
from instit_tools.bench.kinds import by_kind, kinds_of
from instit_tools.bench.predictions import Answer
from instit_tools.bench.reading import strict, upstream
from instit_tools.bench.results import Given, Headline
from instit_tools.errors import UsageError
from instit_tools.version import __version__

__all__ = [
    "READERS",
    "Group",
    "Reader",
    "Score",
    "SplitScore",
    "Tally",
    "Told",
    "Verdict",
    "score",
    "tallies",
    "verdicts",
]

Reader = Literal["strict", "upstream"]
READERS: tuple[Reader, ...] = ("strict", "upstream")
FORMAT, VERSION = "instit-tools bench score", 1


class Verdict(Struct, frozen=True, kw_only=True):
    """One answer as both readers read it; ``None`` where they find no letter in it, or there is no answer."""

    question_id: str
    split: Split
    cluster: str
    kinds: tuple[tuple[str, str], ...]
    truth: str
    prediction: str | None
    strict: str | None
    reason: str
    upstream: str | None

    def letter(self, reader: Reader) -> str | None:
        """Give what *reader* read."""
        return self.strict if reader == "strict" else self.upstream

    def right(self, reader: Reader) -> bool:
        """Say whether that is the right option."""
        return self.letter(reader) == self.truth


class Tally(Struct, frozen=True, kw_only=True):
    """How many answers are right and how many could be read, and both shares."""

    right: int
    parsed: int
    questions: int
    of_all: Estimate
    of_parsed: Estimate


class Group(Struct, frozen=True, kw_only=True):
    """The questions of one *kind* of a *grouping* (``all``, ``instances``, ``time``, ``source``)."""

    grouping: str
    kind: str
    questions: int
    readers: dict[Reader, Tally]


class SplitScore(Struct, frozen=True, kw_only=True):
    """What was found about images, or about videos; *missing* questions have no prediction and count as wrong."""

    split: Split
    questions: int
    clusters: int
    missing: int
    groups: tuple[Group, ...]

    @property
    def whole(self) -> dict[Reader, Tally]:
        """All questions, by reader."""
        return self.groups[0].readers


class Score(Struct, frozen=True, kw_only=True):
    """All that ``bench score`` finds; the same predictions give the same bytes.

    *unparsed* are the answers without a letter by ``strict``, *disagreements* those that the readers read differently.
    """

    format: str = FORMAT
    version: int = VERSION
    tool: str = __version__
    name: str
    headlines: tuple[Headline, ...]
    predictions: tuple[Given, ...]
    items: tuple[Given, ...]
    options_known: bool
    left_out: int
    seed: int
    resamples: int = RESAMPLES
    splits: tuple[SplitScore, ...]
    unparsed: tuple[Verdict, ...]
    disagreements: tuple[Verdict, ...]


class Told(Struct, frozen=True, kw_only=True):
    """What a score says of where it comes from."""

    name: str
    predictions: tuple[Given, ...] = ()
    items: tuple[Given, ...] = ()
    left_out: int = 0
    seed: int = 0


def verdicts(answers: Sequence[Answer]) -> list[Verdict]:
    """Read all *answers*, in order, each by both readers.

    Raises `UsageError` for one whose right answer is no letter: it is open-ended.
    """
    return [_verdict(answer) for answer in answers]


def _verdict(answer: Answer) -> Verdict:
    if answer.truth not in set(LETTERS):
        message = f"{answer.id}: the right answer is {answer.truth[:60]!r}, no letter from A to D"
        raise UsageError(message, hint="open-ended answers are scored by a judge: instit-tools bench judge")
    said = answer.prediction
    reading = strict.Reading(None, "no prediction") if said is None else strict.read(said, answer.choices)
    return Verdict(
        question_id=answer.id,
        split=answer.split,
        cluster=answer.cluster,
        kinds=tuple(kinds_of(answer)),
        truth=answer.truth,
        prediction=said,
        strict=reading.letter,
        reason=reading.reason,
        upstream=None if said is None else upstream.read(said),
    )


def score(found: Sequence[Verdict], told: Told, *, options_known: bool) -> Score:
    """Count *found*, and estimate how sure the shares are; *told* is where they come from."""
    splits = tuple(
        _split(split, mine, told.seed) for split in SPLITS if (mine := [each for each in found if each.split == split])
    )
    return Score(
        name=told.name,
        headlines=tuple(headline for split in splits for headline in _headlines(split, told)),
        predictions=told.predictions,
        items=told.items,
        options_known=options_known,
        left_out=told.left_out,
        seed=told.seed,
        splits=splits,
        unparsed=tuple(each for each in found if each.strict is None),
        disagreements=tuple(each for each in found if each.strict != each.upstream),
    )


def _split(split: Split, found: list[Verdict], seed: int) -> SplitScore:
    return SplitScore(
        split=split,
        questions=len(found),
        clusters=len({each.cluster for each in found}),
        missing=sum(each.prediction is None for each in found),
        groups=tuple(
            Group(grouping=kind[0], kind=kind[1], questions=len(mine), readers=tallies(mine, seed))
            for kind, mine in by_kind(found).items()
        ),
    )


def tallies(found: Sequence[Verdict], seed: int) -> dict[Reader, Tally]:
    """Count *found* by reader."""
    return {reader: _tally(found, reader, seed) for reader in READERS}


def _tally(found: Sequence[Verdict], reader: Reader, seed: int) -> Tally:
    parsed = [each for each in found if each.letter(reader) is not None]
    return Tally(
        right=sum(each.right(reader) for each in found),
        parsed=len(parsed),
        questions=len(found),
        of_all=estimate(_values(found, reader), seed=seed),
        of_parsed=estimate(_values(parsed, reader), seed=seed),
    )


def _values(found: Iterable[Verdict], reader: Reader) -> Values:
    pairs = [(each.cluster, float(each.right(reader))) for each in found]
    return Values([cluster for cluster, _ in pairs], [value for _, value in pairs])


def _headlines(split: SplitScore, told: Told) -> list[Headline]:
    """Give what a leaderboard takes: the published number is of the answers that could be read, ours is of all."""
    shares = {"strict": split.whole["strict"].of_all, "upstream": split.whole["upstream"].of_parsed}
    return [
        Headline(
            split=split.split,
            form="multiple-choice",
            by=reader,
            estimate=share,
            complete=not split.missing and not told.left_out,
        )
        for reader, share in shares.items()
    ]
