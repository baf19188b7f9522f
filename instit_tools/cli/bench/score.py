"""``instit-tools bench score``."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.cli.bench.options import Items, Name, Out, Overwrite, Predictions, Seed
from instit_tools.cli.bench.tables import share, span, sure
from instit_tools.cli.guard import guarded
from instit_tools.cli.options import AsJson

if TYPE_CHECKING:
    from instit_tools.bench.scoring import Score, SplitScore, Tally, Verdict

__all__ = ["score"]

_LISTED = 10


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
    from instit_tools.bench.results import encode
    from instit_tools.bench.score import scored, write_score

    result, read = scored(predictions, items or (), name=name, missing=missing, seed=seed)
    if out is not None:
        write_score(out, result, read, overwrite=overwrite)
    if as_json:
        console.document(encode(result))
    else:
        _tell(result, out)
    if not result.options_known:
        console.talk("the texts of the options are not known: --items lets strict read answers in words, too")


def _tell(result: "Score", out: Path | None) -> None:
    for number, split in enumerate(result.splits):
        if number:
            console.result("")
        _tell_split(result, split)
    _listed("No letter by strict", [each for each in result.unparsed if each.upstream is None], out)
    _listed("Read differently", result.disagreements, out)
    if out is not None:
        console.talk(f"{out} holds result.json and verdicts.jsonl, a line an answer")


def _tell_split(result: "Score", split: "SplitScore") -> None:
    about = console.counted(split.clusters, split.split)
    console.result(f"{result.name}: {console.counted(split.questions, 'question')} about {about}, multiple choice")
    if split.missing:
        console.result(f"{console.counted(split.missing, 'question')} without a prediction: counted as wrong")
    if result.left_out:
        console.result(f"{console.counted(result.left_out, 'question')} without a prediction: left out")
    heads = ("reader", "of", "right", "of", "score", "95 % analytic", "95 % bootstrap")
    rows = [row for reader, tally in split.whole.items() for row in _rows(reader, tally)]
    console.columns(heads, rows, left=2)
    console.result("")
    _tell_kinds(split)


def _rows(reader: str, tally: "Tally") -> Iterable[Sequence[str]]:
    published = " (as published)" if reader == "upstream" else ""
    for of, number, found in (
        ("all questions", tally.questions, tally.of_all),
        (f"answers it can read{published}", tally.parsed, tally.of_parsed),
    ):
        analytic, boot = span(found.low, found.high), span(found.boot_low, found.boot_high)
        yield reader, of, f"{tally.right:,}", f"{number:,}", share(found.mean), analytic, boot


def _tell_kinds(split: "SplitScore") -> None:
    rows = [
        (
            group.kind if group.grouping != "source" else f"from {group.kind}",
            f"{group.questions:,}",
            sure(group.readers["strict"].of_all),
            sure(group.readers["upstream"].of_parsed),
        )
        for group in split.groups[1:]
    ]
    console.columns(("questions with", "number", "strict, of all", "upstream, as published"), rows)


def _listed(title: str, found: Sequence["Verdict"], out: Path | None) -> None:
    from rich.text import Text

    if not found:
        return
    console.line(Text(f"\n{title}: {console.counted(len(found), 'answer')}", "bold"))
    for each in found[:_LISTED]:
        readings = f"right {each.truth}, strict {each.strict or 'none'}, upstream {each.upstream or 'none'}"
        said = "" if each.prediction is None else _shortened(each.prediction)
        console.line(console.plain(f"{readings}: {said} ({each.reason})"), head=Text(f"  {each.question_id}  "))
    if len(found) > _LISTED:
        rest = console.counted(len(found) - _LISTED, "more")
        console.result(f"  and {rest.removesuffix('s')}, {'in verdicts.jsonl' if out else 'all of them with -o DIR'}")


def _shortened(text: str, most: int = 200) -> str:
    plain = " ".join(text.split())
    return repr(plain if len(plain) <= most else f"{plain[: most // 2]} ... {plain[-most // 2 :]}")
