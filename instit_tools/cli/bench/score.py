"""``instit-tools bench score``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.cli.bench.options import Items, Name, Out, Overwrite, Predictions, Seed
from instit_tools.cli.bench.tables import share, shortened, span, sure
from instit_tools.cli.guard import guarded
from instit_tools.cli.options import AsJson

if TYPE_CHECKING:
    from instit_tools.bench.scoring import Group, Score, SplitScore, Tally, Verdict

__all__ = ["score"]

_LISTED = 10
_CELL, _ID, _SAID = 30, 14, 60
"""Characters of a name in a table, of an id and of an answer that are shown: no line is longer than 80."""


@guarded
def score(
    predictions: Predictions,
    *,
    items: Items = None,
    name: Name = None,
    missing: Annotated[
        Literal["stop", "wrong", "leave-out"],
        typer.Option(help="A question without a prediction stops the command, counts as wrong, or does not count."),
    ] = "stop",
    seed: Seed = 0,
    out: Out = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Score multiple-choice answers: as a person reads them, and as the published script does, side by side.

    Example: instit-tools bench score video_mc_inference.json --items video_multi_choices.json -o my-model
    """
    from instit_tools.bench.answers import scored, write_score
    from instit_tools.bench.results import encode, of_form

    result, read = scored(of_form(predictions, "multiple-choice"), items or (), name=name, missing=missing, seed=seed)
    if out is not None:
        write_score(out, result, read, overwrite=overwrite)
    if as_json:
        console.document(encode(result))
    else:
        _tell(result, out)
    _talk(result, out, apart=not as_json)


def _tell(result: "Score", out: Path | None) -> None:
    if result.left_out:
        console.result(f"{console.counted(result.left_out, 'question')} without a prediction: left out")
    for number, split in enumerate(result.splits):
        if number:
            console.result("")
        _tell_split(result, split)
    several = len(result.splits) > 1
    _listed("No letter by either", [each for each in result.unparsed if each.upstream is None], out, several=several)
    _listed("Read differently", result.disagreements, out, several=several)


def _talk(result: "Score", out: Path | None, *, apart: bool) -> None:
    """Say what is no result, *apart* from it by a blank line."""
    said = []
    if out is not None:
        said.append(f"{out} holds result.json and verdicts.jsonl, a line an answer")
    if not result.options_known:
        said.append("the options are not known: --items lets strict read answers in words, too")
    for line in [""] * bool(apart and said) + said:
        console.talk(line)


def _tell_split(result: "Score", split: "SplitScore") -> None:
    about = console.counted(split.clusters, split.split)
    questions = console.counted(split.questions, "question")
    console.line(console.plain(f"{result.name}: {questions} about {about}, multiple choice"))
    if split.missing:
        console.result(f"{console.counted(split.missing, 'question')} without a prediction: counted as wrong")
    _title("Right answers in %, with 95 % intervals")
    rows = [row for reader, tally in split.whole.items() for row in _rows(reader, tally)]
    console.columns(("reader", "of", "right", "of", "%", "analytic", "bootstrap"), rows, left=2)
    console.result("as published: upstream, of the answers that it can read")
    if split.groups[1:]:
        _title("Right answers in %, by what is asked (± 95 %)")
        heads = ("questions", "number", "strict, of all", "as published")
        console.columns(heads, [_kind(group) for group in split.groups[1:]])


def _title(text: str) -> None:
    from rich.text import Text

    console.result("")
    console.line(Text(text, "bold"))


def _rows(reader: str, tally: "Tally") -> Iterator[Sequence[str]]:
    for of, number, found in (
        ("all questions", tally.questions, tally.of_all),
        ("answers read", tally.parsed, tally.of_parsed),
    ):
        analytic, boot = span(found.low, found.high), span(found.boot_low, found.boot_high)
        yield reader, of, f"{tally.right:,}", f"{number:,}", share(found.mean), analytic, boot


def _kind(group: "Group") -> Sequence[str]:
    return (
        shortened({"source": "from "}.get(group.grouping, "with ") + group.kind, _CELL),
        f"{group.questions:,}",
        sure(group.readers["strict"].of_all),
        sure(group.readers["upstream"].of_parsed),
    )


def _listed(title: str, found: Sequence["Verdict"], out: Path | None, *, several: bool) -> None:
    from rich.text import Text

    if not found:
        return
    _title(f"{title}: {console.counted(len(found), 'answer')}")
    names = [f"{each.split} {each.question_id}" if several else each.question_id for each in found[:_LISTED]]
    width = max(len(shortened(name, _ID)) for name in names)
    for name, each in zip(names, found, strict=False):
        readings = f"right {each.truth}, strict {each.strict or 'none'}, upstream {each.upstream or 'none'}"
        head = console.plain(f"  {shortened(name, _ID):{width}}  ")
        said = [] if each.prediction is None else [shortened(repr(shortened(each.prediction, 500)), _SAID)]
        for line in (readings, *said, *([each.reason] if each.strict is None else [])):
            console.line(console.plain(line), head=head)
            head = Text(" " * head.cell_len)
    if len(found) > _LISTED:
        console.result(f"  and {len(found) - _LISTED:,} more, {'in verdicts.jsonl' if out else 'all with -o DIR'}")
