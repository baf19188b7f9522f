"""One number of a leaderboard: how sure it is, who read the answers, and how it is written."""

from msgspec import Struct

__all__ = ["Score"]


class Score(Struct, frozen=True, kw_only=True):
    """A score of 100 with its 95 % interval, where there is one.

    *by* is who read the answers: ``upstream``, ``strict``, a judge, or ``chance``. *answers* is how many it is the
    mean of. *complete* says that none is missing, *comparable* that the printed scores of the column are by the same
    reader, or the same judge with the same *prompt* (a sha256) as far as that is known. *result* is the file that it
    is from; none where it was printed.
    """

    score: float
    low: float | None = None
    high: float | None = None
    by: str
    answers: int | None = None
    complete: bool = True
    comparable: bool = True
    prompt: str | None = None
    result: str | None = None

    @property
    def either_way(self) -> float | None:
        """How far the interval goes, to the side where it goes further."""
        if self.low is None or self.high is None:
            return None
        return max(self.score - self.low, self.high - self.score)

    def __str__(self) -> str:
        """Write it as the table does.

        >>> str(Score(score=42.857, low=39.6, high=46.1, by="upstream")), str(Score(score=81.0, by="upstream"))
        ('42.9 ±3.3', '81.0')
        """
        return f"{self.score:.1f}" if self.either_way is None else f"{self.score:.1f} ±{self.either_way:.1f}"
