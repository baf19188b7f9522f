"""Tokens a training sample: its text, its pictures and the chat template, and which contexts are too short for it.

A row a sample is made in the workers; the summary is made of these rows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools.conversations import IMAGE, labels
from instit_tools.media.paths import source_of
from instit_tools.recipes.load import Recipe
from instit_tools.recipes.make import Origin, make
from instit_tools.records import ImageRecord, VideoRecord, kind_of
from instit_tools.samples import Frame, Reason, Reject, Sample
from instit_tools.statistics.distribution import quantile
from instit_tools.statistics.measure import Row
from instit_tools.statistics.visual import SIZES, Encoder, anyres, pooled, qwen_vl, unpooled

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CONTEXTS", "EVERY_PART", "MODELS", "Budget", "LeftOut", "Model", "budgets", "sample_rows", "tokens"]

CONTEXTS = (4 << 10, 6 << 10, 8 << 10, 32 << 10)
"""Context lengths in tokens; the authors trained with 6K (paper, section 3.1)."""
EVERY_PART = "all"


class Model(Struct, frozen=True):
    """One way to show pictures: the columns with its visual tokens and with those of its chat template."""

    column: str
    template: str
    meaning: str


MODELS: Mapping[str, Model] = {
    "anyres": Model("anyres", "llava_template", "LLaVA-NeXT, one picture with AnyRes"),
    "pooled": Model("pooled", "llava_template", "LLaVA-NeXT, frames as a video, pooled 2x2, as the authors use it"),
    "unpooled": Model(
        "unpooled", "llava_template", "LLaVA-NeXT, frames as a list of pictures, as convert --to llava writes them"
    ),
    "qwen-vl": Model("qwen_vl", "qwen_template", "Qwen2-VL and Qwen2.5-VL, each frame an image"),
}

_VICUNA, _CHATML = (31, 9), (11, 10)
"""Tokens of the chat templates ``vicuna_v1`` and ChatML: the system prompt with what is around it, and a turn.

