"""References in text: ``[ID]`` names an instance, ``<t>`` a frame, ``<a>-<b>`` an interval of frames.

A text is parsed into plain pieces and references that tile it exactly, so printing what was parsed gives the text back
letter for letter. Renumbering replaces only the numbers; normalising replaces only the spellings: ``[01]`` becomes
``[1]``, ``[1, 2]`` and ``[1-3]`` become ``[1] [2]`` and ``[1] [2] [3]``, ``<5>-7`` and ``<5-7>`` become ``<5>-<7>``.
The syntax is the one of the dataset's own prompts (arXiv 2412.03565, Figures 5 to 7); the deviating spellings are those
that users of the data report and mend by hand.

What is no reference stays plain text: ``[sic]``, ``[A]``, ``[1.5]``, ``[]``, ``[2024]`` (a number of more than three
digits names nothing that could be drawn on a picture), ``<b>``, ``x < 3``, ``<image>``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

__all__ = [
    "Instances",
    "Moment",
    "Plain",
    "Reference",
    "Span",
    "canonical",
    "distinct",
    "ids_of_key",
    "instance_ids",
    "moved",
    "normalise",
    "numbers",
    "parse",
    "print_instances",
    "print_moment",
    "renumber",
    "replaced",
    "text",
    "timestamps",
    "unknown",
]

_NUMBER = r"[0-9]{1,3}"
_DASH = r"\s?[-\N{EN DASH}]\s?"
_REFERENCE = re.compile(
    rf"\[\s?(?P<ids>{_NUMBER}(?:(?:\s?,\s?|{_DASH}|\s){_NUMBER})*)\s?\]"
    rf"|<(?P<first>{_NUMBER})(?:>{_DASH}<(?P<last>{_NUMBER})>|>[-\N{{EN DASH}}](?P<bare>{_NUMBER})(?![\w>]|[-.,]\w)"
    rf"|{_DASH}(?P<inner>{_NUMBER})>|>)"
)
_ANY_REFERENCE = re.compile(re.sub(r"\(\?P<\w+>", "(?:", _REFERENCE.pattern))  # without groups it finds whole ones
_ITEM = re.compile(rf"(?P<low>{_NUMBER})(?:{_DASH}(?P<high>{_NUMBER}))?")
_KEY = re.compile(rf"\s*{_NUMBER}(?:\s*,\s*{_NUMBER})*\s*")


class Plain(Struct, frozen=True):
    """Text between references."""

    raw: str


class Instances(Struct, frozen=True):
    """One bracket: the ids of one instance or, in a deviating spelling, of several."""

    raw: str
    ids: tuple[int, ...]


class Moment(Struct, frozen=True):
    """One frame, by its timestamp."""

    raw: str
    timestamp: int


class Span(Struct, frozen=True):
    """All frames from *first* to *last*; *last* may be the smaller one where the text has it so."""

    raw: str
    first: int
    last: int


Reference = Instances | Moment | Span


def parse(string: str) -> Iterator[Plain | Reference]:
    """Yield plain text and references, in order, which together are *string*."""
    end = 0
    for match in _REFERENCE.finditer(string):
        if match.start() > end:
            yield Plain(string[end : match.start()])
        yield _reference(match[0])
        end = match.end()
    if end < len(string):
        yield Plain(string[end:])


def text(pieces: Iterable[Plain | Reference]) -> str:
    """Print *pieces* as they were written: the inverse of `parse`."""
    return "".join(piece.raw for piece in pieces)


def replaced(string: str, new: Callable[[Reference], str | None]) -> str | None:
    """Write *new* of each reference in its place, or say ``None`` where that is ``None`` for one of them."""
    changed: dict[str, str] = {}
    for piece in distinct(string):
        written = new(piece)
        if written is None:
            return None
        if written != piece.raw:
            changed[piece.raw] = written
    return _ANY_REFERENCE.sub(lambda match: changed.get(match[0], match[0]), string) if changed else string


def canonical(piece: Reference) -> str:
    """Print *piece* in its published spelling."""
    match piece:
        case Instances():
            return print_instances(piece.ids)
        case Moment():
            return f"<{piece.timestamp}>"
        case Span():
            return f"<{piece.first}>-<{piece.last}>"


def moved(
    piece: Reference, *, timestamps: Mapping[int, int] | None = None, instances: Mapping[int, int] | None = None
) -> Reference | None:
    """Give *piece* its new numbers, or ``None`` where one of them has none; unchanged it keeps its spelling."""
    given = instances if isinstance(piece, Instances) else timestamps
    if given is None:
        return piece
    old = numbers(piece)
    new = tuple(given[number] for number in old if number in given)
    if len(new) < len(old):
        return None
    return piece if new == old else _numbered(piece, new)


def normalise(string: str) -> str:
    """Write every reference in its published spelling: ``[3]``, ``[1] [2]``, ``<3>``, ``<5>-<7>``.

    >>> normalise("[01] and [2, 3] meet during <5>-7")
    '[1] and [2] [3] meet during <5>-<7>'
    """
    while (written := replaced(string, canonical)) not in {None, string}:
        string = written or string  # a new spelling may join what stands beside it, as in <1>-<2-3>
    return string


def renumber(
    string: str,
    *,
    timestamps: Mapping[int, int] | None = None,
    instances: Mapping[int, int] | None = None,
) -> str | None:
    """Replace the numbers that *string* speaks of, or say ``None`` where one of them has no replacement.

    ``None`` for a mapping leaves that kind of number alone. An interval follows its two ends; it is lost when either
    is. References whose numbers do not change keep their spelling.

    >>> renumber("[2] sits at <4>", timestamps={1: 1, 4: 2})
    '[2] sits at <2>'
    >>> renumber("[2] sits during <1>-<3>", timestamps={1: 1, 4: 2}) is None
    True
    """

    def new(piece: Reference) -> str | None:
        found = moved(piece, timestamps=timestamps, instances=instances)
        return found.raw if found else None

    return replaced(string, new)


def timestamps(string: str) -> list[int]:
    """List the timestamps that *string* speaks of, ends of intervals included, in order, repeats kept."""
    return [number for piece in _references(string) if not isinstance(piece, Instances) for number in numbers(piece)]


def instance_ids(string: str) -> list[int]:
    """List the instance ids that *string* speaks of, in order, repeats kept."""
    return [number for piece in _references(string) if isinstance(piece, Instances) for number in piece.ids]


@lru_cache(maxsize=4096)
def ids_of_key(key: str) -> tuple[int, ...]:
    """Read the key of an instance caption: ``"3"``, ``"03"``, a group such as ``"1,2"``; ``()`` for anything else."""
    return tuple(int(number.strip()) for number in key.split(",")) if _KEY.fullmatch(key) else ()


def print_instances(ids: Iterable[int]) -> str:
    """Print ids the way the dataset does: ``[1] [2] [3]``, spaces and no commas."""
    return " ".join(f"[{number}]" for number in ids)


def print_moment(first: int, last: int | None = None) -> str:
    """Print a timestamp, or an interval when *last* is another frame."""
    return f"<{first}>" if last is None or last == first else f"<{first}>-<{last}>"


def unknown(
    string: str, *, frame: Callable[[int], bool] | None = None, instance: Callable[[int], bool] | None = None
) -> list[str]:
    """List, as written and each once, the references to what is no *frame* (by timestamp) or no *instance* (by id).

    ``None`` for a question lets all references of that kind pass.
    """
    lost = []
    for piece in distinct(string):
        known = instance if isinstance(piece, Instances) else frame
        if known is not None and not all(map(known, numbers(piece))):
            lost.append(piece.raw)
    return lost


@lru_cache(maxsize=512)
def distinct(string: str) -> tuple[Reference, ...]:
    """List the references of *string*, each spelling once; remembered, for a text is looked at from several sides."""
    return tuple(_reference(raw) for raw in dict.fromkeys(_ANY_REFERENCE.findall(string)))


def numbers(piece: Reference) -> tuple[int, ...]:
    """Give the ids or the timestamps that *piece* speaks of, ends of intervals included."""
    match piece:
        case Instances():
            return piece.ids
        case Moment():
            return (piece.timestamp,)
        case Span():
            return piece.first, piece.last


def _references(string: str) -> list[Reference]:
    return [_reference(raw) for raw in _ANY_REFERENCE.findall(string)]


def _numbered(piece: Reference, new: tuple[int, ...]) -> Reference:
    match piece:
        case Instances():
            return Instances(print_instances(new), new)
        case Moment():
            return Moment(f"<{new[0]}>", *new)
        case Span():
            return Span(f"<{new[0]}>-<{new[1]}>", *new)


@lru_cache(maxsize=1 << 16)
def _reference(raw: str) -> Reference:
    """Read one reference; a data set repeats the same few hundred spellings millions of times."""
    match = _REFERENCE.fullmatch(raw)
    if match is None:
        message = f"{raw!r} is no reference"
        raise ValueError(message)
    if ids := match["ids"]:
        return Instances(raw, tuple(_expand(ids)))
    last = match["last"] or match["bare"] or match["inner"]
    if last is None:
        return Moment(raw, int(match["first"]))
    return Span(raw, int(match["first"]), int(last))


def _expand(ids: str) -> Iterator[int]:
    for item in _ITEM.finditer(ids):
        low = int(item["low"])
        high = int(item["high"] or low)
        step = 1 if high >= low else -1
        yield from range(low, high + step, step)
