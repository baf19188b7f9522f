"""What can be concluded from a comparison, in one sentence that claims no more than the numbers do.

One is called better where the test of signs says so at 5 % and zero is outside the interval. That no difference can be
told is not that there is none, so the sentence says how large one could be.
"""

from instit_tools.bench.comparison import Group
from instit_tools.bench.forms import Split

__all__ = ["ALPHA", "conclusion", "points", "probability"]

ALPHA = 0.05
_LEAST = 0.001
_RIGHT = "are right about the same questions"
_ALIKE = "have the same score on every question"


def conclusion(whole: Group, split: Split) -> str:
    """Say what the difference on all questions about images, or videos, comes to."""
    found = whole.difference
    if found.mean is None:
        return "Nothing can be told: there is no question that both have a score for."
    if whole.same == whole.questions:
        return f"No difference can be told: A and B {_ALIKE if whole.both is None else _RIGHT}."
    ahead = _ahead(found.mean)
    if whole.p is None or found.low is None or found.high is None:
        return f"No difference can be told: {ahead}, and all questions are about one {split}."
    sure = f"95 % interval of B - A {points(found.low)} to {points(found.high)}, {probability(whole.p)}"
    match whole.p < ALPHA, not found.low <= 0 <= found.high:
        case True, True:
            return f"{ahead.replace('ahead', 'better')}, more than {split}s drawn anew would explain ({sure})."
        case False, False:
            return f"No difference can be told: {ahead}, no more than {split}s drawn anew would explain ({sure})."
        case by_test, _:
            says, not_so = ("test", "interval") if by_test else ("interval", "test")
            edge = f"{ahead}, which the {says} tells from zero and the {not_so} does not"
            return f"The difference is on the edge of what can be told: {edge} ({sure})."


def _ahead(difference: float) -> str:
    if not difference:
        return "the two are level"
    number = f"{abs(100 * difference):.1f}"
    return f"{'B' if difference > 0 else 'A'} is ahead by {'less than 0.1' if number == '0.0' else number} points"


def points(difference: float) -> str:
    """Write a difference of shares in points.

    >>> points(0.0214), points(-0.0004)
    ('+2.1', '0.0')
    """
    written = f"{100 * difference:+.1f}"
    return "0.0" if written in {"+0.0", "-0.0"} else written


def probability(p: float | None) -> str:
    """Write a p-value so that it is seen on which side of 0.05 it is.

    >>> probability(0.0124), probability(0.0499), probability(0.0001), probability(None)
    ('p = 0.012', 'p = 0.0499', 'p < 0.001', 'p = -')
    """
    return "p = -" if p is None else f"p {_signed(p)}"


def _signed(p: float) -> str:
    if p < _LEAST:
        return f"< {_LEAST}"
    return f"= {p:.4f}" if p != ALPHA and f"{p:.3f}" == f"{ALPHA:.3f}" else f"= {p:.3f}"
