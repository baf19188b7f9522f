"""Sentences as NLTK's Punkt finds them, without asking it twice about the same two words.

Whether a sentence ends between two words depends on these two words only, so the answer is remembered. Texts in which
each ``.``, ``?`` and ``!`` ends a piece between single spaces are cut here; all others are NLTK's own work, with the
same memory. Punkt runs with its trained model of English where NLTK's data ``punkt_tab`` are installed, and untrained
otherwise: then it knows no abbreviations, which captions hardly have.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

__all__ = ["SentenceSplitter", "model", "trained"]

_CUT = re.compile(r"(?<=[.?!]) ")
_INSIDE = re.compile(r"[.?!](?! |\Z)")
_CLOSING = tuple("\"')]}‘’“”«»")  # noqa: RUF001  # a sentence that starts so lends its start to the one before
_MOST, _LONGEST = 1 << 17, 100


class SentenceSplitter:
    """Splits texts into sentences; equal to ``PunktSentenceTokenizer(parameters).tokenize(text)`` for each."""

    def __init__(self, parameters: "PunktParameters | None" = None) -> None:
        """Split by *parameters*, or untrained."""
        self._punkt = _remembering(parameters)

    def __call__(self, text: str) -> list[str]:
        """List the sentences of *text*."""
        if not _is_simple(text):
            return list(self._punkt.tokenize(text))
        pieces = _CUT.split(text)
        if len(pieces) == 1:
            return [text] if text else []
        if any(piece.startswith(_CLOSING) for piece in pieces):
            return list(self._punkt.tokenize(text))
        return list(self._joined(pieces))

    def _joined(self, pieces: list[str]) -> Iterator[str]:
        sentence = pieces[0]
        for piece in pieces[1:]:
            before, after = sentence[sentence.rfind(" ") + 1 :], piece.partition(" ")[0]
            if self._punkt.text_contains_sentbreak(f"{before} {after}"):
                yield sentence
                sentence = piece
            else:
                sentence = f"{sentence} {piece}"
        yield sentence


def trained() -> "PunktParameters | None":
    """Load the trained model of English, or say ``None`` where NLTK's data ``punkt_tab`` are not installed."""
    from nltk.tokenize.punkt import PunktTokenizer

    try:
        return PunktTokenizer("english")._params  # noqa: SLF001  # the class offers them to subclasses only
    except LookupError:
        return None


def model() -> str:
    """Name the model that sentences are found with, for a report."""
    return "Punkt, untrained" if trained() is None else "Punkt, trained on English (punkt_tab)"


def _is_simple(text: str) -> bool:
    """Whether words are parted by single spaces, and marks that may end a sentence end a word."""
    return (
        text.isprintable()  # of white space, only the space is
        and "  " not in text
        and not text.startswith(" ")
        and not text.endswith(" ")
        and not _INSIDE.search(text)
    )


def _remembering(parameters: "PunktParameters | None") -> "PunktSentenceTokenizer":
    return _class()(parameters)


@cache
def _class() -> "type[PunktSentenceTokenizer]":
    """Make the class when it is needed: NLTK takes its time to be imported."""
    from nltk.tokenize import PunktSentenceTokenizer

    class Remembering(PunktSentenceTokenizer):  # type: ignore[misc]  # NLTK ships no types
        """Punkt, with a memory for its decisions."""

        def __init__(self, parameters: "PunktParameters | None") -> None:
            super().__init__(parameters)
            self._known: dict[str, bool] = {}

        def text_contains_sentbreak(self, text: str) -> bool:
            """Decide once whether a sentence ends between the words of *text*."""
            known = self._known.get(text)
            if known is None:
                known = super().text_contains_sentbreak(text)
                if len(text) <= _LONGEST:
                    if len(self._known) >= _MOST:
                        self._known.clear()
                    self._known[text] = known
            return known

    return Remembering
