"""Whether one model is better than another: two results, question by question, for images and videos apart.

The difference is the mean, over questions, of B's value minus A's; its interval and p-value take whole images or videos
as what is drawn. An answer without a letter is wrong, whoever reads: the published share of those that could be read
has another denominator for each model. The p-values of kinds are adjusted by Holm's method over the kinds of a split.
"""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from instit_tools.bench.comparison import Changed, Comparison, Group, SplitComparison
from instit_tools.bench.concluding import conclusion
from instit_tools.bench.forms import SPLITS, Split
from instit_tools.bench.intervals import Values, estimate, paired
from instit_tools.bench.kinds import by_kind
from instit_tools.bench.pairing import Pair, pair_up, refuse_remainders
from instit_tools.bench.scoring import Reader
from instit_tools.bench.sides import Side, read_joined
from instit_tools.errors import UsageError

__all__ = ["Comparison", "Told", "compare", "compared", "holm"]


class Told(Struct, frozen=True, kw_only=True):
    """What a comparison says of where it comes from."""

    a: Side
    b: Side
    reader: Reader | None = "strict"
    only_a: int = 0
    only_b: int = 0
    unanswered: int = 0
    seed: int = 0


def compare(  # noqa: PLR0913  # what the command takes
    a: str | Path,
    b: str | Path,
    *,
    items: Sequence[str] = (),
    reader: Reader | None = None,
    common: bool = False,
    anyway: bool = False,
    seed: int = 0,
) -> Comparison:
    """Compare two results: files of multiple-choice predictions, or folders of ``bench score`` or ``bench judge``.

    *items* are the benchmark's questions, with which files of predictions are joined; *reader* reads the letters,
    ``strict`` unless said otherwise. With *common*, questions that only one has are left out; with *anyway*, scores of
    different judges or prompts are compared.

    Raises `UsageError` where the two do not compare, and other `InstitError` for what cannot be read.
    """
    sides = []
    for each in (str(a), str(b)):
        if items and Path(each).is_dir():
            message = f"--items joins predictions with questions, and {each} is a folder, where that is done"
            raise UsageError(message, hint="leave --items out, or give it to bench score")
        sides.append(read_joined(each, items, reader=reader or "strict"))
    (side_a, points_a, without_a), (side_b, points_b, without_b) = sides
    _refuse_unused(side_a, side_b, reader, anyway)
    _refuse_apart(side_a, side_b, {point.split for point in points_a} & {point.split for point in points_b}, anyway)
    found = pair_up(points_a, points_b)
    if not common:
        refuse_remainders(found)
    told = Told(
        a=side_a,
        b=side_b,
        reader=None if side_a.judge else reader or "strict",
        only_a=len(found.only_a),
        only_b=len(found.only_b),
        unanswered=len(without_a & without_b),
        seed=seed,
    )
    return compared(found.pairs, told)


def _refuse_unused(a: Side, b: Side, reader: Reader | None, anyway: bool) -> None:  # noqa: FBT001  # the option itself
    """Raise `UsageError` for an option that says nothing of these two."""
    if reader and a.judge and b.judge:
        message = f"--reader {reader} reads letters, and both have scores of a judge"
        raise UsageError(message, hint="leave it out")
    if anyway and not (a.judge or b.judge):
        message = "--anyway is about different judges or prompts, and both are multiple choice"
        raise UsageError(message, hint="leave it out; --common compares what both have an answer to")


def _refuse_apart(a: Side, b: Side, splits: set[Split], anyway: bool) -> None:  # noqa: FBT001  # the option itself
    """Raise `UsageError` where one was judged and the other not, or not by the same judge in the same words."""
    if (a.judge is None) != (b.judge is None):
        judged, letters = (a, b) if a.judge else (b, a)
        message = f"{judged.given} has scores of a judge, {letters.given} is multiple choice: they do not compare"
        raise UsageError(message, hint="compare two of a kind")
    if anyway:
        return
    hint = "judge both alike; --anyway compares them as they are; bench agree sets two judges of one model side by side"
    if a.judge != b.judge:
        message = f"A was judged by {a.judge}, B by {b.judge}: a difference may be the judges'"
        raise UsageError(message, hint=hint)
    for split in SPLITS:
        if split in splits and a.prompts.get(split) != b.prompts.get(split):
            message = (
                f"A and B were judged by {a.judge} with different prompts about {split}s: a difference may be theirs"
            )
            raise UsageError(message, hint=hint)


