"""How results of the benchmark are shown in a terminal."""

from typing import TYPE_CHECKING

from instit_tools import console

if TYPE_CHECKING:
    from instit_tools.bench.intervals import Estimate
    from instit_tools.bench.judging.run import Judged, JudgedSplit

__all__ = ["judged_table", "share", "shortened", "span", "sure"]


_ENDS = 10
"""Characters that have room for a beginning and an end."""


def share(value: float | None) -> str:
    """Write a share of 1 as a number of 100.

    >>> share(0.42857), share(None)
    ('42.9', '-')
    """
    return "-" if value is None else f"{100 * value:.1f}"


def shortened(text: str, most: int) -> str:
    """Write *text* on one line of about *most* characters: its beginning and its end, or where that is few, its end.

    >>> shortened("The man opens the door, so the answer is B", 20), shortened("The answer is B", 4)
    ('The man  ... er is B', '...is B')
    """
    plain = " ".join((text if len(text) < 4 * most else f"{text[: 2 * most]} {text[-2 * most :]}").split())
    if len(plain) <= most:
        return plain
    return f"...{plain[-most:]}" if most < _ENDS else f"{plain[: most // 2 - 2]} ... {plain[3 - most // 2 :]}"


def span(low: float | None, high: float | None) -> str:
    """Write an interval of shares.

    >>> span(0.396, 0.4611), span(None, None)
    ('39.6 to 46.1', '-')
    """
    return "-" if low is None or high is None else f"{share(low)} to {share(high)}"


def sure(found: "Estimate") -> str:
    """Write a mean with how far its interval goes."""
    if found.mean is None or found.low is None or found.high is None:
        return share(found.mean)
    return f"{share(found.mean)} ±{100 * max(found.mean - found.low, found.high - found.mean):.1f}"


def judged_table(result: "Judged") -> None:
    """Show what a judge found."""
    for number, split in enumerate(result.splits):
        if number:
            console.result("")
        _split(result, split)


def _split(result: "Judged", split: "JudgedSplit") -> None:
    about = console.counted(split.clusters, split.split)
    console.result(f"{result.name}: {console.counted(split.questions, 'question')} about {about}, open-ended")
    console.result(f"judged by {result.judge}, prompt {result.prompts[split.split][:12]} of {result.told.prompts_from}")
    whole, zero = split.groups[0], result.told.failures == "zero"
    if split.failed:
        left = (
            f"{split.failed:,} of {console.counted(split.questions, 'answer')} without a score: not the whole benchmark"
        )
        console.result(left)
    rows = [
        (of, f"{number:,}", share(found.mean), span(found.low, found.high), span(found.boot_low, found.boot_high))
        for of, number, found in (
            ("answers with a score (as published)", whole.scored, whole.of_scored),
            ("all questions, 0 without a score", whole.questions, whole.of_all),
        )
    ]
    console.columns(("mean score of", "number", "score", "95 % analytic", "95 % bootstrap"), rows)
    console.result("")
    kinds = [
        (
            f"{'from' if group.grouping == 'source' else 'with'} {group.kind}",
            f"{group.questions if zero else group.scored:,}",
            sure(group.of_all if zero else group.of_scored),
        )
        for group in split.groups[1:]
    ]
    console.columns(("questions", "number", "score"), kinds)
