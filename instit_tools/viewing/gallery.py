"""The gallery and the data that it searches, filters and sorts."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from instit_tools.linting import rules
from instit_tools.viewing import data
from instit_tools.viewing.cards import SEVERITIES, Card, counted, facts
from instit_tools.viewing.pages import gallery_page
from instit_tools.viewing.words import Words

__all__ = ["INDEX", "problems", "write_gallery"]

INDEX = "index.html"
_FIRST = 24
"""Cards that stand on the gallery itself, so that there is something to see before the data are there."""


def write_gallery(folder: Path, cards: Sequence[Card], words: Words, title: str) -> None:
    """Write the gallery of *cards* into *folder*, and its data."""
    pieces = list(data.cards(folder / "data", cards))
    listing = sorted(data.texts(folder / "data", words))
    (folder / "data" / "pieces.js").write_bytes(data.script("view.pieces", listing))
    page = gallery_page(title, cards, _FIRST, ["pieces", *pieces], _totals(cards))
    (folder / INDEX).write_text(page, encoding="utf-8")


def _totals(cards: Sequence[Card]) -> dict[str, Any]:
    """Sum up what stands above the cards: counts, and how many records have each problem, by severity."""
    kinds = counted(card.kind for card in cards)
    videos = [card for card in cards if card.kind == "video"]
    counts = {
        "video": kinds.get("video", 0),
        "image": kinds.get("image", 0),
        "frame": sum(card.frames for card in videos),
        "instance": sum(card.instances for card in cards),
        "question": sum(card.questions for card in cards),
    }
    holding = counted(code for card in cards for code in card.problems)
    by_severity: dict[str, dict[str, int]] = {severity: {} for severity in SEVERITIES}
    for code, rule in rules.every().items():
        if code in holding:
            by_severity[rule.severity][code] = holding[code]
    return {
        "facts": [(f"{count:,}", noun) for count, noun in facts(counts)],
        "problems": {severity: codes for severity, codes in by_severity.items() if codes},
    }


def problems(cards: Iterable[Card]) -> dict[str, int]:
    """Count the problems of all *cards* by code."""
    found: dict[str, int] = {}
    for card in cards:
        for code, count in card.problems.items():
            found[code] = found.get(code, 0) + count
    return dict(sorted(found.items()))
