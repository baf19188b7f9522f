"""Whether two judges agree on the answers of one model, so that the cheaper one could stand in for the other.

Both must have judged the same predictions, word for word. Images and videos are apart, as everywhere.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from instit_tools.bench.concordance import Concordance, concordance
from instit_tools.bench.forms import SPLITS, Split
from instit_tools.bench.intervals import RESAMPLES, Estimate, Values, estimate
from instit_tools.bench.kinds import by_kind
from instit_tools.bench.pairing import Pair, Pairing, pair_up, some
from instit_tools.bench.sides import Point, Side, read_side
from instit_tools.bench.standing_in import standing_in
from instit_tools.errors import UsageError
from instit_tools.version import __version__

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Agreement", "Disagreement", "Group", "SplitAgreement", "agree", "agreed"]

FORMAT, VERSION = "instit-tools bench agree", 1
_MEASURES = ("pearson", "spearman", "equal", "near", "weighted_kappa", "agreed", "kappa")


class Group(Struct, frozen=True, kw_only=True):
    """The answers to questions of one *kind*: mean scores, the *difference* of B minus A, and how they go together."""

    grouping: str
    kind: str
    questions: int
    clusters: int
    a: float | None
    b: float | None
    difference: Estimate
    concordance: Concordance


class Disagreement(Struct, frozen=True, kw_only=True):
    """An answer to which the judges gave different scores."""

    question_id: str
    cluster: str
    a: float
    b: float


class SplitAgreement(Struct, frozen=True, kw_only=True):
    """The two judges on answers about images, or about videos.

    *failed_a* and *failed_b* answers have no score of A, or of B. *disagreements* are all there are, the largest first.
    *conclusion* says in a sentence whether one can stand in for the other.
    """

    split: Split
    questions: int
    clusters: int
    failed_a: int
    failed_b: int
    groups: tuple[Group, ...]
    disagreements: tuple[Disagreement, ...]
    conclusion: str

    @property
    def whole(self) -> Group:
        """All questions."""
        return self.groups[0]


class Agreement(Struct, frozen=True, kw_only=True):
    """All that ``bench agree`` finds; the same inputs give the same bytes.

    *only_a* and *only_b* answers were judged by one only. *prompts_differ* names the splits about which the judges were
    asked in different words.
    """

    format: str = FORMAT
    version: int = VERSION
    tool: str = __version__
    a: Side
    b: Side
    only_a: int
    only_b: int
    prompts_differ: tuple[Split, ...]
    resamples: int = RESAMPLES
    splits: tuple[SplitAgreement, ...]

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return str(self.frame()._repr_html_())

    def frame(self) -> "pl.DataFrame":
        """Give a row a split and kind: numbers between 0 and 1 (-1 and 1), ``null`` where there is none."""
        import polars as pl

        words = dict.fromkeys(("split", "grouping", "kind"), pl.String)
        counts = dict.fromkeys(("questions", "clusters"), pl.Int64)
        names = ("a", "b", "difference", "low", "high", *_MEASURES)
        schema = {**words, **counts, **dict.fromkeys(names, pl.Float64)}
        rows = [_row(split.split, group) for split in self.splits for group in split.groups]
        return pl.DataFrame(rows, schema=schema, orient="row")


def agree(a: str | Path, b: str | Path) -> Agreement:
    """Set the scores of two judges side by side: *a* and *b* are folders that ``bench judge`` wrote.

    Raises `UsageError` where the two did not judge the same predictions, and `SourceError` for what is no such folder.
    """
    (side_a, points_a), (side_b, points_b) = (_judged(str(each)) for each in (a, b))
    found = pair_up(points_a, points_b)
    _refuse_others(found.pairs)
    return agreed(found, side_a, side_b)


def _judged(given: str) -> tuple[Side, list[Point]]:
    hint = "name two folders that bench judge -o wrote"
    if not Path(given).is_dir():
        raise UsageError(f"{given} is no folder", hint=hint)
    side, points = read_side(given)
    if side.judge is None:
        message = f"{given} is multiple choice: there is no judge in it"
        raise UsageError(message, hint=f"{hint}; bench compare compares multiple-choice results")
    return side, points


def _refuse_others(pairs: Sequence[Pair]) -> None:
    others = [pair.key for pair in pairs if pair.a.prediction_sha256 != pair.b.prediction_sha256]
    if others:
        message = (
            f"A and B judged different predictions: {len(others):,} of {len(pairs):,} are not the same ({some(others)})"
        )
        raise UsageError(message, hint="judge one file of predictions twice; bench compare compares two models")


def agreed(found: Pairing, a: Side, b: Side) -> Agreement:
    """Set the two scores of each pair side by side; *a* and *b* are where they come from."""
    by_split = {split: [pair for pair in found.pairs if pair.split == split] for split in SPLITS}
    return Agreement(
        a=a,
        b=b,
        only_a=len(found.only_a),
        only_b=len(found.only_b),
        prompts_differ=tuple(
            split for split, pairs in by_split.items() if pairs and a.prompts.get(split) != b.prompts.get(split)
        ),
        splits=tuple(_split(split, pairs) for split, pairs in by_split.items() if pairs),
    )


def _split(split: Split, pairs: Sequence[Pair]) -> SplitAgreement:
    known = [pair for pair in pairs if pair.a.value is not None and pair.b.value is not None]
    groups = tuple(_group(kind, mine) for kind, mine in by_kind(known).items())
    return SplitAgreement(
        split=split,
        questions=len(known),
        clusters=groups[0].clusters,
        failed_a=sum(pair.a.value is None for pair in pairs),
        failed_b=sum(pair.b.value is None for pair in pairs),
        groups=groups,
        disagreements=tuple(_disagreements(known)),
        conclusion=standing_in(groups[0].difference, groups[0].concordance.weighted_kappa, split),
    )


def _group(kind: tuple[str, str], pairs: Sequence[Pair]) -> Group:
    clusters = [pair.cluster for pair in pairs]
    a, b = [pair.a.known for pair in pairs], [pair.b.known for pair in pairs]
    return Group(
        grouping=kind[0],
        kind=kind[1],
        questions=len(pairs),
        clusters=len(set(clusters)),
        a=estimate(Values(clusters, a)).mean,
        b=estimate(Values(clusters, b)).mean,
        difference=estimate(Values(clusters, [pair.apart for pair in pairs]), bounded=(-1.0, 1.0)),
        concordance=concordance(a, b),
    )


def _disagreements(pairs: Sequence[Pair]) -> list[Disagreement]:
    """List what differs, the largest difference first."""
    differing = sorted(
        (pair for pair in pairs if pair.apart), key=lambda pair: (-round(abs(pair.apart), 9), pair.question_id)
    )
    return [
        Disagreement(question_id=pair.question_id, cluster=pair.cluster, a=pair.a.known, b=pair.b.known)
        for pair in differing
    ]


def _row(split: Split, group: Group) -> list[object]:
    found = group.difference
    numbers = [group.a, group.b, found.mean, found.low, found.high]
    measures = [getattr(group.concordance, name) for name in _MEASURES]
    return [split, group.grouping, group.kind, group.questions, group.clusters, *numbers, *measures]
