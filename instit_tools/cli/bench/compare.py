"""``instit-tools bench compare``."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.cli.bench.options import Items, JsonFile, OverwriteFile, Seed
from instit_tools.cli.bench.sided import LISTED, between, more, named, sides, signed, stored
from instit_tools.cli.bench.tables import share, shortened, span
from instit_tools.cli.guard import guarded
from instit_tools.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from instit_tools.bench.comparison import Changed, Comparison, Group, SplitComparison
    from instit_tools.bench.intervals import Estimate

__all__ = ["compare"]

_SHOWN, _BESIDE = 40, 40
"""How much of an answer is shown where there is room, and what else is in its line."""
_COMPARED = "Predictions of multiple choice, or a folder that bench score -o or bench judge -o wrote."


@guarded
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=_COMPARED)],
    b: Annotated[str, typer.Argument(metavar="B", help="Another of the same kind, which is held against A.")],
    *,
    items: Items = None,
    reader: Annotated[
        Literal["strict", "upstream"] | None,
        typer.Option(
            help="Who reads the letters: as a person does, or as the published script.", show_default="strict"
        ),
    ] = None,
    common: Annotated[
        bool, typer.Option("--common", help="Leave out questions that only one has an answer to.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Compare scores of different judges or prompts, too.")
    ] = False,
    seed: Seed = 0,
    out: JsonFile = None,
    overwrite: OverwriteFile = False,
    as_json: AsJson = False,
) -> None:
    """Say whether one model is better than another, question by question, and how sure that is.

    Example: instit-tools bench compare base/video_mc_inference.json tuned/video_mc_inference.json
    """
    from instit_tools.bench import comparing
    from instit_tools.bench.results import encode

    found = comparing.compare(a, b, items=items or (), reader=reader, common=common, anyway=anyway, seed=seed)
    stored(encode(found), out, overwrite=overwrite)
    if as_json:
        console.document(encode(found))
    else:
        _tell(found, out)
        if found.reader is not None and reader is None:
            _tell_other(found, comparing.compare(a, b, items=items or (), reader="upstream", common=common, seed=seed))
    if out is not None:
        console.talk(f"{out} holds all of it as JSON")


def _tell_other(found: "Comparison", other: "Comparison") -> None:
    """Say what the published script's reading comes to, where that is something else."""
    for mine, its in zip(found.splits, other.splits, strict=True):
        if mine.conclusion != its.conclusion:
            console.result("")
            console.line(console.plain(f"Read by upstream, {its.split}s: {its.conclusion}"))


def _tell(found: "Comparison", out: "Path | None") -> None:
    sides(found.a, found.b)
    if found.only_a or found.only_b:
        console.result(f"left out: {console.counted(found.only_a, 'question')} only in A, {found.only_b:,} only in B")
    if found.unanswered:
        are = "question of --items is" if found.unanswered == 1 else "questions of --items are"
        console.result(f"{found.unanswered:,} {are} without an answer of either: left out")
    for split in found.splits:
        console.result("")
        _tell_split(found, split)
        _tell_kinds(split)
        _tell_changes(split, letters=found.reader is not None, out=out)


def _tell_split(found: "Comparison", split: "SplitComparison") -> None:
    about = f"{console.counted(split.questions, 'question')} about {console.counted(split.clusters, split.split)}"
    how = f"multiple choice read by {found.reader}" if found.reader else "open-ended"
    console.result(f"{about}, {how}")
    if split.failed:
        console.result(
            f"left out: {console.counted(split.failed, 'question')} without a score,"
            f" {split.failed_a:,} of A and {split.failed_b:,} of B"
        )
    whole = split.whole
    rows = [_mean("A", whole.a), _mean("B", whole.b), _apart(whole.difference)]
    console.columns(("", "score", "95 % analytic", "95 % bootstrap"), rows)
    console.result(_counts(whole))
    console.result("")
    console.line(console.plain(split.conclusion, "bold"))


def _mean(name: str, found: "Estimate") -> tuple[str, str, str, str]:
    return name, share(found.mean), span(found.low, found.high), span(found.boot_low, found.boot_high)


def _apart(found: "Estimate") -> tuple[str, str, str, str]:
    return "B - A", signed(found.mean), between(found.low, found.high), between(found.boot_low, found.boot_high)


def _counts(whole: "Group") -> str:
    if whole.both is None:
        return f"A scores higher on {whole.a_better:,}, B on {whole.b_better:,}, the same on {whole.same:,}"
    return (
        f"both right on {whole.both:,}, only A on {whole.a_better:,}, only B on {whole.b_better:,},"
        f" neither on {whole.neither:,}"
    )


def _tell_kinds(split: "SplitComparison") -> None:
    if len(split.groups) == 1:
        return
    console.result("")
    heads = ("questions with", "number", "A", "B", "B - A", "95 %", "only A/B", "p", "Holm")
    if split.whole.both is None:
        heads = (*heads[:6], "higher A/B", *heads[7:])
    console.columns(heads, [_kind(group) for group in split.groups[1:]])
    console.result(f"p of {console.counted(split.tested, 'kind')}; Holm: adjusted for being so many")


def _kind(group: "Group") -> "Sequence[str]":
    found = group.difference
    return (
        named(group.grouping, group.kind),
        f"{group.questions:,}",
        share(group.a.mean),
        share(group.b.mean),
        signed(found.mean),
        between(found.low, found.high),
        f"{group.a_better:,}/{group.b_better:,}",
        _p(group.p),
        _p(group.p_adjusted),
    )


def _p(value: float | None) -> str:
    from instit_tools.bench.concluding import probability

    return probability(value).removeprefix("p ").removeprefix("= ").replace("< ", "<")


def _tell_changes(split: "SplitComparison", *, letters: bool, out: "Path | None") -> None:
    if not split.changed:
        return
    console.result("")
    what = "that only one got right" if letters else "with different scores, the largest difference first"
    console.line(console.plain(f"{console.counted(len(split.changed), 'question')} {what}", "bold"))
    rows = list(_changes(split.changed[:LISTED], letters=letters))
    heads = ("question", "right", "A", "B") if letters else ("question", "A", "B", "B - A")
    console.columns(heads, rows, left=4 if letters else 1)
    more(len(split.changed), out)


def _changes(found: "Sequence[Changed]", *, letters: bool) -> "Iterator[tuple[str, str, str, str]]":
    room = console.room()
    most = _SHOWN if room is None else max(min(_SHOWN, (room - _BESIDE) // 2), 1)
    for each in found:
        if letters:
            a, b = _said(each.a_letter, each.a_text, most), _said(each.b_letter, each.b_text, most)
            yield each.question_id, each.truth or "", a, b
        else:
            yield each.question_id, share(each.a), share(each.b), signed(each.b - each.a)


def _said(letter: str | None, text: str | None, most: int) -> str:
    """Write what was read, and the ends of the answer, up to *most* characters, where it is more than that."""
    if text is None:
        return "no answer"
    plain = " ".join(text.split())
    return letter if letter == plain else f"{letter or 'none'}: {shortened(plain, most)!r}"