In Vicuna's vocabulary: BOS and 30; ``USER:``, ``ASSISTANT:`` and ``</s>`` are 3 + 5 + 1. In Qwen2's: the role, two line
breaks, ``<|im_start|>`` and ``<|im_end|>`` are 5 a message, ``You are a helpful assistant.`` is 6.
"""


class Budget(Struct, frozen=True, kw_only=True):
    """Tokens of the samples of one *part* of a recipe, ``all`` for every part, in one of `MODELS`.

    *text* and *visual* are medians of these two alone; *above* counts the samples that have more tokens than a context,
    by its length.
    """

    recipe: str
    max_frames: int | None
    model: str
    part: str
    samples: int
    text: float
    visual: float
    median: float
    q95: float
    maximum: int
    above: dict[str, int]


class LeftOut(Struct, frozen=True, kw_only=True):
    """How many *texts* are in no sample of a recipe with a limit of frames, for one reason."""

    recipe: str
    max_frames: int | None
    reason: str
    texts: int


def sample_rows(
    record: VideoRecord | ImageRecord,
    frames: Sequence[Frame],
    recipe: Recipe,
    *,
    origin: Origin,
    encoder: Encoder,
    count: Callable[[str], int],
) -> Iterator[Row | Reason]:
    """Make the samples that *recipe* makes of *record*, and yield a row of the table ``samples`` for each.

    For each text that is in none of them the reason is yielded. Text tokens are counted by *count*; a picture
    whose size nothing tells is taken for one of `SIZES`.
    """
    who = (kind_of(record), str(record.id), source_of(record.path))
    for sample in make(record, frames, recipe, origin):
        if isinstance(sample, Reject):
            yield sample.reason
            continue
        part, pictures, turns = sample.provenance.part, len(sample.frames), len(sample.turns)
        templates = (system + turn * turns for system, turn in (_VICUNA if encoder.vicuna else _CHATML, _CHATML))
        shown = _visual(sample, encoder)
        yield recipe.name, recipe.max_frames, *who, part, pictures, turns, _text(sample, count), *templates, *shown


def _text(sample: Sample, count: Callable[[str], int]) -> int:
    """Count the tokens of a conversation as the target ``llava`` writes it, names of frames included."""
    said = sum(count(turn.user) + count(turn.assistant) for turn in sample.turns)
    return said + count(_names(len(sample.frames)))


@cache
def _names(pictures: int) -> str:
    return labels(pictures).replace(IMAGE, "")


def _visual(sample: Sample, encoder: Encoder) -> tuple[int | None, int | None, int | None, int]:
    sizes = [
        (frame.width, frame.height) if frame.width and frame.height else SIZES[sample.kind] for frame in sample.frames
    ]
    qwen = sum(_in_qwen(*size) for size in sizes)
    if len(sizes) == 1:
        return _tiled(*sizes[0], encoder), None, None, qwen
    return None, pooled(len(sizes), encoder), unpooled(len(sizes), encoder), qwen


_tiled = cache(anyres)
_in_qwen = cache(qwen_vl)


def tokens(model: str) -> "pl.Expr":
    """Compute all tokens of a sample from its columns, null where *model* is not shown it so."""
    import polars as pl

    chosen = MODELS[model]
    return pl.col("text_tokens") + pl.col(chosen.template) + pl.col(chosen.column)


def budgets(samples: "pl.LazyFrame") -> Iterator[Budget]:
    """Sum the table ``samples`` up, in the order of recipes, limits, models and parts."""
    import polars as pl

    for recipe, limit in _in_order(samples, "recipe", "max_frames"):
        here = samples.filter(pl.col("recipe").eq(recipe) & pl.col("max_frames").eq_missing(pl.lit(limit)))
        parts = [part for (part,) in _in_order(here, "part")]
        for model in MODELS:
            yield from _of_model(here, recipe, limit, model, parts)


def _of_model(
    samples: "pl.LazyFrame", recipe: str, limit: int | None, model: str, parts: Sequence[str]
) -> Iterator[Budget]:
    import polars as pl

    column = MODELS[model].column
    shown = samples.filter(pl.col(column).is_not_null())
    measured = {
        "text": pl.col("text_tokens"),
        "visual": pl.col(column),
        "all": tokens(model),
    }
    found = {name: _counted(shown, value) for name, value in measured.items()}
    here = [part for part in parts if part in found["all"]]
    for part in (*here, EVERY_PART) if len(here) > 1 else here:
        counts = {name: _merged(each.values()) if part == EVERY_PART else each[part] for name, each in found.items()}
        yield _budget(recipe, limit, model, part, counts)


def _in_order(frame: "pl.LazyFrame", *columns: str) -> list[tuple[Any, ...]]:
    """List the different values of *columns* as they first occur."""
    return frame.select(columns).unique(maintain_order=True).collect().rows()


def _counted(frame: "pl.LazyFrame", value: "pl.Expr") -> dict[str, dict[int, int]]:
    rows = frame.select("part", value.alias("value")).group_by("part", "value").len().collect(engine="streaming")
    found: dict[str, dict[int, int]] = {}
    for part, number, count in rows.iter_rows():
        found.setdefault(part, {})[number] = count
    return found


def _merged(each: Iterable[Mapping[int, int]]) -> Counter[int]:
    return sum((Counter(counts) for counts in each), start=Counter())


def _budget(recipe: str, limit: int | None, model: str, part: str, counts: Mapping[str, Mapping[int, int]]) -> Budget:
    every = counts["all"]
    half = Fraction(1, 2)
    return Budget(
        recipe=recipe,
        max_frames=limit,
        model=model,
        part=part,
        samples=sum(every.values()),
        text=_number(quantile(counts["text"], half)),
        visual=_number(quantile(counts["visual"], half)),
        median=_number(quantile(every, half)),
        q95=_number(quantile(every, Fraction(95, 100))),
        maximum=max(every),
        above={str(context): sum(n for value, n in every.items() if value > context) for context in CONTEXTS},
    )


def _number(value: Fraction) -> float:
    return int(value) if value.denominator == 1 else float(value)
