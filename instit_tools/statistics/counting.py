"""How long a text is: characters, words, sentences, tokens of a model, parts of speech.

``nltk`` counts words as ``nltk.word_tokenize`` does (Punkt's sentences, each taken apart by ``NLTKWordTokenizer``), which
is the likely reading of the paper's Table 9; ``nltk-unsplit`` takes the whole text as one sentence, so that only its last
full stop is a word; ``whitespace`` counts what white space parts. A ``tokenizer.json`` counts tokens beside NLTK's words.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from instit_tools.errors import UsageError
from instit_tools.registry import hint
from instit_tools.statistics.sentences import SentenceSplitter, trained
from instit_tools.statistics.words import WordCounter

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["TOKENIZERS", "Counter", "Length", "checked", "counter"]

TOKENIZERS = ("nltk", "nltk-unsplit", "whitespace")
_NO_PARTS = (None,) * 5


class Length(Struct, frozen=True):
    """What was counted in one text; *parts* are nouns, adjectives, adverbs, verbs and prepositions."""

    characters: int
    words: int
    sentences: int
    tokens: int | None
    parts: tuple[int | None, ...] = _NO_PARTS


class Counter:
    """Counts texts one after another, with a memory for what repeats."""

    def __init__(self, tokenizer: str, *, pos: bool = False) -> None:
        """Count as *tokenizer* says, one of `TOKENIZERS` or the path of a ``tokenizer.json``; tag words for *pos*.

        Raises `UsageError` as `checked` does, and where NLTK's tagger has no data.
        """
        self._words = WordCounter()
        self._split = SentenceSplitter(trained())
        self._count = _counts(tokenizer)
        self._model = None if tokenizer in TOKENIZERS else _loaded(tokenizer)
        self._tag: Callable[[list[str]], tuple[int, ...]] | None = None
        if pos:
            from instit_tools.statistics.tags import Tagger

            self._tag = Tagger()

    def __call__(self, text: str) -> Length:
        """Count *text*, which is stripped."""
        sentences = self._split(text)
        return Length(
            characters=len(text),
            words=self._count(self._words, text, sentences),
            sentences=len(sentences),
            tokens=None if self._model is None else self._tokens(text),
            parts=_NO_PARTS if self._tag is None else self._tag(sentences),
        )

    def budget(self, text: str) -> int:
        """Count the tokens of *text*, where no model is given as one a word of NLTK's."""
        if self._model is not None:
            return self._tokens(text)
        return sum(map(self._words, self._split(text)))

    def _tokens(self, text: str) -> int:
        assert self._model is not None  # noqa: S101  # both callers looked
        return len(self._model.encode(text, add_special_tokens=False))


def checked(tokenizer: str) -> str:
    """Give *tokenizer* back; raise `UsageError` where it is no name and no file that ``tokenizers`` reads."""
    if tokenizer not in TOKENIZERS:
        _loaded(tokenizer)
    return tokenizer


def counter(tokenizer: str, *, pos: bool = False) -> Counter:
    """Give the `Counter` of this process for these settings, memory and all."""
    return _counter(tokenizer, pos)


@cache
def _counter(tokenizer: str, pos: bool) -> Counter:  # noqa: FBT001  # a cache has no keywords to tell apart
    return Counter(tokenizer, pos=pos)


def _counts(tokenizer: str) -> Callable[[WordCounter, str, list[str]], int]:
    match tokenizer:
        case "whitespace":
            return lambda words, text, sentences: len(text.split())  # noqa: ARG005  # one signature for all
        case "nltk-unsplit":
            return lambda words, text, sentences: words(text)  # noqa: ARG005  # as above
        case _:
            return lambda words, text, sentences: sum(map(words, sentences))  # noqa: ARG005  # as above


@cache
def _loaded(path: str) -> "Tokenizer":
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        message = f"{path} cannot be read without the package tokenizers"
        raise UsageError(message, hint="pip install 'instit-tools[tokens]'") from error
    if not Path(path).is_file():
        message = f"{path} is neither a tokenizer ({', '.join(TOKENIZERS)}) nor a file"
        raise UsageError(message, hint=hint(path, TOKENIZERS, ", or name the tokenizer.json of a model"))
    try:
        return Tokenizer.from_file(path)
    except Exception as error:  # noqa: BLE001  # tokenizers raises nothing more particular
        message = f"{path} is no tokenizer that the package tokenizers reads: {error}"
        raise UsageError(message, hint="a model's folder holds it as tokenizer.json") from error
