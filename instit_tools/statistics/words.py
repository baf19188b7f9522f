"""Words as NLTK's ``NLTKWordTokenizer`` counts them, without calling it on every text.

The tokenizer is a chain of substitutions, none of which looks further than the space before and after a piece of text,
but for three: what stands first, what stands last, and closing marks that trail behind the last full stop. So a text is
cut at its spaces, and NLTK itself counts each distinct piece once, with a space where the text has one. A data set
repeats its pieces so often that this is some forty times as fast; tests hold it against NLTK on adversarial text.
"""

import re
from collections.abc import Callable

__all__ = ["WordCounter"]

_SAYS_SOMETHING = re.compile(r"""[^\s\])}>"'»”’]""")  # the closing marks that NLTK takes with a final full stop
_MOST, _LONGEST = 1 << 20, 100
_NEXT = " x"


class WordCounter:
    """Counts the words of texts; equal to ``len(NLTKWordTokenizer().tokenize(text))`` for each."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        from nltk.tokenize import NLTKWordTokenizer

        tokenize: Callable[[str], list[str]] = NLTKWordTokenizer().tokenize
        self._only = _Counts(tokenize, "", "")
        self._first = _Counts(tokenize, "", _NEXT)
        self._middle = _Counts(tokenize, " ", _NEXT)
        self._last = _Counts(tokenize, " ", "")

    def __call__(self, text: str) -> int:
        """Count the words of *text*."""
        pieces = text.split(" ")
        end = len(pieces) - 1
        while end and not _SAYS_SOMETHING.search(pieces[end]):
            end -= 1
        if not end:
            return self._only[text]
        last = pieces[end] if end == len(pieces) - 1 else " ".join(pieces[end:])
        middle = sum(map(self._middle.__getitem__, pieces[1:end]))
        return self._first[pieces[0]] + middle + self._last[last]


class _Counts(dict[str, int]):
    """Words of pieces that stand between *before* and *after*, each counted when it is first met."""

    def __init__(self, tokenize: Callable[[str], list[str]], before: str, after: str) -> None:
        """Count with *tokenize*; what it makes of *after* is not the piece's."""
        super().__init__()
        self._tokenize = tokenize
        self._before, self._after = before, after
        self._too_many = len(tokenize(after))

    def __missing__(self, piece: str) -> int:
        """Ask NLTK, and keep the answer unless the piece is long and so hardly comes again."""
        count = len(self._tokenize(f"{self._before}{piece}{self._after}")) - self._too_many
        if len(piece) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[piece] = count
        return count
