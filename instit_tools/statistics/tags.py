"""Parts of speech as NLTK's averaged perceptron tags them, in the five classes of the paper's Table 9.

Which tagger the paper used is not said. This one needs data of its own, ``averaged_perceptron_tagger_eng``, which NLTK
downloads and this package never does. It looks at the words around each, so nothing can be remembered.
"""

from collections import Counter

from instit_tools.errors import UsageError

__all__ = ["PARTS", "Tagger"]

PARTS = ("nouns", "adjectives", "adverbs", "verbs", "prepositions")
_FIRST_LETTERS = ("NN", "JJ", "RB", "VB", "IN")
_DATA = "averaged_perceptron_tagger_eng"


class Tagger:
    """Counts the words of each part of speech in a text."""

    def __init__(self) -> None:
        """Load the tagger; raise `UsageError` where its data are not installed."""
        from nltk.tag import PerceptronTagger
        from nltk.tokenize import NLTKWordTokenizer

        try:
            self._tagger = PerceptronTagger()
        except LookupError as error:
            message = f"parts of speech cannot be told without the data of NLTK's tagger, {_DATA}"
            raise UsageError(message, hint=f"python -m nltk.downloader {_DATA}, or leave --pos out") from error
        self._tokenize = NLTKWordTokenizer().tokenize

    def __call__(self, sentences: list[str]) -> tuple[int, ...]:
        """Count nouns, adjectives, adverbs, verbs and prepositions in *sentences*."""
        found = Counter(tag[:2] for each in sentences for _, tag in self._tagger.tag(self._tokenize(each)))
        return tuple(found[letters] for letters in _FIRST_LETTERS)
