"""Statistics as tables on the terminal."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from instit_tools import console
from instit_tools.statistics.numbers import percent, written

if TYPE_CHECKING:
    from instit_tools.statistics.budget import Budget
    from instit_tools.statistics.comparison import Compared, Comparison
    from instit_tools.statistics.reference import Reference, Row
    from instit_tools.statistics.summary import Described, Summary

__all__ = ["side_by_side", "tell"]

_TEXTS = ("characters", "words", "tokens", "sentences")
_SPOKEN = ("instances spoken of", "times spoken of")


def tell(summary: "Summary") -> None:
    """Print a summary."""
    _headline(summary)
    _texts(summary)
    _others(summary)
    _budgets(summary)
    if summary.reference is not None:
        _reference(summary.reference)


def side_by_side(comparison: "Comparison") -> None:
    """Print a comparison: what differs, and what does not on one line."""
    first, second = comparison.names
    console.result(f"A is {first}")
    console.result(f"B is {second}")
    for note in comparison.notes:
        console.result(f"note: {note}")
    rows = [row for row in comparison.rows if row.difference != 0]
    same = len(comparison.rows) - len(rows)
    if rows:
        _heading("Differences")
        console.columns(("what", "of", "", "A", "B", "change"), [_compared(row) for row in rows], left=3)
    console.result("")
    console.result(f"{same:,} of {console.counted(len(comparison.rows), 'number')} are the same in both")


def _compared(row: "Compared") -> tuple[str, ...]:
    share = row.what.startswith("samples above")
    write = percent if share else written
    change = "" if row.change is None else f"{row.change:+.1f} %"
    return row.what, row.group or "", row.statistic, write(row.first), write(row.second), change


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
    console.result(f"words: {summary.method.tokenizer}; sentences: {summary.method.sentences}")


def _texts(summary: "Summary") -> None:
    found = [each for each in summary.distributions if each.table == "texts"]
    if not found:
        return
    rows = []
    kept = [name for name in (*_TEXTS, *_SPOKEN) if any(each.quantity == name for each in found)]
    for group, value in dict.fromkeys((each.group, _value(each)) for each in found):
        of = {each.quantity: each.distribution for each in found if (each.group, _value(each)) == (group, value)}
        words = of["words"]
        means = [written(of[name].mean) for name in kept if name in of]
        by = [value] if value is not None else []
        spread = (written(words.quantiles["50"]), written(words.quantiles["95"]), written(words.maximum))
        rows.append((group or "", *by, f"{words.n:,}", *means, *spread))
    _heading("Texts: means; median, 95 % and most of words")
    short = {"characters": "chars", "sentences": "sent.", "instances spoken of": "[ID]", "times spoken of": "<t>"}
    names = [short.get(name, name) for name in kept]
    by_name = [next(iter(found[0].by))] if found[0].by else []
    heads = ("level", *by_name, "texts", *names, "median", "95 %", "most")
    console.columns(heads, rows, left=1 + len(by_name))


def _value(each: "Described") -> str | None:
    return next((value or "none" for value in each.by.values()), None)


def _others(summary: "Summary") -> None:
    found = [each for each in summary.distributions if each.table != "texts"]
    if not found:
        return
    _heading("Instances and time")
    heads = ("what", "of", "number", "mean", "median", "95 %", "most")
    rows = [
        (each.quantity, "/".join(filter(None, (each.group, _value(each)))), f"{each.distribution.n:,}", *_numbers(each))
        for each in found
    ]
    console.columns(heads, rows, left=2)


def _numbers(each: "Described") -> Iterator[str]:
    of = each.distribution
    return map(written, (of.mean, of.quantiles["50"], of.quantiles["95"], of.maximum))


def _budgets(summary: "Summary") -> None:
    found = summary.budgets
    if not found:
        return
    limits = list(found[0].above)
    _heading(f"Tokens a sample, and share of samples above a context; text {summary.method.text_tokens}")
    heads = ("model", "part", "samples", "median", "most", *(f"> {int(limit) // 1024}K" for limit in limits))
    several = len({(each.recipe, each.max_frames) for each in found}) > 1
    for title, group in _by_recipe(found):
        if several:
            console.result(title)
        console.columns(heads, [_budget(each, limits) for each in group], left=2)


def _by_recipe(found: Iterable["Budget"]) -> list[tuple[str, list["Budget"]]]:
    groups: dict[str, list[Budget]] = {}
    for each in found:
        frames = "all frames" if each.max_frames is None else f"{each.max_frames} frames at most"
        groups.setdefault(f"recipe {each.recipe}, {frames}", []).append(each)
    return list(groups.items())


def _budget(each: "Budget", limits: Sequence[str]) -> tuple[str, ...]:
    shares = [percent(each.above[limit] / each.samples) for limit in limits]
    return each.model, each.part, f"{each.samples:,}", written(each.median), written(each.maximum), *shares


def _reference(reference: "Reference") -> None:
    _heading("The paper's figures beside these")
    if reference.note:
        console.line(console.plain(reference.note))
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