def compared(pairs: Sequence[Pair], told: Told) -> Comparison:
    """Compare the two values of each of *pairs*; *told* is where they come from."""
    return Comparison(
        form="multiple-choice" if told.reader else "open-ended",
        reader=told.reader,
        a=told.a,
        b=told.b,
        only_a=told.only_a,
        only_b=told.only_b,
        unanswered=told.unanswered,
        seed=told.seed,
        splits=tuple(
            _split(split, mine, told) for split in SPLITS if (mine := [pair for pair in pairs if pair.split == split])
        ),
    )


def _split(split: Split, pairs: Sequence[Pair], told: Told) -> SplitComparison:
    known = [pair for pair in pairs if pair.a.value is not None and pair.b.value is not None]
    whole, *kinds = (_group(kind, mine, told) for kind, mine in by_kind(known).items())
    tested = [group.p for group in kinds if group.p is not None]
    adjusted = iter(holm(tested))
    return SplitComparison(
        split=split,
        questions=len(known),
        clusters=whole.clusters,
        failed_a=sum(pair.a.value is None for pair in pairs),
        failed_b=sum(pair.b.value is None for pair in pairs),
        failed=len(pairs) - len(known),
        tested=len(tested),
        groups=(whole, *(replace(each, p_adjusted=None if each.p is None else next(adjusted)) for each in kinds)),
        changed=tuple(_changes(known, letters=told.reader is not None)),
        conclusion=conclusion(whole, split),
    )


def _group(kind: tuple[str, str], pairs: Sequence[Pair], told: Told) -> Group:
    clusters = [pair.cluster for pair in pairs]
    a, b = [pair.a.known for pair in pairs], [pair.b.known for pair in pairs]
    apart = Values(clusters, [pair.apart for pair in pairs])
    higher, lower = sum(each > 0 for each in apart.values), sum(each < 0 for each in apart.values)
    same = len(pairs) - higher - lower
    both = sum(first == second == 1 for first, second in zip(a, b, strict=True)) if told.reader else None
    return Group(
        grouping=kind[0],
        kind=kind[1],
        questions=len(pairs),
        clusters=len(set(clusters)),
        a=estimate(Values(clusters, a), seed=told.seed),
        b=estimate(Values(clusters, b), seed=told.seed),
        difference=estimate(apart, seed=told.seed, bounded=(-1.0, 1.0)),
        p=paired(apart, seed=told.seed),
        a_better=lower,
        b_better=higher,
        same=same,
        both=both,
        neither=None if both is None else same - both,
    )


def _changes(pairs: Sequence[Pair], *, letters: bool) -> list[Changed]:
    """List what differs: by question, or for scores of a judge, the largest difference first."""
    found = [pair for pair in pairs if pair.apart]
    if not letters:
        found.sort(key=lambda pair: (-round(abs(pair.apart), 9), pair.question_id))
    return [_changed(pair) for pair in found]


def _changed(pair: Pair) -> Changed:
    return Changed(
        question_id=pair.question_id,
        cluster=pair.cluster,
        better="B" if pair.apart > 0 else "A",
        truth=pair.a.truth,
        a=pair.a.known,
        b=pair.b.known,
        a_letter=pair.a.letter,
        b_letter=pair.b.letter,
        a_text=pair.a.text,
        b_text=pair.b.text,
    )


def holm(found: Sequence[float]) -> list[float]:
    """Adjust p-values for being the smallest of several (Holm, 1979), in their order.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, most = [0.0] * len(found), 0.0
    for rank, place in enumerate(sorted(range(len(found)), key=found.__getitem__)):
        most = max(most, min(1.0, (len(found) - rank) * found[place]))
        adjusted[place] = most
    return adjusted
