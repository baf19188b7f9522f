"""What a comparison of two results holds: numbers for all questions and by kind, what changed, and a conclusion."""

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from instit_tools.bench.forms import Form, Split
from instit_tools.bench.intervals import RESAMPLES, Estimate
from instit_tools.bench.scoring import Reader
from instit_tools.bench.sides import Side
from instit_tools.version import __version__

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Changed", "Comparison", "Group", "SplitComparison"]

FORMAT, VERSION = "instit-tools bench compare", 1


class Group(Struct, frozen=True, kw_only=True):
    """The questions of one *kind* of a *grouping*, ``all`` for all of them.

    *a* and *b* are the means of the two, *difference* that of B minus A, each between 0 and 1 (-1 and 1). *p* tests
    whether it is zero, *p_adjusted* is Holm's over the kinds of a split. *a_better*, *b_better* and *same* count
    questions; of multiple choice, *same* are those that *both* got right and those that *neither* did.
    """

    grouping: str
    kind: str
    questions: int
    clusters: int
    a: Estimate
    b: Estimate
    difference: Estimate
    p: float | None
    p_adjusted: float | None = None
    a_better: int
    b_better: int
    same: int
    both: int | None = None
    neither: int | None = None


class Changed(Struct, frozen=True, kw_only=True):
    """A question that one of the two answered better: the right one, what each said, and what was read in it."""

    question_id: str
    cluster: str
    better: Literal["A", "B"]
    truth: str | None
    a: float
    b: float
    a_letter: str | None
    b_letter: str | None
    a_text: str | None
    b_text: str | None


class SplitComparison(Struct, frozen=True, kw_only=True):
    """The two on questions about images, or about videos.

    *failed_a* and *failed_b* questions have no score of a judge for A, or for B; *failed* are those of either, which
    are left out. *tested* is how many kinds have a p-value. *conclusion* says what can be concluded, in a sentence.
    """

    split: Split
    questions: int
    clusters: int
    failed_a: int
    failed_b: int
    failed: int
    tested: int
    groups: tuple[Group, ...]
    changed: tuple[Changed, ...]
    conclusion: str

    @property
    def whole(self) -> Group:
        """All questions."""
        return self.groups[0]


class Comparison(Struct, frozen=True, kw_only=True):
    """All that ``bench compare`` finds; the same inputs give the same bytes.

    *reader* read the letters of multiple choice, ``None`` where a judge gave scores. *only_a* and *only_b* questions
    have an answer of one only, and were to be left out; *unanswered* ones of the questions that were named beside the
    predictions have an answer of neither.
    """

    format: str = FORMAT
    version: int = VERSION
    tool: str = __version__
    form: Form
    reader: Reader | None
    a: Side
    b: Side
    only_a: int
    only_b: int
    unanswered: int
    seed: int
    resamples: int = RESAMPLES
    splits: tuple[SplitComparison, ...]

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return str(self.frame()._repr_html_())

    def frame(self) -> "pl.DataFrame":
        """Give a row a split and kind: shares between 0 and 1, ``null`` where there is none."""
        import polars as pl

        words = dict.fromkeys(("split", "grouping", "kind"), pl.String)
        counts = dict.fromkeys(("questions", "clusters", "a_better", "b_better", "same"), pl.Int64)
        names = ("a", "b", "difference", "low", "high", "boot_low", "boot_high", "p", "p_adjusted")
        schema = {**words, **counts, **dict.fromkeys(names, pl.Float64)}
        rows = [_row(split.split, group) for split in self.splits for group in split.groups]
        return pl.DataFrame(rows, schema=schema, orient="row")


def _row(split: Split, group: Group) -> list[object]:
    found = group.difference
    counts = [group.questions, group.clusters, group.a_better, group.b_better, group.same]
    means = [group.a.mean, group.b.mean, found.mean]
    ends = [found.low, found.high, found.boot_low, found.boot_high, group.p, group.p_adjusted]
    return [split, group.grouping, group.kind, *counts, *means, *ends]
