"""Whether what a change caption names has moved more than what it does not name.

Two instances of one frame are compared, one named and one not, so that neither a moving camera nor the time between two
frames decides. Where captions had nothing to do with motion, the named one would have moved farther in half of them.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from instit_tools.statistics.mask_rows import NAMED, NOT_NAMED
from instit_tools.statistics.numbers import percent

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Motion", "motion", "told"]


class Motion(Struct, frozen=True, kw_only=True):
    """Pairs of a named and an unnamed instance of one frame, and those whose named one moved farther, or as far.

    *share* counts the latter as half: the probability that a named instance moves more than an unnamed one beside it.
    """

    pairs: int
    farther: int
    alike: int
    share: float


def motion(masks: "pl.LazyFrame") -> Motion | None:
    """Compare the shifts in the table ``masks``; ``None`` where no frame has both, named and unnamed."""
    import polars as pl

    frame = ["file", "record", "source", "timestamp"]
    moved = masks.filter(pl.col("kind") == "video", pl.col("shift").is_not_null()).select(*frame, "change", "shift")
    named, others = (moved.filter(pl.col("change") == change).drop("change") for change in (NAMED, NOT_NAMED))
    both = named.join(others, on=frame, nulls_equal=True, suffix="_other")
    counts = both.select(
        pl.len(),
        (pl.col("shift") > pl.col("shift_other")).sum().alias("farther"),
        (pl.col("shift") == pl.col("shift_other")).sum().alias("alike"),
    )
    pairs, farther, alike = counts.collect(engine="streaming").row(0)
    if not pairs:
        return None
    return Motion(pairs=pairs, farther=farther, alike=alike, share=(2 * farther + alike) / (2 * pairs))


def told(found: Motion) -> str:
    """Say it in words."""
    pairs = f"{found.pairs:,} pair{'s' * (found.pairs != 1)}"
    alike = f" ({found.alike:,} moved alike and count half)" if found.alike else ""
    return (
        "an instance that the change caption names moved farther than one it does not name"
        f" in {percent(found.share)} of {pairs} in one frame{alike}"
    )
