"""What is summed up: each quantity with its table, what it means, and in which groups it is told.

A quantity is a whole number a row. Shares are told in millionths, made of two columns or stored so.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from instit_tools.statistics.columns import TABLES
from instit_tools.statistics.measures import Measures

if TYPE_CHECKING:
    import polars as pl

__all__ = ["OF_MASKS", "QUANTITIES", "SHARES", "Quantity", "counted"]


_MILLION = 1_000_000


class Quantity(Struct, frozen=True, kw_only=True):
    """One quantity: *columns* name what it is made of, one column or the two of a share.

    Told for each value of *group* (a column of the table), where there is one; *videos_only* leaves out what is
    the same of every image. *millionths* says that the column holds a share already,
    *of_masks* that it is about masks.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    meaning: str
    group: str | None = None
    length: bool = False
    videos_only: bool = False
    millionths: bool = False
    of_masks: bool = False

    def apart(self, by: str) -> str | None:
        """Say by which column it can be told apart beside its own group: *by*, if that tells anything more."""
        known = by in TABLES[self.table] and by != self.group
        return by if known and not (by == "kind" and self.videos_only) else None

    @property
    def scale(self) -> int:
        """What a value is divided by to be shown."""
        return _MILLION if self.millionths or len(self.columns) > 1 else 1

    def values(self) -> "pl.Expr":
        """Compute it, null where it is not known."""
        import polars as pl

        first, *others = map(pl.col, self.columns)
        if others:
            whole = others[0]
            return pl.when(whole > 0).then((first * 2 * _MILLION + whole) // (whole * 2))  # halves up
        return first.list.len().cast(pl.Int64) if self.length else first


def _of_text(name: str, meaning: str, column: str | None = None) -> Quantity:
    return Quantity(
        name=name,
        table="texts",
        columns=(column or name,),
        meaning=meaning,
        group="level",
        length=column is not None,
    )


QUANTITIES: tuple[Quantity, ...] = (
    _of_text("characters", "Unicode code points of a text"),
    _of_text("words", "words of a text, as the tokenizer counts them"),
    _of_text("sentences", "sentences of a text"),
    _of_text("tokens", "tokens of a text in the model's vocabulary"),
    _of_text("instances spoken of", "different ids in a text", "ids"),
    _of_text("times spoken of", "different timestamps in a text", "times"),
    Quantity(
        name="instances a frame", table="frames", columns=("instances",), meaning="ids with a caption", group="kind"
    ),
    Quantity(
        name="masks a frame",
        table="frames",
        columns=("masked",),
        meaning="ids with a mask",
        group="kind",
        of_masks=True,
    ),
    Quantity(name="appeared", table="frames", columns=("appeared",), meaning="ids that the frame before did not have"),
    Quantity(name="gone", table="frames", columns=("gone",), meaning="ids that only the frame before had"),
    Quantity(
        name="frames an instance",
        table="instances",
        columns=("frames",),
        meaning="frames with its caption",
        videos_only=True,
    ),
    Quantity(
        name="gaps",
        table="instances",
        columns=("gaps",),
        meaning="frames missing between first and last",
        videos_only=True,
    ),
    Quantity(
        name="returns",
        table="instances",
        columns=("returns",),
        meaning="times it came back after a gap",
        videos_only=True,
    ),
    Quantity(
        name="mask share",
        table="instances",
        columns=("mask_pixels", "picture_pixels"),
        meaning="share of its frames' pixels that an instance's masks cover",
        group="kind",
        of_masks=True,
    ),
    Quantity(
        name="pixels a mask",
        table="masks",
        columns=("pixels",),
        meaning="pixels of a mask, one for each instance and frame",
        group="kind",
        of_masks=True,
    ),
    Quantity(
        name="coverage",
        table="frames",
        columns=("covered", "picture_pixels"),
        meaning="share of a picture that its masks cover together",
        group="kind",
        of_masks=True,
    ),
    Quantity(
        name="overlapping pairs",
        table="frames",
        columns=("overlapping", "pairs"),
        meaning="of the pairs of masks in a picture, the share that have pixels in common",
        group="kind",
        of_masks=True,
    ),
    Quantity(
        name="overlap",
        table="overlaps",
        columns=("shared", "smaller"),
        meaning="of two masks with pixels in common, the share of the smaller one that is in both",
        group="kind",
        of_masks=True,
    ),
    Quantity(
        name="captions without a mask",
        table="frames",
        columns=("unmasked",),
        meaning="ids of a picture with a caption and no mask, where the record has masks",
        group="kind",
        of_masks=True,
    ),
    Quantity(
        name="masks without a caption",
        table="frames",
        columns=("uncaptioned",),
        meaning="ids of a picture with a mask and no caption",
        group="kind",
        of_masks=True,
    ),
    Quantity(
        name="shift",
        table="masks",
        columns=("shift",),
        meaning="way of the middle of an instance's box since the frame before, as a share of the picture's diagonal,"
        " by whether the frame's change caption names the instance",
        group="change",
        millionths=True,
        of_masks=True,
    ),
    Quantity(
        name="mask kept",
        table="masks",
        columns=("kept", "either"),
        meaning="IoU of an instance's mask with its mask in the frame before, by whether the change caption names it",
        group="change",
        of_masks=True,
    ),
    Quantity(name="frames a video", table="videos", columns=("frames",), meaning="annotated frames"),
    Quantity(name="instances a video", table="videos", columns=("instances",), meaning="different ids of a video"),
    Quantity(name="questions a video", table="videos", columns=("questions",), meaning="question-answer pairs"),
    Quantity(
        name="churn",
        table="videos",
        columns=("changed", "changeable"),
        meaning="instances in only one of two neighbouring frames, as a share of those in either, over a video",
    ),
    Quantity(name="instances an image", table="images", columns=("instances",), meaning="ids with a caption"),
)


SHARES = frozenset(quantity.name for quantity in QUANTITIES if quantity.scale > 1)
"""The quantities that lie between 0 and 1."""
OF_MASKS = frozenset(quantity.name for quantity in QUANTITIES if quantity.of_masks)
"""The quantities that are about masks."""


def counted(
    measures: Measures, quantity: Quantity, by: str | None
) -> dict[tuple[str | None, str | None], dict[int, int]]:
    """Count how often each value occurs, by the quantity's own group and the column *by*, one that `apart` names.

    Nulls are no values.
    """
    import polars as pl

    frame: pl.LazyFrame = getattr(measures, quantity.table)
    if quantity.videos_only:
        frame = frame.filter(pl.col("kind") == "video")
    keys = [pl.lit(None, pl.String) if name is None else pl.col(name) for name in (quantity.group, by)]
    rows = (
        frame.select(keys[0].alias("group"), keys[1].alias("by"), quantity.values().alias("value"))
        .drop_nulls("value")
        .group_by("group", "by", "value")
        .len()
        .collect(engine="streaming")
    )
    found: dict[tuple[str | None, str | None], dict[int, int]] = {}
    for group, other_value, value, count in rows.rows():
        found.setdefault((group, other_value), {})[value] = count
    return found
