"""Words to search by: each word of the texts with the records that hold it, in pieces by its first letter.

A search loads only the pieces of what is typed, so it takes as long with ten thousand records as with a hundred. The
same cutting into words is in ``search.js``: lower case, without accents, Chinese and Japanese letter by letter.
"""

import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

__all__ = ["Words", "words"]

_EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf"
_ALONE = "\u3041-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"\[[0-9]{{1,3}}\]|<[0-9]{{1,3}}>|[{_ALONE}{_EMOJI}]|[^\W_{_ALONE}]+")


def words(text: str) -> frozenset[str]:
    """Give the words of *text*, each once; ``[3]`` and ``<4>`` are words.

    >>> sorted(words("[3]: Café, CAFE at <4>"))
    ['<4>', '[3]', 'at', 'cafe']
    """
    return frozenset(_WORD.findall(_plain(text)))


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.lower())
    marks = {ord(letter): None for letter in set(apart) if unicodedata.category(letter).startswith("M")}
    return apart.translate(marks) if marks else apart


class Words:
    """Collects the words of records, numbered from 0 and added in order."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: defaultdict[str, array[int]] = defaultdict(partial(array, "L"))

    def add(self, number: int, found: Iterable[str]) -> None:
        """Add the words of one record."""
        for word in found:
            self._found[word].append(number)

    def pieces(self) -> Iterator[tuple[str, Mapping[str, list[int]]]]:
        """Give the pieces by name: words with the first record, and from each to the next how many numbers on."""
        cut: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
        for word in sorted(self._found):
            cut[_piece(word)][word] = _steps(self._found[word])
        yield from sorted(cut.items())


def _piece(word: str) -> str:
    """Name the piece that *word* is in."""
    first = word[0]
    if "a" <= first <= "z":
        return first
    return "numbers" if first in "[<0123456789" else "others"


def _steps(numbers: Sequence[int]) -> list[int]:
    return [numbers[0], *(after - before for before, after in pairwise(numbers))]
