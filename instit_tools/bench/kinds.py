"""What a question asks about, from its own words: how many instances and which time; and the dataset it is from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from instit_tools.references import instance_ids, timestamps

__all__ = ["KINDS", "WHOLE", "Asked", "by_kind", "kinds_of", "place"]

WHOLE = ("all", "all")
"""The grouping and kind that all questions are of."""


class Asked(Protocol):
    """A question, as far as its kind goes."""

    @property
    def question(self) -> str:
        """What is asked."""

    @property
    def source(self) -> str | None:
        """The dataset that the picture was taken from."""


def _instances(text: str) -> str:
    match len(set(instance_ids(text))):
        case 0:
            return "no id"
        case 1:
            return "one id"
        case _:
            return "several ids"


def _time(text: str) -> str:
    match len(set(timestamps(text))):
        case 0:
            return "no timestamp"
        case 1:
            return "one timestamp"
        case _:
            return "several timestamps"


KINDS: Mapping[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "instances": (_instances, ("no id", "one id", "several ids")),
    "time": (_time, ("no timestamp", "one timestamp", "several timestamps")),
}
"""How questions are told apart by their text: what tells them, and the kinds in order."""


def kinds_of(asked: Asked) -> Iterator[tuple[str, str]]:
    """Yield what *asked* counts as: a pair of grouping and kind for each; of a question without a text its source."""
    for grouping, (tell, _) in KINDS.items() if asked.question.strip() else ():
        yield grouping, tell(asked.question)
    if asked.source is not None:
        yield "source", asked.source


class Kinded(Protocol):
    """Whatever is of several kinds."""

    @property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        """Pairs of grouping and kind."""


T = TypeVar("T", bound=Kinded)


def by_kind(each: Iterable[T]) -> dict[tuple[str, str], list[T]]:
    """Group by grouping and kind, all of them first, in the order in which a reader expects them."""
    found: dict[tuple[str, str], list[T]] = {WHOLE: []}
    for one in each:
        for kind in (WHOLE, *one.kinds):
            found.setdefault(kind, []).append(one)
    return {kind: found[kind] for kind in sorted(found, key=place)}


def place(kind: tuple[str, str]) -> tuple[int, int, str]:
    """Put pairs of grouping and kind in the order in which a reader expects them.

    >>> sorted([("source", "BURST"), ("time", "no timestamp"), ("instances", "one id"), WHOLE], key=place)[::3]
    [('all', 'all'), ('source', 'BURST')]
    """
    order: Mapping[str, tuple[str, ...]] = {"all": ("all",)} | {name: kinds for name, (_, kinds) in KINDS.items()}
    grouping, name = kind
    known = order.get(grouping, ())
    return (
        list(order).index(grouping) if grouping in order else len(order),
        known.index(name) if name in known else 0,
        name,
    )
