"""Statistics as tables on the terminal."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from instit_tools import console
from instit_tools.statistics import motion
from instit_tools.statistics.budget import MODELS
from instit_tools.statistics.counting import TOKENIZERS
from instit_tools.statistics.numbers import percent, written
from instit_tools.statistics.quantities import OF_MASKS
from instit_tools.statistics.reference import UNSAID
from instit_tools.statistics.summary import OTHERS

if TYPE_CHECKING:
    from instit_tools.statistics.budget import Budget, LeftOut
    from instit_tools.statistics.comparison import Compared, Comparison
    from instit_tools.statistics.distribution import Distribution
    from instit_tools.statistics.reference import Reference, Row
    from instit_tools.statistics.summary import Described, Summary

__all__ = ["side_by_side", "tell"]

_TEXTS = ("characters", "words", "tokens", "sentences")
_SPOKEN = ("instances spoken of", "times spoken of")
_SHORT = {"characters": "chars", "sentences": "sent.", "instances spoken of": "[ID]", "times spoken of": "<t>"}


def tell(summary: "Summary") -> None:
    """Print a summary."""
    _headline(summary)
    _texts(summary)
    _others(summary)
    _masks(summary)
    _budgets(summary)
    if summary.reference is not None:
        _reference(summary.reference)


def side_by_side(comparison: "Comparison") -> None:
    """Print a comparison: what differs, and what does not on one line."""
    first, second = comparison.names
    console.result(f"A is {first}")
    console.result(f"B is {second}")
    for note in comparison.notes:
        console.line(console.plain(note), head=Text("note: "))
    rows = [row for row in comparison.rows if row.difference != 0]
    same = len(comparison.rows) - len(rows)
    if rows:
        _heading("Differences")
        console.columns(("what", "A", "B", "change"), [_compared(row) for row in rows])
    console.result("")
    console.result(f"{same:,} of {console.counted(len(comparison.rows), 'number')} are the same in both")


def _compared(row: "Compared") -> tuple[str, ...]:
    of = f" ({row.group})" if row.group else ""
    what = f"{row.what}{of}, {row.statistic}"
    if row.share:
        points = "" if row.difference is None else f"{100 * row.difference:+.1f} points"
        return what, percent(row.first), percent(row.second), points
    return what, written(row.first), written(row.second), "" if row.change is None else f"{row.change:+.1f} %"


def _headline(summary: "Summary") -> None:
    totals = summary.totals
    parts = [
        console.counted(count, noun)
        for count, noun in (
            (totals.videos, "video"),
            (totals.video_frames, "frame"),
            (totals.images, "image"),
            (totals.bench_items, "benchmark item"),
            (totals.instances, "instance"),
            (totals.questions, "question"),
            (totals.masks, "mask"),
        )
        if count
    ]
    console.result(", ".join(parts) or "nothing to measure")
    if totals.damaged_masks:
        console.result(f"{console.counted(totals.damaged_masks, 'mask')} of them damaged, in no area")
    method = summary.method
    model = method.tokenizer not in TOKENIZERS
    words = f"words: {TOKENIZERS[0]}; tokens: {method.tokenizer}" if model else f"words: {method.tokenizer}"
    console.result(f"{words}; sentences: {method.sentences}")
    if method.others:
        console.result(f"{console.counted(method.others, method.by)} with few frames are counted together, as {OTHERS}")
    if method.by == "level" and totals.videos and totals.images:
        console.result("texts of videos and images together; --by kind tells them apart")


def _texts(summary: "Summary") -> None:
    found: dict[tuple[str, str | None], dict[str, Distribution]] = {}
    for each in summary.distributions:
        if each.table == "texts":
            found.setdefault((each.group or "", _value(each)), {})[each.quantity] = each.distribution
    if not found:
        return
    _heading("Texts: means; median, 95 % and most of words")
    kept = [name for name in (*_TEXTS, *_SPOKEN) if any(name in of for of in found.values())]
    heads = ("level", "texts", *(_SHORT.get(name, name) for name in kept), "median", "95 %", "most")
    console.columns(heads, _blocked((level, value, _text(of, kept)) for (level, value), of in found.items()))


def _text(of: "Mapping[str, Distribution]", kept: Sequence[str]) -> tuple[str, ...]:
    words = of["words"]
    means = [written(of[name].mean) if name in of else "-" for name in kept]
    spread = (written(words.quantiles["50"]), written(words.quantiles["95"]), written(words.maximum))
    return (f"{words.n:,}", *means, *spread)


def _value(each: "Described") -> str | None:
    return next((value or "none" for value in each.by.values()), None)


def _blocked(rows: Iterable[tuple[str, str | None, tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """Put the rows of one block below its name where there are several to tell apart, by a value each."""
    shown: list[tuple[str, ...]] = []
    last = ""
    for block, value, cells in rows:
        if value is not None and block != last:
            shown.append((block, *("" for _ in cells)))
        last = block
        shown.append((block if value is None else f"  {value}", *cells))
    return shown


def _others(summary: "Summary") -> None:
    found = [each for each in summary.distributions if each.table != "texts"]
    for heading, of_masks in (("Instances and time", False), ("Masks", True)):
        shown = [each for each in found if (each.quantity in OF_MASKS) == of_masks]
        if shown:
            _heading(heading)
            heads = ("what", "number", "mean", "median", "95 %", "most")
            console.columns(heads, _blocked((_what(each), _value(each), _numbers(each)) for each in shown))


def _masks(summary: "Summary") -> None:
    """Print in words what no distribution says of masks."""
    totals = summary.totals
    if not totals.masks:
        return
    missing = [
        f"{console.counted(number, what)} without a {other}"
        for number, what, other in (
            (totals.captions_without_mask, "caption", "mask"),
            (totals.masks_without_caption, "mask", "caption"),
        )
    ]
    console.line(console.plain(f"by frame and instance: {', '.join(missing)}"))
    if summary.motion:
        console.line(console.plain(motion.told(summary.motion)))


def _what(each: "Described") -> str:
    return f"{each.quantity} ({each.group})" if each.group else each.quantity


def _numbers(each: "Described") -> tuple[str, ...]:
    of = each.distribution
    return (f"{of.n:,}", *map(written, (of.mean, of.quantiles["50"], of.quantiles["95"], of.maximum)))


def _budgets(summary: "Summary") -> None:
    found = summary.budgets
    if not found:
        return
    limits = list(found[0].above)
    _heading("Tokens a sample, and share of samples above a context")
    console.line(console.plain(f"text: {summary.method.text_tokens}; pictures: {summary.method.picture_sizes}"))
    heads = ("model", "part", "samples", "median", "most", *(f"> {int(limit) // 1024}K" for limit in limits))
    several = len({(each.recipe, each.max_frames) for each in found}) > 1
    for title, group in _by_recipe(found):
        if several:
            console.result(title)
        console.columns(heads, [_budget(each, limits) for each in group], left=2)
    for model in dict.fromkeys(each.model for each in found):
        console.line(console.plain(MODELS[model].meaning), head=Text(f"{model}: "))
    for each in summary.left_out:
        console.result(f"in no sample of {_samples_of(each)}: {console.counted(each.texts, 'text')}, {each.reason}")


def _by_recipe(found: Iterable["Budget"]) -> list[tuple[str, list["Budget"]]]:
    groups: dict[str, list[Budget]] = {}
    for each in found:
        groups.setdefault(_samples_of(each), []).append(each)
    return list(groups.items())


def _samples_of(each: "Budget | LeftOut") -> str:
    frames = "all frames" if each.max_frames is None else f"{console.counted(each.max_frames, 'frame')} at most"
    return f"recipe {each.recipe}, {frames}"


def _budget(each: "Budget", limits: Sequence[str]) -> tuple[str, ...]:
    shares = [percent(each.above[limit] / each.samples) for limit in limits]
    return each.model, each.part, f"{each.samples:,}", written(each.median), written(each.maximum), *shares


def _reference(reference: "Reference") -> None:
    _heading("The paper's figures beside these")
    for note in (reference.note, UNSAID):
        console.line(console.plain(note))
    rows = []
    for block, figures in itertools.groupby(reference.rows, key=lambda row: row.block):
        rows += [("", "", "", "", ""), (block, "", "", "", ""), *map(_figure, figures)]
    console.columns(("figure", "published", "measured", "difference", ""), rows)
    for note in dict.fromkeys(row.note for row in reference.rows if row.verdict == "not measured"):
        console.line(console.plain(note), head=Text("not measured: "))
    _heading("Published figures that contradict each other")
    for each in reference.contradictions:
        console.line(console.plain(f"{each.what}: {each.arithmetic} {each.conclusion}"), head=Text("- "))


def _figure(row: "Row") -> tuple[str, ...]:
    verdict = "" if row.verdict == "not measured" else row.verdict
    return f"  {row.label}", row.printed, written(row.measured), written(row.difference), verdict


def _heading(text: str) -> None:
    console.line(Text(f"\n{text}", "bold underline"))
