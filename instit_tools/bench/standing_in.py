"""When one judge can stand in for another, by a criterion that is fixed beforehand.

On the answers of one model, a judge can stand in for the other where (1) the whole 95 % interval of the difference of
their mean scores is within 3 points either way, about what images or videos drawn anew move a score on the benchmark,
so that the exchange is not the larger uncertainty; and (2) weighted kappa of single scores is at least 0.8, what Landis
and Koch (1977) call almost perfect. (1) alone is enough for the mean of that model, not for its single answers. Neither
says whether the judges rank models alike: that takes answers of several models.
"""

from instit_tools.bench.concluding import points
from instit_tools.bench.forms import Split
from instit_tools.bench.intervals import Estimate

__all__ = ["KAPPA", "MARGIN", "standing_in"]

MARGIN = 0.03
KAPPA = 0.8
_RANKS = "whether they rank models alike cannot be told from the answers of one model"
_UNTOLD = "Whether one judge can stand in for the other cannot be told"


def standing_in(difference: Estimate, kappa: float | None, split: Split) -> str:
    """Say whether a judge can stand in for another whose scores differ by *difference* and agree to *kappa*."""
    if difference.mean is None or difference.low is None or difference.high is None:
        one, none = f"all answers are about one {split}", "there is no answer that both have a score for"
        lacking = none if difference.mean is None else one
        return f"{_UNTOLD}: {lacking}."
    ends = f"95 % interval {points(difference.low)} to {points(difference.high)}"
    mean, allowed = f"B - A is {points(difference.mean)} points on average", f"{100 * MARGIN:.0f} points"
    if difference.low > MARGIN or difference.high < -MARGIN:
        return f"Neither judge can stand in for the other: {mean} ({ends}), beyond {allowed}; {_RANKS}."
    if difference.low < -MARGIN or difference.high > MARGIN:
        return f"{_UNTOLD}: {mean}, not surely within {allowed} ({ends}); {_RANKS}."
    close = f"{mean} ({ends}), within {allowed}"
    if kappa is None:
        return f"{_UNTOLD}: {close}, and all scores are the same; {_RANKS}."
    if kappa < KAPPA:
        lacking = f"not for its single answers, with a weighted kappa of {kappa:.2f}, below {KAPPA}"
        return f"Either judge can stand in for the other for the mean of this model, {lacking}: {close}; {_RANKS}."
    agreeing = f"and single scores agree, with a weighted kappa of {kappa:.2f}"
    return f"Either judge can stand in for the other on the answers of this model: {close}, {agreeing}; {_RANKS}."
