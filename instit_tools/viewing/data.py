"""The data of the gallery, in pieces that a page loads as scripts: no browser lets a page on disk fetch a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from instit_tools.viewing.cards import Card
from instit_tools.viewing.words import Words

__all__ = ["CARDS_A_PIECE", "cards", "script", "texts"]

CARDS_A_PIECE = 1000


def script(function: str, *values: object) -> bytes:
    r"""Write a script that calls *function* of the page with *values* as JSON.

    No text in it can end a script or be taken for more than text, wherever it is put.

    >>> print(script("view.words", "a", {"</script>": [1]}).decode(), end="")
    view.words("a",{"\u003c/script>":[1]});
    """
    written = b",".join(msgspec.json.encode(value) for value in values)
    return function.encode() + b"(" + written.replace(b"<", rb"\u003c") + b");\n"


def cards(folder: Path, found: Sequence[Card]) -> Iterator[str]:
    """Write the cards into *folder* and name each piece."""
    for start in range(0, max(len(found), 1), CARDS_A_PIECE):
        name = f"cards-{start // CARDS_A_PIECE:03d}"
        piece = script("view.cards", start, found[start : start + CARDS_A_PIECE])
        (folder / f"{name}.js").write_bytes(piece)
        yield name


def texts(folder: Path, words: Words) -> Iterator[str]:
    """Write the words into *folder* and name each piece."""
    for name, piece in words.pieces():
        (folder / f"words-{name}.js").write_bytes(script("view.words", name, piece))
        yield name
