"""``instit-tools bench agree``."""

from typing import TYPE_CHECKING, Annotated

import typer

from instit_tools import console
from instit_tools.cli.bench.options import JsonFile, OverwriteFile
from instit_tools.cli.bench.sided import LISTED, between, more, named, number, sides, signed, stored
from instit_tools.cli.bench.tables import share
from instit_tools.cli.guard import guarded
from instit_tools.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from instit_tools.bench.agreement import Agreement, Group, SplitAgreement

__all__ = ["agree"]


@guarded
def agree(
    a: Annotated[str, typer.Argument(metavar="A", help="A folder that bench judge -o wrote.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another, of the same predictions by another judge.")],
    *,
    out: JsonFile = None,
    overwrite: OverwriteFile = False,
    as_json: AsJson = False,
) -> None:
    """Say how far two judges agree on the same answers, and whether one can stand in for the other.

    One can where the 95 % interval of the difference of their means is within 3 points, and weighted kappa at least
    0.8.

    Example: instit-tools bench agree judged-by-gpt-4o judged-by-qwen
    """
    from instit_tools.bench import agreement
    from instit_tools.bench.results import encode

    found = agreement.agree(a, b)
    stored(encode(found), out, overwrite=overwrite)
    if as_json:
        console.document(encode(found))
    else:
        _tell(found, out)
    if out is not None:
        console.talk(f"{out} holds all of it as JSON")


def _tell(found: "Agreement", out: "Path | None") -> None:
    sides(found.a, found.b)
    if found.only_a or found.only_b:
        console.result(f"left out: {console.counted(found.only_a, 'answer')} only in A, {found.only_b:,} only in B")
    for split in found.splits:
        console.result("")
        if split.split in found.prompts_differ:
            console.result(f"the judges were asked with different prompts about {split.split}s")
        _tell_split(split)
        _tell_kinds(split)
        _tell_disagreements(split, out)


def _tell_split(split: "SplitAgreement") -> None:
    about = f"{console.counted(split.questions, 'question')} about {console.counted(split.clusters, split.split)}"
    console.result(f"answers to {about} that both judged")
    if split.failed_a or split.failed_b:
        console.result(
            f"left out: {console.counted(split.failed_a, 'answer')} without a score of A, {split.failed_b:,} of B"
        )
    console.columns(("measure", "value"), list(_measures(split.whole)))
    console.result("")
    _tell_table(split.whole)
    console.result("")
    console.line(console.plain(split.conclusion, "bold"))


def _measures(whole: "Group") -> "Sequence[tuple[str, str]]":
    found, apart = whole.concordance, whole.difference
    return (
        ("mean score of A", share(whole.a)),
        ("mean score of B", share(whole.b)),
        ("B - A, points", signed(apart.mean)),
        ("  95 % analytic", between(apart.low, apart.high)),
        ("  95 % bootstrap", between(apart.boot_low, apart.boot_high)),
        ("Pearson correlation", number(found.pearson)),
        ("Spearman correlation", number(found.spearman)),
        ("% the same score", share(found.equal)),
        ("% within 0.1", share(found.near)),
        ("kappa, quadratic weights, tenths", number(found.weighted_kappa)),
        ("% both right or both wrong at 0.5", share(found.agreed)),
        ("kappa at 0.5", number(found.kappa)),
    )


def _tell_table(whole: "Group") -> None:
    table = whole.concordance.table
    rows = [
        ("A right", f"{table.both:,}", f"{table.only_a:,}"),
        ("A wrong", f"{table.only_b:,}", f"{table.neither:,}"),
    ]
    console.columns(("at 0.5", "B right", "B wrong"), rows)


def _tell_kinds(split: "SplitAgreement") -> None:
    if len(split.groups) == 1:
        return
    console.result("")
    heads = ("questions with", "number", "A", "B", "B - A", "95 %", "Pearson", "kappa", "at 0.5")
    console.columns(heads, [_kind(group) for group in split.groups[1:]])
    console.result("kappa: of tenths, with quadratic weights; at 0.5: kappa of right and wrong")


def _kind(group: "Group") -> "Sequence[str]":
    found, apart = group.concordance, group.difference
    means = (share(group.a), share(group.b), signed(apart.mean), between(apart.low, apart.high))
    measures = (number(found.pearson), number(found.weighted_kappa), number(found.kappa))
    return named(group.grouping, group.kind), f"{group.questions:,}", *means, *measures


def _tell_disagreements(split: "SplitAgreement", out: "Path | None") -> None:
    found = split.disagreements
    if not found:
        return
    console.result("")
    title = f"{console.counted(len(found), 'answer')} with different scores, the largest difference first"
    console.line(console.plain(title, "bold"))
    rows = [(each.question_id, share(each.a), share(each.b), signed(each.b - each.a)) for each in found[:LISTED]]
    console.columns(("question", "A", "B", "B - A"), rows)
    more(len(found), out)
