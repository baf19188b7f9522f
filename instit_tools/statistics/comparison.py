"""Two summaries side by side: the same totals and the same quantities, and by how much they differ."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from instit_tools.spelling_out import printable
from instit_tools.statistics.quantities import SHARES
from instit_tools.statistics.summary import LOOKED, Described, Summary

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Compared", "Comparison", "compare"]


class Compared(Struct, frozen=True, kw_only=True):
    """One number of both; ``None`` where one of them does not have it.

    *change* is that from the first to the second in percent of the first, ``None`` where the first is 0 or missing; a
    *share* lies between 0 and 1.
    """

    what: str
    group: str | None
    statistic: str
    first: float | None
    second: float | None
    difference: float | None
    change: float | None
    share: bool = False


class Comparison(Struct, frozen=True, kw_only=True):
    """All numbers that either has: *names* say what was compared, *notes* what makes them hard to compare."""

    names: tuple[str, str]
    rows: tuple[Compared, ...]
    notes: tuple[str, ...]

    def frame(self) -> "pl.DataFrame":
        """Give the numbers as a polars table, one row each."""
        import polars as pl

        texts = {"what", "group", "statistic"}
        schema = {name: pl.String() if name in texts else pl.Float64() for name in Compared.__struct_fields__} | {
            "share": pl.Boolean()
        }
        return pl.DataFrame([msgspec.structs.asdict(row) for row in self.rows], schema=schema)


def compare(first: Summary, second: Summary, names: tuple[str, str]) -> Comparison:
    """Set two summaries side by side."""
    return Comparison(
        names=(printable(names[0]), printable(names[1])),
        rows=(*_totals(first, second), *_quantities(first, second), *_budgets(first, second)),
        notes=tuple(_notes(first, second)),
    )


_TOTALS = (
    "videos", "images", "bench_items", "video_frames", "instances", "questions", "masks", "captions_without_mask",
    "masks_without_caption",
)  # fmt: skip


def _totals(first: Summary, second: Summary) -> Iterator[Compared]:
    for name in _TOTALS:
        yield _row(name.replace("_", " "), None, "number", getattr(first.totals, name), getattr(second.totals, name))
    left_out = [sum(summary.totals.rejected.values()) for summary in (first, second)]
    yield _row("records left out", None, "number", *left_out)
    for level in first.totals.captions:
        yield _row("captions", level, "number", first.totals.captions[level], second.totals.captions.get(level, 0))


def _quantities(first: Summary, second: Summary) -> Iterator[Compared]:
    alike = first.method.by == second.method.by
    one, other = _by_key(first, apart=alike), _by_key(second, apart=alike)
    for key in dict.fromkeys([*one, *other]):
        quantity, group, *by = key
        about = "/".join([*filter(None, (group,)), *(value or "none" for _, value in by)]) or None
        here, there = _told(one.get(key)), _told(other.get(key))
        for statistic, value in here.items():
            yield _row(quantity, about, statistic, value, there[statistic], share=quantity in SHARES)


def _by_key(summary: Summary, *, apart: bool) -> dict[tuple[Any, ...], Described]:
    """Key the distributions, those that are told *apart* by something too, or only the whole."""
    found = (each for each in summary.distributions if apart or not each.by)
    return {(each.quantity, each.group, *each.by.items()): each for each in found}


_STATISTICS = ("mean", "median", "95 %")


def _told(each: Described | None) -> dict[str, float | None]:
    if each is None:
        return dict.fromkeys(_STATISTICS)
    of = each.distribution
    return dict(zip(_STATISTICS, (of.mean, of.quantiles["50"], of.quantiles["95"]), strict=True))


def _budgets(first: Summary, second: Summary) -> Iterator[Compared]:
    sides = [  # of all parts where there are several, which comes last, and else of the only one
        {(each.recipe, each.max_frames, each.model): each for each in summary.budgets} for summary in (first, second)
    ]
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        recipe, limit, model = key
        found = [side.get(key) for side in sides]
        for tokens in next(each for each in found if each).above:
            shares = [None if each is None else each.above[tokens] / each.samples for each in found]
            frames = "all frames" if limit is None else f"{limit} frames"
            where = f"{model}, {recipe}, {frames}"
            yield _row("samples above a context", where, f"{tokens} tokens", *shares, share=True)


def _row(
    what: str, group: str | None, statistic: str, first: float | None, second: float | None, *, share: bool = False
) -> Compared:
    both = first is not None and second is not None
    difference = second - first if first is not None and second is not None else None
    return Compared(
        what=what,
        group=group,
        statistic=statistic,
        first=first,
        second=second,
        difference=difference,
        change=100 * difference / first if both and first and difference is not None else None,
        share=share,
    )


def _notes(first: Summary, second: Summary) -> Iterator[str]:
    for which, summary in (("first", first), ("second", second)):
        if rejected := sum(summary.totals.rejected.values()):
            yield f"{rejected:,} of {summary.totals.records:,} records of the {which} are at fault and left out"
    one, other = first.method, second.method
    by = f"the first is told apart by {one.by}, the second by {other.by}: only the whole of each is compared"
    looked = [method.picture_sizes.startswith(LOOKED) for method in (one, other)]
    notes = {
        f"words were counted by {one.tokenizer} in the first and {other.tokenizer} in the second": (
            one.tokenizer != other.tokenizer
        ),
        f"sentences were found by {one.sentences} in the first, {other.sentences} in the second": (
            one.sentences != other.sentences
        ),
        by: one.by != other.by,
        f"visual tokens are of {one.vision} in the first and {other.vision} in the second": one.vision != other.vision,
        "sizes of pictures are known of only one of them, which changes the visual tokens": looked[0] != looked[1],
        "both were made of the same files": _hashes(first) == _hashes(second),
    }
    yield from (note for note, holds in notes.items() if holds)


def _hashes(summary: Summary) -> set[str | None]:
    return {each.sha256 for each in summary.inputs}
