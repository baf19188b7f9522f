"""The longest and the shortest text of each level, to look at: where outliers come from is seen by reading them."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

__all__ = ["Extreme", "Extremes"]

_SHOWN = 280
_SIGNS = {"longest": 1, "shortest": -1}


class Extreme(Struct, frozen=True, kw_only=True):
    """One text at an end of its level: *excerpt* is its beginning."""

    level: str
    end: str
    kind: str
    record: str
    timestamp: int | None
    key: str | None
    characters: int
    words: int
    excerpt: str


class Extremes:
    """Remembers, for each level, the first of the longest and the first of the shortest texts."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: dict[tuple[str, str], Extreme] = {}

    def see(self, row: tuple[Any, ...], text: str) -> None:
        """Look at a *row* of the table of texts, and the text itself."""
        level, characters = row[3], row[6]
        for end in _SIGNS:
            if self._is_further(level, end, characters):
                self._found[level, end] = _extreme(row, text, end)

    def add(self, others: Iterable[Extreme]) -> None:
        """Take in what was found in later records."""
        for other in others:
            if self._is_further(other.level, other.end, other.characters):
                self._found[other.level, other.end] = other

    def found(self) -> tuple[Extreme, ...]:
        """Give them, by level."""
        return tuple(self._found[key] for key in sorted(self._found))

    def _is_further(self, level: str, end: str, characters: int) -> bool:
        """Say whether a text of so many *characters* lies further out than the one known, so that the first stays."""
        known = self._found.get((level, end))
        return known is None or _SIGNS[end] * characters > _SIGNS[end] * known.characters


def _extreme(row: tuple[Any, ...], text: str, end: str) -> Extreme:
    kind, record, _, level, timestamp, key, characters, words, *_ = row
    excerpt = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return Extreme(
        level=level,
        end=end,
        kind=kind,
        record=record,
        timestamp=timestamp,
        key=key,
        characters=characters,
        words=words,
        excerpt=excerpt,
    )
