"""What the gallery knows of a record: enough for a card and for every filter, and no text but its first line."""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from instit_tools.viewing.pictures import Strip
from instit_tools.viewing.shown import Shown

__all__ = ["SEVERITIES", "Card", "card_of", "counted", "facts"]

SEVERITIES = ("error", "warning", "note")
"""The worst first."""


class Card(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record: *name* is that of its page and pictures.

    *problems* are counted by code, *severities* of them the worst first.
    """

    name: str
    kind: str
    id: str
    source: str = ""
    path: str = ""
    title: str = ""
    frames: int = 0
    instances: int = 0
    questions: int = 0
    poster: bool = False
    strip: Strip | None = None
    problems: dict[str, int] = {}
    severities: dict[str, int] = {}

    @property
    def worst(self) -> tuple[str, int]:
        """The worst severity of a problem, and how many are of it; an empty one where there is none."""
        return next(iter(self.severities.items()), ("", 0))

    @property
    def facts(self) -> list[tuple[int, str]]:
        """What is counted, with its noun."""
        frames = self.frames if self.kind == "video" else 0
        return facts({"frame": frames, "instance": self.instances, "question": self.questions})


def card_of(record: Shown, name: str, *, poster: bool, strip: Strip | None) -> Card:
    """Sum *record* up."""
    severities = {severity: sum(each.severity == severity for each in record.troubles) for severity in SEVERITIES}
    return Card(
        name=name,
        kind=record.kind,
        id=record.id,
        source=record.source or "",
        path=record.path,
        title=record.title,
        frames=len(record.scenes),
        instances=len(record.ids),
        questions=len(record.questions),
        poster=poster,
        strip=strip,
        problems=counted(each.code for each in record.troubles),
        severities={severity: count for severity, count in severities.items() if count},
    )


def facts(counts: Mapping[str, int]) -> list[tuple[int, str]]:
    """Pair each count that is not 0 with its noun.

    >>> facts({"frame": 1, "instance": 3, "question": 0})
    [(1, 'frame'), (3, 'instances')]
    """
    return [(count, noun if count == 1 else f"{noun}s") for noun, count in counts.items() if count]


def counted(values: Iterable[str]) -> dict[str, int]:
    """Count how often each value is there, in the order in which they come first.

    >>> counted("abba")
    {'a': 2, 'b': 2}
    """
    return dict(Counter(values))
