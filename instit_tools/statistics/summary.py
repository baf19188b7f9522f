"""A summary of measures: totals, distributions, budgets, extremes; one value that ``summary.json`` holds.

Everything in it is computed from counts of whole numbers, so it does not depend on how the work was cut or shared
out. It says what it was made of (sha256 of the inputs) and how (tokenizer, model of sentences, what was assumed), and
nothing about when or where: the same data give the same bytes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from instit_tools.addresses import shown
from instit_tools.errors import SourceError, UsageError
from instit_tools.registry import hint
from instit_tools.spelling_out import printable
from instit_tools.statistics import sentences
from instit_tools.statistics.budget import CONTEXTS, Budget, LeftOut, budgets
from instit_tools.statistics.counting import TOKENIZERS
from instit_tools.statistics.distribution import QUANTILES, Distribution, distribution
from instit_tools.statistics.extremes import Extreme
from instit_tools.statistics.measures import Measures
from instit_tools.statistics.motion import Motion, motion
from instit_tools.statistics.quantities import QUANTITIES, Quantity, counted
from instit_tools.statistics.reference import Reference
from instit_tools.statistics.run import Ran
from instit_tools.statistics.settings import By, Settings
from instit_tools.statistics.visual import ASSUMED
from instit_tools.version import __version__

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "LEVELS",
    "LOOKED",
    "NAME",
    "Described",
    "Given",
    "Method",
    "Summary",
    "Totals",
    "encode",
    "listed",
    "read",
    "summarise",
]

NAME, FORMAT, VERSION = "summary.json", "instit-tools summary", 1
LEVELS = ("instance", "frame", "temporal", "video", "question", "answer", "option")
_CAPTIONS = LEVELS[:4]
OTHERS = "(others)"
"""What all values too small to be told apart are called together."""
_MOST_APART = 40
LOOKED = "read from the pictures"
_AGAIN = "make it again with: instit-tools stats INPUT -o DIR --overwrite"
_ESTIMATED = "estimated: one a word of NLTK's word_tokenize"


class Given(Struct, frozen=True, kw_only=True):
    """One input: its name, the bytes of the file and their sha256."""

    name: str
    bytes: int
    sha256: str | None


class Method(Struct, frozen=True, kw_only=True):
    """How the numbers were made."""

    tokenizer: str
    sentences: str
    parts_of_speech: bool
    by: By
    others: int
    recipes: tuple[str, ...]
    max_frames: tuple[int, ...]
    vision: str
    text_tokens: str
    picture_sizes: str


class Totals(Struct, frozen=True, kw_only=True):
    """How many of each there are; captions by level; *instances* are different ids of a record.

    What has no mask or no caption is counted by frame and id, in records that have masks.
    """

    records: int
    rejected: dict[str, int]
    videos: int
    images: int
    bench_items: int
    video_frames: int
    instances: int
    captions: dict[str, int]
    questions: int
    masks: int
    damaged_masks: int
    captions_without_mask: int
    masks_without_caption: int


class Described(Struct, frozen=True, kw_only=True):
    """The distribution of one quantity in one group; *by* is what it was grouped by and the value of that."""

    quantity: str
    table: str
    meaning: str
    group: str | None
    by: dict[str, str | None]
    distribution: Distribution


class Summary(Struct, frozen=True, kw_only=True):
    """All that is said of a dataset; the keys are those of ``schemas/summary.schema.json``."""

    format: str = FORMAT
    version: int = VERSION
    made_by: str = f"instit-tools {__version__}"
    inputs: tuple[Given, ...]
    method: Method
    totals: Totals
    distributions: tuple[Described, ...]
    budgets: tuple[Budget, ...]
    left_out: tuple[LeftOut, ...]
    extremes: tuple[Extreme, ...]
    motion: Motion | None
    reference: Reference | None = None
    files: tuple[str, ...] = ()

    def find(self, quantity: str, group: str | None = None, **by: str | None) -> Distribution | None:
        """Give the distribution of *quantity* in *group*, if there is one; ``source="VidOR"`` is for one told apart.

        Raises `UsageError` for a quantity that does not exist.
        """
        known = [each.name for each in QUANTITIES]
        if quantity not in known:
            message = f"there is no quantity {quantity!r}"
            raise UsageError(message, hint=hint(quantity, known))
        for each in self.distributions:
            if each.quantity == quantity and each.group == group and each.by == by:
                return each.distribution
        return None


def summarise(settings: Settings, ran: Ran, measures: Measures, reference: Reference | None = None) -> Summary:
    """Sum *measures* up."""
    large, others = _large(measures, settings.by)
    return Summary(
        inputs=tuple(Given(name=printable(each.name), bytes=each.size, sha256=each.sha256) for each in ran.inputs),
        method=_method(settings, others),
        totals=_totals(ran, measures),
        distributions=tuple(_distributions(measures, settings.by, large if others else None)),
        budgets=tuple(budgets(measures.samples)),
        left_out=ran.left_out,
        extremes=ran.extremes,
        motion=motion(measures.masks),
        reference=reference,
    )


def encode(summary: Summary) -> bytes:
    """Write *summary* as JSON."""
    return msgspec.json.format(msgspec.json.encode(summary), indent=1) + b"\n"


def read(folder: Path) -> Summary:
    """Read the summary in *folder*; raise `SourceError` where there is none that this version wrote."""
    path = folder / NAME
    try:
        summary = msgspec.json.decode(path.read_bytes(), type=Summary)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise SourceError(message, hint="make it with: instit-tools stats INPUT -o DIR") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is no summary of instit-tools stats: {error}"
        raise SourceError(message, hint=_AGAIN) from error
    if (summary.format, summary.version) != (FORMAT, VERSION):
        message = f"{path} is no summary of this version: it is {summary.format} {summary.version}"
        raise SourceError(message, hint=_AGAIN)
    if not _whole(summary):
        message = f"{path} has been edited: numbers are missing"
        raise SourceError(message, hint=_AGAIN)
    return summary


def _whole(summary: Summary) -> bool:
    """Say whether the numbers are there that others are computed from."""
    quantiles, contexts = set(map(str, QUANTILES)), set(map(str, CONTEXTS))
    return all(each.distribution.quantiles.keys() == quantiles for each in summary.distributions) and all(
        each.samples > 0 and each.above.keys() == contexts for each in summary.budgets
    )


class _Listing(Struct):
    """What every version of a summary has."""

    format: str
    files: tuple[str, ...]


def listed(folder: Path) -> tuple[str, ...]:
    """List the files that a run of any version wrote into *folder*; none where there is no summary."""
    try:
        found = msgspec.json.decode((folder / NAME).read_bytes(), type=_Listing)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return ()
    return found.files if found.format == FORMAT else ()


def _method(settings: Settings, others: int) -> Method:
    tokenizer = printable(settings.tokenizer)
    counted_with = f"counted with {tokenizer}" if tokenizer not in TOKENIZERS else _ESTIMATED
    looked = f"{LOOKED} in {printable(shown(settings.media))}; else " if settings.media else ""
    return Method(
        tokenizer=tokenizer,
        sentences=sentences.model(),
        parts_of_speech=settings.pos,
        by=settings.by,
        others=others,
        recipes=tuple(map(printable, settings.recipes)),
        max_frames=settings.max_frames,
        vision=settings.vision,
        text_tokens=counted_with,
        picture_sizes=f"{looked}from masks; else {ASSUMED}",
    )


def _totals(ran: Ran, measures: Measures) -> Totals:
    import polars as pl

    levels = _counts(measures.texts, "level")
    instances = measures.instances.select(
        pl.col("frames").gt(0).sum().alias("instances"), pl.col("masks").sum(), pl.col("damaged").sum()
    ).collect()
    missing = measures.frames.select(pl.col("unmasked").sum(), pl.col("uncaptioned").sum()).collect()
    videos = measures.videos.select(pl.len(), pl.col("frames").sum(), pl.col("questions").sum()).collect().row(0)
    return Totals(
        records=ran.records,
        rejected=ran.rejects,
        videos=videos[0],
        images=measures.images.select(pl.len()).collect().item(),
        bench_items=ran.bench_items,
        video_frames=videos[1],
        instances=instances["instances"].item(),
        captions={level: levels.get(level, 0) for level in _CAPTIONS},
        questions=videos[2],
        masks=instances["masks"].item(),
        damaged_masks=instances["damaged"].item(),
        captions_without_mask=missing["unmasked"].item(),
        masks_without_caption=missing["uncaptioned"].item(),
    )


def _counts(frame: "pl.LazyFrame", column: str) -> dict[str, int]:
    found: list[tuple[Any, ...]] = frame.group_by(column).len().collect(engine="streaming").rows()
    return dict(found)


def _large(measures: Measures, by: By) -> tuple[frozenset[str | None], int]:
    """Name the values of *by* with most frames, which are told apart, and count the others, which are not."""
    import polars as pl

    if by == "level":
        return frozenset(), 0
    values = measures.frames.group_by(by).len().sort(pl.col("len"), by, descending=[True, False]).collect()[by]
    return frozenset(values.head(_MOST_APART)), max(0, len(values) - _MOST_APART)


def _distributions(measures: Measures, by: By, large: frozenset[str | None] | None) -> Iterator[Described]:
    """Describe every quantity in each of its groups, as a whole and told apart by *by*.

    Values that are not *large* are put together; ``None`` for *large* says that there are none of those.
    """
    for quantity in QUANTITIES:
        apart = quantity.apart(by)
        groups: dict[str | None, dict[str | None, Counter[int]]] = {}
        for (group, value), counts in counted(measures, quantity, apart).items():
            shown = value if large is None or value in large else OTHERS
            groups.setdefault(group, {}).setdefault(shown, Counter()).update(counts)
        for group in sorted(groups, key=_place):
            whole = Counter[int]()
            for counts in groups[group].values():
                whole.update(counts)
            yield _described(quantity, group, {}, whole)
            if apart is not None:
                for value in sorted(groups[group], key=lambda value: (value is None, value)):
                    yield _described(quantity, group, {apart: value}, groups[group][value])


def _described(
    quantity: Quantity, group: str | None, by: dict[str, str | None], counts: Mapping[int, int]
) -> Described:
    return Described(
        quantity=quantity.name,
        table=quantity.table,
        meaning=quantity.meaning,
        group=group,
        by=by,
        distribution=distribution(counts, scale=quantity.scale),
    )


def _place(group: str | None) -> tuple[int, str]:
    return LEVELS.index(group) if group in LEVELS else len(LEVELS), group or ""
